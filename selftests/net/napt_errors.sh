#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ICMP errors through the NAPT, byte by byte: from outside, from inside, about hairpins, and made by the router; with
# an external address that is nobody's own and with the router's; beside a firewall that lets related ones pass alone
# timeout: 600
. "$(dirname "$0")/lib.sh"

#   W                                 R                           W
#   A, D, Y 192.168.7.0/24  lan ─── lan 192.168.7.254
#   C       192.168.8.0/24  dmz ─── dmz 192.168.8.254
#                                   wan 203.0.113.254 ─── wan  S 203.0.113.2, X and all others
#
# W has no addresses: napt_error plays the hosts there.
W=naru-w-$$
w() { inns "$W" "$@"; }

cable() {
	local dev=$1 number=$2 addr=$3 mtu=$4
	link_hosts "$R" "$dev" "$W" "$dev"
	ip -n "$R" link set "$dev" address "02:00:00:00:00:0$number" mtu "$mtu"
	ip -n "$W" link set "$dev" address "02:00:00:00:01:0$number"
	ip -n "$R" addr add "$addr" dev "$dev"
	r sysctl -qw "net.ipv4.conf.$dev.rp_filter=0" "net.ipv4.conf.$dev.send_redirects=1" \
		"net.ipv4.neigh.$dev.mcast_solicit=1" "net.ipv4.neigh.$dev.retrans_time_ms=50"
}

# neighbours DEV NUMBER ADDRESS...
neighbours() {
	local dev=$1 number=$2 addr
	shift 2
	for addr; do
		ip -n "$R" neigh add "$addr" lladdr "02:00:00:00:01:0$number" dev "$dev" nud permanent
	done
}

network() {
	new_host "$R"
	new_host "$W"
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.icmp_ratemask=0
	cable lan 1 192.168.7.254/24 1500
	cable dmz 2 192.168.8.254/24 1200
	cable wan 3 203.0.113.254/24 1300
	neighbours lan 1 192.168.7.1 192.168.7.3 192.168.7.77 192.168.7.250
	neighbours dmz 2 192.168.8.1 192.168.8.250
	neighbours wan 3 203.0.113.2 203.0.113.77 192.168.20.1
	ip -n "$R" route add 192.168.20.0/24 dev wan
	ip -n "$R" route add default via 203.0.113.2
}

port=1100
own=()
inside=192.168.0.0/16

# try CASE COUNTER: the case goes well, and the counter (-: none) rises by what it says it had dropped
try() {
	local name=$1 reason=DROP_$2 before after said
	port=$((port + 50))
	[ "$2" = - ] || before=$(counter "$R" "$reason") || return
	said=$(w napt_error -r "$R" -p $port "${own[@]}" "$name") || {
		echo "$said"
		return 1
	}
	[ "$2" = - ] && return
	after=$(counter "$R" "$reason") || return
	want "$reason" $((after - before)) "$said"
}

# group NAME WHERE: but one-armed routers, where nothing says who is inside
group() {
	local name reason
	while read -r name reason; do
		[[ $inside/$name == 0.0.0.0/0/router_one_armed ]] && continue
		result "$name, $2" try "$name" "$reason"
	done < <(napt_error -l "$1")
}

# rule SPEC...: this rule alone, and no mappings
rule() {
	r naru napt rule flush && r naru napt map flush && r naru napt rule add dev wan src $inside "$@"
}

# firewall RULE...: what may be forwarded, and nothing else
firewall() {
	r nft -f - <<-END
		table ip t {
			chain forward {
				type filter hook forward priority 0; policy drop;
				$(printf '%s\n' "$@")
			}
		}
	END
}

# some WHERE CASE...: of those that nothing is counted for
some() {
	local where=$1 name
	shift
	for name; do
		result "$name, $where" try "$name" -
	done
}

tracked=(in_all_kinds in_all_senders in_options in_lengths in_ends_nothing out_all_kinds out_all_senders out_lengths
	hairpin_all_kinds hairpin_about_answers router_short_life_in router_too_big_in router_nobody_outside
	router_hairpin_nobody)
untracked=(in_all_kinds out_all_kinds hairpin_all_kinds router_nobody_outside)
dependent=(in_all_kinds in_all_senders out_all_kinds out_all_senders hairpin_all_kinds hairpin_options
	router_short_life_in router_nobody_outside router_hairpin_nobody)

with_rule() {
	local where=$1 name
	shift
	result "rule: $*" rule "$@"
	for name in out in hairpin router mutate; do
		group $name "$where"
	done
}

network
with_rule "address of the pool" to 203.0.113.10
own=(-e)
with_rule "address of the router" to dev wan
inside=0.0.0.0/0
result "rule: whoever is not outside" rule to dev wan
for name in out router; do
	group $name "address of the router, src 0.0.0.0/0"
done
inside=192.168.0.0/16
result "rule: all that are inside" rule to dev wan
# Whoever is inside may begin; what conntrack knows or finds related may pass
result "a firewall" firewall 'ct state established,related accept' 'iifname { "lan", "dmz" } ct state new accept'
some firewall "${tracked[@]}"
r nft delete table ip t
own=()
result "rule: notrack" rule to 203.0.113.10 notrack on
result "a firewall for what is not tracked" firewall 'ct state untracked accept'
some notrack "${untracked[@]}"
r nft delete table ip t
result "rule: a mapping for each destination" rule to 203.0.113.10 mapping address-and-port-dependent
some "a mapping for each destination" "${dependent[@]}"
result "rule: destinations left alone" rule except 198.18.0.0/15 to 203.0.113.10
group except "exception"
for what in host-unreachable admin-prohibited silent; do
	result "rule: three ports, $what" rule to 203.0.113.10 ports 5000-5002 exhausted $what
	result "no port left, $what" try "full_$what" NAPT_EXHAUSTED
done
finish
