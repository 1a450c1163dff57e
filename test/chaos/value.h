/*
 * What the files of a run contain: every put has a value of its own, told by
 * a number, and each byte follows from number and place.  A byte that is lost,
 * swapped or another put's shows.  The file's time tells the number too, for
 * files too small to hold it.
 *
 * Pure, but for the two that say what they do; one thread.
 */
#ifndef CHAOS_VALUE_H
#define CHAOS_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define VALUE_SIZE_MAX (UINT64_C(4) << 20) /* bytes */
#define VALUE_ID_SIZE 8			   /* bytes; smaller ones have no id */

/* The bytes from `at` on, `len` of them; both multiples of 8, but for the
 * end. */
void value_fill(uint32_t id, uint64_t at, uint8_t *out, uint64_t len);
/* The time of a file with the value, and back; 0: no value's. */
struct timespec value_time(uint32_t id);
uint32_t value_of_time(const struct timespec *t);

/* Makes the file anew, with content and time.  False: errno. */
bool value_write(const char *path, uint32_t id, uint64_t size);

enum value_fault {
	VALUE_WHOLE,
	VALUE_NO_FILE,
	VALUE_UNKNOWN, /* too small to tell; *id is 0 */
	VALUE_TIME,    /* content and time are of two values */
	VALUE_BYTES,   /* bytes are wrong */
};

/* Reads all of it.  timed: the file's time counts.  *id is set, but for
 * VALUE_NO_FILE; *size too. */
enum value_fault value_read(const char *path, bool timed, uint32_t *id,
			    uint64_t *size);

#endif
