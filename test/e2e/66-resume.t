#!/bin/sh
# get --resume: an interrupted get leaves what has come, and the next one goes
# on with it; never with bytes of another version.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
SIZE=16000000 # a chunk is a quarter of it
random_file $SIZE v1
random_file $SIZE v2
client put -o file v1
silent 'put'
mkdir here
cd here || exit 1
part=.file.dfc-part

# dams KIB...: one before each server, each of which lets so much through.
dams() {
	t_i=0
	: >"$T/dam.conf"
	for t_kib in "$@"; do
		t_i=$((t_i + 1))
		rm -f "$T/dam$t_i.out"
		"$PEER" dam "$(port_of $t_i)" "$t_kib" >"$T/dam$t_i.out" &
		echo $! >"$T/dam$t_i.pid"
		await 10 test -s "$T/dam$t_i.out"
		echo "server dfs$t_i 127.0.0.1:$(head -n 1 "$T/dam$t_i.out")" \
			>>"$T/dam.conf"
	done
}
open_dams() {
	for t_i in 1 2 3 4; do
		kill -KILL "$(pid_of dam$t_i)" 2>/dev/null
		{ wait "$(pid_of dam$t_i)"; } 2>/dev/null
		: >"$T/dam$t_i.pid"
	done
}
# The fourth one may have been asked for nothing yet.
dammed() {
	[ "$(cat "$T"/dam?.out | grep -c full)" -ge 3 ]
}
# same_chunks FILE: how many of the partial file's are as in FILE.
same_chunks() {
	t_same=0
	for t_i in 0 1 2 3; do
		cmp -s -n $((SIZE / 4)) -i $((SIZE / 4 * t_i)) $part "$1" &&
			t_same=$((t_same + 1))
	done
	echo $t_same
}
some_whole() {
	[ "$(same_chunks ../v1)" -ge 1 ]
}

# cut_off SIGNAL CONDITION ARG...: starts a get behind the dams, waits for
# CONDITION, and ends it with SIGNAL.
cut_off() {
	t_signal=$1 t_until=$2
	shift 2
	ran="$*"
	# What runs in the background has SIGINT ignored, but for this.
	env --default-signal=INT "$DFC" -c "$T/dam.conf" "$@" \
		>"$T/out" 2>"$T/err" </dev/null &
	client=$!
	echo $client >"$T/client.pid"
	await 20 "$t_until" || diag "never: $t_until"
	started=$(now_ms)
	kill "-$t_signal" $client
	{ wait $client; } 2>/dev/null
	status=$?
	took=$(($(now_ms) - started))
	: >"$T/client.pid"
	out=$(cat "$T/out") err=$(cat "$T/err")
	open_dams
}
kept() {
	sed -n 's/^dfc: file: kept \([0-9]*\) of 16000000 bytes: .*/\1/p' \
		"$T/err"
}
resumed() {
	sed -n 's/^dfc: file: resumed: \([0-9]*\) of 16000000 bytes .*/\1/p' \
		"$T/err"
}
litter() {
	ls -A | grep -vx file | tr '\n' ' '
}
# right FILE NAME: the last run succeeded, `file` is as FILE, alone.
right() {
	[ "$status" -eq 0 ] && cmp -s file "$1" && [ -z "$(litter)" ]
	t_result $? "$2" || { show_run; diag "$(ls -lA)"; }
}

dams 1600 1600 1600 1600
cut_off INT dammed get file
says 130 '' 'dfc: cancelled: nothing was changed' \
	'without --resume an interrupted get keeps nothing'
is "$(ls -A)" '' 'and leaves nothing'

dams 1600 1600 1600 1600
cut_off INT dammed get --resume file
was=$(kept)
says 130 '' "dfc: file: kept $was of 16000000 bytes: get --resume goes on
dfc: cancelled: not all was done" 'with it, it says what it keeps'
[ "$took" -lt 1000 ]
t_result $? 'and is not long about it' || diag "took $took ms"
[ "$was" -gt 1000000 ] && [ "$was" -lt 6553600 ]
t_result $? 'which is what has come' || show_run
is "$(ls -A) $(stat -c %a $part)" "$part 600" 'in one file, for the user alone'

dams 1600 1600 1600 1600
cut_off INT dammed get --resume file
more=$(kept)
[ "$more" -gt "$was" ] && [ "$more" -lt $((was + 6553600)) ]
t_result $? 'interrupted again, it keeps both parts' || show_run
cp -p $part ../part
client -v get --resume file
# Zeros at the end of what is kept of a chunk do not count: a random byte may
# be one.
had=$(resumed)
[ "$had" -le "$more" ] && [ "$had" -gt $((more - 16)) ]
t_result $? 'the next one fetches the rest only' || show_run
right ../v1 'and the file is right, and the partial file gone'
is "$(stat -c '%a %Y' file)" "$(stat -c '%a %Y' ../v1)" \
	'with its mode and time'

echo mine >file
cp -p ../part $part
client get file
[ "$status" -eq 0 ] && cmp -s $part ../part
t_result $? 'without --resume a partial file is not touched' || show_run
client get --resume file
silent 'nor does anybody hear of one without -v'
right ../v1 'which is used up then'

