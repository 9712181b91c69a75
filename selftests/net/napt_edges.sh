#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NAPT beside what else a router may have: tunnels that pass, IPsec, marks, bridges with netfilter, VRFs
. "$(dirname "$0")/napt_lib.sh"

on_kernel && echo "1..0 # SKIP these are about naru's hooks" && exit 4
for module in vxlan vrf xfrm_user br_netfilter; do
	if ! modprobe $module; then
		echo "1..0 # SKIP the kernel has no $module"
		exit 4
	fi
done
# It is in all bridges' way from here on, and in other tests'
rmmod br_netfilter

external=203.0.113.1
server=203.0.113.2
other=203.0.113.3

# rule SPEC...: this alone
rule() {
	napt "$R" rule flush && napt "$R" rule add dev rb src 192.168.7.0/24 "$@"
}

# ---- tunnels ----

# Outer checksums of VXLAN that come in by an interface, until SIGTERM
outer_sums='
import signal, socket, struct, sys
dev, ready = sys.argv[1:]
seen = {"right": 0, "zero": 0, "wrong": 0}
def total(data):
    data += bytes(len(data) % 2)
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s
def judge(p):
    udp = p[(p[0] & 15) * 4:struct.unpack("!H", p[2:4])[0]]
    if p[9] != 17 or udp[2:4] != b"\x12\xb5":
        return
    if udp[6:8] == b"\0\0":
        seen["zero"] += 1
    else:
        right = total(p[12:20] + b"\0\x11" + udp[4:6] + udp) == 0xffff
        seen["right" if right else "wrong"] += 1
signal.signal(signal.SIGTERM, lambda *a: sys.exit())
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
s.bind((dev, 0x800))
open(ready, "w")
try:
    while True:
        p, address = s.recvfrom(65536)
        if address[2] != socket.PACKET_OUTGOING:
            judge(p)
finally:
    print(*("%s %d" % i for i in seen.items()))
'

# watch NS IF
watch() {
	rm -f "$work/reads"
	inns "$1" python3 -Ic "$outer_sums" "$2" "$work/reads" >"$work/sums" &
	watch_pid=$!
	wait_for 20 test -e "$work/reads"
}

unwatch() {
	kill $watch_pid
	wait $watch_pid
	cat "$work/sums"
}

# seen right|zero|wrong
seen() {
	sed -n "s/.*$1 \([0-9]*\).*/\1/p" "$work/sums"
}

# tunnel udpcsum|noudpcsum
tunnel() {
	ip -n "$A" link add vx type vxlan id 7 remote $server dstport 4789 dev a0 "$1" || return
	ip -n "$B" link add vx type vxlan id 7 remote $external dstport 4789 dev b0 "$1" || return
	v4 "$A" vx 10.99.0.1/24
	v4 "$B" vx 10.99.0.2/24
	ip -n "$A" link set vx up
	ip -n "$B" link set vx up
}

no_tunnel() {
	ip -n "$A" link del vx
	ip -n "$B" link del vx
}

# through_tunnel FROM IF-OF-FROM TO IF-OF-TO ADDRESS right|zero: a transfer whose super-segments R cuts, read where they come in
through_tunnel() {
	inns "$1" ethtool -K "$2" tx on tso on gso on >/dev/null
	watch "$3" "$4" || return
	transfer "$1" kernel "$3" kernel "$5" 300000 -t 20 || {
		unwatch
		return 1
	}
	unwatch
	want "wrong checksums" "$(seen wrong)" 0 || return
	[ "$(seen "$6")" -gt 0 ] || return
	want "right and zero" "$(($(seen right) + $(seen zero)))" "$(seen "$6")"
}

# R sums up and cuts itself what goes out by these
cut_by_router() {
	local dev
	for dev in ra rb; do
		r ethtool -K $dev tx off tso off gso off tx-udp_tnl-segmentation "$1" tx-udp_tnl-csum-segmentation "$1" \
			>/dev/null || return
	done
}

whole_by_router() {
	local dev
	for dev in ra rb; do
		r ethtool -K $dev tx on tso on gso on tx-udp_tnl-segmentation on tx-udp_tnl-csum-segmentation on >/dev/null
	done
}

# vxlan udpcsum|noudpcsum right|zero: from inside and from outside
vxlan() {
	local code=0
	rule to $external || return
	napt "$R" map add udp $external:4789 to 192.168.7.2:4789 || return
	cut_by_router off || return
	tunnel "$1" || return
	through_tunnel "$A" a0 "$B" b0 10.99.0.2 "$2" || code=1
	through_tunnel "$B" b0 "$A" a0 10.99.0.1 "$2" || code=1
	no_tunnel
	whole_by_router
	return $code
}

# ---- IPsec ----

