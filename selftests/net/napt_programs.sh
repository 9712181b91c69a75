#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Programs that everybody has, through one NAT, through two in a row, and past a firewall that drops what it does not know
# timeout: 1800
. "$(dirname "$0")/napt_lib.sh"

server=198.51.100.2
stranger=198.51.100.3

# ---- servers, all in B ----

make_files() {
	local i
	web_file 300000
	mkdir -p "$work/sent/sub" "$work/rsynced"
	for i in {1..12}; do
		head -c $((i * 3000)) /dev/urandom >"$work/sent/sub/$i"
	done
}

# One record for whatever is asked, over TCP and, with an argument udp, UDP
make_dns() {
	cat >"$work/dns.py" <<-'END'
		import socketserver, struct, sys
		def answer(q):
		    end = q.index(0, 12) + 5
		    return (q[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0) + q[12:end] +
		            struct.pack(">3HIH4B", 0xc00c, 1, 1, 60, 4, 192, 0, 2, 7))
		class Udp(socketserver.BaseRequestHandler):
		    def handle(self):
		        self.request[1].sendto(answer(self.request[0]), self.client_address)
		class Tcp(socketserver.StreamRequestHandler):
		    def handle(self):
		        n = struct.unpack(">H", self.rfile.read(2))[0]
		        a = answer(self.rfile.read(n))
		        self.wfile.write(struct.pack(">H", len(a)) + a)
		import threading
		if sys.argv[2] == "udp":
		    udp = socketserver.UDPServer((sys.argv[1], 53), Udp)
		    threading.Thread(target=udp.serve_forever, daemon=True).start()
		socketserver.TCPServer((sys.argv[1], 53), Tcp).serve_forever()
	END
	dns=(python3 -I "$work/dns.py" $server)
}

# native_on PORT COMMAND...: one whose streams are native, on a port that the kernel's has too
native_on() {
	local port=$1
	shift
	server_in "$B" naru run --native "$@"
	wait_for 60 listens "$B" "$port" native || cat "$server_log"
}

servers_on() {
	make_files
	make_dns
	nginx_on "$B" $server 80
	sshd_on "$B" $server:22
	server_on "$B" 53 "${dns[@]}" udp
	server_on "$B" 5201 iperf3 -s
	serve "$B" udp $server:3478 $server:3479
	serve "$B" native-dgram $server:3478
	on_kernel && return
	python_on "$B" native $server 80
	native_on 22 "${sshd[@]}"
	native_on 53 "${dns[@]}" tcp
	native_on 5201 iperf3 -s
}

# ---- programs, all in A ----

