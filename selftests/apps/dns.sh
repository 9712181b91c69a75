#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dnsmasq and dig: answers over datagrams, of every size, over TCP, and over TCP because they do not fit; from the address
# that was asked.
# timeout: 300
. "$(dirname "$0")/lib.sh"
kinds=(--tcp --udp)

configure() {
	local i
	cat >"$work/hosts" <<-END
		192.0.2.7 naru.example
		2001:db8::7 naru.example
	END
	for i in {1..100}; do
		echo "192.0.2.$i many.example"
	done >>"$work/hosts"
	cat >"$work/dnsmasq.conf" <<-END
		no-resolv
		no-hosts
		no-daemon
		user=root
		addn-hosts=$work/hosts
		edns-packet-max=4096
		txt-record=text.example,$(printf '%0200d' 7)
		pid-file=
		$1
	END
}

# dig STACK SERVER EXPECTED ARGUMENT...
ask() {
	want "${*:4}, of $2" "$(on "$1" dig +short +tries=1 +timeout=20 "@$2" "${@:4}" | sort)" "$3"
}

many() {
	printf '192.0.2.%d\n' {1..100} | sort
}

asks() {
	local server
	for server in 10.9.0.2 10.9.0.3 fd09::2; do
		ask "$1" $server 192.0.2.7 naru.example A || return
		ask "$1" $server 2001:db8::7 naru.example AAAA || return
		ask "$1" $server "\"$(printf '%0200d' 7)\"" text.example TXT || return
		ask "$1" $server 192.0.2.7 +tcp naru.example A || return
		ask "$1" $server "$(many)" +bufsize=4096 +ignore many.example A || return
		ask "$1" $server "$(many)" +noedns many.example A || return
	done
	lots "$1"
}

# A thousand questions of one dig, one after the other
lots() {
	for i in {1..100}; do
		echo "naru.example A"
	done >"$work/questions"
	want "answers" "$(on "$1" dig +short +tries=1 +timeout=20 @10.9.0.2 -f "$work/questions" | sort | uniq -c |
		tr -s ' ')" " 100 192.0.2.7"
}

dns() {
	serve "$1" 53 dnsmasq -C "$work/dnsmasq.conf" && and_end asked "$1" "$2"
}

asked() {
	up_dgrams "$B" "$1" 53 && between "$1" "$2" asks "$2" && sent "$A" "$2" && sent "$B" "$1"
}

# All interfaces through one socket, and a socket for each address
wildcard() {
	configure ""
	dns "$@"
}

bound() {
	configure bind-interfaces
	dns "$@"
}

hosts
ip -n "$B" addr add 10.9.0.3/24 dev b0
both_ways "dnsmasq with one socket" wildcard
both_ways "dnsmasq with a socket for each address" bound
conclude
