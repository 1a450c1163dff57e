/* find: the names that tests let through */
#include "command.h"
#include "describe.h"
#include "name.h"
#include "num.h"
#include "pattern.h"
#include "show.h"
#include "walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DAY_S 86400
#define NUMBER_MAX 32 /* bytes of an option's value */

/* "+N": more, "-N": less, "N": just so many. */
struct range {
	char sign; /* 0: any number will do */
	uint64_t n;
};

struct find {
	struct walk walk;
	const char *name; /* patterns, or NULL */
	const char *path;
	struct range size;   /* bytes */
	struct range days;   /* of age */
	struct range copies; /* of the chunk that has the fewest */
	bool newer;
	int64_t newer_ns;
	int64_t now_ns;
	bool incomplete;
	bool nul;
	bool json;
};

static bool fits(const struct range *r, uint64_t n)
{
	switch (r->sign) {
	case '+':
		return n > r->n;
	case '-':
		return n < r->n;
	case '=':
		return n == r->n;
	default:
		return true;
	}
}

/* N days ago is a day long, from N days to the next; what lies ahead is less
 * than any. */
static bool fits_days(const struct find *f, int64_t mtime_ns)
{
	struct range days = f->days;
	int64_t age_s = f->now_ns / 1000000000 - mtime_ns / 1000000000;

	if (days.sign == '\0')
		return true;
	if (age_s < 0)
		return days.sign == '-';
	if (days.sign == '=')
		return (uint64_t)age_s / DAY_S == days.n;
	days.n *= DAY_S;
	return fits(&days, (uint64_t)age_s);
}

static bool matches_name(const char *pattern, const struct listing_name *n)
{
	char name[NAME_MAX_BYTES + 1];
	const char *slash;

	memcpy(name, n->text, n->len);
	name[n->len] = '\0';
	slash = strrchr(name, '/');
	return pattern_matches(pattern, slash ? slash + 1 : name);
}

static bool matches_path(const char *pattern, const struct listing_name *n)
{
	char name[NAME_MAX_BYTES + 1];

	memcpy(name, n->text, n->len);
	name[n->len] = '\0';
	return pattern_matches(pattern, name);
}

static void find_name(void *arg, const struct listing_name *n)
{
	const struct find *f = arg;
	const struct version *v = &n->found->version;

	if ((f->incomplete && n->listed != LISTED_INCOMPLETE) ||
	    !fits(&f->size, v->size) || !fits_days(f, v->mtime_ns) ||
	    (f->newer && v->mtime_ns <= f->newer_ns) ||
	    !fits(&f->copies, describe_copies(n->found)) ||
	    (f->name && !matches_name(f->name, n)) ||
	    (f->path && !matches_path(f->path, n)))
		return;
	if (f->json) {
		describe_emit(n->text, n->len, n->listed, n->found);
		return;
	}
	show_stored(n->text, n->len);
	putchar(f->nul ? '\0' : '\n');
}

/* The options */

static bool take_number(const char *text, bool bytes, uint64_t max, uint64_t *n)
{
	static const char *const units[] = {"K", "M", "G", "T"};
	size_t len = strlen(text);
	char whole[NUMBER_MAX];

	if (!bytes)
		return num_u64(text, 0, max, n) == ERR_OK;
	if (len == 0 || len + 3 > sizeof(whole))
		return false;
	memcpy(whole, text, len + 1);
	if (whole[len - 1] == 'k')
		whole[len - 1] = 'K';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (whole[len - 1] == *units[i])
			memcpy(whole + len, "iB", 3);
	return num_bytes(whole, 0, max, n) == ERR_OK;
}

/* False, and said, when it is none. */
static bool take_range(const struct args *a, char letter, const char *name,
		       uint64_t max, struct range *r)
{
	const char *text = a->value[(unsigned char)letter];
	const char *digits = text;

	if (!text)
		return true;
	r->sign = '=';
	if (*text == '+' || *text == '-')
		r->sign = *digits++;
	if (take_number(digits, letter == OPT_SIZE, max, &r->n))
		return true;
	show_trouble("find: --%s %s: not a number, with + or - before it for "
		     "more or less",
		     name, text);
	return false;
}

static bool take_pattern(const struct args *a, char letter, const char *name,
			 const char **pattern)
{
	*pattern = a->value[(unsigned char)letter];
	if (!*pattern || pattern_check(*pattern) == ERR_OK)
		return true;
	show_trouble("find: --%s %s: not a pattern", name, *pattern);
	return false;
}

static bool take_newer(struct find *f, const struct args *a)
{
	const char *path = a->value[OPT_NEWER];
	struct stat st;

	if (!path)
		return true;
	if (stat(path, &st)) {
		show_problem(path, strlen(path), "%s", strerror(errno));
		return false;
	}
	f->newer = true;
	f->newer_ns =
		(int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return true;
}

static bool take_options(struct find *f, const struct args *a)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	f->now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	return take_pattern(a, OPT_NAME, "name", &f->name) &&
	       take_pattern(a, OPT_PATH, "path", &f->path) &&
	       take_range(a, OPT_SIZE, "size", INT64_MAX, &f->size) &&
	       take_range(a, OPT_MTIME, "mtime", 1000000, &f->days) &&
	       take_range(a, OPT_COPIES, "copies", LAYOUT_MAX, &f->copies) &&
	       take_newer(f, a);
}

enum exit_status cmd_find(struct client *c, const struct args *a)
{
	struct find f = {.incomplete = a->given[OPT_INCOMPLETE],
			 .nul = a->given['0'],
			 .json = c->manners.json};
	bool more = true;

	f.walk = (struct walk){.client = c, .each = find_name, .arg = &f};
	if (!take_options(&f, a) || !client_open(c))
		return EXIT_USAGE;
	if (a->count == 0)
		walk_below(&f.walk, "");
	for (size_t i = 0; more && i < a->count; i++)
		more = walk_operand(&f.walk, a->operands[i]);
	return EXIT_DONE;
}
