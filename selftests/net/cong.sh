#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A congestion control that another module brings, samples/cong: chosen, held, gone; what it does wrong is put right
. "$(dirname "$0")/lib.sh"

choices() {
	a naru get -v -j congestion_control | python3 -c 'import json, sys; print(*json.load(sys.stdin)[0]["choices"])'
}

# load CWND
load() {
	insmod "$sample" cwnd="$1"
}

comes_and_goes() {
	want "before" "$(choices)" "reno cubic" || return
	load 20000 || return
	want "with it" "$(choices | tr ' ' '\n' | sort | xargs)" "cubic fixed reno" || return
	rmmod naru_cong_fixed || return
	want "after" "$(choices)" "reno cubic" || return
	a naru set congestion_control=fixed && echo "what is gone was taken" && return 1
	return 0
}

# Somebody has it: the module stays
held() {
	rmmod naru_cong_fixed 2>"$work/err" && echo "it went" && return 1
	grep -q "in use" "$work/err"
}

default_holds_it() {
	load 20000 && a naru set congestion_control=fixed && held || return
	a naru set congestion_control=cubic && rmmod naru_cong_fixed || return
	a naru set congestion_control=reno
}

namespace_holds_it() {
	ip netns add "$A-more" || return
	load 20000 && inns "$A-more" naru set congestion_control=fixed && held || return
	ip netns del "$A-more" && wait_for 30 rmmod naru_cong_fixed
}

sockets_hold_it() {
	local pid
	load 20000 && a naru set congestion_control=fixed || return
	inns "$A" naru run --native python3 -c "
import signal, socket
s = socket.socket()
open('$work/holds', 'w')
signal.pause()" &
	pid=$!
	wait_for 20 test -e "$work/holds" || return
	a naru set congestion_control=reno && held || return
	kill "$pid"
	wait "$pid" 2>/dev/null
	wait_for 20 rmmod naru_cong_fixed
}

# carries WIRE CWND: data comes through, whatever the window
carries() {
	local code=0
	load "$2" && a naru set congestion_control=fixed || return
	transfer "$A" "$1" "$B" "$1" 10.9.0.2 30000 || code=1
	a naru set congestion_control=reno && wait_for 30 rmmod naru_cong_fixed && return $code
}

# put_right WIRE CWND: the same, and it is counted
put_right() {
	local before after
	before=$(counter "$A" CONG_CLAMPED) || return
	carries "$@" || return
	after=$(counter "$A" CONG_CLAMPED) || return
	echo "counted: $((after - before))"
	[ "$after" -gt "$before" ]
}

not_counted() {
	local before after
	before=$(counter "$A" CONG_CLAMPED) || return
	carries "$@" || return
	after=$(counter "$A" CONG_CLAMPED) || return
	want CONG_CLAMPED $((after - before)) 0
}

find_module
sample=$net_tree/build/${NARU_VM:-$(uname -r)}/samples/cong/naru_cong_fixed.ko
[ -e "$sample" ] || {
	echo "1..0 # SKIP no sample: make sample"
	exit 4
}
hosts
result "it comes and goes" comes_and_goes
result "the default of a namespace holds it" default_holds_it
result "a namespace lets it go" namespace_holds_it
result "sockets hold it" sockets_hold_it
for wire in inet native; do
	result "a window of 20000, $wire" not_counted "$wire" 20000
	result "a window of 0, $wire" put_right "$wire" 0
	result "a negative window, $wire" put_right "$wire" 4294957296
	result "an absurd window, $wire" put_right "$wire" 2147483648
done
finish
