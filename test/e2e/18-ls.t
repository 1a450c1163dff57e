#!/bin/sh
# ls: columns, orders and patterns; and list with them.
. "${0%/*}/../lib.sh"
t_begin
export TZ=UTC
start_servers 4

mkdir -p docs/sub docs2
echo one >docs/a.txt
head -c 20000 /dev/urandom >docs/sub/big
echo three >docs2/c
head -c 300 /dev/urandom >middle
echo star >'st*r'
echo str >star
touch -d '2024-02-29 12:00:00' docs/a.txt star
touch -d '2023-01-01 01:02:03' docs/sub/big middle
touch -d '2025-06-07 08:09:10' docs2/c 'st*r'
chmod 640 middle
client put middle 'st*r' star
client put -r docs docs2
silent 'put'

client ls
says 0 "20004  2024-02-29 12:00:00  docs/
    6  2025-06-07 08:09:10  docs2/
  300  2023-01-01 01:02:03  middle
    5  2025-06-07 08:09:10  st*r
    4  2024-02-29 12:00:00  star" '' \
	'ls aligns its columns; a directory has the sum and the newest time'
client ls -l middle docs
says 0 "0640  4x2  v1    300  2023-01-01 01:02:03  middle
0644  4x2  v1      4  2024-02-29 12:00:00  docs/a.txt
dir            20000  2023-01-01 01:02:03  docs/sub/" '' \
	'ls -l shows mode, chunks x copies and version, aligned over operands'
client ls -h docs/sub
says 0 '20 KiB  2023-01-01 01:02:03  docs/sub/big' '' \
	'ls -h shows sizes for people'
client ls -1t
says 0 "docs2/
st*r
docs/
star
middle" '' 'ls -t shows the newest first, those of one time by name'
client ls -1tr
says 0 "middle
star
docs/
st*r
docs2/" '' 'ls -r turns that round'
client ls -1r docs2 docs
says 0 "docs2/c
docs/sub/
docs/a.txt" '' 'ls -r alone is by name from the end'
client ls -1S middle star docs
says 0 "docs/sub/
middle
docs/a.txt
star" '' 'ls -S shows the largest first, over all operands'
"$DFC" ls -0 docs >"$T/out"
is "$(tr '\000' '|' <"$T/out")" 'docs/a.txt|docs/sub/|' \
	'ls -0 ends names with a NUL'

client ls -1 'docs/*'
says 0 "docs/a.txt
docs/sub/" '' 'a pattern matches files and directories of a level'
client ls -1 'd*'
says 0 "docs/
docs2/" '' 'what it matches is shown, not what is in it'
client ls -1R 'd*'
says 0 "docs/a.txt
docs/sub/big
docs2/c" '' 'but with -R'
client ls -1 '*/'
says 0 "docs/
docs2/" '' 'a slash at its end wants directories'
client ls -1 '**/*[gx]*'
says 0 "docs/a.txt
docs/sub/big" '' 'two stars are any number of levels'
client ls -1 'st*r'
says 0 'st*r' '' 'a stored name is itself before it is a pattern'
client ls -1 's*r'
says 0 "st*r
star" '' 'a star is a pattern otherwise'
client ls -1 's?\*r'
says 0 'st*r' '' 'a backslash makes a star literal'
client ls 'x*'
says 4 '' 'dfc: x*: no name matches' 'a pattern of nothing finds nothing'
client ls 'x\*'
says 4 '' 'dfc: x\*: no such file' 'nor does a name that is literal'
client ls x
says 4 '' 'dfc: x: no such file' 'or one without wildcards'
client ls -1 'x*' star
says 6 star 'dfc: x*: no name matches' 'the others are shown'
client ls 'x\'
exits 4 'a pattern that ends in a backslash is none'

client ls --json docs
like "$out" '{"v":1,"type":"file","name":"docs/a.txt","incomplete":false,"size":4,"mtime":"2024-02-29T12:00:00.000000000Z","mode":"0644","version":"0000000000000001-*","stripe":4,"copies":2}
{"v":1,"type":"directory","name":"docs/sub/","files":1,"size":20000,"mtime":"2023-01-01T01:02:03.000000000Z"}
{*"type":"summary","command":"ls",*"exit":0}' 'ls --json has files and directories'
client ls --color=always -1
like "$out" "$(printf '\033[1mdocs/\033[0m')*" 'directories are bold in colours'
client list --color=always docs
is "$out" "docs/a.txt
docs/sub/big
docs2/c" 'list has no colours'

kill_server 1 2
client ls --color=always middle
is "$status" 0 'ls with two neighbours gone'
is "$out" "300  2023-01-01 01:02:03  $(printf '\033[31m')middle \
[incomplete]$(printf '\033[0m')" 'marks what cannot be rebuilt'
client ls -0 middle star
exits 0 'and with -0 too'
is "$(tr '\000' '|' <"$T/out")" 'middle|star|' 'there without marks'
client list --json middle
like "$out" '*"name":"middle","incomplete":true,"size":300,*"copies":0}*' \
	'an object says so'
kill_server 3
client ls -1
exits 6 'a listing that is not proven'
like "$err" '*the listing may not be complete*' 'says so'
is "$(head -n 1 "$T/out")" docs/ 'and shows what it has'
client ls -1 'x*'
exits 6 'and what it does not find may be there'
kill_server 4
client ls
complains 5 'dfc: no server answers' 'without servers there is none'
t_end
