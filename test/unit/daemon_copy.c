/*
 * COPY: a stage made of another name's chunks.
 *
 * linkat() stands in front of the C library's, for this program.
 */
#include "session_kit.h"

#include <sys/syscall.h>

#define PIECE_DIGITS 16 /* of the name of a piece */

static int link_error; /* of each link of a file that has a name; 0: none */

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	if (link_error != 0 && strlen(new) == PIECE_DIGITS) {
		errno = link_error;
		return -1;
	}
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

#define SIZE 1000

static struct version version_of(uint64_t ctr, uint64_t size)
{
	return kit_version(ctr, size, DIGEST_XXH3);
}

static struct record only_record(struct kit *k, const char *name)
{
	struct msg_query_answer a = kit_query(k, name);

	assert_int_equal(a.count, 1);
	return a.records[0];
}

/* The file of one of its chunks; the file's number, its links. */
static struct stat file_of(struct kit *k, const char *name, int which)
{
	struct record r = only_record(k, name);
	struct stat st;

	assert_int_equal(stat(kit_version_path(k, name, &r, which), &st), 0);
	return st;
}

/* A copy to `to` has the data of version `old`. */
static void has_data_of(struct kit *k, const char *to,
			const struct version *old)
{
	struct record r = only_record(k, to);

	assert_int_equal(r.have, 3);
	for (unsigned i = 0; i < 2; i++) {
		unsigned chunk = i == 0 ? r.first : layout_next(r.first, 4);
		struct msg_fetch m = kit_fetch_message(k, to, &r.v, chunk);
		struct outcome no;
		uint8_t *want, *got;
		size_t len;
		int fd;

		assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_OK);
		want = kit_chunk(old, chunk, &len);
		got = malloc(len + 1);
		assert_non_null(got);
		assert_int_equal(read(fd, got, len + 1), len);
		assert_memory_equal(got, want, len);
		close(fd);
		free(got);
		free(want);
	}
}

static void commit_copy(struct kit *k, const char *to)
{
	struct record r = only_record(k, to);

	assert_int_equal(r.state, RECORD_STAGED);
	assert_int_equal(kit_commit_version(k, to, &r.v).status, ST_OK);
}

static void copy_and_commit(struct kit *k, const char *from,
			    const struct version *old, const char *to)
{
	assert_int_equal(kit_copy(k, from, old, to, 9).status, ST_OK);
	commit_copy(k, to);
}

static void a_copy_is_a_stage_that_shares_its_files(void **state)
{
	struct kit *k = *state;
	static const uint64_t sizes[] = {0, 3, SIZE, 300000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct version v = version_of(i + 1, sizes[i]);
		char to[8];

		(void)snprintf(to, sizeof(to), "to%u", (unsigned)i);
		kit_put(k, "f", i + 1, sizes[i]);
		assert_int_equal(kit_copy(k, "f", &v, to, 5).status, ST_OK);
		assert_string_equal(kit_states(k, to), "s");
		commit_copy(k, to);
		has_data_of(k, to, &v);
		for (int c = 0; c < 2; c++) {
			assert_int_equal(file_of(k, to, c).st_ino,
					 file_of(k, "f", c).st_ino);
			assert_int_equal(file_of(k, to, c).st_nlink, 2);
		}
	}
	kit_again(k);
	for (unsigned i = 0; i < 4; i++) {
		struct version v = version_of(i + 1, sizes[i]);
		char to[8];

		(void)snprintf(to, sizeof(to), "to%u", i);
		assert_string_equal(kit_states(k, to), "c");
		has_data_of(k, to, &v);
	}
	assert_int_equal(kit_files(k, NULL), 10);
}

static void a_copy_that_is_staged_survives_a_start(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE);

	kit_put(k, "f", 1, SIZE);
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_OK);
	kit_again(k);
	assert_int_equal(kit_rm(k, "f", 2), ST_OK);
	commit_copy(k, "g");
	has_data_of(k, "g", &v);
}

