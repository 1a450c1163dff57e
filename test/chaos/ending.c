#include "ending.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chaos.h"
#include "value.h"

#define SETTLE_S 100 /* for the operations under way */
#define START_S 20
#define HEAL_S 60
#define HEALS 5
#define ERR_TEXT 16384

/* What the healer's client has said on stderr, or stdout. */
static void read_said(const struct chaos *c, const char *tail, char *out,
		      size_t size)
{
	char path[CHAOS_PATH_MAX];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/c%u/said%s", c->dir, CHAOS_CALLERS + 1,
		 tail);
	f = fopen(path, "re");
	if (f) {
		n = fread(out, 1, size - 1, f);
		fclose(f);
	}
	out[n] = '\0';
}

static void show_said(const struct chaos *c)
{
	char text[ERR_TEXT];

	read_said(c, ".err", text, sizeof(text));
	for (char *line = text, *next; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		printf("#   %s\n", line);
	}
}

static bool all_up(const struct chaos *c)
{
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		if (c->servers[i].state != SERVER_UP)
			return false;
	return true;
}

static bool await_servers(struct chaos *c)
{
	uint64_t end = c->loop.now_ms + START_S * UINT64_C(1000);

	while (!all_up(c) && c->loop.now_ms < end)
		chaos_turn(c, 50);
	return all_up(c);
}

/* Until nothing is left to be done. */
static bool heal(struct chaos *c)
{
	const char *heal_words[] = {"heal", NULL};
	const char *status_words[] = {"status", NULL};

	for (unsigned i = 0; i < HEALS; i++)
		if (healer_run(&c->healer, heal_words, HEAL_S) == 0 &&
		    healer_run(&c->healer, status_words, HEAL_S) == 0)
			return true;
	return false;
}

/* Reading */

static const char *base_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* One get has given them all; name's part of it becomes an operation. */
static void take_one(struct chaos *c, uint32_t at, const char *dir,
		     const char *said)
{
	struct op *o = &c->journal.ops[at];
	const char *name = journal_name(o->name);
	char path[2 * CHAOS_PATH_MAX];
	char line[CHAOS_PATH_MAX];
	uint32_t id = 0;
	uint64_t size = 0;
	enum value_fault fault;

	snprintf(path, sizeof(path), "%s/%s", dir, base_of(name));
	snprintf(line, sizeof(line), "dfc: %s: no such file\n", name);
	fault = value_read(path, true, &id, &size);
	o->value = id;
	if (fault == VALUE_WHOLE) {
		journal_end(&c->journal, at, END_OK);
	} else if (fault == VALUE_NO_FILE && strstr(said, line)) {
		journal_end(&c->journal, at, END_ABSENT);
	} else {
		journal_end(&c->journal, at, END_FAILED);
		chaos_complain(c, CHECK_ENDING, "%s: %s", path,
			       fault == VALUE_NO_FILE ? "not read"
						      : "wrong bytes");
	}
}

/* Without server `without` (CHAOS_SERVERS: with all).  first: the place in
 * the journal of the first name's read. */
static void read_all(struct chaos *c, unsigned without, uint32_t *first)
{
	char dir[CHAOS_PATH_MAX];
	char said[ERR_TEXT];
	const char *words[JOURNAL_NAMES + 4] = {"get", "-t", dir};
	unsigned bad = c->complaints[CHECK_ENDING];
	int status;

	snprintf(dir, sizeof(dir), "%s/end%u", c->dir, without);
	*first = c->journal.count;
	for (unsigned i = 0; i < JOURNAL_NAMES; i++) {
		words[3 + i] = journal_name(i);
		journal_begin(&c->journal, OP_GET, CHAOS_CALLERS, i);
	}
	status = healer_run(&c->healer, words, HEAL_S);
	for (unsigned i = 0; i < JOURNAL_NAMES; i++)
		journal_stop(&c->journal, *first + i);
	read_said(c, ".err", said, sizeof(said));
	for (unsigned i = 0; i < JOURNAL_NAMES; i++)
		take_one(c, *first + i, dir, said);
	if (strstr(said, "read without a majority's marks"))
		chaos_complain(c, CHECK_ENDING,
			       "healed, but marks are missing");
	if (c->complaints[CHECK_ENDING] == bad)
		return;
	printf("# get without server %u: exit status %d\n", without + 1,
	       status);
	show_said(c);
}

