/*
 * The examples of dfs-protocol(7) and dfs-format(5) are vectors: what the
 * encoders write must be what the manuals say, byte for byte.  In a manual
 * an example stands between `.\" vector NAME` and `.\" end`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../messages.h"
#include "name.h"

static const char protocol[] = "man/dfs-protocol.7";
static const char format[] = "man/dfs-format.5";

static char block[8192]; /* the lines of the example, without macros */
static uint8_t bytes[4096];

/* Reads the example into block. */
static void read_block(const char *manual, const char *name)
{
	char line[512], begin[64];
	FILE *f = fopen(manual, "r");
	bool in = false, closed = false;
	size_t len = 0;

	if (f == NULL)
		fail_msg("%s: run this from the top of the tree", manual);
	snprintf(begin, sizeof(begin), ".\\\" vector %s\n", name);
	while (!closed && fgets(line, sizeof(line), f) != NULL) {
		closed = in && strcmp(line, ".\\\" end\n") == 0;
		if (in && line[0] != '.') {
			assert_true(len + strlen(line) < sizeof(block));
			memcpy(block + len, line, strlen(line) + 1);
			len += strlen(line);
		}
		in = in || strcmp(line, begin) == 0;
	}
	fclose(f);
	if (!closed || len == 0)
		fail_msg("%s: no example %s", manual, name);
}

/* The bytes of a line are in its first column, which ends with two blanks. */
static size_t read_bytes(const char *name)
{
	size_t count = 0;

	read_block(protocol, name);
	for (char *line = block; *line != '\0'; line = strchr(line, '\n') + 1) {
		for (char *at = line; *at != ' ' && *at != '\n'; at += 3) {
			char digits[3] = {at[0], at[1], '\0'};

			assert_int_equal(
				digest_unhex(digits, &bytes[count++], 1),
				ERR_OK);
			if (at[2] == '\n')
				break;
		}
	}
	return count;
}

static bool has_example(const struct message_row *row)
{
	/* These are a store and nothing else. */
	return strcmp(row->name, "join_answer") != 0 &&
	       strcmp(row->name, "store") != 0;
}

static void every_message_is_encoded_as_in_the_manual(void **state)
{
	static union any_message m;
	static uint8_t space[FRAME_HEAD_MAX];
	struct wbuf b;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		if (!has_example(&messages[r]))
			continue;
		memset(&m, 0, sizeof(m));
		assert_true(messages[r].sample(0, &m));
		wbuf_init(&b, space, sizeof(space));
		assert_int_equal(messages[r].put(&b, &m), ERR_OK);
		assert_int_equal(read_bytes(messages[r].name), b.len);
		assert_memory_equal(bytes, space, b.len);
	}
}

static void every_message_of_the_manual_is_decoded(void **state)
{
	static union any_message m;
	struct rbuf b;

	(void)state;
	for (size_t r = 0; r < MESSAGES; r++) {
		if (!has_example(&messages[r]))
			continue;
		rbuf_init(&b, bytes, read_bytes(messages[r].name));
		assert_int_equal(messages[r].get(&b, &m), ERR_OK);
		assert_int_equal(rbuf_left(&b), 0);
	}
}

static void a_query_answer_of_the_manual_means_what_it_says(void **state)
{
	static struct msg_query_answer m;
	const struct record *r = &m.records[0];
	struct rbuf b;

	(void)state;
	rbuf_init(&b, bytes, read_bytes("query_answer"));
	assert_int_equal(msg_query_answer_get(&b, &m), ERR_OK);
	assert_int_equal(m.store.stamp.time_ms, 3600000);
	assert_int_equal(m.store.fence_s, 86400);
	assert_int_equal(m.store.state, STORE_MEMBER);
	assert_int_equal(m.store.flags, STORE_VERSIONS);
	assert_int_equal(m.store.cluster.epoch, 1);
	assert_int_equal(m.store.cluster.n, 4);
	assert_int_equal(m.store.floor, 5);
	assert_int_equal(m.count, 1);
	assert_int_equal(r->state, RECORD_COMMITTED);
	assert_int_equal(r->place, 2);
	assert_int_equal(r->first, 3);
	assert_int_equal(r->have, 3);
	assert_int_equal(r->v.tag.ctr, 7);
	assert_true(r->v.tag.put == 0x0123456789abcdef);
	assert_int_equal(r->v.size, 1000003);
	assert_int_equal(r->v.mtime_ns, 1700000000123456789);
	assert_int_equal(r->v.mode, 0644);
	assert_int_equal(r->v.y, 4);
	assert_int_equal(r->v.alg, DIGEST_XXH3);
	assert_int_equal(r->v.root.bytes[15], 0x1f);
	assert_int_equal(r->chunk[1].bytes[0], 0x40);
}

