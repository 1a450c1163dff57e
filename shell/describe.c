#include "describe.h"

#include <stdio.h>

unsigned describe_copies(const struct found *f)
{
	unsigned least = f->version.y ? LAYOUT_MAX : 0;

	for (unsigned i = 0; i < f->version.y; i++)
		if (mask_count(f->holders[i]) < least)
			least = mask_count(f->holders[i]);
	return least;
}

void describe_mode(uint16_t mode, char out[DESCRIBE_MODE_MAX])
{
	(void)snprintf(out, DESCRIBE_MODE_MAX, "%04o", mode & 0777U);
}

void describe_version(struct emit *e, const struct version *v, unsigned copies)
{
	char mode[DESCRIBE_MODE_MAX];
	char tag[TAG_TEXT_SIZE + 1];

	describe_mode(v->mode, mode);
	tag_to_text(&v->tag, tag);
	emit_u64(e, "size", v->size);
	emit_time(e, "mtime", v->mtime_ns);
	emit_text(e, "mode", mode);
	emit_text(e, "version", tag);
	emit_u64(e, "stripe", v->y);
	emit_u64(e, "copies", copies);
}

void describe_file(struct emit *e, const char *name, size_t len,
		   enum listed listed, const struct found *f)
{
	emit_bytes(e, "name", name, len);
	emit_bool(e, "incomplete", listed == LISTED_INCOMPLETE);
	if (f->committed && f->version.y != 0)
		describe_version(e, &f->version, describe_copies(f));
}

void describe_emit(const char *name, size_t len, enum listed listed,
		   const struct found *f)
{
	struct emit *e = emit_begin("file");

	describe_file(e, name, len, listed, f);
	emit_end(e);
}
