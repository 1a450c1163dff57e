#!/bin/sh
# The long runs of every row, one after the other: hours to days.
# usage: run.sh [ROW...]; rows: sim rules chaos calls kills power stale rot
# fuzz transport soak.  SEED is taken by all that draw at random; TORTURE
# divides every count (TORTURE=1000 for a trial).
set -u
less=${TORTURE:-1}
seed=${SEED:-$(date +%s)}
[ $# -gt 0 ] || set -- sim rules chaos calls kills power stale rot fuzz \
	transport soak

count() {
	echo $((($1 + less - 1) / less))
}

row_sim() {
	make -s build/sim
	for n in 2 3 4 5; do
		build/sim -N $n -s "$seed" -n "$(count 25000000)" || return 1
	done
}
# Every rule, by random histories alone.
row_rules() {
	make -s build/sim
	for rule in $(build/sim -l | sed 's/ .*//'); do
		for n in 2 3 4 5; do
			build/sim -m "$rule" -N $n -s "$seed" \
				-t "$(count 3600)" && continue 2
		done
		echo "torture: $rule is not missed" >&2
		return 1
	done
}
row_chaos() {
	make -s check-chaos CHAOS_SECONDS=86400 CHAOS_SEED="$seed" \
		CHAOS_OPTIONS="-n $(count 2000000)"
}
row_calls() {
	make -s check-nth FAULT_EVERY="$less" FAULT_SEED="$seed" KILL_SECONDS=1
}
row_kills() {
	make -s check-nth nth_t=test/fault/40-random.t FAULT_SEED="$seed" \
		KILL_SECONDS="$(count 14400)"
}
disk() {
	make -s check-disk disk_t="test/fault/$1.t" FAULT_SEED="$seed" \
		FAULT_COUNT="$(count "$2")"
}
row_power() {
	disk powercut 100000
}
row_stale() {
	disk stale 420
}
row_rot() {
	disk rot 9100
}
# A billion inputs for the decoders, in equal parts; to those that run a
# daemon or a client, which are hundreds of times slower, ten hours each.
row_fuzz() {
	slow='fuzz_daemon_keyed fuzz_daemon_session fuzz_shell_answers
		fuzz_shell_hail'
	fast=
	n=0
	for target in test/fuzz/fuzz_*.c; do
		target=$(basename "$target" .c)
		case " $(echo $slow) " in *" $target "*) continue ;; esac
		fast="$fast $target"
		n=$((n + 1))
	done
	all=$(count 1000000000)
	make -s fuzz FUZZ="$fast" FUZZ_JOBS=2 FUZZ_SECONDS=0 \
		FUZZ_RUNS=$((all / n + 1)) FUZZ_LEAST="$all" &&
		make -s fuzz FUZZ="$(echo $slow)" FUZZ_JOBS=2 \
			FUZZ_SECONDS="$(count 36000)"
}
# All end-to-end tests over TLS; a put cut at every byte; bits of handshakes.
row_transport() {
	make -s check-e2e KEYED=1 JOBS=1 STRICT=1 \
		CUT_EVERY="$less" CUT_SEED="$seed" FLIPS="$(count 1000000)" \
		FLIP_SEED="$seed" &&
		make -s check-peers
}
row_soak() {
	make -s soak SOAK_SECONDS="$(count 28800)"
}

failed=
for row; do
	echo "torture: $row; again: SEED=$seed TORTURE=$less make torture ROWS=$row"
	"row_$row" || failed="$failed $row"
done
[ -z "$failed" ] || echo "torture: FAILED:$failed" >&2
[ -z "$failed" ]
