#include "crew.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX 64

void crew_open(struct crew *c, const char *path)
{
	char name[16];

	snprintf(c->path, sizeof(c->path), "%s", path);
	snprintf(c->client_conf, sizeof(c->client_conf), "%s/dfc.conf", path);
	c->top = tree_make(AT_FDCWD, path);
	c->up = 0;
	for (unsigned i = 0; i < CREW_MAX; i++) {
		snprintf(name, sizeof(name), "%u", i + 1);
		c->dirs[i] = tree_make(c->top, name);
	}
}

/* A server that is down has an address on which nobody listens. */
static void write_conf(const struct crew *c)
{
	FILE *f = fopen(c->client_conf, "we");

	if (!f)
		run_die("%s", c->client_conf);
	for (unsigned i = 0; i < c->n; i++)
		fprintf(f, "server dfs%u 127.0.0.1:%u\n", i + 1,
			c->up & 1u << i ? c->daemons[i].port : i + 1);
	fputs(c->extra ? c->extra : "", f);
	if (fclose(f) != 0)
		run_die("%s", c->client_conf);
}

bool crew_start(struct crew *c, unsigned mask)
{
	const char *options[] = {"-c", c->conf, "-l", "127.0.0.1", NULL};
	char path[RUN_PATH_MAX];
	bool well = true;

	mask &= ~c->up;
	for (unsigned i = 0; i < c->n; i++) {
		if (!(mask & 1u << i))
			continue;
		snprintf(path, sizeof(path), "%s/%u", c->path, i + 1);
		daemon_launch(&c->daemons[i], c->dfs, path, options);
		c->up |= 1u << i;
	}
	for (unsigned i = 0; i < c->n; i++)
		if (mask & 1u << i)
			well = daemon_ready(&c->daemons[i]) && well;
	write_conf(c);
	return well;
}

bool crew_stop(struct crew *c, unsigned mask, int signal)
{
	bool well = true;

	for (unsigned i = 0; i < c->n; i++) {
		int status;

		if (!(mask & c->up & 1u << i))
			continue;
		status = daemon_end(&c->daemons[i], signal);
		c->up &= ~(1u << i);
		if (status != (signal == SIGKILL ? 128 + SIGKILL : 0)) {
			fprintf(stderr, "dfs%u ended with %d\n", i + 1, status);
			well = false;
		}
	}
	write_conf(c);
	return well;
}

bool crew_only(struct crew *c, unsigned mask)
{
	return crew_stop(c, ~mask, SIGKILL) && crew_start(c, mask);
}

int crew_ask_list(struct crew *c, const char *const *args, unsigned count)
{
	const char *argv[ARGS_MAX + 4] = {c->dfc, "-c", c->client_conf};

	if (count > ARGS_MAX)
		run_die("too many arguments");
	for (unsigned i = 0; i < count; i++)
		argv[3 + i] = args[i];
	run_program(argv, &c->last);
	return c->last.status;
}

int crew_ask(struct crew *c, const char *command, ...)
{
	const char *args[ARGS_MAX] = {command};
	unsigned count = 1;
	va_list list;

	va_start(list, command);
	while (count < ARGS_MAX && (args[count] = va_arg(list, const char *)))
		count++;
	va_end(list);
	return crew_ask_list(c, args, count);
}

void crew_show(const struct crew *c)
{
	fprintf(stderr, "dfc: status %d\n%s%s", c->last.status, c->last.out,
		c->last.err);
	for (unsigned i = 0; i < c->n; i++)
		fprintf(stderr, "--- dfs%u%s\n%s", i + 1,
			c->up & 1u << i ? "" : " (down)", c->daemons[i].log);
}
