#!/bin/sh
# Power cuts.  Four servers work under oplog.so, which logs what they do to
# their disks and what they say; then the driver cuts the power at thousands
# of moments, in all the ways in which a file system may lose what was not
# synced, and starts dfs on what is left.
#
#	FAULT_SECONDS  for the driver (8)
#	FAULT_COUNT    cuts, instead of a time
#	FAULT_SEED     of the cuts (the time of day)
#	FAULT_KEEP     a directory for the logs of a run that failed
: "${OPLOG:=$PWD/build/oplog.so}" "${POWERCUT:=$PWD/build/powercut}"
: "${FAULT_SECONDS:=8}" "${FAULT_COUNT:=}" "${FAULT_KEEP:=}"
: "${FAULT_SEED:=$(date +%s)}"
# Memory is a disk that is fast; what a cut leaves is computed anyway.
[ ! -w /dev/shm ] || TMPDIR=/dev/shm
. "${0%/*}/../lib.sh"
t_begin

# A dfs that is logged: beside its directory N, in N.oplog.
real=$DFS
cat >"$T/logged" <<END
#!/bin/sh
for word; do dir=\$port port=\$word; done
LD_PRELOAD=$OPLOG OPLOG=\$dir.oplog OPLOG_DIR=\$dir OPLOG_SYNC=${SYNC:-3000}
export LD_PRELOAD OPLOG OPLOG_DIR OPLOG_SYNC
exec $real "\$@"
END
chmod +x "$T/logged"
DFS=$T/logged
logs=

# moved_away N: the log and the directory of a server that is gone.
moved_away() {
	mv "$T/$1" "$T/$1.$2"
	mv "$T/$1.oplog" "$T/$1.$2.oplog"
	logs="$logs $T/$1.$2.oplog $T/$1.$2"
	mkdir "$T/$1"
}

# worked COMMAND...: 0, or 3 when a server was missing.
worked() {
	dfc "$@" >"$T/said" 2>&1
	case $? in
	0 | 3) return 0 ;;
	*) diag "dfc $*: $(cat "$T/said")"; return 1 ;;
	esac
}

# cut_off N: killed, but never between an operation and its record.
cut_off() {
	end_server USR2 "$1"
}

# round N: puts, overwrites and rms, some at the same time.
round() {
	r=0
	i=0
	for size in 0 1 3 5000 17000 90000 "$1"000; do
		i=$((i + 1))
		random_file $size f$i
	done
	worked put f1 f2 f3 f4 f5 f6 f7 || r=1
	worked put -t deep/er/ f3 f4 || r=1
	for j in 1 2 3; do
		worked put -o hot f$((j + 3)) &
		worked put -o warm$j f$((j + 1)) &
	done
	wait_clients || r=1
	worked rm f2 f5 deep/er/f3 || r=1
	worked put -o f2 f3 || r=1
	worked rm warm1 || r=1
	worked cat hot || r=1
	worked cp f4 copy || r=1
	worked cp f6 f7 f4 copies/ || r=1
	worked mv copies/f4 moved || r=1
	worked rm copies/f6 || r=1
	return $r
}

# A server that is killed at work and back at once: what it had not synced is
# still in memory, and its start must not build on that.
kills() {
	export SYNC=30000
	for i in 300 600 1000 1500 2000 3000 4000 6000; do
		for j in 1 2 3 4; do
			"$DFC" put -o hot f$((j + 2)) 2>/dev/null &
		done
		"$DFC" put f1 f2 f3 2>/dev/null &
		while [ $i -gt 0 ]; do i=$((i - 1)); done
		cut_off 4
		restart_server 4
		wait_clients
	done
	unset SYNC
	stop_server 4
	restart_server 4
	worked put f1 f2 f3
}

# Not for the daemons, which are children too.
wait_clients() {
	w=0
	for pid in $(jobs -p); do
		case " $(cat "$T"/*.pid | tr '\n' ' ') " in
		*" $pid "*) ;;
		*) wait "$pid" || w=1 ;;
		esac
	done
	return $w
}

# Clients that die in the middle, here and there, leave stages.
half_puts() {
	for j in 50 100 200 400 800 1600 3200 6400 12800; do
		"$DFC" put -o half$j large 2>/dev/null &
		pid=$!
		while [ $j -gt 0 ]; do j=$((j - 1)); done
		kill -KILL $pid 2>/dev/null
		wait $pid 2>/dev/null
	done
	true
}

dfs_conf 'quarantine = 1s'
mkdir "$T/1" "$T/2" "$T/3" "$T/4"
start_servers 4
random_file 700000 large
ok 'the first put begins the cluster' worked put large
ok 'puts, overwrites, rms, also at the same time' round 31
cut_off 3
ok 'the same with a server that is killed' round 37
restart_server 3
ok 'and when it is back' round 41
ok 'a large file is overwritten' worked put -o large f7
ok 'clients are killed' half_puts
ok 'a server is killed at work, and back at once' kills
cut_off 2
moved_away 2 old
restart_server 2
ok 'the same with a blank disk' round 43
ok 'a heal makes it a member' worked heal
ok 'and once more' round 47

# A bad chunk, a deletion that every server may forget.
tombstones() {
	find "$T/1" "$T/2" "$T/3" "$T/4" -name "@d-*" | grep -q .
}
forgotten() {
	worked heal && ! tombstones
}
for file in $(files_of 1 f6); do : >"$file"; done
ok 'a heal replaces bad chunks' worked heal
stop_server 1 2 3 4
dfs_conf 'quarantine = 1s' 'fence = 1s' 'gc_age = 3s'
restart_server 1 2 3 4
ok 'there are deletions to forget' tombstones
ok 'and a heal forgets them' await 20 forgotten
ok 'puts go on' worked put f1 f2
stop_server 1 2 3 4
DFS=$real
for n in 1 2 3 4; do logs="$logs $T/$n.oplog $T/$n"; done

tries="-t $FAULT_SECONDS"
[ -z "$FAULT_COUNT" ] || tries="-n $FAULT_COUNT"
# shellcheck disable=SC2086
"$POWERCUT" -s "$FAULT_SEED" $tries -c "$T/dfs.conf" "$DFS" "$T/cut" $logs \
	>"$T/out" 2>"$T/err"
status=$?
t_result $status "no cut takes what was acknowledged ($(cat "$T/out"))" || {
	diag "$(cat "$T/err")"
	if [ -n "$FAULT_KEEP" ]; then
		mkdir -p "$FAULT_KEEP" && cp "$T"/*.oplog "$FAULT_KEEP"
		diag "the logs are in $FAULT_KEEP; repeat with:"
		diag "powercut -s $FAULT_SEED -i TRIAL -c DFS.CONF DFS WORK $logs"
	else
		diag "FAULT_KEEP=DIRECTORY keeps the logs"
	fi
}
"$POWERCUT" -x -s "$FAULT_SEED" -n 50 -c "$T/dfs.conf" "$DFS" "$T/cut" $logs \
	>"$T/out" 2>"$T/err"
is $? 1 "and a disk that forgets its syncs is found out"
t_end
