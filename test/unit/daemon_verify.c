/*
 * VERIFY: what the disk has, whatever the page cache says; and what the
 * scrub keeps.
 *
 * Three calls below stand in front of the C library's, for this program.
 */

/* Whose pread() is a function of its own. */
#undef _FORTIFY_SOURCE
#include "store_kit.h"

#include <sys/syscall.h>
#include <time.h>

enum { SMALL = 1000, LARGE = 3000000 };

static bool watched;
static int read_error;	      /* pread() fails with it, once */
static unsigned reads;	      /* bytes read */
static unsigned dropped;      /* bytes dropped behind a read */
static bool dropped_at_first; /* the whole file, before any read */
static atomic_uint syncs;

ssize_t pread(int fd, void *data, size_t len, off_t at)
{
	ssize_t n;

	if (read_error) {
		errno = read_error;
		read_error = 0;
		return -1;
	}
	n = syscall(SYS_pread64, fd, data, len, at);
	if (watched && n > 0)
		reads += (unsigned)n;
	return n;
}

int posix_fadvise(int fd, off_t at, off_t len, int advice)
{
	if (watched && advice == POSIX_FADV_DONTNEED) {
		dropped_at_first |= reads == 0 && at == 0 && len == 0;
		dropped += (unsigned)len;
	}
	return (int)syscall(SYS_fadvise64, fd, at, len, advice);
}

int syncfs(int fd)
{
	atomic_fetch_add(&syncs, 1);
	return (int)syscall(SYS_syncfs, fd);
}

static void damage(struct kit *k, const char *name, int which, char byte)
{
	struct msg_query_answer a = kit_query(k, name);
	FILE *f = fopen(kit_version_path(k, name, &a.records[0], which), "r+");

	assert_non_null(f);
	assert_int_equal(fputc(byte, f), byte);
	assert_int_equal(fclose(f), 0);
}

static unsigned have(struct kit *k, const char *name)
{
	return kit_query(k, name).records[0].have;
}

static uint64_t corrupt(struct kit *k)
{
	struct msg_status_answer a;

	store_status(k->store, &a);
	return a.corrupt;
}

static enum verify_state verify(struct kit *k, uint64_t ctr, int which)
{
	unsigned first = kit_first("f");
	struct outcome no;

	return kit_verify(k, "f", ctr, which ? layout_next(first, 4) : first,
			  &no);
}

static struct verify *open_first(struct kit *k, uint64_t ctr)
{
	struct msg_fetch m = {.cluster = k->cluster,
			      .name = kit_name("f"),
			      .tag = kit_tag(ctr),
			      .chunk = (uint8_t)kit_first("f")};
	struct outcome no;
	struct verify *v = store_verify_open(k->store, &m, &no);

	assert_non_null(v);
	return v;
}

static enum verify_state rest(struct verify *v)
{
	enum verify_state s = VERIFY_MORE;
	size_t bytes;

	while (s == VERIFY_MORE)
		s = store_verify_step(v, 1 << 20, &bytes);
	/* The end is the end. */
	assert_int_equal(store_verify_step(v, 100, &bytes), s);
	assert_int_equal(bytes, 0);
	store_verify_close(v);
	return s;
}

/* ---- what is found */

static void good_chunks_of_every_size_are_good(void **state)
{
	static const uint64_t sizes[] = {0, 2, SMALL, LARGE};
	struct kit *k = *state;

	for (unsigned i = 0; i < 4; i++) {
		kit_put(k, "f", i + 1, sizes[i]);
		assert_int_equal(verify(k, i + 1, 0), VERIFY_GOOD);
		assert_int_equal(verify(k, i + 1, 1), VERIFY_GOOD);
	}
	assert_int_equal(kit_stage(k, "f", 9, SMALL), ST_OK);
	assert_int_equal(verify(k, 9, 1), VERIFY_GOOD);
	assert_int_equal(corrupt(k), 0);
}

static void a_wrong_byte_is_found_and_counted_once(void **state)
{
	struct kit *k = *state;

	kit_put(k, "f", 1, SMALL);
	damage(k, "f", 1, '?');
	assert_int_equal(verify(k, 1, 0), VERIFY_GOOD);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(verify(k, 1, 1), VERIFY_BAD);
		assert_int_equal(have(k, "f"), 1);
		assert_int_equal(corrupt(k), 1);
	}
	assert_int_equal(
		kit_fetch(k, "f", 1, SMALL, layout_next(kit_first("f"), 4)),
		ST_CORRUPT);
	assert_int_equal(kit_files(k, NULL), 2);
}

