#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# naru napt check: what the RFCs ask of a NAT, each MUST and SHOULD a result of its own. Takes --full, with which timers are
# as they are: where idle time is skipped (icount) that takes as long.
# timeout: 600
. "$(dirname "$0")/lib.sh"

# Rows that are not met, and why
declare -A excused=(
	[6864-5.2a]="the rate at which IDs repeat is counted, not limited"
	[6888-8]="freed ports do not rest yet"
)
# Rows that cannot be told: those of Basic NAT, and what comes later
untold=" 5508-5c 5508-7 7857-12a 6888-2-3 6888-4 6888-4a 6888-4c 6888-5 6888-5a 6888-5b 6888-8-2 6888-8-3 6888-9 6888-9-2
6888-10-2 6888-12 6888-14 "

# rows: id, met and what was seen of each row that must or should be met
rows() {
	grep -v '"level":"MAY"' "$work/check" |
		sed -nE 's/.*"id":"([^"]*)".*"met":(true|false|null),"seen":"(.*)"\}.*/\1 \2 \3/p'
}

# judged ID MET SEEN...: met, or excused and not met; an excuse that is not needed any more has to go
judged() {
	local id=$1 met=$2
	shift 2
	echo "$*"
	if [ -n "${excused[$id]:-}" ]; then
		echo "excused: ${excused[$id]}"
		want "met" "$met" false
	elif [[ ${untold//$'\n'/ } == *" $id "* ]]; then
		want "met" "$met" null
	else
		want "met" "$met" true
	fi
}

ran() {
	[ "$(rows | wc -l)" -gt 140 ]
}

naru napt check "${1:---quick}" -j >"$work/check" 2>"$work/check.err"
result "the report is whole" ran
sed 's/^/# /' "$work/check.err"
while read -r id met seen; do
	result "$id" judged "$id" "$met" "$seen"
done < <(rows)
finish
