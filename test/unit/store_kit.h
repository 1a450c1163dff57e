/*
 * What the tests of the store share: a store in a directory of its own, and
 * its calls made synchronous.  Data are a function of version and chunk.
 */
#ifndef TEST_STORE_KIT_H
#define TEST_STORE_KIT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "digest.h"
#include "inside.h"
#include "log.h"
#include "name.h"
#include "store.h"

#define KIT_DIR_MAX 256
#define KIT_PATH_MAX 8192

struct kit {
	char dir[KIT_DIR_MAX];
	char message[STORE_MESSAGE_MAX];
	struct store_settings set;
	struct store *store;
	struct cluster_id cluster;
};

/* One call's outcome, waited for. */
struct wait {
	struct mutex lock;
	struct cond cond;
	bool over;
	struct outcome o;
};

static inline void wait_done(void *arg, const struct outcome *o)
{
	struct wait *w = arg;

	mutex_lock(&w->lock);
	w->o = *o;
	w->over = true;
	cond_signal(&w->cond);
	mutex_unlock(&w->lock);
}

static inline void wait_init(struct wait *w)
{
	memset(w, 0, sizeof(*w));
	mutex_init(&w->lock, LOCK_STATS);
	cond_init(&w->cond);
}

static inline struct outcome wait_for(struct wait *w)
{
	mutex_lock(&w->lock);
	while (!w->over)
		cond_wait(&w->cond, &w->lock);
	mutex_unlock(&w->lock);
	cond_release(&w->cond);
	mutex_release(&w->lock);
	return w->o;
}

static inline struct msg_name kit_name(const char *text)
{
	return (struct msg_name){text, strlen(text)};
}

static inline struct tag kit_tag(uint64_t ctr)
{
	return (struct tag){.ctr = ctr, .put = 0x1234};
}

static inline enum err kit_try(struct kit *k)
{
	return store_open(&k->set, &k->store, k->message);
}

static inline void kit_open(struct kit *k)
{
	if (kit_try(k) != ERR_OK)
		fail_msg("%s", k->message);
}

static inline void kit_close(struct kit *k)
{
	store_close(k->store);
	k->store = NULL;
}

static inline void kit_again(struct kit *k)
{
	kit_close(k);
	kit_open(k);
}

/* A new directory, TMPDIR's or /tmp's, and no store in it yet. */
static inline void kit_init(struct kit *k)
{
	const char *tmp = getenv("TMPDIR");

	memset(k, 0, sizeof(*k));
	(void)snprintf(k->dir, sizeof(k->dir), "%s/dfs-unit-XXXXXX",
		       tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(k->dir));
	k->set = (struct store_settings){
		.dir = k->dir,
		.create = true,
		.reserve_bytes = 1,
		.fence_ms = 3600000,
		.quarantine_ms = 0,
		.gc_age_ms = 10000000,
	};
	memset(k->cluster.id, 0x55, sizeof(k->cluster.id));
	k->cluster.epoch = 1;
	log_init(LOG_LEVEL_ERROR);
}

static inline int kit_unlink(const char *path, const struct stat *st, int type,
			     struct FTW *f)
{
	(void)st;
	(void)f;
	(void)type;
	return remove(path);
}

