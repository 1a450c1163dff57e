#!/bin/sh
# Commands from a pipe: each prints what it prints one-shot, and nothing else
# is printed; the first that fails ends them.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# piped LINES [OPTION...]: as run, of a client that reads these lines.
piped() {
	ran="printf '$1' | dfc"
	t_lines=$1
	shift
	# shellcheck disable=SC2059
	printf -- "$t_lines" | timeout --foreground 60 "$DFC" "$@" \
		>"$T/out" 2>"$T/err"
	status=$?
	out=$(tr -d '\000' <"$T/out")
	err=$(cat "$T/err")
}

printf 'first\n' >a
printf 'second\n' >b
piped 'put a\nlist\nget a\n'
says 0 a '' 'put, list and get print what they print one-shot'
is "$(cat a)" first 'and do it'
piped ''
silent 'no lines: nothing'
piped 'cat a'
says 0 first '' 'the last line needs no end'

dfc put b -o "$(printf 'esc\033[31m')"
dfc put b -o 'two words'
dfc put b -o sub/c
for command in list 'list sub' ls 'ls -l' 'ls -R' find tree 'du -s' 'stat a' \
	'explain a' 'cat a b' help 'help put' version members check heal \
	'get -o - a' 'rm none' 'get none' 'list --json' 'stat none' 'frob' \
	'put' 'put --frob a' 'get none a'; do
	# shellcheck disable=SC2086
	client $command
	cp "$T/out" out1 && cp "$T/err" err1 && status1=$status
	piped "$command\\n"
	[ "$status" = "$status1" ] && cmp -s "$T/out" out1 &&
		cmp -s "$T/err" err1
	t_result $? "$command: stdout, stderr and status are the same" || {
		show_run
		diag "wanted: $status1 $(cat out1 err1)"
	}
done
dfc --json list >out1
piped 'list\nlist\n' --json
cat out1 out1 | cmp - "$T/out" >/dev/null
t_result $? 'options before the commands are for all of them' || show_run

# Failures
piped 'get none\nlist\n'
is "$status:$out" 4: 'the first command that fails is the last'
piped '-get none\n  - get none\nlist sub\n-get none\n'
is "$status:$out" 0:sub/c 'with a dash in front it may fail'
piped 'lsit\nlist\n'
says 2 '' 'dfc: lsit: no such command; did you mean list?' \
	'an unknown command is an error, and the nearest is named'
piped "list sub\\nput 'a\\n"
says 2 sub/c 'dfc: the line ends in quotes' 'so are quotes that do not end'
piped 'list sub \\'
says 2 '' 'dfc: the line ends in quotes' 'and a backslash at the very end'
piped 'list sub\nlist\000 sub\nlist\n'
is "$status:$out" 2:sub/c 'and a NUL byte' || show_run
run "$DFC"
silent 'nothing to read is no error'
"$DFC" <. >"$T/out" 2>"$T/err"
is "$?:$(cat "$T/err")" '1:dfc: standard input: Is a directory' \
	'what cannot be read is'
printf 'list %70000d\n' 1 | "$DFC" >"$T/out" 2>"$T/err"
is "$?:$(cat "$T/err")" '2:dfc: the line is too long' 'so is an endless line'
piped 'quit 256\n'
is "$status" 2 'and a status that is none'

# Ends
piped 'quit 3\nlist\n'
says 3 '' '' 'quit ends it with a status'
for quit in quit exit bye; do
	piped "$quit\\nlist\\n"
	silent "$quit ends it with 0"
done

# Words
piped '# a comment\n\n   \t\nlist sub # another\n'
says 0 sub/c '' 'comments and empty lines are nothing'
piped 'list \\\nsub\n'
says 0 sub/c '' 'a backslash joins a line with the next'
piped 'cd sub\r\n\r\nlist\r\nlist \\\r\nc\r\n!echo here\r\nquit 3\r\n'
says 3 'sub/c
sub/c
here' '' 'lines may end as on Windows'
piped 'rm "c\r"\r\n'
says 4 '' "$(printf 'dfc: c\r: no such file')" 'a CR in quotes is of a word'
for word in '|' '>' '&&' ';'; do
	piped "list $word x\\n"
	one_line 2 "dfc: $word: this shell has no pipes and the like: *" \
		"no $word"
done
piped 'rm "|" \\>\n'
says 4 '' 'dfc: |: no such file
dfc: >: no such file' 'quoted they are names'
piped 'put b -o "new\nline"\ncat new\\\\line\n'
is "$status" 4 'quotes go on in the next line'
printf 'x' >here
"$DFC" cat "$(printf 'new\nline')" >/dev/null
is $? 0 'and the newline is in the name'
dfc rm "$(printf 'new\nline')" "$(printf 'esc\033[31m')"
piped "cat 'two words'\\ncat two\\\\ words\\ncat \"two words\"\\n"
says 0 'second
second
second' '' 'blanks are quoted in three ways'
piped 'list s*\n'
says 0 sub/c '' 'a pattern for list is one of names'
piped 'cat tw* [a]\n'
says 0 'second
first' '' 'patterns are replaced by the names that match'
piped 'rm "a*"\n'
one_line 4 'dfc: a\*: no such file' 'not those that are quoted'
piped 'rm z*\n'
says 4 '' 'dfc: z*: no name matches' 'what matches nothing is an error'

