#include "command.h"

#include "name.h"
#include "num.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

const struct args_long command_longs[] = {
	{"config", 'c'},
	{"force", 'f'},
	{"help", 'H'},
	{"human", 'h'},
	{"jobs", 'j'},
	{"long", 'l'},
	{"output", 'o'},
	{"quiet", 'q'},
	{"recursive", 'r'},
	{"to", 't'},
	{"verbose", 'v'},
	{"version", 'V'},
	{"verify", OPT_VERIFY},
	{"without", OPT_WITHOUT},
	{"accept-loss", OPT_ACCEPT_LOSS},
	{"all", OPT_ALL},
	{"dead", OPT_DEAD},
	{"dry-run", 'n'},
	{NULL, 0},
};

const struct command command_table[] = {
	{"put", "mput", "[-r] [-t PREFIX/] [-o NAME] [-j N] FILE...",
	 "store files",
	 "  -r         store directory trees, as DIR/...; links are skipped\n"
	 "  -t PREFIX  put PREFIX/ before each stored name\n"
	 "  -o NAME    store the one FILE under this name; FILE - is stdin\n"
	 "  -j N       at most N files at once\n"
	 "\n"
	 "  dfc put report.pdf photo.jpg\n"
	 "  dfc put -r -t backup/ projects\n"
	 "  tar c /etc | dfc put -o etc.tar -\n",
	 "rt:o:j:", OPERANDS_LOCAL, 1, COMMAND_MANY, cmd_put},
	{"get", "mget", "[-r] [-t DIR] [-o FILE] [-j N] NAME...",
	 "fetch files into the working directory",
	 "  -r       fetch NAME and all below it, with their paths\n"
	 "  -t DIR   write into DIR\n"
	 "  -o FILE  write the one NAME to FILE; - is stdout\n"
	 "  -j N     at most N files at once\n"
	 "\n"
	 "  dfc get report.pdf\n"
	 "  dfc get -r -t restored backup/projects\n"
	 "  dfc get -o - etc.tar | tar t\n",
	 "rt:o:j:", OPERANDS_STORED, 1, COMMAND_MANY, cmd_get},
	{"list", "", "[PREFIX...]", "names, one a line",
	 "  Names that cannot be rebuilt now are marked [incomplete].\n"
	 "\n"
	 "  dfc list\n"
	 "  dfc list backup/\n",
	 "", OPERANDS_STORED, 0, COMMAND_MANY, cmd_list},
	{"ls", "dir", "[-1lhR] [NAME...]", "one level, with sizes and times",
	 "  -1  names only\n"
	 "  -l  also mode, chunks x copies, and version\n"
	 "  -h  sizes for people\n"
	 "  -R  all levels\n"
	 "\n"
	 "  dfc ls\n"
	 "  dfc ls -lh backup\n",
	 "1lhR", OPERANDS_STORED, 0, COMMAND_MANY, cmd_ls},
	{"cat", "", "NAME...", "write files to stdout",
	 "  Nothing is written before it is there as a whole and verified.\n"
	 "\n"
	 "  dfc cat notes.txt\n",
	 "", OPERANDS_STORED, 1, COMMAND_MANY, cmd_cat},
	{"rm", "del", "[-rf] [-j N] NAME...", "remove files",
	 "  -r    remove NAME and all below it\n"
	 "  -f    a NAME that is not there is no error\n"
	 "  -j N  at most N files at once\n"
	 "\n"
	 "  dfc rm report.pdf\n"
	 "  dfc rm -r backup/projects\n",
	 "rfj:", OPERANDS_STORED, 1, COMMAND_MANY, cmd_rm},
	{"stat", "", "NAME...", "all about a file, and where its chunks are",
	 "  dfc stat report.pdf\n", "", OPERANDS_STORED, 1, COMMAND_MANY,
	 cmd_stat},
	{"status", "servers", "", "the servers, one a line",
	 "  State, round trip, names, bytes stored and free, software.\n"
	 "\n"
	 "  dfc status\n",
	 "", OPERANDS_NONE, 0, 0, cmd_status},
	{"heal", "repair", "[-n] [-j N] [--accept-loss [--all]] [NAME...]",
	 "bring every file back to two copies; new servers become members",
	 "  -n             say what would be done, and change nothing\n"
	 "  -j N           at most N files at once\n"
	 "  --accept-loss  give up the NAMEs if they cannot be rebuilt\n"
	 "  --all          with --accept-loss: a majority of stores was lost\n"
	 "\n"
	 "  dfc heal -n\n"
	 "  dfc heal\n"
	 "  dfc heal --accept-loss old/photo.jpg\n",
	 "nj:\3\4", OPERANDS_STORED, 0, COMMAND_MANY, cmd_heal},
	{"check", "", "[--verify] [--without SERVER]... [-j N] [PREFIX...]",
	 "tell whether the data are safe",
	 "  --verify          have the servers read all chunks, and hash them\n"
	 "  --without SERVER  as if it were dead; may be repeated\n"
	 "  -j N              at most N files at once\n"
	 "\n"
	 "  dfc check\n"
	 "  dfc check --verify photos/\n"
	 "  dfc check --without dfs1 --without dfs2\n",
	 "\1\2:j:", OPERANDS_STORED, 0, COMMAND_MANY, cmd_check},
	{"members", "", "[add SERVER | remove [--dead] SERVER]",
	 "the cluster's record; changes it by one server",
	 "  add SERVER     one more, which dfc.conf lists already\n"
	 "  remove SERVER  one less; its chunks go to the others first\n"
	 "  --dead         it will never come back\n"
	 "  -j N           at most N files at once\n"
	 "\n"
	 "  dfc members\n"
	 "  dfc members add dfs5\n"
	 "  dfc members remove --dead dfs2\n",
	 "\5j:", OPERANDS_SERVER, 0, 2, cmd_members},
	{"help", "?", "[COMMAND]", "this list, or all about a command",
	 "  dfc help put\n", "", OPERANDS_COMMAND, 0, 1, cmd_help},
	{"version", "", "", "the version of this program", "", "",
	 OPERANDS_NONE, 0, 0, cmd_version},
	{NULL, NULL, NULL, NULL, NULL, NULL, OPERANDS_NONE, 0, 0, NULL},
};

