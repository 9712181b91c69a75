#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loading and unloading: refused while it must be, without damage; afterwards the kernel is as it was before
. "$(dirname "$0")/lib.sh"

# What of naru the kernel has, but for hooks
traces() {
	{
		ls /sys/kernel/slab 2>/dev/null
		awk '{ print $1 }' /proc/slabinfo
	} | grep -i '^naru' | sort -u | sed 's/^/slab /'
	grep -i naru /proc/net/protocols /proc/net/ptype
	true
}

# hold NS ADDRESS WIRE: a program in the background that listens
hold() {
	net_port=$((net_port + 1))
	rm -f "$work/holds"
	inns "$1" xfer -l "$2" -p "$net_port" -w "$3" -r "$work/holds" -t 600 >/dev/null 2>&1 &
	holder=$!
	wait_for 20 test -e "$work/holds"
}

# hold_python inet|native STATEMENT: a program in A that runs it and stays
hold_python() {
	rm -f "$work/holds"
	inns "$A" naru run "--$1" python3 -c "
import signal, socket
$2
open('$work/holds', 'w')
signal.pause()" &
	holder=$!
	wait_for 20 test -e "$work/holds"
}

end_holder() {
	kill "$holder" 2>/dev/null
	wait "$holder" 2>/dev/null
	true
}

refused() {
	local said
	said=$(rmmod naru 2>&1) && echo "rmmod succeeded" && return 1
	echo "$said"
	loaded || return
	[[ $said == *"in use"* || $said == *"temporarily unavailable"* ]]
}

# A socket that was never used also holds the module
refused_while_unused() {
	hold_python "$1" 's = socket.socket()' || return
	refused || return
	end_holder
	wait_for 20 rmmod naru || return
	insmod "$ko"
}

# What a program has open holds the module when it is killed, too, until the program ends
refused_while_open() {
	net_port=$((net_port + 1))
	hold_python "$1" "
s = socket.socket()
s.bind(('10.9.0.1', $net_port))
s.listen()" || return
	naru sock -E kill all || return
	a naru sock -l sport $net_port | grep ":$net_port" && echo "it listens still" && return 1
	refused || return
	naru sock --holding >"$work/holding" || return
	cat "$work/holding"
	grep -q "comm:\"python3\" pid:$holder\b" "$work/holding" || return
	end_holder
	wait_for 20 rmmod naru || return
	insmod "$ko"
}

refused_while_held() {
	hold "$A" 10.9.0.1 "$1" || return
	refused || return
	naru sock --holding >"$work/holding" || return
	cat "$work/holding"
	grep -A 1 "10.9.0.1:$net_port" "$work/holding" | grep -q xfer || return
	naru sock --holding -j | python3 -m json.tool >/dev/null || return
	end_holder
	unload || return
	insmod "$ko"
}

# Connections in both namespaces, data in flight, an orphan: after kill all it goes
kill_all_then_rmmod() {
	local wire=$1
	b naru set rmem 4096 65536 65536 || return	# what the receiver has to read before it sees the reset
	receive "$B" "$wire" 10.9.0.2 -u 1000000 || return
	inns "$A" xfer -S -c 10.9.0.2 -p "$net_port" -w "$wire" -n 50000000 >"$work/sender.err" 2>&1 &
	holder=$!
	wait_for 20 established || return
	refused || return
	a naru sock kill all || return
	wait "$holder" && echo "the sender did not notice" && return 1
	wait "$receiver_pid" && echo "the receiver did not notice" && return 1
	cat "$work/sender.err" "$work/receiver.err"
	grep -q 'connection abort' "$work/sender.err" || return
	grep -q 'Connection reset' "$work/receiver.err" || return
	unload || return
	insmod "$ko"
}

established() {
	a naru sock | grep -q ESTAB
}

# A closed socket whose data nobody acknowledges, in a namespace that has lost its name and its processes
nameless_namespace() {
	local client inode
	new_host "$R"
	link_hosts "$A" a1 "$R" r0
	address "$A" a1 10.9.8.1/24 fd09:8::1/64
	address "$R" r0 10.9.8.2/24 fd09:8::2/64
	receive "$A" native 10.9.8.1 || return
	inode=$(r stat -L -c %i /proc/self/ns/net)
	mkfifo "$work/go"
	inns "$R" naru run --native python3 -c '
import socket, sys
s = socket.create_connection(("10.9.8.1", int(sys.argv[1])))
print("connected", flush=True)
sys.stdin.readline()
s.sendall(bytes(1000))' "$net_port" <"$work/go" >"$work/client" &
	client=$!
	exec 7>"$work/go"
	wait_for 20 grep -q connected "$work/client" || return
	ip -n "$A" link set a1 down
	echo >&7
	exec 7>&-
	wait "$client" || return
	ip netns del "$R"
	naru sock --holding | tee "$work/holding"
	grep -q "FIN-WAIT-1.*net:\[$inode\]" "$work/holding" || return
	refused || return
	unload || return
	insmod "$ko"
}

