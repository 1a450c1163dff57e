#!/bin/sh
# The simulator for some seconds, and each rule switched off.
# usage: check.sh SIM SECONDS [SEED]
sim=$1
seconds=$2
seed=${3:-1}

# Rule, and the number of servers that shows soonest that it is missed; "-":
# only a directed history shows it.
rules='no-fence 4
blank-counts-as-member 2
joining-counts 2
query-hides-staged 5
no-write-back 4
ack-before-durable 2
superseded-unfinished 2
one-ack-is-enough 5
part-of-stages 4
begin-first-round-only 2
heal-without-marks 2
no-quarantine 2
retire-first 4
cancel-after-commit 4
begin-beside-stages 2
stages-hold-nobody 3
any-cluster-obeys 5
silence-counts-as-empty 2
join-without-floor 5
heal-without-verify 3
restripe-same-tag 4
forget-without-all 2
forget-without-age 5
floor-after-record 4
discard-without-age 4
old-image-counts 2
epoch-ignored 3
behind-counts -
leaving-counts 4
remove-before-heal 3
add-joins-first 2
record-to-all-at-once -'

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
	[ "$n" = - ] && continue
	out=$("$sim" -m "$rule" -N "$n" -t 60 -s "$seed" -n 2000000) || {
		printf '%s\n' "$out"
		fail "$rule is not missed"
	}
	printf '%s: ' "$rule"
	printf '%s\n' "$out" | sed -n 's/^seed //p'
done || exit 1
echo 'sim: all rules hold, and each one is missed'
