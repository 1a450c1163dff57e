#!/bin/sh
# With a key: whoever has not the same one is refused, on either side, before
# any operation, and hears why.
KEYED=1
. "${0%/*}/../lib.sh"
t_begin
start_servers 2
key=$t_key
echo "secret $$" >file
cp file was
client put file
silent 'with the key: put'
client get file
silent 'and get'
ok 'and the bytes are right' cmp file was

[ "$(requests 1)" -gt 0 ]
t_result $? 'requests are counted'

# fresh N...: nothing was asked of these, and nobody has failed there.
fresh() {
	stop_server "$@"
	restart_server "$@"
}
# untouched NAME N...: nor now.
untouched() {
	t_what=$1 t_asked=
	shift
	for t_i in "$@"; do t_asked="$t_asked$(requests "$t_i") "; done
	is "$(echo $t_asked | tr -d '0 ')" '' "$t_what: no request was taken"
}

# refused WHY NAME COMMAND...: a list, put, get and rm, all refused.
refused() {
	t_why=$1 t_who=$2
	shift 2
	run "$@" list
	exits 5 "$t_who: list ends with 5"
	like "$err" "$t_why" 'and says why'
	is "$out" '' 'and shows nothing'
	run "$@" put file
	complains 5 'file put failed' 'put fails'
	like "$err" "$t_why" 'and says why'
	rm -f file
	run "$@" get file
	complains 5 'file is incomplete' 'get fails'
	like "$err" "$t_why" 'and says why'
	ok 'and leaves no file' test ! -e file
	cp was file
	run "$@" rm file
	exits 5 'rm fails'
	like "$err" "$t_why" 'and says why'
}

# ------------------------------------------------------------ the client's key

digits=$(sed 's/.*://' "$key")
umask 077
"$DFC" keygen "$T/wrong"
echo "other:$digits" >"$T/label"
echo "MAIN:$digits" >"$T/case"
fresh 1 2
refused '*is the key right?*' 'a wrong key' "$DFC" -k "$T/wrong"
untouched 'a wrong key' 1 2
fresh 1 2
refused '*is the key right?*' 'an unknown label' "$DFC" -k "$T/label"
untouched 'an unknown label' 1 2
fresh 1 2
client -k "$T/case" list
exits 5 'a label in other letters is unknown'
refused '*takes only connections with a key (dfc -k FILE)*' 'no key' \
	env -u DFC_KEY "$DFC"
untouched 'no key' 1 2
client get file
silent 'with the key: as before'

# Labels cannot be probed: with a label that is not there all looks the same.
start_relay 1
echo "server dfs1 127.0.0.1:$(port_of r1)" >"$T/relay.conf"
for kind in wrong label; do
	rm -f "$T"/r1.seen.*
	client -c "$T/relay.conf" -k "$T/$kind" list
	exits 5 "through a relay, $kind: refused"
	mv "$T/r1.seen.down" "$T/$kind.down"
	mv "$T/r1.seen.up" "$T/$kind.up"
done
ok 'a wrong key and an unknown label get the same bytes' \
	cmp "$T/wrong.down" "$T/label.down"
[ "$(wc -c <"$T/wrong.down")" -gt 32 ]
t_result $? 'which are the greeting, and more'

# ---------------------------------------------------------- the server's key

# A server with another key, one without, and one that has the greeting.
t_key="$T/wrong"
launch 3 0
t_key=
launch 4 0
t_key=$key
wait_ready 3
wait_ready 4
start_relay 3
start_relay 4
for n in 3 4; do
	echo "server dfs$n 127.0.0.1:$(port_of r$n)" >"$T/rogue$n.conf"
	echo "server twin 127.0.0.1:$(port_of $n)" >>"$T/rogue$n.conf"
done
refused '*is the key right?*' 'a server without our key' \
	"$DFC" -c "$T/rogue3.conf"
untouched 'a server without our key' 3
refused '*speaks plain text, which is not used with a key*' \
	'a server in plain text' "$DFC" -c "$T/rogue4.conf"
untouched 'a server in plain text' 4
ok 'and it gets no byte at all' test ! -s "$T/r4.seen.up"
ok 'the relay did see it' test -s "$T/r4.seen.down"

# Any certificate does not make up for the key.
"$PEER" say "$(port_of 1)" </dev/null >"$T/greeting"
is "$(wc -c <"$T/greeting")" 32 'a stranger gets the greeting'
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-keyout "$T/cert.key" -out "$T/cert.pem" 2>/dev/null
# rogue NAME ARG...: it says its port in $T/NAME.log, as does `port_of NAME`.
rogue() {
	t_rogue=$1
	shift
	openssl s_server -accept 0 -tls1_3 -key "$T/cert.key" \
		-cert "$T/cert.pem" "$@" >"$T/$t_rogue.log" 2>&1 <"$T/stdin" &
	echo $! >"$T/$t_rogue.pid"
	await 10 grep -q '^ACCEPT' "$T/$t_rogue.log"
	sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$T/$t_rogue.log" \
		>"$T/$t_rogue.port"
	start_relay "$t_rogue"
	echo "greet $T/greeting" >"$T/r$t_rogue.orders"
}
mkfifo "$T/stdin"
exec 8<>"$T/stdin"
rogue cert -www
timeout 20 openssl s_client -connect "127.0.0.1:$(port_of cert)" </dev/null \
	>"$T/out" 2>&1
