#include "said.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define ASKED_MAX 1024 /* requests without an answer on one connection */

struct queue {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/* A stage or restore under way: what BEGIN said. */
struct asked {
	uint32_t id;
	uint32_t name;
	enum op op;
	struct tag tag;
};

struct said_peer {
	struct queue in;
	struct queue out;
	bool greeted;
	struct asked asked[ASKED_MAX];
	unsigned asked_count;
};

static void strange(const char *what)
{
	errno = 0;
	run_die("the log of a connection makes no sense: %s", what);
}

uint32_t said_name(struct said *s, const char *text, size_t len)
{
	for (size_t i = 0; i < s->name_count; i++)
		if (strlen(s->names[i]) == len &&
		    memcmp(s->names[i], text, len) == 0)
			return (uint32_t)i;
	s->names = run_more(s->names, s->name_count, &s->name_cap,
			    sizeof(*s->names));
	s->names[s->name_count] = strndup(text, len);
	if (!s->names[s->name_count])
		run_die("no memory");
	return (uint32_t)s->name_count++;
}

/* The first of equal ones is the one that promises most. */
static void add_fact(struct said *s, const struct said_fact *f)
{
	for (size_t i = s->fact_count; i-- > 0;) {
		const struct said_fact *g = &s->facts[i];

		if (g->name == f->name && g->state == f->state &&
		    (g->have | f->have) == g->have &&
		    tag_compare(&g->tag, &f->tag) == 0)
			return;
	}
	s->facts = run_more(s->facts, s->fact_count, &s->fact_cap,
			    sizeof(*s->facts));
	s->facts[s->fact_count++] = *f;
}

static void add_store(struct said *s, const struct said_store *now)
{
	if (s->store_count > 0) {
		struct said_store last = s->stores[s->store_count - 1];

		last.at = now->at;
		if (memcmp(&last, now, sizeof(last)) == 0)
			return;
	}
	s->stores = run_more(s->stores, s->store_count, &s->store_cap,
			     sizeof(*s->stores));
	s->stores[s->store_count++] = *now;
}

static void store_said(struct said *s, uint32_t at, const struct msg_store *m)
{
	struct said_store now;

	memset(&now, 0, sizeof(now));
	now.at = at;
	now.state = m->state;
	memcpy(now.id, m->stamp.store, sizeof(now.id));
	memcpy(now.cluster.id, m->cluster.id, sizeof(now.cluster.id));
	now.cluster.epoch = m->cluster.epoch;
	now.cluster.n = m->cluster.n;
	now.floor = m->floor;
	now.has_cluster = true;
	add_store(s, &now);
}

static void record_said(struct said *s, uint32_t at, uint32_t name,
			const struct record *r)
{
	add_fact(s, &(struct said_fact){at, name, r->state, r->have, r->v.tag});
}

/* ---- requests */

static void add_request(struct said *s, uint32_t at, enum op op,
			const struct msg_name *name, const struct tag *tag)
{
	struct said_request q = {.at = at, .op = op};

	if (tag)
		q.tag = *tag;
	if (name)
		q.name = said_name(s, name->text, name->len);
	s->requests = run_more(s->requests, s->request_count, &s->request_cap,
			       sizeof(*s->requests));
	s->requests[s->request_count++] = q;
}

static struct asked *find_asked(struct said_peer *p, uint32_t id)
{
	for (unsigned i = 0; i < p->asked_count; i++)
		if (p->asked[i].id == id)
			return &p->asked[i];
	return NULL;
}

static void add_asked(struct said_peer *p, struct asked a)
{
	if (p->asked_count == ASKED_MAX)
		strange("too many requests without an answer");
	p->asked[p->asked_count++] = a;
}

static void stage_asked(struct said *s, struct said_peer *p, uint32_t at,
			const struct frame *f, struct rbuf *head)
{
	struct msg_stage_begin m;

	if (msg_stage_begin_get(head, &m))
		return;
	add_request(s, at, f->op, &m.name, &m.record.v.tag);
	add_asked(p,
		  (struct asked){f->id, said_name(s, m.name.text, m.name.len),
				 f->op, m.record.v.tag});
}

static void copy_asked(struct said *s, struct said_peer *p, uint32_t at,
		       const struct frame *f, struct rbuf *head)
{
	struct msg_copy m;

	if (msg_copy_get(head, &m))
		return;
	add_request(s, at, f->op, &m.name, &m.record.v.tag);
	add_asked(p,
		  (struct asked){f->id, said_name(s, m.name.text, m.name.len),
				 f->op, m.record.v.tag});
}

static void commit_asked(struct said *s, struct said_peer *p, uint32_t at,
			 const struct frame *f, struct rbuf *head)
{
	struct msg_commit m;

	if (msg_commit_get(head, &m))
		return;
	add_request(s, at, f->op, &m.name, &m.version.tag);
	add_asked(p,
		  (struct asked){f->id, said_name(s, m.name.text, m.name.len),
				 f->op, m.version.tag});
}

static void query_asked(struct said *s, struct said_peer *p,
			const struct frame *f, struct rbuf *head)
{
	struct msg_query m;

	if (!msg_query_get(head, &m))
		add_asked(p, (struct asked){.id = f->id,
					    .name = said_name(s, m.name.text,
							      m.name.len),
					    .op = f->op});
}

static void request(struct said *s, struct said_peer *p, uint32_t at,
		    const struct frame *f, struct rbuf *head)
{
	struct msg_drop drop;
	struct msg_join join;

	switch ((enum op)f->op) {
	case OP_STAGE_BEGIN:
	case OP_RESTORE:
		stage_asked(s, p, at, f, head);
		break;
	case OP_COPY:
		copy_asked(s, p, at, f, head);
		break;
	case OP_COMMIT:
		commit_asked(s, p, at, f, head);
		break;
	case OP_QUERY:
		query_asked(s, p, f, head);
		break;
	case OP_ABORT:
	case OP_FORGET:
	case OP_DISCARD:
		if (!msg_drop_get(head, &drop))
			add_request(s, at, f->op, &drop.name, &drop.tag);
		break;
	case OP_JOIN:
		/* Only one that is no heal's may drop stages. */
		if (!msg_join_get(head, &join) && !join.heal)
			add_request(s, at, OP_JOIN, NULL, NULL);
		break;
	default:
		break;
	}
}

/* ---- answers */

static void commit_said(struct said *s, uint32_t at, const struct asked *a,
			struct rbuf *head)
{
	struct msg_commit_answer m;