# What a packet is translated to is what policies are about
ipsec_block() {
	local code=0
	rule to $external || return
	sees $external:4000 "$A" udp 192.168.7.2:4000 $server:3478 || return
	ip -n "$R" xfrm policy add dir out src $external/32 dst $server/32 action block || return
	counts "$R" DROP_NAPT_POLICY a talk send udp 192.168.7.2:4000 $server:3478 known || code=1
	counts "$R" DROP_NAPT_POLICY a talk send udp 192.168.7.2:4001 $server:3478 new || code=1
	sees $external:4000 "$A" udp 192.168.7.2:4000 $other:3478 || code=1
	ip -n "$R" xfrm policy flush
	sees $external:4001 "$A" udp 192.168.7.2:4001 $server:3478 || return
	[ $code = 0 ] || return
	! grep -E 'known|new' "$outside_log"
}

# associate NS SPI FROM TO
associate() {
	ip -n "$1" xfrm state add src "$3" dst "$4" proto esp spi "$2" mode transport enc cipher_null "" auth digest_null ""
}

# protect NS out|in FROM TO
protect() {
	ip -n "$1" xfrm policy add dir "$2" src "$3" dst "$4" tmpl proto esp mode transport
}

# B takes nothing from the external address that does not come by ESP
ipsec_transport() {
	local ns code=0
	rule to $external || return
	for ns in "$R" "$B"; do
		associate "$ns" 0x100 $external $server || return
		associate "$ns" 0x101 $server $external || return
	done
	protect "$B" in $external $server || return
	protect "$B" out $server $external || return
	a talk send udp 192.168.7.2:4010 $server:3478 clear || return
	protect "$R" out $external $server || return
	sees $external:4011 "$A" udp 192.168.7.2:4011 $server:3478 || code=1
	grep clear "$outside_log" && code=1
	for ns in "$R" "$B"; do
		ip -n "$ns" xfrm policy flush
		ip -n "$ns" xfrm state flush
	done
	return $code
}

# ---- marks ----

# A mark set in prerouting leads elsewhere, be there a rule with notrack
mark_leads() {
	local code=0
	rule to $external notrack on || return
	serve "$D" udp $other:3478 || return
	sees $external:4020 "$A" udp 192.168.7.2:4020 $other:3478 || return
	r nft -f - <<-'END' || return
		table ip marks {
			chain pre {
				type filter hook prerouting priority mangle;
				udp sport 4021 meta mark set 1
			}
		}
	END
	ip -n "$R" route add $other/32 via 10.7.0.2 dev rd table 100
	ip -n "$R" rule add fwmark 1 lookup 100
	sees 192.168.7.2:4021 "$A" udp 192.168.7.2:4021 $other:3478 || code=1
	sees $external:4020 "$A" udp 192.168.7.2:4020 $other:3478 || code=1
	r nft delete table ip marks
	ip -n "$R" rule del fwmark 1 lookup 100
	unserve
	return $code
}

# ---- hairpins ----

# A port that is forwarded to the router's inside address serves those outside. Those inside would see another answer
hairpin_to_router() {
	local code=0
	rule to $external || return
	napt "$R" map add udp $external:8080 to 192.168.7.1:8080 || return
	serve "$R" udp 192.168.7.1:8080 || return
	sees $server:4030 "$B" udp $server:4030 $external:8080 || code=1
	sees 192.168.7.2:4031 "$A" udp 192.168.7.2:4031 192.168.7.1:8080 || code=1
	counts "$R" DROP_NAPT_HAIRPIN_LOCAL a talk send udp 192.168.7.2:4032 $external:8080 turned || code=1
	grep turned "$serve_log" && code=1
	unserve
	return $code
}

# turned PROTO PORT: A reaches C by the external endpoint that C has, and each sees the other's
turned() {
	local code=0
	c talk send "$1" 192.168.7.3:"$2" $server:9 first || return
	wait_for 20 has_map "$R" "$1" 192.168.7.3:"$2" $external:"$2" || return
	serve "$C" "$1" 192.168.7.3:"$2" || return
	sees $external:$(($2 + 1)) "$A" "$1" 192.168.7.2:$(($2 + 1)) $external:"$2" || code=1
	got "^$external:$(($2 + 1)) 192.168.7.3:$2 " || code=1
	unserve
	return $code
}

# ---- bridges ----

# Hooks of IP see frames that a bridge has, before they are the router's
bridge_turned() {
	rule to $external || return
	turned udp 7200
}

bridge_out() {
	rule to $external || return
	sees $external:4040 "$A" udp 192.168.7.2:4040 $server:3478 || return
	napt "$R" map add udp $external:8090 to 192.168.7.3:8090 || return
	serve "$C" udp 192.168.7.3:8090 || return
	sees $server:4041 "$B" udp $server:4041 $external:8090
}

