#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What happens to interfaces, addresses and routes while a connection lives, and it goes on
# timeout: 300
. "$(dirname "$0")/lib.sh"

bytes=1000000

timed_out() {
	[ "$(counter "$A" RTOS)" -gt "$1" ]
}

# meanwhile WIRE ADDRESS BREAK REPAIR: what is sent when BREAK has been done arrives when REPAIR has been done
meanwhile() {
	local wire=$1 addr=$2 broken=$3 repair=$4 before sender
	before=$(counter "$A" RTOS) || return
	receive "$B" "$wire" "$addr" || return
	rm -f "$work/gate" "$work/gate.paused"
	inns "$A" xfer -S -c "$addr" -p $net_port -w "$wire" -n $bytes -P $((bytes / 2)) -W "$work/gate" &
	sender=$!
	wait_for 20 test -e "$work/gate.paused" || return
	$broken || return
	touch "$work/gate"
	[ "$repair" = : ] || wait_for 20 timed_out "$before" || return
	$repair || return
	wait "$sender" || return
	received 1 $bytes
}

interface_down() {
	ip -n "$A" link set a0 down
}

# With the interface IPv6 has lost its addresses, and both their routes
interface_up() {
	ip -n "$A" link set a0 up
	ip -n "$A" addr replace fd09:1::1/64 dev a0 nodad
	ip -n "$A" route replace default via 10.9.1.254
	ip -n "$A" route replace default via fd09:1::fe
}

address_gone() {
	ip -n "$A" addr del 10.9.1.1/24 dev a0
	ip -n "$A" addr del fd09:1::1/64 dev a0
	! a ip route get 10.9.2.2 2>/dev/null
}

address_back() {
	address "$A" a0 10.9.1.1/24 fd09:1::1/64
	ip -n "$A" route replace default via 10.9.1.254
	ip -n "$A" route replace default via fd09:1::fe
}

route_over_second() {
	sent_second=$(sent_by a1)
	ip -n "$A" route replace 10.9.2.0/24 via 10.9.3.254 src 10.9.1.1
	ip -n "$A" route replace fd09:2::/64 via fd09:3::fe src fd09:1::1
}

sent_by() {
	ip netns exec "$A" cat "/sys/class/net/$1/statistics/tx_bytes"
}

# Another route in mid-connection: what is sent then takes it
rerouted() {
	meanwhile "$1" "$2" route_over_second : || return
	[ $(($(sent_by a1) - sent_second)) -ge $((bytes / 2)) ] || {
		echo "only $(($(sent_by a1) - sent_second)) bytes went by the second interface"
		return 1
	}
	ip -n "$A" route del 10.9.2.0/24 via 10.9.3.254
	ip -n "$A" route del fd09:2::/64 via fd09:3::fe
}

hosts_router
link_hosts "$A" a1 "$R" ra1
address "$A" a1 10.9.3.1/24 fd09:3::1/64
address "$R" ra1 10.9.3.254/24 fd09:3::fe/64
for wire in inet native; do
	for addr in 10.9.2.2 fd09:2::2; do
		result "the route changes, $wire $addr" rerouted $wire $addr
		result "the interface goes down and up, $wire $addr" meanwhile $wire $addr interface_down interface_up
		result "the address goes and comes back, $wire $addr" meanwhile $wire $addr address_gone address_back
	done
done
finish
