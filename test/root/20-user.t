#!/bin/sh
# Started as root, dfs becomes the configured user, and stays it.
. "${0%/*}/../lib.sh"
t_begin
chmod 711 "$T"

dfs_conf
start_server 1
ok 'without a user it runs, with one warning' \
	test "$(grep -c 'running as root' "$T/1.log")" = 1

dfs_conf 'user = nobody'
mkdir "$T/2"
run "$DFS" -c "$T/dfs.conf" "$T/2" 0
one_line 2 "dfs: $T/2: *nobody*" 'a DIR of another user is refused'
chown nobody "$T/2"
start_server 2
for kind in Uid Gid; do
	is "$(sed -n "s/^$kind:	//p" "/proc/$(pid_of 2)/status" |
		tr '\t' '\n' | grep -cx 0)" 0 "its four ${kind}s are none of root"
done
is "$(sed -n 's/^CapEff:	//p' "/proc/$(pid_of 2)/status")" \
	0000000000000000 'it has no capabilities'
is "$(grep -c 'running as root' "$T/2.log")" 0 'and there is no warning'
is "$(stat -c %U "$T/2/@state" 2>/dev/null || ls -ld "$T/2/@state" |
	awk '{ print $3 }')" nobody 'what it makes belongs to the user'

dfs_conf 'user = nobody' 'workers = 3'
kill -HUP "$(pid_of 2)"
ok 'it reads its configuration again' await 5 \
	grep -q 'workers needs a restart' "$T/2.log"
stop_server 2
mkdir "$T/keys"
"$DFC" keygen "$T/keys/key" && chown -R nobody "$T/keys"
dfs_conf 'user = nobody' "key = $T/keys/key"
start_server 2
"$DFC" keygen -l other "$T/keys/new" &&
	cat "$T/keys/key" >>"$T/keys/new" && chown nobody "$T/keys/new" &&
	mv "$T/keys/new" "$T/keys/key"
kill -HUP "$(pid_of 2)"
ok 'it reads a new key file in the place of the old one' await 5 \
	grep -q 'keys reloaded keys=2' "$T/2.log"
stop_server 2
dfs_conf 'user = nobody'
start_server 2
dfs_conf
start_server 3
write_conf 3
sed -i 1d "$T/dfc.conf"
random_file 3000000 large
client put large
exits 0 'it stores files that are large'
is "$(find "$T/2/large" -type f -user nobody | wc -l)" 2 'as its own'

dfs_conf 'user = no-such-user'
run "$DFS" -c "$T/dfs.conf" "$T/2" 0
one_line 2 'dfs: user = no-such-user: no such user' 'an unknown user'
t_end
