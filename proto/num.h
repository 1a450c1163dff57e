/*
 * Strict numbers and checked sums.  Pure; any thread.
 */
#ifndef PROTO_NUM_H
#define PROTO_NUM_H

#include <stdint.h>

#include "err.h"

/* Decimal digits only, no sign, no blanks, no leading zero but "0" itself.
 * ERR_FORMAT; ERR_RANGE outside [min, max]. */
enum err num_u64(const char *text, uint64_t min, uint64_t max,
		 uint64_t *v) MUST_CHECK;
/* A number with an optional unit: bytes take KiB, MiB, GiB, TiB. */
enum err num_bytes(const char *text, uint64_t min, uint64_t max,
		   uint64_t *v) MUST_CHECK;
/* Seconds take s, m, h, d; a bare number is seconds. */
enum err num_seconds(const char *text, uint64_t min, uint64_t max,
		     uint64_t *v) MUST_CHECK;
/* *v = a + b; ERR_RANGE when that is above UINT64_MAX. */
enum err num_add(uint64_t a, uint64_t b, uint64_t *v) MUST_CHECK;
/* Exactly `digits` decimal / lower-case hex / octal digits at text (no NUL
 * needed behind).  ERR_FORMAT. */
enum err num_fixed_dec(const char *text, unsigned digits,
		       uint64_t *v) MUST_CHECK;
enum err num_fixed_hex(const char *text, unsigned digits,
		       uint64_t *v) MUST_CHECK;
enum err num_fixed_oct(const char *text, unsigned digits,
		       uint64_t *v) MUST_CHECK;

#endif
