#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Floods from sources that do not exist: memory stays bounded, connections that are open do not notice
# timeout: 600
. "$(dirname "$0")/lib.sh"

segments=${SEGMENTS:-20000}	# make soak: 200000
bytes=4000000

# request_objects: entries of SYN-RECEIVED that are allocated
request_objects() {
	awk '$1 == "naru_req" { print $3 }' /proc/slabinfo
}

half_open() {
	b naru sock -H state syn-recv | wc -l
}

# A connection to the listener that is flooded, half of its bytes before the flood and half after it has begun
syn_flood() {
	local wire=$1 proto=$2 limit objects most=0 sender
	limit=$(b naru get -n max_syn_backlog)
	receive "$B" "$wire" 10.9.0.2 -k || return
	rm -f "$work/gate" "$work/gate.paused"
	inns "$A" xfer -S -c 10.9.0.2 -p $net_port -w "$wire" -n $bytes -P $((bytes / 2)) -W "$work/gate" &
	sender=$!
	wait_for 60 test -e "$work/gate.paused" || return
	a flood 10.9.0.2 "$net_port" "$proto" 0x02 $((segments / 2)) || return
	most=$(half_open)
	touch "$work/gate"
	a flood 10.9.0.2 "$net_port" "$proto" 0x02 "$segments" || return
	objects=$(request_objects)
	[ "$most" -gt 0 ] && [ "$most" -le "$limit" ] || {
		echo "$most half-open connections, at most $limit are allowed"
		return 1
	}
	# a slab or two of those that RCU has not freed yet, per CPU
	[ "$objects" -le $((limit + 2048)) ] || {
		echo "$objects objects for $limit half-open connections"
		return 1
	}
	wait "$sender" || return
	received 1 $bytes
}

# The listener goes, and what was half-open with it; then all is as before
after_flood() {
	want "half-open connections" "$(half_open)" 0 || return
	transfer "$A" "$1" "$B" "$1" 10.9.0.2 $bytes
}

# Until a segment for nobody is answered: what came for the listener that went may have used up this second's resets
may_reset() {
	local before
	before=$(counter "$B" OUT_RSTS) || return
	a flood 10.9.0.2 9 253 0x10 1 || return
	[ "$(counter "$B" OUT_RSTS)" -gt "$before" ]
}

# Resets to segments for nobody are limited
closed_port() {
	local before after limit start=$SECONDS
	wait_for 20 may_reset || return
	before=$(counter "$B" OUT_RSTS) || return
	a flood 10.9.0.2 9 253 0x10 "$segments" || return
	after=$(counter "$B" OUT_RSTS) || return
	limit=$(b naru get -n rst_ratelimit)
	[ $((after - before)) -gt 0 ] && [ $((after - before)) -le $((2 * limit * (SECONDS - start + 2))) ] || {
		echo "$((after - before)) resets in $((SECONDS - start)) s, $limit a second are allowed"
		return 1
	}
}

hosts
b ip route add default via 10.9.0.1	# the answers go out, and are lost
for wire in inet native; do
	proto=6
	[ $wire = inet ] || proto=253
	result "$((segments * 3 / 2)) SYNs, $wire: an open connection goes on, memory is bounded" syn_flood $wire $proto
	result "afterwards, $wire" after_flood $wire
done
result "$segments segments to a closed port, native" closed_port
finish
