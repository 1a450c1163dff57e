#!/bin/sh
# What a heal moves: chunks of all sizes to a new disk, good ones in the place
# of rotten ones; and a server or the client that dies while they are on
# their way.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

# all_there FILES WHAT: so many names have their two files on each server.
all_there() {
	counts=$(for n in 1 2 3 4; do count_files $n; done | tr '\n' ' ')
	is "$counts" "$(($1 * 2)) $(($1 * 2)) $(($1 * 2)) $(($1 * 2)) " "$2"
}

# survives WHAT: every name is read right with any one server down.
survives() {
	bad=
	for down in 1 2 3 4; do
		kill_server $down
		rm -rf got && mkdir got
		(cd got && dfc get $(cd ../src && ls)) || bad="$bad dfs$down"
		diff -r src got >"$T/diff" || bad="$bad dfs$down:differs"
		restart_server $down
	done
	is "$bad" '' "$1"
}

# wiped N: a new disk.
wiped() {
	kill_server "$1"
	rm -rf "$T/$1"
	restart_server "$1"
}

mkdir src
for size in 0 1 5 70000 20000000; do random_file $size src/file$size; done
client put src/*
silent 'five sizes'
all_there 5 'two files of each on every server'

for n in 2 4; do
	wiped $n
	client heal
	exits 0 "dfs$n has a new disk: heal"
	all_there 5 'every chunk is back'
done
survives 'any one server can go'

# One flipped byte in a chunk of each size, on each server in turn.
n=0
for size in 1 5 70000 20000000; do
	n=$((n + 1))
	path=$(find "$T/$n/file$size" -type f -size +0 | sort | head -n 1)
	[ -n "$path" ] || path=$(find "$T"/*/file$size -type f -size +0 |
		sort | head -n 1)
	at=$(($(stat -c %s "$path") / 2))
	cp "$path" good
	# A byte that differs by one bit from what is there.
	byte=$(od -An -tu1 -j $at -N 1 "$path" | tr -d ' ')
	printf "\\$(printf %o $((byte ^ 1)))" |
		dd of="$path" bs=1 seek=$at conv=notrunc 2>/dev/null
	fails "a bit of file$size has flipped" cmp -s "$path" good
	client heal file$size
	exits 0 'heal of that name'
	like "$err" '*damaged*replaced*' 'tells it'
	ok 'the good bytes are there' cmp "$path" good
	home=${path#"$T/"}
	ok 'the log of that server has the damage' \
		grep -q "file$size.*" "$T/${home%%/*}.log"
	client heal file$size
	silent 'a second heal finds nothing'
done
all_there 5 'and nothing else'
survives 'any one server can go'

# A large file: its server is killed, or the client gives up, on the way.
random_file 150000000 src/big
client put src/big
silent 'a large file'

# arriving N: more than a MiB of a restore is there.
arriving() {
	[ -n "$(find "$T/$1" -type f -size +1M 2>/dev/null)" ]
}
# heal_until_arriving N: in the background, until bytes arrive at server N.
heal_until_arriving() {
	"$DFC" heal big >"$T/out" 2>"$T/err" &
	healer=$!
	await 20 arriving "$1" || diag 'nothing has arrived'
}
# spooling: the heal in the background has fetched more than a MiB.
spooling() {
	blocks=$(stat -L -c %b /proc/$healer/fd/* 2>/dev/null |
		sort -n | tail -n 1)
	[ "${blocks:-0}" -gt 2048 ]
}
# healed: what the heal in the background said.
healed() {
	wait $healer
	status=$?
	out=$(cat "$T/out") err=$(cat "$T/err")
	ran='dfc heal big'
}

wiped 3
heal_until_arriving 3
kill_server 3
healed
exits 3 'the server that chunks go to is killed: not all was done'
like "$err" '*dfs3: lacks chunks of 1 file*' 'and heal names the server'
restart_server 3
client heal big
exits 0 'heal again, with the server'
is "$(count_files 3 big)" 2 'has restored both chunks'
is "$(count_files 3)" 2 'and nothing else is there'

wiped 3
heal_until_arriving 3
kill -TERM $healer
healed
exits 143 'the client is told to stop'
like "$err" '*dfc: cancelled: not all was done' 'and claims nothing'
client heal big
exits 0 'heal again'
is "$(count_files 3)" 2 'has restored both chunks, and nothing else is there'

wiped 3
heal_until_arriving 3
kill -KILL $healer
healed 2>/dev/null
client heal
exits 0 'the client is killed; heal again, of all names'
all_there 6 'has restored all chunks, and nothing else is there'

# A holder that dies while its chunks are fetched: the other one goes on.
wiped 3
"$DFC" heal big >"$T/out" 2>"$T/err" &
healer=$!
await 20 spooling || diag 'nothing is fetched'
kill_server 1
healed
[ "$status" = 0 ] || [ "$status" = 3 ] # the rest may not need it
t_result $? 'a holder dies on the way: the heal goes on without it' ||
	show_run
is "$(count_files 3 big)" 2 'and the chunks are back'
restart_server 1
client heal
exits 0 'and is whole with it'
all_there 6 'every chunk is back'
survives 'any one server can go'

# A put without a server; with it the file is cut anew, in four chunks.
kill_server 4
random_file 31000003 src/big
touch -d @1000000007 src/big
client put src/big
one_line 0 '*dfs4*' 'a large file is put without a server'
is "$(count_files 4 big)" 2 'which has the old one'
restart_server 4
client heal
one_line 0 '*1 file spread anew' 'the server is back: heal'
client ls -l big
like "$out" '*4x2*' 'spreads it over four'
all_there 6 'and nothing else is there'
survives 'any one server can go'
dfc get -o back big
is "$(stat -c %Y back)" 1000000007 'it has its time'

# No room for what is fetched.
wiped 2
TMPDIR=$T/none run "$DFC" heal big
exits 1 'no directory for the temporary file: heal fails'
like "$err" '*big: temporary file: No such file or directory*' 'and says why'
client heal
exits 0 'heal with one'
all_there 6 'every chunk is back'
t_end
