/*
 * Heal: one server comes back blank, among names that were stored before,
 * stored without it, and removed.
 */
#include "row.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEALS_MOST 5

static void put(struct row *r, const char *name, long version)
{
	const char *const args[] = {"put", "-o", name, "source", NULL};

	content_write(r, version);
	row_must(r, args);
}

/* file has version 1, large 2, gone is removed. */
void heal_open(struct row *r)
{
	static const char *const rm[] = {"rm", "gone", NULL};

	put(r, "file", 1);
	put(r, "large", 2);
	put(r, "gone", 3);
	row_must(r, rm);
	r->next = 3;
}

/* One more: narrow, of the servers that are left. */
void heal_prepare(struct row *r)
{
	struct ran ran;

	server_end(&r->cluster, WIPED, SIGKILL, &ran);
	server_wipe(&r->cluster, WIPED);
	put(r, "narrow", ++r->next);
	server_start(&r->cluster, WIPED);
	r->descriptors[WIPED] = server_descriptors(&r->cluster, WIPED);
	r->done = false;
}

/* Is "out" what these have, one after the other? */
static bool out_is(const struct row *r, const long *versions, unsigned count)
{
	FILE *f = fopen("out", "r");
	bool same = f != NULL;

	for (unsigned i = 0; same && i < count; i++)
		same = content_next(r, f, versions[i]);
	same = same && getc(f) == EOF;
	if (f)
		fclose(f);
	return same;
}

static bool listed(void)
{
	static const char wanted[] = "file\nlarge\nnarrow\n";
	char text[sizeof(wanted) + 1] = "";
	FILE *f = fopen("out", "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	return n == sizeof(wanted) - 1 && strcmp(text, wanted) == 0;
}

static void read_all(struct row *r, int without)
{
	static const char *const cat[] = {"cat", "file", "large", "narrow",
					  NULL};
	static const char *const list[] = {"list", NULL};
	const long versions[] = {1, 2, r->next};
	struct ran ran;

	client_run(&r->cluster, without, cat, &ran);
	if (ran.status != 0 || !out_is(r, versions, 3))
		row_bad(r, &ran, "not readable without dfs%d", without + 1);
	client_run(&r->cluster, without, list, &ran);
	if (ran.status != 0 || !listed())
		row_bad(r, &ran, "the list is wrong without dfs%d",
			without + 1);
}

void heal_judge(struct row *r, const struct ran *ran)
{
	r->done = ran->status == 0;
	if (r->done)
		read_all(r, r->victim);
}

/* Healed to its end, everything has two copies. */
void heal_settle(struct row *r)
{
	static const char *const heal[] = {"heal", NULL};
	struct ran ran = {0};

	for (int i = 0; !r->done && i < HEALS_MOST; i++) {
		client_run(&r->cluster, NOBODY, heal, &ran);
		r->done = ran.status == 0;
		if (ran.status == 3)
			break;
	}
	if (!r->done && ran.status != 3)
		row_bad(r, &ran, "a clean heal comes to no end");
	if (!r->done)
		read_all(r, NOBODY);
	for (int i = 0; r->done && i < SERVERS; i++)
		read_all(r, i);
}
