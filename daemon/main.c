/*
 * dfs: serves one store on one port.  This file is the order in which the
 * daemon starts and stops, and the map of its folder:
 *
 *   settings   flags and dfs.conf          keys      the keys of that file
 *   process    limits, signals, user       notify    the service manager
 *   confines   what it gives up
 *   listen     the sockets                 dispatch  the one thread in epoll
 *   pool       the workers                 session   a connection's places
 *   serve      a worker's turn at it       answer    what it sends
 *   request    the table of operations     handlers  what each of them does
 *   arrivals   stages under way            stream    long answers
 *   out        bytes that wait             secure    a connection's TLS
 *   gate       keys, handshakes            suspects  who fails them
 *   store      versions on disk, with catalogue, names, sync, state, tree
 *   scrub      reads it all, slowly        rules     what a store may do
 *   thread     wrappers, table of locks
 *
 * A request goes dispatch -> pool -> serve -> request -> handlers -> store;
 * an answer goes answer -> out, from the worker or from the sync thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "confines.h"
#include "dispatch.h"
#include "gate.h"
#include "listen.h"
#include "log.h"
#include "notify.h"
#include "process.h"
#include "scrub.h"
#include "settings.h"

/* Where a build with sanitizers or coverage has files of its own. */
#ifndef CONFINES_ALSO
#define CONFINES_ALSO NULL
#endif

#define SETTLE_S 60 /* before the scrub begins; or its interval */

enum {
	EXIT_STOPPED = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_DIR = 3,
	EXIT_BIND = 4,
};

struct daemon {
	struct settings settings;
	struct listeners listeners;
	struct service service;
	struct dispatch *dispatch;
	struct scrub *scrub;
	int signals;
	enum err confined;
	char report[CONFINES_REPORT_MAX];
};

static int fail(int status, const char *why)
{
	log_plain("dfs: %s", why);
	return status;
}

static unsigned worker_count(const struct settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (s->workers != 0)
		return (unsigned)s->workers;
	return cores > 4 ? 2 * (unsigned)cores : 8;
}

/* ---- the key */

/* As the running user, whose the file must be. */
static int load_key(struct daemon *d)
{
	char message[KEYRING_MESSAGE_MAX];

	if (d->settings.key == NULL) {
		log_info("transport=plain loopback only");
		return EXIT_STOPPED;
	}
	if (process_secret() || gate_new(&d->service.gate))
		return fail(EXIT_FAILED, err_text(ERR_SYS));
	if (gate_load(d->service.gate, d->settings.key, message))
		return fail(EXIT_USAGE, message);
	log_info("transport=tls keys=%zu", gate_keys(d->service.gate));
	return EXIT_STOPPED;
}

/* The same file; another one takes a restart. */
static void reload_key(struct gate *g, const char *path)
{
	char message[KEYRING_MESSAGE_MAX];

	if (g == NULL)
		return;
	if (gate_load(g, path, message))
		log_error("keys not reloaded, those before stay: %s", message);
	else
		log_info("keys reloaded keys=%zu", gate_keys(g));
}

/* ---- SIGHUP */

static void set_times(struct service *v, const struct settings *s)
{
	atomic_store(&v->stall_ms, s->stall_timeout_s * 1000);
	atomic_store(&v->idle_ms, s->idle_timeout_s * 1000);
}

static void reload(void *arg, struct dispatch_limits *limits)
{
	struct daemon *d = arg;
	char message[SETTINGS_MESSAGE_MAX];
	struct settings fresh;

	/* A key is to go whatever has become of the configuration. */
	reload_key(d->service.gate, d->settings.key);
	if (settings_reload(&d->settings, &fresh, message)) {
		log_error("configuration not reloaded: %s", message);
		return;
	}
	if (process_files(&fresh.max_connections))
		log_error("limit of open files: %s", err_text(ERR_SYS));
	else
		limits->max_connections = fresh.max_connections;
	limits->grace_ms = fresh.shutdown_grace_s * 1000;
	log_set_level(fresh.log_level);
	set_times(&d->service, &fresh);
	scrub_set(d->scrub, fresh.scrub_rate, fresh.scrub_interval_s * 1000);
	settings_release(&fresh);
	log_info("configuration reloaded");
}

