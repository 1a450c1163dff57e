#include "msg.h"

#include <string.h>

#include "name.h"
#include "part.h"

/*
 * Each decoder reads into a copy of the cursor and a value of its own, and
 * hands both over only when everything was right.
 */

static const char *const status_texts[] = {
	[ST_OK] = "ok",
	[ST_BAD_REQUEST] = "bad request",
	[ST_UNKNOWN_OP] = "unknown operation",
	[ST_OTHER_CLUSTER] = "another cluster, or another epoch of it",
	[ST_STALE] = "stale stamp",
	[ST_SUPERSEDED] = "superseded by a higher committed version",
	[ST_GONE] = "gone: a newer version exists",
	[ST_ABSENT] = "no such chunk here",
	[ST_CORRUPT] = "corrupt chunk",
	[ST_DIGEST] = "bytes do not have their digest",
	[ST_READ_ONLY] = "read-only",
	[ST_NO_SPACE] = "no space",
	[ST_IO] = "disk error",
	[ST_LIMIT] = "above a limit of the server",
	[ST_RANGE] = "counter too far ahead",
	[ST_REFUSED] = "refused",
	[ST_NOT_PERMITTED] = "not permitted",
	[ST_STOPPING] = "server is stopping",
};

const char *status_text(enum status s)
{
	size_t i = (size_t)s;

	if (i >= sizeof(status_texts) / sizeof(status_texts[0]))
		return "unknown status";
	return status_texts[i];
}

/* Ends a decoder of whole heads: nothing may be left over. */
static enum err finish(struct rbuf *b, const struct rbuf *in)
{
	enum err e = rbuf_finish(in);

	if (e == ERR_OK)
		*b = *in;
	return e;
}

