/*
 * measure: runs a command and appends one line about it to a file: seconds by
 * the wall clock, seconds of user and of system time, and the most memory that
 * it or one of its own commands held, in KiB.
 *
 * The command keeps the standard streams; its exit status is handed on, a
 * signal's number with 128 added.
 */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double start;
	FILE *out;
	pid_t pid;
	int status;

	if (argc < 3)
		errx(2, "usage: measure OUT COMMAND [ARG...]");
	out = fopen(argv[1], "ae");
	if (out == NULL)
		err(2, "%s", argv[1]);
	start = wall();
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		warn("%s", argv[2]);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		err(2, "wait");
	fprintf(out, "%.6f %.6f %.6f %ld\n", wall() - start,
		cpu(usage.ru_utime), cpu(usage.ru_stime), usage.ru_maxrss);
	if (fclose(out) != 0)
		err(2, "%s", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
