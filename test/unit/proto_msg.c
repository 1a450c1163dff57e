/* Every message: its codec, its limits, and what it does with cut bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../messages.h"

static uint8_t space[FRAME_HEAD_MAX];

/* Encodes sample i of a row into space; 0 when there is no such sample. */
static size_t encode(const struct message_row *row, unsigned i,
		     union any_message *m)
{
	struct wbuf b;

	memset(m, 0, sizeof(*m));
	if (!row->sample(i, m))
		return 0;
	wbuf_init(&b, space, sizeof(space));
	assert_int_equal(row->put(&b, m), ERR_OK);
	assert_true(b.len > 0);
	return b.len;
}

/* Decodes len bytes out of memory of exactly that size into *m. */
static enum err decode(const struct message_row *row, const uint8_t *data,
		       size_t len, union any_message *m)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);
	union any_message before;
	struct rbuf b;
	enum err e;

	assert_non_null(exact);
	memcpy(exact, data, len);
	memset(m, 0xa5, sizeof(*m));
	before = *m;
	rbuf_init(&b, exact, len);
	e = row->get(&b, m);
	if (e != ERR_OK) {
		assert_int_equal(b.at, 0);
		assert_memory_equal(m, &before, sizeof(before));
	} else if (!row->runs) {
		assert_int_equal(rbuf_left(&b), 0);
	}
	free(exact);
	return e;
}

/* As decode, with the message left to be encoded again: its texts stay. */
static enum err decode_in_place(const struct message_row *row,
				const uint8_t *data, size_t len,
				union any_message *m)
{
	struct rbuf b;

	rbuf_init(&b, data, len);
	return row->get(&b, m);
}

static void decoding_gives_back_what_was_encoded(void **state)
{
	static uint8_t again[FRAME_HEAD_MAX];
	union any_message m, got;
	struct wbuf b;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		const struct message_row *row = &messages[r];
		size_t len;

		for (unsigned i = 0; (len = encode(row, i, &m)) > 0; i++) {
			memset(&got, 0, sizeof(got));
			assert_int_equal(decode_in_place(row, space, len, &got),
					 ERR_OK);
			wbuf_init(&b, again, sizeof(again));
			assert_int_equal(row->put(&b, &got), ERR_OK);
			assert_int_equal(b.len, len);
			assert_memory_equal(again, space, len);
		}
	}
}

/* Of what was in the buffer before, nothing is sent. */
static void encoders_leave_no_byte_out(void **state)
{
	static uint8_t ones[FRAME_HEAD_MAX];
	union any_message m;
	struct wbuf b;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		size_t len;

		for (unsigned i = 0;; i++) {
			memset(space, 0, sizeof(space));
			memset(ones, 0xff, sizeof(ones));
			len = encode(&messages[r], i, &m);
			if (len == 0)
				break;
			wbuf_init(&b, ones, sizeof(ones));
			assert_int_equal(messages[r].put(&b, &m), ERR_OK);
			assert_memory_equal(ones, space, len);
		}
	}
}

static void every_cut_of_every_message_fails_and_changes_nothing(void **state)
{
	union any_message m, got;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		const struct message_row *row = &messages[r];
		size_t len;

		for (unsigned i = 0; (len = encode(row, i, &m)) > 0; i++) {
			for (size_t cut = 0; cut < len; cut++)
				assert_int_equal(decode(row, space, cut, &got),
						 ERR_SHORT);
		}
	}
}

static void a_byte_behind_a_message_is_an_error(void **state)
{
	union any_message m, got;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		const struct message_row *row = &messages[r];
		size_t len;

		for (unsigned i = 0; (len = encode(row, i, &m)) > 0; i++) {
			space[len] = 0;
			assert_int_equal(decode(row, space, len + 1, &got),
					 row->runs ? ERR_OK : ERR_FORMAT);
		}
	}
}

