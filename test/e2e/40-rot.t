#!/bin/sh
# One copy of a chunk is bad, in every way and place: the other is served.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

random_file 80002 file
random_file 80002 other
cp file was
client put file other
silent 'put'

# reads WHAT: get, and with each holder in turn asked first.
reads() {
	bad=
	for try in 1 2 3; do
		run "$DFC" get file
		[ "$status" = 0 ] && cmp -s file was || bad="$bad $try"
	done
	is "$bad" '' "$1" || show_run
}

for n in 1 2 3 4; do
	for path in $(files_of $n file); do
		what="dfs$n, chunk $(basename "$path" | cut -c1-2)"
		cp -p "$path" "$T/good"

		printf '\001' | dd of="$path" bs=1 seek=10000 conv=notrunc \
			2>/dev/null
		cmp -s "$path" "$T/good" && printf '\002' |
			dd of="$path" bs=1 seek=10000 conv=notrunc 2>/dev/null
		reads "$what: a flipped byte"

		cp "$T/good" "$path"
		truncate -s 20000 "$path"
		reads "$what: the last byte is missing"
		: >"$path"
		reads "$what: emptied"
		cp "$T/good" "$path"
		echo more >>"$path"
		reads "$what: bytes added"
		mv "$path" "$T/aside"
		reads "$what: missing"
		mv "$T/aside" "$path"
		cat "$(files_of $n other | head -n 1)" >"$path"
		reads "$what: the bytes of another file"
		cp "$T/good" "$path"
	done
	set -- $(files_of $n file)
	cp "$1" "$T/a"
	cp "$2" "$T/b"
	cat "$T/b" >"$1"
	cat "$T/a" >"$2"
	reads "dfs$n: chunks swapped"
	cat "$T/a" >"$1"
	cat "$T/b" >"$2"
done
reads 'all is well again'
for path in $(files_of 2); do : >"$path"; done
client list
says 0 "file
other" '' 'a whole server emptied: the listing is complete'
reads 'and the file too'
stop_server 2
restart_server 2
reads 'also after its restart'
t_end
