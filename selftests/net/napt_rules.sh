#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which rule a packet goes by where destinations matter, static mappings and the rules that they need
# timeout: 600
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

names_the_rule() {
	local id
	id=$(query "$R" 'j[0]["id"]' rule list) || return
	fails 1 "rule $id before this one" napt "$R" rule add dev rb src 192.168.7.0/24 except 0.0.0.0/0 to $pool || return
	fails 1 "rule $id would be behind this one" napt "$R" rule insert "$id" dev rb to $pool
}

# A rule that has nothing left to take, with exceptions; and one that has
covered() {
	local before
	rules "except 10.0.0.0/8 except $other:80-90 to $external" || return
	before=$(napt "$R" save) || return
	for spec in "except 10.0.0.0/8 except $other:80-90" "except 10.0.0.0/8 except $other" "except 0.0.0.0/0" \
		"proto udp except 10.0.0.0/7 except $other:80-99"; do
		# shellcheck disable=SC2086
		fails 1 "takes all that it would" napt "$R" rule add dev rb src 192.168.7.0/24 $spec to $pool || return
	done
	[[ $(uname -r) == 6.1.* ]] || names_the_rule || return
	fails 1 "at most 2592000" napt "$R" rule add dev rb to $pool udp 2592001 || return
	want "after" "$(napt "$R" save)" "$before" || return
	for spec in "except 10.0.0.0/8 except $other:80-89" "except 10.1.0.0/16 except $other" "except 10.0.0.0/8"; do
		# shellcheck disable=SC2086
		napt "$R" rule add dev rb src 192.168.7.0/24 $spec to $pool || return
		napt "$R" restore - <<<"$before" || return
	done
}

# ---- static mappings ----

static_of() {
	want "static mappings" "$(napt "$R" save | grep '^map')" "$1"
}

# A rule that is suspended is waited for, by what can be its
waits_for_its_rule() {
	napt "$R" rule flush || return
	napt "$R" rule add dev later src 10.0.0.0/8 to 198.51.100.16/28 || return
	napt "$R" rule add dev rb src 192.168.7.0/24 to $external || return
	fails 1 "no rule translates" napt "$R" map add tcp 203.0.113.77:8081 to 192.168.7.2:80 || return
	fails 1 "no rule translates" napt "$R" map add tcp 203.0.113.77:8081 to 192.168.7.2:80 dev later || return
	fails 1 "no rule translates" napt "$R" map add tcp 198.51.100.17:8081 to 192.168.7.2:80 dev rb || return
	fails 1 "no rule translates" napt "$R" map add tcp dev:8081 to 192.168.7.2:80 dev never || return
	static_of "" || return
	napt "$R" map add tcp 198.51.100.17:8081 to 192.168.7.2:80 || return
	napt "$R" map add tcp 198.51.100.18:8081 to 192.168.7.2:81 dev later || return
	napt "$R" map add tcp dev:8082 to 192.168.7.2:82 dev later || return
	want "mappings" "$(maps "$R")" "" || return
	fails 1 "no such mapping" napt "$R" map del id 0 || return
	ip -n "$R" link add later type dummy || return
	wait_for 20 has_maps 3 || return
	ip -n "$R" link del later
	wait_for 20 has_maps 0
}

has_maps() {
	[ "$(maps "$R" | grep -c .)" = "$1" ]
}

# Of an interface that has no address yet nobody knows which it will be
waits_for_an_address() {
	napt "$R" rule flush || return
	ip -n "$R" link add bare type dummy || return
	napt "$R" rule add dev bare src 10.0.0.0/8 to dev bare || return
	napt "$R" map add tcp 198.51.100.33:8081 to 10.0.0.2:80 || return
	napt "$R" map add tcp 198.51.100.33:8082 to 10.0.0.2:81 dev bare || return
	fails 1 "no rule translates" napt "$R" map add tcp 198.51.100.33:8083 to 10.0.0.2:82 dev rb || return
	ip -n "$R" addr add 198.51.100.33/32 dev bare || return
	wait_for 20 has_maps 2 || return
	# Its address is another now: what waits for the old one keeps nobody from changing rules
	ip -n "$R" addr flush dev bare
	ip -n "$R" addr add 198.51.100.34/32 dev bare || return
	wait_for 20 has_maps 0 || return
	napt "$R" rule add dev rb src 192.168.7.0/24 to $external || return
	fails 1 "no rule translates" napt "$R" map add tcp 198.51.100.33:8083 to 10.0.0.2:82 || return
	ip -n "$R" link del bare
}

