#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru run --report: what was refused to a program and to those that it runs, and to nobody else; and that the program ends
# and hears signals as without it.
. "$(dirname "$0")/lib.sh"

on_kernel && echo "1..0 # SKIP the kernel's TCP refuses other things" && exit 4

# report PROGRAM ARGUMENT...: its standard error is in $work/report
report() {
	a naru run --report "$@" 2>"$work/report"
}

# reports LINES: of what is refused, each of ran's
reports() {
	cat "$work/report"
	want "lines of the report" "$(grep -c "setsockopt .*TCP_ULP" "$work/report")" "$1"
}

processes() {
	report "$1" refused "$2" || return
	reports "$2"
}

by_shell() {
	report sh -c "ran refused 1; ran refused 2; true" || return
	reports 3
}

nothing() {
	report "$1" exit 7
	want "exit status" $? 7 || return
	want "the report" "$(cat "$work/report")" "naru: nothing was refused"
}

# A program that has had no socket of naru's has had nothing refused, and that is not what is said of it
no_socket() {
	report "$@"
	want "the report" "$(grep -c "^naru: no socket of naru's was made" "$work/report")" 1
}

# Nor is what naru run itself asks a socket that becomes the kernel's
swapped() {
	report --only 7020 "$1" use "$2" kernel bind 7021 || return
	want "the report" "$(cat "$work/report")" "naru: nothing was refused"
}

# Where the caller ignores SIGCHLD, no child waits to be waited for
ignored() {
	a python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp("naru", ["naru", "run", "--report"] + sys.argv[1:])' "$1" exit 7
	want "exit status" $? 7
}

# What came to the ledger before is not the program's, nor what others do meanwhile that were there before
others() {
	local pid
	report ran refused 2 || return
	mkfifo "$work/go" "$work/gone" || return
	inns "$A" naru run bash -c 'read -r <"$0"; exec ran refused 1 9>"$1"' "$work/go" "$work/gone" &
	pid=$!
	report bash -c 'echo >"$0"; read -r <"$1" || true' "$work/go" "$work/gone" || return
	wait "$pid" || return
	want "the report" "$(cat "$work/report")" "naru: nothing was refused"
}

as_json() {
	a naru -j run --report ran refused 1 2>"$work/report" || return
	python3 -c 'import json, sys
row, = json.load(open(sys.argv[1]))
assert row["name"] == "TCP_ULP" and row["count"] == 1 and row["command"] == "ran", row' "$work/report"
}

output_is_apart() {
	want "standard output" "$(a naru run --report echo said 2>/dev/null)" said
}

# signalled SIGNAL STATUS [handle]
signalled() {
	local signal=$1 status=$2 pid code
	shift 2
	rm -f "$work/waits"
	inns "$A" naru run --report ran wait "$work/waits" "$@" &
	pid=$!
	wait_for 20 test -e "$work/waits" || return
	kill -s "$signal" "$pid"
	wait "$pid"
	code=$?
	want "exit status" "$code" "$status"
}

ended() {
	local status=$1 code
	shift
	report "$@"
	code=$?
	want "exit status" "$code" "$status"
}

hosts
for program in ran ran_static; do
	result "$program: what was refused" processes $program 1
	result "$program: its children" processes $program 3
	result "$program: nothing" nothing $program
	for kind in stream4 stream6 dgram4 dgram6; do
		result "$program: another's port, $kind" swapped $program $kind
	done
	result "$program: SIGCHLD is ignored" ignored $program
	result "$program: killed by itself" ended 134 $program raise 6
done
result "programs that it runs" by_shell
result "no socket" no_socket true
result "no socket: without its environment" no_socket env -i "$(command -v ran)" exit 0
result "others" others
result "JSON" as_json
result "standard output is the program's" output_is_apart
result "SIGTERM" signalled TERM 143
result "SIGTERM, handled" signalled TERM 3 handle
result "SIGWINCH" signalled WINCH 3 handle
result "SIGURG" signalled URG 3 handle
result "SIGHUP" signalled HUP 129
result "no such program" ended 127 ran_nowhere
finish
