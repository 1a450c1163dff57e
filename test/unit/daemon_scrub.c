/* The scrub over a real store: what it finds, where it goes on, and how fast
 * it may be. */

/* Whose pread() is a function of its own. */
#undef _FORTIFY_SOURCE
#include "store_kit.h"

#include <sys/syscall.h>

#include "scrub.h"

#define NAMES 20
#define WAIT_MS 20000 /* for anything, before a test fails */
#define FAST (UINT64_C(1) << 40)
#define NEVER_MS (UINT64_C(100) * 86400 * 1000)

static atomic_int read_error; /* pread() fails with it, once */

/* In front of the C library's, for this program. */
ssize_t pread(int fd, void *data, size_t len, off_t at)
{
	int e = atomic_exchange(&read_error, 0);

	if (e == 0)
		return syscall(SYS_pread64, fd, data, len, at);
	errno = e;
	return -1;
}

struct rig {
	struct kit k;
	struct scrub *scrub;
	_Atomic uint64_t served_ms;
	atomic_ullong passed;
	struct scrub_settings set;
};

static int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char name[16];

	assert_non_null(r);
	kit_init(&r->k);
	kit_open(&r->k);
	for (unsigned i = 0; i < NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", i);
		kit_put(&r->k, name, 1, 4000);
	}
	r->set = (struct scrub_settings){.served_ms = &r->served_ms,
					 .passed = &r->passed,
					 .rate = FAST,
					 .interval_ms = NEVER_MS};
	*state = r;
	return 0;
}

static int rig_teardown(void **state)
{
	struct rig *r = *state;

	kit_release(&r->k);
	free(r);
	return 0;
}

static void rig_start(struct rig *r, uint64_t rate)
{
	r->set.store = r->k.store;
	r->set.rate = rate;
	assert_int_equal(scrub_start(&r->scrub, &r->set), ERR_OK);
}

/* What it leaves behind. */
static struct scrub_mark rig_stop(struct rig *r)
{
	struct scrub_mark m;

	scrub_stop(r->scrub);
	r->scrub = NULL;
	store_scrub_mark(r->k.store, &m);
	return m;
}

static uint64_t corrupt_of(struct rig *r)
{
	struct msg_status_answer a = {0};

	store_status(r->k.store, &a);
	return a.corrupt;
}

static void await_passed(struct rig *r, unsigned names)
{
	const struct timespec tick = {.tv_nsec = 1000000};
	uint64_t end = clock_ms() + WAIT_MS;

	while (atomic_load(&r->passed) < names) {
		assert_true(clock_ms() < end);
		(void)nanosleep(&tick, NULL);
	}
}

static void await_end(struct rig *r)
{
	const struct timespec tick = {.tv_nsec = 1000000};
	uint64_t end = clock_ms() + WAIT_MS;

	while (scrub_passes(r->scrub) == 0) {
		assert_true(clock_ms() < end);
		(void)nanosleep(&tick, NULL);
	}
}

static struct scrub_mark run_pass(struct rig *r)
{
	rig_start(r, FAST);
	await_end(r);
	return rig_stop(r);
}

static void flip(struct rig *r, const char *name, int which)
{
	struct msg_query_answer a = kit_query(&r->k, name);
	int fd = open(kit_version_path(&r->k, name, &a.records[0], which),
		      O_RDWR);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 77), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, 77), 1);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

static void what_is_good_passes(void **state)
{
	struct rig *r = *state;
	struct scrub_mark m;

	m = run_pass(r);
	assert_int_equal(atomic_load(&r->passed), 0);
	assert_int_equal(corrupt_of(r), 0);
	assert_int_equal(m.began_s, 0);
	assert_int_not_equal(m.last_s, 0);
	assert_int_equal(kit_files(&r->k, NULL), 2 * NAMES);
}

static void a_flipped_byte_is_found(void **state)
{
	struct rig *r = *state;
	struct msg_query_answer a;

	flip(r, "n07", 0);
	flip(r, "n11", 1);
	(void)run_pass(r);
	assert_int_equal(corrupt_of(r), 2);
	a = kit_query(&r->k, "n07");
	assert_int_equal(a.records[0].have, 2);
	a = kit_query(&r->k, "n11");
	assert_int_equal(a.records[0].have, 1);
	a = kit_query(&r->k, "n08");
	assert_int_equal(a.records[0].have, 3);
	/* Nothing is deleted. */
	assert_int_equal(kit_files(&r->k, NULL), 2 * NAMES);
}

static void a_missing_file_is_found(void **state)
{
	struct rig *r = *state;
	struct msg_query_answer a = kit_query(&r->k, "n03");

	assert_int_equal(
		unlink(kit_version_path(&r->k, "n03", &a.records[0], 1)), 0);
	(void)run_pass(r);
	assert_int_equal(corrupt_of(r), 1);
}

