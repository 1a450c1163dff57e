#!/bin/sh
# A network in two parts: what clients on each side can do, and that both see
# the same when it is one again.  A client is cut off from a server by a
# configuration that has a closed port in its place.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# side NAME SERVER...: the configuration of a client that reaches only these.
closed=1
side() {
	name=$1
	shift
	for n in 1 2 3 4; do
		port=$closed
		closed=$((closed + 1))
		for up in "$@"; do [ $up != $n ] || port=$(port_of $n); done
		echo "server dfs$n 127.0.0.1:$port"
	done >"$T/$name.conf"
}
as() {
	name=$1
	shift
	run "$DFC" -c "$T/$name.conf" "$@"
}

# newest_or_nothing: of `file`, in what the last run has said.
newest_or_nothing() {
	case $status in
	0) cmp -s "$T/out" new ;;
	5) [ -z "$out" ] && printf '%s\n' "$err" | grep -qx 'file is incomplete' ;;
	*) return 1 ;;
	esac
}

for alone in 1 2 3 4; do
	others=$(seq 4 | grep -v $alone)
	side most $others
	side least $alone
	random_file 30000 old
	random_file 40000 new
	echo gone >gone
	client put -o file old
	client put gone
	silent "one network; then dfs$alone is cut off"

	as least put -o file new
	complains 5 'file put failed' 'with it alone put fails'
	as least rm file
	exits 5 'rm fails'
	as least cat file
	is "$status$out" 5 'get finds out that it cannot know'
	as least list
	is "$status $(printf '%s\n' "$out" | grep -c '\[incomplete\]$')" '6 2' \
		'list marks all names'
	as most cat file
	[ "$status" = 0 ] && cmp -s "$T/out" old
	t_result $? 'nothing of that is seen by the others' || show_run

	as most put -o file new
	one_line 0 "dfc: *dfs$alone*" 'three go on: put'
	as most rm gone
	one_line 0 "dfc: *dfs$alone*" 'and rm'
	for other in $others; do
		side two $alone $other
		as two cat file
		newest_or_nothing
		t_result $? "one that reaches it and dfs$other: new or nothing" ||
			show_run
		as two cat gone
		exits 4 'what was removed is not found'
		as two put -o file old
		complains 5 'file put failed' 'put fails'
	done
	as least list
	[ "$status" = 6 ] && ! printf '%s\n' "$out" | grep -qx 'file'
	t_result $? 'the one that was cut off proves nothing' || show_run

	client cat file
	[ "$status" = 0 ] && cmp -s "$T/out" new
	t_result $? 'one network again: the new version' || show_run
	client list
	says 0 file '' 'and the removed name is gone'
	client heal
	exits 0 'heal'
	for other in $others; do
		side three $(seq 4 | grep -v $other)
		as three cat file
		[ "$status" = 0 ] && cmp -s "$T/out" new
		t_result $? "then dfs$other is not needed" || show_run
	done
done
t_end
