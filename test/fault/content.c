/* Contents that tell their version: its number, line after line. */
#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 400000 /* bytes */

static size_t size_of(const struct row *r, long version)
{
	size_t base = r->mixed && version % 4 == 0 ? LARGE : r->size;

	return base + (size_t)(version % 5);
}

/* The caller's to free. */
static char *make(const struct row *r, long version)
{
	size_t size = size_of(r, version);
	char *bytes = malloc(size + 32);

	if (!bytes)
		die("no memory");
	for (size_t at = 0; at < size;)
		at += (size_t)snprintf(bytes + at, 32, "version %ld\n",
				       version);
	return bytes;
}

void content_write(const struct row *r, long version)
{
	char *bytes = make(r, version);
	FILE *f = fopen("source", "w");

	if (!f || fwrite(bytes, size_of(r, version), 1, f) != 1 || fclose(f))
		die("source cannot be written");
	free(bytes);
}

bool content_next(const struct row *r, FILE *f, long version)
{
	size_t size = size_of(r, version);
	char *bytes = make(r, version);
	char *got = malloc(size);
	bool same = got && fread(got, 1, size, f) == size &&
		    memcmp(got, bytes, size) == 0;

	free(got);
	free(bytes);
	return same;
}

/* Compares; at least says how much is enough. */
static bool matches(const struct row *r, const char *path, long version,
		    size_t least)
{
	size_t size = size_of(r, version);
	char *bytes = make(r, version);
	char *got = malloc(size + 1);
	FILE *f = fopen(path, "r");
	bool same = false;

	if (f && got) {
		size_t n = fread(got, 1, size + 1, f);

		same = n >= least && n <= size && memcmp(got, bytes, n) == 0;
	}
	if (f)
		fclose(f);
	free(got);
	free(bytes);
	return same;
}

bool content_begins(const struct row *r, const char *path, long version)
{
	return matches(r, path, version, 0);
}

long content_read(const struct row *r, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[64] = "";
	long version;

	if (!f || !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	if (strncmp(line, "version ", 8) != 0)
		return -1;
	version = strtol(line + 8, NULL, 10);
	if (version <= 0 || !matches(r, path, version, size_of(r, version)))
		return -1;
	return version;
}
