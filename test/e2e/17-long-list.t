#!/bin/sh
# Lists that are longer than what a server may be ahead.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

long=$(printf '%0240d' 0)
mkdir d
for i in $(seq 10001 13000); do : >"d/$i-$long"; done
client put -r d
silent 'put -r of 3,000 files with long names'
(cd d && LC_ALL=C ls) | sed 's|^|d/|' >names

client list
is "$status" 0 'list'
ok 'shows every name' cmp "$T/out" names

kill_server 2 3
client list
is "$status" 0 'list without two neighbours'
sed 's/$/ [incomplete]/' names >marked
ok 'shows every name with its mark' cmp "$T/out" marked

t_end
