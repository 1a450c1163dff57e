#!/bin/sh
# A name deleted while one server was away never comes back, in whatever
# order servers return; what is left of the deletion goes when all servers
# have confirmed it, and not before.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'fence = 1s' 'quarantine = 1s' 'gc_age = 3s'
start_servers 4

# tombstones: directories that remember a deletion, on all servers.
tombstones() {
	find "$T/1" "$T/2" "$T/3" "$T/4" -type d -name '@d-*' | wc -l
}
gone() {
	client list
	says 0 keep '' "$1"
}

echo keep >keep
client put keep
for away in 1 2 3 4; do
	for n in 1 2 3; do random_file 5000 "f$away$n"; done
	client put "f$away"[123]
	kill_server $away
	client rm "f$away"[123]
	exits 0 "three names removed without dfs$away"
	others=$(seq 4 | grep -v $away)
	# All the others go away in turn before it meets one that knows.
	restart_server $away
	for n in $others; do
		kill_server $n
		gone "dfs$away is back, dfs$n is away"
		client heal
		exits 3 'a heal then keeps what is left of the deletion'
		restart_server $n
	done
	is "$(find "$T/1" "$T/2" "$T/3" "$T/4" -type f | wc -l)" 8 \
		'no chunk of the removed names is on any disk'
done
is "$(tombstones)" 48 'every server remembers every deletion'
kill_server 4
restart_server 4

# old_enough: dropped tells of it, with all servers.
forgotten() {
	dfc heal 2>>"$T/heals"
	[ "$(tombstones)" -eq 0 ]
}
kill_server 2
client heal
is "$(tombstones)" 48 'none is dropped while a server is away'
restart_server 2
await 20 forgotten
t_result $? 'when gc_age is over for all, a heal drops them' ||
	diag "$(tombstones) left; $(cat "$T/heals")"
ok 'and says so' grep -q 'deletion.* forgotten' "$T/heals"
gone 'they stay deleted'
client heal
silent 'nothing is left to do'
for away in 1 2 3 4; do
	kill_server $away
	gone "also without dfs$away"
	restart_server $away
done

# A disk from before the deletion, when nobody remembers it any more.
echo old >f1
client put f1
stop_server 3
cp -a "$T/3" "$T/image"
restart_server 3
client rm f1
await 20 forgotten
t_result $? 'another deletion, forgotten by all'
stop_server 3
rm -rf "$T/3"
mv "$T/image" "$T/3"
restart_server 3
gone 'an old directory of dfs3 does not bring it back'
kill_server 1
gone 'nor when another is away'
restart_server 1
client heal
exits 0 'heal'
gone 'nor after a heal'
is "$(find "$T/3" -path '*/f1*')" '' 'which has removed it there'
client put f1
silent 'the name is put again'
client cat f1
is "$status $out" '0 old' 'and is there'
t_end
