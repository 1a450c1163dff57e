#!/bin/sh
# One call of dfc fails, each in turn: get, cat and list.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

for op in get cat list; do
	walk client $op EIO EINTR EMFILE ENOMEM ECONNRESET short
done
walk client get ENOSPC
walk client cat ENOSPC

bytes=300000
walk client get EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short kill
walk client cat EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short
rows_end
