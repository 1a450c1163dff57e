/* The state's text, and its link. */
#include <fcntl.h>
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

#include "state.h"

static const char text[] =
	"1-000102030405060708090a0b0c0d0e0f-m-0000000000000007"
	"-f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff-00000003-04"
	"-0000000000abcdef-17979cfe362a0915"
	"-666f6f00000000000000000000000000"
	"00000000000000000000000000000000"
	"-65601bc0-6541f7c0";

static struct state sample(void)
{
	struct state s = {
		.state = STORE_MEMBER,
		.floor = 7,
		.cluster = {.epoch = 3, .n = 4},
		.inode = 0xabcdef,
		.birth_ns = 0x17979cfe362a0915,
		.cursor = {'f', 'o', 'o'},
		.began_s = 0x65601bc0,
		.last_s = 0x6541f7c0,
	};

	for (unsigned i = 0; i < STORE_ID_SIZE; i++) {
		s.store[i] = (uint8_t)i;
		s.cluster.id[i] = (uint8_t)(0xf0 + i);
	}
	return s;
}

static void equal(const struct state *a, const struct state *b)
{
	assert_memory_equal(a->store, b->store, sizeof(a->store));
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->floor, b->floor);
	assert_memory_equal(a->cluster.id, b->cluster.id, STORE_ID_SIZE);
	assert_int_equal(a->cluster.epoch, b->cluster.epoch);
	assert_int_equal(a->cluster.n, b->cluster.n);
	assert_int_equal(a->inode, b->inode);
	assert_int_equal(a->birth_ns, b->birth_ns);
	assert_memory_equal(a->cursor, b->cursor, sizeof(a->cursor));
	assert_int_equal(a->began_s, b->began_s);
	assert_int_equal(a->last_s, b->last_s);
}

static void the_text_is_as_the_manual_says(void **state)
{
	char out[STATE_TEXT_SIZE + 1];
	struct state s = sample(), got;

	(void)state;
	state_to_text(&s, out);
	assert_string_equal(out, text);
	assert_int_equal(strlen(out), STATE_TEXT_SIZE);
	assert_int_equal(state_from_text(text, &got), ERR_OK);
	equal(&s, &got);
}

static void the_extremes_go_there_and_back(void **state)
{
	char out[STATE_TEXT_SIZE + 1];
	struct state s = sample(), got;

	(void)state;
	for (uint8_t i = STORE_BLANK; i <= STORE_LEAVING; i++) {
		s.state = i;
		s.floor = i % 2 ? UINT64_MAX : 0;
		s.inode = i % 2 ? UINT64_MAX : 0;
		s.birth_ns = i % 2 ? INT64_MIN : INT64_MAX;
		s.cluster.epoch = i % 2 ? UINT32_MAX : 0;
		s.cluster.n = i % 2 ? LAYOUT_MAX : 0;
		s.began_s = i % 2 ? UINT32_MAX : 0;
		s.last_s = i % 2 ? 0 : UINT32_MAX;
		state_to_text(&s, out);
		assert_int_equal(state_from_text(out, &got), ERR_OK);
		equal(&s, &got);
	}
}

/* Every byte, replaced by one that can never stand there. */
static void no_other_text_is_taken(void **state)
{
	char bad[STATE_TEXT_SIZE + 2];
	struct state got;

	(void)state;
	for (size_t i = 0; i < STATE_TEXT_SIZE; i++) {
		memcpy(bad, text, sizeof(text));
		bad[i] = 'X';
		assert_int_equal(state_from_text(bad, &got), ERR_FORMAT);
		bad[i] = '\0';
		assert_int_equal(state_from_text(bad, &got), ERR_FORMAT);
	}
	memcpy(bad, text, sizeof(text));
	bad[STATE_TEXT_SIZE] = '0';
	bad[STATE_TEXT_SIZE + 1] = '\0';
	assert_int_equal(state_from_text(bad, &got), ERR_FORMAT);
	memcpy(bad, text, sizeof(text));
	memcpy(strstr(bad, "-04-"), "-65-", 4);
	assert_int_equal(state_from_text(bad, &got), ERR_FORMAT);
}

static void the_link_is_replaced_and_read_back(void **state)
{
	char dir[] = "/tmp/dfs-unit-XXXXXX";
	struct state s = sample(), got;
	uint64_t inode;
	int64_t birth;
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(state_read(fd, &got), ERR_ABSENT);
	assert_int_equal(symlinkat("rest", fd, STATE_LINK_NEW), 0);
	for (uint8_t i = 1; i < 4; i++) {
		s.state = i;
		assert_int_equal(state_write(fd, &s), ERR_OK);
		assert_int_equal(state_read(fd, &got), ERR_OK);
		equal(&s, &got);
	}
	assert_int_equal(unlinkat(fd, STATE_LINK_NEW, 0), -1);
	assert_int_equal(unlinkat(fd, STATE_LINK, 0), 0);
	assert_int_equal(symlinkat("x", fd, STATE_LINK), 0);
	assert_int_equal(state_read(fd, &got), ERR_FORMAT);
	assert_int_equal(unlinkat(fd, STATE_LINK, 0), 0);
	assert_int_equal(state_of_directory(fd, &inode, &birth), ERR_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(inode, st.st_ino);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_as_the_manual_says),
		cmocka_unit_test(the_extremes_go_there_and_back),
		cmocka_unit_test(no_other_text_is_taken),
		cmocka_unit_test(the_link_is_replaced_and_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
