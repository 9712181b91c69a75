# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The table that the scripts of this folder print, and bench.json in $NARU_OUT, to which each of them adds. Sourced.

out=${NARU_OUT:-.}
never=$(mktemp -u)
mkfifo "$never"

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# pause SECONDS: of the guest, which costs no instructions
pause() {
	read -rt "$1" <>"$never" || :
}

# What figures are taken under
check_guest() {
	[ "$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" = tsc ] || die "the clock is not the TSC"
	grep -q '^naru ' /proc/modules || die "naru is not loaded"
}

head_line() {
	printf '%-50s %-12s %-7s %12s %12s %8s\n' "what it costs" unit wire kernel naru ratio
}

# row NAME UNIT WIRE KERNEL NARU: values are costs, less is better
row() {
	awk -v name="$1" -v unit="$2" -v wire="$3" -v kernel="$4" -v naru="$5" -v rows="$out/rows" 'BEGIN {
		ratio = naru ? kernel / naru : 0
		printf "%-50s %-12s %-7s %12.1f %12.1f %8.3f\n", name, unit, wire, kernel, naru, ratio
		printf "{\"name\": \"%s\", \"unit\": \"%s\", \"wire\": \"%s\", \"kernel\": %.3f, \"naru\": %.3f, \"ratio\": %.4f}\n",
			name, unit, wire, kernel, naru, ratio >>rows
	}'
	{
		echo "["
		sed '$!s/$/,/; s/^/ /' "$out/rows"
		echo "]"
	} >"$out/bench.json"
}
