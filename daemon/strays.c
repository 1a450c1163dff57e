#include "strays.h"

#include <string.h>

#include "log.h"
#include "name.h"

#define LINES_MAX 16 /* of either kind */
#define SHOWN_MAX 256

static void line(const struct strays *s, const char *what, const char *entry)
{
	char dir[SHOWN_MAX], shown[SHOWN_MAX];

	(void)name_escape(s->path, strlen(s->path), dir, sizeof(dir));
	(void)name_escape(entry, strlen(entry), shown, sizeof(shown));
	log_info("%s directory=\"%s\" entry=\"%s\"", what, dir, shown);
}

void strays_foreign(struct strays *s, const char *entry)
{
	if (++s->foreign <= LINES_MAX && !s->quiet)
		line(s, "foreign, left alone", entry);
}

void strays_litter(struct strays *s, const char *entry)
{
	if (++s->litter <= LINES_MAX && !s->quiet)
		line(s, "litter removed", entry);
}

void strays_total(const struct strays *s)
{
	if (s->quiet)
		return;
	if (s->foreign > LINES_MAX)
		log_info("foreign things left alone count=%lu", s->foreign);
	if (s->litter > LINES_MAX)
		log_info("litter removed count=%lu", s->litter);
}
