#!/bin/sh
# GnuTLS as a client, with the key as the manual derives it.
KEYED=1
. "${0%/*}/../lib.sh"
t_begin
start_servers 1
start_relay 1
echo 'strip 32' >"$T/r1.orders"
psk=$(psk_of "$t_key")

# peer PRIORITY [ARG...]: gnutls-cli through the relay that keeps the greeting;
# it stays while the FIFO $T/stdin is open.
mkfifo "$T/stdin"
exec 9<>"$T/stdin"
peer() {
	rm -f "$T"/r1.seen.*
	: >"$T/inside"
	t_priority=$1
	shift
	gnutls-cli --insecure --no-ca-verification -p "$(port_of r1)" \
		--priority "NONE:+VERS-TLS1.3:+AEAD:+GROUP-X25519:+SIGN-ALL:+CTYPE-ALL:+COMP-NULL:$t_priority" \
		"$@" 127.0.0.1 <"$T/stdin" >"$T/inside" 2>"$T/peer.log" 9<&- &
	echo $! >"$T/peer.pid"
}
gone() {
	! lives peer
}
leave() {
	kill "$(pid_of peer)" 2>/dev/null
	{ wait "$(pid_of peer)"; } 2>/dev/null
	: >"$T/peer.pid"
}
greeted() {
	grep -q '^dfs srv$' "$T/inside"
}

# refused NAME PRIORITY [ARG...]
refused() {
	t_name=$1
	shift
	peer "$@"
	await 10 gone
	t_result $? "$t_name: is refused"
	fails 'and nothing was said inside' greeted
	leave
}

for cipher in AES-128-GCM CHACHA20-POLY1305; do
	peer "+ECDHE-PSK:+$cipher:+SHA256" --pskusername main --pskkey "$psk"
	await 10 greeted
	t_result $? "TLS 1.3 with the key, $cipher: the greeting comes inside" ||
		diag "$(cat "$T/inside" "$T/peer.log")"
	ok 'and it is authenticated by the key' grep -qF \
		"PSK authentication. Connected as 'main'" "$T/inside"
	ok 'in TLS 1.3' grep -qF "Description: (TLS1.3" "$T/inside"
	leave
done
refused 'a key without a key exchange' '+PSK:+AES-128-GCM:+SHA256' \
	--pskusername main --pskkey "$psk"
refused 'another label' '+ECDHE-PSK:+AES-128-GCM:+SHA256' \
	--pskusername other --pskkey "$psk"
refused 'another key' '+ECDHE-PSK:+AES-128-GCM:+SHA256' --pskusername main \
	--pskkey "$(printf '%064d' 1)"
refused 'a certificate' '+ECDHE-RSA:+AES-128-GCM:+SHA256'
client list
exits 0 'the server serves on'
t_end
