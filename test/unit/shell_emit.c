/* Objects of --json, read back by the library that others read them with. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "emit.h"

static int real_stdout;
static FILE *file;

/* What is written to stdout comes to the test. */
static void catch (void)
{
	fflush(stdout);
	file = tmpfile();
	assert_non_null(file);
	real_stdout = dup(STDOUT_FILENO);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
}

static char *release(void)
{
	static char text[8192];
	size_t len;

	fflush(stdout);
	dup2(real_stdout, STDOUT_FILENO);
	close(real_stdout);
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

/* The one object that was written, on one line. */
static json_t *read_back(void)
{
	char *text = release();
	char *end = strchr(text, '\n');
	json_error_t error;
	json_t *o;

	assert_non_null(end);
	assert_int_equal(end[1], '\0');
	for (const char *p = text; p < end; p++)
		assert_in_range(*p, ' ', '~');
	o = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "v")),
			 EMIT_VERSION);
	return o;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	assert_non_null(text);
	return text;
}

static void texts_come_back_as_they_were(void **state)
{
	static const char text[] =
		"a \"b\" \\ \n\t\x1b[31m \xc3\xa4 \xf0\x9f\x98\x80";
	struct emit *e;
	json_t *o;

	(void)state;
	catch ();
	e = emit_begin("file");
	emit_text(e, "name", text);
	emit_text(e, "empty", "");
	emit_bytes(e, "cut", "abcdef", 3);
	emit_bytes(e, "nul", "a\0b", 3);
	emit_end(e);
	o = read_back();
	assert_string_equal(text_of(o, "type"), "file");
	assert_string_equal(text_of(o, "name"), text);
	assert_string_equal(text_of(o, "empty"), "");
	assert_string_equal(text_of(o, "cut"), "abc");
	assert_int_equal(json_string_length(json_object_get(o, "nul")), 3);
	json_decref(o);
}

static void bytes_that_are_no_text_are_in_hex(void **state)
{
	struct emit *e;
	json_t *o;
	json_t *list;

	(void)state;
	catch ();
	e = emit_begin("file");
	emit_bytes(e, "name", "a\xff\x00", 3);
	emit_bytes(e, "surrogate", "\xed\xa0\x80", 3);
	emit_bytes(e, "long", "\xc0\xaf", 2);
	emit_bytes(e, "cut", "\xc3", 1);
	emit_open_list(e, "names");
	emit_bytes(e, NULL, "good", 4);
	emit_bytes(e, NULL, "\xfe", 1);
	emit_close(e);
	emit_end(e);
	o = read_back();
	assert_null(json_object_get(o, "name"));
	assert_string_equal(text_of(o, "name_hex"), "61ff00");
	assert_string_equal(text_of(o, "surrogate_hex"), "eda080");
	assert_string_equal(text_of(o, "long_hex"), "c0af");
	assert_string_equal(text_of(o, "cut_hex"), "c3");
	list = json_object_get(o, "names");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_array_get(list, 0)), "good");
	assert_string_equal(text_of(json_array_get(list, 1), "hex"), "fe");
	json_decref(o);
}

static void numbers_too_large_for_a_reader_are_texts(void **state)
{
	struct emit *e;
	json_t *o;

	(void)state;
	catch ();
	e = emit_begin("n");
	emit_u64(e, "zero", 0);
	emit_u64(e, "most", INT64_MAX);
	emit_u64(e, "more", (uint64_t)INT64_MAX + 1);
	emit_u64(e, "all", UINT64_MAX);
	emit_real(e, "half", 0.5);
	emit_bool(e, "yes", true);
	emit_bool(e, "no", false);
	emit_null(e, "none");
	emit_end(e);
	o = read_back();
	assert_int_equal(json_integer_value(json_object_get(o, "zero")), 0);
	assert_true(json_integer_value(json_object_get(o, "most")) ==
		    INT64_MAX);
	assert_string_equal(text_of(o, "more"), "9223372036854775808");
	assert_string_equal(text_of(o, "all"), "18446744073709551615");
	assert_true(json_real_value(json_object_get(o, "half")) == 0.5);
	assert_true(json_is_true(json_object_get(o, "yes")));
	assert_true(json_is_false(json_object_get(o, "no")));
	assert_true(json_is_null(json_object_get(o, "none")));
	json_decref(o);
}

