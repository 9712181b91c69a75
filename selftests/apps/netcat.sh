#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# socat and both netcats, each with each: a file from the client to the server, and one from the server to the client.
# timeout: 900
. "$(dirname "$0")/lib.sh"

size=$(on_debug 100000 500000)

# server PROGRAM INPUT, client PROGRAM INPUT: the words of the command. Who only receives has an input without end, which
# OpenBSD's has to be told not to read: it would stay
server() {
	case $1 in
	socat) echo "socat - TCP-LISTEN:7000,reuseaddr" ;;
	socat6) echo "socat - TCP6-LISTEN:7000,reuseaddr" ;;
	openbsd) echo "nc.openbsd $(reading "$2") -l 7000" ;;
	openbsd6) echo "nc.openbsd $(reading "$2") -6 -l 7000" ;;
	traditional) echo "nc.traditional -q 0 -l -p 7000" ;;
	esac
}

client() {
	case $1 in
	socat) echo "socat - TCP:10.9.0.2:7000" ;;
	socat6) echo "socat - TCP6:[fd09::2]:7000" ;;
	openbsd) echo "nc.openbsd $(reading "$2") 10.9.0.2 7000" ;;
	openbsd6) echo "nc.openbsd $(reading "$2") fd09::2 7000" ;;
	traditional) echo "nc.traditional -q 0 10.9.0.2 7000" ;;
	esac
}

reading() {
	if [ "$1" = "$work/never" ]; then echo -d; else echo -N; fi
}

# to SERVER-PROGRAM CLIENT-PROGRAM SERVER CLIENT; from: the same, the server sends. The end of the file ends the sender,
# and the end of the connection the receiver, whose own input has none
to() {
	one_way "$@" "$work/file" "$work/never" && same "$work/file" "$work/at_server"
}

from() {
	one_way "$@" "$work/never" "$work/file" && same "$work/file" "$work/at_client"
}

# one_way SERVER-PROGRAM CLIENT-PROGRAM SERVER CLIENT UP DOWN
one_way() {
	local server=$3 client=$4 code=0
	# shellcheck disable=SC2046
	serve "$server" 7000 bash -c 'exec "${@:3}" <>"$1" >"$2"' - "$6" "$work/at_server" $(server "$1" "$6") || return
	count "$A" "$B"
	# shellcheck disable=SC2046
	on "$client" timeout 100 bash -c 'exec "${@:3}" <>"$1" >"$2"' - "$5" "$work/at_client" $(client "$2" "$5") || code=1
	[ $code = 0 ] || kill "$server_pid" 2>/dev/null
	wait_for 100 gone "$server_pid" && wait "$server_pid" || code=1
	[ $code = 0 ] || cat "$server_log"
	opened "$A" "$client" && accepted "$B" "$server" && return $code
}

# meet SERVER-PROGRAM CLIENT-PROGRAM
meet() {
	both_ways "$2 to $1, the client sends" to "$1" "$2"
	both_ways "$2 to $1, the server sends" from "$1" "$2"
}

hosts
data file "$size"
for listener in socat openbsd traditional; do
	for asker in socat openbsd traditional; do
		meet $listener $asker
	done
done
meet socat6 openbsd6
meet openbsd6 socat6
conclude
