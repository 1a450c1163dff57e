/*
 * Every call on the disk fails once, in every way, or is the last one before
 * a kill: the store answers honestly, goes on or stays read-only, and is
 * whole at its next start.
 *
 * The calls below stand in front of the C library's, for this program.
 */
#include "store_kit.h"

#include <linux/falloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define KILL 0 /* instead of an errno */

static atomic_int countdown; /* the call that reaches 0 fails */
static atomic_int injected;
static atomic_int armed;

static bool fails(void)
{
	if (!atomic_load(&armed) || atomic_fetch_sub(&countdown, 1) != 1)
		return false;
	if (atomic_load(&injected) == KILL)
		(void)kill(getpid(), SIGKILL);
	errno = atomic_load(&injected);
	return true;
}

/* As errors of the system call come back. */
static int result(long n)
{
	return (int)n;
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	return fails() ? -1 : result(syscall(SYS_mkdirat, fd, path, mode));
}

int openat(int fd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode = 0;

	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return fails() ? -1
		       : result(syscall(SYS_openat, fd, path, flags, mode));
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1
		       : result(syscall(SYS_renameat2, from, old, to, new, 0));
}

#define PIECE_DIGITS 16 /* of the name of a piece */

static bool links_fail; /* of files that have a name */

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	if (links_fail && strlen(new) == PIECE_DIGITS) {
		errno = EMLINK;
		return -1;
	}
	return fails() ? -1
		       : result(syscall(SYS_linkat, from, old, to, new, flags));
}

int unlinkat(int fd, const char *path, int flags)
{
	return fails() ? -1 : result(syscall(SYS_unlinkat, fd, path, flags));
}

int symlinkat(const char *target, int fd, const char *path)
{
	return fails() ? -1 : result(syscall(SYS_symlinkat, target, fd, path));
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	return fails() ? -1 : syscall(SYS_pwrite64, fd, data, len, at);
}

int fallocate(int fd, int mode, off_t at, off_t len)
{
	return fails() ? -1 : result(syscall(SYS_fallocate, fd, mode, at, len));
}

static bool sync_is_broken;
/* A write that failed: each open file tells it once. */
static bool write_is_lost;
static uint64_t told; /* a bit for each descriptor */

static bool tells(int fd)
{
	uint64_t bit = UINT64_C(1) << (fd & 63);
	bool news = write_is_lost && !(told & bit);

	told |= news ? bit : 0;
	return news || sync_is_broken;
}

/* A kill takes nothing out of the page cache: the disk is not waited for. */
int syncfs(int fd)
{
	if (tells(fd)) {
		errno = EIO;
		return -1;
	}
	return fails() ? -1 : 0;
}

/* ---- what the store is asked, and what it must have at the end */

enum { F, G, H, FILLED, REPLACED, BURIED, LINKED, COPIED, NAMES };

/* "f", "twin" and "copied" have the same turn. */
static const char *const names[NAMES] = {
	"f", "g", "h", "filled", "replaced", "buried", "twin", "copied"};

struct past {
	const char *name;
	uint64_t size[4];      /* of version ctr; 0: none, or a removal */
	uint64_t acknowledged; /* highest ctr whose commit was answered OK */
	uint64_t tried;	       /* highest ctr whose commit was sent */
	unsigned dishonest;    /* answers that make no sense */
	bool rotten[4];	       /* its first chunk has been made so */
	bool restored[4];      /* a RESTORE was answered OK since */
	bool forgets;	       /* a FORGET was sent */
	bool forgotten;	       /* and answered OK */
};

/* No failure but these: the data that came were right. */
static void answered(struct past *p, enum status status)
{
	if (status != ST_OK && status != ST_IO && status != ST_READ_ONLY &&
	    status != ST_NO_SPACE && status != ST_LIMIT &&
	    status != ST_OTHER_CLUSTER)
		p->dishonest++;
}

