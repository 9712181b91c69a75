# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of this folder share. Sourced, not run. A is the client's host, B the server's, as net/lib.sh has them.
#
# A stack is "inet" or "native", which are naru's, or "kernel". NARU_TEST_KERNEL=1 runs all on the kernel's.

. "$(dirname "${BASH_SOURCE[0]}")/../net/lib.sh"
chmod 755 "$work"
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

# choose STACK: "${run[@]}" is what runs a program on it
choose() {
	run=()
	[ "$1" = kernel ] || on_kernel || run=(naru run "--$1" "${kinds[@]}")
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
	local ns=$1 stack=$2 port=$3 run
	choose "$stack"
	shift 3
	server_in "$ns" "${run[@]}" "$@"
	wait_for 100 up_or_gone "$ns" "$stack" "$port" "$server_pid"
	up "$ns" "$stack" "$port" && return
	echo "it does not listen on port $port by a socket of the stack $stack:"
	cat "$server_log"
	return 1
}

up_or_gone() {
	up "$1" "$2" "$3" || gone "$4"
}

# up NS STACK PORT: the port has listeners, all of that stack
up() {
	if [ "$2" = kernel ] || on_kernel; then
		listening "$1" "$3" && no_listener "$1" "$3"
		return
	fi
	! listening "$1" "$3" && [ "$(listeners "$1" "$3")" = "$2" ]
}

no_listener() {
	on_kernel || [ -z "$(listeners "$1" "$2")" ]
}

# The wires on which sockets of naru's listen on a port
listeners() {
	inns "$1" naru sock -l sport "$2" | awk -v p=":$2" '$1 ~ /^(inet|native)$/ && $0 ~ p { print $1 }' | sort -u
}

# ---- which stack it was ----

# Of a host: connections opened by naru and by the kernel's TCP, and accepted by both
counts() {
	echo "$(counter "$1" ACTIVE_OPENS) $(kernel_counter "$1" ActiveOpens)" \
		"$(counter "$1" PASSIVE_OPENS) $(kernel_counter "$1" PassiveOpens)"
}

kernel_counter() {
	inns "$1" awk -v name="$2" '/^Tcp:/ && !n { for (n = NF; n > 1 && $n != name;) n--; next }
		/^Tcp:/ { print $n }' /proc/net/snmp
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

# between SERVER CLIENT COMMAND...: what the command has programs of A ask of B is between these stacks
between() {
	local server=$1 client=$2
	shift 2
	count "$A" "$B" && "$@" && opened "$A" "$client" && accepted "$B" "$server"
}

# served SERVER CLIENT COMMAND...: the same, and it was the last of the server, which ends
served() {
	local code=0
	between "$@" || code=1
	[ $code = 0 ] || cat "$server_log"
	end_server
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