static void a_greeting_and_a_frame_are_as_in_the_manual(void **state)
{
	struct msg_query query;
	struct greeting g;
	struct frame f;
	struct rbuf b;

	(void)state;
	rbuf_init(&b, bytes, read_bytes("greeting"));
	assert_int_equal(greeting_get(&b, &g), ERR_OK);
	assert_int_equal(rbuf_left(&b), 0);
	assert_int_equal(g.proto_min, 1);
	assert_int_equal(g.proto_max, 1);
	assert_int_equal(g.state, STORE_MEMBER);
	assert_int_equal(g.flags, STORE_VERSIONS);
	assert_int_equal(g.store[0], 0xa0);
	rbuf_init(&b, bytes, read_bytes("frame"));
	assert_int_equal(frame_get(&b, &f), ERR_OK);
	assert_int_equal(f.op, OP_QUERY);
	assert_int_equal(f.id, 42);
	assert_int_equal(f.head_len, rbuf_left(&b));
	assert_int_equal(f.body_len, 0);
	assert_int_equal(msg_query_get(&b, &query), ERR_OK);
	assert_int_equal(query.name.len, 3);
}

struct row {
	int number;
	const char *name;
};

/* A row of a table: ".It NUMBER Ta NAME Ta". */
static void find_rows(const struct row *rows, size_t count)
{
	static char text[65536];
	FILE *f = fopen(protocol, "r");
	char want[64];
	size_t len;

	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	for (size_t i = 0; i < count; i++) {
		snprintf(want, sizeof(want), "\n.It %d Ta %s Ta ",
			 rows[i].number, rows[i].name);
		if (strstr(text, want) == NULL)
			fail_msg("not in the manual:%s", want);
	}
}

#define ROW(x) \
	{ \
		x, #x \
	}
#define OP_ROW(x) \
	{ \
		OP_##x, #x \
	}

static void operations_and_statuses_have_the_numbers_of_the_manual(void **state)
{
	static const struct row ops[] = {
		OP_ROW(QUERY),	   OP_ROW(STAGE_BEGIN), OP_ROW(STAGE_DATA),
		OP_ROW(STAGE_END), OP_ROW(COMMIT),	OP_ROW(ABORT),
		OP_ROW(FETCH),	   OP_ROW(LIST),	OP_ROW(JOIN),
		OP_ROW(STATUS),	   OP_ROW(RESTORE),	OP_ROW(FORGET),
		OP_ROW(DISCARD),   OP_ROW(VERIFY)};
	static const struct row statuses[] = {ROW(ST_OK),
					      ROW(ST_BAD_REQUEST),
					      ROW(ST_UNKNOWN_OP),
					      ROW(ST_OTHER_CLUSTER),
					      ROW(ST_STALE),
					      ROW(ST_SUPERSEDED),
					      ROW(ST_GONE),
					      ROW(ST_ABSENT),
					      ROW(ST_CORRUPT),
					      ROW(ST_DIGEST),
					      ROW(ST_READ_ONLY),
					      ROW(ST_NO_SPACE),
					      ROW(ST_IO),
					      ROW(ST_LIMIT),
					      ROW(ST_RANGE),
					      ROW(ST_REFUSED),
					      ROW(ST_NOT_PERMITTED),
					      ROW(ST_STOPPING)};

	(void)state;
	find_rows(ops, sizeof(ops) / sizeof(ops[0]));
	find_rows(statuses, sizeof(statuses) / sizeof(statuses[0]));
	assert_int_equal(sizeof(statuses) / sizeof(statuses[0]),
			 ST_STOPPING + 1);
}

static void names_of_the_manual_have_their_turn(void **state)
{
	unsigned names = 0;

	(void)state;
	read_block(format, "turns");
	for (char *line = block; *line != '\0'; line = strchr(line, '\n') + 1) {
		unsigned x = (unsigned)(line[0] - '0');

		for (char *at = line + 1; *at != '\n';) {
			size_t len;

			at += strspn(at, " ");
			len = strcspn(at, " \n");
			assert_int_equal(layout_turn(at, len, 4), x);
			at += len;
			names++;
		}
	}
	assert_int_equal(names, 11);
}

/* ---- the file of the example in dfs-format(5) */

static const char content[] = "hello, world\n";

#define CONTENT_SIZE (sizeof(content) - 1)

/* Its record at one place. */
static struct record example(unsigned place)
{
	struct record r = {
		.v = {.tag = {1, 0x9f3c0e5ad1b2c487, 0, 0},
		      .size = CONTENT_SIZE,
		      .mtime_ns = INT64_C(1700000000) * 1000000000,
		      .mode = 0644,
		      .y = 4,
		      .alg = DIGEST_XXH3},
		.state = RECORD_COMMITTED,
		.place = (uint8_t)place,
		.first = (uint8_t)layout_first(place, layout_turn("foo", 3, 4),
					       4),
		.have = 3,
	};
	struct digest chunks[4];

