#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mosquitto, and its clients: messages of every size and quality arrive, also the one that was kept for later.
# timeout: 300
. "$(dirname "$0")/lib.sh"

broker() {
	cat >"$work/mosquitto.conf" <<-END
		listener 1883
		allow_anonymous true
		persistence false
		log_dest stderr
		log_type all
		max_queued_messages 0
	END
	serve "$1" 1883 mosquitto -c "$work/mosquitto.conf"
}

# kept STACK HOST QOS: one who comes later gets it
kept() {
	on "$1" mosquitto_pub -h "$2" -q "$3" -r -t "kept/$3" -f "$work/file" || return
	on "$1" timeout 60 mosquitto_sub -h "$2" -q "$3" -C 1 -N -t "kept/$3" >"$work/got" || return
	same "$work/file" "$work/got"
}

# lines STACK: two subscribers get all lines of one who publishes them
lines() {
	local run i pids=()
	choose "$1"
	for i in 1 2; do
		inns "$A" "${run[@]}" timeout 100 mosquitto_sub -h 10.9.0.2 -q 1 -C 200 -t lines >"$work/sub.$i" &
		pids+=($!)
	done
	wait_for 60 both_subscribed || return
	seq 200 | on "$1" mosquitto_pub -h fd09::2 -q 1 -l -t lines || return
	wait "${pids[0]}" && wait "${pids[1]}" || return
	for i in 1 2; do
		want "what $i got" "$(cat "$work/sub.$i")" "$(seq 200)" || return
	done
}

both_subscribed() {
	[ "$(grep -c ' 1 lines$' "$server_log")" = 2 ]
}

all() {
	kept "$1" 10.9.0.2 0 && kept "$1" fd09::2 1 && kept "$1" 10.9.0.2 2 && lines "$1"
}

mqtt() {
	broker "$1" && served "$1" "$2" all "$2"
}

hosts
data file "$(on_debug 100000 500000)"
both_ways "publish, subscribe, kept messages" mqtt
conclude
