#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# haproxy between curl in A and two of nginx in B: it is on one stack and they on the other. As HTTP, as bare TCP, and with
# splice(2), both ways.
# timeout: 600
. "$(dirname "$0")/lib.sh"

size=$(on_debug 300000 2000000)

configure() {
	mkdir -p "$work/www/in" "$work/tmp"
	chmod 777 "$work/www/in"
	data www/file "$size"
	cat >"$work/nginx.conf" <<-END
		daemon off;
		user root;
		pid $work/nginx.pid;
		error_log stderr;
		events { }
		http {
			access_log off;
			$(printf "%s_temp_path $work/tmp; " client_body proxy fastcgi uwsgi scgi)
			server {
				listen 8001;
				listen [::]:8002;
				root $work/www;
				add_header X-Port \$server_port;
				location /in/ { dav_methods PUT; client_max_body_size 0; }
			}
		}
	END
	sed -e '/^\tlog\>/d; /chroot\|stats\|^\tdaemon/d' -e "s,option\thttplog,," /etc/haproxy/haproxy.cfg >"$work/haproxy.cfg"
	cat >>"$work/haproxy.cfg" <<-END

		frontend web
			bind :80,:::80
			default_backend both
		backend both
			balance roundrobin
			option httpchk HEAD /file
			server one 10.9.2.2:8001 check
			server two [fd09:2::2]:8002 check
		frontend spliced
			bind :81
			option splice-auto
			option splice-request
			option splice-response
			default_backend spliced
		backend spliced
			option splice-request
			option splice-response
			server one 10.9.2.2:8001
		listen bare
			mode tcp
			bind :82
			server one 10.9.2.2:8001
	END
}

get() {
	on "$1" curl -sS --fail --max-time 100 --noproxy '*' "$2/file" -o "$work/got" && same "$work/www/file" "$work/got"
}

put() {
	rm -f "$work/www/in/file"
	on "$1" curl -sS --fail --max-time 100 --noproxy '*' -T "$work/www/file" "$2/in/file" || return
	same "$work/www/file" "$work/www/in/file"
}

# The two take turns
turns() {
	local i
	for i in 1 2 3 4; do
		on "$1" curl -sS --max-time 100 --noproxy '*' -I 10.9.1.254/file | tr -d '\r' | sed -n 's/^x-port: //Ip'
	done | sort | uniq -c | tr -s ' \n' ' ' >"$work/turns"
	want "turns" "$(cat "$work/turns")" " 2 8001 2 8002 "
}

all() {
	local port
	for port in 80 81 82; do
		get "$1" "10.9.1.254:$port" && put "$1" "10.9.1.254:$port" || return
	done
	get "$1" "[fd09:1::fe]:80" && put "$1" "[fd09:1::fe]:80" && turns "$1"
}

# through STACK OTHERS': of the proxy
through() {
	count "$A" "$B" "$R" && all "$2" &&
		opened "$A" "$2" && accepted "$R" "$1" && opened "$R" "$1" && accepted "$B" "$2"
}

haproxy_on() {
	serve_in "$R" "$1" 80 haproxy -db -f "$work/haproxy.cfg" && and_end through "$@"
}

proxy() {
	local web log code=0
	serve "$2" 8001 nginx -c "$work/nginx.conf" -e stderr || return
	web=$server_pid log=$server_log
	haproxy_on "$@" || code=1
	server_pid=$web server_log=$log
	end_server || code=1
	return $code
}

hosts_router
configure
both_ways "nginx behind haproxy, as HTTP, bare and spliced" proxy
conclude
