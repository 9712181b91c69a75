#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the flight recorder costs of a bulk transfer, under icount: the same with it and without. Fails where that is more
# than 2 %.
#   recorder.sh [FACTOR]      times the usual amount of work (1)
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
PATH=$tree/build/selftests/bench:$tree/build/tools:$PATH
factor=${1:-1}
A=recorder-a B=recorder-b
. "$here/table.sh"

hosts() {
	local ns
	for ns in $A $B; do
		ip netns add $ns || die "no namespace"
		ip -n $ns link set lo up
	done
	ip link add a0 netns $A mtu 1500 type veth peer name b0 netns $B || die "no veth"
	ip -n $A addr add 10.0.0.1/24 dev a0
	ip -n $B addr add 10.0.0.2/24 dev b0
	ip -n $A link set a0 up
	ip -n $B link set b0 up
}

# offloads on|off
offloads() {
	ip netns exec $A ethtool -K a0 tso "$1" gso "$1" gro "$1" >/dev/null || die "ethtool"
	ip netns exec $B ethtool -K b0 tso "$1" gso "$1" gro "$1" >/dev/null || die "ethtool"
}

# bulk RECORDER BYTES: ns
bulk() {
	local ns
	for ns in $A $B; do
		naru -N $ns set recorder="$1" || die "no setting"
	done
	bench -w inet -s $B -c $A -a 10.0.0.2 -n $(($2 * factor)) bulk || die "bulk"
}

# cost NAME BYTES
cost() {
	local without with
	without=$(bulk 0 "$2") || exit 1
	with=$(bulk 1 "$2") || exit 1
	awk -v name="$1" -v without="$without" -v with="$with" 'BEGIN {
		percent = (with - without) * 100 / without
		printf "%-40s %14.0f ns without, %14.0f with: %+.2f %%\n", name, without, with, percent
		exit percent > 2
	}' || failed=1
}

check_guest
hosts
failed=0
cost "recorder: bulk, veth" 100000000
offloads off
cost "recorder: bulk, veth, a segment at a time" 28960000
exit $failed