/* Whatever a decoder takes, its encoder writes the very same bytes. */
static void a_changed_byte_is_refused_or_kept(void **state)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff, 0x20};
	static uint8_t again[FRAME_HEAD_MAX];
	union any_message m, got;
	struct wbuf b;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		const struct message_row *row = &messages[r];
		size_t len = encode(row, 0, &m);

		for (size_t at = 0; at < len * sizeof(changes); at++) {
			uint8_t change = changes[at % sizeof(changes)];
			uint8_t *byte = &space[at / sizeof(changes)];

			*byte ^= change;
			if (decode(row, space, len, &got) == ERR_OK) {
				assert_int_equal(
					decode_in_place(row, space, len, &got),
					ERR_OK);
				wbuf_init(&b, again, sizeof(again));
				assert_int_equal(row->put(&b, &got), ERR_OK);
				assert_int_equal(b.len <= len, 1);
				assert_memory_equal(again, space, b.len);
			}
			*byte ^= change;
		}
	}
}

static void an_encoder_without_room_says_so_and_writes_nothing(void **state)
{
	union any_message m;
	struct wbuf b;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		const struct message_row *row = &messages[r];
		size_t len = encode(row, 0, &m);

		for (size_t cap = 0; cap < len; cap++) {
			uint8_t *exact = malloc(cap == 0 ? 1 : cap);

			assert_non_null(exact);
			wbuf_init(&b, exact, cap);
			assert_int_equal(row->put(&b, &m), ERR_LIMIT);
			assert_int_equal(b.len, 0);
			free(exact);
		}
	}
}

/* Encodes m, whatever it says, and tells what its decoder thinks of it. */
static enum err verdict(const struct message_row *row, const void *m)
{
	union any_message got;
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	assert_int_equal(row->put(&b, m), ERR_OK);
	return decode(row, space, b.len, &got);
}

static const struct message_row *row_of(const char *name)
{
	for (size_t r = 0; r < MESSAGES; r++) {
		if (strcmp(messages[r].name, name) == 0)
			return &messages[r];
	}
	fail_msg("no message %s", name);
	return &messages[0];
}

static void names_are_checked_by_the_decoders(void **state)
{
	static const char *const bad[] = {"",  "/",  "/a",   "a/",  "a//b",
					  ".", "..", "a/..", "./a", "a/./b"};
	struct msg_query m = {{NULL, 0}};
	char text[1025];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m.name = sample_name(bad[i]);
		assert_int_equal(verdict(row_of("query"), &m), ERR_NAME);
	}
	m.name = (struct msg_name){"a\0b", 3};
	assert_int_equal(verdict(row_of("query"), &m), ERR_NAME);
	memset(text, 'x', sizeof(text));
	m.name = (struct msg_name){text, sizeof(text)};
	assert_int_equal(verdict(row_of("query"), &m), ERR_LIMIT);
	m.name = (struct msg_name){text, 256};
	assert_int_equal(verdict(row_of("query"), &m), ERR_NAME);
	m.name = (struct msg_name){text, 255};
	assert_int_equal(verdict(row_of("query"), &m), ERR_OK);
}

static void a_name_that_claims_more_than_there_is_fails(void **state)
{
	static const uint16_t claims[] = {4, 1024, 1025, 0x7fff, 0xffff};
	union any_message m, got;
	size_t len = encode(row_of("query"), 0, &m);

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		space[0] = (uint8_t)(claims[i] >> 8);
		space[1] = (uint8_t)claims[i];
		assert_int_equal(decode(row_of("query"), space, len, &got),
				 claims[i] > 1024 ? ERR_LIMIT : ERR_SHORT);
	}
}

static enum err verdict_of_version(struct version v)
{
	struct msg_commit m = {sample_context(), sample_name("foo"), v};

	return verdict(row_of("commit"), &m);
}