# What conntrack has of a hairpin are inside addresses
bridge_tracks() {
	local code=0
	rule to $external || return
	r nft -f - <<-'END' || return
		table ip tracks {
			chain forward {
				type filter hook forward priority filter;
				ct state invalid drop
			}
		}
	END
	turned udp 7210 || code=1
	r nft delete table ip tracks
	return $code
}

# What goes from one port to another of the same bridge stays as it is
bridged() {
	serve "$C" udp 192.168.7.3:8100 || return
	sees 192.168.7.2:4050 "$A" udp 192.168.7.2:4050 192.168.7.3:8100 || return
	want "mappings" "$(maps "$R" inside 192.168.7.2:4050)" ""
}

# The interface outside is a bridge, and the rule takes all that goes out by it
bridged_outside() {
	local code=0
	ip -n "$R" link add br1 type bridge || return
	ip -n "$R" link set br1 up
	ip -n "$R" addr flush dev rd
	ip -n "$R" addr flush dev rb
	ip -n "$R" link set rb master br1
	ip -n "$R" link set rd master br1
	v4 "$R" br1 $external/24
	v4 "$D" d0 203.0.113.4/24
	napt "$R" rule flush
	napt "$R" rule add dev br1 to $external || return
	sees 203.0.113.4:4060 "$D" udp 203.0.113.4:4060 $server:3478 || code=1
	want "mappings" "$(maps "$R" inside 203.0.113.4)" "" || code=1
	sees $external:4061 "$A" udp 192.168.7.2:4061 $server:3478 || code=1
	ip -n "$R" link del br1
	v4 "$R" rb $external/24
	return $code
}

# ---- VRFs ----

vrf_pings() {
	a ping -n -c 1 -W 20 $server || return
	b ping -n -c 1 -W 20 $external || return
	r ping -n -c 1 -W 20 -I red $server
}

vrf_out() {
	serve "$B" "$1" $server:3480 || return
	sees $external:"$2" "$A" "$1" 192.168.7.2:"$2" $server:3480
}

vrf_in() {
	napt "$R" map add udp $external:8110 to 192.168.7.3:8110 || return
	serve "$C" udp 192.168.7.3:8110 || return
	sees $server:4071 "$B" udp $server:4071 $external:8110
}

# What the router says of packets in both directions
vrf_errors() {
	want "of a packet out" "$(ask "$A" -t 1 udp 192.168.7.2:4073 $server:3480)" "error 11/0 from 192.168.7.1 mtu 0" ||
		return
	want "of a packet in" "$(ask "$B" -t 1 udp $server:4073 $external:8110)" "error 11/0 from $external mtu 0"
}

# A socket of the router's own, bound to the VRF
vrf_service() {
	local code=0
	rm -f "$work/bound"
	r timeout 60 python3 -Ic '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"red")
s.bind(("", 5300))
open(sys.argv[1], "w")
data, peer = s.recvfrom(2000)
s.sendto(("%s:%d" % peer).encode(), peer)' "$work/bound" &
	wait_for 20 test -e "$work/bound" || return
	sees $server:4072 "$B" udp $server:4072 $external:5300 || code=1
	return $code
}

napt_hosts
new_hosts "$D"
link_hosts "$D" d0 "$R" rd
v4 "$R" rd 10.7.0.1/30
v4 "$D" d0 10.7.0.2/30
v4 "$D" lo $other/32
gateway "$D" 10.7.0.1
serve "$B" udp $server:3478 $other:3478
outside_log=$serve_log

result "VXLAN with outer checksums" vxlan udpcsum right
result "VXLAN without" vxlan noudpcsum zero
result "IPsec blocks what is translated" ipsec_block
result "IPsec protects what is translated" ipsec_transport
result "a mark leads" mark_leads
result "a hairpin to the router" hairpin_to_router

modprobe br_netfilter
result "a bridge with netfilter: a hairpin" bridge_turned
result "a bridge with netfilter: conntrack" bridge_tracks
result "a bridge with netfilter: out and in" bridge_out
result "a bridge with netfilter: bridged" bridged
result "a bridge with netfilter: bridged outside" bridged_outside
rmmod br_netfilter

ip -n "$R" link add red type vrf table 10
ip -n "$R" link set red up
rule to $external
ip -n "$R" link set br0 master red
ip -n "$R" link set rb master red
result "a VRF: pings" vrf_pings
result "a VRF: UDP" vrf_out udp 4070
result "a VRF: TCP" vrf_out tcp 4070
result "a VRF: a static mapping" vrf_in
result "a VRF: errors" vrf_errors
result "a VRF: a hairpin" turned udp 7220
result "a VRF: a service" vrf_service
finish
