#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chaos.h"
#include "process.h"
#include "value.h"

#define LIMIT_MS 60000 /* no operation takes longer */
#define ERR_TEXT 4096
#define OUT_TEXT 8192
#define KILL_PERMILLE 30
#define INTERRUPT_PERMILLE 20
#define YEAR 31536000

/* What dfc(1) says of exit statuses: how such an operation has ended. */
struct rule {
	enum op_kind kind;
	int status;
	enum op_end how;
	const char *says; /* on stderr, NULL: anything */
};

static const struct rule rules[] = {
	{OP_PUT, 0, END_OK, NULL},
	{OP_PUT, 3, END_OK, NULL},
	{OP_PUT, 5, END_FAILED, " put failed\n"},
	{OP_PUT, 10, END_FAILED, " put failed\n"},
	{OP_PUT, 11, END_UNKNOWN, "outcome unknown"},
	{OP_PUT, 130, END_UNKNOWN, "of unknown outcome"},
	{OP_PUT, 130, END_FAILED, "nothing was changed"},
	{OP_GET, 0, END_OK, NULL},
	{OP_GET, 4, END_ABSENT, " is incomplete\n"},
	{OP_GET, 5, END_FAILED, " is incomplete\n"},
	{OP_GET, 130, END_FAILED, "nothing was changed"},
	{OP_RM, 0, END_OK, NULL},
	{OP_RM, 3, END_OK, NULL},
	{OP_RM, 4, END_ABSENT, "no such file\n"},
	{OP_RM, 5, END_FAILED, "not removed"},
	{OP_RM, 11, END_UNKNOWN, "outcome unknown"},
	{OP_RM, 130, END_UNKNOWN, "of unknown outcome"},
	{OP_RM, 130, END_FAILED, "nothing was changed"},
	{OP_LIST, 0, END_OK, NULL},
	{OP_LIST, 5, END_FAILED, NULL},
	{OP_LIST, 6, END_FAILED, NULL},
	{OP_LIST, 130, END_FAILED, NULL},
};

static void path_of(const struct caller *c, const char *file,
		    char out[CHAOS_PATH_MAX])
{
	snprintf(out, CHAOS_PATH_MAX, "%s/c%u/%s", c->chaos->dir, c->index + 1,
		 file);
}

static int open_text(const struct caller *c, const char *file)
{
	char path[CHAOS_PATH_MAX];

	path_of(c, file, path);
	return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void on_blow(void *arg);
static void on_limit(void *arg);

bool caller_init(struct caller *c, struct chaos *chaos, unsigned index)
{
	char path[CHAOS_PATH_MAX];

	*c = (struct caller){.chaos = chaos,
			     .index = index,
			     .op = CALLER_FREE,
			     .out = -1,
			     .err = -1};
	rng_init(&c->rng, chaos->settings.seed * 1000003 + index);
	c->blow = (struct loop_timer){.fire = on_blow, .arg = c};
	c->limit = (struct loop_timer){.fire = on_limit, .arg = c};
	path_of(c, "", path);
	if (mkdir(path, 0700) != 0)
		return false;
	c->out = open_text(c, "said");
	c->err = open_text(c, "said.err");
	return c->out >= 0 && c->err >= 0;
}

void caller_release(struct caller *c)
{
	close(c->out);
	close(c->err);
}

/* Beginning */

static enum op_kind pick_kind(struct rng *r)
{
	static const unsigned permille[OP_KINDS] = {330, 450, 140, 80};
	uint64_t at = rng_below(r, 1000);
	unsigned kind = 0;

	while (at >= permille[kind])
		at -= permille[kind++];
	return kind;
}

static unsigned pick_name(struct rng *r)
{
	return (unsigned)rng_below(r, rng_chance(r, 600) ? JOURNAL_HOT
							 : JOURNAL_NAMES);
}

/* What somebody else has been changing for longest: there two reads may see
 * different things. */
static unsigned pick_contended(const struct chaos *chaos, unsigned name)
{
	const struct op *ops = chaos->journal.ops;
	uint32_t oldest = CALLER_FREE;

	for (unsigned i = 0; i < CHAOS_CALLERS; i++) {
		uint32_t op = chaos->callers[i].op;

		if (op < oldest &&
		    (ops[op].kind == OP_PUT || ops[op].kind == OP_RM))
			oldest = op;
	}
	return oldest == CALLER_FREE ? name : ops[oldest].name;
}

static uint32_t pick_size(struct rng *r)
{
	static const struct {
		unsigned permille;
		uint32_t most;
	} sizes[] = {{40, 0},
		     {160, 64},
		     {550, 4096},
		     {180, 65536},
		     {60, UINT32_C(1) << 20}};
	uint64_t at = rng_below(r, 1000);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (at < sizes[i].permille)
			return (uint32_t)rng_below(r, sizes[i].most + 1);
		at -= sizes[i].permille;
	}
	return (uint32_t)rng_below(r, VALUE_SIZE_MAX + 1);
}

