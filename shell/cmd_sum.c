/* sum: digests */
#include "command.h"
#include "emit.h"
#include "reading.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>

#define HEX_MAX (2 * DIGEST_MAX + 1)

struct sum {
	bool json;
	bool chunks;
	bool sha256; /* of the content */
};

static enum err hash(void *arg, const void *data, size_t len)
{
	digest_update(arg, data, len);
	return ERR_OK;
}

static enum err hash_all(const struct task *task, char hex[HEX_MAX])
{
	struct digest_state *s = digest_new(DIGEST_SHA256);
	struct digest d;
	enum err e = s ? slice_read(task, hash, s) : ERR_MEMORY;

	if (!e) {
		digest_final(s, &d);
		digest_hex(d.bytes, digest_size(DIGEST_SHA256), hex);
	}
	digest_free(s);
	return e;
}

/* What sha256sum(1) does: a name with a newline or a backslash has them
 * escaped, and a backslash before the line says so. */
static bool is_escaped(const struct task *task)
{
	return memchr(task->name, '\n', task->name_len) ||
	       memchr(task->name, '\r', task->name_len) ||
	       memchr(task->name, '\\', task->name_len);
}

static void print_name(const struct task *task)
{
	if (!is_escaped(task)) {
		show_stored(task->name, task->name_len);
		return;
	}
	for (size_t i = 0; i < task->name_len; i++) {
		const char *b = &task->name[i];

		if (*b == '\n')
			fputs("\\n", stdout);
		else if (*b == '\r')
			fputs("\\r", stdout);
		else if (*b == '\\')
			fputs("\\\\", stdout);
		else
			show_name(b, 1);
	}
}

static void print_line(const struct task *task, const char *hex, unsigned chunk)
{
	printf("%s%s  ", is_escaped(task) ? "\\" : "", hex);
	print_name(task);
	if (chunk > 0)
		printf("#%u", chunk);
	putchar('\n');
}

static void digest_text(const struct version *v, const struct digest *d,
			char hex[HEX_MAX])
{
	digest_hex(d->bytes, digest_size(v->alg), hex);
}

static void emit_sums(const struct task *task, const char *sha256)
{
	const struct version *v = slice_version(task);
	const struct digest *all = slice_digests(task);
	struct emit *e = emit_begin("file");
	char hex[HEX_MAX];

	emit_bytes(e, "name", task->name, task->name_len);
	emit_u64(e, "size", v->size);
	emit_text(e, "algorithm", digest_name(v->alg));
	digest_text(v, &v->root, hex);
	emit_text(e, "digest", hex);
	emit_open_list(e, "chunks");
	for (unsigned i = 0; i < v->y; i++) {
		digest_text(v, &all[i], hex);
		emit_open_object(e, NULL);
		emit_u64(e, "chunk", i + 1);
		emit_text(e, "digest", hex);
		emit_close(e);
	}
	emit_close(e);
	if (sha256)
		emit_text(e, "sha256", sha256);
	emit_end(e);
}

static enum err sum_good(void *arg, const struct task *task)
{
	const struct sum *s = arg;
	const struct version *v = slice_version(task);
	const struct digest *all = slice_digests(task);
	char hex[HEX_MAX] = "";
	enum err e = s->sha256 ? hash_all(task, hex) : ERR_OK;

	if (e)
		return e;
	if (s->json) {
		emit_sums(task, s->sha256 ? hex : NULL);
	} else if (s->sha256) {
		print_line(task, hex, 0);
	} else if (s->chunks) {
		for (unsigned i = 0; i < v->y; i++) {
			digest_text(v, &all[i], hex);
			print_line(task, hex, i + 1);
		}
	} else {
		digest_text(v, &v->root, hex);
		print_line(task, hex, 0);
	}
	return ERR_OK;
}

enum exit_status cmd_sum(struct client *c, const struct args *a)
{
	struct sum s = {.json = c->manners.json,
			.chunks = a->given['c'],
			.sha256 = a->given[OPT_SHA256]};
	struct reading r = {.client = c,
			    .names = a->operands,
			    .count = a->count,
			    .good = sum_good,
			    .arg = &s};

	if (s.chunks && s.sha256) {
		show_trouble("sum: either -c or --sha256");
		return EXIT_USAGE;
	}
	if (!reading_check(a->operands, a->count) || !client_open(c))
		return EXIT_USAGE;
	r.want.kind = s.sha256 ? SLICE_ALL : SLICE_NOTHING;
	reading_run(&r);
	return EXIT_DONE;
}
