/*
 * server: the servers of the limit.  Each is a few processes that share a
 * listening socket and a directory, and serve one connection at a time each.
 * They keep what they are given as the real ones do (two directories, two
 * files and one rename for a file), and nothing of it is synced.
 *
 * A request is followed by the bytes of its chunk (OP_PUT) or answered by them
 * (OP_GET), or by records (OP_LIST); the others and OP_PUT are answered with
 * one byte.  Both ends are one program on one machine: a request travels as
 * it lies in memory.  Failures end the program, here as in stream.h.
 */
#ifndef SERVER_H
#define SERVER_H

#include "stream.h"

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	SERVERS = 4,
	RECORD_SIZE = 90, /* bytes of one record of a listing */
	NAME_SIZE = 16,	  /* of these, bytes of the name and its newline */
	PATH_SIZE = 512
};

/* Make the directories of a file; fill one chunk; rename; read; list. */
enum op { OP_BEGIN, OP_PUT, OP_END, OP_GET, OP_LIST };

struct request {
	uint64_t op;
	uint64_t file;
	uint64_t chunk;
	uint64_t length; /* bytes of the chunk, or records */
};

/* Forks; the child's 0 and the parent's pid come back.  The child is killed
 * when the parent ends. */
pid_t child(void);

void dir_make(const char *path);

/* Starts server s (each of 0 to 3 once) in the directory <s + 1>, which may
 * exist, and returns its port in network order.  It serves up to three
 * connections at once and is ended when the caller exits. */
in_port_t server_start(int s);

#endif
