#include "keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (64u << 10)
#define HEX_SIZE (2 * KEYRING_KEY_SIZE)

/* One run over a file. */
struct reading {
	struct keyring *ring;
	const char *path;
	unsigned line;
	char *message;
};

PRINTF_LIKE(3, 4)
static enum err wrong(const struct reading *r, enum err e, const char *fmt, ...)
{
	int n = r->line ? snprintf(r->message, KEYRING_MESSAGE_MAX,
				   "%.300s:%u: ", r->path, r->line)
			: snprintf(r->message, KEYRING_MESSAGE_MAX,
				   "%.300s: ", r->path);
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->message + n, KEYRING_MESSAGE_MAX - (size_t)n, fmt, args);
	va_end(args);
	return e;
}

static enum err failed(const struct reading *r, enum err e)
{
	int saved = errno;

	wrong(r, e, "%s", err_text(e));
	errno = saved;
	return e;
}

/* Lines */

static bool is_label(const char *label, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._@";

	if (len == 0 || len > KEYRING_LABEL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (label[i] == '\0' || !strchr(allowed, label[i]))
			return false;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool take_hex(const char *hex, uint8_t out[KEYRING_KEY_SIZE])
{
	for (size_t i = 0; i < KEYRING_KEY_SIZE; i++) {
		int high = hex_value(hex[2 * i]);
		int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static enum err take_line(struct reading *r, const char *text)
{
	size_t len = strcspn(text, ":");
	const char *hex = text + len + 1;
	struct keyring_key *k;
	const char *rest;

	if (text[len] != ':' || !is_label(text, len))
		return wrong(r, ERR_FORMAT,
			     "not of the form LABEL:KEY (a label has 1 to %d "
			     "letters, digits, '-', '.', '_', '@')",
			     KEYRING_LABEL_MAX);
	if (keyring_find(r->ring, text, len))
		return wrong(r, ERR_FORMAT, "the label stands there twice");
	if (r->ring->count == KEYRING_MAX)
		return wrong(r, ERR_LIMIT, "more than %d keys", KEYRING_MAX);
	k = &r->ring->keys[r->ring->count];
	memcpy(k->label, text, len);
	k->label[len] = '\0';
	if (strnlen(hex, HEX_SIZE) < HEX_SIZE || !take_hex(hex, k->bytes))
		return wrong(r, ERR_FORMAT, "a key is %d hex digits", HEX_SIZE);
	rest = hex + HEX_SIZE;
	k->read_only = strcmp(rest, ":ro") == 0;
	if (*rest && !k->read_only)
		return wrong(r, ERR_FORMAT,
			     "behind the key stands something else than :ro");
	r->ring->count++;
	return ERR_OK;
}

static enum err take_text(struct reading *r, char *text, size_t len)
{
	char *at = text;

	if (strlen(text) != len)
		return wrong(r, ERR_FORMAT, "a NUL byte");
	while (*at) {
		size_t line = strcspn(at, "\n");
		char *next = at + line + (at[line] == '\n');
		enum err e = ERR_OK;

		at[line] = '\0';
		while (line > 0 && strchr(" \t\r", at[line - 1]))
			at[--line] = '\0';
		r->line++;
		if (*at && *at != '#')
			e = take_line(r, at);
		if (e)
			return e;
		at = next;
	}
	r->line = 0;
	return r->ring->count ? ERR_OK : wrong(r, ERR_FORMAT, "no key in it");
}

/* The file */

static enum err look(const struct reading *r, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return failed(r, ERR_SYS);
	if (!S_ISREG(st.st_mode))
		return wrong(r, ERR_RANGE, "not a regular file");
	if (st.st_uid != geteuid())
		return wrong(r, ERR_RANGE,
			     "is not owned by the user who runs this");
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return wrong(r, ERR_RANGE,
			     "others can use it: chmod 600 is needed");
	return ERR_OK;
}

static enum err slurp(const struct reading *r, int fd, char *text, size_t *len)
{
	*len = 0;
	for (;;) {
		ssize_t n = read(fd, text + *len, FILE_MAX_BYTES - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(r, ERR_SYS);
		if (n == 0)
			return ERR_OK;
		*len += (size_t)n;
		if (*len == FILE_MAX_BYTES)
			return wrong(r, ERR_LIMIT, "longer than 64 KiB");
	}
}

enum err keyring_parse(struct keyring *r, const char *path, char *text,
		       size_t len, char message[KEYRING_MESSAGE_MAX])
{
	struct keyring ring = {0};
	struct reading run = {.ring = &ring, .path = path, .message = message};
	enum err e;

	ring.keys = calloc(KEYRING_MAX, sizeof(*ring.keys));
	e = ring.keys ? take_text(&run, text, len) : failed(&run, ERR_MEMORY);
	explicit_bzero(text, len);
	if (e)
		keyring_release(&ring);
	else
		*r = ring;
	return e;
}

enum err keyring_load(struct keyring *r, const char *path,
		      char message[KEYRING_MESSAGE_MAX])
{
	const struct reading run = {.path = path, .message = message};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = calloc(1, FILE_MAX_BYTES + 1);
	enum err e;
	size_t len;

	if (fd < 0)
		e = failed(&run, ERR_SYS);
	else if (!text)
		e = failed(&run, ERR_MEMORY);
	else
		e = look(&run, fd);
	if (!e)
		e = slurp(&run, fd, text, &len);
	if (!e)
		e = keyring_parse(r, path, text, len, message);
	if (fd >= 0)
		close(fd);
	if (text)
		explicit_bzero(text, FILE_MAX_BYTES);
	free(text);
	return e;
}

void keyring_release(struct keyring *r)
{
	if (r->keys)
		explicit_bzero(r->keys, KEYRING_MAX * sizeof(*r->keys));
	free(r->keys);
	*r = (struct keyring){0};
}

const struct keyring_key *keyring_find(const struct keyring *r,
				       const char *label, size_t len)
{
	for (size_t i = 0; i < r->count; i++)
		if (strlen(r->keys[i].label) == len &&
		    memcmp(r->keys[i].label, label, len) == 0)
			return &r->keys[i];
	return NULL;
}

bool keyring_same(const struct keyring_key *a, const struct keyring_key *b)
{
	unsigned differ = a->read_only != b->read_only;

	for (size_t i = 0; i < KEYRING_KEY_SIZE; i++)
		differ |= (unsigned)(a->bytes[i] ^ b->bytes[i]);
	return differ == 0 && strcmp(a->label, b->label) == 0;
}

/* A new key */

static enum err write_key(int fd, const char *label)
{
	uint8_t key[KEYRING_KEY_SIZE];
	char text[KEYRING_LABEL_MAX + HEX_SIZE + 3];
	size_t len;
	bool good;

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return ERR_SYS;
	len = (size_t)snprintf(text, sizeof(text), "%s:", label);
	for (size_t i = 0; i < sizeof(key); i++, len += 2)
		(void)snprintf(text + len, 3, "%02x", key[i]);
	text[len++] = '\n';
	good = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return good ? ERR_OK : ERR_SYS;
}

enum err keyring_make(const char *path, const char *label)
{
	enum err e;
	int fd;

	if (!is_label(label, strlen(label)))
		return ERR_FORMAT;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_SYS;
	e = fchmod(fd, 0600) ? ERR_SYS : write_key(fd, label);
	if (close(fd) && !e)
		e = ERR_SYS;
	if (e) {
		int saved = errno;

		(void)unlink(path);
		errno = saved;
	}
	return e;
}
