#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What arrives is what was sent: {naru to kernel, kernel to naru, naru to naru} x {IPv4, IPv6}, and native between
# narus; 64 MB over loopback and over a veth, 4 MB over a link that loses, delays, reorders, duplicates, corrupts.
# timeout: 900
. "$(dirname "$0")/transfer.sh"

hosts
all_pairs over_loopback $((64 << 20))
all_pairs over_veth $((64 << 20))
again hosts_relay
every_impairment $((4 << 20))
finish
