#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# OpenSSH: login, a command with data both ways, scp and sftp, ports forwarded in both directions.
# timeout: 300
. "$(dirname "$0")/ssh_lib.sh"

size=$(on_debug 200000 1000000)

login() {
	want "what the command says" "$(shell "$1" 'echo "$SSH_CONNECTION" | cut -d " " -f 1,3,4')" "10.9.0.1 10.9.0.2 22" ||
		return
	want "its exit status" "$(shell "$1" 'exit 7'; echo $?)" 7 || return
	shell "$1" cat <"$work/file" >"$work/got" && same "$work/file" "$work/got" || return
	want "a terminal" "$(on "$1" ssh -tt "${ssh_options[@]}" 10.9.0.2 tty </dev/null | cut -c 1-9)" /dev/pts/
}

copies() {
	rm -f "$work/there" "$work/back"
	on "$1" scp -q "${ssh_options[@]}" "$work/file" "10.9.0.2:$work/there" || return
	on "$1" scp -q "${ssh_options[@]}" "[fd09::2]:$work/there" "$work/back" || return
	same "$work/file" "$work/back" || return
	printf 'put %s %s\nget %s %s\n' "$work/file" "$work/there.2" "$work/there.2" "$work/back.2" |
		on "$1" sftp -q -b - "${ssh_options[@]}" 10.9.0.2 || return
	same "$work/file" "$work/back.2"
}

# forward SERVER CLIENT: A's port 7001 leads to one of B, and B's 7002 to one of A
forward() {
	local code=0
	forward_out "$@" || code=1
	forward_in "$@" || code=1
	return $code
}

# tunnel STACK OPTION...: ssh in the background, until its far end says so
tunnel() {
	local run
	choose "$1"
	inns "$A" "${run[@]}" ssh "${ssh_options[@]}" -o ExitOnForwardFailure=yes "${@:2}" 10.9.0.2 'echo there; cat' \
		<>"$work/never" >"$work/tunnel" &
	tunnel_pid=$!
	wait_for 60 grep -q there "$work/tunnel"
}

no_tunnel() {
	kill "$tunnel_pid"
	wait "$tunnel_pid"
	true
}

# wire STACK: what xfer has to be told
wire() {
	if on_kernel; then echo kernel; else echo "$1"; fi
}

forward_out() {
	local code=0
	receive "$B" "$(wire "$1")" 10.9.0.2 || return
	tunnel "$2" -L "7001:10.9.0.2:$net_port" || return
	a xfer -S -c 127.0.0.1 -p 7001 -w "$(wire "$2")" -s 1 -n "$size" && received 1 "$size" || code=1
	no_tunnel
	return $code
}

forward_in() {
	local code=0
	receive "$A" "$(wire "$2")" 127.0.0.1 || return
	tunnel "$2" -R "7002:127.0.0.1:$net_port" || return
	b xfer -S -c 127.0.0.1 -p 7002 -w "$(wire "$1")" -s 1 -n "$size" && received 1 "$size" || code=1
	no_tunnel
	return $code
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
both_ways "login, scp, sftp, forwarding" ssh_between
conclude
