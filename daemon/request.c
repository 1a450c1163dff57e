#include "request.h"

#include "handlers.h"
#include "log.h"

#define HEAD_MAX 2560 /* bytes: the longest head that any operation has */

static const struct request_kind kinds[] = {
	[OP_QUERY] = {"QUERY", HEAD_MAX, 0, true, false, handle_query},
	[OP_STAGE_BEGIN] = {"STAGE_BEGIN", HEAD_MAX, 0, false, true,
			    handle_stage_begin},
	[OP_STAGE_DATA] = {"STAGE_DATA", HEAD_MAX, FRAME_DATA_MAX, false, true,
			   handle_stage_data},
	[OP_STAGE_END] = {"STAGE_END", HEAD_MAX, 0, false, true,
			  handle_stage_end},
	[OP_COMMIT] = {"COMMIT", HEAD_MAX, 0, false, true, handle_commit},
	[OP_ABORT] = {"ABORT", HEAD_MAX, 0, false, true, handle_abort},
	[OP_FETCH] = {"FETCH", HEAD_MAX, 0, false, false, handle_fetch},
	[OP_LIST] = {"LIST", HEAD_MAX, 0, true, false, handle_list},
	[OP_JOIN] = {"JOIN", HEAD_MAX, 0, false, true, handle_join},
	[OP_STATUS] = {"STATUS", 0, 0, true, false, handle_status},
	[OP_RESTORE] = {"RESTORE", HEAD_MAX, 0, false, true, handle_restore},
	[OP_FORGET] = {"FORGET", HEAD_MAX, 0, false, true, handle_forget},
	[OP_DISCARD] = {"DISCARD", HEAD_MAX, 0, false, true, handle_discard},
	[OP_VERIFY] = {"VERIFY", HEAD_MAX, 0, false, false, handle_verify},
	[OP_COPY] = {"COPY", HEAD_MAX, 0, false, true, handle_copy},
};

const struct request_kind *request_kind(uint8_t op)
{
	if (op >= sizeof(kinds) / sizeof(kinds[0]) || kinds[op].name == NULL)
		return NULL;
	return &kinds[op];
}

static bool is_of_stage(uint8_t op)
{
	return op == OP_STAGE_BEGIN || op == OP_STAGE_DATA ||
	       op == OP_STAGE_END || op == OP_RESTORE;
}

static void refuse(struct session *s, const struct request *r,
		   const struct outcome *o)
{
	if (is_of_stage(r->frame.op))
		handle_stage_refusal(s, r, o);
	else
		session_refuse(s, r->frame.op, r->frame.id, o);
}

void request_refuse(struct session *s, const struct request *r)
{
	const struct outcome unknown = {.status = ST_UNKNOWN_OP,
					.text = "unknown operation"};
	const struct outcome too_long = {.status = ST_BAD_REQUEST,
					 .text = "head too long"};

	refuse(s, r, request_kind(r->frame.op) == NULL ? &unknown : &too_long);
}

void request_handle(struct session *s, const struct request *r)
{
	const struct request_kind *k = request_kind(r->frame.op);
	const struct outcome not_permitted = {
		.status = ST_NOT_PERMITTED,
		.text = "the key is for reading only"};
	const struct outcome no_body = {.status = ST_BAD_REQUEST,
					.text = "body too long"};

	if (log_wants(LOG_LEVEL_DEBUG))
		log_debug("request op=%s id=%u head=%u body=%u", k->name,
			  r->frame.id, r->frame.head_len,
			  (unsigned)r->frame.body_len);
	if (k->changes && !session_may_change(s))
		refuse(s, r, &not_permitted);
	else if (r->frame.body_len > k->body_max)
		refuse(s, r, &no_body);
	else
		k->handle(s, r);
}