/* Will it be killed, and when? */
static void pick_end(struct caller *c)
{
	struct loop *loop = &c->chaos->loop;
	uint64_t die = rng_below(&c->rng, 1000);
	uint64_t after =
		rng_below(&c->rng, UINT64_C(1) << rng_below(&c->rng, 8));

	c->signal = 0;
	if (die < KILL_PERMILLE)
		c->signal = SIGKILL;
	else if (die < KILL_PERMILLE + INTERRUPT_PERMILLE)
		c->signal = SIGINT;
	if (c->signal)
		loop_arm(loop, &c->blow, loop->now_ms + after);
	c->late = false;
	loop_arm(loop, &c->limit, loop->now_ms + LIMIT_MS);
}

static void on_blow(void *arg)
{
	struct caller *c = arg;

	if (c->signal == SIGKILL)
		c->killed++;
	else
		c->interrupted++;
	kill(c->pid, c->signal);
}

static void on_limit(void *arg)
{
	struct caller *c = arg;

	c->late = true;
	c->signal = SIGKILL;
	kill(c->pid, SIGKILL);
}

static void remember_local(struct caller *c, const char *path)
{
	c->had = stat(path, &c->before) == 0;
}

static void start(struct caller *c, const char *command, const char *target,
		  const char *operand)
{
	char conf[CHAOS_PATH_MAX];
	const char *words[8];
	size_t n = 0;
	int64_t skew = (int64_t)rng_below(&c->rng, 8 * YEAR) - 4 * YEAR;

	path_of(c, "dfc.conf", conf);
	words[n++] = c->chaos->settings.dfc;
	words[n++] = "-vc";
	words[n++] = conf;
	words[n++] = command;
	if (target) {
		words[n++] = "-o";
		words[n++] = target;
	}
	if (operand)
		words[n++] = operand;
	words[n] = NULL;
	if (ftruncate(c->out, 0) != 0 || ftruncate(c->err, 0) != 0)
		abort();
	c->pid = process_start(c->chaos, words, c->out, c->err, skew);
	if (c->pid != 0)
		return;
	chaos_complain(c->chaos, CHECK_ENDS, "%s: %s", words[0],
		       strerror(errno));
	exit(1);
}

static void start_put(struct caller *c, const char *name)
{
	char path[CHAOS_PATH_MAX];
	struct op *o = &c->chaos->journal.ops[c->op];

	path_of(c, "in", path);
	o->size = pick_size(&c->rng);
	if (!value_write(path, c->op + 1, o->size)) {
		chaos_complain(c->chaos, CHECK_ENDS, "%s: %s", path,
			       strerror(errno));
		exit(1);
	}
	start(c, "put", name, path);
}

static void start_get(struct caller *c, const char *name)
{
	char path[CHAOS_PATH_MAX];

	c->streams = rng_chance(&c->rng, 250);
	path_of(c, "got", path);
	remember_local(c, path);
	if (c->streams)
		start(c, "cat", NULL, name);
	else
		start(c, "get", path, name);
}

void caller_next(struct caller *c)
{
	enum op_kind kind = pick_kind(&c->rng);
	unsigned name = pick_name(&c->rng);
	const char *text;

	if (kind == OP_GET && rng_chance(&c->rng, 300))
		name = pick_contended(c->chaos, name);
	text = journal_name(name);
	c->op = journal_begin(&c->chaos->journal, kind, c->index, name);
	pick_end(c);
	switch (kind) {
	case OP_PUT:
		start_put(c, text);
		break;
	case OP_GET:
		start_get(c, text);
		break;
	case OP_RM:
		start(c, "rm", NULL, text);
		break;
	case OP_LIST:
	case OP_KINDS:
		start(c, "list", NULL, NULL);
		break;
	}
}

/* The end */

static struct op *op_of(const struct caller *c)
{
	return &c->chaos->journal.ops[c->op];
}

static void complain(struct caller *c, enum check check, const char *what)
{
	char err[ERR_TEXT];

	process_read(c->err, err, sizeof(err));
	for (char *p = err; *p; p++)
		if (*p == '\n')
			*p = '|';
	chaos_complain(c->chaos, check, "operation %" PRIu32 ": %s; stderr: %s",
		       c->op, what, err);
	journal_show(&c->chaos->journal, c->op, stdout);
}

static enum op_end judge_exit(struct caller *c, int status, const char *err)
{
	char text[64];

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct rule *r = &rules[i];

