#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What dies at the wrong moment, again and again, while connections of both wire modes carry data:
#   storms.sh TIMES [SEED]
# The moments are drawn from the seed. Whether anything broke or leaked is the VM's to say, when naru is unloaded.
. "$(dirname "$0")/../net/lib.sh"

times=${1:?usage: storms.sh TIMES [SEED]}
seed=${2:-1}
RANDOM=$seed
ko=$net_tree/build/${NARU_VM:?only in the VM}/naru.ko
bytes=$((1 << 34))	# more than there is time for
carriers=()
round=0

# server_and_client WIRE ADDRESS: connected; the rest of the bytes waits for a file "go"
server_and_client() {
	receive "$B" "$1" "$2" -t 600 || return
	carriers+=("$receiver_pid")
	inns "$A" xfer -S -c "$2" -p "$net_port" -w "$1" -n $bytes -t 600 -P 65536 -W "$work/go.$1" \
		>/dev/null 2>&1 &
	carriers+=($!)
	wait_for 30 test -e "$work/go.$1.paused"
}

# A connection of each wire mode that never comes to an end, the families in turn
load_on() {
	local inet=10.9.0.2 native=fd09::2
	[ $((round % 2)) = 0 ] || inet=fd09::2 native=10.9.0.2
	carriers=()
	rm -f "$work"/go.*
	server_and_client inet "$inet" && server_and_client native "$native" && touch "$work/go.inet" "$work/go.native"
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

gone_netns() {
	! ip netns list | grep -q -e "^$A\b" -e "^$B\b"
}

# The namespaces go while programs run in them, and what they leave behind
netns_deleted() {
	hosts
	load_on || return
	moment
	ip netns del "$A"
	moment
	load_off
	ip netns del "$B"
	wait_for 30 gone_netns
}

process_killed() {
	local i
	load_on || return
	for ((i = 0; i < ${#carriers[@]}; i++)); do
		moment
		kill -9 "${carriers[$(((RANDOM % 2) ? i : ${#carriers[@]} - 1 - i))]}" 2>/dev/null
	done
	load_off
}

interface_down() {
	load_on || return
	moment
	ip -n "$A" link set a0 down
	moment
	ip -n "$A" link set a0 up
	ip -n "$A" addr replace fd09::1/64 dev a0 nodad
	moment
	load_off
}

# All at once, and out with it: within five seconds
kill_and_rmmod() {
	local start
	load_on || return
	moment
	naru sock -E kill all >/dev/null || return
	start=$SECONDS
	wait_for 30 rmmod naru || {
		naru sock --holding
		return 1
	}
	[ $((SECONDS - start)) -le 5 ] || {
		echo "rmmod took $((SECONDS - start)) s"
		return 1
	}
	load_off
	insmod "$ko"
}

storm() {
	local what=$1
	for ((round = 1; round <= times; round++)); do
		"$what" && continue
		echo "failed in round $round; to repeat: storms.sh $times $seed"
		return 1
	done
}

result "namespace deleted, $times times" storm netns_deleted
hosts
result "process killed, $times times" storm process_killed
result "interface down and up, $times times" storm interface_down
result "kill all and rmmod, $times times" storm kill_and_rmmod
echo "# seed $seed"
finish
