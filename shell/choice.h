/*
 * The files that a command is about: its operands, those of --files-from,
 * and the rules of --include and --exclude.
 */
#ifndef SHELL_CHOICE_H
#define SHELL_CHOICE_H

#include "args.h"
#include "exit.h"
#include "filter.h"
#include "names.h"

#define CHOICE_FILE_MAX (1u << 30) /* bytes of a --files-from */

struct choice {
	struct filter filter;
	struct names names; /* operands, behind them --files-from */
};

/* EXIT_DONE, or said why not.  --files-from - reads standard input to its
 * end; a signal ends that with EXIT_INTERRUPTED.  choice_release() in any
 * case. */
enum exit_status choice_make(struct choice *c, const struct args *a);
void choice_release(struct choice *c);

#endif
