#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What goes wrong beyond a NAT is told to those inside, and what goes wrong behind it to those outside, each in terms of the
# packets that they sent; fragments come through in any order
# timeout: 600
. "$(dirname "$0")/napt_lib.sh"

server=198.51.100.2
external=203.0.113.1
bytes=1000000

# says PATTERN NS [option]... PROTO SRC:PORT DST:PORT: so ends an exchange
says() {
	local pattern=$1 said
	shift
	said=$(ask "$@")
	echo "$*: $said"
	echo "$said" | grep -qE "^$pattern\$"
}

# ---- no next hop ----

# The router's neighbour is not there, or that of the router behind. naru, as RFC 1122 4.2.3.9 wants it, tries on and gives
# this as the reason in the end
dead_next_hop() {
	local dst=$1 router=$2
	says "error: No route to host" "$A" tcp 192.168.7.2:4100 "$dst:80" || return
	says "error: No route to host" "$A" -w 60 inet 192.168.7.2:4100 "$dst:80" || return
	says "error: No route to host" "$A" -w 60 native 192.168.7.2:4100 "$dst:80" || return
	says "error 3/1 from $router mtu 0" "$A" udp 192.168.7.2:4100 "$dst:80" || return
	says "error 3/1 from $router mtu 0" "$A" native-dgram 192.168.7.2:4100 "$dst:80"
}

ping_told() {
	a ping -n -c 1 -W 20 192.0.2.9 | tee "$work/ping"
	grep -q 'Destination Host Unreachable' "$work/ping"
}

nobody_there() {
	says "error 3/3 from $server mtu 0" "$A" udp 192.168.7.2:4101 $server:9 || return
	says "error: Connection refused" "$A" tcp 192.168.7.2:4101 $server:9
}

# ---- sizes ----

# set_mtu NS IF BYTES: of that end alone, so that the other goes on sending what it did
set_mtu() {
	ip -n "$1" link set "$2" mtu "$3"
}

# path_mtu BYTES: what A knows of the way to the server
path_mtu() {
	want "path MTU" "$(a ip route get $server | sed -n 's/.* mtu \([0-9]*\).*/\1/p')" "$1"
}

forget_path() {
	a ip route flush cache
	b ip route flush cache
}

smaller_beyond() {
	forget_path
	set_mtu "$Q" qb 1280
	transfer "$A" kernel "$B" kernel $server $bytes || return
	path_mtu 1280 || return
	says "error 3/4 from 203.0.113.254 mtu 1280" "$A" -d -b 1400 udp 192.168.7.2:4102 $server:3478 || return
	says "error 3/4 from 203.0.113.254 mtu 1280" "$A" -d -b 1400 native-dgram 192.168.7.2:4102 $server:3478
}

naru_learns() {
	local before
	forget_path
	on_kernel || before=$(counter "$A" PMTU_REDUCED) || return
	transfer "$A" "$1" "$B" "$2" $server $bytes || return
	on_kernel || [ "$(counter "$A" PMTU_REDUCED)" -gt "$before" ]
}

# The router's own way out: it says so itself, and cuts up what may be
smaller_way_out() {
	set_mtu "$Q" qb 1500
	forget_path
	set_mtu "$R" rq 1280
	says "error 3/4 from 192.168.7.1 mtu 1280" "$A" -d -b 1400 udp 192.168.7.2:4103 $server:3478 || return
	sees $external:4104 "$A" -b 1400 udp 192.168.7.2:4104 $server:3478 || return
	got "^$external:4104 $server:3478 1400 " "$udp_log" || return
	sees $external:4104 "$A" -b 4000 native-dgram 192.168.7.2:4104 $server:3478 || return
	got "^$external:4104 $server:3478 4000 " "$dgram_log" || return
	forget_path
	transfer "$A" kernel "$B" kernel $server $bytes || return
	path_mtu 1280 || return
	set_mtu "$R" rq 1500
	forget_path
}

# hear_inside PROTO PORT: A does, with a mapping
hear_inside() {
	serve "$A" -q -i $server:3478 "$1" "192.168.7.2:$2" && got "^$server:3478 "
}

