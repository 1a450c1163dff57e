#!/bin/sh
# dfc status: is my data safe?  And the objects of those commands that tell of
# servers.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

# verdict and todo: the text behind that label in the last run, lines joined.
what() {
	awk -v label="$1" '
	substr($0, 1, 10) ~ "^" label " *$" { on = 1; found = 1 }
	on && !/^ / && substr($0, 1, 10) !~ "^" label " *$" { on = 0 }
	on { text = text (text ? " " : "") substr($0, 11) }
	END { print text }' "$T/out"
}
wide_lines() {
	awk 'length > 80' "$T/out" | wc -l
}
# servers: how many lines begin with the name of one.
servers() {
	sed '/^$/,$d' "$T/out" | grep -c '^dfs[1-4]  127'
}
# objects TYPE: how many of the last run.
objects() {
	grep -c "^{\"v\":1,\"type\":\"$1\"," "$T/out"
}
# object TYPE [PATTERN]: that of the last run, or the one with the pattern.
object() {
	grep "^{\"v\":1,\"type\":\"$1\"," "$T/out" | grep -e "${2:-}"
}

client status
exits 0 'a new cluster'
is "$(what verdict)" 'all 4 servers are up, and empty: the first put begins the cluster' \
	'is up and empty'
for n in 1 2 3 4 5; do random_file 5000 "f$n"; done
client put f1 f2 f3 f4 f5
client status
exits 0 'all is well'
is "$(what verdict)" 'all 4 servers are up: every file has two copies (5 files)' \
	'in words'
is "$(servers) $(wide_lines) $(what 'to do')" '4 0 ' \
	'behind a line for each server'
wanted='plain, on this machine only'
[ "${KEYED:-0}" = 0 ] || wanted='TLS, with a key'
is "$(what transport)" "$wanted" 'how they are reached'
client status --color=always
like "$out" "*verdict *$(printf '\033\[32m')all*" 'the verdict is green'

kill_server 2
client status
exits 3 'one server down'
is "$(what verdict)" '1 of 4 servers is down: nothing is lost; 5 of 5 files have one copy of some chunk' \
	'nothing is lost'
is "$(what 'to do')" 'bring back dfs2' 'what to do'
is "$(servers) $(wide_lines)" '4 0' 'one line for each'
client status -s
is "$(what verdict)" '1 of 4 servers is down' 'the servers alone'
printf 'ls\nstatus\n' | dfc >"$T/out"
like "$(grep '^dfs2 ' "$T/out")" 'dfs2 *unavailable: Connection refused, since [0-2][0-9]:[0-5][0-9]:*' \
	'a session knows since when'
is "$(wide_lines)" 0 'in one line'
client put -o narrow f1
client status
is "$(what 'to do')" 'bring back dfs2; then dfc heal' \
	'what was put meanwhile is to be healed'
kill_server 3
client status
exits 5 'two neighbours down'
is "$(what verdict)" '2 of 4 servers are down: DATA AT RISK: 5 of 6 files cannot be rebuilt from those that answer, 1 has one copy; nothing can be stored or removed: that takes 3' \
	'data are at risk'
client check --json
exits 5 'check agrees'
is "$(objects server) $(objects file)" '4 6' 'and has an object for each file in trouble'
like "$(object check)" '*"safe":false,*"files":6,*"two_copies":0,"one_copy":1,"none":5,*' \
	'and the numbers'
like "$(object file '"f1"')" '*"incomplete":true,"copies":0}' 'of a file'
kill_server 4
client status
exits 5 'one server left'
is "$(what verdict)" '3 of 4 servers are down: too few to know: 1 member, 2 are needed to read; nothing can be stored or removed: that takes 3' \
	'is too few to know'
restart_server 3 4

rm -rf "$T/2"
restart_server 2
client status
exits 3 'an empty disk'
is "$(what verdict)" 'all 4 servers are up, 1 is no member: nothing is lost; 5 of 6 files have one copy of some chunk' \
	'is no member'
is "$(what 'to do')" 'dfc heal' 'and is to be healed'
client status --json
is "$(objects server) $(objects status)" '4 1' 'as objects'
like "$(object server dfs2)" '*"name":"dfs2","address":"127.0.0.1:*","up":true,"state":"blank",*"rtt_ms":*"free":*' \
	'a server'
like "$(object status)" '*"servers":4,"up":4,"members":3,*"one_copy":5,"none":0,"safe":false,*"todo":"dfc heal"}' \
	'the verdict'
client heal -n --json
like "$(object heal)" '*"dry_run":true,*"newcomers":\["dfs2"\]*' 'heal -n tells who would join'
client heal --json
exits 0 'a heal'
like "$(object heal)" '*"dry_run":false,"names":6,"marks":6,"restored":5,*"spread":1,*"joined":1,*' \
	'has its sums'
like "$(object file '"f1"')" '*"marked":\["dfs2"\],"replaced":\[\],"restored":\["dfs2"\],*' \
	'and its names'
is "$(grep -cv '^{' "$T/out")" 0 'and nothing else'
client status
exits 0 'then all is well'
is "$(what verdict)" 'all 4 servers are up: every file has two copies (6 files)' 'again'
kill_server 2
client put -o narrow f1
restart_server 2
client status
is "$(what verdict)" 'all 4 servers are up: every file has two copies (6 files)' \
	'a server that was away'
is "$(what 'to do')" 'dfc heal: dfs2 missed changes' 'why it is to be healed'
client heal
client status
is "$(what 'to do')" '' 'healed'
client check --json
exits 0 'check too'
like "$(object check)" '*"safe":true,*"files":6,*"two_copies":6,*' 'is safe'
client members --json
exits 0 'the members'
like "$(object cluster)" '*"epoch":1,"members":4}' 'of the cluster'
is "$(objects server)" 4 'each'
kill_server 1
client members --json
like "$(object server dfs1)" '*"up":false,"state":"unavailable","why":"Connection refused"*' \
	'one that is down'
restart_server 1

# Both copies of a chunk rot.
for n in 1 4; do
	for file in $(files_of $n f1); do
		chmod u+w "$file"
		printf X | dd of="$file" conv=notrunc bs=1 2>/dev/null
	done
done
client check --verify
exits 7 'a file is lost'
client status
exits 7 'which status tells'
is "$(what verdict)" 'all 4 servers are up: DATA AT RISK: 1 of 6 files cannot be rebuilt' \
	'in words'
like "$(what 'to do')" 'dfc check names the files*' 'and where to look'
t_end
