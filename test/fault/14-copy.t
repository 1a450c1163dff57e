#!/bin/sh
# cp and mv: one call of dfc or of a dfs fails, each in turn, or is the last
# one before a kill.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

for op in cp mv; do
	walk client $op EIO EINTR EMFILE ENOMEM ECONNRESET short kill
	walk 2 $op EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short kill
done

bytes=300000
walk 3 cp EIO ENOSPC EINTR EMFILE ENOMEM short kill
rows_end
