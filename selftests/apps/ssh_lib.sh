# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# sshd and ssh, for the tests that use them. Sourced, not run.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ssh_keys() {
	ssh-keygen -q -t ed25519 -N '' -f "$work/key" || exit 1
	mkdir -p /run/sshd
	ssh_options=(-F /dev/null -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
		-o BatchMode=yes -o KexAlgorithms=curve25519-sha256)	# what is tried first takes an emulated processor seconds
}

# sshd_on STACK: with Debian's configuration, but for keys and who may log in
sshd_on() {
	serve "$1" 22 /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config -o "HostKey=$work/key" -o "AuthorizedKeysFile=$work/key.pub" \
		-o PidFile=none -o PermitRootLogin=yes -o StrictModes=no -o UsePAM=no -o UseDNS=no
}
