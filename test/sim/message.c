#include "message.h"

#include <stdlib.h>

static const char *const texts[MESSAGE_KINDS] = {
	[MESSAGE_QUERY] = "QUERY",     [MESSAGE_JOIN] = "JOIN",
	[MESSAGE_STAGE] = "STAGE",     [MESSAGE_ABORT] = "ABORT",
	[MESSAGE_COMMIT] = "COMMIT",   [MESSAGE_FETCH] = "FETCH",
	[MESSAGE_LIST] = "LIST",       [MESSAGE_VERIFY] = "VERIFY",
	[MESSAGE_RESTORE] = "RESTORE", [MESSAGE_FORGET] = "FORGET",
	[MESSAGE_DISCARD] = "DISCARD",
};

void message_free(struct message *m)
{
	if (!m)
		return;
	free(m->records);
	free(m);
}

struct message *message_copy(const struct message *m)
{
	struct message *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *m;
	copy->records = NULL;
	copy->count = 0;
	return copy;
}

const char *message_kind_text(enum message_kind kind)
{
	return texts[kind];
}

bool message_changes(enum message_kind kind)
{
	switch (kind) {
	case MESSAGE_STAGE:
	case MESSAGE_ABORT:
	case MESSAGE_COMMIT:
	case MESSAGE_RESTORE:
	case MESSAGE_FORGET:
	case MESSAGE_DISCARD:
		return true;
	default:
		return false;
	}
}
