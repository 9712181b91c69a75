#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The naru command: what it lists is there, -j is JSON, wrong use is told apart from failure
# timeout: 600
. "$(dirname "$0")/lib.sh"

# connect_and_stay NAME WIRE ADDRESS: A's sender is paused, B's receiver waits
connect_and_stay() {
	local name=$1 wire=$2 addr=$3
	rm -f "$work/gate.$name.paused"
	receive "$B" "$wire" "$addr" -t 900 || return
	port[$name]=$net_port
	receiver[$name]=$receiver_pid
	inns "$A" xfer -S -c "$addr" -p "$net_port" -w "$wire" -t 900 -n 1000000 -P 500000 \
		-W "$work/gate.$name" &
	wait_for 30 test -e "$work/gate.$name.paused"
}

# json NS COMMAND...: valid, and prints it
json() {
	local ns=$1
	shift
	inns "$ns" "$@" >"$work/json" || return
	cat "$work/json"
	python3 -m json.tool "$work/json" >/dev/null
}

# has TEXT...: each is in what the last json or shows printed
has() {
	local text
	for text in "$@"; do
		grep -qE -- "$text" "$work/json" && continue
		echo "missing: $text"
		return 1
	done
}

# shows NS COMMAND...: prints something
shows() {
	local ns=$1
	shift
	inns "$ns" "$@" >"$work/json" || return
	cat "$work/json"
	[ -s "$work/json" ]
}

# lines PATTERN NUMBER: that many of those printed have PATTERN
lines() {
	want "lines with $1" "$(grep -cE -- "$1" "$work/json")" "$2"
}

lists_connections() {
	shows "$A" naru sock || return
	lines "10.9.0.2:${port[inet]}\\b" 1 || return
	lines "10.9.0.2:${port[native]}\\b" 1 || return
	has inet native ESTAB
}

lists_json() {
	json "$A" naru sock -j -i -m -o -e -p || return
	has '"remote"' "${port[inet]}" "${port[native]}" '"snd_mss"' '"rcvbuf"' '"uid"' '"xfer"'
}

details() {
	shows "$A" naru sock -i -m -o -e -p || return
	has mss xfer rcvbuf
}

filters() {
	shows "$A" naru sock dport "${port[inet]}" || return
	lines "10.9.0.2:" 1 || return
	shows "$A" naru sock wire native || return
	lines "10.9.0.2:${port[native]}" 1 || return
	lines "10.9.0.2:${port[inet]}" 0 || return
	shows "$A" naru sock dst 10.9.0.0/24 state established || return
	lines "10.9.0.2:" 2 || return
	shows "$A" naru sock dst 10.8.0.0/24 || return
	lines "10.9.0.2:" 0 || return
	shows "$A" naru sock -6 || return
	lines "10.9.0.2:" 0 || return
	shows "$A" naru sock -46 || return
	lines "10.9.0.2:" 2 || return
	shows "$B" naru sock -l || return
	lines "ESTAB" 0
}

# only PATTERN FILTER...: on A that is listed, and nothing else
only() {
	local pattern=$1
	shift
	shows "$A" naru sock -j "$@" || return
	lines '"id"' 1 || return
	has "$pattern"
}

# none FILTER...: nothing of A's is listed
none() {
	shows "$A" naru sock -j "$@" || return
	lines '"id"' 0
}

filters_by_source() {
	local sport
	only "\"port\": *${port[inet]}\\b" dport "${port[inet]}" || return
	sport=$(sed -n 's/.*"local": *{"address": *"[^"]*", *"port": *\([0-9]*\).*/\1/p' "$work/json")
	# the connection over IPv6 may have drawn the same port from the pool
	only "\"port\": *${port[inet]}\\b" sport = ":$sport" -4 wire inet || return
	none sport "${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" src 10.9.0.1 and wire inet || return
	none src 10.9.0.2 || return
	none src 10.9.0.128/25
}

filters_by_prefix() {
	only fd09::2 dst fd09::2 || return
	only fd09::2 dst fd09::/64 || return
	only fd09::2 src fd09::1/127 || return
	only fd09::2 -6 dst "[fd09::2]/128" || return
	none dst fd09::4/126 || return
	none dst fd09::1/128 || return
	none -4 dst fd09::/16
}

