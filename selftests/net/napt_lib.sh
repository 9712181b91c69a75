# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of the NAPT share. Sourced, not run.
#
# napt_hosts
#
#   A  a0 192.168.7.2 ─┐
#                     br0  R  rb ──────────────── b0  B
#   C  c0 192.168.7.3 ─┘        203.0.113.1           203.0.113.2, 203.0.113.3
#             192.168.7.1       198.51.100.0/24 is routed to R
#
# two_nats
#
#   A  a0 ────────── ra  R  rq ──────────────── qr  Q  qb ──────────────── b0  B
#   192.168.7.2  192.168.7.1  203.0.113.1  203.0.113.254  198.51.100.1     198.51.100.2
#
# two_sites: B is the network and the server in the middle
#
#   A  a0 ────────── ra  R  rb ──────────────── b0  B  b1 ──────────────── qb  Q  qd ────────── d0  D
#   192.168.7.2  192.168.7.1  203.0.113.1   203.0.113.2  198.51.100.2  198.51.100.1  192.168.8.1  192.168.8.2
#
# Nobody outside has a route to what is inside. NARU_TEST_KERNEL=1 puts nft's masquerade in the place of a rule.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

C=naru-c-$$ D=naru-d-$$ Q=naru-q-$$

c() { inns "$C" "$@"; }
d() { inns "$D" "$@"; }
q() { inns "$Q" "$@"; }

# ---- hosts ----

# new_hosts NS...: without IPv6
new_hosts() {
	local ns
	for ns in "$@"; do
		new_host "$ns"
		inns "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
}

# router NS...
router() {
	local ns
	for ns in "$@"; do
		inns "$ns" sysctl -qw net.ipv4.ip_forward=1
	done
}

# v4 NS IF ADDRESS/LEN...
v4() {
	local ns=$1 dev=$2 addr
	shift 2
	for addr in "$@"; do
		ip -n "$ns" addr add "$addr" dev "$dev" || exit 1
	done
}

gateway() {
	ip -n "$1" route add default via "$2" || exit 1
}

napt_hosts() {
	new_hosts "$A" "$B" "$C" "$R"
	ip -n "$R" link add br0 type bridge || exit 1
	ip -n "$R" link set br0 up
	link_hosts "$A" a0 "$R" ra
	link_hosts "$C" c0 "$R" rc
	link_hosts "$B" b0 "$R" rb
	ip -n "$R" link set ra master br0
	ip -n "$R" link set rc master br0
	v4 "$A" a0 192.168.7.2/24
	v4 "$C" c0 192.168.7.3/24
	v4 "$R" br0 192.168.7.1/24
	v4 "$R" rb 203.0.113.1/24
	v4 "$B" b0 203.0.113.2/24 203.0.113.3/24
	router "$R"
	gateway "$A" 192.168.7.1
	gateway "$C" 192.168.7.1
	ip -n "$B" route add 198.51.100.0/24 via 203.0.113.1
}

# At first R alone translates, and Q is a router
two_nats() {
	new_hosts "$A" "$R" "$Q" "$B"
	link_hosts "$A" a0 "$R" ra
	link_hosts "$R" rq "$Q" qr
	link_hosts "$Q" qb "$B" b0
	v4 "$A" a0 192.168.7.2/24
	v4 "$R" ra 192.168.7.1/24
	v4 "$R" rq 203.0.113.1/24
	v4 "$Q" qr 203.0.113.254/24
	v4 "$Q" qb 198.51.100.1/24
	v4 "$B" b0 198.51.100.2/24 198.51.100.3/24
	router "$R" "$Q"
	gateway "$A" 192.168.7.1
	gateway "$R" 203.0.113.254
	ip -n "$B" route add 203.0.113.0/24 via 198.51.100.1
}

two_sites() {
	new_hosts "$A" "$R" "$B" "$Q" "$D"
	link_hosts "$A" a0 "$R" ra
	link_hosts "$R" rb "$B" b0
	link_hosts "$B" b1 "$Q" qb
	link_hosts "$Q" qd "$D" d0
	v4 "$A" a0 192.168.7.2/24
	v4 "$R" ra 192.168.7.1/24
	v4 "$R" rb 203.0.113.1/24
	v4 "$B" b0 203.0.113.2/24
	v4 "$B" b1 198.51.100.2/24
	v4 "$Q" qb 198.51.100.1/24
	v4 "$Q" qd 192.168.8.1/24
	v4 "$D" d0 192.168.8.2/24
	router "$R" "$B" "$Q"
	gateway "$A" 192.168.7.1
	gateway "$R" 203.0.113.2
	gateway "$Q" 198.51.100.2
	gateway "$D" 192.168.8.1
}

# ---- rules and tables ----

# napt NS WORD...
napt() {
	local ns=$1
	shift
	inns "$ns" naru napt "$@"
}

# translate NS DEV PREFIX [WORD]...: one rule, to DEV's own address
translate() {
	local ns=$1 dev=$2 src=$3
	shift 3
	if ! on_kernel; then
		napt "$ns" rule add dev "$dev" src "$src" to dev "$dev" "$@"
		return
	fi
	inns "$ns" nft -f - <<-END
		table ip napt {
			chain out {
				type nat hook postrouting priority srcnat;
				oifname $dev ip saddr $src masquerade
			}
		}
	END
}

no_rules() {
	if on_kernel; then
		inns "$1" nft delete table ip napt
	else
		napt "$1" rule flush
	fi
}

