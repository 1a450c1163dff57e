#!/bin/sh
# Whatever reads content checks it: with one bit wrong in both copies of a
# chunk nothing that reads it succeeds, writes a byte of that chunk, or leaves
# a file behind.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
random_file 300001 file
mkdir a in to
cp file a/file
cp file was
client put file
silent 'put'
client put -r a
silent 'and below a directory'

# The last chunk: 225,001 bytes come before it.
spoilt=0
for name in file a/file; do
	for n in 1 2 3 4; do
		for path in $(files_of $n $name | sed -n '/\/0*3-/p'); do
			perl -e 'open F, "+<", $ARGV[0] or die; seek F, 40000, 0;
				read F, $c, 1; seek F, 40000, 0;
				print F $c ^ "\001"' "$path"
			spoilt=$((spoilt + 1))
		done
	done
done
is $spoilt 4 'a bit is flipped in both copies of a chunk of two files'
rm -r file a

# refused WHAT WORD...: the command does not succeed, and of its output nothing
# is wrong.
refused() {
	what=$1
	shift
	run "$DFC" "$@"
	[ "$status" -ne 0 ]
	t_result $? "$what does not succeed" || show_run
	cmp -n "$(wc -c <"$T/out")" "$T/out" was >/dev/null
	t_result $? 'what it has written is right' || show_run
	is "$(find . -type f)" ./was 'and it leaves no file'
}
refused get get file
refused 'get to a file' get -o in/x file
refused 'get to stdout' get -o - file
refused 'get -r' get -r -t in a
refused cat cat file
refused 'tail -c' tail -c 100 file
refused 'head of all of it' head -c 300001 file
refused 'sum of the content' sum --sha256 file
refused mirror mirror a to
client get --resume file
[ "$status" -ne 0 ] && [ ! -e file ]
t_result $? 'get --resume does not succeed' || show_run
client get --resume file
[ "$status" -ne 0 ] && [ ! -e file ]
t_result $? 'nor when it goes on' || show_run
client cp file copy
client get copy
[ "$status" -ne 0 ] && [ ! -e copy ]
t_result $? 'a copy of it is not read either' || show_run
client check --verify
[ "$status" -ne 0 ]
t_result $? 'check --verify finds it' || show_run
client heal
client get file
[ "$status" -ne 0 ] && [ ! -e file ]
t_result $? 'a heal makes nothing up' || show_run
t_end
