#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru netstat against netstat: the same program on naru's sockets and on the kernel's, and the same table, letter by letter
# timeout: 900
. "$(dirname "$0")/lib.sh"

# scene NS OTHER COMMAND...: the program, so run, in the background
scene() {
	local ns=$1 other=$2
	shift 2
	rm -f "$work/stands"
	ip -n "$ns" addr add 2001:db8:1234:5678:9abc:def0:1234:5678/128 dev lo nodad
	inns "$ns" sysctl -qw net.ipv4.ip_unprivileged_port_start=0
	inns "$ns" "$@" python3 -I "$net_dir/netstat_scene.py" "$work/stands" "$other" <>"$work/never" &
	wait_for 300 test -e "$work/stands"
}

# Neither answers what comes to port 9
deaf() {
	local ns
	for ns in "$A" "$B"; do
		inns "$ns" nft add table inet deaf || return
		inns "$ns" nft add chain inet deaf input '{ type filter hook input priority 0; }' || return
		inns "$ns" nft add rule inet deaf input tcp dport 9 drop || return
	done
}

# The scene's CLOSE-WAIT and its peer are there
stands() {
	deaf || return
	# However long it takes to look at them, SYNs go on
	b sysctl -qw net.ipv4.tcp_syn_retries=20 && a naru set syn_retries=20 >/dev/null || return
	scene "$B" 10.9.0.1 env || return
	scene "$A" 10.9.0.2 naru run || return
	wait_for 120 is_like ESTABLISHED CLOSE_WAIT FIN_WAIT2 TIME_WAIT
}

# As many of these states on both
is_like() {
	local state
	for state; do
		[ "$(b netstat -ant | grep -c "$state")" = "$(a naru netstat -ant | grep -c "$state")" ] || return
	done
}

# same OPTION...: netstat on B and naru netstat on A print the same
same() {
	b netstat "$@" >"$work/kernel" || return
	a naru netstat "$@" >"$work/naru" || return
	python3 "$net_dir/netstat_same.py" "$work/kernel" >"$work/kernel.same" || return
	python3 "$net_dir/netstat_same.py" "$work/naru" | sed 's/10\.9\.0\.2:9/10.9.0.1:9/; s/10\.9\.0\.1:P/10.9.0.2:P/
		s/10\.9\.0\.2:discard/10.9.0.1:discard/' >"$work/naru.same" || return
	diff "$work/kernel.same" "$work/naru.same" && [ "$(wc -l <"$work/kernel.same")" -gt 2 ] && return
	cat "$work/kernel" "$work/naru"
	return 1
}

# What is counted has the same words, and of what the scene did the same numbers
statistics() {
	local words='active connection openings|passive connection openings|failed connection|connections established|resets sent'
	b netstat -s -t | sed -n '/^Tcp:/,/^[^T ]/p' | grep '^Tcp:\|^    ' >"$work/kernel"
	a naru netstat -s -t >"$work/naru" || return
	cat "$work/naru"
	sed -n '/^Tcp:/,/^TcpExt:/p' "$work/naru" | grep -v '^TcpExt:' >"$work/naru.tcp"
	diff <(sed 's/[0-9]\+/N/' "$work/kernel") <(sed 's/[0-9]\+/N/' "$work/naru.tcp") || return
	diff <(grep -E "$words" "$work/kernel") <(grep -E "$words" "$work/naru.tcp") || return
	want "sections of -su" "$(a naru netstat -su | grep -c ':$')" 1 || return
	a naru netstat -su | grep -qE '^    1 packets sent$' || return
	want "sections" "$(a naru netstat -s | grep ':$' | tr -d '\n')" Tcp:Udp:TcpExt:Naru: || return
	a naru netstat -s -j | python3 -c 'import json, sys; assert json.load(sys.stdin)["ESTABLISHED"] == 9'
}

twice() {
	[ "$(grep -c '^Active Internet' "$work/again")" -ge 2 ]
}

continuous() {
	local pid
	inns "$A" naru netstat -ntc >"$work/again" &
	pid=$!
	wait_for 120 twice || return
	kill $pid
	wait $pid 2>/dev/null
	[ "$(grep -c ESTABLISHED "$work/again")" -ge 12 ]
}

