#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NAPT and packets that no program sends; what napt_fuzz.sh has found stands here by itself
. "$(dirname "$0")/napt_lib.sh"

external=203.0.113.1
server=203.0.113.2
other=203.0.113.3
pool=198.51.100

# rule SPEC...: this alone
rule() {
	napt "$R" rule flush && napt "$R" rule add dev rb src 192.168.7.0/24 "$@"
}

# odd NS NUMBER SRC[:PORT] DST[:PORT] [OPTIONS [OFFSET]]: one packet of that protocol, without a checksum but the IP header's.
# Of 1 it is an error, of 6 and 253 a SYN. OPTIONS: of IP, in hex, "" none; OFFSET: length of its header, in words (5)
odd() {
	inns "$1" python3 -Ic "$packets
send(*sys.argv[1:])" "${@:2}"
}
packets='
import socket, struct, subprocess, sys
def end(text):
    host, _, port = text.partition(":")
    return socket.inet_aton(host), int(port or 0)
def transport(proto, ports, words):
    if proto == 1:
        return bytes([3, 3]) + bytes(34)
    if proto in (6, 253):
        return ports + struct.pack("!IIBBHHH", 1000, 0, words << 4, 2, 1000, 0, 0)
    return ports + struct.pack("!HH", 8, 0)
def send(proto, src, dst, options="", words="5"):
    proto, src, dst, options = int(proto), end(src), end(dst), bytes.fromhex(options)
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 0, 0, 0, 64, proto, 0) + src[0] + dst[0]
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    packet = head + options + transport(proto, struct.pack("!HH", src[1], dst[1]), int(words))
    s.sendto(packet, (socket.inet_ntoa(dst[0]), 0))
'

# ---- filters ----

# A segment that says of its header that it is shorter than any is no way round a filter
broken_segment() {
	rule to $external filtering apd || return
	odd "$A" "$1" 192.168.7.2:4000 $server:80 || return
	wait_for 20 has_map "$R" "$2" 192.168.7.2:4000 $external:4000 || return
	counts "$R" DROP_NAPT_FILTERED odd "$B" "$1" $other:80 $external:4000 "" 4
}

# ---- sources ----

# An address of the pool that is nobody's own comes out of the NAPT, and from nowhere else
forged_source() {
	rule to $external,$pool.0/28 || return
	counts "$R" DROP_NAPT_FORGED odd "$A" 17 $pool.3:4000 $server:3478 || return
	counts "$R" DROP_NAPT_FORGED odd "$A" 6 $pool.3:4000 $server:3478 || return
	counts "$R" DROP_NAPT_FORGED odd "$A" 1 $pool.3 $server
}

# on_wire NS DEV MAC SRC DST NUMBER...: a datagram of 17 from each of these ports, past NS's own IP, to port 4000
on_wire() {
	inns "$1" python3 -Ic '
import socket, struct, sys
dev, mac, src, dst, *ports = sys.argv[1:]
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
def words(b):
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    n = (n & 0xffff) + (n >> 16)
    return struct.pack("!H", (n + (n >> 16) & 0xffff) ^ 0xffff)
for port in ports:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + socket.inet_aton(src) + socket.inet_aton(dst)
    packet = head[:10] + words(head) + head[12:] + struct.pack("!HHHH", int(port), 4000, 8, 0)
    s.sendto(packet, (dev, 0x0800, 0, 0, bytes.fromhex(mac.replace(":", ""))))
' "${@:2}"
}

# mac_of NS DEV
mac_of() {
	ip -n "$1" -j link show "$2" | grep -oE '"address":"[0-9a-f:]*"' | cut -d '"' -f 4
}

# Nobody has such an address: what comes from it makes no session, and goes to nobody
impossible_source() {
	local src mac out
	napt "$R" rule flush && napt "$R" rule add dev rb to $external || return
	napt "$R" map add udp $external:4000 to 192.168.7.2:4000 || return
	mac=$(mac_of "$R" br0) && out=$(mac_of "$R" rb) || return
	r sysctl -qw net.ipv4.conf.br0.route_localnet=1 net.ipv4.conf.rb.route_localnet=1
	for src in 0.0.0.0 0.0.0.1 127.0.0.1 224.0.0.1 239.255.255.250 255.255.255.255; do
		counts "$R" DROP_NAPT_SOURCE on_wire "$B" b0 "$out" $src $external 1 || return
		counts "$R" DROP_NAPT_SOURCE on_wire "$A" a0 "$mac" $src $external 1 || return
	done
	# The kernel itself lets none but these be forwarded
	r sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.br0.rp_filter=0
	for src in 0.0.0.1 127.0.0.2; do
		counts "$R" DROP_NAPT_SOURCE on_wire "$A" a0 "$mac" $src $server 1 || return
	done
	r sysctl -qw net.ipv4.conf.br0.route_localnet=0 net.ipv4.conf.rb.route_localnet=0
	on_wire "$B" b0 "$out" 0.0.0.0 $external 2 3 2 3 4 || return
	sees $server:99 "$B" udp $server:99 $external:4000 || return
	want "sessions" "$(query "$R" '[ep(s["remote"]) for s in j]' session list)" $server:99 || return
	want "explained" "$(napt "$R" explain in rb udp 0.0.0.0:1 to $external:4000 -j | tr -d ' ' |
		grep -oE '"(verdict|because)":"[a-z-]*"')" '"verdict":"dropped"
