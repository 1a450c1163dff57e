/* The rows of the table of commands; command.h. */
#include "command.h"

const struct args_option command_common[] = {
	{'q', "quiet", NULL, ARGS_NONE, "no warnings, no progress"},
	{'v', "verbose", NULL, ARGS_NONE, "say more"},
	{OPT_JSON, "json", NULL, ARGS_NONE, "one JSON object a line on stdout"},
	{OPT_COLOR, "color", "never|auto|always", ARGS_CHOICE,
	 "colours: never, auto or always"},
	{OPT_PROGRESS, "progress", "never|auto|always", ARGS_CHOICE,
	 "how far it is, on stderr: never, auto or always"},
	{OPT_HELP, "help", NULL, ARGS_NONE, "this text"},
	{'h', NULL, NULL, ARGS_NONE, NULL}, /* unless it is an own one */
	{0},
};

const struct args_option command_head[] = {
	{'c', "config", "FILE", ARGS_LOCAL,
	 "the configuration, instead of dfc.conf"},
	{'q', "quiet", NULL, ARGS_NONE, "no warnings, no progress"},
	{'v', "verbose", NULL, ARGS_NONE, "say more"},
	{OPT_JSON, "json", NULL, ARGS_NONE, "one JSON object a line on stdout"},
	{OPT_COLOR, "color", "never|auto|always", ARGS_CHOICE,
	 "colours: never, auto or always"},
	{OPT_PROGRESS, "progress", "never|auto|always", ARGS_CHOICE,
	 "how far it is, on stderr: never, auto or always"},
	{OPT_HELP, "help", NULL, ARGS_NONE,
	 "this text; after a COMMAND, its own"},
	{'h', NULL, NULL, ARGS_NONE, NULL},
	{'V', "version", NULL, ARGS_NONE, "the version of this program"},
	{0},
};

/* Which files put, get and rm are about. */
/* clang-format off */
#define RULE_OPTIONS \
	{OPT_INCLUDE, "include", "PATTERN", ARGS_TEXT, \
	 "take what matches; may be repeated"}, \
	{OPT_EXCLUDE, "exclude", "PATTERN", ARGS_TEXT, \
	 "leave out what matches; may be repeated"}
#define CHOICE_OPTIONS \
	RULE_OPTIONS, \
	{OPT_FILES_FROM, "files-from", "FILE", ARGS_LOCAL, \
	 "more operands, one a line; - is stdin"}, \
	{'0', "null", NULL, ARGS_NONE, \
	 "those of --files-from are separated by NULs"}
/* clang-format on */

