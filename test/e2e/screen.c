#include "screen.h"

#include "grid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PARAMS_MAX 8
#define PARAM_MAX 9999u
#define TAB 8
#define REPLACEMENT 0xfffdu

/* Where in an escape sequence the next byte is. */
enum place {
	GROUND,
	ESCAPE,	    /* after ESC */
	CHARSET,    /* after ESC ( and the like: one byte more */
	CSI,	    /* after ESC [ */
	STRING,	    /* a title and the like, until BEL or ESC \ */
	STRING_ESC, /* after an ESC in it */
};

struct screen {
	struct grid grid;

	enum place place;
	unsigned param[PARAMS_MAX];
	unsigned params;
	unsigned char prefix; /* ? > = < after CSI, or 0 */
	bool between;	      /* an intermediate byte in a CSI */

	uint32_t code; /* a character of several bytes, so far */
	unsigned more; /* bytes of it that are to come */
	uint32_t least;

	char seq[24]; /* the sequence so far */
	size_t seq_len;
	char first[24];
	unsigned unknown;
};

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool side_ok(unsigned n)
{
	return n >= 1 && n <= SCREEN_SIDE_MAX;
}

struct screen *screen_new(unsigned cols, unsigned rows)
{
	struct screen *s;

	if (!side_ok(cols) || !side_ok(rows))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s != NULL && grid_init(&s->grid, cols, rows)) {
		free(s);
		return NULL;
	}
	return s;
}

void screen_free(struct screen *s)
{
	if (s == NULL)
		return;
	grid_release(&s->grid);
	free(s);
}

enum err screen_resize(struct screen *s, unsigned cols, unsigned rows)
{
	if (!side_ok(cols) || !side_ok(rows))
		return ERR_RANGE;
	return grid_resize(&s->grid, cols, rows);
}

/* ------------------------------------------------------- escape sequences */

static void note_unknown(struct screen *s)
{
	if (s->unknown++ == 0) {
		memcpy(s->first, s->seq, s->seq_len);
		s->first[s->seq_len] = '\0';
	}
}

/* The sequence's parameter i, or without it, or when it is 0, what stands
 * for it. */
static unsigned param(const struct screen *s, unsigned i, unsigned other)
{
	return i < s->params && s->param[i] > 0 ? s->param[i] : other;
}

static int count(const struct screen *s)
{
	return (int)param(s, 0, 1);
}

static void csi_up(struct screen *s)
{
	grid_up(&s->grid, param(s, 0, 1));
}

static void csi_down(struct screen *s)
{
	grid_down(&s->grid, param(s, 0, 1));
}

static void csi_right(struct screen *s)
{
	grid_move(&s->grid, s->grid.at.row, s->grid.at.col + param(s, 0, 1));
}

static void csi_left(struct screen *s)
{
	grid_move(&s->grid, s->grid.at.row,
		  s->grid.at.col - min(param(s, 0, 1), s->grid.at.col));
}

static void csi_next_line(struct screen *s)
{
	csi_down(s);
	grid_move(&s->grid, s->grid.at.row, 0);
}

static void csi_last_line(struct screen *s)
{
	csi_up(s);
	grid_move(&s->grid, s->grid.at.row, 0);
}

static void csi_column(struct screen *s)
{
	grid_move(&s->grid, s->grid.at.row, param(s, 0, 1) - 1);
}

static void csi_row(struct screen *s)
{
	grid_move(&s->grid, param(s, 0, 1) - 1, s->grid.at.col);
}

static void csi_rows_down(struct screen *s)
{
	grid_move(&s->grid, s->grid.at.row + param(s, 0, 1), s->grid.at.col);
}

static void csi_position(struct screen *s)
{
	grid_move(&s->grid, param(s, 0, 1) - 1, param(s, 1, 1) - 1);
}

static void csi_erase_row(struct screen *s)
{
	if (param(s, 0, 0) > 2)
		note_unknown(s);
	else
		grid_erase_row(&s->grid, param(s, 0, 0));
}

/* 3 is what has scrolled off, which is nowhere here. */
static void csi_erase(struct screen *s)
{
	unsigned what = param(s, 0, 0);

	if (what > 3)
		note_unknown(s);
	else if (what < 3)
		grid_erase(&s->grid, what);
}

static void csi_erase_cells(struct screen *s)
{
	grid_erase_cells(&s->grid, param(s, 0, 1));
}

static void csi_insert_cells(struct screen *s)
{
	grid_shift_cells(&s->grid, count(s));
}

static void csi_delete_cells(struct screen *s)
{
	grid_shift_cells(&s->grid, -count(s));
}

static bool in_region(const struct screen *s)
{
	return s->grid.at.row >= s->grid.top &&
	       s->grid.at.row <= s->grid.bottom;
}