"because":"source"' || return
	napt "$R" map del static
}

# ---- IP options ----

# seen_options HEX SENT: what a server is told of a datagram with options
seen_options() {
	want "options $2" "$(b timeout 60 python3 -Ic '
import socket, subprocess, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 6, 1)		# IP_RECVOPTS
s.bind((sys.argv[1], 3478))
subprocess.run(sys.argv[2:], check=True)
print(s.recvmsg(64, 256)[1][0][2].hex())' \
		$server inns "$A" python3 -Ic "$packets
send(*sys.argv[1:])" 17 192.168.7.2:4000 $server:3478 "$2")" "$1"
}

# A recorded route, and a timestamp with its address: what those inside have written is not seen outside. The router and
# the server write themselves, or count that there is no room
hidden_options() {
	rule to $external || return
	seen_options 070f10cb007101cb007101cb00710200 070f08c0a80702000000000000000000 || return
	seen_options 440c0d21cb00710100000001 440c0d01c0a8070200000001
}

source_route() {
	rule to $external || return
	r sysctl -qw net.ipv4.conf.all.accept_source_route=1 net.ipv4.conf.br0.accept_source_route=1
	counts "$R" DROP_NAPT_OPTIONS odd "$A" 17 192.168.7.2:4000 $server:3478 830708c0a8070300
}

# ---- time ----

# hurry TIMES: time goes so much faster for the NAPT
hurry() {
	r naru set napt_timer_divisor="$1"
}

# left FILTER...: no mapping is
left() {
	[ -z "$(maps "$R" "$@")" ]
}

# A connection that is established has ten hours, and four minutes when it has ended. The wheel has put it off when the
# mapping of a datagram has come and gone, which has five minutes
ends_sooner_closed() {
	local sender
	hurry 60
	rule to $external tcp-established 36000 || return
	receive "$B" kernel $server || return
	inns "$A" xfer -S -c $server -p "$net_port" -n 200000 -P 100000 -W "$work/gate" &
	sender=$!
	wait_for 30 test -e "$work/gate.paused" || return
	sees $external:4100 "$A" udp 192.168.7.2:4100 $server:3478 || return
	wait_for 60 left proto udp || return
	touch "$work/gate"
	wait $sender || return
	received 1 200000 || return
	wait_for 60 left proto tcp
}

# A rule with less patience takes the place of one, and a datagram follows
ends_sooner_by_rule() {
	hurry 120
	rule to $external udp 36000 || return
	sees $external:4101 "$A" udp 192.168.7.2:4101 $server:3478 || return
	napt "$R" rule replace "$(query "$R" 'j[0]["id"]' rule list)" dev rb src 192.168.7.0/24 to $external udp 120 || return
	sees $external:4101 "$A" udp 192.168.7.2:4101 $server:3478 || return
	wait_for 60 left proto udp
}

# A SYN waits for its answer, and meanwhile no rule has its address any more: it gets none. Another, later, gets its own
waits_in_vain() {
	local id
	hurry 2
	rule to $external,$pool.0/28 || return
	ip -n "$R" route replace $pool.0/24 via $other
	id=$(query "$R" 'j[0]["id"]' rule list) || return
	want "answered" "$(b timeout 60 python3 -Ic "$packets"'
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
send("6", sys.argv[1], sys.argv[2])
subprocess.run(sys.argv[4:], check=True)
send("6", sys.argv[1], sys.argv[3])
p = s.recv(2048)
while p[20:22] != b"\3\3":
    p = s.recv(2048)
print(socket.inet_ntoa(p[44:48]))' $server:99 $pool.3:4000 $external:4000 \
		inns "$R" naru napt rule replace "$id" dev rb src 192.168.7.0/24 to $external)" $external
}

napt_hosts
result "a broken segment, TCP" broken_segment 6 tcp
result "a broken segment, 253" broken_segment 253 native
result "an address of the pool as source" forged_source
serve "$A" udp 192.168.7.2:4000
result "a source that nobody has" impossible_source
unserve
result "options that tell" hidden_options
result "a source route" source_route
serve "$B" udp $server:3478
result "a connection that ends" ends_sooner_closed
result "a rule with less patience" ends_sooner_by_rule
result "the address goes while a SYN waits" waits_in_vain
finish
