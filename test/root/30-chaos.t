#!/bin/sh
# A real cluster under faults as test/chaos/chaos.t has it, on real small disks
# that fill up, and with a network for each server whose link goes down.
seed=${CHAOS_SEED:-$(date +%N | sed 's/^0*//')}
seconds=${CHAOS_SECONDS:-10}
: "${CHAOS:=$PWD/build/chaos}" "${SKEW=$PWD/build/skew.so}"
export DFS="${DFS:-$PWD/dfs}" DFC="${DFC:-$PWD/dfc}"
net=chaos$$n
disks=$(mktemp -d "${TMPDIR:-/tmp}/dfs-disks.XXXXXX") || exit 1

clean() {
	for n in 1 2 3 4; do
		ip netns del "$net$n"
		umount "$disks/$n"
	done 2>/dev/null
	ip netns del "$net" 2>/dev/null
	rm -rf "$disks"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# inside SUFFIX COMMAND...: in a namespace of ours.
inside() {
	in=$net$1
	shift
	ip netns exec "$in" "$@"
}
set -e
ip netns add "$net"
inside '' ip link set lo up
for n in 1 2 3 4; do
	mkdir "$disks/$n"
	mount -t tmpfs -o size=96m,mode=700 dfs-test "$disks/$n"
	ip netns add "$net$n"
	ip link add "${net}v$n" netns "$net" type veth peer name eth0 \
		netns "$net$n"
	inside '' ip addr add "127.77.$n.1/24" dev "${net}v$n"
	inside '' sh -c "echo 1 >/proc/sys/net/ipv4/conf/${net}v$n/route_localnet"
	inside '' ip link set "${net}v$n" up
	inside $n ip addr add "127.77.$n.2/24" dev eth0
	inside $n sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet'
	inside $n ip link set lo up
	inside $n ip link set eth0 up
done
set +e
echo "# again: CHAOS_SECONDS=$seconds CHAOS_SEED=$seed sh $0"
inside '' "$CHAOS" -s "${seed:-0}" -t "$seconds" ${SKEW:+-C "$SKEW"} -D "$disks" \
	-N "$net" ${CHAOS_OPTIONS:-}
