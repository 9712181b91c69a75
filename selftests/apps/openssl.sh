#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# openssl's s_server and s_client: TLS 1.2 and 1.3 with data both ways at once.
# timeout: 300
. "$(dirname "$0")/lib.sh"

size=$(on_debug 200000 1000000)

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=naru.example \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/req" && return
	cat "$work/req"
	exit 1
}

# endless FILE FIFO: a pipe in which the file is, and whose end does not come while this shell lives
endless() {
	rm -f "$2"
	mkfifo "$2"
	exec 5<>"$2"
	cat "$1" >&5 &
	endless_pid=$!
}

arrived() {
	cmp "$work/up" "$work/at_server" && cmp "$work/down" "$work/at_client"
}

# tls SERVER CLIENT HOST OPTION...: the server sends one file, the client another
tls() {
	local server=$1 client=$2 host=$3 run client_pid code=0
	shift 3
	endless "$work/down" "$work/pipe"
	serve "$server" 4433 bash -c 'exec "${@:3}" <"$1" >"$2"' - "$work/pipe" "$work/at_server" \
		openssl s_server -quiet -naccept 1 -accept 4433 -cert "$work/cert.pem" -key "$work/key.pem" "$@" || return
	count "$A" "$B"
	choose "$client"
	inns "$A" "${run[@]}" openssl s_client -quiet -verify_quiet -verify_return_error -CAfile "$work/cert.pem" \
		-connect "$host:4433" "$@" <"$work/up" >"$work/at_client" 2>"$work/client.err" &
	client_pid=$!
	wait_for 100 arrived || code=1
	kill $client_pid $endless_pid 2>/dev/null
	wait $client_pid $endless_pid
	[ $code = 0 ] || kill "$server_pid"
	wait "$server_pid" || code=1
	[ $code = 0 ] || cat "$work/client.err" "$server_log"
	opened "$A" "$client" && accepted "$B" "$server" && return $code
}

versions() {
	tls "$1" "$2" 10.9.0.2 -tls1_2 || return
	tls "$1" "$2" "[fd09::2]" -tls1_3
}

hosts
certificate
data up "$size"
data down "$size"
both_ways "data both ways, TLS 1.2 and 1.3" versions
conclude
