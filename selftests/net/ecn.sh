#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ECN (RFC 3168): a router between naru and the kernel's TCP, or naru, marks segments instead of dropping them. Who receives
# echoes, who sends slows down and says so; what is ECT is so because both ends have agreed on it.
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP has settings of its own" && exit 4

bytes=$((1 << 20))
flags="meta l4proto { 6, 253 } @th,104,8 &"	# SYN 0x02, ECE 0x40, CWR 0x80

# watch [RULE]: R marks every twentieth packet that may be marked, and counts anew
watch() {
	r nft -f - <<-END
		table inet t { }
		delete table inet t
		table inet t {
			counter marked { }
			counter asked { }
			counter told { }
			chain forward {
				type filter hook forward priority 0; policy accept;
				ip ecn ect0 numgen inc mod 20 0 ip ecn set ce counter name marked
				ip6 ecn ect0 numgen inc mod 20 0 ip6 ecn set ce counter name marked
				$flags 0xc2 == 0xc2 counter name asked ${1:-}
				$flags 0x82 == 0x80 counter name told
			}
		}
	END
}

unwatch() {
	r nft list counters
	r nft delete table inet t
}

# seen COUNTER: packets
seen() {
	r nft list counter inet t "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

# figures NS: naru's counters, and the kernel's
figures() {
	inns "$1" naru stat -a && inns "$1" nstat -asz
}

begin() {
	figures "$A" >"$work/$A.was" && figures "$B" >"$work/$B.was" && watch "$@"
}

# since NS NAME: by how much a figure has grown since begin
since() {
	figures "$1" | awk -v name="$2" '$1 == name { n[FILENAME] = $2; found++ }
		END { if (found == 2) print n["-"] - n[was] }' was="$work/$1.was" "$work/$1.was" -
}

# some WHAT IS: more than none
some() {
	[ "$2" -gt 0 ] || {
		echo "$1: $2"
		return 1
	}
}

# naru_slows_down NS: it has heard of marks, and has told of every reduction once
naru_slows_down() {
	some "reductions" "$(since "$1" ECN_REDUCED)" && some "told" "$(seen told)" || return
	[ "$(seen told)" -le $(($(since "$1" ECN_REDUCED) + $(since "$1" RECOVERY_ENTER) + $(since "$1" RTOS))) ]
}

# naru_sends WIRE WIRE ADDRESS: A's naru to B
naru_sends() {
	begin || return
	transfer "$A" "$1" "$B" "$2" "$3" "$bytes" || return
	want "asked" "$(seen asked)" 1 && some "marked" "$(seen marked)" && naru_slows_down "$A" || return
	if [ "$2" = kernel ]; then
		some "marks that the kernel has seen" $(($(since "$B" IpExtInCEPkts) + $(since "$B" Ip6InCEPkts))) || return
	else
		some "marks that naru has seen" "$(since "$B" ECN_CE)" || return
	fi
	unwatch
}

# kernel_sends ADDRESS: B's kernel to A's naru
kernel_sends() {
	begin || return
	transfer "$B" kernel "$A" inet "$1" "$bytes" || return
	want "asked" "$(seen asked)" 1 && some "marked" "$(seen marked)" || return
	some "marks that naru has seen" "$(since "$A" ECN_CE)" || return
	some "echoes that the kernel has seen" "$(since "$B" TcpExtTCPDeliveredCE)" || return
	some "told" "$(seen told)" && unwatch
}

# not_used ASKED COMMAND...: nothing is ECT
not_used() {
	local asked=$1
	shift
	begin || return
	"$@" || return
	want "asked" "$(seen asked)" "$asked" && want "marked" "$(seen marked)" 0 && unwatch
}

# A firewall that takes the flags for an attack
firewall() {
	begin drop || return
	transfer "$A" "$1" "$B" "$2" "$3" 100000 || return
	want "asked" "$(seen asked)" 1 && want "marked" "$(seen marked)" 0 && unwatch
}

# The route asks, and has the listener agree, where the setting does not
by_route() {
	local code=0
	a naru set ecn=2 && ip -n "$A" route change default via 10.9.1.254 features ecn || return
	naru_sends inet kernel 10.9.2.2 || code=1
	a naru set ecn=0 && kernel_sends 10.9.1.1 || code=1
	ip -n "$A" route change default via 10.9.1.254 && not_used 1 transfer "$B" kernel "$A" inet 10.9.1.1 100000 || code=1
	a naru set ecn=1
	return $code
}

# A queue that fills, and marks
queue() {
	local code=0 bytes=$((4 << 20))
	r tc qdisc add dev rb root handle 1: tbf rate 20mbit burst 20k limit 10m &&
		r tc qdisc add dev rb parent 1: fq_codel ecn || return
	begin || return
	r nft flush chain inet t forward || return
	transfer "$A" inet "$B" kernel "$1" "$bytes" || code=1
	r tc -s qdisc show dev rb
	some "reductions" "$(since "$A" ECN_REDUCED)" || code=1
	r tc qdisc del dev rb root && r nft delete table inet t && return $code
}

shows_echoes() {
	a naru sock -i dport "$net_port" >"$work/sender" && grep -w delivered_ce "$work/sender"
}

# Behind a pause in the middle of a transfer
shown() {
	watch || return
	rm -f "$work"/gate*
	receive "$B" native 10.9.2.2 || return
	inns "$A" xfer -S -c 10.9.2.2 -p "$net_port" -w native -n 1000000 -P 500000 -W "$work/gate" &
	wait_for 30 test -e "$work/gate.paused" || return
	wait_for 30 shows_echoes || return
	grep 'ecn:true ecnseen:false' "$work/sender" || return		# nothing of the receiver's is ECT
	b naru sock -i sport "$net_port" | grep 'ecn:true ecnseen:true' || return
	touch "$work/gate"
	received 1 1000000 && unwatch
}

hosts_router
a naru set ecn=1
b naru set ecn=2
b sysctl -qw net.ipv4.tcp_ecn=1
for to in 10.9.2.2 fd09:2::2; do
	result "naru sends, the kernel echoes, $to" naru_sends inet kernel $to
	result "naru sends, naru echoes, inet, $to" naru_sends inet inet $to
	result "naru sends, naru echoes, native, $to" naru_sends native native $to
	result "a firewall drops SYNs that ask, $to" firewall inet kernel $to
	result "a queue marks, $to" queue $to
done
for to in 10.9.1.1 fd09:1::1; do
	result "the kernel sends, naru echoes, $to" kernel_sends $to
done
result "the route's features" by_route
result "naru sock -i" shown
inns "$A" ethtool -K a0 tso off gso off >/dev/null
for wire in inet native; do
	result "CWR is on the first segment alone where the host splits, $wire" naru_sends $wire $wire 10.9.2.2
done
inns "$A" ethtool -K a0 tso on gso on >/dev/null
inns "$B" ethtool -K b0 gro on >/dev/null
for wire in inet native; do
	result "marks of joined segments, $wire" naru_sends $wire $wire 10.9.2.2
done
a naru set ecn=2
result "not asked for" not_used 0 transfer "$A" inet "$B" kernel 10.9.2.2 100000
a naru set ecn=0
result "refused" not_used 1 transfer "$B" kernel "$A" inet 10.9.1.1 100000
finish
