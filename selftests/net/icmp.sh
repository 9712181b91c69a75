#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ICMP errors: what concerns a connection is believed, what is forged changes nothing
# timeout: 300
. "$(dirname "$0")/lib.sh"

# Numbers of a protocol, as nft and the wire have them
proto_of() {
	if [ "$1" = native ] && ! on_kernel; then echo 253; else echo 6; fi
}

# port_unreachable WIRE ADDRESS: a SYN that is answered so gives ECONNREFUSED
port_unreachable() {
	local wire=$1 addr=$2
	b nft -f - <<-END || return
		table inet t {
			chain in {
				type filter hook input priority 0; policy accept;
				meta l4proto $(proto_of "$wire") reject with icmpx type port-unreachable
			}
		}
	END
	a xfer -S -c "$addr" -p 7777 -w "$wire" -t 60 2>&1 | tee "$work/refused"
	b nft delete table inet t
	grep -q 'Connection refused' "$work/refused"
}

# RTOs that HOST has counted
rtos() {
	if on_kernel; then
		inns "$1" nstat -asz TcpExtTCPTimeouts | awk '/TCPTimeouts/ { print $2 }'
	else
		counter "$1" RTOS
	fi
}

# set_mtu BYTES: of the link between R and B
set_mtu() {
	ip -n "$R" link set rb mtu "$1"
	ip -n "$B" link set b0 mtu "$1"
}

# send_and_pause WIRE WIRE ADDRESS: A's sender stops half-way, with what it has sent still on its way
bytes=$((3 << 20))
send_and_pause() {
	rm -f "$work/gate" "$work/gate.paused"
	receive "$B" "$2" "$3" || return
	inns "$A" xfer -S -c "$3" -p "$net_port" -w "$1" -n "$bytes" -P $((bytes / 2)) -W "$work/gate" \
		2>"$work/sender.err" &
	sender_pid=$!
	wait_for 60 test -e "$work/gate.paused" || {
		cat "$work/sender.err"
		return 1
	}
}

go_on() {
	touch "$work/gate"
	wait "$sender_pid" || {
		cat "$work/sender.err"
		return 1
	}
	received 1 "$bytes"
}

# The route's MTU falls in mid-transfer: found out with no more than one RTO
mtu_falls() {
	local before after reduced now
	set_mtu 1500
	before=$(rtos "$A") || return
	on_kernel || reduced=$(counter "$A" PMTU_REDUCED) || return
	send_and_pause "$1" "$2" "$3" || return
	set_mtu 1280
	go_on || return
	after=$(rtos "$A") || return
	echo "RTOs: $before before, $after after"
	[ $((after - before)) -le 1 ] || return
	on_kernel || {
		now=$(counter "$A" PMTU_REDUCED) || return
		[ "$now" -gt "$reduced" ] || {
			echo "the path MTU was never reduced"
			return 1
		}
	}
	ip -n "$A" route flush cache
	ip -n "$A" -6 route flush cache
}

sniff_on() {
	rm -f "$work/sniffs"
	inns "$1" sniff "$2" -v -R "$work/sniffs" >"$work/segments" 2>&1 &
	sniffer=$!
	wait_for 20 test -e "$work/sniffs"
}

sniff_off() {
	kill "$sniffer"
	wait "$sniffer"
}

# The last segment from A to the port in use: "SPORT SEQ BYTES"
last_segment() {
	awk -v p="$net_port" '$3 == p { last = $2 " " $4 " " $7 } END { print last }' "$work/segments"
}

# What may not change of A's connection to the port in use
picture() {
	if on_kernel; then
		a ss -Htin "dport = :$net_port" | grep -oE '(pmtu|mss|cwnd|retrans):[0-9]*' | tr '\n' ' '
	else
		a naru sock -j -i dport "$net_port" | grep -oE '"(state|snd_mss|pmtu|cwnd|total_retrans)": *[^,}]*' | tr '\n' ' '
	fi
}

# Whether all that A has sent there is acknowledged
all_acknowledged() {
	if on_kernel; then
		[ "$(a ss -Htn "dport = :$net_port" | awk '{ print $3 }')" = 0 ]
	else
		a naru sock -j dport "$net_port" | grep -qE '"sendq": *0\b'
	fi
}

