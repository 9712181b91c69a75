#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Addresses, interfaces and rules change under mappings: what fits goes on, what does not goes with an event
# timeout: 600
. "$(dirname "$0")/napt_lib.sh"

server=203.0.113.2
udp=4000

# fresh AS-ADDRESS: a host's new datagram is seen from there, and the mapping is listed
fresh() {
	udp=$((udp + 1))
	sees "$1:$udp" "$A" udp 192.168.7.2:$udp $server:3478 || return
	has_map "$R" udp 192.168.7.2:$udp "$1:$udp"
}

# again AS: the last one's mapping is, or is made, so
again() {
	sees "$1" "$A" udp 192.168.7.2:$udp $server:3478
}

mapping_gone() {
	event gone "\"port\": *$udp\\b" || return
	want "the mapping" "$(maps "$R" proto udp inside 192.168.7.2:$udp)" ""
}

# suspended NS: why the first rule takes nothing
suspended() {
	query "$1" 'j[0].get("suspended", "")' rule list
}

takes_nothing() {
	[ -n "$(suspended "$R")" ]
}

takes_packets() {
	[ -z "$(suspended "$R")" ]
}

# ---- addresses ----

# address_becomes ADDRESS/LEN: the outside interface's only one
address_becomes() {
	ip -n "$R" addr flush dev rb
	ip -n "$R" addr add "$1" dev rb
}

# addresses_become ADDRESS/LEN...: its own, in that order
addresses_become() {
	address_becomes "$1" && v4 "$R" rb "${@:2}"
}

follows_address() {
	napt "$R" rule add dev rb src 192.168.7.0/24 to dev rb || return
	fresh 203.0.113.1 || return
	address_becomes 203.0.113.9/24
	mapping_gone || return
	again 203.0.113.9:$udp || return
	fresh 203.0.113.9 || return
	address_becomes 203.0.113.1/24
	mapping_gone || return
	fresh 203.0.113.1
}

no_address() {
	local id
	id=$(query "$R" 'j[0]["id"]' rule list) || return
	fresh 203.0.113.1 || return
	ip -n "$R" addr flush dev rb
	event suspended "\"rule\": *$id\\b" || return
	takes_nothing || return
	mapping_gone || return
	ip -n "$R" addr add 203.0.113.1/24 dev rb
	event resumed "\"rule\": *$id\\b" || return
	takes_packets || return
	fresh 203.0.113.1
}

# A second address that comes and goes is not the rule's
another_address() {
	fresh 203.0.113.1 || return
	ip -n "$R" addr add 203.0.113.20/24 dev rb || return
	again 203.0.113.1:$udp || return
	ip -n "$R" addr del 203.0.113.20/24 dev rb || return
	again 203.0.113.1:$udp || return
	told gone "\"port\": *$udp\\b" && echo "its mapping went meanwhile" && return 1
	true
}

# An address of the pool is the router's own for a while: its own mappings go with that
own_for_a_while() {
	napt "$R" rule flush && napt "$R" rule add dev rb src 192.168.7.0/24 to 203.0.113.30 || return
	ip -n "$R" addr add 203.0.113.30/24 dev rb || return
	sees 203.0.113.30:5300 "$R" udp 203.0.113.30:5300 $server:3478 || return
	want "own" "$(maps "$R" own)" "udp 203.0.113.30:5300 203.0.113.30:5300" || return
	ip -n "$R" addr del 203.0.113.30/24 dev rb || return
	want "own, without the address" "$(maps "$R" own)" "" || return
	first_rule_only
}

# ---- ports that are forwarded ----

first_rule_only() {
	napt "$R" rule flush && napt "$R" rule add dev rb src 192.168.7.0/24 to dev rb
}

forwarded() {
	want "forwarded" "$(maps "$R" static)" "$1"
}

# Another rule has the new address already, and its host the port there
forwarded_port_is_taken() {
	napt "$R" rule flush || return
	napt "$R" rule add dev rb src 192.168.7.2/32 to dev rb || return
	napt "$R" rule add dev rb src 192.168.7.0/24 to 198.51.100.9 || return
	napt "$R" map add udp dev:8080-8082 to 192.168.7.2:80 dev rb || return
	sees 198.51.100.9:8081 "$C" udp 192.168.7.3:8081 $server:3478 || return
	addresses_become 198.51.100.9/32 203.0.113.1/24 || return
	forwarded "udp 192.168.7.2:80 198.51.100.9:8080
udp 192.168.7.2:81 198.51.100.9:8081
udp 192.168.7.2:82 198.51.100.9:8082" || return
	event gone '"port": *8081\b' || return
	sees_any 198.51.100.9 "$C" udp 192.168.7.3:8081 $server:3478 || return
	forwarded_no_more
}