# query NS EXPRESSION map|session|rule|... list|... [WORD]...: a Python expression over the JSON, j, of naru napt; ep()
# is an endpoint as text
query() {
	local ns=$1 expression=$2
	shift 2
	napt "$ns" "$1" "$2" -j "${@:3}" >"$work/json" || return
	python3 -Ic '
import json, sys
def ep(e):
    return "%s:%d" % (e["address"], e["port"])
j = json.load(open(sys.argv[1]))
r = eval(sys.argv[2])
print("\n".join(map(str, r)) if isinstance(r, (list, set)) else r)' "$work/json" "$expression"
}

# maps NS [FILTER]...: "PROTO INSIDE OUTSIDE" of each mapping, in order
maps() {
	query "$1" 'sorted(" ".join((m["proto"], ep(m["inside"]), ep(m["outside"]))) for m in j)' map list "${@:2}"
}

# sessions NS [FILTER]...: "PROTO STATE INSIDE OUTSIDE REMOTE" of each session, in order
sessions() {
	query "$1" 'sorted(" ".join((s["proto"], s["state"], ep(s["inside"]), ep(s["outside"]),
		ep(s["remote"]))) for s in j)' session list "${@:2}"
}

# external NS PROTO INSIDE: its external endpoint
external() {
	query "$1" '[ep(m["outside"]) for m in j]' map list proto "$2" inside "$3"
}

# has_map NS PROTO INSIDE OUTSIDE
has_map() {
	want "external endpoint of $2 $3" "$(external "$1" "$2" "$3")" "$4"
}

# ---- events ----

# events_on NS: what naru monitor says of NS, which has a rule to 203.0.113.1, goes to $work/events
events_on() {
	inns "$1" naru monitor napt -j >"$work/events" 2>&1 &
	events_pid=$!
	# It has no way to say that it listens: mappings are made until it has told of one
	wait_for 20 first_event "$1"
}

first_event() {
	napt "$1" map add udp 203.0.113.1:9 to 192.168.7.99:9
	napt "$1" map del proto udp outside 203.0.113.1:9
	[ -s "$work/events" ]
}

events_off() {
	kill "$events_pid"
	wait "$events_pid" 2>/dev/null
	true
}

# event WHAT PATTERN: one of that kind, whose line has PATTERN, was told or is
event() {
	wait_for 20 told "$1" "$2" && return
	echo "no event $1 with $2 in:"
	cat "$work/events"
	return 1
}

told() {
	grep -E -- "\"event\": *\"$1\"" "$work/events" | grep -qE -- "$2"
}

# ---- refusals ----

# counts NS NAME COMMAND...: the command counts one of those in NS, and no more
counts() {
	local ns=$1 name=$2 before
	shift 2
	before=$(counter "$ns" "$name") || return
	"$@" || return
	wait_for 20 counted "$ns" "$name" $((before + 1)) || return
	want "$name" "$(counter "$ns" "$name")" $((before + 1))
}

counted() {
	[ "$(counter "$1" "$2")" -ge "$3" ]
}

# fails CODE PATTERN COMMAND...: with that exit code, and one line that has PATTERN on stderr, for 1, and for 2 at least one
fails() {
	local should=$1 pattern=$2 code=0
	shift 2
	"$@" >"$work/stdout" 2>"$work/stderr" || code=$?
	echo "$*: $code: $(cat "$work/stdout" "$work/stderr")"
	want "exit code" $code "$should" || return
	want "on stdout" "$(cat "$work/stdout")" "" || return
	[ "$should" = 2 ] || want "lines on stderr" "$(grep -c '' "$work/stderr")" 1 || return
	grep -qE -- "$pattern" "$work/stderr"
}

# ---- exchanges ----

served=0

# serve NS [option of talk serve]... PROTO ADDR:PORT...: in the background; what it gets goes to $serve_log, its process is
# $serve_pid
serve() {
	local ns=$1
	shift
	served=$((served + 1))
	serve_log=$work/served.$served
	inns "$ns" talk serve -R "$serve_log.ready" "$@" >"$serve_log" 2>&1 &
	serve_pid=$!
	wait_for 20 test -e "$serve_log.ready" && return
	cat "$serve_log"
	return 1
}

# unserve [PID]
unserve() {
	kill "${1:-$serve_pid}"
	wait "${1:-$serve_pid}" 2>/dev/null
	true
}

# got PATTERN [LOG]: a server has got, or gets, a line of that pattern
got() {
	wait_for 20 grep -qE -- "$1" "${2:-$serve_log}" && return
	echo "no '$1' in:"
	cat "${2:-$serve_log}"
	return 1
}

# ask NS PROTO SRC:PORT DST:PORT...: prints what the servers see it as; options of talk ask go before PROTO
ask() {
	inns "$1" talk ask "${@:2}"
}

# sees AS NS PROTO SRC:PORT DST:PORT: the server answers, and sees it as AS
sees() {
	local as=$1
	shift
	want "$* is seen as" "$(ask "$@")" "$as"
}

# ---- ssh ----

# sshd_on NS ADDRESS:PORT...: sshd, to which "${ssh_options[@]}" lead; "${sshd[@]}" is its command
sshd_on() {
	local ns=$1
	shift
	ssh-keygen -q -t ed25519 -N '' -f "$work/key" || return
	mkdir -p /run/sshd
	cat >"$work/sshd.conf" <<-END
		$(printf 'ListenAddress %s\n' "$@")
		HostKey $work/key
		AuthorizedKeysFile $work/key.pub
		PidFile none
		PermitRootLogin yes
		StrictModes no
		UsePAM no
		UseDNS no
		Subsystem sftp internal-sftp
	END
	# shellcheck disable=SC2034
	ssh_options=(-F /dev/null -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
		-o BatchMode=yes)
	sshd=(/usr/sbin/sshd -D -e -f "$work/sshd.conf")
	server_on "$ns" "${1##*:}" "${sshd[@]}"
}
