#!/bin/sh
# All that passes between client and servers is recorded: with a key neither
# content nor names are in it.
. "${0%/*}/../lib.sh"
mark=MARKED-CONTENT-$$ name=marked-name-$$

# session: all operations on a file with marked content and name, both
# directions to all servers recorded in $T/up and $T/down.
session() {
	for n in 1 2; do start_relay $n; done
	for n in 1 2; do echo "server dfs$n 127.0.0.1:$(port_of r$n)"; done \
		>"$T/relays.conf"
	for i in $(seq 300); do echo "$mark $i"; done >"$name"
	cp "$name" was
	for words in put get stat list 'ls -l' 'rm -f'; do
		# shellcheck disable=SC2086
		client -c "$T/relays.conf" $words "$name"
		exits 0 "$1: ${words%% *}"
	done
	client -c "$T/relays.conf" put was
	client -c "$T/relays.conf" cp was "$name-2"
	exits 0 "$1: cp"
	client -c "$T/relays.conf" get "$name-2"
	ok "$1: the bytes are right" cmp "$name-2" was
	client -c "$T/relays.conf" list
	exits 0 "$1: list"
	cat "$T"/r[12].seen.up >"$T/up"
	cat "$T"/r[12].seen.down >"$T/down"
	for n in 1 2; do
		kill "$(pid_of r$n)"
		: >"$T/r$n.pid"
		mv "$T/r$n.seen.up" "$T/$n.up"
		rm "$T/r$n.seen.down"
	done
}

KEYED=0
t_begin
start_servers 2
session 'without a key'
for way in up down; do
	ok "without a key the content passes in plain text, $way" \
		grep -qaF "$mark" "$T/$way"
	ok "and the name, $way" grep -qaF "$name" "$T/$way"
done
stop_server 1 2

use_key
for n in 1 2; do launch $n 0; done
for n in 1 2; do wait_ready $n; done
session 'with a key'
for way in up down; do
	[ "$(wc -c <"$T/$way")" -gt 10000 ]
	t_result $? "with a key as much passes, $way"
	for what in "$mark" "$name" dfs1; do
		fails "but not $what" grep -qaF -e "$what" "$T/$way"
	done
done
# What was recorded is worth nothing to him who says it again.
before=$(requests 1)
"$PEER" say "$(port_of 1)" <"$T/1.up" >"$T/answer"
is $? 0 'what is said again is cut off'
is "$(requests 1)" "$before" 'and no request in it is taken'
hex=$(sed 's/.*://' "$t_key")
for secret in "$hex" "$(psk_of "$t_key")"; do
	printf '%s' "$secret" | perl -pe '$_ = pack "H*", $_' >"$T/secret"
	perl -0777 -e '
		local @ARGV = @ARGV; my @f = map { open F, "<", $_; <F> } @ARGV;
		exit(index($f[1] . $f[2], $f[0]) >= 0)' \
		"$T/secret" "$T/up" "$T/down"
	t_result $? 'nor anything that is made of the key'
done
# The greeting is the one thing in plain text: once for each connection, and
# none of it but what a store says of itself to anybody.
is "$(head -c 8 "$T/down")" 'dfs srv' 'what is in plain text is the greeting'
t_end
