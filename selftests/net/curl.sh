#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# curl on the kernel's TCP fetches a file from Python's HTTP server on naru; curl on naru fetches it from nginx on
# the kernel's TCP; and both on native naru. 100 MB, on the debug kernel 10.
# timeout: 300
. "$(dirname "$0")/lib.sh"

megabytes=100
[ "${NARU_VM:-}" != debug ] || megabytes=10

# get ADDRESS PORT COMMAND...: the file, with its SHA-256 into $got
get() {
	local addr=$1 port=$2
	shift 2
	got=$(a "$@" -sS --max-time 250 --noproxy '*' "http://$addr:$port/file" | sha256sum)
}

# fetch SERVER CLIENT ADDRESS PORT COMMAND...: SERVER and CLIENT are inet, native, or kernel for the kernel's TCP
fetch() {
	local server_wire=$1 client_wire=$2 port=$4 code=0
	shift 2
	listens "$B" "$port" "${server_wire/kernel/none}" || code=1
	opens "$([ "$client_wire" = kernel ]; echo $?)" "$([ "$server_wire" = kernel ]; echo $?)" get "$@" || code=1
	end_server || code=1
	want "SHA-256" "$got" "$digest" && return "$code"
}

python_to_curl() {
	python_on "$B" inet "$1" "$3" && fetch inet kernel "$2" "$3" curl
}

native_to_native() {
	local run=(naru run --native)
	on_kernel && run=()
	python_on "$B" native "$1" "$3" && fetch native native "$2" "$3" "${run[@]}" curl
}

nginx_to_curl() {
	local run=(naru run)
	on_kernel && run=()
	nginx_on "$B" "$1" "$3" && fetch kernel inet "$2" "$3" "${run[@]}" curl
}

hosts
web_file $((megabytes << 20))
result "naru run python3 to curl, IPv4" python_to_curl 0.0.0.0 10.9.0.2 8001
result "naru run python3 to curl, IPv6" python_to_curl :: "[fd09::2]" 8002
result "nginx to naru run curl, IPv4" nginx_to_curl 10.9.0.2 10.9.0.2 8003
result "nginx to naru run curl, IPv6" nginx_to_curl "[fd09::2]" "[fd09::2]" 8004
result "native to native, IPv4" native_to_native 0.0.0.0 10.9.0.2 8005
result "native to native, IPv6" native_to_native :: "[fd09::2]" 8006
finish
