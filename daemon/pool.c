#include "pool.h"

#include <stdlib.h>
#include <string.h>

#include "thread.h"

struct queue {
	struct pool_job *first;
	struct pool_job **last;
};

struct member {
	struct pool *pool;    /* set before threads start */
	struct worker worker; /* owned by one worker */
	pthread_t thread;
};

struct pool {
	pool_serve *serve; /* set before threads start */
	struct mutex lock;
	struct cond work; /* for ordinary workers */
	struct cond reserved_work;
	struct queue light; /* guarded by pool.lock, as are these: */
	struct queue heavy;
	uint64_t turn;
	unsigned waiting;
	unsigned idle;	/* ordinary workers that wait and are not woken yet */
	unsigned woken; /* those that are, but do not run yet */
	bool stopping;
	unsigned count;	  /* ordinary workers; set before threads start */
	unsigned started; /* of members; owned by pool_start, pool_stop */
	struct member members[];
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_put(struct queue *q, struct pool_job *j)
{
	j->next = NULL;
	*q->last = j;
	q->last = &j->next;
}

static struct pool_job *queue_take(struct queue *q)
{
	struct pool_job *j = q->first;

	q->first = j->next;
	if (q->first == NULL)
		q->last = &q->first;
	return j;
}

enum err worker_init(struct worker *w, bool reserved)
{
	*w = (struct worker){.reserved = reserved,
			     .in = malloc(POOL_IN_SIZE),
			     .out = malloc(POOL_OUT_SIZE)};
	if (w->in != NULL && w->out != NULL)
		return ERR_OK;
	worker_release(w);
	return ERR_MEMORY;
}

void worker_release(struct worker *w)
{
	free(w->in);
	free(w->out);
	*w = (struct worker){0};
}

/* The queue whose first job waits longest, of those that reserved may use;
 * NULL when there is nothing. */
static struct queue *oldest(struct pool *p, bool reserved)
{
	struct pool_job *light = p->light.first;
	struct pool_job *heavy = reserved ? NULL : p->heavy.first;

	if (light != NULL && (heavy == NULL || light->turn < heavy->turn))
		return &p->light;
	return heavy == NULL ? NULL : &p->heavy;
}

/* Wakes whoever should serve what was just put.  An ordinary worker that is
 * woken is no longer counted as idle, so that the next job wakes another. */
static void wake_locked(struct pool *p, bool heavy)
{
	if (p->idle > 0) {
		p->idle--;
		p->woken++;
		cond_signal(&p->work);
	} else if (!heavy) {
		cond_signal(&p->reserved_work);
	}
}

static void put_locked(struct pool *p, struct pool_job *j, bool heavy)
{
	j->turn = p->turn++;
	queue_put(heavy ? &p->heavy : &p->light, j);
	p->waiting++;
}

/* A wait of an ordinary worker.  It may also end for no reason. */
static void wait_locked(struct pool *p)
{
	p->idle++;
	cond_wait(&p->work, &p->lock);
	if (p->woken > 0)
		p->woken--;
	else
		p->idle--;
}

/* Waits for a job; NULL at the end. */
static struct pool_job *take_locked(struct pool *p, bool reserved)
{
	struct queue *q = NULL;

	while (!p->stopping && (q = oldest(p, reserved)) == NULL) {
		if (reserved)
			cond_wait(&p->reserved_work, &p->lock);
		else
			wait_locked(p);
	}
	if (p->stopping)
		return NULL;
	p->waiting--;
	return queue_take(q);
}

static void *run(void *arg)
{
	struct member *m = arg;
	struct pool *p = m->pool;
	bool reserved = m->worker.reserved;
	struct pool_job *j;

	mutex_lock(&p->lock);
	while ((j = take_locked(p, reserved)) != NULL) {
		enum pool_after after;

		mutex_unlock(&p->lock);
		after = p->serve(j, &m->worker);
		mutex_lock(&p->lock);
		if (after == POOL_DONE)
			continue;
		put_locked(p, j, after == POOL_HEAVY);
		if (reserved)
			wake_locked(p, after == POOL_HEAVY);
	}
	mutex_unlock(&p->lock);
	return NULL;
}

static enum err start_members(struct pool *p)
{
	for (; p->started <= p->count; p->started++) {
		struct member *m = &p->members[p->started];
		bool reserved = p->started == p->count;
		enum err e = worker_init(&m->worker, reserved);

		if (e)
			return e;
		m->pool = p;
		e = thread_start(&m->thread, reserved ? "reserved" : "worker",
				 run, m);
		if (e) {
			worker_release(&m->worker);
			return e;
		}
	}
	return ERR_OK;
}

enum err pool_start(struct pool **out, unsigned count, pool_serve *serve)
{
	size_t members = (size_t)count + 1;
	struct pool *p =
		calloc(1, sizeof(*p) + members * sizeof(p->members[0]));
	enum err e;

	if (p == NULL)
		return ERR_MEMORY;
	p->serve = serve;
	p->count = count;
	mutex_init(&p->lock, LOCK_POOL);
	cond_init(&p->work);
	cond_init(&p->reserved_work);
	queue_init(&p->light);
	queue_init(&p->heavy);
	e = start_members(p);
	if (e) {
		pool_stop(p);
		pool_free(p);
		return e;
	}
	*out = p;
	return ERR_OK;
}

void pool_stop(struct pool *p)
{
	mutex_lock(&p->lock);
	p->stopping = true;
	cond_broadcast(&p->work);
	cond_broadcast(&p->reserved_work);
	mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++) {
		thread_join(p->members[i].thread);
		worker_release(&p->members[i].worker);
	}
	p->started = 0;
}

void pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	cond_release(&p->reserved_work);
	cond_release(&p->work);
	mutex_release(&p->lock);
	free(p);
}

void pool_put(struct pool *p, struct pool_job *j, bool heavy)
{
	mutex_lock(&p->lock);
	put_locked(p, j, heavy);
	wake_locked(p, heavy);
	mutex_unlock(&p->lock);
}

void pool_count(struct pool *p, struct pool_counts *out)
{
	mutex_lock(&p->lock);
	*out = (struct pool_counts){
		.workers = p->count, .idle = p->idle, .waiting = p->waiting};
	mutex_unlock(&p->lock);
}
