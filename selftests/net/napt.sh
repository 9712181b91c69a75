#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The NAPT and its command: rules, mappings, sessions, what is refused, and what is said of it
# timeout: 600
. "$(dirname "$0")/napt_lib.sh"

external=203.0.113.1
server=203.0.113.2
other=203.0.113.3

# default_rule [WORD]...: it alone
default_rule() {
	napt "$R" rule flush && napt "$R" rule add dev rb src 192.168.7.0/24 to $external "$@"
}

# ---- rules ----

# order of the rules, by their inside prefix
order() {
	want "the rules" "$(query "$R" '" ".join(r["src"] for r in j)' rule list)" "$1"
}

rule_id() {
	query "$R" "[r['id'] for r in j if r['src'] == '$1']" rule list
}

rules_in_order() {
	napt "$R" rule flush || return
	napt "$R" rule add dev rb src 10.1.0.0/16 to dev rb || return
	napt "$R" rule add dev rb src 10.3.0.0/16 to $external || return
	order "10.1.0.0/16 10.3.0.0/16" || return
	napt "$R" rule insert "$(rule_id 10.3.0.0/16)" dev rb src 10.2.0.0/16 to $external-203.0.113.1 || return
	order "10.1.0.0/16 10.2.0.0/16 10.3.0.0/16" || return
	napt "$R" rule replace "$(rule_id 10.2.0.0/16)" dev rb src 10.4.0.0/16 to 198.51.100.0/28 || return
	order "10.1.0.0/16 10.4.0.0/16 10.3.0.0/16" || return
	napt "$R" rule del "$(rule_id 10.1.0.0/16)" || return
	order "10.4.0.0/16 10.3.0.0/16" || return
	napt "$R" rule flush || return
	order ""
}

# What is asked for is what is listed
every_word() {
	napt "$R" rule flush || return
	napt "$R" rule add dev rb src 192.168.7.0/24 proto tcp,udp sport 1000-50000 dport 53 \
		except 10.0.0.0/8 except 198.51.100.9:80-90 to 203.0.113.1,198.51.100.1-198.51.100.3,198.51.100.8/30 \
		ports 2000-3000 mapping apd filtering ad tcp-filtering apd choice random parity off hairpin off notrack on \
		refresh-in on exhausted admin-prohibited unsolicited drop mark 0x10/0xf0 tcp-open 10 tcp-established 8000 \
		tcp-closing 300 udp 200 icmp 90 || return
	napt "$R" rule list || return
	want "second line" "$(napt "$R" rule list | sed -n 's/^\t //p')" "sport 1000-50000 dport 53 except 10.0.0.0/8 except \
198.51.100.9:80-90 mapping address-and-port-dependent filtering address-dependent tcp-filtering \
address-and-port-dependent choice random parity off hairpin off notrack on refresh-in on exhausted admin-prohibited \
unsolicited drop mark 0x10/0xf0 tcp-open 10 tcp-established 8000 tcp-closing 300 udp 200 icmp 90" || return
	want "in that namespace" "$(naru napt -N "$R" rule list -n)" "$(napt "$R" rule list)" || return
	napt "$R" save >"$work/first" || return
	napt "$R" restore "$work/first" || return
	napt "$R" save >"$work/second" || return
	want "the rule, restored" "$(cat "$work/second")" "$(cat "$work/first")" || return
	query "$R" 'j[0]' rule list || return
	want "words" "$(query "$R" '" ".join(str(j[0][k]) for k in ("dev", "mapping", "filtering", "tcp-filtering", "choice",
		"exhausted", "unsolicited"))' rule list)" "rb address-and-port-dependent address-dependent\
 address-and-port-dependent random admin-prohibited drop" || return
	want "times" "$(query "$R" '" ".join(str(j[0][k]) for k in ("tcp-open", "tcp-established", "tcp-closing", "udp", "icmp"))' \
		rule list)" "10 8000 300 200 90" || return
	want "pool" "$(query "$R" 'str(j[0]["to"]).count("198.51.100.8")' rule list)" 1
}