# Those outside are told of the packet that they sent, with the address that they know
smaller_inside() {
	local proto code=0
	set_mtu "$R" ra 1280
	for proto in udp native-dgram; do
		hear_inside $proto 4105 || return
		says "error 3/4 from $external mtu 1280" "$B" -d -b 1400 $proto $server:99 $external:4105 || code=1
		b talk send -b 1400 $proto $server:99 $external:4105 whole || code=1
		got "^$server:99 192.168.7.2:4105 1400 .* whole" || code=1
		unserve
	done
	b ip route flush cache
	receive "$B" kernel $server -S -n $bytes || return
	a xfer -c $server -p "$net_port" >"$work/fetched" || code=1
	want "what arrived" "$(cat "$work/fetched")" "$(digest_of 1 $bytes)" || code=1
	want "path MTU" "$(b ip route get $external | sed -n 's/.* mtu \([0-9]*\).*/\1/p')" 1280 || code=1
	wait "$receiver_pid" || code=1
	set_mtu "$R" ra 1500
	forget_path
	return $code
}

# ---- life ----

ends_on_the_way() {
	says "error 11/0 from 192.168.7.1 mtu 0" "$A" -t 1 "$1" 192.168.7.2:4106 $server:3478 || return
	says "error 11/0 from 203.0.113.254 mtu 0" "$A" -t 2 "$1" 192.168.7.2:4106 $server:3478 || return
	sees $external:4106 "$A" -t 3 "$1" 192.168.7.2:4106 $server:3478
}

# From outside the router is the last but one
ends_before_inside() {
	local code=0
	hear_inside "$1" 4107 || return
	says "error 11/0 from $external mtu 0" "$B" -t 2 "$1" $server:99 $external:4107 || code=1
	b talk send -t 3 "$1" $server:99 $external:4107 arrives || code=1
	got "^$server:99 192.168.7.2:4107 .* arrives" || code=1
	unserve
	return $code
}

time_exceeded() {
	local ns n=0
	for ns in "$R" "$Q"; do
		n=$((n + $(inns "$ns" nstat -asz IcmpOutTimeExcds | awk '/TimeExcds/ { print $2 }')))
	done
	echo $n
}

exceeded() {
	[ "$(time_exceeded)" -ge "$1" ]
}

# Two NATs that each think an address is behind the other, and what the other sends is inside: the packet is translated at
# each turn, and dies of its TTL. The router where it does so says it, and that goes back through all the turns, by itself
# too, for which it has to take packets from its own address
loop() {
	local before
	q sysctl -qw net.ipv4.conf.qr.accept_local=1
	ip -n "$Q" route add 198.18.1.0/24 via 203.0.113.1
	napt "$R" rule flush || return
	napt "$R" rule add dev rq src 192.168.7.0/24 to 198.18.1.1 || return
	napt "$R" rule add dev rq src 198.18.2.0/24 to 198.18.1.1 || return
	napt "$Q" rule add dev qr src 198.18.1.0/24 to 198.18.2.1 || return
	says "error 11/0 from 203.0.113.254 mtu 0" "$A" -t 16 udp 192.168.7.2:4108 192.0.2.8:9 || return
	want "mappings of one" "$(maps "$R" | wc -l)" 8 || return
	want "mappings of the other" "$(maps "$Q" | wc -l)" 7 || return
	before=$(time_exceeded)
	says "error 11/0 from 203.0.113.254 mtu 0" "$A" -t 64 native-dgram 192.168.7.2:4108 192.0.2.8:9 || return
	want "times exceeded" "$(time_exceeded)" $((before + 1)) || return
	want "mappings of one" "$(maps "$R" proto native-dgram | wc -l)" 32 || return
	want "mappings of the other" "$(maps "$Q" proto native-dgram | wc -l)" 31 || return
	q sysctl -qw net.ipv4.conf.qr.accept_local=0
	ip -n "$Q" route del 198.18.1.0/24
	no_rules "$Q"
}

# Without a src that says otherwise what comes back is not from inside: it is not translated again, and does not go on
loop_of_strangers() {
	napt "$R" rule flush || return
	napt "$R" rule add dev rq to dev rq || return
	napt "$Q" rule add dev qr to dev qr || return
	says "error 11/0 from 203.0.113.254 mtu 0" "$A" -t 2 udp 192.168.7.2:4109 192.0.2.8:9 || return
	a talk send -t 16 udp 192.168.7.2:4109 192.0.2.8:9 round || return
	no_rules "$Q"
	sees $external:4109 "$A" udp 192.168.7.2:4109 $server:3478 || return
	want "mappings" "$(maps "$R")" "udp 192.168.7.2:4109 $external:4109"
}

# ---- between those outside ----

