/*
 * dfc: the client.
 *
 *   main      options before the command, exit status
 *   command   the table of commands; cmd_*.c: their handlers
 *   client    configuration (settings), event loop (loop), servers (cluster)
 *   batch     a window of operations (task): put, get, plain
 *   quorum    what the servers' answers mean, and what is sent next (view)
 *   listing, lookup, survey   questions that change nothing
 *   link      one connection: hail, calls, outq
 *   source, target, tree      local files
 */
#include "command.h"
#include "interrupt.h"
#include "show.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A socket must not become standard input or output because that was closed;
 * what is read or written there then fails, as it should. */
static bool fill_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags) != fd)
			return false;
	}
	return true;
}

/* Ends as a program does that is not told of SIGPIPE. */
static void end_by_pipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

static int finish(struct client *c, enum exit_status status)
{
	enum err e;

	if (status == EXIT_DONE)
		status = client_close(c);
	if (status == EXIT_INTERRUPTED || status == EXIT_TERMINATED) {
		show_drop();
		return (int)status;
	}
	e = show_flush();
	if (e == ERR_CLOSED || c->pipe_closed) {
		end_by_pipe();
	} else if (e) {
		show_trouble("standard output: %s", err_text(e));
		return EXIT_ERROR;
	}
	return (int)status;
}

static int run(struct client *c, int argc, char *const *argv)
{
	const struct command *cmd = command_find(argv[0]);

	if (!cmd) {
		show_trouble("%s: no such command (dfc help lists them)",
			     argv[0]);
		return EXIT_USAGE;
	}
	return finish(c, command_run(cmd, c, argc - 1, argv + 1));
}

int main(int argc, char **argv)
{
	static struct client c; /* large */
	char message[ARGS_MESSAGE_MAX];
	struct args a;
	int used = 0;

	if (!fill_standard_fds())
		return EXIT_ERROR;
	show_init();
	if (interrupt_init() != ERR_OK) {
		show_trouble("%s", err_text(ERR_SYS));
		return EXIT_ERROR;
	}
	if (argc < 1 || args_parse_head(&a, argc - 1, argv + 1, "c:qvhHV",
					command_longs, &used, message)) {
		show_trouble("%s", argc < 1 ? "no arguments" : message);
		return EXIT_USAGE;
	}
	c.conf = a.value['c'];
	c.quiet = a.given['q'];
	c.verbose = a.given['v'];
	argv += 1 + used;
	argc -= 1 + used;
	if (a.given['h'] || a.given['H'])
		return finish(&c, cmd_help(&c, &(struct args){0}));
	if (a.given['V'])
		return finish(&c, cmd_version(&c, &a));
	if (argc == 0) {
		command_usage(stderr);
		fputs("dfc help lists the commands\n", stderr);
		return EXIT_USAGE;
	}
	return run(&c, argc, argv);
}
