/* The operations of dfc, and what each may leave behind when it fails. */
#include "row.h"

#include "litter.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOT "got/file"
#define MINE "mine, not to be lost\n"

/* One acknowledged version, and nothing in doubt. */
static void have_version(struct row *r)
{
	static const char *const put[] = {"put", "-o", "file", "source", NULL};

	if (r->now > 0 && r->maybe == NO_VERSION)
		return;
	content_write(r, ++r->next);
	row_must(r, put);
	r->now = r->next;
	r->maybe = NO_VERSION;
}

static void prepare_absent(struct row *r)
{
	static const char *const rm[] = {"rm", "-f", "file", NULL};

	if (r->now != 0 || r->maybe != NO_VERSION)
		row_must(r, rm);
	r->now = 0;
	r->maybe = NO_VERSION;
	content_write(r, ++r->next);
}

/* A cluster that has not begun. */
static void prepare_begin(struct row *r)
{
	struct ran ran;

	for (int i = 0; i < SERVERS; i++) {
		server_end(&r->cluster, i, SIGKILL, &ran);
		server_wipe(&r->cluster, i);
		server_start(&r->cluster, i);
		r->descriptors[i] = server_descriptors(&r->cluster, i);
	}
	r->now = 0;
	r->maybe = NO_VERSION;
	content_write(r, ++r->next);
}

static void prepare_overwrite(struct row *r)
{
	have_version(r);
	content_write(r, ++r->next);
}

/* What is to be copied is the next version, under another name. */
static void prepare_copy(struct row *r)
{
	static const char *const put[] = {"put", "-o", "other", "source", NULL};

	prepare_overwrite(r);
	row_must(r, put);
}

static bool succeeded(const struct ran *ran)
{
	return ran->status == 0 || ran->status == 3;
}

static bool is_unknown(const struct ran *ran)
{
	return ran->status == 11 || ran->status == STATUS_SIGNAL + SIGKILL;
}

/* A move that says that it has come to its half: the copy is there. */
static bool is_halfway(const struct ran *ran)
{
	return strstr(ran->err, "other: copied, but") != NULL;
}

/* After it the name has `wanted`; when it failed, what it had. */
static void judge_change(struct row *r, const struct ran *ran, long wanted)
{
	bool done = succeeded(ran);
	int without = r->victim != NOBODY ? r->victim : (int)(r->tries % 4);
	struct ran read;
	bool doubt = is_unknown(ran) || is_halfway(ran);
	long before = r->now;
	long seen = row_read(r, NOBODY, &read);

	if (done ? seen != wanted
		 : seen != before && seen != r->maybe &&
			    !(doubt && seen == wanted)) {
		row_bad(r, ran,
			"the name has version %ld, had %ld, asked for %ld\n%s",
			seen, before, wanted, read.err);
		r->maybe = wanted; /* and from here with a fresh one */
		return;
	}
	r->silent = done && !ran->err[0];
	if (done)
		r->maybe = NO_VERSION;
	else if (doubt && seen != wanted)
		r->maybe = wanted;
	r->now = seen;
	seen = row_read(r, without, &read);
	if (seen != r->now && seen != r->maybe)
		row_bad(r, ran, "version %ld without dfs%d, %ld with it\n%s",
			seen, without + 1, r->now, read.err);
}

static void judge_put(struct row *r, const struct ran *ran)
{
	judge_change(r, ran, r->next);
}

/* It may have begun by half: then reads say so, but show nothing wrong. */
static void judge_begin(struct row *r, const struct ran *ran)
{
	struct ran read;
	long seen = row_read(r, NOBODY, &read);

	if (seen == r->next && (succeeded(ran) || is_unknown(ran)))
		r->now = r->next;
	else if (succeeded(ran) || (seen != 0 && read.status != 5))
		row_bad(r, ran, "the name has version %ld, asked for %ld\n%s",
			seen, r->next, read.err);
}

static void judge_rm(struct row *r, const struct ran *ran)
{
	judge_change(r, ran, 0);
}

/* Under one name at least it is there, and under one alone when the move has
 * succeeded with all copies. */
static void judge_move(struct row *r, const struct ran *ran)
{
	static const char *const cat[] = {"cat", "other", NULL};
	struct ran read;
	bool there;

	judge_change(r, ran, r->next);
	client_run(&r->cluster, NOBODY, cat, &read);
	there = read.status == 0 && content_read(r, "out") == r->next;
	if (!there && read.status != 4)
		row_bad(r, &read, "the old name is neither there nor gone");
	if (ran->status == 0 && there)
		row_bad(r, ran, "the old name is there still");
	if (!there && r->now != r->next)
		row_bad(r, ran, "both names are gone");
}

