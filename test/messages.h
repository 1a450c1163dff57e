/*
 * Every message of the protocol as a row of one table: its codec, without
 * its type, and samples that show all its forms.  The unit tests, the fuzz
 * targets and the generator of their corpora go through it.
 */
#ifndef TEST_MESSAGES_H
#define TEST_MESSAGES_H

#include <string.h>

#include "msg.h"

struct message_row {
	const char *name;
	size_t size; /* of the struct */
	enum err (*put)(struct wbuf *b, const void *m);
	enum err (*get)(struct rbuf *b, void *m);
	/* Sample i of the message in m (size bytes, zero); false: no more. */
	bool (*sample)(unsigned i, void *m);
	bool runs; /* may be followed by more bytes: entries of a listing */
};

/* Large enough for every struct above. */
union any_message {
	struct msg_query query;
	struct msg_query_answer query_answer;
	struct msg_stage_begin stage_begin;
	struct msg_stage_end stage_end;
	struct msg_copy copy;
	struct msg_commit commit;
	struct msg_commit_answer commit_answer;
	struct msg_drop drop;
	struct msg_fetch fetch;
	struct msg_list list;
	struct msg_list_entry list_entry;
	struct msg_join join;
	struct msg_status_answer status_answer;
	struct msg_refusal refusal;
	struct msg_store store;
};

static inline void sample_fill(uint8_t *out, size_t len, unsigned first)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(first + i);
}

static inline struct digest sample_digest(uint8_t alg, unsigned first)
{
	struct digest d = {{0}};

	sample_fill(d.bytes, digest_size(alg), first);
	return d;
}

static inline struct msg_name sample_name(const char *text)
{
	return (struct msg_name){text, strlen(text)};
}

/* 1024 bytes in four components of 255, the longest name there is. */
static inline struct msg_name sample_longest(void)
{
	static char text[1024];

	memset(text, 'n', sizeof(text));
	for (size_t i = 255; i < sizeof(text); i += 256)
		text[i] = '/';
	text[1023] = 'n';
	text[1022] = '/';
	return (struct msg_name){text, sizeof(text)};
}

static inline struct tag sample_tag(uint64_t ctr)
{
	return (struct tag){ctr, 0x0123456789abcdef, 0, 0};
}

static inline struct version sample_version(uint8_t alg)
{
	return (struct version){
		.tag = sample_tag(7),
		.size = 1000003,
		.mtime_ns = 1700000000123456789,
		.mode = 0644,
		.y = 4,
		.alg = alg,
		.root = sample_digest(alg, 0x10),
	};
}

static inline struct version sample_tombstone(void)
{
	return (struct version){.tag = sample_tag(9), .alg = DIGEST_XXH3};
}

static inline struct record sample_record(uint8_t alg)
{
	return (struct record){
		.v = sample_version(alg),
		.state = RECORD_COMMITTED,
		.place = 2,
		.first = 3,
		.have = 3,
		.chunk = {sample_digest(alg, 0x20), sample_digest(alg, 0x40)},
	};
}

static inline struct cluster_id sample_cluster(uint8_t n)
{
	struct cluster_id c = {.epoch = 1, .n = n};

	sample_fill(c.id, sizeof(c.id), 0xc0);
	return c;
}

static inline struct stamp sample_stamp(void)
{
	struct stamp s = {.time_ms = 3600000};

	sample_fill(s.store, sizeof(s.store), 0xa0);
	sample_fill(s.boot, sizeof(s.boot), 0xb0);
	return s;
}

static inline struct msg_context sample_context(void)
{
	return (struct msg_context){sample_cluster(0), sample_stamp()};
}

static inline struct msg_store sample_store(void)
{
	return (struct msg_store){
		.stamp = sample_stamp(),
		.fence_s = 86400,
		.state = STORE_MEMBER,
		.flags = STORE_VERSIONS,
		.cluster = sample_cluster(4),
		.floor = 5,
	};
}

static inline bool sample_query(unsigned i, void *out)
{
	struct msg_query *m = out;

	m->name = i == 0 ? sample_name("foo") : sample_longest();
	return i < 2;
}

/* A staged record above a committed one, a witness, a tombstone, all of one
 * name, and each digest. */
static inline void sample_records(struct record *r, unsigned *count)
{
	r[0] = sample_record(DIGEST_SHA256);
	r[0].state = RECORD_STAGED;
	r[0].v.tag.ctr = 10;
	r[0].have = 1;
	r[1] = (struct record){.v = sample_tombstone(),
			       .state = RECORD_TOMBSTONE,
			       .place = RECORD_NO_PLACE};
	r[2] = (struct record){.v = sample_version(DIGEST_SHA256),
			       .state = RECORD_WITNESS,
			       .place = RECORD_NO_PLACE};
	r[2].v.tag.ctr = 8;
	r[3] = sample_record(DIGEST_XXH3);
	*count = 4;
}

