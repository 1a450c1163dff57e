/* Key files: what they say, and who may use them. */
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

#include "keyring.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static char dir[] = "/tmp/keyring-XXXXXX";
static char path[64];
static char message[KEYRING_MESSAGE_MAX];
static struct keyring ring;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/key", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void write_file(const char *text, size_t len, mode_t mode)
{
	FILE *f;

	(void)unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static enum err load(const char *text)
{
	write_file(text, strlen(text), 0600);
	return keyring_load(&ring, path, message);
}

static void lines_are_labels_and_keys(void **state)
{
	const struct keyring_key *k;

	(void)state;
	assert_int_equal(load("# a comment\n\nhome:" HEX "\r\n"
			      "guest@x:" HEX ":ro"),
			 ERR_OK);
	assert_int_equal(ring.count, 2);
	k = keyring_find(&ring, "home", 4);
	assert_non_null(k);
	assert_false(k->read_only);
	for (uint8_t i = 0; i < KEYRING_KEY_SIZE; i++)
		assert_int_equal(k->bytes[i], i);
	k = keyring_find(&ring, "guest@x", 7);
	assert_non_null(k);
	assert_true(k->read_only);
	assert_null(keyring_find(&ring, "hom", 3));
	assert_null(keyring_find(&ring, "home\0", 5));
	assert_false(keyring_same(&ring.keys[0], &ring.keys[1]));
	assert_true(keyring_same(&ring.keys[0], &ring.keys[0]));
	keyring_release(&ring);
}

static void what_is_no_key_is_named_with_its_line(void **state)
{
	static const char *const bad[][2] = {
		{"home\n", ":1: not of the form"},
		{":" HEX "\n", ":1: not of the form"},
		{"ho me:" HEX "\n", ":1: not of the form"},
		{"\n\nhome:0001\n", ":3: a key is 64 hex digits"},
		{"home:" HEX "0\n", ":1: behind the key"},
		{"home:" HEX ":rw\n", ":1: behind the key"},
		{"home:" HEX "\nhome:" HEX "\n", ":2: the label stands"},
		{"# nothing\n", ": no key in it"},
		{"", ": no key in it"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(bad[i][0]), ERR_FORMAT);
		assert_non_null(strstr(message, bad[i][1]));
	}
	write_file("home:" HEX "\n\0", sizeof("home:" HEX "\n"), 0600);
	assert_int_equal(keyring_load(&ring, path, message), ERR_FORMAT);
}

static void a_file_that_others_can_use_is_refused(void **state)
{
	static const mode_t modes[] = {0644, 0640, 0604, 0620, 0602, 0610};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file("home:" HEX, strlen("home:" HEX), modes[i]);
		assert_int_equal(keyring_load(&ring, path, message), ERR_RANGE);
		assert_non_null(strstr(message, "chmod 600"));
	}
	assert_int_equal(keyring_load(&ring, dir, message), ERR_RANGE);
	assert_int_equal(keyring_load(&ring, "/nonexistent/key", message),
			 ERR_SYS);
}

static void a_new_key_can_be_loaded_and_is_never_written_over(void **state)
{
	struct keyring other;
	struct stat st;

	(void)state;
	(void)unlink(path);
	assert_int_equal(keyring_make(path, "my-label"), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(keyring_load(&ring, path, message), ERR_OK);
	assert_string_equal(ring.keys[0].label, "my-label");
	assert_int_equal(keyring_make(path, "other"), ERR_EXISTS);
	assert_int_equal(keyring_load(&other, path, message), ERR_OK);
	assert_true(keyring_same(&ring.keys[0], &other.keys[0]));
	keyring_release(&other);
	(void)unlink(path);
	assert_int_equal(keyring_make(path, "my-label"), ERR_OK);
	assert_int_equal(keyring_load(&other, path, message), ERR_OK);
	assert_false(keyring_same(&ring.keys[0], &other.keys[0]));
	keyring_release(&other);
	keyring_release(&ring);
	assert_int_equal(keyring_make(path, "a b"), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_labels_and_keys),
		cmocka_unit_test(what_is_no_key_is_named_with_its_line),
		cmocka_unit_test(a_file_that_others_can_use_is_refused),
		cmocka_unit_test(
			a_new_key_can_be_loaded_and_is_never_written_over),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
