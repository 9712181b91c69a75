#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A bad network, and how long the same bytes take through it over the kernel's TCP and over naru: one boot under icount,
# where time is that of the guest's own clock, and the relay of selftests/net, which draws by packet number from a seed.
# What is drawn repeats exactly, times to a percent or so. Both run CUBIC with equal socket buffers, and each sends to
# its own kind. Prints for each condition the geometric means over all seeds and their ratio, naru over kernel, with its
# 95 % interval: under 1, naru is faster. Over all, conditions count alike, and what differs between them is no part of
# the interval. Behind it what was sent again and the retransmission timeouts, kernel's and naru's, on average. Leaves
# relay.json in $NARU_OUT, and relay.runs: condition, seed, stack, ms, segments sent again, timeouts, and what the relay
# did.
#   relay.sh [-s FIRST-LAST] [-w inet|native] [-k] [-n BYTES] [CONDITION]...
#       -s: seeds (1-30)      -w: naru's wire (inet)      -k: naru sends to the kernel's TCP      -n: bytes (8 MB)
#       CONDITION: part of a condition's name; without any, all of them
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
PATH=$tree/build/selftests/bench:$tree/build/selftests/net:$tree/build/tools:$PATH
A=relay-a B=relay-b R=relay-r
MAC_A=02:00:00:00:00:01 MAC_B=02:00:00:00:00:02
BUFFER=$((4 << 20)) # larger than any window here, so that how a stack reckons its window plays no part
. "$here/table.sh"

usage() {
	echo "relay.sh: $*" >&2
	exit 2
}

first=1 last=30 wire=inet receiver='' bytes=$((8 << 20))
while getopts s:w:kn: opt; do
	case $opt in
	s) first=${OPTARG%-*} last=${OPTARG#*-} ;;
	w) wire=$OPTARG ;;
	k) receiver=kernel ;;
	n) bytes=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[[ $first$last$bytes =~ ^[0-9]+$ ]] || usage "seeds are FIRST-LAST, bytes a number"
[[ $wire =~ ^(inet|native)$ ]] || usage "a wire is inet or native"
[ "$wire" != native ] || [ -z "$receiver" ] || usage "the kernel's TCP does not speak native"

# Name and what the relay is told; the burst is somewhere in the second or third quarter. Where nothing is drawn from the
# seed a jitter is, too small for packets to overtake each other: else all seeds were one.
conditions() {
	cat <<-END
		1 % loss|-D 10 -l 1
		5 % loss|-D 10 -l 5
		30 % reordered within 10 ms|-D 10 -o 30 -j 10
		a burst of 40 lost|-D 10 -b 40:BURST
		100 ms, 50 Mbit/s, queue of 32|-D 50 -r 50 -q 32 -o 100 -j 0.2
		2 % of ACKs lost|-D 10 -a 2
	END
}

burst_at() {
	local packets=$((bytes / 1448))
	echo $((packets / 4 + $1 * 7919 % (packets / 2)))
}

hosts() {
	local ns
	for ns in $A $B $R; do
		ip netns add $ns || die "no namespace"
		inns $ns sysctl -qw net.ipv4.tcp_no_metrics_save=1 net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
		ip -n $ns link set lo up
	done
	sysctl -qw net.core.rmem_max=$BUFFER net.core.wmem_max=$BUFFER
	host $A a0 10.0.0.1 $MAC_A ra 10.0.0.2 $MAC_B
	host $B b0 10.0.0.2 $MAC_B rb 10.0.0.1 $MAC_A
}

# host NS IF ADDRESS MAC RELAY-IF PEER PEER-MAC: packets are packets, with their checksums, and nobody has to ask for a MAC
host() {
	ip link add "$2" netns "$1" address "$4" type veth peer name "$5" netns $R || die "no veth"
	ip -n "$1" addr add "$3/24" dev "$2"
	ip -n $R link set "$5" up
	ip -n "$1" link set "$2" up
	ip -n "$1" neigh add "$6" lladdr "$7" nud permanent dev "$2"
	inns "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null || die "ethtool"
	inns $R ethtool -K "$5" tso off gso off gro off >/dev/null || die "ethtool"
}

relay_on() {
	rm -f "$out/relay.on"
	inns $R relay ra rb -R "$out/relay.on" "$@" >"$out/relay.said" &
	relay=$!
	until [ -e "$out/relay.on" ]; do
		pause 0.01
	done
}

relay_off() {
	kill $relay
	wait $relay || die "the relay failed"
}

# Retransmission timeouts of the sender's namespace so far
timeouts() {
	if [ "$1" = kernel ]; then
		inns $A cat /proc/net/netstat | awk '!/^TcpExt:/ { next } !n { n = split($0, name); next }
			{ for (i = 1; i <= n; i++) if (name[i] == "TCPTimeouts") print $i }'
	else
		inns $A naru stat -a -j RTOS | sed -n 's/.*"value": *\([0-9]*\).*/\1/p'
	fi
}

