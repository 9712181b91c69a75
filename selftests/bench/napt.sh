#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What NAPT adds to forwarding: nftables' masquerade with conntrack, and naru, in one boot under icount: there,
# nanoseconds count instructions. Adds to the table of bench.sh and its bench.json.
#   napt.sh [FACTOR [NAME]]      times the usual amount of work (1); only rows whose name has NAME in it
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
PATH=$tree/build/selftests/bench:$tree/build/tools:$PATH
factor=${1:-1} only=${2:-}
ko=$tree/build/${NARU_VM:-$(uname -r)}/naru.ko
# The inside, the router, the outside. The router's interfaces are i0 and w0
H=napt-h R=napt-r S=napt-s
MAC_I=02:00:00:00:00:01 MAC_W=02:00:00:00:00:02
GROUP=50000 # flows that share an external address, as in forward.c
MANY=100000 MOST=500000
HOLD=20 # seconds that a mapping lives in the rows about memory and ends
. "$here/table.sh"
declare -A known

# Packets reach nobody: the router thinks that the others have its own addresses of hardware
wire() {
	local end
	for end in "i0 $MAC_I h0 $H" "w0 $MAC_W s0 $S"; do
		set -- $end
		ip link add "$1" netns $R address "$2" type veth peer name "$3" netns "$4" || die "no veth"
		ip -n $R link set "$1" arp off up
		ip -n "$4" link set "$3" up
	done
}

# routes FLOWS
routes() {
	local g
	ip -n $R addr add 192.168.255.1/30 dev i0
	ip -n $R route add 10.0.0.0/8 via 192.168.255.2
	for ((g = 0; g * GROUP < $1; g++)); do
		ip -n $R addr add 203.0.113.$((16 * g + 1))/28 dev w0
		ip -n $R route add 198.51.100.$((g + 1)) via 203.0.113.$((16 * g + 2))
	done
}

conntrack() {
	ip netns exec $R nft -f - <<-'END' || die "no conntrack"
		table ip bench {
			chain forward {
				type filter hook forward priority filter
				ct state invalid drop
			}
		}
	END
}

masquerade() {
	ip netns exec $R nft -f - <<-'END' || die "no masquerade"
		table ip bench {
			chain post {
				type nat hook postrouting priority srcnat
				oifname "w0" masquerade
			}
		}
	END
	ip netns exec $R sysctl -qw net.netfilter.nf_conntrack_udp_timeout=$((${hold:-0} ? hold : 300))
}

# napt FLOWS: the addresses that masquerade would choose
napt() {
	local g
	ip netns exec $R naru set napt_max_mappings=1000000 napt_max_sessions=1000000 || die "no settings"
	[ "${hold:-0}" = 0 ] || ip netns exec $R naru set napt_timer_divisor=$((300 / hold)) || die "no settings"
	for ((g = 0; g * GROUP < $1; g++)); do
		ip netns exec $R naru napt rule add dev w0 src 10.$g.0.0/16 to 203.0.113.$((16 * g + 1)) udp 300 || die "no rule"
	done
}

clear_away() {
	local ns
	for ns in $H $R $S; do
		[ ! -e /run/netns/$ns ] || ip netns del $ns
	done
	pause 3
}

# router MODE FLOWS: all of it anew
router() {
	local ns
	clear_away
	for ns in $H $R $S; do
		ip netns add $ns || die "no namespace"
		ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	done
	wire
	routes "$2"
	ip netns exec $R sysctl -qw net.ipv4.ip_forward=1
	case $1 in
	nft) masquerade ;;
	naru) napt "$2" ;;
	naru-ct) conntrack && napt "$2" ;;
	ct) conntrack ;;
	esac
	pause 2
}

# send MODE ARG...: forward's figures
send() {
	local mode=$1 translated=()
	shift
	case $mode in nft | naru*) translated=(-x) ;; esac
	forward -i $H:h0 -o $S:s0 -r $MAC_I -R $MAC_W "${translated[@]}" "$@" || die "forward, $mode: $*"
}

# figures MODE PROTO FLOWS: what forward says, asked once; in $figures
figures() {
	local packets=$((20000 * factor))
	[ "$3" = 1 ] || packets=$(($3 * factor))
	if [ -z "${known[$*]:-}" ]; then
		router "$1" "$3"
		known[$*]=$(send "$1" -p "$2" -f "$3" -n "$packets") || exit 1
	fi
	read -ra figures <<<"${known[$*]}"
}

# cost MODE PROTO FLOWS COLUMN: of a packet
cost() {
	figures "$1" "$2" "$3"
	cost=${figures[$4]}
}

