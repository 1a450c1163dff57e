#!/bin/sh
# Heal of a server that comes back blank: each call of dfc fails, or is the last.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

walk client heal EIO EINTR EMFILE ENOMEM ECONNRESET short kill
bytes=300000
walk client heal kill
rows_end