# As people type them who know ss(8)
filters_by_endpoint() {
	only "\"port\": *${port[inet]}\\b" dst "10.9.0.2:${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" dst = "10.9.0.2/32:${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" dst ":${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" dst "*:${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" src "10.9.0.1:*" wire inet || return
	only "\"port\": *${port[inet]}\\b" src "*" dport "${port[inet]}" || return
	none dst "10.9.0.1:${port[inet]}" || return
	none dst 10.9.0.2:1 || return
	none dst :1 || return
	none src "10.9.0.1:${port[inet]}" || return
	none src 10.8.0.0/16:*
}

filters_by_endpoint_v6() {
	only fd09::2 dst "[fd09::2]:${port[v6]}" || return
	only fd09::2 dst "[fd09::2]:*" || return
	only fd09::2 dst "[fd09::]/64:${port[v6]}" || return
	only fd09::2 dst "[fd09::/64]:${port[v6]}" || return
	only fd09::2 dst "fd09::/64:${port[v6]}" || return
	none dst "[fd09::2]:1" || return
	none dst "[fd09::3]:${port[v6]}" || return
	none dst fd09::2:80				# an address to its end
}

filters_by_range() {
	only "\"port\": *${port[inet]}\\b" dst "10.9.0.1-10.9.0.9:${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" dst "10.9.0.2-10.9.0.2" wire inet || return
	only "\"port\": *${port[inet]}\\b" dst "10.9.0.0/24:${port[inet]}-${port[inet]}" || return
	only "\"port\": *${port[inet]}\\b" src ">=" 10.9.0.1 and dst "<" 10.9.0.3 and dport "${port[inet]}" || return
	only fd09::2 dst "fd09::1-fd09::9" || return
	only fd09::2 dst "[fd09::1-fd09::9]:${port[v6]}" || return
	only fd09::2 dst ">" fd09::1 || return
	none dst 10.9.0.3-10.9.0.9 || return
	none dst ">" 10.9.0.2 || return
	none dst "10.9.0.2:1-2" || return
	none dst "<" fd09::2
}

# -t has no effect; -H takes the heading away
habits() {
	shows "$A" naru sock -tn dport "${port[inet]}" || return
	lines '^Wire ' 1 || return
	lines "10.9.0.2:${port[inet]}\\b" 1 || return
	shows "$A" naru sock --tcp --no-header dport "${port[inet]}" || return
	lines '' 1 || return
	lines "10.9.0.2:${port[inet]}\\b" 1 || return
	want "nothing, without a heading" "$(a naru sock -tnH dport 1)" "" || return
	only "\"port\": *${port[inet]}\\b" -tH dport "${port[inet]}"
}

