#!/bin/sh
# More than 10,000 names: all commands that list have them all; in a session
# completion and ls answer at once, also while a server stands still.
. "${0%/*}/../lib.sh"
t_in_memory
t_begin
start_servers 4
for_steps

mkdir d e f
seq -f 'd/name-%05.0f' 10000 19998 | xargs touch
touch d/zebra e/zebra-crossing
for i in $(seq 1000); do
	printf 'f/%02d/file-%05d\n' $((i % 50)) "$i"
done >fs
sed 's|/[^/]*$||' fs | sort -u | xargs mkdir
xargs touch <fs
client put -q -j 256 -r d e f
silent '11,001 files are stored'
find d e f -type f | LC_ALL=C sort >names

client list
is "$status" 0 'list'
ok 'has them all, and whole' cmp "$T/out" names
client ls -1R
ok 'so has ls -R' cmp "$T/out" names
client ls -l f
is "$(wc -l <"$T/out")" 50 'ls shows fifty directories'
client ls -S1r f/00
is "$(tail -n 1 "$T/out")" f/00/file-00050 'sorted'
client ls -1 'f/4?/*99*'
is "$(wc -l <"$T/out")" "$(grep -c '/4./.*99' names)" 'or by a pattern'
client find --size 0
ok 'find tells them all' cmp "$T/out" names
client find --name '*-00*' f/07
is "$(wc -l <"$T/out")" 20 'or some'
client tree
is "$(tail -n 1 "$T/out")" '53 directories, 11001 files' 'tree draws them all'
client tree -L 1
is "$(tail -n 1 "$T/out")" '3 directories, 0 files' 'or the first level'
client du
is "$(wc -l <"$T/out")" 54 'du sums them up'
client ls --json -R
is "$(wc -l <"$T/out")" 11002 'ls --json has an object for each'
client test -d d
exits 0 'test -d'

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
