#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The first data of a connection races with the handshake's ACK: the <SYN,ACK> is received on CPU 1, the program runs on 0
. "$(dirname "$0")/lib.sh"

count=${HANDSHAKES:-500}

# No segment was lost to it in B
nothing_dropped() {
	on_kernel && return
	want "segments dropped" "$(counter "$B" DROP_LISTEN_RACE)" 0 || return
	want "resets sent" "$(counter "$B" OUT_RSTS)" 0
}

race() {
	local wire=$1 addr=$2 server
	net_port=$((net_port + 1))
	rm -f "$work/listens"
	inns "$B" handshakes -l "$addr" -p "$net_port" -w "$wire" -n "$count" -r "$work/listens" &
	server=$!
	wait_for 20 test -e "$work/listens" || return
	opens "$count" "$count" inns "$A" handshakes -c "$addr" -p "$net_port" -w "$wire" -n "$count" || {
		kill "$server"
		return 1
	}
	wait "$server" && nothing_dropped
}

hosts
ip netns exec "$A" sh -c 'echo 2 >/sys/class/net/a0/queues/rx-0/rps_cpus' || exit 1
result "data sent while the handshake's ACK is on its way, inet, IPv4" race inet 10.9.0.2
on_kernel || result "data sent while the handshake's ACK is on its way, native, IPv6" race native fd09::2
finish
