#!/bin/sh
# A session on a terminal, from its first prompt to Control-D.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
for_steps

printf 'all is well\n' >'annual report.txt'
printf 'old\n' >keep
printf 'small\n' >small
dfc put 'annual report.txt' keep
rm 'annual report.txt'
truncate -s 64M big
third="dfs3 (127.0.0.1:$(port_of 3))"

# What a terminal looks like behind the session is compared with before.
cat >"$T/shell" <<'EOF'
trap : INT # which only the shell in between heeds, too
stty -a >"$T/before"
"$DFC" "$@"
status=$?
stty -a >"$T/after"
exit $status
EOF

dialogue 'a day on a terminal' -s 100x40 -t 20000 sh "$T/shell" <<EOF
row 1 dfc>
column 6
# TAB: a command, and a name with a blank.
send ge\t
row 1 dfc> get
send an\t
row 1 dfc> get annual\\\\ report.txt
run kill -9 $(pid_of 3)
# Refused, or reset: either is how such a death may look.
screen dfc: $third is down: Connection re
cursor-row dfc[3/4]> get annual\\\\ report.txt
send \r
row 3 dfc[3/4]>
run grep -q 'all is well' 'annual report.txt'
run sh $T/do restart_server 3
screen dfc: $third is back
row 0 dfc>
send put sm\t
cursor-row dfc> put small
send \r
row 0 dfc>
row -1 dfc> put small
run test "\$("\$DFC" cat small)" = small
# A put that is cancelled: it was not there, and it replaces nothing.
send put --bwlimit 1M big\r
expect %
mark
ctrl C
screen big put failed
screen dfc: cancelled: nothing was changed
row 0 dfc>
within 3000
send stat big\r
screen dfc: big: no such file
row 0 dfc>
send put --bwlimit 1M -o keep big\r
expect %
mark
ctrl C
screen keep put failed
row 0 dfc>
within 3000
send cat keep\r
row -1 old
row 0 dfc>
send list\r
row -4 dfc> list
row -3 annual report.txt
row -2 keep
row -1 small
row 0 dfc>
ctrl D
exit 0
never-raw not available
never-raw \e[?2004
EOF
[ -s "$T/before" ] && cmp "$T/before" "$T/after" >/dev/null
t_result $? 'the terminal is as it was'
kill_server 3
restart_server 3

for end in 'quit 5\r:5' 'exit\r:0'; do
	dialogue "${end%\\r*} leaves" sh "$T/shell" <<EOF
row 1 dfc>
send ${end%:*}
exit ${end#*:}
EOF
	ok 'the terminal is as it was' cmp "$T/before" "$T/after"
done
dialogue 'SIGTERM at the prompt ends it' sh -c 'exec "$DFC"' <<'EOF'
row 1 dfc>
send list
run kill -TERM $PTY_PID
exit 143
EOF
dialogue 'so does a terminal that is closed' "$DFC" <<'EOF'
row 1 dfc>
hangup
exit signal 1
EOF

# Control-C and Control-D at the prompt
dialogue 'Control-C drops the line, and those that it goes on in' \
	sh "$T/shell" <<'EOF'
row 1 dfc>
send rm keep
row 1 dfc> rm keep
ctrl C
row 1 dfc> rm keep^C
row 2 dfc>
ctrl C
row 3 dfc>
send rm 'keep\r
row 4 >
send more
row 4 > more
ctrl C
row 5 dfc>
send cat keep\r
row 6 old
row 7 dfc>
# No Control-D while there is something in the line.
send cat ke
ctrl D
row 7 dfc> cat ke
send ep\r
row 8 old
row 9 dfc>
ctrl D
exit 0
EOF
ok 'the terminal is as it was' cmp "$T/before" "$T/after"
dialogue 'Control-D in quotes that are open is an error, and leaves nothing' \
	"$DFC" <<'EOF'
row 1 dfc>
send cat 'keep\r
row 2 >
ctrl D
screen dfc: the line ends in quotes
row 0 dfc>
ctrl D
exit 0
EOF

# Wrapping, and another width
dialogue 'a long line wraps, and is drawn anew in another width' -s 20x12 \
	"$DFC" <<'EOF'
row 1 dfc>
send cat keep keep keep
row 1 dfc> cat keep keep k
row 2 eep
resize 40 12
row 1 dfc> cat keep keep keep
row 2
send \x7f\x7f\x7f\x7f\x7f
row 1 dfc> cat keep keep
send \r
row 2 old
row 3 old
row 4 dfc>
ctrl D
exit 0
EOF

# Stopped, and going on; bash is the one with jobs.
PS1='$ '
export PS1
dialogue 'Control-Z stops it, and fg goes on with the line' -s 80x20 \
	bash --norc --noprofile -i <<'EOF'
row 1 $
send "$DFC"\r
row 2 dfc>
send cat k
row 2 dfc> cat k
ctrl Z
screen Stopped
row 0 $
send echo here\r
row -1 here
row 0 $
send fg\r
cursor-row dfc> cat k
send ee\x7fep\r
row -1 old
row 0 dfc>
ctrl D
row 0 $
send exit 4\r
exit 4
EOF

# Only one of both is a terminal
dialogue 'a stdout that is no terminal: no prompt' \
	sh -c '"$DFC" >"$T/out"' <<EOF
send cat keep\r
run sh $T/do await 10 test -s $T/out
ctrl D
exit 0
absent dfc>
never-raw dfc>
EOF
is "$(cat "$T/out")" old 'and none in the output'
dialogue 'a stdin that is no terminal: no prompt' \
	sh -c 'echo cat keep | "$DFC"' <<'EOF'
row 1 old
exit 0
row 2
never-raw \e
EOF

# What takes long says how long.
dialogue 'a command that takes half a second is told how long it took' \
	"$DFC" <<'EOF'
row 1 dfc>
send !sleep 0.6\r
row 2 (0.6 s)
row 3 dfc>
send list\r
row -1 small
row 0 dfc>
ctrl D
exit 0
EOF
t_end
