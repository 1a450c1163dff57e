#include "addr.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "num.h"

static const char host_bytes[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

/* An IPv6 number, perhaps with %interface. */
static bool is_ipv6(const char *host)
{
	size_t len = strcspn(host, "%");
	char number[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (len >= sizeof(number))
		return false;
	memcpy(number, host, len);
	number[len] = '\0';
	if (host[len] == '%' &&
	    (host[len + 1] == '\0' ||
	     host[len + 1 + strspn(host + len + 1, host_bytes)] != '\0'))
		return false;
	return inet_pton(AF_INET6, number, &in6) == 1;
}

enum err addr_parse(const char *text, struct addr *a)
{
	bool brackets = text[0] == '[';
	const char *host = brackets ? text + 1 : text;
	size_t len = strcspn(host, brackets ? "]" : ":");
	const char *rest = host + len;
	struct addr got = {0};
	uint64_t port;
	enum err e;

	if (len == 0 || len >= sizeof(got.host))
		return ERR_FORMAT;
	if (brackets && *rest++ != ']')
		return ERR_FORMAT;
	if (*rest++ != ':')
		return ERR_FORMAT;
	memcpy(got.host, host, len);
	if (brackets ? !is_ipv6(got.host)
		     : got.host[strspn(got.host, host_bytes)] != '\0')
		return ERR_FORMAT;
	if ((e = num_u64(rest, 1, UINT16_MAX, &port)))
		return e;
	got.port = (uint16_t)port;
	*a = got;
	return ERR_OK;
}

/* The host first, and cut there if need be: no parsed address is that long. */
static void write_text(const char *host, unsigned port, char out[ADDR_TEXT_MAX])
{
	bool colon = strchr(host, ':') != NULL;

	(void)snprintf(out, ADDR_TEXT_MAX, "%s%.*s%s:%u", colon ? "[" : "",
		       ADDR_HOST_MAX - 1, host, colon ? "]" : "",
		       port & 0xffffu);
}

void addr_format(const struct addr *a, char out[ADDR_TEXT_MAX])
{
	write_text(a->host, a->port, out);
}

/* RFC 6761: never looked up.  Servers without a key listen on 127.0.0.1,
 * unless told otherwise, so it is this one. */
static const char *host_of(const struct addr *a)
{
	return strcasecmp(a->host, "localhost") == 0 ? "127.0.0.1" : a->host;
}

bool addr_is_numeric(const struct addr *a)
{
	const char *host = host_of(a);
	struct in_addr in;

	return inet_pton(AF_INET, host, &in) == 1 || is_ipv6(host);
}

enum err addr_resolve(const struct addr *a, struct sockaddr_storage *out,
		      socklen_t *len)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list;
	char port[8];
	int rc;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)a->port);
	if (addr_is_numeric(a))
		hints.ai_flags |= AI_NUMERICHOST;
	rc = getaddrinfo(host_of(a), port, &hints, &list);
	if (rc != 0)
		return rc == EAI_MEMORY	  ? ERR_MEMORY
		       : rc == EAI_SYSTEM ? ERR_SYS
					  : ERR_ABSENT;
	memset(out, 0, sizeof(*out));
	memcpy(out, list->ai_addr, list->ai_addrlen);
	*len = list->ai_addrlen;
	freeaddrinfo(list);
	return ERR_OK;
}

static const struct sockaddr_in *as_in(const struct sockaddr_storage *ss)
{
	return (const void *)ss;
}

static const struct sockaddr_in6 *as_in6(const struct sockaddr_storage *ss)
{
	return (const void *)ss;
}

bool addr_is_loopback(const struct sockaddr_storage *ss)
{
	const struct in6_addr *in6 = &as_in6(ss)->sin6_addr;

	switch (ss->ss_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		return ntohl(as_in(ss)->sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(in6) ||
		       (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
	default:
		return false;
	}
}

void addr_from_socket(const struct sockaddr_storage *ss,
		      char out[ADDR_TEXT_MAX])
{
	char host[INET6_ADDRSTRLEN] = "?";

	switch (ss->ss_family) {
	case AF_INET:
		(void)inet_ntop(AF_INET, &as_in(ss)->sin_addr, host,
				sizeof(host));
		write_text(host, ntohs(as_in(ss)->sin_port), out);
		break;
	case AF_INET6:
		(void)inet_ntop(AF_INET6, &as_in6(ss)->sin6_addr, host,
				sizeof(host));
		write_text(host, ntohs(as_in6(ss)->sin6_port), out);
		break;
	default:
		(void)snprintf(out, ADDR_TEXT_MAX, "%s",
			       ss->ss_family == AF_UNIX ? "unix" : "unknown");
	}
}