# With -j the same rows
json() {
	a naru netstat -antupeo -j >"$work/json" || return
	python3 - "$work/json" <<-'END'
		import json, sys
		rows = json.load(open(sys.argv[1]))
		assert len(rows) == 17, len(rows)
		assert sum(row["state"] == "ESTABLISHED" for row in rows) == 9, rows
		assert [row["program"].split("/")[1] for row in rows if row["state"] == "LISTEN"] == ["python3"] * 2, rows
		assert all(row["user"] == "root" or row["user"] == "0" for row in rows), rows
		assert [row["timer"]["kind"] for row in rows if "timer" in row].count("keepalive") == 1, rows
	END
}

# Native protocols have names of their own, and no table of the kernel's has them
native() {
	net_port=$((net_port + 1))
	rm -f "$work/listens"
	inns "$B" xfer -l 10.9.0.2 -p $net_port -w native -r "$work/listens" >/dev/null &
	wait_for 120 test -e "$work/listens" || return
	b naru netstat -ntl >"$work/json" || return
	cat "$work/json"
	want "line" "$(tail -n 1 "$work/json" | sed 's/:[0-9]*  /:PORT  /')" \
		"naru       0      0 10.9.0.2:PORT           0.0.0.0:*               LISTEN     " || return
	[ "$(b netstat -ntl | grep -c "10.9.0.2:$net_port")" = 0 ]
}

# said_to_nobody WORDS: what netstat says to such a user, and naru netstat as well
said_to_nobody() {
	b "${nobody[@]}" netstat -antp >"$work/kernel" 2>"$work/kernel.err" || return
	a "${nobody[@]}" naru netstat -antp >"$work/naru" 2>"$work/naru.err" || return
	cat "$work/kernel.err" "$work/naru"
	diff "$work/kernel.err" "$work/naru.err" && grep -qF "$1" "$work/naru.err" && grep -q ' - *$' "$work/naru"
}

# nobody_listens NS ADDRESS WIRE: a socket of that user's
nobody_listens() {
	rm -f "$work/nobody/listens"
	inns "$1" "${nobody[@]}" "$(type -P xfer)" -l "$2" -p 7300 -w "$3" -r "$work/nobody/listens" >/dev/null 2>&1 &
	wait_for 120 test -e "$work/nobody/listens"
}

as_user() {
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	said_to_nobody 'No info could be read for "-p": geteuid()=65534' || return
	chmod 755 "$work"
	mkdir "$work/nobody" && chmod 777 "$work/nobody" || return
	nobody_listens "$B" 10.9.0.2 kernel && nobody_listens "$A" 10.9.0.1 inet || return
	said_to_nobody 'Not all processes could be identified' || return
	want "rows of its own" "$(grep -cE ' [0-9]+/xfer *$' "$work/naru")" 1 || return
	grep -qE ':7300 .* LISTEN +[0-9]+/xfer *$' "$work/naru"
}

# Who has a socket open is not looked for in /proc, which has no more of it than the name
without_proc() {
	a unshare --mount sh -c 'umount -l /proc && exec naru netstat -ntlp' >"$work/out" || return
	cat "$work/out"
	grep -qE ' LISTEN +[0-9]+/python3 *$' "$work/out"
}

if ! command -v netstat >/dev/null; then
	echo "1..0 # SKIP netstat is not here"
	exit 4
fi
hosts
result "the same sockets of naru's and of the kernel's" stands
result "netstat -j" json
for options in -ant -nt -ntl -anu -nul -antu -antW -antue -antup -antuo -antupeo -antlp -aul -ant6 -antu4 -antu46 "-an --inet6 --inet -t" "-an --inet6 -t" "-at --numeric-hosts" \
	"-at --numeric-ports" "-ate --numeric-users" -atu -tl -te; do
	# shellcheck disable=SC2086
	result "netstat $options" same $options
done
result "netstat -s" statistics
result "netstat -c" continuous
result "native protocols" native
result "netstat -p without /proc" without_proc
result "netstat -p of an ordinary user" as_user
finish
