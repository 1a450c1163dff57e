#!/bin/sh
# Speed, as ratios: each measure of dfs and dfc beside that of "the limit"
# (limit.c), which moves the same bytes and does nothing else, in turns, first
# with all data on tmpfs (/dev/shm), then on a disk.  Reports, asserts nothing
# but that what comes back is right.
#
#	DFS, DFC, LIMIT, MEASURE   the programs
#	TMPDIR                     where the disk is (/var/tmp)
#	BENCH_MIB                  size of the large file (1024)
#	BENCH_FILES                small files, of 4 KiB (2000)
#	BENCH_PROCESSES            of them with a process each (200)
#	BENCH_NAMES                names to list (20000)
#	BENCH_ROUNDS               of which the median counts (3)
#	BENCH_DISK=0               tmpfs only
#	BENCH_KEYED=1              with a key: all of dfs goes through TLS
#
# The limit's clock runs from the moment it is connected; that of dfc from the
# start of the process to its end.

set -u

: "${DFS:=$PWD/dfs}" "${DFC:=$PWD/dfc}" "${LIMIT:=$PWD/build/limit}"
: "${MEASURE:=${LIMIT%/*}/measure}"
: "${BENCH_MIB:=1024}" "${BENCH_FILES:=2000}" "${BENCH_PROCESSES:=200}"
: "${BENCH_NAMES:=20000}" "${BENCH_ROUNDS:=3}" "${BENCH_DISK:=1}" "${BENCH_KEYED:=0}"

small=4096 # bytes of a small file

die() {
	echo "bench: $*" >&2
	exit 1
}

# ---------------------------------------------------------------- servers

pids=

# port N: where server N listens; fails as long as it does not.
port() {
	sed -n 's/^dfs: ready on 127\.0\.0\.1:\([0-9]*\)$/\1/p' \
		"$work/$1.log" | grep .
}

# start: four servers with nothing in them but one first file, so that what a
# new cluster does once is not measured.
start() {
	for s in 1 2 3 4; do
		"$DFS" -c "$work/dfs.conf" -l 127.0.0.1 "$work/$s" 0 \
			>/dev/null 2>"$work/$s.log" </dev/null &
		pids="$pids $!"
	done
	: >"$DFC_CONF"
	tries=1000
	for s in 1 2 3 4; do
		until address=$(port "$s"); do
			tries=$((tries - 1))
			[ "$tries" -gt 0 ] ||
				die "no server: $(tail -n 1 "$work/$s.log")"
			sleep 0.01
		done
		echo "server dfs$s 127.0.0.1:$address" >>"$DFC_CONF"
	done
	"$DFC" put "$work/first" || die 'the first put failed'
}

# stop: notes the most memory that each server held, ends it, and removes all
# that it stored.
stop() {
	for pid in $pids; do
		awk '$1 == "VmHWM:" { print "memory dfs", $2 }' \
			"/proc/$pid/status" >>"$figures"
	done
	finish
	rm -rf "$work/1" "$work/2" "$work/3" "$work/4"
}

finish() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	for pid in $pids; do
		{ wait "$pid"; } 2>/dev/null
	done
	pids=
}

clean() {
	cd /
	finish
	[ -z "$work" ] || rm -rf "$work"
	work=
}

# --------------------------------------------------------------- measuring

# What was written before must not be paid for by what comes next: on a disk
# it is synced, and on tmpfs the memory that the large files will need is
# taken and given back at once: virtual machines lose pages long unused.
settle() {
	[ "$medium" = tmpfs ] || sync
}

warm() {
	[ "$medium" = tmpfs ] || return 0
	head -c "$((4 * BENCH_MIB))M" /dev/zero >"$work/warm" ||
		die 'no memory to warm'
	rm "$work/warm"
}

# limit KEY MODE [WORD...]
limit() {
	key=$1
	shift
	settle
	"$LIMIT" "$@" >"$work/said" || die "the limit failed: $*"
	tail -n 1 "$work/said" |
		awk -v key="$key" '{ print key, "limit", $2 }' >>"$figures"
}

# timed KEY WHO COUNT COMMAND...: COMMAND does what is measured COUNT times.
timed() {
	key=$1 who=$2 count=$3
	shift 3
	settle
	"$MEASURE" "$work/measured" "$@" || die "failed: $1 $2"
	tail -n 1 "$work/measured" |
		awk -v key="$key" -v who="$who" -v count="$count" '{
			printf "%s %s %.6f\n", key, who, $1 / count
			if (who == "dfs") print "memory dfc", $4
		}' >>"$figures"
}

same() {
	diff -r "$1" "$2" >/dev/null || die "$1 and $2 differ"
}

# ---------------------------------------------------------------- measures

large() {
	mkdir "$work/limit"
	warm
	limit put put "$work/large" "$work/limit"
	limit get get "$work/large" "$work/limit" "$work/limit/out"
	same "$work/large" "$work/limit/out"
	rm -rf "$work/limit"

	mkdir "$work/out"
	cd "$work/out" || exit
	start
	warm
	timed put dfs 1 "$DFC" put "$work/large"
	timed get dfs 1 "$DFC" get large
	same "$work/large" "$work/out/large"
	cd "$work" || exit
	rm -rf "$work/out"
	stop
}

