#!/bin/sh
# Heal of a server that comes back blank: each call of its own.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

walk 3 heal EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short kill
bytes=300000
walk 3 heal kill
rows_end
