#!/bin/sh
# Heal of a server that comes back blank: faults, and kills.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

# dfs3 is the one that was wiped, dfs2 has what it lacks.
for who in client 2 3; do
	walk $who heal EIO EINTR EMFILE ENOMEM ECONNRESET short kill
done
walk 3 heal ENOSPC

bytes=300000
walk client heal kill
walk 3 heal kill
rows_end
