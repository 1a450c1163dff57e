#include "trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chaos.h"

#define NO_ROOM "reserve=512TiB"
#define FULL_MS 700
#define EVERYBODY ((UINT32_C(1) << (CHAOS_CALLERS + 1)) - 1)

/* begin gives false when it cannot be now. */
struct kind {
	const char *text;
	unsigned weight;
	unsigned least_ms;
	unsigned longest_ms;
	bool (*begin)(struct trouble_slot *s);
	bool (*end)(struct trouble_slot *s);
};

static struct server *server_of(const struct trouble_slot *s)
{
	return &s->chaos->servers[s->server];
}

/* Servers */

/* A server that is up, and that nothing else is done to. */
static bool pick_server(struct trouble_slot *s)
{
	struct trouble *t = &s->chaos->trouble;
	unsigned busy = 0;

	s->server = (unsigned)rng_below(&t->rng, CHAOS_SERVERS);
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		busy += s->chaos->servers[i].state != SERVER_UP;
	return busy < t->most && server_of(s)->state == SERVER_UP;
}

static bool begin_kill(struct trouble_slot *s)
{
	if (!pick_server(s))
		return false;
	server_kill(server_of(s));
	return true;
}

static bool end_kill(struct trouble_slot *s)
{
	if (server_of(s)->pid != 0)
		return false;
	server_start(server_of(s), NULL);
	return true;
}

static bool begin_pause(struct trouble_slot *s)
{
	if (!pick_server(s))
		return false;
	server_pause(server_of(s));
	return true;
}

static bool end_pause(struct trouble_slot *s)
{
	server_resume(server_of(s));
	return true;
}

static void ballast_path(const struct trouble_slot *s, char out[CHAOS_PATH_MAX])
{
	snprintf(out, CHAOS_PATH_MAX, "%s/%u/ballast", s->chaos->settings.disks,
		 s->server + 1);
}

