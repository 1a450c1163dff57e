#!/bin/sh
# A signal in the middle of many operands: what was done is said.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir d
for i in $(seq 1001 2000); do echo "$i" >"d/$i"; done

some_stored() {
	[ "$(dfc list | wc -l)" -gt 0 ] || ! kill -0 "$client" 2>/dev/null
}

for jobs in 1 64; do
	ran="put -j$jobs"
	# What runs in the background has SIGINT ignored, but for this.
	env --default-signal=INT "$DFC" put "-j$jobs" d/* \
		>"$T/out" 2>"$T/err" </dev/null &
	client=$!
	await 20 some_stored
	kill -INT $client
	wait $client
	status=$? out=$(cat "$T/out")
	err=$(grep -v ' put failed$' "$T/err")
	stored=$(dfc list | wc -l)
	says 130 '' "dfc: cancelled: $stored done, the others not" \
		"a put of many files, $jobs at once, says how many it stored"
	[ "$stored" -gt 0 ] && [ "$stored" -lt 1000 ]
	t_result $? 'which are some' || show_run
	dfc list | xargs "$DFC" rm
done

# Its reader gets the end of each, and the summary.
env --default-signal=INT "$DFC" put --json -j1 d/* \
	>"$T/out" 2>"$T/err" </dev/null &
client=$!
await 20 some_stored
kill -INT $client
wait $client
is "$? $(grep -c '"done":true' "$T/out")" "130 $(dfc list | wc -l)" \
	'put --json tells what it stored before a signal'
like "$(tail -n 1 "$T/out")" '*"type":"summary","command":"put"*"exit":130}' \
	'and ends with the summary'
t_end
