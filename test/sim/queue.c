#include "queue.h"

#include <stdlib.h>
#include <string.h>

void queue_init(struct queue *q)
{
	memset(q, 0, sizeof(*q));
}

void queue_release(struct queue *q)
{
	queue_clear(q);
	free(q->heap);
	q->heap = NULL;
}

void queue_clear(struct queue *q)
{
	for (unsigned i = 0; i < q->count; i++)
		message_free(q->heap[i].message);
	q->count = 0;
	q->order = 0;
}

static bool earlier(const struct item *a, const struct item *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return a->order < b->order;
}

static void swap(struct queue *q, unsigned a, unsigned b)
{
	struct item item = q->heap[a];

	q->heap[a] = q->heap[b];
	q->heap[b] = item;
}

static void sift_up(struct queue *q, unsigned i)
{
	while (i != 0 && earlier(&q->heap[i], &q->heap[(i - 1) / 2])) {
		swap(q, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sift_down(struct queue *q, unsigned i)
{
	for (;;) {
		unsigned low = i;

		for (unsigned k = 2 * i + 1; k <= 2 * i + 2; k++)
			if (k < q->count && earlier(&q->heap[k], &q->heap[low]))
				low = k;
		if (low == i)
			return;
		swap(q, i, low);
		i = low;
	}
}

void queue_push(struct queue *q, const struct item *item)
{
	if (q->count == q->room) {
		unsigned room = q->room ? 2 * q->room : 256;
		struct item *heap = realloc(q->heap, room * sizeof(*heap));

		if (!heap)
			abort();
		q->heap = heap;
		q->room = room;
	}
	q->heap[q->count] = *item;
	q->heap[q->count].order = ++q->order;
	sift_up(q, q->count++);
}

bool queue_pop(struct queue *q, struct item *item)
{
	if (q->count == 0)
		return false;
	*item = q->heap[0];
	q->heap[0] = q->heap[--q->count];
	sift_down(q, 0);
	return true;
}

void queue_drop(struct queue *q, bool (*drop)(struct item *item, void *arg),
		void *arg)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < q->count; i++) {
		if (drop(&q->heap[i], arg))
			message_free(q->heap[i].message);
		else
			q->heap[kept++] = q->heap[i];
	}
	q->count = kept;
	for (unsigned i = kept / 2; i-- > 0;)
		sift_down(q, i);
}
