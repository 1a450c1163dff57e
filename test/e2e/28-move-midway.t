#!/bin/sh
# A mv that is stopped between its two halves: what happens meanwhile, what it
# says, and that nothing is lost; copies of what is overwritten all the time;
# and clients and servers that are killed.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

yes first | head -c 300000 >first
yes second | head -c 300000 >second

# is_copied: server 1 shows the new name, or the mv is over.
is_copied() {
	for d in "$T"/1/new/@c-*; do
		[ ! -d "$d" ] || return 0
	done
	! kill -0 "$client" 2>/dev/null
}
# midway WHAT...: mv old new, stopped as soon as the copy is there, does WHAT
# meanwhile, and goes on.  The moment may be missed.
midway() {
	"$DFC" rm -f old new 2>/dev/null
	"$DFC" put -o old first || diag 'no put'
	ran='mv old new'
	env --default-signal=INT "$DFC" mv old new \
		>"$T/out" 2>"$T/err" </dev/null &
	client=$!
	until is_copied; do :; done
	kill -STOP $client 2>/dev/null
	"$@"
	kill -CONT $client 2>/dev/null
	wait $client
	status=$?
	out=$(cat "$T/out") err=$(cat "$T/err")
}
# tried STATUS WHAT...: midway, until it ends so.
tried() {
	wanted=$1
	shift
	for try in $(seq 60); do
		midway "$@"
		[ "$status" != "$wanted" ] || return 0
		again
	done
	diag "status $wanted was not met"
	show_run
}
again() { :; }

overwrite() { "$DFC" put -o old second || diag 'no overwriting put'; }
tried 8 overwrite
says 8 '' 'dfc: old: copied, but not removed: it was overwritten meanwhile: both are there now' \
	'a source that was overwritten meanwhile is kept'
client cat old
ok 'with what is new' cmp second "$T/out"
client cat new
ok 'and the copy has what was copied' cmp first "$T/out"

vanish() { "$DFC" rm old 2>/dev/null; }
midway vanish
says 0 '' '' 'a source that was removed meanwhile is moved'
client cat new
ok 'and the copy is there' cmp first "$T/out"
client get old
exits 4 'and the source is not'

interrupt() { kill -INT $client; }
tried 130 interrupt
like "$err" 'dfc: old: copied, but not removed: cancelled
dfc: cancelled: not all was done*' 'a mv that is interrupted says how far it has come'
client cat old
ok 'the source is there' cmp first "$T/out"
client cat new
ok 'and the copy' cmp first "$T/out"

lose_two() { kill_server 1 2; }
again() { restart_server 1 2; }
tried 5 lose_two
like "$err" 'dfc: old: copied, but not removed: 2 of 4 servers can take part, 3 are needed*' \
	'too few servers meanwhile'
restart_server 1 2
again() { :; }
client cat old
ok 'the source is there when they are back' cmp first "$T/out"
client cat new
ok 'and the copy' cmp first "$T/out"

# Killed at any moment, a client or a server: under one name it is there.
bad=
for n in $(seq 40); do
	"$DFC" rm -f old new 2>/dev/null
	"$DFC" put -o old first
	timeout -s KILL "0.0$(printf '%03d' $((n * 2)))" "$DFC" mv old new \
		2>/dev/null
	moved=$?
	for name in old new; do
		run "$DFC" cat $name
		case $status in
		0) cmp -s first "$T/out" || bad="$bad $n:$name:torn"
			found=$name ;;
		4) [ $name = old ] || [ "$found" ] || bad="$bad $n:lost" ;;
		*) bad="$bad $n:$name:$status" ;;
		esac
		[ $name = new ] || [ "$status" = 0 ] || found=
	done
	[ "$moved" -ne 0 ] || [ "$found" = new ] || bad="$bad $n:unmoved"
done
is "$bad" '' 'a client killed while it moves: there under one name at least'
bad=
for n in $(seq 12); do
	victim=$((n % 4 + 1))
	"$DFC" rm -f old new 2>/dev/null
	"$DFC" put -o old first
	"$DFC" mv old new 2>/dev/null &
	mover=$!
	timeout "0.0$(printf '%03d' $((n * 4)))" tail -f /dev/null
	kill_server $victim
	wait $mover
	moved=$?
	run "$DFC" cat new
	[ "$moved" -ne 0 ] || cmp -s first "$T/out" || bad="$bad $n:new"
	[ "$status" = 0 ] || run "$DFC" cat old
	cmp -s first "$T/out" || bad="$bad $n:lost"
	restart_server $victim
	run "$DFC" cat old
	[ "$moved" -ne 0 ] || [ "$status" = 4 ] || bad="$bad $n:risen"
done
is "$bad" '' 'a server killed during a mv: moved, or not, and never back'

# What is copied while it is overwritten is one version, and not an old one.
"$DFC" rm -f old new 2>/dev/null
for n in $(seq 4); do yes "version $n" | head -c 200000 >v$n; done
"$DFC" put -o old v1
(
	trap 'exit 0' TERM
	while :; do
		for n in 1 2 3 4; do "$DFC" put -o old v$n; done
	done
) 2>/dev/null &
putter=$!
echo $putter >"$T/putter.pid"
bad= seen=
for n in $(seq 60); do
	run "$DFC" cp old new
	[ "$status" = 0 ] || bad="$bad $n:$status"
	run "$DFC" cat new
	first=$(head -n 1 "$T/out")
	cmp -s "v${first#version }" "$T/out" || bad="$bad $n:torn"
	case $seen in *"$first"*) ;; *) seen="$seen,$first" ;; esac
done
kill $putter
wait $putter
rm "$T/putter.pid"
is "$bad" '' 'copies of what is overwritten are whole'
like "$seen" '*,*,*' 'and of more than one version'
"$DFC" rm -f old new
is "$(for n in 1 2 3 4; do find "$T/$n" -type f; done)" '' \
	'no file is left behind'
t_end
