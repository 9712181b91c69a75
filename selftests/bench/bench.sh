#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's TCP and naru's, side by side, in one boot under icount: there, nanoseconds count instructions. Prints a
# table and leaves bench.json in $NARU_OUT. A ratio over 1 says that naru is faster or smaller.
#   bench.sh [FACTOR [NAME]]      times the usual amount of work (1); only rows whose name has NAME in it
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
PATH=$tree/build/selftests/bench:$tree/build/tools:$PATH
factor=${1:-1} only=${2:-}
ko=$tree/build/${NARU_VM:-$(uname -r)}/naru.ko
A=bench-a B=bench-b
. "$here/table.sh"

hosts() {
	local ns
	for ns in $A $B; do
		ip netns add $ns || die "no namespace"
		ip netns exec $ns sysctl -qw net.ipv4.tcp_no_metrics_save=1 net.ipv4.tcp_max_tw_buckets=262144
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

# What must not change between two figures that are compared
conditions() {
	cat /sys/devices/system/clocksource/clocksource0/current_clocksource
	ip netns exec $A ethtool -k a0
	ip netns exec $B ethtool -k b0
	ip netns exec $A sysctl net.ipv4.tcp_rmem net.ipv4.tcp_wmem net.core.rmem_max net.core.wmem_max
}

# Until nothing rests in TIME-WAIT: what one figure leaves there is no part of the next. Waiting costs no instructions.
settle() {
	local ns
	for ns in $A $B; do
		while ip netns exec $ns ss -tanH state time-wait | grep -q . ||
			ip netns exec $ns naru sock -H state time-wait | grep -q .; do
			pause 10
		done
	done
}

# cost PLACE WIRE WORK COUNT PARTS: of one of so many parts
cost() {
	local at=(-s $B -c $A -a 10.0.0.2) value
	[ "$1" = veth ] || at=(-s $A -c $A -a 127.0.0.1)
	value=$(bench -w "$2" "${at[@]}" -n $(($4 * factor)) "$3") || die "$1 $2 $3"
	awk -v value="$value" -v parts=$(($5 * factor)) 'BEGIN { printf "%.3f", value / parts }'
}

# compare NAME UNIT PLACE WORK COUNT PARTS: in all three, under the same conditions
compare() {
	local name=$1 unit=$2 before kernel naru wire
	shift 2
	[[ $name == *"$only"* ]] || return 0
	before=$(conditions)
	settle
	kernel=$(cost "$1" kernel "${@:2}") || exit 1
	for wire in inet native; do
		settle
		naru=$(cost "$1" $wire "${@:2}") || exit 1
		row "$name" "$unit" $wire "$kernel" "$naru"
	done
	[ "$before" = "$(conditions)" ] || die "conditions changed during: $name"
}

# The kernel's own TCP, without naru and with it
kernel_rr() {
	cost veth kernel rr:1 8000 8000 || exit 1
}

kernel_bulk() {
	cost veth kernel bulk 200000000 200000 || exit 1
}

bystander() {
	local rr bulk
	rr=$(kernel_rr) || exit 1
	bulk=$(kernel_bulk) || exit 1
	row "bystander, $1: 1-byte round trip" "ns" inet "$alone_rr" "$rr"
	row "bystander, $1: bulk" "ns/KB" inet "$alone_bulk" "$bulk"
}

# A listener in inet mode, and with it the hooks
listen_inet() {
	ip netns exec "$1" "$tree/build/selftests/net/xfer" -l "$2" -p 9999 -w inet -r "/tmp/bench-$1" -t 100000 >/dev/null 2>&1 &
	until [ -e "/tmp/bench-$1" ]; do
		pause 0.01
	done
}

bystanders() {
	rmmod naru || die "naru does not unload"
	alone_rr=$(kernel_rr) || exit 1
	alone_bulk=$(kernel_bulk) || exit 1
	insmod "$ko" || die "naru does not load"
	bystander "naru idle"
	listen_inet $A 10.0.0.1
	listen_inet $B 10.0.0.2
	bystander "inet listener open"
	kill %1 %2
}

check_guest
hosts
head_line
compare "bulk, veth" "ns/KB" veth bulk 200000000 200000
compare "bulk, loopback" "ns/KB" lo bulk 400000000 400000
compare "sendfile, veth" "ns/KB" veth sendfile 400000000 400000
compare "sendfile, loopback" "ns/KB" lo sendfile 400000000 400000
compare "1-byte round trip, veth" "ns" veth rr:1 8000 8000
compare "16 KB round trip, veth" "ns" veth rr:16384 3000 3000
compare "connect-request-close, client first" "ns" veth crr:client 2000 2000
compare "connect-request-close, server first" "ns" veth crr:server 2000 2000
compare "idle connection, memory" "bytes" veth idle 1000 2000
offloads off
compare "bulk, veth, a segment at a time" "ns/segment" veth bulk 57920000 40000
offloads on
[[ bystander != *"$only"* ]] || bystanders