	for (unsigned i = 0; i < 4; i++)
		digest_of(DIGEST_XXH3,
			  content + layout_offset(CONTENT_SIZE, 4, i),
			  layout_length(CONTENT_SIZE, 4, i), &chunks[i]);
	digest_root(DIGEST_XXH3, chunks, 4, &r.v.root);
	r.chunk[0] = chunks[r.first];
	r.chunk[1] = chunks[layout_next(r.first, 4)];
	return r;
}

/* The listing without its indentation and line breaks, one path a line. */
static void join_listing(char *out, size_t cap)
{
	char *at = out;

	for (char *line = block; *line != '\0'; line = strchr(line, '\n') + 1) {
		size_t indent = strspn(line, " ");
		size_t len = strcspn(line, "\n") - indent;
		bool begins = indent == 0 || indent == 8;

		assert_true((size_t)(at - out) + len + 2 < cap);
		if (begins && at > out)
			*at++ = '\n';
		memcpy(at, line + indent, len);
		at += len;
	}
	*at++ = '\n';
	*at = '\0';
}

static void the_example_on_disk_is_as_in_the_manual(void **state)
{
	char listing[8192], want[8192], dir[RECORD_DIR_MAX];
	size_t len = 0;

	(void)state;
	read_block(format, "listing");
	join_listing(listing, sizeof(listing));
	for (unsigned s = 0; s < 4; s++) {
		char chunk[2][RECORD_CHUNK_MAX];
		struct record r = example(s);
		bool turned;

		record_dir_name(&r, dir);
		record_chunk_name(&r, 0, chunk[0]);
		record_chunk_name(&r, 1, chunk[1]);
		turned = strcmp(chunk[0], chunk[1]) > 0;
		len += (size_t)snprintf(want + len, sizeof(want) - len,
					"dfs%u/foo/%s/\n%s\n%s\n", s + 1, dir,
					chunk[turned], chunk[!turned]);
	}
	assert_string_equal(listing, want);
}

static char top[] = "/tmp/dfs-manual-XXXXXX";

static void write_chunk(const char *dir, const struct record *r, unsigned which,
			bool rotten)
{
	char chunk[RECORD_CHUNK_MAX], path[1024];
	unsigned i = which == 0 ? r->first : layout_next(r->first, 4);
	FILE *f;

	record_chunk_name(r, which, chunk);
	snprintf(path, sizeof(path), "%s/%s", dir, chunk);
	f = fopen(path, "w");
	assert_non_null(f);
	for (uint64_t at = 0; at < layout_length(CONTENT_SIZE, 4, i); at++) {
		int c = content[layout_offset(CONTENT_SIZE, 4, i) + at];

		fputc(rotten ? c ^ 1 : c, f);
	}
	assert_int_equal(fclose(f), 0);
}

/* The directory of server s: the example, or an older version of it. */
static void make_server(unsigned s, bool stale)
{
	char dir[RECORD_DIR_MAX], path[512];
	struct record r = example(s);

	if (stale)
		r.v.tag.put--;
	record_dir_name(&r, dir);
	snprintf(path, sizeof(path), "%s/dfs%u", top, s + 1);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/dfs%u/foo", top, s + 1);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/dfs%u/foo/%s", top, s + 1, dir);
	assert_int_equal(mkdir(path, 0700), 0);
	/* Chunk 1 is rotten on the first of its servers. */
	write_chunk(path, &r, 0, stale);
	write_chunk(path, &r, 1, stale || s == 0);
}

static void run(const char *command)
{
	static char whole[3 * sizeof(block)];
	int n = snprintf(whole, sizeof(whole), "cd %s && %s", top, command);

	assert_in_range(n, 1, sizeof(whole) - 1);
	assert_int_equal(system(whole), 0);
}

/* One server is stale, one has a rotten chunk. */
static void the_manual_recovers_a_file_by_hand(void **state)
{
	char script[2 * sizeof(block)];
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(top));
	make_server(0, false);
	make_server(1, false);
	make_server(2, true);
	make_server(3, false);
	read_block(format, "recovery");
	len = (size_t)snprintf(script, sizeof(script), "%s", block);
	read_block(format, "root");
	snprintf(script + len, sizeof(script) - len, "{ %s} >root", block);
	run(script);
	run("test \"$(cat foo)\" = 'hello, world'");
	run("test \"$(wc -c <foo)\" -eq 13");
	run("grep -q '^ea8a65f25b8fa8d297668c8621c3e0dd ' root");
	run("rm -r dfs? foo root");
	assert_int_equal(rmdir(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_is_encoded_as_in_the_manual),
		cmocka_unit_test(every_message_of_the_manual_is_decoded),
		cmocka_unit_test(
			a_query_answer_of_the_manual_means_what_it_says),
		cmocka_unit_test(a_greeting_and_a_frame_are_as_in_the_manual),
		cmocka_unit_test(
			operations_and_statuses_have_the_numbers_of_the_manual),
		cmocka_unit_test(names_of_the_manual_have_their_turn),
		cmocka_unit_test(the_example_on_disk_is_as_in_the_manual),
		cmocka_unit_test(the_manual_recovers_a_file_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
