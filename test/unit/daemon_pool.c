/* The worker pool: order, the reserved worker, the end. */
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "clock.h"
#include "pool.h"
#include "thread.h"

#define WAIT_MS 10000

struct task {
	struct pool_job job; /* first */
	bool blocks;	     /* stands for a job that waits for the disk */
	atomic_uint served;
	atomic_uint by_reserved;
	unsigned turns; /* to ask for, before it is done */
};

/* What blocking tasks wait for. */
static struct gate {
	struct mutex lock;
	struct cond cond;
	bool open;
	unsigned waiting;
} gate;

static void gate_wait(void)
{
	mutex_lock(&gate.lock);
	gate.waiting++;
	cond_broadcast(&gate.cond);
	while (!gate.open)
		cond_wait(&gate.cond, &gate.lock);
	mutex_unlock(&gate.lock);
}

static void gate_open(void)
{
	mutex_lock(&gate.lock);
	gate.open = true;
	cond_broadcast(&gate.cond);
	mutex_unlock(&gate.lock);
}

/* Until that many tasks wait at the gate. */
static void gate_await(unsigned count)
{
	enum err e = ERR_OK;

	mutex_lock(&gate.lock);
	while (gate.waiting < count && e == ERR_OK)
		e = cond_wait_until(&gate.cond, &gate.lock,
				    clock_ms() + WAIT_MS);
	mutex_unlock(&gate.lock);
	assert_int_equal(e, ERR_OK);
}

static enum pool_after serve(struct pool_job *j, struct worker *w)
{
	struct task *t = (struct task *)(void *)j;

	if (t->blocks && w->reserved)
		return POOL_HEAVY;
	if (t->blocks)
		gate_wait();
	if (w->reserved)
		atomic_fetch_add(&t->by_reserved, 1);
	if (t->turns > 0) {
		t->turns--;
		return POOL_LIGHT;
	}
	atomic_fetch_add(&t->served, 1);
	return POOL_DONE;
}

static void await_served(struct task *t)
{
	uint64_t end = clock_ms() + WAIT_MS;

	while (atomic_load(&t->served) == 0)
		assert_true(clock_ms() < end);
	assert_int_equal(atomic_load(&t->served), 1);
}

static int gate_setup(void **state)
{
	(void)state;
	gate = (struct gate){0};
	mutex_init(&gate.lock, LOCK_STATS);
	cond_init(&gate.cond);
	return 0;
}

static int gate_teardown(void **state)
{
	(void)state;
	cond_release(&gate.cond);
	mutex_release(&gate.lock);
	return 0;
}

static void every_job_is_served_once(void **state)
{
	static struct task tasks[500];
	struct pool *p;

	(void)state;
	assert_int_equal(pool_start(&p, 3, serve), ERR_OK);
	for (unsigned i = 0; i < 500; i++) {
		tasks[i].turns = i % 4;
		pool_put(p, &tasks[i].job, i % 2);
	}
	for (unsigned i = 0; i < 500; i++)
		await_served(&tasks[i]);
	pool_stop(p);
	pool_free(p);
}

static void light_jobs_go_on_while_the_disk_holds_all_workers(void **state)
{
	static struct task heavy[20], light[50];
	struct pool_counts c;
	struct pool *p;

	(void)state;
	assert_int_equal(pool_start(&p, 4, serve), ERR_OK);
	for (unsigned i = 0; i < 20; i++) {
		heavy[i].blocks = true;
		/* Half of them are not known to be heavy. */
		pool_put(p, &heavy[i].job, i % 2);
	}
	gate_await(4);
	for (unsigned i = 0; i < 50; i++) {
		light[i].turns = i % 3;
		pool_put(p, &light[i].job, false);
		await_served(&light[i]);
		assert_int_equal(atomic_load(&light[i].by_reserved), i % 3 + 1);
	}
	pool_count(p, &c);
	assert_int_equal(c.workers, 4);
	assert_int_equal(c.idle, 0);
	assert_int_equal(c.waiting, 16);
	gate_open();
	for (unsigned i = 0; i < 20; i++) {
		await_served(&heavy[i]);
		assert_int_equal(atomic_load(&heavy[i].by_reserved), 0);
	}
	pool_stop(p);
	pool_free(p);
}

static void what_waits_at_the_end_is_left(void **state)
{
	static struct task held, later;
	struct pool *p;

	(void)state;
	held = (struct task){.blocks = true};
	later = (struct task){.blocks = true};
	assert_int_equal(pool_start(&p, 1, serve), ERR_OK);
	pool_put(p, &held.job, true);
	gate_await(1);
	pool_put(p, &later.job, true);
	gate_open();
	pool_stop(p);
	pool_put(p, &held.job, true);
	pool_free(p);
	assert_int_equal(atomic_load(&held.served), 1);
}

int main(void)
{
#define POOL_TEST(f) \
	cmocka_unit_test_setup_teardown(f, gate_setup, gate_teardown)
	const struct CMUnitTest tests[] = {
		POOL_TEST(every_job_is_served_once),
		POOL_TEST(light_jobs_go_on_while_the_disk_holds_all_workers),
		POOL_TEST(what_waits_at_the_end_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
