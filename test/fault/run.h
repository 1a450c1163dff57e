/*
 * The programs under test as processes, and directory trees: what the fault
 * drivers share.
 *
 * One thread.  What cannot go on (no memory, no process, no disk) prints a
 * line and exits with 2: a driver that cannot do its work proves nothing.
 */
#ifndef FAULT_RUN_H
#define FAULT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RUN_TEXT_MAX 65536 /* bytes kept of a stream or a log */
#define RUN_PATH_MAX 4096

/* Prints "PROGRAM: ..." with the text of errno when there is one. */
__attribute__((format(printf, 1, 2), noreturn)) void run_die(const char *fmt,
							     ...);
void *run_more(void *list, size_t count, size_t *cap, size_t size);

struct daemon {
	pid_t pid; /* 0: none */
	int pipe;  /* its stderr */
	unsigned port;
	char log[RUN_TEXT_MAX];
	size_t len;
};

/* Starts `program` on dir, port 0, with these options (ending in NULL).  Does
 * not wait: several can come up at once. */
void daemon_launch(struct daemon *d, const char *program, const char *dir,
		   const char *const *options);
/* Until it says where it listens; false: it ended, or 20 s have passed. */
bool daemon_ready(struct daemon *d);
/* Sends the signal and waits.  The exit status, or 128 + the signal that it
 * died of; -1 when there was none.  Its log stays. */
int daemon_end(struct daemon *d, int signal);
/* All that it has logged until now, as a string. */
const char *daemon_log(struct daemon *d);

struct result {
	int status; /* of exit; 128 + a signal; -1: it took over 60 s */
	char out[RUN_TEXT_MAX];
	char err[RUN_TEXT_MAX];
};

/* Runs argv (ending in NULL) to its end. */
void run_program(const char *const *argv, struct result *r);
/* Is `line` a line of the text? */
bool run_has_line(const char *text, const char *line);

/* Removes what is in the directory; it stays, the same inode. */
void tree_clear(int dir);
/* Copies what is in one directory into another, empty one; links and modes
 * too. */
void tree_copy(int from, int to);
/* Opens a directory, made if it is missing. */
int tree_make(int dir, const char *path);

#endif
