#!/bin/sh
# One call of a dfs fails, each in turn, while it starts; killed, too.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

for on in fresh used; do
	walk start $on EIO ENOSPC EINTR EMFILE ENOMEM kill
done
rows_end
