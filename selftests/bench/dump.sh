#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What it costs to list very many sockets, under icount, where nanoseconds count instructions: naru sock beside ss, with
# what the kernel does for either; and how long naru's locks are held for it. Fails where a limit is passed.
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

trace=/sys/kernel/tracing

# What takes locks, or keeps readers of RCU, each a function of its own; but next_of(), which is one thread and no loop
trace_locks() {
	[ -e $trace/trace ] || mount -t tracefs none $trace || die "no tracefs"
	echo 65536 >$trace/buffer_size_kb
	printf '%s:mod:naru\n' walk_locked see_locked_files naru_info_fill >$trace/set_ftrace_filter || die "cannot trace"
	echo function_graph >$trace/current_tracer
}

# longest FUNCTION COMMAND...: microseconds that it took at most; fails where it was not called
longest() {
	local function=$1
	shift
	echo >$trace/trace
	"$@" >/dev/null || die "$*"
	awk -v name="$function" 'index($0, name) && match($0, /[0-9.]+ us/) {
			us = substr($0, RSTART, RLENGTH) + 0
			most = us > most ? us : most
			calls++
		}
		END {
			print most + 0
			exit !calls
		}' $trace/trace || die "$function: never called"
}

# hold_locks WIRE FUNCTION COMMAND...: for at most 100 us
hold_locks() {
	local wire=$1 function=$2 us
	shift 2
	us=$(longest "$function" "$@") || exit 1
	echo "$wire: $*: $function $us us, may be 100 us"
	awk "BEGIN { exit $us > 100 }" || broken=1
}

locks_of_naru() {
	trace_locks
	hold_locks "$1" walk_locked naru sock
	hold_locks "$1" walk_locked naru sock --top 20 sport \> 1024 and dst 127.0.0.0/8 and uid 0
	hold_locks "$1" naru_info_fill naru sock -i
	hold_locks "$1" see_locked_files naru sock -p
	echo nop >$trace/current_tracer
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
	locks_of_naru "$1"
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
