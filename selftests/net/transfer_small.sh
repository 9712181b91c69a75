#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Cells of transfer.icount.sh with 1 MB each, on two processors and in real time; on the debug kernel with a quarter of
# it. Each impairment meets another pair, all at once meets every pair; loopback is what the programs of uapi use.
# timeout: 600
. "$(dirname "$0")/transfer.sh"

bytes=$((1 << 20))
[ "${NARU_VM:-}" != debug ] || bytes=$((1 << 18))

hosts
all_pairs over_veth $bytes
again hosts_relay
over_relay "inet kernel" IPv4 $bytes "loss 5 %" -l 5
over_relay "kernel inet" IPv6 $bytes "delay 10 ms, reorder 25 %" -D 10 -o 25
over_relay "inet inet" IPv6 $bytes "duplicate 1 %" -d 1
over_relay "native native" IPv4 $bytes "corrupt 1 %" -c 1
all_pairs over_relay $bytes "all at once" -l 5 -D 10 -o 25 -d 1 -c 1
finish
