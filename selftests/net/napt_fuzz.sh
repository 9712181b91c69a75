#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random and mutated packets through the NAPT each way, under rules of every kind; a reader of its own judges what comes
# out of the router:
#   napt_fuzz.sh [-p PACKETS] [-s SEED] [PLAN...]
#     -p  packets each way, of all plans together (4000)      -s  seed (1)      PLAN: only those
. "$(dirname "$0")/napt_lib.sh"

packets=4000 seed=1
while [ $# -gt 0 ]; do
	case $1 in
	-p) packets=${2:?} && shift ;;
	-s) seed=${2:?} && shift ;;
	-*)
		echo "usage: napt_fuzz.sh [-p PACKETS] [-s SEED] [PLAN...]" >&2
		exit 2
		;;
	*) break ;;
	esac
	shift
done

#   A 192.168.7.0/24, .20.0/24  lan 192.168.7.254  R  wan 203.0.113.254  B 203.0.113.0/24 and all others
#
# Both are tap devices: napt_fuzz plays the hosts there.

# cable DEV NUMBER MTU
cable() {
	ip -n "$R" tuntap add dev "$1" mode tap vnet_hdr || exit 1
	ip -n "$R" link set "$1" address "02:00:00:00:00:0$2" mtu "$3" txqueuelen 10000 up
	set -- "net.ipv4.conf.$1" "net.ipv4.neigh.$1"
	r sysctl -qw "$1.rp_filter=0" "$1.accept_source_route=1" "$2.mcast_solicit=1" "$2.retrans_time_ms=50"
}

# neighbours DEV NUMBER ADDRESS...: lines for ip
neighbours() {
	local dev=$1 number=$2 addr
	shift 2
	for addr; do
		echo "neigh add $addr lladdr 02:00:00:00:01:0$number dev $dev nud permanent"
	done
}

# A SYN that waits for its answer waits on when rules change: each plan has hosts of its own
network() {
	ip netns del "$R" 2>/dev/null
	new_hosts "$R"
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.icmp_ratemask=0 net.ipv4.ipfrag_time=5 \
		net.ipv4.ipfrag_high_thresh=67108864
	cable lan 1 1500
	cable wan 2 1300
	ip -n "$R" -batch - <<-END
		addr add 192.168.7.254/24 dev lan
		addr add 203.0.113.254/24 dev wan
		$(neighbours lan 1 192.168.7.{1..8} 192.168.7.250)
		$(neighbours wan 2 203.0.113.{2..5})
		route add 192.168.0.0/16 via 192.168.7.250
		route add default via 203.0.113.2
		route add unreachable 198.18.0.0/24
		route add prohibit 198.18.1.0/24
	END
}

firewall() {
	r nft -f - <<-END
		table ip t {
			chain forward {
				type filter hook forward priority 0; policy accept;
				ct state established counter accept
			}
		}
	END
}

# fixed FIRST: static mappings of the first external address, and $statics, the same for napt_fuzz
fixed() {
	napt "$R" map add udp "$1:4000-4001" to 192.168.7.2:4000 &&
		napt "$R" map add tcp "$1:4004" to 192.168.7.3:4004 &&
		napt "$R" map add native-dgram "$1:4010" to 192.168.7.99:4010 || return
	statics=(-m 17:4000:192.168.7.2:4000 -m 17:4001:192.168.7.2:4001 -m 6:4004:192.168.7.3:4004
		-m 254:4010:192.168.7.99:4010)
}

pool=203.0.113.10-203.0.113.13
one=203.0.113.10-203.0.113.10
own=203.0.113.254-203.0.113.254

# The rule of each plan, and what napt_fuzz is told of it; with_NAME is done before
declare -A rule told
rule[plain]="to 203.0.113.10" told[plain]="-x $one"
rule[own]="to dev wan filtering apd" told[own]="-x $own -o -f p"
rule[pool]="to $pool filtering ad choice random" told[pool]="-x $pool -f a"
rule[dependent]="to dev wan mapping apd parity off unsolicited drop" told[dependent]="-x $own -o -d"
rule[notrack]="to $pool notrack on refresh-in on mark 1" told[notrack]="-x $pool"
rule[tracked]="to 203.0.113.10 filtering apd" told[tracked]="-x $one -f p"
rule[scarce]="to 203.0.113.10 ports 4000-4063 hairpin off" told[scarce]="-x $one -c -H"
rule[short]="to 203.0.113.10" told[short]="-x $one -D 120"
plans=(plain own pool dependent notrack tracked scarce short)

fuzz() {
	local plan=$1 first number=$2
	# shellcheck disable=SC2206
	local words=(${told[$plan]})
	first=${words[1]%-*} statics=()
	network
	# shellcheck disable=SC2086
	napt "$R" rule add dev wan src 192.168.0.0/16 ${rule[$plan]} || return
	[ "$plan" = scarce ] || fixed "$first" || return
	r naru set napt_timer_divisor="$([ "$plan" = short ] && echo 120 || echo 1)" || return
	[ "$plan" != tracked ] && [ "$plan" != notrack ] || firewall || return
	r napt_fuzz "${words[@]}" "${statics[@]}" -p $((packets / ${#plans[@]})) -s $((seed + number)) &&
		empty && ip netns del "$R"
}

# Everything goes with the rules, statics included, and nothing is left
empty() {
	napt "$R" restore - </dev/null || return
	want "mappings that are left" "$(maps "$R")" "" && want "sessions that are left" "$(sessions "$R")" ""
}

[ -e /dev/net/tun ] || modprobe tun
[ $# = 0 ] || plans=("$@")
for ((i = 0; i < ${#plans[@]}; i++)); do
	result "${plans[i]}: ${rule[${plans[i]}]}" fuzz "${plans[i]}" "$i"
done
echo "# seed $seed"
finish
