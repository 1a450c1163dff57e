/*
 * The parts that several messages share, as dfs-protocol(7), "Types", lists
 * them.  For msg.c only.
 *
 * Unlike a message's own functions these may stop half-way: after a failure
 * the cursor and the value are to be thrown away.
 */
#ifndef PROTO_PART_H
#define PROTO_PART_H

#include "msg.h"

/* ERR_FORMAT for a byte that is neither 0 nor 1. */
enum err part_bool_get(struct rbuf *b, bool *v) MUST_CHECK;

enum err part_text_put(struct wbuf *b, const struct msg_name *t) MUST_CHECK;
/* ERR_LIMIT above max bytes. */
enum err part_text_get(struct rbuf *b, struct msg_name *t,
		       size_t max) MUST_CHECK;
/* A text that name_check() likes. */
enum err part_name_get(struct rbuf *b, struct msg_name *name) MUST_CHECK;

/* Id and epoch, as in requests; get sets n to 0. */
enum err part_cluster_put(struct wbuf *b,
			  const struct cluster_id *c) MUST_CHECK;
enum err part_cluster_get(struct rbuf *b, struct cluster_id *c) MUST_CHECK;
/* And n. */
enum err part_cluster_n_put(struct wbuf *b,
			    const struct cluster_id *c) MUST_CHECK;
enum err part_cluster_n_get(struct rbuf *b, struct cluster_id *c) MUST_CHECK;

enum err part_context_put(struct wbuf *b,
			  const struct msg_context *c) MUST_CHECK;
enum err part_context_get(struct rbuf *b, struct msg_context *c) MUST_CHECK;

enum err part_store_put(struct wbuf *b, const struct msg_store *m) MUST_CHECK;
enum err part_store_get(struct rbuf *b, struct msg_store *m) MUST_CHECK;

/* A count, then that many records, strictly highest tag first.  records has
 * room for MSG_RECORDS_MAX. */
enum err part_records_put(struct wbuf *b, const struct record *records,
			  unsigned count, bool digests) MUST_CHECK;
enum err part_records_get(struct rbuf *b, struct record *records,
			  unsigned *count, bool digests) MUST_CHECK;

#endif