/* A stage, or a RESTORE. */
static enum status try_send(struct kit *k, const struct past *p, uint64_t ctr,
			    bool restore)
{
	struct version v = kit_version(ctr, p->size[ctr], DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, p->name, &v);
	struct msg_stage_end end = kit_end(&v);
	struct outcome no = {.status = ST_OK};
	struct stage *g = restore ? store_restore_begin(k->store, &m, &no)
				  : store_stage_begin(k->store, &m, &no);
	enum status status = g ? ST_OK : no.status;

	for (unsigned i = 0; g && i < 2; i++) {
		size_t len;
		uint8_t *data = kit_chunk(
			&v, i ? layout_next(m.record.first, 4) : m.record.first,
			&len);

		if (status == ST_OK)
			status = store_stage_write(g, i, data, len, &no);
		free(data);
	}
	if (g && status != ST_OK)
		store_stage_drop(g);
	else if (g)
		status = kit_end_stage(k, g, &end).status;
	return status;
}

static void try_commit(struct kit *k, struct past *p, uint64_t ctr)
{
	enum status status;

	p->tried = ctr;
	status = kit_commit(k, p->name, ctr, p->size[ctr]);
	answered(p, status);
	if (status == ST_OK)
		p->acknowledged = ctr;
}

static void try_put(struct kit *k, struct past *p, uint64_t ctr, uint64_t size)
{
	enum status status;

	p->size[ctr] = size;
	status = try_send(k, p, ctr, false);
	answered(p, status);
	if (status == ST_OK)
		try_commit(k, p, ctr);
	else
		answered(p, kit_abort(k, p->name, ctr));
}

/* Of what is committed, with data or without. */
static void try_restore(struct kit *k, struct past *p)
{
	enum status status;

	if (p->acknowledged == 0)
		return;
	status = try_send(k, p, p->acknowledged, true);
	answered(p, status);
	if (status == ST_OK)
		p->restored[p->acknowledged] = true;
}

/* By hand: not a call that may fail. */
static void rot(struct kit *k, struct past *p)
{
	struct msg_query_answer a = kit_query(k, p->name);
	const struct record *high =
		rules_committed((struct rules_records){a.records, a.count});
	FILE *f = NULL;

	if (high)
		f = fopen(kit_version_path(k, p->name, high, 0), "r+");
	if (!f)
		return;
	p->rotten[high->v.tag.ctr] = true;
	p->restored[high->v.tag.ctr] = false;
	assert_true(fputc('?', f) == '?' && fclose(f) == 0);
}

/* Of version ctr of another name, with the same data and places. */
static void try_copy(struct kit *k, const struct past *from, struct past *p,
		     uint64_t ctr)
{
	struct version v = kit_version(ctr, from->size[ctr], DIGEST_XXH3);
	enum status status;

	if (from->acknowledged != ctr)
		return;
	p->size[ctr] = from->size[ctr];
	status = kit_copy(k, from->name, &v, p->name, ctr).status;
	answered(p, status);
	if (status == ST_OK)
		try_commit(k, p, ctr);
	else
		answered(p, kit_abort(k, p->name, ctr));
}

static void try_forget(struct kit *k, struct past *p)
{
	enum status status;

	if (p->acknowledged == 0 || kit_join(k, STORE_MEMBER) != ST_OK)
		return;
	p->forgets = true;
	status = kit_forget(k, p->name, p->acknowledged);
	answered(p, status);
	p->forgotten = status == ST_OK;
}

static void try_rm(struct kit *k, struct past *p, uint64_t ctr)
{
	enum status status;

	p->tried = ctr;
	status = kit_rm(k, p->name, ctr);
	answered(p, status);
	if (status == ST_OK)
		p->acknowledged = ctr;
}