# unreachable ADDRESS: the port unreachable of its family, TYPE:CODE
unreachable() {
	if [[ $1 == *:* ]]; then echo 1:4; else echo 3:3; fi
}

# Errors of all kinds that speak of segments which are not in flight
forge_all() {
	local src=$1 sport=$2 dst=$3 seq=$4 proto=$5 what=(3:3 3:2 3:4:600 11:0) where each list=()
	[[ $src != *:* ]] || what=(1:4 1:1 2:0:1280 4:1)
	for where in -100000 -3000 +100000 +1000000000 +2147483648 +3000000000; do
		for each in "${what[@]}"; do
			list+=("$(((seq + where) & 0xffffffff)):$each")
		done
	done
	r forge "$src" "$sport" "$dst" "$net_port" "$proto" "${list[@]}"
}

icmp_ignored() {
	local now
	now=$(counter "$A" ICMP_OUT_OF_WINDOW) && [ "$now" -ge $(($1 + 24)) ]
}

# A connection that is idle, with all acknowledged: no number is in flight
forged_established() {
	local wire=$1 peer=$2 src=$3 dst=$4 before last now
	set_mtu 1500
	sniff_on "$R" ra
	send_and_pause "$wire" "$peer" "$dst" || return
	wait_for 30 all_acknowledged || return
	sniff_off
	read -r -a last <<<"$(last_segment)"
	before=$(picture)
	[ -n "$before" ] || {
		echo "no picture of the connection"
		return 1
	}
	on_kernel || ignored=$(counter "$A" ICMP_OUT_OF_WINDOW) || return
	forge_all "$src" "${last[0]}" "$dst" $((last[1] + last[2])) "$(proto_of "$wire")" || return
	on_kernel || wait_for 10 icmp_ignored "$ignored" || a naru stat 'ICMP*'
	now=$(picture)
	go_on || return
	want "the connection" "$now" "$before"
}

# A SYN is in flight: what speaks of another is ignored, what speaks of it ends the attempt
forged_syn() {
	local wire=$1 src=$2 dst=$3 client last
	net_port=$((net_port + 1))
	b nft -f - <<-END || return
		table inet t {
			chain in {
				type filter hook input priority 0; policy accept;
				meta l4proto $(proto_of "$wire") drop
			}
		}
	END
	sniff_on "$R" ra
	inns "$A" xfer -S -c "$dst" -p "$net_port" -w "$wire" -t 60 2>"$work/refused" &
	client=$!
	wait_for 20 syn_seen || return
	sniff_off
	read -r -a last <<<"$(last_segment)"
	forge_all "$src" "${last[0]}" "$dst" "${last[1]}" "$(proto_of "$wire")" || return
	gone "$client" && cat "$work/refused" && return 1
	r forge "$src" "${last[0]}" "$dst" "$net_port" "$(proto_of "$wire")" "${last[1]}:$(unreachable "$src")" || return
	wait "$client" && return 1
	b nft delete table inet t
	grep 'Connection refused' "$work/refused"
}

syn_seen() {
	[ -n "$(last_segment)" ]
}

hosts_router
for wire in inet native; do
	peer=$wire
	[ $wire = native ] || peer=kernel
	result "port unreachable for a SYN, $wire, IPv4" port_unreachable $wire 10.9.2.2
	result "port unreachable for a SYN, $wire, IPv6" port_unreachable $wire fd09:2::2
	result "the MTU falls to 1280 in mid-transfer, $wire, IPv4" mtu_falls $wire $peer 10.9.2.2
	result "the MTU falls to 1280 in mid-transfer, $wire, IPv6" mtu_falls $wire $peer fd09:2::2
	result "forged for an established connection, $wire, IPv4" forged_established $wire $peer 10.9.1.1 10.9.2.2
	result "forged for an established connection, $wire, IPv6" forged_established $wire $peer fd09:1::1 fd09:2::2
	result "forged for a SYN, $wire, IPv4" forged_syn $wire 10.9.1.1 10.9.2.2
	result "forged for a SYN, $wire, IPv6" forged_syn $wire fd09:1::1 fd09:2::2
done
finish