forwarded_no_more() {
	napt "$R" map del static && first_rule_only && addresses_become 203.0.113.1/24
}

# sees_any ADDRESS NS PROTO SRC:PORT DST:PORT: by whatever port
sees_any() {
	[[ $(ask "${@:2}") == "$1":* ]]
}

# The inside endpoint has a mapping by another rule, while its own one waits
forwarded_host_is_taken() {
	napt "$R" rule flush || return
	napt "$R" rule add dev rb src 192.168.7.2/32 sport 81 to dev rb || return
	napt "$R" rule add dev rb src 192.168.7.0/24 to 198.51.100.7 || return
	addresses_become 198.51.100.20/32 203.0.113.1/24 || return
	napt "$R" map add udp 198.51.100.20:8081 to 192.168.7.2:81 || return
	addresses_become 203.0.113.1/24 || return
	forwarded "" || return
	napt "$R" rule insert "$(first_rule)" dev rb src 192.168.7.2/32 dport 3478 to 198.51.100.7 || return
	sees_any 198.51.100.7 "$A" udp 192.168.7.2:81 $server:3478 || return
	addresses_become 198.51.100.20/32 203.0.113.1/24 || return
	forwarded "udp 192.168.7.2:81 198.51.100.20:8081" || return
	forwarded_no_more
}

# What could not be is tried again whenever an address comes or goes
forwarded_later() {
	first_rule_only || return
	napt "$R" map add udp dev:8080-8083 to 192.168.7.2:80 dev rb || return
	r naru set napt_max_mappings=3 || return
	addresses_become 203.0.113.9/24 || return
	want "how many" "$(maps "$R" static | grep -c .)" 3 || return
	r naru set napt_max_mappings=1048576 || return
	ip -n "$R" addr add 203.0.113.20/24 dev rb || return
	want "how many" "$(maps "$R" static | grep -c .)" 4 || return
	forwarded_no_more
}

# ---- interfaces ----

# A connection that has half of its data through when the interface goes
across() {
	local before sender bytes=300000
	receive "$B" "$1" $server || return
	rm -f "$work/gate" "$work/gate.paused"
	inns "$A" xfer -S -c $server -p "$net_port" -w "$1" -n $bytes -P $((bytes / 2)) -W "$work/gate" &
	sender=$!
	wait_for 30 test -e "$work/gate.paused" || return
	before=$(sessions "$R" remote $server:$net_port) || return
	[ -n "$before" ] || return
	shift
	"$@" || return
	touch "$work/gate"
	wait $sender || return
	received 1 $bytes || return
	want "its mapping" "$(sessions "$R" remote $server:$net_port | awk '{ print $1, $3, $4, $5 }')" \
		"$(echo "$before" | awk '{ print $1, $3, $4, $5 }')"
}

down_and_up() {
	ip -n "$R" link set rb down
	ip -n "$R" link set rb up
}

# Gone for good, and another of the same name: the rule is for names
another_of_that_name() {
	fresh 203.0.113.1 || return
	ip -n "$R" link del rb
	mapping_gone || return
	takes_nothing || return
	link_hosts "$B" b0 "$R" rb
	v4 "$R" rb 203.0.113.1/24
	v4 "$B" b0 203.0.113.2/24 203.0.113.3/24
	ip -n "$B" route add 198.51.100.0/24 via 203.0.113.1
	wait_for 20 takes_packets || return
	fresh 203.0.113.1
}

renamed() {
	fresh 203.0.113.1 || return
	ip -n "$R" link set rb down
	ip -n "$R" link set rb name other
	mapping_gone || return
	takes_nothing || return
	ip -n "$R" link set other name rb
	ip -n "$R" link set rb up
	wait_for 20 takes_packets || return
	fresh 203.0.113.1
}

# ---- rules ----

first_rule() {
	query "$R" 'j[0]["id"]' rule list
}

# replaced SPEC...: the first rule by this
replaced() {
	napt "$R" rule replace "$(first_rule)" dev rb src 192.168.7.0/24 "$@"
}

# Another filtering, another timeout, more addresses: the mapping fits
survives_replacement() {
	fresh 203.0.113.1 || return
	replaced to dev rb filtering address-dependent udp 200 || return
	replaced to 203.0.113.1 || return
	replaced to 203.0.113.1,198.51.100.0/28 ports 4000-60000 || return
	again 203.0.113.1:$udp || return
	told gone "\"port\": *$udp\\b" && echo "its mapping went meanwhile" && return 1
	has_map "$R" udp 192.168.7.2:$udp 203.0.113.1:$udp
}

