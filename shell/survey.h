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
void survey_judge(const struct survey *s, struct view *v);

#endif
