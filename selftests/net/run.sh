#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru run: programs that the library reaches and such as the supervisor has to, chosen by itself; what they see of their
# sockets, in whose name those are made, and how the programs end.
# timeout: 300
. "$(dirname "$0")/lib.sh"

# The tree may lie where an ordinary user cannot go
bin=$work/bin
chmod 777 "$work"
mkdir "$bin"
for tool in naru ran ran_static; do
	cp "$(command -v $tool)" "$bin" || exit 1
done
cp "$net_tree/build/tools/libnaru-run.so" "$bin" || exit 1
PATH=$bin:$PATH

# by WAY CHECK [ARGUMENT]...: WAY is static (which the supervisor reaches), dynamic (the library), or supervised
# (dynamic, by the supervisor all the same). Becomes that command
by() {
	local way=$1 run=(naru run) program=ran
	shift
	[ "$way" != static ] || program=ran_static
	[ "$way" != supervised ] || run+=(--mode seccomp)
	! on_kernel || run=()
	exec inns "$A" "${run[@]}" "$program" "$@"
}

checked() {
	(by "$@")
}

supervisors() {
	ps -C naru-run -o pid= | wc -l
}

supervised() {
	want "supervisors" "$(supervisors)" "$1"
}

# In which way a program is run shows in who is there beside it
chosen() {
	local way=$1 number=$2 pid code=0
	on_kernel && return
	rm -f "$work/waits"
	(by "$way" wait "$work/waits") &
	pid=$!
	wait_for 20 test -e "$work/waits" || return
	supervised "$number" || code=1
	kill "$pid"
	wait "$pid"
	wait_for 20 supervised 0 || return
	return $code
}

# talk_by WAY ADDRESS PORT: both ends in naru, the server in B
talk_by() {
	local way=$1 addr=$2 port=$3 pid
	rm -f "$work/serves"
	(A=$B by "$way" serve "$addr" "$port" "$work/serves") &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	listens "$B" "$port" inet || return
	opens 1 1 checked "$way" ask "$addr" "$port" || return
	wait "$pid"
}

# The program's thread is in B, the supervisor and the program's other threads are not
other_netns() {
	local pid
	rm -f "$work/serves"
	(by "$1" netns "$B" 10.9.0.2 "$2" "$work/serves") &
	pid=$!
	wait_for 20 test -e "$work/serves" || return
	listens "$B" "$2" inet || return
	listens "$A" "$2" none || return
	opens 1 1 checked "$1" ask 10.9.0.2 "$2" || return
	wait "$pid"
}

# Where ordinary users may have no sockets of naru's, a program of root's that becomes one has none either
other_user() {
	local said
	checked "$1" user 65534 || return
	on_kernel && return
	a naru set unprivileged=0 || return
	said=$(checked "$1" user 65534 2>&1)
	a naru set unprivileged=1 || return
	want "what it hears" "$said" "socket: Permission denied"
}

as_nobody() {
	local run=(naru run)
	! on_kernel || run=()
	a setpriv --reuid 65534 --regid 65534 --clear-groups "${run[@]}" "$@"
}

daemon() {
	rm -f "$work/later"
	want "what it prints" "$(checked "$1" daemon "$work/later")" "" || return
	wait_for 20 test -e "$work/later" || return
	wait_for 20 supervised 0
}

# ended WAY STATUS CHECK [ARGUMENT]...
ended() {
	local way=$1 status=$2 code
	shift 2
	checked "$way" "$@"
	code=$?
	want "exit status" $code "$status"
}

# signalled WAY SIGNAL STATUS [handle]: what is sent to naru run reaches the program
signalled() {
	local way=$1 signal=$2 status=$3 pid code
	shift 3
	rm -f "$work/waits"
	(by "$way" wait "$work/waits" "$@") &
	pid=$!
	wait_for 20 test -e "$work/waits" || return
	kill -s "$signal" "$pid"
	wait "$pid"
	code=$?
	want "exit status" $code "$status"
}

# As the terminal sends it: to all of the group that the shell put the command into
interrupted() {
	local pid code
	rm -f "$work/waits"
	set -m
	(trap - INT; by "$1" wait "$work/waits") &
	pid=$!
	set +m
	wait_for 20 test -e "$work/waits" || return
	kill -s INT -- "-$pid"
	wait "$pid"
	code=$?
	want "exit status" $code 130 || return
	wait_for 20 supervised 0
}

# refused STATUS TEXT COMMAND...: naru run ends so and says so
refused() {
	local status=$1 text=$2 said code
	on_kernel && return
	shift 2
	said=$("$@" 2>&1)
	code=$?
	want "exit status" $code "$status" || return
	[[ $said == *"$text"* ]] || {
		echo "it says: $said"
		return 1
	}
}

