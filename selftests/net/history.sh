#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru history of a transfer that loses a segment: every form of it says the same, and what is drawn is what was recorded.
# naru sock why of connections whose trouble is known.
# timeout: 900
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP has no recorder" && exit 4

look() {
	python3 "$net_dir/history.py" "$@"
}

# id_of NS [FILTER]...: of the one socket that it names
id_of() {
	local ns=$1
	shift
	inns "$ns" naru sock -j "$@" | python3 -c 'import json, sys; [row] = json.load(sys.stdin); print(row["id"])'
}

all_sent() {
	a naru sock -j id "$id" | grep -q '"sendq": *0'
}

# A connection that has lost a segment, whose sender pauses: its recording is in $work/saved
transfer_with_loss() {
	local wire=$1 peer=$2 addr=$3
	relay_on -b 1:20 || return
	rm -f "$work/gate" "$work/gate.paused"
	receive "$B" "$peer" "$addr" -t 300 || return
	inns "$A" xfer -S -c "$addr" -p "$net_port" -w "$wire" -t 300 -n 300000 -P 250000 -W "$work/gate" &
	sender=$!
	wait_for 60 test -e "$work/gate.paused" || return
	id=$(id_of "$A" dport "$net_port") || return
	wait_for 60 all_sent || return
	rm -f "$work/saved"
	a naru history "$id" --save "$work/saved" || return
	naru history --replay "$work/saved" -j >"$work/json" || return
	cat "$work/json"
	look episode "$work/json"
}

plot() {
	naru history --replay "$work/saved" --svg "$work/svg" >"$work/out" || return
	want "what is printed beside a file" "$(cat "$work/out")" "" || return
	look svg "$work/json" "$work/svg" || return
	naru history --svg - --replay "$work/saved" | cmp - "$work/svg"
}

capture() {
	naru history --replay "$work/saved" --pcapng "$work/pcapng" && look pcapng "$work/json" "$work/pcapng"
}

values() {
	naru history --replay "$work/saved" --csv >"$work/csv" && look csv "$work/json" "$work/csv"
}

ladder() {
	naru history --replay "$work/saved" >"$work/ladder" || return
	cat "$work/ladder"
	look ladder "$work/json" "$work/ladder" || return
	naru history --ladder --replay "$work/saved" | cmp - "$work/ladder" || return
	LC_ALL=C.UTF-8 naru history --replay "$work/saved" >"$work/ladder" || return
	grep -q '^cwnd .*█' "$work/ladder" && look ladder "$work/json" "$work/ladder"
}

# What the module says now is no less than what was saved
live() {
	a naru history "$id" -j >"$work/now" || return
	python3 - "$work/json" "$work/now" <<-END
		import json, sys
		was, now = (json.load(open(name)) for name in sys.argv[1:])
		assert now["id"] == was["id"] == $id and now["events"][:len(was["events"])] == was["events"]
		assert len(now["segments"]) >= len(was["segments"])
	END
	a naru history "$id" >"$work/out" && grep -q 'SYN,ACK seq 0 ack 1' "$work/out" || return
	a naru history -e "$id" >"$work/out" && grep -qE '^ *0\.[0-9]+ +SYN-SENT to ESTAB' "$work/out"
}

# In TIME-WAIT it has another number, by which it is found too
in_time_wait() {
	local tw
	: >"$work/gate"
	wait "$sender" && received 1 300000 || return
	relay_off || return
	tw=$(id_of "$A" state time-wait dport "$net_port") || return
	a naru history "$tw" -j >"$work/now" || return
	want "id" "$(told now id)" "$id" && want "time_wait_id" "$(told now time_wait_id)" "$tw" || return
	a naru history "$id" -j >"$work/same" && look same "$work/now" "$work/same" || return
	a naru sock why "$tw" >"$work/why" || return
	cat "$work/why"
	grep -q 'TIME-WAIT' "$work/why" && grep -q 'Now  *It is over' "$work/why" || return
	look past "$work/now" "$work/why" || return
	grep -q "^  *naru history $tw shows it\\.\$" "$work/why"
}

# refused FILE TEXT: with a message, and status 1
refused() {
	local code=0
	naru history --replay "$1" >"$work/out" 2>"$work/err" || code=$?
	want "exit status of $1" $code 1 || return
	want "what is printed of $1" "$(cat "$work/out")" "" || return
	want "the message" "$(cat "$work/err")" "naru: $1: $2"
}

damaged() {
	local size
	size=$(stat -c %s "$work/saved")
	head -c $((size / 2)) "$work/saved" >"$work/cut"
	refused "$work/cut" "it is cut short" || return
	: >"$work/empty"
	refused "$work/empty" "it is cut short" || return
	cp "$work/saved" "$work/changed"
	printf '\377\377' | dd of="$work/changed" bs=1 seek=$((size / 2)) conv=notrunc status=none
	refused "$work/changed" "it is damaged: its checksum is wrong" || return
	refused "$work/json" "it is no recording that naru history --save has written" || return
	! naru history --replay "$work/none" 2>"$work/err" && grep -q 'cannot read .*: No such file' "$work/err" || return
	! naru history --replay "$work/saved" --svg "$work/none/svg" 2>"$work/err" && grep -q 'cannot write' "$work/err"
}

