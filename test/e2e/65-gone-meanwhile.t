#!/bin/sh
# Servers that die in the middle of a check or a heal: what they had is not
# taken for lost, nor the rest for all there is.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir src
random_file 4000 "$T/bytes"
for n in $(seq 400); do
	{ echo "$n"; cat "$T/bytes"; } >"src/f$n"
done
client put -r -t '' src/.
silent '400 files'

# has_read: bytes that server 4 has read so far.
has_read() {
	awk '/^rchar/ { print $2 }' "/proc/$(pid_of 4)/io"
}
verifying() {
	[ "$(has_read)" -gt $((before + 100000)) ] ||
		! kill -0 $client 2>/dev/null
}
# meanwhile "SERVER..." ARG...: the client runs, and the servers die when it
# has had some 50 names verified of 400.
meanwhile() {
	gone=$1
	shift
	ran="dfc $*"
	before=$(has_read)
	"$DFC" "$@" >"$T/out" 2>"$T/err" </dev/null &
	client=$!
	await 20 verifying || diag 'nothing was verified'
	kill -STOP $client 2>/dev/null || diag 'it was over too soon'
	kill_server $gone
	kill -CONT $client
	wait $client
	status=$?
	out=$(cat "$T/out") err=$(cat "$T/err")
	for n in $gone; do restart_server "$n"; done
}

meanwhile 2 check --verify -j 2
exits 3 'check --verify, and a server dies'
like "$out" '*dfs2  *fell silent meanwhile*' 'names it'
like "$out" '*
files *400 *' 'all files are counted'

meanwhile '2 3' check --verify -j 2
exits 5 'two neighbours die: what only they have is not lost'
like "$out" '* files cannot be rebuilt from the servers that answer*' \
	'but out of reach'

for gone in '1 2 3' '1 2 3 4'; do
	meanwhile "$gone" check --verify -j 2
	exits 6 "$gone die: it cannot be known"
	is "$out" '' 'and nothing is said of the files'
	like "$err" '*of 4 servers answer as members, 2 are needed to know*' \
		'but why'
done

meanwhile 2 heal -j 2
exits 3 'heal, and a server dies'
like "$err" '*dfc: dfs2: not available: healed without it' 'names it'
client heal
silent 'with it there is nothing to do'
t_end
