/*
 * The servers of the configuration, and a link to each.
 */
#ifndef SHELL_CLUSTER_H
#define SHELL_CLUSTER_H

#include "emit.h"
#include "link.h"
#include "settings.h"
#include "turns.h"

#define CLUSTER_SPOOLS 2 /* at once */

struct cache;

struct cluster {
	struct loop *loop;
	const struct settings *settings;
	unsigned count;
	struct link links[LAYOUT_MAX];
	uint8_t *buffer;
	struct pace pace; /* of all links together */
	struct loop_timer pace_timer;
	unsigned pace_turn;  /* the link that moves next */
	struct turns spools; /* heals of large files that have a spool */
	/* Every operation's random numbers. */
	uint64_t random[32];
	unsigned random_left;
	/* Told when a server has become slow; may be NULL. */
	void (*on_slow)(void *arg, unsigned server);
	void *slow_arg;
	/* Told when a server has come up or was lost; may be NULL. */
	void (*on_turn)(void *arg, unsigned server);
	void *turn_arg;
	/* Of a session: down when the command began, which does not wait for
	 * them, unless it would fail. */
	uint64_t passed;
	/* Of a shell on a terminal: what was listed last; or NULL. */
	struct cache *cache;
	bool reopened; /* they were tried, after all */
};

/* settings and side (NULL: no key) stay the caller's, and must outlive the
 * cluster.  ERR_MEMORY. */
enum err cluster_init(struct cluster *c, struct loop *loop,
		      const struct settings *settings,
		      struct tls_side *side) MUST_CHECK;
void cluster_release(struct cluster *c);
/* Connects to all at once; nothing blocks. */
void cluster_open(struct cluster *c);
/* A command of a session begins: it passes over the servers that are down. */
void cluster_pass(struct cluster *c);
/* Before something fails for want of servers: tries those again that were
 * passed over, once for a command.  True when any is on its way now, or there
 * by now. */
bool cluster_reopen(struct cluster *c);
/* All links together move no more than so many bytes a second, both ways; 0:
 * as many as they can.  As pace_init(). */
void cluster_pace(struct cluster *c, uint64_t rate);
/* How many links are up. */
unsigned cluster_up(const struct cluster *c);

const char *cluster_name(const struct cluster *c, unsigned server);
#define CLUSTER_NAMES_MAX (LAYOUT_MAX * (SETTINGS_NAME_MAX + 2))
/* "dfs1, dfs3", as far as they fit; returns out. */
const char *cluster_names(const struct cluster *c, uint64_t some, char *out,
			  size_t size);
/* The same as a list of an object. */
void cluster_emit(const struct cluster *c, struct emit *e, const char *key,
		  uint64_t some);
/* Why a server does not answer. */
const char *cluster_why(const struct cluster *c, unsigned server);
/* Nobody is told any more of calls with that arg and what (or CALL_ANY). */
void cluster_forget(struct cluster *c, const void *arg, unsigned what);
/* For quorum_settings.random; arg is the cluster. */
uint64_t cluster_random(void *arg);

#endif
