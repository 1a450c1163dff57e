#!/bin/sh
# The C library fills memory that is taken and given back with a pattern: it is
# never seen on the wire or on disk, so nothing is sent or stored that was not
# written for it.
. "${0%/*}/../lib.sh"
KEYED=0
t_begin
# 0x5a in what malloc() gives, 0xa5 in what was freed.
export MALLOC_PERTURB_=165
start_servers 4
for n in 1 2 3 4; do start_relay $n; done
for n in 1 2 3 4; do echo "server dfs$n 127.0.0.1:$(port_of r$n)"; done \
	>"$T/relays.conf"
export DFC_CONF="$T/relays.conf"

seq 20000 >file
: >empty
cp file was
client put file empty
exits 0 'put'
for words in 'get file empty' 'list' 'ls -l' 'stat file' 'explain file' \
	'cp file copy' 'mv copy other' 'check --verify' 'status' 'heal' \
	'rm -f empty' 'get other'; do
	# shellcheck disable=SC2086
	client $words
	exits 0 "$words"
done
client get none
exits 4 'what is not there is refused'
ok 'the bytes are right' cmp file was

# poisoned FILE...: those with six bytes of either pattern in a row.
poisoned() {
	perl -0777 -ne 'print "$ARGV\n" if /\x5a{6}|\xa5{6}/' "$@"
}
printf 'x\245\245\245\245\245\245' >"$T/sample"
is "$(poisoned "$T/sample")" "$T/sample" 'a pattern would be found'
size=$(cat "$T"/r[1-4].seen.up "$T"/r[1-4].seen.down | wc -c)
[ "$size" -gt 100000 ]
t_result $? 'all was recorded' || diag "$size bytes"
is "$(poisoned "$T"/r[1-4].seen.up)" '' 'no pattern is sent by the client'
is "$(poisoned "$T"/r[1-4].seen.down)" '' 'nor by a server'
find "$T"/[1-4] -type f >"$T/stored"
[ "$(wc -l <"$T/stored")" -gt 8 ]
t_result $? 'files are stored'
is "$(xargs perl -0777 -ne 'print "$ARGV\n" if /\x5a{6}|\xa5{6}/' <"$T/stored")" \
	'' 'nor is one stored'
t_end
