#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tracepoints: what is sent again and what is dropped on a bad link is told of
. "$(dirname "$0")/lib.sh"

tracer=/sys/kernel/tracing/instances/naru-$$
on_kernel && echo "1..0 # SKIP the kernel's TCP has tracepoints of its own" && exit 4

end_tracer() {
	[ ! -e "$tracer" ] || {
		echo 0 >"$tracer/events/naru/enable"
		rmdir "$tracer"
	}
}

# inode NS: what the tracepoints call it
inode() {
	stat -L -c %i "/run/netns/$1"
}

# events NS NAME TEXT: how many
events() {
	grep -cE " $2: netns=$(inode "$1") .*$3" "$work/trace"
}

# A transfer from A to B on a link that loses and corrupts
harmed() {
	local wire=$1 addr=$2 number=$3 remote sent_again before bad_before bad n
	remote="remote=\[[^]]*$addr\]"
	before=$(counter "$A" RETRANS_SEGS) && bad_before=$(counter "$B" DROP_BAD_CSUM) || return
	echo >"$tracer/trace"
	relay_on -l 3 -c 3 || return
	transfer "$A" "$wire" "$B" "$wire" "$addr" 200000 || return
	relay_off || return
	echo "$relay_said"
	cp "$tracer/trace" "$work/trace"
	grep -m 20 -v '^#' "$work/trace"
	sent_again=$(counter "$A" RETRANS_SEGS) && bad=$(counter "$B" DROP_BAD_CSUM) || return
	n=$(events "$A" naru_retransmit "wire=$number .*$remote:$net_port seq=[0-9]+ len=[0-9]+ ")
	echo "sent again: $n events, counted $((sent_again - before))"
	[ "$n" -ge 1 ] && [ "$n" -le $((sent_again - before)) ] || return
	n=$(events "$B" naru_drop "len=[0-9]+ reason=BAD_CSUM")
	want "drops told of" "$n" $((bad - bad_before)) || return
	[ "$n" -ge 1 ]
}

trap 'end_tracer; cleanup' EXIT
hosts_relay
mkdir "$tracer" || exit 1
echo 1 >"$tracer/events/naru/naru_retransmit/enable" || exit 1
echo 1 >"$tracer/events/naru/naru_drop/enable" || exit 1
result "retransmissions and drops, inet, IPv4" harmed inet 10.9.0.2 6
result "retransmissions and drops, native, IPv6" harmed native fd09::2 253
finish