# shellcheck disable=SC2046 # names without blanks
small() {
	mkdir "$work/limit" "$work/limit2"
	limit put-small put-small "$BENCH_FILES" "$small" "$work/limit"
	limit get-small get-small "$BENCH_FILES" "$small" "$work/limit"
	same "$work/limit/source" "$work/limit/copy"
	limit process process "$BENCH_PROCESSES" "$small" "$work/limit2"
	rm -rf "$work/limit" "$work/limit2"

	start
	cd "$work/small" || exit
	timed put-small dfs 1 "$DFC" put $(cat "$work/small.list")
	mkdir "$work/out"
	cd "$work/out" || exit
	timed get-small dfs 1 "$DFC" get $(cat "$work/small.list")
	same "$work/small" "$work/out"
	cd "$work/process" || exit
	timed process dfs "$BENCH_PROCESSES" xargs -n 1 "$DFC" put \
		<"$work/process.list"
	cd "$work" || exit
	rm -rf "$work/out"
	stop
}

names() {
	mkdir "$work/limit"
	start
	cd "$work" || exit
	timed names dfs 1 "$DFC" put -r names
	for _ in $(seq "$BENCH_ROUNDS"); do
		limit list list "$BENCH_NAMES" "$work/limit"
		timed list dfs 1 "$DFC" list >"$work/listed"
		listed=$(wc -l <"$work/listed")
		[ "$listed" -eq "$BENCH_NAMES" ] ||
			die "$listed names listed, $BENCH_NAMES put"
	done
	rm -rf "$work/limit"
	stop
}

# A process that does nothing takes the limit's place.
startup() {
	seq 200 >"$work/200"
	for _ in $(seq "$BENCH_ROUNDS"); do
		timed startup limit 200 xargs -I '{}' true <"$work/200"
		timed startup dfs 200 xargs -I '{}' "$DFC" --version \
			<"$work/200" >/dev/null
	done
}

# --------------------------------------------------------------- reporting

# median KEY WHO: in milliseconds; 0 where nothing was measured.
median() {
	awk -v key="$1" -v who="$2" '$1 == key && $2 == who { print $3 }' \
		"$figures" | sort -n | awk '{ v[NR] = $1 } END {
			a = v[int((NR + 1) / 2)]
			b = v[int((NR + 2) / 2)]
			printf "%.3f", (a + b) * 500
		}'
}

# row KEY TARGET WHAT: no target but on tmpfs.
row() {
	target=$2
	[ "$medium" = tmpfs ] || target=-
	echo "$(median "$1" limit) $(median "$1" dfs) $target $3" | awk '{
		ratio = $1 ? $2 / $1 : 0
		what = substr($0, length($1 $2 $3) + 4)
		printf "%-34s %10.2f %10.2f %7.2f %7s\n", what, $1, $2, ratio, $3
	}'
}

# most WHO: MiB
most() {
	awk -v who="$1" '$1 == "memory" && $2 == who && $3 > max { max = $3 }
		END { printf "%.1f MiB", max / 1024 }' "$figures"
}

report() {
	printf '\n%s, %d rounds%s\n' "$1" "$BENCH_ROUNDS" \
		"$([ "$BENCH_KEYED" = 1 ] && echo ', with a key')"
	printf '%-34s %10s %10s %7s %7s\n' measure 'limit ms' 'dfs ms' \
		ratio target
	row put 1.6 "put of $BENCH_MIB MiB"
	row get 1.5 "get of $BENCH_MIB MiB"
	row put-small 5 "put of $BENCH_FILES files of 4 KiB"
	row get-small 5 "get of $BENCH_FILES files of 4 KiB"
	row process 3 "put of 4 KiB, a process each"
	row list 8 "list of $BENCH_NAMES names"
	row startup - "start-up (under 5 ms; limit: true)"
	echo "$BENCH_NAMES names put in $(median names dfs) ms;" \
		"most memory: dfc $(most dfc), dfs $(most dfs)"
}

# files DIR COUNT: files of 4 KiB in DIR, their names in DIR.list.
files() {
	mkdir "$1"
	head -c "$(($2 * small))" /dev/urandom |
		split -a 6 -d -b "$small" - "$1/n"
	ls "$1" >"$1.list"
}

# bench MEDIUM DIR: all of it, in a directory of its own below DIR.
bench() {
	medium=$1
	room=$(df -Pk "$2" | awk 'NR == 2 { print int($4 / 1024) }')
	need=$((5 * BENCH_MIB + (BENCH_FILES + BENCH_NAMES) / 8))
	[ "$room" -ge "$need" ] ||
		die "$2 has $room MiB of room, needed are $need"
	work=$(mktemp -d "$2/dfs-bench.XXXXXX") || exit 1
	figures=$work/figures
	export DFC_CONF="$work/dfc.conf"
	: >"$work/dfs.conf"
	if [ "$BENCH_KEYED" = 1 ]; then
		"$DFC" keygen "$work/key" || die 'no key'
		printf '[server]\nkey = %s\n' "$work/key" >"$work/dfs.conf"
		export DFC_KEY="$work/key"
	fi
	echo first >"$work/first"
	head -c "${BENCH_MIB}M" /dev/urandom >"$work/large"
	files "$work/small" "$BENCH_FILES"
	files "$work/process" "$BENCH_PROCESSES"
	mkdir "$work/names"
	for n in $(seq -w 2 "$BENCH_NAMES"); do # with the first file, all
		echo "$n" >"$work/names/n$n"
	done
	for _ in $(seq "$BENCH_ROUNDS"); do
		large
		small
	done
	names
	startup
	report "$medium ($2)"
	clean
}

work=
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
bench tmpfs /dev/shm
[ "$BENCH_DISK" = 0 ] || bench disk "${TMPDIR:-/var/tmp}"
