/*
 * What belongs to the process: file mode mask, limits, signals, user.  Main
 * thread, before other threads start.
 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdint.h>

#include "err.h"

#define PROCESS_MESSAGE_MAX 512

/* umask 077, SIGPIPE ignored, descriptors 0, 1 and 2 open. */
enum err process_init(void) MUST_CHECK;
/* Blocks the signals that the dispatcher takes and gives a signalfd of them,
 * which the caller closes. */
enum err process_signals(int *fd) MUST_CHECK;
/* Raises the limit of open files as far as is needed and allowed for that
 * many connections; lowers *connections, with a warning in the log, where
 * that is not enough.  ERR_LIMIT when not even one would go. */
enum err process_files(uint64_t *connections) MUST_CHECK;
/* Is there such a user?  ERR_ABSENT, and message says so.  NULL: fine. */
enum err process_check_user(const char *user,
			    char message[PROCESS_MESSAGE_MAX]) MUST_CHECK;
/* As root: becomes user, for good; dir, if there and not NULL, must be that
 * user's.  Not as root: does nothing, but fails when user is another one.
 * NULL: does nothing.  message says why. */
enum err process_user(const char *user, const char *dir,
		      char message[PROCESS_MESSAGE_MAX]) MUST_CHECK;
/* From now on there is a secret in memory: no core file, not by a pipe of the
 * system's either, and no other process of this user may look (ptrace, the
 * links below /proc/PID).  Again, after the user was changed: fine. */
enum err process_secret(void) MUST_CHECK;

#endif
