#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a connection has learned of its path is there for the next one (RFC 9040), is shown, and is forgotten
# timeout: 600
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP has a cache and a tool of its own" && exit 4

# known [ADDRESS]: what naru metrics says of the path from A to there, as "KEY VALUE" lines
known() {
	a naru metrics -j show "${1:-$dst}" | python3 -c '
import json, sys
for path in json.load(sys.stdin):
    for key, value in path.items():
        print(key, value)'
}

# figure KEY
figure() {
	known | awk -v key="$1" '$1 == key { print $2 }'
}

forget() {
	a naru metrics flush >"$work/forgotten" && [ -z "$(known)" ]
}

# A connection between the two that ends, and has ended
out() {
	meet "$A" "$wire" "$B" "$peer" "$dst" "$@"
}

learned() {
	forget && transfer "$A" "$wire" "$B" "$peer" "$dst" 300000 && wait_for 20 figure_there rtt_us || return
	known && want "peer" "$(figure peer)" "$dst" && want "local" "$(figure local)" "$src" || return
	[ "$(figure cwnd)" -ge 10 ] && [ "$(figure rttvar_us)" -gt 0 ] && want "ssthresh" "$(figure ssthresh)" ""
}

figure_there() {
	[ -n "$(figure "$1")" ]
}

# Each is listed, and deleted alone
shown_and_deleted() {
	local others
	a naru metrics | grep -qF "$dst" && a naru metrics show "$dst" | grep -qF "$src" || return
	want "another's" "$(known 192.0.2.1)" "" || return
	a naru metrics delete 192.0.2.1 2>"$work/said.err" && echo "what is not known was deleted" && return 1
	grep -q "nothing is known" "$work/said.err" || return
	others=$(a naru metrics -j | grep -c '"peer"')
	a naru metrics delete "$dst" && want "deleted" "$(known)" "" || return
	want "others" "$(a naru metrics -j | grep -c '"peer"')" $((others - 1))
}

not_saved() {
	a naru set no_metrics_save=1 && forget && transfer "$A" "$wire" "$B" "$peer" "$dst" 10000 || return
	a naru set no_metrics_save=0 && want "known" "$(known)" "" || return
	transfer "$A" "$wire" "$B" "$peer" "$dst" 10000 && wait_for 20 figure_there rtt_us
}

# The way was long, and is short now: the first timeout is that of a long one
used() {
	local rtt
	relay_off && relay_on -D 150 && forget && transfer "$A" "$wire" "$B" "$peer" "$dst" 10000 || return
	wait_for 20 figure_there rtt_us && rtt=$(figure rtt_us) && [ "$rtt" -ge 150000 ] || return
	relay_off && relay_on && out && want "timeout" "$(told asker rto)" $((3 * rtt))
}

# route [METRIC]...
route() {
	a ip route replace 10.9.0.2 dev a0 "$@" && a ip -6 route replace fd09::2 dev a0 "$@"
}

# What the route says where nothing has been learned, and what it fixes
routes() {
	route rtt 400ms ssthresh 7 && a naru set no_ssthresh_metrics_save=0 && forget || return
	out && says asker rto 1200000 && says asker snd_ssthresh 7 || return
	route rtt lock 400ms cwnd lock 5 && a naru set no_ssthresh_metrics_save=1 && forget || return
	out send=200000 -- get=200000 && says asker first_cwnd 5 && [ "$(told asker snd_cwnd)" -le 5 ] || return
	wait_for 20 figure_there rtt_us && want "fixed rtt" "$(figure rtt_us)" 400000 && want "fixed cwnd" "$(figure cwnd)" 5 ||
		return
	route && out && says asker first_cwnd 10
}

# A namespace knows nothing of another's, and takes what it knows with it
of_a_namespace() {
	inns "$R" naru metrics -j | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin) != [])'
}

hosts_relay
relay_on
for wire in inet native; do
	peer=$wire
	[ "$wire" = native ] || peer=kernel
	for ends in "10.9.0.1 10.9.0.2 IPv4" "fd09::1 fd09::2 IPv6"; do
		read -r src dst family <<<"$ends"
		for what in ${1:-learned shown_and_deleted not_saved used routes}; do
			result "$what, $wire, $family" "$what"
		done
		route
	done
done
result "of a namespace" of_a_namespace
finish
