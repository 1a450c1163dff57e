#include "look.h"

#include "interrupt.h"
#include "show.h"

#include <string.h>

static bool looks_incomplete(const struct lookup *l)
{
	struct view v;
	struct found f;

	lookup_judge(l, &v, &f);
	return view_proves(&v) && f.committed && !f.rebuildable;
}

void look_run(struct lookup *l, struct cluster *c, const char *name)
{
	lookup_start(l, c, name, strlen(name));
	lookup_wait(&l, 1);
	if (!looks_incomplete(l))
		return;
	lookup_release(l);
	lookup_start(l, c, name, strlen(name));
	lookup_wait(&l, 1);
}

enum look_end look_end(const struct view *v, const struct found *f)
{
	if (!view_proves(v))
		return view_is_new(v) ? LOOK_ABSENT : LOOK_UNPROVEN;
	if (!f->committed || f->version.y == 0)
		return LOOK_ABSENT;
	return f->rebuildable ? LOOK_WHOLE : LOOK_CHUNKS;
}

static enum exit_status incomplete(struct client *c, const struct lookup *l,
				   const struct view *v, enum look_end end)
{
	show_verdict(l->name, l->name_len, " is incomplete");
	if (end == LOOK_CHUNKS)
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

enum exit_status look_say(struct client *c, const struct lookup *l,
			  const struct view *v, enum look_end end)
{
	c->strangers |= v->strangers;
	if (interrupt_came())
		return EXIT_INTERRUPTED;
	switch (end) {
	case LOOK_WHOLE:
		return EXIT_DONE;
	case LOOK_ABSENT:
		show_problem(l->name, l->name_len, "no such file");
		return EXIT_ABSENT;
	default:
		return incomplete(c, l, v, end);
	}
}
