#include "listing_inner.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD_MAX (1u << 18)   /* bytes a server may be ahead */
#define LOOKING_MAX (1u << 24) /* the same during a second look */

static bool append(struct bytes *b, const uint8_t *data, size_t len)
{
	if (b->cap - b->len < len) {
		size_t cap = b->cap ? b->cap : 64u << 10;
		uint8_t *grown;

		while (cap - b->len < len)
			cap *= 2;
		grown = realloc(b->data, cap);
		if (!grown)
			return false;
		b->data = grown;
		b->cap = cap;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

struct link *part_link(const struct part *p)
{
	return &p->listing->cluster->links[p - p->listing->parts];
}

/* The answers to a second look may come behind more of the list. */
void part_pause_if_ahead(struct part *p)
{
	size_t max = p->listing->looking ? LOOKING_MAX : AHEAD_MAX;

	bool ahead = !p->ended && !p->lost && !p->cut && p->next.len > max;

	p->held |= ahead;
	link_pause(part_link(p), ahead);
}

void part_lose(struct part *p)
{
	p->lost = true;
	p->has_entry = false;
	p->listing->judged = false;
}

/* The store's state; a list that goes on is the same store's. */
static void take_store(struct part *p, const struct call_event *e)
{
	struct msg_store store;
	struct rbuf b;

	rbuf_init(&b, e->data, e->len);
	if (msg_store_get(&b, &store) != ERR_OK) {
		link_fail(part_link(p), "sent what is no answer");
		return;
	}
	if (p->resumed && memcmp(store.stamp.store, p->store.stamp.store,
				 STORE_ID_SIZE) != 0) {
		part_lose(p);
		return;
	}
	p->store = store;
	p->headed = true;
	p->resumed = false;
	p->listing->judged = false;
}

static void take_head(struct part *p, const struct call_event *e)
{
	if (e->frame->status != ST_OK) {
		part_lose(p);
	} else if (!p->headed || p->resumed) {
		take_store(p, e);
	} else if (e->len != 0) {
		link_fail(part_link(p), "sent what is no answer");
	}
}

static void on_call(const struct call *c, const struct call_event *e)
{
	struct part *p = c->arg;

	switch (e->what) {
	case CALL_HEAD:
		take_head(p, e);
		break;
	case CALL_BODY:
		if (p->lost)
			break;
		if (!append(&p->next, e->data, e->len))
			p->listing->no_memory = true;
		part_pause_if_ahead(p);
		break;
	case CALL_END:
		p->ended = true;
		break;
	case CALL_LOST:
		if (p->headed && (p->held || p->listing->away))
			p->cut = true;
		else
			part_lose(p);
		break;
	}
}

bool part_ask(struct part *p, unsigned server)
{
	struct link *k = part_link(p);
	struct call call = {.event = on_call, .arg = p, .server = server};
	const char *prefix = p->listing->query->prefix;
	struct msg_list m = {.prefix = {prefix, strlen(prefix)},
			     .after = {p->last, p->last_len}};
	uint8_t head[2 * NAME_MAX_BYTES + 16];
	struct wbuf b;
	uint32_t id;

	wbuf_init(&b, head, sizeof(head));
	if (msg_list_put(&b, &m) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, OP_LIST, &b, NULL) == ERR_OK)
		return true;
	link_forget(k, id);
	return false;
}

bool part_counts(const struct part *p)
{
	return p->headed && !p->lost;
}

/* Brings what has arrived to where it is read. */
static bool refill(struct part *p)
{
	struct bytes *now = &p->now;

	if (p->next.len == 0)
		return false;
	if (now->at < now->len)
		memmove(now->data, now->data + now->at, now->len - now->at);
	now->len -= now->at;
	now->at = 0;
	if (now->len == 0) {
		struct bytes empty = *now;

		*now = p->next;
		p->next = empty;
	} else if (append(now, p->next.data, p->next.len)) {
		p->next.len = 0;
	} else {
		p->listing->no_memory = true;
		return false;
	}
	link_pause(part_link(p), false);
	return true;
}

/* Asks for what comes behind the last entry; without one since it was asked,
 * the server is lost. */
static void resume(struct part *p)
{
	p->cut = p->held = false;
	p->now.at = p->now.len;
	p->resumed = true;
	link_open(part_link(p));
	if (!p->heard || !part_ask(p, (unsigned)(p - p->listing->parts)))
		part_lose(p);
	p->heard = false;
}

static bool entry_fits(struct part *p)
{
	const struct msg_name *n = &p->entry.name;
	const char *prefix = p->listing->query->prefix;
	size_t prefix_len = strlen(prefix);

	if (n->len < prefix_len || memcmp(n->text, prefix, prefix_len) != 0 ||
	    (p->last_len &&
	     name_compare(p->last, p->last_len, n->text, n->len) >= 0))
		return false;
	memcpy(p->last, n->text, n->len);
	p->last_len = n->len;
	return true;
}

bool part_is_ready(struct part *p)
{
	struct rbuf b;
	enum err e;

	while (!p->has_entry && part_counts(p)) {
		size_t left = p->now.len - p->now.at;

		e = ERR_SHORT;
		if (left > 0) {
			rbuf_init(&b, p->now.data + p->now.at, left);
			e = msg_list_entry_get(&b, &p->entry);
		}
		if (e == ERR_SHORT) {
			if (refill(p))
				continue;
			if (p->cut) {
				resume(p);
				continue;
			}
			if (!p->ended || left == 0)
				return p->ended;
		}
		if (e || !entry_fits(p)) {
			link_fail(part_link(p), "sent what is no listing");
			part_lose(p);
			break;
		}
		p->now.at += b.at;
		p->has_entry = p->heard = true;
	}
	return true;
}
