#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What it costs to list very many sockets, under icount, where nanoseconds count instructions: naru sock beside ss, with
# what the kernel does for either. Fails where a limit is passed.
#   dump.sh [COUNT]       sockets (100000)
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
PATH=$tree/build/selftests/bench:$tree/build/tools:$PATH
count=${1:-100000}
broken=0
. "$here/table.sh"

# holding WIRE COMMAND...: while there are so many sockets
holding() {
	local wire=$1 pid code
	shift
	rm -f /tmp/held
	hold "$wire" "$count" /tmp/held &
	pid=$!
	until [ -e /tmp/held ]; do
		gone $pid && die "no $count sockets of $wire"
		pause 0.1
	done
	"$@"
	code=$?
	kill $pid
	wait $pid 2>/dev/null
	return $code
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# took COMMAND...: microseconds, the second time
took() {
	local start
	"$@" >/dev/null || die "$*"
	start=${EPOCHREALTIME/./}
	"$@" >/dev/null || die "$*"
	echo $((${EPOCHREALTIME/./} - start))
}

# limit WHAT IS MOST: as a percentage
limit() {
	echo "$1: $2 %, may be $3 %"
	[ "$2" -le "$3" ] || broken=1
}

lists_of_ss() {
	ss=$(took ss -tan)
	echo "ss -tan: $ss us"
}

lists_of_naru() {
	local all top owners
	all=$(took naru sock)
	top=$(took naru sock --top 20)
	owners=$(took naru sock -p)
	echo "$1: naru sock $all us, --top 20 $top us, -p $owners us"
	limit "$1: naru sock, of ss -tan" $((all * 100 / ss)) 70
	limit "$1: --top 20, of all" $((top * 100 / all)) 10
	limit "$1: -p, of all" $((owners * 100 / all)) 120
	limit "$1: --group-by dport, of all" $(($(took naru sock --group-by dport) * 100 / all)) 100
}

check_guest
ulimit -n $((count + 2000))
sysctl -qw net.ipv4.ip_local_port_range='10000 65000' net.ipv4.tcp_no_metrics_save=1
ip link set lo up
holding kernel lists_of_ss
for wire in inet native; do
	holding $wire lists_of_naru $wire
done
exit $broken
