# Sourced after lib.sh by the tests that walk rows with nth: one row is one
# operation under one kind of fault, at every call in turn.
#
# FAULT_EVERY=N tries only one call of N, beginning with one that FAULT_SEED
# picks; FAULT_SECONDS is the time of what is random.

: "${NTH:=$PWD/build/nth}" "${INJECT:=$PWD/build/inject.so}"
: "${FAULT_EVERY:=1}" "${FAULT_SECONDS:=10}" "${FAULT_SEED:=$(date +%s)}"
: "${FAULT_PRELOAD:=}"
export DFS DFC INJECT FAULT_PRELOAD

# row_in ARG...: as nth takes them; the directory is there.
row_in() {
	"$NTH" -e "$FAULT_EVERY" -s "$FAULT_SEED" "$@" >"$T/said" 2>&1
	t_row=$?
	t_result $t_row "$row_name: $(tail -n 1 "$T/said")" || {
		diag "$(cat "$T/said")"
		diag "again: $row_again $row_env sh $0"
		tail -n 20 "$T/row"/*.log 2>/dev/null >"$T/tails"
		diag "$(cat "$T/tails")"
	}
}

# row ARG...: in a new directory.
row() {
	mkdir "$T/row" || exit 1
	row_in "$@"
	rm -rf "$T/row"
}

# walk WHO OPERATION KIND...: a row for each kind.  WHO: client, or a server's
# number.  $bytes is the size of the files.
walk() {
	row_who=$1 row_op=$2
	shift 2
	for row_kind in "$@"; do
		[ -z "${FAULT_ONLY:-}" ] ||
			[ "$FAULT_ONLY" = "$row_who/$row_op/$row_kind" ] || continue
		row_again="FAULT_ONLY=$row_who/$row_op/$row_kind"
		case $row_who in
		client)
			row_name="$row_op of $bytes bytes, $row_kind in dfc"
			row -b "$bytes" "$T/row" client "$row_op" "$row_kind"
			;;
		start)
			row_name="start on a $row_op directory, $row_kind"
			row "$T/row" start "$row_op" "$row_kind"
			;;
		*)
			row_name="$row_op of $bytes bytes, $row_kind in dfs$row_who"
			row -b "$bytes" "$T/row" server "$row_who" "$row_op" \
				"$row_kind"
			;;
		esac
	done
}

rows_begin() {
	t_begin
	bytes=3000
	row_env="FAULT_EVERY=$FAULT_EVERY FAULT_SEED=$FAULT_SEED"
	printf '# %s\n' "$row_env"
}

rows_end() {
	printf '1..%d\n' "$t_count"
	[ "$t_failed" -eq 0 ]
	exit
}
