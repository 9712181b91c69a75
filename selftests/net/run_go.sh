#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Servers and clients in Go under naru run, no option given: linked statically, and dynamically, which still makes its
# system calls itself. With each other and with the kernel's TCP.
# timeout: 300
. "$(dirname "$0")/lib.sh"

# as_is STACK NS COMMAND...: becomes it; STACK is naru or kernel
as_is() {
	local stack=$1 ns=$2 run=()
	shift 2
	if [ "$stack" = naru ] && ! on_kernel; then
		run=(naru run)
	fi
	exec inns "$ns" "${run[@]}" "$@"
}

# speaks PROGRAM SERVER CLIENT ADDRESS PORT: whose sockets the two ends have shows in naru's tables and counters
speaks() {
	local program=$1 server=$2 client=$3 addr=$4 port=$5 pid wire=none
	local number=20 active=0 passive=0
	if [ "$server" = naru ]; then
		passive=$number wire=inet
	fi
	[ "$client" != naru ] || active=$number
	rm -f "$work/serves"
	(as_is "$server" "$B" "$program" serve "$addr:$port" "$work/serves" $number) &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	listens "$B" "$port" $wire || return
	if [ "$server" = naru ] && ! on_kernel; then
		b naru sock -lp sport "$port" | grep -q "comm:\"$program\" " || return
	fi
	opens $active $passive asked "$client" "$program" "$addr:$port" $number || return
	wait "$pid"
}

asked() {
	(as_is "$1" "$A" "$2" ask "$3" "$4")
}

hosts
for program in speak speak_dynamic; do
	result "$program: naru to naru" speaks $program naru naru 10.9.0.2 7001
	result "$program: naru to naru, IPv6" speaks $program naru naru "[fd09::2]" 7002
	result "$program: kernel to naru" speaks $program naru kernel 10.9.0.2 7003
	result "$program: naru to kernel" speaks $program kernel naru 10.9.0.2 7004
done
finish
