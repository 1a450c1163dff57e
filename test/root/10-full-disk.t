#!/bin/sh
# Full disks, real ones: small file systems under the servers.
. "${0%/*}/../lib.sh"
t_begin

# disk N: a file system of 24 MiB for server N.
disk() {
	mkdir "$T/$1" && mount -t tmpfs -o size=24m,mode=700 dfs-test "$T/$1" &&
		at_end "umount '$T/$1'"
}
for n in 1 2 3 4; do ok "a small disk for server $n" disk $n; done
start_servers 4

random_file 16000000 most
bad=
for try in 1 2 3 4 5 6 7 8; do
	run "$DFC" put most
	[ "$status" = 0 ] || bad="$bad $try"
	run "$DFC" rm most
done
[ -z "$bad" ]
t_result $? 'what rm gave back can be used at once' || diag "tries$bad failed"

random_file 8000000 old
random_file 8000000 new
cp old was
client put old
silent 'a file that fits'

# One full disk: put does without that server.
head -c 30000000 /dev/zero >"$T/3/ballast" 2>/dev/null
client put new
one_line 0 'dfc: *dfs3*' 'one server full: put does without it'
client put old
one_line 0 'dfc: *dfs3*' 'and so does an overwrite'
client cat new
[ "$status" = 0 ] && cmp -s "$T/out" new
t_result $? 'what was put is read' || show_run
client rm new
exits 0 'rm works'
is "$(count_files 3 new)" 0 'on the full server too'
rm "$T/3/ballast"
# silently COMMAND...: a server looks at its disk a few times a second.
silently() {
	run "$@"
	[ "$status" = 0 ] && [ -z "$err" ]
}
await 5 silently "$DFC" put old
t_result $? 'with room again all take part' || show_run

# Full by use.
stored=
for i in $(seq 20); do
	run "$DFC" put -o "fill$i" new
	[ "$status" = 0 ] || break
	stored="$stored fill$i"
done
complains 10 "fill$i put failed" 'when all are full, put fails for lack of space'
client put -o old new
complains 10 'old put failed' 'an overwrite too'
client cat old
[ "$status" = 0 ] && cmp -s "$T/out" was
t_result $? 'and the old version is intact' || show_run
client list
is "$out" "$(printf '%s\n' $stored old | LC_ALL=C sort)" \
	'nothing of the failed puts shows'
is "$(find "$T"/[1-4] -type f | wc -l)" \
	$((8 * ($(echo $stored | wc -w) + 1))) 'nor is left on the disks'
for n in 1 2 3 4; do
	ok "server $n keeps a reserve" test \
		"$(stat -f -c %a "$T/$n")" -gt 0
done

# To the last byte and inode: rm must work all the same.
for n in 1 2 3 4; do
	head -c 30000000 /dev/zero >"$T/$n/ballast" 2>/dev/null
done
set -- $stored
client rm "$1"
silent 'disks full to the last byte: rm works'
client get "$1"
exits 4 'and the name is gone'
stop_server 1 2 3 4
restart_server 1 2 3 4
client list
shift
is "$out" "$(printf '%s\n' "$@" old | LC_ALL=C sort)" \
	'the servers start on full disks'
rm "$T"/[1-4]/ballast
await 5 silently "$DFC" put -o old new
t_result $? 'room again: put works again' || show_run
client cat old
[ "$status" = 0 ] && cmp -s "$T/out" new
t_result $? 'and the new version is there' || show_run

# Cut off in the middle: the disk fills while a put is under way.
client rm "$@"
exits 0 'everything else is removed'
random_file 30000000 huge
client put huge
exits 0 'a file that just fits'
client put -o huge2 huge
complains 10 'huge2 put failed' 'one that does not is refused'
client put -o huge huge
complains 10 'huge put failed' 'nor is there room for a second version'
client cat huge
[ "$status" = 0 ] && cmp -s "$T/out" huge
t_result $? 'the first is intact' || show_run
is "$(find "$T"/[1-4] -type f | wc -l)" 16 'and no litter is left'
t_end