static void a_chunk_mended_by_hand_is_good_again(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	uint8_t *data;
	size_t len;

	kit_put(k, "f", 1, SMALL);
	damage(k, "f", 0, '?');
	assert_int_equal(verify(k, 1, 0), VERIFY_BAD);
	data = kit_chunk(&v, kit_first("f"), &len);
	damage(k, "f", 0, (char)data[0]);
	free(data);
	assert_int_equal(have(k, "f"), 2);
	assert_int_equal(verify(k, 1, 0), VERIFY_GOOD);
	assert_int_equal(have(k, "f"), 3);
	kit_get(k, "f", 1, SMALL);
}

static void a_file_that_is_gone_or_short_is_bad(void **state)
{
	struct kit *k = *state;
	struct msg_query_answer a;

	kit_put(k, "f", 1, SMALL);
	a = kit_query(k, "f");
	assert_int_equal(
		truncate(kit_version_path(k, "f", &a.records[0], 0), 100), 0);
	assert_int_equal(unlink(kit_version_path(k, "f", &a.records[0], 1)), 0);
	assert_int_equal(verify(k, 1, 0), VERIFY_BAD);
	assert_int_equal(verify(k, 1, 1), VERIFY_BAD);
	assert_int_equal(have(k, "f"), 0);
	assert_int_equal(corrupt(k), 2);
	assert_int_equal(verify(k, 1, 1), VERIFY_BAD);
	assert_int_equal(corrupt(k), 2);
}

static void a_file_cut_while_it_is_read_is_bad(void **state)
{
	struct kit *k = *state;
	struct msg_query_answer a;
	struct verify *v;
	size_t bytes;

	kit_put(k, "f", 1, LARGE);
	a = kit_query(k, "f");
	v = open_first(k, 1);
	assert_int_equal(store_verify_step(v, 1000, &bytes), VERIFY_MORE);
	assert_int_equal(bytes, 1000);
	assert_int_equal(
		truncate(kit_version_path(k, "f", &a.records[0], 0), 2000), 0);
	assert_int_equal(rest(v), VERIFY_BAD);
	assert_int_equal(have(k, "f"), 2);
}

/* ---- how it reads */

static void the_page_cache_is_passed_and_left_alone(void **state)
{
	struct kit *k = *state;
	unsigned length = LARGE / 4;

	kit_put(k, "f", 1, LARGE);
	watched = true;
	reads = dropped = 0;
	dropped_at_first = false;
	assert_int_equal(verify(k, 1, 0), VERIFY_GOOD);
	watched = false;
	assert_true(dropped_at_first);
	assert_int_equal(reads, length);
	assert_int_equal(dropped, length);
}

/* As many as there are connections. */
static void what_waits_for_its_next_step_takes_little(void **state)
{
	enum { MANY = 64, EACH = 8192 };
	struct verify *v[MANY];
	struct kit *k = *state;
	size_t bytes, before;

	kit_put(k, "f", 1, LARGE);
	before = kit_memory();
	for (unsigned i = 0; i < MANY; i++) {
		v[i] = open_first(k, 1);
		assert_int_equal(store_verify_step(v[i], 200000, &bytes),
				 VERIFY_MORE);
		assert_int_equal(bytes, 200000);
	}
	assert_in_range(kit_memory(), before + 1, before + MANY * EACH);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(rest(v[i]), VERIFY_GOOD);
}

static void an_unreadable_chunk_is_bad_and_a_shortage_says_nothing(void **state)
{
	struct kit *k = *state;

	kit_put(k, "f", 1, SMALL);
	read_error = EINTR;
	assert_int_equal(verify(k, 1, 0), VERIFY_GOOD);
	read_error = ENOMEM;
	assert_int_equal(verify(k, 1, 0), VERIFY_GONE);
	assert_int_equal(have(k, "f"), 3);
	read_error = EIO;
	assert_int_equal(verify(k, 1, 0), VERIFY_BAD);
	assert_int_equal(have(k, "f"), 2);
	assert_int_equal(corrupt(k), 1);
}

