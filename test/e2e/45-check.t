#!/bin/sh
# dfc check: is my data safe?
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

# verdict STATUS LINE NAME: of the last run.
verdict() {
	is "$status ${out%%
*}" "$1 $2" "$3"
}
# row LABEL: its number in the last run.
row() {
	printf '%s\n' "$out" | sed -n "s/^ *$1  *\([0-9,]*\).*/\1/p"
}
narrow_lines() {
	printf '%s\n' "$out" | awk 'length > 80' | wc -l
}

client check
verdict 0 'no files are stored' 'a new and empty cluster is well'
for n in $(seq 30); do random_file 4000 "a$n"; done
random_file 100000 big
client put a* big
client check
verdict 0 'all 31 files have two copies of every chunk, none known to be bad' \
	'all is well'
is "$(row files) $(row 'two copies') $(row servers)" '31 31 4' 'in numbers'
client check a1 a2 a10
is "$(row files)" 22 'of some prefixes, each name once'
client check zz
says 4 '' 'dfc: zz: no name begins with that' 'a prefix that no name has'
client check a1 zz
exits 6 'and one that names have'
is "$(row files)" 11 'which is checked all the same'
client check --verify
verdict 0 'all 31 files have two good copies of every chunk' \
	'the same when the servers have read all'

# Without servers.
client check --without dfs2
verdict 3 'without dfs2: every file can be rebuilt; all 31 have one copy of some chunk' \
	'without one server nothing is lost'
client check --without dfs1 --without dfs3
exits 3 'nor without an opposite pair'
client check --without dfs1 --without dfs2
verdict 7 'without dfs1, dfs2: 31 files would be lost' 'but without neighbours'
is "$(printf '%s\n' "$out" | grep -c '^  a[0-9]*$')" 20 'the first are named'
like "$out" '*... and 11 more*' 'and the others counted'
client -v check --without dfs1 --without dfs2
is "$(printf '%s\n' "$out" | grep -cE '^  (a[0-9]*|big)$')" 31 'or, with -v, all'
client check --without nobody
exits 2 'a server that is not in the configuration'

# A server away.
kill_server 3
client check
exits 3 'with one server away'
like "$out" '*every file can be rebuilt*dfs3 *Connection refused*' 'says who'
client put a1
client rm a2
restart_server 3
client check
exits 3 'when it is back'
like "$out" '*dfs3 *stale*lacks the newest mark of 2 names*' 'what it missed'
is "$(row narrow)" 1 'what lies on three servers'
is "$(row deletions)" 1 'what is still remembered of a deletion'
kill_server 3 4
client check
exits 5 'two neighbours away: it cannot be known'
like "$out" '*cannot be rebuilt from the servers that answer*dfs3*refused*' 'what is lost'
kill_server 2
client check
exits 6 'fewer than r members'
is "$out" '' 'say nothing'
kill_server 1
client check
exits 5 'none at all'
restart_server 1 2 3 4
client heal
client check
verdict 0 'all 30 files have two copies of every chunk, none known to be bad' \
	'after a heal'

# Rot.
path=$(files_of 2 big | head -n 1)
printf 'rot' | dd of="$path" bs=1 seek=700 conv=notrunc 2>/dev/null
client check --verify
verdict 3 '1 file has one copy of some chunk' 'rot is found'
like "$out" '*dfs2 *bad or missing chunks of 1 file*one copy of some chunk:
  big' 'and named'
path=$(files_of 1 a7 | head -n 1)
chunk=$(basename "$path")
rm -f "$path" "$T"/[234]/a7/*/"$chunk"
for n in 1 2 3 4; do stop_server $n && restart_server $n; done
client check
verdict 7 '1 file is lost' 'no copy of a chunk is left'
like "$out" '*lost:
  a7' 'and it is named'
client heal
exits 7 'heal can do nothing for it'
like "$err" '*a7 is incomplete*' 'and says so'
like "$err" '*put again, removed, or given up*' 'with the ways out'
client check
verdict 7 '1 file is lost' 'it has mended all else'
is "$(row 'two copies')" 29 'to two copies'

# New disk.
kill_server 4
rm -rf "$T/4"
restart_server 4
client check
exits 7 'a blank server'
like "$out" '*dfs4 *blank: run dfc heal*' 'is named'
client heal
exits 6 'a name that cannot be rebuilt keeps it from joining'
like "$err" '*dfs4: not a member yet: until the names above*' 'as heal says'
client check
like "$out" '*dfs4 *joining: run dfc heal*' 'and check'
client heal --accept-loss a7
like "$err" '*1 file given up*1 new member*' 'the name is given up'
client check
like "$out" '*servers  *4  *of 4 are members*' 'then all are members'
client rm a7
exits 0 'and removed'
client heal
client check
verdict 0 'all 29 files have two copies of every chunk, none known to be bad' \
	'all is well again'
is "$(narrow_lines)" 0 'within 80 columns'
client check --without dsf1
says 2 '' 'dfc: dsf1: no server of the configuration; did you mean dfs1?' \
	'the nearest server is suggested'
t_end