	if (msg_commit_answer_get(head, &m))
		strange("COMMIT's answer");
	store_said(s, at, &m.store);
	add_fact(s, &(struct said_fact){.at = at,
					.name = a->name,
					.state = m.state,
					.tag = m.highest});
}

static void query_said(struct said *s, uint32_t at, const struct asked *a,
		       struct rbuf *head)
{
	static struct msg_query_answer m;

	if (msg_query_answer_get(head, &m))
		strange("QUERY's answer");
	store_said(s, at, &m.store);
	for (unsigned i = 0; i < m.count; i++)
		record_said(s, at, a->name, &m.records[i]);
}

static void list_said(struct said *s, uint32_t at, struct rbuf *head,
		      struct rbuf *body)
{
	static struct msg_list_entry m;
	struct msg_store store;

	if (rbuf_left(head) > 0 && !msg_store_get(head, &store))
		store_said(s, at, &store);
	while (rbuf_left(body) > 0) {
		uint32_t name;

		if (msg_list_entry_get(body, &m))
			strange("LIST's answer");
		name = said_name(s, m.name.text, m.name.len);
		for (unsigned i = 0; i < m.count; i++)
			record_said(s, at, name, &m.records[i]);
	}
}

static void stage_said(struct said *s, uint32_t at, const struct asked *a)
{
	add_fact(s, &(struct said_fact){.at = at,
					.name = a->name,
					.state = a->op == OP_RESTORE
							 ? RECORD_COMMITTED
							 : RECORD_STAGED,
					.have = 3,
					.tag = a->tag});
}

static void answer(struct said *s, struct said_peer *p, uint32_t at,
		   const struct frame *f, struct rbuf *head, struct rbuf *body)
{
	struct asked *a = find_asked(p, f->id);
	struct msg_join_answer join;
	struct msg_status_answer status;

	s->frames++;
	if (f->status == ST_OK) {
		if (f->op == OP_LIST)
			list_said(s, at, head, body);
		else if (f->op == OP_JOIN && !msg_join_answer_get(head, &join))
			store_said(s, at, &join.store);
		else if (f->op == OP_STATUS &&
			 !msg_status_answer_get(head, &status))
			store_said(s, at, &status.store);
		else if (a && f->op == OP_QUERY)
			query_said(s, at, a, head);
		else if (a && f->op == OP_COMMIT)
			commit_said(s, at, a, head);
		else if (a)
			stage_said(s, at, a);
	}
	if (a && !(f->flags & FRAME_MORE))
		*a = p->asked[--p->asked_count];
}

/* ---- streams */

static void append(struct queue *q, const void *data, size_t len)
{
	if (q->cap - q->len < len) {
		q->cap = (q->len + len) * 2;
		q->data = realloc(q->data, q->cap);
		if (!q->data)
			run_die("no memory");
	}
	if (data)
		memcpy(q->data + q->len, data, len);
	else
		memset(q->data + q->len, 0, len);
	q->len += len;
}

static void drop(struct queue *q, size_t len)
{
	memmove(q->data, q->data + len, q->len - len);
	q->len -= len;
}

static void greeting(struct said *s, struct said_peer *p, uint32_t at)
{
	struct said_store now;
	struct greeting g;
	struct rbuf b;

	if (p->out.len < GREETING_SIZE)
		return;
	rbuf_init(&b, p->out.data, GREETING_SIZE);
	if (greeting_get(&b, &g))
		strange("a greeting");
	memset(&now, 0, sizeof(now));
	now.at = at;
	now.state = g.state;
	memcpy(now.id, g.store, sizeof(now.id));
	add_store(s, &now);
	p->greeted = true;
	drop(&p->out, GREETING_SIZE);
}

static void frames(struct said *s, struct said_peer *p, uint32_t at, bool in)
{
	struct queue *q = in ? &p->in : &p->out;
	struct rbuf b, head, body;
	struct frame f;

	for (;;) {
		uint64_t all;

		rbuf_init(&b, q->data, q->len);
		if (q->len < FRAME_HEADER_SIZE)
			return;
		if (frame_get(&b, &f))
			strange("a frame");
		all = FRAME_HEADER_SIZE + f.head_len + f.body_len;
		if (q->len < all)
			return;
		rbuf_init(&head, q->data + FRAME_HEADER_SIZE, f.head_len);
		rbuf_init(&body, q->data + FRAME_HEADER_SIZE + f.head_len,
			  (size_t)f.body_len);
		if (in)
			request(s, p, at, &f, &head);
		else
			answer(s, p, at, &f, &head, &body);
		drop(q, (size_t)all);
	}
}

static struct said_peer *peer_of(struct said *s, uint32_t fd)
{
	if (fd > 65536)
		strange("a descriptor");
	if (fd >= s->peer_count) {
		s->peers = reallocarray(s->peers, fd + 1, sizeof(*s->peers));
		if (!s->peers)
			run_die("no memory");
		memset(s->peers + s->peer_count, 0,
		       (fd + 1 - s->peer_count) * sizeof(*s->peers));
		s->peer_count = fd + 1;
	}
	return &s->peers[fd];
}

static void over(struct said_peer *p)
{
	free(p->in.data);
	free(p->out.data);
	memset(p, 0, sizeof(*p));
}

void said_add(struct said *s, uint32_t at, enum oplog_kind kind,
	      struct rbuf *fields)
{
	struct said_peer *p;
	uint64_t len = 0;
	uint32_t fd = 0;

	if (kind == OPLOG_START)
		for (size_t i = 0; i < s->peer_count; i++)
			over(&s->peers[i]);
	if (kind < OPLOG_ACCEPT || rbuf_u32(fields, &fd))
		return;
	p = peer_of(s, fd);
	if (kind == OPLOG_ACCEPT || kind == OPLOG_CLOSE) {
		over(p);
	} else if (kind == OPLOG_RECEIVED) {
		append(&p->in, fields->data + fields->at, rbuf_left(fields));
		frames(s, p, at, true);
	} else {
		if (kind == OPLOG_SENT_FILE && rbuf_u64(fields, &len))
			strange("a file");
		append(&p->out,
		       kind == OPLOG_SENT ? fields->data + fields->at : NULL,
		       kind == OPLOG_SENT ? rbuf_left(fields) : (size_t)len);
		if (!p->greeted)
			greeting(s, p, at);
		if (p->greeted)
			frames(s, p, at, false);
	}
}
