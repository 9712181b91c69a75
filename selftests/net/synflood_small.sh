#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A shorter flood on two processors and in real time: clients, flood and server race; on the debug kernel too
# timeout: 300
. "$(dirname "$0")/synflood.sh"

syns=${SYNS:-20000} clients=${CLIENTS:-10}
[ "${NARU_VM:-}" != debug ] || syns=5000 clients=3
floods
