#!/bin/sh
# The examples of dfc.1 and of `dfc help COMMAND` do what they show.
. "${0%/*}/../lib.sh"
root=$(cd "${0%/*}/../.." && pwd)
t_begin
start_servers 4
mkdir "$T/bin" "$T/local"
ln -s "$DFC" "$T/bin/dfc"
# It may not be installed, and is about the pipe only.
printf '#!/bin/sh\ncat >/dev/null\n' >"$T/bin/file"
chmod +x "$T/bin/file"
PATH=$T/bin:$PATH

# What the examples take for granted, here and on the servers.
cd "$T/local" || exit
mkdir -p projects/sub photos backup old archive logs docs
for file in report.pdf photo.jpg notes.txt projects/a.txt projects/sub/b.o \
	photos/sea.jpg old/photo.jpg logs/today docs/d.txt; do
	printf 'this is %s\n' "$file" >"$file"
done
head -c 300000 /dev/zero >disk.img
tar cf etc.tar projects
echo 'ls' >nightly.dfc

# fill: the servers hold just that.
fill() {
	dfc list -0 | xargs -0 -r dfc rm -f -- || return
	dfc -q put -r report.pdf photo.jpg notes.txt disk.img etc.tar photos \
		old logs docs projects &&
		dfc -q put -r -t backup projects &&
		dfc -q put -r -t backup photos report.pdf
}

# has CODE WORD...: CODE is among the words.
has() {
	code=$1
	shift
	case " $* " in
	*" $code "*) return 0 ;;
	*) return 1 ;;
	esac
}

# example LINE [STATUS...]: it runs, in a directory and a store as they were,
# and ends with one of these, or 0.
example() {
	line=$1
	shift
	rm -rf "$T/run"
	cp -a "$T/local" "$T/run"
	cd "$T/run" || exit
	fill || t_result 1 'the servers are filled'
	# /etc has more than everybody may read.
	run sh -c "$(printf '%s\n' "$line" | sed 's,tar c /etc,tar c projects,')"
	has "$status" "${@:-0}"
	t_result $? "$line" || show_run
}

# in_shell LINE: the same of one that only the shell has.
in_shell() {
	rm -rf "$T/run"
	cp -a "$T/local" "$T/run"
	cd "$T/run" || exit
	printf '%s\n' 'cd docs' 'cd ..' "$1" >"$T/lines"
	run sh -c "dfc <'$T/lines'"
	exits 0 "$1 (in the shell)"
}

# Members are changed in 46-members.t.
for command in $(dfc --json help | sed -n 's/.*"type":"command","name":"\([a-z]*\)".*/\1/p'); do
	dfc help "$command" | sed -n '/^$/h; /^$/!H; ${ x; p; }' |
		sed -n 's/^  //p' >"$T/examples"
	ok "help $command has an example" test -s "$T/examples"
	while IFS= read -r line; do
		case $line in
		*' members add '* | *' members remove '*) ;;
		*"--without dfs1 --without dfs2"*) example "$line" 7 ;;
		*"--without dfs1"*) example "$line" 3 ;;
		dfc\ * | tar\ *) example "$line" ;;
		*) in_shell "$line" ;;
		esac </dev/null
	done <"$T/examples"
done
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEC/s/^\$ //p' "$root/man/dfc.1" >"$T/examples"
ok 'dfc.1 has examples' test -s "$T/examples"
while IFS= read -r line; do
	case $line in
	*"--without dfs1"*) example "$line" 3 ;;
	*) example "$line" ;;
	esac </dev/null
done <"$T/examples"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEC/s/^dfc[^>]*> //p' "$root/man/dfc.1" \
	>"$T/examples"
ok 'and a session' test -s "$T/examples"
example "dfc <'$T/examples'"
cd "$T/w" || exit
t_end
