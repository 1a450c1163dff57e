#!/bin/sh
# The simulator for some seconds, and each rule switched off.
# usage: check.sh SIM SECONDS [SEED [HISTORIES]]
# SECONDS are those of all random histories together: 240 are 60 for each
# number of servers.  With HISTORIES it is so many of each instead.
sim=$1
seconds=$2
seed=${3:-1}
histories=${4:-}

# Rule; the number of servers that shows soonest by random histories that it
# is missed, "-" where they do not; whether there is a history directed at it.
rules='no-fence 4 directed
blank-counts-as-member 2 directed
joining-counts 2 directed
query-hides-staged 5 directed
no-write-back 4 directed
ack-before-durable 2 directed
superseded-unfinished 2 directed
one-ack-is-enough 5 directed
part-of-stages 4 directed
begin-first-round-only 2 directed
heal-without-marks 2 directed
no-quarantine 2 directed
heal-in-quarantine 3 directed
retire-first 4 directed
cancel-after-commit 4 directed
begin-beside-stages 2 directed
stages-hold-nobody 3 directed
any-cluster-obeys 5 directed
silence-counts-as-empty 2 directed
join-without-floor - directed
heal-without-verify 3 directed
restripe-same-tag 4 directed
forget-without-all 2 directed
forget-without-age 5 directed
floor-after-record - directed
discard-without-age 4 directed
old-image-counts 2 directed
epoch-ignored - directed
behind-counts - directed
leaving-counts 4 directed
remove-before-heal 3 directed
add-joins-first 2 directed'

fail() {
	printf '%s\n' "sim: FAILED: $*" >&2
	exit 1
}

# Random histories of so many servers, with all rules.
random() {
	if [ "$histories" ]; then
		"$sim" -N "$1" -n "$histories" -s "$seed"
	else
		"$sim" -N "$1" -t "$each" -s "$seed"
	fi
}

# Two numbers of servers at once: their output one after the other.
pair() {
	out=$(mktemp) || fail 'mktemp'
	random "$2" >"$out" &
	printf '%s servers, all rules:\n' "$1"
	random "$1" || fail "$1 servers"
	wait $! || {
		cat "$out"
		rm -f "$out"
		fail "$2 servers"
	}
	printf '%s servers, all rules:\n' "$2"
	cat "$out"
	rm -f "$out"
}

# One line for a rule that was switched off.
missed() {
	out=$("$@") || {
		printf '%s\n' "$out"
		fail "$rule is not missed"
	}
	printf '%s\n' "$out" | sed -n "s/^seed /$rule: $how /p"
}

"$sim" -T || fail 'the checker of histories'
[ "$("$sim" -l | wc -l)" = "$(printf '%s\n' "$rules" | wc -l)" ] ||
	fail 'a rule is not in the list'

each=$(((seconds + 3) / 4))
pair 2 3
pair 4 5

printf '%s\n' "$rules" | while read -r rule n directed; do
	if [ "$n" != - ]; then
		how=random
		missed "$sim" -m "$rule" -N "$n" -t 60 -s "$seed" -n 2000000
	fi
	if [ "$directed" != - ]; then
		how=directed
		"$sim" -d "$rule" -n 200 -s "$seed" >/dev/null ||
			fail "the history directed at $rule"
		missed "$sim" -d "$rule" -m "$rule" -n 1000 -s "$seed"
	fi
done || exit 1
echo 'sim: all rules hold, and each one is missed'
