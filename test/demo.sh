#!/bin/sh
# The tour of `make demo`: four servers in a temporary directory, one dies,
# returns stale, two more die, a disk is lost and refilled.  Each step is printed as what a user would
# type, and must do what it says, or the tour fails.
set -eu

: "${DFS:=$PWD/dfs}" "${DFC:=$PWD/dfc}"
source_tree=$PWD
T=$(mktemp -d "${TMPDIR:-/tmp}/dfs-demo.XXXXXX")
pid1='' pid2='' pid3='' pid4=''

cleanup() {
	status=$?
	trap - EXIT
	for pid in $pid1 $pid2 $pid3 $pid4; do
		kill -TERM "$pid" 2>/dev/null || :
	done
	wait
	cd /
	rm -rf "$T"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

title() {
	printf '\n# %s\n' "$1"
}

# try COMMAND: shows and does it.
try() {
	printf '$ %s\n' "$1"
	eval "$1" || {
		printf 'demo: that failed with status %d\n' $? >&2
		exit 1
	}
}

# try_in_vain STATUS COMMAND: it must end with STATUS.
try_in_vain() {
	printf '$ %s\n' "$2"
	got=0
	eval "$2" || got=$?
	printf '(exit status %d)\n' "$got"
	[ "$got" -eq "$1" ] || { echo "demo: expected $1" >&2; exit 1; }
}

# start N PORT [OPTION...]: like `dfs OPTION... sN PORT &`; sets pidN, portN.
start() {
	n=$1 port=$2
	shift 2
	printf '$ dfs %ss%d %s &\n' "${*:+$* }" "$n" "$port"
	: >"s$n.log"
	"$DFS" "$@" "s$n" "$port" 2>>"s$n.log" &
	set -- "$n"
	eval "pid$1=$!"
	tries=500
	until grep -q '^dfs: ready on ' "s$1.log"; do
		tries=$((tries - 1))
		if [ $tries -eq 0 ] || ! kill -0 "$!" 2>/dev/null; then
			cat "s$1.log" >&2
			exit 1
		fi
		sleep 0.02
	done
	line=$(grep '^dfs: ready on ' "s$1.log")
	eval "port$1=${line##*:}"
	printf '%s\n' "$line"
}

# slay N: kill -9.
slay() {
	eval "pid=\$pid$1 pid$1="
	printf '$ kill -9 %d    # server %d\n' "$pid" "$1"
	kill -9 "$pid"
	{ wait "$pid"; } 2>/dev/null || :
}

where() {
	printf '$ find s? -type f -path "*/%s/*"\n' "$1"
	find s? -type f -path "*/$1/*" | sort |
		awk -F / '{ printf "%s/%s/.../%.70s\n", $1, $2, $NF }'
}

mkdir "$T/bin"
ln -s "$DFS" "$T/bin/dfs"
ln -s "$DFC" "$T/bin/dfc"
PATH=$T/bin:$PATH
cd "$T"
unset DFC_CONF
export HOME="$T"

title 'Four servers. Here they are four processes; usually, four machines.'
for n in 1 2 3 4; do start $n 0; done

title 'The client needs to know where they are, and nothing else.'
for n in 1 2 3 4; do
	eval "echo \"server dfs$n 127.0.0.1:\$port$n\""
done >dfc.conf
try 'cat dfc.conf'
try 'dfc status'

title 'Store a file of some megabytes, a program, and a directory.'
head -c 5000000 /dev/urandom >movie.bin
cp "$DFC" program
cp -r "$source_tree/proto" proto
mkdir kept
cp -r movie.bin program proto kept
try 'dfc put movie.bin program'
try 'dfc put -r proto'
try 'dfc list | head -n 5'
try 'dfc ls -l'

title 'Each of the four chunks lies on two servers, as plain bytes.'
where movie.bin

title 'A server dies.'
slay 2
try 'rm -r movie.bin program proto'
try 'dfc get movie.bin program'
try 'dfc get -r proto'
try 'cmp movie.bin kept/movie.bin && cmp program kept/program'
try 'diff -r proto kept/proto && echo nothing is lost'

title 'While it is away, the file is overwritten, and another removed.'
head -c 4000000 /dev/urandom >movie.bin
cp movie.bin kept
try 'dfc put movie.bin'
try 'dfc rm program'

title 'It returns with its old version of both. The new state wins.'
start 2 "$port2"
try 'rm movie.bin'
try 'dfc get movie.bin'
try 'cmp movie.bin kept/movie.bin && echo it is the new version'
try_in_vain 4 'dfc get program'
try 'dfc put movie.bin'

title 'Two neighbours die: some chunk has lost both its homes.'
slay 3
slay 4
try 'dfc list | grep movie'
try 'echo precious >movie.bin'
try_in_vain 5 'dfc get movie.bin'
try 'cat movie.bin'
try_in_vain 5 'dfc put movie.bin'

title 'They come back, and so does the file.'
start 3 "$port3"
start 4 "$port4"
try 'dfc get movie.bin'
try 'cmp movie.bin kept/movie.bin && echo whole again'
try 'dfc status'

title 'A disk dies, and an empty one takes its place.'
slay 3
try 'rm -rf s3'
start 3 "$port3" -o quarantine=1
try 'dfc check | head -n 1'
try 'dfc heal'
try 'dfc check'
