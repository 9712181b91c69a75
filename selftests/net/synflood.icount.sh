#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A flood of SYNs of the size that is asked for, on both wires and families
# timeout: 900
. "$(dirname "$0")/synflood.sh"

syns=${SYNS:-200000} clients=${CLIENTS:-50}
floods
