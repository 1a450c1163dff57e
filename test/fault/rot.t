#!/bin/sh
# Bit rot: chunk files whose bytes are not what they were, one copy or both.
# No wrong byte is ever delivered, and heal brings back what has a good copy.
#
#	FAULT_SECONDS  for the driver (8)
#	FAULT_COUNT    trials of some twenty damaged copies, instead of a time
#	FAULT_SEED     of the trials (the time of day)
: "${ROT:=$PWD/build/rot}" "${FAULT_SECONDS:=8}" "${FAULT_COUNT:=}"
: "${FAULT_SEED:=$(date +%s)}"
[ ! -w /dev/shm ] || TMPDIR=/dev/shm
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 0s' 'workers = 2' 'max_connections = 64'

tries="-t $FAULT_SECONDS"
[ -z "$FAULT_COUNT" ] || tries="-n $FAULT_COUNT"
# shellcheck disable=SC2086
"$ROT" -s "$FAULT_SEED" $tries -c "$T/dfs.conf" "$DFS" "$DFC" "$T/rot" \
	>"$T/out" 2>"$T/err"
t_result $? "right bytes or incomplete, and healed ($(cat "$T/out"))" ||
	diag "$(head -c 20000 "$T/err")"
"$ROT" -x -s "$FAULT_SEED" -n 16 -c "$T/dfs.conf" "$DFS" "$DFC" "$T/rot" \
	>"$T/out" 2>"$T/err"
is $? 1 'damage that did nothing would be found out'
t_end
