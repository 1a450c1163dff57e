#!/bin/sh
# Heal of a server that comes back blank: each call of a server that has what it lacks.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

walk 2 heal EIO EINTR EMFILE ENOMEM ECONNRESET short kill
rows_end