# What waits for whoever comes, of a program that has a listener, a stream that is bound only, and one socket for datagrams
waiting() {
	local code=0 pid
	(as "$A" inet python3 -Ic '
import socket, sys
listener, bound, datagrams = socket.socket(), socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
for s, port in (listener, 701), (bound, 702), (datagrams, 703):
    s.bind(("10.9.0.1", port))
listener.listen()
open(sys.argv[1], "w")
sys.stdin.read()' "$work/bound" <>"$work/never") &
	pid=$!
	wait_for 30 test -e "$work/bound" && waiting_are_listed && waiting_are_killed || code=1
	kill $pid
	wait $pid 2>/dev/null
	return $code
}

waiting_are_listed() {
	shows "$A" naru sock -a || return
	has '10\.9\.0\.1:702\b' || return
	shows "$A" naru sock -tulpn || return
	lines ' LISTEN .* 10\.9\.0\.1:701\b' 1 || return
	lines ' UNCONN .* 10\.9\.0\.1:703\b' 1 || return
	lines '^(inet|native) ' 2 || return
	shows "$A" naru sock -tulH state closed || return
	lines '10\.9\.0\.1:70[23]\b' 2 || return
	want "all of them" "$(a naru sock -tuls -j | grep -oE '"closed": *[1-9]' | tr -d ' ')" '"closed":1'
}

waiting_are_killed() {
	want "killed" "$(a naru sock -tul kill src 10.9.0.1)" "killed 2" || return
	shows "$A" naru sock -aH src 10.9.0.1:702 || return
	lines '' 1
}

# of WIRE KEY: a number of the summary in JSON
of() {
	python3 -c 'import json, sys
print([row[sys.argv[3]] for row in json.load(open(sys.argv[1])) if row["wire"] == sys.argv[2]][0])' \
		"$work/json" "$1" "$2"
}

# Both programs of a connection are there: none of these is an orphan
summary() {
	shows "$A" naru sock -s state established || return
	lines '^Wire +Total +Listen .* Closed$' 1 || return
	lines '^inet +2 +0 +0 +0 +2 +0 +0 +0 +0$' 1 || return
	lines '^native +1 +0 +0 +0 +1 +0 +0 +0 +0$' 1 || return
	shows "$A" naru sock --summary -H -6 state established || return
	lines '' 2 || return
	lines '^inet +1 ' 1 || return
	json "$A" naru sock -s -j || return
	want "established, inet" "$(of inet established)" 2 || return
	want "established, native" "$(of native established)" 1 || return
	want "orphaned" "$(of inet orphaned)" 0 || return
	json "$A" naru sock -s -E -j state established || return
	want "in every namespace" "$(of native total)" 2
}

summary_of_time_wait() {
	a naru run python3 - <<-'END' || return
		import socket
		with socket.create_server(("127.0.0.1", 0)) as l:
		    c = socket.create_connection(l.getsockname())
		    s = l.accept()[0]
		    c.close()
		    s.recv(1)
		    s.close()
	END
	wait_for 20 summary_has_time_wait || return
	json "$A" naru sock -s -j -l || return
	want "time_wait among listeners" "$(of inet time_wait)" 0
}

summary_has_time_wait() {
	json "$A" naru sock -s -j src 127.0.0.1 && [ "$(of inet time_wait)" = 1 ] && [ "$(of inet total)" = 1 ]
}

filters_by_state_and_id() {
	local id
	none exclude established || return
	only fd09::2 exclude time-wait dst fd09::2 || return
	only fd09::2 state all exclude listen dst fd09::2 || return
	none state established exclude established exclude listen || return
	id=$(id_of "${port[native]}") || return
	only "\"id\": *$id\\b" id "$id" || return
	none id "$id" wire inet
}

# id_of PORT: number of A's socket that is connected to it
id_of() {
	inns "$A" naru sock -j dport "$1" | sed -n 's/.*"id": *\([0-9]*\).*/\1/p' | head -n 1 | grep .
}

other_namespace() {
	shows "$B" naru -N "$A" sock dport "${port[inet]}" || return
	lines "10.9.0.2:${port[inet]}\\b" 1 || return
	shows "$B" naru --netns "/run/netns/$A" sock dport "${port[inet]}" || return
	lines "10.9.0.2:${port[inet]}\\b" 1 || return
	shows "$B" naru -N "$B" sock dport "${port[inet]}" || return
	lines "10.9.0.2:" 0 || return
	fails 1 "$B" naru -N "$A-not" sock
}

# despite_stale_name CODE COMMAND...: run on A while a name in /run/netns stands for no namespace
despite_stale_name() {
	local stale=naru-stale-$$ want=$1 code
	shift
	touch "/run/netns/$stale"
	inns "$A" "$@" >"$work/json" 2>"$work/err"
	code=$?
	rm "/run/netns/$stale"
	cat "$work/json" "$work/err"
	want "exit code" "$code" "$want" || return
	want "lines on stderr" "$(grep -c '' "$work/err")" 1 || return
	grep -q "$stale" "$work/err"
}

# From A, so that B is one of those that are looked for
holding_despite_stale_name() {
	despite_stale_name 1 naru sock --holding || return
	lines "10.9.0.2:${port[inet]}\\b.*-\$" 1 || return
	lines "10.9.0.2:${port[inet]}\\b.* $B\$" 1 || return
	has xfer
}

kills_despite_stale_name() {
	despite_stale_name 1 naru sock -E kill sport "${port[v6]}" || return
	want "on stdout" "$(cat "$work/json")" "killed 1" || return
	wait "${receiver[v6]}" && echo "the receiver did not notice" && return 1
	none state established dst fd09::2
}

# What holds the module cannot be told without looking into all namespaces
holding_without_privilege() {
	a setpriv --reuid 65534 --regid 65534 --clear-groups "$(type -P naru)" sock --holding \
		>"$work/json" 2>"$work/err"
	want "exit code" $? 1 || return
	cat "$work/err"
	want "lines on stderr" "$(grep -c '' "$work/err")" 1 || return
	has "10.9.0.2:${port[inet]}\\b"
}

netstat() {
	shows "$A" naru netstat || return
	lines "ESTABLISHED" 3 || return
	json "$A" naru netstat -j || return
	json "$B" naru netstat -j
}

netstat_details() {
	shows "$A" naru netstat -p -o || return
	has 'PID/Program name +Timer' || return
	lines 'ESTABLISHED +[1-9][0-9]*/xfer +[a-z0-9-]+ \([0-9]+\.[0-9]{2}/[0-9]+/[0-9]+\)$' 3 || return
	shows "$A" naru netstat -4 -p || return
	lines '[0-9]/xfer *$' 2 || return
	lines Timer 0 || return
	shows "$A" naru netstat -64 -p || return
	lines '[0-9]/xfer *$' 3 || return
	json "$A" naru netstat -6 -p -o -j || return
	has '"program": *"[0-9]*/xfer"'
}

# A program chooses its name; a terminal must not take it for a command
odd_names() {
	local odd=$'x\e[7m\t\xc3\xbc"\xff'
	cp "$(type -P xfer)" "$work/$odd" || return
	net_port=$((net_port + 1))
	rm -f "$work/listens"
	inns "$B" "$work/$odd" -l 10.9.0.2 -p "$net_port" -w inet -t 900 -r "$work/listens" &
	wait_for 20 test -e "$work/listens" || return
	shows "$B" naru netstat -l -p || return
	lines $'\e' 0 || return
	lines $'/x\\?\\[7m\\?\xc3\xbc"\\?' 1 || return
	shows "$B" naru sock -l -p || return
	lines $'\e' 0 || return
	lines $'comm:"x\\?\\[7m\\?\xc3\xbc\\\\"\\?" pid:' 1 || return
	json "$B" naru sock -l -p -j || return
	python3 -c '
import json, sys
said = json.load(open(sys.argv[1]))
assert any(o["comm"] == "x\x1b[7m\t\u00fc\"\ufffd" for row in said for o in row["owners"]), said
' "$work/json"
}

counters() {
	shows "$A" naru stat || return
	has ACTIVE_OPENS OUT_SEGS || return
	json "$A" naru stat -j || return
	want "ACTIVE_OPENS" "$(counter "$A" ACTIVE_OPENS)" 3 || return
	shows "$A" naru stat --explain ACTIVE_OPENS || return
	has 'connect\(\)' 'rfc:"?RFC 9293' || return
	json "$A" naru stat -aej DROP_NO_SOCKET || return
	has '"rfc": *"RFC 9293' '"do": *"start the server'
}

# As Prometheus reads it: each metric has its help and type before it, once, and all counters are there
metrics_for_prometheus() {
	a naru stat -aj >"$work/json" && a naru stat --prometheus >"$work/metrics" || return
	cat "$work/metrics"
	python3 - "$work/json" "$work/metrics" <<-'END' || return
		import json, re, sys
		counters = {c["name"]: c for c in json.load(open(sys.argv[1]))}
		metrics, helped, typed = {}, [], []
		for line in open(sys.argv[2]):
		    word = line.split(" ", 3)
		    if word[1] == "HELP":
		        helped.append(word[2])
		    elif word[1] == "TYPE":
		        assert word[3] == "counter\n" and word[2] == helped[-1], line
		        typed.append(word[2])
		    else:
		        name, labels, value = re.fullmatch(r"([a-z_0-9]+)(\{.*\})? (\d+)\n", line).groups()
		        assert name == typed[-1] and (name, labels) not in metrics, line
		        metrics[name, labels] = int(value)
		assert len(set(helped)) == len(helped) == len(typed)
		assert len(metrics) == len(counters)
		for name, c in counters.items():
		    key = ("naru_dropped_packets_total", '{reason="%s"}' % name[5:]) if c["drop"] else \
		        ("naru_%s_total" % name.lower(), None)
		    assert metrics[key] >= c["value"] or c["value"] == 0, (key, c)
		assert metrics["naru_active_opens_total", None] == 3
	END
	a naru stat -P 'ACTIVE_*' >"$work/metrics" || return
	want "metrics of one" "$(grep -vc '^#' "$work/metrics")" 1
}

settings() {
	shows "$A" naru get sack || return
	json "$A" naru get -j || return
	has '"sack"' '"rmem"' || return
	a naru set sack 0 || return
	shows "$A" naru get sack || return
	has '\b0\b' || return
	shows "$B" naru get sack || return
	has '\b1\b' || return
	a naru set sack 1 || return
	a naru set rmem 4096 100000 200000 || return
	shows "$A" naru get rmem || return
	has '4096.*100000.*200000' || return
	shows "$A" naru get -n sack rmem || return
	want "values" "$(cat "$work/json")" $'1\n4096 100000 200000' || return
	shows "$A" naru get -v sack || return
	has '^Setting +Value +Default +Range +Meaning' '^sack +1 +1 +0\.\.1 +[A-Za-z]'
}

congestion_of_new_sockets() {
	fails 1 "$A" naru set congestion_control=nosuch || return
	want "on stderr" "$(cat "$work/err")" "naru: congestion_control: no such congestion control" || return
	fails 1 "$A" naru set congestion_control=1 || return
	fails 1 "$A" naru set sack=reno || return
	want "on stderr" "$(cat "$work/err")" "naru: sack: this setting is a number, or three" || return
	fails 1 "$A" naru set sack=0 congestion_control=nosuch || return
	want "sack" "$(a naru get -n sack)" 1 || return		# all or nothing
	json "$A" naru set -j congestion_control=reno || return
	same_json '[{"name": "congestion_control", "value": "reno"}]' || return
	want "in another namespace" "$(inns "$B" naru get -n congestion_control)" cubic || return
	transfer "$A" inet "$B" kernel 10.9.0.2 100000 || return
	shows "$A" naru get -v congestion_control || return
	has '^congestion_control +reno +cubic +reno cubic +' || return
	a naru set congestion_control cubic
}

# same_json TEXT: that is what was printed last
same_json() {
	python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1])) != json.loads(sys.argv[2]))' \
		"$work/json" "$1"
}

