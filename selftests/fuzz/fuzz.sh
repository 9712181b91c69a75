#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# The syscall fuzzer, and whether naru can be unloaded after it:
#   fuzz.sh [-s SEED] [-t SECONDS] [-n ROUNDS] [-f FIRST] [-v]
#     -s  seed (1)      -t  seconds (60)      -n  rounds, instead      -f  number of the first round (0)
# Streams and datagrams. The same seed draws the same calls. Splats, leaks and panics are for the VM to see.
. "$(dirname "$0")/../net/lib.sh"

args=("$@")
PATH=$(dirname "$(readlink -f "$0")"):${OUTPUT:-$net_tree/build/selftests/fuzz}:$PATH

# Nothing that is asked for by a wrong name is looked for as a module
modprobe tun 2>/dev/null
modprobe_was=$(</proc/sys/kernel/modprobe)
restore() {
	echo "$modprobe_was" >/proc/sys/kernel/modprobe
	cleanup
}
trap restore EXIT

same_calls() {
	fuzz -l -s "$1" -n 2 >"$work/first" && fuzz -l -s "$1" -n 2 >"$work/second" || return
	cmp "$work/first" "$work/second" || return
	fuzz -l -s $(($1 + 1)) -n 2 >"$work/second" || return
	! cmp -s "$work/first" "$work/second"
}

# Pages of buffers that are charged to no socket: what the CPUs keep in advance, 1 MB each, of streams and of datagrams
memory_given_back() {
	local pages
	pages=$(awk '$1 ~ /^NARU/ { n += $4 } END { print n + 0 }' /proc/net/protocols)
	[ "${pages#-}" -le $((512 * $(nproc))) ] && return
	echo "pages of buffers that no socket has: $pages"
	return 1
}

memory_is_back() {
	wait_for 20 memory_given_back || memory_given_back
}

no_sockets() {
	naru sock -E kill all >/dev/null && [ "$(naru sock --holding -j)" = "[]" ]
}

reload() {
	find_module
	unload && insmod "$ko"
}

echo "" >/proc/sys/kernel/modprobe
result "a seed draws the same calls each time, another others" same_calls 7
# What it says is to be seen at once, and also when it succeeds
fuzz -d "${args[@]}"
result "fuzz" test $? = 0
result "no socket is left" wait_for 60 no_sockets
result "memory is given back" memory_is_back
echo "$modprobe_was" >/proc/sys/kernel/modprobe
result "it can be unloaded" reload
finish
