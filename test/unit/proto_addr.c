/* Addresses as people write them, and as sockets have them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"

static void hosts_numbers_and_brackets_are_understood(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		uint16_t port;
		bool numeric;
	} rows[] = {
		{"127.0.0.1:10001", "127.0.0.1", 10001, true},
		{"[::1]:1", "::1", 1, true},
		{"[fe80::1%eth0]:65535", "fe80::1%eth0", 65535, true},
		{"[2001:db8::7]:10001", "2001:db8::7", 10001, true},
		{"node-1.example.org:10001", "node-1.example.org", 10001,
		 false},
		{"dfs1:10001", "dfs1", 10001, false},
		{"a_b:80", "a_b", 80, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ADDR_TEXT_MAX];
		struct addr a;

		assert_int_equal(addr_parse(rows[i].text, &a), ERR_OK);
		assert_string_equal(a.host, rows[i].host);
		assert_int_equal(a.port, rows[i].port);
		assert_int_equal(addr_is_numeric(&a), rows[i].numeric);
		addr_format(&a, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void anything_else_is_no_address(void **state)
{
	static const char *const bad[] = {"",
					  ":",
					  ":80",
					  "host",
					  "host:",
					  "host:80x",
					  "host:080",
					  "host: 80",
					  "host:-1",
					  "::1:80",
					  "::1",
					  "[::1]",
					  "[::1]80",
					  "[::1:80",
					  "[]:80",
					  "[host]:80",
					  "[1.2.3.4]:80",
					  "ho st:80",
					  "host:80:90",
					  "[::1%]:80",
					  "[::1%e/0]:80",
					  "host/x:80",
					  "[:::]:80",
					  "\xff:80"};
	struct addr a = {"kept", 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (addr_parse(bad[i], &a) != ERR_FORMAT)
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(addr_parse("host:0", &a), ERR_RANGE);
	assert_int_equal(addr_parse("host:65536", &a), ERR_RANGE);
	assert_int_equal(addr_parse("host:99999999999999999999", &a),
			 ERR_RANGE);
	assert_string_equal(a.host, "kept");
	assert_int_equal(a.port, 7);
}

static void a_host_has_up_to_253_bytes(void **state)
{
	char text[ADDR_HOST_MAX + 10], again[ADDR_TEXT_MAX];
	struct addr a;

	(void)state;
	memset(text, 'h', sizeof(text));
	memcpy(text + ADDR_HOST_MAX - 1, ":65535", 7);
	assert_int_equal(addr_parse(text, &a), ERR_OK);
	addr_format(&a, again);
	assert_string_equal(again, text);
	memset(text, 'h', sizeof(text));
	memcpy(text + ADDR_HOST_MAX, ":65535", 7);
	assert_int_equal(addr_parse(text, &a), ERR_FORMAT);
}

static void check_resolved(const char *text, const char *want, bool loopback)
{
	struct sockaddr_storage ss;
	char got[ADDR_TEXT_MAX];
	struct addr a;
	socklen_t len;

	assert_int_equal(addr_parse(text, &a), ERR_OK);
	assert_int_equal(addr_resolve(&a, &ss, &len), ERR_OK);
	assert_int_equal(len, ss.ss_family == AF_INET
				      ? sizeof(struct sockaddr_in)
				      : sizeof(struct sockaddr_in6));
	addr_from_socket(&ss, got);
	assert_string_equal(got, want);
	assert_int_equal(addr_is_loopback(&ss), loopback);
}

static void numbers_resolve_to_themselves(void **state)
{
	(void)state;
	check_resolved("127.0.0.1:10001", "127.0.0.1:10001", true);
	check_resolved("127.255.0.9:1", "127.255.0.9:1", true);
	check_resolved("128.0.0.1:1", "128.0.0.1:1", false);
	check_resolved("0.0.0.0:1", "0.0.0.0:1", false);
	check_resolved("[::1]:10001", "[::1]:10001", true);
	check_resolved("[::]:1", "[::]:1", false);
	check_resolved("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", true);
	check_resolved("[::ffff:10.0.0.1]:1", "[::ffff:10.0.0.1]:1", false);
	check_resolved("[2001:db8::7]:9", "[2001:db8::7]:9", false);
}

static void localhost_is_the_ipv4_one_and_not_looked_up(void **state)
{
	(void)state;
	check_resolved("localhost:10001", "127.0.0.1:10001", true);
	check_resolved("LocalHost:9", "127.0.0.1:9", true);
}

/* No name server is asked for a label of more than 63 bytes. */
static void a_host_that_cannot_exist_is_absent(void **state)
{
	struct sockaddr_storage ss;
	struct addr a = {.port = 1};
	socklen_t len = 77;

	(void)state;
	memset(a.host, 'h', 70);
	assert_false(addr_is_numeric(&a));
	assert_int_equal(addr_resolve(&a, &ss, &len), ERR_ABSENT);
	assert_int_equal(len, 77);
}

static void unix_sockets_are_loopback_and_unknown_ones_are_not(void **state)
{
	struct sockaddr_storage ss;
	char text[ADDR_TEXT_MAX];

	(void)state;
	memset(&ss, 0, sizeof(ss));
	ss.ss_family = AF_UNIX;
	assert_true(addr_is_loopback(&ss));
	addr_from_socket(&ss, text);
	assert_string_equal(text, "unix");
	ss.ss_family = AF_NETLINK;
	assert_false(addr_is_loopback(&ss));
	addr_from_socket(&ss, text);
	assert_string_equal(text, "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_numbers_and_brackets_are_understood),
		cmocka_unit_test(anything_else_is_no_address),
		cmocka_unit_test(a_host_has_up_to_253_bytes),
		cmocka_unit_test(numbers_resolve_to_themselves),
		cmocka_unit_test(localhost_is_the_ipv4_one_and_not_looked_up),
		cmocka_unit_test(a_host_that_cannot_exist_is_absent),
		cmocka_unit_test(
			unix_sockets_are_loopback_and_unknown_ones_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
