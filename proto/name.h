/*
 * Names of stored files: what is allowed, how they are shown, and how they
 * become paths below DIR; see dfs-format(5), "Names".
 *
 * Pure; any thread.
 */
#ifndef PROTO_NAME_H
#define PROTO_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define NAME_MAX_BYTES 1024
#define NAME_COMPONENT_MAX 255
/* Every component may gain one '@'. */
#define NAME_PATH_MAX (NAME_MAX_BYTES + NAME_MAX_BYTES / 2 + 2)

/* ERR_NAME unless 1..1024 bytes without NUL, of components of 1..255 bytes
 * separated by single '/', none of them "." or "..", and none longer than
 * 255 bytes once a leading '@' is doubled. */
enum err name_check(const char *name, size_t len) MUST_CHECK;
/* Says in words what name_check() dislikes; "" when it likes the name. */
const char *name_fault(const char *name, size_t len);
/* The relative path of a name's directory: each component that begins with
 * '@' gets a second one.  out[NAME_PATH_MAX]; the name must be valid.
 * Returns the length without the NUL. */
size_t name_to_path(const char *name, size_t len, char *out);
/* One path component back to a component of a name: "@@x" gives "@x".
 * ERR_NAME for a reserved one ("@x") or an impossible one. */
enum err name_from_component(const char *component, char *out,
			     size_t cap) MUST_CHECK;
/* Byte order, as memcmp; a prefix sorts first. */
int name_compare(const char *a, size_t alen, const char *b, size_t blen);
/* Writes name with control bytes, and backslash, as \n, \t, \\ or \xHH; bytes
 * from 0x80 stay when they are valid UTF-8 (no C1 controls, no separators of
 * lines, nothing that turns the text around), and are escaped otherwise.  At most cap - 1 characters and a NUL; returns what was needed
 * without the NUL, as snprintf does. */
size_t name_escape(const char *name, size_t len, char *out, size_t cap);

#endif