settings_changed_in_json() {
	json "$A" naru set -j sack=0 'rmem=4096 50000 60000' || return
	same_json '[{"name": "sack", "value": 0}, {"name": "rmem", "value": [4096, 50000, 60000]}]' || return
	json "$A" naru -j set sack 1 || return
	same_json '[{"name": "sack", "value": 1}]' || return
	printf 'syn_retries = 5\n' >"$work/settings"
	json "$A" naru set --json -f "$work/settings" || return
	same_json '[{"name": "syn_retries", "value": 5}]' || return
	json "$A" naru set -j -f /dev/null || return
	same_json '[]' || return
	fails 1 "$A" naru set -j sack=2 || return
	want "without -j" "$(a naru set syn_retries=6)" ""
}

settings_from_file() {
	printf '# two of them\nsack = 0\nsyn_retries = 3\n' >"$work/settings"
	a naru set -f "$work/settings" || return
	shows "$A" naru get syn_retries || return
	has '\b3\b' || return
	printf 'sack = 1\nsyn_retries = 1000\n' >"$work/settings"
	fails 1 "$A" naru set -f "$work/settings" || return
	shows "$A" naru get sack || return
	has '\b0\b' || return			# all or nothing
	a naru set sack=1 syn_retries=6 || return
	shows "$A" naru get syn_retries || return
	has '\b6\b'
}

