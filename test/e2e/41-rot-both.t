#!/bin/sh
# Both copies of a chunk are bad: incomplete, and nothing is touched.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

random_file 40001 file
cp file was
client put file
silent 'put'

# spoil HOW PATH
spoil() {
	case $1 in
	flipped) tr '\000-\377' '\001-\377\000' <"$T/good" >"$2" ;;
	truncated) head -c 5000 "$T/good" >"$2" ;;
	emptied) : >"$2" ;;
	missing) rm "$2" ;;
	esac
}

for chunk in 0 1 2 3; do
	pair=
	for n in 1 2 3 4; do
		pair="$pair $(files_of $n file | sed -n "/\/0*$chunk-/p")"
	done
	set -- $pair
	is $# 2 "two servers hold chunk $chunk"
	cp "$1" "$T/good"
	for how in flipped truncated emptied missing; do
		spoil $how "$1"
		spoil $how "$2"
		echo mine >file
		client get file
		case $status in
		5 | 7) t_how=0 ;;
		*) t_how=1 ;;
		esac
		grep -qx 'file is incomplete' "$T/err" || t_how=1
		t_result $t_how "chunk $chunk $how twice: get says incomplete" ||
			show_run
		is "$(cat file)" mine 'the local file is untouched'
		is "$(ls -A)" "file
was" 'and nothing lies beside it'
		client cat file
		is "$out" '' 'cat writes nothing'
		cp "$T/good" "$1"
		cp "$T/good" "$2"
		stop_server 1 2 3 4
		restart_server 1 2 3 4
		client get file
		silent 'mended by hand and started anew, it is read again'
		ok 'and right' cmp file was
	done
done

# Another chunk on each of two servers: no chunk is lost twice.
set -- $(files_of 1 file) $(files_of 3 file)
: >"$1"
: >"$2"
client get file
exits 0 'one whole server of four emptied: get works'
ok 'and is right' cmp file was
: >"$3"
: >"$4"
client get file
exits 0 'two opposite ones: get works'
ok 'and is right' cmp file was
t_end
