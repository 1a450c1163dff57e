#!/bin/sh
# head, tail, sum and test.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

seq 1 200000 >seq
head -c 5000000 /dev/urandom >big
: >empty
printf 'a\nb' >noend
echo 1 >'odd
na\me'
mkdir -p docs/sub
echo d >docs/sub/d
client put seq big empty noend odd*
client put -r docs
silent 'put'

# same COMMAND OPTION N FILE: as head(1) and tail(1) do.
same() {
	dfc "$1" "$2" "$3" "$4" >"$T/got" 2>"$T/got.err" || return 1
	"$1" "$2" "$3" "$4" >"$T/wanted"
	cmp "$T/got" "$T/wanted" && ! [ -s "$T/got.err" ]
}
for command in head tail; do
	for file in seq big empty noend; do
		for count in 0 1 2 10 70000 140000 200000 999999999; do
			ok "$command -n $count $file" \
				same $command -n $count $file
			ok "$command -c $count $file" \
				same $command -c $count $file
		done
	done
done
client head seq
is "$out" "$(head seq)" 'head shows ten lines'
client tail seq
is "$out" "$(tail seq)" 'so does tail'
client head -c 1KiB seq
is "$(wc -c <"$T/out")" 1024 'bytes may have a unit'
client head -n 1 noend seq
says 0 "==> noend <==
a

==> seq <==
1" '' 'several files have headers'
client tail -n 1 seq nosuch
says 6 '==> seq <==
200000' 'nosuch is incomplete
dfc: nosuch: no such file' 'one that is not there is named'
for command in 'head -n 1 -c 1' 'head -n x' 'tail -c 1k' 'head -n -1' \
	'head --json' 'tail --json' 'cat --json' 'get --json -o -'; do
	# shellcheck disable=SC2086
	client $command seq
	exits 2 "$command is a usage error"
done
like "$err" 'dfc: get -o -: what it prints is the file itself: no --json' \
	'data and objects do not go to one place'
"$DFC" head -c 4000000 big >/dev/full 2>"$T/err"
is $? 10 'head to a full disk fails for lack of space'
is "$("$DFC" head -c 4000000 big 2>"$T/err" | head -c 3)" "$(head -c 3 big)" \
	'head that nobody reads to the end'
is "$(cat "$T/err")" '' 'does not complain'

client sum --sha256 seq big empty odd*
exits 0 'sum --sha256'
ok 'is what sha256sum reads' sha256sum --strict -c "$T/out"
client sum -c big
exits 0 'sum -c'
is "$(tr -dc '\n' <"$T/out" | wc -c)" 4 'has a line for each chunk'
first=$(find "$T/1/big" "$T/2/big" "$T/3/big" "$T/4/big" -name '00-*' |
	head -n 1)
is "$(sed -n '1s/  .*//p' "$T/out")" "${first##*-x}" 'with its digest'
is "$(sed -n '1s/.*  //p' "$T/out")" 'big#1' 'and the name with its number'
client sum big
root=$(find "$T/1/big" -name '@c-*')
is "$out" "${root##*-x}  big" 'sum shows the digest of these digests'
client sum --json big
like "$out" '{"v":1,"type":"file","name":"big","size":5000000,"algorithm":"xxh3","digest":"'"${root##*-x}"'","chunks":?{"chunk":1,"digest":"'"${first##*-x}"'"},*
*' 'sum --json has them all'
client sum -c --sha256 big
exits 2 'sum -c --sha256 is a usage error'

# answers STATUS OPERANDS...: of test, silently.
answers() {
	wanted=$1
	shift
	client test "$@"
	says "$wanted" '' '' "test $* is $wanted"
}
answers 0 -e seq
answers 0 -e docs
answers 0 -e docs/sub/d
answers 1 -e nosuch
answers 1 -e doc
answers 0 -f seq
answers 1 -f docs
answers 1 -f nosuch
answers 1 -f a//b
answers 0 -d docs
answers 0 -d docs/sub/
answers 0 -d /
answers 1 -d seq
answers 1 -d nosuch
answers 0 -c seq
answers 1 -c docs
client test seq
exits 2 'test wants a question'
client test -e -f seq
exits 2 'and one only'
client test -e --json docs
like "$out" '{"v":1,"type":"test","name":"docs","result":true}
*' 'test --json'

# Whole chunks are verified, and only those that it takes.
# spoil INDEX: the copies of that chunk of big.
spoil() {
	for chunk in "$T"/[1-4]/big/@c-*/"$1"-*; do
		chmod u+w "$chunk"
		printf 'wrong' | dd of="$chunk" conv=notrunc status=none
	done
}
spoil 01
ok 'head does not read a chunk behind what it shows' \
	same head -c 1000000 big
ok 'tail none before it' same tail -c 1000000 big
ok 'nor does it for lines' same tail -n 5 big
client head -c 1300000 big
exits 7 'a chunk that has no good copy ends it'
is "$out" '' 'and nothing of it is shown'
like "$err" 'big is incomplete
*' 'it is incomplete'
client sum -c big
exits 0 'digests are known without the data'
client sum --sha256 big
says 7 '' "$err" 'but not those of the content'
one=$(find "$T/1/big" "$T/2/big" "$T/3/big" "$T/4/big" -name '00-*' |
	head -n 1)
printf 'wrong' | dd of="$one" conv=notrunc status=none
"$DFC" -q head -c 100 big >"$T/got"
head -c 100 big >"$T/wanted"
ok 'where one copy is bad the other is shown' cmp "$T/got" "$T/wanted"

kill_server 2 3
answers 0 -e seq
answers 0 -d docs
answers 1 -c seq
client head seq
complains 5 'seq is incomplete' 'head without a chunk'
client sum seq
complains 5 'seq is incomplete' 'sum, too'
kill_server 1
for question in -e -f -d -c; do
	client test $question seq
	complains 5 'dfc: seq: too few servers answer to know' \
		"test $question does not guess"
done
client test -d docs
complains 5 'dfc: docs: too few servers answer to know' \
	'nor where a server that is left knows of a file'
t_end
