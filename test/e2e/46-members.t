#!/bin/sh
# dfc members: four servers become five and four again, one of them dead or
# alive, with puts going on beside, and killed on the way.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'fence = 10s' 'quarantine = 1s' 'gc_age = 21s'
start_servers 4

# counts N...: files of committed versions: what a heal that was killed has staged
# stays beside them until it is old.
counts() {
	for n in "$@"; do
		find "$T/$n" -path "*/@c-*" -type f | tr -dc "\n" | wc -c
	done | tr '\n' ' '
}
# reads NAME: all files are right without server N.
all_right() {
	rm -rf got && mkdir got
	(cd got && dfc get $(cd ../src && ls)) && diff -r src got
}

client members
exits 0 'members of a new cluster'
like "$out" 'no cluster: the first put begins one*' 'there is none'
mkdir src
for n in $(seq 60); do random_file $((n * 700)) "src/f$n"; done
client put src/*
client members
exits 0 'four members'
like "$out" 'cluster *epoch 1 *4 members*dfs4 *member *epoch 1' 'are shown'
cp "$T/dfc.conf" "$T/four.conf"

start_server 5
client members add dfs5
exits 2 'a server that is not in the configuration'
write_conf 5
client heal
exits 8 'heal does not take in one more than the record says'
like "$err" '*dfs5*dfc members add dfs5*' 'but says what does'
client put src/f1
one_line 0 'dfc: dfs5: not a member: run dfc members add dfs5' 'so does put'
client check
like "$out" '*dfs5 *run dfc members add dfs5*' 'and check'
client status
exits 3 'status'
like "$err" '*run dfc members add dfs5*' 'and status'
is "$(printf '%s\n' "$out" | awk 'length > 80')" '' 'within 80 columns'
client members add dfs5
exits 0 'members add'
like "$out" '*the cluster has 5 servers now
dfs5: a member; every client*dfc.conf must list it now' 'says each step'
is "$(counts 1 2 3 4 5)" '120 120 120 120 120 ' 'every file lies on five servers'
client members
like "$out" '*epoch 2 *5 members*' 'the record has a new epoch'
client heal
silent 'there is nothing left to heal'
client members add dfs5
says 0 'dfs5: is a member already' '' 'adding it once more is no error'
client -c "$T/four.conf" get -o got1 f1
exits 0 'a client that does not know of it yet still reads'
for down in 1 5; do
	kill_server $down
	ok "all is right without dfs$down" all_right
	restart_server $down
done

# Removed alive, killed on the way, with puts beside.
# A put whose marks meet the change may be of unknown outcome: once more.
settled_put() {
	for again in 1 2 3; do
		dfc put "$1" 2>"$T/putting" && return
		[ $? -eq 11 ] || break
	done
	{ echo "$1:"; cat "$T/putting"; } >>"$T/bad"
}
putting() {
	for round in $(seq 12); do
		for n in 1 2 3 4; do
			random_file $((round * 1000 + n)) "src/f$n"
			settled_put "src/f$n"
		done
	done
}
: >"$T/bad"
putting &
putter=$!
for n in 5 15 25; do
	timeout -s KILL "0.$(printf '%02d' $n)" "$DFC" members remove dfs2 \
		>/dev/null 2>&1
done
run "$DFC" members remove dfs2
t_tries=0
while [ "$status" -ne 0 ] && [ $t_tries -lt 5 ]; do
	t_tries=$((t_tries + 1))
	run "$DFC" members remove dfs2
done
exits 0 'remove, killed three times and run again'
like "$out" '*the cluster has 4 servers now
dfs2: take it out of every dfc.conf, and stop its daemon' 'says each step'
wait $putter
is "$(cat "$T/bad")" '' 'puts beside it all succeed'
# It goes on, and the configuration lists it.
client check
like "$out" '*dfs2 *was removed: take it out of dfc.conf, stop it*' \
	'check tells what it is'
client status
exits 3 'status too'
like "$out" '*dfs2 * removed *' 'in a word'
client put src/f1
one_line 0 'dfc: dfs2: not a member any more: stored without it' 'and put'
client members add dfs2
exits 8 'it cannot be added as it is'
like "$err" '*dfs2: removed: *--rejoin*' 'that says how'
stop_server 2
sed -i '/dfs2/d' "$T/dfc.conf"
client members
like "$out" '*4 members*' 'four members are left'
client heal
[ "$status" -eq 0 ]
t_result $? 'heal' || show_run
client check
exits 0 'all is well'
is "$(counts 1 3 4 5)" '120 120 120 120 ' 'with two files of each on each'
ok 'all is right' all_right
for down in 1 3; do
	kill_server $down
	ok "also without dfs$down" all_right
	restart_server $down
done

# A dead one is removed.
client members remove --dead dfs4
exits 8 'a server that answers is not dead'
kill_server 4
client members remove dfs4
exits 5 'one that does not answer cannot leave'
like "$err" '*--dead*' 'but can be given up'
client members remove --dead dfs4
exits 0 'remove --dead'
sed -i '/dfs4/d' "$T/dfc.conf"
client members
like "$out" '*3 members*' 'three members are left'
client heal
silent 'with nothing to heal'
is "$(counts 1 3 5)" '120 120 120 ' 'and all files'
ok 'that are right' all_right
restart_server 4
echo "server dfs4 127.0.0.1:$(port_of 4)" >>"$T/dfc.conf"
client check
exits 3 'the dead one comes back'
like "$out" '*dfs4 *was removed as dead*' 'and check says so'
client status
exits 3 'status'
like "$out" '*dfs4 *removed as dead*' 'says it too'
client put src/f9
one_line 0 'dfc: dfs4: not a member any more: stored without it' 'and put'
ok 'and changes nothing' all_right
t_end