/* ---- -t */

/* As the user who is to run the daemon, where this one can become that. */
static int check_key(const struct settings *s)
{
	char message[KEYRING_MESSAGE_MAX];
	struct keyring keys;

	if (s->key == NULL)
		return EXIT_STOPPED;
	if (process_secret())
		return fail(EXIT_FAILED, err_text(ERR_SYS));
	if (geteuid() == 0 && process_user(s->user, NULL, message))
		return fail(EXIT_USAGE, message);
	if (keyring_load(&keys, s->key, message))
		return fail(EXIT_USAGE, message);
	keyring_release(&keys);
	return EXIT_STOPPED;
}

static int check(const struct settings *s)
{
	char message[LISTEN_MESSAGE_MAX];

	if (process_check_user(s->user, message))
		return fail(EXIT_USAGE, message);
	switch (listeners_check(s, message)) {
	case LISTEN_OK:
		return check_key(s);
	case LISTEN_REFUSED:
		return fail(EXIT_USAGE, message);
	default:
		return fail(EXIT_BIND, message);
	}
}

/* ---- start, in this order */

static int prepare(struct daemon *d)
{
	char message[LISTEN_MESSAGE_MAX];
	enum listen_result result;

	if (process_files(&d->settings.max_connections) ||
	    process_signals(&d->signals))
		return fail(EXIT_FAILED, err_text(ERR_SYS));
	result = listeners_bind(&d->listeners, &d->settings, message);
	if (result != LISTEN_OK)
		return fail(result == LISTEN_REFUSED ? EXIT_USAGE : EXIT_BIND,
			    message);
	if (process_user(d->settings.user, d->settings.dir, message))
		return fail(EXIT_USAGE, message);
	return load_key(d);
}

/* DIR is there, the sockets are bound, the user is what it will be. */
static void confine(struct daemon *d)
{
	const struct settings *s = &d->settings;
	const struct confines c = {
		.landlock = s->confine,
		.dir = s->dir,
		.file = {s->file ? s->file : SETTINGS_FILE, s->key},
		.also = CONFINES_ALSO,
	};

	d->confined = confines_enter(&c, d->report);
}

static int open_store(struct daemon *d)
{
	const struct settings *s = &d->settings;
	const struct store_settings want = {
		.dir = s->dir,
		.create = s->create,
		.adopt = s->adopt,
		.rejoin = s->rejoin,
		.reserve_bytes = s->reserve_bytes,
		.fence_ms = s->fence_s * 1000,
		.quarantine_ms = s->quarantine_s * 1000,
		.gc_age_ms = s->gc_age_s * 1000,
		.batch_end = session_batch_end,
		.batch_arg = &d->service,
	};
	char message[STORE_MESSAGE_MAX];

	if (store_make(&want, message))
		return fail(EXIT_DIR, message);
	confine(d);
	if (store_open(&want, &d->service.store, message))
		return fail(EXIT_DIR, message);
	return EXIT_STOPPED;
}

static int start_service(struct daemon *d)
{
	struct service *v = &d->service;
	const struct dispatch_settings want = {
		.service = v,
		.listeners = &d->listeners,
		.signals = d->signals,
		.limits = {d->settings.max_connections,
			   d->settings.shutdown_grace_s * 1000},
		.reload = reload,
		.arg = d,
	};
	char message[LISTEN_MESSAGE_MAX];

	v->start_ms = clock_ms();
	set_times(v, &d->settings);
	v->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (v->epoll < 0 ||
	    pool_start(&v->pool, worker_count(&d->settings), session_serve))
		return fail(EXIT_FAILED, err_text(ERR_SYS));
	if (listeners_start(&d->listeners, message) != LISTEN_OK)
		return fail(EXIT_BIND, message);
	if (dispatch_new(&want, &d->dispatch))
		return fail(EXIT_FAILED, err_text(ERR_SYS));
	return EXIT_STOPPED;
}

