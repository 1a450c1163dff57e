#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "inside.h"
#include "log.h"

/* Fills message; returns e, with errno as it was. */
PRINTF_LIKE(3, 4)
static enum err fail(enum err e, char *message, const char *fmt, ...)
{
	int keep = errno;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, STORE_MESSAGE_MAX, fmt, ap);
	va_end(ap);
	errno = keep;
	return e;
}

static enum err open_or_make(const struct store_settings *set, int *out,
			     char *message)
{
	int fd = open(set->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && set->create) {
		if (mkdir(set->dir, 0700) != 0)
			return fail(ERR_SYS, message, "%s: cannot make it: %s",
				    set->dir, strerror(errno));
		fd = open(set->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return fail(errno == ENOENT ? ERR_ABSENT : ERR_SYS, message,
			    "%s: %s", set->dir, strerror(errno));
	*out = fd;
	return ERR_OK;
}

enum err store_make(const struct store_settings *set,
		    char message[STORE_MESSAGE_MAX])
{
	int fd = -1;
	enum err e = open_or_make(set, &fd, message);

	if (e == ERR_OK)
		close(fd);
	return e;
}

/* The directory itself, open and locked. */
static enum err open_directory(const struct store_settings *set, int *out,
			       char *message)
{
	int fd = -1;
	enum err e = open_or_make(set, &fd, message);

	if (e != ERR_OK)
		return e;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		e = errno == EWOULDBLOCK
			    ? fail(ERR_BUSY, message,
				   "%s: another daemon has it", set->dir)
			    : fail(ERR_SYS, message, "%s: cannot lock it: %s",
				   set->dir, strerror(errno));
	} else if (faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
		e = fail(ERR_SYS, message, "%s: not writable: %s", set->dir,
			 strerror(errno));
	} else {
		*out = fd;
		return ERR_OK;
	}
	close(fd);
	return e;
}

/* Everything in memory; s->tree.fd is -1 until there is a directory. */
static struct store *store_new(const struct store_settings *set)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->tree.fd = -1;
	s->fence_ms = set->fence_ms;
	s->quarantine_ms = set->quarantine_ms;
	s->gc_age_ms = set->gc_age_ms;
	s->opened_ms = clock_boot_ms();
	clock_boot_id(s->boot);
	mutex_init(&s->adopt, LOCK_ADOPT);
	mutex_init(&s->lock, LOCK_STATE);
	space_init(&s->space, -1, set->reserve_bytes);
	s->dir = strdup(set->dir);
	s->catalogue = catalogue_new();
	s->names = names_new();
	return s;
}

static void store_free(struct store *s)
{
	int e = errno;

	if (s->tree.fd >= 0)
		close(s->tree.fd);
	catalogue_free(s->catalogue);
	names_free(s->names);
	space_release(&s->space);
	mutex_release(&s->lock);
	mutex_release(&s->adopt);
	free(s->dir);
	free(s);
	errno = e;
}

/* The store is another one from now on: a lost disk that came back, and that
 * nobody has scrubbed. */
static void become_new(struct state *state)
{
	digest_random(state->store, sizeof(state->store));
	if (state->state != STORE_BLANK)
		state->state = STORE_JOINING;
	memset(state->cursor, 0, sizeof(state->cursor));
	state->began_s = 0;
	state->last_s = 0;
}

/* DIR has no state: a new store, or one that was lost. */
static enum err begin_state(struct store *s, const struct store_settings *set,
			    char *message)
{
	bool found = false;
	enum err e;

	if ((!set->create && !set->rejoin) || set->adopt)
		return fail(ERR_ABSENT, message, "%s: not a store: no @state",
			    s->dir);
	e = store_sweep_look(s, &found, message);
	if (e != ERR_OK)
		return e;
	if (found && !set->rejoin)
		return fail(ERR_FORMAT, message,
			    "%s: holds versions but no @state: a lost store; "
			    "--rejoin takes it in again",
			    s->dir);
	s->state.state = STORE_BLANK;
	digest_random(s->state.store, sizeof(s->state.store));
	return ERR_OK;
}

