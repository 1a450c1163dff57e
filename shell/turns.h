/*
 * A bound on how many do something at once: who comes when it is reached
 * waits, in order, for its turn.
 */
#ifndef SHELL_TURNS_H
#define SHELL_TURNS_H

#include "loop.h"

/* The owner must stay where it is while it has, or waits for, a turn. */
struct turn {
	bool has;
	bool waits;
	struct loop_timer timer; /* tells that it has come */
	struct turn *next;
};

struct turns {
	struct loop *loop;
	unsigned left;
	struct turn *first; /* that waits */
};

void turns_init(struct turns *t, struct loop *loop, unsigned most);
void turn_init(struct turn *u, void (*come)(void *arg), void *arg);
/* come is called in a later turn of the loop, when there is room. */
void turns_take(struct turns *t, struct turn *u);
/* Gives it back, or waits no longer; nothing if neither. */
void turns_give(struct turns *t, struct turn *u);

#endif