static inline void sample_most(struct record *r, unsigned *count)
{
	for (unsigned i = 0; i < MSG_RECORDS_MAX; i++) {
		r[i] = sample_record(DIGEST_XXH3);
		r[i].v.tag.ctr = MSG_RECORDS_MAX - i;
	}
	*count = MSG_RECORDS_MAX;
}

static inline void drop_digests(struct record *r, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		memset(r[i].chunk, 0, sizeof(r[i].chunk));
}

static inline bool sample_query_answer(unsigned i, void *out)
{
	struct msg_query_answer *m = out;

	m->store = sample_store();
	if (i == 0) {
		m->records[0] = sample_record(DIGEST_XXH3);
		m->count = 1;
	} else if (i == 1) {
		sample_records(m->records, &m->count);
	} else if (i == 2) {
		sample_most(m->records, &m->count);
	}
	return i < 4;
}

static inline bool sample_stage_begin(unsigned i, void *out)
{
	struct msg_stage_begin *m = out;
	uint8_t alg = i == 0 ? DIGEST_XXH3 : DIGEST_SHA256;

	m->context = sample_context();
	m->name = sample_name("foo");
	m->record = sample_record(alg);
	m->record.state = RECORD_STAGED;
	memset(&m->record.v.root, 0, sizeof(m->record.v.root));
	drop_digests(&m->record, 1);
	return i < 2;
}

static inline bool sample_stage_data(unsigned i, void *out)
{
	((struct msg_stage_data *)out)->slot = (uint8_t)(1 - i % 2);
	return i < 2;
}

static inline bool sample_stage_end(unsigned i, void *out)
{
	struct msg_stage_end *m = out;

	m->alg = i == 1 ? DIGEST_SHA256 : DIGEST_XXH3;
	m->y = i == 0 ? 4 : i == 1 ? LAYOUT_MAX : 2;
	for (unsigned c = 0; c < m->y; c++)
		m->chunks[c] = sample_digest(m->alg, 0x20 * c);
	return i < 3;
}

static inline bool sample_copy(unsigned i, void *out)
{
	struct msg_copy *m = out;

	m->context = sample_context();
	m->name = i == 2 ? sample_longest() : sample_name("bar");
	m->record = sample_record(i == 0 ? DIGEST_XXH3 : DIGEST_SHA256);
	m->record.state = RECORD_STAGED;
	m->record.v.tag = sample_tag(8);
	m->source = i == 2 ? sample_longest() : sample_name("foo");
	m->source_tag = sample_tag(7);
	return i < 3;
}

static inline bool sample_commit(unsigned i, void *out)
{
	struct msg_commit *m = out;

	m->context = sample_context();
	m->name = sample_name("foo");
	m->version = i == 0   ? sample_version(DIGEST_XXH3)
		     : i == 1 ? sample_tombstone()
			      : sample_version(DIGEST_SHA256);
	return i < 3;
}

static inline bool sample_commit_answer(unsigned i, void *out)
{
	struct msg_commit_answer *m = out;

	m->store = sample_store();
	m->state = (uint8_t) "cwd"[i % 3];
	m->highest = sample_tag(7);
	return i < 3;
}

static inline bool sample_drop(unsigned i, void *out)
{
	struct msg_drop *m = out;

	m->context = sample_context();
	m->name = sample_name("foo");
	m->tag = sample_tag(7);
	return i < 1;
}

static inline bool sample_fetch(unsigned i, void *out)
{
	struct msg_fetch *m = out;

	m->cluster = sample_cluster(0);
	m->name = sample_name("foo");
	m->tag = sample_tag(7);
	m->chunk = 3;
	m->offset = i == 0 ? 65536 : INT64_MAX;
	m->len = i == 0 ? 184464 : 0;
	return i < 2;
}

static inline bool sample_list(unsigned i, void *out)
{
	struct msg_list *m = out;

	m->prefix = sample_name(i == 0 ? "photos/" : "");
	m->after = i == 0   ? sample_name("photos/1.jpg")
		   : i == 1 ? sample_name("")
			    : sample_longest();
	return i < 3;
}