static void work(struct kit *k, struct past past[NAMES])
{
	for (unsigned i = 0; i < NAMES; i++)
		past[i].name = names[i];
	try_put(k, &past[F], 1, 1000);
	try_put(k, &past[G], 1, 200000);
	try_put(k, &past[F], 2, 300000);
	try_rm(k, &past[G], 2);
	try_rm(k, &past[H], 1);
	try_put(k, &past[H], 2, 10);
}

/* What repair asks. */
static void mend(struct kit *k, struct past past[NAMES])
{
	for (unsigned i = 0; i < NAMES; i++)
		past[i].name = names[i];
	for (unsigned i = 0; i < 2; i++) {
		past[FILLED].size[i + 1] = i == 0 ? 1000 : 200000;
		try_commit(k, &past[FILLED], i + 1);
		try_restore(k, &past[FILLED]);
		try_put(k, &past[REPLACED], i + 1, i == 0 ? 200000 : 1000);
		rot(k, &past[REPLACED]);
		try_restore(k, &past[REPLACED]);
	}
	try_rm(k, &past[BURIED], 3);
	try_forget(k, &past[BURIED]);
}

/* Links for some, bytes for others, and sources that go. */
static void copy(struct kit *k, struct past past[NAMES])
{
	for (unsigned i = 0; i < NAMES; i++)
		past[i].name = names[i];
	try_put(k, &past[F], 1, 1000);
	try_copy(k, &past[F], &past[LINKED], 1);
	try_put(k, &past[F], 2, 200000);
	try_copy(k, &past[F], &past[LINKED], 2);
	links_fail = true;
	try_copy(k, &past[F], &past[COPIED], 2);
	links_fail = false;
	try_rm(k, &past[F], 3);
}

static bool is_whole(struct kit *k, const struct past *p, uint64_t ctr,
		     unsigned chunk)
{
	struct outcome no;

	return kit_verify(k, p->name, ctr, chunk, &no) == VERIFY_GOOD;
}

static void check_data(struct kit *k, const struct past *p,
		       const struct record *r)
{
	unsigned first = kit_first(p->name);
	uint64_t ctr = r->v.tag.ctr;

	assert_int_equal(r->have, 3);
	if (!p->rotten[ctr] || p->restored[ctr] || is_whole(k, p, ctr, first))
		kit_get(k, p->name, ctr, p->size[ctr]);
	assert_true(is_whole(k, p, ctr, layout_next(first, 4)));
}

static void check_floor(struct kit *k, const struct past *p)
{
	struct msg_store d;

	assert_true(p->forgets || p->acknowledged == 0);
	if (!p->forgets)
		return;
	store_describe(k->store, &d);
	assert_true(d.floor >= p->acknowledged);
}

static void check_past(struct kit *k, const struct past *p)
{
	struct msg_query_answer a = kit_query(k, p->name);
	const struct record *high =
		rules_committed((struct rules_records){a.records, a.count});

	assert_int_equal(p->dishonest, 0);
	if (!high) {
		check_floor(k, p);
		return;
	}
	assert_false(p->forgotten);
	assert_in_range(high->v.tag.ctr, p->acknowledged, p->tried);
	if (high->state == RECORD_COMMITTED)
		check_data(k, p, high);
	else if (high->state == RECORD_WITNESS)
		assert_false(p->restored[high->v.tag.ctr]);
	else
		assert_int_equal(high->state, RECORD_TOMBSTONE);
}

/* As many files and version directories as the records say. */
static void check_tidy(struct kit *k)
{
	unsigned files = 0, dirs = 0, found;

	for (size_t i = 0; i < NAMES; i++) {
		struct msg_query_answer a = kit_query(k, names[i]);

		for (unsigned j = 0; j < a.count; j++)
			files += a.records[j].place == RECORD_NO_PLACE ? 0 : 2;
		dirs += a.count + (a.count > 0);
	}
	assert_int_equal(kit_files(k, &found), files);
	assert_int_equal(found, dirs);
}

static unsigned open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

