/*
 * One operation on one name, running: a struct quorum bound to the links.
 * It sends what the machine orders, tells it what comes back, and lets the
 * operation's kind move the bytes of STAGE and FETCH.
 *
 * A struct task is the first member of its kind's struct.
 */
#ifndef SHELL_TASK_H
#define SHELL_TASK_H

#include "cluster.h"
#include "name.h"
#include "quorum.h"

#define TASK_SIZE_UNKNOWN UINT64_MAX

struct task;

struct task_kind {
	/* Begins to send the STAGE or RESTORE to the servers of o->to; returns
	 * those that cannot be asked. */
	uint64_t (*stage)(struct task *task, const struct quorum_order *o);
	/* The stage that runs is given up. */
	void (*unstage)(struct task *task);
	/* Begins to fetch task->q.found's version; reports with task_tell(). */
	void (*fetch)(struct task *task);
	/* Begins to have chunks read by the servers of o->to; as stage. */
	uint64_t (*verify)(struct task *task, const struct quorum_order *o);
	/* A server has become slow. */
	void (*slow)(struct task *task, unsigned server);
	/* The machine is done: begins another one with task_renew(), and
	 * returns true; false, or NULL: the operation is over. */
	bool (*go_on)(struct task *task);
	/* As task_moved() and the others; NULL: it moves no file. */
	uint64_t (*moved)(const struct task *task);
	uint64_t (*kept)(const struct task *task); /* NULL: none, ever */
	uint64_t (*size)(const struct task *task);
	/* Ends what is left, frees the whole operation. */
	void (*free)(struct task *task);
};

struct task {
	const struct task_kind *kind;
	struct cluster *cluster;
	struct quorum q;
	struct loop_timer timer;
	char name[NAME_MAX_BYTES + 1];
	size_t name_len;
	uint64_t bytes;	    /* memory that it holds, for the window */
	bool large;	    /* streams a file too large for memory */
	uint64_t committed; /* servers that were sent a COMMIT */
	bool running;	    /* in task_run: no recursion */
	bool again;	    /* was begun anew, with all servers tried */
	/* Called once, last in what led to the end; may free task. */
	void (*over)(void *arg, struct task *task);
	void *arg;
	void *operand;	   /* the command's own */
	struct task *prev; /* the window's */
	struct task *next;
};

/* name_len <= NAME_MAX_BYTES.  random, count and require_all of the
 * settings are set here. */
void task_init(struct task *task, struct cluster *c,
	       const struct task_kind *kind, const struct quorum_settings *s);
void task_set_name(struct task *task, const char *name, size_t len);
void task_release(struct task *task);

/* For .go_on: the next machine, of that name; it has begun, and nothing of
 * the last one is heard of any more. */
void task_renew(struct task *task, const struct quorum_settings *s,
		const char *name, size_t name_len);

/* Begins.  .over may be called before it returns. */
void task_start(struct task *task);
/* quorum_cancel(). */
void task_cancel(struct task *task, enum quorum_reason reason);
/* EVENT_FETCHED and its like. */
void task_tell(struct task *task, enum quorum_event_kind kind);

/* ABORT to one server, behind what it was sent already; the machine does not
 * hear of the answer. */
void task_abort(struct task *task, unsigned server, const struct tag *tag);
/* Of a request of the kind's own. */
void task_event(struct task *task, const struct quorum_event *e);

/* Bytes of its file that have been moved by now; what is tried again starts
 * over. */
uint64_t task_moved(const struct task *task);
/* Those of them that an earlier command had moved. */
uint64_t task_kept(const struct task *task);
/* Bytes of its file; TASK_SIZE_UNKNOWN: not found yet. */
uint64_t task_size(const struct task *task);

struct msg_name task_name(const struct task *task);
/* For a request of the kind's own: what its call is told becomes an event of
 * the machine. */
void task_answer(struct task *task, const struct call *c,
		 const struct call_event *e);

#endif