ok 'a server with a certificate takes TLS 1.3' grep -q 'New, TLSv1.3' "$T/out"
for n in 1 2; do echo "server dfs$n 127.0.0.1:$(port_of rcert)"; done |
	sed '2s/127/[::ffff:127/; 2s/\.1:/.1]:/' >"$T/cert.conf"
refused '*no handshake: is the key right? (*' 'a server with a certificate' \
	"$DFC" -c "$T/cert.conf"
fails 'and the file is not in what was sent' grep -qF "$(cat was)" \
	"$T/rcert.seen.up"
kill "$(pid_of cert)"
: >"$T/cert.pid"

# Not even when it says the greeting again inside.
rogue again
cat "$T/greeting" >&8
echo "server dfs1 127.0.0.1:$(port_of ragain)" >"$T/again.conf"
client -c "$T/again.conf" list
exits 5 'a server with a certificate and the greeting is refused'
like "$err" '*no handshake: is the key right? (*' 'for want of the key'
kill "$(pid_of again)"
{ wait "$(pid_of again)"; } 2>/dev/null
: >"$T/again.pid"
fails 'and hears no request' grep -qa 'dfs1' "$T/again.log"
exec 8>&-

# ----------------------------------------------------------- in the middle

fresh 1
echo 'flip down 13 0' >"$T/r1.orders"
client -c "$T/relay.conf" list
exits 5 'a greeting that was changed on the way is refused'
like "$err" '*its greeting was changed on the way*' 'and is called so'
echo 'flip down 13 4' >"$T/r1.orders"
client -c "$T/relay.conf" list
exits 5 'a greeting without the flag of TLS is refused'
like "$err" '*speaks plain text*' 'as plain text'
rm -f "$T"/r1.seen.*
run env -u DFC_KEY "$DFC" -c "$T/relay.conf" list
exits 5 'a client without a key gets nowhere so'
is "$(wc -c <"$T/r1.seen.down")" 32 'it gets the greeting only'
bad=
for at in $(seq 0 31); do
	echo "flip down $at $((at % 8))" >"$T/r1.orders"
	client -c "$T/relay.conf" list
	[ "$status" = 5 ] && [ -z "$out" ] || bad="$bad $at"
done
is "$bad" '' 'no byte of the greeting can be changed'
untouched 'a changed greeting' 1
: >"$T/r1.orders"
client -c "$T/relay.conf" list
[ "$status" != 5 ]
t_result $? 'and unchanged it is taken' || show_run

# --------------------------------------------------- files that hold the keys

# not_taken FILE PATTERN NAME: by either program.
not_taken() {
	client -k "$1" list
	one_line 2 "dfc: $1:$2" "$3: dfc"
	run env "DFC_KEY=$1" "$DFC" list
	one_line 2 "dfc: $1:$2" "$3: dfc, by the environment"
	run "$DFS" -k "$1" -l 127.0.0.1 "$T/new" 0
	one_line 2 "dfs: $1:$2" "$3: dfs"
	ok 'and makes no store' test ! -e "$T/new"
}
for mode in 644 640 604 620 601; do
	cp "$key" "$T/open"
	chmod $mode "$T/open"
	not_taken "$T/open" '*chmod 600*' "a key file of mode $mode"
done
not_taken "$T/nowhere" '*No such file*' 'a key file that is not there'
mkdir "$T/folder"
not_taken "$T/folder" '*not a regular file*' 'a directory'
mkfifo "$T/fifo"
not_taken "$T/fifo" '*not a regular file*' 'a FIFO, without waiting for it,'
strange=/etc/passwd
if [ "$(id -u)" = 0 ]; then
	strange="$T/strange"
	cp "$key" "$strange"
	chown 65534 "$strange"
fi
not_taken "$strange" '*not owned*' "another user's file"
: >"$T/empty"
not_taken "$T/empty" '*no key in it*' 'a file without a key'
echo "main:${digits%?}" >"$T/short"
not_taken "$T/short" '*' 'a key that is too short'
fails 'which is not shown' grep -q "${digits%???}" "$T/err"
cat "$key" "$key" >"$T/twice"
not_taken "$T/twice" '*twice*' 'a label that stands there twice'

# ----------------------------------------------------------- without a key

run "$DFS" -l 0.0.0.0 "$T/new" 0
one_line 2 'dfs: 0.0.0.0:*not a loopback*dfc keygen*key = FILE*' \
	'without a key dfs listens on loopback only, and says what to do'
run "$DFS" -l :: "$T/new" 0
one_line 2 'dfs: *not a loopback*dfc keygen*' 'with IPv6 too'
ok 'and no store is made' test ! -e "$T/new"
run "$DFS" -k "$key" -l 0.0.0.0 -t "$T/new" 0
silent 'with a key it may'
fresh 1
client get file
silent 'after all this: get'
ok 'and the bytes are right' cmp file was
t_end