# Places, settings, local commands
piped 'cd sub\npwd\nlist\nls -1\nput a\nput -- b\ncat c a b\ncd ..\npwd\n'
says 0 '/sub
sub/c
c
second
first
second
/' '' 'cd goes among the names, and put puts there'
piped 'rm sub/a sub/b\ncd sub\ncd -\ncd -\npwd\n'
says 0 /sub '' 'cd - goes back and forth'
piped 'put -t far/below a\ncd far\nget -r below\n!echo below/*\nrm -r below\n'
says 0 below/a '' 'get -r makes the directories from there on'
piped 'cd nowhere\n'
complains 4 'dfc: nowhere: no stored name is below it' \
	'where no name is nobody can be'
mkdir there
piped 'lcd there\nlpwd\n!pwd\n!echo $((1 + 1))\n'
says 0 "$T/w/there
$T/w/there
2" '' 'lcd goes to another directory, and ! runs a local command there'
piped 'lls there/.. a\n'
is "$status:$(printf %s "$out" | head -n 1)" 0:a 'lls lists local files'
piped '!exit 3\nlist\n'
is "$status:$out" 1: 'a local command that fails ends it, too'
piped 'set jobs 3\nset jobs\nset json on\nlist sub\n'
is "$status:$(printf '%s\n' "$out" | head -n 1)" '0:jobs      3' \
	'set changes a setting'
like "$out" '*"type":"file"*"type":"summary"*' 'for the commands that follow'
piped 'set jsno on\n'
is "$status" 2 'not one that is not there'

# Files
printf 'list sub\nget none\nlist\n' >lines
piped 'source lines\nlist\n'
is "$status:$out:$(tail -n 1 "$T/err")" \
	'4:sub/c:dfc: lines: stopped at line 2' \
	'source runs the lines of a file until one fails'
printf 'list sub\nquit 7\nlist\n' >lines
piped 'source lines\nlist\n'
says 7 sub/c '' 'quit leaves from there, too'
printf 'list sub\nsource lines\n' >lines
piped 'source lines\n'
is "$status" 2 'a file that reads itself comes to an end'
piped 'source nothing\n'
says 1 '' 'dfc: nothing: No such file or directory' 'a file must be there'

# Signals
has_out() {
	[ -s "$T/out" ]
}
mkfifo in
is_gone() {
	! grep -q '^State:.[^Z]' "/proc/$client/status" 2>/dev/null
}
# begin: a client that has run one line and waits for the next.
begin() {
	: >"$T/out"
	env --default-signal=INT "$DFC" <in >"$T/out" 2>"$T/err" &
	client=$!
	exec 9>in
	echo 'list sub' >&9
	await 10 has_out
}
end() {
	await 20 is_gone || kill -KILL $client
	wait $client
	status=$? out=$(cat "$T/out") err=$(cat "$T/err") ran=dfc
	exec 9>&-
}
begin
kill -TERM $client
end
says 143 sub/c '' 'SIGTERM ends one that waits for a line'
begin
kill -INT $client
end
says 130 sub/c '' 'SIGINT does'
begin
truncate -s 64M large
echo '-put --bwlimit 1M large' >&9
is_staged() {
	find "/proc/$(pid_of 1)/fd" -lname '*(deleted)' 2>/dev/null | grep -q .
}
ok 'a large put is under way' await 20 is_staged
kill -TERM $client
end
says 143 sub/c 'large put failed
dfc: cancelled: nothing was changed' 'SIGTERM ends one in a command, - or not'
begin
echo '-put --bwlimit 1M large' >&9
ok 'a large put is under way' await 20 is_staged
kill -INT $client
end
says 130 sub/c 'large put failed
dfc: cancelled: nothing was changed' 'SIGINT does'
client list large
silent 'and nothing is stored'

# Lines that nobody reads
"$DFC" <in >"$T/out" 2>"$T/err" &
client=$!
exec 9>in
echo 'list sub' >&9
ok 'what a command prints comes before the next is read' await 10 has_out
exec 9>&-
wait $client
is $? 0 'the end of the lines is the end'
mkdir many
for i in $(seq 400); do : >"many/$i-$(printf %0200d 0)"; done
dfc put -r many
{
	echo 'list' | "$DFC" 2>"$T/err"
	echo $? >ended
} | head -n 1 >"$T/out"
is "$(cat "$T/err" ended)" 141 'what nobody reads ends it without a word'
t_end
