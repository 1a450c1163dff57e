/*
 * A configuration file: what is refused has a message of one line with the
 * file's name, what is taken has its values in all forms.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf.h"
#include "fuzz.h"

static const struct conf_key keys[] = {
	{"client", "require"}, {"client", "jobs"},   {"daemon", "reserve"},
	{"daemon", "fence"},   {"daemon", "create"}, {"servers", NULL},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static char message[CONF_MESSAGE_MAX];

/* The check and iniparser never disagree. */
static const char apart[] = ": a value that cannot be read safely";

static void check_message(const char *path)
{
	size_t len = strnlen(message, sizeof(message));

	must(len < sizeof(message));
	must(strncmp(message, path, strlen(path)) == 0);
	must(strchr(message, '\n') == NULL);
	must(len < strlen(apart) ||
	     strcmp(message + len - strlen(apart), apart) != 0);
}

static void check_values(const struct conf *c, const char *path)
{
	const char *key;
	uint64_t v = 0;
	bool b;

	for (size_t i = 0; (key = conf_next(c, "servers", i)) != NULL; i++) {
		must(conf_text(c, "servers", key) != NULL);
		must(conf_line(c, "servers", key) > 0);
	}
	if (conf_u64(c, "client", "jobs", 1, 64, &v, message) != ERR_OK)
		check_message(path);
	if (conf_bytes(c, "daemon", "reserve", 1, 64, &v, message) != ERR_OK)
		check_message(path);
	if (conf_seconds(c, "daemon", "fence", 1, 64, &v, message) != ERR_OK)
		check_message(path);
	if (conf_bool(c, "daemon", "create", &b, message) != ERR_OK)
		check_message(path);
	must(v <= 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	unsigned first = size > 0 && data[0] == '#' ? 2 : 1;
	char path[32];
	struct conf *c;

	must(fd >= 0);
	must(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_open(path, first, keys, KEYS, &c, message) == ERR_OK) {
		check_values(c, path);
		conf_free(c);
	} else {
		check_message(path);
	}
	close(fd);
	return 0;
}
