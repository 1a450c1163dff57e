#!/bin/sh
# Which server holds which bytes, computed here once more from MD5.
. "${0%/*}/../lib.sh"
t_begin

# turn NAME Y: MD5(NAME) mod Y, digit by digit.
turn() {
	digits=$(printf '%s' "$1" | md5sum | cut -c1-32 | sed 's/./0x& /g')
	rest=0
	for digit in $digits; do rest=$(((rest * 16 + digit) % $2)); done
	echo "$rest"
}

# pieces FILE Y: FILE.0 .. FILE.(Y-1), the first size mod Y a byte longer.
pieces() {
	size=$(($(wc -c <"$1")))
	at=0
	for i in $(seq 0 $(($2 - 1))); do
		len=$((size / $2 + (i < size % $2)))
		tail -c +$((at + 1)) "$1" | head -c "$len" >"$1.$i"
		at=$((at + len))
	done
}

# placed NAME Y: server s holds exactly chunks s - x and s - x + 1 mod Y.
placed() {
	x=$(turn "$1" "$2")
	pieces "$1" "$2"
	for s in $(seq 0 $(($2 - 1))); do
		one=$(((s - x + $2) % $2))
		two=$(((one + 1) % $2))
		set -- "$1" "$2" $(files_of $((s + 1)) "$1")
		[ $# -eq 4 ] || { echo "server $((s + 1)): $# files"; return 1; }
		if cmp -s "$3" "$1.$one" && cmp -s "$4" "$1.$two"; then continue; fi
		if cmp -s "$4" "$1.$one" && cmp -s "$3" "$1.$two"; then continue; fi
		echo "server $((s + 1)) does not hold $one and $two"
		return 1
	done
}

is "$(turn foo 4) $(turn test.txt 4) $(turn big.bin 4)" '0 0 0' 'vectors x = 0'
is "$(turn foo2 4) $(turn hello.txt 4) $(turn a 4)" '1 1 1' 'vectors x = 1'
is "$(turn file.bin 4) $(turn .hidden 4)" '2 2' 'vectors x = 2'
is "$(turn foo1 4) $(turn foo3 4) $(turn 1.txt 4)" '3 3 3' 'vectors x = 3'

names='foo test.txt big.bin foo2 hello.txt a file.bin .hidden foo1 foo3 1.txt'
size=1000
for name in $names; do
	size=$((size + 1))
	random_file $size $name
done
start_servers 4
client put $names
silent 'put of all vectors'
for name in $names; do
	ok "$name lies on four servers as the table says" placed $name 4
done
stop_server 1 2 3 4

for y in 2 3 5 7; do
	rm -rf "$T"/[1-9]
	start_servers $y
	client put $names
	silent "put of all vectors on $y servers"
	for name in $names; do
		ok "$name lies on $y servers as computed" placed $name $y
	done
	stop_server $(seq $y)
done
t_end
