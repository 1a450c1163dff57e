#!/bin/sh
# A key that is for reading only: all that reads works, and what changes is
# refused, with exit status 9, and changes nothing.
KEYED=1
. "${0%/*}/../lib.sh"
t_begin
"$DFC" keygen -l reader "$T/reader"
sed 's/$/:ro/' "$T/reader" >>"$t_key"
start_servers 4
echo content >file
cp file was
client put file
silent 'put with the key for all'
# The client's file need not say what the key is for.
for key in "$T/reader" "$T/marked"; do
	[ -e "$key" ] || { umask 077; sed 's/$/:ro/' "$T/reader" >"$key"; }
	export DFC_KEY="$key"
	client list
	says 0 file '' 'list'
	rm -f file
	client get file
	silent 'get'
	ok 'and the bytes are right' cmp file was
	for words in status check 'stat file' 'explain file' 'test -e file' \
		'sum file' 'head file' du find tree; do
		# shellcheck disable=SC2086
		client $words
		exits 0 "$words"
	done
	for words in 'put file' 'cp file other' 'mv file other'; do
		# shellcheck disable=SC2086
		client $words
		exits 9 "$words is refused"
		like "$err" '*the key is for reading only*' 'and says why'
	done
	client rm file
	one_line 9 'dfc: file: not removed: the key is for reading only' \
		'rm is refused'
	client rm nothing
	exits 4 'rm of what is not there finds nothing'
	client list
	says 0 file '' 'and nothing has changed'
done
is "$(count_files 1)" 2 'no server has taken a piece of it'
export DFC_KEY="$t_key"
client rm file
silent 'with the key for all: rm'
t_end
