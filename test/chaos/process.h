/*
 * Child processes: each with an environment that tells its clock to be wrong.
 */
#ifndef CHAOS_PROCESS_H
#define CHAOS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct chaos;

/* The environment of a child whose clock is off by so many seconds.  Static;
 * valid until the next call. */
char *const *process_environment(const struct chaos *c, int64_t skew_s);
/* Runs words[0], stdin empty, these files as stdout and stderr.  0: errno. */
pid_t process_start(const struct chaos *c, const char *const *words, int out,
		    int err, int64_t skew_s);
/* The file's text, cut off at size - 1 bytes. */
void process_read(int fd, char *out, size_t size);
/* A directory and all in it.  False: errno. */
bool process_remove(const char *path);

#endif
