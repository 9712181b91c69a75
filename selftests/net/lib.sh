# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of this folder share. Sourced, not run.
#
# hosts                                  hosts_relay
#
#   A  a0 ──────────────── b0  B           A  a0 ── ra  R  rb ── b0  B
#   10.9.0.1       10.9.0.2                10.9.0.1                10.9.0.2
#   fd09::1        fd09::2                 fd09::1                 fd09::2
#
# hosts_router
#
#   A  a0 ──────────── ra  R  rb ──────────── b0  B
#   10.9.1.1     10.9.1.254   10.9.2.254    10.9.2.2
#   fd09:1::1    fd09:1::fe   fd09:2::fe    fd09:2::2
#
# A, B and R are namespaces; `a COMMAND` runs in the first, and so on; what is put into the background is run by
# `inns "$A"` itself, so that $! is its process. They and what runs in them go with the test.
# NARU_TEST_KERNEL=1 runs what can be run so on the kernel's own TCP.

set -u
net_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
net_tree=$(cd "$net_dir/../.." && pwd)
for d in "$net_dir" "${OUTPUT:-$net_dir}" "$net_tree/build/selftests/net"; do
	if [ -x "$d/xfer" ]; then
		PATH=$d:$PATH
		break
	fi
done
PATH=$PATH:$net_tree/build/tools:/usr/sbin:/sbin

A=naru-a-$$ B=naru-b-$$ R=naru-r-$$
work=$(mktemp -d)
net_tests=0
net_failed=0

a() { inns "$A" "$@"; }
b() { inns "$B" "$@"; }
r() { inns "$R" "$@"; }

on_kernel() {
	[ "${NARU_TEST_KERNEL:-0}" = 1 ]
}

# ---- results ----

echo "TAP version 13"