static void a_version_is_held_to_its_ranges(void **state)
{
	struct version good = sample_version(DIGEST_XXH3), v;

	(void)state;
	assert_int_equal(verdict_of_version(good), ERR_OK);
	v = good, v.size = INT64_MAX;
	assert_int_equal(verdict_of_version(v), ERR_OK);
	v = good, v.size = (uint64_t)INT64_MAX + 1;
	assert_int_equal(verdict_of_version(v), ERR_RANGE);
	v = good, v.mode = 0777;
	assert_int_equal(verdict_of_version(v), ERR_OK);
	v = good, v.mode = 01000;
	assert_int_equal(verdict_of_version(v), ERR_RANGE);
	v = good, v.y = 1;
	assert_int_equal(verdict_of_version(v), ERR_RANGE);
	v = good, v.y = LAYOUT_MAX;
	assert_int_equal(verdict_of_version(v), ERR_OK);
	v = good, v.y = LAYOUT_MAX + 1;
	assert_int_equal(verdict_of_version(v), ERR_RANGE);
	v = good, v.tag.ctr = 0;
	assert_int_equal(verdict_of_version(v), ERR_RANGE);
	v = good, v.alg = 3;
	assert_int_equal(verdict_of_version(v), ERR_FORMAT);
	v = good, v.mtime_ns = INT64_MIN;
	assert_int_equal(verdict_of_version(v), ERR_OK);
}

static void a_tombstone_says_nothing_but_its_tag(void **state)
{
	struct version good = sample_tombstone(), v;

	(void)state;
	assert_int_equal(verdict_of_version(good), ERR_OK);
	v = good, v.size = 1;
	assert_int_equal(verdict_of_version(v), ERR_FORMAT);
	v = good, v.mtime_ns = -1;
	assert_int_equal(verdict_of_version(v), ERR_FORMAT);
	v = good, v.mode = 0644;
	assert_int_equal(verdict_of_version(v), ERR_FORMAT);
	v = good, v.alg = DIGEST_SHA256;
	assert_int_equal(verdict_of_version(v), ERR_FORMAT);
	v = good, v.root.bytes[15] = 1;
	assert_int_equal(verdict_of_version(v), ERR_FORMAT);
}

static enum err verdict_of_record(struct record r)
{
	struct msg_list_entry m = {.name = sample_name("foo"), .count = 1};

	m.records[0] = r;
	return verdict(row_of("list_entry"), &m);
}

static void a_record_is_held_to_its_state(void **state)
{
	struct record good = sample_record(DIGEST_XXH3), r;

	(void)state;
	assert_int_equal(verdict_of_record(good), ERR_OK);
	r = good, r.place = 4;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r = good, r.place = RECORD_NO_PLACE;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r = good, r.first = 4;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r = good, r.have = 4;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r = good, r.state = (enum record_state)'x';
	assert_int_equal(verdict_of_record(r), ERR_FORMAT);
	r = good, r.state = RECORD_WITNESS;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r.place = RECORD_NO_PLACE;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r.first = 0, r.have = 0;
	assert_int_equal(verdict_of_record(r), ERR_OK);
	r.state = RECORD_TOMBSTONE;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
	r.v = sample_tombstone();
	assert_int_equal(verdict_of_record(r), ERR_OK);
	r.state = RECORD_WITNESS;
	assert_int_equal(verdict_of_record(r), ERR_RANGE);
}

static void records_come_strictly_highest_first(void **state)
{
	struct msg_query_answer m = {.store = sample_store(), .count = 2};

	(void)state;
	m.records[0] = m.records[1] = sample_record(DIGEST_XXH3);
	assert_int_equal(verdict(row_of("query_answer"), &m), ERR_FORMAT);
	m.records[0].v.tag.rep = 1;
	assert_int_equal(verdict(row_of("query_answer"), &m), ERR_OK);
	m.records[1].v.tag.gen = 1;
	assert_int_equal(verdict(row_of("query_answer"), &m), ERR_FORMAT);
}

static void more_records_than_allowed_are_refused(void **state)
{
	static struct msg_query_answer m;
	const struct message_row *row = row_of("query_answer");
	union any_message got;
	struct wbuf b;

	(void)state;
	assert_true(row->sample(2, &m));
	assert_int_equal(m.count, MSG_RECORDS_MAX);
	assert_int_equal(verdict(row, &m), ERR_OK);
	m.count++;
	wbuf_init(&b, space, sizeof(space));
	assert_int_equal(row->put(&b, &m), ERR_LIMIT);
	m.count = 0;
	assert_int_equal(row->put(&b, &m), ERR_OK);
	space[b.len - 1] = MSG_RECORDS_MAX + 1;
	assert_int_equal(decode(row, space, b.len, &got), ERR_LIMIT);
}

