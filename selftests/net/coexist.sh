#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru and the host's firewall: conntrack follows its connections, rules apply to its ports
. "$(dirname "$0")/lib.sh"

# firewall HOST PORT: counts, of that port and both ways, what conntrack says
firewall() {
	inns "$1" nft -f - <<-END
		table inet t {
			counter new { }
			counter established { }
			counter invalid { }
			counter untracked { }
			chain count {
				ct state new counter name new
				ct state established counter name established
				ct state invalid counter name invalid
				ct state untracked counter name untracked
			}
			chain in {
				type filter hook input priority 0; policy accept;
				tcp dport $2 jump count
				tcp sport $2 jump count
			}
			chain out {
				type filter hook output priority 0; policy accept;
				tcp dport $2 jump count
				tcp sport $2 jump count
			}
		}
	END
}

# counted HOST COUNTER [bytes]: packets, or bytes
counted() {
	inns "$1" nft list counter inet t "$2" | sed -n "s/.*${3:-packets} \\([0-9]*\\).*/\\1/p"
}

# One connection: its SYN is NEW, all that follows ESTABLISHED, nothing INVALID, in HOST
follows() {
	local host=$1 from=$2 to=$3 addr=$4
	firewall "$host" $((net_port + 1)) || return
	transfer "$A" "$from" "$B" "$to" "$addr" 300000 || return
	inns "$host" nft list counters
	[ "$(counted "$host" established bytes)" -gt 300000 ] || return
	want NEW "$(counted "$host" new)" 1 || return
	want INVALID "$(counted "$host" invalid)" 0 || return
	want UNTRACKED "$(counted "$host" untracked)" 0 || return
	inns "$host" nft delete table inet t
}

# A firewall that lets in only what it knows: connections to outside work, others do not
stateful() {
	local addr=$1 port=$((net_port + 5))
	net_port=$port
	a nft -f - <<-END || return
		table inet t {
			chain in {
				type filter hook input priority 0; policy drop;
				ct state established accept
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
			}
		}
	END
	transfer "$A" inet "$B" kernel "$addr" 300000 || return
	transfer "$A" inet "$B" inet "$addr" 300000 || return
	a nft delete table inet t
}

dropped() {
	[ "$(b nft list counter inet t dropped | sed -n 's/.*packets \([0-9]*\).*/\1/p')" -ge "$1" ]
}

# A rule that drops a port's segments is honoured: no answer comes, until the rule goes. MATCH is nft's.
drop_rule() {
	local wire=$1 addr=$2 match=$3 client
	receive "$B" "$wire" "$addr" || return
	b nft -f - <<-END || return
		table inet t {
			counter dropped { }
			chain in {
				type filter hook input priority 0; policy accept;
				${match/PORT/$net_port} counter name dropped drop
			}
		}
	END
	inns "$A" xfer -S -c "$addr" -p "$net_port" -w "$wire" -n 1000 &
	client=$!
	wait_for 20 dropped 2 || return		# the SYN, and again
	gone "$client" && echo "the client connected" && return 1
	b nft delete table inet t
	wait "$client" || return
	received 1 1000
}

# What a rule gives to a program to look at comes on when the program says so, and in the program's context
queued() {
	local wire=$1 addr=$2 match=$3 program code=0
	net_port=$((net_port + 1))
	rm -f "$work/queue"
	inns "$B" nfqueue "$work/queue" &
	program=$!
	wait_for 20 test -e "$work/queue" || return
	b nft -f - <<-END || return
		table inet t {
			counter seen { }
			chain in {
				type filter hook input priority 0; policy accept;
				$match counter name seen queue num 0
			}
		}
	END
	transfer "$B" "$wire" "$B" "$wire" "$addr" 300000 && transfer "$A" "$wire" "$B" "$wire" "$addr" 300000 || code=1
	gone "$program" && echo "nfqueue has ended" && code=1
	kill "$program"
	wait "$program"
	[ "$(counted "$B" seen)" -gt 10 ] || code=1
	b nft delete table inet t
	return $code
}

# Destination NAT to naru's port
redirect() {
	local addr=$1
	receive "$B" inet "$addr" || return
	b nft -f - <<-END || return
		table inet t {
			chain pre {
				type nat hook prerouting priority -100;
				tcp dport 999 redirect to :$net_port
			}
		}
	END
	a xfer -S -c "$addr" -p 999 -n 100000 || return
	received 1 100000 || return
	b nft delete table inet t
}

hosts
result "server: one NEW, the rest ESTABLISHED, IPv4" follows "$B" kernel inet 10.9.0.2
result "server: one NEW, the rest ESTABLISHED, IPv6" follows "$B" kernel inet fd09::2
result "client: one NEW, the rest ESTABLISHED, IPv4" follows "$A" inet kernel 10.9.0.2
result "client: one NEW, the rest ESTABLISHED, IPv6" follows "$A" inet kernel fd09::2
result "a stateful firewall, IPv4" stateful 10.9.0.2
result "a stateful firewall, IPv6" stateful fd09::2
result "a drop rule is honoured, inet, IPv4" drop_rule inet 10.9.0.2 "tcp dport PORT"
result "a drop rule is honoured, inet, IPv6" drop_rule inet fd09::2 "tcp dport PORT"
on_kernel || {
	result "a drop rule is honoured, native, IPv4" drop_rule native 10.9.0.2 "meta l4proto 253"
	result "a drop rule is honoured, native, IPv6" drop_rule native fd09::2 "meta l4proto 253"
}
result "segments that a program accepts, inet, IPv4" queued inet 10.9.0.2 "meta l4proto tcp"
result "segments that a program accepts, inet, IPv6" queued inet fd09::2 "meta l4proto tcp"
on_kernel || {
	result "segments that a program accepts, native, IPv4" queued native 10.9.0.2 "meta l4proto 253"
	result "segments that a program accepts, native, IPv6" queued native fd09::2 "meta l4proto 253"
}
result "redirected to naru's port, IPv4" redirect 10.9.0.2
result "redirected to naru's port, IPv6" redirect fd09::2
finish