static const struct args_option put_options[] = {
	{'r', "recursive", NULL, ARGS_NONE,
	 "store directory trees, as DIR/...; links are skipped"},
	{'t', "to", "PREFIX", ARGS_PREFIX,
	 "put PREFIX/ before each stored name"},
	{'o', "output", "NAME", ARGS_NAME,
	 "store the one FILE under this name; FILE - is stdin"},
	{'n', "dry-run", NULL, ARGS_NONE,
	 "say what would be done, and change nothing"},
	{'f', "force", NULL, ARGS_NONE,
	 "replace files, whatever --no-clobber says"},
	{OPT_NO_CLOBBER, "no-clobber", NULL, ARGS_NONE,
	 "a name that is stored already is an error"},
	{OPT_SKIP_EXISTING, "skip-existing", NULL, ARGS_NONE,
	 "not what is stored with the same size and time"},
	CHOICE_OPTIONS,
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option get_options[] = {
	{'r', "recursive", NULL, ARGS_NONE,
	 "fetch NAME and all below it, with their paths"},
	{'t', "to", "DIR", ARGS_DIRECTORY, "write into DIR"},
	{'o', "output", "FILE", ARGS_LOCAL,
	 "write the one NAME to FILE; - is stdout"},
	{'n', "dry-run", NULL, ARGS_NONE,
	 "say what would be done, and change nothing"},
	{'f', "force", NULL, ARGS_NONE,
	 "replace files, whatever --no-clobber says"},
	{OPT_NO_CLOBBER, "no-clobber", NULL, ARGS_NONE,
	 "a file that is there already is an error"},
	{OPT_SKIP_EXISTING, "skip-existing", NULL, ARGS_NONE,
	 "not what is there with the same size and time"},
	CHOICE_OPTIONS,
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{OPT_RESUME, "resume", NULL, ARGS_NONE,
	 "go on with what an earlier get --resume has kept"},
	{0},
};

static const struct args_option mirror_options[] = {
	{'R', "reverse", NULL, ARGS_NONE,
	 "from a local SOURCE to a stored TARGET"},
	{'n', "dry-run", NULL, ARGS_NONE,
	 "say what would be done, and change nothing"},
	{'f', "force", NULL, ARGS_NONE,
	 "with --delete: though the source is empty"},
	{OPT_DELETE, "delete", NULL, ARGS_NONE,
	 "delete in TARGET what SOURCE lacks"},
	RULE_OPTIONS,
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option list_options[] = {
	{'0', "print0", NULL, ARGS_NONE, "end each name with a NUL"},
	{0},
};

static const struct args_option ls_options[] = {
	{'1', "names", NULL, ARGS_NONE, "names only"},
	{'l', "long", NULL, ARGS_NONE,
	 "also mode, chunks x copies, and version"},
	{'h', "human", NULL, ARGS_NONE, "sizes for people"},
	{'r', "reverse", NULL, ARGS_NONE, "the other way round"},
	{'t', "time", NULL, ARGS_NONE, "newest first"},
	{'S', "size", NULL, ARGS_NONE, "largest first"},
	{'R', "all-levels", NULL, ARGS_NONE, "all levels"},
	{'0', "print0", NULL, ARGS_NONE, "names only, each ended with a NUL"},
	{0},
};

static const struct args_option du_options[] = {
	{'h', "human", NULL, ARGS_NONE, "sizes for people"},
	{'s', "sum", NULL, ARGS_NONE, "one line for each NAME: -d 0"},
	{'d', "depth", "N", ARGS_TEXT, "no directories deeper than N levels"},
	{0},
};

static const struct args_option df_options[] = {
	{'h', "human", NULL, ARGS_NONE, "sizes for people"},
	{0},
};

static const struct args_option find_options[] = {
	{OPT_NAME, "name", "PATTERN", ARGS_TEXT, "by the last component"},
	{OPT_PATH, "path", "PATTERN", ARGS_TEXT, "by the whole name"},
	{OPT_SIZE, "size", "N", ARGS_TEXT,
	 "bytes, or 10k, 10M, 10G; +N: more, -N: less"},
	{OPT_MTIME, "mtime", "DAYS", ARGS_TEXT,
	 "modified so many days ago; +N, -N: more, less"},
	{OPT_NEWER, "newer", "FILE", ARGS_LOCAL,
	 "modified later than the local FILE"},
	{OPT_INCOMPLETE, "incomplete", NULL, ARGS_NONE,
	 "what cannot be rebuilt from the servers that answer"},
	{OPT_COPIES, "copies", "N", ARGS_TEXT,
	 "so many copies; -2: fewer than two"},
	{'0', "print0", NULL, ARGS_NONE, "end each name with a NUL"},
	{0},
};

static const struct args_option tree_options[] = {
	{'L', "levels", "N", ARGS_TEXT, "no deeper than N levels"},
	{0},
};

static const struct args_option head_options[] = {
	{'n', "lines", "N", ARGS_TEXT, "so many lines, 10 by default"},
	{'c', "bytes", "N", ARGS_TEXT, "so many bytes; 64KiB, 1MiB"},
	{0},
};

static const struct args_option test_options[] = {
	{'e', "exists", NULL, ARGS_NONE, "is a file or a directory"},
	{'f', "file", NULL, ARGS_NONE, "is a file"},
	{'d', "directory", NULL, ARGS_NONE, "has names below it"},
	{'c', "complete", NULL, ARGS_NONE, "is a file that can be rebuilt now"},
	{0},
};

static const struct args_option sum_options[] = {
	{'c', "chunks", NULL, ARGS_NONE, "a line for each chunk"},
	{OPT_SHA256, "sha256", NULL, ARGS_NONE,
	 "of the content, which is fetched, for sha256sum -c"},
	{0},
};

static const struct args_option rm_options[] = {
	{'r', "recursive", NULL, ARGS_NONE, "remove NAME and all below it"},
	{'n', "dry-run", NULL, ARGS_NONE,
	 "say what would be done, and change nothing"},
	{'f', "force", NULL, ARGS_NONE,
	 "do not ask; a NAME that is not there is no error"},
	CHOICE_OPTIONS,
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option cp_options[] = {
	{'r', "recursive", NULL, ARGS_NONE, "copy NAME and all below it"},
	{'f', "force", NULL, ARGS_NONE,
	 "replace what is there; so it is by default"},
	{OPT_NO_CLOBBER, "no-clobber", NULL, ARGS_NONE,
	 "fail where there is a file of the new name"},
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option mv_options[] = {
	{'r', "recursive", NULL, ARGS_NONE, "move NAME and all below it"},
	{'f', "force", NULL, ARGS_NONE,
	 "replace what is there; so it is by default"},
	{OPT_NO_CLOBBER, "no-clobber", NULL, ARGS_NONE,
	 "fail where there is a file of the new name"},
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option heal_options[] = {
	{'n', "dry-run", NULL, ARGS_NONE,
	 "say what would be done, and change nothing"},
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{OPT_ACCEPT_LOSS, "accept-loss", NULL, ARGS_NONE,
	 "give up the NAMEs if they cannot be rebuilt"},
	{OPT_ALL, "all", NULL, ARGS_NONE,
	 "with --accept-loss: a majority of stores was lost"},
	{0},
};

static const struct args_option explain_options[] = {
	{OPT_VERIFY, "verify", NULL, ARGS_NONE,
	 "have the servers read the chunks, and hash them"},
	{0},
};

static const struct args_option status_options[] = {
	{'s', "servers", NULL, ARGS_NONE,
	 "the servers alone: do not count the files"},
	{0},
};

static const struct args_option check_options[] = {
	{OPT_VERIFY, "verify", NULL, ARGS_NONE,
	 "have the servers read all chunks, and hash them"},
	{OPT_WITHOUT, "without", "SERVER", ARGS_SERVER,
	 "as if it were dead; may be repeated"},
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option members_options[] = {
	{OPT_DEAD, "dead", NULL, ARGS_NONE, "remove: it will never come back"},
	{'j', "jobs", "N", ARGS_TEXT, "at most N files at once"},
	{0},
};

static const struct args_option lls_options[] = {
	{'l', "long", NULL, ARGS_NONE, "sizes, times and the rest"},
	{0},
};

const struct command command_table[] = {
	{.name = "put",
	 .aliases = "mput",
	 .summary = "store files",
	 .options = put_options,
	 .operands = "FILE...",
	 .examples = "  dfc put report.pdf photo.jpg\n"
		     "  dfc put -r -t backup/ projects\n"
		     "  tar c /etc | dfc put -o etc.tar -\n",
	 .first = ARGS_LOCAL,
	 .rest = ARGS_LOCAL,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_CHANGES | COMMAND_INTO_HERE,
	 .run = cmd_put},
	{.name = "get",
	 .aliases = "mget",
	 .summary = "fetch files into the working directory",
	 .options = get_options,
	 .operands = "NAME...",
	 .examples = "  dfc get report.pdf\n"
		     "  dfc get -r -t restored backup/projects\n"
		     "  dfc get -o - etc.tar | tar t\n"
		     "  dfc get --resume disk.img\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_get},
	{.name = "list",
	 .aliases = "",
	 .summary = "names, one a line; [incomplete] where one is so",
	 .options = list_options,
	 .operands = "[PREFIX...]",
	 .examples = "  dfc list\n"
		     "  dfc list backup/\n"
		     "  dfc list -0 | xargs -0 -n 100 dfc get -r --\n",
	 .first = ARGS_PREFIX,
	 .rest = ARGS_PREFIX,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_HERE,
	 .run = cmd_list},
	{.name = "ls",
	 .aliases = "dir",
	 .summary = "one level, with sizes and times",
	 .options = ls_options,
	 .operands = "[PATTERN...]",
	 .examples = "  dfc ls\n"
		     "  dfc ls -lh backup\n"
		     "  dfc ls -1t 'photos/*.jpg'\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_HERE,
	 .run = cmd_ls},
	{.name = "find",
	 .aliases = "",
	 .summary = "names below NAME that pass all tests, one a line",
	 .options = find_options,
	 .operands = "[NAME...]",
	 .examples = "  dfc find --name '*.jpg' photos\n"
		     "  dfc find --size +1G --mtime +365\n"
		     "  dfc find -0 --copies -2 | xargs -0 dfc heal\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_HERE,
	 .run = cmd_find},
	{.name = "tree",
	 .aliases = "",
	 .summary = "names as they lie in each other, drawn",
	 .options = tree_options,
	 .operands = "[PREFIX]",
	 .examples = "  dfc tree\n"
		     "  dfc tree -L 2 backup\n",
	 .first = ARGS_PREFIX,
	 .most = 1,
	 .flags = COMMAND_HERE,
	 .run = cmd_tree},
	{.name = "du",
	 .aliases = "",
	 .summary = "sizes of directories: of their files, and of all copies",
	 .options = du_options,
	 .operands = "[NAME...]",
	 .examples = "  dfc du -h -d 1\n"
		     "  dfc du -sh backup photos\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_HERE,
	 .run = cmd_du},
	{.name = "df",
	 .aliases = "",
	 .summary = "room on the servers, and for how much more it is enough",
	 .options = df_options,
	 .operands = "",
	 .examples = "  dfc df -h\n",
	 .run = cmd_df},
	{.name = "cat",
	 .aliases = "",
	 .summary = "write files to stdout, whole and verified ones only",
	 .operands = "NAME...",
	 .examples = "  dfc cat notes.txt\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_cat},
	{.name = "head",
	 .aliases = "",
	 .summary = "the first lines or bytes of files",
	 .options = head_options,
	 .operands = "NAME...",
	 .examples = "  dfc head notes.txt\n"
		     "  dfc head -c 1KiB etc.tar | file -\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_head},
	{.name = "tail",
	 .aliases = "",
	 .summary = "the last lines or bytes of files",
	 .options = head_options,
	 .operands = "NAME...",
	 .examples = "  dfc tail -n 100 logs/today\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_tail},
	{.name = "sum",
	 .aliases = "",
	 .summary = "digests: what is stored, or of the content",
	 .options = sum_options,
	 .operands = "NAME...",
	 .examples = "  dfc sum report.pdf\n"
		     "  dfc sum --sha256 report.pdf | sha256sum -c\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_sum},
	{.name = "test",
	 .aliases = "",
	 .summary = "whether it is there: exit status 0 or 1",
	 .options = test_options,
	 .operands = "NAME",
	 .examples = "  dfc test -f report.pdf && dfc get report.pdf\n",
	 .first = ARGS_STORED,
	 .least = 1,
	 .most = 1,
	 .run = cmd_test},
	{.name = "mirror",
	 .aliases = "",
	 .summary = "make a directory what is stored, or the other way",
	 .options = mirror_options,
	 .operands = "SOURCE TARGET",
	 .examples =
		 "  dfc mirror -n --delete backup/projects projects\n"
		 "  dfc mirror -R --exclude '*.o' projects backup/projects\n",
	 .first = ARGS_PREFIX,
	 .rest = ARGS_DIRECTORY,
	 .least = 2,
	 .most = 2,
	 .flags = COMMAND_CHANGES | COMMAND_TURNS,
	 .run = cmd_mirror},
	{.name = "rm",
	 .aliases = "del",
	 .summary = "remove files",
	 .options = rm_options,
	 .operands = "NAME...",
	 .examples = "  dfc rm report.pdf\n"
		     "  dfc rm -r backup/projects\n"
		     "  dfc rm -nr --include '*.tmp' backup\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_CHANGES,
	 .run = cmd_rm},
	{.name = "cp",
	 .aliases = "copy",
	 .summary = "copy files, on the servers",
	 .options = cp_options,
	 .operands = "NAME NEW | NAME... PREFIX/",
	 .examples = "  dfc cp report.pdf report-old.pdf\n"
		     "  dfc cp report.pdf photo.jpg backup/\n"
		     "  dfc cp -r projects backup/\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 2,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_CHANGES,
	 .run = cmd_cp},
	{.name = "mv",
	 .aliases = "rename move",
	 .summary = "rename files: copy them, and remove what was copied",
	 .options = mv_options,
	 .operands = "NAME NEW | NAME... PREFIX/",
	 .examples = "  dfc mv report.pdf report-2024.pdf\n"
		     "  dfc mv report.pdf photo.jpg archive/\n"
		     "  dfc mv -r projects archive/\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 2,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_CHANGES,
	 .run = cmd_mv},
	{.name = "stat",
	 .aliases = "",
	 .summary = "all about a file, and where its chunks are",
	 .operands = "NAME...",
	 .examples = "  dfc stat report.pdf\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_stat},
	{.name = "explain",
	 .aliases = "",
	 .summary = "where a file's chunks belong, where they are, what to do",
	 .options = explain_options,
	 .operands = "NAME...",
	 .examples = "  dfc explain report.pdf\n"
		     "  dfc explain --verify report.pdf\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .least = 1,
	 .most = COMMAND_MANY,
	 .run = cmd_explain},
	{.name = "status",
	 .aliases = "servers",
	 .summary = "the servers, one a line, and whether the data are safe",
	 .options = status_options,
	 .operands = "",
	 .examples = "  dfc status\n"
		     "  dfc status -s\n",
	 .run = cmd_status},
	{.name = "heal",
	 .aliases = "repair",
	 .summary = "bring every file back to two copies; new servers become "
		    "members",
	 .options = heal_options,
	 .operands = "[NAME...]",
	 .examples = "  dfc heal -n\n"
		     "  dfc heal\n"
		     "  dfc heal --accept-loss old/photo.jpg\n",
	 .first = ARGS_STORED,
	 .rest = ARGS_STORED,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_CHANGES,
	 .run = cmd_heal},
	{.name = "check",
	 .aliases = "",
	 .summary = "tell whether the data are safe",
	 .options = check_options,
	 .operands = "[PREFIX...]",
	 .examples = "  dfc check\n"
		     "  dfc check --verify photos/\n"
		     "  dfc check --without dfs1 --without dfs2\n",
	 .first = ARGS_PREFIX,
	 .rest = ARGS_PREFIX,
	 .most = COMMAND_MANY,
	 .run = cmd_check},
	{.name = "members",
	 .aliases = "",
	 .summary = "the cluster's record; changes it by one server",
	 .options = members_options,
	 .operands = "[add SERVER | remove SERVER]",
	 .examples = "  dfc members\n"
		     "  dfc members add dfs5\n"
		     "  dfc members remove --dead dfs2\n",
	 .first = ARGS_CHOICE,
	 .rest = ARGS_SERVER,
	 .choices = "add|remove",
	 .most = 2,
	 .flags = COMMAND_CHANGES,
	 .run = cmd_members},
	{.name = "cd",
	 .aliases = "",
	 .summary = "work among the names below a prefix; alone: at the top",
	 .operands = "[PREFIX | -]",
	 .examples = "  cd docs\n"
		     "  cd ..\n"
		     "  cd -\n",
	 .first = ARGS_PREFIX,
	 .most = 1,
	 .flags = COMMAND_SHELL,
	 .run = cmd_cd},
	{.name = "pwd",
	 .aliases = "",
	 .summary = "where cd has gone",
	 .operands = "",
	 .examples = "  pwd\n",
	 .flags = COMMAND_SHELL,
	 .run = cmd_pwd},
	{.name = "lcd",
	 .aliases = "",
	 .summary = "go to another local directory",
	 .operands = "[DIR]",
	 .examples = "  lcd /tmp\n",
	 .first = ARGS_DIRECTORY,
	 .most = 1,
	 .flags = COMMAND_SHELL,
	 .run = cmd_lcd},
	{.name = "lpwd",
	 .aliases = "",
	 .summary = "the local directory",
	 .operands = "",
	 .examples = "  lpwd\n",
	 .flags = COMMAND_SHELL,
	 .run = cmd_lpwd},
	{.name = "lls",
	 .aliases = "",
	 .summary = "list local files",
	 .options = lls_options,
	 .operands = "[FILE...]",
	 .examples = "  lls -l\n",
	 .first = ARGS_LOCAL,
	 .rest = ARGS_LOCAL,
	 .most = COMMAND_MANY,
	 .flags = COMMAND_SHELL,
	 .run = cmd_lls},
	{.name = "set",
	 .aliases = "",
	 .summary = "the shell's settings, or one, or change one",
	 .operands = "[NAME [VALUE]]",
	 .examples = "  set\n"
		     "  set jobs 8\n"
		     "  set progress never\n",
	 .first = ARGS_SETTING,
	 .rest = ARGS_SETTING,
	 .most = 2,
	 .flags = COMMAND_SHELL,
	 .run = cmd_set},
	{.name = "source",
	 .aliases = "",
	 .summary = "run the lines of a file, until one fails",
	 .operands = "FILE",
	 .examples = "  source nightly.dfc\n",
	 .first = ARGS_LOCAL,
	 .least = 1,
	 .most = 1,
	 .flags = COMMAND_SHELL,
	 .run = cmd_source},
	{.name = "history",
	 .aliases = "",
	 .summary = "the lines that were typed",
	 .operands = "",
	 .examples = "  history\n",
	 .flags = COMMAND_SHELL,
	 .run = cmd_history},
	{.name = "quit",
	 .aliases = "exit bye",
	 .summary = "leave the shell",
	 .operands = "[STATUS]",
	 .examples = "  quit\n",
	 .first = ARGS_TEXT,
	 .most = 1,
	 .flags = COMMAND_SHELL,
	 .run = cmd_quit},
	{.name = "help",
	 .aliases = "?",
	 .summary = "the commands, or all about one",
	 .operands = "[COMMAND]",
	 .examples = "  dfc help put\n",
	 .first = ARGS_COMMAND,
	 .most = 1,
	 .run = cmd_help},
	{.name = "version",
	 .aliases = "",
	 .summary = "the version of this program",
	 .operands = "",
	 .examples = "  dfc version\n",
	 .run = cmd_version},
	{0},
};