# Lines of CODE|PATTERN|WORDS: each fails so, and changes nothing
wrong_rules() {
	local code pattern words before failed=0
	default_rule || return
	napt "$R" map add tcp $external:8080 to 192.168.7.2:80 || return
	before=$(napt "$R" save) || return
	while IFS='|' read -r code pattern words; do
		# shellcheck disable=SC2086
		fails "$code" "$pattern" napt "$R" $words || failed=1
		want "after $words" "$(napt "$R" save)" "$before" || failed=1
	done
	return $failed
}

bad_usage() {
	wrong_rules <<-'END'
		2|.|rule
		2|.|rule add
		2|.|rule frob
		2|.|rule add dev rb
		2|.|rule add src 192.168.7.0/24 to 203.0.113.1
		2|.|rule add dev rb to
		2|.|rule add dev rb to 203.0.113.999
		2|.|rule add dev rb src 192.168.7.0/33 to 203.0.113.1
		2|.|rule add dev rb proto sctp to 203.0.113.1
		2|.|rule add dev rb to 203.0.113.1 ports x
		2|.|rule add dev rb to 203.0.113.1 ports 1-70000
		2|.|rule add dev rb to 203.0.113.1 filtering loose
		2|.|rule add dev rb to 203.0.113.1 hairpin perhaps
		2|.|rule add dev rb to 203.0.113.1 udp soon
		2|.|rule add dev rb to 203.0.113.1 frob 1
		2|.|rule insert dev rb to 203.0.113.1
		2|.|rule replace 1
		2|.|rule del
		2|.|rule del x
		2|.|map frob
		2|.|map add tcp 203.0.113.1:8081
		2|.|map add tcp 203.0.113.1 to 192.168.7.2:80
		2|.|map add icmp 203.0.113.1:8081 to 192.168.7.2:80
		2|.|map del
		2|.|map list outside x
		2|said twice: proto|map list proto tcp proto udp
		2|said twice: inside|map del inside 192.168.7.2 proto tcp inside 192.168.7.3
		2|said twice: static|map list static static
		2|a word of map list|map del own
		2|not both|check --quick --full
		2|.|session list state frob
		2|.|restore
		2|.|explain
		2|.|explain udp 192.168.7.2:1 203.0.113.2:2
	END
}

refused() {
	wrong_rules <<-'END'
		1|reversed|rule add dev rb to 203.0.113.1 ports 3000-2000
		1|not a port|rule add dev rb to 203.0.113.1 ports 0-2000
		1|reversed|rule add dev rb to 203.0.113.9-203.0.113.5
		1|its own dev|rule add dev rb to dev br0
		1|at least 120|rule add dev rb to 203.0.113.1 udp 119
		1|at least 60|rule add dev rb to 203.0.113.1 icmp 59
		1|at least 4|rule add dev rb to 203.0.113.1 tcp-open 3
		1|at least 7440|rule add dev rb to 203.0.113.1 tcp-established 7439
		1|at least 240|rule add dev rb to 203.0.113.1 tcp-closing 239
		1|not a port|map add tcp 203.0.113.1:0 to 192.168.7.3:80
		1|beyond 65535|map add tcp 203.0.113.1:9000-9001 to 192.168.7.3:65535
		1|no such rule|rule insert 4711 dev rb to 203.0.113.1
		1|no such rule|rule replace 4711 dev rb to 203.0.113.1
		1|no such rule|rule del 4711
		1|no rule translates|map add tcp 203.0.113.77:8081 to 192.168.7.2:80
		1|in use|map add tcp 203.0.113.1:8080 to 192.168.7.3:80
		1|in use|map add tcp 203.0.113.1:8070-8090 to 192.168.7.3:80
		1|no such mapping|map del id 4711
		1|/nonexistent/file|restore /nonexistent/file
	END
}