monitors() {
	local pid
	inns "$A" naru monitor -j >"$work/events" 2>&1 &
	pid=$!
	wait_for 20 has_event "$pid" || return
	kill "$pid"
	wait "$pid" 2>/dev/null
	cat "$work/events"
	grep -iE 'established' "$work/events" | head -n 1 | python3 -m json.tool >/dev/null
}

monitors_so_many() {
	local pid
	inns "$A" naru monitor -c 2 -j >"$work/json" 2>&1 &
	pid=$!
	wait_for 20 ends_by_itself "$pid" || return
	wait "$pid" || return
	cat "$work/json"
	want "events" "$(grep -c '"seq"' "$work/json")" 2 || return
	want "lines" "$(grep -c '' "$work/json")" 2 || return
	inns "$A" naru monitor --count 1 state syn-sent >"$work/json" 2>&1 &
	pid=$!
	wait_for 20 ends_by_itself "$pid" || return
	wait "$pid" || return
	cat "$work/json"
	lines ' SYN-SENT$' 1 || return
	lines '' 2			# one is the heading
}

# A live connection as a table, as JSON and as CSV, which tell the same events
history_of_one() {
	local id
	id=$(a naru sock -j dport "${port[inet]}" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])') || return
	shows "$A" naru history "$id" || return
	has "^inet 10.9.0.1:[0-9]+ to 10.9.0.2:${port[inet]}\$" '^cwnd ' '\|-+ SYN seq 0 -+>\|' || return
	shows "$A" naru history --events "$id" || return
	has '^ *Seconds +Event +Cwnd ' '^ *0\.000[0-9]{3} +SYN-SENT to ESTAB' || return
	cp "$work/json" "$work/table"
	shows "$A" naru history --csv "$id" || return
	cp "$work/json" "$work/csv"
	json "$A" naru history -j "$id" || return
	python3 - "$work/json" "$work/csv" "$work/table" "$id" <<-END
		import csv, json, sys
		said = json.load(open(sys.argv[1]))
		rows = list(csv.DictReader(open(sys.argv[2])))
		assert said["id"] == int(sys.argv[4]) and said["lost"] == 0 and "ended_us" not in said, said
		assert said["remote"] == {"address": "10.9.0.2", "port": ${port[inet]}}, said["remote"]
		assert len(rows) == len(said["events"]) == len(open(sys.argv[3]).readlines()) - 1
		assert said["events"][0]["event"] == "state" and said["events"][0]["recovery"] == "open"
		for event, row in zip(said["events"], rows):
		    for key in "us", "event", "state", "cwnd", "ssthresh", "srtt_us", "in_flight", "snd_wnd", "rcv_wnd":
		        assert str(event[key]) == row[key], (event, row)
	END
}

