#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "thread.h"

struct sync {
	struct sync_settings settings; /* set before threads start */
	pthread_t thread;
	int fd; /* its own open file: it tells each error of a write once */
	int (*sync_fd)(int fd); /* set while nothing is queued */
	struct mutex lock;
	struct cond wake;
	struct job *first; /* guarded by lock, as all below */
	struct job **last;
	bool flush;
	bool stop;
};

/* Waits for work.  NULL: the end. */
static struct job *take_batch(struct sync *s)
{
	struct job *batch;

	mutex_lock(&s->lock);
	while (!s->stop && !(s->flush && s->first))
		cond_wait(&s->wake, &s->lock);
	batch = s->first;
	s->first = NULL;
	s->last = &s->first;
	s->flush = false;
	mutex_unlock(&s->lock);
	return batch;
}

static int sync_once(struct sync *s)
{
	int n;

	do
		n = s->sync_fd(s->fd);
	while (n != 0 && errno == EINTR);
	return n;
}

static void *run(void *arg)
{
	struct sync *s = arg;
	bool durable = true;
	struct job *j;

	while ((j = take_batch(s))) {
		if (durable && sync_once(s) != 0) {
			durable = false;
			s->settings.failed(s->settings.failed_arg, errno);
		}
		while (j) {
			struct job *next = j->next;

			j->finish(j, durable);
			j = next;
		}
		if (s->settings.batch_end)
			s->settings.batch_end(s->settings.batch_arg);
	}
	return NULL;
}

enum err sync_start(const struct sync_settings *settings, struct sync **out)
{
	struct sync *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		return ERR_MEMORY;
	s->settings = *settings;
	s->fd = openat(settings->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0) {
		free(s);
		return ERR_SYS;
	}
	s->sync_fd = syncfs;
	s->last = &s->first;
	mutex_init(&s->lock, LOCK_SYNC);
	cond_init(&s->wake);
	e = thread_start(&s->thread, "dfs-sync", run, s);
	if (e != ERR_OK) {
		int keep = errno;

		cond_release(&s->wake);
		mutex_release(&s->lock);
		close(s->fd);
		free(s);
		errno = keep;
		return e;
	}
	*out = s;
	return ERR_OK;
}

void sync_stop(struct sync *s)
{
	if (!s)
		return;
	mutex_lock(&s->lock);
	s->stop = true;
	cond_signal(&s->wake);
	mutex_unlock(&s->lock);
	thread_join(s->thread);
	cond_release(&s->wake);
	mutex_release(&s->lock);
	close(s->fd);
	free(s);
}

void sync_replace(struct sync *s, int (*sync_fd)(int fd))
{
	s->sync_fd = sync_fd;
}

void sync_queue(struct sync *s, struct job *j)
{
	j->next = NULL;
	mutex_lock(&s->lock);
	*s->last = j;
	s->last = &j->next;
	mutex_unlock(&s->lock);
}

void sync_flush(struct sync *s)
{
	mutex_lock(&s->lock);
	if (s->first && !s->flush) {
		s->flush = true;
		cond_signal(&s->wake);
	}
	mutex_unlock(&s->lock);
}