static void times_are_utc_before_1970_too(void **state)
{
	struct emit *e;
	json_t *o;

	(void)state;
	catch ();
	e = emit_begin("t");
	emit_time(e, "zero", 0);
	emit_time(e, "leap", INT64_C(1709212506000000007));
	emit_time(e, "just", -1);
	emit_time(e, "second", -INT64_C(1000000000));
	emit_time(e, "moon", -INT64_C(14182940500000000));
	emit_time(e, "first", INT64_MIN);
	emit_time(e, "last", INT64_MAX);
	emit_end(e);
	o = read_back();
	assert_string_equal(text_of(o, "zero"),
			    "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(text_of(o, "leap"),
			    "2024-02-29T13:15:06.000000007Z");
	assert_string_equal(text_of(o, "just"),
			    "1969-12-31T23:59:59.999999999Z");
	assert_string_equal(text_of(o, "second"),
			    "1969-12-31T23:59:59.000000000Z");
	assert_string_equal(text_of(o, "moon"),
			    "1969-07-20T20:17:39.500000000Z");
	assert_string_equal(text_of(o, "first"),
			    "1677-09-21T00:12:43.145224192Z");
	assert_string_equal(text_of(o, "last"),
			    "2262-04-11T23:47:16.854775807Z");
	json_decref(o);
}

static void lists_and_objects_stand_in_each_other(void **state)
{
	struct emit *e;
	json_t *o;
	json_t *list;

	(void)state;
	catch ();
	e = emit_begin("tree");
	emit_open_list(e, "list");
	emit_open_object(e, NULL);
	emit_open_list(e, "empty");
	emit_close(e);
	emit_u64(e, "one", 1);
	emit_close(e);
	emit_u64(e, NULL, 2);
	emit_close(e);
	emit_text(e, "behind", "x");
	emit_end(e);
	o = read_back();
	list = json_object_get(o, "list");
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_array_size(json_object_get(
				 json_array_get(list, 0), "empty")),
			 0);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 0), "one")),
			 1);
	assert_int_equal(json_integer_value(json_array_get(list, 1)), 2);
	assert_string_equal(text_of(o, "behind"), "x");
	json_decref(o);
}

static void an_object_that_is_lost_is_told_of_once(void **state)
{
	struct emit *e;

	(void)state;
	assert_false(emit_failed());
	catch ();
	e = emit_begin("x");
	emit_real(e, "number", NAN); /* JSON has none */
	emit_end(e);
	assert_string_equal(release(), "");
	assert_true(emit_failed());
	/* The next command has lost nothing. */
	assert_false(emit_failed());
}

static void without_an_object_nothing_is_done(void **state)
{
	(void)state;
	catch ();
	emit_text(NULL, "a", "b");
	emit_u64(NULL, "a", UINT64_MAX);
	emit_real(NULL, "a", 1);
	emit_bool(NULL, "a", true);
	emit_null(NULL, "a");
	emit_time(NULL, "a", 0);
	emit_open_list(NULL, "a");
	emit_open_object(NULL, NULL);
	emit_close(NULL);
	emit_end(NULL);
	assert_string_equal(release(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_back_as_they_were),
		cmocka_unit_test(bytes_that_are_no_text_are_in_hex),
		cmocka_unit_test(numbers_too_large_for_a_reader_are_texts),
		cmocka_unit_test(times_are_utc_before_1970_too),
		cmocka_unit_test(lists_and_objects_stand_in_each_other),
		cmocka_unit_test(an_object_that_is_lost_is_told_of_once),
		cmocka_unit_test(without_an_object_nothing_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
