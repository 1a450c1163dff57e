/* The service manager hears what it is told, by either kind of address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "notify.h"

/* A socket at that address: '@' stands for an abstract one. */
static int listen_at(const char *address)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(at.sun_path, address, strlen(address));
	if (address[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
		bind(fd, (struct sockaddr *)&at,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 strlen(address))),
		0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address, 1), 0);
	return fd;
}

static void expect(int fd, const char *text)
{
	char got[64] = "";

	assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT),
			 strlen(text));
	assert_string_equal(got, text);
}

static void a_socket_in_the_file_system_is_told(void **state)
{
	char dir[] = "/tmp/dfs-notify-XXXXXX", path[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	fd = listen_at(path);
	notify("READY=1");
	expect(fd, "READY=1");
	close(fd);
	unlink(path);
	notify("STOPPING=1"); /* nobody is there: nothing happens */
	rmdir(dir);
}

static void an_abstract_socket_is_told(void **state)
{
	char address[64];
	int fd;

	(void)state;
	(void)snprintf(address, sizeof(address), "@dfs-notify-%ld",
		       (long)getpid());
	fd = listen_at(address);
	notify("RELOADING=1");
	notify("READY=1");
	expect(fd, "RELOADING=1");
	expect(fd, "READY=1");
	close(fd);
}

static void no_address_or_a_bad_one_is_no_matter(void **state)
{
	char longest[300];

	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
	notify("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	notify("READY=1");
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
	notify("READY=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_in_the_file_system_is_told),
		cmocka_unit_test(an_abstract_socket_is_told),
		cmocka_unit_test(no_address_or_a_bad_one_is_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
