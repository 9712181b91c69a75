#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A server and a client by Go's net/http, linked statically, under `naru run` with no option given but the wire.
# timeout: 300
. "$(dirname "$0")/lib.sh"

size=$(on_debug 100000 500000)

ask() {
	on "$1" go_http ask 10.9.0.2 8000 "$size" && on "$1" go_http ask fd09::2 8000 10000
}

http() {
	serve "$1" 8000 go_http serve 8000 && served "$1" "$2" ask "$2"
}

hosts
both_ways "net/http" http
conclude
