#!/bin/sh
# list, ls and stat; and commands over several names.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir -p p/q/r
for name in a b p/1 p/2 p/q/3 p/q/r/4 pq; do
	mkdir -p "$(dirname $name)"
	echo "$name" >$name
done
client put a b pq
client put -r p
silent 'put'

client list p
says 0 "p/1
p/2
p/q/3
p/q/r/4
pq" '' 'a prefix of list is bytes, not a path'
client list p/q/ a
says 0 "a
p/q/3
p/q/r/4" '' 'several prefixes are listed together, each name once and sorted'
client list p p/q
says 0 "p/1
p/2
p/q/3
p/q/r/4
pq" '' 'a name below two prefixes is listed once'
client list nosuch
says 0 '' '' 'a prefix of nothing lists nothing'

"$DFC" list -0 p/q b >"$T/out"
is "$(tr '\000' '|' <"$T/out")" 'b|p/q/3|p/q/r/4|' \
	'list -0 ends names with a NUL, and with nothing else'
client list --json p/q/3
like "$out" '{"v":1,"type":"file","name":"p/q/3","incomplete":false,"size":6,"mtime":"20*Z","mode":"0[0-7][0-7][0-7]","version":"*","stripe":4,"copies":2}
{*"type":"summary","command":"list","done":1,*"exit":0}' \
	'list --json has an object for each file, and a summary'

client ls -1
says 0 "a
b
p/
pq" '' 'ls -1 shows one level, directories once'
client ls -1 p
says 0 "p/1
p/2
p/q/" '' 'ls -1 of a directory shows what is in it'
client ls -1 p/
says 0 "p/1
p/2
p/q/" '' 'with a slash too'
client ls -1 a
says 0 a '' 'ls -1 of a file shows it'
client ls -1R p
exits 0 'ls -R'
is "$(wc -l <"$T/out")" 4 'shows all levels'
client ls nosuch
exits 4 'ls of what is not there finds nothing'
random_file 123456 big
client put big
client ls -l big
like "$out" '0644*123456*big' 'ls -l shows mode and size'
client ls -lh big
like "$out" '*121 KiB*big' 'ls -lh shows sizes for people'

client stat big
like "$out" '*123456*dfs1*dfs2*dfs3*dfs4*' 'stat shows size and homes'

client get -r -t all p p/q
silent 'get -r of overlapping prefixes'
ok 'fetches each name once' diff -r p all/p
client get -o one a b
exits 2 'get -o with two names is a usage error'
client get p/1 p/1
exits 2 'two names with one basename are refused'
client get -t made a
silent 'get -t makes the directory'
is "$(cat made/a)" a 'and writes there'
mkdir sub
mkdir sub/a
client get -t sub a
exits 1 'get over a directory fails'
like "$err" '*dfc: *' 'and says why'
is "$(ls -A sub)" a 'and leaves nothing beside it'
client rm a nosuch
exits 6 'rm of one name that is there and one that is not is partial'
client list a
says 0 '' '' 'the one that was there is gone'
client rm -f nosuch nosuch2
silent 'rm -f of names that are not there'

"$DFC" cat big >/dev/full 2>"$T/err"
is $? 10 'cat to a full disk fails for lack of space'
like "$(cat "$T/err")" '*dfc: *' 'and says why'
client get -o /dev/full big
complains 10 'dfc: /dev/full: No space left on device' \
	'what fails here is said of the file here'
"$DFC" list >/dev/full 2>"$T/err"
[ $? -ne 0 ]
t_result $? 'list to a full disk fails'
"$DFC" cat big >&- 2>"$T/err"
is $? 1 'cat to a closed stdout fails'
mkdir -m 500 closed
if [ "$(id -u)" != 0 ]; then
	client get -t closed b
	exits 1 'get into a directory that may not be written fails'
else
	chmod 711 "$T"
	[ -z "$t_key" ] || chown -R 65534 "$T/home"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$DFC" -c "$DFC_CONF" \
		get -t / b >"$T/out" 2>"$T/err"
	is $? 1 'get into a directory that may not be written fails'
fi
t_end