/* What the state found means for this directory. */
static void review_state(struct store *s, const struct store_settings *set,
			 uint64_t inode, int64_t birth_ns)
{
	bool moved = s->state.inode != inode || s->state.birth_ns != birth_ns;

	if (set->rejoin) {
		become_new(&s->state);
	} else if (moved && !set->adopt) {
		if (s->state.state != STORE_BLANK)
			log_warn("the directory is a copy, and was not "
				 "started with --adopt: joining, see MOVING A "
				 "SERVER in dfs(8) dir=\"%s\"",
				 s->dir);
		become_new(&s->state);
	}
}

/* Reads or begins the state, and writes it where it has changed. */
static enum err settle_state(struct store *s, const struct store_settings *set,
			     bool *existed, char *message)
{
	enum err e = state_read(s->tree.fd, &s->state);
	char before[STATE_TEXT_SIZE + 1], after[STATE_TEXT_SIZE + 1];
	uint64_t inode = 0;
	int64_t birth_ns = 0;

	*existed = e == ERR_OK;
	state_to_text(&s->state, before);
	if (e == ERR_FORMAT && !set->rejoin)
		return fail(e, message,
			    "%s/" STATE_LINK ": not what dfs-format(5) says; "
			    "--rejoin makes it anew",
			    s->dir);
	if (e == ERR_SYS)
		return fail(e, message, "%s/" STATE_LINK ": %s", s->dir,
			    strerror(errno));
	if (state_of_directory(s->tree.fd, &inode, &birth_ns) != ERR_OK)
		return fail(ERR_SYS, message, "%s: %s", s->dir,
			    strerror(errno));
	if (*existed) {
		review_state(s, set, inode, birth_ns);
	} else {
		e = begin_state(s, set, message);
		if (e != ERR_OK)
			return e;
	}
	s->state.inode = inode;
	s->state.birth_ns = birth_ns;
	state_to_text(&s->state, after);
	if ((!*existed || strcmp(before, after) != 0) &&
	    state_write(s->tree.fd, &s->state) != ERR_OK)
		return fail(ERR_SYS, message, "%s/" STATE_LINK ": %s", s->dir,
			    strerror(errno));
	return ERR_OK;
}

static enum err sync_all(const struct store *s, char *message)
{
	if (syncfs(s->tree.fd) == 0)
		return ERR_OK;
	return fail(ERR_SYS, message, "%s: cannot sync: %s", s->dir,
		    strerror(errno));
}

static void sync_failed(void *arg, int e)
{
	store_fail(arg, "syncfs", e);
}

static enum err start(struct store *s, const struct store_settings *set,
		      char *message)
{
	struct sync_settings sync = {
		.fd = s->tree.fd,
		.batch_end = set->batch_end,
		.batch_arg = set->batch_arg,
		.failed = sync_failed,
		.failed_arg = s,
	};
	bool existed;
	enum err e = settle_state(s, set, &existed, message);

	/* What older versions go for must be durable before they go. */
	if (e == ERR_OK)
		e = sync_all(s, message);
	if (e == ERR_OK)
		e = store_sweep(s, existed, message);
	if (e == ERR_OK)
		e = sync_all(s, message);
	if (e != ERR_OK)
		return e;
	e = sync_start(&sync, &s->sync);
	if (e != ERR_OK)
		return fail(e, message, "cannot start a thread: %s",
			    err_text(e));
	return ERR_OK;
}

