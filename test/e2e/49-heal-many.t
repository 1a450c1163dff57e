#!/bin/sh
# A lost disk among many small files and a large one, the heal killed ten
# times on the way, and clients that go on putting.
# HEAL_NAMES=5000 sh test/e2e/49-heal-many.t is the longer run.
. "${0%/*}/../lib.sh"
t_begin
: "${HEAL_NAMES:=1000}"
dfs_conf 'quarantine = 1s'
start_servers 4

mkdir src
yes 'some text that makes the files differ' | head -c 4000 >"$T/text"
for n in $(seq "$HEAL_NAMES"); do
	{ echo "$n"; head -c $((n % 4000)) "$T/text"; } >"src/f$n"
done
random_file 40000000 src/large
client put -r -t '' src/.
[ "$status" = 0 ] || client put src/*
exits 0 "$HEAL_NAMES small files and a large one"
want=$(((HEAL_NAMES + 1) * 2))
kill_server 3
rm -rf "$T/3"
restart_server 3

# Each heal is killed a little later than the one before.
kills=0
for n in $(seq 10); do
	timeout -s KILL "0.$(printf '%02d' $((n * 4)))" "$DFC" heal \
		>/dev/null 2>"$T/err"
	[ $? -ne 137 ] || kills=$((kills + 1))
	[ "$(count_files 3)" -le "$want" ] || break
done
[ "$kills" -ge 5 ]
t_result $? 'heals killed on the way' || diag "$kills of 10 killed"

# The last one has company: these names must be what was put last.
putting() {
	for round in 1 2 3 4 5 6; do
		echo "round $round" >race
		dfc put race 2>/dev/null && echo "$round" >"$T/last"
		for n in 1 2 3; do
			echo "round $round of $n" >"src/f$n"
			dfc put "src/f$n" 2>/dev/null || echo "$n" >>"$T/bad"
		done
	done
}
: >"$T/bad"
putting &
putter=$!
client heal
exits 0 'the eleventh comes to its end'
wait $putter
is "$(cat "$T/bad")" '' 'puts beside it all succeed'
client cat race
is "$out" "round $(cat "$T/last")" 'and none is lost'
client heal
exits 0 'another for what was put meanwhile'
client heal
silent 'then there is nothing to do'
want=$((want + 2))
is "$(for n in 1 2 3 4; do count_files $n; done | tr '\n' ' ')" \
	"$want $want $want $want " 'two files of each name on every server'
client check
exits 0 'check: all is well'
like "$out" "all *files have two copies of every chunk*" 'and says it'
for down in 1 3; do
	kill_server $down
	rm -rf got && mkdir got
	client get -t got race $(ls src)
	exits 0 "all names are read without dfs$down"
	rm -f got/race
	ok 'with the right bytes' diff -r src got
	restart_server $down
done
t_end