/* The start after it, without errors. */
static void check_start(struct kit *k, const struct past past[NAMES])
{
	struct msg_status_answer a;

	kit_open(k);
	store_status(k->store, &a);
	assert_int_equal(a.corrupt, 0);
	for (size_t i = 0; i < NAMES; i++)
		if (past[i].name)
			check_past(k, &past[i]);
	check_tidy(k);
	kit_put(k, "f", 9, 1000);
}

static void arm(int n, int error)
{
	atomic_store(&injected, error);
	atomic_store(&countdown, n);
	atomic_store(&armed, 1);
}

typedef void worker(struct kit *k, struct past past[NAMES]);

/* One life of a store in which the n-th call fails.  True when it did. */
static bool live(int n, int error, bool named_pieces, worker *work_on)
{
	struct past past[NAMES] = {{.name = NULL}};
	unsigned before = open_descriptors();
	struct kit kit, *k = &kit;
	struct msg_status_answer a;

	kit_init(k);
	k->set.gc_age_ms = 0;
	arm(n, error);
	if (kit_try(k) == ERR_OK) {
		k->store->tree.nameless &= !named_pieces;
		work_on(k, past);
		store_status(k->store, &a);
		/* Only a sync must not fail for want of anything. */
		if (error == ENOSPC || error == EMFILE)
			assert_true(a.error.len == 0 ||
				    strncmp(a.error.text, "sync", 4) == 0);
		kit_close(k);
	}
	atomic_store(&armed, 0);
	assert_int_equal(open_descriptors(), before);
	check_start(k, past);
	kit_release(k);
	return atomic_load(&countdown) <= 0;
}

/* Runs a store in a process that is killed at its n-th call.  True when it
 * was; past is shared with it.  Without past it only starts. */
static bool die(struct kit *k, int n, struct past *past, bool named_pieces,
		worker *work_on)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		arm(n, KILL);
		if (kit_try(k) != ERR_OK)
			_exit(1);
		k->store->tree.nameless &= !named_pieces;
		if (past)
			work_on(k, past);
		kit_close(k);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return false;
}

static void every_kill(bool named_pieces, worker *work_on)
{
	struct past *past =
		mmap(NULL, NAMES * sizeof(*past), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool killed = true;
	int n;

	assert_ptr_not_equal(past, MAP_FAILED);
	for (n = 1; killed; n++) {
		struct kit kit;

		memset(past, 0, NAMES * sizeof(*past));
		kit_init(&kit);
		kit.set.gc_age_ms = 0;
		killed = die(&kit, n, past, named_pieces, work_on);
		/* The start that clears up is killed too, here or there. */
		for (int m = n % 5 + 1; die(&kit, m, NULL, false, NULL); m += 5)
			;
		check_start(&kit, past);
		kit_release(&kit);
	}
	assert_true(n > 50);
	assert_int_equal(munmap(past, NAMES * sizeof(*past)), 0);
}

static void a_kill_at_any_call_loses_nothing_acknowledged(void **state)
{
	(void)state;
	every_kill(false, work);
	every_kill(false, mend);
	every_kill(false, copy);
}

static void a_kill_with_named_pieces_leaves_no_litter(void **state)
{
	(void)state;
	every_kill(true, work);
}

static void every_call(int error, bool named_pieces)
{
	static worker *const workers[] = {work, mend, copy};

	for (size_t i = 0; i < 3; i++) {
		int n = 1;

		while (live(n, error, named_pieces, workers[i]))
			n++;
		assert_true(n > 50);
	}
}

static void an_io_error_at_any_call_is_survived(void **state)
{
	(void)state;
	every_call(EIO, false);
}

static void a_full_disk_at_any_call_is_survived(void **state)
{
	(void)state;
	every_call(ENOSPC, false);
	every_call(ENOSPC, true);
}

static void a_want_of_descriptors_at_any_call_is_survived(void **state)
{
	(void)state;
	every_call(EMFILE, true);
}

static void an_interruption_at_any_call_is_survived(void **state)
{
	(void)state;
	every_call(EINTR, false);
}

static void a_disk_that_turns_read_only_at_any_call_is_survived(void **state)
{
	(void)state;
	every_call(EROFS, false);
}

/* Some file systems take UTF-8 only, or no colons. */
static void a_name_that_the_disk_refuses_costs_no_more(void **state)
{
	static const int errors[] = {EILSEQ, EINVAL};
	struct kit kit, *k = &kit;

	(void)state;
	kit_init(k);
	kit_open(k);
	kit_put(k, "f", 1, 10);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		arm(1, errors[i]); /* the removal's mkdirat() */
		assert_int_equal(kit_rm(k, "g", 1), ST_LIMIT);
		atomic_store(&armed, 0);
		kit_put(k, "f", 2 + i, 10);
	}
	kit_release(k);
}

