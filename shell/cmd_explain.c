/* explain: one name, where its chunks are to be and where they are */
#include "command.h"
#include "describe.h"
#include "explain.h"
#include "interrupt.h"
#include "operand.h"
#include "standing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 12 /* of a chunk's digest */

/* The formula */

static void turn_text(const struct explain *x, char out[OUTLOOK_TEXT_MAX])
{
	const struct placement *p = &x->placement;
	unsigned n = x->client->cluster.count;

	if (p->order == PLACEMENT_MOVED)
		snprintf(out, OUTLOOK_TEXT_MAX,
			 "x = MD5 mod %u = %u, but a heal has brought chunks "
			 "to other servers",
			 p->y, p->turn);
	else if (p->order == PLACEMENT_TURNED)
		snprintf(out, OUTLOOK_TEXT_MAX,
			 "as a copy: x = MD5 mod %u = %u by this name, %u as "
			 "the chunks lie",
			 p->y, p->turn, (p->turn + p->y - p->turned) % p->y);
	else if (p->y == n)
		snprintf(out, OUTLOOK_TEXT_MAX,
			 "by the formula: x = MD5 mod %u = %u", p->y, p->turn);
	else
		snprintf(out, OUTLOOK_TEXT_MAX,
			 "by the formula, over %u of %u servers: x = MD5 mod "
			 "%u = %u",
			 p->y, n, p->y, p->turn);
}

static void md5_text(const struct explain *x, char out[33])
{
	uint8_t md5[16];

	digest_md5(x->lookup.name, x->lookup.name_len, md5);
	digest_hex(md5, sizeof(md5), out);
}

/* On the screen */

static void show_version(const struct version *v)
{
	char text[TAG_TEXT_SIZE + 1];
	char root[2 * DIGEST_MAX + 1];
	char time[24];

	tag_to_text(&v->tag, text);
	printf("version   %" PRIu64 "%s\ntag       %s\n", v->tag.ctr,
	       v->y == 0 ? ": deleted" : "", text);
	if (v->y == 0)
		return;
	show_time(v->mtime_ns, time);
	digest_hex(v->root.bytes, digest_size(v->alg), root);
	printf("size      %" PRIu64 " bytes, mode %04o, modified %s\n", v->size,
	       v->mode, time);
	printf("digest    %s%s%s\n", digest_name(v->alg),
	       strlen(root) > 60 ? "\n          " : " ", root);
}

static void show_head(const struct explain *x)
{
	char md5[33];
	char text[OUTLOOK_TEXT_MAX];

	md5_text(x, md5);
	fputs("name      ", stdout);
	show_name(x->lookup.name, x->lookup.name_len);
	printf("\nmd5       %s\n", md5);
	if (x->found.committed)
		show_version(&x->found.version);
	else
		printf("version   none: %s\n",
		       x->planned ? "nothing is stored under this name"
				  : "nobody that answers has one");
	if (x->placement.y == 0)
		return;
	turn_text(x, text);
	show_para(x->planned ? "would lie" : "placed",
		  x->placement.order == PLACEMENT_FORMULA ? PAINT_NONE
							  : PAINT_WARN,
		  text);
}

static void digest_text(const struct explain *x, unsigned k,
			char out[2 * DIGEST_MAX + 1])
{
	enum digest_alg alg = (enum digest_alg)x->found.version.alg;

	for (unsigned i = 0; i < x->client->cluster.count; i++) {
		const struct digest *d;

		d = found_digest(&x->found, &x->held[i], k);
		if (!d || !(x->found.holders[k] >> i & 1))
			continue;
		digest_hex(d->bytes, digest_size(alg), out);
		return;
	}
	out[0] = '\0';
}