/* ---- what happens meanwhile */

static void a_version_retired_while_it_is_read_is_gone(void **state)
{
	struct kit *k = *state;
	struct verify *v;
	size_t bytes;

	kit_put(k, "f", 1, LARGE);
	damage(k, "f", 0, '?');
	v = open_first(k, 1);
	assert_int_equal(store_verify_step(v, 1000, &bytes), VERIFY_MORE);
	kit_put(k, "f", 2, SMALL);
	assert_int_equal(rest(v), VERIFY_GONE);
	assert_int_equal(have(k, "f"), 3);
	assert_int_equal(corrupt(k), 0);
}

static void a_chunk_replaced_while_it_is_read_is_read_again(void **state)
{
	struct kit *k = *state;
	struct verify *v;
	size_t bytes;

	kit_put(k, "f", 1, LARGE);
	damage(k, "f", 0, '?');
	v = open_first(k, 1);
	assert_int_equal(store_verify_step(v, 1000, &bytes), VERIFY_MORE);
	assert_int_equal(kit_restore(k, "f", 1, LARGE), ST_OK);
	assert_int_equal(rest(v), VERIFY_GOOD);
	assert_int_equal(have(k, "f"), 3);
	assert_int_equal(corrupt(k), 0);
}

static void a_change_on_its_way_is_waited_for(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(2, SMALL, DIGEST_XXH3);
	struct msg_commit m = {.name = kit_name("f"),
			       .version = kit_tombstone(2)};
	struct outcome no;
	struct wait w;

	kit_put(k, "f", 1, SMALL);
	m.context = kit_context(k);
	wait_init(&w);
	/* Renamed on disk, not flushed by anybody. */
	store_commit(k->store, &m, wait_done, &w);
	assert_int_equal(kit_verify(k, "f", 1, kit_first("f"), &no),
			 VERIFY_GONE);
	assert_int_equal(no.status, ST_GONE);
	assert_int_equal(no.version.tag.ctr, v.tag.ctr);
	assert_int_equal(wait_for(&w).status, ST_OK);
	assert_int_equal(corrupt(k), 0);
}

/* ---- what is refused */

static void refusals_are_those_of_a_read(void **state)
{
	struct kit *k = *state;
	unsigned first = kit_first("f");
	struct msg_fetch m = {.cluster = k->cluster,
			      .name = kit_name("f"),
			      .tag = kit_tag(1),
			      .chunk = (uint8_t)first};
	struct outcome no;

	assert_null(store_verify_open(k->store, &m, &no)); /* blank */
	assert_int_equal(no.status, ST_OTHER_CLUSTER);
	kit_put(k, "f", 2, SMALL);
	assert_null(store_verify_open(k->store, &m, &no));
	assert_int_equal(no.status, ST_GONE);
	m.tag = kit_tag(3);
	assert_null(store_verify_open(k->store, &m, &no));
	assert_int_equal(no.status, ST_ABSENT);
	m.tag = kit_tag(2);
	m.chunk = (uint8_t)((first + 2) % 4);
	assert_null(store_verify_open(k->store, &m, &no));
	assert_int_equal(no.status, ST_ABSENT);
	m.chunk = (uint8_t)first;
	m.len = 1;
	assert_null(store_verify_open(k->store, &m, &no));
	assert_int_equal(no.status, ST_BAD_REQUEST);
	m.len = 0;
	m.offset = 1;
	assert_null(store_verify_open(k->store, &m, &no));
	assert_int_equal(no.status, ST_BAD_REQUEST);
	m.offset = 0;
	m.cluster.id[0] ^= 1;
	assert_null(store_verify_open(k->store, &m, &no));
	assert_int_equal(no.status, ST_OTHER_CLUSTER);
	store_verify_close(NULL);
}

/* ---- the scrub's mark */

