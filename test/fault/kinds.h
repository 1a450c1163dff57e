/*
 * The kinds of fault, and the calls that each makes sense for.
 */
#ifndef FAULT_KINDS_H
#define FAULT_KINDS_H

#include "inject.h"

struct kind {
	const char *name;
	struct inject plan; /* nth is for the caller to set */
};

/* NULL when there is none of that name. */
const struct kind *kind_find(const char *name);

/* The name of a call. */
const char *call_name(enum inject_call call);

#endif
