#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru monitor read slowly: each event that is lost is counted, and what there is, is told anew
# timeout: 1200
. "$(dirname "$0")/lib.sh"

# The sockets of A; some come and others go with each call of `step`
begin_scene() {
	mkfifo "$work/steps"
	inns "$A" naru run python3 -I "$net_dir/monitor_scene.py" "$work/stepped" <"$work/steps" &
	exec 8>"$work/steps"
	step 7000
}

step() {
	echo "$1" >&8
	wait_for 300 test -e "$work/stepped.$1"
}

begin_monitor() {
	inns "$A" naru monitor -s -j >"$work/events" 2>"$work/monitor.err" &
	monitor=$!
	wait_for 120 grep -q '"resync":"end"' "$work/events"
}

# While the monitor is stopped, N events come and sockets too
storm() {
	kill -STOP "$monitor"
	a churn "$1" || return
	step "$2" || return
	kill -CONT "$monitor"
	wait_for 300 settled
}

# What is told when nothing happens any more is the truth
settled() {
	a naru sock -a -j >"$work/sockets" &&
		python3 "$net_dir/monitor_replay.py" "$work/events" "$work/sockets" >"$work/replay" 2>"$work/replay.err"
}

follows() {
	begin_scene || return
	begin_monitor || return
	step 7001 || return
	wait_for 300 settled || { cat "$work/replay.err" && return 1; }
	want "lost" "$(awk '{ print $2 }' "$work/replay")" 0
}

million() {
	local i told lost gaps there before
	before=$(awk '{ print $1 + $2 }' "$work/replay")
	for ((i = 2; i < 6; i++)); do
		storm $((events / 4)) "700$i" || { cat "$work/replay.err" && return 1; }
	done
	read -r told lost gaps there <"$work/replay"
	echo "told $told, lost $lost in $gaps gaps, $there sockets"
	[ "$gaps" -ge 4 ] && [ "$there" -ge 3 ] && [ $((told + lost - before)) -ge "$events" ] || return
	want "in the text" "$(cat "$work/monitor.err")" "" || return
	kill "$monitor"
	wait "$monitor" 2>/dev/null
	true
}

# Lost at the very end, when nothing comes behind. No TIME-WAIT ends meanwhile
text() {
	a naru sock kill state time-wait >/dev/null 2>&1
	want "in TIME-WAIT" "$(a naru sock -H state time-wait | grep -c '')" 0 || return
	inns "$A" naru monitor >"$work/text" &
	monitor=$!
	wait_for 120 grep -q '^Time' "$work/text" || return
	kill -STOP "$monitor"
	a churn 40000 || return
	kill -CONT "$monitor"
	wait_for 300 grep -q '^-- that was all: sockets --$' "$work/text" || return
	kill "$monitor"
	wait "$monitor" 2>/dev/null
	tail -n 20 "$work/text"
	[ "$(($(sed -n 's/^-- \([0-9]*\) events were lost: sockets --$/\1+/p' "$work/text" | tr -d '\n') \
		$(grep -c '^[0-9:.]* *native .*CONN\|^[0-9:.]* *native .*ESTABLISHED$' "$work/text")))" = 40000 ] || return
	sed -n '/^-- what there is: sockets --$/,/^-- that was all: sockets --$/p' "$work/text" |
		grep -q '127.0.0.1:7005 .* LISTEN$'
}

# Of the NAPT the same: its mappings
mappings() {
	a naru napt rule add dev a0 src 10.9.3.0/24 to 10.9.0.1 || return
	a naru napt map add tcp 10.9.0.1:9000 to 10.9.3.1:80 dev a0 || return
	inns "$A" naru monitor -s -j -c 1 napt >"$work/events" &
	wait_for 120 grep -q '"resync":"end"' "$work/events" || return
	a naru napt map add tcp 10.9.0.1:9001 to 10.9.3.1:81 dev a0 || return
	wait_for 120 gone $! || return
	cat "$work/events"
	want "rows" "$(grep -c '"resync":"row"' "$work/events")" 1 || return
	grep '"resync":"row"' "$work/events" | grep -q '"outside":{"address":"10.9.0.1","port":9000}' || return
	want "events" "$(grep -c '"event":"new"' "$work/events")" 1
}

# pipe_is_full PID: it waits for room in one
pipe_is_full() {
	grep -q pipe_write "/proc/$1/wchan"
}

# A mapping comes while others are told: it is said that what was told is not of one moment
changed_meanwhile() {
	a naru napt map add tcp 10.9.0.1:2000-3999 to 10.9.3.1:2000 dev a0 || return
	rm -f "$work/slow" && mkfifo "$work/slow" || return
	inns "$A" naru monitor -s -j -c 1 napt >"$work/slow" &
	monitor=$!
	exec 7<"$work/slow"
	wait_for 120 pipe_is_full $monitor || return
	a naru napt map add tcp 10.9.0.1:9002 to 10.9.3.1:82 dev a0 || return
	cat <&7 >"$work/events"
	exec 7<&-
	wait $monitor || return
	grep -v '"resync":"row"' "$work/events"
	grep '"resync":"end"' "$work/events" | grep -q '"interrupted":true' || return
	[ "$(grep -c '"resync":"row"' "$work/events")" -ge 2002 ]
}

events=${NARU_EVENTS:-1000000}
hosts
result "nothing is lost: what is told is the truth" follows
result "$events events and a slow reader" million
result "as text" text
result "monitor napt -s" mappings
result "monitor napt -s while mappings come" changed_meanwhile
finish