# by STACK COMMAND...: the streams of the programs that it runs are the kernel's, or naru's, inet or native
by() {
	local stack=$1 before opened
	shift
	by=()
	[ "$stack" = kernel ] || by=(naru run "--$stack")
	on_kernel && by=()
	before=$(counter "$A" ACTIVE_OPENS) || return
	"$@" || return
	opened=$(($(counter "$A" ACTIVE_OPENS) - before))
	echo "connections opened by naru: $opened"
	if [ ${#by[@]} = 0 ]; then [ $opened = 0 ]; else [ $opened -gt 0 ]; fi
}

program() {
	a "${by[@]}" "$@"
}

fetch() {
	want "SHA-256" "$(program curl -sS --max-time 100 --noproxy '*' "http://$server/file" | sha256sum)" "$digest"
}

streams() {
	transfer "$A" kernel "$B" kernel $server 300000 || return
	transfer "$A" inet "$B" kernel $server 300000 || return
	transfer "$A" kernel "$B" inet $server 300000 || return
	transfer "$A" native "$B" native $server 300000
}

# iperf EXPRESSION [option]...: it holds of the report's end, e. What was on its way when the sender ended is not counted,
# so buffers are much smaller than what is sent
iperf() {
	local expression=$1
	shift
	program iperf3 -c $server -J "$@" >"$work/iperf" || {
		cat "$work/iperf"
		return 1
	}
	python3 -Ic '
import json, sys
e = json.load(open(sys.argv[1]))["end"]
print(e)
sys.exit(not eval(sys.argv[2]))' "$work/iperf" "$expression"
}

iperf_all() {
	iperf 'e["sum_received"]["bytes"] > 0' -w 32K -n 2M || return
	iperf 'e["sum_received"]["bytes"] > 0' -w 32K -n 2M -R || return
	iperf 'len(e["streams"]) == 8 and e["sum_received"]["bytes"] > 0' -w 32K -n 4M -P 8 || return
	iperf 'len(e["streams"]) == 8 and e["sum_received"]["bytes"] > 0' -w 32K -n 4M -P 8 -R || return
	iperf 'e["sum"]["packets"] > e["sum"]["lost_packets"]' -u -b 4M -n 100K || return
	iperf 'e["sum"]["packets"] > e["sum"]["lost_packets"]' -u -b 4M -n 100K -R
}

pings() {
	a ping -n -c 3 -i 0.2 -W 20 $server || return
	a ping -n -c 2 -i 0.2 -W 20 -s 4000 $server
}

# trace [option]...: every hop answers at the first try
trace() {
	a traceroute -n -q 1 -N 1 -w 20 -m 5 "$@" $server >"$work/trace" || return
	cat "$work/trace"
	want "the hops" "$(awk 'NR > 1 { printf "%s ", $2 }' "$work/trace")" "192.168.7.1 203.0.113.254 $server "
}

traces() {
	trace || return
	trace -I || return
	trace -T -p 80
}

same() {
	want "differences" "$(diff -r "$@")" ""
}

scp_both_ways() {
	program scp -q "${ssh_options[@]}" "$work/www/file" "$server:$work/there" || return
	program scp -q "${ssh_options[@]}" "$server:$work/there" "$work/back" || return
	same "$work/www/file" "$work/back"
}

rsync_over_ssh() {
	rm -rf "$work/rsynced"
	program rsync -a -e "ssh ${ssh_options[*]}" "$work/sent/" "$server:$work/rsynced/" || return
	same "$work/sent" "$work/rsynced"
}

# dig uses UDP and, told so, TCP
digs() {
	want "over UDP" "$(program dig +short +tries=1 +timeout=20 @$server naru.example A)" 192.0.2.7 || return
	want "over TCP" "$(program dig +short +tries=1 +timeout=20 +tcp @$server naru.example A)" 192.0.2.7
}

native_datagrams() {
	sees "$1" "$A" native-dgram 192.168.7.2:4000 $server:3478
}

# programs WHERE EXTERNAL: all of them
programs() {
	local where=$1 external=$2 stack
	result "ping, $where" pings
	result "traceroute with UDP, ICMP and TCP, $where" traces
	result "streams of both stacks, $where" streams
	for stack in kernel inet native; do
		result "curl, $stack, $where" by $stack fetch
		result "iperf3: TCP, UDP, 8 streams, both ways, $stack, $where" by $stack iperf_all
		result "dig, $stack, $where" by $stack digs
		result "scp, $stack, $where" by $stack scp_both_ways
		result "rsync, $stack, $where" by $stack rsync_over_ssh
		! on_kernel || break
	done
	# Without ports masquerade gives nothing but another address
	on_kernel || result "native datagrams, $where" native_datagrams "$external:4000"
}

# ---- the firewall ----

# From outside comes what belongs to something that went out; $1 is one rule more
firewall() {
	r nft -f - <<-END
		table ip filter {
			counter new { }
			counter invalid { }
			chain forward {
				type filter hook forward priority 0; policy drop;
				ct state invalid counter name invalid
				ct state established,related accept
				iifname ra ct state new counter name new accept
				$1
			}
			chain input {
				type filter hook input priority 0; policy drop;
				ct state established,related accept
			}
		}
	END
}

no_firewall() {
	r nft delete table ip filter
}

nothing_invalid() {
	r nft list counters
	want "packets that conntrack calls invalid" \
		"$(r nft list counter ip filter invalid | sed -n 's/.*packets \([0-9]*\).*/\1/p')" 0
}

# Endpoint-independent filtering lets a stranger in, and its mark past the firewall
let_in_by_mark() {
	local hearer code=0
	no_firewall
	firewall 'meta mark & 0x10 == 0x10 accept'
	serve "$A" -q -i $server:3478 udp 192.168.7.2:5000 || return
	hearer=$serve_pid
	got "^$server:3478 192.168.7.2:5000 " || code=1
	b talk send udp $stranger:9 203.0.113.1:5000 stranger || code=1
	got "^$stranger:9 192.168.7.2:5000 .* stranger$" || code=1
	unserve "$hearer"
	return $code
}

two_nats
servers_on
translate "$R" rq 192.168.7.0/24 || exit 1
programs "one NAT" 203.0.113.1
no_rules "$R"
translate "$R" rq 192.168.7.0/24 filtering endpoint-independent mark 0x10/0x10 || exit 1
firewall ""
programs "firewall" 203.0.113.1
result "nothing is invalid to conntrack" nothing_invalid
on_kernel || result "a stranger is let in by the mark" let_in_by_mark
no_firewall
no_rules "$R"
translate "$R" rq 192.168.7.0/24 || exit 1
translate "$Q" qb 203.0.113.0/24 || exit 1
programs "two NATs" 198.51.100.1
finish
