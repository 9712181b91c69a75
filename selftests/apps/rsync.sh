#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rsync: from a daemon and to it, what has changed only, and over ssh.
# timeout: 600
. "$(dirname "$0")/ssh_lib.sh"

make_tree() {
	local i
	mkdir -p "$work/tree/sub" "$work/module"
	for i in {1..40}; do
		data "tree/sub/$i" $((i * 2000))
	done
	data tree/large "$(on_debug 500000 4000000)"
	cat >"$work/rsyncd.conf" <<-END
		use chroot = no
		uid = root
		gid = root
		[module]
		path = $work/module
		read only = no
	END
}

sync_with_daemon() {
	rm -rf "$work/module/"* "$work/back"
	on "$1" rsync -a "$work/tree/" rsync://10.9.0.2/module/ && same "$work/tree" "$work/module" || return
	date +%s%N | dd of="$work/tree/large" bs=1 seek=100000 conv=notrunc status=none
	on "$1" rsync -a --no-whole-file --stats -c "$work/tree/" "rsync://[fd09::2]/module/" >"$work/stats" || return
	same "$work/tree" "$work/module" || return
	want "files sent again" "$(sed -n 's/^Number of regular files transferred: //p' "$work/stats")" 1 || return
	on "$1" rsync -az rsync://10.9.0.2/module/ "$work/back" && same "$work/tree" "$work/back"
}

sync_over_ssh() {
	rm -rf "$work/there"
	on "$1" rsync -a -e "ssh ${ssh_options[*]}" "$work/tree/" "10.9.0.2:$work/there/" && same "$work/tree" "$work/there"
}

with_daemon() {
	serve "$1" 873 rsync --daemon --no-detach --config="$work/rsyncd.conf" && served "$1" "$2" sync_with_daemon "$2"
}

over_ssh() {
	sshd_on "$1" && served "$1" "$2" sync_over_ssh "$2"
}

hosts
ssh_keys
make_tree
both_ways "with rsync's daemon" with_daemon
both_ways "over ssh" over_ssh
conclude