# TIME-WAIT and SYN-RECEIVED entries hold nothing up
small_objects_hold_nothing() {
	transfer "$A" inet "$B" inet 10.9.0.2 100000 || return
	transfer "$A" native "$B" native fd09::2 100000 || return
	a naru sock state time-wait | grep -q TIME-WAIT || {
		echo "no TIME-WAIT: this test shows nothing"
		return 1
	}
	wait_for 20 rmmod naru || return
	insmod "$ko"
}

nothing_left() {
	watch_hooks || return
	hold "$A" 10.9.0.1 inet || return
	{ traces && hooks_there; } | tee "$work/traces"
	end_holder
	local trace
	for trace in 'slab naru_tw' 'slab NARU' 'protocols:NARU' '^hooks .* 1$'; do
		grep -q "$trace" "$work/traces" && continue
		echo "$trace is not seen while it is there: this test shows nothing"
		return 1
	done
	transfer "$A" inet "$B" kernel 10.9.0.2 100000 || return
	transfer "$A" native "$B" native 10.9.0.2 100000 || return
	unload || return
	wait_for 20 no_traces || traces
	want "what is left of naru" "$(traces && hooks_there)" "" || return
	unwatch_hooks
	insmod "$ko"
}

no_traces() {
	[ -z "$(traces)" ]
}

# complains MESSAGE COMMAND...: the command fails, and the kernel's log has exactly one line more of naru, with MESSAGE
complains() {
	local message=$1 before after
	shift
	before=$(dmesg | grep -c '')
	if "$@"; then
		echo "it succeeded: $*"
		return 1
	fi
	dmesg | tail -n +$((before + 1)) >"$work/dmesg"
	cat "$work/dmesg"
	after=$(grep -c 'naru' "$work/dmesg")
	want "lines in the kernel's log" "$after" 1 || return
	grep -q "$message" "$work/dmesg"
}

second_load() {
	insmod "$ko" >"$work/insmod" 2>&1 && return 1
	cat "$work/insmod"
	grep -q 'File exists' "$work/insmod" && loaded
}

# needs_module COMMAND...: exit code 1, one line that says so
needs_module() {
	local code
	"$@" >"$work/out" 2>"$work/err"
	code=$?
	echo "$*: $(cat "$work/err")"
	want "exit code" "$code" 1 || return
	want "on stdout" "$(cat "$work/out")" "" || return
	want "lines on stderr" "$(grep -c '' "$work/err")" 1 || return
	grep -q 'insmod\|modprobe\|not loaded' "$work/err"
}

without_module() {
	local words
	unload || return
	while read -r words; do
		# shellcheck disable=SC2086
		needs_module naru $words || return
	done <<-END
		sock
		sock --holding
		sock kill all
		netstat
		stat
		get
		set sack 1
		metrics
		metrics flush
		monitor
		run true
	END
	while read -r words; do
		# shellcheck disable=SC2086
		naru $words >"$work/out" || return
		[ -s "$work/out" ] || return
	done <<-END
		help
		help sock
		version
	END
	insmod "$ko"
}

# A number that another family has: refused, and the message names the parameter
taken_family() {
	unload || return
	complains 'af=' insmod "$ko" af=2
	local code=$?
	loaded && echo "it is loaded" && code=1
	insmod "$ko" || code=1
	return "$code"
}

no_family() {
	unload || return
	complains 'af=' insmod "$ko" af=4711
	local code=$?
	insmod "$ko" || code=1
	return "$code"
}

other_family() {
	unload || return
	insmod "$ko" af=19 || return
	naru run true || return
	a naru run python3 -c '
import socket, subprocess
s = socket.socket()
s.bind(("10.9.0.1", 999))
s.listen()
subprocess.run(["naru", "sock", "-l", "sport", "999"], check=True)' >"$work/listener" || return
	cat "$work/listener"
	grep -q '^inet .*10\.9\.0\.1:999\b' "$work/listener" || return
	unload || return
	insmod "$ko"
}

# In a hurry: connections come and go while the module does
many_times() {
	local i
	for i in {1..4}; do
		echo "round $i"
		transfer "$A" inet "$B" inet 10.9.0.2 20000 || return
		transfer "$A" native "$B" native 10.9.0.2 20000 || return
		unload || return
		insmod "$ko" || return
	done
}

trap 'unwatch_hooks; cleanup' EXIT
hosts
find_module
result "refused while an inet socket lives" refused_while_held inet
result "refused while a native socket lives" refused_while_held native
result "refused while an unused inet socket lives" refused_while_unused inet
result "refused while an unused native socket lives" refused_while_unused native
result "refused while a killed listener is open, inet" refused_while_open inet
result "refused while a killed listener is open, native" refused_while_open native
result "kill all, inet" kill_all_then_rmmod inet
result "kill all, native" kill_all_then_rmmod native
result "in a namespace without a name" nameless_namespace
result "TIME-WAIT holds nothing up" small_objects_hold_nothing
result "nothing is left" nothing_left
result "a second load is refused" second_load
result "a taken family number is refused" taken_family
result "an impossible family number is refused" no_family
result "the tools without the module" without_module
result "another family number" other_family
result "loaded and unloaded many times" many_times
finish
