/*
 * --json: one object a line on stdout, as dfc(1), "JSON", lays down.  Each
 * begins with the version of that layout and its type.  The only file that
 * includes jansson.
 *
 * An object is built from its first key to its last; lists and objects in it
 * are opened and closed in the same order.  Functions take NULL, which
 * emit_begin() gives without memory, and do nothing then; that any object
 * was lost, emit_failed() tells at the end.
 */
#ifndef SHELL_EMIT_H
#define SHELL_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMIT_VERSION 1

struct emit;

struct emit *emit_begin(const char *type);
/* key is NULL for an item of a list. */
void emit_text(struct emit *e, const char *key, const char *text);
/* Bytes that need not be UTF-8: under key where they are, and else in hex
 * under key with "_hex" behind it (in a list: an object with that "hex"). */
void emit_bytes(struct emit *e, const char *key, const char *bytes, size_t len);
/* Numbers above 2^63-1 become texts. */
void emit_u64(struct emit *e, const char *key, uint64_t number);
void emit_real(struct emit *e, const char *key, double number);
void emit_bool(struct emit *e, const char *key, bool value);
void emit_null(struct emit *e, const char *key);
/* UTC, ISO 8601, with nanoseconds. */
void emit_time(struct emit *e, const char *key, int64_t time_ns);
void emit_open_list(struct emit *e, const char *key);
void emit_open_object(struct emit *e, const char *key);
/* The list or object opened last. */
void emit_close(struct emit *e);
/* Writes it, and frees it. */
void emit_end(struct emit *e);

/* Since it was asked last. */
bool emit_failed(void);

#endif
