#!/bin/sh
# A server first started after the first put: joining, until a heal.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4
stop_server 4
rm -rf "$T/4"
random_file 10000 a
random_file 20000 b
client put a
one_line 0 'dfc: *dfs4*' 'the first put, without dfs4'
restart_server 4
client put b
one_line 0 'dfc: dfs4: not a member yet: run dfc heal' \
	'put says that dfs4 is not a member'
is "$(count_files 4 b)" 2 'but dfs4 takes its chunks'
client status
like "$out" '*dfs4*joining*' 'status shows it joining'
client rm b
exits 0 'rm works'

# It counts for nothing yet.
kill_server 1 2
client put b
complains 5 'b put failed' 'one member and it are no majority of members'
restart_server 1 2

client heal
exits 0 'heal succeeds'
client status
exits 0 'status succeeds'
case $out in
*joining*) t_result 1 'dfs4 is a member now' || show_run ;;
*) t_result 0 'dfs4 is a member now' ;;
esac
is "$(readlink "$T/4/@state" | cut -d- -f4)" 0000000000000002 \
	'its floor is the highest counter that is known'
client put b
silent 'put is silent now'
client list
says 0 "a
b" '' 'all names are there'

kill_server 1
client put b
exits 0 'dfs2, dfs3 and dfs4 are a majority'
client cat a
[ "$status" = 0 ] && cmp -s "$T/out" a
t_result $? 'the file of three servers is read from two' || show_run
restart_server 1
stop_server 4
restart_server 4
client put b
silent 'dfs4 is a member after a restart too'
client heal
exits 0 'a heal with nothing to do succeeds'
t_end