# Where a user looks the names of all events are explained
explained() {
	local name
	naru help history >"$work/out"
	for name in $(sed -n '/whats\[\]/,/^}/s/.*= "\(.*\)",/\1/p' "$net_tree/tools/history_words.c"); do
		echo "$name"
		grep -q "^  $name  *[a-z]" "$work/out" || return
		sed 's/\\-/-/g' "$net_tree/tools/man/naru-history.8" | grep -qx "\\.B $name" || return
	done
}

# It is said what to do
nothing_recorded() {
	local code=0
	a naru history 4000000000 2>"$work/err" || code=$?
	cat "$work/err"
	want "exit status" $code 1 || return
	grep -q 'nothing is recorded of a connection 4000000000: naru sock and naru monitor' "$work/err"
}

# ---- why ----

# limit_is NAME FILTER...: what naru sock why says of the one socket in A
limit_is() {
	local limit=$1
	shift
	a naru sock why -j "$@" >"$work/why" || return
	cat "$work/why"
	python3 -c 'import json, sys; [row] = json.load(open(sys.argv[1])); assert row["limit"] == sys.argv[2], row' \
		"$work/why" "$limit"
}

# A connection from A to a server in B that does not read, with so many bytes written
begin() {
	net_port=$((net_port + 1))
	rm -f "$work"/{holds,fills,end,end.more,reset}
	server_in "$B" python3 "$net_dir/history.py" hold 10.9.0.2 $net_port "$work/holds" "$work/reset"
	wait_for 60 test -e "$work/holds" || return
	(as "$A" inet python3 "$net_dir/history.py" fill 10.9.0.2 $net_port "$work/fills" "$1" "$work/end") &
	filler=$!
	wait_for 60 test -e "$work/fills"
}

end() {
	: >"$work/reset"
	wait "$server_pid" || return
	: >"$work/end"
	wait "$filler"
}

# In time the peer's window has been the limit for longer than anything else
time_is_the_window() {
	a naru sock why dport "$net_port" >"$work/out" || return
	cat "$work/out"
	grep -q 'Time  *Of the [0-9.]* s since it was established the receiver window was the limit for [0-9.]* %' "$work/out"
}

why_nobody_reads() {
	begin 0 && wait_for 60 limit_is window-closed dport $net_port || return
	a naru sock why dport $net_port >"$work/out" || return
	cat "$work/out"
	grep -q "Now  *The peer's window is closed: its program does not read" "$work/out" || return
	wait_for 60 time_is_the_window && end
}

why_nothing_is_written() {
	begin 1000 && wait_for 60 limit_is application dport $net_port && grep -q 'has arrived' "$work/why"
}

# By the reset the connection fails, and that is told when it is gone too
why_it_was_reset() {
	id=$(id_of "$A" dport "$net_port") && end || return
	a naru sock why "$id" >"$work/out" || return
	cat "$work/out"
	grep -q "^$id  inet  10.9.0.1 port [0-9]* to 10.9.0.2 port $net_port  gone\$" "$work/out" || return
	a naru history "$id" -j >"$work/now" && look past "$work/now" "$work/out" || return
	grep -q "^  *naru history $id shows it\\.\$" "$work/out" || return
	grep -q 'the connection failed: Connection reset by peer' "$work/out" || return
	grep -q 'Dropped  At [0-9.]* s RST.* seq 1 len 0: RST$' "$work/out" || return
	grep -qF "$(naru stat -aej DROP_RST | sed -n 's/.*"help": *"\([^"]*\)".*/\1/p')" "$work/out"
}

# What was written goes nowhere
why_nobody_answers() {
	begin 1000 && wait_for 60 limit_is application dport $net_port || return
	b nft 'add table ip cut; add chain ip cut in { type filter hook input priority 0; policy drop; }' || return
	: >"$work/end.more"
	wait_for 60 limit_is no-answer dport $net_port || return
	grep -q 'the retransmission timer fired' "$work/why" || return
	b nft delete table ip cut && wait_for 60 limit_is application dport $net_port && end
}

why_nothing_is_there() {
	local code=0
	receive "$A" inet 10.9.0.1 || return
	limit_is listens state listen sport $net_port || return
	kill "$receiver_pid"
	wait "$receiver_pid"
	a naru sock why dport 1 2>"$work/err" || code=$?
	want "exit status" $code 1 && want "message" "$(cat "$work/err")" "naru: no such connection" || return
	code=0
	a naru sock why 4000000000 2>"$work/err" || code=$?
	want "exit status" $code 1
}

hosts_relay
for forms in "inet kernel 10.9.0.2" "inet inet fd09::2" "native native 10.9.0.2"; do
	# shellcheck disable=SC2086
	result "a transfer that loses a segment, $forms" transfer_with_loss $forms
	result "--svg: every mark and every curve is what was recorded" plot
	result "--pcapng: every packet is a segment, as tshark reads it" capture
	result "--csv: every row is an event" values
	result "the ladder and the sparklines" ladder
	result "while the connection lives" live
	result "in TIME-WAIT by its new number and by the one before" in_time_wait
done
result "--replay of a file that is cut, changed, or another" damaged
result "a number of which nothing is recorded: what to do" nothing_recorded
result "names of events are explained in the help and in the manual" explained
ip netns del "$R"
ip netns del "$A"
ip netns del "$B"
hosts
result "why: the peer does not read" why_nobody_reads
result "why: nothing is written" why_nothing_is_written
result "why: a reset, when it is gone" why_it_was_reset
result "why: nothing is answered" why_nobody_answers
result "why: a listener, and nothing" why_nothing_is_there
finish
