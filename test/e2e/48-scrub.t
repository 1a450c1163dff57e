#!/bin/sh
# The scrub: it finds what has rotted, tells of it, and goes on where it was.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'scrub_rate = 1GiB' 'scrub_interval = 1s'
start_servers 4

for i in $(seq 10 39); do random_file 50000 "f$i"; done
client put f??
silent 'put'

# flip N NAME: one byte of its first chunk there.
flip() {
	path=$(files_of "$1" "$2" | head -n 1)
	cp "$path" "$T/good"
	printf '\001' | dd of="$path" bs=1 seek=5000 conv=notrunc 2>/dev/null
	! cmp -s "$path" "$T/good" || printf '\002' |
		dd of="$path" bs=1 seek=5000 conv=notrunc 2>/dev/null
}
logs() {
	grep -q "$2" "$T/$1.log"
}
# status_says PATTERN N: in the line of server N.
status_says() {
	dfc status 2>/dev/null | grep "^dfs$2 " | grep -q "$1"
}
check_says() {
	dfc check 2>/dev/null | grep -q "$1"
}
# cursor N: the name that the scrub of a stopped server had reached.
cursor() {
	readlink "$T/$1/@state" | awk -F - '{ print $10 }' |
		perl -ne 'chomp; $_ = pack "H*", $_; s/\0+$//; print'
}
began() {
	readlink "$T/$1/@state" | awk -F - '{ print $11 }'
}
# reached N COUNT: so many names are passed.
reached() {
	kill -USR1 "$(pid_of "$1")"
	[ "$(sed -n 's/.* scrubbed=\([0-9]*\) .*/\1/p' "$T/$1.log" |
		tail -n 1)" -ge "$2" ] 2>/dev/null
}

ok 'a pass ends' await 20 logs 2 'scrub pass ended names=30 bad=0'
ok 'check tells when' await 20 check_says 'all verified .*less than a minute'
flip 2 f20
ok 'a flipped byte is found' await 20 logs 2 'bad chunk name="f20"'
like "$(grep 'bad chunk' "$T/2.log" | head -n 1)" '* want=x* found=x*' \
	'and logged with both digests'
ok 'status counts it' await 20 status_says '1 corrupt chunk' 2
is "$(grep -c 'bad chunk' "$T/2.log")" 1 'it is logged once'
mkdir got
client get -t got f20
silent 'get of the file'
ok 'gives the right bytes' cmp f20 got/f20
is "$(count_files 2)" 60 'nothing was deleted'

stop_server 2
is "$(cursor 2)" f19 'the place is not behind the bad chunk'
ok 'and the pass not ended' test "$(began 2)" != 00000000
dfs_conf 'scrub_rate = 1GiB'
cp "$T/good" "$path"
restart_server 2
dfs_conf 'scrub_rate = 256KiB' 'scrub_interval = 1s'
stop_server 2
is "$(cursor 2)" f19 'a start at which it does not get to work keeps it'

# Four names a second.
restart_server 2
ok 'it goes on from there' await 20 reached 2 12
stop_server 2
at=$(cursor 2)
like "$at" 'f[23]?' 'the place has moved on'
restart_server 2
ok 'a restart knows how far it was' await 20 reached 2 "$((${at#f} - 9))"
dfs_conf 'scrub_rate = off' 'scrub_interval = 1s'
kill -HUP "$(pid_of 2)"
ok 'SIGHUP turns it off' await 20 logs 2 'configuration reloaded'
stop_server 2
ok 'the pass has not ended' test "$(began 2)" != 00000000
dfs_conf 'scrub_rate = 1GiB' 'scrub_interval = 1s'
restart_server 2
ok 'on again, it ends' await 20 logs 2 'scrub pass ended names=30 bad=0'
ok 'check has the new pass' await 20 check_says 'all verified .*less'
fails 'and tells of nothing bad' status_says corrupt 2
t_end
