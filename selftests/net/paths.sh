#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a route says of its path (ip-route(8)) is honoured, and what ICMP says of the path's MTU is remembered for all
# connections, and forgotten. A is naru, or the kernel's TCP with NARU_TEST_KERNEL=1
# timeout: 600
. "$(dirname "$0")/lib.sh"

# route [METRIC]...: of A to where B is
route() {
	a ip route replace 10.9.2.0/24 via 10.9.1.254 "$@" && a ip -6 route replace fd09:2::/64 via fd09:1::fe "$@"
}

# headers: bytes of IP's and TCP's
headers() {
	if [[ $dst == *:* ]]; then echo 60; else echo 40; fi
}

# out [STEP]... [-- STEP...]: A connects to B; in_: B to A
out() {
	meet "$A" "$wire" "$B" "$peer" "$dst" "$@"
}

in_() {
	meet "$B" "$peer" "$A" "$wire" "$src" "$@"
}

# numbers: what is there from the beginning, or with the first round trip
numbers() {
	local n
	route advmss 1000 initcwnd 23 rto_min 3s hoplimit 33 || return
	watch "$(if [[ $dst == *:* ]]; then echo ip6 hoplimit 32; else echo ip ttl 32; fi)" || return
	out send=1 -- get=1 && says server snd_mss $((1000 - 12)) && says asker first_cwnd 23 &&
		at_least "$(told asker rto)" 3000000 || return
	in_ -- send=1 && says asker snd_mss $((1000 - 12)) && says server first_cwnd 23 || return
	wait_for 10 ended || return
	read -r -a n <<<"$(counted)"
	want "with the hop limit" "${n[0]}" "${n[1]}" || return
	route && out && says asker first_cwnd 10
}

at_least() {
	[ "$1" -ge "$2" ] || want "at least" "$1" "$2"
}

# The window that the peer has seen behind the handshake; ours is scaled by then, in steps of 128 bytes at most
near() {
	on_kernel && [ "$2" -le "$3" ] && return
	[ "$2" -lt $(($3 + 128)) ] && [ "$2" -gt $(($3 - 128)) ] || want "$@"
}

windows() {
	local mss=$((1500 - $(headers)))
	route initrwnd 4 && out && near "window of the SYN" "$(told server snd_wnd)" $((4 * mss)) || return
	in_ && near "window of the <SYN,ACK>" "$(told asker snd_wnd)" $((4 * (mss - 12))) || return
	transfer "$B" "$peer" "$A" "$wire" "$src" 300000 || return
	route window 20000 && out && near "window" "$(told server snd_wnd)" 20000 || return
	in_ && near "window of the answer" "$(told asker snd_wnd)" 20000 || return
	transfer "$B" "$peer" "$A" "$wire" "$src" 300000
}

congctl() {
	route congctl reno && out congestion=cubic && says asker congestion cubic || return
	out congestion && says asker congestion reno || return
	in_ -- congestion && says server congestion reno || return
	route congctl lock reno && out congestion=cubic && says asker congestion EPERM || return
	in_ -- congestion=cubic && says server congestion EPERM || return
	route && out congestion=cubic && says asker congestion cubic
}

delayed() {
	counter_of_a DelayedACKs DELAYED_ACKS
}

# Once the ACKs of the start are used up A delays them, or not
quickack() {
	local was
	was=$(delayed) && route && in_ drip=20 -- get=20 || return
	[ "$(delayed)" -gt "$was" ] || {
		echo "without the metric no ACK was delayed"
		return 1
	}
	was=$(delayed) && route quickack 1 && in_ drip=20 -- get=20 && want "delayed" "$(delayed)" "$was"
}

# watch EXPRESSION: B counts what comes so
watch() {
	b nft -f - <<-END
		table inet t { }
		delete table inet t
		table inet t {
			counter so { }
			counter any { }
			chain in {
				type filter hook input priority 0; policy accept;
				meta l4proto { 6, 253 } counter name any
				meta l4proto { 6, 253 } $1 counter name so
			}
		}
	END
}

# counted: "SO ALL", packets
counted() {
	b nft list counters table inet t | awk '/packets/ { print $2 }' | xargs
}

# Nothing is on its way that would be counted later
ended() {
	[ -z "$(a ss -Htan state connected "dport = :$net_port or sport = :$net_port")" ] &&
		{ on_kernel || ! a naru sock -j | grep -q '"state": *"\(fin\|last\|clos\)'; }
}

pmtu_is() {
	out && says asker pmtu "$1"
}

# B does not know: it takes more than the router lets through
set_mtu() {
	ip -n "$R" link set rb mtu "$1"
}

forget() {
	ip -n "$A" route flush cache
	ip -n "$A" -6 route flush cache
}

reductions() {
	if on_kernel; then echo 0; else counter "$A" PMTU_REDUCED; fi
}

# remembered: the next connection knows what ICMP has told the one before, and in time all forget
remembered() {
	local was
	route && forget && set_mtu 1300 && a sysctl -qw net.ipv4.route.mtu_expires=600 net.ipv6.route.mtu_expires=600 || return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 100000 && was=$(reductions) || return
	pmtu_is 1300 && transfer "$A" "$wire" "$B" "$peer" "$dst" 100000 && want "told again" "$(reductions)" "$was" || return
	set_mtu 1500 && forget && pmtu_is 1500
}

expires() {
	route && forget && set_mtu 1300 && a sysctl -qw net.ipv4.route.mtu_expires=2 net.ipv6.route.mtu_expires=2 || return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 100000 && set_mtu 1500 && wait_for 60 pmtu_is 1500
}

# The route's MTU is not to change: routers cut, with no DF in IPv4
mtu_lock() {
	local was
	[[ $dst != *:* ]] || return 0
	a ip route replace 10.9.2.0/24 via 10.9.1.254 mtu lock 1500 && forget && set_mtu 1300 && was=$(reductions) || return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 100000 && want "reductions" "$(reductions)" "$was" && pmtu_is 1500 || return
	set_mtu 1500
}

mtu() {
	route mtu 1300 && pmtu_is 1300 && says asker snd_mss $((1300 - $(headers) - 12)) || return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 100000 && route && pmtu_is 1500
}

# All packets of a direction have a label, which another connection has not
flow_labels() {
	local n
	[[ $dst == *:* ]] || return 0
	a sysctl -qw net.ipv6.auto_flowlabels=1 && route && watch "ip6 flowlabel != 0" || return
	out send=1 -- get=1 && wait_for 10 ended || return
	read -r -a n <<<"$(counted)"
	want "with a label" "${n[0]}" "${n[1]}" || return
	a sysctl -qw net.ipv6.auto_flowlabels=0 && watch "ip6 flowlabel != 0" && out send=1 -- get=1 || return
	wait_for 10 ended || return
	read -r -a n <<<"$(counted)"
	want "with a label where there are none" "${n[0]}" 0
}

hosts_router
a sysctl -qw net.ipv4.tcp_ecn=2
wires=(inet native)
! on_kernel || wires=(kernel)
for wire in "${wires[@]}"; do
	peer=$wire
	[ "$wire" = native ] || peer=kernel
	for ends in "10.9.1.1 10.9.2.2 IPv4" "fd09:1::1 fd09:2::2 IPv6"; do
		read -r src dst family <<<"$ends"
		for what in ${1:-numbers windows congctl quickack mtu remembered expires mtu_lock flow_labels}; do
			result "$what, $wire, $family" "$what"
		done
		route
	done
done
finish
