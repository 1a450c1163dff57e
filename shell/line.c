#include "line.h"

#include "interrupt.h"
#include "show.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#define LISTED_MAX 100 /* candidates that are shown */

static struct {
	struct loop *loop;
	struct line_user user;
	struct loop_watch input;
	bool more;
	bool done;
	char *text;    /* NULL with done: no more lines */
	int tab_point; /* where the cursor was at the last TAB */
} line;

static const char *prompt(void)
{
	return line.more ? "> " : line.user.prompt(line.user.arg);
}

static void on_line(char *text)
{
	line.done = true;
	line.text = text;
	/* Before anything else is printed: the terminal is as it was. */
	rl_callback_handler_remove();
}

static void on_input(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	if (!line.done)
		rl_callback_read_char();
}

/* Says the news above the line that is being edited. */
static void tell_news(void)
{
	if (!line.user.news(line.user.arg))
		return;
	rl_clear_visible_line();
	fflush(rl_outstream);
	line.user.tell(line.user.arg);
	rl_set_prompt(prompt());
	rl_on_new_line();
	rl_redisplay();
}

/* Completion */

static void insert(const struct completion *c, int from, const char *text,
		   bool whole)
{
	char *quoted;
	size_t len;

	/* Of nothing not even quotes are written. */
	if (!whole && text[0] == '\0' && c->style == WORDS_BARE)
		return;
	quoted = words_quote(text, c->style);
	len = quoted ? strlen(quoted) : 0;
	if (!quoted)
		return;
	/* A word that goes on keeps its quotes open. */
	if (!whole && len > 0 && (quoted[0] == '\'' || quoted[0] == '"'))
		quoted[len - 1] = '\0';
	rl_begin_undo_group();
	rl_delete_text(from, rl_point);
	rl_point = from;
	rl_insert_text(quoted);
	if (whole)
		rl_insert_text(" ");
	rl_end_undo_group();
	free(quoted);
}

/* As a list below the line. */
static void show_candidates(const struct completion *c)
{
	size_t count = c->count < LISTED_MAX ? c->count : LISTED_MAX;
	char **shown = calloc(count + 2, sizeof(*shown));
	int widest = 0;
	size_t at = 1;

	if (!shown)
		return;
	shown[0] = strdup("");
	for (size_t i = 0; i < count; i++) {
		shown[at] = strdup(c->list[i] + c->shown_from);
		if (!shown[at])
			break;
		if ((int)strlen(shown[at]) > widest)
			widest = (int)strlen(shown[at]);
		at++;
	}
	rl_display_match_list(shown, (int)at - 1, widest);
	if (c->count > count) {
		fprintf(rl_outstream, "... and %zu more\n", c->count - count);
	}
	rl_forced_update_display();
	for (size_t i = 0; i < at; i++)
		free(shown[i]);
	free(shown);
}

static int on_tab(int count, int key)
{
	struct completion c = {0};
	size_t common;
	char *text;

	(void)count;
	(void)key;
	/* It turns the loop, and what is typed meanwhile comes afterwards. */
	loop_unwatch(line.loop, &line.input);
	line.user.complete(line.user.arg, rl_line_buffer, (size_t)rl_point, &c);
	if (loop_watch(line.loop, &line.input, EPOLLIN) != ERR_OK)
		line.done = true;
	common = completion_common(&c);
	text = c.count > 0 ? strndup(c.list[0], common) : NULL;
	if (!text) {
		rl_ding();
	} else if (c.count == 1) {
		insert(&c, (int)c.begin, text, !completion_goes_on(text));
	} else {
		int was = rl_end;

		insert(&c, (int)c.begin, text, false);
		if (rl_end == was && rl_last_func == on_tab &&
		    line.tab_point == rl_point)
			show_candidates(&c);
		else if (rl_end == was)
			rl_ding();
	}
	line.tab_point = rl_point;
	free(text);
	completion_release(&c);
	return 0;
}

/* Local files are completed only where a command takes them. */
static char **complete_nothing(const char *text, int start, int end)
{
	(void)text;
	(void)start;
	(void)end;
	rl_attempted_completion_over = 1;
	return NULL;
}

/* Reading */

enum err line_start(struct loop *loop, const struct line_user *user)
{
	line.loop = loop;
	line.user = *user;
	line.input = (struct loop_watch){.fd = STDIN_FILENO, .ready = on_input};
	setlocale(LC_CTYPE, "");
	rl_readline_name = "dfc";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_attempted_completion_function = complete_nothing;
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_initialize();
	rl_bind_key('\t', on_tab);
	using_history();
	return interrupt_watch_terminal();
}

void line_stop(void)
{
	clear_history();
}

static void drop_line(void)
{
	rl_echo_signal_char(SIGINT);
	rl_free_line_state();
	rl_callback_sigcleanup();
	rl_replace_line("", 0);
	rl_crlf();
	rl_callback_handler_remove();
	fflush(rl_outstream);
}

/* The window has another size, or the terminal is ours again. */
static void look_at_terminal(void)
{
	enum interrupt_terminal what = interrupt_terminal();

	if (what == TERMINAL_RESIZED)
		rl_resize_terminal();
	if (what == TERMINAL_REGAINED) {
		rl_prep_terminal(1);
		rl_forced_update_display();
	}
}

enum line_end line_read(bool more, char **text)
{
	*text = NULL;
	line.more = more;
	line.done = false;
	line.text = NULL;
	if (loop_watch(line.loop, &line.input, EPOLLIN) != ERR_OK)
		return LINE_LEFT;
	rl_callback_handler_install(prompt(), on_line);
	while (!line.done && !interrupt_came()) {
		loop_turn(line.loop);
		look_at_terminal();
		if (!line.done && !interrupt_came())
			tell_news();
	}
	loop_unwatch(line.loop, &line.input);
	if (!line.done)
		drop_line();
	if (interrupt_signal() == SIGTERM) {
		free(line.text);
		return LINE_ENDED;
	}
	if (!line.done) {
		interrupt_clear();
		return LINE_DROPPED;
	}
	*text = line.text;
	return line.text ? LINE_READ : LINE_LEFT;
}

void line_remember(const char *text)
{
	HIST_ENTRY *last =
		history_length > 0
			? history_get(history_base + history_length - 1)
			: NULL;

	if (!last || strcmp(last->line, text) != 0)
		add_history(text);
}

void line_recall(void (*each)(void *arg, size_t number, const char *text),
		 void *arg)
{
	HIST_ENTRY **all = history_list();

	for (size_t i = 0; all && all[i]; i++)
		each(arg, i + 1, all[i]->line);
}
