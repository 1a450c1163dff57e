/*
 * How far a transfer is, as one line: name, percent, amount, smoothed rate,
 * time left.  Pure: the clock and what has moved are told; the line is drawn
 * by others (progress).  What does not fit is left out, the least important
 * first, and names are cut in their middle.
 */
#ifndef SHELL_METER_H
#define SHELL_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METER_UNKNOWN UINT64_MAX
#define METER_LINE_MAX 512  /* bytes of a line, with its NUL */
#define METER_TIME_MAX 24   /* bytes of a time, with its NUL */
#define METER_STALL_MS 5000 /* without a byte: "stalled" */

struct meter_state {
	bool many;	      /* files, or may be; else the one that is named */
	bool files_only;      /* no bytes move: files are what is measured */
	uint64_t bytes;	      /* may fall: what is tried again starts over */
	uint64_t kept;	      /* of them, those that were there before */
	uint64_t bytes_total; /* or METER_UNKNOWN */
	uint64_t files;	      /* that have ended */
	uint64_t files_total; /* or METER_UNKNOWN */
	const char *name;     /* that is being moved; NULL: none */
	size_t name_len;
};

struct meter {
	uint64_t fed_ms;
	uint64_t moved_ms; /* when something last moved */
	uint64_t last;	   /* bytes or files, when last fed */
	double rate;	   /* a second; to be divided by weight */
	double weight;	   /* of what has been seen in it, below 1 */
};

void meter_init(struct meter *m, uint64_t now_ms);
/* Before each line, and as often as one likes. */
void meter_feed(struct meter *m, uint64_t now_ms, const struct meter_state *s);
/* Of what was fed last; at most `width` columns, without control bytes. */
void meter_line(const struct meter *m, const struct meter_state *s,
		size_t width, char out[METER_LINE_MAX]);

/* "0:14", "12:05", "1:00:00". */
void meter_time(uint64_t seconds, char out[METER_TIME_MAX]);

#endif
