#include "stored.h"

#include "interrupt.h"
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 64 /* names that are asked for together */

static bool takes_changes(const struct view *v)
{
	return view_is_new(v) || mask_count(v->members & v->writable) >= v->w;
}

static void judge(struct client *c, const struct lookup *l, struct stored *s)
{
	static const enum stored_state states[] = {
		[LISTED_NOT] = STORED_NOT,
		[LISTED_WHOLE] = STORED_WHOLE,
		[LISTED_INCOMPLETE] = STORED_INCOMPLETE,
	};
	struct view v;
	struct found f;

	lookup_judge(l, &v, &f);
	c->strangers |= v.strangers;
	*s = (struct stored){.changes = takes_changes(&v)};
	if (view_is_new(&v)) {
		s->state = STORED_NOT;
	} else if (view_proves(&v)) {
		s->state = states[view_list(&v, &f)];
		s->size = f.version.size;
		s->mtime_ns = f.version.mtime_ns;
	}
}

/* Names that are none are not there. */
static void ask_some(struct client *c, const char *const *names, size_t count,
		     struct lookup *lookups, struct stored *list)
{
	struct lookup *running[AT_ONCE] = {0};
	size_t at[AT_ONCE];
	size_t asked = 0;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(names[i]);

		list[i] = (struct stored){.state = STORED_NOT, .changes = true};
		if (name_check(names[i], len) != ERR_OK)
			continue;
		lookup_start(&lookups[asked], &c->cluster, names[i], len);
		running[asked] = &lookups[asked];
		at[asked++] = i;
	}
	lookup_wait(running, asked);
	for (size_t i = 0; i < asked; i++) {
		judge(c, &lookups[i], &list[at[i]]);
		lookup_release(&lookups[i]);
	}
}

enum err stored_ask(struct client *c, const char *const *names, size_t count,
		    struct stored *list)
{
	size_t most = count < AT_ONCE ? count : AT_ONCE;
	struct lookup *lookups = calloc(most + 1, sizeof(*lookups));
	size_t some;

	if (!lookups)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i += some) {
		some = count - i < most ? count - i : most;
		if (interrupt_came())
			memset(list + i, 0, some * sizeof(*list));
		else
			ask_some(c, names + i, some, lookups, list + i);
	}
	free(lookups);
	return ERR_OK;
}
