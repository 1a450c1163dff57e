#!/bin/sh
# What happens in the middle of a transfer: a server stops answering or dies,
# the source changes, the user interrupts.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
random_file 100000000 file
cp file was

# moved: bytes that the client has read and written so far.
moved() {
	awk '/char/ { n += $2 } END { print n + 0 }' "/proc/$client/io" 2>/dev/null
}
half_way() {
	[ "$(moved)" -gt 40000000 ] || ! kill -0 $client 2>/dev/null
}

# midway ARG...: starts the client, and stops it in the middle.
midway() {
	ran="$*"
	# What runs in the background has SIGINT ignored, but for this.
	env --default-signal=INT "$DFC" "$@" \
		>"$T/out" 2>"$T/err" </dev/null &
	client=$!
	until half_way; do :; done
	kill -STOP $client 2>/dev/null
	started=$(now_ms)
	echo $client >"$T/client.pid"
}

# onward: lets it go on to its end.
onward() {
	kill -CONT $client
	wait $client
	status=$?
	took=$(($(now_ms) - started))
	: >"$T/client.pid"
	out=$(head -c 1000 "$T/out") err=$(cat "$T/err")
}

within() {
	[ $took -lt $1 ]
	t_result $? "$2" || diag "took $took ms"
}

midway put file
kill -STOP "$(pid_of 2)"
onward
one_line 0 'dfc: *dfs2*' 'a server stops in the middle of put: put does without'
within 6000 'and is not long about it'
kill -CONT "$(pid_of 2)"
client put file
silent 'with all four again'

midway get -o back file
kill -STOP "$(pid_of 3)"
onward
silent 'a server stops in the middle of get: the others go on'
within 5000 'and it costs about two seconds'
ok 'the bytes are right' cmp back was
kill -CONT "$(pid_of 3)"

rm back
midway get -o back file
kill_server 4
onward
silent 'a server is killed in the middle of get: the others go on'
within 5000 'and it costs little'
ok 'the bytes are right' cmp back was
restart_server 4

random_file 100000000 file
cp file was
midway put file
kill_server 1
onward
one_line 0 'dfc: *dfs1*' 'a server is killed in the middle of put: put does without'
within 6000 'and is not long about it'
restart_server 1
client cat file
[ "$status" = 0 ] && cmp -s "$T/out" was
t_result $? 'the new version is there' || show_run

midway put --bwlimit 50M file
echo more >>file
onward
complains 1 'file put failed' 'the source grows during put: put fails'
like "$err" '*dfc: file: changed while reading*' 'and says why'
client cat file
[ "$status" = 0 ] && cmp -s "$T/out" was
t_result $? 'the old version is there' || show_run

for signal in INT TERM; do
	midway put --bwlimit 50M file
	kill -$signal $client
	onward
	case $signal in
	INT) wanted=130 ;;
	TERM) wanted=143 ;;
	esac
	exits $wanted "put ends with $wanted on SIG$signal"
	within 1500 'at once'
	client cat file
	[ "$status" = 0 ] && cmp -s "$T/out" was
	t_result $? 'and the old version is there' || show_run
	echo mine >back
	midway get --bwlimit 50M -o back file
	kill -$signal $client
	onward
	exits $wanted "get ends with $wanted on SIG$signal"
	is "$(cat back)" mine 'and the local file is untouched'
	is "$(ls -A)" "back
file
was" 'and nothing lies beside it'
done
client put -o file was
silent 'a last put'
is "$(find "$T"/[1-4] -type f | wc -l)" 8 'nothing of all this is left'
t_end