/* To the last byte. */
static void fill_disk(const struct trouble_slot *s)
{
	static const char block[65536];
	char path[CHAOS_PATH_MAX];
	ssize_t n = (ssize_t)sizeof(block);
	int fd;

	ballast_path(s, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (fd >= 0 && n > 0)
		n = write(fd, block, (size_t)n);
	if (fd >= 0)
		close(fd);
}

/* On a disk of its own it is filled; else the server is told, by a restart,
 * to keep more free than there is. */
static bool begin_full(struct trouble_slot *s)
{
	if (!pick_server(s))
		return false;
	if (s->chaos->settings.disks)
		fill_disk(s);
	else
		server_kill(server_of(s));
	return true;
}

static bool end_full(struct trouble_slot *s)
{
	struct server *server = server_of(s);
	char path[CHAOS_PATH_MAX];

	if (s->chaos->settings.disks) {
		ballast_path(s, path);
		unlink(path);
		return true;
	}
	if (s->told && server->state == SERVER_UP)
		server_kill(server);
	if (server->pid != 0)
		return false;
	server_start(server, s->told ? NULL : NO_ROOM);
	s->told = !s->told;
	return !s->told;
}

/* One at a time, and the next when all of it is on two servers again. */
static bool begin_wipe(struct trouble_slot *s)
{
	struct chaos *c = s->chaos;

	if (c->healer.lost >= 0 || c->healer.pid != 0 ||
	    c->journal.count < 200 || !pick_server(s))
		return false;
	c->healer.lost = (int)s->server;
	c->healer.lost_at = UINT32_MAX;
	server_kill(server_of(s));
	return true;
}

static bool end_wipe(struct trouble_slot *s)
{
	struct server *server = server_of(s);

	if (server->pid != 0)
		return false;
	server_wipe(server);
	s->chaos->healer.lost_at = s->chaos->journal.count;
	server_start(server, NULL);
	return true;
}

/* The network */

/* Only what nothing else is done to; none of them: false. */
static bool set_relays(struct trouble_slot *s, enum relay_state state,
		       uint32_t late_ms)
{
	for (unsigned i = 0; i <= CHAOS_CALLERS; i++) {
		for (unsigned k = 0; k < CHAOS_SERVERS; k++) {
			struct relay *r = &s->chaos->relays[i][k];

			if (!(s->clients >> i & 1) || !(s->servers >> k & 1) ||
			    r->state != RELAY_PASS)
				continue;
			relay_set(r, state, late_ms);
			s->relays |= UINT64_C(1) << (i * CHAOS_SERVERS + k);
		}
	}
	return s->relays != 0;
}

static void unset_relays(const struct trouble_slot *s, bool reset)
{
	for (unsigned i = 0; i <= CHAOS_CALLERS; i++) {
		for (unsigned k = 0; k < CHAOS_SERVERS; k++) {
			struct relay *r = &s->chaos->relays[i][k];

			if (!(s->relays >> (i * CHAOS_SERVERS + k) & 1))
				continue;
			if (reset)
				relay_set(r, RELAY_CUT, 0);
			relay_set(r, RELAY_PASS, 0);
		}
	}
}

/* Some clients, or all, and some servers, mostly a minority. */
static bool begin_net(struct trouble_slot *s, enum relay_state state,
		      uint32_t late_ms)
{
	struct rng *r = &s->chaos->trouble.rng;

	s->clients = (uint32_t)rng_next(r) & EVERYBODY;
	if (rng_chance(r, 400))
		s->clients = EVERYBODY;
	s->servers = UINT32_C(1) << rng_below(r, CHAOS_SERVERS);
	if (rng_chance(r, 400))
		s->servers |= UINT32_C(1) << rng_below(r, CHAOS_SERVERS);
	if (rng_chance(r, 100))
		s->servers |= (uint32_t)rng_next(r) & 0xf;
	return set_relays(s, state, late_ms);
}

static bool begin_cut(struct trouble_slot *s)
{
	return begin_net(s, RELAY_CUT, 0);
}

static bool begin_hole(struct trouble_slot *s)
{
	return begin_net(s, RELAY_HOLE, 0);
}

static bool begin_half(struct trouble_slot *s)
{
	bool up = rng_chance(&s->chaos->trouble.rng, 500);

	return begin_net(s, up ? RELAY_HOLE_UP : RELAY_HOLE_DOWN, 0);
}

static bool begin_late(struct trouble_slot *s)
{
	return begin_net(s, RELAY_LATE,
			 1 + (uint32_t)rng_below(&s->chaos->trouble.rng, 250));
}

/* Long enough for one client's outcome to stay unknown: it hears nothing of its
 * COMMITs, or only one server does. */
static bool begin_mute(struct trouble_slot *s)
{
	struct rng *r = &s->chaos->trouble.rng;
	uint32_t one = UINT32_C(1) << rng_below(r, CHAOS_SERVERS);
	bool stuck = rng_chance(r, 700);

	s->clients = UINT32_C(1) << rng_below(r, CHAOS_CALLERS);
	s->servers = (UINT32_C(1) << CHAOS_SERVERS) - 1;
	if (stuck)
		s->servers &= ~one;
	return set_relays(s, stuck ? RELAY_STUCK : RELAY_MUTE, 0);
}

/* Held bytes arrive now, or are lost with their connections. */
static bool end_net(struct trouble_slot *s)
{
	unset_relays(s, rng_chance(&s->chaos->trouble.rng, 300));
	return true;
}

static bool set_links(const struct trouble_slot *s, bool out)
{
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		if ((s->servers >> i & 1) &&
		    !server_unplug(&s->chaos->servers[i], out))
			chaos_complain(s->chaos, CHECK_ENOUGH,
				       "link of server %u: %s", i + 1,
				       strerror(errno));
	return true;
}

/* Some links, of a minority mostly. */
static bool begin_unplug(struct trouble_slot *s)
{
	struct rng *r = &s->chaos->trouble.rng;

	s->servers = UINT32_C(1) << rng_below(r, CHAOS_SERVERS);
	if (rng_chance(r, 300))
		s->servers |= (uint32_t)rng_next(r) & 0xf;
	return set_links(s, true);
}

static bool end_unplug(struct trouble_slot *s)
{
	return set_links(s, false);
}

/* Heals */

static bool begin_heal(struct trouble_slot *s)
{
	if (!healer_may(&s->chaos->healer))
		return false;
	healer_start(&s->chaos->healer);
	return true;
}

/* Now and then it has to end early. */
static bool end_heal(struct trouble_slot *s)
{
	if (rng_chance(&s->chaos->trouble.rng, 150))
		healer_kill(&s->chaos->healer);
	return true;
}

/* All of it */

static const struct kind kinds[TROUBLES] = {
	[TROUBLE_KILL] = {"kill -9", 20, 10, 1200, begin_kill, end_kill},
	[TROUBLE_PAUSE] = {"stopped", 12, 10, 2500, begin_pause, end_pause},
	[TROUBLE_FULL] = {"full disk", 8, 10, 1500, begin_full, end_full},
	[TROUBLE_WIPE] = {"lost disk", 12, 10, 500, begin_wipe, end_wipe},
	[TROUBLE_CUT] = {"cut", 12, 10, 1200, begin_cut, end_net},
	[TROUBLE_HOLE] = {"black hole", 12, 10, 2000, begin_hole, end_net},
	[TROUBLE_HALF] = {"one-way", 12, 10, 2000, begin_half, end_net},
	[TROUBLE_LATE] = {"late", 12, 10, 1500, begin_late, end_net},
	[TROUBLE_MUTE] = {"mute", 10, 5000, 7000, begin_mute, end_net},
	[TROUBLE_UNPLUG] = {"unplugged", 20, 10, 2500, begin_unplug,
			    end_unplug},
	[TROUBLE_HEAL] = {"heal beside", 8, 10, 1500, begin_heal, end_heal},
};

bool trouble_may_be(const struct chaos *c, enum trouble_kind kind)
{
	if (kind == TROUBLE_UNPLUG)
		return c->settings.net != NULL;
	/* Clients go past the relays where servers have a network. */
	return !c->settings.net || kind < TROUBLE_CUT || kind > TROUBLE_MUTE;
}

const char *trouble_text(enum trouble_kind kind)
{
	return kinds[kind].text;
}

static void on_end(void *arg)
{
	struct trouble_slot *s = arg;
	struct loop *loop = &s->chaos->loop;

	if (kinds[s->kind].end(s))
		s->busy = false;
	else
		loop_arm(loop, &s->end,
			 loop->now_ms + (s->told ? FULL_MS : 10));
}

static enum trouble_kind pick_kind(struct rng *r)
{
	unsigned sum = 0;
	unsigned kind = 0;
	uint64_t at;

	for (unsigned i = 0; i < TROUBLES; i++)
		sum += kinds[i].weight;
	at = rng_below(r, sum);
	while (at >= kinds[kind].weight)
		at -= kinds[kind++].weight;
	return kind;
}

/* A server whose disk was lost counts for nothing until it is healed, which
 * has to happen some time.  In the second half of the run, what has not been
 * yet comes first. */
static enum trouble_kind pick_now(struct trouble *t)
{
	bool late = t->chaos->loop.now_ms > t->half_ms;

	for (unsigned i = 0; late && i < TROUBLES; i++) {
		if (t->counts[i] == 0 && trouble_may_be(t->chaos, i)) {
			t->most = t->most == 0 ? 1 : t->most;
			return i;
		}
	}
	if (t->chaos->healer.lost >= 0 && rng_chance(&t->rng, 700))
		return TROUBLE_HEAL;
	return pick_kind(&t->rng);
}

static void begin_one(struct trouble *t, struct trouble_slot *s,
		      enum trouble_kind kind)
{
	struct loop *loop = &t->chaos->loop;
	/* Short ones are more frequent. */
	uint64_t most = kinds[kind].longest_ms >> rng_below(&t->rng, 5);
	uint64_t length = kinds[kind].least_ms + rng_below(&t->rng, most);

	*s = (struct trouble_slot){.chaos = t->chaos, .kind = kind};
	s->end = (struct loop_timer){.fire = on_end, .arg = s};
	if (t->most == 0 || !trouble_may_be(t->chaos, kind) ||
	    !kinds[kind].begin(s))
		return;
	t->counts[kind]++;
	s->busy = true;
	loop_arm(loop, &s->end, loop->now_ms + length);
}

static void on_next(void *arg)
{
	struct trouble *t = arg;
	struct loop *loop = &t->chaos->loop;
	struct trouble_slot *s = &t->slots[rng_below(&t->rng, TROUBLE_SLOTS)];

	if (!s->busy)
		begin_one(t, s, pick_now(t));
	loop_arm(loop, &t->next, loop->now_ms + rng_below(&t->rng, 200));
}

static void on_mood(void *arg)
{
	static const unsigned most[] = {0, 1, 1, 1, 1, 1, 1, 2, 2, 4};
	struct trouble *t = arg;
	struct loop *loop = &t->chaos->loop;

	t->most = most[rng_below(&t->rng, sizeof(most) / sizeof(*most))];
	loop_arm(loop, &t->mood, loop->now_ms + 500 + rng_below(&t->rng, 2500));
}

void trouble_start(struct trouble *t, struct chaos *c)
{
	*t = (struct trouble){.chaos = c, .most = 1};
	rng_init(&t->rng, c->settings.seed);
	t->next = (struct loop_timer){.fire = on_next, .arg = t};
	t->mood = (struct loop_timer){.fire = on_mood, .arg = t};
	loop_refresh(&c->loop);
	t->half_ms = c->loop.now_ms + c->settings.seconds * 500;
	loop_arm(&c->loop, &t->next, c->loop.now_ms + 100);
	loop_arm(&c->loop, &t->mood, c->loop.now_ms + 2000);
}

void trouble_stop(struct trouble *t)
{
	struct loop *loop = &t->chaos->loop;
	bool busy = true;

	loop_disarm(&t->next);
	loop_disarm(&t->mood);
	for (unsigned i = 0; i < TROUBLE_SLOTS; i++)
		if (t->slots[i].busy)
			loop_arm(loop, &t->slots[i].end, loop->now_ms);
	while (busy) {
		busy = false;
		for (unsigned i = 0; i < TROUBLE_SLOTS; i++)
			busy |= t->slots[i].busy;
		chaos_turn(t->chaos, 100);
	}
}

void trouble_show_counts(const struct trouble *t)
{
	printf("# faults:");
	for (unsigned i = 0; i < TROUBLES; i++)
		printf("%s %s %" PRIu32, i ? "," : "", kinds[i].text,
		       t->counts[i]);
	printf("\n");
}
