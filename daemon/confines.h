/*
 * What the process may still do once it serves: it gains no privileges, and
 * where the kernel has Landlock, in a version that knows how to rename
 * between directories, it opens nothing but its own files, makes and takes no
 * other connections than those of the sockets that it has (Linux 6.7), and
 * signals nobody (Linux 6.12).
 *
 * Main thread, before other threads start: these get the same confines.
 */
#ifndef DAEMON_CONFINES_H
#define DAEMON_CONFINES_H

#include <stdbool.h>

#include "err.h"

#define CONFINES_FILES 2
#define CONFINES_REPORT_MAX 256

struct confines {
	bool landlock;	 /* false: no new privileges, and that is all */
	const char *dir; /* all below it is the daemon's own */
	/* Read again later, or NULL.  Others may come in their places by
	 * rename: all files in and below their directories can be read, and
	 * those of what they link to. */
	const char *file[CONFINES_FILES];
	const char *also; /* a second dir, or NULL */
};

/*
 * From here on they hold, for good.  report is a line for the log: what holds,
 * and why not more.  ERR_SYS: less than this kernel could; the daemon can go
 * on all the same.
 */
enum err confines_enter(const struct confines *c,
			char report[CONFINES_REPORT_MAX]) MUST_CHECK;

#endif
