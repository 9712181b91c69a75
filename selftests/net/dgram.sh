#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Datagram sockets between hosts: what the tools show of them, what holds the module, and the way through a NAPT
# timeout: 300
. "$(dirname "$0")/napt_lib.sh"

near=192.168.7.3
server=203.0.113.2

# dgram_on NS COMMAND WIRE ADDRESS PORT [WORD]...: of dgram.py, in the background, until it is ready; its process is
# $dgram_pid, what it says is in $work/said.dgram
dgram_on() {
	local ns=$1 command=$2 wire=$3 addr=$4 port=$5
	rm -f "$work/dgram"
	inns "$ns" python3 "$net_dir/dgram.py" "$command" "$wire" "$addr" "$port" "$work/dgram" "${@:6}" \
		>"$work/said.dgram" 2>&1 &
	dgram_pid=$!
	wait_for 20 test -e "$work/dgram" && return
	cat "$work/said.dgram"
	return 1
}

dgram_off() {
	kill "$dgram_pid" 2>/dev/null
	wait "$dgram_pid" 2>/dev/null
	true
}

# dgram_ask NS WIRE ADDRESS PORT [FROM-PORT]
dgram_ask() {
	inns "$1" python3 "$net_dir/dgram.py" ask "${@:2}"
}

# between NS WIRE NS WIRE ADDRESS: the first asks the second, and is seen as what it is
between() {
	local code=0
	dgram_on "$3" echo "$4" "$5" 5300 || return
	want "what the server sees" "$(dgram_ask "$1" "$2" "$5" 5300 5301)" "192.168.7.2:5301" || code=1
	dgram_off
	return $code
}

# ---- what the tools show ----

shown() {
	local wire=$1 code=0
	dgram_on "$A" hold "$wire" 192.168.7.2 5302 $near 5303 || return
	{
		a naru sock -a sport 5302 &&
			a naru sock -a sport 5302 | grep "192.168.7.2:5302 .*$near:5303" | grep -q "^$wire" &&
			a naru sock -a -j sport 5302 | python3 -m json.tool >/dev/null &&
			a naru sock -a -p sport 5302 | grep python3 &&
			a naru netstat -anW &&
			a naru netstat -anW | grep -q "192.168.7.2:5302 .*$near:5303" &&
			a naru netstat -a -j | python3 -m json.tool >/dev/null
	} || code=1
	want "in another namespace" "$(c naru sock -a sport 5302 | grep -c 5302)" 0 || code=1
	dgram_off
	wait_for 20 not_shown || code=1
	return $code
}

not_shown() {
	[ "$(a naru sock -a sport 5302 | grep -c 5302)" = 0 ]
}

# Who waits hears that he was killed, and the port is free
killed() {
	local code=0
	dgram_on "$A" wait "$1" 192.168.7.2 5304 || return
	c naru sock kill all || code=1
	a kill -0 "$dgram_pid" || code=1
	a naru sock kill sport 5304 || code=1
	wait "$dgram_pid"
	want "the reader's error" "$(cat "$work/said.dgram")" ECONNABORTED || code=1
	dgram_on "$A" hold "$1" 192.168.7.2 5304 || code=1
	dgram_off
	return $code
}

# ---- memory ----

fill() {
	c python3 "$net_dir/dgram.py" fill "$1" 127.0.0.1
}

# The setting mem bounds what waits to be read, whatever SO_RCVBUF says
bounded() {
	local wire=$1 before code=0
	before=$(naru get -n mem) || return
	want "with memory" "$(fill "$wire")" all || code=1
	naru set mem 1 1 1 || return
	want "without" "$(fill "$wire")" "not all" || code=1
	# shellcheck disable=SC2086
	naru set mem $before || return
	want "with memory again" "$(fill "$wire")" all && return $code
}

# ---- the module ----

refused() {
	local said
	said=$(rmmod naru 2>&1) && echo "rmmod succeeded" && return 1
	echo "$said"
	loaded || return
	[[ $said == *"in use"* || $said == *"temporarily unavailable"* ]]
}

holds_module() {
	dgram_on "$A" hold "$1" 192.168.7.2 5305 || return
	refused || return
	naru sock --holding | tee "$work/holding"
	grep -A 1 "192.168.7.2:5305" "$work/holding" | grep -q "comm:\"python3\" pid:$dgram_pid\b" || return
	dgram_off
	wait_for 20 rmmod naru || return
	insmod "$ko"
}

# Datagrams in its queue, and a namespace that has lost its name while the program lives
namespace_exit() {
	local wire=$1 i
	dgram_on "$D" hold "$wire" 127.0.0.1 5306 || return
	for i in 1 2 3; do
		inns "$D" python3 -c "
import sys
sys.path.insert(0, '$net_dir')
import dgram
dgram.dgram('$wire', '127.0.0.1').sendto(b'x' * 1000, ('127.0.0.1', 5306))" || return
	done
	ip netns del "$D" || return
	naru sock --holding | tee "$work/holding"
	grep -A 1 "127.0.0.1:5306" "$work/holding" | grep -q "pid:$dgram_pid\b" || return
	refused || return
	dgram_off
	new_host "$D"
	wait_for 20 rmmod naru || return
	insmod "$ko"
}

# ---- through a NAPT ----

# A asks B, which sees the router; a second port is another mapping; nobody else gets in
through_napt() {
	local wire=$1 proto=$2 code=0
	translate "$R" rb 192.168.7.0/24 filtering apd || return
	dgram_on "$B" echo "$wire" $server 5307 || return
	want "A is seen as" "$(dgram_ask "$A" "$wire" $server 5307 5308)" 203.0.113.1:5308 || code=1
	want "A is seen again as" "$(dgram_ask "$A" "$wire" $server 5307 5308)" 203.0.113.1:5308 || code=1
	want "mappings" "$(query "$R" 'len(j)' map list proto "$proto" inside 192.168.7.2:5308)" 1 || code=1
	[[ $(dgram_ask "$C" "$wire" $server 5307 5308) == 203.0.113.1:* ]] || code=1
	dgram_off
	no_rules "$R"
	return $code
}

# ---- a name server ----

looked_up() {
	local wire=$1 code=0
	dgram_on "$C" dns "$wire" $near 53 || return
	want "the answer" "$(a dig +short +tries=1 +timeout=20 "@$near" naru.example A)" 192.0.2.7 || code=1
	dgram_off
	return $code
}

napt_hosts
new_host "$D"
find_module
for wire in inet native; do
	result "A asks C, $wire" between "$A" $wire "$C" $wire $near
done
result "naru asks the kernel" between "$A" inet "$C" kernel $near
result "the kernel asks naru" between "$A" kernel "$C" inet $near
result "dig asks naru" looked_up inet
for wire in inet native; do
	result "naru sock and naru netstat, $wire" shown $wire
	result "killed, $wire" killed $wire
	result "memory, $wire" bounded $wire
	result "rmmod is refused while one lives, $wire" holds_module $wire
	result "its namespace goes, $wire" namespace_exit $wire
done
result "through a NAPT, inet" through_napt inet udp
result "through a NAPT, native" through_napt native native-dgram
finish