static void a_want_of_memory_passes_nothing_by(void **state)
{
	struct rig *r = *state;

	flip(r, "n00", 0);
	atomic_store(&read_error, ENOMEM);
	(void)run_pass(r);
	assert_int_equal(atomic_load(&read_error), 0);
	assert_int_equal(corrupt_of(r), 1);
}

static void deletions_and_witnesses_are_passed(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(9, 4000, DIGEST_XXH3);

	assert_int_equal(kit_rm(&r->k, "n04", 2), ST_OK);
	(void)kit_end(&v);
	assert_int_equal(kit_commit_version(&r->k, "n05", &v).status, ST_OK);
	assert_int_equal(kit_stage(&r->k, "n06", 5, 100), ST_OK);
	(void)run_pass(r);
	assert_int_equal(corrupt_of(r), 0);
}

static void it_goes_on_where_it_was(void **state)
{
	struct rig *r = *state;
	struct scrub_mark m;
	char name[16];
	unsigned at;

	rig_start(r, 20 * SCRUB_NAME_MIN);
	await_passed(r, 5);
	m = rig_stop(r);
	at = (unsigned)atomic_load(&r->passed);
	assert_in_range(at, 5, NAMES - 1);
	(void)snprintf(name, sizeof(name), "n%02u", at - 1);
	assert_string_equal(m.name, name);
	assert_int_not_equal(m.began_s, 0);
	assert_int_equal(m.last_s, 0);

	/* What it has passed is not read again, what comes is. */
	flip(r, "n00", 0);
	flip(r, "n19", 0);
	kit_again(&r->k);
	rig_start(r, FAST);
	await_end(r);
	m = rig_stop(r);
	assert_int_equal(corrupt_of(r), 1);
	assert_int_equal(kit_query(&r->k, "n00").records[0].have, 3);
	assert_string_equal(m.name, "n18");
}

static void it_is_not_past_a_bad_one(void **state)
{
	struct rig *r = *state;
	struct scrub_mark m;

	flip(r, "n05", 0);
	flip(r, "n09", 1);
	m = run_pass(r);
	assert_int_equal(corrupt_of(r), 2);
	assert_string_equal(m.name, "n04");
	assert_int_not_equal(m.began_s, 0);
	assert_int_equal(m.last_s, 0);

	/* After a restart both are found again; one of them is mended. */
	kit_again(&r->k);
	rig_start(r, FAST);
	await_end(r);
	assert_int_equal(corrupt_of(r), 2);
	kit_put(&r->k, "n05", 2, 5000);
	m = rig_stop(r);
	assert_string_equal(m.name, "n08");

	/* With the other one the pass is whole. */
	kit_again(&r->k);
	rig_start(r, FAST);
	await_end(r);
	assert_int_equal(corrupt_of(r), 1);
	kit_put(&r->k, "n09", 2, 5000);
	m = rig_stop(r);
	assert_string_equal(m.name, "");
	assert_int_equal(m.began_s, 0);
	assert_int_not_equal(m.last_s, 0);
}

static void the_first_name_may_be_the_bad_one(void **state)
{
	struct rig *r = *state;
	struct scrub_mark m;

	flip(r, "n00", 1);
	m = run_pass(r);
	assert_string_equal(m.name, "");
	assert_int_not_equal(m.began_s, 0);
	kit_again(&r->k);
	(void)run_pass(r);
	assert_int_equal(corrupt_of(r), 1);
}

static void a_pass_waits_for_its_time(void **state)
{
	struct rig *r = *state;
	struct scrub_mark m = run_pass(r), again;

	assert_int_equal(m.began_s, 0);
	kit_again(&r->k);
	flip(r, "n02", 0);
	rig_start(r, FAST);
	again = rig_stop(r);
	assert_int_equal(again.last_s, m.last_s);
	assert_int_equal(corrupt_of(r), 0);

	/* It may be called for meanwhile. */
	rig_start(r, FAST);
	scrub_set(r->scrub, FAST, 0);
	await_end(r);
	(void)rig_stop(r);
	assert_int_equal(corrupt_of(r), 1);
}

/* A small file counts as 64 KiB. */
static void it_keeps_to_its_rate(void **state)
{
	struct rig *r = *state;
	uint64_t start = clock_ms(), took;

	rig_start(r, 50 * SCRUB_NAME_MIN);
	await_end(r);
	took = clock_ms() - start;
	(void)rig_stop(r);
	assert_in_range(took, 340, WAIT_MS);
}

