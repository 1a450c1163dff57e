#include "script.h"

#include <stddef.h>

const struct script *script_find(enum rule r)
{
	static const struct script *const tables[] = {play_begin, play_quorum,
						      play_heal, play_members};

	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct script *s = tables[t]; s->rule != RULE_NONE;
		     s++)
			if (s->rule == r)
				return s;
	return NULL;
}
