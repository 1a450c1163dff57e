#!/bin/sh
# A session with 10,000 names: completion and ls answer at once, also while a
# server stands still.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
for_steps

mkdir d e
seq -f 'd/name-%05.0f' 10000 19998 | xargs touch
touch d/zebra e/zebra-crossing
client put -q -j 256 -r d e
silent '10,000 files are stored'

dialogue 'TAB and ls are fast' -s 80x24 "$DFC" <<'EOF'
row 1 dfc>
mark
send cat d/z\t
cursor-row dfc> cat d/zebra
within 3000
ctrl U
# From what is kept, and not.
mark
send cat d/name-1234\t
quiet 50
send 5\t
cursor-row dfc> cat d/name-12345
within 3000
ctrl U
mark
send cat d/name-1\t\t
expect ... and 9899 more
within 3000
ctrl U
mark
send ls d\r
expect name-10000
expect name-19998
expect zebra
row 0 dfc>
within 5000
mark
send ls d/z*\r
expect zebra
row 0 dfc>
within 3000
mark
send ls\r
expect e/
row 0 dfc>
within 3000
# Long enough for what was kept to be forgotten.
quiet 3200
run kill -STOP $(cat $T/2.pid)
mark
send stat d/zeb\t
cursor-row dfc> stat d/zebra
within 3000
ctrl U
run kill -CONT $(cat $T/2.pid)
ctrl D
exit 0
EOF
kill -STOP "$(pid_of 4)"
dialogue 'a server that stands still holds up one command, no TAB' "$DFC" <<'EOF'
expect dfc[3/4]> 
mark
send cat e/z\t
expect ebra-crossing
within 800
send \r
expect dfc[3/4]> 
mark
send cat d/z\t
expect ebra
within 3000
ctrl U
run kill -CONT $(cat $T/4.pid)
expect is back
cursor-row dfc>
ctrl D
exit 0
EOF

# It stops in the middle of what TAB asks for.
dialogue 'nor one that stops while TAB asks' "$DFC" <<'EOF'
row 1 dfc>
run kill -STOP $(cat $T/1.pid) $(cat $T/3.pid)
mark
send cat e/z\t
expect ebra-crossing
within 3000
ctrl C
row 2 dfc>
run kill -CONT $(cat $T/1.pid) $(cat $T/3.pid)
quiet 100
send cat e/ze\t
expect bra-crossing
ctrl U
ctrl D
exit 0
EOF
t_end
