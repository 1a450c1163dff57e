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
dialogue 'rm of many asks; any answer but y removes nothing' "$DFC" rm -r t <<'EOF'
expect remove 4 files (32 B)? [y/N]
send n\r
expect dfc: rm: nothing was removed
exit 8
EOF
dialogue 'Control-C is no answer' "$DFC" rm -r t <<'EOF'
expect [y/N]
ctrl C
expect dfc: cancelled: nothing was changed
exit 130
EOF
dialogue 'neither is the end of what is typed' "$DFC" rm t/a.c t/b.h <<'EOF'
expect remove 2 files (12 B)? [y/N]
ctrl D
exit 8
EOF
client list
is "$(wc -l <"$T/out")" 4 'all are still there'
dfc put t/a.c t/b.h -t u
dialogue 'y removes them' "$DFC" rm u/a.c u/b.h <<'EOF'
expect [y/N]
send y\r
exit 0
EOF
dfc put t/a.c t/b.h -t u
dialogue 'one is not asked for, and none with -f' \
	sh -c '"$0" rm u/a.c && "$0" rm -rf u' "$DFC" <<'EOF'
exit 0
EOF
client list u
says 0 '' '' 'these are gone'
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

# --------------------------------------------------------------- put
client put -n t/a.c t/b.h
says 0 'put a.c (6 B)
put b.h (6 B)' '' 'put -n says what would be stored'
client list
says 0 '' '' 'and stores nothing'
client put -n t/a.c absent -t '..'
complains 1 '../a.c put failed' 'put -n fails as put would'
client put -n t/a.c absent
exits 6 'where some of it would fail'
is "$out" 'put a.c (6 B)' 'the others are told of'
dfc put t/a.c
echo longer >>t/a.c
touch -d '2001-02-03 04:05:06.789012345 UTC' t/b.h
dfc put t/b.h
client put -n --skip-existing t/a.c t/b.h t/sub/x.o
says 0 'replace a.c (13 B)
skip b.h (6 B)
put x.o (10 B)' '' 'put -n --skip-existing tells all three'
client put --json --skip-existing t/a.c t/b.h t/sub/x.o
exits 0 'put --skip-existing'
is "$(results | sort)" 'put a.c true 0 13
put x.o true 0 10
skip b.h false 0 6' 'stores the first and the last'
client cat a.c
says 0 't/a.c
longer' '' 'the longer one'
touch -d '2001-02-03 04:05:06.789012346 UTC' t/b.h
client put -n --skip-existing t/b.h
says 0 'replace b.h (6 B)' '' 'a nanosecond later is another time'
client put -r t -t p --exclude a.c
silent 'put -r with rules'
client list p
says 0 'p/t/b.h
p/t/sub/x.o' '' 'stores what they take'
client put t/a.c t/b.h --include '*.c' -t q
silent 'rules and operands'
client list q
says 0 q/a.c '' 'operands are asked for, too'
printf 't/b.h\0t/sub/x.o' | dfc put -0 --files-from - -t q
is $? 0 'put --files-from -'
client list q
says 0 'q/a.c
q/b.h
q/x.o' '' 'stores what it names'
: >"$T/names"
client put --files-from "$T/names"
silent 'an empty list is nothing to do'
client put --no-clobber t/a.c t/sub/x.o -t q2
silent 'put --no-clobber of what is not stored'
echo other >t/a.c
client put --no-clobber t/a.c t/b.h -t q2
exits 6 'put --no-clobber of a name that is stored'
is "$err" 'q2/a.c put failed
dfc: q2/a.c: there is such a file already' 'says which'
client list q2
says 0 'q2/a.c
q2/b.h
q2/x.o' '' 'and stores the other'
client put --no-clobber t/a.c -t q2
exits 8 'it is a precondition'
client put -n --no-clobber t/a.c -t q2
exits 8 'put -n tells so'
client cat q2/a.c
is "$(tail -n 1 "$T/out")" longer 'what is stored is untouched'
client put --no-clobber -f t/a.c -t q2
silent 'put --no-clobber -f'
client cat q2/a.c
says 0 other '' 'replaces it'
stop_server 2 3
client put -n t/sub/a.c
complains 5 'a.c put failed' 'put -n fails when too few servers answer'
client rm -n a.c
exits 5 'so does rm -n'
is "$out" '' 'which says of nothing that it would go'
restart_server 2 3

# --------------------------------------------------------------- get
mkdir g && cd g || exit 1
client get -n a.c nosuch
says 6 'get a.c (13 B)' 'nosuch is incomplete
dfc: nosuch: no such file' 'get -n fails as get would'
client get -n a.c b.h
says 0 'get a.c (13 B)
get b.h (6 B)' '' 'get -n says what would be fetched'
is "$(ls)" '' 'and writes nothing'
client get -r p
silent 'get -r'
echo changed >p/t/b.h
client get -n -r --skip-existing p
says 0 'replace p/t/b.h (6 B)
skip p/t/sub/x.o (10 B)' '' 'get -n --skip-existing tells both'
client get --json -r --skip-existing p
exits 0 'get --skip-existing'
is "$(results | sort)" 'get p/t/b.h true 0 6
skip p/t/sub/x.o false 0 10' 'fetches what has changed'
is "$(cat p/t/b.h)" t/b.h 'its bytes are those stored'
touch -d "@$(stat -c %Y p/t/b.h).000000001" p/t/b.h
client get -n -r --skip-existing p
is "$(head -n 1 "$T/out")" 'replace p/t/b.h (6 B)' \
	'another nanosecond is another time'
client get -r p --exclude 'sub/' -t x
silent 'get -r with rules'
is "$(find x -type f)" x/p/t/b.h 'fetches what they take'
echo mine >a.c
client get --no-clobber a.c b.h
says 6 '' 'dfc: a.c: is there already (--no-clobber)' 'get --no-clobber'
is "$(cat a.c b.h)" 'mine
t/b.h' 'leaves what is there, and fetches the other'
client get --no-clobber a.c
exits 8 'a file that is there is a precondition'
client get -n --no-clobber a.c
exits 8 'get -n tells so'
client get --no-clobber -f a.c
silent 'get --no-clobber -f'
is "$(head -n 1 a.c)" t/a.c 'replaces it'
ln -s nowhere dangling
client get -o dangling --no-clobber a.c
exits 8 'a link that leads nowhere is there, too'
printf 'q/a.c\nq/b.h\n' | dfc get --files-from - -t y >/dev/null
is "$(ls y)" 'a.c
b.h' 'get --files-from -'
client get -o - --no-clobber a.c
exits 2 'standard output cannot be spared'
cd ..

# what is left out need not be a file
mkdir links && echo x >links/x && ln -s x links/y
client put -r --exclude y links
silent 'put -r does not name a link that is excluded'
client put -r links
exits 6 'but one that is not'

# standard input is no file of the name -
echo same >./-
dfc put -o in ./-
printf 'more\n' | dfc put --skip-existing -o in -
client cat in
says 0 more '' 'put --skip-existing does not take - for a file'

# --json: the summary is the last line, whatever is wrong
for words in '--json nosuch' 'put --json' 'put --json --nosuch' 'ls --nosuch --json' \
	'ls --color=odd --json' 'get --json nosuch' 'cat --json in'; do
	# shellcheck disable=SC2086
	client $words
	last=$(tail -n 1 "$T/out")
	like "$status $last" "$status *\"type\":\"summary\"*\"exit\":$status}" \
		"$words: the summary comes last"
done
client put --nosuch -- --json
says 2 '' 'dfc: put: --nosuch: unknown option (dfc help put)' \
	'an operand asks for no summary'
t_end
