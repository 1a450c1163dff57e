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
config 'nosuchkey = 1'
one_line 2 "*$T/bad.conf:1: *" 'an unknown key, with file and line'
config '# fine' 'nonsense'
one_line 2 "*$T/bad.conf:2: *" 'a line that is none'
config 'quarantine = soon'
one_line 2 "*$T/bad.conf:1: *" 'a duration that is none'
config 'quarantine = 1s' 'quarantine = 2s'
one_line 2 "*$T/bad.conf:2: *" 'a key given twice'
config '[nosuchsection]'
one_line 2 "*$T/bad.conf:1: *" 'an unknown section'
config 'create = perhaps'
one_line 2 "*$T/bad.conf:1: *" 'neither yes nor no'
rm -rf "$T/dir"
config 'create = no'
exits 3 'create = no and no DIR: exit 3'
ok 'and none is made' test ! -e "$T/dir"
mkdir "$T/dir"
config 'create = no'
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