# Bytes that are wrong in a chunk that is half there, and in one that is
# whole: nobody is to blame.
rm file
cp -p ../part $part
printf damaged | dd of=$part bs=1 seek=1000 conv=notrunc 2>/dev/null
client -v get --resume file
one_line 0 'dfc: file: resumed: *' 'damage in the partial file is no server'"'s"
[ "$(resumed)" -lt "$more" ]
t_result $? 'and what is damaged counts as fetched' || show_run
right ../v1 'and the file is right'

rm file
dams 8192 1600 1600 1600
cut_off KILL some_whole get --resume file
is "$status $(ls -A)" "137 $part" 'a get is killed when some chunk is there'
cp -p $part ../part
# Of that one, no good copy is left.
for chunk in 0 1 2 3; do
	at=$((SIZE / 4 * chunk))
	cmp -s -n $((SIZE / 4)) -i $at $part ../v1 && whole=$chunk whole_at=$at
done
for n in 1 2 3 4; do
	for path in $(files_of $n file | sed -n "/\/0*$whole-/p"); do
		cp -p "$path" ../good
		printf damaged | dd of="$path" bs=1 seek=5000 conv=notrunc \
			2>/dev/null
		echo "$path" >>../spoilt
	done
done
client get -o other file
exits 7 'which cannot be fetched any more'
client -v get --resume file
was=$(resumed)
[ "$was" -ge $((SIZE / 4)) ]
t_result $? 'but it need not be' || show_run
right ../v1 'and the file is right'
while read -r path; do cp -p ../good "$path"; done <../spoilt
rm file
cp -p ../part $part
printf damaged | dd of=$part bs=1 seek=$((whole_at + 3000000)) conv=notrunc \
	2>/dev/null
client -v get --resume file
had=$(resumed) rest=$((was - SIZE / 4))
[ "$had" -le "$rest" ] && [ "$had" -gt $((rest - 16)) ]
t_result $? 'a damaged chunk is fetched again, the others are not' || show_run
right ../v1 'and the file is right'

# A chunk of nothing but zeros is not there because nothing was written.
rm file
head -c $((SIZE + 40)) /dev/zero >$part
client get --resume file
exits 0 'a file that was not made by dfc is in the way'
is "$(cmp file ../v1 && litter)" "$part " 'and is left alone'
rm $part file
for plant in 'ln -s ../v2' 'ln ../v2' mkdir mkfifo; do
	$plant $part
	was=$(ls -ldi $part)
	client get --resume file
	is "$status $(cmp file ../v1 && litter)" "0 $part " \
		"so is one by $plant: get does without"
	is "$(ls -ldi $part)" "$was" 'and leaves it alone'
	rm -r $part file
done
cp ../v2 ../v2.was

ln -s ../v2 $part
dams 1600 1600 1600 1600
cut_off TERM dammed get --resume file
says 143 '' 'dfc: file: nothing was kept: another file has the name that ends in .dfc-part
dfc: cancelled: nothing was changed' 'an interrupted one then says so'
rm $part

# Another version.
cp -p ../part $part
client put -o file ../v2
silent 'the file is overwritten in between'
dams 1600 1600 1600 1600
cut_off INT dammed get --resume file
[ "$(kept)" -lt 6553600 ] && [ "$(same_chunks ../v1)" -eq 0 ]
t_result $? 'what was kept of the old one is dropped' || show_run
client -v get --resume file
[ "$(resumed)" -gt 1000000 ]
t_result $? 'the new one is resumed' || show_run
right ../v2 'and comes whole'
rm file
cp -p ../part $part
client -v get --resume file
is "$status $err" '0 ' 'of the old one nothing is used'
right ../v2 'and the new one comes whole'
client put -o file ../v1
cp -p ../part $part
client -v get --resume file
is "$status $err" '0 ' 'nor for the same bytes in another version'
right ../v1 'which come whole'
cmp -s ../v2 ../v2.was
t_result $? 'nothing was written through a link'

# Two at once: the second one does without.
rm file
dams 1600 1600 1600 1600
"$DFC" -c "$T/dam.conf" get --resume file >"$T/first" 2>&1 </dev/null &
first=$!
echo $first >"$T/first.pid"
await 20 dammed
client get --resume file
is "$status $(cmp file ../v1 && litter)" "0 $part " \
	'while one get is at it, another one does without'
kill -KILL $first
{ wait $first; } 2>/dev/null
: >"$T/first.pid"
open_dams
client -v get --resume file
[ "$(resumed)" -gt 1000000 ]
t_result $? 'and has not hurt what the first one leaves' || show_run
right ../v1 'and the file is right'

# Several names, below a directory.
client put -o d/a ../v1
client put -o d/b ../v2
rm file
dams 1600 1600 1600 1600
cut_off INT dammed get --resume -r -t top d
is "$(ls -A top/d | tr '\n' ' ')" '.a.dfc-part .b.dfc-part ' \
	'each name of several has its own partial file'
client -v get --resume -r -t top d
is "$(grep -c ' bytes were there$' "$T/err")" 2 'and each is resumed'
ok 'one is right' cmp top/d/a ../v1
ok 'so is the other' cmp top/d/b ../v2
is "$(ls -A top/d | tr '\n' ' ')" 'a b ' 'and nothing lies beside them'

client get --resume -o - file
says 2 '' 'dfc: get: --resume does not go with -o -' \
	'standard output cannot be resumed'
t_end
