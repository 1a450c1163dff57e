/* completion: the scripts; complete: what they ask */
#include "complete.h"
#include "emit.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *shell;
	void (*print)(FILE *f);
} scripts[] = {
	{"bash", script_bash},
	{"zsh", script_zsh},
	{"fish", script_fish},
};

static enum exit_status emit_script(size_t i)
{
	struct emit *e;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	scripts[i].print(f);
	fclose(f);
	e = emit_begin("completion");
	emit_text(e, "shell", scripts[i].shell);
	emit_text(e, "script", text);
	emit_end(e);
	free(text);
	return EXIT_DONE;
}

enum exit_status cmd_completion(struct client *c, const struct args *a)
{
	const char *shell = a->operands[0];

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		if (strcmp(scripts[i].shell, shell) != 0)
			continue;
		if (c->manners.json)
			return emit_script(i);
		scripts[i].print(stdout);
		return EXIT_DONE;
	}
	show_problem(shell, strlen(shell), "must be one of bash, zsh and fish");
	return EXIT_USAGE;
}

/* Whoever asks is in the middle of a line: nothing is said, and what cannot
 * be known is not offered. */
enum exit_status cmd_complete(struct client *c, const struct args *a)
{
	const char *what = a->operands[0];
	enum args_kind kind = strcmp(what, "names") == 0      ? ARGS_STORED
			      : strcmp(what, "prefixes") == 0 ? ARGS_PREFIX
			      : strcmp(what, "servers") == 0  ? ARGS_SERVER
							      : ARGS_NONE;
	struct completion found;

	c->manners.json = false;
	if (!c->shell && !freopen("/dev/null", "w", stderr))
		return EXIT_DONE;
	if (kind == ARGS_SERVER ? !client_configure(c) : !client_open(c))
		return EXIT_DONE;
	complete_value(c, kind, a->count > 1 ? a->operands[1] : "", &found);
	for (size_t i = 0; i < found.count; i++)
		puts(found.list[i]);
	completion_release(&found);
	return EXIT_DONE;
}