static void compare(struct chaos *c, uint32_t a, uint32_t b, unsigned without)
{
	for (unsigned i = 0; i < JOURNAL_NAMES; i++) {
		const struct op *x = &c->journal.ops[a + i];
		const struct op *y = &c->journal.ops[b + i];

		if (x->how != y->how || x->value != y->value)
			chaos_complain(c, CHECK_ENDING,
				       "%s is another file without server %u",
				       journal_name(i), without + 1);
	}
}

static void read_subsets(struct chaos *c, uint32_t *all)
{
	read_all(c, CHAOS_SERVERS, all);
	for (unsigned i = 0; i < CHAOS_SERVERS; i++) {
		uint32_t some;

		relay_set(&c->relays[CHAOS_CALLERS][i], RELAY_CUT, 0);
		read_all(c, i, &some);
		relay_set(&c->relays[CHAOS_CALLERS][i], RELAY_PASS, 0);
		compare(c, *all, some, i);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The list is what was read. */
static void check_list(struct chaos *c, uint32_t all)
{
	const char *words[] = {"list", NULL};
	const char *names[JOURNAL_NAMES] = {NULL};
	char is[ERR_TEXT];
	char wanted[ERR_TEXT] = "";
	unsigned n = 0;
	int status = healer_run(&c->healer, words, HEAL_S);

	read_said(c, "", is, sizeof(is));
	for (unsigned i = 0; i < JOURNAL_NAMES; i++)
		if (c->journal.ops[all + i].how == END_OK)
			names[n++] = journal_name(i);
	qsort(names, n, sizeof(*names), by_text);
	for (unsigned i = 0; i < n; i++)
		snprintf(wanted + strlen(wanted),
			 sizeof(wanted) - strlen(wanted), "%s\n", names[i]);
	if (status != 0 || strcmp(is, wanted) != 0)
		chaos_complain(c, CHECK_ENDING,
			       "list: exit status %d; listed: %s; there is: %s",
			       status, is, wanted);
}

/* Disks */

/* What nftw() is to find; it takes no argument. */
static struct {
	struct chaos *chaos;
	size_t root; /* length of the directory's name */
	unsigned committed[JOURNAL_NAMES];
	unsigned staged;
} walk;

static int see_file(const char *path, const struct stat *st, int kind,
		    struct FTW *place)
{
	char name[2 * CHAOS_PATH_MAX];
	char *version;
	unsigned at;

	(void)st;
	if (kind != FTW_F)
		return 0;
	snprintf(name, sizeof(name), "%.*s", place->base - 1, path);
	version = strrchr(name, '/');
	if (!version || version < name + walk.root)
		version = name;
	*version = '\0';
	at = version > name + walk.root ? journal_name_of(name + walk.root + 1)
					: JOURNAL_NAMES;
	if (at != JOURNAL_NAMES && strncmp(version + 1, "@c-", 3) == 0)
		walk.committed[at]++;
	else if (at != JOURNAL_NAMES && strncmp(version + 1, "@s-", 3) == 0)
		walk.staged++;
	else
		chaos_complain(walk.chaos, CHECK_DISKS, "%s: litter", path);
	return 0;
}

static void check_disk(struct chaos *c, unsigned server, uint32_t all)
{
	const char *dir = server_dir(&c->servers[server]);

	walk.chaos = c;
	walk.root = strlen(dir);
	memset(walk.committed, 0, sizeof(walk.committed));
	nftw(dir, see_file, 16, FTW_PHYS);
	for (unsigned i = 0; i < JOURNAL_NAMES; i++) {
		bool there = c->journal.ops[all + i].how == END_OK;

		if (walk.committed[i] != (there ? 2 : 0))
			chaos_complain(c, CHECK_DISKS,
				       "server %u: %s, which %s, has %u files",
				       server + 1, journal_name(i),
				       there ? "exists" : "does not exist",
				       walk.committed[i]);
	}
}

void ending_run(struct chaos *c)
{
	uint32_t all = 0;

	c->ending = true;
	trouble_stop(&c->trouble);
	if (!chaos_settle(c, SETTLE_S) || !await_servers(c)) {
		chaos_complain(c, CHECK_ENDING, "what runs does not end");
		return;
	}
	if (!heal(c)) {
		chaos_complain(c, CHECK_ENDING, "heal does not come to an end");
		show_said(c);
	}
	read_subsets(c, &all);
	check_list(c, all);
	walk.staged = 0;
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		check_disk(c, i, all);
	printf("# files of stages without outcome: %u\n", walk.staged);
}
