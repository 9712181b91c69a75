#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Root in a user namespace that an ordinary user has made: master of its own network, of nothing else
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP has no such commands" && exit 4

chmod 777 "$work"
chmod 666 "$work/never"
# the tree may lie where an ordinary user cannot go
mkdir "$work/bin"
for tool in naru xfer; do
	cp "$(command -v $tool)" "$work/bin" || exit 1
done
cp "$net_tree/build/tools/libnaru-run.so" "$work/bin" || exit 1

# contained COMMAND: bash runs it as root in a user namespace with a network namespace of its own, and with lib.sh's
# wait_for
contained() {
	(cd / && setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --net \
		bash -c "PATH=$work/bin:$PATH work=$work; $(declare -f nap wait_for); ip link set lo up || exit; $1")
}

# A listener on a low port, a connection to it, and what naru's commands do with them
own_network() {
	local wire=$1
	rm -f "$work/holds"
	contained "
		naru run --$wire python3 -c '
import select, socket
s = socket.socket()
s.bind((\"127.0.0.1\", 80))
s.listen()
open(\"$work/holds\", \"w\")
c = s.accept()[0]
ends = select.poll()
ends.register(c, 0)
ends.poll()' &
		wait_for 20 test -e $work/holds || exit 1
		xfer -S -c 127.0.0.1 -p 80 -w $wire -n 10000000 &
		established() { naru sock -H state established sport 80 | grep -q :80; }
		wait_for 20 established || exit 1
		naru set keepalive_time=77 && naru get -n keepalive_time || exit 1
		naru sock -l sport 80 || exit 1
		naru sock kill all || exit 1
		wait
		naru sock -H" >"$work/own" 2>&1 || {
		cat "$work/own"
		return 1
	}
	cat "$work/own"
	grep -q '\b77$' "$work/own" && grep -q LISTEN "$work/own" && grep -q killed "$work/own"
}

# refused COMMAND: contained, it fails, and says that it is not permitted
refused() {
	local said
	said=$(contained "$1" 2>&1) && echo "it was done: $said" && return 1
	echo "$said"
	[[ ${said,,} == *"not permitted"* || $said == *"ermission denied"* ]]
}

# A listener of the first namespace's is neither seen nor killed, nor are settings there changed
others() {
	local was
	net_port=$((net_port + 1))
	rm -f "$work/listens"
	xfer -l 127.0.0.1 -p $net_port -w inet -r "$work/listens" >/dev/null 2>&1 &
	receiver_pid=$!
	wait_for 20 test -e "$work/listens" || return
	was=$(naru get -n keepalive_time)
	contained "naru set keepalive_time=78 && naru sock kill all && naru sock -l" >"$work/seen" || return
	grep ":$net_port" "$work/seen" && echo "it is seen" && return 1
	want "the setting outside" "$(naru get -n keepalive_time)" "$was" || return
	naru sock -l sport $net_port | grep -q ":$net_port" || return
	kill "$receiver_pid"
	wait "$receiver_pid"
	true
}

# What takes the machine's memory may be less than its default, and that again, and no more
bounds() {
	contained "naru set napt_max_mappings=1000 max_orphans=1000 && naru set napt_max_mappings=1048576" || return
	refused "naru set napt_max_mappings=1048577" || return
	refused "naru set napt_max_sessions=4194305" || return
	refused "naru set max_tw_buckets=65537"
}

# Who is root outside may, inside too
bounds_raised() {
	local was
	was=$(naru get -n napt_max_mappings) || return
	naru set napt_max_mappings=2000000 || return
	naru set napt_max_mappings="${was##* }"
}

result "own network, inet" own_network inet
result "own network, native" own_network native
result "other namespaces" others
result "no list of every namespace" refused "naru sock -E"
result "no way into the first namespace" refused "naru -N /proc/1/ns/net set keepalive_time=79"
result "bounds of memory" bounds
result "bounds of memory, raised by who may" bounds_raised
# -f: rmmod(8) itself does not even ask while something uses the module
result "no unloading" refused "rmmod -f naru"
finish
