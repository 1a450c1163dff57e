#!/bin/sh
# What is put while a heal waits for the end of a quarantine is healed too,
# before the new server becomes a member.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 5s'
start_servers 3
random_file 10000 a
random_file 20000 b
client put a
silent 'a file on three servers'
kill_server 3
rm -rf "$T/3"
restart_server 3
head -n 2 "$DFC_CONF" >two.conf

"$DFC" heal >heal.out 2>heal.err &
heal=$!
ok 'the heal waits' await 5 grep -q 'become members in' heal.err
DFC_CONF=$PWD/two.conf client put b
exits 0 'meanwhile a put reaches the two others alone'
wait "$heal"
is $? 0 'the heal succeeds'
like "$(cat heal.err)" '*1 new member*' 'with the third as a member'
is "$(count_files 3 b)" 2 'which has its chunks of what was put'
kill_server 1
client cat b
[ "$status" = 0 ] && cmp -s "$T/out" b
t_result $? 'so that it is read without another one' || show_run
t_end