# Until both ends know that the other has ended: what is sent after that is no part of the next
settle() {
	local ns
	for ns in $A $B; do
		while inns $ns ss -tanH | grep -vq TIME-WAIT || inns $ns naru sock -H | grep -vq TIME-WAIT; do
			pause 0.1
		done
	done
}

# once CONDITION SEED STACK RELAY-OPTION...: a line in relay.runs
once() {
	local name=$1 seed=$2 stack=$3 w=kernel peer=kernel before after took
	shift 3
	if [ "$stack" = naru ]; then
		w=$wire peer=${receiver:-$wire}
	fi
	before=$(timeouts "$stack")
	relay_on -s "$seed" "$@"
	took=$(bench -w $w -W $peer -s $B -c $A -a 10.0.0.2 -C cubic -B $BUFFER -n "$bytes" once) || die "$name, seed $seed, $stack"
	settle
	relay_off
	after=$(timeouts "$stack")
	awk -v name="$name" -v seed="$seed" -v stack="$stack" -v took="$took" -v timeouts=$((after - before)) '{
		split(took, t, " ")
		printf "%s|%d|%s|%.3f|%d|%d|%s\n", name, seed, stack, t[1] / 1e6, t[2], timeouts, $0
	}' "$out/relay.said" >>"$out/relay.runs"
}

wanted() {
	local name=$1 part
	shift
	[ $# -gt 0 ] || return 0
	for part; do
		[[ $name != *"$part"* ]] || return 0
	done
	return 1
}

# summary [CONDITION]: one row of the table, and one of relay.json; without a condition, over all
summary() {
	awk -F'|' -v only="${1:-}" -v wire="$wire" -v receiver="${receiver:-$wire}" -v bytes="$bytes" -v json="$out/relay.rows" '
		only != "" && $1 != only { next }
		{
			again[$3] += $5
			timeouts[$3] += $6
			if ($3 == "kernel") {
				kernel = log($4)
				k += kernel
				next
			}
			x = log($4) - kernel
			if (!($1 in count))
				conditions++
			count[$1]++
			sum[$1] += x
			squares[$1] += x * x
			n++
		}
		# Student, two-sided, 95 %: Cornish and Fisher, good to a part in a hundred from three degrees on
		function student(df,   z) {
			z = 1.959964
			return z + (z ^ 3 + z) / (4 * df) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * df ^ 2) + \
				(3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * df ^ 3)
		}
		END {
			for (c in count) {
				mean += sum[c] / count[c] / conditions
				if (count[c] > 1)
					variance += (squares[c] - sum[c] ^ 2 / count[c]) / (count[c] - 1) / count[c] / conditions ^ 2
			}
			half = variance > 0 ? student(n - conditions) * sqrt(variance) : 0
			name = only == "" ? "over all" : only
			printf "%-32s %5d %10.1f %10.1f %7.3f  %6.3f to %6.3f %8.1f %8.1f %7.2f %7.2f\n", name, n, exp(k / n),
				exp(k / n + mean), exp(mean), exp(mean - half), exp(mean + half),
				again["kernel"] / n, again["naru"] / n, timeouts["kernel"] / n, timeouts["naru"] / n
			printf "{\"name\": \"%s\", \"unit\": \"ms\", \"wire\": \"%s\", \"receiver\": \"%s\", \"bytes\": %d, " \
				"\"runs\": %d, \"kernel\": %.3f, \"naru\": %.3f, \"naru_over_kernel\": %.4f, \"low\": %.4f, " \
				"\"high\": %.4f, \"kernel_retrans\": %.2f, \"naru_retrans\": %.2f, \"kernel_rtos\": %.2f, " \
				"\"naru_rtos\": %.2f}\n", name, wire, receiver, bytes, n, exp(k / n), exp(k / n + mean), exp(mean),
				exp(mean - half), exp(mean + half), again["kernel"] / n, again["naru"] / n,
				timeouts["kernel"] / n, timeouts["naru"] / n >>json
		}' "$out/relay.runs"
	{
		echo "["
		sed '$!s/$/,/; s/^/ /' "$out/relay.rows"
		echo "]"
	} >"$out/relay.json"
}

conditions | cut -d'|' -f1 | {
	while read -r name; do
		! wanted "$name" "$@" || exit 0
	done
	exit 1
} || usage "no such condition: $*"
check_guest
hosts
rm -f "$out/relay.runs" "$out/relay.rows"
echo "$bytes bytes, naru's wire $wire, naru to ${receiver:-naru}, kernel to kernel"
printf '%-32s %5s %10s %10s %7s  %16s %17s %15s\n' condition runs "kernel ms" "naru ms" ratio "95 % interval" \
	"sent again, k, n" "timeouts, k, n"
while IFS='|' read -r name options <&3; do
	wanted "$name" "$@" || continue
	for ((seed = first; seed <= last; seed++)); do
		read -ra impairment <<<"${options/BURST/$(burst_at $seed)}"
		once "$name" $seed kernel "${impairment[@]}"
		once "$name" $seed naru "${impairment[@]}"
	done
	summary "$name"
done 3< <(conditions)
summary
rm -f "$out/relay.on" "$out/relay.said" "$out/relay.rows"
