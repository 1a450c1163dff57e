#include "loop.h"

#include "clock.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

enum err loop_init(struct loop *l)
{
	*l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (l->epoll < 0)
		return ERR_SYS;
	l->timers.next = l->timers.prev = &l->timers;
	loop_refresh(l);
	return ERR_OK;
}

void loop_release(struct loop *l)
{
	close(l->epoll);
	l->epoll = -1;
}

void loop_refresh(struct loop *l)
{
	l->now_ms = clock_boot_ms();
}

enum err loop_watch(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = w};
	int op = w->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (w->watched && w->events == events)
		return ERR_OK;
	if (epoll_ctl(l->epoll, op, w->fd, &e))
		return ERR_SYS;
	w->events = events;
	w->watched = true;
	return ERR_OK;
}

void loop_unwatch(struct loop *l, struct loop_watch *w)
{
	if (!w->watched)
		return;
	w->watched = false;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = l->batch_at; i < l->batch_count; i++) {
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
	}
}

void loop_arm(struct loop *l, struct loop_timer *t, uint64_t due_ms)
{
	t->due_ms = due_ms;
	if (t->armed)
		return;
	t->armed = true;
	t->prev = l->timers.prev;
	t->next = &l->timers;
	t->prev->next = t;
	l->timers.prev = t;
}

void loop_disarm(struct loop_timer *t)
{
	if (!t->armed)
		return;
	t->armed = false;
	t->prev->next = t->next;
	t->next->prev = t->prev;
}

static uint64_t first_due(const struct loop *l)
{
	uint64_t due = UINT64_MAX;

	for (struct loop_timer *t = l->timers.next; t != &l->timers;
	     t = t->next) {
		if (t->due_ms < due)
			due = t->due_ms;
	}
	return due;
}

/* Each timer that was due when this began, once. */
static void fire_due(struct loop *l)
{
	struct loop_timer due = {0};

	due.next = due.prev = &due;
	for (struct loop_timer *t = l->timers.next, *next; t != &l->timers;
	     t = next) {
		next = t->next;
		if (t->due_ms > l->now_ms)
			continue;
		t->prev->next = t->next;
		t->next->prev = t->prev;
		t->prev = due.prev;
		t->next = &due;
		due.prev->next = t;
		due.prev = t;
	}
	while (due.next != &due) {
		struct loop_timer *t = due.next;

		loop_disarm(t);
		t->fire(t->arg);
	}
}

void loop_wake(struct loop *l)
{
	l->awake = true;
}

void loop_turn(struct loop *l)
{
	uint64_t due;

	if (l->settle)
		l->settle(l->settle_arg);
	due = l->awake ? 0 : first_due(l);
	l->awake = false;
	l->batch_count = epoll_wait(l->epoll, l->batch, LOOP_BATCH,
				    clock_left(due, clock_boot_ms()));
	loop_refresh(l);
	for (l->batch_at = 0; l->batch_at < l->batch_count;) {
		struct epoll_event *e = &l->batch[l->batch_at++];
		struct loop_watch *w = e->data.ptr;

		if (w)
			w->ready(w->arg, e->events);
	}
	/* Behind a full batch there may be what a timer waits for. */
	if (l->batch_count < LOOP_BATCH)
		fire_due(l);
}
