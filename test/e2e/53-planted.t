#!/bin/sh
# Links, FIFOs, sockets and directories that somebody puts into DIR: nothing
# outside is read, written, made or removed, and nothing is waited for.  Without
# Landlock, which would hide what the daemon tries.
. "${0%/*}/../lib.sh"
t_begin
dfs_conf 'confine = no'
start_servers 4

# The outside: what it has, and when that was changed.
canary=$T/canary
mkdir -m 700 "$canary" "$canary/tmp" "$canary/empty" "$canary/empty/sub"
echo secret >"$canary/secret"
echo piece >"$canary/tmp/0000000000000000"
look_outside() {
	find "$canary" -printf '%P %y %m %s %T@\n' | LC_ALL=C sort
	find "$canary" -type f -exec cat {} +
}
outside_is_as_it_was() {
	look_outside | cmp -s - "$T/outside"
	t_result $? "$1" || diag "$(look_outside | diff - "$T/outside")"
}

# chunk N NAME I: the path of the I-th chunk file of a name on server N.
chunk() {
	files_of "$1" "$2" | sed -n "$3p"
}

names='alias deep/er dir fifo link socket version whole'
mkdir -p src/deep
for name in $names; do
	random_file 30000 "src/$name"
done
cd src || exit 1
client put -r .
cd ..
silent 'files are stored'

# ---- what stands in the place of chunks, versions and names at a start

stop_server 1
plant() {
	path=$(chunk 1 "$1" 1)
	mv "$path" "$T/kept.$1"
}
plant fifo && mkfifo "$path"
plant dir && mkdir "$path" && touch "$path/inside"
plant link && mkdir "$canary/link" && mv "$T/kept.link" "$canary/link/data" &&
	ln -s "$canary/link/data" "$path"
plant socket && perl -MSocket -e 'chdir $ARGV[0] or die;
	socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("s")) or die;
	rename "s", $ARGV[1] or die' "${path%/*}" "$path"
path=$(chunk 1 alias 1) && cp "$path" "$canary/hard" && rm "$path" &&
	ln "$canary/hard" "$path"
