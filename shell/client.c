#include "client.h"

#include "interrupt.h"
#include "show.h"
#include "standing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

void client_begin(struct client *c)
{
	if (c->opened)
		cluster_pace(&c->cluster, 0);
	c->manners = c->defaults;
	c->pipe_closed = false;
	c->tally = (struct tally){0};
	c->summary = (struct summary){0};
	c->absent = c->joining = c->surplus = c->outcasts = 0;
	c->strangers = c->read_only = c->full = 0;
	c->done = NULL;
	c->changed = c->explain = c->forsaken = false;
	c->servers = 0;
}

bool client_configure(struct client *c)
{
	char message[SETTINGS_MESSAGE_MAX];
	char warn[SETTINGS_MESSAGE_MAX];
	enum err e;

	if (c->configured)
		return true;
	e = settings_find(&c->settings, c->conf, message, warn);
	c->configured = e == ERR_OK;
	if (e)
		show_trouble("%s", message);
	else if (warn[0] && !c->manners.quiet)
		show_trouble("%s", warn);
	return e == ERR_OK;
}

/* Of -k, $DFC_KEY, or the configuration; NULL: none. */
static const char *key_path(const struct client *c)
{
	const char *env = getenv("DFC_KEY");

	if (c->key)
		return c->key;
	if (env && *env)
		return env;
	return c->settings.key[0] ? c->settings.key : NULL;
}

static bool load_key(struct client *c)
{
	const char *path = key_path(c);
	char message[KEYRING_MESSAGE_MAX];
	struct keyring keys;

	if (!path || c->side)
		return true;
	/* No core file has it, and no debugger of the user's other programs. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		show_trouble("%s", err_text(ERR_SYS));
		return false;
	}
	if (keyring_load(&keys, path, message) != ERR_OK) {
		show_trouble("%s", message);
		return false;
	}
	if (tls_side_client(&c->side, &keys) == ERR_OK)
		return true;
	keyring_release(&keys);
	show_trouble("%s", err_text(ERR_MEMORY));
	return false;
}

bool client_open(struct client *c)
{
	enum err e;

	if (c->opened) {
		if (c->session)
			liveness_begin(&c->liveness);
		return true;
	}
	if (!client_configure(c) || !load_key(c))
		return false;
	e = loop_init(&c->loop);
	if (!e)
		e = interrupt_watch(&c->loop);
	if (!e)
		e = cluster_init(&c->cluster, &c->loop, &c->settings, c->side);
	if (e) {
		show_trouble("%s", err_text(e));
		return false;
	}
	c->opened = true;
	if (c->session)
		liveness_start(&c->liveness, &c->cluster);
	cluster_open(&c->cluster);
	return true;
}

void client_note(struct client *c, const struct view *v)
{
	c->strangers |= v->strangers;
	if (v->n > c->cluster.count)
		c->servers = v->n;
	c->forsaken |= standing_is_forsaken(v, c->cluster.count);
}

static void warn(const struct client *c, uint64_t some, const char *what,
		 bool consequence)
{
	char servers[CLUSTER_NAMES_MAX];

	if (some == 0)
		return;
	cluster_names(&c->cluster, some, servers, sizeof(servers));
	if (consequence && c->done)
		show_trouble("%s: %s: %s without %s", servers, what, c->done,
			     mask_count(some) == 1 ? "it" : "them");
	else
		show_trouble("%s: %s", servers, what);
}

static void warn_of_servers(const struct client *c)
{
	warn(c, c->absent, "not available", true);
	warn(c, c->full, "no space left", true);
	warn(c, c->read_only, "takes no changes after a disk error", true);
	warn(c, c->strangers, "belongs to another cluster", true);
	warn(c, c->outcasts, "not a member any more", true);
	warn(c, c->joining & ~c->surplus, "not a member yet: run dfc heal",
	     false);
	for (unsigned i = 0; i < c->cluster.count; i++)
		if (c->surplus >> i & 1)
			show_trouble("%s: not a member: run dfc members add %s",
				     cluster_name(&c->cluster, i),
				     cluster_name(&c->cluster, i));
}

/* What is wrong with the cluster as a whole, or with the list of it. */
static void warn_of_cluster(const struct client *c)
{
	if (c->servers)
		show_trouble("the configuration lists %u of the cluster's %u "
			     "servers",
			     c->cluster.count, c->servers);
	if (c->forsaken)
		show_trouble("all servers answer, but too few are members: if "
			     "they were moved or restored:\n"
			     "dfc: dfc heal --accept-loss --all; see MOVING A "
			     "SERVER in dfs(8)");
}

/* Why each server is not there, and who says that it should be. */
static void explain_servers(const struct client *c)
{
	char address[ADDR_TEXT_MAX];

	for (unsigned i = 0; i < c->cluster.count; i++) {
		const struct link *k = &c->cluster.links[i];

		addr_format(&c->settings.servers[i].addr, address);
		if (k->state != LINK_UP && k->why)
			show_trouble("%s (%s): %s",
				     cluster_name(&c->cluster, i), address,
				     k->why);
		else if (k->slow)
			show_trouble("%s (%s): greets, but does not answer",
				     cluster_name(&c->cluster, i), address);
		else if (c->strangers >> i & 1)
			show_trouble("%s (%s): belongs to another cluster",
				     cluster_name(&c->cluster, i), address);
	}
	if (!c->settings.path[0])
		show_trouble("no configuration was found: these are the "
			     "built-in servers");
}

static enum exit_status interrupted(const struct client *c)
{
	int number = interrupt_signal();

	if (c->tally.unknown)
		show_trouble("cancelled: %lu done, %lu of unknown outcome",
			     c->tally.good, c->tally.unknown);
	else if (c->tally.good)
		show_trouble("cancelled: %lu done, the others not",
			     c->tally.good);
	else if (c->changed)
		show_trouble("cancelled: not all was done");
	else
		show_trouble("cancelled: nothing was changed");
	return number == SIGTERM ? EXIT_TERMINATED : EXIT_INTERRUPTED;
}

/* The last line is for people who look on, or ask for it. */
static bool wants_summary(const struct manners *m)
{
	if (m->json)
		return false;
	return m->verbose || m->progress == PROGRESS_ALWAYS ||
	       (!m->quiet && isatty(STDERR_FILENO));
}

enum exit_status client_end(struct client *c)
{
	enum exit_status status = tally_status(&c->tally);

	if (c->opened && !c->manners.quiet)
		warn_of_servers(c);
	if (c->opened && (!c->manners.quiet || c->explain))
		warn_of_cluster(c);
	if (c->opened && c->explain)
		explain_servers(c);
	if (interrupt_came() && c->tally.failed)
		status = interrupted(c);
	if (wants_summary(&c->manners))
		summary_show(&c->summary);
	return status;
}

void client_release(struct client *c)
{
	if (!c->opened)
		return;
	liveness_stop(&c->liveness);
	cluster_release(&c->cluster);
	loop_release(&c->loop);
	tls_side_drop(c->side);
	c->side = NULL;
	c->opened = false;
}
