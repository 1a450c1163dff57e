#!/bin/sh
# `require = all`, and what a put without enough servers leaves.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
write_conf 4 '[client]' 'require = all'

echo one >file
client put file
silent 'require = all: put with all up'
for down in 1 2 3 4; do
	kill_server $down
	echo two >file
	client put file
	complains 5 'file put failed' "require = all: put without dfs$down fails"
	client cat file
	says 0 one '' 'and the old version stays'
	restart_server $down
done
write_conf 4 '[client]' 'require = majority'
kill_server 2
client put file
exits 0 'require = majority: put without dfs2 succeeds'
restart_server 2
write_conf 4 '[client]' 'require = all'
echo three >file
client put file
silent 'require = all: put works when all are back'
client cat file
says 0 three '' 'and is what is read'

kill_server 1 2
for try in 1 2 3; do
	client put -o fresh file
	complains 5 'fresh put failed' "put $try of a new name, two down"
done
restart_server 1 2
client list
says 0 file '' 'the failed name never shows'
client get fresh
exits 4 'and is not found'
is "$(find "$T"/[1-4] -type f | wc -l)" 8 'nothing is left of it'
t_end
