#!/bin/sh
# One of four loses its disk, or its chunks; a put did without a server: after
# a heal every chunk is on two servers again, and a second heal does nothing.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

# counts: regular files on each server.
counts() {
	for n in 1 2 3 4; do count_files $n; done | tr '\n' ' '
}
# survives: every name is read right with any one server down.
survives() {
	bad=
	for down in 1 2 3 4; do
		kill_server $down
		rm -rf got && mkdir got
		(cd got && dfc get $(cd ../src && ls)) || bad="$bad dfs$down"
		diff -r src got >"$T/diff" || bad="$bad dfs$down:differs"
		restart_server $down
	done
	is "$bad" '' "$1"
}
# state: all that lies on disks, and since when.
state() {
	for n in 1 2 3 4; do
		find "$T/$n" -printf '%p %i %s %T@ %C@\n' | LC_ALL=C sort
	done
}

mkdir src
for n in $(seq 40); do random_file $((n * n * 13)) src/file$n; done
: >src/empty
random_file 3000001 src/large
client put src/*
silent '42 files on four servers'
is "$(counts)" '84 84 84 84 ' 'two files of each on every server'
client heal
silent 'there is nothing to heal'

# A new disk.
for n in 1 2 3 4; do
	kill_server $n
	rm -rf "$T/$n"
	restart_server $n
	is "$(count_files $n)" 0 "dfs$n has a new disk"
	if [ $n = 1 ]; then
		state >"$T/before"
		client heal -n
		exits 0 'heal -n'
		is "$(printf '%s\n' "$out" | grep -c ': mark on dfs1; chunks on dfs1$')" \
			42 'says what would be done to each name'
		like "$err" '*nothing was changed: 42 names: would be: 42 marks*' \
			'in numbers too'
		like "$out" '*would become members: dfs1*' 'and who would join'
		state >"$T/after"
		ok 'and changes nothing' cmp "$T/before" "$T/after"
	fi
	client heal
	exits 0 'heal'
	like "$err" '*: 42 marks, 42 chunk pairs restored, 1 new member' \
		'tells what it has done'
	is "$(counts)" '84 84 84 84 ' 'every file is on two servers per chunk'
	state >"$T/before"
	client heal
	silent 'a second heal finds nothing to do'
	state >"$T/after"
	ok 'and touches no file' cmp "$T/before" "$T/after"
done
survives 'all files are right with any one server down'

# A put without a server.
mtime=$(stat -c %Y src/file7)
for away in 1 2 3 4; do
	kill_server $away
	random_file 50000 src/file7
	touch -d @$((mtime + away)) src/file7
	client put src/file7
	one_line 0 "dfc: dfs$away: not available: stored without it" \
		"a put without dfs$away"
	client ls -l file7
	like "$out" '*3x2*' 'lies on three'
	if [ $away = 1 ]; then
		client heal file7
		exits 3 "heal without it is not all"
	fi
	restart_server $away
	client heal
	one_line 0 '*1 file spread anew' "dfs$away is back: heal"
	client ls -l file7
	like "$out" '*4x2*' 'it lies on four again'
	is "$(counts)" '84 84 84 84 ' 'with the old copies gone'
	client heal
	silent 'and nothing is left to do'
	for pair in '1 3' '2 4'; do
		kill_server $pair
		run "$DFC" get -o got7 file7
		cmp -s src/file7 got7 && [ "$status" = 0 ] &&
			[ "$(stat -c %Y got7)" = $((mtime + away)) ]
		t_result $? "the other two of $pair have all, with its time" ||
			show_run
		restart_server $pair
	done
done

# Bad and missing chunks, on servers that have none in common.
for n in 1 3; do
	path=$(files_of $n large | head -n 1)
	printf rot | dd of="$path" bs=1 seek=7000 conv=notrunc 2>/dev/null
	rm -f "$(files_of $n file3$n | tail -n 1)"
	stop_server $n
	restart_server $n
done
client heal file31 file33
exits 0 "heal of names that lack a chunk file"
client heal
exits 0 "two chunks of the large file are bad"
like "$err" '*2 damaged chunk pairs replaced*' 'heal says so'
is "$(counts)" '84 84 84 84 ' 'all are there again'
client heal
silent 'once'
survives 'and right'

# Removed by hand, under the running servers.
rm -rf "$T/2/file5" "$T/4/file6"/@*
client heal
exits 0 'heal of directories that somebody has removed'
like "$err" '*2 damaged chunk pairs replaced*' 'makes them anew'
is "$(counts)" '84 84 84 84 ' 'with all that was in them'
client heal
silent 'at once'
survives 'as it was'

# What fails alike has one status, and is not said to be done.
client rm empty
kill_server 1 2
client heal
exits 5 'heal without two neighbours'
like "$err" '*dfc: dfs1, dfs2: not available
*' 'tells who is missing, and not that it healed without them'
like "$err" '*dfc: empty: 2 of 4 servers can take part, 3 are needed
*' 'a deletion lacks servers, not chunks'
case $err in
*'empty is incomplete'*) t_result 1 'and is not incomplete' ;;
*) t_result 0 'and is not incomplete' ;;
esac
client heal file31
exits 5 'the same for one name'
restart_server 1
restart_server 2

# One that has a new disk, and a list without another.
kill_server 4
rm -rf "$T/4"
restart_server 4
grep -v dfs3 "$T/dfc.conf" >"$T/short.conf"
client -c "$T/short.conf" heal
like "$err" '*dfc: dfs4: not a member yet: the configuration lists 3 of the 4 servers*' \
	'a list that is too short makes nobody a member'
client heal
exits 0 'the whole list does'
short="dfc: the configuration lists 3 of the cluster's 4 servers"
client -c "$T/short.conf" heal
one_line 3 "$short" 'the short one leaves something, and says so'
client -c "$T/short.conf" put src/file7
one_line 0 "$short" 'so does a put by it'
client -c "$T/short.conf" check
exits 3 'and a check'
t_end
