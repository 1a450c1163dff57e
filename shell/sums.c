#include "sums.h"

#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void sums_pass(struct sums *s, uint64_t files)
{
	s->files = files;
	s->pending = s->narrow = 0;
	memset(s->lacking, 0, sizeof(s->lacking));
	memset(s->unmarked, 0, sizeof(s->unmarked));
}

bool sums_given_up(const struct quorum *q)
{
	return q->settings.accept_loss && q->outcome == OUTCOME_OK &&
	       q->healed.copies == 0;
}

void sums_add(struct sums *s, const struct quorum *q)
{
	const struct quorum_healed *m = &q->healed;
	bool done = q->outcome == OUTCOME_OK && !q->settings.dry;
	uint64_t unmarked = done ? m->unmarked : 0;

	s->marks += mask_count(m->marked);
	s->pairs += mask_count(m->restored & ~m->corrupt);
	s->damaged += mask_count(m->restored & m->corrupt);
	s->restriped += m->restriped;
	s->forgotten += m->forgotten;
	s->discarded += m->discarded;
	s->given_up += sums_given_up(q);
	s->pending += m->pending;
	s->narrow += m->narrow;
	for (unsigned i = 0; i < LAYOUT_MAX; i++) {
		s->unmarked[i] += unmarked >> i & 1;
		if (!(m->unrestored >> i & 1))
			continue;
		s->lacking[i]++;
		s->refusals[i] = m->refusal;
	}
}

/* One name: "NAME: mark on dfs1; chunks on dfs2, dfs3" */

void sums_tell_servers(const struct cluster *c, const char *what, uint64_t some)
{
	const char *comma = " ";

	if (some != 0)
		fputs(what, stdout);
	for (unsigned i = 0; i < c->count; i++) {
		if (!(some >> i & 1))
			continue;
		printf("%s%s", comma, cluster_name(c, i));
		comma = ", ";
	}
}

struct part {
	bool is;
	const char *what;
	uint64_t servers;
};

void sums_tell(const struct task *task)
{
	const struct quorum_healed *m = &task->q.healed;
	const struct part parts[] = {
		{sums_given_up(&task->q), "given up", 0},
		{m->marked, "mark on", m->marked},
		{m->restored & m->corrupt, "damaged chunks replaced on",
		 m->restored & m->corrupt},
		{m->restored & ~m->corrupt, "chunks on",
		 m->restored & ~m->corrupt},
		{m->restriped, "spread anew", 0},
		{m->forgotten, "deletion forgotten", 0},
		{m->discarded, "leftover dropped", 0},
	};
	const char *between = ": ";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].is)
			continue;
		if (*between == ':')
			show_name(task->name, task->name_len);
		fputs(between, stdout);
		if (parts[i].servers)
			sums_tell_servers(task->cluster, parts[i].what,
					  parts[i].servers);
		else
			fputs(parts[i].what, stdout);
		between = "; ";
	}
	if (*between == ';')
		putchar('\n');
}

void sums_emit_name(const struct task *task)
{
	const struct quorum_healed *m = &task->q.healed;
	const struct cluster *c = task->cluster;
	bool given_up = sums_given_up(&task->q);
	struct emit *e;

	if (!given_up && !m->marked && !m->restored && !m->restriped &&
	    !m->forgotten && !m->discarded)
		return;
	e = emit_begin("file");
	emit_bytes(e, "name", task->name, task->name_len);
	cluster_emit(c, e, "marked", m->marked);
	cluster_emit(c, e, "replaced", m->restored & m->corrupt);
	cluster_emit(c, e, "restored", m->restored & ~m->corrupt);
	emit_bool(e, "spread", m->restriped);
	emit_bool(e, "forgotten", m->forgotten);
	emit_u64(e, "discarded", m->discarded);
	emit_bool(e, "given_up", given_up);
	emit_end(e);
}

/* All */

