/*
 * dfc: the client.
 *
 *   main      options before the command, exit status
 *   shell     lines of commands: line, words, expand, complete
 *   script    completion for the local shells
 *   command   one command, a row of the table; cmd_*.c: their handlers
 *   client    configuration (settings), event loop (loop), servers (cluster)
 *   batch     a window of operations (task): put, get, slice, plain
 *   upload, download, removal   batches of files that others choose: cargo,
 *             names, sift, inventory; each file's end: result
 *   quorum    what the servers' answers mean, and what is sent next (view)
 *   listing, lookup, survey   questions that change nothing (walk, stored)
 *   link      one connection: hail, calls, outq, pace
 *   source, target, tree      local files
 */
#include "command.h"
#include "interrupt.h"
#include "shell.h"
#include "show.h"

#include <fcntl.h>
#include <locale.h>
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

static enum exit_status run(struct client *c, int argc, char *const *argv)
{
	const struct command *cmd = command_find(argv[0]);

	if (cmd)
		return command_run(
			cmd, c, &(struct args_words){argc - 1, argv + 1, NULL});
	return command_unknown(c, argv[0]);
}

/* The options before the command; how many words they are, or -1 and said. */
static int take_head(struct client *c, int argc, char *const *argv,
		     const char **instead)
{
	char message[ARGS_MESSAGE_MAX];
	struct args a;
	int used = 0;

	if (args_parse_head(&a, &(struct args_words){argc, argv, NULL},
			    command_head, &used, message)) {
		show_trouble("%s (dfc help)", message);
		return -1;
	}
	c->conf = a.value['c'];
	c->key = a.value['k'];
	command_manners(&a, &c->defaults);
	*instead = a.given['h'] || a.given[OPT_HELP] ? "help"
		   : a.given['V']		     ? "version"
						     : NULL;
	return used;
}

int main(int argc, char **argv)
{
	static struct client c = {.here = ""}; /* large */
	const char *instead = NULL;
	char word[16];
	char *words[] = {word, NULL};
	enum exit_status status;
	int used;

	if (argc < 1 || !fill_standard_fds())
		return EXIT_ERROR;
	(void)setlocale(LC_CTYPE, "");
	show_init();
	if (interrupt_init() != ERR_OK) {
		show_trouble("%s", err_text(ERR_SYS));
		return EXIT_ERROR;
	}
	used = take_head(&c, argc - 1, argv + 1, &instead);
	if (used < 0)
		return EXIT_USAGE;
	show_set(c.defaults.color, c.defaults.json);
	if (instead) {
		(void)snprintf(word, sizeof(word), "%s", instead);
		status = run(&c, 1, words);
	} else if (used + 1 == argc) {
		status = shell_run(&c);
	} else {
		status = run(&c, argc - 1 - used, argv + 1 + used);
	}
	client_release(&c);
	if (c.pipe_closed)
		end_by_pipe();
	return (int)status;
}