/* "dfs1, dfs2 (down)" */
static void show_homes(const struct explain *x, unsigned k)
{
	static const char *const notes[CELL_KINDS] = {
		[CELL_GOOD] = "",
		[CELL_BAD] = " (bad)",
		[CELL_LACKING] = " (not there)",
		[CELL_AWAY] = " (down)",
		[CELL_PERHAPS] = " (down?)",
	};
	const char *comma = "";

	for (unsigned i = 0; i < x->placement.count; i++) {
		unsigned cell = x->placement.cells[i][k];

		if (!notes[cell])
			continue;
		printf("%s%s%s%s%s", comma,
		       cluster_name(&x->client->cluster, i),
		       show_paint(cell == CELL_GOOD ? PAINT_NONE : PAINT_WARN),
		       notes[cell], show_paint(PAINT_NONE));
		comma = ", ";
	}
	puts(*comma ? "" : "nobody that answers");
}

static void show_chunks(const struct explain *x)
{
	const struct version *v = &x->found.version;
	char digest[2 * DIGEST_MAX + 1];

	printf("\n  chunk %15s  %-*s  homes\n", "bytes", DIGITS, "digest");
	for (unsigned k = 0; k < v->y; k++) {
		digest_text(x, k, digest);
		printf("  P%-4u %15" PRIu64 "  %-*.*s  ", k + 1,
		       layout_length(v->size, v->y, k), DIGITS, DIGITS,
		       digest[0] ? digest : "?");
		show_homes(x, k);
	}
}

static void show_outlook(const struct explain *x)
{
	const struct outlook *o = &x->outlook;
	enum show_paint paint = o->safe		       ? PAINT_GOOD
				: x->end == LOOK_WHOLE ? PAINT_WARN
						       : PAINT_BAD;
	char marks[64];

	snprintf(marks, sizeof(marks), "%u of %u servers know this version%s",
		 mask_count(x->found.marks), x->view.n,
		 o->unmarked ? ": heal tells the others" : "");
	putchar('\n');
	show_para("marks", PAINT_NONE, marks);
	show_para("verified", PAINT_NONE,
		  !x->verified ? "not now: explain --verify has the servers "
				 "read the chunks"
		  : x->silent  ? "just now, but not to the end by every server"
			       : "just now: the servers have read all chunks");
	show_para("verdict", paint, o->verdict);
	if (o->losing[0])
		show_para("losing", PAINT_NONE, o->losing);
	show_para("to do", o->todo[0] ? PAINT_BOLD : PAINT_NONE,
		  o->todo[0] ? o->todo : "nothing");
}

static void show_deleted(const struct explain *x)
{
	uint64_t unaware = x->view.members & ~x->found.marks;

	putchar('\n');
	show_para("verdict", PAINT_NONE,
		  "deleted, and stays so, whichever server was away; no "
		  "chunks are left");
	show_para("to do", PAINT_NONE,
		  x->view.members == mask_all(x->view.n) && !unaware
			  ? "nothing: a heal forgets it, once gc_age is over"
			  : "nothing: it is remembered until a heal has told "
			    "every server, and gc_age is over");
}

static void show_text(const struct explain *x)
{
	show_head(x);
	putchar('\n');
	grid_show(&x->placement, x->rows);
	if (explain_is_stored(x)) {
		show_chunks(x);
		show_outlook(x);
	} else if (x->found.committed) {
		show_deleted(x);
	}
}

/* As objects */

static void emit_cells(struct emit *e, const struct explain *x, unsigned k)
{
	static const char *const keys[CELL_KINDS] = {
		[CELL_GOOD] = "homes",	    [CELL_BAD] = "bad",
		[CELL_LACKING] = "lacking", [CELL_AWAY] = "down",
		[CELL_PERHAPS] = "perhaps", [CELL_PLANNED] = "planned",
	};

	for (unsigned cell = CELL_GOOD; cell < CELL_KINDS; cell++)
		if ((cell == CELL_PLANNED) == x->planned)
			cluster_emit(
				&x->client->cluster, e, keys[cell],
				placement_servers(&x->placement, k,
						  (enum placement_cell)cell));
}

