#!/bin/sh
# A server that is not there in any other way than by refusing: the command
# ends right, and all dead ones together cost about a second.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
random_file 200000 file
cp file was
client put file
silent 'put with all up'
"$PEER" say "$(port_of 1)" </dev/null >"$T/greeting"
ok 'a server greets' test -s "$T/greeting"

# timed COMMAND...: as run, and sets took (ms).
timed() {
	start=$(now_ms)
	run "$@"
	took=$(($(now_ms) - start))
}

# within MS NAME
within() {
	[ "$took" -lt "$1" ]
	t_result $? "$2" || diag "took $took ms"
}

for manner in close garbage half silent http hole; do
	cp "$T/1.port" "$T/port1"
	cp "$T/3.port" "$T/port3"
	kill_server 1
	start_peer 1 $manner "$T/greeting"
	write_conf 4
	timed "$DFC" get file
	silent "one server is $manner: get is silent"
	ok 'and right' cmp file was
	within 2500 'within a second or so'
	timed "$DFC" list
	says 0 file '' 'list is right'
	within 2500 'within a second or so'
	timed "$DFC" put file
	one_line 0 'dfc: *dfs1*' 'put succeeds with one warning'
	within 3000 'within a second or so'
	kill_server 3
	start_peer 3 $manner "$T/greeting"
	write_conf 4
	timed "$DFC" put file
	complains 5 'file put failed' "two servers are $manner: put fails"
	within 3000 'in the same second'
	timed "$DFC" list
	exits 0 'list works'
	within 2500 'in the same second'
	kill_server 1 3
	cp "$T/port1" "$T/1.port"
	cp "$T/port3" "$T/3.port"
	restart_server 1 3
	write_conf 4
	client put file
	silent 'all are back'
done

kill -STOP "$(pid_of 2)"
timed "$DFC" get file
silent 'a stopped server: get is silent'
ok 'and right' cmp file was
within 2500 'within a second or so'
timed "$DFC" put file
one_line 0 'dfc: *dfs2*' 'put succeeds with one warning'
within 3000 'within a second or so'
kill -STOP "$(pid_of 3)" "$(pid_of 4)"
timed "$DFC" list
exits 6 'three stopped servers: list is not complete'
within 2500 'and costs one second, not three'
timed "$DFC" get file
complains 5 'file is incomplete' 'get says incomplete'
within 2500 'and costs one second, not three'
kill -CONT "$(pid_of 2)" "$(pid_of 3)" "$(pid_of 4)"
client put file
silent 'continued, they serve again'
t_end
