#include "listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096	       /* the system may allow fewer */
#define UNSENT_MAX (512 << 10) /* bytes of answers in the kernel */
#define PORT_TRIES 16	       /* for one free port on several addresses */

struct place {
	struct sockaddr_storage ss;
	socklen_t len;
	struct addr addr;
};

void listeners_close(struct listeners *l)
{
	while (l->count > 0)
		close(l->fd[--l->count]);
}

static void say(char *message, const struct addr *a, const char *why)
{
	char text[ADDR_TEXT_MAX];

	addr_format(a, text);
	snprintf(message, LISTEN_MESSAGE_MAX, "%s: %s", text, why);
}

static enum listen_result find_place(struct place *p, const struct settings *s,
				     unsigned i, char *message)
{
	enum err e;

	p->addr = (struct addr){.port = s->port};
	snprintf(p->addr.host, sizeof(p->addr.host), "%s", s->listen[i]);
	e = addr_resolve(&p->addr, &p->ss, &p->len);
	if (e) {
		say(message, &p->addr,
		    e == ERR_ABSENT ? "no such address" : err_text(e));
		return LISTEN_FAILED;
	}
	if (s->key == NULL && !addr_is_loopback(&p->ss)) {
		say(message, &p->addr,
		    "not a loopback address, and there is no key: make one "
		    "with `dfc keygen FILE', then key = FILE in dfs.conf");
		return LISTEN_REFUSED;
	}
	return LISTEN_OK;
}

static void set_port(struct place *p, uint16_t port)
{
	p->addr.port = port;
	if (p->ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&p->ss)->sin6_port =
			htons(port);
	else
		((struct sockaddr_in *)(void *)&p->ss)->sin_port = htons(port);
}

static uint16_t port_of(const struct sockaddr_storage *ss)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memcpy(&in6, ss, sizeof(in6));
	memcpy(&in, ss, sizeof(in));
	return ntohs(ss->ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

/* Accepted sockets inherit them.  What is not sent yet is bounded, so that
 * many peers that do not read cannot use up the kernel's memory for all. */
static enum err set_options(int fd, int family)
{
	const int on = 1, unsent = UNSENT_MAX;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent,
		       sizeof(unsent)) < 0)
		return ERR_SYS;
	if (family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return ERR_SYS;
	return ERR_OK;
}

static enum err bind_place(struct listeners *l, struct place *p)
{
	const struct sockaddr *sa = (const struct sockaddr *)&p->ss;
	struct sockaddr_storage got = {0};
	socklen_t len = sizeof(got);
	int fd = socket(p->ss.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return ERR_SYS;
	if (set_options(fd, p->ss.ss_family) || bind(fd, sa, p->len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&got, &len) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return ERR_SYS;
	}
	p->addr.port = port_of(&got);
	addr_from_socket(&got, l->name[l->count]);
	l->fd[l->count++] = fd;
	return ERR_OK;
}

/* All places on one port: that of the first. */
static enum err bind_all(struct listeners *l, struct place *places,
			 unsigned count, unsigned *failed)
{
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			set_port(&places[i], places[0].addr.port);
		*failed = i;
		if (bind_place(l, &places[i])) {
			int saved = errno;

			listeners_close(l);
			errno = saved;
			return ERR_SYS;
		}
	}
	return ERR_OK;
}

enum listen_result listeners_check(const struct settings *s,
				   char message[LISTEN_MESSAGE_MAX])
{
	enum listen_result result = LISTEN_OK;
	struct place place = {0};

	for (unsigned i = 0; i < s->listen_count && result == LISTEN_OK; i++)
		result = find_place(&place, s, i, message);
	return result;
}

enum listen_result listeners_bind(struct listeners *l, const struct settings *s,
				  char message[LISTEN_MESSAGE_MAX])
{
	struct place places[SETTINGS_LISTEN_MAX] = {0};
	enum listen_result result;
	unsigned failed = 0;
	enum err e;

	l->count = 0;
	for (unsigned i = 0; i < s->listen_count; i++) {
		result = find_place(&places[i], s, i, message);
		if (result != LISTEN_OK)
			return result;
	}
	for (unsigned i = 0; i < PORT_TRIES; i++) {
		set_port(&places[0], s->port);
		e = bind_all(l, places, s->listen_count, &failed);
		if (e == ERR_OK)
			return LISTEN_OK;
		if (s->port != 0 || failed == 0 || errno != EADDRINUSE)
			break;
	}
	say(message, &places[failed].addr, err_text(ERR_SYS));
	return LISTEN_FAILED;
}

enum listen_result listeners_start(struct listeners *l,
				   char message[LISTEN_MESSAGE_MAX])
{
	for (unsigned i = 0; i < l->count; i++) {
		if (listen(l->fd[i], BACKLOG) == 0)
			continue;
		snprintf(message, LISTEN_MESSAGE_MAX, "%s: %s", l->name[i],
			 err_text(ERR_SYS));
		listeners_close(l);
		return LISTEN_FAILED;
	}
	return LISTEN_OK;
}
