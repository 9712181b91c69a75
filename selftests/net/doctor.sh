#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru doctor: each thing that can be amiss is brought about, found, mended by the command that comes with it, and gone
# timeout: 900
. "$(dirname "$0")/lib.sh"

# says CODE COMMAND...: in A naru doctor, so run, ends with that; what it says is in $work/json
says() {
	local want=$1 code=0
	shift
	a "$@" naru doctor -j "${ports[@]}" >"$work/json" || code=$?
	cat "$work/json"
	want "exit code" $code "$want"
}

# ill AREA... -- COMMAND...: naru doctor, so run, finds something in each of these areas, and nothing in others
ill() {
	local areas=()
	while [ "$1" != -- ]; do
		areas+=("$1")
		shift
	done
	shift
	says 1 "$@" || return
	want "where something is amiss" "$(python3 -c '
import json, sys
print(*(row["area"] for row in json.load(open(sys.argv[1])) if not row["ok"]))' "$work/json")" "${areas[*]}"
}

# mend AREA: the command that comes with the finding, of the text as well
mend() {
	local command
	command=$(python3 -c 'import json, sys
print(*(row["mend"] for row in json.load(open(sys.argv[1])) if row["area"] == sys.argv[2] and not row["ok"]), sep="\n")' \
		"$work/json" "$1") || return
	a naru doctor "${ports[@]}" >"$work/text"
	grep -qF "mend: $command" "$work/text" || cat "$work/text"
	echo "mending: $command"
	grep -qF "mend: $command" "$work/text" && a bash -c "$command"
}

# ill_and_mended AREA
ill_and_mended() {
	ill "$1" -- env || return
	mend "$1" || return
	says 0 env
}

# All areas are told of, in order, and the text says what the JSON says
well() {
	says 0 env || return
	want "areas" "$(python3 -c 'import json, sys; print(*(row["area"] for row in json.load(open(sys.argv[1]))))' "$work/json")" \
		"kernel headers module family ports firewall capabilities landlock seccomp" || return
	a naru doctor >"$work/text" || return
	cat "$work/text"
	want "lines" "$(grep -cE '^[a-z]+ +ok: ' "$work/text")" 9 || return
	want "others" "$(grep -cvE '^[a-z]+ +ok: ' "$work/text")" 0
}

# firewall RULE: in a chain whose policy drops, after what every firewall has
firewall() {
	a nft -f - <<-END
		table inet filter {
			chain input {
				type filter hook input priority 0; policy $1;
				ct state established,related accept
				iifname "lo" accept
				tcp dport { 22, 80 } accept
				$2
			}
		}
	END
}

firewall_whose_policy_drops() {
	firewall drop "" || return
	ill_and_mended firewall || return
	! reaches_not native || return
	a nft flush ruleset
}

# Whether naru's protocol reaches A through the firewall, and the figure that the doctor gave is right
reaches_not() {
	! transfer "$B" native "$A" native 10.9.0.1 1000
}

firewall_that_names_one() {
	firewall accept "ip protocol 253 drop" || return
	ill firewall -- env || return
	grep -q 'drops IP protocol 253"' "$work/json" || return
	mend firewall || return
	says 0 env || return
	a nft flush ruleset
}

firewall_that_lets_in() {
	firewall drop "meta l4proto { 253, 254 } accept" || return
	says 0 env || return
	a nft flush ruleset
}

few_ports() {
	a sysctl -qw net.ipv4.ip_local_port_range='40000 40009' || return
	ill_and_mended ports || return
	a sysctl -qw net.ipv4.ip_local_reserved_ports=32768-60999 || return
	ill_and_mended ports
}

port_of_another() {
	local pid
	ports=(7001)
	says 0 env || return
	a python3 -Ic 'import socket, sys
s = socket.create_server(("", 7001))
open(sys.argv[1], "w")
sys.stdin.read()' "$work/serves" <>"$work/never" &
	pid=$!
	wait_for 120 test -e "$work/serves" || return
	ill ports -- env || return
	grep -q "port 7001 is python3's, process [0-9]" "$work/json" || return
	mend ports || return
	wait $pid 2>/dev/null
	says 0 env || return
	ports=()
}

privileged_port() {
	ports=(80)
	a sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
	ill ports capabilities -- setpriv --reuid 65534 --regid 65534 --clear-groups || return
	grep -q 'sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80' "$work/json" || return
	says 0 env || return
	ports=()
}

ordinary_user() {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	ill capabilities -- "${nobody[@]}" || return
	a naru set unprivileged=0 || return
	ill capabilities capabilities -- "${nobody[@]}" || return
	want "findings" "$(grep -c '"mend"' "$work/json")" 2 || return
	grep -q '"sudo naru set unprivileged=1"' "$work/json" || return
	says 0 env || return
	grep -q 'refused sockets, until naru set unprivileged=1' "$work/json" || return
	a naru set unprivileged=1
}

seccomp() {
	local box=(python3 "$net_dir/doctor_box.py")
	ill seccomp -- "${box[@]}" errno 97 || return
	grep -q 'family 18: Address family not supported' "$work/json" || return
	ill seccomp -- "${box[@]}" errno 1 || return
	ill seccomp -- "${box[@]}" kill || return
	grep -q 'ends whoever opens' "$work/json"
}

landlock() {
	ill landlock -- python3 "$net_dir/doctor_box.py" files || return
	grep -q '/etc/' "$work/json" || return
	[ "$(uname -r | awk -F. '{ print $1 * 100 + $2 }')" -ge 607 ] || return 0
	ill landlock -- python3 "$net_dir/doctor_box.py" ports || return
	grep -q 'way round' "$work/json"
}

# The module that was built with the program is known to it, by the kernel's release
built_module() {
	local built
	built=$net_tree/build/$(uname -r)
	[ -e "$built" ] || ln -s "$net_tree/build/$NARU_VM" "$built"
}

not_loaded() {
	built_module || return
	unload || return
	ill_and_mended module
}

another_number() {
	unload || return
	insmod "$ko" af=19 || return
	ill_and_mended family
}

usage() {
	local words code
	while read -r words; do
		code=0
		# shellcheck disable=SC2086
		a naru doctor $words >"$work/out" 2>"$work/err" || code=$?
		want "exit code of naru doctor $words" $code 2 || return
		grep -q '^usage: naru doctor' "$work/err" || return
	done <<-END
		--nonsense
		nonsense
		0
		65536
		1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17
	END
}

ports=()
find_module
hosts
result "nothing is amiss" well
result "a firewall whose policy drops" firewall_whose_policy_drops
result "a firewall that drops 253 by name" firewall_that_names_one
result "a firewall that lets both in" firewall_that_lets_in
result "few ports to connect from" few_ports
result "a port that somebody has" port_of_another
result "a port that needs a capability" privileged_port
result "an ordinary user" ordinary_user
result "seccomp" seccomp
result "Landlock" landlock
result "the module is not loaded" not_loaded
result "the family has another number" another_number
result "wrong arguments: usage, exit 2" usage
finish
