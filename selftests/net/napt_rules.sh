#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which rule a packet goes by where destinations matter
# timeout: 300
. "$(dirname "$0")/napt_lib.sh"

external=203.0.113.1
pool=198.51.100.7
server=203.0.113.2
other=203.0.113.3
port=5000

# rules SPEC...: each of these for A and C, in the place of what there is
rules() {
	local spec
	napt "$R" rule flush || return
	for spec in "$@"; do
		# shellcheck disable=SC2086
		napt "$R" rule add dev rb src 192.168.7.0/24 $spec || return
	done
}

# as AS PROTO DST:PORT: A, from $port
as() {
	sees "$1:$port" "$A" "$2" 192.168.7.2:$port "$3"
}

# The inside endpoint's mappings, and how many sessions each has
its_maps() {
	query "$R" 'sorted("%s %d" % (ep(m["outside"]), m["sessions"]) for m in j)' map list inside 192.168.7.2:$port
}

# its_remotes: of the sessions
its_remotes() {
	query "$R" 'sorted(ep(s["remote"]) for s in j)' session list inside 192.168.7.2:$port
}

# ---- destinations ----

# An address and a port of another: they see the inside endpoint, before it has a mapping and after
excepted() {
	local proto=$1
	port=$((port + 1))
	rules "except $other except $server:3479 to $external" || return
	as 192.168.7.2 "$proto" $other:3478 || return
	want "mappings" "$(its_maps)" "" || return
	as $external "$proto" $server:3478 || return
	as 192.168.7.2 "$proto" $server:3479 || return
	as 192.168.7.2 "$proto" $other:3479 || return
	want "mappings" "$(its_maps)" "$external:$port 1"
}

# What they send to the mapping would be answered without it, so that it does not come in
excepted_from_outside() {
	port=$((port + 1))
	rules "except $other to $external" || return
	serve "$A" -q -i $server:3478 udp 192.168.7.2:$port || return
	got "^$server:3478 " || return
	counts "$R" DROP_NAPT_EXCEPTED b talk send udp $other:99 $external:$port never || return
	b talk send udp $server:99 $external:$port admitted || return
	got "^$server:99 .* admitted\$" || return
	grep never "$serve_log" && return 1
	unserve
	want "it says" "$(ask "$B" -w 60 tcp $other:99 $external:$port)" "error: Connection refused" || return
	want "sessions" "$(its_remotes)" "$server:3478
$server:99" || return
	want "it says" "$(explained in rb udp $other:99 to $external:$port)" "dropped excepted" || return
	want "it says" "$(explained udp 192.168.7.2:$port to $other:99)" "untouched no-rule-takes"
}

explained() {
	napt "$R" explain -j "$@" >"$work/explained" || return
	python3 -Ic 'import json, sys
j = json.load(open(sys.argv[1]))
j = j[0] if isinstance(j, list) else j
print(j["verdict"], j["because"])' "$work/explained"
}

# A mapping of a rule for some ports is not for the others
other_ports() {
	local proto=$1
	port=$((port + 1))
	rules "dport 3478 to $external" || return
	as $external "$proto" $server:3478 || return
	as $external "$proto" $other:3478 || return
	as 192.168.7.2 "$proto" $server:3479 || return
	want "mappings" "$(its_maps)" "$external:$port 2"
}

# Rules that lead to one address share the mapping; one that leads elsewhere has another
rules_by_port() {
	local proto=$1 again=twice
	# A stream between two ports that has ended keeps the next from them for a minute
	[[ $proto == udp || $proto == native-dgram ]] || again=
	rules "dport 3478 filtering ad to $external" "proto $2 except $other to $external" "to $pool" || return
	for order in "$server:3478 $server:3479 $other:3479" "$other:3479 $server:3479 $server:3478"; do
		port=$((port + 1))
		for to in $order ${again:+$order}; do
			if [ $to = $other:3479 ]; then
				as $pool "$proto" $to || return
			else
				as $external "$proto" $to || return
			fi
		done
		want "mappings" "$(its_maps)" "$pool:$port 1
$external:$port 2" || return
	done
}