static inline bool sample_list_entry(unsigned i, void *out)
{
	struct msg_list_entry *m = out;

	m->name = sample_name("foo");
	if (i == 0) {
		m->records[0] = sample_record(DIGEST_XXH3);
		m->count = 1;
	} else if (i == 1) {
		sample_records(m->records, &m->count);
	} else {
		sample_most(m->records, &m->count);
	}
	drop_digests(m->records, m->count);
	return i < 3;
}

static inline bool sample_join(unsigned i, void *out)
{
	struct msg_join *m = out;

	sample_fill(m->store, sizeof(m->store), 0xa0);
	m->cluster = sample_cluster(4);
	m->state = i == 3 ? STORE_LEAVING : STORE_MEMBER;
	m->carried_r = i == 1;
	m->carried_w_version = i == 2;
	m->heal = i == 0;
	m->floor = 5;
	return i < 4;
}

static inline bool sample_status_answer(unsigned i, void *out)
{
	struct msg_status_answer *m = out;

	m->store = sample_store();
	m->names = 3;
	m->bytes = 1500006;
	m->free_bytes = UINT64_C(1) << 33;
	m->total_bytes = UINT64_C(1) << 34;
	m->stages = 1;
	m->tombstones = 2;
	m->corrupt = 0;
	m->uptime_ms = 60000;
	m->connections = 4;
	m->quarantine_s = i == 0 ? 0 : 30;
	m->verified_s = i == 0 ? 86400 : STATUS_NEVER;
	m->scrubbed = i == 0 ? 2 : 0;
	m->software = sample_name("dfs 0.1.0");
	m->error = sample_name(i == 0 ? "" : "sync: Input/output error");
	return i < 2;
}

static inline bool sample_refusal(unsigned i, void *out)
{
	struct msg_refusal *m = out;

	m->text = sample_name("a newer version exists");
	m->store = sample_store();
	m->has_version = i != 1;
	if (i == 0)
		m->version = sample_version(DIGEST_XXH3);
	if (i == 2)
		m->version = sample_tombstone();
	return i < 3;
}

static inline bool sample_stores(unsigned i, void *out)
{
	struct msg_store *m = out;

	*m = sample_store();
	if (i == 1)
		*m = (struct msg_store){.stamp = sample_stamp()};
	if (i == 2)
		m->flags = STORE_ALL_FLAGS;
	return i < 3;
}

#define MESSAGE_CODEC(kind) \
	static inline enum err put_##kind(struct wbuf *b, const void *m) \
	{ \
		return msg_##kind##_put(b, m); \
	} \
	static inline enum err get_##kind(struct rbuf *b, void *m) \
	{ \
		return msg_##kind##_get(b, m); \
	}

MESSAGE_CODEC(query)
MESSAGE_CODEC(query_answer)
MESSAGE_CODEC(stage_begin)
MESSAGE_CODEC(stage_data)
MESSAGE_CODEC(stage_end)
MESSAGE_CODEC(commit)
MESSAGE_CODEC(commit_answer)
MESSAGE_CODEC(drop)
MESSAGE_CODEC(fetch)
MESSAGE_CODEC(list)
MESSAGE_CODEC(list_entry)
MESSAGE_CODEC(join)
MESSAGE_CODEC(join_answer)
MESSAGE_CODEC(status_answer)
MESSAGE_CODEC(refusal)
MESSAGE_CODEC(store)
MESSAGE_CODEC(copy)

#define MESSAGE_ROW(kind, samples, run) \
	{ \
#kind, sizeof(struct msg_##kind), put_##kind, get_##kind, \
			samples, run \
	}

static const struct message_row messages[] = {
	MESSAGE_ROW(query, sample_query, false),
	MESSAGE_ROW(query_answer, sample_query_answer, false),
	MESSAGE_ROW(stage_begin, sample_stage_begin, false),
	MESSAGE_ROW(stage_data, sample_stage_data, false),
	MESSAGE_ROW(stage_end, sample_stage_end, false),
	MESSAGE_ROW(commit, sample_commit, false),
	MESSAGE_ROW(commit_answer, sample_commit_answer, false),
	MESSAGE_ROW(drop, sample_drop, false),
	MESSAGE_ROW(fetch, sample_fetch, false),
	MESSAGE_ROW(list, sample_list, false),
	MESSAGE_ROW(list_entry, sample_list_entry, true),
	MESSAGE_ROW(join, sample_join, false),
	MESSAGE_ROW(join_answer, sample_stores, false),
	MESSAGE_ROW(status_answer, sample_status_answer, false),
	MESSAGE_ROW(refusal, sample_refusal, false),
	MESSAGE_ROW(store, sample_stores, false),
	MESSAGE_ROW(copy, sample_copy, false),
};

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

#endif
