#include "choice.h"

#include "command.h"
#include "interrupt.h"
#include "show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool add_rule(struct filter *f, const struct args_value *v)
{
	bool include = v->letter == OPT_INCLUDE;
	enum err e = filter_add(f, include ? FILTER_INCLUDE : FILTER_EXCLUDE,
				v->text);

	if (e == ERR_FORMAT)
		show_trouble("%s %s: not a pattern",
			     include ? "--include" : "--exclude", v->text);
	else if (e)
		show_trouble("%s %s: %s", include ? "--include" : "--exclude",
			     v->text, err_text(e));
	return e == ERR_OK;
}

static bool add_rules(struct filter *f, const struct args *a)
{
	for (size_t i = 0; i < a->value_count; i++) {
		const struct args_value *v = &a->values[i];

		if (v->letter != OPT_INCLUDE && v->letter != OPT_EXCLUDE)
			continue;
		if (!add_rule(f, v))
			return false;
	}
	return true;
}

/* Makes room in *text, which has *cap bytes.  False: errno says why. */
static bool grow(char **text, size_t *cap)
{
	size_t more = *cap ? *cap * 2 : 64u << 10;
	char *grown;

	if (more > CHOICE_FILE_MAX) {
		errno = EFBIG;
		return false;
	}
	grown = realloc(*text, more);
	if (!grown)
		return false;
	*text = grown;
	*cap = more;
	return true;
}

/* All of fd into *text, which is heap, also after a failure: false, and errno
 * (EINTR: a signal). */
static bool slurp(int fd, char **text, size_t *len)
{
	size_t cap = 0;

	for (;;) {
		ssize_t n;

		if (*len == cap && !grow(text, &cap))
			return false;
		n = read(fd, *text + *len, cap - *len);
		if (n < 0 && errno == EINTR && !interrupt_came())
			continue;
		if (n <= 0)
			return n == 0;
		*len += (size_t)n;
	}
}

/* One name behind each separator; empty ones are no names. */
static bool add_names(struct names *n, const char *text, size_t len,
		      char separator)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop =
			memchr(text, separator, (size_t)(end - text));

		if (!stop)
			stop = end;
		if (stop > text && (memchr(text, '\0', (size_t)(stop - text)) ||
				    !names_add(n, text, (size_t)(stop - text))))
			return false;
		text = stop + 1;
	}
	return true;
}

static enum exit_status read_names(struct names *n, const char *file,
				   char separator)
{
	bool is_stdin = strcmp(file, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	enum exit_status status = EXIT_ERROR;
	char *text = NULL;
	size_t len = 0;
	bool good = fd >= 0 && slurp(fd, &text, &len);

	if (!good && interrupt_came())
		status = EXIT_INTERRUPTED;
	else if (!good)
		show_problem(file, strlen(file), "%s", err_text(ERR_SYS));
	else if (!add_names(n, text, len, separator))
		show_problem(file, strlen(file),
			     "a NUL byte in a name (-0 separates by them)");
	else
		status = EXIT_DONE;
	free(text);
	if (!is_stdin && fd >= 0)
		close(fd);
	return status;
}

static bool add_operands(struct choice *c, const struct args *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (!names_add(&c->names, a->operands[i],
			       strlen(a->operands[i])))
			return false;
	return true;
}

enum exit_status choice_make(struct choice *c, const struct args *a)
{
	const char *file = a->value[OPT_FILES_FROM];

	*c = (struct choice){0};
	if (a->given['0'] && !file) {
		show_trouble("-0 goes with --files-from");
		return EXIT_USAGE;
	}
	if (!add_rules(&c->filter, a))
		return EXIT_USAGE;
	if (!add_operands(c, a)) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	return file ? read_names(&c->names, file, a->given['0'] ? '\0' : '\n')
		    : EXIT_DONE;
}

void choice_release(struct choice *c)
{
	filter_release(&c->filter);
	names_release(&c->names);
}
