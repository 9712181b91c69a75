#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A router drops what is larger than 1280 bytes and says nothing (RFC 4821): what A sends arrives nevertheless, in packets
# that are soon as large as can be, and larger again when the router takes more. A is naru, or the kernel's TCP with
# NARU_TEST_KERNEL=1
# timeout: 400
. "$(dirname "$0")/lib.sh"

# mode NUMBER
mode() {
	if on_kernel; then
		a sysctl -qw net.ipv4.tcp_mtu_probing="$1" net.ipv4.tcp_probe_interval="${2:-600}"
	else
		a naru set mtu_probing="$1" probe_interval="${2:-600}"
	fi
}

# hole BYTES: what is larger vanishes
hole() {
	ip -n "$R" link set rb mtu "$1"
}

# silence: R tells nobody
silence() {
	r nft -f - <<-END
		table inet t {
			chain out {
				type filter hook output priority 0; policy accept;
				icmp type destination-unreachable drop
				icmpv6 type packet-too-big drop
			}
		}
	END
}

# mss BYTES: payload of a packet of that size
mss() {
	if [[ $dst == *:* ]]; then echo $(($1 - 72)); else echo $(($1 - 52)); fi
}

count() {
	if on_kernel; then echo 0; else counter "$A" "$1"; fi
}

# grew NAME WAS: the counter has
grew() {
	on_kernel || [ "$(count "$1")" -gt "$2" ] || want "$1" "$(count "$1")" "more than $2"
}

# Nothing large comes through, from the first packet on
black_hole() {
	local was
	mode 1 && hole 1280 && was=$(count MTU_BLACK_HOLES) || return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 1000000 && grew MTU_BLACK_HOLES "$was"
}

# It is found how much does, and how much does later
found() {
	local passed failed steps=(grow="$(mss 1280)" pause="$work/gate" grow="$(mss 1500)")
	mode 1 1 && hole 1280 && passed=$(count MTU_PROBE_SUCCESS) && failed=$(count MTU_PROBE_FAIL) || return
	rm -f "$work/gate" "$work/gate.paused"
	meet "$A" "$wire" "$B" "$peer" "$dst" "${steps[@]}" -- get=100000000 &
	wait_for 120 test -e "$work/gate.paused" || return
	hole 1500
	: >"$work/gate"
	wait $! && says asker first_mss "$(mss 1500)" && grew MTU_PROBE_SUCCESS "$passed" && grew MTU_PROBE_FAIL "$failed"
}

# From the beginning, where nothing vanishes: no packet is lost for it
always() {
	local failed
	mode 2 && hole 1500 && failed=$(count MTU_PROBE_FAIL) || return
	meet "$A" "$wire" "$B" "$peer" "$dst" grow="$(mss 1500)" -- get=100000000 || return
	says asker first_mss 1024 && says asker total_retrans 0 && want "probes lost" "$(count MTU_PROBE_FAIL)" "$failed" ||
		return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 1000000
}

# What vanishes are probes alone: the window is not reduced, and no timeout comes
always_hole() {
	local rtos entered
	mode 2 && hole 1280 && rtos=$(count RTOS) && entered=$(count RECOVERY_ENTER) || return
	meet "$A" "$wire" "$B" "$peer" "$dst" grow="$(mss 1280)" -- get=100000000 || return
	on_kernel || {
		want "timeouts" "$(count RTOS)" "$rtos" && want "recoveries" "$(count RECOVERY_ENTER)" "$entered"
	} || return
	says asker snd_ssthresh $((0x7fffffff)) && transfer "$A" "$wire" "$B" "$peer" "$dst" 1000000
}

rtos() {
	counter_of_a TCPTimeouts RTOS
}

timed_out() {
	[ "$(rtos)" -ge "$1" ]
}

# Without the setting nothing helps, which is what the others are measured by
off() {
	local code=0 was holes
	mode 0 && hole 1280 && was=$(rtos) && holes=$(count MTU_BLACK_HOLES) && receive "$B" "$peer" "$dst" || return
	inns "$A" xfer -S -c "$dst" -p "$net_port" -w "$wire" -n 100000 &
	wait_for 60 timed_out $((was + 5)) && want "found" "$(count MTU_BLACK_HOLES)" "$holes" || code=1
	gone $! && code=1
	kill $! "$receiver_pid"
	wait $! "$receiver_pid" 2>/dev/null
	return $code
}

hosts_router
silence
wires=(inet native) all="off black_hole found always always_hole"
! on_kernel || wires=(kernel) all="off black_hole"
for wire in "${wires[@]}"; do
	peer=$wire
	[ "$wire" = native ] || peer=kernel
	for ends in "10.9.2.2 IPv4" "fd09:2::2 IPv6"; do
		read -r dst family <<<"$ends"
		for what in ${1:-$all}; do
			result "$what, $wire, $family" "$what"
		done
	done
done
finish
