#!/bin/sh
# A heal needs room for what it fetches in $TMPDIR, for two files at a time.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
mkdir "$T/tmp" && mount -t tmpfs -o size=10m dfs-test "$T/tmp" &&
	at_end "umount '$T/tmp'"
t_result $? 'a small file system for temporary files'
start_servers 4

# A server lacks half of a file: so much is fetched.
mkdir src
for i in 1 2 3 4 5 6; do random_file 8000000 src/file$i; done
random_file 30000000 src/huge
client put src/*
silent 'six files that fit by two, and one that does not'
kill_server 2
rm -rf "$T/2"
restart_server 2

TMPDIR=$T/tmp run "$DFC" heal file1 file2 file3 file4 file5 file6
exits 0 'heal of the six'
is "$(count_files 2)" 12 'restores them'
TMPDIR=$T/tmp run "$DFC" heal huge
exits 10 'heal of the seventh fails'
like "$err" '*huge: temporary file: No space left on device*' 'and says why'
is "$(count_files 2 huge)" 0 'it is as it was'
like "$(df --output=used -k "$T/tmp" | tail -n 1)" '*[ 	]0' \
	'nothing is left in the small file system'
client heal
exits 0 'heal with room'
is "$(count_files 2)" 14 'all is there'
t_end