static inline void kit_release(struct kit *k)
{
	kit_close(k);
	assert_int_equal(nftw(k->dir, kit_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline int kit_setup(void **state)
{
	struct kit *k = malloc(sizeof(*k));

	assert_non_null(k);
	kit_init(k);
	kit_open(k);
	*state = k;
	return 0;
}

static inline int kit_teardown(void **state)
{
	kit_release(*state);
	free(*state);
	return 0;
}

/* A path below DIR; one at a time. */
static inline const char *kit_path(const struct kit *k, const char *rest)
{
	static char path[KIT_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", k->dir, rest);
	return path;
}

static inline struct msg_context kit_context(const struct kit *k)
{
	struct msg_context c = {.cluster = k->cluster};
	struct msg_store d;

	store_describe(k->store, &d);
	c.stamp = d.stamp;
	return c;
}

/* ---- data */

static inline uint8_t *kit_chunk(const struct version *v, unsigned chunk,
				 size_t *len)
{
	uint8_t *data;

	*len = (size_t)layout_length(v->size, v->y, chunk);
	data = malloc(*len + 1);
	assert_non_null(data);
	for (size_t i = 0; i < *len; i++)
		data[i] = (uint8_t)(i * 7 + i / 251 + v->tag.ctr * 31 +
				    v->tag.put + chunk * 13);
	return data;
}

static inline struct version kit_version(uint64_t ctr, uint64_t size,
					 uint8_t alg)
{
	return (struct version){.tag = kit_tag(ctr),
				.size = size,
				.mtime_ns = 1700000000000000000,
				.mode = 0644,
				.y = 4,
				.alg = alg};
}

static inline struct msg_stage_end kit_end(struct version *v)
{
	struct msg_stage_end end = {.alg = v->alg, .y = v->y};

	for (unsigned i = 0; i < v->y; i++) {
		size_t len;
		uint8_t *data = kit_chunk(v, i, &len);

		memset(&end.chunks[i], 0, sizeof(end.chunks[i]));
		digest_of(v->alg, data, len, &end.chunks[i]);
		free(data);
	}
	memset(&v->root, 0, sizeof(v->root));
	digest_root(v->alg, end.chunks, v->y, &v->root);
	return end;
}

static inline struct version kit_tombstone(uint64_t ctr)
{
	return (struct version){.tag = kit_tag(ctr), .alg = DIGEST_XXH3};
}

/* ---- calls */

static inline struct msg_stage_begin kit_begin(const struct kit *k,
					       const char *name,
					       const struct version *v)
{
	return (struct msg_stage_begin){
		.context = kit_context(k),
		.name = kit_name(name),
		.record = {.v = *v,
			   .state = RECORD_STAGED,
			   .place = 1,
			   .first = (uint8_t)layout_first(
				   1, layout_turn(name, strlen(name), v->y),
				   v->y),
			   .have = 3},
	};
}

/* The whole of slot's data, in steps of some KiB. */
static inline void kit_write(struct stage *g, const struct version *v,
			     unsigned first, unsigned slot)
{
	size_t len, at = 0;
	uint8_t *data = kit_chunk(
		v, slot == 0 ? first : layout_next(first, v->y), &len);
	struct outcome no;

	while (at < len) {
		size_t n = len - at < 9999 ? len - at : 9999;

		assert_int_equal(store_stage_write(g, slot, data + at, n, &no),
				 ST_OK);
		at += n;
	}
	free(data);
}

static inline struct outcome kit_end_stage(struct kit *k, struct stage *g,
					   const struct msg_stage_end *end)
{
	struct wait w;

	wait_init(&w);
	store_stage_end(g, end, wait_done, &w);
	store_flush(k->store);
	return wait_for(&w);
}

/* A stage or a RESTORE with all its data, as m says. */
static inline struct outcome kit_send(struct kit *k,
				      const struct msg_stage_begin *m,
				      struct stage *g)
{
	struct version v = m->record.v;
	struct msg_stage_end end = kit_end(&v);

	kit_write(g, &v, m->record.first, 1);
	kit_write(g, &v, m->record.first, 0);
	return kit_end_stage(k, g, &end);
}

static inline struct outcome kit_stage_version(struct kit *k, const char *name,
					       struct version *v)
{
	struct msg_stage_begin m = kit_begin(k, name, v);
	struct outcome no;
	struct stage *g = store_stage_begin(k->store, &m, &no);

	(void)kit_end(v);
	return g ? kit_send(k, &m, g) : no;
}

static inline struct outcome kit_restore_version(struct kit *k,
						 const char *name,
						 struct version *v)
{
	struct msg_stage_begin m = kit_begin(k, name, v);
	struct outcome no;
	struct stage *g = store_restore_begin(k->store, &m, &no);

	(void)kit_end(v);
	return g ? kit_send(k, &m, g) : no;
}

/* A copy of a version that kit_begin() placed, as version ctr of `to`: the
 * data are those of the old one. */
static inline struct msg_copy kit_copy_message(const struct kit *k,
					       const char *from,
					       const struct version *old,
					       const char *to, uint64_t ctr)
{
	struct version v = *old;
	struct msg_stage_end end = kit_end(&v);
	struct msg_stage_begin b = kit_begin(k, from, &v);
	unsigned turn = layout_turn(to, strlen(to), v.y);
	struct msg_copy m = {.context = b.context,
			     .name = kit_name(to),
			     .record = b.record,
			     .source = kit_name(from),
			     .source_tag = old->tag};

	m.record.v.tag = kit_tag(ctr);
	m.record.place = (uint8_t)((m.record.first + turn) % v.y);
	m.record.chunk[0] = end.chunks[m.record.first];
	m.record.chunk[1] = end.chunks[layout_next(m.record.first, v.y)];
	return m;
}

static inline struct outcome kit_send_copy(struct kit *k,
					   const struct msg_copy *m)
{
	struct wait w;

	wait_init(&w);
	store_copy(k->store, m, wait_done, &w);
	store_flush(k->store);
	return wait_for(&w);
}

static inline struct outcome kit_copy(struct kit *k, const char *from,
				      const struct version *old, const char *to,
				      uint64_t ctr)
{
	struct msg_copy m = kit_copy_message(k, from, old, to, ctr);

	return kit_send_copy(k, &m);
}

static inline enum status kit_restore(struct kit *k, const char *name,
				      uint64_t ctr, uint64_t size)
{
	struct version v = kit_version(ctr, size, DIGEST_XXH3);

	return kit_restore_version(k, name, &v).status;
}

static inline enum status kit_stage(struct kit *k, const char *name,
				    uint64_t ctr, uint64_t size)
{
	struct version v = kit_version(ctr, size, DIGEST_XXH3);

	return kit_stage_version(k, name, &v).status;
}

static inline struct outcome kit_commit_version(struct kit *k, const char *name,
						const struct version *v)
{
	struct msg_commit m = {.context = kit_context(k),
			       .name = kit_name(name),
			       .version = *v};
	struct wait w;

	wait_init(&w);
	store_commit(k->store, &m, wait_done, &w);
	store_flush(k->store);
	return wait_for(&w);
}

static inline enum status kit_commit(struct kit *k, const char *name,
				     uint64_t ctr, uint64_t size)
{
	struct version v = kit_version(ctr, size, DIGEST_XXH3);

	(void)kit_end(&v);
	return kit_commit_version(k, name, &v).status;
}

static inline enum status kit_rm(struct kit *k, const char *name, uint64_t ctr)
{
	struct version v = kit_tombstone(ctr);

	return kit_commit_version(k, name, &v).status;
}

static inline struct outcome kit_drop(struct kit *k,
				      void (*drop)(struct store *,
						   const struct msg_drop *,
						   store_done *, void *),
				      const char *name, uint64_t ctr)
{
	struct msg_drop m = {.context = kit_context(k),
			     .name = kit_name(name),
			     .tag = kit_tag(ctr)};
	struct wait w;

	wait_init(&w);
	drop(k->store, &m, wait_done, &w);
	store_flush(k->store);
	return wait_for(&w);
}

static inline enum status kit_abort(struct kit *k, const char *name,
				    uint64_t ctr)
{
	return kit_drop(k, store_abort, name, ctr).status;
}

static inline enum status kit_forget(struct kit *k, const char *name,
				     uint64_t ctr)
{
	return kit_drop(k, store_forget, name, ctr).status;
}

static inline enum status kit_discard(struct kit *k, const char *name,
				      uint64_t ctr)
{
	return kit_drop(k, store_discard, name, ctr).status;
}

static inline enum status kit_join(struct kit *k, uint8_t as)
{
	struct msg_join j = {.cluster = k->cluster, .state = as, .heal = true};
	struct msg_store d;
	struct outcome o;

	store_describe(k->store, &d);
	memcpy(j.store, d.stamp.store, sizeof(j.store));
	j.cluster.n = 4;
	store_join(k->store, &j, &o);
	return o.status;
}

static inline void kit_put(struct kit *k, const char *name, uint64_t ctr,
			   uint64_t size)
{
	assert_int_equal(kit_stage(k, name, ctr, size), ST_OK);
	assert_int_equal(kit_commit(k, name, ctr, size), ST_OK);
}

static inline struct msg_fetch kit_fetch_message(const struct kit *k,
						 const char *name,
						 const struct version *v,
						 unsigned chunk)
{
	return (struct msg_fetch){
		.cluster = k->cluster,
		.name = kit_name(name),
		.tag = v->tag,
		.chunk = (uint8_t)chunk,
		.len = layout_length(v->size, v->y, chunk),
	};
}

/* Fetches one chunk and compares it with what was put. */
static inline enum status kit_fetch(struct kit *k, const char *name,
				    uint64_t ctr, uint64_t size, unsigned chunk)
{
	struct version v = kit_version(ctr, size, DIGEST_XXH3);
	struct msg_fetch m = kit_fetch_message(k, name, &v, chunk);
	struct outcome no;
	size_t len;
	uint8_t *want, *got;
	int fd = -1;
	enum status status = store_fetch(k->store, &m, &fd, &no);

	if (status != ST_OK)
		return status;
	want = kit_chunk(&v, chunk, &len);
	got = malloc(len + 1);
	assert_non_null(got);
	assert_int_equal(read(fd, got, len + 1), len);
	assert_memory_equal(got, want, len);
	close(fd);
	free(got);
	free(want);
	return ST_OK;
}

static inline unsigned kit_first(const char *name)
{
	return layout_first(1, layout_turn(name, strlen(name), 4), 4);
}

/* Both chunks of the place that kit_begin() takes. */
static inline void kit_get(struct kit *k, const char *name, uint64_t ctr,
			   uint64_t size)
{
	unsigned first = kit_first(name);

	assert_int_equal(kit_fetch(k, name, ctr, size, first), ST_OK);
	assert_int_equal(kit_fetch(k, name, ctr, size, layout_next(first, 4)),
			 ST_OK);
}

/* Reads one chunk with VERIFY.  A refusal is in *no. */
static inline enum verify_state kit_verify_tag(struct kit *k, const char *name,
					       const struct tag *tag,
					       unsigned chunk,
					       struct outcome *no)
{
	struct msg_fetch m = {.cluster = k->cluster,
			      .name = kit_name(name),
			      .tag = *tag,
			      .chunk = (uint8_t)chunk};
	enum verify_state state = VERIFY_MORE;
	struct verify *v = store_verify_open(k->store, &m, no);
	size_t bytes;

	if (!v)
		return no->status == ST_CORRUPT ? VERIFY_BAD : VERIFY_GONE;
	*no = (struct outcome){.status = ST_OK};
	while (state == VERIFY_MORE)
		state = store_verify_step(v, 10000, &bytes);
	store_verify_close(v);
	return state;
}

static inline enum verify_state kit_verify(struct kit *k, const char *name,
					   uint64_t ctr, unsigned chunk,
					   struct outcome *no)
{
	struct tag tag = kit_tag(ctr);

	return kit_verify_tag(k, name, &tag, chunk, no);
}

static inline struct msg_query_answer kit_query(struct kit *k, const char *name)
{
	struct msg_query q = {kit_name(name)};
	struct msg_query_answer a;

	memset(&a, 0, sizeof(a));
	store_query(k->store, &q, &a);
	return a;
}

/* The states of a name's records, highest first: "sc". */
static inline const char *kit_states(struct kit *k, const char *name)
{
	static char text[MSG_RECORDS_MAX + 1];
	struct msg_query_answer a = kit_query(k, name);

	for (unsigned i = 0; i < a.count; i++)
		text[i] = (char)a.records[i].state;
	text[a.count] = '\0';
	return text;
}

/* ---- what lies on disk */

static unsigned kit_counted[3]; /* files, directories, others */

static inline int kit_count_one(const char *path, const struct stat *st,
				int type, struct FTW *f)
{
	(void)path;
	(void)f;
	(void)type;
	kit_counted[S_ISREG(st->st_mode) ? 0 : S_ISDIR(st->st_mode) ? 1 : 2]++;
	return 0;
}

/* Regular files below DIR; directories below it in *dirs, if not NULL. */
static inline unsigned kit_files(const struct kit *k, unsigned *dirs)
{
	memset(kit_counted, 0, sizeof(kit_counted));
	assert_int_equal(nftw(k->dir, kit_count_one, 16, FTW_PHYS), 0);
	if (dirs)
		*dirs = kit_counted[1] - 1;
	return kit_counted[0];
}

/* The path of a record's directory, and of one of its files. */
static inline const char *kit_version_path(const struct kit *k,
					   const char *name,
					   const struct record *r, int which)
{
	char path[NAME_PATH_MAX + RECORD_DIR_MAX + RECORD_CHUNK_MAX + 2];
	size_t len = name_to_path(name, strlen(name), path);

	path[len++] = '/';
	record_dir_name(r, path + len);
	len += strlen(path + len);
	if (which >= 0) {
		path[len++] = '/';
		record_chunk_name(r, (unsigned)which, path + len);
	}
	return kit_path(k, path);
}

static inline void kit_make_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The sanitizers', where they are. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* Bytes of memory that the program has taken. */
static inline size_t kit_memory(void)
{
	struct mallinfo2 m;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

#endif
