#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "num.h"

#define NS_PER_S 1000000000

static const char letters[] = "bjml"; /* by enum store_state */

void state_to_text(const struct state *s, char *out)
{
	char store[2 * STORE_ID_SIZE + 1];
	char cluster[2 * STORE_ID_SIZE + 1];
	char cursor[2 * STATE_CURSOR_SIZE + 1];

	digest_hex(s->store, STORE_ID_SIZE, store);
	digest_hex(s->cluster.id, STORE_ID_SIZE, cluster);
	digest_hex(s->cursor, STATE_CURSOR_SIZE, cursor);
	(void)snprintf(out, STATE_TEXT_SIZE + 1,
		       "1-%s-%c-%016" PRIx64 "-%s-%08" PRIx32
		       "-%02u-%016" PRIx64 "-%016" PRIx64 "-%s-%08" PRIx32
		       "-%08" PRIx32,
		       store, letters[s->state & 3], s->floor, cluster,
		       s->cluster.epoch, s->cluster.n % 100u, s->inode,
		       (uint64_t)s->birth_ns, cursor, s->began_s, s->last_s);
}

/* Moves *text behind one fixed-width number and what follows it. */
static enum err number(const char **text, unsigned digits, bool hex,
		       uint64_t *v)
{
	enum err e = hex ? num_fixed_hex(*text, digits, v)
			 : num_fixed_dec(*text, digits, v);

	if (e == ERR_OK && (*text)[digits] != '-' && (*text)[digits] != '\0')
		e = ERR_FORMAT;
	if (e == ERR_OK)
		*text += digits + ((*text)[digits] == '-');
	return e;
}

static enum err bytes(const char **text, uint8_t *out, size_t size)
{
	char hex[2 * STATE_CURSOR_SIZE + 1];
	size_t digits = 2 * size;

	if (strnlen(*text, digits + 1) <= digits || (*text)[digits] != '-')
		return ERR_FORMAT;
	memcpy(hex, *text, digits);
	hex[digits] = '\0';
	*text += digits + 1;
	return digest_unhex(hex, out, size);
}

static enum err letter(const char **text, uint8_t *state)
{
	const char *at = **text ? strchr(letters, **text) : NULL;

	if (!at || (*text)[1] != '-')
		return ERR_FORMAT;
	*state = (uint8_t)(at - letters);
	*text += 2;
	return ERR_OK;
}

static int64_t to_signed(uint64_t u)
{
	int64_t s;

	memcpy(&s, &u, sizeof(s));
	return s;
}

enum err state_from_text(const char *text, struct state *s)
{
	struct state got = {0};
	uint64_t epoch, n, birth, began, last;

	if (strlen(text) != STATE_TEXT_SIZE || strncmp(text, "1-", 2) != 0)
		return ERR_FORMAT;
	text += 2;
	if (bytes(&text, got.store, STORE_ID_SIZE) ||
	    letter(&text, &got.state) || number(&text, 16, true, &got.floor) ||
	    bytes(&text, got.cluster.id, STORE_ID_SIZE) ||
	    number(&text, 8, true, &epoch) || number(&text, 2, false, &n) ||
	    number(&text, 16, true, &got.inode) ||
	    number(&text, 16, true, &birth) ||
	    bytes(&text, got.cursor, STATE_CURSOR_SIZE) ||
	    number(&text, 8, true, &began) || number(&text, 8, true, &last))
		return ERR_FORMAT;
	if (n > LAYOUT_MAX)
		return ERR_FORMAT;
	got.cluster.epoch = (uint32_t)epoch;
	got.cluster.n = (uint8_t)n;
	got.birth_ns = to_signed(birth);
	got.began_s = (uint32_t)began;
	got.last_s = (uint32_t)last;
	*s = got;
	return ERR_OK;
}

enum err state_read(int dirfd, struct state *s)
{
	char text[STATE_TEXT_SIZE + 2];
	ssize_t n = readlinkat(dirfd, STATE_LINK, text, sizeof(text) - 1);

	if (n < 0)
		return errno == ENOENT	 ? ERR_ABSENT
		       : errno == EINVAL ? ERR_FORMAT
					 : ERR_SYS;
	text[n] = '\0';
	return state_from_text(text, s);
}

enum err state_write(int dirfd, const struct state *s)
{
	char text[STATE_TEXT_SIZE + 1];

	state_to_text(s, text);
	if (unlinkat(dirfd, STATE_LINK_NEW, 0) != 0 && errno != ENOENT)
		return ERR_SYS;
	if (symlinkat(text, dirfd, STATE_LINK_NEW) != 0)
		return ERR_SYS;
	if (renameat(dirfd, STATE_LINK_NEW, dirfd, STATE_LINK) != 0)
		return ERR_SYS;
	return ERR_OK;
}

enum err state_of_directory(int dirfd, uint64_t *inode, int64_t *birth_ns)
{
	struct statx x;

	if (statx(dirfd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &x) != 0)
		return ERR_SYS;
	*inode = x.stx_ino;
	*birth_ns = x.stx_mask & STATX_BTIME ? x.stx_btime.tv_sec * NS_PER_S +
						       x.stx_btime.tv_nsec
					     : 0;
	return ERR_OK;
}
