#include "server.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVER_PROCESSES = 3 };

void dir_make(const char *path)
{
	if (mkdir(path, 0777) != 0)
		err(1, "%s", path);
}

/* Names as long as the real ones; state is s (staged) or c (committed). */
static const char *version_path(char path[PATH_SIZE], const struct request *r,
				char state)
{
	snprintf(path, PATH_SIZE, "n%06" PRIu64 "/@%c%0150" PRIu64, r->file,
		 state, r->file);
	return path;
}

static int chunk_open(const struct request *r, char state, int flags)
{
	char path[PATH_SIZE];
	size_t length = strlen(version_path(path, r, state));

	snprintf(path + length, PATH_SIZE - length,
		 "/%03" PRIu64 "-%060" PRIu64, r->chunk, r->length);
	return file_open(path, flags);
}

static void serve_begin(struct link *l, const struct request *r)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "n%06" PRIu64, r->file);
	dir_make(path);
	dir_make(version_path(path, r, 's'));
	*link_room(l, 1) = OP_BEGIN;
}

static void serve_put(struct link *l, const struct request *r)
{
	int fd = chunk_open(r, 's', O_WRONLY | O_CREAT | O_EXCL);

	for (uint64_t done = 0; done < r->length;)
		done += link_save(l, fd, r->length - done, done);
	close(fd);
	*link_room(l, 1) = OP_PUT;
}

static void serve_end(struct link *l, const struct request *r)
{
	char from[PATH_SIZE];
	char to[PATH_SIZE];

	if (rename(version_path(from, r, 's'), version_path(to, r, 'c')) != 0)
		err(1, "%s", from);
	*link_room(l, 1) = OP_END;
}

static void serve_get(struct link *l, const struct request *r)
{
	int fd = chunk_open(r, 'c', O_RDONLY);
	size_t n;

	for (uint64_t done = 0; done < r->length; done += n) {
		n = r->length - done < BUFFER_SIZE ? (size_t)(r->length - done)
						   : BUFFER_SIZE;
		file_read(fd, link_room(l, n), n, done);
	}
	close(fd);
}

static void serve_list(struct link *l, const struct request *r)
{
	unsigned char *record;

	for (uint64_t i = 0; i < r->length; i++) {
		record = link_room(l, RECORD_SIZE);
		memset(record, '0', RECORD_SIZE);
		record[0] = 'n';
		record[NAME_SIZE - 1] = '\n';
		for (uint64_t n = i, at = NAME_SIZE - 2; n > 0; n /= 10)
			record[at--] = (unsigned char)('0' + n % 10);
	}
}

static void server_run(int listener)
{
	static void (*const handlers[])(struct link *,
					const struct request *) = {
		[OP_BEGIN] = serve_begin,
		[OP_PUT] = serve_put,
		[OP_END] = serve_end,
		[OP_GET] = serve_get,
		[OP_LIST] = serve_list};
	struct link *l = alloc(sizeof *l);
	const unsigned char *bytes;
	struct request r;

	for (;;) {
		link_init(l, accept(listener, NULL, NULL));
		while ((bytes = link_next(l, sizeof r)) != NULL) {
			memcpy(&r, bytes, sizeof r);
			handlers[r.op](l, &r);
		}
		close(l->fd);
	}
}

/* The servers' processes, of which this one is the parent. */
static pid_t pids[SERVERS * SERVER_PROCESSES];
static size_t started;

pid_t child(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		started = 0;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

static void servers_end(void)
{
	for (size_t i = 0; i < started; i++)
		kill(pids[i], SIGKILL);
	for (size_t i = 0; i < started; i++)
		waitpid(pids[i], NULL, 0);
}

in_port_t server_start(int s)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr =
					      htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	char path[PATH_SIZE];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		err(1, "listen");
	snprintf(path, sizeof path, "%d", s + 1);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		err(1, "%s", path);
	if (started == 0 && atexit(servers_end) != 0)
		err(1, "atexit");
	for (int i = 0; i < SERVER_PROCESSES; i++) {
		pid_t pid = child();

		if (pid == 0) {
			if (chdir(path) != 0)
				err(1, "%s", path);
			server_run(fd);
		}
		pids[started++] = pid;
	}
	close(fd);
	return address.sin_port;
}
