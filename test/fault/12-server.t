#!/bin/sh
# One call of a dfs fails, each in turn, during an operation.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

for op in put overwrite rm get; do
	walk 2 $op EIO EINTR EMFILE ENOMEM ECONNRESET short
done
walk 2 list EINTR EMFILE ENOMEM ECONNRESET short
for op in put overwrite rm; do
	walk 2 $op ENOSPC
done
walk 2 begin EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short

bytes=300000
walk 3 overwrite EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short
walk 3 get EIO EINTR ENOMEM ECONNRESET short
rows_end
