#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One host holds 60,000 mappings of one external address; the router's own connections find room beside them, then another
# host takes what is left and is told so, and everything goes on. The router's sshd is reached throughout, on a port inside
# the rule's range and on one outside, and a session that was there before lives on
# timeout: 900
. "$(dirname "$0")/napt_lib.sh"

outside=203.0.113.2
last=$((1024 + 60000 - 1))
own=2222	# where the router's sshd listens, inside the range

crowd_on() {
	mkfifo "$work/orders"
	crowd "$A" 192.168.7.2 1024-$last "$B" $outside 7000 <"$work/orders" >"$work/crowd" 2>&1 &
	exec 6>"$work/orders"
	# Segments are made by hand: the kernels know of no connection, and say so
	local ns
	for ns in "$A" "$B" "$C"; do
		inns "$ns" nft -f - <<-END || exit 1
			table ip quiet {
				chain out {
					type filter hook output priority 0; policy accept;
					tcp sport 7000 tcp flags rst drop
					tcp dport 7000 tcp flags rst drop
				}
			}
		END
	done
}

# order PATTERN WORD...: what crowd has to say then
order() {
	local pattern=$1 lines
	shift
	lines=$(grep -c '' "$work/crowd")
	echo "$*" >&6
	wait_for 200 more_lines "$lines"
	tail -n 1 "$work/crowd"
	tail -n 1 "$work/crowd" | grep -qE "^$pattern\$"
}

more_lines() {
	[ "$(grep -c '' "$work/crowd")" -gt "$1" ]
}

# ssh's standard input and output are files here: a session of cat, that says what it hears
session_on() {
	mkfifo "$work/typed"
	inns "$B" ssh "${ssh_options[@]}" 203.0.113.1 cat <"$work/typed" >"$work/echoed" 2>&1 &
	exec 7>"$work/typed"
	session_lives
}

typed=0

session_lives() {
	typed=$((typed + 1))
	echo "line $typed" >&7
	wait_for 60 grep -qx "line $typed" "$work/echoed" && return
	cat "$work/echoed"
	return 1
}

# By the session that there is, and by a new one to each port
router_reached() {
	local port
	session_lives || return
	for port in 22 $own; do
		want "by port $port" "$(b ssh "${ssh_options[@]}" -p $port 203.0.113.1 echo here 2>&1)" here || return
	done
}

own_listener_spared() {
	want "who has the router's port" "$(maps "$R" proto tcp outside 203.0.113.1:$own dynamic)" "" || return
	want "mappings of the host" "$(query "$R" 'len(j)' map list proto tcp inside 192.168.7.2)" 60000
}

# A program on the next host hears the same as those that look at ICMP
program_told() {
	want "it says" "$(ask "$C" -w 60 tcp 192.168.7.3:999 $outside:7000)" "error: No route to host"
}


napt_hosts
translate "$R" rb 192.168.7.0/24 ports 1024-65535 || exit 1
sshd_on "$R" 203.0.113.1:22 203.0.113.1:$own || exit 1
crowd_on
result "a session with the router's sshd" session_on
result "100 connections of the router's own" order "connected 100" connect "$R" 100 7001
result "60,000 mappings of one host, each with a port of its own" order "held 60000" hold
result "the router's sshd keeps its port" own_listener_spared
result "the router is reached" router_reached
result "100 connections more of the router's own" order "connected 100" connect "$R" 100 7001
result "all 60,000 carry data" order "passed 60000" pass
result "the next host takes what is left, and is told" order "3/1 after [0-9]+" until "$C" 192.168.7.3
result "all ports are in use" counted "$R" DROP_NAPT_EXHAUSTED 1
result "a program on it is told" program_told
result "the router is reached though nothing is left" router_reached
result "all 60,000 carry data still" order "passed 60000" pass
result "the router is reached in the end" router_reached
finish
