# Sourced by every end-to-end test (POSIX sh, TAP):
#
#	. "${0%/*}/../lib.sh"
#	t_begin
#	start_servers 4
#	...
#	t_end
#
# t_begin makes a directory $T of the test's own, goes to $T/w and sees to it
# that at the end, however it comes, all servers started here are gone and $T
# too.  Server N stores in $T/N and logs to $T/N.log; $T/dfc.conf lists the
# servers, and $DFC_CONF names it.  Numbers of servers count from 1.
#
# With KEYED=1 in the environment all of this is the same over TLS: t_begin
# makes $HOME/key, servers started here have it, and $DFC_KEY names it for the
# client.  A test that sets KEYED=0 or 1 itself, before t_begin, is of that kind
# in any case.
#
# Waiting is for a condition and bounded; `await` is the only place that
# sleeps.

set -u

: "${DFS:=$PWD/dfs}" "${DFC:=$PWD/dfc}" "${PEER:=$PWD/build/peer}"
: "${MEASURE:=$PWD/build/measure}" "${PTY:=$PWD/build/pty}"
: "${RELAY:=$PWD/build/relay}" "${SHAKER:=$PWD/build/shaker}"

# ------------------------------------------------------------------- TAP

# Comments for a reader, on stderr, where prove lets them through; what is not
# printable is shown as `?`.
diag() {
	printf '%s\n' "$*" | LC_ALL=C tr -c '[:print:]\n\t' '?' |
		sed 's/^/# /' >&2
}

# t_result STATUS NAME: one test, passed when STATUS is 0.
t_result() {
	t_count=$((t_count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$t_count" "$2"
		return 0
	fi
	t_failed=$((t_failed + 1))
	printf 'not ok %d - %s\n' "$t_count" "$2"
	return 1
}

# ok NAME COMMAND...: COMMAND succeeds.
ok() {
	t_name=$1
	shift
	"$@" >"$T/said" 2>&1
	t_result $? "$t_name" || { diag "failed: $*"; diag "$(cat "$T/said")"; }
}

# fails NAME COMMAND...: COMMAND does not succeed.
fails() {
	t_name=$1
	shift
	if "$@" >"$T/said" 2>&1; then
		t_result 1 "$t_name" || diag "succeeded: $*"
	else
		t_result 0 "$t_name"
	fi
}

# is GOT WANTED NAME: equal texts.
is() {
	if [ "$1" = "$2" ]; then
		t_result 0 "$3"
	else
		t_result 1 "$3" || { diag "got:    $1"; diag "wanted: $2"; }
	fi
}

# like TEXT PATTERN NAME: PATTERN is that of `case`.
like() {
	# shellcheck disable=SC2254
	case $1 in
	$2) t_result 0 "$3" ;;
	*) t_result 1 "$3" || { diag "got: $1"; diag "not like: $2"; } ;;
	esac
}

# ------------------------------------------------------- running a command

# run COMMAND...: sets status, and out and err (without last newlines); the
# streams are also in $T/out and $T/err.  Nothing may take over 60 s.
run() {
	ran="$*"
	timeout --foreground 60 "$@" >"$T/out" 2>"$T/err" </dev/null
	status=$?
	out=$(tr -d '\000' <"$T/out")
	err=$(cat "$T/err")
}

show_run() {
	diag "command: $ran"
	diag "status:  $status"
	diag "stdout:  $(head -c 1000 "$T/out" | tr -d '\000')"
	diag "stderr:  $(head -c 1000 "$T/err")"
}

# exits STATUS NAME: of the last run.
exits() {
	[ "$status" -eq "$1" ]
	t_result $? "$2" || show_run
}

# says STATUS OUT ERR NAME: all of the last run, exactly.
says() {
	[ "$status" -eq "$1" ] && [ "$out" = "$2" ] && [ "$err" = "$3" ]
	t_result $? "$4" || {
		show_run
		diag "wanted:  $1"
		diag "stdout:  $2"
		diag "stderr:  $3"
	}
}