enum err msg_store_put(struct wbuf *b, const struct msg_store *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_store_put(&out, m)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_store_get(struct rbuf *b, struct msg_store *m)
{
	struct rbuf in = *b;
	struct msg_store got;
	enum err e;

	if ((e = part_store_get(&in, &got)) || (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_query_put(struct wbuf *b, const struct msg_query *m)
{
	return part_text_put(b, &m->name);
}

enum err msg_query_get(struct rbuf *b, struct msg_query *m)
{
	struct rbuf in = *b;
	struct msg_query got;
	enum err e;

	if ((e = part_name_get(&in, &got.name)) || (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_query_answer_put(struct wbuf *b, const struct msg_query_answer *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_store_put(&out, &m->store)) ||
	    (e = part_records_put(&out, m->records, m->count, true)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_query_answer_get(struct rbuf *b, struct msg_query_answer *m)
{
	struct record records[MSG_RECORDS_MAX];
	struct rbuf in = *b;
	struct msg_store store;
	unsigned count;
	enum err e;

	if ((e = part_store_get(&in, &store)) ||
	    (e = part_records_get(&in, records, &count, true)) ||
	    (e = finish(b, &in)))
		return e;
	m->store = store;
	m->count = count;
	memcpy(m->records, records, count * sizeof(records[0]));
	return ERR_OK;
}

enum err msg_stage_begin_put(struct wbuf *b, const struct msg_stage_begin *m)
{
	struct wbuf out = *b;
	struct version v = m->record.v;
	enum err e;

	memset(&v.root, 0, sizeof(v.root));
	if ((e = part_context_put(&out, &m->context)) ||
	    (e = part_text_put(&out, &m->name)) ||
	    (e = version_put(&out, &v)) ||
	    (e = wbuf_u8(&out, m->record.place)) ||
	    (e = wbuf_u8(&out, m->record.first)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_stage_begin_get(struct rbuf *b, struct msg_stage_begin *m)
{
	static const struct digest zero;
	struct rbuf in = *b;
	struct msg_stage_begin got = {
		.record = {.state = RECORD_STAGED, .have = 3}};
	struct record *r = &got.record;
	enum err e;

	if ((e = part_context_get(&in, &got.context)) ||
	    (e = part_name_get(&in, &got.name)) ||
	    (e = version_get(&in, &r->v)) || (e = rbuf_u8(&in, &r->place)) ||
	    (e = rbuf_u8(&in, &r->first)))
		return e;
	if (!digest_equal(&r->v.root, &zero))
		return ERR_FORMAT;
	if (r->place >= r->v.y || r->first >= r->v.y)
		return ERR_RANGE;
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_stage_data_put(struct wbuf *b, const struct msg_stage_data *m)
{
	return wbuf_u8(b, m->slot);
}

enum err msg_stage_data_get(struct rbuf *b, struct msg_stage_data *m)
{
	struct rbuf in = *b;
	struct msg_stage_data got;
	enum err e;

	if ((e = rbuf_u8(&in, &got.slot)))
		return e;
	if (got.slot > 1)
		return ERR_RANGE;
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_stage_end_put(struct wbuf *b, const struct msg_stage_end *m)
{
	struct wbuf out = *b;
	size_t size = digest_size(m->alg);
	enum err e;

	if (m->y > LAYOUT_MAX)
		return ERR_LIMIT;
	if ((e = wbuf_u8(&out, m->alg)) || (e = wbuf_u8(&out, m->y)))
		return e;
	for (unsigned i = 0; i < m->y; i++) {
		if ((e = wbuf_bytes(&out, m->chunks[i].bytes, size)))
			return e;
	}
	*b = out;
	return ERR_OK;
}

enum err msg_stage_end_get(struct rbuf *b, struct msg_stage_end *m)
{
	struct rbuf in = *b;
	struct msg_stage_end got = {0};
	size_t size;
	enum err e;

	if ((e = rbuf_u8(&in, &got.alg)) || (e = rbuf_u8(&in, &got.y)))
		return e;
	if ((size = digest_size(got.alg)) == 0)
		return ERR_FORMAT;
	if (got.y < 2 || got.y > LAYOUT_MAX)
		return ERR_RANGE;
	for (unsigned i = 0; i < got.y; i++) {
		if ((e = rbuf_bytes(&in, got.chunks[i].bytes, size)))
			return e;
	}
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_copy_put(struct wbuf *b, const struct msg_copy *m)
{
	size_t size = digest_size(m->record.v.alg);
	struct wbuf out = *b;
	enum err e;

	if ((e = part_context_put(&out, &m->context)) ||
	    (e = part_text_put(&out, &m->name)) ||
	    (e = version_put(&out, &m->record.v)) ||
	    (e = wbuf_u8(&out, m->record.place)) ||
	    (e = wbuf_u8(&out, m->record.first)) ||
	    (e = wbuf_bytes(&out, m->record.chunk[0].bytes, size)) ||
	    (e = wbuf_bytes(&out, m->record.chunk[1].bytes, size)) ||
	    (e = part_text_put(&out, &m->source)) ||
	    (e = tag_put(&out, &m->source_tag)))
		return e;
	*b = out;
	return ERR_OK;
}

/* What a stage has of a record, and its digests. */
static enum err copied_record_get(struct rbuf *b, struct record *r)
{
	size_t size;
	enum err e;

	if ((e = version_get(b, &r->v)) || (e = rbuf_u8(b, &r->place)) ||
	    (e = rbuf_u8(b, &r->first)))
		return e;
	if (r->place >= r->v.y || r->first >= r->v.y)
		return ERR_RANGE;
	size = digest_size(r->v.alg);
	if ((e = rbuf_bytes(b, r->chunk[0].bytes, size)))
		return e;
	return rbuf_bytes(b, r->chunk[1].bytes, size);
}

enum err msg_copy_get(struct rbuf *b, struct msg_copy *m)
{
	struct rbuf in = *b;
	struct msg_copy got = {.record = {.state = RECORD_STAGED, .have = 3}};
	enum err e;

	if ((e = part_context_get(&in, &got.context)) ||
	    (e = part_name_get(&in, &got.name)) ||
	    (e = copied_record_get(&in, &got.record)) ||
	    (e = part_name_get(&in, &got.source)) ||
	    (e = tag_get(&in, &got.source_tag)) || (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_commit_put(struct wbuf *b, const struct msg_commit *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_context_put(&out, &m->context)) ||
	    (e = part_text_put(&out, &m->name)) ||
	    (e = version_put(&out, &m->version)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_commit_get(struct rbuf *b, struct msg_commit *m)
{
	struct rbuf in = *b;
	struct msg_commit got;
	enum err e;

	if ((e = part_context_get(&in, &got.context)) ||
	    (e = part_name_get(&in, &got.name)) ||
	    (e = version_get(&in, &got.version)) || (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_commit_answer_put(struct wbuf *b,
			       const struct msg_commit_answer *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_store_put(&out, &m->store)) ||
	    (e = wbuf_u8(&out, m->state)) || (e = tag_put(&out, &m->highest)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_commit_answer_get(struct rbuf *b, struct msg_commit_answer *m)
{
	struct rbuf in = *b;
	struct msg_commit_answer got;
	enum err e;

	if ((e = part_store_get(&in, &got.store)) ||
	    (e = rbuf_u8(&in, &got.state)) || (e = tag_get(&in, &got.highest)))
		return e;
	if (got.state != RECORD_COMMITTED && got.state != RECORD_WITNESS &&
	    got.state != RECORD_TOMBSTONE)
		return ERR_FORMAT;
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_drop_put(struct wbuf *b, const struct msg_drop *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_context_put(&out, &m->context)) ||
	    (e = part_text_put(&out, &m->name)) || (e = tag_put(&out, &m->tag)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_drop_get(struct rbuf *b, struct msg_drop *m)
{
	struct rbuf in = *b;
	struct msg_drop got;
	enum err e;

	if ((e = part_context_get(&in, &got.context)) ||
	    (e = part_name_get(&in, &got.name)) ||
	    (e = tag_get(&in, &got.tag)) || (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_fetch_put(struct wbuf *b, const struct msg_fetch *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_cluster_put(&out, &m->cluster)) ||
	    (e = part_text_put(&out, &m->name)) ||
	    (e = tag_put(&out, &m->tag)) || (e = wbuf_u8(&out, m->chunk)) ||
	    (e = wbuf_u64(&out, m->offset)) || (e = wbuf_u64(&out, m->len)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_fetch_get(struct rbuf *b, struct msg_fetch *m)
{
	struct rbuf in = *b;
	struct msg_fetch got;
	enum err e;

	if ((e = part_cluster_get(&in, &got.cluster)) ||
	    (e = part_name_get(&in, &got.name)) ||
	    (e = tag_get(&in, &got.tag)) || (e = rbuf_u8(&in, &got.chunk)) ||
	    (e = rbuf_u64(&in, &got.offset)) || (e = rbuf_u64(&in, &got.len)))
		return e;
	if (got.chunk >= LAYOUT_MAX || got.offset > INT64_MAX ||
	    got.len > INT64_MAX - got.offset)
		return ERR_RANGE;
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_list_put(struct wbuf *b, const struct msg_list *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_text_put(&out, &m->prefix)) ||
	    (e = part_text_put(&out, &m->after)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_list_get(struct rbuf *b, struct msg_list *m)
{
	struct rbuf in = *b;
	struct msg_list got;
	enum err e;

	if ((e = part_text_get(&in, &got.prefix, NAME_MAX_BYTES)) ||
	    (e = part_text_get(&in, &got.after, NAME_MAX_BYTES)) ||
	    (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_list_entry_put(struct wbuf *b, const struct msg_list_entry *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_text_put(&out, &m->name)) ||
	    (e = part_records_put(&out, m->records, m->count, false)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_list_entry_copy(struct wbuf *b, const struct msg_name *name,
			     unsigned count, struct rbuf *records)
{
	struct wbuf out = *b;
	enum err e;

	if (count > MSG_RECORDS_MAX)
		return ERR_LIMIT;
	if ((e = part_text_put(&out, name)) ||
	    (e = wbuf_u8(&out, (uint8_t)count)))
		return e;
	for (unsigned i = 0; i < count; i++) {
		if ((e = record_copy(records, &out)))
			return e;
	}
	*b = out;
	return ERR_OK;
}

enum err msg_list_entry_get(struct rbuf *b, struct msg_list_entry *m)
{
	struct record records[MSG_RECORDS_MAX];
	struct rbuf in = *b;
	struct msg_name name;
	unsigned count;
	enum err e;

	if ((e = part_name_get(&in, &name)) ||
	    (e = part_records_get(&in, records, &count, false)))
		return e;
	*b = in;
	m->name = name;
	m->count = count;
	memcpy(m->records, records, count * sizeof(records[0]));
	return ERR_OK;
}

enum err msg_join_put(struct wbuf *b, const struct msg_join *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = wbuf_bytes(&out, m->store, sizeof(m->store))) ||
	    (e = part_cluster_n_put(&out, &m->cluster)) ||
	    (e = wbuf_u8(&out, m->state)) ||
	    (e = wbuf_u8(&out, m->carried_r)) ||
	    (e = wbuf_u8(&out, m->carried_w_version)) ||
	    (e = wbuf_u8(&out, m->heal)) || (e = wbuf_u64(&out, m->floor)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_join_get(struct rbuf *b, struct msg_join *m)
{
	struct rbuf in = *b;
	struct msg_join got;
	enum err e;

	if ((e = rbuf_bytes(&in, got.store, sizeof(got.store))) ||
	    (e = part_cluster_n_get(&in, &got.cluster)) ||
	    (e = rbuf_u8(&in, &got.state)) ||
	    (e = part_bool_get(&in, &got.carried_r)) ||
	    (e = part_bool_get(&in, &got.carried_w_version)) ||
	    (e = part_bool_get(&in, &got.heal)) ||
	    (e = rbuf_u64(&in, &got.floor)))
		return e;
	if (got.state != STORE_MEMBER && got.state != STORE_LEAVING)
		return ERR_RANGE;
	if (got.cluster.n == 0)
		return ERR_RANGE;
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_join_answer_put(struct wbuf *b, const struct msg_join_answer *m)
{
	return msg_store_put(b, &m->store);
}

enum err msg_join_answer_get(struct rbuf *b, struct msg_join_answer *m)
{
	return msg_store_get(b, &m->store);
}

enum err msg_status_answer_put(struct wbuf *b,
			       const struct msg_status_answer *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_store_put(&out, &m->store)) ||
	    (e = wbuf_u64(&out, m->names)) || (e = wbuf_u64(&out, m->bytes)) ||
	    (e = wbuf_u64(&out, m->free_bytes)) ||
	    (e = wbuf_u64(&out, m->total_bytes)) ||
	    (e = wbuf_u64(&out, m->stages)) ||
	    (e = wbuf_u64(&out, m->tombstones)) ||
	    (e = wbuf_u64(&out, m->corrupt)) ||
	    (e = wbuf_u64(&out, m->uptime_ms)) ||
	    (e = wbuf_u64(&out, m->connections)) ||
	    (e = wbuf_u32(&out, m->quarantine_s)) ||
	    (e = wbuf_u32(&out, m->verified_s)) ||
	    (e = wbuf_u64(&out, m->scrubbed)) ||
	    (e = part_text_put(&out, &m->software)) ||
	    (e = part_text_put(&out, &m->error)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_status_answer_get(struct rbuf *b, struct msg_status_answer *m)
{
	struct rbuf in = *b;
	struct msg_status_answer got;
	enum err e;

	if ((e = part_store_get(&in, &got.store)) ||
	    (e = rbuf_u64(&in, &got.names)) ||
	    (e = rbuf_u64(&in, &got.bytes)) ||
	    (e = rbuf_u64(&in, &got.free_bytes)) ||
	    (e = rbuf_u64(&in, &got.total_bytes)) ||
	    (e = rbuf_u64(&in, &got.stages)) ||
	    (e = rbuf_u64(&in, &got.tombstones)) ||
	    (e = rbuf_u64(&in, &got.corrupt)) ||
	    (e = rbuf_u64(&in, &got.uptime_ms)) ||
	    (e = rbuf_u64(&in, &got.connections)) ||
	    (e = rbuf_u32(&in, &got.quarantine_s)) ||
	    (e = rbuf_u32(&in, &got.verified_s)) ||
	    (e = rbuf_u64(&in, &got.scrubbed)) ||
	    (e = part_text_get(&in, &got.software, MSG_TEXT_MAX)) ||
	    (e = part_text_get(&in, &got.error, MSG_TEXT_MAX)) ||
	    (e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}

enum err msg_refusal_put(struct wbuf *b, const struct msg_refusal *m)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = part_text_put(&out, &m->text)) ||
	    (e = part_store_put(&out, &m->store)) ||
	    (e = wbuf_u8(&out, m->has_version)))
		return e;
	if (m->has_version && (e = version_put(&out, &m->version)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err msg_refusal_get(struct rbuf *b, struct msg_refusal *m)
{
	struct rbuf in = *b;
	struct msg_refusal got = {0};
	enum err e;

	if ((e = part_text_get(&in, &got.text, MSG_TEXT_MAX)) ||
	    (e = part_store_get(&in, &got.store)) ||
	    (e = part_bool_get(&in, &got.has_version)))
		return e;
	if (got.has_version && (e = version_get(&in, &got.version)))
		return e;
	if ((e = finish(b, &in)))
		return e;
	*m = got;
	return ERR_OK;
}