static void the_states_and_flags_of_a_store_are_known_ones(void **state)
{
	struct msg_store m = sample_store();

	(void)state;
	m.state = STORE_LEAVING + 1;
	assert_int_equal(verdict(row_of("store"), &m), ERR_FORMAT);
	m = sample_store();
	m.flags = STORE_ALL_FLAGS + 1;
	assert_int_equal(verdict(row_of("store"), &m), ERR_FORMAT);
	m = sample_store();
	m.cluster.n = LAYOUT_MAX;
	assert_int_equal(verdict(row_of("store"), &m), ERR_OK);
	m.cluster.n = LAYOUT_MAX + 1;
	assert_int_equal(verdict(row_of("store"), &m), ERR_RANGE);
}

static void a_stage_has_a_place_two_slots_and_no_root_yet(void **state)
{
	struct msg_stage_begin begin = {.context = sample_context()};
	struct msg_stage_data data = {2};
	struct msg_stage_end end = {.alg = DIGEST_XXH3, .y = 1};
	struct wbuf b;

	(void)state;
	assert_int_equal(verdict(row_of("stage_data"), &data), ERR_RANGE);
	assert_int_equal(verdict(row_of("stage_end"), &end), ERR_RANGE);
	end.alg = 0, end.y = 4;
	assert_int_equal(verdict(row_of("stage_end"), &end), ERR_FORMAT);
	end.y = LAYOUT_MAX + 1;
	wbuf_init(&b, space, sizeof(space));
	assert_int_equal(msg_stage_end_put(&b, &end), ERR_LIMIT);
	assert_true(sample_stage_begin(0, &begin));
	begin.record.place = 4;
	assert_int_equal(verdict(row_of("stage_begin"), &begin), ERR_RANGE);
	begin.record.place = 0, begin.record.first = 4;
	assert_int_equal(verdict(row_of("stage_begin"), &begin), ERR_RANGE);
	begin.record.first = 0, begin.record.v = sample_tombstone();
	assert_int_equal(verdict(row_of("stage_begin"), &begin), ERR_RANGE);
}

static void a_copy_has_a_place_and_both_its_names(void **state)
{
	const struct message_row *row = row_of("copy");
	union any_message m, got;
	size_t len = encode(row, 0, &m);
	struct msg_copy copy = m.copy;

	(void)state;
	assert_int_equal(decode_in_place(row, space, len, &got), ERR_OK);
	assert_int_equal(got.copy.record.state, RECORD_STAGED);
	assert_int_equal(got.copy.record.have, 3);
	assert_memory_equal(&got.copy.record.chunk, &m.copy.record.chunk,
			    sizeof(m.copy.record.chunk));
	assert_int_equal(got.copy.source_tag.ctr, 7);
	assert_int_equal(got.copy.source.len, 3);
	copy.record.place = 4;
	assert_int_equal(verdict(row, &copy), ERR_RANGE);
	copy = m.copy, copy.record.first = 4;
	assert_int_equal(verdict(row, &copy), ERR_RANGE);
	copy = m.copy, copy.record.v = sample_tombstone();
	assert_int_equal(verdict(row, &copy), ERR_RANGE);
	copy = m.copy, copy.source = sample_name("a//b");
	assert_int_equal(verdict(row, &copy), ERR_NAME);
	copy = m.copy, copy.name = sample_name("");
	assert_int_equal(verdict(row, &copy), ERR_NAME);
	copy = m.copy, copy.source_tag.ctr = 0;
	assert_int_equal(verdict(row, &copy), ERR_RANGE);
}

static void a_stage_begins_as_a_whole_staged_record(void **state)
{
	union any_message m, got;
	const struct message_row *row = row_of("stage_begin");
	size_t len = encode(row, 0, &m);

	(void)state;
	assert_int_equal(decode_in_place(row, space, len, &got), ERR_OK);
	assert_int_equal(got.stage_begin.record.state, RECORD_STAGED);
	assert_int_equal(got.stage_begin.record.have, 3);
	assert_int_equal(got.stage_begin.record.place, 2);
	assert_int_equal(got.stage_begin.record.first, 3);
}

