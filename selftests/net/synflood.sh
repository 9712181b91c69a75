# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# SYNs from sources that do not exist, and real clients among them: every one of their connections opens. RFC 4987.
# Sourced by synflood.icount.sh and synflood_small.sh, which say how many SYNs and clients: $syns, $clients. The flood
# of the native listener is a quarter of that: it is the same listener.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# request_objects: entries of SYN-RECEIVED that are allocated
request_objects() {
	awk '$1 == "naru_req" { print $3 }' /proc/slabinfo
}

request_bytes() {
	awk '$1 == "naru_req" { print $4 }' /proc/slabinfo
}

half_open() {
	b naru sock -H state syn-recv | wc -l
}

queue_full() {
	[ "$(half_open)" -ge "$(b naru get -n max_syn_backlog)" ]
}

# Real clients, one after the other; each sends 2000 bytes and reads them back, and both ends know what they should be
round() {
	local kind=$1 addr=$2
	a many -c "$addr" -p "$net_port" -w "$kind" -n "$clients" -b 2000 -1 || {
		echo "a client on $kind failed"
		return 1
	}
}

# No more is kept of a flood than max_syn_backlog allows, however long it is
bounded() {
	local limit objects most
	limit=$(b naru get -n max_syn_backlog)
	most=$(half_open) objects=$(request_objects)
	echo "$most half-open connections, $objects objects of $(request_bytes) bytes" | tee -a "$work/kept"
	# a slab or two of those that RCU has not freed yet, per CPU
	[ "$most" -le "$limit" ] && [ "$objects" -le $((limit + 2048)) ]
}

# keep_flooding ADDRESS PROTOCOL COUNT: once at least, and until $work/calm is there
keep_flooding() {
	while inns "$A" flood "$1" "$net_port" "$2" 0x02 "$3"; do
		[ ! -e "$work/calm" ] || return 0
	done
	return 1
}

# under_flood WIRE ADDRESS KIND...: clients of each kind while the flood lasts, and once more when it is over
under_flood() {
	local wire=$1 addr=$2 proto=6 syns=$syns kind count before flood server
	shift 2
	[ "$wire" = inet ] || { proto=253 syns=$native_syns; }
	count=$(((2 * $#) * clients))
	net_port=$((net_port + 1))
	rm -f "$work/listens" "$work/calm"
	before=$(counter "$B" SYNCOOKIES_RECV) || return
	inns "$B" many -l "$addr" -p "$net_port" -w "$wire" -n $count -r "$work/listens" &
	server=$!
	wait_for 20 test -e "$work/listens" || return
	keep_flooding "$addr" $proto "$syns" &
	flood=$!
	wait_for 60 queue_full || return
	for kind in "$@"; do
		round "$kind" "$addr" || return
	done
	touch "$work/calm"
	: >"$work/kept"
	bounded && wait $flood && bounded || return
	for kind in "$@"; do
		round "$kind" "$addr" || return
	done
	wait $server || return
	want "connections by cookie" $(($(counter "$B" SYNCOOKIES_RECV) - before)) $count
}

# The same as a result, and what was kept while the flood lasted and after it
flood_result() {
	result "$@"
	sed 's/^/# /' "$work/kept"
}

floods() {
	native_syns=$((syns / 4))
	hosts
	b ip route add default via 10.9.0.1	# the answers go out, and are lost
	b ip -6 route add default via fd09::1
	flood_result "$syns SYNs, inet, IPv4: every connection opens" under_flood inet 10.9.0.2 inet kernel
	flood_result "$syns SYNs, inet, IPv6: every connection opens" under_flood inet fd09::2 inet kernel
	flood_result "$native_syns SYNs, native, IPv4: every connection opens" under_flood native 10.9.0.2 native
	flood_result "$native_syns SYNs, native, IPv6: every connection opens" under_flood native fd09::2 native
	finish
}
