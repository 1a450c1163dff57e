#!/bin/sh
# A client that is not ours, openssl's own, with the key as the manual derives
# it: it is through, with TLS 1.3 and the key, and in no other way.
KEYED=1
. "${0%/*}/../lib.sh"
t_begin
start_servers 1
start_relay 1
echo 'strip 32' >"$T/r1.orders"
psk=$(psk_of "$t_key")

# peer ARG...: openssl through the relay that keeps the greeting; what it sends
# comes from the FIFO $T/stdin, what the server says goes to $T/inside.
rm -f "$T/stdin"
mkfifo "$T/stdin"
exec 9<>"$T/stdin"
peer() {
	rm -f "$T"/r1.seen.*
	: >"$T/inside"
	openssl s_client -connect "127.0.0.1:$(port_of r1)" -quiet "$@" \
		<"$T/stdin" >"$T/inside" 2>"$T/peer.log" 9<&- &
	echo $! >"$T/peer.pid"
}
has() {
	[ "$(wc -c <"$T/inside")" -ge "$1" ]
}
gone() {
	! lives peer
}
leave() {
	kill "$(pid_of peer)" 2>/dev/null
	{ wait "$(pid_of peer)"; } 2>/dev/null
	: >"$T/peer.pid"
}

# through NAME ARG...
through() {
	t_name=$1
	shift
	peer "$@"
	await 10 has 32
	t_result $? "$t_name: the handshake is through" ||
		diag "$(cat "$T/peer.log")"
	head -c 32 "$T/r1.seen.down" >"$T/greeting"
	head -c 32 "$T/inside" >"$T/again"
	ok 'and the greeting comes again inside' cmp "$T/greeting" "$T/again"
	# STATUS: magic, operation, no flags, 0, request 1, nothing more
	printf 'dfs1\012\000\000\000\000\000\000\001' >&9
	printf '\000\000\000\000\000\000\000\000\000\000\000\000' >&9
	await 10 has 60
	t_result $? 'and a request is answered' || diag "$(cat "$T/peer.log")"
	tail -c +33 "$T/inside" | head -c 5 >"$T/answer"
	printf 'dfs1\012' >"$T/wanted"
	ok 'by a frame of its kind' cmp "$T/answer" "$T/wanted"
	leave
}

# refused NAME ARG...
refused() {
	t_name=$1
	shift
	peer "$@"
	await 10 gone
	t_result $? "$t_name: is refused"
	ok 'and nothing was said inside' test ! -s "$T/inside"
	leave
}

for suite in TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256; do
	through "TLS 1.3 with the key, $suite" -tls1_3 -psk "$psk" \
		-psk_identity main -ciphersuites $suite
done
refused 'TLS 1.2 with the key' -tls1_2 -psk "$psk" -psk_identity main \
	-cipher PSK:@SECLEVEL=0
refused 'TLS 1.2 with a certificate' -tls1_2
refused 'TLS 1.3 without a key' -tls1_3
refused 'another hash than that of the key' -tls1_3 -psk "$psk" \
	-psk_identity main -ciphersuites TLS_AES_256_GCM_SHA384
refused 'the key itself, not derived' -tls1_3 -psk "$(sed 's/.*://' "$t_key")" \
	-psk_identity main -ciphersuites TLS_AES_128_GCM_SHA256
refused 'another label' -tls1_3 -psk "$psk" -psk_identity other \
	-ciphersuites TLS_AES_128_GCM_SHA256
ok 'failures are in the log' grep -q 'warn handshake failed why=.* peer=127' \
	"$T/1.log"
client list
exits 0 'the server serves on'
t_end
