#!/bin/sh
# Ten thousand names.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# Four files whose chunks lie differently are put; the others are made as
# copies of their directories, for the chunks of a name lie by its MD5.
names=10000
mkdir d
for i in $(seq $names); do
	name=$(printf 'd/%02d/file-%05d' $((i % 50)) "$i")
	mkdir -p "${name%/*}" && printf %s "$name" >"$name"
done
find d -type f -exec md5sum {} + |
	sed 's/^.*\(.\)  \(.*\)/\1 \2/; s/^[048c]/0/; s/^[159d]/1/; s/^[26ae]/2/
		s/^[37bf]/3/' | LC_ALL=C sort >turns
: >empty
for turn in 0 1 2 3; do
	name=$(sed -n "s/^$turn //p" turns | head -n 1)
	client put -o "$name" empty
	exits 0 "put of a file of turn $turn"
	echo "$name" >model$turn
done
stop_server 1 2 3 4
for server in 1 2 3 4; do
	for turn in 0 1 2 3; do
		model=$(cat model$turn)
		sed -n "s/^$turn //p" turns | grep -vxF "$model" >copies
		(cd "$T/$server" && cd "$model" && find . -mindepth 1) |
			sed 's/^\.//' >parts
		cd "$T/$server" || exit 1
		sed "s|\$|$(head -n 1 "$T/w/parts")|" "$T/w/copies" |
			tr '\n' '\0' | xargs -0 mkdir -p
		for part in $(sed 1d "$T/w/parts"); do
			sed "s|\$|$part|" "$T/w/copies" | tr '\n' '\0' |
				xargs -0 touch
		done
		cd "$T/w" || exit 1
	done
done
restart_server 1 2 3 4
find d -type f | LC_ALL=C sort >names

client list
is "$status" 0 'list'
ok 'has them all, and whole' cmp "$T/out" names
client ls -1R
ok 'so has ls -R' cmp "$T/out" names
client ls -l d
is "$(wc -l <"$T/out")" 50 'ls shows fifty directories'
client ls -S1r d/00
is "$(tail -n 1 "$T/out")" d/00/file-00050 'sorted'
client ls -1 'd/4?/*99*'
is "$(wc -l <"$T/out")" "$(grep -c '/4./.*99' names)" 'or by a pattern'
client find --size 0
ok 'find tells them all' cmp "$T/out" names
client find --name '*-00*' d/07
is "$(wc -l <"$T/out")" 20 'or some'
client tree
is "$(tail -n 1 "$T/out")" '51 directories, 10000 files' 'tree draws them all'
client tree -L 2
is "$(tail -n 1 "$T/out")" '51 directories, 0 files' 'or the first levels'
client du
is "$(wc -l <"$T/out")" 52 'du sums them up'
client ls --json -R
is "$(wc -l <"$T/out")" 10001 'ls --json has an object for each'
client test -d d
exits 0 'test -d'
t_end