static void it_goes_on_slowly_under_load(void **state)
{
	const struct timespec tick = {.tv_nsec = 1000000};
	struct rig *r = *state;
	uint64_t start = clock_ms(), took = 0;

	atomic_store(&r->served_ms, start);
	rig_start(r, 200 * SCRUB_NAME_MIN);
	while (scrub_passes(r->scrub) == 0) {
		atomic_store(&r->served_ms, clock_ms());
		took = clock_ms() - start;
		assert_in_range(took, 0, WAIT_MS);
		(void)nanosleep(&tick, NULL);
	}
	(void)rig_stop(r);
	/* 100 ms without load. */
	assert_in_range(took, 600, WAIT_MS);
}

static void it_stops_at_once(void **state)
{
	static const uint64_t rates[] = {0, 1, SCRUB_NAME_MIN, FAST};
	struct rig *r = *state;
	uint64_t start;

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		rig_start(r, rates[i]);
		start = clock_ms();
		(void)rig_stop(r);
		assert_in_range(clock_ms() - start, 0, 2000);
	}
	r->set.settle_ms = NEVER_MS;
	rig_start(r, FAST);
	(void)rig_stop(r);
	scrub_stop(NULL);
}

static void off_is_off_until_it_is_on(void **state)
{
	struct rig *r = *state;
	struct scrub_mark m;

	rig_start(r, 0);
	m = rig_stop(r);
	assert_int_equal(m.began_s, 0);
	rig_start(r, 0);
	scrub_set(r->scrub, 1, NEVER_MS);
	scrub_set(r->scrub, 0, NEVER_MS);
	scrub_set(r->scrub, FAST, NEVER_MS);
	await_end(r);
	(void)rig_stop(r);
}

static void changes_go_on_meanwhile(void **state)
{
	struct rig *r = *state;
	char name[16];

	r->set.interval_ms = 0;
	rig_start(r, 20 * SCRUB_NAME_MIN);
	for (unsigned i = 0; i < 400; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", i * 7 % NAMES);
		if (i % 5 == 4)
			assert_int_equal(kit_rm(&r->k, name, i + 2), ST_OK);
		else
			kit_put(&r->k, name, i + 2, 300 * i);
		if (i % 50 == 0)
			scrub_set(r->scrub, FAST, 0);
	}
	await_end(r);
	(void)rig_stop(r);
	assert_int_equal(corrupt_of(r), 0);
}

/* Versions that came without a state: nobody may read them yet. */
static void a_store_without_a_cluster_is_not_called_verified(void **state)
{
	const struct timespec tick = {.tv_nsec = 200000000};
	struct rig *r = *state;
	struct scrub_mark m;

	kit_close(&r->k);
	assert_int_equal(unlink(kit_path(&r->k, "@state")), 0);
	r->k.set.rejoin = true;
	kit_open(&r->k);
	r->k.set.rejoin = false;
	flip(r, "n07", 0);
	rig_start(r, FAST);
	(void)nanosleep(&tick, NULL);
	m = rig_stop(r);
	assert_int_equal(m.began_s, 0);
	assert_int_equal(m.last_s, 0);

	/* A heal's first mark takes it in. */
	rig_start(r, FAST);
	assert_int_equal(kit_commit(&r->k, "n00", 1, 4000), ST_OK);
	kit_put(&r->k, "new", 1, 4000);
	await_end(r);
	(void)rig_stop(r);
	assert_int_equal(corrupt_of(r), 1);
}

static void an_empty_store_has_no_pass(void **state)
{
	struct rig r = {.set.interval_ms = 0};
	struct scrub_mark m;

	(void)state;
	kit_init(&r.k);
	kit_open(&r.k);
	r.set.served_ms = &r.served_ms;
	r.set.passed = &r.passed;
	rig_start(&r, FAST);
	m = rig_stop(&r);
	assert_int_equal(m.began_s, 0);
	assert_int_equal(m.last_s, 0);
	kit_release(&r.k);
}

int main(void)
{
#define SCRUB_TEST(f) \
	cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		SCRUB_TEST(what_is_good_passes),
		SCRUB_TEST(a_flipped_byte_is_found),
		SCRUB_TEST(a_missing_file_is_found),
		SCRUB_TEST(a_want_of_memory_passes_nothing_by),
		SCRUB_TEST(deletions_and_witnesses_are_passed),
		SCRUB_TEST(it_goes_on_where_it_was),
		SCRUB_TEST(it_is_not_past_a_bad_one),
		SCRUB_TEST(the_first_name_may_be_the_bad_one),
		SCRUB_TEST(a_pass_waits_for_its_time),
		SCRUB_TEST(it_keeps_to_its_rate),
		SCRUB_TEST(it_goes_on_slowly_under_load),
		SCRUB_TEST(it_stops_at_once),
		SCRUB_TEST(off_is_off_until_it_is_on),
		SCRUB_TEST(changes_go_on_meanwhile),
		SCRUB_TEST(a_store_without_a_cluster_is_not_called_verified),
		cmocka_unit_test(an_empty_store_has_no_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
