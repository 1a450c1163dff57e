#!/bin/sh
# The simulator for some seconds, and each rule switched off.
# usage: check.sh SIM SECONDS [SEED]
sim=$1
seconds=$2
seed=${3:-1}

# Rule, and the number of servers that shows soonest that it is missed.
rules='no-fence 2
blank-counts-as-member 2
joining-counts 2
query-hides-staged 3
no-write-back 2
ack-before-durable 2
superseded-unfinished 2
one-ack-is-enough 2
part-of-stages 3
begin-first-round-only 2
heal-without-marks 3
no-quarantine 2
retire-first 2
cancel-after-commit 2
begin-beside-stages 2
stages-hold-nobody 4
any-cluster-obeys 5
silence-counts-as-empty 2
join-without-floor 3'

fail() {
	printf '%s\n' "sim: FAILED: $*" >&2
	exit 1
}

"$sim" -T || fail 'the checker of histories'

each=$(((seconds + 3) / 4))
for n in 2 3 4 5; do
	printf '%s servers, all rules:\n' "$n"
	"$sim" -N "$n" -t "$each" -s "$seed" || fail "$n servers"
done

[ "$("$sim" -l | wc -l)" = "$(printf '%s\n' "$rules" | wc -l)" ] ||
	fail 'a rule is not in the list'
printf '%s\n' "$rules" | while read -r rule n; do
	out=$("$sim" -m "$rule" -N "$n" -t 60 -s "$seed" -n 2000000) || {
		printf '%s\n' "$out"
		fail "$rule is not missed"
	}
	printf '%s: ' "$rule"
	printf '%s\n' "$out" | sed -n 's/^seed //p'
done || exit 1
echo 'sim: all rules hold, and each one is missed'
