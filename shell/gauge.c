#include "gauge.h"

#include "clock.h"
#include "interrupt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEP_MS 150
#define CENSUS_MS 15 /* of each step: counting must not slow the work */

static uint64_t task_bytes(const struct task *task)
{
	uint64_t size = task_size(task);

	return size == TASK_SIZE_UNKNOWN ? 0 : size;
}

static void count_on(struct gauge *g)
{
	struct census *c = g->census;

	if (!c || c->done)
		return;
	census_some(c, CENSUS_MS);
	if (!c->done)
		return;
	g->files_total = c->files;
	g->bytes_total = c->bytes;
}

static struct meter_state measure(const struct gauge *g)
{
	struct meter_state s = {.many = g->many,
				.files_only = g->files_only,
				.bytes = g->moved,
				.kept = g->kept,
				.bytes_total = g->bytes_total,
				.files = g->files,
				.files_total = g->files_total};
	const struct task *oldest = NULL;

	for (const struct task *t = *g->running; t; t = t->next) {
		s.bytes += task_moved(t);
		s.kept += task_kept(t);
		oldest = t;
	}
	if (oldest) {
		s.name = oldest->name;
		s.name_len = oldest->name_len;
	}
	if (!g->many && oldest)
		s.bytes_total = task_size(oldest);
	else if (s.bytes_total != METER_UNKNOWN)
		s.bytes_total -= g->lost < s.bytes_total ? g->lost : 0;
	return s;
}

static void draw(struct gauge *g, uint64_t now_ms, const struct meter_state *s)
{
	char line[METER_LINE_MAX];

	meter_feed(&g->meter, now_ms, s);
	if (!progress_is_due(&g->progress, now_ms))
		return;
	if (interrupt_came()) /* what goes on is taking back */
		(void)snprintf(line, sizeof(line), "cancelling");
	else
		meter_line(&g->meter, s, progress_width(&g->progress), line);
	progress_put(&g->progress, now_ms, line);
}

static void on_timer(void *arg)
{
	struct gauge *g = arg;
	struct meter_state s;

	count_on(g);
	s = measure(g);
	draw(g, g->loop->now_ms, &s);
	loop_arm(g->loop, &g->timer, g->loop->now_ms + STEP_MS);
}

static void begin(struct gauge *g, const struct client *c, uint64_t now_ms)
{
	progress_init(&g->progress, c->manners.progress, c->manners.quiet);
	meter_init(&g->meter, now_ms);
	g->begun_ms = now_ms;
}

void gauge_begin(struct gauge *g, struct client *c, struct task *const *running)
{
	g->loop = &c->loop;
	g->running = running;
	loop_refresh(g->loop);
	begin(g, c, g->loop->now_ms);
	g->timer = (struct loop_timer){.fire = on_timer, .arg = g};
	if (g->progress.on)
		loop_arm(g->loop, &g->timer, g->loop->now_ms + GAUGE_QUIET_MS);
}

void gauge_over(struct gauge *g, const struct task *task)
{
	g->files++;
	if (task->q.outcome != OUTCOME_OK) {
		g->lost += task_bytes(task);
		return;
	}
	g->moved += task_bytes(task);
	g->kept += task_kept(task);
}

void gauge_spool(struct gauge *g, const struct client *c, const char *name,
		 uint64_t bytes)
{
	struct meter_state s = {.bytes = bytes,
				.bytes_total = METER_UNKNOWN,
				.files_total = 1,
				.name = name,
				.name_len = strlen(name)};
	uint64_t now_ms = clock_boot_ms();

	if (!g->spooling) {
		begin(g, c, now_ms);
		g->spooling = true;
		if (isatty(STDIN_FILENO))
			g->progress.on = false; /* somebody types */
	}
	if (g->progress.on && now_ms - g->meter.fed_ms >= STEP_MS &&
	    now_ms - g->begun_ms >= GAUGE_QUIET_MS)
		draw(g, now_ms, &s);
}

void gauge_end(struct gauge *g)
{
	loop_disarm(&g->timer);
	progress_clear(&g->progress);
}