		if (r->kind == op_of(c)->kind && r->status == status &&
		    (!r->says || strstr(err, r->says)) &&
		    (status != 130 || c->signal == SIGINT))
			return r->how;
	}
	snprintf(text, sizeof(text), "unexpected exit status %d", status);
	complain(c, CHECK_ENDS, text);
	return END_UNKNOWN;
}

static enum op_end judge(struct caller *c, int status, const char *err)
{
	if (c->late)
		complain(c, CHECK_ENDS, "has not ended in time");
	if (WIFEXITED(status))
		return judge_exit(c, WEXITSTATUS(status), err);
	if (WTERMSIG(status) != c->signal)
		complain(c, CHECK_ENDS, "died of a signal");
	return END_DEAD;
}

/* The bytes that a get has left. */
static void take_value(struct caller *c, const char *path)
{
	struct journal *j = &c->chaos->journal;
	struct op *o = op_of(c);
	uint32_t id = 0;
	uint64_t size = 0;
	enum value_fault fault = value_read(path, !c->streams, &id, &size);
	char text[128];

	if (fault == VALUE_WHOLE &&
	    (id > j->count || j->ops[id - 1].kind != OP_PUT ||
	     j->ops[id - 1].name != o->name || j->ops[id - 1].size != size))
		fault = VALUE_BYTES;
	o->value = id;
	if (fault == VALUE_WHOLE)
		return;
	if (fault == VALUE_UNKNOWN) {
		o->how = END_FAILED;
		return;
	}
	snprintf(text, sizeof(text),
		 "wrong file: %s, value %" PRIu32 ", %" PRIu64 " bytes",
		 fault == VALUE_NO_FILE ? "none"
		 : fault == VALUE_TIME	? "content and time differ"
					: "content",
		 id, size);
	complain(c, CHECK_BYTES, text);
	o->how = END_FAILED;
}

static bool is_unchanged(const struct caller *c, const char *path)
{
	struct stat now;
	bool has = stat(path, &now) == 0;

	if (!has || !c->had)
		return has == c->had;
	return now.st_ino == c->before.st_ino &&
	       now.st_size == c->before.st_size &&
	       now.st_mtim.tv_sec == c->before.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == c->before.st_mtim.tv_nsec;
}

/* What a get that failed has left: nothing; one that was killed may have
 * come to its end. */
static void check_left(struct caller *c, const char *path)
{
	uint32_t id;
	uint64_t size;
	struct stat st;

	if (c->streams) {
		if (op_of(c)->how != END_DEAD && fstat(c->out, &st) == 0 &&
		    st.st_size != 0)
			complain(c, CHECK_BYTES, "failed, with output");
		return;
	}
	if (is_unchanged(c, path))
		return;
	if (op_of(c)->how != END_DEAD)
		complain(c, CHECK_BYTES, "failed, and the file is another");
	else if (value_read(path, true, &id, &size) != VALUE_WHOLE ||
		 id > c->chaos->journal.count ||
		 c->chaos->journal.ops[id - 1].size != size)
		complain(c, CHECK_BYTES, "killed, and left half a file");
}

static void take_list(struct caller *c)
{
	static const char mark[] = " [incomplete]";
	char text[OUT_TEXT];
	struct op *o = op_of(c);

	process_read(c->out, text, sizeof(text));
	for (char *line = text, *next; *line; line = next) {
		char *end;
		unsigned name;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		end = strstr(line, mark);

		if (end)
			*end = '\0';
		name = journal_name_of(line);
		if (name == JOURNAL_NAMES)
			complain(c, CHECK_BYTES, "lists a name of nobody");
		else if (end)
			o->size |= UINT32_C(1) << name;
		else
			o->value |= UINT32_C(1) << name;
	}
}

static void take_result(struct caller *c)
{
	char path[CHAOS_PATH_MAX];
	struct op *o = op_of(c);

	path_of(c, c->streams ? "said" : "got", path);
	if (o->kind == OP_GET && o->how == END_OK)
		take_value(c, path);
	else if (o->kind == OP_GET)
		check_left(c, path);
	else if (o->kind == OP_LIST && o->how == END_OK)
		take_list(c);
}

void caller_ended(struct caller *c, int status)
{
	struct journal *j = &c->chaos->journal;
	char err[ERR_TEXT];
	enum op_end how;

	journal_stop(j, c->op);
	loop_disarm(&c->limit);
	if (c->blow.armed)
		c->superfluous++;
	loop_disarm(&c->blow);
	c->pid = 0;
	process_read(c->err, err, sizeof(err));
	how = judge(c, status, err);
	op_of(c)->weak = strstr(err, "read without a majority's marks") != NULL;
	op_of(c)->how = (uint8_t)how;
	take_result(c);
	journal_end(j, c->op, op_of(c)->how);
	c->op = CALLER_FREE;
	if (!c->chaos->ending)
		caller_next(c);
}
