#!/bin/sh
# Two servers of four down: opposite ones, then neighbours.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

random_file 90001 file
random_file 3 small
cp file was
client put file small
silent 'put with all up'

for pair in '1 3' '2 4'; do
	kill_server $pair
	client list
	exits 0 "without $pair list succeeds"
	is "$out" "file
small" 'and is complete'
	rm -f file
	client get file
	silent 'get is silent'
	ok 'and right' cmp file was
	echo new >new
	client put new
	complains 5 'new put failed' 'put fails'
	client put file
	complains 5 'file put failed' 'overwrite fails'
	client rm small
	exits 5 'rm fails'
	like "$err" 'dfc: *' 'and says why'
	client list
	is "$status $out" "0 file
small" 'nothing of these shows'
	restart_server $pair
	client list
	says 0 "file
small" '' 'nor when all are back'
	client cat file
	[ "$status" = 0 ] && cmp -s "$T/out" was
	t_result $? 'the old version is intact' || show_run
	is "$(find "$T"/[1-4] -type f | wc -l)" 16 'no file is left of the failed put'
done

for pair in '1 2' '2 3' '3 4' '4 1'; do
	kill_server $pair
	client list
	exits 0 "without $pair list succeeds"
	is "$out" "file [incomplete]
small [incomplete]" 'and marks the names'
	echo mine >file
	client get file
	complains 5 'file is incomplete' 'get says incomplete'
	is "$(cat file)" mine 'the local file is untouched'
	rm file
	client get file
	is "$(ls -A)" "new
small
was" 'and none appears'
	client cat file
	is "$status$out" 5 'cat writes nothing'
	client put -o file was
	complains 5 'file put failed' 'put fails'
	client rm file
	exits 5 'rm fails'
	client stat file
	exits 5 'stat fails'
	restart_server $pair
	client list
	says 0 "file
small" '' 'with all back the names are complete'
done
client get file
ok 'and the file is as it was' cmp file was
t_end
