#!/bin/sh
# A sparse file beyond 4 GiB: no length or offset is cut to 32 bits.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

size=4299161603
random_file 100000 edge
cp edge file
truncate -s $((size - 100000)) file
cat edge >>file
# Another piece where 2^32 ends.
dd if=edge of=file bs=1 seek=4294967200 count=200 conv=notrunc 2>/dev/null

"$DFC" put file >"$T/out" 2>"$T/err"
is "$?$(cat "$T/out" "$T/err")" 0 "put of $size bytes"
like "$(dfc stat file)" "*$size*" 'stat tells the size'
is "$(find "$T"/[1-4] -type f -printf '%s\n' | awk '{ n += $1 } END { printf \
	"%.0f", n }')" $((2 * size)) 'each byte is stored twice'
"$DFC" get -o back file >"$T/out" 2>"$T/err"
is "$?$(cat "$T/out" "$T/err")" 0 'get'
ok 'the bytes are right' cmp back file
t_end
