#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru run and datagrams: whose they are by the options, and that they arrive; by the library and by the supervisor.
. "$(dirname "$0")/lib.sh"

# by NS WAY [OPTION]... -- CHECK [ARGUMENT]...: becomes that
by() {
	local ns=$1 way=$2 run=(naru run) program=ran
	shift 2
	[ "$way" != static ] || program=ran_static
	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	! on_kernel || run=()
	exec inns "$ns" "${run[@]}" "$program" "$@"
}

checked() {
	(by "$A" "$@")
}

# talk WAY ADDRESS PORT [OPTION]...: both ends in naru
talk() {
	local way=$1 addr=$2 port=$3 pid
	shift 3
	rm -f "$work/serves"
	(by "$B" "$way" "$@" -- serve_dgram "$addr" "$port" "$work/serves") &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	checked "$way" "$@" -- ask_dgram "$addr" "$port" || return
	wait "$pid"
}

# answered WAY PORT: by a server that is the kernel's
answered() {
	local pid
	rm -f "$work/serves"
	NARU_TEST_KERNEL=1 inns "$B" ran serve_dgram 10.9.0.2 "$2" "$work/serves" &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	checked "$1" -- ask_dgram 10.9.0.2 "$2" || return
	wait "$pid"
}

hosts
for way in static dynamic; do
	result "$way: socket" checked $way -- dgram
	result "$way: server and client" talk $way 10.9.0.2 7001
	result "$way: server and client, IPv6" talk $way fd09::2 7002
	result "$way: the kernel's server" answered $way 7003
	result "$way: native" talk $way 10.9.0.2 7004 --native --udp
	on_kernel && continue
	result "$way: both" checked $way -- kinds naru naru
	result "$way: --tcp" checked $way --tcp -- kinds naru kernel
	result "$way: --udp" checked $way --udp -- kinds kernel naru
	result "$way: --tcp --udp" checked $way --tcp --udp -- kinds naru naru
	result "$way: --native" checked $way --native -- kinds naru kernel
	result "$way: --native --tcp --udp" checked $way --native --tcp --udp -- kinds naru naru
	for domain in 4 6; do
		kind=dgram$domain
		result "$way: bound to the port, IPv$domain" checked $way --only 7020 -- use $kind naru bind 7020
		result "$way: bound to another, IPv$domain" checked $way --only 7020 -- use $kind kernel bind 7021
		result "$way: options, IPv$domain" checked $way --only 7020 -- use $kind kernel options 7021
		result "$way: connected to the port, IPv$domain" checked $way --only 7020 -- use $kind naru connect 0 7020
		result "$way: connected to another, IPv$domain" checked $way --only 7020 -- use $kind kernel connect 0 7021
		result "$way: a server may, IPv$domain" checked $way --listen-only -- use $kind naru connect 7022 7023
		result "$way: a client may not, IPv$domain" checked $way --listen-only -- use $kind kernel connect 0 7023
		result "$way: a server may not, IPv$domain" checked $way --connect-only -- use $kind kernel bind 7022
		result "$way: a client may, IPv$domain" checked $way --connect-only -- use $kind naru connect 0 7023
	done
done
finish
