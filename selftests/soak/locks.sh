#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two CPUs with connections that share no data, and what lockdep counted: no lock of naru's may have been waited for.
# On the kernel of lock statistics, with CPUs that run at once: selftests/vm/run -k locks --parallel.
. "$(dirname "$0")/../net/lib.sh"

stat=/proc/lock_stat

# pair CPU WIRE PORT: a transfer, then connections one after the other, both ends on that CPU
pair() {
	local cpu=$1 wire=$2 port=$3 servers=()
	taskset -c "$cpu" xfer -l 127.0.0.1 -p "$port" -w "$wire" -r "$work/bulk.$cpu" >/dev/null &
	servers+=($!)
	taskset -c "$cpu" many -l 127.0.0.1 -p $((port + 1)) -n 300 -b 2000 -w "$wire" -r "$work/many.$cpu" &
	servers+=($!)
	wait_for 30 test -e "$work/bulk.$cpu" -a -e "$work/many.$cpu" || return
	touch "$work/ready.$cpu"
	wait_for 60 test -e "$work/go" || return
	taskset -c "$cpu" xfer -S -c 127.0.0.1 -p "$port" -w "$wire" -n 20000000 || return
	taskset -c "$cpu" many -c 127.0.0.1 -p $((port + 1)) -n 300 -b 2000 -1 -w "$wire" || return
	wait "${servers[@]}"
}

# Classes that were waited for in naru's code, or that are locks of its sockets, with what lockdep says of them
waited_for() {
	awk '/:/ && $2 ~ /^[0-9.]+$/ { class = $0 }
		/AF_NARU.*:/ && $3 > 0 { hit[class] }
		/\[<[0-9a-f]*>\].*\[naru\]/ { hit[class] }
		END { for (c in hit) print c }' "$stat"
}

# The pool of ports in wire mode inet is what all its connections share: who comes first makes it, and others wait for that
pool_stands() {
	taskset -c 0 many -l 127.0.0.1 -p 5999 -n 1 -b 100 -w inet -r "$work/pool" &
	wait_for 30 test -e "$work/pool" || return
	many -c 127.0.0.1 -p 5999 -n 1 -b 100 -w inet && wait $!
}

uncontended() {
	local wire_0=$1 wire_1=$2 first second
	rm -f "$work"/{go,bulk,many,ready,pool}*
	pool_stands || return
	pair 0 "$wire_0" 6000 &
	first=$!
	pair 1 "$wire_1" 6100 &
	second=$!
	wait_for 60 test -e "$work/ready.0" -a -e "$work/ready.1" || return
	echo 0 >"$stat"
	echo 1 >/proc/sys/kernel/lock_stat
	touch "$work/go"
	wait "$first" && wait "$second" || return
	echo 0 >/proc/sys/kernel/lock_stat
	cp "$stat" "${NARU_OUT:-$work}/lock_stat.$wire_0.$wire_1"
	waited_for >"$work/waited"
	cat "$work/waited"
	[ ! -s "$work/waited" ]
}

[ -e $stat ] || {
	echo "1..0 # SKIP the kernel has no lock statistics"
	exit 4
}
result "inet beside inet" uncontended inet inet
result "native beside native" uncontended native native
result "inet beside native" uncontended inet native
finish
