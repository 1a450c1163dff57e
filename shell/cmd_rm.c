/* rm */
#include "choice.h"
#include "command.h"
#include "confirm.h"
#include "interrupt.h"
#include "names.h"
#include "operand.h"
#include "removal.h"
#include "show.h"
#include "stored.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of -r, all but the top of everything: that is what a variable of a script
 * gives that is not set. */
static bool operand_is_right(const struct args *a, const char *operand)
{
	if (!a->given['r'])
		return operand_check(operand);
	if (operand[strspn(operand, "/")] != '\0')
		return true;
	show_trouble("rm: \"%s\" would be everything: name what is to go",
		     operand);
	return false;
}

/* What all of them hold; 0 also when it cannot be known. */
static uint64_t ask_bytes(const struct removal *r)
{
	struct stored *list = calloc(r->count + 1, sizeof(*list));
	uint64_t bytes = 0;

	if (list && !stored_ask(r->client, r->names, r->count, list))
		for (size_t i = 0; i < r->count; i++)
			bytes += list[i].size;
	free(list);
	return bytes;
}

/* Many are asked for once, where somebody can answer. */
static bool is_meant(const struct removal *r, const struct names *names)
{
	uint64_t bytes = names->bytes;
	char size[16];

	if (r->count < 2 || !confirm_is_possible())
		return true;
	show_size(bytes ? bytes : ask_bytes(r), size);
	return confirm_ask("remove %zu files (%s)?", r->count, size);
}

static void run(struct removal *r, const struct args *a,
		const struct names *names)
{
	struct client *c = r->client;

	r->names = names_listed(names);
	r->count = names->count;

	if (a->given['n']) {
		removal_plan(r);
	} else if (a->given['f'] || is_meant(r, names)) {
		if (a->count != 1 || a->given['r'])
			summary_begin(&c->summary, "removed", false);
		removal_run(r);
	} else if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
	} else {
		show_trouble("rm: nothing was removed");
		tally_add(&c->tally, EXIT_PRECONDITION);
	}
}

static enum exit_status remove_chosen(struct client *c, const struct args *a,
				      const struct choice *choice)
{
	struct removal r = {.client = c, .lenient = a->given['f']};
	struct names names = {.lenient = r.lenient, .filter = &choice->filter};

	for (size_t i = 0; i < choice->names.count; i++)
		if (!operand_is_right(a, choice->names.list[i]))
			return EXIT_USAGE;
	if (!client_open(c) || !command_jobs(c, a, &r.jobs))
		return EXIT_USAGE;
	if (names_expand(&names, c, names_listed(&choice->names),
			 choice->names.count, a->given['r'])) {
		run(&r, a, &names);
	} else {
		tally_add(&c->tally, EXIT_ERROR);
	}
	names_release(&names);
	return EXIT_DONE;
}

enum exit_status cmd_rm(struct client *c, const struct args *a)
{
	struct choice choice;
	enum exit_status status = choice_make(&choice, a);

	if (!status)
		status = remove_chosen(c, a, &choice);
	choice_release(&choice);
	return status;
}
