#!/bin/sh
# Sessions that stand open for long: they starve nobody, and a server that was
# restarted meanwhile is no error.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
for_steps
printf 'contents\n' >file
dfc put file

# Twenty on terminals of their own, that wait for the word "go".
cat >"$T/steps" <<EOF
row 1 dfc>
run echo >>$T/standing
run sh $T/do await 60 test -e $T/go
send cat file\r
row 2 contents
row 3 dfc>
ctrl D
exit 0
EOF
stand() {
	[ -e "$T/standing" ] && [ "$(wc -l <"$T/standing")" -eq 20 ]
}
sessions=
for i in $(seq 20); do
	"$PTY" -u -t 70000 -f "$T/steps" "$DFC" >"$T/session$i" 2>&1 &
	sessions="$sessions $!"
done
ok 'twenty sessions stand' await 30 stand
random_file 3000000 large
start=$(now_ms)
for i in 1 2 3 4 5; do
	dfc put large && dfc get -o got large && cmp got large
done
t_result $? 'meanwhile others put and get'
took=$(($(now_ms) - start))
[ "$took" -lt 10000 ]
t_result $? 'without being starved' || diag "took $took ms"
: >"$T/go"
bad=0
for session in $sessions; do
	wait "$session" || bad=$((bad + 1))
done
is "$bad" 0 'and all twenty answer' || diag "$(cat "$T"/session*)"

# A server that is restarted between two commands
dialogue 'a server restarted under a session on a terminal is no error' \
	-s 100x30 "$DFC" <<EOF
row 1 dfc>
send cat file\r
screen contents
run kill -9 $(pid_of 2)
run sh $T/do restart_server 2
send put file\r
send stat file\r
expect marks    4 of 4
send list file\r
expect list file
expect file
expect dfc> 
ctrl D
exit 0
never-raw not available
never-raw failed
EOF
kill_server 2
restart_server 2

has_lines() {
	[ "$(wc -l <"$T/out")" -eq "$1" ]
}
mkfifo in
"$DFC" <in >"$T/out" 2>"$T/err" &
client=$!
exec 9>in
echo 'list file' >&9
ok 'a session that reads lines stands' await 10 has_lines 1
lines=1
for server in 1 2 3 4; do
	stop_server $server
	restart_server $server 9>&- # or it holds the other end
	lines=$((lines + 1))
	printf 'put file\nlist file\n' >&9
	await 10 has_lines $lines || break
done
echo 'stat file' >&9
exec 9>&-
wait $client
status=$? out=$(grep -v '^[^fm]' "$T/out" | head -n 6) err=$(cat "$T/err")
is "$status:$err" 0: 'no restart is an error in one that reads lines'
is "$out" 'file
file
file
file
file
modified'"${out#*modified}" 'and every command was done'
is "$(grep '^marks' "$T/out")" 'marks    4 of 4 servers' 'on all servers'
t_end
