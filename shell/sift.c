#include "sift.h"

#include "interrupt.h"
#include "show.h"

#define WINDOW 64 /* files that are looked at together */

static bool choose(struct sift *s, const struct manifest *some)
{
	const char *names[WINDOW];
	struct stored list[WINDOW];

	for (size_t i = 0; i < some->count; i++)
		names[i] = some->list[i].name;
	if (stored_ask(s->client, names, some->count, list))
		return false;
	for (size_t i = 0; i < some->count && !interrupt_came(); i++) {
		const struct manifest_item *item = &some->list[i];

		if (s->takes(s->arg, item, &list[i]) &&
		    !manifest_add(&s->chosen, item->path, item->name,
				  list[i].size))
			return false;
	}
	return true;
}

static bool run(struct sift *s)
{
	bool good = true;

	while (good && s->more(s->next_arg) && !interrupt_came()) {
		struct manifest some = {0};
		const char *path, *name;

		while (good && some.count < WINDOW &&
		       s->next(s->next_arg, &path, &name))
			good = manifest_add(&some, path, name, 0);
		good = good && choose(s, &some);
		manifest_release(&some);
	}
	return good;
}

bool sift_run(struct sift *s)
{
	if (!run(s)) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&s->client->tally, EXIT_ERROR);
		return false;
	}
	if (interrupt_came())
		tally_add(&s->client->tally, EXIT_INTERRUPTED);
	return !interrupt_came();
}
