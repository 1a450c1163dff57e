/* test: is there such a file, or such a directory? */
#include "command.h"
#include "emit.h"
#include "interrupt.h"
#include "listing.h"
#include "name.h"
#include "operand.h"
#include "show.h"
#include "stored.h"

#include <string.h>

enum answer {
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_UNKNOWN, /* too few servers answer */
	ANSWER_FAILED,	/* to find out, and said */
	ANSWER_CANCELLED,
};

static enum answer is_file(struct client *c, const char *name, bool complete)
{
	struct stored s;

	enum err e = stored_ask(c, &name, 1, &s);

	/* Twice: a put may have run between the answers. */
	if (!e && complete && s.state == STORED_INCOMPLETE)
		e = stored_ask(c, &name, 1, &s);
	if (e) {
		show_trouble("%s", err_text(e));
		return ANSWER_FAILED;
	}
	if (interrupt_came())
		return ANSWER_CANCELLED;
	switch (s.state) {
	case STORED_UNKNOWN:
		break;
	case STORED_NOT:
		return ANSWER_NO;
	case STORED_WHOLE:
		return ANSWER_YES;
	case STORED_INCOMPLETE:
		return complete ? ANSWER_NO : ANSWER_YES;
	}
	return ANSWER_UNKNOWN;
}

static void found_one(void *arg, const struct listing_name *n)
{
	bool *any = arg;

	(void)n;
	*any = true;
}

/* There are names below it; at the top, there may be none. */
static enum answer is_directory(struct client *c, const char *name)
{
	size_t len = strlen(name);
	bool any = false;
	char prefix[NAME_MAX_BYTES + 2];
	struct listing_query q = {.cluster = &c->cluster,
				  .prefix = prefix,
				  .each = found_one,
				  .arg = &any,
				  .enough = &any};
	struct view v = {0};

	while (len > 0 && name[len - 1] == '/')
		len--;
	if (len == 0)
		return ANSWER_YES;
	if (len >= NAME_MAX_BYTES)
		return ANSWER_NO;
	memcpy(prefix, name, len);
	memcpy(prefix + len, "/", 2);
	switch (listing_run(&q, &v)) {
	case LISTING_PROVEN:
		/* A few servers may not know of a deletion. */
		if (any && !view_proves(&v))
			break;
		return any ? ANSWER_YES : ANSWER_NO;
	case LISTING_CANCELLED:
		return ANSWER_CANCELLED;
	case LISTING_MEMORY:
		show_trouble("%s", err_text(ERR_MEMORY));
		return ANSWER_FAILED;
	case LISTING_UNPROVEN:
	case LISTING_NONE:
		break;
	}
	c->strangers |= v.strangers;
	return ANSWER_UNKNOWN;
}

static enum answer answer_of(struct client *c, const struct args *a)
{
	const char *name = a->operands[0];
	enum answer file;

	if (a->given['d'])
		return is_directory(c, name);
	if (name_check(name, strlen(name)) != ERR_OK)
		return a->given['e'] ? is_directory(c, name) : ANSWER_NO;
	file = is_file(c, name, a->given['c']);
	return file == ANSWER_NO && a->given['e'] ? is_directory(c, name)
						  : file;
}

/* EXIT_ERROR, which is "no", is said by nobody. */
static enum exit_status status_of(struct client *c, const char *name,
				  enum answer answer)
{
	switch (answer) {
	case ANSWER_YES:
		return EXIT_DONE;
	case ANSWER_UNKNOWN:
		show_problem(name, strlen(name),
			     "too few servers answer to know");
		c->explain = true;
		tally_add(&c->tally, EXIT_TEMPORARY);
		return EXIT_DONE;
	case ANSWER_CANCELLED:
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return EXIT_DONE;
	case ANSWER_FAILED:
		tally_add(&c->tally, EXIT_TEMPORARY);
		return EXIT_DONE;
	case ANSWER_NO:
		break;
	}
	return EXIT_ERROR;
}

enum exit_status cmd_test(struct client *c, const struct args *a)
{
	const char *name = a->operands[0];
	unsigned tests = (unsigned)a->given['e'] + a->given['f'] +
			 a->given['d'] + a->given['c'];
	enum answer answer;

	if (tests != 1) {
		show_trouble("test: one of -e, -f, -d and -c");
		return EXIT_USAGE;
	}
	if (!client_open(c))
		return EXIT_USAGE;
	answer = answer_of(c, a);
	if (c->manners.json && (answer == ANSWER_YES || answer == ANSWER_NO)) {
		struct emit *e = emit_begin("test");

		emit_bytes(e, "name", name, strlen(name));
		emit_bool(e, "result", answer == ANSWER_YES);
		emit_end(e);
	}
	if (answer == ANSWER_YES || answer == ANSWER_NO)
		tally_add(&c->tally, EXIT_DONE);
	return status_of(c, name, answer);
}