static void a_commit_answer_tells_a_committed_state(void **state)
{
	struct msg_commit_answer m = {.store = sample_store(),
				      .state = RECORD_STAGED,
				      .highest = sample_tag(1)};

	(void)state;
	assert_int_equal(verdict(row_of("commit_answer"), &m), ERR_FORMAT);
	m.state = RECORD_WITNESS;
	assert_int_equal(verdict(row_of("commit_answer"), &m), ERR_OK);
	m.highest.ctr = 0;
	assert_int_equal(verdict(row_of("commit_answer"), &m), ERR_RANGE);
}

static void a_fetch_stays_below_two_to_the_63(void **state)
{
	struct msg_fetch m;

	(void)state;
	assert_true(sample_fetch(0, &m));
	m.offset = INT64_MAX, m.len = 0;
	assert_int_equal(verdict(row_of("fetch"), &m), ERR_OK);
	m.len = 1;
	assert_int_equal(verdict(row_of("fetch"), &m), ERR_RANGE);
	m.offset = UINT64_MAX, m.len = 2;
	assert_int_equal(verdict(row_of("fetch"), &m), ERR_RANGE);
	m.offset = 1, m.len = UINT64_MAX;
	assert_int_equal(verdict(row_of("fetch"), &m), ERR_RANGE);
	assert_true(sample_fetch(0, &m));
	m.chunk = LAYOUT_MAX;
	assert_int_equal(verdict(row_of("fetch"), &m), ERR_RANGE);
}

static void a_join_sets_member_or_leaving_of_a_cluster_with_members(
	void **state)
{
	struct msg_join m;

	(void)state;
	assert_true(sample_join(0, &m));
	m.state = STORE_BLANK;
	assert_int_equal(verdict(row_of("join"), &m), ERR_RANGE);
	m.state = STORE_JOINING;
	assert_int_equal(verdict(row_of("join"), &m), ERR_RANGE);
	m.state = STORE_LEAVING;
	assert_int_equal(verdict(row_of("join"), &m), ERR_OK);
	m.cluster.n = 0;
	assert_int_equal(verdict(row_of("join"), &m), ERR_RANGE);
}

static void texts_and_prefixes_have_limits(void **state)
{
	static char text[1025];
	struct msg_refusal refusal = {.store = sample_store()};
	struct msg_list list = {{"", 0}, {"", 0}};

	(void)state;
	memset(text, 't', sizeof(text));
	refusal.text = (struct msg_name){text, MSG_TEXT_MAX};
	assert_int_equal(verdict(row_of("refusal"), &refusal), ERR_OK);
	refusal.text.len++;
	assert_int_equal(verdict(row_of("refusal"), &refusal), ERR_LIMIT);
	list.prefix = (struct msg_name){text, 1024};
	assert_int_equal(verdict(row_of("list"), &list), ERR_OK);
	list.prefix.len++;
	assert_int_equal(verdict(row_of("list"), &list), ERR_LIMIT);
	list.prefix.len = 0, list.after = (struct msg_name){text, 1025};
	assert_int_equal(verdict(row_of("list"), &list), ERR_LIMIT);
}

static void entries_of_a_listing_follow_each_other(void **state)
{
	static const char *const names[] = {"a", "a/b", "b"};
	struct msg_list_entry m = {.count = 1}, got;
	struct wbuf b;
	struct rbuf in;

	(void)state;
	m.records[0] = sample_record(DIGEST_XXH3);
	wbuf_init(&b, space, sizeof(space));
	for (size_t i = 0; i < 3; i++) {
		m.name = sample_name(names[i]);
		assert_int_equal(msg_list_entry_put(&b, &m), ERR_OK);
	}
	rbuf_init(&in, space, b.len);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(msg_list_entry_get(&in, &got), ERR_OK);
		assert_int_equal(got.name.len, strlen(names[i]));
		assert_memory_equal(got.name.text, names[i], got.name.len);
	}
	assert_int_equal(rbuf_left(&in), 0);
}

