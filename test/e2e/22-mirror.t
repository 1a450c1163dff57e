#!/bin/sh
# mirror, both ways: what it copies, skips and deletes, and when it refuses.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir -p src/sub/deep src/obj
for f in a b.txt sub/c sub/deep/d obj/x.o; do echo "$f" >src/$f; done

# ------------------------------------------------------------- -R: up
client mirror -n -R src backup
says 0 'put backup/a (2 B)
put backup/b.txt (6 B)
put backup/obj/x.o (8 B)
put backup/sub/c (6 B)
put backup/sub/deep/d (11 B)' '' 'mirror -nR says what would be stored'
client list
says 0 '' '' 'and stores nothing'
client mirror -R --exclude '*.o' src backup/
silent 'mirror -R'
client list
says 0 'backup/a
backup/b.txt
backup/sub/c
backup/sub/deep/d' '' 'stores the tree, but for what is excluded'
client mirror -n -v -R --exclude '*.o' src backup
says 0 'skip backup/a (2 B)
skip backup/b.txt (6 B)
skip backup/sub/c (6 B)
skip backup/sub/deep/d (11 B)' '' 'what has been copied is left as it is'
dfc put -o backup/keep.o src/a
dfc put -o backup/gone src/a
dfc put -o backup2/other src/a
echo longer >src/a
touch -d '2001-02-03 04:05:06.5 UTC' src/b.txt
rm src/sub/c
client mirror -n -R --delete --exclude '*.o' src backup
says 0 'replace backup/a (7 B)
replace backup/b.txt (6 B)
delete backup/gone (2 B)
delete backup/sub/c (6 B)' '' '-n shows copies and deletions'
client mirror -R --exclude '*.o' src backup
silent 'mirror -R again'
client cat backup/a backup/gone
says 0 'longer
a' '' 'copies what differs, and deletes nothing without --delete'
client mirror -R --delete --progress=always --exclude '*.o' src backup
exits 0 'mirror -R --delete'
like "$err" '*copied 0, skipped 3, deleted 2; *' 'says so in its last line'
client list
says 0 'backup/a
backup/b.txt
backup/keep.o
backup/sub/deep/d
backup2/other' '' 'deletes what the source lacks, and nothing that is excluded'

# -------------------------------------------------- an empty source
mkdir empty
client mirror -R --delete empty backup
says 8 '' 'dfc: mirror: nothing is deleted: the source is empty (-f deletes all the same)' \
	'a source without a file deletes nothing'
client mirror -n -R --delete empty backup
exits 8 '-n tells so'
client mirror -R --delete absent backup
says 1 '' 'dfc: absent: No such file or directory' 'one that is not there neither'
client mirror -R --delete src ''
exits 2 'an empty prefix is refused'
client mirror -R --delete src ../x
exits 2 'so is one that no name begins with'
client mirror --delete nosuch src
exits 8 'a prefix without names deletes nothing here'
ok 'as files show' test -f src/a
client list backup/
is "$(wc -l <"$T/out")" 4 'nothing of these deleted anything there'

# ------------------------------------------------------------- down
mkdir down
client mirror --json backup down/new
exits 0 'mirror into a directory that is not there'
like "$out" '*"action":"get","name":"backup/a","path":"down/new/a","done":true,"exit":0,"bytes":7*' \
	'--json tells the end of each'
is "$(cd down/new && find . -type f | LC_ALL=C sort)" './a
./b.txt
./keep.o
./sub/deep/d' 'paths begin below the prefix'
client mirror --delete -n -v backup down/new
says 0 'skip down/new/a (7 B)
skip down/new/b.txt (6 B)
skip down/new/keep.o (2 B)
skip down/new/sub/deep/d (11 B)' '' 'nothing is left to do'
mkdir -p down/new/more/dirs down/new/void elsewhere
echo x >down/new/more/dirs/x
echo y >elsewhere/y
ln -s ../../elsewhere down/new/link
mkfifo down/new/pipe
chmod 600 down/new/a
echo spoilt >down/new/sub/deep/d
client mirror -n --delete backup down/new
says 0 'replace down/new/sub/deep/d (11 B)
delete down/new/more/dirs/x (2 B)' '' 'links and special files are nothing to delete'
client mirror --delete backup down/new
silent 'mirror --delete'
is "$(cd down/new && find . | LC_ALL=C sort)" '.
./a
./b.txt
./keep.o
./link
./pipe
./sub
./sub/deep
./sub/deep/d
./void' 'takes files away, and directories that it has emptied'
is "$(cat down/new/sub/deep/d elsewhere/y)" 'sub/deep/d
y' 'copies, and follows no link'

