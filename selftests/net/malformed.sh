#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Requests that are too short, too long, with unknown and repeated attributes, nested too deep: all are refused with words,
# and nothing is changed.
. "$(dirname "$0")/lib.sh"

new_host "$A"
ip -n "$A" link add wan0 type dummy
ip -n "$A" link set wan0 up
ip -n "$A" addr add 203.0.113.1/24 dev wan0
result "there are sockets to be closed" receive "$A" native 127.0.0.1
result "there are rules" a naru napt rule add dev wan0 src 10.0.0.0/8 to dev wan0
result "there are ports forwarded in" a naru napt map add tcp dev:8080 to 10.0.0.2:80 dev wan0
result "what is wrong is refused, with words" a "$net_tree/selftests/netlink/malformed"
finish
