#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# HTTP/3: ngtcp2's server and client, whose QUIC is datagrams with ECN bits, path MTU discovery and UDP_SEGMENT.
# timeout: 600
. "$(dirname "$0")/lib.sh"
kinds=(--udp)

size=$(on_debug 100000 1000000)

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=naru.example \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/req" && return
	cat "$work/req"
	exit 1
}

fetch() {
	local stack=$1 addr=$2 file
	shift 2
	rm -rf "$work/got"
	mkdir "$work/got"
	on "$stack" timeout 100 gtlsclient -q --exit-on-all-streams-close --download="$work/got" "$addr" 443 "$@" \
		>"$work/client" 2>&1 || {
		cat "$work/client"
		return 1
	}
	for file; do
		same "$work/www/${file##*/}" "$work/got/${file##*/}" || return
	done
}

fetch_all() {
	fetch "$1" 10.9.0.2 https://naru.example/file || return
	fetch "$1" fd09::2 https://naru.example/file https://naru.example/f{1..5}
}

http3() {
	serve_dgrams "$1" 443 gtlsserver -q -d "$work/www" '*' 443 "$work/key.pem" "$work/cert.pem" || return
	served_dgrams "$1" "$2" fetch_all "$2"
}

hosts
certificate
mkdir "$work/www"
data www/file "$size"
for i in 1 2 3 4 5; do
	data www/f$i $((i * 3000))
done
both_ways "HTTP/3" http3
conclude
