# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts of this folder share. Sourced, not run.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
vm_tree=$(cd "$vm_dir/../.." && pwd -P)
vm_cache=${NARU_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/naru}
vm_source=linux-source-6.12
PATH=$PATH:/usr/sbin:/sbin # depmod, for an ordinary user

export DEBIAN_FRONTEND=noninteractive

die() {
	echo "naru: $*" >&2
	exit 1
}

say() {
	echo "naru: $*" >&2
}

# Prints what is to be run by a person who may, and ends
need_root() {
	echo "naru: this machine lacks: $*" >&2
	echo "naru: run this once as root:  $vm_dir/deps" >&2
	exit 1
}

archive=()
updated=

# apt-get, with the archive chosen by find_archive
apt() {
	command apt-get -qq -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root "${archive[@]}" "$@" >&2
}

apt_knows() {
	apt-cache "${archive[@]}" show --no-all-versions "$1" 2>/dev/null | grep -q '^Package:'
}

# Chooses where a package comes from: this machine's apt, or, where that does not know it (Ubuntu, another Debian),
# the mirror of Debian that NARU_DEBIAN names, read with a state of its own in the cache
find_archive() {
	archive=()
	apt_knows "$1" && return
	if [ "$(id -u)" = 0 ] && [ -z "$updated" ]; then
		apt update
		updated=1
		apt_knows "$1" && return
	fi
	debian_archive "$1"
	apt_knows "$1"
}

debian_archive() {
	local top=$vm_cache/apt key=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -n "${NARU_DEBIAN:-}" ] ||
		die "apt here does not know $1: set NARU_DEBIAN to a mirror of Debian 12 (the part before /debian)"
	if [ ! -e $key ]; then
		[ "$(id -u)" = 0 ] || need_root debian-archive-keyring
		apt install -y --no-install-recommends debian-archive-keyring
	fi
	mkdir -p "$top/lists/partial" "$top/cache/archives/partial" "$top/none"
	archive=(-o "Dir::Etc::SourceList=$top/debian.list" -o "Dir::Etc::SourceParts=$top/none"
		-o "Dir::State::Lists=$top/lists" -o "Dir::Cache=$top/cache" -o APT::Get::List-Cleanup=0)
	[ -z "$(find "$top/lists" -name '*Packages*' -mtime -1 2>/dev/null)" ] || return 0
	printf "deb [arch=amd64 signed-by=$key] ${NARU_DEBIAN%/}/%s main\n" "debian bookworm" \
		"debian-security bookworm-security" >"$top/debian.list"
	say "reading Debian 12's package lists"
	apt update
}

have_package() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# One process at a time makes what goes to the cache: locked NAME COMMAND...
locked() {
	local name=$1
	shift
	mkdir -p "$vm_cache"
	(
		flock 9
		"$@"
	) 9>"$vm_cache/.lock.$name"
}

# The headers of a release: the machine's, else those that came with the kernel in the cache
vm_kdir() {
	if [ -e "/lib/modules/$1/build/Makefile" ]; then
		echo "/lib/modules/$1/build"
	else
		echo "$vm_cache/kernels/$1/usr/src/linux-headers-$1"
	fi
}

# The release a short name stands for: the newest in the cache, else the archive's current one; nothing if there is none
vm_release() {
	local best
	case $1 in
	6.1 | 6.12) ;;
	*)
		echo "$1"
		return
		;;
	esac
	best=$(cd "$vm_cache/kernels" 2>/dev/null && ls -d "$1".*-amd64 2>/dev/null | grep -v cloud | sort -V | tail -n 1)
	[ -n "$best" ] || best=$(archive_release "$1")
	[ -z "$best" ] || echo "$best"
}

archive_release() {
	local meta=linux-image-6.12-amd64
	[ "$1" != 6.1 ] || meta=linux-image-amd64
	find_archive "$meta" && meta_release "$meta" "$1" && return
	debian_archive "$meta"
	meta_release "$meta" "$1"
}

meta_release() {
	apt-cache "${archive[@]}" depends "$1" | sed -n 's/^ *Depends: linux-image-\([0-9].*\)/\1/p' |
		grep "^${2//./\\.}\." | head -n 1 | grep .
}

# fetch PACKAGE...: their files into the current folder, unpacked there by whoever wants them
fetch() {
	local package
	for package in "$@"; do
		find_archive "$package" || die "no archive here has $package"
		apt download "$package" || { apt update && apt download "$package"; } || die "cannot fetch $package"
	done
}