path=$(chunk 1 version 1) && path=${path%/*} &&
	mv "$path" "$canary/version" && ln -s "$canary/version" "$path"
mv "$T/1/whole" "$canary/whole" && ln -s "$canary/whole" "$T/1/whole"
mv "$T/1/deep" "$canary/deep" && ln -s "$canary/deep" "$T/1/deep"

# And in places that are nobody's yet.
ln -s "$canary/tmp" "$T/1/@tmp"
ln -s "$canary/empty" "$T/1/outside"
ln -s "$canary/none" "$T/1/dangling"
ln -s loop "$T/1/loop"
ln -s /dev/zero "$T/1/zero"
mkfifo "$T/1/pipe" "$T/1/@pipe"
echo stray >"$T/1/$(printf '%0255d' 0)"
mkdir "$T/1/@$(printf '%0254d' 0)" "$T/1/@c-0" "$T/1/@c-0/@c-0"
mkdir -p "$T/1/strange" && mkfifo "$T/1/strange/@c-0" && ln -s / "$T/1/strange/@s"
planted() {
	find "$T/1" ! -type f ! -type d ! -name '@state' ! -path '*/@c-*/*' \
		-printf '%P %y %l\n' | LC_ALL=C sort
}
planted >foreign
look_outside >"$T/outside"

restart_server 1
outside_is_as_it_was 'a start touches nothing outside'
client list
says 0 "$(for name in $names; do echo "$name"; done)" '' 'all names are listed'
for name in $names; do
	client get -o got "$name"
	[ "$status" -eq 0 ] && cmp -s got "src/$name"
	t_result $? "$name is read whole" || show_run
done
client status
exits 3 'a status tells of the chunks that are missing'

client check --verify
[ "$status" -ne 0 ] && [ "$status" -lt 124 ]
t_result $? 'a check sees that chunks are missing, and ends' || show_run
client heal
[ "$status" -lt 124 ]
t_result $? 'a heal ends' || show_run
outside_is_as_it_was 'neither touches anything outside'

# New files on top of what was planted; DIR may be named by a put as well.
for name in outside dangling loop zero pipe outside/sub/x strange/x whole \
	deep/er link version; do
	client put -o "$name" "src/alias"
	[ "$status" -lt 124 ] && dfc get -o got "$name" 2>"$T/said" &&
		cmp -s got src/alias
	t_result $? "$name is put, and read back" || show_run
done
for name in outside pipe whole deep/er link alias; do
	client rm "$name"
	[ "$status" -lt 124 ] && ! dfc get -o got "$name" 2>"$T/said"
	t_result $? "$name is removed" || show_run
done
outside_is_as_it_was 'puts and rms touch nothing outside'
planted >after
is "$(cat after)" "$(cat foreign)" 'what was planted is there as it was'
stop_server 1
restart_server 1
outside_is_as_it_was 'nor does another start'
is "$(grep -c 'foreign, left alone' "$T/1.log")" 16 \
	'the log tells of the first ones'

# ---- while the server runs

for name in fifo link dir rot; do
	random_file 30000 "src/later.$name"
done
client put src/later.*
exits 0 'more files are stored'
for name in fifo link dir; do
	path=$(chunk 2 "later.$name" 1)
	rm "$path"
	case $name in
	fifo) mkfifo "$path" ;;
	link) ln -s "$canary/secret" "$path" ;;
	dir) mkdir "$path" ;;
	esac
done
path=$(chunk 3 later.rot 1)
printf x | dd of="$path" conv=notrunc 2>"$T/said"
ln -s "$canary/tmp" "$T/3/@tmp"
for name in fifo link dir rot; do
	client get -o got "later.$name"
	[ "$status" -eq 0 ] && cmp -s got "src/later.$name"
	t_result $? "later.$name is read from who has it" || show_run
done
client check --verify
[ "$status" -lt 124 ]
t_result $? 'a check --verify ends' || show_run
client heal
[ "$status" -lt 124 ]
t_result $? 'so does a heal, with a link in the place of @tmp' || show_run
outside_is_as_it_was 'nothing outside was touched'
ok 'and the link is there' test -h "$T/3/@tmp"
rm "$T/3/@tmp"
client heal
[ "$status" -lt 124 ] && dfc check --verify later.rot >"$T/said" 2>&1
t_result $? 'without it the chunk is mended' || show_run

# ---- somebody swaps directories for links while puts run

mkdir "$canary/swap" && : >"$canary/swap/old"
look_outside >"$T/outside"
mkdir -p "$T/2/race" "$T/3/race"
cat >swap.pl <<'EOF'
# On one server the directory of a name goes and comes, on another each new
# version directory becomes a link; at most so many times.
my ($dir, $other, $out, $stop) = @ARGV;
my ($names, $versions) = (0, 0);
for (my $i = 0; $i < 300000 && !-e $stop; $i++) {
	if (rename "$dir/race", "$dir.race.$i") {
		symlink $out, "$dir/race" and $names++;
		unlink "$dir/race";
		rename "$dir.race.$i", "$dir/race";
	}
	opendir(my $d, "$other/race/f") or next;
	for (grep { /^\@s/ && !-l "$other/race/f/$_" } readdir $d) {
		rename "$other/race/f/$_", "$other.race.$i" or next;
		symlink $out, "$other/race/f/$_" and $versions++;
	}
}
print "$names $versions\n";
EOF
perl swap.pl "$T/2" "$T/3" "$canary/swap" "$T/stop" >swapped 2>swap.err &
swapper=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	run "$DFC" put -o race/f src/alias
	[ "$status" -lt 124 ] || break
	random_file 200000 large
	run "$DFC" put -o "race/f" large
	[ "$status" -lt 124 ] || break
done
: >"$T/stop"
wait $swapper
t_result $? 'directories were swapped' || diag "$(cat swap.err)"
like "$(cat swapped)" '[1-9]* [1-9]*' 'names and versions'
[ "$status" -lt 124 ]
t_result $? 'all puts came to an end' || show_run
outside_is_as_it_was 'and none wrote outside'
t_end