static void each_name_goes_without_the_other(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE);
	struct msg_status_answer a;

	kit_put(k, "f", 1, SIZE);
	copy_and_commit(k, "f", &v, "g");
	store_status(k->store, &a);
	assert_int_equal(a.bytes, 1000);
	assert_int_equal(kit_rm(k, "f", 2), ST_OK);
	has_data_of(k, "g", &v);
	store_status(k->store, &a);
	assert_int_equal(a.bytes, 500);
	kit_put(k, "f", 3, SIZE);
	v = version_of(3, SIZE);
	copy_and_commit(k, "f", &v, "h");
	assert_int_equal(kit_rm(k, "h", 10), ST_OK);
	kit_get(k, "f", 3, SIZE);
}

static void a_copy_of_a_copy_goes_on(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE), copied;
	struct msg_copy m;

	kit_put(k, "f", 1, SIZE);
	copy_and_commit(k, "f", &v, "g");
	assert_int_equal(kit_rm(k, "f", 2), ST_OK);
	copied = only_record(k, "g").v;
	m = kit_copy_message(k, "f", &v, "h", 4);
	m.source = kit_name("g");
	m.source_tag = copied.tag;
	assert_int_equal(kit_send_copy(k, &m).status, ST_OK);
	commit_copy(k, "h");
	assert_int_equal(kit_rm(k, "g", 10), ST_OK);
	has_data_of(k, "h", &v);
	kit_again(k);
	has_data_of(k, "h", &v);
	assert_int_equal(kit_files(k, NULL), 2);
}

/* What replaces a chunk is another file. */
static void a_restore_of_one_name_leaves_the_other_alone(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(9, SIZE);
	struct stat before;

	kit_put(k, "f", 9, SIZE);
	copy_and_commit(k, "f", &v, "g");
	before = file_of(k, "g", 0);
	assert_int_equal(kit_restore(k, "f", 9, SIZE), ST_OK);
	assert_int_not_equal(file_of(k, "f", 0).st_ino, before.st_ino);
	assert_int_equal(file_of(k, "g", 0).st_ino, before.st_ino);
	assert_int_equal(file_of(k, "g", 0).st_nlink, 1);
	has_data_of(k, "g", &v);
	has_data_of(k, "f", &v);
}

static void a_stage_may_be_copied_and_a_copy_sent_again(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(3, SIZE);

	kit_put(k, "f", 2, SIZE);
	assert_int_equal(kit_stage(k, "f", 3, SIZE), ST_OK);
	assert_int_equal(kit_copy(k, "f", &v, "g", 1).status, ST_OK);
	assert_int_equal(kit_copy(k, "f", &v, "g", 1).status, ST_OK);
	has_data_of(k, "g", &v);
	v = version_of(2, SIZE);
	assert_int_equal(kit_copy(k, "f", &v, "g", 1).status, ST_BAD_REQUEST);
	assert_int_equal(kit_abort(k, "g", 1), ST_OK);
	assert_int_equal(kit_files(k, NULL), 4);
	/* Of itself, too: no lock is in its own way. */
	assert_int_equal(kit_copy(k, "f", &v, "f", 4).status, ST_OK);
	assert_string_equal(kit_states(k, "f"), "ssc");
}

/* ---- refusals */

static void nothing_is_left(struct kit *k)
{
	assert_int_equal(kit_files(k, NULL), 2);
	assert_string_equal(kit_states(k, "g"), "");
}

static void what_a_stage_is_refused_for_a_copy_is_too(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE);
	struct msg_copy m;
	struct outcome o;

	kit_put(k, "f", 1, SIZE);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.context.cluster.id[0] ^= 1;
	assert_int_equal(kit_send_copy(k, &m).status, ST_OTHER_CLUSTER);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.context.stamp.boot[0] ^= 1;
	assert_int_equal(kit_send_copy(k, &m).status, ST_STALE);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.v.y = 1;
	assert_int_equal(kit_send_copy(k, &m).status, ST_BAD_REQUEST);
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_copy(k, "f", &v, "g", UINT64_C(1) << 40).status,
			 ST_RANGE);
	nothing_is_left(k);
	assert_int_equal(kit_rm(k, "g", 7), ST_OK);
	o = kit_copy(k, "f", &v, "g", 6);
	assert_int_equal(o.status, ST_SUPERSEDED);
	assert_true(o.has_version);
	assert_int_equal(o.version.tag.ctr, 7);
	assert_string_equal(kit_states(k, "g"), "d");
}