# Another address, a range without its port, an inside prefix without its host
goes_with_replacement() {
	replaced to dev rb && fresh 203.0.113.1 || return
	replaced to 198.51.100.7 || return
	mapping_gone || return
	again 198.51.100.7:$udp || return
	fresh 198.51.100.7 || return
	replaced to 198.51.100.7 ports 50000-60000 || return
	mapping_gone || return
	[[ $(ask "$A" udp 192.168.7.2:$udp $server:3478) =~ ^198\.51\.100\.7:5[0-9]{4}$ ]] || return
	replaced to dev rb || return
	fresh 203.0.113.1 || return
	napt "$R" rule replace "$(first_rule)" dev rb src 192.168.7.128/25 to dev rb || return
	mapping_gone || return
	replaced to dev rb
}

goes_with_rule() {
	fresh 203.0.113.1 || return
	napt "$R" rule add dev rb src 10.0.0.0/8 to dev rb || return
	napt "$R" rule del "$(first_rule)" || return
	mapping_gone || return
	napt "$R" rule insert "$(first_rule)" dev rb src 192.168.7.0/24 to dev rb || return
	napt "$R" rule del "$(query "$R" 'j[1]["id"]' rule list)" || return
	fresh 203.0.113.1
}

swap_rules() {
	napt "$R" save "$work/saved" && napt "$R" restore "$work/saved"
}

# ---- prefixes that overlap ----

overlaps() {
	local id
	id=$(first_rule)
	fresh 203.0.113.1 || return
	ip -n "$R" addr add 192.168.0.9/16 dev rb
	event suspended "\"rule\": *$id\\b.*overlap" || return
	suspended "$R" | grep overlap || return
	ip -n "$R" addr del 192.168.0.9/16 dev rb
	event resumed "\"rule\": *$id\\b" || return
	takes_packets || return
	fresh 203.0.113.1
}

# ---- the end ----

# All that it had, with packets under way; the module then has nothing that holds it
namespace_ends() {
	local sender
	napt "$R" map add tcp 203.0.113.1:8080 to 192.168.7.2:80 || return
	fresh 203.0.113.1 || return
	receive "$B" kernel $server || return
	inns "$A" xfer -S -c $server -p "$net_port" -n 500000000 >/dev/null 2>&1 &
	sender=$!
	wait_for 30 has_session || return
	ip netns del "$R"
	kill "$sender" "$receiver_pid"
	wait "$sender" "$receiver_pid"
	unload || return
	insmod "$ko"
}

has_session() {
	sessions "$R" proto tcp | grep -q established
}

# Its host's packets make a mapping at once, wherever the forwarded port is missing
forwarded_port_moves() {
	local i code=0 sender
	napt "$R" restore - <<-END || return
		rule add dev rb src 192.168.7.0/24 to dev rb
		map add udp dev:8080 to 192.168.7.2:8080 dev rb
	END
	a python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('192.168.7.2', 8080))
s.connect(('$server', 9))
while True:
    try:
        s.send(b'x')
    except OSError:
        pass" &
	sender=$!
	wait_for 30 has_sessions_of udp || code=1
	for ((i = 0; i < 5 && code == 0; i++)); do
		replaced to 198.51.100.20 && replaced to dev rb || code=1
	done
	kill "$sender"
	wait "$sender" 2>/dev/null
	want "the mapping" "$(maps "$R" proto udp inside 192.168.7.2:8080 | grep -c 203.0.113.1:8080)" 1 || code=1
	napt "$R" map del static || code=1
	return $code
}

has_sessions_of() {
	[ -n "$(sessions "$R" proto "$1")" ]
}

find_module
napt_hosts
serve "$B" udp $server:3478
napt "$R" rule add dev rb src 192.168.7.0/24 to dev rb && events_on "$R" && napt "$R" rule flush || exit 1
result "the external address changes" follows_address
result "there is no external address for a while" no_address
result "a second address comes and goes" another_address
result "an address of the pool is the router's own for a while" own_for_a_while
result "a forwarded port is another's at the new address" forwarded_port_is_taken
result "a forwarded port's host has another mapping" forwarded_host_is_taken
result "a forwarded port that could not be" forwarded_later
result "a forwarded port moves under its host's traffic" forwarded_port_moves
for wire in kernel inet native; do
	result "the interface goes down and up under a connection, $wire" across $wire down_and_up
	result "rules are saved and restored under a connection, $wire" across $wire swap_rules
	result "the rule is replaced under a connection, $wire" across $wire replaced to 203.0.113.1
	replaced to dev rb
done
result "another interface of that name" another_of_that_name
result "the interface has another name for a while" renamed
result "rules replaced: what fits survives" survives_replacement
result "rules replaced: what does not fit goes" goes_with_replacement
result "a rule goes, and its mappings" goes_with_rule
result "prefixes that overlap suspend a rule" overlaps
events_off
result "the namespace is deleted with live mappings" namespace_ends
finish