enum err store_open(const struct store_settings *settings, struct store **out,
		    char message[STORE_MESSAGE_MAX])
{
	struct store *s = store_new(settings);
	int fd = -1;
	enum err e;

	if (!s)
		return fail(ERR_MEMORY, message, "no memory");
	e = s->dir && s->catalogue && s->names
		    ? open_directory(settings, &fd, message)
		    : fail(ERR_MEMORY, message, "no memory");
	if (e == ERR_OK) {
		tree_init(&s->tree, fd);
		s->space.fd = fd;
		e = start(s, settings, message);
	}
	if (e != ERR_OK) {
		store_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sync_stop(s->sync);
	(void)unlinkat(s->tree.fd, TREE_TMP, AT_REMOVEDIR);
	store_free(s);
}

void store_flush(struct store *s)
{
	sync_flush(s->sync);
}

void store_fail(struct store *s, const char *what, int e)
{
	bool first;

	mutex_lock(&s->lock);
	first = !s->failed;
	if (first)
		(void)snprintf(s->error, sizeof(s->error), "%s: %s", what,
			       strerror(e));
	s->failed = true;
	mutex_unlock(&s->lock);
	if (first)
		log_error("disk error: read-only until restart dir=\"%s\" "
			  "error=\"%s\"",
			  s->dir, s->error);
}

enum status store_error(struct store *s, const char *what, int e)
{
	static struct log_limit limit;
	enum status status = tree_status(e);

	if (status == ST_IO)
		store_fail(s, what, e);
	else if (log_allow(&limit, 5))
		log_warn("refused: %s error=\"%s\"", what, strerror(e));
	return status;
}

void store_rules(struct store *s, struct rules_store *out)
{
	struct catalogue_counts n;
	unsigned flags = 0;

	catalogue_counts(s->catalogue, &n);
	if (n.committed > 0)
		flags |= STORE_VERSIONS;
	if (n.stages > 0)
		flags |= STORE_STAGES;
	if (space_full(&s->space))
		flags |= STORE_FULL;
	*out = (struct rules_store){
		.ctr_max = n.ctr_max,
		.now_ms = clock_boot_ms(),
		.fence_ms = s->fence_ms,
		.quarantine_ms = s->quarantine_ms,
		.opened_ms = s->opened_ms,
		.gc_age_ms = s->gc_age_ms,
	};
	memcpy(out->boot, s->boot, sizeof(out->boot));
	mutex_lock(&s->lock);
	memcpy(out->id, s->state.store, sizeof(out->id));
	out->state = s->state.state;
	out->cluster = s->state.cluster;
	out->floor = s->state.floor;
	if (s->failed)
		flags |= STORE_READ_ONLY;
	mutex_unlock(&s->lock);
	out->flags = (uint8_t)flags;
}

void store_describe(struct store *s, struct msg_store *out)
{
	struct rules_store r;

	store_rules(s, &r);
	memset(out, 0, sizeof(*out));
	memcpy(out->stamp.store, r.id, sizeof(r.id));
	memcpy(out->stamp.boot, r.boot, sizeof(r.boot));
	out->stamp.time_ms = r.now_ms;
	out->fence_s = r.fence_ms / 1000 > UINT32_MAX
			       ? UINT32_MAX
			       : (uint32_t)(r.fence_ms / 1000);
	out->state = r.state;
	out->flags = r.flags;
	out->cluster = r.cluster;
	out->floor = r.floor;
}

/* By the wall clock, which may have been put back. */
static uint32_t since(uint32_t last_s)
{
	int64_t now_s = (int64_t)time(NULL);

	if (last_s == 0)
		return STATUS_NEVER;
	if (now_s < last_s)
		return 0;
	if (now_s - last_s >= STATUS_NEVER)
		return STATUS_NEVER - 1;
	return (uint32_t)(now_s - last_s);
}

void store_status(struct store *s, struct msg_status_answer *out)
{
	struct catalogue_counts n;
	uint64_t age = clock_boot_ms() - s->opened_ms;

	memset(out, 0, sizeof(*out));
	store_describe(s, &out->store);
	catalogue_counts(s->catalogue, &n);
	out->names = n.names;
	out->bytes = n.bytes;
	out->stages = n.stages;
	out->tombstones = n.tombstones;
	space_get(&s->space, &out->free_bytes, &out->total_bytes);
	if (out->store.state <= STORE_JOINING && age < s->quarantine_ms)
		out->quarantine_s =
			(uint32_t)((s->quarantine_ms - age + 999) / 1000);
	mutex_lock(&s->lock);
	out->corrupt = s->corrupt;
	out->verified_s = since(s->state.last_s);
	if (s->failed)
		out->error = (struct msg_name){s->error, strlen(s->error)};
	mutex_unlock(&s->lock);
}

void store_query(struct store *s, const struct msg_query *q,
		 struct msg_query_answer *out)
{
	store_describe(s, &out->store);
	out->count = catalogue_get(s->catalogue, &q->name, out->records);
}

bool store_list(struct store *s, const struct msg_name *prefix, char *last,
		size_t *last_len, struct wbuf *b)
{
	return catalogue_list(s->catalogue, prefix, last, last_len, b);
}