# silent NAME: the last run succeeded and printed nothing.
silent() {
	says 0 '' '' "$1"
}

# complains STATUS LINE NAME: the last run ended so, wrote nothing on stdout,
# and LINE stands alone on a line of stderr.
complains() {
	[ "$status" -eq "$1" ] && [ -z "$out" ] &&
		printf '%s\n' "$err" | grep -qxF -e "$2"
	t_result $? "$3" || { show_run; diag "wanted:  $1, $2"; }
}

# one_line STATUS PATTERN NAME: so, with one line on stderr, like PATTERN.
one_line() {
	t_like=1
	# shellcheck disable=SC2254
	case $err in
	$2) t_like=0 ;;
	esac
	[ "$status" -eq "$1" ] && [ "$t_like" -eq 0 ] &&
		[ "$(wc -l <"$T/err")" -eq 1 ]
	t_result $? "$3" || { show_run; diag "wanted:  $1, $2"; }
}

# Shorthands: the client, and a `run` of it.
dfc() {
	timeout --foreground 60 "$DFC" "$@"
}

client() {
	run "$DFC" "$@"
}

# ------------------------------------------------------------- a terminal

# dialogue NAME [OPTION...] COMMAND... <<'EOF': one test.  COMMAND runs on a
# terminal of its own, and all steps of the script hold; the steps, and the
# OPTIONs (-s 40x10: the size), are told at the top of e2e/pty.c:
#
#	dialogue 'Control-D ends the shell' "$DFC" <<'EOF'
#	expect dfc>
#	ctrl D
#	exit 0
#	EOF
#
# What the step `dump` prints is shown in any case.  The user's habits of
# readline are left out: COMMAND may be `env INPUTRC=FILE ...`.
dialogue() {
	t_name=$1
	shift
	INPUTRC=/dev/null "$PTY" -u "$@" >"$T/said" 2>&1
	t_result $? "$t_name" || diag "failed: $*"
	[ ! -s "$T/said" ] || diag "$(cat "$T/said")"
}

# for_steps: the functions of this file, for a dialogue's step `run`:
#
#	run sh $T/do restart_server 3
#
# A server that is started there is no child of the test: kill_server it.
for_steps() {
	export T DFS DFC PEER PTY T_LIB="${T_LIB:-$t_lib}"
	# shellcheck disable=SC2016
	echo "t_count=0 t_failed=0 t_key=$t_key;" '. "$T_LIB"; "$@"' >"$T/do"
}

# --------------------------------------------------------------- waiting

# await SECONDS COMMAND...: until COMMAND succeeds; 1 when it never does.
await() {
	t_tries=$(($1 * 50))
	shift
	until "$@"; do
		t_tries=$((t_tries - 1))
		[ "$t_tries" -gt 0 ] || return 1
		sleep 0.02
	done
}

now_ms() {
	date +%s%3N
}

# --------------------------------------------------------------- servers

pid_of() {
	cat "$T/$1.pid"
}

port_of() {
	cat "$T/$1.port"
}

# lives N: the process of server N is there.
lives() {
	[ -s "$T/$1.pid" ] && kill -0 "$(pid_of "$1")" 2>/dev/null
}

ready_or_gone() {
	grep -q '^dfs: ready on ' "$T/$1.log" || ! lives "$1"
}

# launch N PORT [OPTION...]: starts server N without waiting for it.
launch() {
	t_n=$1 t_port=$2
	shift 2
	[ ! -f "$T/$t_n.log" ] || cat "$T/$t_n.log" >>"$T/$t_n.log.old"
	: >"$T/$t_n.log"
	"$DFS" -c "$T/dfs.conf" ${t_key:+-k "$t_key"} -l 127.0.0.1 "$@" \
		"$T/$t_n" "$t_port" \
		>"$T/$t_n.out" 2>"$T/$t_n.log" </dev/null &
	echo $! >"$T/$t_n.pid"
}

