#!/bin/sh
# One call of dfc fails, each in turn: put, overwrite and rm.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

for op in put overwrite rm; do
	walk client $op EIO EINTR EMFILE ENOMEM ECONNRESET short
done
walk client stdin EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short
walk client begin EIO EINTR EMFILE ENOMEM ECONNRESET short

bytes=300000
walk client overwrite EIO EINTR EMFILE ENOMEM ECONNRESET short
walk client stdin EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short
rows_end
