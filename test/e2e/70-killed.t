#!/bin/sh
# Clients and servers killed at any moment: old or new, whole; what was
# acknowledged stays; nothing lies about after the next start.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# version N FILE: 600,000 bytes that tell which version they are.
version() {
	yes "version $1" | head -c 600000 >"$2"
}
# whole FILE: all of one version, which it prints.
whole() {
	first=$(head -n 1 "$1")
	yes "$first" | head -c 600000 | cmp -s - "$1" && echo "${first#version }"
}

version 0 v
client put -o file v
silent 'version 0'
last=0 seen=0 bad=
for n in $(seq 40); do
	version "$n" v
	# From before the first connect to after the end.
	if timeout -s KILL "0.0$(printf '%03d' $((n * 2)))" "$DFC" put -o file v \
		2>/dev/null; then
		last=$n
	fi
	run "$DFC" cat file
	seen=$(whole "$T/out") || bad="$bad $n:torn"
	[ "$status" = 0 ] && [ "${seen:-0}" -ge "$last" ] ||
		bad="$bad $n:$status,$seen<$last"
	last=${seen:-$last}
done
is "$bad" '' 'a client killed while it overwrites: old or new, never back'

bad=
for n in $(seq 41 60); do
	version "$n" v
	victim=$((n % 4 + 1))
	timeout --foreground 60 "$DFC" put -o file v 2>/dev/null &
	putter=$!
	timeout "0.0$(printf '%03d' $((n % 10 * 7 + 1)))" tail -f /dev/null
	kill_server $victim
	if wait $putter; then last=$n; fi
	run "$DFC" cat file
	seen=$(whole "$T/out") || bad="$bad $n:torn"
	[ "$status" = 0 ] && [ "${seen:-0}" -ge "$last" ] ||
		bad="$bad $n:$status,$seen<$last"
	last=${seen:-$last}
	restart_server $victim
	run "$DFC" cat file
	[ "$status" = 0 ] && [ "$(whole "$T/out")" = "$last" ] ||
		bad="$bad $n:after"
done
is "$bad" '' 'a server killed during an overwrite: old or new, never back'

version 99 v
client put -o file v
exits 0 'a last put'
is "$(for n in 1 2 3 4; do count_files $n; done | tr '\n' ' ')" '2 2 2 2 ' \
	'leaves two files on each server, whatever was cut off before'
kill_server 1 2 3 4
restart_server 1 2 3 4
client cat file
is "$status $(whole "$T/out")" '0 99' 'all servers killed: it is there'

bad=
for n in $(seq 20); do
	client put -o file v
	timeout -s KILL "0.0$(printf '%03d' $((n * 2)))" "$DFC" rm file \
		2>/dev/null
	removed=$?
	run "$DFC" cat file
	case $status in
	0) [ "$removed" -ne 0 ] && [ "$(whole "$T/out")" = 99 ] || bad="$bad $n" ;;
	4) ;;
	*) bad="$bad $n:$status" ;;
	esac
done
is "$bad" '' 'a client killed while it removes: there whole, or gone'

client put -o file v
cp v file
bad=
for n in $(seq 20); do
	echo mine >file
	timeout -s KILL "0.0$(printf '%03d' $((n * 2)))" "$DFC" get file \
		2>/dev/null
	cmp -s file v || [ "$(cat file)" = mine ] || bad="$bad $n"
done
is "$bad" '' 'a client killed during get: the local file is old or new'
t_end
