#!/bin/sh
# Full disks: put, overwrite and rm with so many pages or inodes left, from
# none to more than they need, on one server or on all of them.
. "${0%/*}/../lib.sh"
. "${0%/*}/../fault/rows.sh"
rows_begin
export FAULT_BELOW=dir

# fill WHOSE WHAT OPERATION LEVELS [EVERY]: of EVERY levels one.
fill() {
	step=${5:-1}
	mkdir "$T/row" && for n in 1 2 3 4; do
		mkdir "$T/row/$n" && mount -t tmpfs \
			-o size=2m,nr_inodes=60,mode=700 dfs-test "$T/row/$n" ||
			exit 1
	done
	row_name="$3 of $bytes bytes, up to $4 $2 left, disks filled: $1"
	row_again=
	row_in -b "$bytes" -e "$step" "$T/row" full "$1" "$2" "$3" "$4"
	for n in 1 2 3 4; do umount "$T/row/$n"; done
	rm -rf "$T/row"
}
at_end 'for n in 1 2 3 4; do umount "$T/row/$n" 2>/dev/null; done'

for op in put overwrite rm; do
	for whose in 2 all; do
		bytes=3000
		# The reserve is 26 pages, and looked at when the last look is old.
		fill $whose pages $op 32
		fill $whose inodes $op 10
		bytes=300000
		fill $whose pages $op 72 5
	done
done
rows_end
