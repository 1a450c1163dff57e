/*
 * dfc.conf in both forms: what is refused has a message of one line with the
 * file's name, what is taken has servers that differ.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "settings.h"

static struct settings settings; /* large */

static void check_servers(const struct settings *s)
{
	must(s->count >= 1 && s->count <= LAYOUT_MAX);
	must(s->jobs >= 1 && s->jobs <= SETTINGS_JOBS_MAX);
	for (unsigned i = 0; i < s->count; i++) {
		must(s->servers[i].name[0] != '\0');
		must(s->servers[i].addr.host[0] != '\0');
		for (unsigned k = 0; k < i; k++)
			must(strcmp(s->servers[i].name, s->servers[k].name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[SETTINGS_MESSAGE_MAX];
	int fd = memfd_create("input", MFD_CLOEXEC);
	char path[32];

	must(fd >= 0);
	must(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (settings_read(&settings, path, message) == ERR_OK) {
		check_servers(&settings);
	} else {
		must(strnlen(message, sizeof(message)) < sizeof(message));
		must(strncmp(message, path, strlen(path)) == 0);
		must(strchr(message, '\n') == NULL);
	}
	close(fd);
	return 0;
}