static void csi_insert_rows(struct screen *s)
{
	if (!in_region(s))
		return;
	grid_shift_rows(&s->grid, s->grid.at.row, -count(s));
	grid_move(&s->grid, s->grid.at.row, 0);
}

static void csi_delete_rows(struct screen *s)
{
	if (!in_region(s))
		return;
	grid_shift_rows(&s->grid, s->grid.at.row, count(s));
	grid_move(&s->grid, s->grid.at.row, 0);
}

static void csi_scroll_up(struct screen *s)
{
	grid_shift_rows(&s->grid, s->grid.top, count(s));
}

static void csi_scroll_down(struct screen *s)
{
	grid_shift_rows(&s->grid, s->grid.top, -count(s));
}

static void csi_region(struct screen *s)
{
	unsigned top = param(s, 0, 1) - 1;
	unsigned bottom = min(param(s, 1, s->grid.rows), s->grid.rows) - 1;

	if (top >= bottom)
		return;
	s->grid.top = top;
	s->grid.bottom = bottom;
	grid_move(&s->grid, 0, 0);
}

static void csi_mode(struct screen *s, bool on)
{
	for (unsigned i = 0; i < s->params; i++)
		if (s->param[i] == 4 && s->prefix == 0)
			s->grid.insert = on;
}

static void csi_set(struct screen *s)
{
	csi_mode(s, true);
}

static void csi_clear(struct screen *s)
{
	csi_mode(s, false);
}

/* Colours, and what a window manager is told. */
static void csi_ignored(struct screen *s)
{
	(void)s;
}

struct sequence {
	unsigned char final;
	void (*act)(struct screen *s);
};

static const struct sequence sequences[] = {
	{'@', csi_insert_cells}, {'A', csi_up},
	{'B', csi_down},	 {'C', csi_right},
	{'D', csi_left},	 {'E', csi_next_line},
	{'F', csi_last_line},	 {'G', csi_column},
	{'H', csi_position},	 {'J', csi_erase},
	{'K', csi_erase_row},	 {'L', csi_insert_rows},
	{'M', csi_delete_rows},	 {'P', csi_delete_cells},
	{'S', csi_scroll_up},	 {'T', csi_scroll_down},
	{'X', csi_erase_cells},	 {'`', csi_column},
	{'a', csi_right},	 {'d', csi_row},
	{'e', csi_rows_down},	 {'f', csi_position},
	{'h', csi_set},		 {'l', csi_clear},
	{'m', csi_ignored},	 {'r', csi_region},
	{'t', csi_ignored},
};

/* With a prefix only the modes are known: `CSI > m` is no colour. */
static void csi_end(struct screen *s, unsigned char final)
{
	const size_t n = sizeof(sequences) / sizeof(sequences[0]);
	bool mode = final == 'h' || final == 'l';
	size_t i = 0;

	while (i < n && sequences[i].final != final)
		i++;
	if (i == n || s->between || (s->prefix != 0 && !mode) ||
	    (s->prefix != 0 && s->prefix != '?'))
		note_unknown(s);
	else
		sequences[i].act(s);
}

static void csi_byte(struct screen *s, unsigned char byte)
{
	unsigned *p = &s->param[min(s->params, PARAMS_MAX) - 1];

	if (byte >= '0' && byte <= '9') {
		*p = min(*p * 10 + (byte - '0'), PARAM_MAX);
	} else if (byte == ';' || byte == ':') {
		if (s->params < PARAMS_MAX)
			s->param[s->params++] = 0;
	} else if (byte >= '<' && byte <= '?') {
		s->prefix = byte;
	} else if (byte < 0x30) {
		s->between = true;
	} else {
		s->place = GROUND;
		csi_end(s, byte);
	}
}

static void csi_begin(struct screen *s)
{
	s->place = CSI;
	s->param[0] = 0;
	s->params = 1;
	s->prefix = 0;
	s->between = false;
}

static void escape_byte(struct screen *s, unsigned char byte)
{
	s->place = GROUND;
	switch (byte) {
	case '[':
		csi_begin(s);
		break;
	case ']':
		s->place = STRING;
		break;
	case 'P':
	case 'X':
	case '^':
	case '_':
		s->place = STRING;
		note_unknown(s);
		break;
	case '(':
	case ')':
	case '*':
	case '+':
		s->place = CHARSET;
		break;
	case '7':
		s->grid.saved = s->grid.at;
		break;
	case '8':
		s->grid.at = s->grid.saved;
		break;
	case 'D':
		grid_feed(&s->grid);
		break;
	case 'E':
		s->grid.at.col = 0;
		grid_feed(&s->grid);
		break;
	case 'M':
		grid_reverse_feed(&s->grid);
		break;
	case 'c':
		grid_reset(&s->grid);
		break;
	case '=': /* the keypad's manner */
	case '>':
	case '\\': /* the end of a string */
		break;
	default:
		note_unknown(s);
	}
}

