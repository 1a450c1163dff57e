#!/bin/sh
# Three servers of four down, and all.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

random_file 1234 a
random_file 99999 b
cp b was
client put a b
silent 'put with all up'

for up in 1 2 3 4; do
	down=$(seq 4 | grep -v "$up")
	kill_server $down
	client list
	is "$status $out" "6 a [incomplete]
b [incomplete]" "with dfs$up alone list marks the names"
	like "$err" 'dfc: *' 'and says that it may not be complete'
	echo mine >b
	client get b
	complains 5 'b is incomplete' 'get says incomplete'
	is "$(cat b)" mine 'the local file is untouched'
	client put b
	complains 5 'b put failed' 'put fails'
	client rm b
	exits 5 'rm fails'
	client get nosuch
	complains 5 'nosuch is incomplete' 'an absent name is not proven absent'
	restart_server $down
done

kill_server 1 2 3 4
client list
is "$status$out" 5 'without any server list fails and prints nothing'
like "$err" 'dfc: *' 'and says why'
client get b
complains 5 'b is incomplete' 'get says incomplete'
is "$(cat b)" mine 'the local file is untouched'
client put b
complains 5 'b put failed' 'put fails'
client rm b
exits 5 'rm fails'
client cat b
is "$status$out" 5 'cat fails'
client stat b
is "$status$out" 5 'stat fails'
client status
exits 5 'status fails'
# Operations that end at once are no reason to end early.
mkdir many && (cd many && touch $(seq 10000))
"$DFC" put many/* 2>"$T/err"
is "$? $(grep -c ' put failed$' "$T/err")" '5 10000' \
	'ten thousand files: put fails for each of them'
restart_server 1 2 3 4
client get b
silent 'with all back get is silent'
ok 'and right' cmp b was
is "$(find "$T"/[1-4] -type f | wc -l)" 16 'nothing was left on the way'
t_end
