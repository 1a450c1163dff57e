#!/bin/sh
# Keys are changed while servers and clients run, as dfs(8) tells: both keys,
# then the clients, then the new one alone; a removed key is cut at once.
KEYED=1
. "${0%/*}/../lib.sh"
t_begin
start_servers 2
echo content >file
client put file
silent 'put'
old="$T/old"
new="$T/new"
cp "$t_key" "$old"
"$DFC" keygen -l new "$new"

# servers_have FILE...: these keys, from now on, without a restart.
reloads() {
	grep -c ' keys reloaded keys=\| keys not reloaded' "$T/$1.log"
}
reloaded() {
	[ "$(reloads "$1")" -gt "$2" ]
}
servers_have() {
	cat "$@" >"$T/next"
	chmod 600 "$T/next"
	mv "$T/next" "$t_key"
	for n in 1 2; do
		before=$(reloads $n)
		kill -HUP "$(pid_of $n)"
		await 5 reloaded $n "$before" ||
			diag "server $n does not reload"
	done
}
connections() {
	lines=$(state_lines "$1")
	kill -USR1 "$(pid_of "$1")"
	await 5 more_state_lines "$1" "$lines"
	sed -n 's/.* state connections=\([0-9]*\).*/\1/p' "$T/$1.log" |
		tail -n 1
}
connected() {
	[ "$(connections 1)" -ge 1 ]
}
alone() {
	[ "$(connections 1)" = 0 ]
}

# A session with the old key, on pipes, that stays open.
mkfifo "$T/to"
"$DFC" -k "$old" <"$T/to" >"$T/session.out" 2>"$T/session.err" &
session=$!
exec 9>"$T/to"
says_so() {
	[ "$(grep -c "$1" "$T/session.out" "$T/session.err" |
		awk -F : '{ n += $NF } END { print n }')" -ge "$2" ]
}
echo list >&9
ok 'a session with the old key lists' await 10 says_so '^file$' 1

client -k "$new" list
exits 5 'the new key is not known yet'
servers_have "$old" "$new"
client -k "$new" get file
silent 'first step: with both keys, the new one is good'
client -k "$old" get file
silent 'and the old one'
connected
t_result $? 'and the connections of the session stay'
echo list >&9
ok 'on which it lists again' await 10 says_so '^file$' 2

# Second step: the clients.  Third: the new one alone.
client -k "$new" put file
silent 'second step: a client with the new key puts'
echo "not a key" >"$T/bad"
servers_have "$T/bad"
client -k "$new" get file
silent 'a file that is wrong changes nothing'
ok 'and the log says so' grep -q 'keys not reloaded, those before stay' \
	"$T/1.log"
connected
t_result $? 'nor does it end connections'
start=$(now_ms)
dfs_conf 'nonsense = 1'
servers_have "$new"
await 5 alone
t_result $? 'third step: without the old key its connections are cut'
took=$(($(now_ms) - start))
[ $took -lt 3000 ]
t_result $? 'at once' || diag "$took ms"
ok 'and the log says so' grep -q 'connections cut why="key removed' "$T/1.log"
ok 'though the configuration is wrong meanwhile' \
	grep -q 'configuration not reloaded' "$T/1.log"
dfs_conf ''
echo list >&9
ok 'the session is refused from then on' await 10 says_so 'no server answers' 1
ok 'and says why' await 10 says_so 'is the key right' 1
client -k "$old" get file
complains 5 'file is incomplete' 'as is every client with the old key'
client -k "$new" get file
silent 'the new key is good'

# The same label with another key, and with fewer rights.
exec 9>&-
wait $session
sed 's/:.*/:/' "$new" | tr -d '\n' >"$T/other"
printf '%064d\n' 7 >>"$T/other"
chmod 600 "$T/other"
"$DFC" -k "$new" <"$T/to" >"$T/session.out" 2>"$T/session.err" &
session=$!
exec 9>"$T/to"
echo list >&9
ok 'a session with the new key lists' await 10 says_so '^file$' 1
servers_have "$T/other"
await 5 alone
t_result $? 'another key under the same label: the connections are cut'
servers_have "$new"
echo list >&9
ok 'with the key back the session goes on' await 10 says_so '^file$' 2
sed 's/$/:ro/' "$new" >"$T/ro"
servers_have "$T/ro"
await 5 alone
t_result $? 'a key that may only read now: the connections are cut'
client -k "$new" get file
silent 'with it one can get'
client -k "$new" put file
complains 9 'file put failed' 'but not put'
exec 9>&-
wait $session
t_end
