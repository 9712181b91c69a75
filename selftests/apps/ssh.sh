#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# OpenSSH: a command with data both ways, scp (by SFTP) to and fro, ports forwarded in both directions, a terminal.
# timeout: 300
. "$(dirname "$0")/ssh_lib.sh"

size=$(on_debug 100000 300000)

login() {
	local code=0
	on "$1" ssh "${ssh_options[@]}" 10.9.0.2 'echo $SSH_CONNECTION >&2; cat; exit 7' <"$work/file" >"$work/got" 2>"$work/who" ||
		code=$?
	want "its exit status" $code 7 && same "$work/file" "$work/got" || return
	want "who is connected" "$(sed -E 's/ [0-9]+ / /' "$work/who")" "10.9.0.1 10.9.0.2 22"
}

copies() {
	rm -f "$work/there" "$work/back"
	on "$1" scp -q "${ssh_options[@]}" "$work/file" "10.9.0.2:$work/there" || return
	on "$1" scp -q "${ssh_options[@]}" "[fd09::2]:$work/there" "$work/back" || return
	same "$work/file" "$work/back"
}

# both_tunnels SERVER CLIENT: what goes in at one end comes out at the other, either way
both_tunnels() {
	wait_for 60 grep -q /dev/pts/ "$work/tunnel" && receive "$B" "$(wire "$1")" 10.9.0.2 || return
	a xfer -S -c 127.0.0.1 -p 7001 -w "$(wire "$2")" -s 1 -n "$size" && received 1 "$size" || return
	receive "$A" "$(wire "$2")" 127.0.0.1 || return
	b xfer -S -c 127.0.0.1 -p 7002 -w "$(wire "$1")" -s 1 -n "$size" && received 1 "$size"
}

# forward SERVER CLIENT: A's port 7001 leads to one of B, and B's 7002 to one of A; a terminal is there besides
forward() {
	local run code=0 out in pid
	rm -f "$work/tunnel"
	out=$((net_port + 1)) in=$((net_port + 2))
	choose "$2"
	inns "$A" "${run[@]}" ssh -tt "${ssh_options[@]}" -o ExitOnForwardFailure=yes -L "7001:10.9.0.2:$out" \
		-R "7002:127.0.0.1:$in" 10.9.0.2 'tty; cat' <>"$work/never" >"$work/tunnel" &
	pid=$!
	both_tunnels "$@" || code=1
	kill $pid
	wait $pid
	return $code
}

# wire STACK: what xfer has to be told
wire() {
	if on_kernel; then echo kernel; else echo "$1"; fi
}

everything() {
	login "$2" && copies "$2" && forward "$1" "$2"
}

ssh_between() {
	sshd_on "$1" && served "$1" "$2" everything "$1" "$2"
}

hosts
ssh_keys
data file "$size"
both_ways "login, scp, forwarding" ssh_between
conclude
