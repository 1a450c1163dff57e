#!/bin/sh
# Device nodes in DIR are not opened at a start, and harm nothing later.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'confine = no'
start_servers 4
for name in one two three; do random_file 30000 $name; done
client put one two three
exits 0 'files are stored'

# in_place_of N NAME KIND MAJOR MINOR: of the first chunk.
in_place_of() {
	path=$(files_of "$1" "$2" | head -n 1)
	rm "$path"
	mknod "$path" "$3" "$4" "$5"
}
stop_server 1
in_place_of 1 one c 1 5
mknod "$T/1/zero" c 1 5
mknod "$T/1/full" b 1 0
mknod "$T/1/@tmp" c 1 5
restart_server 1
ok 'a start goes over them' lives 1
in_place_of 2 two c 1 5
in_place_of 3 three b 1 0
for name in one two three; do
	client get -o got $name
	[ "$status" -eq 0 ] && cmp -s got $name
	t_result $? "$name is read from who has it" || show_run
done
client check --verify
[ "$status" -ne 0 ] && [ "$status" -lt 124 ]
t_result $? 'a check sees what is missing, and ends' || show_run
client heal
[ "$status" -lt 124 ]
t_result $? 'a heal ends' || show_run
client put -o zero one
[ "$status" -lt 124 ] && dfc get -o got zero 2>"$T/said" && cmp -s got one
t_result $? 'a file of the name of one is stored on the others' || show_run
ok 'the devices that are nobody'\''s chunk are there' \
	test -c "$T/1/zero" -a -b "$T/1/full" -a -c "$T/1/@tmp"
t_end
