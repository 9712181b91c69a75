#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru top on a terminal (tmux): what stands on the screen is what naru sock, naru history and naru napt tell
# timeout: 900
. "$(dirname "$0")/lib.sh"

# on NS ROWS COLUMNS COMMAND...: that, on a terminal of that size; `screen` is what stands there
on() {
	local ns=$1 rows=$2 cols=$3
	shift 3
	tmux -L "$terminal" kill-server 2>/dev/null
	# Its name is free some time later
	terminal=naru-$$-$((++terminals))
	inns "$ns" tmux -L "$terminal" -f /dev/null new-session -d -x "$cols" -y "$rows" "$@; read -r" || return
	tmux -L "$terminal" set-option -g remain-on-exit on
}

screen() {
	tmux -L "$terminal" capture-pane -p >"$work/screen"
	cat "$work/screen"
}

press() {
	tmux -L "$terminal" send-keys "$@"
}

# shows PATTERN...: each stands on the screen
shows() {
	local pattern
	screen >/dev/null
	for pattern; do
		grep -qE -- "$pattern" "$work/screen" || return
	done
}

# becomes PATTERN...: some time
becomes() {
	wait_for 300 shows "$@" && return
	cat "$work/screen"
	return 1
}

# without PATTERN
without() {
	screen >/dev/null
	! grep -qE -- "$1" "$work/screen"
}

# stays PORT BYTES: a connection from A to B whose sender is paused after these
stays() {
	net_port=$1
	rm -f "$work/listens" "$work/gate.$1.paused"
	inns "$B" xfer -l 10.9.0.2 -p "$1" -w inet -t 900 -r "$work/listens" >/dev/null 2>&1 &
	wait_for 120 test -e "$work/listens" || return
	inns "$A" xfer -S -c 10.9.0.2 -p "$1" -w inet -t 900 -n 1000000 -P "$2" -W "$work/gate.$1" &
	wait_for 120 test -e "$work/gate.$1.paused"
}

