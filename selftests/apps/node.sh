#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Node's http: what is sent comes back, over connections that are kept and over one that is not.
# timeout: 600
. "$(dirname "$0")/lib.sh"

size=$(on_debug 200000 1000000)
script=$apps_dir/node_http.js

ask() {
	on "$1" timeout 200 node "$script" ask 10.9.0.2 8000 "$size" &&
		on "$1" timeout 200 node "$script" ask fd09::2 8000 10000
}

http() {
	serve "$1" 8000 node "$script" serve 8000 && served "$1" "$2" ask "$2"
}

hosts
both_ways "http" http
conclude