static void a_full_or_failed_store_takes_no_copy(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE);

	kit_put(k, "f", 1, SIZE);
	kit_close(k);
	k->set.reserve_bytes = UINT64_C(1) << 60;
	kit_open(k);
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_NO_SPACE);
	nothing_is_left(k);
	kit_close(k);
	k->set.reserve_bytes = 1;
	kit_open(k);
	store_fail(k->store, "test", EIO);
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_READ_ONLY);
	nothing_is_left(k);
}

static void a_source_that_is_not_there_is_told_as_by_a_fetch(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE), other = version_of(7, SIZE);
	struct msg_copy m;
	struct outcome o;

	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_ABSENT);
	kit_put(k, "f", 2, SIZE);
	o = kit_copy(k, "f", &v, "g", 5);
	assert_int_equal(o.status, ST_GONE);
	assert_true(o.has_version);
	assert_int_equal(o.version.tag.ctr, 2);
	assert_int_equal(kit_copy(k, "f", &other, "g", 5).status, ST_ABSENT);
	/* Another place's chunks. */
	v = version_of(2, SIZE);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.first = (uint8_t)layout_next(m.record.first, 4);
	m.record.chunk[0] = m.record.chunk[1];
	assert_int_equal(kit_send_copy(k, &m).status, ST_ABSENT);
	nothing_is_left(k);
}

static void another_content_than_the_sources_is_refused(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(2, SIZE);
	struct msg_copy m;

	kit_put(k, "f", 2, SIZE);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.v.size++;
	assert_int_equal(kit_send_copy(k, &m).status, ST_BAD_REQUEST);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.v.root.bytes[0] ^= 1;
	assert_int_equal(kit_send_copy(k, &m).status, ST_BAD_REQUEST);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.v.alg = DIGEST_SHA256;
	assert_int_equal(kit_send_copy(k, &m).status, ST_BAD_REQUEST);
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.chunk[1].bytes[0] ^= 1;
	assert_int_equal(kit_send_copy(k, &m).status, ST_CORRUPT);
	nothing_is_left(k);
	/* What is its own may differ. */
	m = kit_copy_message(k, "f", &v, "g", 5);
	m.record.v.mode = 0600;
	m.record.v.mtime_ns = 1;
	assert_int_equal(kit_send_copy(k, &m).status, ST_OK);
}

static void a_chunk_that_is_lost_is_not_copied(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE);
	struct record r;
	struct msg_status_answer a;

	kit_put(k, "f", 1, SIZE);
	r = only_record(k, "f");
	assert_int_equal(unlink(kit_version_path(k, "f", &r, 1)), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(kit_copy(k, "f", &v, "g", 5).status,
				 ST_CORRUPT);
	assert_int_equal(only_record(k, "f").have, 1);
	store_status(k->store, &a);
	assert_int_equal(a.corrupt, 1);
	assert_int_equal(kit_files(k, NULL), 1);
	assert_string_equal(kit_states(k, "g"), "");
}

/* ---- where files cannot be linked */

static void what_cannot_be_linked_is_copied(void **state)
{
	static const int errors[] = {EPERM, EMLINK,	ENOENT,
				     EXDEV, EOPNOTSUPP, ENOSYS};
	struct kit *k = *state;

	for (unsigned i = 0; i < 6; i++) {
		uint64_t size = i % 2 ? 300000 : SIZE * i / 2;
		struct version v = version_of(i + 1, size);
		char to[8];

		(void)snprintf(to, sizeof(to), "to%u", i);
		kit_put(k, "f", i + 1, size);
		link_error = errors[i];
		assert_int_equal(kit_copy(k, "f", &v, to, 5).status, ST_OK);
		link_error = 0;
		commit_copy(k, to);
		has_data_of(k, to, &v);
		assert_int_not_equal(file_of(k, to, 0).st_ino,
				     file_of(k, "f", 0).st_ino);
	}
	assert_int_equal(kit_files(k, NULL), 14);
}

