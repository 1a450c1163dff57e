#!/bin/sh
# The directories: two plain files a version and server, and nothing else.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# counts NAME...: regular files of all names on servers 1..4.
counts() {
	echo $(count_files 1 "$@") $(count_files 2 "$@") \
		$(count_files 3 "$@") $(count_files 4 "$@")
}

random_file 70001 one
random_file 10 two
client put one two
is "$(counts one)" '2 2 2 2' 'two files of one name on each server'
is "$(counts)" '4 4 4 4' 'and no others'

# Every chunk, by index, from whoever holds it: the first two digits of a
# chunk file's name.
whole() {
	for i in $(find "$T"/[1-4]/"$1" -type f -printf '%f\n' | cut -c1-2 |
		LC_ALL=C sort -u); do
		cat "$(find "$T"/[1-4]/"$1" -type f -name "$i-*" | head -n 1)"
	done
}
whole one >joined
ok 'cat of the chunk files in order is the file' cmp joined one

bad=
for path in $(find "$T"/[1-4] -type f); do
	sum=$(xxh128sum "$path" 2>/dev/null | cut -c1-32)
	case ${path##*/} in
	*"$sum"*) ;;
	*) bad="$bad $path" ;;
	esac
done
is "$bad" '' 'xxh128sum of each chunk file is the digest in its name'

for i in 1 2 3 4 5; do
	random_file $((i * 1000)) one
	client put one
done
is "$(counts one)" '2 2 2 2' 'overwritten versions leave nothing behind'
stop_server 1 2 3 4
restart_server 1 2 3 4
is "$(counts)" '4 4 4 4' 'nor does a restart add or take anything'
mv one was
client get one
ok 'the file is there after the restart' cmp one was
client rm one
is "$(counts one)" '0 0 0 0' 'a removed name has no files'

echo stray >"$T/1/stray"
mkdir "$T/1/lost+found"
ln -s /etc/passwd "$T/1/link"
mkfifo "$T/1/fifo"
stop_server 1
restart_server 1
client list
says 0 two '' 'foreign things in a directory are not listed'
ok 'nor removed' test -f "$T/1/stray" -a -d "$T/1/lost+found" -a \
	-h "$T/1/link" -a -p "$T/1/fifo"
is "$(find "$T"/[1-4] -name '*lock*' -o -name '*.pid' -o -name '*.log' \
	-o -name '*.tmp')" '' 'no lock, pid, log or temporary file anywhere'
t_end
