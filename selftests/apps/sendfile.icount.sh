#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 1 GB from nginx by sendfile(2), on naru and on the kernel's TCP: it arrives with its SHA-256, and takes naru no more
# instructions. One processor whose nanoseconds count instructions, and 2 GB of memory.
# timeout: 3000
. "$(dirname "$0")/lib.sh"

# 16 pieces of 64 MB, each with its number
make_gigabyte() {
	local i
	mkdir -p "$work/www" "$work/tmp"
	head -c $((64 << 20)) /dev/urandom >"$work/piece"
	for i in {0..15}; do
		printf '%016d' "$i"
		tail -c +17 "$work/piece"
	done >"$work/www/file"
	rm "$work/piece"
	digest=$(sha256sum <"$work/www/file")
	cat >"$work/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $work/nginx.pid;
		error_log stderr;
		events { }
		http {
			access_log off;
			$(printf "%s_temp_path $work/tmp; " client_body proxy fastcgi uwsgi scgi)
			sendfile on;
			tcp_nopush on;
			server {
				listen 80;
				root $work/www;
			}
		}
	END
}

get() {
	on kernel curl -sS --noproxy '*' -o "$1" http://10.9.0.2/file
}

arrives() {
	want "SHA-256" "$(get - | sha256sum)" "$digest"
}

now() {
	local seconds=$EPOCHREALTIME
	echo "${seconds/./}"
}

# Microseconds are thousands of instructions here
measure() {
	local start
	start=$(now)
	get /dev/null || return
	took=$(($(now) - start))
}

fetch() {
	serve "$1" 80 nginx -c "$work/nginx.conf" -e stderr && served "$1" kernel "$2"
}

no_more() {
	local kernel naru
	fetch kernel measure || return
	kernel=$took
	fetch inet measure || return
	naru=$took
	echo "1 GB by sendfile, thousands of instructions: kernel $kernel, naru $naru" | tee "$work/figures"
	[ "$naru" -le "$kernel" ]
}

hosts
make_gigabyte
result "1 GB arrives from the kernel's TCP" fetch kernel arrives
result "1 GB arrives from naru" fetch inet arrives
on_kernel || {
	result "no more instructions than the kernel's" no_more
	sed 's/^/# /' "$work/figures"
}
finish
