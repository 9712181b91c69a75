#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many connections: at once through one listener, and one after the other to one port
# timeout: 600
. "$(dirname "$0")/lib.sh"

at_once=${AT_ONCE:-300} in_turn=${IN_TURN:-1000} poor=${POOR:-100}	# make soak: 2000, 20000 and 500

# many_to NS-FROM NS-TO WIRE ADDRESS COUNT [option of both]... [-- option of the client]...
many_to() {
	local from=$1 to=$2 wire=$3 addr=$4 count=$5 both=()
	shift 5
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		both+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	net_port=$((net_port + 1))
	rm -f "$work/listens"
	inns "$to" many -l "$addr" -p "$net_port" -w "$wire" -n "$count" -r "$work/listens" "${both[@]}" &
	receiver_pid=$!
	wait_for 20 test -e "$work/listens" || return
	inns "$from" many -c "$addr" -p "$net_port" -w "$wire" -n "$count" "${both[@]}" "$@" || {
		kill "$receiver_pid"
		return 1
	}
	wait "$receiver_pid"
}

at_once() {
	opens "$at_once" "$at_once" many_to "$A" "$B" "$1" "$2" "$at_once"
}

in_turn() {
	opens "$in_turn" "$in_turn" many_to "$A" "$B" "$1" "$2" "$in_turn" -b 100 "${@:3}" -- -1
}

# 32 KB for both ends of each connection: 500 of them, which send 1 MB, have 16 MB
little_memory() {
	local before code=0
	before=$(naru get -n mem) || return
	# shellcheck disable=SC2086
	naru set mem $((poor * 6)) $((poor * 7)) $((poor * 8)) || return
	opens "$poor" "$poor" many_to "$A" "$B" "$1" 10.9.0.2 "$poor" -o -b 1000000 || code=1
	# shellcheck disable=SC2086
	naru set mem $before && return $code
}

hosts
for ns in "$A" "$B"; do
	inns "$ns" sysctl -qw net.core.somaxconn=4096
	on_kernel || inns "$ns" naru set max_syn_backlog=4096
done
for wire in inet native; do
	result "$at_once connections at once, 64 KB each, $wire" at_once $wire 10.9.0.2
	result "$in_turn in turn, the client closes first, $wire" in_turn $wire 10.9.0.2
	result "$in_turn in turn, the server closes first, $wire" in_turn $wire fd09::2 -f
	on_kernel || result "$poor connections of 1 MB with 32 KB each, $wire" little_memory $wire
done
finish
