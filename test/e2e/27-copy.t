#!/bin/sh
# cp and mv: the servers share their files, and no byte passes through the
# client; where they cannot, it does; and what a mv promises.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

# numbers NAME: of its files on all servers.
numbers() {
	for n in 1 2 3 4; do
		find "$T/$n/$1" -type f -printf '%f %i\n'
	done | LC_ALL=C sort
}
# By way of the client a large file needs a spool, which it cannot have here.
no_spool() {
	run env TMPDIR="$T/none" "$DFC" "$@"
}

random_file 3000001 large
random_file 1000 small
: >empty
touch -d @1000000000 large
chmod 640 large
client put large small empty
silent 'three files'

no_spool cp large twin
silent 'cp is silent, and needs no spool'
client get twin
ok 'the copy has the bytes' cmp large twin
is "$(stat -c '%Y %a' twin)" '1000000000 640' 'the time and the mode'
is "$(numbers twin)" "$(numbers large)" 'and the very files, on every server'
is "$(numbers twin | wc -l)" 8 'which are eight'
no_spool cp twin docs/twin2
silent 'a copy of the copy, with another turn'
client cp small empty twin docs/
silent 'several into a prefix'
client list
says 0 'docs/empty
docs/small
docs/twin
docs/twin2
empty
large
small
twin' '' 'by their last components'
for name in large twin docs/twin docs/twin2 docs/small docs/empty; do
	client cat "$name"
	cmp -s "${name##*/}" "$T/out" || cmp -s large "$T/out"
	t_result $? "$name is right"
done
client check
exits 0 'check finds all well'
client check --verify
exits 0 'and what the servers read too'
client heal
silent 'there is nothing to heal'
kill_server 1 2 3 4
restart_server 1 2 3 4
for down in 1 2 3 4; do
	kill_server $down
	client cat docs/twin2
	ok "after a start, without dfs$down, the copy is right" cmp large "$T/out"
	restart_server $down
done

# Each name goes its own way.
random_file 2000 large
client put large
silent 'the source is overwritten'
client cat twin
ok 'the copy is as it was' cmp twin "$T/out"
client cp small twin
silent 'a copy over a copy'
client cat twin
ok 'replaces it' cmp small "$T/out"
client rm small twin docs/twin
silent 'names that share files are removed'
client cat docs/small
ok 'those that are left have theirs' cmp small "$T/out"
client cat docs/twin2
ok 'the large one too' cmp twin "$T/out"
client rm -r docs large empty
silent 'all go'
is "$(for n in 1 2 3 4; do files_of $n; done)" '' 'and no file is left behind'

# Usage.
client put small
client cp small small
says 2 '' 'dfc: small: cannot be copied onto itself' 'cp onto itself'
client mv small small
says 2 '' 'dfc: small: cannot be moved onto itself' 'mv onto itself'
client mv -r docs docs/sub
says 2 '' 'dfc: docs: cannot be moved into itself' 'a tree into itself'
client mv a/x b/x to/
says 2 '' 'dfc: to/x: two operands would get this name' 'two of one name'
client cp small
exits 2 'one operand'
client mv -r / to/
exits 2 'everything'
client cp -f --no-clobber small other
exits 2 'two that contradict each other'
client cp none other
says 4 '' 'dfc: none: no such file' 'a source that is not there'
client mv none other
says 4 '' 'dfc: none: no such file' 'mv says so too'
client put -o other empty
client cp --no-clobber small other
says 8 '' 'other put failed
dfc: other: there is such a file already' 'no-clobber refuses'
client mv --no-clobber small other
exits 8 'mv does'
client cat other
is "$status $(wc -c <"$T/out")" '0 0' 'and nothing was changed'
client cp --no-clobber small third
silent 'no-clobber and a new name'
client cp --json small other
like "$out" '*"type":"result","action":"copy","name":"small","to":"other","done":true,"exit":0,"bytes":1000*' \
	'cp replaces, and --json tells both names'