# A rule that a static mapping needs stays until that is gone
needs_its_rule() {
	local id before
	rules "to $external" || return
	napt "$R" rule add dev rb src 10.0.0.0/8 to $pool || return
	napt "$R" map add tcp $external:8080 to 192.168.7.2:80 || return
	id=$(query "$R" 'j[0]["id"]' rule list) || return
	before=$(napt "$R" save) || return
	fails 1 "static.*needs.*map del" napt "$R" rule del "$id" || return
	[[ $(uname -r) == 6.1.* ]] || grep -q "tcp $external:8080" "$work/stderr" || return
	fails 1 "static.*needs.*map del" napt "$R" rule replace "$id" dev rb src 192.168.7.0/24 to 198.51.100.9 || return
	want "after" "$(napt "$R" save)" "$before" || return
	napt "$R" rule del "$(query "$R" 'j[1]["id"]' rule list)" || return
	napt "$R" map del static || return
	napt "$R" rule del "$id"
}

names_the_mapping() {
	local id
	fails 1 "port 8082 is in use: it is forwarded to 192.168.7.2:82" \
		napt "$R" map add udp $external:8082 to 192.168.7.3:80 || return
	fails 1 "port 192.168.7.2:81 has external port 8081" napt "$R" map add udp $external:8090 to 192.168.7.2:81 || return
	sees $external:5999 "$C" udp 192.168.7.3:5999 $server:3478 || return
	id=$(query "$R" 'j[0]["id"]' map list inside 192.168.7.3:5999) || return
	fails 1 "external port 5999 is in use: map del id $id" napt "$R" map add udp $external:5999 to 192.168.7.2:99 || return
	fails 1 "inside port 5999 has a mapping: map del id $id" napt "$R" map add udp $external:6999 to 192.168.7.3:5999 || return
	napt "$R" map del id "$id"
}

# The same port twice, however it is said
twice() {
	local before
	rules "to $external" || return
	napt "$R" map add udp $external:8080-8083 to 192.168.7.2:80 || return
	before=$(napt "$R" save) || return
	fails 1 "forwarded already" napt "$R" map add udp $external:8080-8083 to 192.168.7.2:80 || return
	fails 1 "forwarded already" napt "$R" map add udp $external:8080-8083 to 192.168.7.2:80 dev rb || return
	fails 1 "forwarded already" napt "$R" map add udp dev:8080-8083 to 192.168.7.2:80 dev rb || return
	fails 1 "forwarded already" napt "$R" map add udp $external:8081 to 192.168.7.2:81 || return
	fails 1 "forwarded already" napt "$R" map add udp $external:8079-8080 to 192.168.7.2:79 || return
	fails 1 "in use" napt "$R" map add udp $external:8080 to 192.168.7.3:80 || return
	fails 1 "external port .*already: one for each" napt "$R" map add udp $external:8090 to 192.168.7.2:81 || return
	[[ $(uname -r) == 6.1.* ]] || names_the_mapping || return
	{ echo "$before" && echo "map add udp $external:8082 to 192.168.7.2:82 dev rb"; } >"$work/wrong"
	fails 1 ":3: .*forwarded already" napt "$R" restore "$work/wrong" || return
	want "after" "$(napt "$R" save)" "$before" || return
	napt "$R" map add tcp $external:8080-8083 to 192.168.7.2:80 || return
	napt "$R" map add udp $external:8084 to 192.168.7.2:84
}

# As many ports as there may be mappings, and more: none of them stays
too_many_ports() {
	rules "to $external" || return
	r naru set napt_max_mappings=3 || return
	fails 1 "napt_max_mappings" napt "$R" map add udp $external:8080-8083 to 192.168.7.2:80 || return
	want "mappings" "$(maps "$R")" "" || return
	napt "$R" map add udp $external:8080-8082 to 192.168.7.2:80 || return
	has_maps 3 || return
	r naru set napt_max_mappings=1048576
}

