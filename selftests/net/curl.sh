#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# curl on the kernel's TCP fetches a file from Python's HTTP server on naru; curl on naru fetches it from nginx on
# the kernel's TCP; and both on native naru. 100 MB, on the debug kernel 10.
# timeout: 300
. "$(dirname "$0")/lib.sh"

megabytes=100
[ "${NARU_VM:-}" != debug ] || megabytes=10

make_file() {
	mkdir "$work/www"
	chmod 755 "$work" "$work/www"
	head -c $((megabytes << 20)) /dev/urandom >"$work/www/file"
	digest=$(sha256sum <"$work/www/file")
}

# python_on [--native] ADDRESS PORT
python_on() {
	local run=(naru run)
	if [ "$1" = --native ]; then
		run+=(--native)
		shift
	fi
	on_kernel && run=()
	inns "$B" "${run[@]}" python3 -u -m http.server --bind "$1" --directory "$work/www" "$2" \
		>"$work/python.out" 2>&1 &
	server=$!
	wait_for 60 grep -q '^Serving' "$work/python.out" || cat "$work/python.out"
}

nginx_on() {
	cat >"$work/nginx.conf" <<-END
		daemon off;
		master_process off;
		pid $work/nginx.pid;
		error_log $work/nginx.err;
		events { }
		http {
			access_log off;
			client_body_temp_path $work/nginx.tmp;
			proxy_temp_path $work/nginx.tmp;
			fastcgi_temp_path $work/nginx.tmp;
			uwsgi_temp_path $work/nginx.tmp;
			scgi_temp_path $work/nginx.tmp;
			sendfile on;
			server {
				listen $1:$2;
				root $work/www;
			}
		}
	END
	inns "$B" nginx -p "$work" -c "$work/nginx.conf" >"$work/nginx.out" 2>&1 &
	server=$!
	wait_for 60 test -s "$work/nginx.pid" || cat "$work/nginx.out" "$work/nginx.err"
}

# get ADDRESS PORT COMMAND...: the file, with its SHA-256 into $got
get() {
	local addr=$1 port=$2
	shift 2
	got=$(a "$@" -sS --max-time 250 --noproxy '*' "http://$addr:$port/file" | sha256sum)
}

# fetch SERVER CLIENT ADDRESS PORT COMMAND...: SERVER and CLIENT are inet, native, or kernel for the kernel's TCP
fetch() {
	local server_wire=$1 client_wire=$2 port=$4 code=0
	shift 2
	listens "$B" "$port" "${server_wire/kernel/none}" || code=1
	opens "$([ "$client_wire" = kernel ]; echo $?)" "$([ "$server_wire" = kernel ]; echo $?)" get "$@" || code=1
	kill "$server"
	wait "$server" 2>/dev/null
	want "SHA-256" "$got" "$digest" && return "$code"
}

python_to_curl() {
	python_on "$1" "$3" && fetch inet kernel "$2" "$3" curl
}

native_to_native() {
	local run=(naru run --native)
	on_kernel && run=()
	python_on --native "$1" "$3" && fetch native native "$2" "$3" "${run[@]}" curl
}

nginx_to_curl() {
	local run=(naru run)
	on_kernel && run=()
	nginx_on "$1" "$3" && fetch kernel inet "$2" "$3" "${run[@]}" curl
}

hosts
make_file
result "naru run python3 to curl, IPv4" python_to_curl 0.0.0.0 10.9.0.2 8001
result "naru run python3 to curl, IPv6" python_to_curl :: "[fd09::2]" 8002
result "nginx to naru run curl, IPv4" nginx_to_curl 10.9.0.2 10.9.0.2 8003
result "nginx to naru run curl, IPv6" nginx_to_curl "[fd09::2]" "[fd09::2]" 8004
result "native to native, IPv4" native_to_native 0.0.0.0 10.9.0.2 8005
result "native to native, IPv6" native_to_native :: "[fd09::2]" 8006
finish