static bool is_among(const char *aliases, const char *name)
{
	size_t len = strlen(name);

	while (*aliases) {
		size_t word = strcspn(aliases, " ");

		if (word == len && memcmp(aliases, name, len) == 0)
			return true;
		aliases += word;
		aliases += strspn(aliases, " ");
	}
	return false;
}

const struct command *command_find(const char *name)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		if (strcmp(cmd->name, name) == 0 ||
		    is_among(cmd->aliases, name))
			return cmd;
	return NULL;
}

static void show_help(const struct command *cmd)
{
	printf("usage: dfc %s%s%s\n\n%s.\n", cmd->name, *cmd->usage ? " " : "",
	       cmd->usage, cmd->summary);
	if (*cmd->help)
		printf("\n%s", cmd->help);
}

/* Every command takes --help, and -h where that is not an own option. */
static bool wants_help(const struct command *cmd, const struct args *a)
{
	return a->given['H'] || (a->given['h'] && !strchr(cmd->letters, 'h'));
}

enum exit_status command_run(const struct command *cmd, struct client *c,
			     int argc, char *const *argv)
{
	char message[ARGS_MESSAGE_MAX];
	char letters[64];
	struct args a;
	enum exit_status status = EXIT_USAGE;
	enum err e;

	snprintf(letters, sizeof(letters), "%sHh", cmd->letters);
	e = args_parse(&a, argc, argv, letters, command_longs, message);
	if (e) {
		show_trouble("%s: %s", cmd->name,
			     e == ERR_FORMAT ? message : err_text(e));
		return EXIT_USAGE;
	}
	if (wants_help(cmd, &a)) {
		show_help(cmd);
		status = EXIT_DONE;
	} else if (a.count < cmd->least || a.count > cmd->most) {
		show_trouble("usage: dfc %s%s%s", cmd->name,
			     *cmd->usage ? " " : "", cmd->usage);
	} else {
		status = cmd->run(c, &a);
	}
	args_release(&a);
	return status;
}

bool command_jobs(const struct client *c, const struct args *a, uint64_t *jobs)
{
	*jobs = c->settings.jobs;
	if (!a->value['j'] ||
	    num_u64(a->value['j'], 1, SETTINGS_JOBS_MAX, jobs) == ERR_OK)
		return true;
	show_trouble("-j %s: not a number from 1 to %d", a->value['j'],
		     SETTINGS_JOBS_MAX);
	return false;
}

bool command_server(const struct client *c, const char *name, unsigned *server)
{
	for (unsigned i = 0; i < c->settings.count; i++) {
		if (strcmp(c->settings.servers[i].name, name) != 0)
			continue;
		*server = i;
		return true;
	}
	show_problem(name, strlen(name), "no server of the configuration");
	return false;
}

/* help and version */

void command_usage(FILE *f)
{
	fputs("usage: dfc [-c FILE] [-qv] COMMAND [ARG...]\n", f);
}

static void show_commands(void)
{
	command_usage(stdout);
	puts("\n  -c FILE    the configuration, instead of dfc.conf\n"
	     "  -q         no warnings\n"
	     "  -v         say what was read without a majority's marks\n"
	     "  --help     this text; after a COMMAND, its own\n"
	     "  --version\n");
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		printf("  %-8s %s\n", cmd->name, cmd->summary);
}

enum exit_status cmd_help(struct client *c, const struct args *a)
{
	const struct command *cmd;

	(void)c;
	if (a->count == 0) {
		show_commands();
		return EXIT_DONE;
	}
	cmd = command_find(a->operands[0]);
	if (!cmd) {
		show_problem(a->operands[0], strlen(a->operands[0]),
			     "no such command (dfc help lists them)");
		return EXIT_USAGE;
	}
	show_help(cmd);
	return EXIT_DONE;
}

enum exit_status cmd_version(struct client *c, const struct args *a)
{
	(void)c;
	(void)a;
	puts("dfc " DFS_VERSION);
	return EXIT_DONE;
}