static int failing_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static void the_mark_survives_a_restart(void **state)
{
	struct kit *k = *state;
	struct scrub_mark m = {.began_s = 2000000000}, got;
	struct msg_status_answer a;

	memset(m.name, 'x', sizeof(m.name));
	store_status(k->store, &a);
	assert_int_equal(a.verified_s, STATUS_NEVER);
	store_scrub_mark(k->store, &got);
	assert_int_equal(got.began_s, 0);
	m.last_s = (uint32_t)time(NULL) - 3600;
	/* Nobody waits for the disk: whoever writes to it may be slow. */
	atomic_store(&syncs, 0);
	store_set_scrub_mark(k->store, &m);
	assert_int_equal(syncs, 0);
	store_status(k->store, &a);
	assert_in_range(a.verified_s, 3600, 3700);
	kit_again(k);
	store_scrub_mark(k->store, &got);
	assert_memory_equal(got.name, m.name, sizeof(m.name));
	assert_int_equal(got.began_s, m.began_s);
	assert_int_equal(got.last_s, m.last_s);
	m.last_s = (uint32_t)time(NULL) + 3600; /* put back since */
	store_set_scrub_mark(k->store, &m);
	store_status(k->store, &a);
	assert_int_equal(a.verified_s, 0);
}

static void a_read_only_store_keeps_the_mark_in_memory(void **state)
{
	struct kit *k = *state;
	struct scrub_mark m = {.name = "f", .last_s = 7}, got;

	sync_replace(k->store->sync, failing_sync);
	assert_int_equal(kit_rm(k, "f", 1), ST_IO);
	store_set_scrub_mark(k->store, &m);
	store_scrub_mark(k->store, &got);
	assert_string_equal(got.name, "f");
	kit_again(k);
	store_scrub_mark(k->store, &got);
	assert_int_equal(got.last_s, 0);
}

static void a_lost_store_has_not_been_scrubbed(void **state)
{
	struct kit *k = *state;
	struct scrub_mark m = {.name = "f", .last_s = 7}, got;

	kit_put(k, "f", 1, SMALL);
	store_set_scrub_mark(k->store, &m);
	kit_close(k);
	k->set.rejoin = true;
	kit_open(k);
	k->set.rejoin = false;
	store_scrub_mark(k->store, &got);
	assert_int_equal(got.last_s, 0);
	assert_int_equal(got.name[0], 0);
}

static void the_next_name_is_the_next_committed_one(void **state)
{
	struct kit *k = *state;
	char last[NAME_MAX_BYTES];
	size_t len = 0;
	struct record r;

	kit_put(k, "b", 1, SMALL);
	assert_int_equal(kit_stage(k, "c", 1, SMALL), ST_OK);
	assert_int_equal(kit_rm(k, "d", 4), ST_OK);
	assert_int_equal(kit_stage(k, "d", 5, SMALL), ST_OK);
	assert_true(store_next(k->store, last, &len, &r));
	assert_int_equal(len, 1);
	assert_int_equal(last[0], 'b');
	assert_int_equal(r.state, RECORD_COMMITTED);
	assert_true(store_next(k->store, last, &len, &r));
	assert_int_equal(last[0], 'd');
	assert_int_equal(r.v.tag.ctr, 4);
	assert_false(store_next(k->store, last, &len, &r));
}

#define VERIFY_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		VERIFY_TEST(good_chunks_of_every_size_are_good),
		VERIFY_TEST(a_wrong_byte_is_found_and_counted_once),
		VERIFY_TEST(a_chunk_mended_by_hand_is_good_again),
		VERIFY_TEST(a_file_that_is_gone_or_short_is_bad),
		VERIFY_TEST(a_file_cut_while_it_is_read_is_bad),
		VERIFY_TEST(the_page_cache_is_passed_and_left_alone),
		VERIFY_TEST(what_waits_for_its_next_step_takes_little),
		VERIFY_TEST(
			an_unreadable_chunk_is_bad_and_a_shortage_says_nothing),
		VERIFY_TEST(a_version_retired_while_it_is_read_is_gone),
		VERIFY_TEST(a_chunk_replaced_while_it_is_read_is_read_again),
		VERIFY_TEST(a_change_on_its_way_is_waited_for),
		VERIFY_TEST(refusals_are_those_of_a_read),
		VERIFY_TEST(the_mark_survives_a_restart),
		VERIFY_TEST(a_read_only_store_keeps_the_mark_in_memory),
		VERIFY_TEST(a_lost_store_has_not_been_scrubbed),
		VERIFY_TEST(the_next_name_is_the_next_committed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
