/* The merge of the servers' lists. */
#include "shell_kit.h"

#include "cluster.h"
#include "listing.h"

#define SERVERS 3
#define ANSWER_MAX 65536
#define LIST_SIZE (FRAME_HEADER_SIZE + 4) /* a LIST of everything */

static uint8_t greeting[GREETING_SIZE];

/* What one server answers. */
struct list {
	uint8_t bytes[ANSWER_MAX];
	size_t len;
	struct fake_step script[6];
	struct fake fake;
};

static struct list lists[SERVERS];
static char told[4096];	  /* names with a mark, a blank behind each */
static unsigned tell_ms;  /* how long the taker of names takes for each */
static uint64_t limit_ms; /* that the listing may take; 0: as long as it does */

static void put_head(struct list *l, unsigned server, uint8_t state)
{
	struct msg_store s = {.state = state, .fence_s = 86400};
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
	l->len = fake_frame(l->bytes, ANSWER_MAX, FRAME_MORE, &b, NULL, 0);
}

/* One name of two chunks, both of which each of its servers holds. */
static void put_name(struct list *l, const char *name, unsigned place,
		     bool last)
{
	struct msg_list_entry e = {.name = {name, strlen(name)}, .count = 1};
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
				       .have = 3};
	wbuf_init(&b, bytes, sizeof(bytes));
	assert_int_equal(msg_list_entry_put(&b, &e), ERR_OK);
	l->len += fake_frame(l->bytes + l->len, ANSWER_MAX - l->len,
			     last ? 0 : FRAME_MORE, NULL, b.data, b.len);
}

/* Names with blanks between; those after which it does not hold are not
 * all. */
static void put_names(struct list *l, unsigned i, const char *names,
		      enum fake_what then)
{
	put_head(l, i, STORE_MEMBER);
	while (*names) {
		char name[64];
		size_t n = strcspn(names, " ");

		memcpy(name, names, n);
		name[n] = '\0';
		names += n + (names[n] == ' ');
		put_name(l, name, i % 2, *names == '\0' && then == FAKE_HOLD);
	}
}

/* Server i's names, and then what it does. */
static void serve(unsigned i, const char *names, enum fake_what then)
{
	struct list *l = &lists[i];
	const struct fake_step *scripts[] = {l->script};

	put_names(l, i, names, then);
	l->script[0] = (struct fake_step){FAKE_SEND, greeting, GREETING_SIZE};
	l->script[1] = (struct fake_step){FAKE_TAKE, NULL, LIST_SIZE};
	l->script[2] = (struct fake_step){FAKE_REPLY, l->bytes, l->len};
	l->script[3] = (struct fake_step){then, NULL, 0};
	fake_start(&l->fake, scripts, 1);
}

static void tell(void *arg, const struct listing_name *n)
{
	size_t at = strlen(told);

	(void)arg;
	snprintf(told + at, sizeof(told) - at, "%.*s%s ", (int)n->len, n->text,
		 n->listed == LISTED_WHOLE ? "" : "!");
	usleep(tell_ms * 1000);
}

static enum listing_end list_all(struct view *v)
{
	static struct settings settings;
	static struct cluster cluster;
	struct loop loop;
	struct listing_query q = {
		.cluster = &cluster, .prefix = "", .each = tell};
	enum listing_end end;

	told[0] = '\0';
	settings.count = SERVERS;
	for (unsigned i = 0; i < SERVERS; i++)
		settings.servers[i].addr = lists[i].fake.addr;
	assert_int_equal(loop_init(&loop), ERR_OK);
	assert_int_equal(cluster_init(&cluster, &loop, &settings), ERR_OK);
	cluster_open(&cluster);
	q.until_ms = limit_ms ? loop.now_ms + limit_ms : 0;
	end = listing_run(&q, v);
	cluster_release(&cluster);
	loop_release(&loop);
	for (unsigned i = 0; i < SERVERS; i++) {
		fake_stop(&lists[i].fake);
		fake_release(&lists[i].fake);
	}
	return end;
}

static void names_of_all_servers_come_once_and_in_order(void **state)
{
	struct view v;

	(void)state;
	serve(0, "B a a.1 b zz", FAKE_HOLD);
	serve(1, "a a/x b c", FAKE_HOLD);
	serve(2, "B a/x c d zz", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "B a a.1 a/x b c d zz ");
	assert_int_equal(mask_count(v.members), SERVERS);
}

static void a_server_cut_in_the_middle_is_left_out_from_there(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b c", FAKE_HOLD);
	serve(1, "a b", FAKE_END);
	serve(2, "c d", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "a b c d ");
	assert_int_equal(v.members, 5);
}