# And of one that is gone
history_of_one_that_is_gone() {
	local id
	inns "$A" naru monitor -j -c 1 state established >"$work/events" 2>&1 &
	wait_for 20 ends_by_itself $! || return
	id=$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["id"])' "$work/events") || return
	json "$A" naru history -j "$id" || return
	has '"ended_us"' '"event": *"state"' '"state": *"ESTABLISHED"' || return
	a naru set recorder=0 recorder_kept=0 || return
	transfer "$A" inet "$B" kernel 10.9.0.2 1000 || return
	a naru set recorder=1 recorder_kept=256
}

ends_by_itself() {
	transfer "$A" inet "$B" kernel 10.9.0.2 1000 || return
	gone "$1"
}

# Something happens until the monitor has told of it
has_event() {
	transfer "$A" inet "$B" kernel 10.9.0.2 1000 || return
	grep -qiE 'established' "$work/events"
}

kills_one() {
	local id
	id=$(id_of "${port[native]}") || return
	a naru sock kill "$id" || return
	shows "$A" naru sock || return
	lines "10.9.0.2:${port[native]}\\b" 0 || return
	lines "10.9.0.2:${port[inet]}\\b" 1 || return
	wait "${receiver[native]}" && echo "the peer did not notice" && return 1
	fails 1 "$A" naru sock kill "$id"
}

# The listener of odd_names() is B's only one
kills_listeners_only() {
	shows "$B" naru sock -l || return
	lines "LISTEN" 1 || return
	b naru sock -l kill sport "${port[inet]}" && echo "a connection is no listener" && return 1
	shows "$B" naru sock -l kill all || return
	want "on stdout" "$(cat "$work/json")" "killed 1" || return
	shows "$B" naru sock -l || return
	lines "LISTEN" 0 || return
	shows "$B" naru sock || return
	lines "10.9.0.2:${port[inet]}\\b" 1
}

kills_nothing() {
	shows "$B" naru sock -l kill all || return
	want "on stdout" "$(cat "$work/json")" "killed 0" || return
	json "$B" naru sock -l -j kill all || return
	same_json '{"killed": 0}' || return
	fails 1 "$B" naru sock kill sport 1 || return
	fails 1 "$B" naru sock -j kill dst 10.8.0.0/24 || return
	fails 1 "$B" naru sock -4 kill wire inet src fd09::2
}

# fails CODE NS COMMAND...: so, with something on stderr and nothing on stdout. Code 1: in one line. 2: with the usage
fails() {
	local code=$1 ns=$2 got
	shift 2
	inns "$ns" "$@" >"$work/out" 2>"$work/err"
	got=$?
	echo "$*: exit $got: $(cat "$work/err")"
	want "exit code" "$got" "$code" || return
	want "on stdout" "$(cat "$work/out")" "" || return
	if [ "$code" = 1 ]; then
		want "lines on stderr" "$(grep -c '' "$work/err")" 1
	else
		grep -q '^usage: ' "$work/err"
	fi
}

