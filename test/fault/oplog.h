/*
 * The log of file operations that oplog.so writes and powercut reads.
 *
 * A record: kind u8, length u32 of what follows, then the fields that stand
 * behind the kind, in this order.  Integers are big-endian; nodes are inode
 * numbers u64; paths and targets u16 length + bytes, a path being relative
 * to the directory before it; data is the rest of the record.
 */
#ifndef FAULT_OPLOG_H
#define FAULT_OPLOG_H

enum oplog_kind {
	OPLOG_START = 1,  /* directory: a process begins, DIR is this node */
	OPLOG_CREATE,	  /* directory, path, node: a new, empty file */
	OPLOG_NAMELESS,	  /* node: a new file without a name */
	OPLOG_MKDIR,	  /* directory, path, node */
	OPLOG_SYMLINK,	  /* directory, path, node, target */
	OPLOG_LINK,	  /* directory, path, node: one more name */
	OPLOG_RENAME,	  /* directory, path, directory, path */
	OPLOG_UNLINK,	  /* directory, path: a file or an empty directory */
	OPLOG_WRITE,	  /* node, offset u64, data */
	OPLOG_ALLOCATE,	  /* node, end u64: is at least so long, with zeros */
	OPLOG_TRUNCATE,	  /* node, length u64 */
	OPLOG_SYNC_BEGIN, /* serial u32, node: of all (0), or of this one */
	OPLOG_SYNC_END,	  /* serial u32, ok u8 */
	OPLOG_ACCEPT,	  /* descriptor u32: a new connection */
	OPLOG_RECEIVED,	  /* descriptor u32, data */
	OPLOG_SENT,	  /* descriptor u32, data */
	OPLOG_SENT_FILE,  /* descriptor u32, bytes u64: of a file's */
	OPLOG_CLOSE,	  /* descriptor u32: of a connection */
	OPLOG_KINDS,
};

#endif
