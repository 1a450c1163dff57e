#include "message.h"

#include <stdlib.h>

static const char *const texts[MESSAGE_KINDS] = {
	[MESSAGE_QUERY] = "QUERY",   [MESSAGE_JOIN] = "JOIN",
	[MESSAGE_STAGE] = "STAGE",   [MESSAGE_ABORT] = "ABORT",
	[MESSAGE_COMMIT] = "COMMIT", [MESSAGE_FETCH] = "FETCH",
	[MESSAGE_LIST] = "LIST",
};

void message_free(struct message *m)
{
	if (!m)
		return;
	free(m->records);
	free(m);
}

const char *message_kind_text(enum message_kind kind)
{
	return texts[kind];
}
