/*
 * The log: one line on stderr per event, "TIME level text key=value ...".
 *
 * UTC ISO-8601 time; under the journal (JOURNAL_STREAM is stderr) a <N>
 * priority prefix instead.  Never blocks: stderr is written through a
 * non-blocking path, and lines that do not fit are counted and reported
 * later, so an unread pipe stops nobody.  Any thread may call.  What came
 * from a peer must be escaped by the caller (name_escape) first.
 */
#ifndef PROTO_LOG_H
#define PROTO_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum log_level {
	LOG_LEVEL_ERROR, /* an operator must act */
	LOG_LEVEL_WARN,	 /* refused or retried */
	LOG_LEVEL_INFO,	 /* start, stop, reload */
	LOG_LEVEL_DEBUG, /* per request */
};

/* Called before threads start, again when stderr has changed; the level may
 * change at any time.  SIGPIPE must be ignored. */
void log_init(enum log_level level);
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);
/* "error", "warn", "info", "debug"; -1 when unknown. */
int log_level_from_name(const char *name);

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A bare line without time or level ("dfs: ready on ..."). */
void log_plain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* At most `burst` lines a second for one call site: a static struct. */
struct log_limit {
	uint64_t window_ms; /* atomic */
	unsigned count;	    /* atomic */
};
/* False when this line should be dropped. */
bool log_allow(struct log_limit *l, unsigned burst);

#endif
