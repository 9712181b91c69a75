#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# iperf3 over TCP and UDP: one stream and eight, to the server, from it and both at once.
# timeout: 600
. "$(dirname "$0")/lib.sh"

bytes=$(on_debug 1M 4M)
size=100000	# of the file
ends=1		# it takes the signal for an error, and says so

# iperf STACK EXPRESSION OPTION...: it holds of the report's end, e
iperf() {
	on "$1" timeout 100 iperf3 -c 10.9.0.2 -J "${@:3}" >"$work/iperf" || {
		cat "$work/iperf"
		return 1
	}
	python3 -Ic '
import json, sys
e = json.load(open(sys.argv[1]))["end"]
print(sys.argv[2], e)
sys.exit(not eval(sys.argv[2]))' "$work/iperf" "$2"
}

# What was on its way when the sender ended is not counted, so buffers are smaller than what is sent
sends() {
	iperf "$1" 'e["sum_sent"]["bytes"] >= 1 << 20 and e["sum_received"]["bytes"] > 0' -w 32K -n "$bytes" "${@:2}"
}

# A file to the server, of which it has a beginning when the client ends, and another from it. iperf3 garbles what a
# write did not take whole, so all of it fits into the buffer
files() {
	sends_file "$1" there && cmp -n "$(stat -c %s "$work/there")" "$work/file" "$work/there" || return
	cp "$work/file" "$work/there"
	sends_file "$1" back -R && same "$work/file" "$work/back"
}

# sends_file STACK RECEIVED [-R]
sends_file() {
	local mine=$work/file
	[ $# = 2 ] || mine=$work/$2
	rm -f "$work/$2"
	iperf "$1" 'e["sum_received"]["bytes"] > 0' -w 200K -l 1000 -b 2M -n $size -F "$mine" "${@:3}" || return
	want "bytes of the file" "$(stat -c %s "$work/$2")" "$(python3 -Ic '
import json, sys
print(json.load(open(sys.argv[1]))["end"]["sum_received"]["bytes"])' "$work/iperf")"
}

iperf_file() {
	serve "$1" 5201 iperf3 -s -F "$work/there" && served "$1" "$2" files "$2" && told
}

told() {
	grep -q 'interrupt - the server has terminated' "$server_log"
}

tcp() {
	sends "$1" || return
	sends "$1" -R || return
	sends "$1" -P 8 || return
	sends "$1" -P 8 -R || return
	iperf "$1" 'e["sum_received"]["bytes"] > 0 and e["sum_received_bidir_reverse"]["bytes"] > 0' -w 32K -n "$bytes" --bidir
}

iperf_tcp() {
	serve "$1" 5201 iperf3 -s && served "$1" "$2" tcp "$2" && told
}

datagrams() {
	local some='e["sum"]["packets"] > e["sum"]["lost_packets"] >= 0'
	iperf "$1" "$some" -u -b 2M -n 100K || return
	iperf "$1" "$some" -u -b 2M -n 100K -R || return
	iperf "$1" "$some"' and len(e["streams"]) == 8' -u -b 1M -n 50K -P 8 || return
	iperf "$1" "$some" -u -b 2M -n 100K --bidir
}

iperf_udp() {
	local kinds=(--tcp --udp)
	serve "$1" 5201 iperf3 -s && served_dgrams "$1" "$2" datagrams "$2" && told
}

hosts
data file $size
both_ways "a file over TCP, both ways" iperf_file
both_ways "TCP, 1 and 8 streams, both ways and both at once" iperf_tcp
both_ways "UDP, 1 and 8 streams, both ways and both at once" iperf_udp
conclude
