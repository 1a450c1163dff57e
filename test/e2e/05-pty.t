# The dialogues on a terminal, that other tests rely on: what pty says holds,
# and what it says does not.
. "${0%/*}/../lib.sh"
t_begin

# A prompt that is short and known; and a size that is of no terminal here.
bash='bash --norc --noprofile'
export PS1='$ ' COLUMNS=5 LINES=5

# script: stdin becomes the script of the next `refused`.
script() {
	cat >"$T/script"
}

# refused STATUS PATTERN NAME COMMAND...: with that script pty fails so; its
# first line on stderr is like PATTERN.
refused() {
	t_status=$1 t_pattern=$2 t_refused=$3
	shift 3
	run "$PTY" -f "$T/script" "$@"
	# shellcheck disable=SC2254
	case $status:$(head -n 1 "$T/err") in
	$t_status:$t_pattern) t_result 0 "$t_refused" ;;
	*) t_result 1 "$t_refused" || { show_run; diag "wanted: $t_pattern"; } ;;
	esac
}

# ------------------------------------------------------- sh, and the terminal

dialogue 'what is typed is echoed, and its answer is read' \
	sh -c 'read -r a; echo "<$a>"; exit 7' <<'EOF'
# A comment, and an empty line.

send hello\r
row 1 hello
expect hello\r\n
row 2 <hello>
exit 7
EOF

dialogue 'the command has a terminal of the size that was asked for' \
	-s 47x11 -T vt100 sh -c '
	test -t 0 && test -t 1 && test -t 2 && : </dev/tty && stty size
	echo "$TERM ${COLUMNS-none}"' <<'EOF'
expect 11 47\r\n
expect vt100 none\r\n
exit 0
EOF

dialogue 'another size reaches the command as a signal' \
	sh -c 'trap "stty size; exit 3" WINCH; echo go; while :; do read -r a; done' <<'EOF'
expect go
resize 33 9
expect 9 33
exit 3
EOF

dialogue 'Control-C ends a command by SIGINT' cat <<'EOF'
send on\r
expect on\r\non\r\n
ctrl C
exit signal 2
EOF

dialogue 'Control-C reaches a command that catches it' \
	sh -c 'trap "echo caught; exit 5" INT; echo go; while :; do read -r a; done' <<'EOF'
expect go
ctrl c
expect ^C
expect caught
exit 5
EOF

dialogue 'Control-D is the end of the input' cat <<'EOF'
ctrl D
exit 0
EOF

dialogue 'a terminal that is closed hangs the command up' \
	sh -c 'echo go; exec cat' <<'EOF'
expect go
hangup
exit signal 1
EOF

dialogue 'a command may close the terminal before it ends' sh -c '
	exec <&- >&- 2>&-; until [ -e go ]; do :; done; exit 3' <<'EOF'
quiet 50
run : >go
exit 3
EOF

# As an sh without job control starts what is in the background.
script <<'EOF'
expect go
ctrl \
exit signal 3
EOF
ok 'signals that the caller ignores are not ignored' \
	sh -c 'trap "" INT HUP QUIT; exec "$@"' - \
	"$PTY" -f "$T/script" sh -c 'echo go; exec cat'

dialogue 'a command that is run sees the pid, and the output goes on' \
	sh -c 'trap "echo bye; exit 4" TERM; echo go; while :; do read -r a; done' <<EOF
expect go
run kill -TERM \$PTY_PID && echo was here >"$T/ran"
expect bye
exit 4
EOF
is "$(cat "$T/ran")" 'was here' 'and it has run'

dialogue 'more than a terminal holds is typed while the command writes' \
	sh -c 'stty raw -echo; echo go; head -c 100000 | tr x y; echo; echo done' <<EOF
expect go
send $(head -c 100000 /dev/zero | tr '\0' x)
expect $(head -c 100000 /dev/zero | tr '\0' y)
expect done
exit 0
EOF

dialogue 'escape sequences are not in what is expected, but in the raw bytes' \
	printf 'a\033[1mb\033[0mc' <<'EOF'
