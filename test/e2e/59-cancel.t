#!/bin/sh
# Control-C in a command of a session ends that alone, at once, whatever it
# waits for; what it says is so, and the next command works.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
for_steps

printf 'old\n' >file
dfc put file
truncate -s 64M large
mkdir many && (cd many && seq 2000 | xargs touch)
for i in 1 2 3 4; do cp "$T/$i.port" "$T/$i.real"; done

# cancelled NAME LINE UNTIL SAYS: of that line when UNTIL has happened, a step.
cancelled() {
	dialogue "$1" -s 100x40 -t 20000 "$DFC" <<EOF
expect dfc> 
send $2\r
expect \r\n
$3
mark
ctrl C
expect $4
expect dfc> 
within 3000
mark
send cat file\r
expect old\r\n
expect dfc> 
within 3000
ctrl D
exit 0
EOF
}

cancelled 'a put that has just begun' 'put --bwlimit 1M large' 'quiet 1' \
	'cancelled: nothing was changed'
cancelled 'a put under way' 'put --bwlimit 1M large' 'expect %' \
	'cancelled: nothing was changed'
cancelled 'a put of what is there already' 'put --bwlimit 1M -o file large' 'expect %' \
	'cancelled: nothing was changed'
client list
says 0 file '' 'nothing is stored'
cancelled 'a put from the keyboard' 'put -o keyboard -' 'quiet 100' \
	'cancelled: nothing was changed'

# many: the number of those stored is what is said.
INPUTRC=/dev/null "$PTY" -u -s 100x40 "$DFC" >shown 2>&1 <<EOF
expect dfc> 
send put -q -j1 -r many\r
run sh $T/do await 10 sh -c 'test -e $T/1/many/20 || test -e $T/1/many/1002'
ctrl C
expect dfc: cancelled: 
screen done, the others not
expect dfc> 
run "\$DFC" list many/ | wc -l >stored
send cat file\r
expect old
row 0 dfc>
dump
ctrl D
exit 0
EOF
t_result $? 'a put of many files says how many it stored' || diag "$(cat shown)"
sed -n 's/.*cancelled: \([0-9]*\) done.*/\1/p' shown >told
[ -s told ] && [ "$(cat told)" -eq "$(cat stored)" ] && [ "$(cat told)" -lt 2000 ]
t_result $? 'which is so' || diag "told $(cat told), stored $(cat stored)"

head -c 600M /dev/zero >half
dfc put -q half
rm half
printf 'precious\n' >half
cancelled 'a get' 'get half' 'quiet 60' 'cancelled: nothing was changed'
is "$(cat half)" precious 'leaves the file that was there'
is "$(find . -name '*half*')" ./half 'and nothing else'
rm half
dfc rm -q half

# Servers that say nothing
kill -STOP "$(pid_of 2)"
for command in list 'put file' 'heal' 'check' 'status' 'stat file' 'find'; do
	dialogue "$command, while it waits for a server" -s 100x40 "$DFC" <<EOF
expect dfc[3/4]> 
run kill -CONT $(pid_of 2)
expect is back
expect dfc> 
run kill -STOP $(pid_of 2)
send $command\r
quiet 100
mark
ctrl C
expect ^C
expect > 
within 700
send cat file\r
expect old\r\n
expect > 
send \x15\x04
exit 0
EOF
done
kill -STOP "$(pid_of 3)" "$(pid_of 4)"
dialogue 'a put that waits for three servers' -s 100x40 "$DFC" <<EOF
expect dfc[1/4]> 
send put file\r
quiet 50
mark
ctrl C
expect cancelled: nothing was changed
expect dfc[1/4]> 
within 700
ctrl D
exit 0
EOF
kill -CONT "$(pid_of 2)" "$(pid_of 3)" "$(pid_of 4)"
client cat file
says 0 old '' 'all are back'

# Control-C where nothing waits.  Some shells note it, and wait for the program
# that they are about to start: there is none but perl when it comes.
dialogue 'Control-C again and again' -s 100x40 "$DFC" <<'EOF'
row 1 dfc>
ctrl C
row 2 dfc>
ctrl C
row 3 dfc>
ctrl C
row 4 dfc>
send !exec perl -e 'syswrite STDOUT, "go".chr 10; sleep 30'\r
row 5 go
mark
ctrl C
row 6 ^Cdfc: !: ended by signal 2 (Interrupt)
row 7 dfc>
within 3000
send cat file\r
expect old\r\n
expect dfc> 
ctrl D
exit 0
EOF
printf -- '-put --bwlimit 1M large\ncat file\n' >lines
dialogue 'Control-C ends all lines of a file' -s 100x40 "$DFC" <<EOF
row 1 dfc>
send source lines\r
expect %
ctrl C
expect cancelled: nothing was changed
expect dfc: lines: stopped at line 1
expect dfc> 
ctrl D
exit 0
never-raw old
EOF
t_end
