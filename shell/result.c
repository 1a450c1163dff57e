#include "result.h"

#include "emit.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

static bool is_done(const struct result *r)
{
	return !r->skipped &&
	       (r->status == EXIT_DONE || r->status == EXIT_DEGRADED);
}

static void emit(const struct result *r, bool planned)
{
	struct emit *e = emit_begin("result");

	emit_text(e, "action", r->action);
	if (r->name)
		emit_bytes(e, "name", r->name, r->name_len);
	if (r->path)
		emit_bytes(e, "path", r->path, strlen(r->path));
	if (r->to)
		emit_bytes(e, "to", r->to, strlen(r->to));
	emit_bool(e, "done", !planned && is_done(r));
	if (planned)
		emit_bool(e, "planned", true);
	if (r->skipped)
		emit_bool(e, "skipped", true);
	emit_u64(e, "exit", r->status);
	emit_u64(e, "bytes", r->bytes);
	if (r->text)
		emit_text(e, "text", r->text);
	emit_end(e);
}

void result_add(struct client *c, const struct result *r)
{
	enum summary_end end = SUMMARY_FAILED;

	if (r->skipped)
		end = SUMMARY_SKIPPED;
	else if (is_done(r))
		end = r->deleted ? SUMMARY_DELETED : SUMMARY_DONE;

	tally_add(&c->tally, r->status);
	summary_add(&c->summary, end, r->bytes);
	if (c->manners.json)
		emit(r, false);
}

void result_task(struct client *c, const struct task *task, const char *action,
		 const char *path, enum exit_status status, const char *text)
{
	uint64_t size = task_size(task);

	result_add(c, &(struct result){
			      .action = action,
			      .name = task->name,
			      .name_len = task->name_len,
			      .path = path,
			      .status = status,
			      .bytes = size == TASK_SIZE_UNKNOWN ? 0 : size,
			      .text = text});
}

void result_plan(struct client *c, const struct result *r)
{
	char size[16];

	tally_add(&c->tally, r->status);
	if (c->manners.json) {
		emit(r, true);
		return;
	}
	printf("%s ", r->action);
	if (r->path)
		show_name(r->path, strlen(r->path));
	else
		show_name(r->name, r->name_len);
	show_size(r->bytes, size);
	printf(" (%s)\n", size);
}