# What comes to the one comes by the one
both_ways() {
	port=$((port + 1))
	rules "except $other to $external" "to $pool" || return
	serve "$A" -i $server:3478 udp 192.168.7.2:$port || return
	got "^$server:3478 " || return
	unserve
	as $pool udp $other:3478 || return
	serve "$A" udp 192.168.7.2:$port || return
	sees $server:99 "$B" udp $server:99 $external:$port || return
	sees $other:99 "$B" udp $other:99 $pool:$port || return
	counts "$R" DROP_NAPT_EXCEPTED b talk send udp $other:98 $external:$port never || return
	counts "$R" DROP_NAPT_EXCEPTED b talk send udp $server:98 $pool:$port never || return
	want "mappings" "$(its_maps)" "$pool:$port 2
$external:$port 2" || return
	want "it says" "$(explained udp 192.168.7.2:$port to $other:97)" "out none" || return
	swap_rules || return
	want "mappings" "$(its_maps)" "$pool:$port 2
$external:$port 2" || return
	unserve
}

swap_rules() {
	napt "$R" save "$work/saved" && napt "$R" restore "$work/saved"
}

# Sessions end that the new rules would not make, and the mapping with the last of them
excepted_later() {
	port=$((port + 1))
	rules "to $external" || return
	a talk send udp 192.168.7.2:$port $server:1 a 192.168.7.2:$port $server:2 b 192.168.7.2:$port $other:1 c || return
	wait_for 20 has_remotes 3 || return
	replaced "except $server:1 to $external" || return
	want "remotes" "$(its_remotes)" "$server:2
$other:1" || return
	replaced "dport 1-3 except $server:1 except $server:2 to $external" || return
	want "remotes" "$(its_remotes)" "$other:1" || return
	# Its first session is none any more; rules are looked at again all the same
	ip -n "$R" addr add 203.0.113.20/24 dev rb || return
	ip -n "$R" addr del 203.0.113.20/24 dev rb || return
	swap_rules || return
	want "mappings" "$(its_maps)" "$external:$port 1" || return
	replaced "dport 2 to $external" || return
	want "mappings" "$(its_maps)" ""
}

has_remotes() {
	[ "$(its_remotes | grep -c .)" = "$1" ]
}

replaced() {
	# shellcheck disable=SC2086
	napt "$R" rule replace "$(query "$R" 'j[0]["id"]' rule list)" dev rb src 192.168.7.0/24 $1
}

# The port is forwarded for all; what the host begins itself is for the rules to say
excepted_and_forwarded() {
	port=$((port + 1))
	rules "except $other to $external" || return
	napt "$R" map add udp $external:8080 to 192.168.7.2:$port || return
	sees $external:8080 "$A" udp 192.168.7.2:$port $server:3478 || return
	as 192.168.7.2 udp $other:3478 || return
	serve "$A" udp 192.168.7.2:$port || return
	sees $other:7001 "$B" udp $other:7001 $external:8080 || return
	sees $other:7002 "$B" udp $other:7002 192.168.7.2:$port || return
	unserve
	want "remotes" "$(its_remotes)" "$server:3478
$other:7001"
}

find_module
napt_hosts
ip -n "$B" route add 192.168.7.0/24 via $external
for proto in udp native-dgram tcp native; do
	serve "$B" $proto $server:3478 $server:3479 $other:3478 $other:3479
done
for proto in udp native-dgram tcp native; do
	result "destinations that a rule excepts, $proto" excepted $proto
	result "a rule for one port, $proto" other_ports $proto
	result "rules for ports, to two addresses, $proto" rules_by_port $proto $proto
done
result "what a rule excepts does not come in" excepted_from_outside
result "two mappings of one endpoint, both ways" both_ways
result "sessions that new rules except" excepted_later
result "a forwarded port and exceptions" excepted_and_forwarded
finish
