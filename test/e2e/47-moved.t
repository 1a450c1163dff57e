#!/bin/sh
# A server at another address, on another machine, or from a backup; and a
# whole cluster that was copied without --adopt.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

mkdir src
for n in $(seq 20); do random_file $((n * 900)) "src/f$n"; done
client put src/*
silent 'twenty files'
all_right() {
	rm -rf got && mkdir got
	(cd got && dfc get $(cd ../src && ls)) && diff -r src got
}

# Another address: the same directory, another port.
stop_server 2
start_server 2
client check
exits 3 'a server that moved is missing at its old address'
write_conf 4
client check
exits 0 'and well at its new one, which dfc.conf names'
client heal
silent 'there is nothing to heal'

# Another machine: the directory is copied while the server is stopped.
stop_server 3
mv "$T/3" "$T/3.old"
cp -a "$T/3.old" "$T/3"
rm -rf "$T/3.old"
start_server 3 --adopt
write_conf 4
client check
exits 0 'a directory that was copied, and started with --adopt, is a member'
client heal
silent 'there is nothing to heal'

# A backup: the directory as it was before an overwrite and an rm.
stop_server 4
cp -a "$T/4" "$T/4.backup"
restart_server 4
random_file 7000 src/f1
client put src/f1
client rm f2
rm -f src/f2
kill_server 4
rm -rf "$T/4"
cp -a "$T/4.backup" "$T/4"
restart_server 4
client check
exits 3 'a directory from a backup is found out'
like "$out" '*dfs4 *joining*' 'and comes up joining'
client list
is "$(printf '%s\n' "$out" | grep -cx f2)" 0 'what was deleted stays deleted'
client heal
exits 0 'heal'
client check
exits 0 'makes it a member'
ok 'and all is right' all_right
for down in 1 2 3; do
	kill_server $down
	ok "also without dfs$down" all_right
	restart_server $down
done
kill_server 4
start_server 4 --rejoin
write_conf 4
client check
exits 3 "a server told that its directory is old"
client heal
exits 0 'is healed the same way'

# A machine that is replaced: new address, empty directory.
kill_server 1
rm -rf "$T/1"
start_server 1
write_conf 4
client heal
exits 0 'a new machine in the place of a lost one: heal'
is "$(count_files 1)" 38 'brings all its chunks'
client check
exits 0 'all is well'

# All were copied, and nobody said --adopt.
stop_server 1 2 3 4
for n in 1 2 3 4; do
	mv "$T/$n" "$T/$n.old"
	cp -a "$T/$n.old" "$T/$n"
	rm -rf "$T/$n.old"
done
restart_server 1 2 3 4
client get f3
exits 5 'a majority that is joining has nobody left to heal it'
client heal
exits 5 'not even heal'
like "$err" '*0 of 4 servers answer as members*--accept-loss --all*' \
	'that says what does'
client check
like "$err" '*--accept-loss --all; see MOVING*' 'as check does'
client status
like "$err" '*--accept-loss --all; see MOVING*' 'and status'
client put src/f3
exits 5 'nor put'
like "$err" '*--accept-loss --all; see MOVING*' 'that says it too'
kill_server 2
client heal --accept-loss --all
exits 5 'without all servers their loss cannot be accepted'
restart_server 2
client heal --accept-loss --all
exits 0 'heal --accept-loss --all'
like "$err" '*4 new members*' 'makes members of them again'
ok 'with all files' all_right
client check
exits 0 'all is well'
client heal
silent 'and nothing left to do'
client put src/f3
silent 'put works again'

# A majority of the disks is lost at once.
kill_server 1 2 3
rm -rf "$T/1" "$T/2" "$T/3"
restart_server 1 2 3
client heal
exits 5 'three of four disks are lost: heal cannot'
client heal --accept-loss --all
like "$err" '*19 files given up*3 new members*' 'but their loss can be accepted'
client list
is "$(printf '%s\n' "$out" | grep -c ' \[incomplete\]$')" 19 'nothing whole is left'
client put src/f3
silent 'put works'
client cat f3
ok 'and get' cmp "$T/out" src/f3
client check
exits 7 'check tells what is lost'
like "$out" '18 files are lost*' 'all but that one'
t_end
