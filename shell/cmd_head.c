/* head and tail */
#include "command.h"
#include "num.h"
#include "reading.h"
#include "show.h"

#define LINES 10

struct part {
	bool headers;
	bool any; /* there was one before */
};

static enum err part_good(void *arg, const struct task *task)
{
	struct part *p = arg;

	if (p->headers) {
		fputs(p->any ? "\n==> " : "==> ", stdout);
		show_stored(task->name, task->name_len);
		fputs(" <==\n", stdout);
	}
	p->any = true;
	return slice_read(task, reading_print, NULL);
}

/* -n or -c, not both.  False, and said, when it is no number. */
static bool take_count(const struct args *a, const char *command,
		       struct slice_want *want, enum slice_kind bytes)
{
	const char *lines = a->value['n'];
	const char *count = a->value['c'];

	want->count = LINES;
	if (lines && count) {
		show_trouble("%s: either -n or -c", command);
		return false;
	}
	if (lines && num_u64(lines, 0, UINT64_MAX, &want->count) != ERR_OK) {
		show_trouble("%s: -n %s: not a number of lines", command,
			     lines);
		return false;
	}
	if (!count)
		return true;
	want->kind = bytes;
	if (num_bytes(count, 0, UINT64_MAX, &want->count) == ERR_OK)
		return true;
	show_trouble("%s: -c %s: not a number of bytes (1000, 64KiB)", command,
		     count);
	return false;
}

static enum exit_status run(struct client *c, const struct args *a,
			    const char *command, struct slice_want want,
			    enum slice_kind bytes)
{
	struct part p = {.headers = a->count > 1};
	struct reading r = {.client = c,
			    .names = a->operands,
			    .count = a->count,
			    .good = part_good,
			    .arg = &p};

	if (!command_prints_data(c, command) ||
	    !take_count(a, command, &want, bytes) ||
	    !reading_check(a->operands, a->count) || !client_open(c))
		return EXIT_USAGE;
	r.want = want;
	reading_run(&r);
	return EXIT_DONE;
}

enum exit_status cmd_head(struct client *c, const struct args *a)
{
	struct slice_want want = {.kind = SLICE_FIRST_LINES};

	return run(c, a, "head", want, SLICE_FIRST_BYTES);
}

enum exit_status cmd_tail(struct client *c, const struct args *a)
{
	struct slice_want want = {.kind = SLICE_LAST_LINES};

	return run(c, a, "tail", want, SLICE_LAST_BYTES);
}