/* A byte of a sequence that is no control. */
static void sequence_byte(struct screen *s, unsigned char byte)
{
	if (s->seq_len + 1 < sizeof(s->seq))
		s->seq[s->seq_len++] = (char)byte;
	if (s->place == ESCAPE)
		escape_byte(s, byte);
	else if (s->place == CSI)
		csi_byte(s, byte);
	else
		s->place = GROUND;
}

/* ------------------------------------------------------------------ bytes */

/* Controls do their work in the midst of a sequence, too. */
static bool control(struct screen *s, unsigned char byte)
{
	switch (byte) {
	case '\a':
		return true;
	case '\b':
		grid_move(&s->grid, s->grid.at.row,
			  s->grid.at.col - min(1, s->grid.at.col));
		return true;
	case '\t':
		grid_move(&s->grid, s->grid.at.row,
			  (s->grid.at.col / TAB + 1) * TAB);
		return true;
	case '\n':
	case '\v':
	case '\f':
		grid_feed(&s->grid);
		return true;
	case '\r':
		grid_move(&s->grid, s->grid.at.row, 0);
		return true;
	case 0x1b:
		s->place = ESCAPE;
		s->seq_len = 0;
		return false;
	case 0x18: /* the sequence is called off */
	case 0x1a:
		s->place = GROUND;
		return false;
	case 0x00: /* padding */
	case 0x0e: /* character sets */
	case 0x0f:
	case 0x7f:
		return false;
	default:
		s->seq[0] = (char)byte;
		s->seq_len = 1;
		note_unknown(s);
		return false;
	}
}

static void draw_code(struct screen *s, uint32_t code)
{
	if (code >= 0x80 && code < 0xa0) {
		s->seq[0] = (char)code;
		s->seq_len = 1;
		note_unknown(s);
	} else {
		grid_draw(&s->grid, code);
	}
}

/* A byte of a character of several. */
static void utf8_byte(struct screen *s, unsigned char byte)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

	if (s->more > 0) {
		s->code = s->code << 6 | (byte & 0x3fu);
		if (--s->more > 0)
			return;
		if (s->code < s->least || s->code > 0x10ffff ||
		    (s->code >= 0xd800 && s->code < 0xe000))
			s->code = REPLACEMENT;
		draw_code(s, s->code);
		return;
	}
	if (byte < 0xc0 || byte > 0xf7) {
		grid_draw(&s->grid, REPLACEMENT);
		return;
	}
	s->more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	s->code = byte & (0x3fu >> s->more);
	s->least = least[s->more];
}

/* Nothing of a string is shown.  A control other than ESC is a part of it. */
static void string_byte(struct screen *s, unsigned char byte)
{
	if (byte == '\a' || byte == 0x18 || byte == 0x1a)
		s->place = GROUND;
	else if (byte == 0x1b)
		s->place = STRING_ESC;
}

bool screen_put(struct screen *s, unsigned char byte)
{
	if (s->more > 0 && (byte & 0xc0) != 0x80) {
		s->more = 0;
		grid_draw(&s->grid, REPLACEMENT);
	}
	if (s->place == STRING) {
		string_byte(s, byte);
		return false;
	}
	if (s->place == STRING_ESC) {
		s->place = ESCAPE;
		s->seq_len = 0;
	}
	if (byte < 0x20 || byte == 0x7f)
		return control(s, byte);
	if (s->place != GROUND) {
		sequence_byte(s, byte);
		return false;
	}
	if (byte >= 0x80)
		utf8_byte(s, byte);
	else
		grid_draw(&s->grid, byte);
	return true;
}

/* ---------------------------------------------------------------- reading */

unsigned screen_cols(const struct screen *s)
{
	return s->grid.cols;
}

unsigned screen_rows(const struct screen *s)
{
	return s->grid.rows;
}

unsigned screen_cursor_row(const struct screen *s)
{
	return s->grid.at.row + 1;
}

unsigned screen_cursor_col(const struct screen *s)
{
	return s->grid.at.col + 1;
}

size_t screen_text(const struct screen *s, unsigned row,
		   char out[SCREEN_ROW_MAX])
{
	if (row < 1 || row > s->grid.rows) {
		out[0] = '\0';
		return 0;
	}
	return grid_text(&s->grid, row - 1, out);
}

unsigned screen_unknown(const struct screen *s)
{
	return s->unknown;
}

const char *screen_unknown_first(const struct screen *s)
{
	return s->first;
}