gains_user() {
	cp "$bin/$1" "$bin/gains" && chown 65533 "$bin/gains" && chmod 4755 "$bin/gains" || return
	refused 126 "set-user-ID" a naru run gains exit 7 || return
	refused 126 "set-user-ID" as_nobody gains exit 7 || return
	printf '#! %s exit\n' "$bin/gains" >"$bin/script" && chmod 755 "$bin/script" || return
	refused 126 "set-user-ID" a naru run "$bin/script" || return
	# its own user gains nothing, and neither does who has said that nothing is to be gained
	chown 0 "$bin/gains" && chmod 4755 "$bin/gains" || return
	on_kernel || a naru run gains exit 0 || return
	on_kernel || a setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs naru run gains exit 0
}

gains_group() {
	cp "$bin/$1" "$bin/gains" && chown 0:65533 "$bin/gains" && chmod 2755 "$bin/gains" || return
	refused 126 "set-group-ID" a naru run gains exit 7
}

gains_capabilities() {
	cp "$bin/$1" "$bin/gains" && chown 0:0 "$bin/gains" && chmod 755 "$bin/gains" || return
	python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))' "$bin/gains" || return
	refused 126 "capabilities" as_nobody gains exit 7
}

not_reached() {
	refused 126 "which is what --mode preload needs" a naru run --mode preload ran_static exit 7 || return
	printf '#! %s exit\n' "$bin/ran_static" >"$bin/script" && chmod 755 "$bin/script" || return
	refused 126 "which is what --mode preload needs" a naru run --mode preload "$bin/script" || return
	on_kernel || a naru run --mode preload ran exit 0
}

other_architecture() {
	# an ELF header says so in its fifth byte and its nineteenth
	cp "$bin/ran_static" "$bin/other" || return
	printf '\x01' | dd of="$bin/other" bs=1 seek=4 conv=notrunc status=none || return
	refused 126 "another architecture" a naru run other exit 0
}

twice() {
	refused 1 "supervised by another program already" a naru run --mode seccomp naru run --mode seccomp true || return
	on_kernel || a naru run naru run ran exit 0
}

wrong_usage() {
	local said option
	for option in --only --mode -o; do
		refused 2 "a value is missing after" naru run $option || return
	done
	for option in "" 0 65536 80-79 80- -80 80-90-100 x 80x " 80"; do
		refused 2 "no ports: $option: PORT or PORT-PORT" naru run --only "$option" true || return
	done
	refused 2 "no such mode: ptrace: preload or seccomp" naru run --mode ptrace true || return
	refused 2 "leave nothing" naru run --listen-only --connect-only true || return
	refused 2 "no such option" naru run --tpc true || return
	refused 2 "which program?" naru run --tcp
}

hosts
for way in static dynamic supervised; do
	for check in socket limit fork threads exec interrupts pass cgroup userns; do
		result "$way: $check" checked $way $check
	done
	result "$way: server and client" talk_by $way 10.9.0.2 7001
	result "$way: server and client, IPv6" talk_by $way fd09::2 7002
	result "$way: in another network namespace" other_netns $way 7003
	result "$way: as another user" other_user $way
	result "$way: in many groups" checked $way groups 4000
	result "$way: a daemon" daemon $way
	result "$way: exit status" ended $way 7 exit 7
	result "$way: killed by itself" ended $way 134 raise 6
	result "$way: SIGTERM" signalled $way TERM 143
	result "$way: SIGTERM, handled" signalled $way TERM 3 handle
	result "$way: SIGKILL" signalled $way KILL 137
	result "$way: Ctrl-C" interrupted $way
done
result "dynamic: SO_PROTOCOL, SO_DOMAIN" checked dynamic protocol
result "dynamic: SO_ZEROCOPY" checked dynamic zerocopy
result "static is supervised" chosen static 1
result "dynamic is not" chosen dynamic 0
result "dynamic is, when told so" chosen supervised 1
result "static is not reached by the library" not_reached
result "an ordinary user's, static" as_nobody ran_static exit 0
result "an ordinary user's, dynamic" as_nobody ran exit 0
for program in ran_static ran; do
	result "set-user-ID: $program" gains_user $program
	result "set-group-ID: $program" gains_group $program
	result "capabilities: $program" gains_capabilities $program
done
result "another architecture" other_architecture
result "naru run in naru run" twice
result "wrong usage" wrong_usage
wait_for 20 supervised 0
result "no supervisor is left" supervised 0
finish
