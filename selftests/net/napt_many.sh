#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More sessions than there may be, more than end at one go, and mappings that come while all are ended
# timeout: 600
. "$(dirname "$0")/napt_lib.sh"

external=203.0.113.1
server=203.0.113.2

# datagrams NS SRC FIRST-LAST DST:PORT [forever]: from each of those ports
datagrams() {
	inns "$1" python3 -Ic '
import socket, struct, sys
src, ports, dst = sys.argv[1:4]
host, port = dst.split(":")
first, last = map(int, ports.split("-"))
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
head = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + socket.inet_aton(src) + socket.inet_aton(host)
again = True
while again:
    for n in range(first, last + 1):
        s.sendto(head + struct.pack("!HHHH", n, int(port), 8, 0), (host, 0))
    again = len(sys.argv) > 4' "${@:2}"
}

# strangers FIRST-LAST PORT: to that external port
strangers() {
	datagrams "$B" $server "$1" "$external:$2"
}

# forwards HOST: to a port of it
forwards() {
	napt "$R" map add udp $external:9000 to "$1:9000"
}

# with_sessions N [FILTER]...: the mapping has so many
with_sessions() {
	[ "$(query "$R" 'sum(m["sessions"] for m in j)' map list "${@:2}")" = "$1" ]
}

# ---- strangers ----

# They have half of what there may be, and those inside the rest
strangers_take_half() {
	local before
	forwards 192.168.7.2 || return
	r naru set napt_max_sessions=100 || return
	before=$(counter "$R" DROP_NAPT_STRANGERS) || return
	strangers 1000-1099 9000 || return
	wait_for 20 counted "$R" DROP_NAPT_STRANGERS $((before + 50)) || return
	want "refused" "$(counter "$R" DROP_NAPT_STRANGERS)" $((before + 50)) || return
	with_sessions 50 static || return
	event limit '192\.168\.7\.2' || return
	sees $external:4000 "$A" udp 192.168.7.2:4000 $server:3478 || return
	sees $external:4001 "$C" udp 192.168.7.3:4001 $external:9000 || return
	datagrams "$C" 192.168.7.3 5000-5099 $server:3478 || return
	wait_for 20 with_sessions 100 || return
	napt "$R" map flush && napt "$R" map del static || return
	forwards 192.168.7.2 || return
	wait_for 20 stranger_gets_in || return
	napt "$R" map del static && default_limits
}

stranger_gets_in() {
	strangers 2000-2000 9000 && with_sessions 1 static
}

default_limits() {
	r naru set napt_max_sessions=4194304
}

# ---- one end for many ----

# The mapping goes at once, and its port is another's, while its sessions go behind it; none is counted any more
ends_with_many() {
	forwards 192.168.7.2 || return
	strangers 1000-60999 9000 || return
	wait_for 60 with_sessions 60000 static || return
	napt "$R" map del static && forwards 192.168.7.3 || return
	want "mappings" "$(maps "$R")" "udp 192.168.7.3:9000 $external:9000" || return
	want "sessions" "$(sessions "$R")" "" || return
	r naru set napt_max_sessions=2 || return
	wait_for 60 stranger_gets_in || return
	napt "$R" map del static && default_limits
}

# A mapping whose time is up goes with those that strangers have, whoever finds out first
times_out_with_many() {
	r naru set napt_timer_divisor=60 || return
	a talk send udp 192.168.7.2:4010 $server:1 here || return
	wait_for 20 with_sessions 1 inside 192.168.7.2:4010 || return
	wait_for 60 gone_under_fire || return
	r naru set napt_timer_divisor=1 napt_max_sessions=2 || return
	forwards 192.168.7.2 || return
	wait_for 60 stranger_gets_in || return
	napt "$R" map del static && default_limits
}

gone_under_fire() {
	strangers 1000-2999 4010 && [ -z "$(maps "$R" inside 192.168.7.2:4010)" ]
}

# Its namespace ends while they are there
namespace_ends() {
	forwards 192.168.7.2 || return
	strangers 1000-20999 9000 || return
	wait_for 60 with_sessions 20000 static || return
	ip netns del "$R"
	unload || return
	insmod "$ko"
}

# ---- all of them ----

# A host makes mappings again as fast as they end
flush_comes_to_an_end() {
	local sender i code=0
	datagrams "$A" 192.168.7.2 10000-12999 $server:1 forever &
	sender=$!
	wait_for 60 has_many || code=1
	for ((i = 0; i < 20 && code == 0; i++)); do
		inns "$R" timeout 60 naru napt map flush || code=1
	done
	kill $sender
	wait $sender
	napt "$R" map flush && return $code
}

has_many() {
	[ "$(maps "$R" inside 192.168.7.2 | grep -c .)" -gt 1000 ]
}

find_module
napt_hosts
translate "$R" rb 192.168.7.0/24 && events_on "$R" || exit 1
serve "$B" udp $server:3478
serve "$A" udp 192.168.7.2:9000
result "strangers take half of the sessions" strangers_take_half
unserve
events_off
result "a mapping ends with 60,000 sessions" ends_with_many
result "a mapping with many sessions times out" times_out_with_many
result "all mappings end while others are made" flush_comes_to_an_end
result "a namespace ends with 20,000 sessions" namespace_ends
finish
