/*
 * stream: buffered loopback connections and whole reads and writes, for the
 * limit (limit.c) alone.
 *
 * Calls block, and end the program with a message where they fail.  What was
 * written to a link leaves when its buffer is full, when it is flushed, or
 * before the link waits for the other side: requests are pipelined and
 * nobody waits for what was not sent.  A link has one user at a time.
 */
#ifndef STREAM_H
#define STREAM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUFFER_SIZE = 256 * 1024 }; /* bytes, each way of a link */

/* One end of a connection: received and not yet used is in[from..to), written
 * and not yet sent is out[0..fill). */
struct link {
	int fd;
	size_t from;
	size_t to;
	size_t fill;
	unsigned char in[BUFFER_SIZE];
	unsigned char out[BUFFER_SIZE];
};

void *alloc(size_t size);

int file_open(const char *path, int flags);

/* Exactly size bytes at an offset; fewer are an error. */
void file_read(int fd, void *bytes, size_t size, uint64_t offset);
void file_write(int fd, const void *bytes, size_t size, uint64_t offset);

/* Takes a connected socket, which the caller closes in the end (l->fd). */
void link_init(struct link *l, int fd);

/* The same with a new connection to a port (network order) of 127.0.0.1. */
void link_connect(struct link *l, in_port_t port);

/* Past the buffer: the caller has flushed. */
void link_send(struct link *l, const void *bytes, size_t size);

void link_flush(struct link *l);

/* Room for size bytes (up to BUFFER_SIZE), which count as written from here
 * on; to be filled before the next call. */
unsigned char *link_room(struct link *l, size_t size);

/* The next size bytes (up to BUFFER_SIZE), valid until the next call with this
 * link; NULL where the stream ends before. */
unsigned char *link_next(struct link *l, size_t size);

/* The same where the stream must not end. */
unsigned char *link_need(struct link *l, size_t size);

/* Writes what is there (waits for the first byte), up to most bytes, to a file
 * at an offset; returns how many it were. */
size_t link_save(struct link *l, int fd, uint64_t most, uint64_t offset);

#endif
