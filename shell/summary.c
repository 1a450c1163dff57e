#include "summary.h"

#include "clock.h"
#include "meter.h"
#include "show.h"
#include "task.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void summary_begin(struct summary *s, const char *done, bool bytes_count)
{
	*s = (struct summary){.done = done,
			      .bytes_count = bytes_count,
			      .begun_ms = clock_boot_ms()};
}

void summary_add(struct summary *s, enum summary_end end, uint64_t bytes)
{
	s->counts[end]++;
	if (end == SUMMARY_DONE)
		s->bytes += bytes;
}

void summary_task(struct summary *s, const struct task *task,
		  enum exit_status status)
{
	uint64_t size = task_size(task);
	bool done = status == EXIT_DONE || status == EXIT_DEGRADED;

	summary_add(s, done ? SUMMARY_DONE : SUMMARY_FAILED,
		    size == TASK_SIZE_UNKNOWN ? 0 : size);
}

static void time_text(uint64_t ms, char out[METER_TIME_MAX])
{
	if (ms < 60000)
		(void)snprintf(out, METER_TIME_MAX, "%.1f s",
			       (double)ms / 1000);
	else
		meter_time(ms / 1000, out);
}

void summary_text(const struct summary *s, uint64_t now_ms,
		  char out[SUMMARY_TEXT_MAX])
{
	static const char *const words[] = {[SUMMARY_SKIPPED] = "skipped",
					    [SUMMARY_DELETED] = "deleted",
					    [SUMMARY_FAILED] = "failed"};
	uint64_t ms = now_ms - s->begun_ms;
	char time[METER_TIME_MAX], size[16], rate[16];
	size_t n;

	time_text(ms, time);
	n = (size_t)snprintf(out, SUMMARY_TEXT_MAX, "%s %" PRIu64, s->done,
			     s->counts[SUMMARY_DONE]);
	for (unsigned i = SUMMARY_SKIPPED; i <= SUMMARY_FAILED; i++)
		if (s->counts[i])
			n += (size_t)snprintf(out + n, SUMMARY_TEXT_MAX - n,
					      ", %s %" PRIu64, words[i],
					      s->counts[i]);
	if (!s->bytes_count) {
		(void)snprintf(out + n, SUMMARY_TEXT_MAX - n, "; %s", time);
		return;
	}
	show_size(s->bytes, size);
	n += (size_t)snprintf(out + n, SUMMARY_TEXT_MAX - n, "; %s in %s", size,
			      time);
	if (ms == 0 || s->bytes == 0)
		return;
	show_size((uint64_t)((double)s->bytes * 1000 / (double)ms), rate);
	(void)snprintf(out + n, SUMMARY_TEXT_MAX - n, " (%s/s)", rate);
}

void summary_show(const struct summary *s)
{
	char text[SUMMARY_TEXT_MAX];

	if (!s->done || s->counts[SUMMARY_DONE] + s->counts[SUMMARY_SKIPPED] +
					s->counts[SUMMARY_DELETED] +
					s->counts[SUMMARY_FAILED] ==
				0)
		return;
	summary_text(s, clock_boot_ms(), text);
	show_trouble("%s", text);
}
