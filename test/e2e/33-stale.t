#!/bin/sh
# A server that was away during an overwrite or rm: its old version never
# wins, on no subset of servers, and deleted names stay deleted.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# newest_or_nothing SERVERS: of `file`, with only these up.
newest_or_nothing() {
	run "$DFC" cat file
	case $status in
	0) cmp -s "$T/out" new ;;
	5) [ -z "$out" ] && printf '%s\n' "$err" | grep -qx 'file is incomplete' ;;
	*) return 1 ;;
	esac
}

for away in 1 2 3 4; do
	random_file 40000 old
	random_file 50000 new
	echo gone >gone
	client put -o file old
	client put gone
	silent "old versions everywhere, before dfs$away goes"
	kill_server $away
	client put -o file new
	exits 0 "overwritten without dfs$away"
	client rm gone
	exits 0 "removed without dfs$away"
	restart_server $away
	client cat file
	[ "$status" = 0 ] && cmp -s "$T/out" new
	t_result $? 'with all up the new version is read' || show_run
	client list
	says 0 file '' 'with all up the removed name does not show'
	# The one that was away and one other: no put can have been missed.
	for other in $(seq 4 | grep -v "$away"); do
		down=$(seq 4 | grep -v -e "$away" -e "$other")
		kill_server $down
		newest_or_nothing
		t_result $? "with dfs$away and dfs$other alone never the old one" ||
			show_run
		client list
		fails 'the removed name does not show' \
			grep -q '^gone' "$T/out"
		client get gone
		exits 4 'nor is it found'
		restart_server $down
	done
	for other in $(seq 4 | grep -v "$away"); do
		kill_server $other
		newest_or_nothing
		t_result $? "without dfs$other it is the new version or none" ||
			show_run
		is "$status" 0 'the new version is still complete there'
		client list
		says 0 file '' 'the removed name does not show'
		client get gone
		exits 4 'and is not found'
		restart_server $other
	done
	kill_server $(seq 4 | grep -v "$away")
	client cat file
	is "$status$out" 5 "dfs$away alone gives nothing"
	restart_server $(seq 4 | grep -v "$away")
done
t_end