# wait_ready N: until server N says where it listens; sets its port.
wait_ready() {
	if await 20 ready_or_gone "$1"; then
		sed -n 's/^dfs: ready on 127\.0\.0\.1:\([0-9]*\)$/\1/p' \
			"$T/$1.log" >"$T/$1.port"
		[ ! -s "$T/$1.port" ] || return 0
	fi
	t_result 1 "server $1 starts"
	diag "$(cat "$T/$1.log")"
	exit 1
}

# start_server N [OPTION...]: on a port of the system's choice.
start_server() {
	t_first=$1
	shift
	launch "$t_first" 0 "$@"
	wait_ready "$t_first"
}

# start_servers N: 1..N at once, and the client's configuration for them.
start_servers() {
	for t_i in $(seq "$1"); do launch "$t_i" 0; done
	for t_i in $(seq "$1"); do wait_ready "$t_i"; done
	write_conf "$1"
}

# restart_server N...: on the ports that they had.  A connection of another
# program may have such a port for a moment: exit status 4, and once more.
restart_server() {
	for t_i in "$@"; do launch "$t_i" "$(port_of "$t_i")"; done
	for t_i in "$@"; do
		await 20 back_on_port "$t_i"
		wait_ready "$t_i"
	done
}
back_on_port() {
	ready_or_gone "$1" || return 1
	! lives "$1" || return 0
	{ wait "$(pid_of "$1")"; } 2>/dev/null
	[ $? -eq 4 ] || return 0
	launch "$1" "$(port_of "$1")"
	return 1
}

# end_server SIGNAL N: returns what the server exited with.
end_server() {
	t_pid=$(pid_of "$2")
	kill "-$1" "$t_pid" 2>/dev/null
	: >"$T/$2.pid"
	{ wait "$t_pid"; } 2>/dev/null
}

# stop_server N...: a clean end; another exit status than 0 is remembered.
stop_server() {
	for t_i in "$@"; do
		end_server TERM "$t_i" || bad_ends="$bad_ends $t_i:$?"
	done
}

kill_server() {
	for t_i in "$@"; do end_server KILL "$t_i"; done
}

# start_peer N MANNER: in the place of server N, a peer that misbehaves.
start_peer() {
	rm -f "$T/$1.port"
	"$PEER" serve "$2" "${3:-/dev/null}" >"$T/$1.port" 2>"$T/$1.log" &
	echo $! >"$T/$1.pid"
	await 10 test -s "$T/$1.port" || { diag "no peer $1"; exit 1; }
}

# start_relay N: a man in the middle before server N, in the place of server
# rN; what it does says $T/rN.orders (e2e/relay.c).
start_relay() {
	: >"$T/r$1.orders"
	rm -f "$T/r$1.port"
	"$RELAY" "$(port_of "$1")" "$T/r$1.orders" "$T/r$1.seen" \
		>"$T/r$1.port" 2>"$T/r$1.log" &
	echo $! >"$T/r$1.pid"
	await 10 test -s "$T/r$1.port" || { diag "no relay $1"; exit 1; }
}

# write_conf N [LINE...]: servers 1..N in classic form, then these lines.
write_conf() {
	t_n=$1
	shift
	for t_i in $(seq "$t_n"); do
		echo "server dfs$t_i 127.0.0.1:$(port_of "$t_i")"
	done >"$T/dfc.conf"
	for t_line in "$@"; do echo "$t_line"; done >>"$T/dfc.conf"
	export DFC_CONF="$T/dfc.conf"
}

# requests N: how many server N has taken since it started.
state_lines() {
	grep -c ' state connections=' "$T/$1.log"
}
more_state_lines() {
	[ "$(state_lines "$1")" -gt "$2" ]
}
requests() {
	t_lines=$(state_lines "$1")
	kill -USR1 "$(pid_of "$1")"
	await 5 more_state_lines "$1" "$t_lines"
	sed -n 's/.* state connections=.* requests=\([0-9]*\).*/\1/p' \
		"$T/$1.log" | tail -n 1
}

