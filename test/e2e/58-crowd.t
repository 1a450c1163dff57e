#!/bin/sh
# Handshakes that are begun and left, and requests at a byte a second, slow
# nobody who has the key, take little memory, and are gone in time.  With
# STRICT=1 a put and a get may take twice their quiet time and 50 ms; else,
# as others may be busy on the machine, more.
KEYED=1
. "${0%/*}/../lib.sh"
: "${STRICT:=0}"
t_begin
dfs_conf 'stall_timeout = 10s'
start_servers 4
random_file 500000 file
cp file was
client put file
silent 'put'

# trips NAME: five times put and get; sets took, the median (ms) of both.
trips() {
	bad=
	: >"$T/times"
	for i in 1 2 3 4 5; do
		start=$(now_ms)
		"$DFC" put file 2>"$T/err" && "$DFC" get file 2>>"$T/err" &&
			cmp -s file was || bad="$bad $i"
		[ ! -s "$T/err" ] || bad="$bad $i:$(cat "$T/err")"
		echo $(($(now_ms) - start)) >>"$T/times"
	done
	is "$bad" '' "$1: puts and gets are silent and right"
	took=$(sort -n "$T/times" | sed -n 3p)
}

memory() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(pid_of 1)/status"
}
hands() {
	grep -q "$1" "$T/crowd.out"
}

# The deadline is ten seconds.
late=20000
[ "$STRICT" != 1 ] || late=12000

# crowd KIND COUNT NAME
crowd() {
	what="$2 $3"
	trips "before $what"
	quiet=$took
	small=$(memory)
	: >"$T/crowd.out"
	"$SHAKER" "$1" "$(port_of 1)" "$t_key" "$2" >"$T/crowd.out" \
		2>"$T/crowd.log" &
	echo $! >"$T/crowd.pid"
	await 30 hands ready
	t_result $? "$what have begun" || diag "$(cat "$T/crowd.log")"
	busy=0
	begun=$(now_ms)
	trips "$what"
	busy=$took
	large=$(memory)
	[ $((large - small)) -lt 65536 ]
	t_result $? "$what: less than 64 MiB more memory" ||
		diag "$small KiB before, $large KiB with them"
	trips "$what, again"
	[ "$took" -gt $busy ] || busy=$took
	await 40 hands gone
	t_result $? "$what: the last is gone" || diag "$(cat "$T/crowd.out")"
	last=$(sed -n 's/^gone //p' "$T/crowd.out")
	[ "${last:-99999}" -lt "$late" ]
	t_result $? "$what: in time" || diag "after ${last:-never} ms"
	trips "after $what"
	[ "$took" -lt "$quiet" ] || quiet=$took
	most=$((2 * quiet + 50))
	[ "$STRICT" = 1 ] || most=$((4 * quiet + 400))
	[ $busy -le $most ]
	t_result $? "$what: an honest put and get are as fast as ever"
	diag "$what: quiet $quiet ms, with them $busy ms;" \
		"$small KiB, $large KiB; gone after $last ms"
	kill "$(pid_of crowd)"
	{ wait "$(pid_of crowd)"; } 2>/dev/null
	: >"$T/crowd.pid"
}

crowd half 1000 'half handshakes'
crowd trickle 200 'handshakes at a byte a second'
crowd slow 200 'requests at a byte a second'
t_end
