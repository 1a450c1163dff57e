#!/bin/sh
# The first put begins a cluster, and wants one server more than r: with
# three, all of them.  What it is refused for is said, and costs nothing.
. "${0%/*}/../lib.sh"
t_begin
start_servers 3
random_file 10000 a
kill_server 3
client put a
complains 5 'a put failed' 'two of three new servers begin nothing'
like "$err" \
	'*dfc: a: a new cluster begins when 3 of 3 servers answer; 2 do*' \
	'and the reason is told'
is "$(count_files 1)$(count_files 2)" 00 'nothing is left of it'
client list
exits 6 'a listing of two new servers of three is not proven'
restart_server 3
client list
says 0 '' '' 'three new servers are an empty store'
client put a
silent 'and the first put succeeds'
kill_server 3
client put a
one_line 0 'dfc: *dfs3*' 'from then on two of three are enough'
client cat a
[ "$status" = 0 ] && cmp -s "$T/out" a
t_result $? 'with the right bytes' || show_run
t_end
