#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Real servers on one port: naru's in inet mode and the kernel's keep each other out, and follow each other at once
. "$(dirname "$0")/lib.sh"

page="it is here"
mkdir "$work/www"
echo "$page" >"$work/www/page"

# both_fetch SERVER ADDRESS PORT: clients of either kind; naru's sockets carry it where they are to, and only there
both_fetch() {
	local passive=0
	[ "$1" = kernel ] || passive=2
	opens 1 $passive fetch_twice "$2" "$3"
}

fetch_twice() {
	fetch kernel "$@" && fetch naru "$@"
}

# fetch naru|kernel ADDRESS PORT
fetch() {
	local run=()
	if [ "$1" = naru ] && ! on_kernel; then
		run=(naru run)
	fi
	want "the page" "$(a "${run[@]}" curl -sS --max-time 30 "http://$2:$3/page" 2>&1)" "$page"
}

# FIRST has the port: SECOND hears so. Then FIRST ends, and SECOND has the port at once.
in_turn() {
	local first=$1 second=$2 bind=$3 addr=$4 port=$5 holder
	python_on "$B" "$first" "$bind" "$port" || return
	listens "$B" "$port" "${first/kernel/none}" || return
	holder=$server_pid
	both_fetch "$first" "$addr" "$port" || return
	python_on "$B" "$second" "$bind" "$port" || return
	gone "$server_pid" || echo "the second server runs"
	grep 'Address already in use' "$server_log" || return
	fetch naru "$addr" "$port" || return
	server_pid=$holder
	end_server || return
	python_on "$B" "$second" "$bind" "$port" || return
	gone "$server_pid" && cat "$server_log" && return 1
	listens "$B" "$port" "${second/kernel/none}" || return
	both_fetch "$second" "$addr" "$port" || return
	end_server
}

retransmitted() {
	a cat /proc/net/snmp | awk '/^Tcp: [0-9]/ { print $13 }'
}

rests() {
	b ss -tanH state time-wait | grep -q ":$net_port "
}

# A server that closes first and is restarted on the other TCP, while the kernel's entries rest in TIME-WAIT; the client
# comes from the same port again, and its first SYN opens the connection
restarted() {
	local addr=$1 before
	a sysctl -qw net.ipv4.ip_local_port_range="45000 45000" || return
	receive "$B" kernel "$addr" -S -n 1000 || return
	a xfer -c "$addr" -p "$net_port" >"$work/got" || return
	wait "$receiver_pid" || return
	wait_for 20 rests || return
	before=$(retransmitted)
	net_port=$((net_port - 1))
	receive "$B" inet "$addr" -S -n 1000 || return
	a xfer -c "$addr" -p "$net_port" >"$work/got" || return
	wait "$receiver_pid" || return
	want "what the client got" "$(cat "$work/got")" "$(digest_of 1 1000)" || return
	want "segments sent again" "$(retransmitted)" "$before" || return
	rests && echo "the kernel's entry is still there" && return 1
	a sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
}

hosts
on_kernel || {
	result "restarted on naru, IPv4" restarted 10.9.0.2
	result "restarted on naru, IPv6" restarted fd09::2
}
result "naru's server first, then the kernel's, IPv4" in_turn inet kernel 0.0.0.0 10.9.0.2 8001
result "naru's server first, then the kernel's, IPv6" in_turn inet kernel :: "[fd09::2]" 8002
result "the kernel's server first, then naru's, IPv4" in_turn kernel inet 0.0.0.0 10.9.0.2 8003
result "the kernel's server first, then naru's, IPv6" in_turn kernel inet :: "[fd09::2]" 8004
finish
