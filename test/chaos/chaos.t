#!/bin/sh
# A real cluster under faults for CHAOS_SECONDS, from CHAOS_SEED: see main.c.
seed=${CHAOS_SEED:-$(date +%N | sed 's/^0*//')}
seconds=${CHAOS_SECONDS:-10}
: "${CHAOS:=$PWD/build/chaos}" "${SKEW=$PWD/build/skew.so}"
export DFS="${DFS:-$PWD/dfs}" DFC="${DFC:-$PWD/dfc}"

echo "# again: make check-chaos CHAOS_SECONDS=$seconds CHAOS_SEED=$seed"
exec "$CHAOS" -s "${seed:-0}" -t "$seconds" ${SKEW:+-C "$SKEW"} ${CHAOS_OPTIONS:-}
