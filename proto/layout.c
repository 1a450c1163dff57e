#include "layout.h"

#include "digest.h"

unsigned layout_turn(const char *name, size_t len, unsigned y)
{
	uint8_t md5[16];
	unsigned rest = 0;

	digest_md5(name, len, md5);
	for (size_t i = 0; i < sizeof(md5); i++)
		rest = (rest << 8 | md5[i]) % y;
	return rest;
}

unsigned layout_first(unsigned s, unsigned x, unsigned y)
{
	return (s + y - x % y) % y;
}

unsigned layout_next(unsigned chunk, unsigned y)
{
	return (chunk + 1) % y;
}

uint64_t layout_length(uint64_t size, unsigned y, unsigned i)
{
	return size / y + (i < size % y ? 1 : 0);
}

uint64_t layout_offset(uint64_t size, unsigned y, unsigned i)
{
	uint64_t longer = size % y;

	return size / y * i + (i < longer ? i : longer);
}
