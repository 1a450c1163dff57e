#!/bin/sh
# Several clients on one name.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
for c in 1 2 3 4 5 6 7 8; do yes "client $c" | head -c 300000 >"c$c"; done

# whole FILE: all of one client's bytes.
whole() {
	first=$(head -n 1 "$1")
	yes "$first" | head -c 300000 | cmp -s - "$1"
}

# all_put: eight clients at once; each must succeed.
all_put() {
	pids= lost=
	for c in 1 2 3 4 5 6 7 8; do
		timeout --foreground 60 "$DFC" put -o name "c$c" 2>"said$c" &
		pids="$pids $!"
	done
	for pid in $pids; do wait "$pid" || lost="$lost $?"; done
	[ -z "$lost" ] || { echo "exit statuses$lost"; cat said*; return 1; }
}

for round in 1 2 3; do
	ok "round $round: eight puts of one name succeed" all_put
	client cat name
	[ "$status" = 0 ] && whole "$T/out"
	t_result $? 'one of them, whole, is there' || show_run
	cp "$T/out" winner
	for down in 1 2 3 4 '1 3' '2 4'; do
		kill_server $down
		client cat name
		[ "$status" = 0 ] && cmp -s "$T/out" winner
		t_result $? "the same one without $down" || show_run
		restart_server $down
	done
done
is "$(for n in 1 2 3 4; do count_files $n; done | tr '\n' ' ')" '2 2 2 2 ' \
	'two files on each server are left'

# Gets during overwrites.
(
	for i in $(seq 40); do
		"$DFC" put -o name "c$((i % 8 + 1))" || exit 1
	done
) 2>"$T/putter" &
putter=$!
bad= gets=0
while kill -0 $putter 2>/dev/null; do
	gets=$((gets + 1))
	run "$DFC" cat name
	[ "$status" = 0 ] && [ -z "$err" ] && whole "$T/out" ||
		bad="$bad $gets:$status:$err"
done
wait $putter
is "$?$(cat "$T/putter")" 0 'forty overwrites succeed while others read'
is "$bad" '' 'every get meanwhile gave one whole version'
[ $gets -ge 5 ]
t_result $? 'and there were some' || diag "$gets"

# Two clients begin a new cluster at once, again and again.
for round in 1 2 3 4 5; do
	stop_server 1 2 3 4
	rm -rf "$T"/[1-4]
	restart_server 1 2 3 4
	"$DFC" put -o one c1 2>"$T/said1" &
	first=$!
	"$DFC" put -o two c2 2>"$T/said2" &
	second=$!
	wait $first
	is "$?$(cat "$T/said1")" 0 "new cluster $round: the first put"
	wait $second
	is "$?$(cat "$T/said2")" 0 "new cluster $round: the second put"
	client list
	says 0 "one
two" '' "new cluster $round: both are listed"
done
t_end
