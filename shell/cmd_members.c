/* members: the cluster's record, and one server more or less in it */
#include "command.h"
#include "heal.h"
#include "interrupt.h"
#include "join.h"
#include "show.h"
#include "standing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct moving {
	struct client *client;
	unsigned server;
	const char *name; /* of that server */
	bool dead;
	uint64_t jobs;
	struct survey survey;
	struct change change;
	uint32_t epoch; /* of the record, when its first step was done */
};

/* What is */

static void show_hex(const uint8_t *id, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", id[i]);
}

static void show_server(const struct client *c, const struct survey *s,
			const struct view *v, unsigned i)
{
	const struct survey_answer *a = &s->answers[i];
	const struct msg_store *store = &a->status.store;
	enum standing t = standing_of(v, store, i, c->cluster.count);
	char advice[STANDING_TEXT_MAX];
	char address[ADDR_TEXT_MAX];

	addr_format(&c->settings.servers[i].addr, address);
	printf("%-8s %-21s ", cluster_name(&c->cluster, i), address);
	if (!a->given) {
		printf("unavailable: %s\n", cluster_why(&c->cluster, i));
		return;
	}
	show_hex(store->stamp.store, 4);
	printf("  %-8s", standing_word(t));
	if (store->state != STORE_BLANK)
		printf("  epoch %" PRIu32, store->cluster.epoch);
	standing_advice(t, v, c->cluster.count, cluster_name(&c->cluster, i),
			advice);
	printf("%s%s\n", advice[0] && !view_is_new(v) ? "  " : "",
	       view_is_new(v) ? "" : advice);
}

static void emit_members(const struct moving *m, const struct view *v)
{
	const struct cluster *c = &m->client->cluster;
	char id[2 * STORE_ID_SIZE + 1];
	struct emit *e;

	if (v->cluster.n != 0) {
		e = emit_begin("cluster");
		digest_hex(v->cluster.id, STORE_ID_SIZE, id);
		emit_text(e, "id", id);
		emit_u64(e, "epoch", v->cluster.epoch);
		emit_u64(e, "members", v->n);
		emit_end(e);
	}
	for (unsigned i = 0; i < c->count; i++) {
		e = emit_begin("server");
		survey_emit(&m->survey, v, i, e);
		emit_end(e);
	}
}

static enum exit_status judge(const struct client *c, const struct view *v)
{
	if (view_is_new(v))
		return EXIT_DONE;
	if (v->doubled)
		return EXIT_USAGE;
	if (mask_count(v->members) < v->w)
		return EXIT_TEMPORARY;
	return mask_count(v->members) == v->n && c->cluster.count == v->n
		       ? EXIT_DONE
		       : EXIT_DEGRADED;
}

static void show_members(struct moving *m)
{
	struct client *c = m->client;
	struct view v;

	survey_run(&m->survey, &c->cluster);
	survey_judge(&m->survey, &v);
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return;
	}
	tally_add(&c->tally, judge(c, &v));
	if (c->manners.json) {
		emit_members(m, &v);
		return;
	}
	if (v.cluster.n == 0) {
		puts("no cluster: the first put begins one");
	} else {
		printf("cluster ");
		show_hex(v.cluster.id, sizeof(v.cluster.id));
		printf("  epoch %" PRIu32 "  %u members\n", v.cluster.epoch,
		       v.n);
	}
	for (unsigned i = 0; i < c->cluster.count; i++)
		show_server(c, &m->survey, &v, i);
}

/* Steps */

/* At once, also when stdout is a file: the next step may take long. */
static void say_step(const struct moving *m, const char *text)
{
	struct emit *e;

	if (m->client->manners.json) {
		e = emit_begin("step");
		emit_text(e, "server", m->name);
		emit_text(e, "text", text);
		emit_end(e);
	} else {
		puts(text);
	}
	fflush(stdout);
}

static void survey(struct moving *m, const struct msg_store **stores)
{
	struct cluster *c = &m->client->cluster;

	cluster_open(c);
	survey_run(&m->survey, c);
	for (unsigned i = 0; i < c->count; i++) {
		const struct survey_answer *a = &m->survey.answers[i];

		stores[i] = a->given ? &a->status.store : NULL;
	}
}

static void refuse(struct moving *m, enum exit_status status, const char *why)
{
	show_problem(m->name, strlen(m->name), "%s", why);
	tally_add(&m->client->tally, status);
}

