#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Redis with Debian's configuration: values of all sizes come back as they were, redis-benchmark's increments are all there,
# a subscriber hears what is published.
# timeout: 300
. "$(dirname "$0")/lib.sh"

times=$(on_debug 96 480)		# a multiple of what goes in one write

redis_on() {
	serve "$1" 6379 redis-server /etc/redis/redis.conf --bind 10.9.0.2 fd09::2 --protected-mode no --daemonize no \
		--dir "$work" --logfile '""' --pidfile "$work/redis.pid" --save '""'
}

# cli STACK ARGUMENT...
cli() {
	local stack=$1
	shift
	on "$stack" timeout 60 redis-cli -h 10.9.0.2 "$@"
}

keep() {
	local stack=$1 size
	for size in 1 1000 200000 3000000; do
		data value $size
		want "SET" "$(cli "$stack" -x set "value:$size" <"$work/value")" OK || return
		cli "$stack" get "value:$size" | head -c $size >"$work/got" || return
		same "$work/value" "$work/got" || return
	done
	want "DBSIZE over IPv6" "$(on "$stack" timeout 60 redis-cli -h fd09::2 dbsize)" 4
}

benchmark() {
	on "$1" timeout 200 redis-benchmark -h 10.9.0.2 -q -n "$times" -c 20 "${@:2}" >"$work/benchmark" && return
	cat "$work/benchmark"
	return 1
}

increments() {
	cli "$1" del n m || return
	benchmark "$1" incr n && want "n" "$(cli "$1" get n)" "$times" || return
	benchmark "$1" -P 16 incrby m 3 && want "m" "$(cli "$1" get m)" $((3 * times)) || return
	benchmark "$1" -t set,get,lpush,lrange_100 -d 500 || return
	want "the list's length" "$(cli "$1" llen mylist)" $((2 * times))
}

subscribers() {
	[ "$(cli "$1" pubsub numsub news)" = "$(printf 'news\n%d' "$2")" ]
}

# What was published is the sixth line, which is written in pieces
heard() {
	[ "$(sed -n 6p "$work/news")" = "$(cat "$work/word")" ]
}

publish() {
	wait_for 30 subscribers "$1" 1 || return
	want "hearers" "$(cli "$1" -x publish news <"$work/word")" 1 && wait_for 30 heard
}

published() {
	local code=0 pid run
	choose "$1"
	head -c 20000 /dev/urandom | base64 -w 0 >"$work/word"
	inns "$A" "${run[@]}" redis-cli -h 10.9.0.2 subscribe news >"$work/news" </dev/null &
	pid=$!
	publish "$1" || code=1
	kill $pid
	wait $pid
	return $code
}

all() {
	keep "$1" && increments "$1" && published "$1"
}

redis() {
	redis_on "$1" && served "$1" "$2" all "$2"
}

hosts
both_ways "redis-cli and redis-benchmark" redis
conclude
