/*
 * Servers of the tests' own that list names: each answers one LIST.  The
 * names stand in the tests with blanks between; a '~' is a blank in one, and
 * a '!' behind one says that nobody has a chunk of it.
 */
#ifndef TEST_LIST_KIT_H
#define TEST_LIST_KIT_H

#include "shell_kit.h"

#include "cluster.h"

#define SERVERS 3
#define ANSWER_MAX 65536
#define LIST_SIZE (FRAME_HEADER_SIZE + 4) /* a LIST of everything */

/* What one server answers. */
struct list {
	uint8_t bytes[ANSWER_MAX];
	size_t len;
	struct fake_step script[6];
	struct fake fake;
};

static struct list lists[SERVERS];

static inline void put_head(struct list *l, unsigned server, bool more)
{
	struct msg_store s = {.state = STORE_MEMBER, .fence_s = 86400};
	uint8_t bytes[256];
	struct wbuf b;

	memset(s.stamp.store, (int)server + 1, sizeof(s.stamp.store));
	memset(s.stamp.boot, 9, sizeof(s.stamp.boot));
	s.stamp.time_ms = 1;
	memset(s.cluster.id, 5, sizeof(s.cluster.id));
	s.cluster.epoch = 1;
	s.cluster.n = SERVERS;
	s.flags = STORE_VERSIONS;
	wbuf_init(&b, bytes, sizeof(bytes));
	assert_int_equal(msg_store_put(&b, &s), ERR_OK);
	l->len = fake_frame(l->bytes, ANSWER_MAX, more ? FRAME_MORE : 0, &b,
			    NULL, 0);
}

/* One name of two chunks, both of which each of its servers holds. */
static inline void put_name(struct list *l, struct msg_name name, uint8_t have,
			    unsigned place, bool last)
{
	struct msg_list_entry e = {.name = name, .count = 1};
	uint8_t bytes[1024];
	struct wbuf b;

	e.records[0] = (struct record){.v = {.tag = {.ctr = 1, .put = 2},
					     .size = 10,
					     .mode = 0644,
					     .y = 2,
					     .alg = DIGEST_XXH3},
				       .state = RECORD_COMMITTED,
				       .place = (uint8_t)place,
				       .first = (uint8_t)place,
				       .have = have};
	wbuf_init(&b, bytes, sizeof(bytes));
	assert_int_equal(msg_list_entry_put(&b, &e), ERR_OK);
	l->len += fake_frame(l->bytes + l->len, ANSWER_MAX - l->len,
			     last ? 0 : FRAME_MORE, NULL, b.data, b.len);
}

/* Names with blanks between; those after which it does not hold are not
 * all. */
static inline void put_names(struct list *l, unsigned i, const char *names,
			     enum fake_what then)
{
	put_head(l, i, *names != '\0' || then != FAKE_HOLD);
	while (*names) {
		char name[256];
		size_t n = strcspn(names, " ");
		bool bare = names[n - 1] == '!';

		for (size_t j = 0; j < n; j++)
			name[j] = (char)(names[j] == '~' ? ' ' : names[j]);
		names += n + (names[n] == ' ');
		put_name(l, (struct msg_name){name, n - bare}, bare ? 0 : 3,
			 i % 2, *names == '\0' && then == FAKE_HOLD);
	}
}

/* A server that was asked for so much plays that, and then holds. */
static inline void serve_script(unsigned i, size_t asked,
				const struct fake_step *then)
{
	static uint8_t greeting[GREETING_SIZE];
	struct list *l = &lists[i];
	const struct fake_step *scripts[] = {l->script};

	fake_greeting(greeting);
	l->script[0] = (struct fake_step){FAKE_SEND, greeting, GREETING_SIZE};
	l->script[1] = (struct fake_step){FAKE_TAKE, NULL, LIST_SIZE + asked};
	l->script[2] = then[0];
	l->script[3] = then[1];
	l->script[4] = (struct fake_step){FAKE_HOLD, NULL, 0};
	fake_start(&l->fake, scripts, 1);
}

/* Server i's names below that prefix, and then what it does. */
static inline void serve_below(unsigned i, const char *prefix,
			       const char *names, enum fake_what then)
{
	struct list *l = &lists[i];

	put_names(l, i, names, then);
	serve_script(i, strlen(prefix),
		     (const struct fake_step[]){{FAKE_REPLY, l->bytes, l->len},
						{then, NULL, 0}});
}

static inline void serve_all(const char *prefix, const char *names)
{
	for (unsigned i = 0; i < SERVERS; i++)
		serve_below(i, prefix, names, FAKE_HOLD);
}

static inline void end_servers(void)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		fake_stop(&lists[i].fake);
		fake_release(&lists[i].fake);
	}
}

static inline void set_servers(struct settings *s)
{
	s->count = SERVERS;
	for (unsigned i = 0; i < SERVERS; i++) {
		s->servers[i].addr = lists[i].fake.addr;
		(void)snprintf(s->servers[i].name, sizeof(s->servers[i].name),
			       "dfs%u", i + 1);
	}
}

#endif
