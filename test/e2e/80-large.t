#!/bin/sh
# Large files stream: right bytes, bounded memory on both sides.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

peak_kb() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null
}

# measured COMMAND...: as run, with no limit of time; sets peak (kB).
measured() {
	ran="$*"
	"$MEASURE" "$T/usage" "$@" >"$T/out" 2>"$T/err" </dev/null
	status=$?
	err=$(cat "$T/err")
	out=
	peak=$(sed -n '$s/.* //p' "$T/usage")
}

# modest NAME
modest() {
	[ "$peak" -gt 0 ] && [ "$peak" -lt 65536 ]
	t_result $? "$1 takes less than 64 MiB of memory" || diag "$peak kB"
}

servers_modest() {
	for n in 1 2 3 4; do
		[ "$(peak_kb "$(pid_of $n)")" -lt 65536 ] || return 1
	done
}

random_file 104857600 file
measured "$DFC" put file
silent 'put of 100 MB'
modest 'it'
mv file was
measured "$DFC" get file
silent 'get of 100 MB'
modest 'it'
ok 'the bytes are right' cmp file was
rm file
kill_server 2
measured "$DFC" get file
silent 'get with one server down'
ok 'the bytes are right' cmp file was
restart_server 2
ok 'no server took more than 64 MiB either' servers_modest
t_end
