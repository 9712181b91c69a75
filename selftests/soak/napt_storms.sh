#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What changes under a NAPT at the wrong moment, again and again, while traffic goes both ways through its mappings:
#   napt_storms.sh TIMES [SEED [KIND...]]
#     KIND: only those: address_changes interface_down rules_replaced netns_deleted unloaded
# The moments are drawn from the seed. Whether anything broke or leaked is the VM's to say, when naru is unloaded.
. "$(dirname "$0")/../net/napt_lib.sh"

times=${1:?usage: napt_storms.sh TIMES [SEED [KIND...]]}
seed=${2:-1}
kinds=${*:3}
RANDOM=$seed
: "${NARU_VM:?only in the VM}"
carrier=
round=0

#   A  a0 ────────── ra  R  rb ──────────────── b0  B
#   192.168.7.2  192.168.7.1  203.0.113.1   203.0.113.2
#
# A and B are there for the whole test. Few processes: on the debug kernel each costs a quarter of a second
router_on() {
	ip netns add "$R" || exit 1
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.promote_secondaries=1 net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip -n "$R" -batch - <<-END || exit 1
		link set lo up
		link add ra type veth peer name a0 netns $A
		link add rb type veth peer name b0 netns $B
		link set ra up
		link set rb up
		addr add 192.168.7.1/24 dev ra
		addr add 203.0.113.1/24 dev rb
	END
	ip -n "$A" -batch - <<-END || exit 1
		link set a0 up
		addr add 192.168.7.2/24 dev a0
		route add default via 192.168.7.1
	END
	ip -n "$B" -batch - <<-END || exit 1
		link set b0 up
		addr add 203.0.113.2/24 dev b0
		route add 198.51.100.0/24 via 203.0.113.1
	END
	rule_on
}

# In the place of what there is
rule_on() {
	napt "$R" restore - <<-END
		rule add dev rb src 192.168.7.0/24 to dev rb
		map add tcp dev:8080 to 192.168.7.2:8080 dev rb
	END
}

# Streams out, and in by the static mapping; datagrams from ever new ports, answered and not, and to all ports
load_on() {
	counts=()
	inns "$A" napt_load "$A" "$B" 203.0.113.2 203.0.113.1 8080 "$work/load" &
	carrier=$!
	carries 4
}

# carries [N]: packets come through from now on, out and in; with N 4: those of streams too
carries() {
	read -ra carried 2>/dev/null <"$work/load" || carried=(0 0 0 0)
	wait_for 60 moved "${1:-2}" || {
		echo "of those that came out and in: ${counts[*]}, before: ${carried[*]}"
		return 1
	}
}

moved() {
	local i
	read -ra counts <"$work/load" || return
	for ((i = 0; i < $1; i++)); do
		[ "${counts[i]:-0}" -gt "${carried[i]}" ] || return
	done
}

# number map|session WORD: of the "WORD" in the list, which each has once
number() {
	local text rest
	text=$(napt "$R" "$1" list -j) || return
	rest=${text//"\"$2\":"/}
	echo $(((${#text} - ${#rest}) / (${#2} + 3)))
}

first_rule() {
	local text
	text=$(napt "$R" rule list -j) && [[ $text =~ \"id\":\ *([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

load_off() {
	[ -z "$carrier" ] || kill -9 "$carrier"
	wait "$carrier" 2>/dev/null
	carrier=
	rm -f "$work/load"
}

# A moment of up to 200 ms, in steps that the seed chooses: that is what is tried here, nothing is waited for
moment() {
	local seconds
	printf -v seconds '0.%03d' $((RANDOM % 200))
	read -rt "$seconds" <>"$work/never" || true
}

# Whatever was done, packets come through, each way, and mappings and sessions go to the last: then just so many fit as
# the settings say
works() {
	carries || return
	load_off
	napt "$R" restore - </dev/null || return
	want "mappings" "$(number map id)" 0 && want "sessions" "$(number session state)" 0 || return
	napt "$R" rule add dev rb src 192.168.7.0/24 to dev rb || return
	r naru set napt_max_mappings=2 napt_max_sessions=2 || return
	echoes 2001 && echoes 2002 || return
	want "mappings" "$(number map id)" 2 && want "sessions" "$(number session state)" 2 || return
	r naru set napt_max_mappings=1048576 napt_max_sessions=4194304 && rule_on
}

# echoes ID: a request is answered
echoes() {
	a ping -n -c 1 -W 20 -e "$1" 203.0.113.2 >"$work/ping" && return
	cat "$work/ping"
	napt "$R" map list
	napt "$R" session list
	return 1
}

address_changes() {
	load_on || return
	moment
	ip -n "$R" addr add 203.0.113.7/24 dev rb || return
	ip -n "$R" addr del 203.0.113.1/24 dev rb || return
	moment
	carries || return
	ip -n "$R" addr add 203.0.113.1/24 dev rb || return
	moment
	ip -n "$R" addr del 203.0.113.7/24 dev rb || return
	works
}

interface_down() {
	load_on || return
	moment
	ip -n "$R" link set rb down || return
	moment
	ip -n "$R" link set rb up || return
	moment
	works
}

rules_replaced() {
	local id
	load_on || return
	id=$(first_rule) || return
	for spec in "to 203.0.113.1 filtering apd" "to 198.51.100.0/28 mapping apd choice random" "to dev rb ports 5000-5999"; do
		moment
		# shellcheck disable=SC2086
		napt "$R" rule replace "$id" dev rb src 192.168.7.0/24 $spec || return
		carries || return
		id=$(first_rule) || return
	done
	works
}

# A namespace goes in the background, and takes its end of each cable along
links_gone() {
	! ip -n "$A" link show a0 && ! ip -n "$B" link show b0
}

netns_deleted() {
	load_on || return
	moment
	ip netns del "$R" || return
	moment
	load_off
	wait_for 30 links_gone || return
	router_on
}

# With hooks and mappings, and traffic
unloaded() {
	load_on || return
	moment
	wait_for 30 rmmod naru || return
	moment
	insmod "$ko" || return
	rule_on || return
	works
}

storm() {
	local what=$1
	for ((round = 1; round <= times; round++)); do
		"$what" && continue
		load_off
		echo "failed in round $round; to repeat: napt_storms.sh $times $seed $kinds"
		return 1
	done
}

storms() {
	[ -n "$kinds" ] && [[ " $kinds " != *" $2 "* ]] || result "$1, $times times" storm "$2"
}

find_module
new_hosts "$A" "$B"
router_on || exit 1
storms "external address changes" address_changes
storms "interface down and up" interface_down
storms "rules replaced" rules_replaced
storms "namespace deleted" netns_deleted
storms "rmmod" unloaded
echo "# seed $seed"
finish
