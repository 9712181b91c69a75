#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tools/wireshark/naru.lua: what tshark makes of a capture of 253 and 254 is what went over the wire.
# timeout: 300
. "$(dirname "$0")/lib.sh"

script=$net_tree/tools/wireshark/naru.lua
bytes=30000
names=(_ws.col.Protocol naru.wire naru.quoted tcp.dstport tcp.seq tcp.len tcp.flags.syn tcp.flags.ack tcp.checksum.status
	tcp.payload udp.srcport udp.dstport udp.checksum.status data.data icmp.type icmpv6.type _ws.malformed _ws.lua.error)

capture() {
	rm -f "$work/pcap"
	inns "$B" dumpcap -q -i b0 -w "$work/pcap" >"$work/dumpcap" 2>&1 &
	capture_pid=$!
	wait_for 30 grep -q '^File: ' "$work/dumpcap"
}

# The last packet of a capture is a ping that says so
captured() {
	local code=0
	a ping -q -c 1 -p 6e6172752d656e64 10.9.0.2 >/dev/null || code=1
	[ $code = 1 ] || wait_for 60 grep -aq naru-endnaru-end "$work/pcap" || code=1
	kill "$capture_pid"
	wait "$capture_pid"
	return $code
}

# dissect [OPTION]...: the capture as tshark has it, a packet on each line, to $work/packets
dissect() {
	local name args=()
	for name in "${names[@]}"; do
		args+=(-e "$name")
	done
	tshark -n "$@" -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -r "$work/pcap" -T fields -E separator='|' \
		"${args[@]}" 2>"$work/tshark" >"$work/packets" && return
	cat "$work/tshark"
	return 1
}

# fields CONDITION NAME...: of the packets for which that is true, an expression of awk in which names have _ for a dot
fields() {
	local i wanted=() program=
	for i in "${!names[@]}"; do
		program+="${names[i]//./_} = \$$((i + 1)); "
	done
	for i in "${@:2}"; do
		wanted+=("${i//./_}")
	done
	awk -F '|' "{ $program } $1 { print $(IFS=,; echo "${wanted[*]}") }" "$work/packets"
}

# What the sender's payload comes to, in the order of its sequence numbers, each byte once
payload() {
	fields "tcp_dstport == $net_port && tcp_len > 0" tcp.seq tcp.payload | python3 -c '
import hashlib, sys
data = b""
for line in sorted(sys.stdin, key=lambda line: int(line.split()[0])):
    seq, raw = int(line.split()[0]) - 1, bytes.fromhex(line.split()[1])
    data += raw[len(data) - seq:] if seq <= len(data) else b""
print(len(data), hashlib.sha256(data).hexdigest())'
}

# stream WIRE ADDRESS COLUMN WIRE-NUMBER: a transfer is seen from its SYN to its last byte
stream() {
	local wire=$1 tcp='tcp_dstport != ""'
	capture || return
	transfer "$A" "$wire" "$B" "$wire" "$2" $bytes || { captured; return 1; }
	captured && dissect -X "lua_script:$script" || return
	want "the payload" "$(payload)" "$(digest_of 1 $bytes)" || return
	want "SYNs" "$(fields "tcp_flags_syn == 1 && tcp_flags_ack == 0" tcp.dstport)" "$net_port" || return
	want "the wire" "$(fields "$tcp" naru.wire | sort -u)" "$4" || return
	want "checksums" "$(fields "$tcp" tcp.checksum.status | sort -u)" 1 || return
	want "the column" "$(fields "$tcp" _ws.col.Protocol | sort -u)" "$3" || return
	sound
}

# Nothing is malformed to it, nor has the script failed
sound() {
	want "what is malformed" "$(fields '_ws_malformed _ws_lua_error != ""' _ws.col.Protocol)" ""
}

text() {
	python3 -c 'import sys; print(bytes.fromhex(sys.stdin.read()).decode())'
}

datagrams() {
	local pid addr=$1 what
	capture || return
	rm -f "$work/dgram"
	inns "$B" python3 "$net_dir/dgram.py" echo native "$addr" 5300 "$work/dgram" &
	pid=$!
	wait_for 20 test -e "$work/dgram" || return
	what=$(a python3 "$net_dir/dgram.py" ask native "$addr" 5300 5301)
	kill "$pid"
	captured && dissect -X "lua_script:$script" || return
	want "the answer" "$(fields 'udp_srcport == 5300' data.data | text)" "$what" || return
	want "ports" "$(fields 'udp_srcport != ""' udp.srcport udp.dstport | paste -sd,)" "5301 5300,5300 5301" || return
	want "checksums" "$(fields 'udp_srcport != ""' udp.checksum.status | sort -u)" 1 || return
	want "the wire" "$(fields 'udp_srcport != ""' naru.wire | sort -u)" 254 || return
	sound
}

# Without the script neither is anything, nor are its own fields known
nothing() {
	local names=(tcp.dstport udp.srcport)
	dissect || return
	want "ports without the script" "$(fields 'udp_srcport tcp_dstport != ""' udp.srcport)" ""
}

# quoted ADDRESS CONDITION: an ICMP error quotes what it is about
quoted() {
	capture || return
	want "what the sender hears" "$(a python3 "$net_dir/dgram.py" ask native "$1" 5399 5398 2>&1 | tail -n 1)" \
		"ConnectionRefusedError: [Errno 111] Connection refused" || { captured; return 1; }
	captured && dissect -X "lua_script:$script" || return
	want "what is quoted" "$(fields "$2" naru.wire naru.quoted udp.srcport udp.dstport)" "254 1 5398 5399" || return
	sound
}

hosts
for end in "$A a0" "$B b0"; do
	# shellcheck disable=SC2086
	set -- $end
	inns "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null
done
result "the kernel's TCP" stream kernel 10.9.0.2 TCP ""
result "inet" stream inet 10.9.0.2 TCP ""
result "native" stream native 10.9.0.2 naru/TCP 253
result "native, IPv6" stream native fd09::2 naru/TCP 253
result "datagrams" datagrams 10.9.0.2
result "no script, no ports" nothing
result "datagrams, IPv6" datagrams fd09::2
result "quoted by ICMP" quoted 10.9.0.2 "icmp_type == 3"
result "quoted by ICMPv6" quoted fd09::2 "icmpv6_type == 1"
finish
