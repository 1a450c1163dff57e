#!/bin/sh
# --bwlimit: how fast put, get and mirror may be, and that nothing fails by it.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# takes LEAST MOST NAME COMMAND...: it succeeds, in so many milliseconds; MOST
# is far off, as the machine may be busy.
takes() {
	least=$1 most=$2 what=$3
	shift 3
	begun=$(now_ms)
	client "$@"
	passed=$(($(now_ms) - begun))
	silent "$what"
	[ "$passed" -ge "$least" ] && [ "$passed" -le "$most" ]
	t_result $? 'takes its time' || diag "$passed ms"
}

random_file 500000 one
takes 1700 30000 'put with a limit: two copies go out' put --bwlimit 512k one
takes 800 30000 'get with a limit' get --bwlimit 512k -o back one
ok 'the bytes are right' cmp one back
mkdir many
for i in $(seq 20); do random_file 20000 "many/$i"; done
takes 1300 30000 'many small files with a limit' put -r --bwlimit 512k many
takes 600 30000 'come back so' get -r --bwlimit 512k -t there many
ok 'whole' diff -r many there/many
takes 600 30000 'mirror with a limit' mirror --bwlimit 512k many mirrored
ok 'is whole' diff -r many mirrored
write_conf 4 '[client]' 'bwlimit = 512k'
takes 800 30000 'the key of dfc.conf' get -o back one
write_conf 4 '[client]' 'bwlimit = 64k' # takes over 7 s
begun=$(now_ms)
client get --bwlimit 0 -o back one
[ $(($(now_ms) - begun)) -lt 6000 ]
t_result $? '0 is no limit, and goes before the key'
client get --bwlimit 1k -o back one
exits 2 'a limit that no server would wait for is refused'
write_conf 4 '[client]' 'bwlimit = fast'
client list
exits 2 'so is a malformed key'
like "$err" '*dfc.conf:6: bwlimit = fast: must be 0, or 64k to 1024G' \
	'which is named'
t_end
