/*
 * The results that functions of this project return, and their texts.
 *
 * ERR_OK is 0.  ERR_SYS means that errno says what happened, and that
 * cleanup has not disturbed it.  Out-parameters are written on ERR_OK only.
 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

#if defined(__GNUC__)
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define MUST_CHECK
#define PRINTF_LIKE(fmt, args)
#endif

enum err {
	ERR_OK = 0,
	ERR_SYS,     /* see errno */
	ERR_MEMORY,  /* no memory */
	ERR_SHORT,   /* fewer bytes than the value needs */
	ERR_FORMAT,  /* bytes that no encoder writes */
	ERR_LIMIT,   /* above a limit of dfs-protocol(7) */
	ERR_RANGE,   /* a number outside its range */
	ERR_NAME,    /* a name that dfs-format(5) does not allow */
	ERR_CLOSED,  /* the peer ended the connection */
	ERR_TIMEOUT, /* the deadline has passed */
	ERR_DIGEST,  /* bytes that do not have their digest */
	ERR_EXISTS,  /* there already */
	ERR_ABSENT,  /* not there */
	ERR_BUSY,    /* a bounded table or queue is full */
};

/* A short lower-case text for e; ERR_SYS gives strerror(errno).  Static or
 * thread-local storage, valid until the thread's next call. */
const char *err_text(enum err e);

#endif
