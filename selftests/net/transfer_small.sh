#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The cells of transfer.icount.sh with 1 MB each, on two processors and in real time: also for the debug kernel
# timeout: 600
. "$(dirname "$0")/transfer.sh"

hosts
all_pairs over_loopback $((1 << 20))
all_pairs over_veth $((1 << 20))
again hosts_relay
every_impairment $((1 << 20))
finish