client cat other
ok 'what was there' cmp small "$T/out"

# mv.
client mv third fourth
silent 'mv'
client cat fourth
ok 'has moved it' cmp small "$T/out"
client get third
exits 4 'the old name is gone'
client put -r -t docs small empty twin
client mv -r docs/ archive/
silent 'a tree is moved'
client list
says 0 'archive/docs/empty
archive/docs/small
archive/docs/twin
fourth
other
small' '' 'with all below it'
client mv -r archive/docs docs
silent 'and to a new name'
client list docs/
says 0 'docs/empty
docs/small
docs/twin' '' 'which is just that'
dfc put -o up/in/x empty
dfc put -o up/in/in/x small
for verb in cp mv; do
	client $verb -r -j 1 up/in up
	like "$status $err" "8 dfc: up/in/x: would be overwritten, and is to be *" \
		"$verb of a tree over its own names is refused"
done
client mv -rf -j 1 up/in up
exits 8 'with -f too'
client list up
says 0 'up/in/in/x
up/in/x' '' 'and nothing is done'
client mv up/in/x up/y
client mv -r up/in up
silent 'where no name is met it may go up'
client cat up/in/x up/y
ok 'with all it has' cmp small "$T/out"
client rm -r up
for n in 1 2 3; do
	kill_server $n
	client mv docs/twin docs/moved$n
	one_line 0 "dfc: dfs$n: not available: moved without it" \
		"mv without dfs$n"
	restart_server $n
	client get docs/twin
	exits 4 'the old name stays deleted when it is back'
	client cat docs/moved$n
	ok 'and the new one is right' cmp twin "$T/out"
	client heal
	exits 0 'heal brings it to all servers'
	client mv docs/moved$n docs/twin
	silent 'and back'
done
client check
exits 0 'check finds all well after that'

# By way of the client.
kill_server 4
no_spool cp docs/twin docs/narrow
exits 1 'without a server the bytes come here: a spool is needed'
like "$err" '*docs/twin: temporary file: *' 'and missed'
client cp docs/twin docs/narrow
one_line 0 'dfc: dfs4: not available: copied without it' 'with it cp succeeds'
restart_server 4
client cat docs/narrow
ok 'and is right' cmp twin "$T/out"
no_spool cp docs/narrow docs/wide
exits 1 'a stripe that is too narrow is spread anew: by way of the client'
client cp docs/narrow docs/wide
silent 'over all servers'
client cat docs/wide
ok 'and right' cmp twin "$T/out"
is "$(numbers docs/wide | wc -l)" 8 'in four chunks'
kill_server 1 2
client cp docs/twin docs/never
complains 5 'docs/twin is incomplete' 'too few servers'
restart_server 1 2
client list docs/never
is "$out" '' 'and nothing is stored'

# A bad chunk is not copied where it is known to be bad.
victim=$(files_of 2 docs/twin | head -n 1)
rm "$victim"
client cp docs/twin docs/good
exits 0 'a chunk is missing on one server: by way of the client'
client cat docs/good
ok 'the copy is good' cmp twin "$T/out"

# A disk is lost, and a server is added.
client heal
exits 0 'heal'
no_spool cp docs/twin turned
silent 'a copy whose places are not in the order of the list'
kill_server 2
rm -rf "$T/2"
restart_server 2
client heal
exits 0 'a server has lost its disk: heal'
for down in 1 2 3 4; do
	kill_server $down
	client cat turned
	ok "without dfs$down the copy is right" cmp twin "$T/out"
	restart_server $down
done
client check --verify
exits 0 'check'
start_server 5
write_conf 5
client members add dfs5
exits 0 'a fifth server'
is "$(count_files 5 turned)" 2 'gets its chunks of the copy'
client cat turned
ok 'which is right' cmp twin "$T/out"
no_spool cp turned again
silent 'and can be copied on five servers'
client cat again
ok 'rightly' cmp twin "$T/out"
client check
exits 0 'check'
t_end
