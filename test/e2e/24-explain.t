#!/bin/sh
# dfc explain: where the chunks of a name are to be, and where they are.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'quarantine = 1s'
start_servers 4

# cells [MARK]: of the last run, "1:12 2:23 ...": the chunks that each server
# has MARK for.
cells() {
	awk -v mark="${1:-##}" '
	/^ +P1 / { for (k = 1; k <= NF; k++) at[k] = index($0, $k); n = NF }
	n && $1 ~ /^dfs[0-9]$/ {
		list = ""
		for (k = 1; k <= n; k++)
			if (substr($0, at[k], 2) == mark) list = list k
		if (list) line = line (line ? " " : "") substr($1, 4) ":" list
	}
	n && /^$/ { exit }
	END { print line }' "$T/out"
}
# what LABEL: the text behind it in the last run, its lines joined.
what() {
	awk -v label="$1" '
	substr($0, 1, 10) ~ "^" label " *$" { on = 1 }
	on && !/^ / && substr($0, 1, 10) !~ "^" label " *$" { exit }
	on { text = text (text ? " " : "") substr($0, 11) }
	END { print text }' "$T/out"
}
wide_lines() {
	awk 'length > 80' "$T/out" | wc -l
}
escapes() {
	tr -dc '\033' <"$T/out" | wc -c
}

# The vectors.
turn0='1:12 2:23 3:34 4:14' turn1='1:14 2:12 3:23 4:34'
turn2='1:34 2:14 3:12 4:23' turn3='1:23 2:34 3:14 4:12'
for name in foo test.txt foo2 hello.txt file.bin .hidden foo1 1.txt; do
	random_file 1003 "$name"
done
client explain foo
says 4 "$out" 'dfc: foo: no such file' 'a name that was never stored'
is "$(cells ++)" "$turn0" 'would go where the formula says'
client put foo test.txt foo2 hello.txt file.bin .hidden foo1 1.txt
for try in "0 foo test.txt" "1 foo2 hello.txt" "2 file.bin .hidden" \
	"3 foo1 1.txt"; do
	# shellcheck disable=SC2086
	set -- $try
	eval "wanted=\$turn$1"
	for name in "$2" "$3"; do
		client explain "$name"
		is "$(cells)" "$wanted" "$name lies as the table for x = $1 says"
		like "$(what placed)" "by the formula: x = MD5 mod 4 = $1" \
			'and x is worked out'
	done
done
client explain foo
exits 0 'a whole file'
is "$(what md5)" "$(printf foo | md5sum | cut -c1-32)" 'its hash'
is "$(what verdict)" 'can be rebuilt; every chunk has two copies' 'is safe'
is "$(what 'to do')" nothing 'with nothing to do'
like "$out" '*P1 *251 *dfs1, dfs4*P4 *250 *dfs3, dfs4*' \
	'both homes of each chunk, with its length'
is "$(escapes) $(wide_lines)" '0 0' 'no colours in a file, no line over 80'
client explain --verify foo
like "$(what verified)" 'just now: *' 'the servers read the chunks if asked'
client explain --color=always foo
[ "$(escapes)" -gt 0 ]
t_result $? 'colours on demand' || show_run

# A copy that the servers made: a's own x would be 1.
client cp foo a
client explain a
is "$(what placed)" 'as a copy: x = MD5 mod 4 = 1 by this name, 0 as the chunks lie' \
	'a copy keeps its chunks where they are'
is "$(cells)" "$turn0" 'which is shown'

# Servers away.
echo gone >gone && client put gone && client rm gone
kill_server 2
client explain foo
exits 0 'with a server down'
is "$(cells) $(cells '??')" '1:12 3:34 4:14 2:23' 'it shows what must be there'
like "$out" '*dfs2 *DOWN: Connection refused*' 'and why it is not'
is "$(what verdict)" 'can be rebuilt; P2, P3 have one copy only' 'a verdict'
is "$(what losing)" 'dfs1 or dfs3 as well would make it unreadable' \
	'who must not be lost'
like "$(what 'to do')" 'bring back dfs2, then: dfc heal foo;*' 'what to do'
is "$(wide_lines)" 0 'no line over 80'
client explain a
is "$(cells) $(cells '??')" '1:12 3:34 4:14 2:23' 'so with the copy'
client explain gone
says 4 "$out" 'dfc: gone: no such file' 'a deleted name'
like "$out" '*2: deleted*dfs1 *knows that it is deleted*dfs2 *DOWN*' 'says so'
is "$(what verdict)" 'deleted, and stays so, whichever server was away; no chunks are left' \
	'in words'
client put -o narrow foo1
client explain narrow
like "$(what placed)" 'by the formula, over 3 of 4 servers: x = MD5 mod 3 = *' \
	'a stripe over three'
like "$(what 'to do')" 'bring back dfs2, then: dfc heal narrow, to spread*' \
	'is to be spread'
kill_server 3
client explain foo
exits 5 'with two neighbours down'
is "$(cells) $(cells '??')" '1:12 4:14 2:23 3:34' 'both places are told'
is "$(what verdict)" 'cannot be rebuilt now: P3 is on no server that answers' \
	'a chunk is out of reach'
kill_server 1
client explain foo
exits 5 'with one server left'
like "$(what verdict)" 'too few members answer to know: 1 of 4, 2 are needed;*' \
	'nothing is sure'
is "$(cells '??')" '1:12 2:23 3:34' 'but where the chunks belong'
restart_server 1 3

# A lost disk, and a rotten chunk.
rm -rf "$T/2"
restart_server 2
client explain foo
is "$(cells --)" 2:23 'an empty disk lacks its chunks'
is "$(what 'to do')" 'dfc heal foo' 'which a heal brings back'
rotten=$(files_of 1 foo | head -n 1)
chmod u+w "$rotten"
printf X | dd of="$rotten" conv=notrunc bs=1 2>/dev/null
client explain --verify foo
is "$(cells xx)" 1:1 'a rotten chunk is found by reading'
is "$(what 'to do')" 'dfc heal foo' 'and healed, too'
client heal
client explain --verify foo
is "$(cells)" "$turn0" 'after a heal all is there'
is "$(what verdict)" 'can be rebuilt; every chunk has two copies' 'in two copies'

# As objects.
client explain --json foo
exits 0 'as objects'
like "$out" '{"v":1,"type":"file","name":"foo",*"turn":0,"placed":"formula",*{"chunk":1,"bytes":251,*"homes":\["dfs1","dfs4"\],*"type":"server","name":"dfs1",*"type":"summary"*' \
	'the file, its chunks, the servers'
client stat --json foo
like "$out" '{"v":1,"type":"file","name":"foo",*"marks":\["dfs1","dfs2","dfs3","dfs4"\],"chunks":\[{"chunk":1,"bytes":251,"homes":\["dfs1","dfs4"\]}*"type":"summary"*' \
	'stat too'
client explain foo never foo1
exits 6 'several names, of which one is not there'
client explain
exits 2 'a usage error'
t_end
