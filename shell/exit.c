#include "exit.h"

#include <errno.h>

void tally_add(struct tally *t, enum exit_status status)
{
	if (status == EXIT_DONE || status == EXIT_DEGRADED) {
		t->good++;
		t->degraded |= status == EXIT_DEGRADED;
		return;
	}
	t->unknown += status == EXIT_UNKNOWN;
	if (t->failed++ == 0)
		t->status = status;
	else if (t->status != status)
		t->mixed = true;
}

enum exit_status tally_status(const struct tally *t)
{
	if (t->failed == 0)
		return t->degraded ? EXIT_DEGRADED : EXIT_DONE;
	if (t->mixed || t->good > 0)
		return EXIT_PARTIAL;
	return t->status;
}

enum exit_status exit_local(enum err e, int error)
{
	bool space = e == ERR_SYS && (error == ENOSPC || error == EDQUOT);

	return space ? EXIT_SPACE : EXIT_ERROR;
}
