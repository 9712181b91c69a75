#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each column of ss -tinmoe is what a program did, its peer said and a capture has: ss on the kernel's sockets, then naru's
# timeout: 900
. "$(dirname "$0")/lib.sh"

# What comes from B takes 20 ms, and may come to harm. Where a machine stands still for longer than a timeout, that is
# over before what has come is looked at: the timeout is a longer one, since only what a scene lets happen may be lost
links() {
	local ns
	hosts
	for ns in "$A a0" "$B b0"; do
		inns "${ns% *}" ethtool -K "${ns#* }" tx off tso off gso off gro off >/dev/null || return
		inns "${ns% *}" ip link set "${ns#* }" mtu 1400 || return
	done
	a ip route replace 10.9.0.0/24 dev a0 src 10.9.0.1 rto_min 1s || return
	b ip route replace 10.9.0.0/24 dev b0 src 10.9.0.2 rto_min 1s || return
	b tc qdisc add dev b0 root netem delay 20ms || return
	b nft -f - <<-END
		table inet harm {
			chain arrives {
				type filter hook prerouting priority -300;
			}
			chain leaves {
				type filter hook output priority 0;
			}
		}
	END
}

# No probe for losses comes between retransmissions
of_ss() {
	a sysctl -qw net.ipv4.tcp_early_retrans=0 || return
	a python3 -B "$net_dir/sock_truth.py" "$A" "$B" ss 7300
}

# The kernel's sockets of before may hold their ports for a while
of_naru() {
	a naru set early_retrans=0 || return
	a naru run python3 -B "$net_dir/sock_truth.py" "$A" "$B" naru 7400
}

links || exit 1
result "ss -tinmoe on the kernel's sockets" of_ss
result "naru sock -tinmoe" of_naru
finish
