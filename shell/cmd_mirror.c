/* mirror */
#include "choice.h"
#include "command.h"
#include "download.h"
#include "interrupt.h"
#include "inventory.h"
#include "manifest.h"
#include "operand.h"
#include "prune.h"
#include "removal.h"
#include "result.h"
#include "show.h"
#include "upload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mirroring {
	struct client *client;
	const struct args *args;
	struct choice choice;
	bool up; /* -R: from local files to stored ones */
	char prefix[NAME_MAX_BYTES + 2]; /* "", or with a slash at its end */
	const char *dir;
	uint64_t jobs;
	struct inventory from;
	struct inventory to;
	struct manifest copies;
	size_t doomed; /* of .to */
	bool no_memory;
};

/* Where a path of the inventories is stored, and where it is here. */
struct place {
	char name[NAME_MAX_BYTES + PATH_MAX];
	char path[2 * PATH_MAX];
};

static void find_place(const struct mirroring *m, const char *path,
		       struct place *p)
{
	snprintf(p->name, sizeof(p->name), "%s%s", m->prefix, path);
	snprintf(p->path, sizeof(p->path), "%s/%s", m->dir, path);
}

/* The end of one path that is not left to upload, download and removal. */
static void end(struct mirroring *m, const char *path, struct result r,
		bool planned)
{
	struct place p;

	find_place(m, path, &p);
	r.name = p.name;
	r.name_len = strlen(p.name);
	r.path = m->up ? NULL : p.path;
	if (planned)
		result_plan(m->client, &r);
	else
		result_add(m->client, &r);
}

/* Comparing */

static void say_incomplete(struct mirroring *m, const struct inventory_item *i)
{
	struct result r = {.action = "get", .status = EXIT_TEMPORARY};
	struct place p;

	find_place(m, i->path, &p);
	show_verdict(p.name, strlen(p.name), " is incomplete");
	m->client->explain = true;
	end(m, i->path, r, false);
}

/* Something local that is no file stays where it is, and is not read. */
static void say_other(struct mirroring *m, const struct inventory_item *i)
{
	struct result r = {.action = "skip",
			   .status = EXIT_ERROR,
			   .skipped = true,
			   .text = "a link, or no regular file: skipped"};
	struct place p;

	find_place(m, i->path, &p);
	show_problem(p.path, strlen(p.path), "%s", r.text);
	end(m, i->path, r, false);
}

static void skip(struct mirroring *m, const struct inventory_item *i)
{
	struct result r = {.action = "skip", .skipped = true, .bytes = i->size};

	end(m, i->path, r, m->args->given['n'] && m->client->manners.verbose);
}

static void copy(struct mirroring *m, const struct inventory_item *i,
		 bool replaces)
{
	struct result r = {.action = replaces ? "replace"
				     : m->up  ? "put"
					      : "get",
			   .bytes = i->size};
	struct place p;

	if (m->args->given['n']) {
		end(m, i->path, r, true);
		return;
	}
	find_place(m, i->path, &p);
	if (!manifest_add(&m->copies, m->up ? p.path : i->path, p.name,
			  i->size))
		m->no_memory = true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct inventory_item *)a)->path,
		      ((const struct inventory_item *)b)->path);
}

/* Below what is a link in the source there may be all: it is not followed. */
static bool is_beyond_link(const struct inventory *from, const char *path)
{
	char top[NAME_MAX_BYTES + 1];
	struct inventory_item key = {.path = top};

	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		const struct inventory_item *found;

		snprintf(top, sizeof(top), "%.*s", (int)(slash - path), path);
		found = from->count ? bsearch(&key, from->list, from->count,
					      sizeof(key), by_path)
				    : NULL;
		if (found && found->kind == INVENTORY_OTHER)
			return true;
	}
	return false;
}

static void doom(struct mirroring *m, struct inventory_item *i)
{
	i->doomed = m->args->given[OPT_DELETE] && i->kind != INVENTORY_OTHER &&
		    !(m->up && is_beyond_link(&m->from, i->path));
	m->doomed += i->doomed;
}

/* to: NULL where there is none. */
static void bring(struct mirroring *m, const struct inventory_item *from,
		  const struct inventory_item *to)
{
	if (from->kind == INVENTORY_INCOMPLETE)
		say_incomplete(m, from);
	else if (from->kind == INVENTORY_OTHER)
		say_other(m, from);
	else if (to && to->kind == INVENTORY_OTHER)
		say_other(m, to);
	else if (to && to->kind == INVENTORY_FILE && to->size == from->size &&
		 to->mtime_ns == from->mtime_ns)
		skip(m, from);
	else
		copy(m, from, to != NULL);
}

static void compare(struct mirroring *m)
{
	size_t f = 0, t = 0;

	while ((f < m->from.count || t < m->to.count) && !m->no_memory) {
		const struct inventory_item *from = &m->from.list[f];
		struct inventory_item *to = &m->to.list[t];
		int order = f == m->from.count ? 1
			    : t == m->to.count ? -1
					       : strcmp(from->path, to->path);

		if (order > 0)
			doom(m, to);
		else
			bring(m, from, order == 0 ? to : NULL);
		f += order <= 0;
		t += order >= 0;
	}
}

/* Doing */

