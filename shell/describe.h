/*
 * Files as commands describe them: the "file" objects of --json, whichever
 * command writes one, and the short forms that several of them print.
 */
#ifndef SHELL_DESCRIBE_H
#define SHELL_DESCRIBE_H

#include "emit.h"
#include "view.h"

#define DESCRIBE_MODE_MAX 8 /* bytes */

/*
 * The keys of a "file": name, incomplete, and, where a version of it was
 * seen, size, mtime, mode, version, stripe and copies.  Between emit_begin()
 * and emit_end(), which are the caller's, as are further keys.
 */
void describe_file(struct emit *e, const char *name, size_t len,
		   enum listed listed, const struct found *f);
/* Of these keys, those from size on. */
void describe_version(struct emit *e, const struct version *v, unsigned copies);
/* Such an object and nothing more. */
void describe_emit(const char *name, size_t len, enum listed listed,
		   const struct found *f);

/* The copies of the chunk that has the fewest; 0 where nothing was seen. */
unsigned describe_copies(const struct found *f);
/* "0644".  out[DESCRIBE_MODE_MAX]. */
void describe_mode(uint16_t mode, char out[DESCRIBE_MODE_MAX]);

#endif
