#include "safety.h"

#include "standing.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char text[SAFETY_TEXT_MAX], const char *fmt, ...)
	PRINTF_LIKE(2, 3);

static void add(char text[SAFETY_TEXT_MAX], const char *fmt, ...)
{
	size_t at = strlen(text);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text + at, SAFETY_TEXT_MAX - at, fmt, args);
	va_end(args);
}

/* Begins the next thing to do. */
static char *also(struct safety *s)
{
	if (s->todo[0])
		add(s->todo, "; ");
	return s->todo;
}

static const char *servers(const struct health *h, uint64_t some,
			   char out[CLUSTER_NAMES_MAX])
{
	return cluster_names(&h->client->cluster, some, out, CLUSTER_NAMES_MAX);
}

static bool is_new(const struct health *h)
{
	return view_is_new(&h->view) &&
	       mask_count(h->view.valid) == h->client->cluster.count;
}

static void look_at_servers(struct safety *s, const struct health *h)
{
	const struct view *v = &h->view;

	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		const struct survey_answer *a = &h->survey.answers[i];
		uint64_t bit = UINT64_C(1) << i;

		if (!a->given)
			s->down |= bit;
		else if (!(v->members & bit) && !view_is_new(v))
			s->outside |= bit;
		if (a->given &&
		    (a->status.store.flags & (STORE_READ_ONLY | STORE_FULL)))
			s->troubled |= bit;
	}
}

static void say_servers(struct safety *s, const struct health *h)
{
	const struct view *v = &h->view;
	unsigned count = h->client->cluster.count;
	unsigned down = mask_count(s->down), outside = mask_count(s->outside);
	char names[CLUSTER_NAMES_MAX];

	if (down)
		add(s->verdict, "%u of %u servers %s down", down, count,
		    down == 1 ? "is" : "are");
	else
		add(s->verdict,
		    count == 1 ? "the one server is up"
			       : "all %u servers are up",
		    count);
	if (v->doubled)
		add(s->verdict, ", two addresses lead to the same one: %s",
		    servers(h, v->doubled, names));
	else if (outside)
		add(s->verdict, ", %u %s no member%s", outside,
		    outside == 1 ? "is" : "are", outside == 1 ? "" : "s");
	if (v->n > count)
		add(s->verdict, ", the configuration lists %u of %u", count,
		    v->n);
	if (s->troubled)
		add(s->verdict, ", %s not take all changes",
		    mask_count(s->troubled) == 1 ? "one does" : "some do");
}

static void say_files(struct safety *s, const struct health *h)
{
	const uint64_t *n = h->kinds;
	uint64_t files = health_files(h);

	if (files == 0)
		add(s->verdict, ": no files are stored");
	else if (n[HEALTH_NONE])
		add(s->verdict,
		    ": DATA AT RISK: %" PRIu64 " of %" PRIu64
		    " file%s cannot be rebuilt%s",
		    n[HEALTH_NONE], files, files == 1 ? "" : "s",
		    s->down || h->away ? " from those that answer" : "");
	else if (n[HEALTH_ONE])
		add(s->verdict,
		    ": nothing is lost; %" PRIu64 " of %" PRIu64
		    " file%s %s one copy of some chunk",
		    n[HEALTH_ONE], files, files == 1 ? "" : "s",
		    n[HEALTH_ONE] == 1 ? "has" : "have");
	else if (files == 1)
		add(s->verdict, ": the one file has two copies");
	else
		add(s->verdict,
		    ": every file has two copies (%" PRIu64 " files)", files);
	if (n[HEALTH_NONE] && n[HEALTH_ONE])
		add(s->verdict, ", %" PRIu64 " %s one copy", n[HEALTH_ONE],
		    n[HEALTH_ONE] == 1 ? "has" : "have");
	if (n[HEALTH_NONE])
		s->grade = SAFETY_BAD;
	else if (n[HEALTH_ONE])
		s->grade = SAFETY_WARN;
}

