#!/bin/sh
# Servers that take connections and answer nothing: a session waits for them
# once, and its later commands do not.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
printf 'contents\n' >file
dfc put file
mkdir many && (cd many && seq 20 | xargs touch)
dfc put -r many
for i in 1 2 3 4; do cp "$T/$i.port" "$T/$i.real"; done

# replace MANNER N...: peers in the places of these servers.
replace() {
	t_manner=$1
	shift
	kill_server "$@"
	for t_i in "$@"; do start_peer "$t_i" "$t_manner"; done
	write_conf 4
}
# put_back N...
put_back() {
	kill_server "$@"
	for t_i in "$@"; do cp "$T/$t_i.real" "$T/$t_i.port"; done
	restart_server "$@"
	write_conf 4
}

# spend COMMAND...: how long a session of these lines takes, in ms.
spend() {
	t_start=$(now_ms)
	for t_line in "$@"; do echo "$t_line"; done | "$DFC" >"$T/out" 2>"$T/err"
	t_spent=$(($(now_ms) - t_start))
	echo "$t_spent"
}
get='get -o got file'

usual=$(spend list)
dfc list >names
for manner in hole silent; do
	replace $manner 2
	once=$(spend list)
	[ "$once" -lt $((usual + 2000)) ]
	t_result $? "one server is $manner: the first list takes a second more" ||
		diag "$once ms, and $usual ms with all servers"
	ok 'and is right' cmp "$T/out" names
	four=$(spend list "$get" list 'put -o other file')
	[ "$four" -lt $((once + 1000)) ]
	t_result $? 'the three commands behind it take no second together' ||
		diag "$four ms, and $once ms for the first alone"
	is "$(cat "$T/out")" "$(cat names names)" 'list is right'
	ok 'get is right' cmp file got

	dialogue "on a terminal with one server $manner" -s 90x40 "$DFC" <<EOF
expect dfs2 (127.0.0.1:
expect ) is down:
expect dfc[3/4]> 
within 3000
mark
send get -o got file\r
expect dfc[3/4]> 
send list\r
expect dfc[3/4]> 
send put -o other file\r
expect dfc[3/4]> 
send ls m\t\r
expect dfc[3/4]> 
send rm -f other\r
expect dfc[3/4]> 
within 1500
quiet 2500
mark
send get -o got file\r
expect dfc[3/4]> 
within 800
absent is back
ctrl D
exit 0
EOF
	replace $manner 4
	both=$(spend list "$get" list "$get")
	[ "$both" -lt $((usual + 2500)) ]
	t_result $? 'two opposite ones cost the same second' ||
		diag "$both ms, and $usual ms with all servers"
	is "$(cat "$T/out")" "$(cat names names)" 'list is right'
	ok 'get is right' cmp file got
	dialogue "on a terminal with two servers $manner" -s 90x40 "$DFC" <<EOF
expect dfc[2/4]> 
within 3000
mark
send get -o got file\r
expect dfc[2/4]> 
send list\r
expect dfc[2/4]> 
within 1200
# What cannot be done without them asks them again, and takes its second.
mark
send put file\r
expect file put failed
expect dfc[2/4]> 
within 4000
mark
send get -o got file\r
expect dfc[2/4]> 
within 800
ctrl D
exit 0
EOF
	replace $manner 3
	dialogue "on a terminal with three servers $manner" -s 90x60 "$DFC" <<EOF
expect dfc[1/4]> 
within 3000
mark
send get file\r
expect file is incomplete
expect dfc[1/4]> 
within 3000
mark
send list\r
expect many/9 [incomplete]
expect dfc[1/4]> 
within 3000
ctrl D
exit 0
EOF
	put_back 2 3 4
	dfc heal >said 2>&1
done

# They come back while a session stands.
for_steps
replace silent 1
dialogue 'a server that is there at last is used by the next command' \
	-s 90x30 "$DFC" <<EOF
expect dfc[3/4]> 
run kill -9 $(pid_of 1)
run sh $T/do restart_server 1
expect is back
expect dfc> 
send put file\r
expect dfc> 
send stat file\r
expect 4 of 4
expect dfc> 
ctrl D
exit 0
never-raw not available
EOF
put_back 1
kill -STOP "$(pid_of 3)"
dialogue 'a stopped server that goes on is announced, and used' -s 90x30 \
	"$DFC" <<EOF
expect dfc[3/4]> 
run kill -CONT $(pid_of 3)
expect is back
expect dfc> 
send put file\r
expect dfc> 
send stat file\r
expect 4 of 4
expect dfc> 
ctrl D
exit 0
never-raw not available
EOF
dialogue 'one that stops between two commands is told of once' -s 90x30 \
	"$DFC" <<EOF
row 1 dfc>
run kill -STOP $(pid_of 3)
mark
send list file\r
expect is down
expect dfc[3/4]> 
within 4000
mark
send get -o got file\r
expect dfc[3/4]> 
send get -o got file\r
expect dfc[3/4]> 
send get -o got file\r
expect dfc[3/4]> 
within 800
run kill -CONT $(pid_of 3)
expect is back
expect dfc> 
ctrl D
exit 0
EOF
t_end
