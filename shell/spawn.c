#include "spawn.h"

#include "interrupt.h"
#include "show.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_child(char *const *argv)
{
	interrupt_reset();
	execvp(argv[0], argv);
	show_problem(argv[0], strlen(argv[0]), "%s", strerror(errno));
	fflush(stderr);
	_exit(127);
}

static enum exit_status judge(const char *what, int how)
{
	if (WIFSIGNALED(how))
		show_problem(what, strlen(what), "ended by signal %d (%s)",
			     WTERMSIG(how), strsignal(WTERMSIG(how)));
	else if (WEXITSTATUS(how) != 0 && WEXITSTATUS(how) != 127)
		show_problem(what, strlen(what), "ended with status %d",
			     WEXITSTATUS(how));
	return WIFEXITED(how) && WEXITSTATUS(how) == 0 ? EXIT_DONE : EXIT_ERROR;
}

static enum exit_status run(const char *what, char *const *argv)
{
	enum exit_status status;
	pid_t child;
	int how;

	fflush(stdout);
	fflush(stderr);
	child = fork();
	if (child == 0)
		run_child(argv);
	if (child < 0) {
		show_problem(what, strlen(what), "%s", strerror(errno));
		return EXIT_ERROR;
	}
	/* Ctrl-C is for the program; here it is only noted. */
	while (waitpid(child, &how, 0) < 0)
		if (errno != EINTR)
			return EXIT_ERROR;
	status = judge(what, how);
	return interrupt_signal() == SIGTERM ? EXIT_TERMINATED : status;
}

enum exit_status spawn_line(const char *line)
{
	const char *shell = getenv("SHELL");
	char program[4096];
	char dash_c[] = "-c";
	char *text = strdup(line);
	char *argv[] = {program, dash_c, text, NULL};
	enum exit_status status;

	if (!text) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	(void)snprintf(program, sizeof(program), "%s",
		       shell && *shell ? shell : "/bin/sh");
	status = run("!", argv);
	free(text);
	return status;
}

enum exit_status spawn_program(char *const *argv)
{
	return run(argv[0], argv);
}
