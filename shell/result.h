/*
 * The end of one file of a command that moves, copies or removes: counted
 * for the exit status and the last line, and with --json an object.  One
 * call for each.
 */
#ifndef SHELL_RESULT_H
#define SHELL_RESULT_H

#include "client.h"
#include "task.h"

struct result {
	const char *action; /* "put", "replace", "remove", ... */
	const char *name;   /* stored; or NULL */
	size_t name_len;
	const char *path; /* local; or NULL */
	const char *to;	  /* stored, the new name; or NULL */
	enum exit_status status;
	bool skipped;	  /* there was nothing to do */
	bool deleted;	  /* of a mirror: the source lacks it */
	uint64_t bytes;	  /* its size; 0 when it is not known */
	const char *text; /* why it failed, or NULL */
};

void result_add(struct client *c, const struct result *r);
/* Of a task of the client's; path and text as above. */
void result_task(struct client *c, const struct task *task, const char *action,
		 const char *path, enum exit_status status, const char *text);
/*
 * With --dry-run: what would be done, as a line "ACTION WHAT (SIZE)".  WHAT
 * is what would be changed: the path of a get, else the name.
 */
void result_plan(struct client *c, const struct result *r);

#endif
