#include "outlook.h"

#include <stdio.h>
#include <string.h>

#define CHUNKS_MAX 320 /* bytes: all 64 */

/* "P1, P2" */
static const char *chunks(uint64_t some, char out[CHUNKS_MAX])
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned k = 0; k < LAYOUT_MAX; k++)
		if (some >> k & 1)
			at += (size_t)snprintf(out + at, CHUNKS_MAX - at,
					       "%sP%u", at ? ", " : "", k + 1);
	return out;
}

static const char *servers(const struct cluster *c, uint64_t some,
			   char out[CLUSTER_NAMES_MAX])
{
	return cluster_names(c, some, out, CLUSTER_NAMES_MAX);
}

static const char *s_of(uint64_t some)
{
	return mask_count(some) == 1 ? "" : "s";
}

static void count(struct outlook *o, const struct view *v,
		  const struct found *f, const struct placement *p)
{
	bool spare = mask_count(v->members) > v->r;
	bool gaps = false;

	o->copies = f->version.y ? LAYOUT_MAX : 0;
	for (unsigned k = 0; k < f->version.y; k++) {
		unsigned n = mask_count(f->holders[k]);

		if (n < o->copies) {
			o->copies = n;
			o->few = 0;
		}
		if (n == o->copies)
			o->few |= UINT64_C(1) << k;
		if (n == 1)
			o->needed |= f->holders[k];
		o->away |= placement_servers(p, k, CELL_AWAY) |
			   placement_servers(p, k, CELL_PERHAPS);
		gaps |= placement_servers(p, k, CELL_BAD) != 0 ||
			placement_servers(p, k, CELL_LACKING) != 0;
	}
	o->needed |= spare ? 0 : v->members;
	o->unmarked = v->members & ~f->marks;
	o->heal = gaps || o->unmarked || f->version.y < v->n ||
		  (o->copies == 1 && !o->away);
	o->safe = o->copies >= 2 && !gaps && spare;
}

static void say_verdict(struct outlook *o, const struct cluster *c,
			const struct view *v, const struct found *f)
{
	char few[CHUNKS_MAX];
	uint64_t answer = v->valid & mask_all(c->count);

	if (!view_proves(v))
		snprintf(o->verdict, sizeof(o->verdict),
			 "too few members answer to know: %u of %u, %u are "
			 "needed; %s",
			 mask_count(v->members), v->n, v->r,
			 f->rebuildable ? "what they have could be rebuilt"
					: "what they have cannot be rebuilt");
	else if (!f->rebuildable)
		snprintf(o->verdict, sizeof(o->verdict),
			 "cannot be rebuilt %s: %s %s on no server%s",
			 answer == mask_all(c->count) ? "any more" : "now",
			 chunks(o->few, few),
			 mask_count(o->few) == 1 ? "is" : "are",
			 answer == mask_all(c->count) ? "" : " that answers");
	else if (o->copies == 1 && o->few == mask_all(f->version.y))
		snprintf(o->verdict, sizeof(o->verdict),
			 "can be rebuilt; every chunk has one copy only");
	else if (o->copies == 1)
		snprintf(o->verdict, sizeof(o->verdict),
			 "can be rebuilt; %s %s one copy only",
			 chunks(o->few, few),
			 mask_count(o->few) == 1 ? "has" : "have");
	else
		snprintf(o->verdict, sizeof(o->verdict),
			 "can be rebuilt; every chunk has two copies%s",
			 o->safe ? "" : ", but see below");
}

/* "dfs1, dfs2 or dfs3" */
static const char *any_of(const struct cluster *c, uint64_t some,
			  char out[CLUSTER_NAMES_MAX])
{
	char *comma;

	cluster_names(c, some, out, CLUSTER_NAMES_MAX - 2);
	comma = strrchr(out, ',');
	if (comma) {
		memmove(comma + 3, comma + 1, strlen(comma + 1) + 1);
		memcpy(comma, " or", 3);
	}
	return out;
}

static void say_losing(struct outlook *o, const struct cluster *c,
		       const struct view *v, const struct found *f)
{
	const char *more = v->valid == mask_all(c->count) ? "" : " as well";
	char names[CLUSTER_NAMES_MAX];

	if (!view_proves(v) || !f->rebuildable)
		return;
	if (o->needed)
		snprintf(o->losing, sizeof(o->losing),
			 "%s%s would make it unreadable",
			 any_of(c, o->needed, names), more);
	else
		snprintf(o->losing, sizeof(o->losing),
			 "any one server%s would leave it readable", more);
}

static void say_todo(struct outlook *o, const struct cluster *c,
		     const char *name, const struct view *v,
		     const struct found *f)
{
	char names[CLUSTER_NAMES_MAX];
	uint64_t down = mask_all(c->count) & ~v->valid;

	if (!view_proves(v) && down)
		snprintf(o->todo, sizeof(o->todo), "bring back %s",
			 servers(c, down, names));
	else if (!f->rebuildable && o->away)
		snprintf(o->todo, sizeof(o->todo),
			 "bring back %s, with %s disk%s",
			 servers(c, o->away, names),
			 mask_count(o->away) == 1 ? "its" : "their",
			 s_of(o->away));
	else if (!f->rebuildable)
		snprintf(o->todo, sizeof(o->todo),
			 "put it again, remove it, or give it up: dfc heal "
			 "--accept-loss %s",
			 name);
	else if (o->away)
		snprintf(o->todo, sizeof(o->todo),
			 "bring back %s, then: dfc heal %s; lost for good: "
			 "REPLACING A SERVER in dfs(8)",
			 servers(c, o->away, names), name);
	else if (o->heal && f->version.y < v->n && down)
		snprintf(o->todo, sizeof(o->todo),
			 "bring back %s, then: dfc heal %s, to spread it over "
			 "all %u servers",
			 servers(c, down, names), name, v->n);
	else if (o->heal)
		snprintf(o->todo, sizeof(o->todo), "dfc heal %s", name);
}

void outlook_make(struct outlook *o, const struct cluster *c, const char *name,
		  const struct view *v, const struct found *f,
		  const struct placement *p)
{
	memset(o, 0, sizeof(*o));
	count(o, v, f, p);
	say_verdict(o, c, v, f);
	say_losing(o, c, v, f);
	say_todo(o, c, name, v, f);
}