static void say_verdict(struct safety *s, const struct health *h)
{
	const struct view *v = &h->view;
	unsigned members = mask_count(v->members);

	say_servers(s, h);
	if (is_new(h)) {
		add(s->verdict, ", and empty: the first put begins the "
				"cluster");
		return;
	}
	if (s->down || s->outside || s->troubled || v->doubled ||
	    v->n > h->client->cluster.count)
		s->grade = SAFETY_WARN;
	if (s->counted == SAFETY_COUNTED)
		say_files(s, h);
	else if (s->counted == SAFETY_LATE)
		add(s->verdict, "; the files are too many to count here");
	else if (!view_proves(v))
		add(s->verdict,
		    ": too few to know: %u member%s, %u %s needed to read",
		    members, members == 1 ? "" : "s", v->r,
		    v->r == 1 ? "is" : "are");
	if (!view_proves(v))
		s->grade = SAFETY_BAD;
	if (members < v->w)
		add(s->verdict,
		    "; nothing can be stored or removed: that takes %u", v->w);
}

static bool needs_heal(const struct safety *s, const struct health *h)
{
	bool any = h->narrow != 0 || (h->kinds[HEALTH_ONE] && !s->down) ||
		   ((h->view.blank | h->view.joining) & s->outside) != 0;

	for (unsigned i = 0; i < h->client->cluster.count; i++)
		any |= h->stale[i] || h->damaged[i];
	return any;
}

/* When the verdict gives no reason. */
static void say_why(struct safety *s, const struct health *h)
{
	char names[CLUSTER_NAMES_MAX];
	uint64_t stale = 0;

	if (s->grade != SAFETY_GOOD)
		return;
	for (unsigned i = 0; i < h->client->cluster.count; i++)
		stale |= (uint64_t)(h->stale[i] != 0) << i;
	if (stale)
		add(s->todo, ": %s missed changes", servers(h, stale, names));
	else if (h->narrow)
		add(s->todo,
		    ": %" PRIu64 " file%s on fewer servers than there are",
		    h->narrow, h->narrow == 1 ? " is" : "s are");
}

static void say_todo(struct safety *s, const struct health *h)
{
	const struct view *v = &h->view;
	unsigned count = h->client->cluster.count;
	char names[CLUSTER_NAMES_MAX];

	if (is_new(h))
		return;
	if (s->down)
		add(also(s), "bring back %s", servers(h, s->down, names));
	if (s->troubled)
		add(also(s), "look at the disks of %s",
		    servers(h, s->troubled, names));
	for (unsigned i = 0; i < count; i++) {
		const struct survey_answer *a = &h->survey.answers[i];
		enum standing t;
		char advice[STANDING_TEXT_MAX];

		if (!(s->outside >> i & 1))
			continue;
		t = standing_of(v, &a->status.store, i, count);
		if (t == STANDING_BLANK || t == STANDING_JOINING)
			continue;
		standing_advice(t, v, count,
				cluster_name(&h->client->cluster, i), advice);
		add(also(s), "%s: %s", cluster_name(&h->client->cluster, i),
		    advice);
	}
	if (s->counted == SAFETY_LATE)
		add(also(s), "dfc check counts the files");
	else if (h->kinds[HEALTH_NONE])
		add(also(s), "dfc check names the files");
	if (needs_heal(s, h))
		add(also(s), s->down ? "then dfc heal" : "dfc heal");
	if (needs_heal(s, h))
		say_why(s, h);
}

static enum exit_status status_of(const struct safety *s,
				  const struct health *h)
{
	const struct view *v = &h->view;
	unsigned members = mask_count(v->members);
	unsigned count = h->client->cluster.count;

	if (is_new(h))
		return EXIT_DONE;
	if (v->doubled)
		return EXIT_USAGE;
	if (members < v->w)
		return EXIT_TEMPORARY;
	if (s->counted == SAFETY_COUNTED && h->kinds[HEALTH_NONE])
		return s->down || v->n > count ? EXIT_TEMPORARY
					       : EXIT_INTEGRITY;
	if (s->counted == SAFETY_COUNTED && h->kinds[HEALTH_ONE])
		return EXIT_DEGRADED;
	return members == v->n && v->members == mask_all(count) ? EXIT_DONE
								: EXIT_DEGRADED;
}

void safety_make(struct safety *s, const struct health *h,
		 enum safety_count counted)
{
	memset(s, 0, sizeof(*s));
	s->counted = counted;
	look_at_servers(s, h);
	say_verdict(s, h);
	say_todo(s, h);
	if (s->todo[0] && s->grade == SAFETY_GOOD)
		s->grade = SAFETY_WARN;
	s->status = status_of(s, h);
}
