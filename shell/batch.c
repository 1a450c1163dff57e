#include "batch.h"

#include "interrupt.h"

#define FILL_MS 100 /* after so long, answers are looked for */

static void on_over(void *arg, struct task *task);

static void add(struct batch *b, struct task *task)
{
	task->over = on_over;
	task->arg = b;
	task->prev = NULL;
	task->next = b->first;
	if (b->first)
		b->first->prev = task;
	b->first = task;
	b->count++;
	b->bytes += task->bytes;
	b->large += task->large;
}

static void take_out(struct batch *b, struct task *task)
{
	if (task->prev)
		task->prev->next = task->next;
	else
		b->first = task->next;
	if (task->next)
		task->next->prev = task->prev;
	b->count--;
	b->bytes -= task->bytes;
	b->large -= task->large;
}

static void on_over(void *arg, struct task *task)
{
	struct batch *b = arg;

	b->alone_first = false;
	take_out(b, task);
	if (b->gauge)
		gauge_over(b->gauge, task);
	b->over(b->arg, task);
	task->kind->free(task);
}

static bool is_past_beginning(const struct task *task)
{
	return task->q.phase != PHASE_DONE && /* not started */
	       task->q.phase != PHASE_QUERY && task->q.phase != PHASE_JOIN &&
	       task->q.phase != PHASE_PAUSE;
}

static bool has_room(struct batch *b, const struct task *task)
{
	if (b->count == 0)
		return true;
	if (b->alone_first && !is_past_beginning(b->first))
		return false;
	b->alone_first = false;
	return b->count < b->jobs &&
	       b->bytes + task->bytes <= BATCH_BYTES_MAX &&
	       (!task->large || b->large < BATCH_LARGE_MAX);
}

/* The next one that there is room for, or NULL. */
static struct task *take_next(struct batch *b)
{
	struct task *task = b->held;

	if (!task && !b->exhausted && b->count < b->jobs)
		task = b->held = b->next(b->arg);
	if (!task) {
		b->exhausted |= b->count < b->jobs;
		return NULL;
	}
	if (!has_room(b, task))
		return NULL;
	b->held = NULL;
	add(b, task);
	return task;
}

/* To find the next ones may take long, and no answers are read meanwhile:
 * they are started only then, and not too many are sought at once.  False:
 * there is nothing more to start for now. */
static bool fill(struct batch *b)
{
	struct loop *loop = &b->client->loop;
	uint64_t begun_ms;
	struct task *oldest;

	loop_refresh(loop);
	begun_ms = loop->now_ms;
	do {
		oldest = b->cancelled ? NULL : take_next(b);
		while (oldest && loop->now_ms - begun_ms < FILL_MS &&
		       take_next(b))
			loop_refresh(loop);
		for (struct task *task = oldest, *newer; task; task = newer) {
			newer = task->prev;
			task_start(task);
		}
	} while (oldest && loop->now_ms - begun_ms < FILL_MS);
	return oldest != NULL;
}

/* What has been sent for good goes on to its true end. */
static void cancel(struct batch *b)
{
	struct task *held = b->held;

	b->cancelled = true;
	b->held = NULL;
	if (held) {
		add(b, held);
		task_start(held);
	}
	for (struct task *task = b->first, *next; task; task = next) {
		next = task->next;
		task_cancel(task, REASON_NONE);
	}
}

static void on_slow(void *arg, unsigned server)
{
	struct batch *b = arg;

	for (struct task *task = b->first, *next; task; task = next) {
		next = task->next;
		if (task->kind->slow)
			task->kind->slow(task, server);
	}
}

void batch_run(struct batch *b)
{
	struct client *c = b->client;

	/* The answers of one file must not stand behind the bytes of another
	 * that come slowly. */
	if (c->cluster.pace.rate && c->cluster.pace.rate < PACE_FAST)
		b->jobs = 1;
	c->cluster.on_slow = on_slow;
	c->cluster.slow_arg = b;
	if (b->gauge)
		gauge_begin(b->gauge, c, &b->first);
	for (;;) {
		bool more;

		if (interrupt_came() && !b->cancelled)
			cancel(b);
		more = fill(b);
		if (b->count != 0)
			loop_turn(&c->loop);
		else if (!more)
			break;
	}
	if (b->gauge)
		gauge_end(b->gauge);
	if (interrupt_came() && b->more(b->arg))
		tally_add(&c->tally, EXIT_INTERRUPTED);
	c->cluster.on_slow = NULL;
}
