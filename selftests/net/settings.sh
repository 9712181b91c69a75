#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Settings that say what a program may do: unprivileged, tw_reuse
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP has settings of its own" && exit 4

# opens_socket WIRE [COMMAND]...: a program that COMMAND runs, of a user or with capabilities, gets a socket
opens_socket() {
	local wire=$1
	shift
	a "$@" python3 -c "import socket; socket.socket(18, socket.SOCK_STREAM, $([ "$wire" = inet ] && echo 6 || echo 0))" \
		2>"$work/err" || {
		cat "$work/err"
		return 1
	}
}

nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

unprivileged() {
	want "unless set" "$(a naru get -n unprivileged | grep -c '\b1\b')" 1 || return
	opens_socket "$1" "${nobody[@]}" || return
	a naru set unprivileged 0 || return
	opens_socket "$1" "${nobody[@]}" && echo "an ordinary user has a socket" && return 1
	grep -q 'PermissionError: \[Errno 13\]' "$work/err" || return
	want "what naru run says" "$(a "${nobody[@]}" naru run true 2>&1)" \
		"naru: sockets of naru's need CAP_NET_ADMIN here: \"naru set unprivileged=1\" lets all users have them" || return
	want "what naru run says to root" "$(a naru run true 2>&1)" "" || return
	opens_socket "$1" || return			# with CAP_NET_ADMIN
	a naru set unprivileged 1 || return
	opens_socket "$1" "${nobody[@]}"
}

# A client that leaves TIME-WAIT on its port, and connects from there again: "again ERRNO", 0 for success
client() {
	a naru run "--$1" python3 - "$2" "$3" <<-'END'
		import errno, socket, sys

		def connect(server, port):
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind(("", port))
		    try:
		        s.connect(server)
		    except OSError as e:
		        return e.errno
		    s.shutdown(socket.SHUT_WR)
		    while s.recv(1000):
		        pass
		    s.close()
		    return 0

		code = connect(("10.9.0.2", int(sys.argv[1])), int(sys.argv[2]))
		print(errno.errorcode.get(code, code))
	END
}

# A server in B that reads what comes, and closes
serve() {
	rm -f "$work/listens"
	inns "$B" naru run "--$1" python3 - "$2" "$work/listens" <<-'END' &
		import socket, sys
		l = socket.create_server(("10.9.0.2", int(sys.argv[1])))
		open(sys.argv[2], "w")
		while True:
		    with l.accept()[0] as s:
		        while s.recv(1000):
		            pass
	END
	server=$!
	wait_for 30 test -e "$work/listens"
}

connects() {
	[ "$(client "$@")" = 0 ]
}

# Old segments cannot be taken for new ones when the clock of the timestamps has moved on by a second
tw_reuse() {
	local wire=$1 port=$2 before after
	before=$(counter "$A" TW_REUSED) || return
	serve "$wire" "$port" || return
	a naru set tw_reuse 0 || return
	want "at first" "$(client "$wire" "$port" 4000)" 0 || return
	wait_for 10 has_time_wait "$port" || return
	want "without reuse" "$(client "$wire" "$port" 4000)" EADDRNOTAVAIL || return
	a naru set tw_reuse 2 || return
	want "with reuse on loopback only" "$(client "$wire" "$port" 4000)" EADDRNOTAVAIL || return
	a naru set tw_reuse 1 || return
	wait_for 20 connects "$wire" "$port" 4000 || return
	kill "$server"
	wait "$server" 2>/dev/null
	after=$(counter "$A" TW_REUSED) || return
	want TW_REUSED $((after - before)) 1
}

has_time_wait() {
	a naru sock state time-wait dport "$1" | grep -q TIME-WAIT
}

# refused ASSIGNMENT RANGE [OTHER]: in one line that names the setting and its range
refused() {
	a naru set "${@:3}" "$1" >"$work/out" 2>"$work/err" && echo "$1 was taken" && return 1
	want "on stderr" "$(cat "$work/err")" "naru: ${1%%=*}: outside of the setting's range, $2"
}

out_of_range() {
	refused sack=2 0..1 || return
	refused sack=-1 0..1 || return
	refused syn_retries=1000 "$(range_of syn_retries)" || return
	refused syn_retries=1000 "$(range_of syn_retries)" sack=0 || return
	want "sack" "$(a naru get -n sack)" 1 || return		# all or nothing
	refused "rmem=-1 50000 60000" "$(range_of rmem)"
}

range_of() {
	a naru get -v -j "$1" | sed -n 's/.*"min": *\(-\{0,1\}[0-9]*\), *"max": *\([0-9]*\).*/\1..\2/p' | grep .
}

# mem is seen in all namespaces and changed in the first
one_for_the_machine() {
	local before code=0
	before=$(naru get -n mem) || return
	naru set mem 100000 200000 300000 || return
	want "mem in another namespace" "$(a naru get -n mem)" "100000 200000 300000" || code=1
	# shellcheck disable=SC2086
	naru set mem $before || return
	a naru set mem 1 2 3 2>"$work/err" && echo "another namespace changes mem" && return 1
	want "on stderr" "$(cat "$work/err")" \
		"naru: mem: one for the machine: change it in the initial namespace" || return
	want "mem" "$(naru get -n mem)" "$before" && return $code
}

hosts
result "mem: one for the machine" one_for_the_machine
result "a value that is out of range: which would be in it" out_of_range
result "unprivileged, inet" unprivileged inet
result "unprivileged, native" unprivileged native
result "tw_reuse, inet" tw_reuse inet 999
result "tw_reuse, native" tw_reuse native 998
finish
