#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Cells of transfer.icount.sh with 1 MB each, on two processors and in real time: also for the debug kernel. Each
# impairment meets another pair, all at once meets every pair.
# timeout: 600
. "$(dirname "$0")/transfer.sh"

hosts
all_pairs over_loopback $((1 << 20))
all_pairs over_veth $((1 << 20))
again hosts_relay
over_relay "inet kernel" IPv4 $((1 << 20)) "loss 5 %" -l 5
over_relay "kernel inet" IPv6 $((1 << 20)) "delay 10 ms, reorder 25 %" -D 10 -o 25
over_relay "inet inet" IPv6 $((1 << 20)) "duplicate 1 %" -d 1
over_relay "native native" IPv4 $((1 << 20)) "corrupt 1 %" -c 1
all_pairs over_relay $((1 << 20)) "all at once" -l 5 -D 10 -o 25 -d 1 -c 1
finish