expect abc
exit 0
never-raw \e[31m
never-raw abc
EOF

dialogue 'a kill ends a command that ignores all signals' \
	sh -c 'trap "" HUP INT TERM; echo go; while :; do read -r a; done' <<'EOF'
expect go
kill
exit signal 9
EOF

dialogue 'it is quiet when nothing was written for so long' \
	sh -c 'echo go; cat' <<'EOF'
expect go
mark
quiet 50
within 9000
ctrl D
exit 0
EOF

# ------------------------------------------------------------ readline's rows

dialogue 'a line that is edited looks as it should' $bash <<'EOF'
row 1 $
send echo hllo
row 1 $ echo hllo
column 12
send \e[D\e[D\e[De
row 1 $ echo hello
column 10
ctrl A
column 3
ctrl K
row 1 $
ctrl Y
row 1 $ echo hello
send \r
row 2 hello
row 3 $
row 0 $
row -1 hello
send \e[A
cursor-row $ echo hello
ctrl U
ctrl D
exit 0
EOF

dialogue 'a line that is longer than the screen wraps' -s 20x6 $bash <<'EOF'
row 1 $
send echo 0123456789ABC
row 1 $ echo 0123456789ABC
column 1
row 2
send DEF
row 1 $ echo 0123456789ABC
row 2 DEF
column 4
send \x7f\x7f\x7f\x7f
row 1 $ echo 0123456789AB
row 2
send CDEF
row 2 DEF
ctrl A
send \e[C\e[C\e[C\e[C\e[CZ
row 1 $ echo Z0123456789AB
row 2 CDEF
send \r
row 3 Z0123456789ABCDEF
row 4 $
ctrl D
exit 0
EOF

dialogue 'rows go up when the screen is full' -s 20x4 $bash <<'EOF'
row 1 $
send for i in 1 2 3 4 5; do echo line $i; done\r
row 3 line 5
row 4 $
row 1 line 3
absent line 2
ctrl D
exit 0
EOF

for term in xterm vt100; do
	dialogue "a search in the history looks as it should, $term" \
		-T $term -s 60x10 $bash <<'EOF'
row 1 $
send echo first one\r
row 2 first one
row 3 $
send echo second\r
row 4 second
row 5 $
ctrl R
send fir
row 5 (reverse-i-search)`fir': echo first one
ctrl G
row 5 $
ctrl D
exit 0
EOF
done

dialogue 'characters of several bytes are one column each' \
	env LC_ALL=C.UTF-8 $bash <<'EOF'
row 1 $
send echo äöü€
row 1 $ echo äöü€
column 12
send \x7f\x7f\r
row 2 äö
row 3 $
ctrl D
exit 0
EOF

# ------------------------------------------------------------ what is not so

script <<'EOF'
expect here
expect never
kill
EOF
refused 1 'pty: line 2: expect never: not within 200 ms' \
	'what is not written in time fails' -t 200 sh -c 'echo "it is here"; cat'
like "$err" '*
screen 80x24, cursor in row 2, column 1:
  1|it is here
  2|
written since the last match:
    \\r\\n
the end of all that was written:
    it is here\\r\\n' 'and the screen and the output are shown'

script <<'EOF'
run echo $PTY_PID >pid
expect never
kill
EOF
refused 1 '*not within 200 ms' 'so does it with a command that ignores signals' \
	-t 200 sh -c 'trap "" HUP INT TERM; while :; do read -r a; done'
fails 'and the command is gone' kill -0 "$(cat pid)"

script <<'EOF'
expect b
expect a
exit 0
EOF
refused 1 'pty: line 2: expect a: the command has ended' \
	'what came before the last match is not found again' echo aab

script <<'EOF'
mark
expect never
exit 0
EOF
t_before=$(now_ms)
refused 1 'pty: line 2: expect never: the command has ended' \
	'nobody waits for a command that has ended' -t 60000 true
[ $(($(now_ms) - t_before)) -lt 30000 ]
t_result $? 'not for long, either'

# fails_step NAME STEP REASON COMMAND...: that step after the last output.
fails_step() {
	t_said="pty: line 2: *: $3"
	printf 'screen end\n%s\nkill\n' "$2" >"$T/script"
	t_step_name=$1
	shift 3
	refused 1 "$t_said" "$t_step_name" -t 200 "$@"
}
fails_step 'text that is not on the screen' 'screen other' \
	'not within 200 ms' sh -c 'echo some; echo end; cat'
fails_step 'text that is on the screen' 'absent om' 'it is there' \
	sh -c 'echo some; echo end; cat'
fails_step 'a row that has more' 'row 1 som' 'not within 200 ms' \
	sh -c 'echo some; echo end; cat'
fails_step 'a row that has less' 'row 1 some more' 'not within 200 ms' \
	sh -c 'echo some; echo end; cat'
fails_step 'a row that is not blank' 'row -1' 'not within 200 ms' \
	sh -c 'echo some; echo end; cat'
fails_step 'a row below the last one' 'row 25 x' 'no such row' \
	sh -c 'echo end; cat'
fails_step "the cursor's row" 'cursor-row some' 'not within 200 ms' \
	sh -c 'echo some; echo end; cat'
fails_step "the cursor's column" 'column 2' 'not within 200 ms' \
	sh -c 'echo end; cat'
fails_step 'bytes that were written' 'never-raw e\x6ed' 'it was written' \
	sh -c 'echo end; cat'
fails_step 'what does not come among all that does' 'expect never' \
	'not within 200 ms' sh -c 'echo end; while :; do echo end; done'
fails_step 'a command that goes on writing' 'quiet 100' 'not within 200 ms' \
	sh -c 'echo end; while :; do echo end; done'
fails_step 'a time that has passed' 'within 0' '* ms' sh -c 'echo end; cat'
fails_step 'a command that fails' 'run exit 3' 'exited with 3' \
	sh -c 'echo end; cat'
fails_step 'a command that does not end' 'run tail -f /dev/null' \
	'not within 200 ms' sh -c 'echo end; cat'
fails_step 'another exit status' 'exit 2' 'exited with 3' \
	sh -c 'echo end; exit 3'
fails_step 'an exit status for a signal' 'exit 2' 'ended by signal 2' \
	sh -c 'echo end; kill -INT $$'
fails_step 'a signal for an exit status' 'exit signal 2' 'exited with 2' \
	sh -c 'echo end; exit 2'
fails_step 'an end that does not come' 'exit 0' 'not within 200 ms' \
	sh -c 'echo end; cat'
script <<'EOF'
exit 0
send x
EOF
refused 1 'pty: line 2: send x: the command does not read it' \
	'typing for a command that has ended' true

script <<'EOF'
exit 0
EOF
refused 1 'pty: 2 unknown sequences, the first: ?5n' \
	'sequences that the screen does not know fail with -u' \
	-u printf '\033[5n\033[6n'
run "$PTY" -f "$T/script" printf '\033[5n\033[6n'
silent 'and without it they do not'
refused 1 'pty: the command wrote more than * bytes' \
	'a command may not write without end' -t 50000 yes
script <<'EOF'
expect no-such-command: No such file or directory
exit 127
EOF
run "$PTY" -f "$T/script" ./no-such-command
silent 'a command that is not there has said so'

# bad_script LINE REASON: is no script, and the command does not run.
bad_script() {
	printf 'exit 0\n%s\n' "$1" >"$T/script"
	refused 2 "pty: line 2: $2" "no step: $1" sh -c 'echo >has-run'
}
bad_script 'hope' 'hope: no such step'
bad_script 'expect' 'expect: not what may follow expect'
bad_script 'expect \q' '*: not what may follow expect'
bad_script 'expect \x1' '*: not what may follow expect'
bad_script 'expect \' '*: not what may follow expect'
bad_script 'ctrl' '*: not what may follow ctrl'
bad_script 'ctrl CC' '*: not what may follow ctrl'
bad_script 'ctrl 1' '*: not what may follow ctrl'
bad_script 'row' '*: not what may follow row'
bad_script 'row x y' '*: not what may follow row'
bad_script 'quiet 1s' '*: not what may follow quiet'
bad_script 'resize 80' '*: not what may follow resize'
bad_script 'exit' '*: not what may follow exit'
bad_script 'exit signal' '*: not what may follow exit'
bad_script 'exit 0 1' '*: not what may follow exit'
bad_script 'mark 1' '*: not what may follow mark'
script <<'EOF'
expect x
EOF
refused 2 'pty: the script has no exit and no kill' \
	'a script says how the command ends' sh -c 'echo >has-run'
refused 2 'pty: usage: *' 'a size is two numbers' -s 80 true
refused 2 'pty: usage: *' 'and so much for usage' -s 80x0 true
fails 'and none of these commands has run' test -e has-run

t_end
