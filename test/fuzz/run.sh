#!/bin/sh
# Runs fuzz targets, and says in TAP how often each ran and what it covers.
# usage: run.sh BUILD NAME...
# FUZZ_SECONDS and FUZZ_RUNS: each ends after so much, whichever comes first;
# 0 is no limit.  FUZZ_JOBS: as many at once.  FUZZ_LEAST: executions of all,
# or it is a failure.
set -u
build=$1
here=${0%/*}
shift

# one NAME: its log is BUILD/NAME.log; inputs that fail are BUILD/NAME-*.
if [ "${FUZZ_ONE-}" ]; then
	mkdir -p "$build/corpus/$1"
	exec "$build/test/fuzz/$1" -max_total_time="$FUZZ_SECONDS" \
		-runs="$FUZZ_RUNS" -timeout=1 -rss_limit_mb=512 \
		-print_final_stats=1 -artifact_prefix="$build/$1-" \
		"$build/corpus/$1" "$here/corpus/$1" >"$build/$1.log" 2>&1
fi

# figure NAME WORDS: the last number behind the words in its log; 0: none.
figure() {
	n=$(sed -n "s/.*$2 *\([0-9][0-9]*\).*/\1/p" "$build/$1.log" | tail -n 1)
	echo "${n:-0}"
}

: "${FUZZ_SECONDS:=60}" "${FUZZ_RUNS:=0}" "${FUZZ_JOBS:=1}" "${FUZZ_LEAST:=0}"
[ "$FUZZ_RUNS" -gt 0 ] || FUZZ_RUNS=-1
export FUZZ_SECONDS FUZZ_RUNS
for name; do rm -f "$build/$name.log" "$build/$name.done"; done
printf '%s\n' "$@" | FUZZ_ONE=1 xargs -P "$FUZZ_JOBS" -I NAME sh -c \
	'sh "$0" "$1" "$2" && : >"$1/$2.done"' "$0" "$build" NAME

echo "1..$(($# + 1))"
number=0
total=0
failed=0
for name; do
	number=$((number + 1))
	runs=$(figure "$name" 'number_of_executed_units:')
	total=$((total + runs))
	ok=ok
	if [ ! -e "$build/$name.done" ]; then
		ok='not ok'
		failed=1
		tail -n 60 "$build/$name.log" | sed 's/^/# /'
	fi
	echo "$ok $number - $name: $runs executions, coverage" \
		"$(figure "$name" ' cov:'), slowest" \
		"$(figure "$name" 'slowest_unit_time_sec:') s"
done
ok=ok
if [ "$total" -lt "$FUZZ_LEAST" ]; then
	ok='not ok'
	failed=1
fi
echo "$ok $((number + 1)) - $total executions, of at least $FUZZ_LEAST"
exit $failed