static void a_rotten_chunk_is_found_by_a_copy_of_its_bytes(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, 300000);
	struct record r;
	FILE *f;

	kit_put(k, "f", 1, 300000);
	r = only_record(k, "f");
	f = fopen(kit_version_path(k, "f", &r, 1), "r+");
	assert_non_null(f);
	assert_true(fputc('?', f) == '?' && fclose(f) == 0);
	link_error = EPERM;
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_CORRUPT);
	link_error = 0;
	assert_int_equal(only_record(k, "f").have, 1);
	nothing_is_left(k);
}

static void a_large_copy_of_bytes_is_left_to_the_client(void **state)
{
	struct kit *k = *state;
	uint64_t size = UINT64_C(4) * (33 << 20);
	struct version v = version_of(1, size);

	kit_put(k, "f", 1, size);
	link_error = EMLINK;
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_LIMIT);
	link_error = 0;
	nothing_is_left(k);
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_OK);
}

static void a_disk_error_ends_all_changes(void **state)
{
	struct kit *k = *state;
	struct version v = version_of(1, SIZE);

	kit_put(k, "f", 1, SIZE);
	link_error = EIO;
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_IO);
	link_error = 0;
	assert_int_equal(kit_copy(k, "f", &v, "g", 5).status, ST_READ_ONLY);
	nothing_is_left(k);
}

/* ---- over a connection */

static void a_copy_is_one_request_and_one_answer(void **state)
{
	struct rig *r = *state;
	struct version v = version_of(1, SIZE), gone = version_of(2, SIZE);
	struct msg_copy m;
	struct answer a;

	kit_put(&r->k, "f", 1, SIZE);
	m = kit_copy_message(&r->k, "f", &v, "g", 5);
	WIRE_REQUEST(&r->out, OP_COPY, 7, msg_copy_put, &m);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(a.f.op, OP_COPY);
	assert_int_equal(a.f.id, 7);
	assert_int_equal(a.f.status, ST_OK);
	assert_int_equal(a.f.head_len, 0);
	has_data_of(&r->k, "g", &v);
	m = kit_copy_message(&r->k, "f", &gone, "h", 5);
	WIRE_REQUEST(&r->out, OP_COPY, 8, msg_copy_put, &m);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(a.f.id, 8);
	assert_int_equal(refusal_of(&a), ST_ABSENT);
	wire_frame(&r->out, OP_COPY, 9, NULL, NULL, 0);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_BAD_REQUEST);
	rig_expect_quiet(r);
}

/* Sent behind one another, the ABORT finds the stage. */
static void an_abort_behind_a_copy_undoes_it(void **state)
{
	const enum status want[] = {ST_OK, ST_OK};
	struct rig *r = *state;
	struct version v = version_of(1, SIZE);
	struct msg_copy m;

	kit_put(&r->k, "f", 1, SIZE);
	m = kit_copy_message(&r->k, "f", &v, "g", 5);
	WIRE_REQUEST(&r->out, OP_COPY, 1, msg_copy_put, &m);
	wire_abort(&r->out, 2, &r->k, "g", &m.record.v.tag);
	rig_send_all(r);
	rig_expect(r, want, 2);
	nothing_is_left(&r->k);
}

#define COPY_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		COPY_TEST(a_copy_is_a_stage_that_shares_its_files),
		COPY_TEST(a_copy_that_is_staged_survives_a_start),
		COPY_TEST(each_name_goes_without_the_other),
		COPY_TEST(a_copy_of_a_copy_goes_on),
		COPY_TEST(a_restore_of_one_name_leaves_the_other_alone),
		COPY_TEST(a_stage_may_be_copied_and_a_copy_sent_again),
		COPY_TEST(what_a_stage_is_refused_for_a_copy_is_too),
		COPY_TEST(a_full_or_failed_store_takes_no_copy),
		COPY_TEST(a_source_that_is_not_there_is_told_as_by_a_fetch),
		COPY_TEST(another_content_than_the_sources_is_refused),
		COPY_TEST(a_chunk_that_is_lost_is_not_copied),
		COPY_TEST(what_cannot_be_linked_is_copied),
		COPY_TEST(a_rotten_chunk_is_found_by_a_copy_of_its_bytes),
		COPY_TEST(a_large_copy_of_bytes_is_left_to_the_client),
		COPY_TEST(a_disk_error_ends_all_changes),
		SESSION_TEST(a_copy_is_one_request_and_one_answer),
		SESSION_TEST(an_abort_behind_a_copy_undoes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
