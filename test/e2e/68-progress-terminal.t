#!/bin/sh
# How far a long command is, on a terminal.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
mkfifo in
export DFC

# feed: 300 KiB come out of the FIFO, and the end when $T/go is there.
feed() {
	rm -f "$T/go"
	{
		head -c 307200 /dev/zero
		await 30 test -e "$T/go"
	} >in &
	fed=$!
}
# The put that reads them, as NAME.
cat >put <<'EOF'
name=$1
shift
exec "$DFC" put "$@" - -o "$name" <in
EOF

feed
dialogue 'a line is rewritten, says that nothing comes, and is gone' \
	sh put one <<EOF
row 0 one  300 KiB  stalled
row 1 one  300 KiB  stalled
run : >"$T/go"
exit 0
row 1
row 2
EOF
wait $fed

feed
dialogue 'messages take its place' sh put two <<EOF
screen two  300 KiB
ctrl C
exit 130
row 1 two put failed
row 2 dfc: -: cancelled
row 3 dfc: cancelled: nothing was changed
row 4
run : >"$T/go"
EOF
wait $fed

feed
dialogue 'a name that is too long is cut, as long as the terminal is narrow' \
	-s 30x10 sh put a-rather-long-name-of-a-file <<EOF
row 0 a-rather...of-a-file  300 KiB
resize 60 10
screen a-rather-long-name-of-a-file  300 KiB
run : >"$T/go"
exit 0
row 1
EOF
wait $fed

# What draws nothing is told from what has not drawn yet by the one above.
feed
dialogue 'with -q there is none' sh put three -q <<EOF
quiet 1500
run : >"$T/go"
exit 0
never-raw KiB
EOF
wait $fed
feed
dialogue 'nor on a dumb terminal' -T dumb sh put four <<EOF
quiet 1500
run : >"$T/go"
exit 0
never-raw KiB
EOF
wait $fed
feed
dialogue 'which gets lines where they are wanted' \
	-T dumb sh put five --progress=always <<EOF
expect five  300 KiB
expect \n
expect five  300 KiB
expect \n
run : >"$T/go"
exit 0
never-raw \e
EOF
wait $fed
feed
dialogue 'nor in the background, where the terminal would stop it' \
	sh -c 'stty tostop; set -m; sh put six & wait $!; exit $?' <<EOF
quiet 1500
run : >"$T/go"
exit 0
never-raw KiB
EOF
wait $fed
is "$(dfc list | tr '\n' ' ')" \
	'a-rather-long-name-of-a-file five four one six three ' \
	'all is stored but what was cancelled'

# A get that gets stuck half-way: each server's answers are dammed up.
random_file 3000000 file
client put file
: >"$T/dam.conf"
for i in 1 2 3 4; do
	"$PEER" dam "$(port_of $i)" 200 >"$T/dam$i.out" &
	echo $! >"$T/dam$i.pid"
	await 10 test -s "$T/dam$i.out"
	echo "server dfs$i 127.0.0.1:$(head -n 1 "$T/dam$i.out")" >>"$T/dam.conf"
done
dialogue 'a get tells its share and amount' \
	"$DFC" -c "$T/dam.conf" get -t got file <<EOF
expect file  2
expect % 
expect KiB of 2.9 MiB
ctrl C
exit 130
row 1 dfc: cancelled: nothing was changed
EOF
for i in 1 2 3 4; do
	kill -KILL "$(pid_of dam$i)" 2>/dev/null
	{ wait "$(pid_of dam$i)"; } 2>/dev/null
	: >"$T/dam$i.pid"
done

# Where stdout is the terminal too
dialogue 'many files have a last line' "$DFC" put file put <<EOF
exit 0
screen dfc: stored 2; 2.9 MiB in
EOF
dialogue 'but not with -q' "$DFC" put -q file put <<EOF
exit 0
row 1
EOF
t_end
