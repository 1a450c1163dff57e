/*
 * JOIN, sent to one server and waited for: the end of a heal, and the changes
 * of members.
 */
#ifndef SHELL_JOIN_H
#define SHELL_JOIN_H

#include "client.h"
#include "msg.h"

#define JOIN_TEXT_MAX 160

enum join_end {
	JOIN_OBEYED,
	JOIN_REFUSED,
	JOIN_LOST, /* it may have obeyed, or may still */
};

/* Turns the loop for at most 10 seconds.  Unless it has obeyed, why says what
 * came instead, escaped. */
enum join_end join_send(struct client *c, unsigned server,
			const struct msg_join *m, char why[JOIN_TEXT_MAX]);

#endif
