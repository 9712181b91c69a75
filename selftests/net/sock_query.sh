#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru sock: filters with and, or, not and comparisons; --sort, --top, --group-by; owners
# timeout: 600
. "$(dirname "$0")/lib.sh"

# A program in A: listeners at ports 7001 to 7003, to which one, two and three connections are made; to each of the n-th
# 1000 n bytes are sent that nobody reads. Then a child of it with all of that, and nothing else goes on.
make_sockets() {
	(as "$A" "$1" python3 -Ic '
import os, socket, sys, ctypes
def name(text):
    ctypes.CDLL(None).prctl(15, text.encode(), 0, 0, 0)
name("made-it")
kept = []
for n in 1, 2, 3:
    l = socket.create_server(("10.9.0.1", 7000 + n))
    kept.append(l)
    for i in range(n):
        c = socket.create_connection(("10.9.0.1", 7000 + n))
        c.sendall(b"x" * 1000 * n)
        kept += [c, l.accept()[0]]
l.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
if os.fork() == 0:
    name("has-it")
    open(sys.argv[1] + ".child", "w").write(str(os.getpid()))
    os.rename(sys.argv[1] + ".child", sys.argv[1])
sys.stdin.read()' "$work/made" <>"$work/never" >"$work/made.out" 2>&1) &
	maker=$!
	if ! wait_for 60 test -e "$work/made"; then
		cat "$work/made.out"
		return 1
	fi
	wait_for 20 all_has_come
}

all_has_come() {
	[ "$(sum_of recvq recvq '>' 0)" = 14000 ]
}

# sum_of FIELD FILTER...: of what is listed
sum_of() {
	local field=$1
	shift
	a naru sock -j "$@" | python3 -c 'import json, sys
print(sum(row[sys.argv[1]] for row in json.load(sys.stdin)))' "$field"
}

# counts NUMBER OPTION-OR-FILTER...: so many are listed
counts() {
	local want=$1
	shift
	a naru sock -j "$@" >"$work/json" || return
	want "naru sock $*" "$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))))' "$work/json")" "$want"
}

# of EXPRESSION: of the list printed last, in Python, which calls it rows
of() {
	python3 -c 'import json, sys; rows = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/json" "$1"
}

comparisons() {
	counts 12 || return
	counts 6 sport 7001-7003 || return
	counts 5 'sport >= 7002 and sport <= 7003' || return
	counts 5 sport gt 7001 sport lt 7004 || return
	counts 3 sport = :7003 || return
	counts 9 sport != 7003 || return
	counts 3 'recvq > 2k and recvq < 3k' || return
	counts 5 recvq 2000-3000 || return
	counts 12 dst 10.9.0.0/24 || return
	counts 0 dst != 10.9.0.0/24 || return
	counts 12 src 10.9.0.1 uid root || return
	counts 0 uid 65534 || return
	counts 12 uid '<' 100 cong cubic mss '>' 500
}

joined() {
	counts 3 'sport 7001 or sport 7002' || return
	counts 6 sport 7001 or sport 7002 or dport 7003 || return
	counts 9 '( sport 7001 or sport 7002 or sport 7003 ) or dport 7003' || return
	counts 3 'not ( sport 7001 or sport 7002 ) and recvq > 0' || return
	counts 6 '!(dport>=7001&&dport<=7003)' || return
	counts 1 'state listen and sport 7002' || return
	counts 9 'state listen or sport 7001-7003' || return
	counts 3 -a 'not (state established or state time-wait)' || return
	counts 15 state listen state established
}

by_device_and_wire() {
	counts 1 -l dev lo || return
	want "port" "$(of 'rows[0]["local"]["port"]')" 7003 || return
	counts 12 wire "$1" type stream family 4 || return
	counts 0 type dgram or family 6
}

wrong_words() {
	local said
	said=$(a naru sock 'sport = 7001 and (dport 99999 or uid root)' 2>&1)
	want "exit code" $? 2 || return
	want "what it says" "$(head -n 3 <<<"$said")" \
		"naru sock: not a port
  sport = 7001 and (dport 99999 or uid root)
                          ^" || return
	a naru sock --sort nothing 2>"$work/err"
	want "exit code" $? 2 || return
	a naru sock --top 0 2>"$work/err"
	want "exit code" $? 2 || return
	a naru sock --group-by sport --sort rtt 2>"$work/err"
	want "exit code" $? 2
}

sorted() {
	counts 12 --sort recvq || return
	want "recvq" "$(of '[row["recvq"] for row in rows]')" \
		"[3000, 3000, 3000, 2000, 2000, 1000, 0, 0, 0, 0, 0, 0]" || return
	counts 4 --sort recvq --top 4 || return
	want "recvq" "$(of '[row["recvq"] for row in rows]')" "[3000, 3000, 3000, 2000]" || return
	counts 2 --sort +recvq --top 2 recvq '>' 0 || return
	want "recvq" "$(of '[row["recvq"] for row in rows]')" "[1000, 2000]" || return
	counts 3 --top 3 'sport 7001-7003' || return
	want "recvq, by bytes" "$(of '[row["recvq"] for row in rows]')" "[3000, 3000, 3000]" || return
	counts 3 --sort src --top 3 || return
	counts 3 -l --sort sport || return
	want "ports" "$(of '[row["local"]["port"] for row in rows]')" "[7003, 7002, 7001]"
}

grouped() {
	counts 3 --group-by sport sport 7001-7003 || return
	want "groups" "$(of '[(row["sport"], row["count"], row["recvq"], row["bytes_received"]) for row in rows]')" \
		"[(7003, 3, 9000, 9000), (7002, 2, 4000, 4000), (7001, 1, 1000, 1000)]" || return
	counts 1 --group-by sport --sort +count --top 1 sport 7001-7003 || return
	want "group" "$(of 'rows[0]["sport"]')" 7001 || return
	counts 2 -a --group-by state || return
	want "states" "$(of '[(row["state"], row["count"]) for row in rows]')" "[('ESTABLISHED', 12), ('LISTEN', 3)]" || return
	counts 1 --group-by dst || return
	want "groups" "$(of '[(row["dst"], row["count"], row["recvq"]) for row in rows]')" "[('10.9.0.1', 12, 14000)]" || return
	counts 1 --group-by comm || return
	want "groups" "$(of '[(row["comm"], row["count"]) for row in rows]')" "[('made-it', 12)]" || return
	a naru sock --group-by sport sport 7003 >"$work/out" || return
	cat "$work/out"
	grep -qE '^sport +Count +Recv-Q +Send-Q ' "$work/out" || return
	grep -qE '^7003 +3 +9000 +0 ' "$work/out"
}

# The program and its child, which has inherited everything
owners() {
	local child
	child=$(cat "$work/made")
	counts 12 -p || return
	want "commands" "$(of 'set(tuple(sorted(o["comm"] for o in row["owners"])) for row in rows)')" \
		"{('has-it', 'made-it')}" || return
	want "pid of the child" "$(of 'set(o["pid"] for row in rows for o in row["owners"] if o["comm"] == "has-it")')" \
		"{$child}" || return
	want "uids" "$(of 'set(o["uid"] for row in rows for o in row["owners"])')" "{0}" || return
	counts 12 pid "$child" || return
	counts 15 -a comm has-it || return
	counts 0 comm nobody || return
	a readlink "/proc/$child/fd/$(counts 1 -l -p sport 7001 && of '[o["fd"] for o in rows[0]["owners"] if o["comm"] == "has-it"][0]')" \
		>"$work/link" || return
	want "its descriptor" "$(cat "$work/link")" "socket:[$(counts 1 -l -e sport 7001 && of 'rows[0]["inode"]')]"
}

# What is told does not come from /proc
owners_without_proc() {
	a unshare --mount sh -c 'umount -l /proc && exec naru sock -p sport 7001' >"$work/out" || return
	cat "$work/out"
	grep -q 'made-it' "$work/out"
}

control_groups() {
	local group=/sys/fs/cgroup/naru-query-$$ code=0 pid
	mkdir "$group" || return
	(echo "$BASHPID" >"$group/cgroup.procs" && as "$A" inet python3 -Ic '
import socket, sys
l = socket.create_server(("10.9.0.1", 7010))
open(sys.argv[1], "w")
sys.stdin.read()' "$work/grouped" <>"$work/never") &
	pid=$!
	wait_for 30 test -e "$work/grouped" && control_group_is_told "${group##*/}" || code=1
	kill $pid
	wait $pid 2>/dev/null
	wait_for 20 rmdir "$group" || code=1
	return $code
}

control_group_is_told() {
	counts 1 -l -p sport 7010 || return
	want "control group" "$(of 'rows[0]["cgroup"]')" "/$1" || return
	want "of its owner" "$(of 'rows[0]["owners"][0]["cgroup"]')" "/$1" || return
	counts 1 -l cgroup "/$1" || return
	counts 3 -l "not cgroup $1" || return
	counts 2 -l --group-by cgroup || return
	want "groups" "$(of '[row["count"] for row in rows if row["cgroup"] == "/'"$1"'"]')" "[1]"
}

# Others' sockets: what /proc/net/tcp would show, in lists and in what can be asked
seen_by_others() {
	local nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	nobody+=" $(type -P naru)"
	chmod 755 "$work"
	# shellcheck disable=SC2086
	a $nobody sock -j -i -m -p >"$work/json" || return
	want "rows" "$(of 'len(rows)')" 12 || return
	want "details" "$(of 'set(k for row in rows for k in row) & {"owners", "info", "mem", "cgroup"}')" "set()" || return
	# shellcheck disable=SC2086
	a $nobody sock -j 'comm made-it or pid > 0 or rtt > 0 or cong cubic' >"$work/json" || return
	want "rows" "$(of 'len(rows)')" 0 || return
	# shellcheck disable=SC2086
	a $nobody sock -j --group-by comm >"$work/json" || return
	want "groups" "$(of '[(row["comm"], row["count"], row["bytes_received"]) for row in rows]')" "[(None, 12, 0)]"
}

# Those that a filter names, and nobody else
kills_by_filter() {
	want "killed" "$(a naru sock kill 'state established and (sport 7003 and recvq > 2000 or sport 7002 and not recvq > 2000)')" "killed 5" || return
	wait_for 20 counts 2 state established
}

# The children of jobs are not in the jobs
end_maker() {
	kill "$(cat "$work/made")" "$maker"
	wait "$maker" 2>/dev/null
	rm "$work/made"
	a naru sock kill all
}

hosts
for wire in inet native; do
	result "$wire: sockets" make_sockets $wire
	result "$wire: comparisons" comparisons
	result "$wire: and, or, not" joined
	result "$wire: dev, wire, type" by_device_and_wire $wire
	result "$wire: --sort, --top" sorted
	result "$wire: --group-by" grouped
	result "$wire: owners, those who inherited it too" owners
	result "$wire: what others may see" seen_by_others
	result "$wire: kill by a filter" kills_by_filter
	[ $wire = native ] || result "the place of what is wrong" wrong_words
	[ $wire = native ] || result "owners without /proc" owners_without_proc
	[ $wire = native ] || result "control groups" control_groups
	result "$wire: the end" end_maker
done
finish
