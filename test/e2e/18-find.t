#!/bin/sh
# find, tree, du and df.
. "${0%/*}/../lib.sh"
t_begin
export TZ=UTC
start_servers 4

mkdir -p docs/sub/deep other
echo one >docs/a.txt
head -c 20000 /dev/urandom >docs/sub/big
echo f >docs/sub/deep/f
echo z >docs/z.txt
echo o >other/o
echo minus >docs-x
echo docs >new
touch -d '100 days ago' docs/z.txt
touch -d '10 days ago' other/o
touch -d '1 day' docs-x
client put -r docs other
client put docs-x new
client put -o docs new
silent 'put of a name that is also a directory'

client find
says 0 "docs
docs-x
docs/a.txt
docs/sub/big
docs/sub/deep/f
docs/z.txt
new
other/o" '' 'find tells all names'
client find other docs/sub
says 0 "other/o
docs/sub/big
docs/sub/deep/f" '' 'or those below each operand'
client find --name '*.txt'
says 0 "docs/a.txt
docs/z.txt" '' '--name is about the last component'
client find --path '*/*.txt'
says 0 "docs/a.txt
docs/z.txt" '' '--path about the whole name'
client find --path '*.txt'
silent 'where a star stops at a slash'
client find --size +19k
says 0 docs/sub/big '' '--size +N: larger'
client find --size +20000
silent 'than that, and not just as large'
client find docs --size -4 --name '?'
says 0 docs/sub/deep/f '' '--size -N: smaller; all tests have to pass'
client find --size 20000
says 0 docs/sub/big '' '--size N: exactly'
client find --mtime +50
says 0 docs/z.txt '' '--mtime +N: longer ago'
client find --mtime 10
says 0 other/o '' '--mtime N: just so many days'
client find --mtime -1 docs-x new other
says 0 "docs-x
new" '' '--mtime -N: since then, or in the future'
client find --newer new
says 0 docs-x '' '--newer than a local file'
client find --newer nosuch
says 2 '' 'dfc: nosuch: No such file or directory' 'which has to be there'
client find --copies 2 --name new
says 0 new '' '--copies N'
client find --copies -2
silent 'nothing has fewer than two'
client find --incomplete
silent 'and nothing is incomplete'
"$DFC" find -0 other new >"$T/out"
is "$(tr '\000' '|' <"$T/out")" 'other/o|new|' 'find -0'
client find --json new
like "$out" '{"v":1,"type":"file","name":"new",*"copies":2}
{*"type":"summary","command":"find",*' 'find --json'
for bad in 'size 5x' 'size +' 'size ++1' 'mtime 1k' 'mtime -' 'copies two' \
	'size 99999999999G' 'name \'; do
	# shellcheck disable=SC2086
	client find --$bad
	exits 2 "find --$bad is a usage error"
done
client find 'd*/sub'
says 0 "docs/sub/big
docs/sub/deep/f" '' 'an operand may be a pattern'

client tree
says 0 ".
|-- docs
|-- docs-x
|-- docs/
|   |-- a.txt
|   |-- sub/
|   |   |-- big
|   |   \`-- deep/
|   |       \`-- f
|   \`-- z.txt
|-- new
\`-- other/
    \`-- o

4 directories, 8 files" '' 'tree draws names as they lie in each other'
client tree docs
says 0 "docs
|-- a.txt
|-- sub/
|   |-- big
|   \`-- deep/
|       \`-- f
\`-- z.txt

2 directories, 5 files" '' 'or what is below one'
client tree -L 1
says 0 ".
|-- docs
|-- docs-x
|-- docs/
|-- new
\`-- other/

2 directories, 3 files" '' 'tree -L ends after so many levels'
LC_ALL=C.UTF-8 client tree docs/sub
says 0 'docs/sub
├── big
└── deep/
    └── f

1 directory, 2 files' '' 'lines are lines where the locale has them'
client tree nosuch
says 4 '' 'dfc: nosuch: no such file' 'tree of nothing'
client tree -L 0
exits 2 'tree -L 0 is a usage error'
client tree -L 1 --json
like "$out" '*{"v":1,"type":"directory","name":"docs/"}*
{"v":1,"type":"total","directories":2,"files":3,"incomplete":0}
*' 'tree --json'

client du
says 0 "    2      4  docs/sub/deep/
20002  40004  docs/sub/
20008  40016  docs/
    2      4  other/
20026  40052  total" '' 'du sums sizes, and sizes with copies'
client du -d 1 docs
says 0 "    5     10  docs
20002  40004  docs/sub/
20008  40016  docs/" '' 'du -d N: no deeper; a file of the name has its line'
client du -sh docs/sub other new
says 0 "20 KiB  39 KiB  docs/sub/
   2 B     4 B  other/
   5 B    10 B  new
20 KiB  39 KiB  total" '' 'du -s: one line each; -h: for people'
client du -d x
exits 2 'du -d wants a number'
client du nosuch new
says 6 "5  10  new
5  10  total" 'dfc: nosuch: no such file' 'du of what is not there'
client du --json other
like "$out" '{"v":1,"type":"directory","name":"other/","files":1,"size":2,"raw":4}
{"v":1,"type":"total","files":1,"size":2,"raw":4}
*' 'du --json'

client df
exits 0 'df'
is "$(sed -n '1s/ .*//p; 2,5s/ .*//p' "$T/out" | tr '\n' ' ')" \
	'server dfs1 dfs2 dfs3 dfs4 ' 'has a line for each server'
like "$out" '*room for * bytes of files on 4 servers, two copies each' \
	'and tells what is still taken'
# One file system below all: half of its room, four times.
free=$(sed -n '2,5p' "$T/out" | awk 'NR == 1 || $4 < m { m = $4 } END { print m }')
room=$(sed -n 's/^room for \([0-9]*\) .*/\1/p' "$T/out")
is "$room" "$(awk "BEGIN { printf \"%.0f\", int($free / 2) * 4 }")" \
	'which is what the server with the least room sets'
is "$(awk 'length > 80' "$T/out")" '' 'in 80 columns'
client df --json
like "$out" '{"v":1,"type":"server","name":"dfs1","up":true,"state":"member","bytes":*,"free":*,"total":*}
*{"v":1,"type":"total","servers":4,"room":*}
*' 'df --json'

kill_server 3
client df -h
exits 3 'df without a server'
like "$out" '*dfs3*unavailable: Connection refused*
room for * on 3 servers, two copies each' 'counts on the others'
kill_server 2
client df
like "$out" '*no room: 2 of 4 servers take data, 3 are needed' \
	'too few take nothing'
client find --incomplete new other
says 0 "new
other/o" '' 'find --incomplete'
client find --copies 0 new
says 0 new '' 'find --copies 0'
client tree other
says 0 'other
`-- o [incomplete]

0 directories, 1 file, 1 incomplete' '' 'tree marks what is incomplete'
client du -s
says 0 "20026  20026  total" '' 'du has the copies that are left'
kill_server 1
for command in du find tree; do
	client $command
	exits 6 "$command that is not proven complete"
done
client df
exits 3 'df with one server left'
kill_server 4
client df
exits 5 'df without servers'
for command in du find tree; do
	client $command
	complains 5 'dfc: no server answers' "$command without servers"
done
t_end