# A file is taken whole or not at all, and the line that is wrong is named
restores_all_or_nothing() {
	local before
	default_rule filtering ad || return
	napt "$R" map add udp $external:8080-8083 to 192.168.7.2:80 || return
	before=$(napt "$R" save) || return
	napt "$R" save "$work/saved" || return
	want "the file" "$(cat "$work/saved")" "$before" || return
	napt "$R" rule flush || return
	napt "$R" restore "$work/saved" || return
	want "restored" "$(napt "$R" save)" "$before" || return
	napt "$R" restore - <"$work/saved" || return
	{ cat "$work/saved" && echo "rule add dev rb to 203.0.113.1 ports 9-8"; } >"$work/wrong"
	fails 1 "\\b$(($(grep -c '' "$work/wrong")))\\b" napt "$R" restore "$work/wrong" || return
	{ echo "map add tcp 203.0.113.1:0 to 192.168.7.2:80" && cat "$work/saved"; } >"$work/wrong"
	fails 1 '\b1\b' napt "$R" restore "$work/wrong" || return
	want "after a wrong file" "$(napt "$R" save)" "$before"
}

# ---- mappings ----

# sees_same AS NS PROTO SRC: three servers do
sees_same() {
	local as=$1
	shift
	want "$* is seen as" "$(ask "$@" $server:3478 $server:3479 $other:3478 | sort -u)" "$as"
}

# one_mapping_for_all PROTO AS-THE-TABLE-SAYS [PORT]
one_mapping_for_all() {
	local port=${3:-5000}
	sees_same "$external:$port" "$A" "$1" 192.168.7.2:"$port" || return
	has_map "$R" "$2" 192.168.7.2:"$port" "$external:$port" || return
	want "sessions" "$(sessions "$R" proto "$2" inside 192.168.7.2:"$port" | wc -l)" 3
}

pings_of_two() {
	a ping -n -c 2 -i 0.2 -W 20 -e 5077 $server || return
	c ping -n -c 2 -i 0.2 -W 20 -e 5077 $server || return
	has_map "$R" icmp 192.168.7.2:5077 $external:5077 || return
	want "external ids" "$(query "$R" 'len(set(ep(m["outside"]) for m in j))' map list proto icmp)" 2
}

# An answer keeps the id of its request, even one that the router's own requests have been given another for
own_answers_keep_their_id() {
	default_rule || return
	a ping -n -c 1 -W 20 -e 5078 $server || return
	r ping -n -c 1 -W 20 -e 5078 $server || return
	want "ids in use" "$(query "$R" 'len(set(ep(m["outside"]) for m in j))' map list proto icmp)" 2 || return
	b ping -n -c 1 -W 20 -e 5078 $external
}

