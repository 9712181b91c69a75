# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The cells of the transfer matrix, for transfer.icount.sh and transfer_small.sh. Sourced, not run.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# from and to
pairs=("inet kernel" "kernel inet" "inet inet" "native native")

all_pairs() {
	local medium=$1 pair
	shift
	for pair in "${pairs[@]}"; do
		"$medium" "$pair" "IPv4" "$@"
		"$medium" "$pair" "IPv6" "$@"
	done
}

over_loopback() {
	local pair=$1 family=$2 bytes=$3 addr=127.0.0.1
	[ "$family" = IPv4 ] || addr=::1
	result "loopback, ${pair/ / to }, $family, $bytes bytes" \
		transfer "$A" "${pair% *}" "$A" "${pair#* }" "$addr" "$bytes" -t 300
}

over_veth() {
	local pair=$1 family=$2 bytes=$3 addr=10.9.0.2
	[ "$family" = IPv4 ] || addr=fd09::2
	result "veth, ${pair/ / to }, $family, $bytes bytes" \
		transfer "$A" "${pair% *}" "$B" "${pair#* }" "$addr" "$bytes" -t 300
}

# harmed_transfer PAIR ADDRESS BYTES IMPAIRMENT...
harmed_transfer() {
	local pair=$1 addr=$2 bytes=$3 code=0
	shift 3
	relay_on "$@" || return
	transfer "$A" "${pair% *}" "$B" "${pair#* }" "$addr" "$bytes" -t 900 || code=1
	relay_off || code=1
	echo "$relay_said"
	# So many frames carry the bytes; what the relay was to do it has done to some of them
	local segments=$((bytes / 1500))
	while [ $# -ge 2 ]; do
		case $1 in
		-l) harm lost $((segments * $2 / 200)) ;;
		-d) harm duplicated $((segments * $2 / 400)) ;;
		-c) harm corrupted $((segments * $2 / 400)) ;;
		-o) harm reordered $((segments * $2 / 200)) ;;
		esac
		shift 2
	done
	return $code
}

# Sets harmed_transfer's code where the relay did less than it had to
harm() {
	local n
	n=$(echo "$relay_said" | sed -n "s/.* $1 \([0-9]*\).*/\1/p")
	[ "${n:-0}" -ge "$2" ] && return
	echo "the relay $1 $n packets only"
	code=1
}

over_relay() {
	local pair=$1 family=$2 bytes=$3 what=$4 addr=10.9.0.2
	shift 4
	[ "$family" = IPv4 ] || addr=fd09::2
	result "$what, ${pair/ / to }, $family, $bytes bytes" harmed_transfer "$pair" "$addr" "$bytes" "$@"
}

every_impairment() {
	local bytes=$1
	all_pairs over_relay "$bytes" "loss 5 %" -l 5
	all_pairs over_relay "$bytes" "delay 10 ms, reorder 25 %" -D 10 -o 25
	all_pairs over_relay "$bytes" "duplicate 1 %" -d 1
	all_pairs over_relay "$bytes" "corrupt 1 %" -c 1
	all_pairs over_relay "$bytes" "all at once" -l 5 -D 10 -o 25 -d 1 -c 1
}

# Fresh namespaces for what follows
again() {
	local ns
	for ns in "$A" "$B" "$R"; do
		[ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
	done
	"$@"
}
