/*
 * A task of the tests' own whose servers are fakes: its machine is put by
 * hand where a test wants it, and moves no further while one more server than
 * there are is waited for.
 */
#ifndef TEST_TASK_KIT_H
#define TEST_TASK_KIT_H

#include "shell_kit.h"

#include "clock.h"
#include "task.h"

#define TEST_MS 10000
#define NOBODY 63 /* a server that does not answer */

struct rig {
	struct loop loop;
	struct settings settings;
	struct cluster cluster;
	struct task task;
	bool over;
};

static inline void rig_over(void *arg, struct task *task)
{
	(void)task;
	((struct rig *)arg)->over = true;
}

/* With the servers of those fakes. */
static inline void rig_begin(struct rig *r, const struct fake *fakes,
			     unsigned count)
{
	static const struct task_kind kind = {0};
	struct quorum_settings s = {.kind = QUORUM_HEAL};

	*r = (struct rig){.settings.count = count};
	for (unsigned i = 0; i < count; i++)
		r->settings.servers[i].addr = fakes[i].addr;
	assert_int_equal(loop_init(&r->loop), ERR_OK);
	assert_int_equal(
		cluster_init(&r->cluster, &r->loop, &r->settings, NULL),
		ERR_OK);
	task_init(&r->task, &r->cluster, &kind, &s);
	task_set_name(&r->task, "foo", 3); /* turn 0 of 4 */
	r->task.over = rig_over;
	r->task.arg = r;
	r->task.running = true; /* orders wait */
	cluster_open(&r->cluster);
}

/* The machine waits in that phase for the servers of the mask, and NOBODY. */
static inline void rig_enter(struct rig *r, enum quorum_phase phase,
			     uint64_t servers)
{
	r->task.q.phase = phase;
	r->task.q.round = 5;
	r->task.q.waiting = servers | UINT64_C(1) << NOBODY;
	r->task.q.deadline_ms = UINT64_MAX;
}

static inline bool rig_waits(const struct rig *r, unsigned server)
{
	return r->task.q.waiting >> server & 1;
}

static inline void rig_end(struct rig *r)
{
	task_release(&r->task);
	cluster_release(&r->cluster);
	loop_release(&r->loop);
}

static inline void rig_nothing(void *arg)
{
	(void)arg;
}

/* Turns the loop until the condition holds, for so long at most. */
#define RIG_AWAIT(r, condition) \
	do { \
		struct loop_timer rig_tick = {.fire = rig_nothing}; \
		uint64_t until = clock_ms() + TEST_MS; \
		while (!(condition) && clock_ms() < until) { \
			loop_arm(&(r)->loop, &rig_tick, \
				 (r)->loop.now_ms + 10); \
			loop_turn(&(r)->loop); \
		} \
		loop_disarm(&rig_tick); \
		assert_true(condition); \
	} while (0)

#endif
