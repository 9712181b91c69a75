# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of this folder share. Sourced, not run. A is the client's host, B the server's, as net/lib.sh has them.
#
# A stack is "inet" or "native", which are naru's, or "kernel". NARU_TEST_KERNEL=1 runs all on the kernel's.

apps_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$apps_dir/../net/lib.sh"
for d in "$apps_dir" "${OUTPUT:-$apps_dir}" "$net_tree/build/selftests/apps"; do
	if [ -x "$d/go_http" ]; then
		PATH=$d:$PATH
		break
	fi
done
chmod 755 "$work"
ends=		# exit status of a server that is told to end, where that is not success
kinds=()	# options of naru run: which sockets, where that is not what it does by itself

# both_ways NAME COMMAND...: with the server's stack and the client's behind it: naru on one side and the kernel's on the
# other, both ways round, and native to native
both_ways() {
	local name=$1 pair
	shift
	for pair in "inet kernel" "kernel inet" "native native"; do
		# shellcheck disable=SC2086
		result "$name, server $pair client" "$@" $pair
		! on_kernel || break
	done
}

# choose STACK: "${run[@]}" is what runs a program on it, for inet without an option
choose() {
	run=()
	[ "$1" = kernel ] || on_kernel || run=(naru run "${kinds[@]}")
	[ ${#run[@]} = 0 ] || [ "$1" = inet ] || run+=("--$1")
}

# on STACK COMMAND...: in A
on() {
	local run
	choose "$1"
	shift
	a "${run[@]}" "$@"
}

# ---- servers ----

# serve STACK PORT COMMAND...: in B, until it listens on that port by a socket of that stack. $server_pid, $server_log
serve() {
	serve_in "$B" "$@"
}

# serve_in NS STACK PORT COMMAND...
serve_in() {
	local ns=$1 stack=$2 port=$3
	shift 3
	serve_till up "$ns" "$stack" "$port" "$@"
}

# serve_dgrams STACK PORT COMMAND...: in B, until it takes datagrams there
serve_dgrams() {
	serve_till up_dgrams "$B" "$@"
}

serve_till() {
	local till=$1 ns=$2 stack=$3 port=$4 run
	choose "$stack"
	shift 4
	server_in "$ns" "${run[@]}" "$@"
	wait_for 100 up_or_gone "$ns" "$stack" "$port" "$till"
	"$till" "$ns" "$stack" "$port" && return
	echo "port $port has no socket of the stack $stack, or others:"
	cat "$server_log"
	kill "$server_pid" 2>/dev/null
	wait "$server_pid" 2>/dev/null
	return 1
}

up_or_gone() {
	"${4:-up}" "$1" "$2" "$3" || gone "$server_pid"
}

# up NS STACK PORT: the port has listeners, all of that stack
up() {
	if [ "$2" = kernel ] || on_kernel; then
		[ -n "$(kernel_listeners "$1" "$3")" ] && no_listener "$1" "$3"
		return
	fi
	[ -z "$(kernel_listeners "$1" "$3")" ] && [ "$(listeners "$1" "$3")" = "$2" ]
}

# The same of sockets for datagrams: the kernel's list has a socket that holds the port for naru's as well
up_dgrams() {
	if [ "$2" = kernel ] || on_kernel; then
		[ -n "$(inns "$1" ss -Hlun "sport = :$3")" ] && { on_kernel || [ -z "$(dgrams "$1" "$3")" ]; }
		return
	fi
	[ "$(dgrams "$1" "$3")" = "$2" ]
}

# The wires on which sockets of naru's for datagrams are bound to a port and not connected
dgrams() {
	inns "$1" naru sock -a -u sport "$2" | awk -v p=":$2" '/UNCONN|CLOSED/ && $0 ~ p { print $1 }' | sort -u
}

no_listener() {
	on_kernel || [ -z "$(listeners "$1" "$2")" ]
}

kernel_listeners() {
	inns "$1" ss -Hltn "sport = :$2"
}

# The wires on which sockets of naru's listen on a port
listeners() {
	inns "$1" naru sock -l sport "$2" | awk -v p=":$2" '$1 ~ /^(inet|native)$/ && $0 ~ p { print $1 }' | sort -u
}

# ---- which stack it was ----

# Of a host: connections opened by naru and by the kernel's TCP, and accepted by both; datagrams sent by the kernel's UDP
counts() {
	echo "$(counter "$1" ACTIVE_OPENS) $(kernel_counter "$1" Tcp ActiveOpens)" \
		"$(counter "$1" PASSIVE_OPENS) $(kernel_counter "$1" Tcp PassiveOpens)"
	kernel_counter "$1" Udp OutDatagrams
}

# kernel_counter NS Tcp|Udp NAME
kernel_counter() {
	inns "$1" awk -v mib="$2:" -v name="$3" '$1 == mib && !n { for (n = NF; n > 1 && $n != name;) n--; next }
		$1 == mib { print $n }' /proc/net/snmp
}

# count NS...: from here on, for opened and accepted
count() {
	local ns
	on_kernel && return
	for ns in "$@"; do
		counts "$ns" >"$work/count.$ns" || return
	done
}

# opened NS STACK: all connections that were, and there were some, by that stack: a program has not gone back to another
opened() {
	by_stack "$1" "$2" opened 0
}

accepted() {
	by_stack "$1" "$2" accepted 2
}

by_stack() {
	local ns=$1 stack=$2 what=$3 i=$4 was is naru kernel
	on_kernel && return
	read -ra was <"$work/count.$ns" && read -ra is < <(counts "$ns") || return
	naru=$((is[i] - was[i])) kernel=$((is[i + 1] - was[i + 1]))
	echo "connections $what in $ns: $naru by naru, $kernel by the kernel's TCP"
	if [ "$stack" = kernel ]; then
		[ $naru = 0 ] && [ $kernel -gt 0 ]
	else
		[ $naru -gt 0 ] && [ $kernel = 0 ]
	fi
}

# sent NS STACK: all datagrams that were, and there were some, by that stack
sent() {
	local was is
	on_kernel && return
	was=$(tail -n 1 "$work/count.$1") is=$(kernel_counter "$1" Udp OutDatagrams)
	echo "datagrams sent in $1 by the kernel: $((is - was))"
	if [ "$2" = kernel ]; then [ $((is - was)) -gt 0 ]; else [ $((is - was)) = 0 ]; fi
}

# between SERVER CLIENT COMMAND...: what the command has programs of A ask of B is between these stacks
between() {
	local server=$1 client=$2
	shift 2
	count "$A" "$B" && "$@" && opened "$A" "$client" && accepted "$B" "$server"
}

# between_dgrams SERVER CLIENT COMMAND...: the same of datagrams
between_dgrams() {
	local server=$1 client=$2
	shift 2
	count "$A" "$B" && "$@" && sent "$A" "$client" && sent "$B" "$server"
}

# served SERVER CLIENT COMMAND...: as between, and it was the last of the server, which ends; served_dgrams: as between_dgrams
served() {
	and_end between "$@"
}

served_dgrams() {
	and_end between_dgrams "$@"
}

and_end() {
	local code=0
	"$@" || code=1
	[ $code = 0 ] || cat "$server_log"
	end_server ${ends:+"$ends"} || code=1
	return $code
}

# ---- data ----

# data NAME BYTES: a file of random bytes, $work/NAME
data() {
	head -c "$2" /dev/urandom >"$work/$1"
}

# same FILE FILE: or folders
same() {
	want "differences" "$(diff -r "$1" "$2" 2>&1)" ""
}

# on_debug A B: A on the debug kernel, B elsewhere
on_debug() {
	if [ "${NARU_VM:-}" = debug ]; then echo "$1"; else echo "$2"; fi
}

# ---- what was refused ----

# In the end: nothing was refused to a program but what the table refuses to all
conclude() {
	on_kernel || result "naru compat names only what the table refuses" compat
	finish
}

compat() {
	local ns code=0
	naru compat -t -j >"$work/table" || return
	for ns in $(ip netns list | awk '{ print $1 }' | grep -- "-$$\$"); do
		inns "$ns" naru compat -j >"$work/refused" || return
		"$apps_dir/compat.py" "$work/table" <"$work/refused" || code=1
	done
	return $code
}