# From one port of two hosts: two external ports, of one parity, both of which carry answers
collision() {
	local one two port=$2
	one=$(ask "$A" "$1" 192.168.7.2:"$port" $server:3478) || return
	two=$(ask "$C" "$1" 192.168.7.3:"$port" $server:3478) || return
	echo "$one $two"
	[ "$one" != "$two" ] || return
	want "the first" "$one" $external:"$port" || return
	[[ $two == $external:* ]] || return
	want "parity" $((${two#*:} % 2)) $((port % 2)) || return
	sees "$one" "$A" "$1" 192.168.7.2:"$port" $server:3479 || return
	sees "$two" "$C" "$1" 192.168.7.3:"$port" $server:3479
}

lists_and_filters() {
	default_rule || return
	napt "$R" map add tcp $external:8080 to 192.168.7.3:80 || return
	sees $external:5100 "$A" udp 192.168.7.2:5100 $server:3478 || return
	sees $external:5101 "$A" udp 192.168.7.2:5101 $other:3479 || return
	napt "$R" map list || return
	napt "$R" session list || return
	want "all" "$(maps "$R" dev rb | wc -l)" 3 || return
	want "static" "$(maps "$R" static)" "tcp 192.168.7.3:80 $external:8080" || return
	want "dynamic" "$(maps "$R" dynamic | wc -l)" 2 || return
	want "inside" "$(maps "$R" inside 192.168.7.2/31 | wc -l)" 3 || return
	want "inside port" "$(maps "$R" inside 192.168.7.2:5101)" "udp 192.168.7.2:5101 $external:5101" || return
	want "outside" "$(maps "$R" outside $external:5100)" "udp 192.168.7.2:5100 $external:5100" || return
	want "remote" "$(sessions "$R" remote $other:3479)" \
		"udp open 192.168.7.2:5101 $external:5101 $other:3479" || return
	want "remote prefix" "$(sessions "$R" remote 203.0.113.2/31 state open | wc -l)" 2 || return
	want "none" "$(sessions "$R" proto tcp)" "" || return
	want "static for ever" "$(query "$R" 'j[0]["expires"]' map list static)" -1 || return
	query "$R" '[m for m in j if not 0 < m["expires"] <= 300][0]' map list dynamic 2>/dev/null && return 1
	napt "$R" map del proto udp inside 192.168.7.2:5100 || return
	want "after del" "$(maps "$R" dynamic)" "udp 192.168.7.2:5101 $external:5101" || return
	napt "$R" map del id "$(query "$R" 'j[0]["id"]' map list dynamic)" || return
	sees $external:5100 "$A" udp 192.168.7.2:5100 $server:3478 || return
	napt "$R" map flush || return
	want "after flush" "$(maps "$R")" "tcp 192.168.7.3:80 $external:8080"
}

# A connection's session, by its state
tcp_states() {
	local sender
	receive "$B" kernel $server || return
	rm -f "$work/gate" "$work/gate.paused"
	inns "$A" xfer -S -c $server -p "$net_port" -n 200000 -P 100000 -W "$work/gate" &
	sender=$!
	wait_for 30 test -e "$work/gate.paused" || return
	want "state" "$(query "$R" '[s["state"] for s in j]' session list remote $server:$net_port)" established || return
	touch "$work/gate"
	wait $sender || return
	received 1 200000 || return
	want "state" "$(query "$R" '[s["state"] for s in j]' session list remote $server:$net_port)" both-fin
}

# ---- filtering ----

# filtered PROTO KIND WORD...: those of the words exact, address, stranger get in, in this order, and no other does. What is
# refused is counted, so that nobody has to wait for it
filtered() {
	local proto=$1 kind=$2 who from port=$((port + 1)) refused
	shift 2
	default_rule filtering "$kind" || return
	serve "$A" -q -i $server:3478 "$proto" 192.168.7.2:$port || return
	got "^$server:3478 " || return
	for who in address stranger; do
		from=$server:99
		[ $who = address ] || from=$other:99
		if [[ " $* " == *" $who "* ]]; then
			b talk send "$proto" $from $external:$port $who || return
			got "^$from .* $who\$" || return
		else
			counts "$R" DROP_NAPT_FILTERED b talk send "$proto" $from $external:$port $who || return
			grep " $who\$" "$serve_log" && return 1
		fi
	done
	unserve
}
port=5200

# stranger_connects SECONDS: to a port that A has listened and connected from; it is answered with $answer
stranger_connects() {
	port=$((port + 1))
	serve "$A" tcp 192.168.7.2:$port || return
	sees $external:$port "$A" tcp 192.168.7.2:$port $server:3478 || return
	answer=$(ask "$B" -w "$1" tcp $other:$port $external:$port)
	unserve
}

# Who is kept out hears of it after 6 seconds
tcp_filtering() {
	default_rule filtering ei || return
	stranger_connects 20 || return
	want "it sees" "$answer" $other:$port || return
	default_rule filtering ei tcp-filtering ad || return
	stranger_connects 60 || return
	want "it says" "$answer" "error: Connection refused"
}

# A port that nobody has: the SYN waits for 6 seconds, others are silently dropped. A pool address that nobody has is not
# forwarded on, to come back and go round. What is no port of the pool's is the router's own
unmapped() {
	napt "$R" rule flush && napt "$R" rule add dev rb src 192.168.7.0/24 to $external,198.51.100.0/28 || return
	counts "$R" DROP_NAPT_NO_MAPPING b talk send udp $server:99 198.51.100.3:6001 nobody || return
	want "it says" "$(ask "$B" udp $server:99 $external:9)" "error 3/3 from $external mtu 0" || return
	want "it says" "$(ask "$B" tcp $server:99 $external:9)" "error: Connection refused" || return
	counts "$R" DROP_NAPT_NO_MAPPING b talk send udp $server:99 $external:6001 nobody || return
	counts "$R" DROP_NAPT_NO_MAPPING b talk send native-dgram $server:99 $external:6001 nobody || return
	want "a SYN" "$(ask "$B" -w 60 tcp $server:99 $external:6001)" "error: Connection refused"
}

# ---- in from outside, and round ----

forwarded_port() {
	local proto code=0
	default_rule || return
	for proto in udp native-dgram; do
		napt "$R" map add $proto $external:8080 to 192.168.7.2:80 || return
		serve "$A" $proto 192.168.7.2:80 || return
		sees $server:7001 "$B" $proto $server:7001 $external:8080 || code=1
		sees $external:7002 "$C" $proto 192.168.7.3:7002 $external:8080 || code=1
		got "^$external:7002 192.168.7.2:80 " || code=1
		unserve
	done
	napt "$R" map add tcp $external:8080 to 192.168.7.2:80 || return
	napt "$R" map add native dev:8080 to 192.168.7.2:80 dev rb || return
	for proto in tcp inet native; do
		serve "$A" $proto 192.168.7.2:80 || return
		sees $server:7001 "$B" $proto $server:7001 $external:8080 || code=1
		sees $external:7002 "$C" $proto 192.168.7.3:7002 $external:8080 || code=1
		unserve
	done
	return $code
}

forwarded_range() {
	default_rule || return
	napt "$R" map add udp $external:9000-9009 to 192.168.7.3:100 || return
	serve "$C" -q udp 192.168.7.3:100 192.168.7.3:105 192.168.7.3:109 || return
	b talk send udp $server:99 $external:9000 one $server:99 $external:9005 two $server:99 $external:9009 three || return
	got "192.168.7.3:100 .* one\$" && got "192.168.7.3:105 .* two\$" && got "192.168.7.3:109 .* three\$" || return
	unserve
	# What the inside host sends from there has that port
	sees $external:9005 "$C" udp 192.168.7.3:105 $server:3478
}

redirects() {
	r nstat -asz IcmpOutRedirects | awk '/IcmpOutRedirects/ { print $2 }'
}

# A reaches what C has mapped by packets, and each sees the other's external endpoint
hairpin() {
	local proto=$1 before code=0
	default_rule || return
	before=$(redirects)
	serve "$C" -i $server:3478 "$proto" 192.168.7.3:7100 || return
	got "^$server:3478 " || return
	sees $external:7101 "$A" "$proto" 192.168.7.2:7101 $external:7100 || code=1
	got "^$external:7101 192.168.7.3:7100 " || code=1
	unserve
	want "redirects" "$(redirects)" "$before" || code=1
	return $code
}

hairpin_to_oneself() {
	default_rule || return
	serve "$A" -q -i $server:3478 udp 192.168.7.2:7111 || return
	got "^$server:3478 " || return
	a talk send udp 192.168.7.2:7112 $external:7111 mirror || return
	got "^$external:7112 192.168.7.2:7111 .* mirror\$" || return
	unserve
}

hairpin_off() {
	default_rule hairpin off || return
	serve "$C" -q -i $server:3478 udp 192.168.7.3:7120 || return
	got "^$server:3478 " || return
	counts "$R" DROP_NAPT_HAIRPIN_OFF a talk send udp 192.168.7.2:7121 $external:7120 turned || return
	grep turned "$serve_log" && return 1
	unserve
}

# Where a mapping is for one destination alone, who is turned round has one for the external endpoint that it sent to
hairpin_dependent() {
	local proto word port=7130 code=0
	default_rule mapping apd || return
	for proto in udp native-dgram tcp inet native; do
		word=${proto/inet/tcp}
		port=$((port + 1))
		[ $proto = inet ] || napt "$R" map add $word $external:8080 to 192.168.7.3:80 || return
		serve "$C" $proto 192.168.7.3:80 || return
		sees $external:$port "$A" $proto 192.168.7.2:$port $external:8080 || code=1
		has_map "$R" $word 192.168.7.2:$port $external:$port || code=1
		unserve
	done
	serve "$C" -q -i $server:3478 udp 192.168.7.3:7140 || return
	got "^$server:3478 " || return
	a talk send udp 192.168.7.2:7141 $external:7140 turned || return
	got "^$external:7141 192.168.7.3:7140 .* turned\$" || code=1
	unserve
	return $code
}

# ---- what is refused, and counted ----

exhausted() {
	default_rule ports 10000-10001 "$@" || return
	sees $external:10000 "$A" udp 192.168.7.2:10000 $server:3478 || return
	sees $external:10001 "$A" udp 192.168.7.2:10001 $server:3478
}

# What was there goes on
nothing_left() {
	exhausted || return
	want "it says" "$(ask "$C" udp 192.168.7.3:1 $server:3478)" "error 3/1 from 192.168.7.1 mtu 0" || return
	sees $external:10001 "$A" udp 192.168.7.2:10001 $other:3478 || return
	[ "$(counter "$R" DROP_NAPT_EXHAUSTED)" -ge 1 ] || return
	exhausted exhausted admin-prohibited || return
	want "it says" "$(ask "$C" udp 192.168.7.3:1 $server:3478)" "error 3/13 from 192.168.7.1 mtu 0" || return
	exhausted exhausted silent || return
	counts "$R" DROP_NAPT_EXHAUSTED c talk send udp 192.168.7.3:1 $server:3478 silence
}

limits() {
	local before code=0
	default_rule || return
	before=$(r naru get napt_max_mappings | grep -oE '[0-9]+' | tail -n 1)
	r naru set napt_max_mappings=2 || return
	sees $external:5301 "$A" udp 192.168.7.2:5301 $server:3478 || code=1
	sees $external:5302 "$A" udp 192.168.7.2:5302 $server:3478 || code=1
	counts "$R" DROP_NAPT_LIMIT a talk send udp 192.168.7.2:5303 $server:3478 over || code=1
	sees $external:5301 "$A" udp 192.168.7.2:5301 $other:3478 || code=1
	r naru set napt_max_mappings="$before" || code=1
	sees $external:5303 "$A" udp 192.168.7.2:5303 $server:3478 || code=1
	return $code
}

# What cannot be translated does not go out with an inside address
untranslated() {
	default_rule || return
	counts "$R" DROP_NAPT_PROTO a python3 -Ic '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
s.sendto(bytes(20), ("203.0.113.2", 0))'
}

# ---- what is said ----

# monitor_on NS FILE: what it says of NS goes there, as text
monitor_on() {
	inns "$1" naru monitor napt >"$2" 2>&1 &
	monitor_pid=$!
	wait_for 20 test -s "$2"
}

suspended_and_resumed() {
	r ip link add none0 type dummy
	napt "$R" rule add dev none0 src 10.0.0.0/8 to 198.51.100.77 || return
	r ip link del none0
	event suspended none0 || return
	r ip link add none0 type dummy
	event resumed none0 || return
	r ip link del none0
}

events() {
	default_rule || return
	events_on "$R" || return
	monitor_on "$R" "$work/lines" || return
	sees $external:5401 "$A" udp 192.168.7.2:5401 $server:3478 || return
	event new '"port": *5401\b' || return
	napt "$R" map del proto udp inside 192.168.7.2:5401 || return
	event gone '"port": *5401\b' || return
	exhausted || return
	c talk send udp 192.168.7.3:1 $server:3478 none || return
	event exhausted '192\.168\.7\.3' || return
	suspended_and_resumed || return
	wait_for 20 grep -q ' resumed ' "$work/lines" || return
	events_off
	kill "$monitor_pid"
	wait "$monitor_pid" 2>/dev/null
	cat "$work/lines"
	grep -E ' exhausted +udp +192\.168\.7\.3$' "$work/lines" || return
	grep -E ' suspended +rule [0-9]+ +none0: ' "$work/lines" || return
	grep -E '^[[:space:]]|[[:space:]]$' "$work/lines" && return 1
	python3 -Ic 'import json, sys
for line in open(sys.argv[1]):
    json.loads(line)' "$work/events"
}

# explains VERDICT BECAUSE WORD...: so; and nothing has changed
explains() {
	local verdict=$1 because=$2 before
	shift 2
	before=$(maps "$R" && sessions "$R") || return
	napt "$R" explain "$@" || return
	napt "$R" explain -j "$@" >"$work/explained" || return
	want "the tables" "$(maps "$R" && sessions "$R")" "$before" || return
	want "explain $*" "$(python3 -Ic '
import json, sys
j = json.load(open(sys.argv[1]))
j = j[0] if isinstance(j, list) else j
print(j["verdict"], j["because"])' "$work/explained")" "$verdict $because"
}

# forwarding_off WORD...: explain says so of this packet
forwarding_off() {
	local code=0
	r sysctl -qw net.ipv4.conf.br0.forwarding=0 || return
	napt "$R" explain "$@" | grep -F "net.ipv4.conf.br0.forwarding is 0" || code=1
	napt "$R" explain -j "$@" | grep -E '"forwarding": ?false' || code=1
	r sysctl -qw net.ipv4.conf.br0.forwarding=1
	napt "$R" explain -j "$@" | grep -E '"forwarding": ?true' || code=1
	return $code
}

explanations() {
	napt "$R" rule flush || return
	explains untouched no-rules udp 192.168.7.2:5500 to $server:3478 || return
	napt "$R" rule add dev rb src 192.168.7.0/24 except $other to $external filtering ad || return
	explains out-new none udp 192.168.7.2:5500 to $server:3478 || return
	forwarding_off udp 192.168.7.2:5500 to $server:3478 || return
	explains untouched no-rule-takes udp 192.168.7.2:5500 to $other:3478 || return
	explains untouched no-rule-takes in br0 udp 192.168.9.9:5500 to $server:3478 || return
	explains untouched no-rule-here udp 192.168.7.2:5500 to 192.168.7.3:9 || return
	explains dropped no-mapping in rb udp $server:3478 to $external:5500 || return
	explains held no-mapping in rb tcp $server:3478 to $external:5500 || return
	want "counter" "$(grep -oE 'DROP_[A-Z_]*' "$work/explained")" DROP_NAPT_HELD || return
	explains untouched no-rule-takes in rb udp $server:5500 to $other:3478 || return
	explains untouched not-in-range in rb udp $server:3478 to $external:9 || return
	sees $external:5500 "$A" udp 192.168.7.2:5500 $server:3478 || return
	explains out none udp 192.168.7.2:5500 to $server:3478 || return
	explains in admitted in rb udp $server:3478 to $external:5500 || return
	explains dropped excepted in rb udp $other:3478 to $external:5500 || return
	explains dropped filtered in rb udp 203.0.113.4:3478 to $external:5500 || return
	# its sender is a stranger too
	explains dropped filtered udp 192.168.7.3:5501 to $external:5500 || return
	default_rule || return
	sees $external:5500 "$A" udp 192.168.7.2:5500 $server:3478 || return
	explains hairpin admitted udp 192.168.7.3:5501 to $external:5500 || return
	napt "$R" rule flush && napt "$R" rule add dev rb to $external || return
	explains out-new none udp 192.168.7.2:5500 to $server:3478 || return
	explains untouched no-rule-takes in rb udp $server:5500 to $other:3478 || return
	explains untouched no-rule-takes in rb udp 192.168.7.2:5500 to $other:3478
}

own_mappings() {
	default_rule || return
	sees $external:5501 "$A" udp 192.168.7.2:5501 $server:3478 || return
	sees $external:5502 "$R" udp $external:5502 $server:3478 || return
	want "own" "$(maps "$R" own)" "udp $external:5502 $external:5502" || return
	want "none" "$(maps "$R" own inside 192.168.7.2)" ""
}

# ---- the module ----

nothing_without_rules() {
	napt "$R" rule flush || return
	watch_hooks || return
	default_rule || return
	hooks_there | tee "$work/there"
	[ -s "$work/there" ] || {
		echo "no hook is seen while a rule exists: this test shows nothing"
		return 1
	}
	sees $external:5601 "$A" udp 192.168.7.2:5601 $server:3478 || return
	napt "$R" map add tcp $external:8080 to 192.168.7.2:80 || return
	napt "$R" rule flush || return
	want "hooks without rules" "$(hooks_there)" "" || return
	want "mappings without rules" "$(maps "$R")" "" || return
	unwatch_hooks
}

# Rules and mappings do not hold the module. Without it the router is a router
unloads_with_rules() {
	local pid
	ip -n "$B" route add 192.168.7.0/24 via $external
	default_rule || return
	napt "$R" map add tcp $external:8080 to 192.168.7.2:80 || return
	sees $external:5701 "$A" udp 192.168.7.2:5701 $server:3478 || return
	for pid in "${native_servers[@]}"; do
		unserve "$pid"	# its sockets would hold it
	done
	monitor_on "$R" "$work/lines" || return
	unload || return
	wait "$monitor_pid"
	want "exit code of the monitor" $? 1 || return
	want "its end" "$(tail -n 1 "$work/lines")" "naru: the naru module was unloaded" || return
	sees 192.168.7.2:5701 "$A" udp 192.168.7.2:5701 $server:3478 || return
	insmod "$ko" || return
	sees 192.168.7.2:5701 "$A" udp 192.168.7.2:5701 $server:3478 || return
	order "" || return
	default_rule || return
	sees $external:5701 "$A" udp 192.168.7.2:5701 $server:3478
}

trap 'unwatch_hooks; cleanup' EXIT
find_module
napt_hosts
result "rules are added, inserted, replaced, deleted, in order" rules_in_order
result "every word of a rule is listed and saved" every_word
result "wrong usage changes nothing" bad_usage
result "what is refused changes nothing" refused
result "a file is restored whole or not at all" restores_all_or_nothing
native_servers=()
for proto in udp tcp native-dgram native; do
	serve "$B" $proto $server:3478 $server:3479 $other:3478 $other:3479
	[[ $proto != native* ]] || native_servers+=("$serve_pid")
done
default_rule
result "one mapping for all destinations, UDP" one_mapping_for_all udp udp
result "one mapping for all destinations, TCP" one_mapping_for_all tcp tcp
result "one mapping for all destinations, TCP on naru" one_mapping_for_all inet tcp 5001
result "one mapping for all destinations, native" one_mapping_for_all native native
result "one mapping for all destinations, native datagrams" one_mapping_for_all native-dgram native-dgram
result "two hosts with one echo id" pings_of_two
result "the router answers pings of an id that it uses" own_answers_keep_their_id
result "two hosts with one port, UDP" collision udp 6100
result "two hosts with one port, UDP, odd" collision udp 6101
result "two hosts with one port, TCP" collision tcp 6102
result "two hosts with one port, native" collision native 6103
result "two hosts with one port, native datagrams" collision native-dgram 6104
result "lists and their filters" lists_and_filters
result "states of a connection" tcp_states
for proto in udp native-dgram; do
	result "endpoint-independent filtering, $proto" filtered $proto ei address stranger
	result "address-dependent filtering, $proto" filtered $proto ad address
	result "address- and port-dependent filtering, $proto" filtered $proto apd
done
result "filtering of TCP by itself" tcp_filtering
result "ports that nobody has" unmapped
result "forwarded ports, from outside and from inside" forwarded_port
result "a forwarded range" forwarded_range
result "hairpin, UDP" hairpin udp
result "hairpin, native datagrams" hairpin native-dgram
result "hairpin, a mapping for each destination" hairpin_dependent
result "hairpin to oneself" hairpin_to_oneself
result "hairpin off" hairpin_off
result "no port is left" nothing_left
result "no mapping is left" limits
result "a protocol that is not translated" untranslated
result "events" events
result "explanations" explanations
result "mappings of the router itself" own_mappings
result "nothing is there without rules" nothing_without_rules
result "the module unloads with rules" unloads_with_rules
finish
