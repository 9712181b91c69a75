#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Pacing (RFC 7661 4.4.2): fq on the way out sends naru's segments one after another at the rate of the window and the
# round-trip time, without being asked to.
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP fq paces the kernel's TCP" && exit 4
[ "${NARU_VM:-}" != debug ] || { echo "1..0 # SKIP the debug kernel has no fq" && exit 4; }

# throttled: how many times fq has made a flow wait
throttled() {
	a tc -s qdisc show dev a0 | sed -n 's/.*highprio.* throttled \([0-9]*\).*/\1/p'
}

paced() {
	a tc qdisc replace dev a0 root fq || return
	transfer "$A" "$1" "$B" "$2" "$3" 1000000 || return
	a tc -s qdisc show dev a0
	[ "$(throttled)" -gt 0 ]
}

hosts || exit 1
b tc qdisc add dev b0 root netem delay 20ms
for to in 10.9.0.2 fd09::2; do
	result "fq paces naru to the kernel's TCP, $to" paced inet kernel $to
	result "fq paces native streams, $to" paced native native $to
done
finish
