#include "journal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const names[JOURNAL_NAMES] = {
	"hot0", "hot1", "hot2", "hot3",	  "d/hot4", "n05",   "n06",
	"n07",	"n08",	"n09",	"n10",	  "n11",    "n12",   "n13",
	"n14",	"d/15", "d/16", "d/e/17", "d/e/18", "d/e/19"};

static const char *const kinds[OP_KINDS] = {"put", "get", "rm", "list"};
static const char *const ends[ENDS] = {"ok", "no such file", "failed",
				       "outcome unknown", "killed"};

void journal_init(struct journal *j)
{
	*j = (struct journal){0};
	j->began = journal_time(j);
}

void journal_release(struct journal *j)
{
	free(j->ops);
}

uint64_t journal_time(struct journal *j)
{
	struct timespec t;
	uint64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	j->now = ns > j->now ? ns : j->now + 1;
	return j->now;
}

uint32_t journal_begin(struct journal *j, enum op_kind kind, unsigned caller,
		       unsigned name)
{
	if (j->count == j->room) {
		j->room = j->room ? 2 * j->room : 4096;
		j->ops = reallocarray(j->ops, j->room, sizeof(*j->ops));
		if (!j->ops)
			abort();
	}
	j->ops[j->count] = (struct op){.start = journal_time(j),
				       .end = JOURNAL_RUNS,
				       .name = (uint8_t)name,
				       .caller = (uint8_t)caller,
				       .kind = (uint8_t)kind};
	return j->count++;
}

void journal_stop(struct journal *j, uint32_t at)
{
	j->ops[at].end = journal_time(j);
}

void journal_end(struct journal *j, uint32_t at, enum op_end how)
{
	struct op *o = &j->ops[at];

	o->how = (uint8_t)how;
	j->ended[o->kind][how]++;
	j->weak += o->weak;
}

const char *journal_name(unsigned name)
{
	return names[name];
}

unsigned journal_name_of(const char *text)
{
	unsigned i = 0;

	while (i < JOURNAL_NAMES && strcmp(names[i], text) != 0)
		i++;
	return i;
}

static double seconds(const struct journal *j, uint64_t ns)
{
	return (double)(ns - j->began) / 1e9;
}

void journal_show(const struct journal *j, uint32_t at, FILE *f)
{
	const struct op *o = &j->ops[at];
	bool runs = o->end == JOURNAL_RUNS;

	fprintf(f, "#   %10.6f - ", seconds(j, o->start));
	if (runs)
		fprintf(f, "%10s", "");
	else
		fprintf(f, "%10.6f", seconds(j, o->end));
	fprintf(f, "  client %u: %-4s %s: %s%s", o->caller + 1u, kinds[o->kind],
		o->kind == OP_LIST ? "" : names[o->name],
		runs ? "still runs" : ends[o->how],
		o->weak ? ", without a majority's marks" : "");
	if (o->kind == OP_PUT)
		fprintf(f, ", value %" PRIu32 ", %" PRIu32 " bytes", at + 1,
			o->size);
	else if (o->kind == OP_GET && !runs && o->how == END_OK)
		fprintf(f, ", value %" PRIu32, o->value);
	else if (o->kind == OP_LIST)
		fprintf(f, ", shown %05" PRIx32 ", unsure %05" PRIx32, o->value,
			o->size);
	fputc('\n', f);
}

void journal_show_counts(const struct journal *j, FILE *f)
{
	for (unsigned k = 0; k < OP_KINDS; k++) {
		uint32_t all = 0;

		for (unsigned e = 0; e < ENDS; e++)
			all += j->ended[k][e];
		fprintf(f, "#   %-5s %8" PRIu32 ":", kinds[k], all);
		for (unsigned e = 0; e < ENDS; e++)
			if (j->ended[k][e])
				fprintf(f, " %s %" PRIu32, ends[e],
					j->ended[k][e]);
		fputc('\n', f);
	}
	fprintf(f, "#   reads without a majority's marks: %" PRIu32 "\n",
		j->weak);
}
