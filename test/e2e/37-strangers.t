#!/bin/sh
# Lists that are wrong: servers of another cluster, one twice, one too many,
# one too few.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4
echo ours >file
client put file
silent 'a cluster of four'

# Another cluster: servers 5 to 8.
for n in 5 6 7 8; do start_server $n; done
for n in 5 6 7 8; do echo "server dfs$n 127.0.0.1:$(port_of $n)"; done \
	>"$T/other.conf"
echo theirs >theirs
client -c "$T/other.conf" put -o file theirs
silent 'and another'

# mixed N...: the client's list.
mixed() {
	for n in "$@"; do
		echo "server dfs$n 127.0.0.1:$(port_of $n)"
	done >"$T/mixed.conf"
}
mixed 1 2 3 5
client -c "$T/mixed.conf" get file
is "$status $(cat file)" '0 ours' 'one server of another cluster is no answer'
client -c "$T/mixed.conf" status
like "$out" '*dfs5*other cluster*' 'also in status'
files_of 5 >"$T/before"
client -c "$T/mixed.conf" put file
exits 0 'put goes to the others'
like "$err" '*dfs5*' 'and names it'
files_of 5 >"$T/after"
ok 'and not to it' cmp "$T/before" "$T/after"
mixed 1 2 5 6
client -c "$T/mixed.conf" put file
exits 5 'two and two: no put'
client -c "$T/other.conf" cat file
says 0 theirs '' 'the other cluster is untouched'

# One store under two addresses.
{
	cat "$T/mixed.conf"
	echo "server twin localhost:$(port_of 1)"
} >"$T/twin.conf"
sed -i '/dfs[56]/d' "$T/twin.conf"
echo "server dfs3 127.0.0.1:$(port_of 3)" >>"$T/twin.conf"
client -c "$T/twin.conf" put file
[ "$status" -ne 0 ] || [ -n "$err" ]
t_result $? 'one store under two addresses is noticed' || show_run
for command in heal check; do
	client -c "$T/twin.conf" $command
	exits 2 "$command too"
	like "$err" '*two addresses lead to the same server: dfs1, twin*' \
		'and named'
done
is "$(find "$T/1/file" -type f | wc -l)" 2 'and not counted twice'

# One blank server too many.
stop_server 5
rm -rf "$T/5"
restart_server 5
mixed 1 2 3 4 5
client -c "$T/mixed.conf" heal
exits 8 'heal with one server too many does not let it join'
like "$err" '*dfs5*' 'and names it'
client -c "$T/mixed.conf" cat file
is "$status $out" '0 ours' 'the file is read all the same'

# Too few.
mixed 1 2
client -c "$T/mixed.conf" put file
exits 5 'a list of two of the four: no put'
client -c "$T/mixed.conf" heal
exits 5 'nor heal'
like "$err" "*lists 2 of the cluster's 4 servers*" 'for the list is short'
kill_server 2 3 4
client heal
exits 5 'with one of four up heal fails'
client heal file
exits 5 'also of one name'
restart_server 2 3 4
client heal file
exits 0 'heal of one name'
client heal nosuch
exits 4 'heal of a name that is not there'
t_end
