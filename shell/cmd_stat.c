/* stat: one name, and where its chunks are */
#include "command.h"
#include "interrupt.h"
#include "lookup.h"
#include "operand.h"
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void show_homes(const struct client *c, uint64_t holders)
{
	bool any = false;

	for (unsigned i = 0; i < c->cluster.count; i++) {
		if (!(holders >> i & 1))
			continue;
		printf("%s%s", any ? ", " : "", cluster_name(&c->cluster, i));
		any = true;
	}
	puts(any ? "" : "nobody that answers");
}

static void show_version(const struct client *c, const struct lookup *l,
			 const struct found *f)
{
	const struct version *v = &f->version;
	char text[TAG_TEXT_SIZE + 1];
	char root[2 * DIGEST_MAX + 1];
	char time[24];

	show_time(v->mtime_ns, time);
	tag_to_text(&v->tag, text);
	digest_hex(v->root.bytes, digest_size(v->alg), root);
	fputs("name     ", stdout);
	show_name(l->name, l->name_len);
	printf("\nsize     %" PRIu64 "\n", v->size);
	printf("modified %s\n", time);
	printf("mode     %04o\n", v->mode);
	printf("version  %" PRIu64 " (%s)\n", v->tag.ctr, text);
	printf("digest   %s %s\n", digest_name(v->alg), root);
	printf("marks    %u of %u servers\n", mask_count(f->marks),
	       c->cluster.count);
	for (unsigned i = 0; i < v->y; i++) {
		printf("chunk %-2u %" PRIu64 " bytes on ", i + 1,
		       layout_length(v->size, v->y, i));
		show_homes(c, f->holders[i]);
	}
}

static enum exit_status absent(const struct lookup *l)
{
	show_problem(l->name, l->name_len, "no such file");
	return EXIT_ABSENT;
}

static enum exit_status incomplete(struct client *c, const struct lookup *l,
				   const struct view *v, bool rebuildable)
{
	show_verdict(l->name, l->name_len, " is incomplete");
	if (!rebuildable)
		show_problem(l->name, l->name_len,
			     "a chunk is on no server that answers");
	else
		show_problem(l->name, l->name_len,
			     "%u of %u servers answer, %u are needed",
			     mask_count(v->members), v->n, v->r);
	c->explain = true;
	return mask_count(v->valid) == c->cluster.count ? EXIT_INTEGRITY
							: EXIT_TEMPORARY;
}

static enum exit_status show_one(struct client *c, const struct lookup *l)
{
	struct view v;
	struct found f;

	lookup_judge(l, &v, &f);
	c->strangers |= v.strangers;
	if (interrupt_came())
		return EXIT_INTERRUPTED;
	if (!view_proves(&v))
		return view_is_new(&v) ? absent(l) : incomplete(c, l, &v, true);
	if (!f.committed || f.version.y == 0)
		return absent(l);
	if (f.rebuildable) {
		show_version(c, l, &f);
		return EXIT_DONE;
	}
	show_version(c, l, &f);
	return incomplete(c, l, &v, false);
}

static bool looks_incomplete(const struct lookup *l)
{
	struct view v;
	struct found f;

	lookup_judge(l, &v, &f);
	return view_proves(&v) && f.committed && !f.rebuildable;
}

/* Twice, if need be: a put may have run between the answers. */
static void look(struct lookup *l, struct cluster *c, const char *name)
{
	lookup_start(l, c, name, strlen(name));
	lookup_wait(&l, 1);
	if (!looks_incomplete(l))
		return;
	lookup_release(l);
	lookup_start(l, c, name, strlen(name));
	lookup_wait(&l, 1);
}

enum exit_status cmd_stat(struct client *c, const struct args *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!operand_check(a->operands[i]))
			return EXIT_USAGE;
	if (!client_open(c))
		return EXIT_USAGE;
	for (size_t i = 0; i < a->count; i++) {
		const char *name = a->operands[i];
		struct lookup *l = malloc(sizeof(*l));

		if (!l) {
			show_trouble("%s", err_text(ERR_MEMORY));
			tally_add(&c->tally, EXIT_ERROR);
			break;
		}
		if (i > 0)
			putchar('\n');
		look(l, &c->cluster, name);
		tally_add(&c->tally, show_one(c, l));
		lookup_release(l);
		free(l);
	}
	return EXIT_DONE;
}