/* Why a change cannot be: for add, and for remove. */
static const struct {
	enum exit_status status;
	const char *add;
	const char *remove;
} verdicts[] = {
	[ROSTER_NEW] = {EXIT_PRECONDITION, "there is no cluster yet",
			"there is no cluster yet"},
	[ROSTER_TOO_FEW] = {EXIT_TEMPORARY, "too few members answer",
			    "all others must be members, and answer"},
	[ROSTER_DOUBLED] = {EXIT_USAGE, "two addresses lead to the same server",
			    "two addresses lead to the same server"},
	[ROSTER_LIST] = {EXIT_PRECONDITION,
			 "the configuration must list the members, and this "
			 "one more",
			 "the configuration must list the members, and no "
			 "others"},
	[ROSTER_BUSY] = {EXIT_PRECONDITION,
			 "another change of members is under way: finish "
			 "that first",
			 "another server is leaving: finish that first"},
	[ROSTER_ABSENT] = {EXIT_TEMPORARY, "does not answer",
			   "does not answer: if it will never come back, dfc "
			   "members remove --dead"},
	[ROSTER_STATE] = {EXIT_PRECONDITION, "is no blank server",
			  "is not a member"},
	[ROSTER_LAST] = {EXIT_PRECONDITION,
			 "the others would be fewer than two",
			 "the others would be fewer than two"},
};

/* The others that a change waits for. */
static uint64_t in_the_way(const struct moving *m, enum roster_verdict v)
{
	const struct view *view = &m->change.view;
	uint64_t others = mask_all(m->client->cluster.count) &
			  ~(UINT64_C(1) << m->server);

	switch (v) {
	case ROSTER_TOO_FEW:
		return others & ~view->members;
	case ROSTER_BUSY:
		return others & view->leaving;
	case ROSTER_DOUBLED:
		return view->doubled;
	default:
		return 0;
	}
}

/* Not in the state for it: what is it then? */
static void say_state(struct moving *m, bool adds)
{
	const struct view *v = &m->change.view;
	unsigned count = m->client->cluster.count;
	enum standing t =
		standing_of(v, &m->survey.answers[m->server].status.store,
			    m->server, count);
	char text[STANDING_TEXT_MAX];

	standing_advice(t, v, count, m->name, text);
	if (adds && t == STANDING_LEAVING)
		refuse(m, EXIT_PRECONDITION, text);
	else if (adds)
		show_problem(m->name, strlen(m->name),
			     "%s: to add it, start it with an empty directory, "
			     "or with --rejoin",
			     standing_word(t));
	else
		show_problem(m->name, strlen(m->name), "%s: %s",
			     verdicts[ROSTER_STATE].remove, text);
	if (!adds || t != STANDING_LEAVING)
		tally_add(&m->client->tally, EXIT_PRECONDITION);
}

static void say_verdict(struct moving *m, enum roster_verdict v, bool adds)
{
	char names[CLUSTER_NAMES_MAX];
	struct client *c = m->client;
	uint64_t some = in_the_way(m, v);

	client_note(c, &m->change.view);
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return;
	}
	c->explain = verdicts[v].status != EXIT_PRECONDITION;
	if (v == ROSTER_STATE && m->dead)
		refuse(m, verdicts[v].status, "answers, so it is not dead");
	else if (v == ROSTER_STATE)
		say_state(m, adds);
	else
		refuse(m, verdicts[v].status,
		       adds ? verdicts[v].add : verdicts[v].remove);
	if (some)
		show_problem(
			m->name, strlen(m->name), "in the way: %s",
			cluster_names(&c->cluster, some, names, sizeof(names)));
}

/* Sends the record to those that lack it, one after the other, and to none
 * behind one that does not obey: of two changes the second must not get past
 * the first server.  False, and said: too few have it. */
static bool send_record(struct moving *m)
{
	struct change *k = &m->change;
	struct client *c = m->client;
	unsigned have = mask_count(k->carried);
	enum join_end end = JOIN_OBEYED;

	for (unsigned i = 0; i < k->count && end == JOIN_OBEYED; i++) {
		char why[JOIN_TEXT_MAX];

		if (!(k->to >> i & 1))
			continue;
		memcpy(k->join.store,
		       m->survey.answers[i].status.store.stamp.store,
		       STORE_ID_SIZE);
		c->changed = true;
		end = join_send(c, i, &k->join, why);
		have += end == JOIN_OBEYED;
		if (end != JOIN_OBEYED)
			show_trouble("%s: the cluster's new record: %s",
				     cluster_name(&c->cluster, i), why);
	}
	if (have >= k->enough)
		return true;
	if (interrupt_came())
		tally_add(&c->tally, EXIT_INTERRUPTED);
	else
		refuse(m,
		       end == JOIN_REFUSED ? EXIT_PRECONDITION : EXIT_TEMPORARY,
		       "too few servers have the new record: run this again");
	return false;
}

