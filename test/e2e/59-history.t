#!/bin/sh
# The lines that were typed: kept, brought back, and never in the way.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
file=$T/home/.local/state/dfc/history
printf 'x\n' >one

# session NAME [COMMAND...] with the steps behind the first prompt: a session.
session() {
	t_session=$1
	shift
	{ printf 'row 1 dfc>\n' && cat; } >"$T/steps"
	dialogue "$t_session" "$@" "$DFC" <"$T/steps"
}

session 'lines are brought back, by Up and by a search' <<'EOF'
send put one\r
row 2 dfc>
send list\r
row 4 dfc>
send list\r
row 6 dfc>
send  stat one\r
screen chunk 4
row 0 dfc>
send \e[A
cursor-row dfc> list
send \e[A
cursor-row dfc> put one
send \e[B\e[B
cursor-row dfc>
ctrl R
send ut
cursor-row (reverse-i-search)`ut': put one
send \r
row 0 dfc>
ctrl D
exit 0
EOF
is "$(cat "$file")" 'put one
list
list
put one' 'they are in the file, but those that begin with a blank'
is "$(stat -c %a "$file" "$T/home/.local/state/dfc" | xargs)" '600 700' \
	'which nobody else can read'

umask 0
session 'the next session goes on with them' <<'EOF'
send \e[A
row 1 dfc> put one
send \e[A
row 1 dfc> list
send \r
row 2 one
row 3 dfc>
send history\r
screen 5  history
row 0 dfc>
ctrl D
exit 0
EOF
umask 022
is "$(tail -n 2 "$file")" 'list
history' 'and appends its own'
is "$(stat -c %a "$file")" 600 'with the same mode'

# Two at once: both append.
mkfifo go
dialogue 'a session that is open while another writes' "$DFC" <<EOF
row 1 dfc>
send version\r
row 3 dfc>
run echo 'help put' >>$file
send version \r
row 5 dfc>
ctrl D
exit 0
EOF
is "$(tail -n 3 "$file")" 'version
help put
version ' 'takes nothing away'

session 'a line goes to the file before it is done' <<EOF
send !kill -9 \$PPID\r
exit signal 9
EOF
is "$(tail -n 1 "$file")" '!kill -9 $PPID' 'so a session that dies loses none'

# Files that are none
before=$(cat "$file")
work() {
	session "$@" <<'EOF'
send list\r
row 2 one
row 3 dfc>
send \e[A
cursor-row dfc> list
send \r
row 4 one
row 5 dfc>
ctrl D
exit 0
EOF
}
work 'a history that is full: the shell works' \
	env DFC_HISTFILE=/dev/full
work 'one below a file' env DFC_HISTFILE=/dev/null/history
work 'one that is a directory' env DFC_HISTFILE="$T"
work 'an empty name' env DFC_HISTFILE=
work 'no HOME' env -u HOME
work 'a HOME that is not there' env HOME=/proc/none
is "$(cat "$file")" "$before" 'nothing was kept'
work 'another file' env DFC_HISTFILE="$T/other"
is "$(cat "$T/other")" 'list
list' 'is the one that is kept'
work 'another state directory' env XDG_STATE_HOME="$T/state"
is "$(cat "$T/state/dfc/history")" 'list
list' 'has the file'

echo precious >"$T/target"
ln -s "$T/target" "$T/link"
work 'a link' env DFC_HISTFILE="$T/link"
is "$(cat "$T/target")" precious 'is not followed'
ln "$T/target" "$T/hard"
work 'a file of two names' env DFC_HISTFILE="$T/hard"
is "$(cat "$T/target")" precious 'is left alone'
mkfifo "$T/fifo"
work 'a FIFO that nobody reads' env DFC_HISTFILE="$T/fifo"

# What others put in
printf 'list\n\n\033[31mred\007\nhalf' >"$T/odd"
session 'control bytes from the file are shown, not sent' \
	env DFC_HISTFILE="$T/odd" <<'EOF'
send \e[A
row 1 dfc> half
send \e[A
row 1 dfc> ^[[31mred^G
send \e[A
row 1 dfc> list
ctrl U
send history\r
screen red
row 0 dfc>
ctrl D
exit 0
never-raw \e[31m
never-raw red\a
EOF
seq 30000 | sed 's/^/list /' >"$T/long"
session 'a long file costs no time' env DFC_HISTFILE="$T/long" <<'EOF'
within 3000
send \e[A
row 1 dfc> list 30000
ctrl U
ctrl D
exit 0
EOF
is "$(wc -l <"$T/long")" 30000 'and is not cut'
t_end
