#!/bin/sh
# Lists that are longer than what a server may be ahead.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

long=$(printf '%0240d' 0)
mkdir d
for i in $(seq 10001 13000); do : >"d/$i-$long"; done
client put -r d
silent 'put -r of 3,000 files with long names'
(cd d && LC_ALL=C ls) | sed 's|^|d/|' >names

client list
is "$status" 0 'list'
ok 'shows every name' cmp "$T/out" names

kill_server 2 3
client list
is "$status" 0 'list without two neighbours'
sed 's/$/ [incomplete]/' names >marked
ok 'shows every name with its mark' cmp "$T/out" marked

# Nobody reads, and the pipe is full.
restart_server 2 3
random_file 300000 big
client put big
silent 'put of a file that no pipe takes as a whole'
# is_stuck: the client waits in a call whose first argument is 1, stdout.
is_stuck() {
	read -r _ t_fd _ <"/proc/$client/syscall" && [ "$t_fd" = 0x1 ]
}
mkfifo full
exec 9<>full
for command in list 'list --json' 'cat big' 'head -c 250000 big' 'ls -R' tree; do
	ran=$command
	# What runs in the background has SIGINT ignored, but for this.
	# shellcheck disable=SC2086
	env --default-signal=INT "$DFC" $command >full 2>"$T/err" 9<&- &
	client=$!
	await 10 is_stuck
	kill -INT $client
	wait $client
	status=$? out= err=$(cat "$T/err")
	says 130 '' 'dfc: cancelled: nothing was changed' \
		"$command that nobody reads ends on SIGINT"
done
exec 9<&-
t_end
