#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A router joins segments of IP protocol 253 (GRO) and sends them on by a device that splits TCP's but does not know
# the 253 of the super-segments: a veth with tso, without tx-sctp-segmentation. They leave as segments of the MTU's
# size, with right checksums. And the sender makes super-segments itself, for a device that splits them.
. "$(dirname "$0")/lib.sh"

bytes=$((1 << 20))

features() {
	inns "$1" ethtool -K "$2" "${@:3}" >/dev/null
}

# watch NS IF -i|-o: in the background; its result goes to $work/IF.seen
watch() {
	rm -f "$work/ready"
	inns "$1" sniff "$2" "$3" -R "$work/ready" >"$work/$2.seen" 2>&1 &
	eval "watch_$2=$!"
	wait_for 20 test -e "$work/ready"
}

unwatch() {
	local pid=watch_$1
	kill "${!pid}"
	wait "${!pid}"
	echo "$1: $(cat "$work/$1.seen")"
}

# seen IF WHAT: one of the numbers of a watch
seen() {
	sed -n "s/.*$2 \([0-9]*\).*/\1/p" "$work/$1.seen"
}

# forwarded WIRE ADDRESS: a transfer from A through R to B, watched on R's two sides
forwarded() {
	watch "$R" ra -i || return
	watch "$R" rb -o || return
	transfer "$A" "$1" "$B" "$1" "$2" "$bytes" -t 120 || return
	unwatch ra
	unwatch rb
	[ "$(seen ra largest)" -gt 3000 ] || {
		echo "nothing was joined on the way in: this test shows nothing"
		return 1
	}
	want "wrong checksums in" "$(seen ra wrong)" 0 || return
	want "wrong checksums out" "$(seen rb wrong)" 0
}

# The device cannot split these: R's kernel has done it
in_mtu_segments() {
	forwarded "$@" || return
	[ "$(seen rb data)" -ge $((bytes / 1500)) ] || return
	[ "$(seen rb largest)" -le 1500 ] || return
	[ "$(seen rb largest)" -ge 1400 ]
}

# As in_mtu_segments, with all checksums made before they leave
with_full_checksums() {
	in_mtu_segments "$@" && want "left to the device" "$(seen rb partial)" 0
}

# A device that does know them gets them whole
whole() {
	forwarded "$@" && [ "$(seen rb largest)" -gt 3000 ]
}

# A itself hands its device more than a segment at once
sent_whole() {
	watch "$A" a0 -o || return
	transfer "$A" "$1" "$B" "$1" "$2" "$bytes" -t 120 || return
	unwatch a0
	want "wrong checksums" "$(seen a0 wrong)" 0 || return
	[ "$(seen a0 largest)" -gt 3000 ]
}

hosts_router
features "$A" a0 tso off gso off
features "$B" b0 gro off
features "$R" ra gro on

for family in 10.9.2.2 fd09:2::2; do
	features "$R" rb tx on tso on tx-sctp-segmentation on
	result "a device that splits anything gets them whole, $family" whole native $family
	on_kernel || {
		features "$R" rb tx-sctp-segmentation off
		result "tso without tx-sctp-segmentation: MTU-sized, $family" in_mtu_segments native $family
	}
	features "$R" rb tso off
	result "no tso: MTU-sized, $family" in_mtu_segments native $family
	features "$R" rb tx off
	result "no tso, no checksum offload: MTU-sized, $family" with_full_checksums native $family
	features "$R" rb tx on tso on tx-sctp-segmentation off
	result "TCP goes whole still, $family" whole inet $family
done
features "$A" a0 tx on tso on gso on tx-sctp-segmentation on
for family in 10.9.2.2 fd09:2::2; do
	result "sent in super-segments, inet, $family" sent_whole inet $family
	result "sent in super-segments, native, $family" sent_whole native $family
done
finish
