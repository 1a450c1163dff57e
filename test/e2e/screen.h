/*
 * What a terminal shows: the rows of a screen after the bytes that a program
 * wrote, as an xterm would have them.  No I/O, no time.
 *
 * It knows what readline and a progress line use under TERM=xterm or vt100:
 * printable text in UTF-8, tabs, the right margin (a character in the last
 * column leaves the cursor there, the next one wraps first), scrolling and
 * its region, the CSI sequences A-H @ J K L M P S T X ` a d e f r, insert
 * mode, ESC 7 8 D E M c.  Colours, other modes, titles and character sets are
 * taken and change nothing.  What it does not know is ignored and counted.
 *
 * Every character is one column wide.  Rows and columns count from 1.
 */
#ifndef E2E_SCREEN_H
#define E2E_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define SCREEN_SIDE_MAX 500 /* columns, and rows */
#define SCREEN_ROW_MAX (4 * SCREEN_SIDE_MAX + 1)

struct screen;

/* Blank, the cursor at row 1, column 1.  NULL: no memory, or a side that is
 * not in 1..SCREEN_SIDE_MAX. */
struct screen *screen_new(unsigned cols, unsigned rows);
void screen_free(struct screen *s);

/* The next byte that the program wrote.  False when it is a part of an escape
 * sequence, or does nothing; true for text and for what moves like text: BEL,
 * backspace, tab, the line ends. */
bool screen_put(struct screen *s, unsigned char byte);

/* The upper left part stays, except that rows go at the top as long as the
 * cursor would be below the last one.  ERR_RANGE as in screen_new,
 * ERR_MEMORY: nothing is changed. */
enum err screen_resize(struct screen *s, unsigned cols,
		       unsigned rows) MUST_CHECK;

unsigned screen_cols(const struct screen *s);
unsigned screen_rows(const struct screen *s);
unsigned screen_cursor_row(const struct screen *s);
unsigned screen_cursor_col(const struct screen *s);

/* The row in UTF-8 without its trailing blanks, as a string; "" for a row
 * that is not there.  Returns its length in bytes. */
size_t screen_text(const struct screen *s, unsigned row,
		   char out[SCREEN_ROW_MAX]);

/* How many sequences and controls were not known, and the beginning of the
 * first of them, its ESC left out ("" when there is none). */
unsigned screen_unknown(const struct screen *s);
const char *screen_unknown_first(const struct screen *s);

#endif