static int start_scrub(struct daemon *d)
{
	uint64_t interval_s = d->settings.scrub_interval_s;
	const struct scrub_settings want = {
		.store = d->service.store,
		.served_ms = &d->service.served_ms,
		.passed = &d->service.scrubbed,
		.rate = d->settings.scrub_rate,
		.interval_ms = interval_s * 1000,
		.settle_ms = interval_s < SETTLE_S ? interval_s * 1000
						   : SETTLE_S * 1000,
	};

	if (scrub_start(&d->scrub, &want))
		return fail(EXIT_FAILED, err_text(ERR_SYS));
	return EXIT_STOPPED;
}

static void say_ready(const struct daemon *d)
{
	if (d->confined)
		log_warn("%s", d->report);
	else
		log_info("%s", d->report);
	if (geteuid() == 0 && d->settings.user == NULL)
		log_warn("running as root: no user is configured");
	for (unsigned i = 0; i < d->listeners.count; i++)
		log_plain("dfs: ready on %s", d->listeners.name[i]);
	notify("READY=1");
}

/* ---- stop, the other way round */

static void release(struct daemon *d)
{
	if (d->service.pool != NULL)
		pool_stop(d->service.pool);
	dispatch_free(d->dispatch);
	scrub_stop(d->scrub);
	if (d->service.store != NULL)
		store_close(d->service.store);
	pool_free(d->service.pool);
	gate_free(d->service.gate);
	listeners_close(&d->listeners);
	if (d->service.epoll >= 0)
		close(d->service.epoll);
	if (d->signals >= 0)
		close(d->signals);
}

static int serve(struct daemon *d)
{
	enum dispatch_end end;

	say_ready(d);
	end = dispatch_run(d->dispatch);
	/* What is durable is so already: nothing is lost by leaving now. */
	if (end == DISPATCH_CUT)
		_exit(EXIT_STOPPED);
	return end == DISPATCH_STOPPED ? EXIT_STOPPED : EXIT_FAILED;
}

static int run(struct daemon *d)
{
	int status = prepare(d);

	if (status == EXIT_STOPPED)
		status = open_store(d);
	if (status == EXIT_STOPPED)
		status = start_scrub(d);
	if (status == EXIT_STOPPED)
		status = start_service(d);
	if (status == EXIT_STOPPED)
		status = serve(d);
	release(d);
	if (status == EXIT_STOPPED)
		log_info("stopped");
	return status;
}

static int act(struct daemon *d)
{
	switch (d->settings.action) {
	case SETTINGS_HELP:
		settings_help();
		return EXIT_STOPPED;
	case SETTINGS_VERSION:
		puts("dfs " DFS_VERSION);
		return EXIT_STOPPED;
	case SETTINGS_PRINT:
		settings_print(&d->settings);
		return EXIT_STOPPED;
	case SETTINGS_CHECK:
		return check(&d->settings);
	case SETTINGS_SERVE:
		break;
	}
	log_init(d->settings.log_level);
	return run(d);
}

int main(int argc, char **argv)
{
	struct daemon d = {.signals = -1, .service = {.epoll = -1}};
	char message[SETTINGS_MESSAGE_MAX];
	int status;

	if (process_init()) {
		fprintf(stderr, "dfs: %s\n", err_text(ERR_SYS));
		return EXIT_FAILED;
	}
	if (settings_init(&d.settings, argc, argv, message)) {
		fprintf(stderr, "dfs: %s\n", message);
		return EXIT_USAGE;
	}
	status = act(&d);
	settings_release(&d.settings);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_FAILED;
	return status;
}
