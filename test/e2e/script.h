/*
 * The script of a dialogue: lines of text become steps.  What a step does is
 * the caller's matter: the table of verbs says what each is followed by.
 *
 * One step a line: a verb, one blank, and the rest.  Blanks at both ends of a
 * line do not count; empty lines and those that begin with # are no steps.
 */
#ifndef E2E_SCRIPT_H
#define E2E_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum args {
	ARGS_NONE,
	ARGS_TEXT,    /* bytes; \r \n \t \e \a \b \s (a blank) \\ \xNN */
	ARGS_KEY,     /* one of @A-Z[\]^_? : becomes the control byte */
	ARGS_COMMAND, /* as it stands */
	ARGS_NUMBER,
	ARGS_SIZE,   /* two numbers */
	ARGS_ROW,    /* a number that may be below 0, and bytes or nothing */
	ARGS_STATUS, /* `N`, or `signal N`: then number[1] is 1 */
};

struct dialogue;
struct step;

struct verb {
	const char *name;
	enum args args;
	bool (*act)(struct dialogue *d, const struct step *s);
};

struct step {
	unsigned line; /* counts from 1 */
	const struct verb *verb;
	char *said;  /* the line */
	char *bytes; /* len of them, and a NUL */
	size_t len;
	long number[2];
};

struct script {
	struct step *steps;
	size_t count;
};

/* A line that is no step is told on stderr and ends the program with 2. */
void script_read(struct script *s, FILE *in, const struct verb *verbs,
		 size_t count);
void script_release(struct script *s);

/* For the caller's own lines: false when text is not all a decimal number of
 * min..max. */
bool script_number(const char *text, long min, long max, long *out);

#endif
