/*
 * What each operation does: decodes the head, asks the store, answers.  In
 * the worker that serves the session; those that request.c does not call
 * light may block for the disk.
 */
#ifndef DAEMON_HANDLERS_H
#define DAEMON_HANDLERS_H

#include "request.h"

request_handler handle_query;
request_handler handle_stage_begin;
request_handler handle_stage_data;
request_handler handle_stage_end;
request_handler handle_restore;
request_handler handle_copy;
request_handler handle_commit;
request_handler handle_abort;
request_handler handle_forget;
request_handler handle_discard;
request_handler handle_fetch;
request_handler handle_verify;
request_handler handle_list;
request_handler handle_join;
request_handler handle_status;

/* Refuses a frame of a stage: the stage gets its one answer, unless it has
 * had it, and is dropped.  Also for malformed frames of it. */
void handle_stage_refusal(struct session *s, const struct request *r,
			  const struct outcome *o);
/* A piece of the body of a STAGE_DATA that handle_stage_data() wanted. */
void handle_stage_bytes(struct session *s, uint32_t id, uint8_t slot,
			const uint8_t *data, size_t len);

#endif