# They would all be made when the interface comes
too_many_that_wait() {
	napt "$R" rule flush && napt "$R" rule add dev nowhere src 192.168.7.0/24 to 198.51.100.1-198.51.100.9 || return
	r naru set napt_max_mappings=100000 || return
	napt "$R" map add udp 198.51.100.1:1-65535 to 192.168.7.2:1 || return
	fails 1 "napt_max_mappings" napt "$R" map add udp 198.51.100.2:1-65535 to 192.168.7.3:1 || return
	napt "$R" map add udp 198.51.100.2:1-30000 to 192.168.7.3:1 || return
	napt "$R" map del static || return
	r naru set napt_max_mappings=1048576
}

# A file may forward a port to another host than before, and swap two
restored_to_another_host() {
	rules "to $external" || return
	napt "$R" map add udp $external:8080 to 192.168.7.2:80 || return
	napt "$R" map add udp $external:8081 to 192.168.7.3:80 || return
	napt "$R" save | sed 's/192.168.7.2:/X:/; s/192.168.7.3:/192.168.7.2:/; s/X:/192.168.7.3:/' >"$work/swapped"
	napt "$R" restore "$work/swapped" || return
	want "restored" "$(napt "$R" save)" "$(cat "$work/swapped")" || return
	want "mappings" "$(maps "$R")" "udp 192.168.7.2:80 $external:8081
udp 192.168.7.3:80 $external:8080" || return
	# One that cannot be: all is as before
	sees $external:5999 "$C" udp 192.168.7.3:5999 $server:3478 || return
	{ sed 's/:8080 /:8090 /' "$work/swapped" && echo "map add udp $external:5999 to 192.168.7.2:99"; } >"$work/wrong"
	fails 1 ':4: .*in use' napt "$R" restore "$work/wrong" || return
	want "after" "$(napt "$R" save)" "$(cat "$work/swapped")" || return
	want "mappings" "$(maps "$R" static)" "udp 192.168.7.2:80 $external:8081
udp 192.168.7.3:80 $external:8080"
}

# The biggest that there may be
large() {
	local excepts to
	excepts=$(printf ' except 10.%d.0.0/16:100-200' {0..63})
	to=$(printf '198.51.%d.1-198.51.%d.3,' $(for i in {0..63}; do echo $i $i; done))
	for i in {0..1023}; do
		echo "rule add dev rb src 10.$((i / 256)).$((i % 256)).0/24 to $pool"
	done >"$work/many"
	napt "$R" restore "$work/many" || return
	want "saved" "$(napt "$R" save)" "$(cat "$work/many")" || return
	fails 1 "1024 rules" napt "$R" rule add dev rb src 192.168.7.0/24 to $external || return
	echo "rule add dev rb src 192.168.7.0/24$excepts to ${to%,}" >"$work/wide"
	napt "$R" restore "$work/wide" || return
	want "saved" "$(napt "$R" save)" "$(cat "$work/wide")" || return
	napt "$R" rule list -j >"$work/json" || return
	fails 1 "." napt "$R" save /dev/full || return
	napt "$R" save >/dev/full 2>"$work/stderr" && return 1
	grep -i "space" "$work/stderr"
}

# What is too much is seen before any of it is made: these would take more memory than there is
too_large() {
	local before
	rules "to $external" || return
	before=$(napt "$R" save) || return
	for i in {1..1000}; do
		echo "rule add dev rb src 10.$((i / 256)).$((i % 256)).0/24 to $((i / 250 + 20)).$((i % 250)).0.0/16"
	done >"$work/huge"
	fails 1 ":2: .*65536 external addresses" napt "$R" restore "$work/huge" || return
	{ head -n 1 "$work/huge" && echo "rule add dev rb src 10.9.0.0/24 to dev rb"; } >"$work/wrong"
	fails 1 ":2: .*65536 external addresses" napt "$R" restore "$work/wrong" || return
	want "after" "$(napt "$R" save)" "$before"
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
result "rules behind one with exceptions" covered
result "a static mapping waits for its rule" waits_for_its_rule
result "a static mapping waits for an address" waits_for_an_address
result "a static mapping needs its rule" needs_its_rule
result "a port is forwarded once" twice
result "more forwarded ports than mappings" too_many_ports
result "more forwarded ports that wait than mappings" too_many_that_wait
result "forwarded ports are restored to other hosts" restored_to_another_host
result "many rules, and a large one" large
result "more addresses than there may be" too_large
finish