# result NAME COMMAND...: one result; what the command says is shown when it fails
result() {
	local name=$1 start=$SECONDS
	shift
	net_tests=$((net_tests + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $net_tests $name"
	else
		net_failed=$((net_failed + 1))
		echo "not ok $net_tests $name"
		sed 's/^/# /' "$work/said"
		echo "# after $((SECONDS - start)) s"
	fi
}

finish() {
	echo "1..$net_tests"
	exit $((net_failed > 0))
}

# want WHAT IS SHOULD: says so and fails where they differ
want() {
	[ "$2" = "$3" ] && return
	echo "$1: '$2', should be '$3'"
	return 1
}

# Everything that was started or made goes, whatever happened
cleanup() {
	local pid ns
	pid=$(jobs -p)
	# shellcheck disable=SC2086
	[ -z "$pid" ] || kill $pid 2>/dev/null
	for ns in $(ip netns list | awk '{ print $1 }' | grep -- "-$$\$"); do
		pid=$(ip netns pids "$ns" 2>/dev/null)
		# shellcheck disable=SC2086
		[ -z "$pid" ] || kill -9 $pid 2>/dev/null
		ip netns del "$ns"
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# ---- waiting ----

nap() {
	read -rt 0.05 <>"$work/never" || true
}
mkfifo "$work/never"

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -gt $end ]; then
			echo "waited in vain for: $*"
			return 1
		fi
		nap
	done
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# ---- hosts ----

new_host() {
	ip netns add "$1" || exit 1
	inns "$1" sysctl -qw net.ipv4.tcp_no_metrics_save=1 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.router_solicitations=0
	ip -n "$1" link set lo up
}

# link_hosts NS IF NS IF
link_hosts() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3" || exit 1
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# address NS IF V4/LEN V6/LEN
address() {
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$1" addr add "$4" dev "$2" nodad
}

hosts() {
	new_host "$A"
	new_host "$B"
	link_hosts "$A" a0 "$B" b0
	address "$A" a0 10.9.0.1/24 fd09::1/64
	address "$B" b0 10.9.0.2/24 fd09::2/64
}

# Segments cross the relay as they would a wire: no larger than the MTU, with their checksums
hosts_relay() {
	local ns dev
	new_host "$A"
	new_host "$B"
	new_host "$R"
	r sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	link_hosts "$A" a0 "$R" ra
	link_hosts "$B" b0 "$R" rb
	address "$A" a0 10.9.0.1/24 fd09::1/64
	address "$B" b0 10.9.0.2/24 fd09::2/64
	for dev in "$A a0" "$B b0"; do
		ns=${dev% *} dev=${dev#* }
		inns "$ns" ethtool -K "$dev" tx off tso off gso off gro off >/dev/null || exit 1
	done
}

hosts_router() {
	new_host "$A"
	new_host "$B"
	new_host "$R"
	link_hosts "$A" a0 "$R" ra
	link_hosts "$B" b0 "$R" rb
	address "$A" a0 10.9.1.1/24 fd09:1::1/64
	address "$R" ra 10.9.1.254/24 fd09:1::fe/64
	address "$R" rb 10.9.2.254/24 fd09:2::fe/64
	address "$B" b0 10.9.2.2/24 fd09:2::2/64
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$A" route add default via 10.9.1.254
	ip -n "$A" route add default via fd09:1::fe
	ip -n "$B" route add default via 10.9.2.254
	ip -n "$B" route add default via fd09:2::fe
}

# relay_on [impairment]...; relay_off: $relay_said is what it did then
relay_on() {
	rm -f "$work/relay"
	inns "$R" relay ra rb -R "$work/relay" "$@" >"$work/relay.out" 2>&1 &
	relay_pid=$!
	wait_for 20 test -e "$work/relay"
}

relay_off() {
	local code=0
	kill "$relay_pid"
	wait "$relay_pid" || code=1
	# shellcheck disable=SC2034
	relay_said=$(cat "$work/relay.out")
	return $code
}

# ---- transfers ----

net_port=5000

# What a receiver of N bytes of a seed has to print. Reckoned once.
digest_of() {
	local file=$work/digest.$1.$2
	[ -e "$file" ] || xfer -d -s "$1" -n "$2" >"$file"
	cat "$file"
}

# receive NS WIRE ADDRESS [option]...: in the background, listening when this returns; its port is $net_port
receive() {
	local ns=$1 wire=$2 addr=$3
	shift 3
	net_port=$((net_port + 1))
	rm -f "$work/listens"
	inns "$ns" xfer -l "$addr" -p "$net_port" -w "$wire" -r "$work/listens" "$@" \
		>"$work/received" 2>"$work/receiver.err" &
	receiver_pid=$!
	wait_for 20 test -e "$work/listens"
}

# The receiver ended well and has what was sent: received SEED BYTES
received() {
	wait "$receiver_pid" || {
		echo "the receiver failed: $(cat "$work/receiver.err")"
		return 1
	}
	want "what arrived" "$(cat "$work/received")" "$(digest_of "$1" "$2")"
}

# transfer NS-FROM WIRE NS-TO WIRE ADDRESS BYTES [option of both]...: from a client to a server
transfer() {
	local from=$1 from_wire=$2 to=$3 to_wire=$4 addr=$5 bytes=$6
	shift 6
	receive "$to" "$to_wire" "$addr" "$@" || return
	inns "$from" xfer -S -c "$addr" -p "$net_port" -w "$from_wire" -s 1 -n "$bytes" "$@" || {
		echo "the sender failed"
		kill "$receiver_pid"
		wait "$receiver_pid"
		cat "$work/receiver.err"
		return 1
	}
	received 1 "$bytes"
}

# ---- what the ends of a connection say, look.py ----

# as NS WIRE COMMAND...: becomes that command, its sockets naru's on that wire; WIRE kernel: the kernel's
as() {
	local ns=$1 wire=$2
	shift 2
	if [ "$wire" = kernel ] || on_kernel; then
		exec inns "$ns" "$@"
	fi
	exec inns "$ns" naru run "--$wire" "$@"
}

# meet NS WIRE NS WIRE ADDRESS [STEP]... [-- STEP...]: the first connects to the second, at ADDRESS. Steps of the one, then
# of the other. What they say is in $work/asker and $work/server
meet() {
	local from=$1 from_wire=$2 to=$3 to_wire=$4 addr=$5 pid steps=()
	shift 5
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	[ $# = 0 ] || shift
	net_port=$((net_port + 1))
	rm -f "$work/serves"
	as "$to" "$to_wire" python3 "$net_dir/look.py" serve "$addr" "$net_port" "$work/serves" "$@" >"$work/server" &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	(as "$from" "$from_wire" python3 "$net_dir/look.py" ask "$addr" "$net_port" "${steps[@]}" >"$work/asker") || return
	wait "$pid"
}

# told FILE FIELD
told() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/$1" "$2"
}

# says FILE FIELD VALUE
says() {
	want "$1 $2" "$(told "$1" "$2")" "$3"
}

# ---- servers ----

servers=0

# web_file BYTES: $work/www/file, which has $digest
web_file() {
	mkdir -p "$work/www"
	chmod 755 "$work" "$work/www"
	head -c "$1" /dev/urandom >"$work/www/file"
	digest=$(sha256sum <"$work/www/file")
}

# server_in NS COMMAND...: in the background; its process is $server_pid, what it says is in $server_log
server_in() {
	local ns=$1
	shift
	servers=$((servers + 1))
	server_log=$work/server.$servers
	: >"$server_log"
	inns "$ns" "$@" >"$server_log" 2>&1 &
	server_pid=$!
}

listening() {
	[ -n "$(inns "$1" ss -Hln "sport = :$2")" ]
}

# server_on NS PORT COMMAND...: until it listens
server_on() {
	local ns=$1 port=$2
	shift 2
	server_in "$ns" "$@"
	wait_for 60 listening "$ns" "$port" && return
	cat "$server_log"
	return 1
}

# nginx_on NS ADDRESS PORT: serves $work/www
nginx_on() {
	local ns=$1 addr=$2 port=$3
	cat >"$work/nginx.conf" <<-END
		daemon off;
		master_process off;
		pid $work/nginx.pid;
		error_log $work/nginx.err;
		events { }
		http {
			access_log off;
			client_body_temp_path $work/nginx.tmp;
			proxy_temp_path $work/nginx.tmp;
			fastcgi_temp_path $work/nginx.tmp;
			uwsgi_temp_path $work/nginx.tmp;
			scgi_temp_path $work/nginx.tmp;
			sendfile on;
			server {
				listen $addr:$port;
				root $work/www;
			}
		}
	END
	server_on "$ns" "$port" nginx -p "$work" -c "$work/nginx.conf" && return
	cat "$work/nginx.err"
	return 1
}

# python_on NS WIRE ADDRESS PORT: Python's web server, until it listens or has failed; WIRE kernel: on the kernel's TCP
python_on() {
	local ns=$1 wire=$2 addr=$3 port=$4 run=()
	if [ "$wire" != kernel ] && ! on_kernel; then
		run=(naru run "--$wire")
	fi
	server_in "$ns" "${run[@]}" python3 -u -m http.server --bind "$addr" --directory "$work/www" "$port"
	wait_for 60 serves_or_gone || return
	! gone "$server_pid" || cat "$server_log"
}

serves_or_gone() {
	grep -q '^Serving' "$server_log" || gone "$server_pid"
}

# end_server [STATUS]: the server is there still, and when it is told to, ends with that status; without one: well, or by
# the signal
end_server() {
	local status=0
	if kill "$server_pid"; then
		wait "$server_pid" 2>/dev/null || status=$?
		[ $# -gt 0 ] || [ $status != 143 ] || status=0
		want "the server's exit status" $status "${1:-0}" && return
	fi
	cat "$server_log"
	return 1
}

# ---- naru's tables ----

# counter NS NAME: of naru stat. Fails, without a number, where there is none.
counter() {
	inns "$1" naru stat -a -j "$2" | sed -n 's/.*"value": *\([0-9]*\).*/\1/p' | grep -m 1 . && return
	echo "$1 has no counter $2" >&2
	return 1
}

# counter_of_a KERNEL-NAME NAME: of TCP in A, the kernel's or naru's
counter_of_a() {
	if on_kernel; then
		a nstat -asz "TcpExt$1" | awk -v name="$1" '$1 ~ name { print $2 }'
	else
		counter "$A" "$2"
	fi
}

# opens ACTIVE PASSIVE COMMAND...: so many connections are opened from A and accepted in B by naru's sockets meanwhile
opens() {
	local active=$1 passive=$2 before_a before_b after_a after_b
	shift 2
	if on_kernel; then
		"$@"
		return
	fi
	before_a=$(counter "$A" ACTIVE_OPENS) && before_b=$(counter "$B" PASSIVE_OPENS) || return
	"$@" || return
	after_a=$(counter "$A" ACTIVE_OPENS) && after_b=$(counter "$B" PASSIVE_OPENS) || return
	want "connections opened by naru in A" $((after_a - before_a)) "$active" || return
	want "connections accepted by naru in B" $((after_b - before_b)) "$passive"
}

# listens NS PORT WIRE: one socket of naru's does, on that wire; WIRE none: no socket of naru's does
listens() {
	local listeners wire=$3
	on_kernel && return
	listeners=$(inns "$1" naru sock -l sport "$2" | awk -v p=":$2" '$1 ~ /^(inet|native)$/ && $0 ~ p { print $1 }') ||
		return
	[ "$wire" != none ] || wire=
	want "naru's listeners on port $2" "$listeners" "$wire"
}

# ---- the module ----

# Finds the module that is loaded as a file, $ko, without the debugging information: so it loads in a tenth of the time
find_module() {
	local file
	ko=${NARU_KO:-}
	for file in "$net_tree/build/${NARU_VM:-$(uname -r)}/naru.ko" "$net_tree/build/$(uname -r)/naru.ko" \
		"$(modinfo -n naru 2>/dev/null)"; do
		[ -n "$ko" ] || [ ! -e "$file" ] || ko=$file
	done
	if [ ! -e "$ko" ]; then
		echo "1..0 # SKIP the module that is loaded is not here as a file: set NARU_KO"
		exit 4
	fi
	if strip -g -o "$work/naru.ko" "$ko" 2>/dev/null; then
		ko=$work/naru.ko
	fi
}

loaded() {
	grep -q '^naru ' /proc/modules
}

unload() {
	naru sock -E kill all >/dev/null
	wait_for 20 rmmod naru
}

# Debian's 6.1 does not tell of its hooks (CONFIG_NETFILTER_NETLINK_HOOK), but on all kernels one can watch them come and
# go: watch_hooks begins, hooks_there says what has come since and not gone. A hook's function stands behind an rcu_head
probes=/sys/kernel/tracing/kprobe_events
hooks=/sys/kernel/tracing/instances/naru-$$
watch_hooks() {
	echo 'p:naru_hooks/add nf_register_net_hooks net=$arg1:x64 hook=+16($arg2):x64' >>$probes || return
	echo 'p:naru_hooks/del nf_unregister_net_hooks net=$arg1:x64 hook=+16($arg2):x64' >>$probes || return
	mkdir "$hooks" || return
	echo 1 >"$hooks/events/naru_hooks/enable"
	grep -E '\[(naru|nf_defrag_ipv4)\]$' /proc/kallsyms >"$work/symbols"
}

unwatch_hooks() {
	[ ! -e "$hooks" ] || {
		echo 0 >"$hooks/events/naru_hooks/enable"
		rmdir "$hooks"
	}
	! grep -q naru_hooks $probes || printf '%s\n' -:naru_hooks/add -:naru_hooks/del >>$probes
}

# Hooks of naru's that are there, and of what it asks for: the namespace, the function of the first of a table, how much
# oftener it was registered than unregistered
hooks_there() {
	awk 'NR == FNR { name["0x" $1] = $3; next }
		{ net = hook = $0; sub(/.* net=/, "", net); sub(/ .*/, "", net); sub(/.* hook=/, "", hook) }
		hook in name && / add: / { there[net " " name[hook]]++ }
		hook in name && / del: / { there[net " " name[hook]]-- }
		END { for (i in there) if (there[i]) print "hooks", i, there[i] }' "$work/symbols" "$hooks/trace"
}
