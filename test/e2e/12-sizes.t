#!/bin/sh
# Every size near a border comes back as it was.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

sizes='0 1 2 3 4 5 7 8 4095 4096 4097 65535 65536 65537 262143 262145
	1048575 1048576 1048577 5000000 5242880'
mkdir src
for size in $sizes; do random_file "$size" "src/f$size"; done
client put src/*
silent 'files of all sizes are stored by one command'
for size in $sizes; do
	client get "f$size"
	[ "$status" = 0 ] && cmp -s "f$size" "src/f$size"
	t_result $? "a file of $size bytes comes back" || show_run
	rm -f "f$size"
done
client get $(cd src && echo *)
silent 'get of all of them in one command'
bad=
for size in $sizes; do cmp -s "f$size" "src/f$size" || bad="$bad $size"; done
is "$bad" '' 'all have their bytes'

head -c 300000 /dev/zero >zeros
head -c 300000 /dev/zero | tr '\0' '\377' >ones
client put zeros ones
cp zeros z
cp ones o
client get zeros ones
ok 'a file of zero bytes comes back' cmp z zeros
ok 'a file of 0xff bytes comes back' cmp o ones
for size in 0 1 5 4097 5000000; do
	client rm "f$size"
	silent "a file of $size bytes can be removed"
done
is "$(find "$T"/[1-4] -type f | wc -l)" $((2 * 4 * (21 - 5 + 2))) \
	'two regular files a stored file and server are left'
t_end
