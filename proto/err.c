#include "err.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const texts[] = {
	[ERR_OK] = "ok",
	[ERR_MEMORY] = "out of memory",
	[ERR_SHORT] = "cut short",
	[ERR_FORMAT] = "malformed",
	[ERR_LIMIT] = "above a limit",
	[ERR_RANGE] = "out of range",
	[ERR_NAME] = "not a valid name",
	[ERR_CLOSED] = "connection closed by the other side",
	[ERR_TIMEOUT] = "timed out",
	[ERR_DIGEST] = "wrong digest",
	[ERR_EXISTS] = "exists already",
	[ERR_ABSENT] = "not found",
	[ERR_BUSY] = "busy",
};

const char *err_text(enum err e)
{
	size_t i = (size_t)e;

	if (e == ERR_SYS)
		return strerror(errno);
	if (i >= sizeof(texts) / sizeof(texts[0]))
		return "unknown error";
	return texts[i];
}
