#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two hosts behind two NATs exchange datagrams, after a server that both know has told each the other's external endpoint,
# as STUN and its users do. Each NAT has one rule:
#
#	naru napt rule add dev DEV src PREFIX to dev DEV
#
# With the endpoint-independent filtering that this has by itself either may begin; with the strictest both do at once.
. "$(dirname "$0")/napt_lib.sh"

server=203.0.113.2

write_programs() {
	cat >"$work/server.py" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 3478))
		print("serves", flush=True)
		known = {}
		while True:
		    data, who = s.recvfrom(100)
		    name, peer = data.decode().split()
		    known[name] = who
		    print(name, *who, flush=True)
		    if peer in known:
		        s.sendto("{} {}".format(*known[peer]).encode(), who)
		        s.sendto("{} {}".format(*who).encode(), known[peer])
	END
	# stranger SERVER PORT NAME PEER begins|waits [punches]: ten datagrams each way, each an answer to the last. Only what
	# punches says it again when no answer comes
	cat >"$work/stranger.py" <<-'END'
		import signal, socket, sys
		signal.alarm(60)
		server, port, name, peer, part = sys.argv[1:6]
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("0.0.0.0", int(port)))
		s.settimeout(60)
		s.sendto("{} {}".format(name, peer).encode(), (server, 3478))
		# What the other begins with may be here before the server has said who that is
		early = []
		data, who = s.recvfrom(100)
		while who != (server, 3478):
		    early.append((data, who))
		    data, who = s.recvfrom(100)
		other = data.decode().split()
		other = (other[0], int(other[1]))
		print("other", *other, flush=True)
		punches = len(sys.argv) > 6
		if part == "begins" or punches:
		    s.sendto(b"0", other)
		if punches:
		    s.settimeout(0.5)
		heard = -1
		while heard < 19:
		    try:
		        data, who = early.pop(0) if early else s.recvfrom(100)
		    except TimeoutError:
		        s.sendto(str(max(heard + 1, 0)).encode(), other)
		        continue
		    assert who == other, who
		    heard = max(heard, int(data))
		    s.sendto(str(heard + 1).encode(), other)
		print("done", flush=True)
	END
}

# rules [WORD]...: the one on each NAT
rules() {
	translate "$R" rb 192.168.7.0/24 "$@" && translate "$Q" qb 192.168.8.0/24 "$@"
}

no_more_rules() {
	no_rules "$R"
	no_rules "$Q"
}

ports=4000

# meet A's-PART D's-PART [punches]: a server is there, and both programs end well
meet() {
	local first=$1 second=$2 code=0 middle one other
	shift 2
	ports=$((ports + 1))
	inns "$B" python3 -I "$work/server.py" $server >"$work/server" 2>&1 &
	middle=$!
	wait_for 60 grep -q serves "$work/server" || return
	inns "$A" python3 -I "$work/stranger.py" $server $ports alice dora "$first" "$@" >"$work/alice" 2>&1 &
	one=$!
	inns "$D" python3 -I "$work/stranger.py" $server $ports dora alice "$second" "$@" >"$work/dora" 2>&1 &
	other=$!
	wait $one || code=1
	wait $other || code=1
	unserve $middle
	tail -n 5 "$work/server" "$work/alice" "$work/dora"
	return $code
}

either_begins() {
	rules "$@" && meet begins waits && meet waits begins
}

both_begin() {
	rules filtering address-and-port-dependent && meet begins begins punches
}

# With ports drawn at random it is not by chance that the other knows it
by_other_ports() {
	rules choice random || return
	meet begins waits || return
	[ "$(maps "$R" proto udp | grep -c ":$ports .*:$ports\$")" = 0 ] || {
		echo "the port is the same: this test shows nothing"
		return 1
	}
}

# What the server sees of each is where the other sends
native() {
	local alice dora code=0
	rules || return
	serve "$B" native-dgram $server:3478 || return
	alice=$(ask "$A" native-dgram 192.168.7.2:4000 $server:3478) || code=1
	dora=$(ask "$D" native-dgram 192.168.8.2:4000 $server:3478) || code=1
	unserve
	serve "$A" native-dgram 192.168.7.2:4000 || return
	sees "$dora" "$D" native-dgram 192.168.8.2:4000 "$alice" || code=1
	unserve
	return $code
}

# without_rules TEST...: there are none before nor after
without_rules() {
	local code=0
	"$@" || code=1
	no_more_rules && return $code
}

two_sites
write_programs
result "either begins" without_rules either_begins filtering endpoint-independent
result "either begins, by the rule's defaults" without_rules either_begins
result "both begin, with the strictest filtering" without_rules both_begin
result "by ports drawn at random" without_rules by_other_ports
result "native datagrams" without_rules native
finish
