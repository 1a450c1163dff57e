#!/bin/sh
# Which files put, get and rm take, what they would do, and what they skip.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# results: of the last run with --json: "ACTION NAME DONE EXIT BYTES".
results() {
	sed -n 's/.*"type":"result",//p' "$T/out" | sed \
		's/"action":"\([^"]*\)","name":"\([^"]*\)".*"done":\([a-z]*\)\(,"planned":true\)*.*"exit":\([0-9]*\),"bytes":\([0-9]*\).*/\1 \2 \3 \5 \6/'
}

mkdir -p t/sub
for f in t/a.c t/b.h t/sub/a.c t/sub/x.o; do echo "$f" >$f; done
dfc put -r t

# ---------------------------------------------------------------- rm
client rm -n -r t
says 0 'remove t/a.c (6 B)
remove t/b.h (6 B)
remove t/sub/a.c (10 B)
remove t/sub/x.o (10 B)' '' 'rm -n says what would go'
client list
is "$(wc -l <"$T/out")" 4 'and removes nothing'
client rm -n nosuch t/a.c
says 6 'remove t/a.c (6 B)' 'dfc: nosuch: no such file' \
	'rm -n fails as rm would'
client rm -r t --include '*.h' --exclude '*'
silent 'rm with rules'
client list
says 0 't/a.c
t/sub/a.c
t/sub/x.o' '' 'removes what they take'
printf 't/a.c\nt/sub/a.c\n' >"$T/names"
client rm --files-from "$T/names"
silent 'rm --files-from'
client list
says 0 t/sub/x.o '' 'removes these'
printf 't/sub/x.o\000nosuch\000' >"$T/names"
client rm --json -0 --files-from "$T/names"
exits 6 'rm --files-from -0 --json of a name that is not there'
is "$(results | sort)" 'remove nosuch false 4 0
remove t/sub/x.o true 0 0' 'tells the end of each'
client rm --files-from nosuch
says 1 '' 'dfc: nosuch: No such file or directory' 'a list that is not there'
client rm --files-from "$T/names"
exits 1 'a list with NULs, without -0'
client rm -0 x
exits 2 '-0 without --files-from'
client rm --exclude '' x
exits 2 'an empty pattern'
client rm
exits 2 'rm of nothing'
t_end