# in the shell, prefixes begin where cd has gone, whichever side they are on
mkdir in up && echo 1 >up/one
printf 'cd backup/sub\nmirror . in\nmirror -R up .\n' | dfc >"$T/out" 2>&1
is "$?$(cat "$T/out")" 0 'mirror in the shell'
is "$(find in -type f)" in/deep/d 'fetches what is below where cd has gone'
client list backup/sub
says 0 'backup/sub/deep/d
backup/sub/one' '' 'and stores there'
dfc rm backup/sub/one

# a name whose path leads over a link
dfc put -o backup/link/y src/a
client mirror backup down/new
exits 6 'a link in the way of a stored name'
is "$(cat elsewhere/y)" y 'is not followed'
dfc rm backup/link/y
dfc put -o backup/pipe src/a
client mirror --delete backup down/new
exits 6 'a FIFO in the way'
like "$err" '*dfc: down/new/pipe: a link, or no regular file: skipped' 'is named'
ok 'and left there' test -p down/new/pipe
dfc rm backup/pipe

# ------------------------------------------ what is not known, or fails
ln -s a src/symlink
client mirror -R --delete --exclude '*.o' src backup
exits 6 'a link in the source is skipped'
like "$err" '*dfc: src/symlink: a link, or no regular file: skipped' 'with a word'
rm src/symlink
mv src/sub elsewhere/sub && ln -s ../elsewhere/sub src/sub
client mirror -R --delete --exclude '*.o' src backup
exits 6 'a directory that a link has taken the place of'
client list backup/sub
says 0 backup/sub/deep/d '' 'is not taken for an empty one'
rm src/sub && mv elsewhere/sub src/sub
rm src/b.txt

# A path that is longer than any system call takes.
long=$(printf '%0250d' 0)
(
	cd src || exit
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
		mkdir "$long" && cd "$long" || exit
	done
	: >file
) 2>/dev/null # the shell may be the first that cannot
client mirror -R --delete --exclude '*.o' src backup
exits 6 'a directory that cannot be read'
like "$err" '*dfc: mirror: nothing is deleted: not all of the source could be read*' \
	'lets nothing be deleted'
client list backup/b.txt
says 0 backup/b.txt '' 'as the listing shows'
rm -r "src/$long"

long=$(printf '%0255d' 0)
mkdir "src/$long" && : >"src/$long/$long"
client mirror -R --delete --exclude '*.o' src "backup"
exits 0 'a path of long components'
client list backup/b.txt
says 0 '' '' 'and what the source lacks goes'
rm -r "src/$long"
mkdir -p down/new/sub/deep/e
dfc put -o backup/sub/deep/e src/a
echo extra >down/new/extra
client mirror --delete backup down/new
exits 6 'a file that cannot be copied'
like "$err" '*dfc: mirror: nothing is deleted: not all could be copied*' \
	'lets nothing be deleted'
ok 'as the file shows' test -f down/new/extra
rmdir down/new/sub/deep/e

client mirror bakcup down/new
says 4 '' 'dfc: bakcup/: no stored name is below it' 'a mistyped prefix'
ok 'takes nothing away' test -f down/new/extra

stop_server 2 3 4
client mirror --delete backup down/new
exits 5 'a listing that is not proven'
like "$err" '*dfc: backup/: too few servers to know what is in it*' 'ends it'
ok 'nothing is deleted' test -f down/new/extra
restart_server 4
client mirror --delete backup down/new
exits 6 'names that cannot be fetched now'
like "$err" '*is incomplete*' 'are named'
ok 'and their local files stay' test -f down/new/sub/deep/d
fails 'what the source lacks goes: its listing is proven' test -e down/new/extra
restart_server 2 3
client mirror --delete backup down/new
silent 'with all servers all is done'
t_end
