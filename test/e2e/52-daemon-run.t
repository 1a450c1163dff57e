#!/bin/sh
# What a running dfs does beside serving: addresses, signals, configuration.
. "${0%/*}/../lib.sh"
t_begin

# logs N TEXT: server N has logged it.
logs() {
	grep -qF -e "$2" "$T/$1.log"
}

launch 1 0 -l 127.0.0.2 -l 127.0.0.3
await 20 logs 1 'ready on 127.0.0.3:'
is "$(grep '^dfs: ready on ' "$T/1.log" | sed 's/.*://' | uniq | wc -l)" 1 \
	'several addresses have one port'
port=$(sed -n 's/^dfs: ready on 127\.0\.0\.2:\([0-9]*\)$/\1/p' "$T/1.log")
echo "$port" >"$T/1.port"
"$PEER" say "$port" </dev/null >"$T/greeting"
ok 'and greet there' grep -q 'dfs srv' "$T/greeting"
stop_server 1

dfs_conf 'idle_timeout = 1h' 'workers = 2'
start_server 2
kill -USR1 "$(pid_of 2)"
ok 'SIGUSR1 writes the state to the log' await 5 logs 2 'state connections=0'
like "$(grep 'state connections' "$T/2.log")" '*workers=2*' 'as configured'
dfs_conf 'log_level = debug' 'workers = 3'
kill -HUP "$(pid_of 2)"
ok 'SIGHUP reloads' await 5 logs 2 'configuration reloaded'
ok 'and says what needs a restart' logs 2 \
	'workers needs a restart to change from=2 to=3'
write_conf 2
sed -i 1d "$T/dfc.conf"
client status
ok 'a new log level counts at once' await 5 logs 2 'request op=STATUS'
dfs_conf 'nonsense = 1'
kill -HUP "$(pid_of 2)"
ok 'a bad configuration is not taken' await 5 logs 2 \
	'configuration not reloaded'
ok 'and named with its line' logs 2 "$T/dfs.conf:2: "
ok 'while the server goes on' lives 2
stop_server 2

# Confined, it reads its configuration again, whoever replaced it, and nothing
# elsewhere.
abi=$(perl -e 'print syscall(444, 0, 0, 1)')
[ "$abi" -ge 2 ] && landlock=abi$abi || landlock=no
mkdir "$T/etc" "$T/elsewhere"
echo '[server]' | tee "$T/elsewhere/dfs.conf" >"$T/etc/dfs.conf"
start_server 3 -c "$T/etc/dfs.conf"
like "$(grep confined "$T/3.log")" \
	"* info confined landlock=$landlock no_new_privs=yes*" \
	'the log says how it is confined'
is "$(sed -n 's/^NoNewPrivs:	//p' "/proc/$(pid_of 3)/status")" 1 \
	'it can gain no privileges'
printf '%s\n' '[server]' 'workers = 5' >"$T/etc/new"
mv "$T/etc/new" "$T/etc/dfs.conf"
kill -HUP "$(pid_of 3)"
ok 'a file that came in the place of its configuration is read' \
	await 5 logs 3 'workers needs a restart to change'
ln -sf ../elsewhere/dfs.conf "$T/etc/dfs.conf"
kill -HUP "$(pid_of 3)"
if [ "$landlock" = no ]; then
	told='configuration reloaded'
else
	told="configuration not reloaded: $T/etc/dfs.conf: Permission denied"
fi
ok 'what it links to elsewhere only where nothing hinders' \
	await 5 logs 3 "$told"
stop_server 3
start_server 4 -c "$T/elsewhere/dfs.conf" -o confine=no
ok 'confine = no is obeyed' logs 4 \
	'confined landlock=no no_new_privs=yes reason="confine = no"'

run "$DFS" -o workers=7 -o log_level=warn -T -c /dev/null
exits 0 '-T'
cp "$T/out" "$T/dumped.conf"
like "$out" '[[]server[]]*workers = 7*log_level = warn*' 'prints what is so'
run "$DFS" -T -c "$T/dumped.conf"
says 0 "$(cat "$T/dumped.conf")" '' 'in a form that it reads back the same'
run "$DFS" -t -c "$T/dumped.conf"
silent '-t of a good configuration'
run "$DFS" -t -c "$T/dfs.conf"
one_line 2 "dfs: $T/dfs.conf:2: *" '-t of a bad one'
t_end
