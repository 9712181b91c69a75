#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each column of netstat -atnpoe is what a program did and its peer saw: netstat's own on the kernel's sockets, then naru's
# timeout: 900
. "$(dirname "$0")/lib.sh"

# peer NS ADDRESS: counts what it does not answer
peer() {
	inns "$1" nft -f - <<-END || return
		table inet deaf {
			set ports { type inet_service; }
			counter syns { }
			counter data { }
			chain input {
				type filter hook input priority 0;
				tcp dport 9 counter name syns drop
				tcp dport @ports counter name data drop
			}
		}
	END
	rm -f "$work/listens"
	inns "$1" xfer -l "$2" -p 7200 -w kernel -t 900 -r "$work/listens" >/dev/null 2>&1 &
	wait_for 120 test -e "$work/listens"
}

# No probe for losses comes between retransmissions
of_netstat() {
	peer "$A" 10.9.0.1 || return
	b sysctl -qw net.ipv4.tcp_early_retrans=0 || return
	b python3 -B "$net_dir/netstat_truth.py" 10.9.0.1 "$A" netstat <>"$work/never"
}

of_naru() {
	peer "$B" 10.9.0.2 || return
	a naru set early_retrans=0 || return
	a naru run python3 -B "$net_dir/netstat_truth.py" 10.9.0.2 "$B" naru netstat <>"$work/never"
}

if ! command -v netstat >/dev/null; then
	echo "1..0 # SKIP netstat is not here"
	exit 4
fi
hosts
result "netstat -atnpoe on the kernel's sockets" of_netstat
result "naru netstat -atnpoe" of_naru
finish