# added MODE PROTO FLOWS COLUMN: to plain forwarding
added() {
	local plain
	cost plain "$2" "$3" "$4"
	plain=$cost
	cost "$1" "$2" "$3" "$4"
	cost=$(awk -v a="$cost" -v b="$plain" 'BEGIN { printf "%.2f", a - b }')
}

wanted() {
	[[ $1 == *"$only"* ]]
}

# compare NAME WIRE HOW PROTO FLOWS COLUMN [NARUMODE [KERNELMODE]]: HOW is cost or added
compare() {
	local name=$1 wire=$2 how=$3 kernel
	wanted "$name" || return 0
	shift 3
	$how "${5:-nft}" "$1" "$2" "$3"
	kernel=$cost
	$how "${4:-naru}" "$1" "$2" "$3"
	row "$name" ns "$wire" "$kernel" "$cost"
}

# per_packet FLOWS TEXT
per_packet() {
	compare "napt, $2, out" udp added udp "$1" 1
	compare "napt, $2, back" udp added udp "$1" 2
	compare "napt, $2, out" tcp added tcp "$1" 1
	compare "napt, $2, back" tcp added tcp "$1" 2
	compare "napt, $2, 58 KB, out" tcp added tcp "$1" 3
	compare "napt, $2, 58 KB, back" tcp added tcp "$1" 4
	compare "napt, $2, conntrack on, out" udp added udp "$1" 1 naru-ct
	compare "napt, $2, conntrack on, back" udp added udp "$1" 2 naru-ct
	compare "napt, $2, conntrack on, out" tcp added tcp "$1" 1 naru-ct
	compare "napt, $2, conntrack on, back" tcp added tcp "$1" 2 naru-ct
}

# The kernel's column is the forwarding itself, the other what conntrack adds to it without any NAT
forwarding() {
	compare "napt, $2, forwarding, conntrack alone" udp cost udp "$1" 1 ct plain
	compare "napt, $2, forwarding, conntrack alone" tcp cost tcp "$1" 1 ct plain
}

new_mappings() {
	local wire
	for wire in udp tcp; do
		compare "napt, new mapping, with its forwarding" $wire cost $wire $MANY 0
		compare "napt, new mapping" $wire added $wire $MANY 0
	done
}

# Where no rule is: the router without the module, and with it
no_rule() {
	local name="napt, no rule: forwarding" without
	wanted "$name" || return 0
	rmmod naru || die "naru does not unload"
	cost plain udp 1 1
	without=$cost
	known=()
	insmod "$ko" || die "naru does not load"
	cost plain udp 1 1
	row "$name" ns udp "$without" "$cost"
}

# KB of slabs, of larger pieces, and of tables
memory() {
	awk '/^(Slab|VmallocUsed|Percpu):/ { kb += $2 } END { print kb }' /proc/meminfo
}

# late SECONDS: how late a thread was at worst that long
late() {
	lag "$1" || die "no lag"
}

# mass MODE: what lies there, and how it ends; in $bytes and $worst, and $quiet before
mass() {
	local hold=$HOLD before after
	router "$1" $MOST
	quiet=$(late 5)
	before=$(memory)
	send "$1" -1 -f $MOST >/dev/null
	after=$(memory)
	bytes=$(((after - before) * 1024 / MOST))
	worst=$(late $((HOLD + 10)))
	pause 60
	after=$(memory)
	[ $(((after - before) * 1024 / MOST)) -lt 32 ] || die "$1: mappings did not end"
}

masses() {
	local name="napt, $MOST mappings" kernel kernel_worst kernel_quiet
	wanted "$name" || return 0
	mass nft
	kernel=$bytes kernel_worst=$worst kernel_quiet=$quiet
	mass naru
	row "$name, memory of each" bytes udp "$kernel" "$bytes"
	row "$name, longest pause without them" ns udp "$kernel_quiet" "$quiet"
	row "$name, longest pause as they end" ns udp "$kernel_worst" "$worst"
}

check_guest
# As many as an administrator of so many connections would allow; nf_nat's own table takes this size as it is loaded
modprobe -q nf_conntrack
echo 262144 >/sys/module/nf_conntrack/parameters/hashsize || die "no table of conntrack"
sysctl -qw net.netfilter.nf_conntrack_max=2000000 || die "no size of conntrack"
head_line
no_rule
forwarding 1 "1 flow"
forwarding $MANY "$MANY flows"
per_packet 1 "1 flow"
per_packet $MANY "$MANY flows"
new_mappings
masses
clear_away
