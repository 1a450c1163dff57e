#!/bin/sh
# Mixed load for SOAK_SECONDS (8 hours): the servers' memory and descriptors
# stay what they were after the first tenth of it.
. "${0%/*}/../lib.sh"
seconds=${SOAK_SECONDS:-28800}
t_begin
dfs_conf 'fence = 1' 'quarantine = 0' 'gc_age = 3' 'scrub_interval = 0'
start_servers 4
random_file 3000000 large
for i in $(seq 50); do echo "$i" >"small$i"; done

# memory N, descriptors N: of server N, in KiB; how many.
memory() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(pid_of "$1")/status"
}
descriptors() {
	ls "/proc/$(pid_of "$1")/fd" | wc -l
}

bad=
must() {
	run "$DFC" "$@"
	[ "$status" = 0 ] || bad="$bad $*:$status"
}

# One round; server N is killed in it, and comes back.
load() {
	must put large small*
	must list
	kill_server "$1"
	run "$DFC" put -o large large
	[ "$status" = 0 ] || bad="$bad put:$status"
	run "$DFC" cat large
	[ "$status" = 0 ] && cmp -s "$T/out" large || bad="$bad cat:$status"
	restart_server "$1"
	must heal
	must get -t got large small1 small2
	must rm small3 small4
	must check
}

# all WHAT FILE: of each server, a line each.
all() {
	for n in 1 2 3 4; do "$1" $n; done >"$2"
}

begun=$(date +%s) rounds=0 warm=
while [ $(($(date +%s) - begun)) -lt "$seconds" ]; do
	load 4
	rounds=$((rounds + 1))
	[ -z "$warm" ] && [ $(($(date +%s) - begun)) -ge $((seconds / 10)) ] ||
		continue
	warm=$rounds
	all memory "$T/memory"
	all descriptors "$T/descriptors"
done
diag "$rounds rounds, the first figures after $warm"
ok 'it went on after the first figures' test "$rounds" -gt "$warm"
is "$bad" '' 'every command did what it should'
for n in 1 2 3; do
	was=$(sed -n "${n}p" "$T/memory") now=$(memory $n)
	ok "server $n: $was KiB, and $now at the end" \
		test "$now" -le $((was + was / 4 + 8192))
	was=$(sed -n "${n}p" "$T/descriptors") now=$(descriptors $n)
	ok "server $n: $was descriptors, and $now at the end" \
		test "$now" -le $((was + 8))
done
t_end
