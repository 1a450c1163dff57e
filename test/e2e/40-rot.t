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
told=0
reads() {
	bad=
	for try in 1 2 3; do
		run "$DFC" get file
		[ "$status" = 0 ] && cmp -s file was || bad="$bad $try"
		case $err in
		'') ;;
		"dfc: file: dfs$n has a bad chunk, which dfc heal replaces"*)
			told=$((told + 1)) ;;
		*) bad="$bad $try:$err" ;;
		esac
	done
	[ -z "$bad" ]
	t_result $? "$1" || { diag "tries$bad; the last:"; show_run; }
}

# mended N: good again, and server N, which may have noticed, starts anew.
mended() {
	cp "$T/good" "$path"
	stop_server "$1"
	restart_server "$1"
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

		mended $n
		truncate -s 20000 "$path"
		reads "$what: the last byte is missing"
		mended $n
		: >"$path"
		reads "$what: emptied"
		mended $n
		echo more >>"$path"
		reads "$what: bytes added"
		mended $n
		rm "$path"
		reads "$what: missing"
		mended $n
		cat "$(files_of $n other | head -n 1)" >"$path"
		reads "$what: the bytes of another file"
		mended $n
		rm "$path"
		ln -s "$T/good" "$path"
		reads "$what: a link"
		rm "$path"
		mended $n
	done
	set -- $(files_of $n file)
	cp "$1" "$T/a"
	cp "$2" "$T/b"
	cat "$T/b" >"$1"
	cat "$T/a" >"$2"
	reads "dfs$n: chunks swapped"
	cat "$T/a" >"$1"
	cat "$T/b" >"$2"
	stop_server $n
	restart_server $n
done
reads 'all is well again'
n=2
for path in $(files_of $n); do : >"$path"; done
client list
says 0 "file
other" '' 'a whole server emptied: the listing is complete'
reads 'and the file too'
stop_server 2
restart_server 2
reads 'also after its restart'
[ "$told" -gt 0 ]
t_result $? 'get names the server whose chunk is bad'
t_end