static void a_list_goes_on_where_a_slow_reader_lost_it(void **state)
{
	static struct list rest;
	struct list *l = &lists[2];
	const struct fake_step *scripts[] = {l->script, rest.script};
	struct view v;

	(void)state;
	serve(0, "a b d", FAKE_HOLD);
	serve(1, "a b c", FAKE_HOLD);
	put_names(l, 2, "a b", FAKE_END);
	put_names(&rest, 2, "c d", FAKE_HOLD);
	l->script[0] = (struct fake_step){FAKE_SEND, greeting, GREETING_SIZE};
	l->script[1] = (struct fake_step){FAKE_TAKE, NULL, LIST_SIZE};
	l->script[2] = (struct fake_step){FAKE_REPLY, l->bytes, l->len};
	l->script[3] = (struct fake_step){FAKE_PAUSE, NULL, 500};
	l->script[4] = (struct fake_step){FAKE_END, NULL, 0};
	memcpy(rest.script, l->script, sizeof(rest.script));
	rest.script[1].len = LIST_SIZE + 1; /* behind "b" */
	rest.script[2] = (struct fake_step){FAKE_REPLY, rest.bytes, rest.len};
	rest.script[3] = (struct fake_step){FAKE_HOLD, NULL, 0};
	fake_start(&l->fake, scripts, 2);
	tell_ms = 600;
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	tell_ms = 0;
	assert_string_equal(told, "a b c d ");
	assert_int_equal(v.members, 7);
}

static void names_out_of_order_end_a_servers_part(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b a zzz", FAKE_HOLD);
	serve(2, "a c", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "a b c ");
	assert_int_equal(v.members, 5);
}

static void the_same_name_twice_is_out_of_order(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a", FAKE_HOLD);
	serve(1, "a a", FAKE_HOLD);
	serve(2, "a", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "a ");
	assert_int_equal(v.members, 5);
}

/* What a mirror or a get -r would write to. */
static void names_that_lead_out_of_a_directory_are_never_told(void **state)
{
	static const char *const bad[] = {"../x a",  "/etc/x a", "a/../../x b",
					  "a/./x b", "a//x b",	 "a/ b"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct view v;

		serve(0, bad[i], FAKE_HOLD);
		serve(1, "a b", FAKE_HOLD);
		serve(2, "a b", FAKE_HOLD);
		assert_int_equal(list_all(&v), LISTING_PROVEN);
		assert_string_equal(told, "a b ");
		assert_int_equal(v.members, 6);
	}
}

static void names_of_liars_alone_are_no_listing(void **state)
{
	struct view v;

	(void)state;
	for (unsigned i = 0; i < SERVERS; i++)
		serve(i, "../x a", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_NONE);
	assert_string_equal(told, "");
}

static void too_few_members_mark_every_name(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b", FAKE_END);
	serve(2, "c", FAKE_END);
	/* What was told before the two were lost counted all three. */
	assert_int_equal(list_all(&v), LISTING_UNPROVEN);
	assert_int_equal(v.members, 1);
	assert_non_null(strstr(told, "a"));
}

static void a_listing_that_takes_too_long_is_cut_short(void **state)
{
	struct view v;

	(void)state;
	limit_ms = 300;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "a b", FAKE_HOLD);
	/* This one is never done with its list. */
	lists[2].script[4] = (struct fake_step){FAKE_HOLD, NULL, 0};
	serve(2, "a", FAKE_PAUSE);
	assert_int_equal(list_all(&v), LISTING_UNPROVEN);
	lists[2].script[4] = (struct fake_step){FAKE_END, NULL, 0};
	limit_ms = 0;
}

static int make_greeting(void **state)
{
	(void)state;
	fake_greeting(greeting);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_all_servers_come_once_and_in_order),
		cmocka_unit_test(
			a_server_cut_in_the_middle_is_left_out_from_there),
		cmocka_unit_test(a_list_goes_on_where_a_slow_reader_lost_it),
		cmocka_unit_test(names_out_of_order_end_a_servers_part),
		cmocka_unit_test(the_same_name_twice_is_out_of_order),
		cmocka_unit_test(
			names_that_lead_out_of_a_directory_are_never_told),
		cmocka_unit_test(names_of_liars_alone_are_no_listing),
		cmocka_unit_test(too_few_members_mark_every_name),
		cmocka_unit_test(a_listing_that_takes_too_long_is_cut_short),
	};

	return cmocka_run_group_tests(tests, make_greeting, NULL);
}
