#!/bin/sh
# How far a long command is, and its last line: where there is no terminal.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
mkfifo auto.in never.in always.in

# Three puts that wait for more input, as long as the last needs for two lines.
"$DFC" put - -o auto <auto.in 2>"$T/auto" &
auto=$!
"$DFC" put --progress=never - -o never <never.in 2>"$T/never" &
never=$!
"$DFC" -q --progress=always put - -o always <always.in 2>"$T/always" &
always=$!
exec 7>auto.in 8>never.in 9>always.in
for fd in 7 8 9; do head -c 307200 /dev/zero >&$fd; done
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
ok 'lines come while nothing moves' await 10 has_lines "$T/always" 2
exec 7>&- 8>&- 9>&-
wait $auto && wait $never && wait $always
t_result $? 'all three are stored'
is "$(cat "$T/auto" "$T/never")" '' \
	'a stderr that is no terminal gets no progress, unless it is wanted'
head -n 2 "$T/always" | grep -vE '^always  300 KiB(  [0-9.]+ [KM]?i?B/s)?$' \
	>"$T/other"
is "$(cat "$T/other")" '' 'the lines say name, amount and rate'
[ "$(tr -d '\r\033' <"$T/always")" = "$(cat "$T/always")" ]
t_result $? 'without a carriage return or an escape sequence'
is "$(dfc stat always | grep '^size ')" 'size     307200' 'and all is there'

# The last line
mkdir tree
head -c 1500 /dev/zero >tree/a
head -c 548 /dev/zero >tree/b
client -v put tree/a tree/b
one_line 0 'dfc: stored 2; 2.0 KiB in [0-9].[0-9] s (*/s)' \
	'many files have a last line, with -v'
client put tree/a tree/b
silent 'and without it none where there is no terminal'
client -v put tree/a
silent 'one file has none'
client -v put -r tree
one_line 0 'dfc: stored 2; 2.0 KiB in *' 'a tree has one'
client --progress=always put tree/a nothing tree/b
is "$status $(tail -n 1 "$T/err" | sed 's/ in .*//')" \
	'6 dfc: stored 2, failed 1; 2.0 KiB' 'it counts what failed'
client -v get -t got tree/a tree/b missing
is "$status $(tail -n 1 "$T/err" | sed 's/ in .*//')" \
	'6 dfc: got 2, failed 1; 2.0 KiB' 'of a get too'
client -v get -r -t trees tree never-was
is "$status $(tail -n 1 "$T/err" | sed 's/ in .*//')" \
	'6 dfc: got 2, failed 1; 2.0 KiB' 'a tree that is not there has failed'
client -v cat tree/a tree/b
[ "$status" = 0 ] && [ -z "$err" ]
t_result $? 'what is written to stdout needs no last line' || show_run
client -v rm -r tree
one_line 0 'dfc: removed 2; [0-9].[0-9] s' 'a removal has no bytes'
client -v rm a
silent 'and of one file no last line'
client put -r tree
client --json -v get -r -t json tree
last=$(tail -n 1 "$T/out")
[ "$status" = 0 ] && [ -z "$err" ] &&
	[ "${last#*'"done":2,"failed":0,"skipped":0,"bytes":2048,'}" != "$last" ]
t_result $? 'with --json it is the summary object' || show_run
client -v cp tree/a tree/b tree/a/c copies/
is "$status $err" "6 dfc: tree/a/c: no such file
dfc: copied 2, failed 1; ${err##*; }" 'a cp of several has one'
client -v mv -r copies moved
one_line 0 'dfc: moved 2; [0-9].[0-9] s' 'so has the mv of a tree'
client -v mirror moved here
one_line 0 'dfc: copied 2; 2.0 KiB in *' 'and a mirror'
client mirror moved here2
silent 'none without -v where there is no terminal'
client -v cp moved/a single
silent 'nor where one is copied'

# A server that stands still holds up each for a moment, a pace the mirror.
kill -STOP "$(pid_of 3)"
for words in 'cp moved/a moved/b m2/' 'mv m2/a m2/b m3/' 'rm -f m3/a m3/b' heal \
	check 'mirror -R --bwlimit 64k big m4'; do
	[ "$words" = "${words#mirror}" ] || {
		kill -CONT "$(pid_of 3)"
		mkdir big && random_file 50000 big/a && random_file 50000 big/b
	}
	# shellcheck disable=SC2086
	client --progress=always $words
	grep -q ' of [0-9]* \(files\|names\)' "$T/err"
	t_result $? "$words tells how far it is" || show_run
done
kill_server 4
client -v put tree/a tree/b
[ "$status" = 0 ] && [ "$(wc -l <"$T/err")" = 2 ] &&
	[ "$(tail -n 1 "$T/err" | cut -d' ' -f1-3)" = 'dfc: stored 2;' ]
t_result $? 'it comes last, behind the warnings' || show_run
t_end
