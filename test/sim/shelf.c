#include "shelf.h"

#include <stdlib.h>
#include <string.h>

struct rules_records shelf_records(const struct shelf *f)
{
	return (struct rules_records){f->list, f->count};
}

struct record *shelf_find(struct shelf *f, const struct tag *tag)
{
	for (unsigned i = 0; i < f->count; i++)
		if (tag_compare(&f->list[i].v.tag, tag) == 0)
			return &f->list[i];
	return NULL;
}

uint8_t shelf_good(const struct shelf *f, const struct record *r)
{
	return r->have & (uint8_t)~f->bad[r - f->list];
}

void shelf_insert(struct shelf *f, const struct record *r)
{
	unsigned i = 0;

	if (f->count == RECORDS_MAX)
		abort();
	while (i < f->count && tag_compare(&f->list[i].v.tag, &r->v.tag) > 0)
		i++;
	memmove(&f->list[i + 1], &f->list[i],
		(f->count - i) * sizeof(f->list[0]));
	memmove(&f->bad[i + 1], &f->bad[i], f->count - i);
	f->list[i] = *r;
	f->bad[i] = 0;
	f->count++;
}

void shelf_remove(struct shelf *f, unsigned i)
{
	f->count--;
	memmove(&f->list[i], &f->list[i + 1],
		(f->count - i) * sizeof(f->list[0]));
	memmove(&f->bad[i], &f->bad[i + 1], f->count - i);
}

void shelf_retire(struct shelf *f, const struct tag *committed)
{
	for (unsigned i = f->count; i-- > 0;)
		if (rules_retires(&f->list[i], committed))
			shelf_remove(f, i);
}

void shelf_drop_stages(struct shelf *f)
{
	for (unsigned i = f->count; i-- > 0;)
		if (f->list[i].state == RECORD_STAGED)
			shelf_remove(f, i);
	f->has_ghost = false;
}

void shelf_drop(struct shelf *f, unsigned i)
{
	f->ghost = f->list[i];
	f->has_ghost = true;
	shelf_remove(f, i);
}

void shelf_release(struct shelf *f)
{
	message_free(f->change.message);
	f->change.message = NULL;
	for (unsigned i = 0; i < f->waiting_count; i++)
		message_free(f->waiting[i]);
	f->waiting_count = 0;
}
