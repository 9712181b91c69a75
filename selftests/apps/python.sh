#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Python: http.server and http.client; asyncio, threads, selectors, sendfile.
# timeout: 300
. "$(dirname "$0")/lib.sh"

size=$(on_debug 50000 200000)
net=$apps_dir/python_net.py

# Three requests in one connection and one that is not found, of IPv4 and IPv6
browse() {
	on "$1" timeout 100 /usr/bin/python3 -Ic '
import http.client, sys
for host in sys.argv[2:]:
    c = http.client.HTTPConnection(host, 8000, timeout=60)
    for _ in range(3):
        c.request("GET", "/file")
        r = c.getresponse()
        data = r.read()
        assert r.status == 200 and data == open(sys.argv[1], "rb").read(), (r.status, len(data))
    c.request("GET", "/none")
    assert c.getresponse().status == 404' "$work/www/file" 10.9.0.2 fd09::2
}

http() {
	serve "$1" 8000 /usr/bin/python3 -u -m http.server --bind :: --directory "$work/www" 8000 && served "$1" "$2" browse "$2"
}

ask() {
	on "$1" timeout 200 /usr/bin/python3 -I "$net" ask 8001 "$size" 10.9.0.2 fd09::2
}

net() {
	serve "$1" 8001 /usr/bin/python3 -I "$net" serve 8001 && served "$1" "$2" ask "$2"
}

hosts
mkdir "$work/www"
data www/file "$size"
both_ways "http.server and http.client" http
both_ways "asyncio, threads, selectors, sendfile" net
conclude
