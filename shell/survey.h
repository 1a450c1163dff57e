/*
 * STATUS of all servers, asked at once.
 */
#ifndef SHELL_SURVEY_H
#define SHELL_SURVEY_H

#include "cluster.h"
#include "view.h"

#define SURVEY_TEXT_MAX 128 /* bytes of a server's text, with the NUL */

struct survey_answer {
	bool given;
	struct msg_status_answer status; /* its texts are the two below */
	uint64_t asked_us;
	uint64_t rtt_us;
	char software[SURVEY_TEXT_MAX]; /* escaped */
	char error[SURVEY_TEXT_MAX];	/* escaped */
};

struct survey {
	struct cluster *cluster;
	uint64_t waiting;
	struct survey_answer answers[LAYOUT_MAX];
};

/* Asks all, and turns the loop for at most a second. */
void survey_run(struct survey *s, struct cluster *c);
/* The "server" object of --json.  Between emit_begin() and emit_end(), which
 * are the caller's, as are further keys. */
void survey_emit(const struct survey *s, const struct view *v, unsigned server,
		 struct emit *e);
/* Deleted names do not count, though they are remembered for a while. */
uint64_t survey_names(const struct survey_answer *a);
void survey_judge(const struct survey *s, struct view *v);

#endif
