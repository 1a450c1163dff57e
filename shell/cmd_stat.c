/* stat: one name, and where its chunks are */
#include "cache.h"
#include "command.h"
#include "describe.h"
#include "interrupt.h"
#include "look.h"
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

static void emit_chunks(struct emit *e, const struct client *c,
			const struct version *v, const struct found *f)
{
	emit_open_list(e, "chunks");
	for (unsigned i = 0; i < v->y; i++) {
		emit_open_object(e, NULL);
		emit_u64(e, "chunk", i + 1);
		emit_u64(e, "bytes", layout_length(v->size, v->y, i));
		cluster_emit(&c->cluster, e, "homes", f->holders[i]);
		emit_close(e);
	}
	emit_close(e);
}

static void emit_version(const struct client *c, const struct lookup *l,
			 const struct view *view, const struct found *f)
{
	const struct version *v = &f->version;
	struct emit *e = emit_begin("file");
	char root[2 * DIGEST_MAX + 1];

	describe_file(e, l->name, l->name_len, view_list(view, f), f);
	digest_hex(v->root.bytes, digest_size(v->alg), root);
	emit_text(e, "algorithm", digest_name(v->alg));
	emit_text(e, "digest", root);
	cluster_emit(&c->cluster, e, "marks", f->marks);
	emit_chunks(e, c, v, f);
	emit_end(e);
}

static void show(const struct client *c, const struct lookup *l,
		 const struct view *v, const struct found *f)
{
	if (c->manners.json)
		emit_version(c, l, v, f);
	else
		show_version(c, l, f);
}

static enum exit_status show_one(struct client *c, const struct lookup *l)
{
	struct view v;
	struct found f;
	enum look_end end;

	lookup_judge(l, &v, &f);
	end = look_end(&v, &f);
	if (!interrupt_came() && (end == LOOK_WHOLE || end == LOOK_CHUNKS))
		show(c, l, &v, &f);
	return look_say(c, l, &v, end);
}

/* From a shell's last listing; false: that will not do. */
static bool show_kept(const struct client *c, struct lookup *l,
		      const char *name)
{
	const struct cluster *cluster = &c->cluster;
	struct listing_name n;

	if (!cluster->cache ||
	    !cache_find(cluster->cache, name, cluster->loop->now_ms, &n) ||
	    look_end(n.view, n.found) != LOOK_WHOLE)
		return false;
	*l = (struct lookup){.name_len = n.len};
	memcpy(l->name, n.text, n.len);
	show(c, l, n.view, n.found);
	return true;
}

static enum exit_status stat_one(struct client *c, struct lookup *l,
				 const char *name)
{
	enum exit_status status;

	loop_refresh(&c->loop);
	if (show_kept(c, l, name))
		return EXIT_DONE;
	look_run(l, &c->cluster, name);
	status = show_one(c, l);
	lookup_release(l);
	return status;
}

enum exit_status cmd_stat(struct client *c, const struct args *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!operand_check(a->operands[i]))
			return EXIT_USAGE;
	if (!client_open(c))
		return EXIT_USAGE;
	for (size_t i = 0; i < a->count; i++) {
		struct lookup *l = malloc(sizeof(*l));

		if (!l) {
			show_trouble("%s", err_text(ERR_MEMORY));
			tally_add(&c->tally, EXIT_ERROR);
			break;
		}
		if (i > 0 && !c->manners.json)
			putchar('\n');
		tally_add(&c->tally, stat_one(c, l, a->operands[i]));
		free(l);
	}
	return EXIT_DONE;
}