# passes PROTOCOL BYTES: R drops no such packet on its way from outside to outside, and it dies of its TTL at Q
passes() {
	local before
	before=$(time_exceeded)
	b python3 -Ic 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[1]))
s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 3)
s.sendto(bytes(int(sys.argv[2])), ("192.0.2.8", 0))' "$@" || return
	wait_for 20 exceeded $((before + 1))
}

# To R a host beyond its interface is outside, whom it sends nothing through the NAPT and tells what a router tells, even
# where its rule takes whatever leaves there
in_transit() {
	local proto
	napt "$R" rule flush || return
	napt "$R" rule add dev rq to dev rq || return
	for proto in udp native-dgram; do
		says "error 11/0 from 203.0.113.1 mtu 0" "$B" -t 2 $proto $server:4120 192.0.2.8:9 || return
		says "error 11/0 from 198.51.100.1 mtu 0" "$B" -t 3 $proto $server:4120 192.0.2.8:9 || return
		says "error 3/1 from 203.0.113.1 mtu 0" "$B" $proto $server:4121 192.0.2.9:9 || return
		says "error 3/4 from 203.0.113.1 mtu 1280" "$B" -d -b 1400 $proto $server:4122 192.0.2.10:9 || return
	done
	passes 132 20 || return
	passes 17 3 || return
	want "mappings" "$(maps "$R")" ""
}

# ---- fragments ----