/* A commit that was cut before its sync must not cost the older version. */
static void nothing_is_retired_at_start_before_a_sync(void **state)
{
	struct msg_query_answer q;
	struct kit kit, *k = &kit;
	char staged[KIT_PATH_MAX];

	(void)state;
	kit_init(k);
	kit_open(k);
	kit_put(k, "f", 1, 1000);
	assert_int_equal(kit_stage(k, "f", 2, 1000), ST_OK);
	q = kit_query(k, "f");
	(void)snprintf(staged, sizeof(staged), "%s",
		       kit_version_path(k, "f", &q.records[0], -1));
	q.records[0].state = RECORD_COMMITTED;
	kit_close(k);
	assert_int_equal(
		rename(staged, kit_version_path(k, "f", &q.records[0], -1)), 0);
	sync_is_broken = true;
	assert_int_equal(kit_try(k), ERR_SYS);
	sync_is_broken = false;
	assert_int_equal(kit_files(k, NULL), 4);
	kit_open(k);
	assert_int_equal(kit_files(k, NULL), 2);
	kit_get(k, "f", 2, 1000);
	kit_release(k);
}

static int probe_end; /* of the last probe: durable or not */

static void probe_finish(struct job *j, bool durable)
{
	(void)j;
	probe_end = durable ? 1 : 2;
}

/* One sync that has told of a lost write does not make another one good. */
static void a_lost_write_is_told_to_everyone(void **state)
{
	struct job probe = {.finish = probe_finish};
	struct kit kit, *k = &kit;
	struct msg_context c;
	struct msg_store d;

	(void)state;
	kit_init(k);
	kit_open(k);
	c = kit_context(k);
	write_is_lost = true;
	assert_int_equal(store_adopt(k->store, &c), ST_IO);
	assert_int_equal(store_adopt(k->store, &c), ST_READ_ONLY);
	store_describe(k->store, &d);
	assert_int_equal(d.state, STORE_BLANK);
	sync_queue(k->store->sync, &probe);
	sync_flush(k->store->sync);
	kit_close(k);
	assert_int_equal(probe_end, 2);
	write_is_lost = false;
	kit_open(k);
	kit_release(k);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_io_error_at_any_call_is_survived),
		cmocka_unit_test(a_full_disk_at_any_call_is_survived),
		cmocka_unit_test(a_want_of_descriptors_at_any_call_is_survived),
		cmocka_unit_test(an_interruption_at_any_call_is_survived),
		cmocka_unit_test(
			a_disk_that_turns_read_only_at_any_call_is_survived),
		cmocka_unit_test(a_kill_at_any_call_loses_nothing_acknowledged),
		cmocka_unit_test(a_kill_with_named_pieces_leaves_no_litter),
		cmocka_unit_test(a_name_that_the_disk_refuses_costs_no_more),
		cmocka_unit_test(nothing_is_retired_at_start_before_a_sync),
		cmocka_unit_test(a_lost_write_is_told_to_everyone),
	};

	/* What the log opens for itself stays open. */
	log_init(LOG_LEVEL_ERROR);
	log_error("the first line");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