# What naru sock tells of A's connection to that port, as it has to stand on the screen
row_of() {
	a naru sock -i -p -j dport "$1" | python3 -c '
import json, sys
row = json.load(sys.stdin)[0]
us, info = row["info"]["rtt_us"], row["info"]
rtt = "%dus" % us if us < 1000 else "%d.%dms" % (us // 1000, us % 1000 // 100) if us < 1000000 else "%d.%ds" % (
    us // 1000000, us % 1000000 // 100000)
print(row["id"], row["wire"], row["state"], *("%(address)s:%(port)d" % row[end] for end in ("local", "remote")),
      0, 0, rtt, 0, info["total_retrans"], info["cwnd"], "%(comm)s/%(pid)d" % row["owners"][0])'
}

# row_stands PORT: that is there, word by word
row_stands() {
	row_of "$1" >"$work/row" && screen >/dev/null && grep ":$1 " "$work/screen" | tr -s ' ' | sed 's/^ //; s/ $//' |
		cmp - "$work/row"
}

id_of() {
	row_of "$1" | cut -d' ' -f1
}

sockets() {
	local port
	stays 8001 500000 && stays 8002 100000 || return
	on "$A" 20 150 "naru top -d 1" || return
	becomes '^naru top  2 sockets  tx [0-9.]+[KMG]?/s  rx [0-9.]+[KMG]?/s  by Tx/s *$' '10\.9\.0\.2:8001' '10\.9\.0\.2:8002' || return
	want "heading" "$(sed -n '2s/ *$//p' "$work/screen" | tr -s ' ')" \
		" Id Wire State Local Remote Tx/s Rx/s Rtt Again/s Retrans Cwnd Owner" || return
	for port in 8001 8002; do
		wait_for 120 row_stands $port || { cat "$work/row" "$work/screen" && return 1; }
	done
}

# The connections in the order in which they stand
order() {
	grep -oE '10\.9\.0\.2:800[12]' "$work/screen" | cut -d: -f2 | tr '\n' ' '
}

ordered() {
	screen >/dev/null
	[ "$(order)" = "$1" ]
}

sorted() {
	press a
	becomes 'by Remote *$' || return
	wait_for 120 ordered "8001 8002 " || return
	press i
	becomes 'by Remote, turned *$' || return
	wait_for 120 ordered "8002 8001 " || return
	press i t
	becomes 'by Tx/s *$'
}

filtered() {
	press / && press -l 'dport 8002' && press Enter
	becomes '^naru top  1 sockets .* filter: dport 8002 *$' || return
	without '10\.9\.0\.2:8001' || return
	press / && press -l 'dport x' && press Enter
	becomes 'x *$' 'filter: dport 8002 *$' || return
	press / && press Enter
	becomes '^naru top  2 sockets .*by Tx/s *$' '10\.9\.0\.2:8001'
}

paused() {
	press Space
	becomes '^naru top  PAUSED  2 sockets' || return
	a naru sock kill dport 8002 >/dev/null || return
	press i i			# it is drawn again
	shows '10\.9\.0\.2:8002' || return
	press Space
	becomes '^naru top  1 sockets' || return
	without '10\.9\.0\.2:8002'
}

# history_stands ID COLUMNS: the end of what naru history says of it to such a terminal stands there
history_stands() {
	a env COLUMNS="$2" naru history "$1" | sed 's/ *$//' | tail -n 17 >"$work/history"
	screen | sed 's/ *$//' | sed -n '3,19p' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/lines"
	[ -s "$work/history" ] && cmp "$work/history" "$work/lines"
}

becomes_history() {
	wait_for 120 history_stands "$@" && return
	diff "$work/history" "$work/lines"
	return 1
}

# naru top comes back from there to where it was
history() {
	local id columns
	id=$(id_of 8001) || return
	press Enter
	becomes "^naru top  history of $id *$" || return
	becomes_history "$id" 150 || return
	for columns in 80 120; do
		tmux -L "$terminal" resize-window -x $columns -y 20 || return
		becomes_history "$id" $columns || return
		want "characters" "$(wc -L <"$work/screen")" $columns || return
	done
	tmux -L "$terminal" resize-window -x 150 -y 20
	press Escape
	becomes '^naru top  1 sockets'
}

# pipe_is_read PID: it waits for what comes out of one
pipe_is_read() {
	grep -q pipe "/proc/$1/wchan"
}

# The terminal gets another size while naru history is waited for
resized() {
	local id pid
	id=$(id_of 8001) || return
	on "$A" 20 150 "env LD_PRELOAD=$(type -P late.so) LATE=$work/begins naru top -d 3600 dport 8001" || return
	becomes '10\.9\.0\.2:8001' || return
	pid=$(pgrep -P "$(tmux -L "$terminal" display-message -p '#{pane_pid}')" -x naru) || return
	press Enter
	wait_for 120 pipe_is_read "$pid" || return
	tmux -L "$terminal" resize-window -x 100 -y 20 || return
	kill -WINCH "$pid" || return
	touch "$work/begins"
	becomes_history "$id" 100 || return
	press q
	wait_for 120 without '^naru top'
}

# Narrow, columns go; the terminal may change its size
narrow() {
	tmux -L "$terminal" resize-window -x 80 -y 12 || return
	becomes '^State +Remote +Tx/s +Rx/s +Rtt +Retrans *$' || return
	shows '^ESTABLISHED +10\.9\.0\.2:8001 ' || return
	want "lines" "$(grep -c '' "$work/screen")" 12 || return
	tmux -L "$terminal" resize-window -x 150 -y 20
}

mappings() {
	a naru napt rule add dev a0 src 10.9.3.0/24 to 10.9.0.1 || return
	a naru napt map add tcp 10.9.0.1:9000 to 10.9.3.1:80 dev a0 || return
	press n
	becomes '^naru top  1 mappings' '^ +Id Proto +Dev +Inside +Outside +Sessions +Expires *$' || return
	shows '^ +[0-9]+ tcp +a0 +10\.9\.3\.1:80 +10\.9\.0\.1:9000 +0 +- *$' || return
	press n
	becomes '^naru top  1 sockets'
}

quits() {
	press q
	wait_for 120 without '^naru top'
}

# Owners do not come from /proc
owners_without_proc() {
	on "$A" 20 150 "unshare --mount sh -c 'umount -l /proc && exec naru top -d 1 dport 8001'" || return
	becomes '10\.9\.0\.2:8001 .* [0-9]+ xfer/[0-9]+ *$' || return
	press q
	wait_for 120 without '^naru top'
}

# However long it is: the last word of many tells
long_filter() {
	local filter
	filter="$(printf 'dport %d or ' {1..200})dport 8001"
	on "$A" 20 150 "naru top -d 1 $filter" || return
	becomes '^naru top  1 sockets .* filter: dport 1 or dport 2 or' '10\.9\.0\.2:8001' || return
	press q
	wait_for 120 without '^naru top'
}

# Seconds since boot
now() {
	cut -d' ' -f1 /proc/uptime
}

# Sockets are read now, and never by themselves
look() {
	press Space
	becomes '^naru top  PAUSED' || return
	press Space
	becomes '^naru top  [0-9]+ sockets'
}

# acked BYTES: of what was pushed so many are, of a SYN's as well
acked() {
	a naru sock -i -j dport 8003 | grep -q "\"bytes_acked\":$(($1 + 1))[,}]"
}

# A connection to port 8003 that writes as many bytes as are told to it
pushes() {
	mkfifo "$work/pushes"
	rm -f "$work/listens"
	inns "$B" xfer -l 10.9.0.2 -p 8003 -w kernel -t 900 -r "$work/listens" >/dev/null 2>&1 &
	wait_for 120 test -e "$work/listens" || return
	inns "$A" naru run python3 -Ic 'import socket, sys
s = socket.create_connection(("10.9.0.2", 8003))
for line in sys.stdin:
    s.sendall(b"x" * int(line))' <"$work/pushes" &
	exec 8>"$work/pushes"
	echo 1000 >&8
	wait_for 120 acked 1000
}

# What went between two looks is divided by the time between them, whenever they were
rates() {
	local begun read sent
	pushes || return
	begun=$(now)
	on "$A" 20 150 "naru top -d 3600 dport 8003" || return
	becomes '10\.9\.0\.2:8003 +0 +0 ' || return
	read=$(now)
	echo 1000000 >&8
	wait_for 120 acked 1001000 || return
	sent=$(now)
	look || return
	echo "begun $begun, read $read, sent $sent, shown $(now)"
	grep '10\.9\.0\.2:8003' "$work/screen" | python3 -Ic '
import sys
row, (begun, read, sent, shown) = sys.stdin.read().split(), map(float, sys.argv[1:])
print(*row)
units = {"K": 1e3, "M": 1e6, "G": 1e9}
rate = float(row[5].rstrip("KMG")) * units.get(row[5][-1], 1)
# what is shown is rounded to a tenth of a unit, and times to hundredths
assert row[6] == "0" and 1e6 / (shown - begun + 0.02) * 0.95 <= rate <= 1e6 / max(sent - read - 0.02, 1e-9) * 1.05, rate
' "$begun" "$read" "$sent" "$(now)" || return
	exec 8>&-
	press q
}

elsewhere() {
	a naru top </dev/null >"$work/out" 2>"$work/err" && return 1
	want "on stderr" "$(cat "$work/err")" "naru: top wants a terminal: there is naru sock -i, and naru monitor" || return
	a naru top -d 0 2>/dev/null
	want "exit code" $? 2 || return
	a naru top dport x 2>/dev/null
	want "exit code" $? 2
}

terminals=0
terminal=naru-$$-0
trap 'tmux -L "$terminal" kill-server 2>/dev/null; cleanup' EXIT
if ! command -v tmux >/dev/null; then
	echo "1..0 # SKIP tmux is not here"
	exit 4
fi
hosts
result "sockets" sockets
result "order" sorted
result "filter" filtered
result "pause" paused
result "into a history and back" history
result "a narrow terminal" narrow
result "the NAPT's mappings" mappings
result "the end" quits
result "owners without /proc" owners_without_proc
result "a long filter" long_filter
result "another size meanwhile" resized
result "rates" rates
result "without a terminal; wrong arguments" elsewhere
finish