/* The records as a store keeps them: with the chunks' digests. */
static size_t stored_records(const struct msg_list_entry *m, uint8_t *out,
			     size_t size)
{
	struct wbuf b;

	wbuf_init(&b, out, size);
	for (unsigned i = 0; i < m->count; i++)
		assert_int_equal(record_put(&b, &m->records[i], true), ERR_OK);
	return b.len;
}

static void stored_records_make_the_same_entry(void **state)
{
	static uint8_t stored[4096], copied[4096];
	struct msg_list_entry m = {.name = sample_name("a/b"), .count = 3};
	struct wbuf b, c;
	struct rbuf in;
	size_t len;

	(void)state;
	m.records[0] = sample_record(DIGEST_SHA256);
	m.records[1] = sample_record(DIGEST_XXH3);
	m.records[2] = (struct record){.v = sample_tombstone(),
				       .state = RECORD_TOMBSTONE,
				       .place = RECORD_NO_PLACE};
	len = stored_records(&m, stored, sizeof(stored));
	wbuf_init(&b, space, sizeof(space));
	assert_int_equal(msg_list_entry_put(&b, &m), ERR_OK);
	for (size_t cap = 0; cap < b.len; cap++) {
		rbuf_init(&in, stored, len);
		wbuf_init(&c, copied, cap);
		assert_int_equal(msg_list_entry_copy(&c, &m.name, 3, &in),
				 ERR_LIMIT);
		assert_int_equal(c.len, 0);
	}
	for (size_t cut = 0; cut < len; cut++) {
		rbuf_init(&in, stored, cut);
		wbuf_init(&c, copied, sizeof(copied));
		assert_int_equal(msg_list_entry_copy(&c, &m.name, 3, &in),
				 ERR_SHORT);
	}
	rbuf_init(&in, stored, len);
	assert_int_equal(msg_list_entry_copy(&c, &m.name, 3, &in), ERR_OK);
	assert_int_equal(rbuf_left(&in), 0);
	assert_int_equal(c.len, b.len);
	assert_memory_equal(copied, space, b.len);
}

static void every_status_has_a_text(void **state)
{
	(void)state;
	for (int s = ST_OK; s <= ST_STOPPING; s++)
		assert_string_not_equal(status_text((enum status)s),
					"unknown status");
	assert_string_equal(status_text((enum status)(ST_STOPPING + 1)),
			    "unknown status");
	assert_string_equal(status_text((enum status)65535), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_gives_back_what_was_encoded),
		cmocka_unit_test(encoders_leave_no_byte_out),
		cmocka_unit_test(
			every_cut_of_every_message_fails_and_changes_nothing),
		cmocka_unit_test(a_byte_behind_a_message_is_an_error),
		cmocka_unit_test(a_changed_byte_is_refused_or_kept),
		cmocka_unit_test(
			an_encoder_without_room_says_so_and_writes_nothing),
		cmocka_unit_test(names_are_checked_by_the_decoders),
		cmocka_unit_test(a_name_that_claims_more_than_there_is_fails),
		cmocka_unit_test(a_version_is_held_to_its_ranges),
		cmocka_unit_test(a_tombstone_says_nothing_but_its_tag),
		cmocka_unit_test(a_record_is_held_to_its_state),
		cmocka_unit_test(records_come_strictly_highest_first),
		cmocka_unit_test(more_records_than_allowed_are_refused),
		cmocka_unit_test(
			the_states_and_flags_of_a_store_are_known_ones),
		cmocka_unit_test(a_stage_has_a_place_two_slots_and_no_root_yet),
		cmocka_unit_test(a_copy_has_a_place_and_both_its_names),
		cmocka_unit_test(a_stage_begins_as_a_whole_staged_record),
		cmocka_unit_test(a_commit_answer_tells_a_committed_state),
		cmocka_unit_test(a_fetch_stays_below_two_to_the_63),
		cmocka_unit_test(
			a_join_sets_member_or_leaving_of_a_cluster_with_members),
		cmocka_unit_test(texts_and_prefixes_have_limits),
		cmocka_unit_test(entries_of_a_listing_follow_each_other),
		cmocka_unit_test(stored_records_make_the_same_entry),
		cmocka_unit_test(every_status_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
