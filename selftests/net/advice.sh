#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# RFC 9293 3.8.3 (MUST-20a), RFC 1122 3.3.1.4: where a peer does not answer R1 retransmissions, IP hears that the route
# may be bad. It is asked here: a probe stands where the kernel takes negative advice.
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the probe looks for naru's stack" && exit 4

advice=/sys/kernel/tracing/instances/naru-advice-$$
probe=$advice/events/naru_advice

watch_advice() {
	echo 'p:naru_advice/v4 ipv4_negative_advice' >>"$probes" || return
	echo 'p:naru_advice/v6 ip6_negative_advice' >>"$probes" || return
	mkdir "$advice" || return
	echo 1 >"$advice/options/sym-offset" || return	# names the module of a function, too
	echo stacktrace >"$probe/v4/trigger" || return
	echo stacktrace >"$probe/v6/trigger" || return
	echo 1 >"$probe/enable"
}

unwatch_advice() {
	[ ! -e "$advice" ] || {
		echo 0 >"$probe/enable"
		echo '!stacktrace' >"$probe/v4/trigger"
		echo '!stacktrace' >"$probe/v6/trigger"
		rmdir "$advice"
	}
	! grep -q naru_advice "$probes" || printf '%s\n' -:naru_advice/v4 -:naru_advice/v6 >>"$probes"
}

# advised VERSION: naru has advised IP of that version
advised() {
	grep -q "$1: (ip.*_negative_advice" "$advice/trace" && grep -q '\[naru\]' "$advice/trace"
}

# silent WIRE ADDRESS VERSION: the peer answers no more, in the middle of a transfer
silent() {
	local wire=$1 addr=$2 version=$3 rtos=0 before sender
	a naru set retries1=2 >/dev/null || return
	receive "$B" "$wire" "$addr" || return
	rm -f "$work/gate" "$work/gate.paused"
	inns "$A" xfer -S -c "$addr" -p "$net_port" -w "$wire" -n 200000 -P 100000 -W "$work/gate" &
	sender=$!
	wait_for 60 test -e "$work/gate.paused" || return
	before=$(counter "$A" RTOS)
	echo >"$advice/trace"
	b nft 'add table inet cut; add chain inet cut in { type filter hook input priority 0; policy drop; }' || return
	touch "$work/gate"
	wait_for 20 advised "$version" && rtos=$(($(counter "$A" RTOS) - before))
	b nft delete table inet cut
	wait "$sender" && received 1 200000 || return
	grep -m 30 -v '^#' "$advice/trace"
	echo "$rtos retransmission timeouts before it was heard"
	[ "$rtos" -gt 2 ]
}

trap 'unwatch_advice; cleanup' EXIT
hosts
watch_advice || exit 1
result "native, IPv4" silent native 10.9.0.2 v4
result "native, IPv6" silent native fd09::2 v6
result "inet, IPv4" silent inet 10.9.0.2 v4
result "inet, IPv6" silent inet fd09::2 v6
finish