static void emit_chunks(struct emit *e, const struct explain *x)
{
	const struct version *v = &x->found.version;
	char digest[2 * DIGEST_MAX + 1];

	emit_open_list(e, "chunks");
	for (unsigned k = 0; k < x->placement.y; k++) {
		emit_open_object(e, NULL);
		emit_u64(e, "chunk", k + 1);
		if (!x->planned) {
			digest_text(x, k, digest);
			emit_u64(e, "bytes", layout_length(v->size, v->y, k));
			emit_text(e, "digest", digest);
		}
		emit_cells(e, x, k);
		emit_close(e);
	}
	emit_close(e);
}

static void emit_outlook(struct emit *e, const struct explain *x)
{
	const struct outlook *o = &x->outlook;
	const struct cluster *c = &x->client->cluster;

	cluster_emit(c, e, "marks", x->found.marks);
	if (!explain_is_stored(x))
		return;
	emit_bool(e, "rebuildable", x->found.rebuildable);
	emit_bool(e, "safe", o->safe);
	emit_bool(e, "verified", x->verified && !x->silent);
	cluster_emit(c, e, "needed", o->needed);
	emit_text(e, "verdict", o->verdict);
	emit_text(e, "todo", o->todo);
}

static void emit_file(const struct explain *x)
{
	static const char *const orders[] = {
		[PLACEMENT_FORMULA] = "formula",
		[PLACEMENT_TURNED] = "copy",
		[PLACEMENT_MOVED] = "moved",
	};
	static const char *const ends[] = {
		[LOOK_WHOLE] = "whole",
		[LOOK_CHUNKS] = "incomplete",
		[LOOK_UNPROVEN] = "unknown",
		[LOOK_ABSENT] = "absent",
	};
	struct emit *e = emit_begin("file");
	bool deleted = x->end == LOOK_ABSENT && x->found.committed;
	char md5[33];

	describe_file(e, x->lookup.name, x->lookup.name_len,
		      x->end == LOOK_ABSENT ? LISTED_NOT
					    : view_list(&x->view, &x->found),
		      &x->found);
	emit_text(e, "state", deleted ? "deleted" : ends[x->end]);
	md5_text(x, md5);
	emit_text(e, "md5", md5);
	if (x->placement.y > 0) {
		emit_u64(e, "turn", x->placement.turn);
		emit_text(e, "placed",
			  x->planned ? "planned" : orders[x->placement.order]);
	}
	emit_chunks(e, x);
	emit_outlook(e, x);
	emit_end(e);
}

static void emit_servers(const struct explain *x)
{
	const struct cluster *c = &x->client->cluster;

	for (unsigned i = 0; i < c->count; i++) {
		const struct lookup_answer *a = &x->lookup.answers[i];
		struct emit *e = emit_begin("server");

		emit_text(e, "name", cluster_name(c, i));
		emit_bool(e, "up", a->given);
		emit_text(e, "state",
			  standing_word(standing_of(&x->view,
						    a->given ? &a->store : NULL,
						    i, c->count)));
		emit_text(e, "holds", a->given ? x->rows[i].text : "");
		if (!a->given)
			emit_text(e, "why", cluster_why(c, i));
		emit_end(e);
	}
}

/* The command */

static void show(struct explain *x)
{
	struct client *c = x->client;

	if (!interrupt_came() && c->manners.json) {
		emit_file(x);
		emit_servers(x);
	} else if (!interrupt_came()) {
		show_text(x);
	}
	tally_add(&c->tally, look_say(c, &x->lookup, &x->view, x->end));
}

enum exit_status cmd_explain(struct client *c, const struct args *a)
{
	struct explain *x;

	for (size_t i = 0; i < a->count; i++)
		if (!operand_check(a->operands[i]))
			return EXIT_USAGE;
	if (!client_open(c))
		return EXIT_USAGE;
	x = malloc(sizeof(*x));
	if (!x) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	for (size_t i = 0; i < a->count && !interrupt_came(); i++) {
		if (i > 0 && !c->manners.json)
			putchar('\n');
		explain_run(x, c, a->operands[i], a->given[OPT_VERIFY]);
		show(x);
		explain_release(x);
	}
	free(x);
	return EXIT_DONE;
}
