#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru run --only, --listen-only, --connect-only: which sockets stay naru's, and that the others are the kernel's as the
# program has made them; by the library and by the supervisor.
# timeout: 300
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP is what is left over here" && exit 4

# by WAY OPTION... -- CHECK [ARGUMENT]...: becomes that
by() {
	local way=$1 run=(naru run) program=ran
	shift
	[ "$way" != static ] || program=ran_static
	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	exec inns "$A" "${run[@]}" "$program" "$@"
}

checked() {
	(by "$@")
}

# used WAY KIND SOCKET-IS OPTION... -- USE: a socket of ran's is used so, and is naru's or the kernel's then
used() {
	local way=$1 kind=$2 is=$3 run=()
	shift 3
	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	checked "$way" "${run[@]}" -- use "$kind" "$is" "$@"
}

# serves WAY IS PORT OPTION...: a server in B, found in naru's table or in the kernel's, and asked by the kernel's TCP
serves() {
	local way=$1 is=$2 port=$3 pid
	shift 3
	rm -f "$work/serves"
	(A=$B by "$way" "$@" -- serve 10.9.0.2 "$port" "$work/serves") &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	if [ "$is" = naru ]; then
		listens "$B" "$port" inet
	else
		listens "$B" "$port" none && listening "$B" "$port"
	fi || return
	NARU_TEST_KERNEL=1 a ran ask 10.9.0.2 "$port" || return
	wait "$pid"
}

# asks WAY ACTIVE PORT OPTION...: so many of the connections of a client of A's are naru's
asks() {
	local way=$1 active=$2 port=$3 pid
	shift 3
	rm -f "$work/serves"
	NARU_TEST_KERNEL=1 inns "$B" ran serve 10.9.0.2 "$port" "$work/serves" &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	opens "$active" 0 checked "$way" "$@" -- ask 10.9.0.2 "$port" || return
	wait "$pid"
}

hosts
for way in static dynamic; do
	result "$way: a server on the port" serves $way naru 7001 --only 7001
	result "$way: a server on another" serves $way kernel 7002 --only 7001
	result "$way: a server in the range" serves $way naru 7005 --only 7003-7005
	result "$way: a server beyond the range" serves $way kernel 7006 --only 7003-7005
	result "$way: a client of the port" asks $way 1 7007 --only 7007
	result "$way: a client of another" asks $way 0 7008 --only 7007
	result "$way: a server that may" serves $way naru 7009 --listen-only
	result "$way: a client that may not" asks $way 0 7010 --listen-only
	result "$way: a server that may not" serves $way kernel 7011 --connect-only
	result "$way: a client that may" asks $way 1 7012 --connect-only
	for domain in 4 6; do
		result "$way: bound to the port, IPv$domain" used $way stream$domain naru --only 7020 -- bind 7020
		result "$way: bound to another, IPv$domain" used $way stream$domain kernel --only 7020 -- bind 7021
		result "$way: bound to none, IPv$domain" used $way stream$domain naru --only 7020 -- bind 0
		result "$way: bound to none, listens, IPv$domain" used $way stream$domain kernel --only 7020 -- listen 0
		result "$way: bound to the port, connects, IPv$domain" used $way stream$domain naru --only 7020 -- connect 7020 7033
		result "$way: bound to none, connects, IPv$domain" used $way stream$domain kernel --only 7020 -- connect 0 7033
		result "$way: options, IPv$domain" used $way stream$domain kernel --only 7020 -- options 7021
		result "$way: may not listen, IPv$domain" used $way stream$domain kernel --connect-only -- listen 7022
		result "$way: may not connect, keeps its port, IPv$domain" used $way stream$domain kernel --listen-only -- connect 7023 7033
	done
	result "$way: calls that fail do so as ever" checked $way --only 7020 -- bad
	result "$way: close-on-exec is kept" checked $way --only 7020 -- cloexec 7021
	result "$way: children" checked $way --only 7020 -- children 7020 7021
	result "$way: a user that it has become" checked $way --only 7020 -- dropped wholly 7021 @naru-ran.$way
	result "$way: a user that it is for the time" checked $way --only 7020 -- dropped effective 7024 @naru-ran.$way
	result "$way: the first thread has ended" checked $way --only 7020 -- outlived $way 7021
	result "$way: file descriptors of a thread's own" checked $way --only 7020 -- apart $way 7024 60
	result "$way: an address that comes late" checked $way --only 7020 -- late 7021
	result "$way: what is decided stays" checked $way --only 7050 -- steady 7050 7051 naru naru naru
	result "$way: what is decided stays, of servers" checked $way --listen-only -- steady 7052 7053 naru naru kernel
	result "$way: what is decided stays, of clients" checked $way --connect-only -- steady 7054 7055 kernel kernel naru
	result "$way: others' sockets" checked $way --only 7020 -- unix "$work/unix.$way"
done
finish
