#!/bin/sh
# One server of two loses its disk.  The other alone is no majority of
# members, but it knows every name: a heal takes the blank one in again.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 2
random_file 10000 a
random_file 20000 b
client put a
silent 'a file on two servers'
kill_server 2
rm -rf "$T/2"
restart_server 2
client put b
complains 5 'b put failed' 'one member of two is no majority'
client get a
exits 0 'but what is there can be read'
client heal
exits 0 'a heal at once waits, and takes it in'
like "$err" '*1 chunk pair restored, 1 new member*' 'with its chunks'
client status
exits 0 'all are members again'
client put a
silent 'and put works again'
client heal
silent 'what was put again has two copies'
client put b
silent 'and goes on'
client cat b
[ "$status" = 0 ] && cmp -s "$T/out" b
t_result $? 'with the right bytes' || show_run
client rm a b
silent 'so does rm'
client list
says 0 '' '' 'nothing is left'
t_end