/* Nobody was said to be missing: each disk has the mark. */
static void look_at_marks(struct row *r)
{
	char first[MARK_SIZE];
	char mark[MARK_SIZE];

	mark_of(r->cluster.server[0].dir, "file", first);
	for (int i = 1; i < SERVERS; i++) {
		mark_of(r->cluster.server[i].dir, "file", mark);
		if (!first[0] || strcmp(mark, first) != 0)
			row_bad(r, NULL, "dfs%d has %s, dfs1 %s", i + 1, mark,
				first);
	}
}

static void settle(struct row *r)
{
	struct ran ran;
	long seen = row_read(r, NOBODY, &ran);

	if (r->silent)
		look_at_marks(r);
	r->silent = false;
	if (seen != r->now && seen != r->maybe)
		row_bad(r, &ran, "in the end version %ld, before it %ld", seen,
			r->now);
}

/* The next put ends what was begun. */
static void settle_begin(struct row *r)
{
	static const char *const put[] = {"put", "-o", "file", "source", NULL};

	content_write(r, ++r->next);
	row_must(r, put);
	r->now = r->next;
	settle(r);
}

/* Reading */

static void prepare_get(struct row *r)
{
	FILE *f;

	have_version(r);
	remove_tree("got");
	if (mkdir("got", 0700) || !(f = fopen(GOT, "w")) ||
	    fputs(MINE, f) < 0 || fclose(f))
		die(GOT " cannot be made");
}

static bool is_mine(void)
{
	char text[sizeof(MINE) + 1] = "";
	FILE *f = fopen(GOT, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	return n == strlen(MINE) && strcmp(text, MINE) == 0;
}

static void judge_get(struct row *r, const struct ran *ran)
{
	unsigned entries = 0;
	DIR *dir = opendir("got");
	long seen = content_read(r, GOT);

	while (dir && readdir(dir))
		entries++;
	if (dir)
		closedir(dir);
	if (entries != 3 && r->kind->plan.mode != INJECT_KILL)
		row_bad(r, ran, "something lies beside the file");
	if (seen == r->now)
		return;
	if (succeeded(ran) || !is_mine())
		row_bad(r, ran, "the local file is neither old nor new");
}

static void judge_cat(struct row *r, const struct ran *ran)
{
	if (succeeded(ran) ? content_read(r, "out") != r->now
			   : !content_begins(r, "out", r->now))
		row_bad(r, ran, "wrong bytes on stdout");
}

static void judge_list(struct row *r, const struct ran *ran)
{
	char text[64] = "";
	FILE *f = fopen("out", "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	if (succeeded(ran) && (n != 5 || strcmp(text, "file\n") != 0))
		row_bad(r, ran, "the list is: %s", text);
}

#define CHANGE_MS 24000 /* three attempts of 3 s, COMMIT for 10 s, and 5 s */
#define READ_MS 35000	/* starting over for 30 s, and 5 s */
#define HEAL_MS 60000

const struct operation operations[] = {
	{"put",
	 CHANGE_MS,
	 {"put", "-o", "file", "source"},
	 have_version,
	 prepare_absent,
	 judge_put,
	 settle},
	{"begin",
	 CHANGE_MS + 10000,
	 {"put", "-o", "file", "source"},
	 NULL,
	 prepare_begin,
	 judge_begin,
	 settle_begin},
	{"overwrite",
	 CHANGE_MS,
	 {"put", "-o", "file", "source"},
	 have_version,
	 prepare_overwrite,
	 judge_put,
	 settle},
	{"stdin",
	 CHANGE_MS,
	 {"put", "-o", "file", "-"},
	 have_version,
	 prepare_overwrite,
	 judge_put,
	 settle},
	{"rm",
	 CHANGE_MS,
	 {"rm", "file"},
	 have_version,
	 have_version,
	 judge_rm,
	 settle},
	{"cp",
	 CHANGE_MS + READ_MS,
	 {"cp", "other", "file"},
	 have_version,
	 prepare_copy,
	 judge_put,
	 settle},
	{"mv",
	 2 * CHANGE_MS + READ_MS,
	 {"mv", "other", "file"},
	 have_version,
	 prepare_copy,
	 judge_move,
	 settle},
	{"get",
	 READ_MS,
	 {"get", "-o", GOT, "file"},
	 have_version,
	 prepare_get,
	 judge_get,
	 settle},
	{"cat",
	 READ_MS,
	 {"cat", "file"},
	 have_version,
	 have_version,
	 judge_cat,
	 settle},
	{"list",
	 READ_MS,
	 {"list"},
	 have_version,
	 have_version,
	 judge_list,
	 settle},
	{"heal",
	 HEAL_MS,
	 {"heal"},
	 heal_open,
	 heal_prepare,
	 heal_judge,
	 heal_settle},
	{0},
};

const struct operation *operation_find(const char *name)
{
	for (const struct operation *op = operations; op->name; op++)
		if (strcmp(op->name, name) == 0)
			return op;
	return NULL;
}