static uint64_t which(const uint64_t counts[LAYOUT_MAX])
{
	uint64_t some = 0;

	for (unsigned i = 0; i < LAYOUT_MAX; i++)
		some |= counts[i] ? UINT64_C(1) << i : 0;
	return some;
}

void sums_emit(const struct sums *s, const struct cluster *c, struct emit *e)
{
	emit_bool(e, "dry_run", s->dry);
	emit_u64(e, "names", s->files);
	emit_u64(e, "marks", s->marks);
	emit_u64(e, "restored", s->pairs);
	emit_u64(e, "replaced", s->damaged);
	emit_u64(e, "spread", s->restriped);
	emit_u64(e, "forgotten", s->forgotten);
	emit_u64(e, "discarded", s->discarded);
	emit_u64(e, "given_up", s->given_up);
	emit_u64(e, "joined", s->joined);
	emit_u64(e, "pending", s->pending);
	emit_u64(e, "narrow", s->narrow);
	cluster_emit(c, e, "unmarked", which(s->unmarked));
	cluster_emit(c, e, "lacking", which(s->lacking));
}

static const char *s_of(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void say_done(const struct sums *s)
{
	const struct {
		uint64_t count;
		const char *one, *many;
	} parts[] = {
		{s->marks, "mark", "marks"},
		{s->pairs, "chunk pair restored", "chunk pairs restored"},
		{s->damaged, "damaged chunk pair replaced",
		 "damaged chunk pairs replaced"},
		{s->restriped, "file spread anew", "files spread anew"},
		{s->forgotten, "deletion forgotten", "deletions forgotten"},
		{s->discarded, "leftover dropped", "leftovers dropped"},
		{s->given_up, "file given up", "files given up"},
		{s->joined, "new member", "new members"},
	};
	char text[512] = "";
	size_t at = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int n;

		if (parts[i].count == 0)
			continue;
		n = snprintf(text + at, sizeof(text) - at, "%s%" PRIu64 " %s",
			     at ? ", " : "", parts[i].count,
			     parts[i].count == 1 ? parts[i].one
						 : parts[i].many);
		at += n > 0 ? (size_t)n : 0;
	}
	if (at > 0)
		show_trouble("heal%s: %" PRIu64 " name%s: %s%s",
			     s->dry ? " -n, nothing was changed" : "", s->files,
			     s_of(s->files), s->dry ? "would be: " : "", text);
}

static bool say_left(const struct sums *s, const struct client *c)
{
	bool any = s->narrow != 0;

	for (unsigned i = 0; i < c->cluster.count; i++)
		any |= s->unmarked[i] || s->lacking[i];
	for (unsigned i = 0; i < c->cluster.count; i++)
		if (s->unmarked[i])
			show_trouble("%s: lacks the newest mark of %" PRIu64
				     " name%s: run dfc heal again",
				     cluster_name(&c->cluster, i),
				     s->unmarked[i], s_of(s->unmarked[i]));
	for (unsigned i = 0; i < c->cluster.count; i++)
		if (s->lacking[i])
			show_trouble("%s: lacks chunks of %" PRIu64 " file%s: "
				     "%s",
				     cluster_name(&c->cluster, i),
				     s->lacking[i], s_of(s->lacking[i]),
				     s->refusals[i] == ST_OK
					     ? "it fell silent"
					     : status_text(s->refusals[i]));
	if (s->narrow)
		show_trouble("heal: %" PRIu64 " file%s over fewer servers "
			     "than there are: all must take part to change "
			     "that",
			     s->narrow, s->narrow == 1 ? " lies" : "s lie");
	if (s->pending && c->manners.verbose)
		show_trouble("heal: kept until all servers know of it, for "
			     "gc_age: what %" PRIu64 " deletion%s or "
			     "unfinished put%s left",
			     s->pending, s_of(s->pending), s_of(s->pending));
	return any;
}

bool sums_say(const struct sums *s, const struct client *c)
{
	say_done(s);
	return say_left(s, c);
}
