#!/bin/sh
# Handshakes with one bit flipped, in either direction, end as they should: in
# nothing.  FLIPS of them, drawn by FLIP_SEED.
KEYED=1
. "${0%/*}/../lib.sh"
: "${FLIPS:=1000}" "${FLIP_SEED:=$(date +%s)}"
t_begin
start_server 1
diag "again: FLIP_SEED=$FLIP_SEED FLIPS=$FLIPS"
timeout 3600 "$SHAKER" flip "$(port_of 1)" "$t_key" "$FLIPS" "$FLIP_SEED" \
	>"$T/out" 2>"$T/err"
t_result $? 'nobody gets through a handshake with a bit flipped' ||
	diag "$(head -n 20 "$T/out" "$T/err")"
diag "$(tail -n 1 "$T/out")"
ok 'the server lives' lives 1
is "$(requests 1)" 0 'and has not taken a single request'
start_server 2
write_conf 2
echo content >file
cp file was
client put file
silent 'it serves the next command'
client get file
ok 'rightly' cmp file was
t_end
