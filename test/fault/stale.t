#!/bin/sh
# Servers that were away, lost their disk, or were put back to an older image:
# what get and list say is the newest, or incomplete; after a heal all is as
# before.
#
#	FAULT_SECONDS  for the driver (8)
#	FAULT_COUNT    histories of 12 scenarios, instead of a time
#	FAULT_SEED     of the histories (the time of day)
: "${STALE:=$PWD/build/stale}" "${FAULT_SECONDS:=8}" "${FAULT_COUNT:=}"
: "${FAULT_SEED:=$(date +%s)}"
[ ! -w /dev/shm ] || TMPDIR=/dev/shm
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 0s' 'workers = 2' 'max_connections = 64'

tries="-t $FAULT_SECONDS"
[ -z "$FAULT_COUNT" ] || tries="-n $FAULT_COUNT"
# shellcheck disable=SC2086
"$STALE" -s "$FAULT_SEED" $tries -c "$T/dfs.conf" "$DFS" "$DFC" "$T/stale" \
	>"$T/out" 2>"$T/err"
t_result $? "the newest or incomplete, and healed ($(cat "$T/out"))" ||
	diag "$(head -c 20000 "$T/err")"
"$STALE" -x -s "$FAULT_SEED" -n 8 -c "$T/dfs.conf" "$DFS" "$DFC" \
	"$T/stale" >"$T/out" 2>"$T/err"
is $? 1 'an older version would be found out'
t_end