/* False, and said: something was left undone. */
static bool heal_between(struct moving *m, uint64_t gone)
{
	struct client *c = m->client;
	struct heal *h = heal_new(c);
	bool good;

	if (!h)
		return false;
	h->jobs = m->jobs;
	h->gone = gone;
	h->settings.gone = gone ? 1 : 0;
	h->undone = true;
	if (heal_begin(h) == ROSTER_OK)
		heal_all(h);
	heal_say(h);
	good = !h->undone && !h->no_memory;
	heal_free(h);
	if (!good && !interrupt_came())
		show_problem(m->name, strlen(m->name),
			     "not all is healed: run this again");
	return good;
}

/* Add */

/* And nobody is left who does not know it. */
static bool is_member(const struct moving *m, enum roster_verdict v)
{
	return (v == ROSTER_OK || v == ROSTER_STATE || v == ROSTER_LIST) &&
	       (m->change.view.members >> m->server & 1) && m->change.to == 0;
}

static void add(struct moving *m)
{
	const struct msg_store *stores[LAYOUT_MAX];
	char text[256];
	enum roster_verdict v;

	survey(m, stores);
	v = roster_add(&m->change, stores, m->client->cluster.count, m->server);
	if (is_member(m, v)) {
		snprintf(text, sizeof(text), "%s: is a member already",
			 m->name);
		say_step(m, text);
		return;
	}
	if (v != ROSTER_OK) {
		say_verdict(m, v, true);
		return;
	}
	if (!send_record(m))
		return;
	snprintf(text, sizeof(text), "%s: the cluster has %u servers now",
		 m->name, (unsigned)m->change.join.cluster.n);
	say_step(m, text);
	if (!heal_between(m, 0))
		return;
	snprintf(text, sizeof(text),
		 "%s: a member; every client's dfc.conf must list it now",
		 m->name);
	say_step(m, text);
}

/* Remove */

static bool leave(struct moving *m)
{
	const struct msg_store *stores[LAYOUT_MAX];
	enum roster_verdict v;
	char text[256];

	survey(m, stores);
	v = roster_leave(&m->change, stores, m->client->cluster.count,
			 m->server, m->dead);
	if (v != ROSTER_OK) {
		say_verdict(m, v, false);
		return false;
	}
	m->epoch = m->change.join.cluster.epoch;
	if (m->change.begun)
		return true;
	if (!send_record(m))
		return false;
	snprintf(text, sizeof(text), "%s: %s; its chunks go to the others",
		 m->name, m->dead ? "counts as dead" : "is leaving");
	say_step(m, text);
	return heal_between(m, m->dead ? UINT64_C(1) << m->server : 0);
}

static void remove_server(struct moving *m)
{
	const struct msg_store *stores[LAYOUT_MAX];
	enum roster_verdict v;
	char text[256];

	if (!leave(m))
		return;
	survey(m, stores);
	v = roster_remove(&m->change, stores, m->client->cluster.count,
			  m->server, m->dead);
	if (v != ROSTER_OK) {
		say_verdict(m, v, false);
		return;
	}
	/* By another change: this list may not be the members' any more. */
	if (!m->change.begun && m->change.join.cluster.epoch != m->epoch + 1) {
		refuse(m, EXIT_PRECONDITION,
		       "the members were changed meanwhile");
		return;
	}
	if (!send_record(m))
		return;
	snprintf(text, sizeof(text), "%s: the cluster has %u servers now",
		 m->name, (unsigned)m->change.join.cluster.n);
	say_step(m, text);
	snprintf(text, sizeof(text), "%s: take it out of every dfc.conf%s",
		 m->name, m->dead ? "" : ", and stop its daemon");
	say_step(m, text);
}

/* The command */

struct verb {
	const char *name;
	void (*run)(struct moving *m);
};

static const struct verb verbs[] = {
	{"add", add},
	{"remove", remove_server},
};

static const struct verb *find_verb(const struct args *a)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (a->count == 2 && strcmp(a->operands[0], verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

static bool is_usage(const struct args *a, const struct verb *verb)
{
	if (a->given[OPT_DEAD] && (!verb || verb->run != remove_server))
		return false;
	return verb || a->count == 0;
}

enum exit_status cmd_members(struct client *c, const struct args *a)
{
	const struct verb *verb = find_verb(a);
	struct moving *m;
	enum exit_status status = EXIT_DONE;

	if (!is_usage(a, verb)) {
		show_trouble("usage: dfc members [add SERVER | remove [--dead] "
			     "SERVER]");
		return EXIT_USAGE;
	}
	if (!client_open(c))
		return EXIT_USAGE;
	m = calloc(1, sizeof(*m));
	if (!m) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	m->client = c;
	m->dead = a->given[OPT_DEAD];
	if (!command_jobs(c, a, &m->jobs) ||
	    (verb && !command_server(c, a->operands[1], &m->server))) {
		status = EXIT_USAGE;
	} else if (!verb) {
		show_members(m);
	} else {
		m->name = cluster_name(&c->cluster, m->server);
		verb->run(m);
	}
	free(m);
	return status;
}