# files_of N [NAME]: the regular files of server N (of one stored name).
files_of() {
	find "$T/$1${2:+/$2}" -type f | LC_ALL=C sort
}

# psk_of FILE: what is made of the first key in a key file, as dfs-protocol(7)
# tells it: HKDF-SHA256 with no salt, in hex.
psk_of() {
	perl -MDigest::SHA=hmac_sha256 -e '
		my ($label, $key) = <> =~ /^([^:]*):([0-9a-fA-F]{64})/ or die;
		my $prk = hmac_sha256(pack("H*", $key), "\0" x 32);
		my $info = "dfs/1 tls13 psk $label";
		print unpack("H*", hmac_sha256("$info\x01", $prk));' "$1"
}

# count_files N [NAME]
count_files() {
	files_of "$@" | tr -dc '\n' | wc -c
}

# random_file SIZE FILE
random_file() {
	head -c "$1" /dev/urandom >"$2"
}

# ----------------------------------------------------------- begin and end

t_cleanup() {
	t_status=$?
	trap - EXIT
	for t_file in "$T"/*.pid; do
		[ ! -s "$t_file" ] || kill -KILL "$(cat "$t_file")" 2>/dev/null
	done
	if [ "$t_failed" -gt 0 ]; then
		for t_file in "$T"/*.log; do
			[ -s "$t_file" ] || continue
			diag "--- ${t_file##*/}"
			diag "$(tail -n 40 "$t_file")"
		done
	fi
	wait 2>/dev/null
	cd / || exit 1
	eval "$t_at_end"
	chmod -R u+rwx "$T" 2>/dev/null
	rm -rf "$T"
	exit "$t_status"
}

# at_end COMMAND: when all servers are gone, before $T goes.
at_end() {
	t_at_end="$1
$t_at_end"
}

# use_key: from now on servers are started with a key, and the client has it.
use_key() {
	t_key="$HOME/key"
	"$DFC" keygen "$t_key" || exit 1
	export DFC_KEY="$t_key"
}

# t_in_memory: before t_begin, where very many files are stored: $T is in
# memory when there is room for them, and no TMPDIR says where it is to be.
t_in_memory() {
	[ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] || return 0
	# shellcheck disable=SC2046
	set -- $(df --output=fstype,avail,iavail /dev/shm 2>/dev/null | tail -n 1)
	if [ "${1:-}" = tmpfs ] && [ "$2" -gt 1000000 ] && [ "$3" -gt 500000 ]
	then
		export TMPDIR=/dev/shm
	fi
}

t_begin() {
	t_count=0 t_failed=0 bad_ends= t_at_end=
	t_lib=$(cd "${0%/*}/.." && pwd)/lib.sh
	T=$(mktemp -d "${TMPDIR:-/tmp}/dfs-test.XXXXXX") || exit 1
	trap t_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mkdir "$T/w" "$T/home" && cd "$T/w" || exit 1
	export HOME="$T/home"
	unset XDG_CONFIG_HOME XDG_STATE_HOME DFC_KEY
	dfs_conf
	t_key=
	[ "${KEYED:-0}" != 1 ] || use_key
}

# dfs_conf [LINE...]: the configuration of the servers started from now on.
dfs_conf() {
	for t_line in '[server]' "$@"; do echo "$t_line"; done >"$T/dfs.conf"
}

# Stops what runs, and says how many tests there were.
t_end() {
	for t_file in "$T"/*.pid; do
		[ -s "$t_file" ] || continue
		t_file=${t_file##*/}
		stop_server "${t_file%.pid}"
	done
	is "$bad_ends" '' 'every server that was told to stop exits with 0'
	printf '1..%d\n' "$t_count"
	[ "$t_failed" -eq 0 ]
	exit
}
