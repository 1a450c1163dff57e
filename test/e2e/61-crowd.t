#!/bin/sh
# Many connections that do nothing, or nothing sensible, slow nobody.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
random_file 500000 file
cp file was
client put file
silent 'put'

# crowd MANNER COUNT: against server 1.
crowd() {
	: >"$T/crowd"
	"$PEER" "$1" "$(port_of 1)" "$2" >"$T/crowd" 2>"$T/crowd.log" &
	crowd=$!
	echo $crowd >"$T/crowd.pid"
	await 20 grep -q ready "$T/crowd"
}

disperse() {
	kill -KILL $crowd
	wait $crowd 2>/dev/null
	: >"$T/crowd.pid"
}

works() {
	start=$(now_ms)
	client put file
	silent "$1: put"
	client get file
	silent "$1: get"
	ok "$1: and the bytes are right" cmp file was
	took=$(($(now_ms) - start))
	[ $took -lt 1500 ]
	t_result $? "$1: no slower than usual" || diag "took $took ms"
}

ends_at_once() {
	start=$(now_ms)
	stop_server 1
	took=$(($(now_ms) - start))
	[ $took -lt 1000 ]
	t_result $? "$1: SIGTERM ends the daemon at once" ||
		diag "took $took ms"
	disperse
	restart_server 1
}

ok 'a thousand idle connections stand' crowd hold 1000
works 'a thousand idle connections'
ends_at_once 'a thousand idle connections'
ok 'two hundred connections that trickle stand' crowd trickle 200
works 'two hundred that trickle'
ends_at_once 'two hundred that trickle'

open_files() {
	ls "/proc/$(pid_of 1)/fd" | wc -l
}
few_files() {
	[ "$(open_files)" -le $((before + 2)) ]
}
client list
before=$(open_files)
ok 'two thousand connections are reset' "$PEER" reset "$(port_of 1)" 2000
ok 'and no descriptor is left' await 12 few_files
works 'after two thousand resets'

printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' |
	"$PEER" say "$(port_of 1)" >"$T/answer"
is $? 0 'the connection of an HTTP client is closed'
"$PEER" say "$(port_of 1)" </dev/null >"$T/greeting"
ok 'and it has got nothing but the greeting' \
	cmp "$T/answer" "$T/greeting"
head -c 100000 /dev/urandom |
	"$PEER" say "$(port_of 1)" >"$T/answer"
is $? 0 'the connection of one that sends noise is closed'
ok 'the daemon lives' lives 1
works 'after all this'
t_end
