/*
 * limit: how fast four servers and one client can be that move the bytes and
 * do nothing else: no versions to agree on, no digests, no syncs.  bench.sh
 * divides the times of dfc by the times printed here.
 *
 * The bytes and their copies are those of the real thing.  A file is cut in
 * four chunks; server s holds the chunks (s - x) mod 4 and (s - x + 1) mod 4,
 * with x = the file's number mod 4; a put sends every chunk to both of its
 * servers, a get fetches it from one; a file costs a server two directories,
 * two files and one rename, below DIR/1 to DIR/4.
 *
 * The clock runs from when the client is connected until all is answered and
 * written.  Any failure ends the program with a message; its processes die
 * with the first one.
 */
#include "server.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SMALL_MAX = 64 * 1024, /* bytes of a file in the small modes */
	WINDOW = 256,	       /* small files in flight */
	BATCH = 16	       /* small files between two flushes */
};

/* What a mode works with, and where: links[s] leads to server s. */
struct bench {
	int fd;		/* the large file to read or to write */
	uint64_t size;	/* bytes of a file */
	uint64_t count; /* files, or records */
	in_port_t ports[SERVERS];
	struct link *links;
	const char *dir; /* where servers and local files are */
};

static uint64_t number(const char *text, uint64_t max)
{
	char *end;
	uintmax_t value;

	errno = 0;
	value = strtoumax(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > max)
		errx(2, "not a number up to %" PRIu64 ": %s", max, text);
	return value;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t chunk_size(uint64_t size, uint64_t chunk)
{
	return size / SERVERS + (chunk < size % SERVERS);
}

static uint64_t chunk_offset(uint64_t size, uint64_t chunk)
{
	uint64_t rest = size % SERVERS;

	return chunk * (size / SERVERS) + (chunk < rest ? chunk : rest);
}

/* Chunk 0 or 1 of the two that a server holds of a file. */
static uint64_t chunk_held(uint64_t server, uint64_t file, uint64_t which)
{
	return (server + SERVERS - file % SERVERS + which) % SERVERS;
}

static struct link *links_open(const in_port_t ports[SERVERS])
{
	struct link *links = alloc(SERVERS * sizeof *links);

	for (int s = 0; s < SERVERS; s++)
		link_connect(&links[s], ports[s]);
	return links;
}

/* Waits for n one-byte answers from each server. */
static void links_wait(struct link *links, size_t n)
{
	for (int s = 0; s < SERVERS; s++)
		link_flush(&links[s]);
	for (int s = 0; s < SERVERS; s++)
		link_need(&links[s], n);
}

static void link_ask(struct link *l, struct request request)
{
	memcpy(link_room(l, sizeof request), &request, sizeof request);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Two more links to each server: homes[2 * c] and the next take chunk c. */
static void put_chunks(const struct bench *b, struct link *homes)
{
	unsigned char *bytes = alloc(BUFFER_SIZE);
	uint64_t n;

	for (uint64_t done = 0; done < chunk_size(b->size, 0);
	     done += BUFFER_SIZE)
		for (uint64_t c = 0; c < SERVERS; c++) {
			if (done >= chunk_size(b->size, c))
				continue;
			n = least(chunk_size(b->size, c) - done, BUFFER_SIZE);
			file_read(b->fd, bytes, n,
				  chunk_offset(b->size, c) + done);
			link_send(&homes[2 * c], bytes, n);
			link_send(&homes[2 * c + 1], bytes, n);
		}
	free(bytes);
}

static void put_large(struct bench *b)
{
	struct link *homes = alloc(2 * SERVERS * sizeof *homes);

	for (int s = 0; s < SERVERS; s++)
		link_ask(&b->links[s], (struct request){OP_BEGIN, 0, 0, 0});
	links_wait(b->links, 1);
	for (uint64_t i = 0; i < 2 * SERVERS; i++) {
		uint64_t c = i / 2;

		link_connect(&homes[i],
			     b->ports[(c + SERVERS - i % 2) % SERVERS]);
		link_ask(&homes[i], (struct request){OP_PUT, 0, c,
						     chunk_size(b->size, c)});
		link_flush(&homes[i]);
	}
	put_chunks(b, homes);
	for (int i = 0; i < 2 * SERVERS; i++)
		link_need(&homes[i], 1);
	for (int s = 0; s < SERVERS; s++)
		link_ask(&b->links[s], (struct request){OP_END, 0, 0, 0});
	links_wait(b->links, 1);
}

static void get_large(struct bench *b)
{
	uint64_t done[SERVERS] = {0};
	uint64_t left = b->size;

	for (uint64_t c = 0; c < SERVERS; c++) {
		link_ask(
			&b->links[c],
			(struct request){OP_GET, 0, c, chunk_size(b->size, c)});
		link_flush(&b->links[c]);
	}
	while (left > 0)
		for (uint64_t c = 0; c < SERVERS; c++) {
			uint64_t n = chunk_size(b->size, c) - done[c];

			if (n == 0)
				continue;
			n = link_save(&b->links[c], b->fd, n,
				      chunk_offset(b->size, c) + done[c]);
			done[c] += n;
			left -= n;
		}
}

static const char *small_path(char path[PATH_SIZE], const char *dir,
			      uint64_t file)
{
	snprintf(path, PATH_SIZE, "%s/n%06" PRIu64, dir, file);
	return path;
}

/* The local files that the small modes put. */
static void small_make(const struct bench *b)
{
	unsigned char *bytes = alloc(SMALL_MAX);
	char path[PATH_SIZE];
	int fd;

	memset(bytes, 'x', SMALL_MAX);
	dir_make("source");
	for (uint64_t file = 0; file < b->count; file++) {
		fd = file_open(small_path(path, "source", file),
			       O_WRONLY | O_CREAT | O_EXCL);
		file_write(fd, bytes, b->size, 0);
		close(fd);
	}
	free(bytes);
}

/* Asks the servers to take a file: 4 answers from each are due then. */
static void small_send(struct link *links, uint64_t file, uint64_t size)
{
	unsigned char bytes[SMALL_MAX];
	char path[PATH_SIZE];
	int fd = file_open(small_path(path, "source", file), O_RDONLY);

	file_read(fd, bytes, size, 0);
	close(fd);
	for (uint64_t s = 0; s < SERVERS; s++) {
		link_ask(&links[s], (struct request){OP_BEGIN, file, 0, 0});
		for (uint64_t i = 0; i < 2; i++) {
			uint64_t chunk = chunk_held(s, file, i);
			uint64_t n = chunk_size(size, chunk);

			link_ask(&links[s],
				 (struct request){OP_PUT, file, chunk, n});
			memcpy(link_room(&links[s], n),
			       bytes + chunk_offset(size, chunk), n);
		}
		link_ask(&links[s], (struct request){OP_END, file, 0, 0});
	}
}

static void small_sent(struct link *links, uint64_t file, uint64_t size)
{
	(void)file;
	(void)size;
	for (int s = 0; s < SERVERS; s++)
		link_need(&links[s], 4);
}

static void small_ask(struct link *links, uint64_t file, uint64_t size)
{
	for (uint64_t s = 0; s < SERVERS; s++) {
		uint64_t chunk = chunk_held(s, file, 0);

		link_ask(&links[s], (struct request){OP_GET, file, chunk,
						     chunk_size(size, chunk)});
	}
}

static void small_save(struct link *links, uint64_t file, uint64_t size)
{
	struct iovec parts[SERVERS];
	char path[PATH_SIZE];
	int fd = file_open(small_path(path, "copy", file),
			   O_WRONLY | O_CREAT | O_EXCL);

	for (uint64_t s = 0; s < SERVERS; s++) {
		uint64_t chunk = chunk_held(s, file, 0);

		parts[chunk].iov_len = chunk_size(size, chunk);
		parts[chunk].iov_base =
			link_need(&links[s], parts[chunk].iov_len);
	}
	if (writev(fd, parts, SERVERS) != (ssize_t)size)
		err(1, "%s", path);
	close(fd);
}

typedef void small_step(struct link *links, uint64_t file, uint64_t size);

/* Keeps WINDOW files between their first step and their second. */
static void small_move(const struct bench *b, small_step *first,
		       small_step *second)
{
	for (uint64_t i = 0; i < b->count + WINDOW; i++) {
		if (i < b->count)
			first(b->links, i, b->size);
		for (int s = 0; s < SERVERS && i % BATCH == 0; s++)
			link_flush(&b->links[s]);
		if (i >= WINDOW)
			second(b->links, i - WINDOW, b->size);
	}
}

static void put_small(struct bench *b)
{
	small_move(b, small_send, small_sent);
}

static void get_small(struct bench *b)
{
	dir_make("copy");
	small_move(b, small_ask, small_save);
}

/* What one of the processes of the next mode does: limit one FILE SIZE PORT... */
static int put_one(char **words)
{
	in_port_t ports[SERVERS];
	struct link *links;
	uint64_t file = number(words[0], UINT32_MAX);

	for (int s = 0; s < SERVERS; s++)
		ports[s] = (in_port_t)number(words[2 + s], UINT16_MAX);
	links = links_open(ports);
	small_send(links, file, number(words[1], SMALL_MAX));
	links_wait(links, 4);
	return 0;
}

static void child_wait(void)
{
	int status;

	if (wait(&status) < 0 || status != 0)
		errx(1, "a process failed");
}

static void process(struct bench *b)
{
	char text[2 + SERVERS][24];
	char limit[] = "limit";
	char one[] = "one";
	char *words[] = {limit,	  one,	   text[0], text[1], text[2],
			 text[3], text[4], text[5], NULL};

	snprintf(text[1], sizeof text[1], "%" PRIu64, b->size);
	for (int s = 0; s < SERVERS; s++)
		snprintf(text[2 + s], sizeof text[0], "%u", b->ports[s]);
	for (uint64_t file = 0; file < b->count; file++) {
		snprintf(text[0], sizeof text[0], "%" PRIu64, file);
		if (child() == 0) {
			execv("/proc/self/exe", words);
			err(1, "exec");
		}
		child_wait();
	}
}

/* The next of *left records; NULL after the last. */
static const unsigned char *record_next(struct link *l, uint64_t *left)
{
	if (*left == 0)
		return NULL;
	--*left;
	return link_need(l, RECORD_SIZE);
}

/* Merges the four listings, each name once. */
static void list(struct bench *b)
{
	const unsigned char *at[SERVERS];
	const unsigned char *low;
	unsigned char name[NAME_SIZE];
	uint64_t left[SERVERS];

	for (int s = 0; s < SERVERS; s++) {
		link_ask(&b->links[s],
			 (struct request){OP_LIST, 0, 0, b->count});
		link_flush(&b->links[s]);
		left[s] = b->count;
	}
	for (int s = 0; s < SERVERS; s++)
		at[s] = record_next(&b->links[s], &left[s]);
	for (;;) {
		low = NULL;
		for (int s = 0; s < SERVERS; s++)
			if (at[s] &&
			    (!low || memcmp(at[s], low, NAME_SIZE) < 0))
				low = at[s];
		if (!low)
			break;
		memcpy(name, low, NAME_SIZE);
		fwrite(name, NAME_SIZE, 1, stdout);
		for (int s = 0; s < SERVERS; s++)
			if (at[s] && memcmp(at[s], name, NAME_SIZE) == 0)
				at[s] = record_next(&b->links[s], &left[s]);
	}
	if (fflush(stdout) != 0)
		err(1, "stdout");
}

/* A mode's words are letters: f FILE, d DIR, o OUT, c COUNT, s SIZE. */
struct mode {
	const char *name;
	const char *words;
	void (*run)(struct bench *b);
	bool makes; /* the local files are made first */
	bool each;  /* the figure is that of one file of them */
};

static const struct mode modes[] = {
	{"put", "fd", put_large, false, false},
	{"get", "fdo", get_large, false, false},
	{"put-small", "csd", put_small, true, false},
	{"get-small", "csd", get_small, false, false},
	{"process", "csd", process, true, true},
	{"list", "cd", list, false, false},
};

enum { MODES = sizeof modes / sizeof modes[0] };

static void word_take(struct bench *b, char letter, const char *word)
{
	struct stat status;

	switch (letter) {
	case 'f':
		b->fd = file_open(word, O_RDONLY);
		if (fstat(b->fd, &status) != 0)
			err(1, "%s", word);
		b->size = (uint64_t)status.st_size;
		break;
	case 'o':
		b->fd = file_open(word, O_WRONLY | O_CREAT | O_TRUNC);
		break;
	case 'd':
		b->dir = word;
		break;
	case 'c':
		b->count = number(word, 1000000);
		break;
	case 's':
		b->size = number(word, SMALL_MAX);
		break;
	}
}

static double mode_time(const struct mode *mode, struct bench *b)
{
	double start;

	if (chdir(b->dir) != 0)
		err(1, "%s", b->dir);
	if (mode->makes)
		small_make(b);
	for (int s = 0; s < SERVERS; s++)
		b->ports[s] = server_start(s);
	b->links = links_open(b->ports);
	start = seconds();
	mode->run(b);
	return (seconds() - start) / (mode->each ? (double)b->count : 1);
}

int main(int argc, char **argv)
{
	struct bench b = {.fd = -1};

	if (argc == 4 + SERVERS && strcmp(argv[1], "one") == 0)
		return put_one(argv + 2);
	for (int m = 0; m < MODES && argc > 1; m++) {
		const char *words = modes[m].words;

		if (strcmp(argv[1], modes[m].name) != 0 ||
		    (size_t)argc != 2 + strlen(words))
			continue;
		for (int i = 0; words[i]; i++)
			word_take(&b, words[i], argv[2 + i]);
		printf("%s %.6f\n", modes[m].name, mode_time(&modes[m], &b));
		return fflush(stdout) == 0 ? 0 : 1;
	}
	fputs("usage: limit put FILE DIR | get FILE DIR OUT |\n"
	      "             put-small|get-small|process COUNT SIZE DIR |\n"
	      "             list COUNT DIR\n",
	      stderr);
	return 2;
}
