#!/bin/sh
# Clocks that are years off, and jump: no clock takes part in any order.
. "${0%/*}/../lib.sh"
: "${SKEW:=$PWD/build/skew.so}"
t_begin
year=31536000

# at YEARS COMMAND...: with a clock so far off.
at() {
	years=$1
	shift
	env LD_PRELOAD="$SKEW" CHAOS_SKEW=$((years * year)) "$@"
}
now=$(date +%Y)
is "$(at 10 date +%Y) $(at -10 date +%Y)" "$((now + 10)) $((now - 10))" \
	'the wrong clocks are wrong'

off=-20
for n in 1 2 3 4; do
	rm -f "$T/$n.log"
	env LD_PRELOAD="$SKEW" CHAOS_SKEW=$((off * year)) \
		"$DFS" -c "$T/dfs.conf" -l 127.0.0.1 "$T/$n" 0 \
		>"$T/$n.out" 2>"$T/$n.log" </dev/null &
	echo $! >"$T/$n.pid"
	off=$((off + 12))
done
for n in 1 2 3 4; do wait_ready $n; done
write_conf 4

bad=
last=
for years in 30 -30 5 0 -7 15 -40 1; do
	echo "put $years years off" >file
	touch -d '2001-02-03 04:05:06 UTC' file
	at $years "$DFC" put file >"$T/said" 2>&1 || bad="$bad put:$years"
	last=$(cat file)
	rm file
	for reader in -35 0 35; do
		[ "$(at $reader "$DFC" cat file)" = "$last" ] ||
			bad="$bad cat:$years:$reader"
	done
done
is "$bad" '' 'the last put wins, whatever clock its client had'
at -25 "$DFC" get file
is "$(stat -c %Y file)" 981173106 "a file's time is its own"
at -50 "$DFC" rm file
for reader in -60 0 60; do
	run env LD_PRELOAD="$SKEW" CHAOS_SKEW=$((reader * year)) "$DFC" get file
	exits 4 "removed in the past: not found $reader years off"
done
echo again >file
at -70 "$DFC" put file
at 70 "$DFC" heal
run "$DFC" cat file
says 0 again '' 'put in an older past still: found'
t_end
