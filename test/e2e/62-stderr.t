#!/bin/sh
# Nobody reads the daemon's stderr: nobody waits for it.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
client status
stop_server 1
dfs_conf 'log_level = debug'
mkfifo "$T/pipe"
exec 9<>"$T/pipe"
"$DFS" -c "$T/dfs.conf" ${t_key:+-k "$t_key"} -l 127.0.0.1 "$T/1" \
	"$(port_of 1)" 2>"$T/pipe" >/dev/null </dev/null &
echo $! >"$T/1.pid"
ready=no
while [ $ready = no ] && IFS= read -r line <&9; do
	case $line in
	'dfs: ready on '*) ready=yes ;;
	esac
done
is $ready yes 'the daemon is ready'

mkdir many
for i in $(seq 200); do echo "$i" >"many/$i"; done
bad=
for round in 1 2; do
	run "$DFC" put many/*
	[ "$status" = 0 ] && [ -z "$err" ] || bad="$bad $round"
	run "$DFC" list
	[ "$status" = 0 ] && [ -z "$err" ] || bad="$bad $round"
done
is "$bad" '' 'hundreds of requests are served with the pipe full'
start=$(now_ms)
stop_server 1
took=$(($(now_ms) - start))
[ $took -lt 2000 ]
t_result $? 'and SIGTERM ends it at once' || diag "took $took ms"
exec 9>&-
t_end