usage() {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		fails 2 "$A" naru $words || return
	done <<-END
		nonsense
		sock --nonsense
		sock state nonsense
		sock dport 99999
		sock dst 10.9.0.0/99
		sock dst 10.9.0.1:99999
		sock dst 10.9.0.1:nowhere
		sock dst [fd09::2
		sock dst [fd09::2]80
		sock dst [10.9.0.1]:80
		sock src 10.9.0.1:80:81
		sock kill
		sock kill dst :*
		sock -H kill all
		sock -s kill all
		sock -i kill all
		sock -o kill all
		sock -p kill all
		sock -e kill all
		sock --holding kill all
		sock -E kill 1
		soc
		netstat --nonsense
		netstat nonsense
		stat --nonsense
		stat --prometheus -j
		stat --prometheus -e
		sock why
		sock why nonsense
		sock -a why 1
		sock why dport
		get --nonsense
		get -n -v
		set
		set -j
		set sack
		metrics --nonsense
		metrics nonsense
		metrics show nonsense
		metrics delete
		metrics delete 10.9.0.300
		metrics flush 10.9.0.1
		metrics show 10.9.0.1 10.9.0.2
		monitor --nonsense
		monitor napt dport 1
		top --nonsense
		top -d x
		doctor --nonsense
		history
		history --nonsense
		history 1 2
		history one
		history --csv -j 1
		history --svg
		history --replay /dev/null 1
		history --replay /dev/null --save /dev/null
		run
		run --nonsense true
		-x
	END
	inns "$A" naru >"$work/out" 2>"$work/err"
	want "exit code of naru alone" $? 2
}

refusals() {
	fails 1 "$A" naru get nonsense || return
	fails 1 "$A" naru set nonsense 1 || return
	fails 1 "$A" naru set sack 2 || return
	fails 1 "$A" naru set rmem "1 2" || return
	fails 1 "$A" naru sock kill 4000000000 || return
	fails 1 "$A" naru history 4000000000 || return
	fails 1 "$A" naru set -f "$work/no such file" || return
	fails 1 "$A" naru set -f / || return
	fails 1 "$A" naru metrics delete 192.0.2.1
}

as_nobody() {
	fails 1 "$A" setpriv --reuid 65534 --regid 65534 --clear-groups "$(type -P naru)" "$@"
}

without_privilege() {
	chmod 755 "$work"
	as_nobody set sack 0 || return
	as_nobody sock kill all || return
	as_nobody metrics flush || return
	a setpriv --reuid 65534 --regid 65534 --clear-groups "$(type -P naru)" sock || return
	want "sack" "$(a naru get -j sack | grep -oE '"values?": *\[?[ ]*[01]' | grep -o '[01]$')" 1
}

helps() {
	local cmd
	shows "$A" naru help || return
	for cmd in sock netstat stat get set metrics monitor history doctor run top; do
		shows "$A" naru help "$cmd" || return
		has "^usage: naru $cmd" || return
		cp "$work/json" "$work/help"
		shows "$A" naru "$cmd" --help || return
		cmp "$work/json" "$work/help" || return
		[ "$cmd" = run ] || [ "$cmd" = top ] && continue
		shows "$A" naru "$cmd" -j -h || return
		cmp "$work/json" "$work/help" || return
	done
	shows "$A" naru sock -l kill --help || return
	has "^usage: naru sock" || return
	json "$A" naru version -j || return
	json "$A" naru version --json || return
	for cmd in version help; do
		shows "$A" naru "$cmd" --help || return
		has "^usage: naru $cmd" || return
	done
}

# completes TEXT WORD...: among what may follow these words
completes() {
	local text=$1
	shift
	a naru complete "$@" | grep -qxF -- "$text" && return
	echo "naru $*: $text is not offered"
	return 1
}

# completed WORD...: what bash makes of these words, the last of them half typed
completed() {
	a bash -c '
		. "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		compopt() { :; }
		_naru
		printf "%s\n" "${COMPREPLY[@]}"
	' - "$net_tree/tools/completion/naru.bash" naru "$@"
}

completion() {
	completes sock || return
	completes sack get || return
	completes sack= set || return
	completes ACTIVE_OPENS stat || return
	completes why sock || return
	completes --svg history || return
	completes --holding sock || return
	completes dport sock || return
	completes time-wait sock -l state || return
	completes native monitor wire || return
	want "naru mon" "$(completed mon)" monitor || return
	want "naru set syn_re" "$(completed set syn_re)" syn_retries= || return
	want "naru get --ver" "$(completed get --ver)" --verbose || return
	want "options, unasked" "$(completed sock '' | grep -c '^-')" 0
}

# not_offered TEXT WORD...: not among what may follow these words
not_offered() {
	completes "$@" >"$work/out" || return 0
	echo "naru ${*:2}: $1 is offered"
	return 1
}

completion_of_filters() {
	completes all sock kill || return
	completes sport sock -4 kill || return
	completes established sock kill state || return
	completes nft napt check --against || return
	completes 4787-1 napt check --quick || return
	not_offered nft napt check || return
	completes all napt rule add proto || return
	not_offered all napt map list proto || return
	completes own napt map list || return
	completes a0 napt -N "$A" rule add dev || return
	completes bucket sock exclude = || return
	completes inet sock state listen wire || return
	completes kill sock -tn || return
	completes flush metrics || return
	not_offered show metrics show || return
	not_offered kill sock state listen || return
	not_offered all sock state listen || return
	not_offered state sock kill all || return
	not_offered state sock dport || return
	not_offered state netstat || return
	want "naru sock kill al" "$(completed sock kill al)" all || return
	completes or sock dport 80 || return
	not_offered or sock dport || return
	completes in_flight sock --sort || return
	want "naru sock state est" "$(completed sock state est)" established
}

completion_of_options() {
	completes --no-header sock || return
	completes -s sock kill || return
	completes --timers netstat || return
	completes --explain stat || return
	completes --json metrics || return
	completes --values get || return
	completes --file set || return
	completes --count monitor || return
	completes --sync monitor || return
	completes --statistics netstat || return
	completes --delay top || return
	completes dport top || return
	completes --json doctor || return
	completes --csv history || return
	completes --native run || return
	completes --help help || return
	completes --json version || return
	completes --netns || return
	want "naru sock --no" "$(completed sock --no)" --no-header || return
	want "naru run --na" "$(completed run --na)" --native
}

completion_of_run() {
	completed run ba | grep -qx bash || return
	completed -N "$A" run --native ba | grep -qx bash || return
	touch "$work/a file" || return
	want "naru run cat $work/a" "$(completed run cat "$work/a f")" "$work/a file" || return
	want "naru set -f $work/a" "$(completed set -f "$work/a f")" "$work/a file"
}

completion_of_namespaces() {
	completes "$A" -N || return
	completes "$B" -j --netns || return
	completes sock -N "$A" || return
	completes kill -N "$A" sock || return
	want "naru -N $A" "$(completed -N "$A")" "$A"
}

runs() {
	want "exit code" "$(a naru run sh -c 'exit 7'; echo $?)" 7 || return
	want "exit code of what is not there" "$(a naru run /nonexistent 2>/dev/null; echo $?)" 127 || return
	want "the same, unheard" "$(a naru run /nonexistent 2>/dev/full; echo $?)" 127 || return
	want "exit code of what is no program" "$(a naru run / 2>/dev/null; echo $?)" 126 || return
	a naru run --native sh -c true
}

declare -A port receiver
hosts
connect_and_stay inet inet 10.9.0.2
connect_and_stay native native 10.9.0.2
connect_and_stay v6 inet fd09::2
result "sock lists connections" lists_connections
result "sock -j" lists_json
result "sock with details" details
result "sock filters" filters
result "sock filters: src, sport" filters_by_source
result "sock filters: IPv6 prefix" filters_by_prefix
result "sock filters: address and port" filters_by_endpoint
result "sock filters: address and port, IPv6" filters_by_endpoint_v6
result "sock filters: ranges of addresses and ports" filters_by_range
result "sock -t -n -H" habits
result "sock -tul" waiting
result "sock -s" summary
result "sock filters: exclude, id" filters_by_state_and_id
result "-N: another namespace" other_namespace
result "sock --holding: a name that stands for nothing hides no namespace" holding_despite_stale_name
result "netstat" netstat
result "netstat -p -o" netstat_details
result "stat" counters
result "stat --prometheus" metrics_for_prometheus
result "get and set" settings
result "set -f: all or nothing" settings_from_file
result "congestion control of new sockets" congestion_of_new_sockets
result "set -j: what was changed" settings_changed_in_json
result "monitor" monitors
result "monitor -c" monitors_so_many
result "history" history_of_one
result "history of a connection that is gone" history_of_one_that_is_gone
result "names that a terminal would obey" odd_names
result "kill one" kills_one
result "kill -l: listeners and nothing else" kills_listeners_only
result "kill where there is nothing to kill" kills_nothing
result "kill -E: a name that stands for nothing hides no namespace" kills_despite_stale_name
result "wrong arguments: usage, exit 2" usage
result "what cannot be: one line, exit 1" refusals
result "without privilege" without_privilege
result "sock --holding without privilege: what may be seen, exit 1" holding_without_privilege
result "sock -s: TIME-WAIT" summary_of_time_wait
result "help and version" helps
result "completion" completion
result "completion of filters" completion_of_filters
result "completion of options" completion_of_options
result "completion of run and set -f: commands, files" completion_of_run
result "completion of network namespaces" completion_of_namespaces
result "run" runs
finish