static void copy_all(struct mirroring *m)
{
	struct gauge gauge = {.many = true,
			      .files_total = m->copies.count,
			      .bytes_total = m->copies.bytes};
	struct upload u = {.client = m->client,
			   .jobs = m->jobs,
			   .gauge = &gauge,
			   .next = manifest_next,
			   .more = manifest_more,
			   .arg = &m->copies};
	struct download d = {.client = m->client,
			     .jobs = m->jobs,
			     .below = true,
			     .top = m->dir,
			     .gauge = &gauge,
			     .next = manifest_next,
			     .more = manifest_more,
			     .arg = &m->copies};

	if (m->copies.count == 0)
		return;
	if (m->up)
		upload_run(&u);
	else
		download_run(&d);
}

/* A deletion cannot be undone: only what the source is known to lack goes,
 * and only when all that it has is safe on the other side. */
static bool may_delete(struct mirroring *m, bool copied)
{
	struct client *c = m->client;
	enum exit_status status = EXIT_PARTIAL;
	const char *why;

	if (m->doomed == 0 || interrupt_came())
		return false;
	if (!m->from.complete) {
		why = "not all of the source could be read";
	} else if (m->from.count == 0 && !m->args->given['f']) {
		why = "the source is empty (-f deletes all the same)";
		status = EXIT_PRECONDITION;
	} else if (!copied) {
		why = "not all could be copied";
	} else {
		return true;
	}
	show_trouble("mirror: nothing is deleted: %s", why);
	tally_add(&c->tally, status);
	return false;
}

static void delete_local(struct mirroring *m, const struct inventory_item *i)
{
	struct result r = {.action = "delete", .deleted = true};
	enum err e = prune_file(m->dir, i->path);
	struct place p;

	if (e) {
		r.status = exit_local(e, errno);
		r.text = e == ERR_FORMAT ? "not a regular file" : err_text(e);
		find_place(m, i->path, &p);
		show_problem(p.path, strlen(p.path), "not deleted: %s", r.text);
	}
	end(m, i->path, r, false);
}

static void delete_stored(struct mirroring *m, const struct names *names)
{
	struct removal r = {.client = m->client,
			    .jobs = m->jobs,
			    .lenient = true,
			    .mirrors = true,
			    .names = names_listed(names),
			    .count = names->count};

	if (r.count && !m->no_memory)
		removal_run(&r);
}

static void delete_all(struct mirroring *m)
{
	struct names names = {0}; /* of stored ones */

	for (size_t n = 0; n < m->to.count && !interrupt_came(); n++) {
		const struct inventory_item *i = &m->to.list[n];
		struct result r = {.action = "delete", .bytes = i->size};
		struct place p;

		if (!i->doomed)
			continue;
		find_place(m, i->path, &p);
		if (m->args->given['n'])
			end(m, i->path, r, true);
		else if (!m->up)
			delete_local(m, i);
		else if (!names_add(&names, p.name, strlen(p.name)))
			m->no_memory = true;
	}
	delete_stored(m, &names);
	names_release(&names);
}

static bool take_stock(struct mirroring *m)
{
	struct client *c = m->client;
	struct inventory *stored = m->up ? &m->to : &m->from;
	struct inventory *local = m->up ? &m->from : &m->to;

	m->from.filter = m->to.filter = &m->choice.filter;
	return inventory_stored(stored, c, m->prefix) &&
	       inventory_local(local, c, m->dir, !m->up);
}

/* A prefix that no name has is most often mistyped. */
static bool is_absent(const struct mirroring *m)
{
	return !m->up && m->prefix[0] && m->from.complete &&
	       m->from.count == 0 && m->choice.filter.count == 0 &&
	       !m->args->given['f'] && !m->args->given[OPT_DELETE];
}

static void run(struct mirroring *m)
{
	struct client *c = m->client;
	unsigned long failed;

	if (!m->args->given['n'])
		summary_begin(&c->summary, "copied", true);
	if (!take_stock(m))
		return;
	if (is_absent(m)) {
		show_problem(m->prefix, strlen(m->prefix),
			     "no stored name is below it");
		tally_add(&c->tally, EXIT_ABSENT);
	}
	compare(m);
	failed = c->tally.failed;
	if (!m->no_memory)
		copy_all(m);
	if (!m->no_memory && may_delete(m, c->tally.failed == failed))
		delete_all(m);
	if (m->no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&c->tally, EXIT_ERROR);
	}
	if (interrupt_came())
		tally_add(&c->tally, EXIT_INTERRUPTED);
}

/* Usage */

/* "/" is all that is stored; an empty word is what a variable of a script
 * gives that is not set. */
static bool set_prefix(struct mirroring *m, const char *operand)
{
	size_t len = strlen(operand);

	if (len == 0) {
		show_trouble("mirror: an empty PREFIX (/ is all)");
		return false;
	}
	while (len > 0 && operand[len - 1] == '/')
		len--;
	if (len == 0)
		return true;
	if (len > NAME_MAX_BYTES)
		return operand_check(operand);
	snprintf(m->prefix, sizeof(m->prefix), "%.*s", (int)len, operand);
	if (!operand_check(m->prefix))
		return false;
	m->prefix[len] = '/';
	m->prefix[len + 1] = '\0';
	return true;
}

enum exit_status cmd_mirror(struct client *c, const struct args *a)
{
	struct mirroring m = {.client = c, .args = a, .up = a->given['R']};
	enum exit_status status = choice_make(&m.choice, a);

	m.dir = a->operands[m.up ? 0 : 1];
	if (!status && set_prefix(&m, a->operands[m.up ? 1 : 0]) &&
	    client_open(c) && command_jobs(c, a, &m.jobs) && command_pace(c, a))
		run(&m);
	else if (!status)
		status = EXIT_USAGE;
	inventory_release(&m.from);
	inventory_release(&m.to);
	manifest_release(&m.copies);
	choice_release(&m.choice);
	return status;
}
