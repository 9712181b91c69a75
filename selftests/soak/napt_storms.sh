#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What changes under a NAPT at the wrong moment, again and again, while traffic goes both ways through its mappings:
#   napt_storms.sh TIMES [SEED]
# The moments are drawn from the seed. Whether anything broke or leaked is the VM's to say, when naru is unloaded.
. "$(dirname "$0")/../net/napt_lib.sh"

times=${1:?usage: napt_storms.sh TIMES [SEED]}
seed=${2:-1}
RANDOM=$seed
ko=$net_tree/build/${NARU_VM:?only in the VM}/naru.ko
bytes=$((1 << 34))	# more than there is time for
carriers=()
round=0

network() {
	napt_hosts
	rule_on
}

no_network() {
	local ns
	for ns in "$A" "$B" "$C" "$R"; do
		ip netns del "$ns" 2>/dev/null
	done
	true
}

# As far as the module is there
rule_on() {
	napt "$R" rule add dev rb src 192.168.7.0/24 to dev rb && napt "$R" map add tcp dev:8080 to 192.168.7.3:8080 dev rb
}

# A stream out, and one in by the static mapping; datagrams from many ports, answered and not
load_on() {
	carriers=()
	receive "$B" kernel 203.0.113.2 -t 600 || return
	carriers+=("$receiver_pid")
	inns "$A" xfer -S -c 203.0.113.2 -p "$net_port" -w kernel -n $bytes -t 600 >/dev/null 2>&1 &
	carriers+=($!)
	inns "$B" python3 -Ic "$flood" 192.168.7.2 203.0.113.1 >/dev/null 2>&1 &
	carriers+=($!)
	inns "$A" python3 -Ic "$flood" 203.0.113.2 203.0.113.3 >/dev/null 2>&1 &
	carriers+=($!)
	wait_for 30 mapped
}

# What is sent from ever new ports, to hosts that need not answer
flood='
import itertools, socket, sys
hosts = sys.argv[1:]
for n in itertools.count():
    try:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for host in hosts:
            s.sendto(bytes(n % 500), (host, 1024 + n % 60000))
        s.close()
    except OSError:
        pass
'

mapped() {
	[ "$(number map list dynamic)" -gt 10 ]
}

# number map|session|rule list [FILTER]...: of those; without an interpreter, which costs the debug kernel a second each time
number() {
	napt "$R" "$1" "$2" -j "${@:3}" | grep -oE '"(id|state)": *' | wc -l
}

first_rule() {
	napt "$R" rule list -j | grep -oE '"id": *[0-9]+' | grep -m 1 -oE '[0-9]+'
}

load_off() {
	kill -9 "${carriers[@]}" 2>/dev/null
	wait "${carriers[@]}" 2>/dev/null
	true
}

# A moment of up to 200 ms, in steps that the seed chooses: that is what is tried here, nothing is waited for
moment() {
	read -rt "0.$(printf '%03d' $((RANDOM % 200)))" <>"$work/never" || true
}

# Whatever was done, a host gets an answer, and mappings and sessions go to the last: then just so many fit as the
# settings say
works() {
	load_off
	a ping -n -c 1 -W 20 203.0.113.2 >/dev/null || return
	napt "$R" restore - </dev/null || return
	want "mappings" "$(number map list)" 0 && want "sessions" "$(number session list)" 0 || return
	napt "$R" rule add dev rb src 192.168.7.0/24 to dev rb || return
	r naru set napt_max_mappings=2 napt_max_sessions=2 || return
	a ping -n -c 1 -W 20 -e 2001 203.0.113.2 >/dev/null && a ping -n -c 1 -W 20 -e 2002 203.0.113.2 >/dev/null || return
	want "mappings" "$(number map list)" 2 || return
	r naru set napt_max_mappings=1048576 napt_max_sessions=4194304 && napt "$R" rule flush && rule_on
}

address_changes() {
	load_on || return
	moment
	ip -n "$R" addr add 203.0.113.7/24 dev rb
	ip -n "$R" addr del 203.0.113.1/24 dev rb
	moment
	ip -n "$R" addr add 203.0.113.1/24 dev rb
	moment
	ip -n "$R" addr del 203.0.113.7/24 dev rb
	works
}

interface_down() {
	load_on || return
	moment
	ip -n "$R" link set rb down
	moment
	ip -n "$R" link set rb up
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
		id=$(first_rule) || return
	done
	works
}

gone_netns() {
	! ip netns list | grep -q -e "^$R\b"
}

netns_deleted() {
	load_on || return
	moment
	ip netns del "$R"
	moment
	load_off
	wait_for 30 gone_netns || return
	no_network
	network
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
		echo "failed in round $round; to repeat: napt_storms.sh $times $seed"
		return 1
	done
}

network
result "external address changes, $times times" storm address_changes
result "interface down and up, $times times" storm interface_down
result "rules replaced, $times times" storm rules_replaced
result "namespace deleted, $times times" storm netns_deleted
result "rmmod, $times times" storm unloaded
echo "# seed $seed"
finish
