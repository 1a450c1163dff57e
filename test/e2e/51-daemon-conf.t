#!/bin/sh
# dfs and wrong arguments: one clear line, the right status, no crash.
. "${0%/*}/../lib.sh"
t_begin
start_server 1
used=$(port_of 1)

# daemon ARG...: for a command that should end at once.
daemon() {
	run "$DFS" "$@"
}

mkdir "$T/dir"
daemon
exits 2 'no arguments'
like "$err" '*sage*' 'usage is told'
daemon "$T/dir"
exits 2 'no port'
daemon "$T/dir" 0 more
exits 2 'one argument too many'
for port in '' x 80x -1 65536 99999999999999999999 ' 1' 0x50 1.5; do
	daemon -- "$T/dir" "$port"
	one_line 2 'dfs: *' "port '$port' is refused"
done
daemon --nosuchoption "$T/dir" 0
exits 2 'an unknown option'
daemon -l
exits 2 'an option without its argument'
daemon -l nowhere.invalid "$T/dir" 0
[ "$status" -ne 0 ] && [ "$status" -lt 128 ] && [ -n "$err" ]
t_result $? 'an address that is none' || show_run
daemon -l 0.0.0.0 "$T/dir" 0
one_line 2 'dfs: *' 'an address that is not loopback, without a key'
daemon -l 127.0.0.1 "$T/dir" "$used"
[ "$status" -eq 4 ] && grep -q "^.*$used" "$T/err"
t_result $? 'a port in use: exit 4, and the port is named' || show_run
daemon -l 127.0.0.1 "$T/1" 0
[ "$status" -eq 3 ] && grep -q "$T/1" "$T/err"
t_result $? 'a second daemon on the same DIR: exit 3' || show_run
: >"$T/plain"
daemon -l 127.0.0.1 "$T/plain" 0
[ "$status" -eq 3 ] && grep -q "$T/plain" "$T/err"
t_result $? 'DIR a file: exit 3' || show_run
daemon -l 127.0.0.1 "$T/plain/below" 0
exits 3 'DIR below a file: exit 3'
daemon -l 127.0.0.1 '' 0
[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
t_result $? 'DIR empty' || show_run
daemon -l 127.0.0.1 /proc/nowhere 0
exits 3 'DIR where nothing can be made: exit 3'
ln -s nowhere "$T/dangling"
daemon -l 127.0.0.1 "$T/dangling" 0
exits 3 'DIR a dangling link: exit 3'

# config TEXT: the daemon's configuration.
config() {
	printf '%s\n' "$@" >"$T/bad.conf"
	daemon -c "$T/bad.conf" -l 127.0.0.1 "$T/dir" 0
}
daemon -c "$T/nowhere" "$T/dir" 0
one_line 2 "*$T/nowhere*" '-c of a missing file'
# wrong LINE TEXT...: these lines are wrong in line LINE.
wrong() {
	line=$1
	shift
	config "$@"
	one_line 2 "*$T/bad.conf:$line: *" "wrong in line $line: $*"
}
wrong 2 '[server]' 'nosuchkey = 1'
wrong 2 '# fine' 'nonsense'
wrong 2 '[server]' 'quarantine = soon'
wrong 2 '[server]' 'quarantine = 80x'
wrong 2 '[server]' 'quarantine = 99999999999999999999s'
wrong 2 '[server]' 'max_connections = 0'
wrong 2 '[server]' 'max_connections = -1'
wrong 3 '[server]' 'quarantine = 1s' 'quarantine = 2s'
wrong 1 '[nosuchsection]'
wrong 2 '[server]' 'create = perhaps'
wrong 2 '[server]' 'log_level = loud'
config '[server]' 'fence = 10s' 'quarantine = 20s'
one_line 2 'dfs: *quarantine*fence*' 'a quarantine above the fence'
config '[server]' 'fence = 10s' 'quarantine = 5s' 'gc_age = 15s'
one_line 2 'dfs: *gc_age*fence*' 'a gc_age not above two fences'
daemon -o user=no-such-user-here -t
one_line 2 'dfs: *no such user*' '-t: a user that there is not'
daemon -l 192.0.2.1 -t
one_line 2 'dfs: *not a loopback*' '-t: an address that may not be used'
daemon -l nowhere.invalid -t
one_line 4 'dfs: *nowhere.invalid*' '-t: an address that is none'
daemon -l ::1 -t
silent '-t: all is well'
rm -rf "$T/dir"
config '[server]' 'create = no'
exits 3 'create = no and no DIR: exit 3'
ok 'and none is made' test ! -e "$T/dir"
mkdir "$T/dir"
config '[server]' 'create = no'
exits 3 'create = no and a DIR without a store: exit 3'

daemon --version
exits 0 '--version'
like "$out" 'dfs *.*' 'tells the version on stdout'
daemon --help
exits 0 '--help'
like "$out" '*DIR*PORT*' 'tells the usage on stdout'
ok 'the first daemon is untouched by all this' lives 1

start_server 2
for end in TERM INT; do
	kill -$end "$(pid_of 2)"
	wait "$(pid_of 2)"
	is $? 0 "SIG$end ends it with 0"
	restart_server 2
done
ok 'an immediate restart on the port works' lives 2
mkdir -p "$T/a/b"
start_server 3
ok 'DIR is made when it is not there' test -d "$T/3"
t_end