# fragments.py PROTOCOL SRC PORT DST PORT: a datagram in three, once in each order, and then some that never come to a
# datagram. Prints what a receiver of the whole ones has to see: bytes and beginning of the hash
write_fragments() {
	cat >"$work/fragments.py" <<-'END'
		import hashlib, itertools, socket, struct, sys
		proto, src, sport, dst, dport = [int(w) if w.isdigit() else w for w in sys.argv[1:]]
		addrs = socket.inet_aton(src) + socket.inet_aton(dst)
		out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
		def checksum(b):
		    b += bytes(len(b) % 2)
		    s = sum(struct.unpack(">%dH" % (len(b) // 2), b))
		    while s >> 16:
		        s = (s & 0xffff) + (s >> 16)
		    return s ^ 0xffff
		def datagram(text):
		    n = 8 + len(text)
		    head = struct.pack(">4H", sport, dport, n, 0)
		    c = checksum(addrs + struct.pack(">2H", 17, n) + head + text)
		    return head[:6] + struct.pack(">H", c or 0xffff) + text
		def send(ident, offset, more, data):
		    head = struct.pack(">2B3H2BH", 0x45, 0, 20 + len(data), ident, more << 13 | offset // 8, 64, proto, 0)
		    out.sendto(head + addrs + data, (dst, 0))
		ident = 100
		for order in itertools.permutations((0, 1480, 2960)):
		    text = ("order %d %d %d " % order).encode().ljust(4000, b"x")
		    whole = datagram(text)
		    for offset in order:
		        send(ident, offset, offset < 2960, whole[offset:offset + 1480])
		    ident += 1
		    print(len(text), hashlib.sha256(text).hexdigest()[:16])
		for i in range(100):
		    send(1000 + i, 1480, i % 2, bytes(800))
		overlap = datagram(b"overlap".ljust(2000, b"x"))
		send(2000, 0, 1, overlap[:1480])
		send(2000, 1400, 0, overlap[1400:])
		send(2000, 1480, 0, overlap[1480:])
		text = b"after all that"
		send(3000, 0, 0, datagram(text))
		print(len(text), hashlib.sha256(text).hexdigest()[:16])
	END
}

# whole_from LOG FROM: what came from there, as fragments.py tells it
whole_from() {
	awk -v from="$2" '$1 == from { print $3, $4 }' "$1"
}

# in_any_order NS SRC PORT DST PORT LOG SEEN-AS PROTO
in_any_order() {
	local ns=$1 src=$2 sport=$3 dst=$4 dport=$5 log=$6 seen=$7 proto=17
	[ "$8" = udp ] || proto=254
	inns "$ns" python3 -I "$work/fragments.py" $proto "$src" "$sport" "$dst" "$dport" >"$work/wanted" || return
	got "^$seen .* after all that" "$log" || return
	want "what arrived whole" "$(whole_from "$log" "$seen")" "$(cat "$work/wanted")"
}

outward_fragments() {
	local log=$udp_log
	[ "$1" = udp ] || log=$dgram_log
	in_any_order "$A" 192.168.7.2 4110 $server 3478 "$log" $external:4110 "$1"
}

inward_fragments() {
	local code=0
	hear_inside "$1" 4111 || return
	in_any_order "$B" $server 99 $external 4111 "$serve_log" $server:99 "$1" || code=1
	unserve
	return $code
}

# ---- conntrack ----

tracked() {
	r sysctl -n net.netfilter.nf_conntrack_count
}

# The firewall drops all that is tracked. Entries stay for minutes, so that what makes some comes last
untracked() {
	no_rules "$R"
	translate "$R" rq 192.168.7.0/24 notrack on || return
	r nft -f - <<-END || return
		table ip t {
			chain forward {
				type filter hook forward priority 0; policy accept;
				ct state new,established,related,invalid counter drop
			}
		}
	END
	sees $external:4112 "$A" udp 192.168.7.2:4112 $server:3478 || return
	says "error 3/3 from $server mtu 0" "$A" udp 192.168.7.2:4112 $server:9 || return
	says "error 11/0 from 203.0.113.254 mtu 0" "$A" -t 2 udp 192.168.7.2:4112 $server:3478 || return
	transfer "$A" kernel "$B" kernel $server $bytes || return
	a ping -n -c 1 -W 20 $server || return
	want "entries of conntrack" "$(tracked)" 0 || return
	r nft -f - <<-END || return
		flush chain ip t forward
		add rule ip t forward ct state invalid drop
	END
	no_rules "$R"
	translate "$R" rq 192.168.7.0/24 || return
	sees $external:4113 "$A" udp 192.168.7.2:4113 $server:3478 || return
	[ "$(tracked)" -gt 0 ] || {
		echo "conntrack sees nothing anyway: this test shows nothing"
		return 1
	}
	r nft delete table ip t
}

# What the router itself sends is tracked where it leaves its socket: what answers it has to be as well
own_flows_tracked() {
	no_rules "$R"
	translate "$R" rq 192.168.7.0/24 notrack on || return
	r nft -f - <<-END || return
		table ip t {
			chain input {
				type filter hook input priority 0; policy drop;
				ct state established,related accept
			}
		}
	END
	sees $external:4114 "$R" udp 203.0.113.1:4114 $server:3478 || return
	says "error 3/3 from $server mtu 0" "$R" udp 203.0.113.1:4114 $server:9 || return
	transfer "$R" kernel "$B" kernel $server $bytes || return
	r nft delete table ip t
}

two_nats
ip -n "$R" route add 192.0.2.0/24 via 203.0.113.77
on_kernel || a naru set syn_retries=2
write_fragments
serve "$B" udp $server:3478
udp_log=$serve_log
serve "$B" native-dgram $server:3478
dgram_log=$serve_log
translate "$R" rq 192.168.7.0/24 || exit 1
result "a dead next hop" dead_next_hop 192.0.2.9 "(192.168.7.1|203.0.113.1)"
result "a dead next hop, for ping" ping_told
result "a dead next hop further on" dead_next_hop 198.51.100.77 203.0.113.254
result "nobody at the port" nobody_there
result "a smaller MTU beyond" smaller_beyond
result "a smaller MTU beyond, naru's streams, inet" naru_learns inet kernel
result "a smaller MTU beyond, naru's streams, native" naru_learns native native
result "a smaller MTU on the way out" smaller_way_out
result "a smaller MTU inside" smaller_inside
for proto in udp native-dgram; do
	result "TTL that ends on the way, $proto" ends_on_the_way $proto
	result "TTL that ends before the inside, $proto" ends_before_inside $proto
	result "fragments in all orders, outward, $proto" outward_fragments $proto
	result "fragments in all orders, inward, $proto" inward_fragments $proto
done
ip -n "$R" route del 192.0.2.0/24
ip -n "$R" route add 192.0.2.9 via 203.0.113.77
ip -n "$R" route add 192.0.2.10 via 203.0.113.254 mtu 1280
ip -n "$Q" route add 192.0.2.0/24 via 203.0.113.1
ip -n "$B" route add 192.0.2.0/24 via 198.51.100.1
r sysctl -qw net.ipv4.icmp_ratemask=0
q sysctl -qw net.ipv4.icmp_ratemask=0
if ! on_kernel; then
	result "two NATs in a loop" loop
	result "two NATs in a loop, no inside" loop_of_strangers
	result "from outside to outside" in_transit
	result "notrack leaves conntrack empty" untracked
	result "notrack, and the router's own flows" own_flows_tracked
fi
finish
