#!/bin/sh
# The connection to one server is cut after each of the bytes of a put, in
# either direction: the old version or the new one is there, whole, and what
# was acknowledged is never lost.  CUT_EVERY: every so many bytes; the first,
# which is drawn by CUT_SEED, and the last always.
: "${KEYED:=1}"
. "${0%/*}/../lib.sh"
: "${CUT_EVERY:=17}" "${CUT_SEED:=$(date +%s)}"
t_begin
start_servers 2
start_relay 1
{
	echo "server dfs1 127.0.0.1:$(port_of r1)"
	echo "server dfs2 127.0.0.1:$(port_of 2)"
} >"$T/dfc.conf"

# version N: the same length for all.
version() {
	printf 'version %08d\n' "$1"
	cat "$T/filler"
}
head -c 300 /dev/urandom >"$T/filler"
version 0 >file
client put file
silent 'put'
rm -f "$T"/r1.seen.*
client put file
silent 'put again, to see how much passes'
up=$(wc -c <"$T/r1.seen.up")
down=$(wc -c <"$T/r1.seen.down")
diag "up $up bytes, down $down; again: CUT_SEED=$CUT_SEED CUT_EVERY=$CUT_EVERY"

wrong() {
	bad="$bad $1"
	diag "$1, cut $way $at"
	show_run
}

# stored: the version that is there becomes $have.
stored() {
	rm -f file
	run "$DFC" get file
	[ "$status" = 0 ] || wrong 'get after it fails'
	have=$(sed -n '1s/^version 0*\([0-9]\)/\1/p' file 2>/dev/null)
	version "${have:-0}" | cmp -s - file || wrong 'what is there is no version'
}

n=0 have=0
# cut: one put with the connection cut after $at bytes.
cut() {
	n=$((n + 1))
	before=$have
	version $n >file
	printf 'once\ncut %s %d\n' "$way" "$at" >"$T/r1.orders"
	run "$DFC" put file
	put=$status
	case $put in
	0 | 3 | 5 | 11) counted="$counted $put" ;;
	*) wrong 'the put ends with a status that is none of its own' ;;
	esac
	stored
	case $put:$have in
	[03]:$n | 5:"$before" | 11:$n | 11:"$before") ;;
	*) wrong "put said $put, stored is $have of $before and $n" ;;
	esac
	[ ! -s "$T/r1.orders" ] || wrong 'nothing was cut'
}

for way in up down; do
	[ $way = up ] && last=$up || last=$down
	bad= counted=
	at=$((CUT_SEED % CUT_EVERY))
	while [ $at -lt "$last" ]; do
		cut
		at=$((at + CUT_EVERY))
	done
	at=$((last - 1))
	cut
	is "$bad" '' "cut $way: old or new, and whole"
	diag "$(echo "$counted" | tr ' ' '\n' | sort | uniq -c | tr '\n' ';')"
done
ok 'both servers live' lives 1
ok 'and so does the other' lives 2
client put file
silent 'put'
client check
exits 0 'check finds all well'
is "$(count_files 1)" 2 'and no litter is left'
t_end
