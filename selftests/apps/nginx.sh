#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# nginx, configured as Debian does, with its workers and sendfile; curl fetches files and sends one, wrk asks for many at
# once and looks at each answer.
# timeout: 300
. "$(dirname "$0")/lib.sh"

size=$(on_debug 300000 1000000)
seconds=1

configure() {
	mkdir -p "$work/www/in"
	data www/file "$size"
	data www/small 3000
	chmod 777 "$work/www/in" "$work"
	cat >"$work/site" <<-END
		server {
			listen 80 default_server;
			listen [::]:80 default_server;
			root $work/www;
			location /in/ {
				dav_methods PUT;
				client_max_body_size 100m;
			}
		}
	END
	printf "%s_temp_path $work/tmp;\n" client_body proxy fastcgi uwsgi scgi >"$work/temp"
	sed -e "s,^pid .*,pid $work/nginx.pid;," -e "s,/var/log/nginx,$work," -e "s,include /etc/nginx/conf.d/.*,," \
		-e "s,include /etc/nginx/sites-enabled/.*,include $work/site;," \
		-e "/^http {/r $work/temp" /etc/nginx/nginx.conf >"$work/nginx.conf"
	# A thread of wrk's ends the program where an answer is not what it has to be
	cat >"$work/look.lua" <<-END
		local file = io.open("$work/www/small", "rb")
		local small = file:read("*a")
		function response(status, headers, body)
		    if status ~= 200 or body ~= small then
		        print("an answer is wrong: " .. status .. ", " .. #body .. " bytes")
		        os.exit(1)
		    end
		end
	END
}

get() {
	local stack=$1 host=$2
	on "$stack" curl -sS --max-time 100 --noproxy '*' "http://$host/file" -o "$work/got" || return
	same "$work/www/file" "$work/got"
}

put() {
	local stack=$1 host=$2
	rm -f "$work/www/in/file"
	on "$stack" curl -sS --fail --max-time 100 --noproxy '*' -T "$work/www/file" "http://$host/in/file" || return
	same "$work/www/file" "$work/www/in/file"
}

many() {
	on "$1" wrk -t 2 -c 10 -d $seconds --timeout 60 -s "$work/look.lua" "http://$2/small" >"$work/wrk" || {
		cat "$work/wrk"
		return 1
	}
	cat "$work/wrk"
	! grep -qE 'Socket errors|Non-2xx' "$work/wrk" && grep -qE '^ *[1-9][0-9]* requests in' "$work/wrk"
}

all() {
	get "$1" 10.9.0.2 && get "$1" "[fd09::2]" && put "$1" 10.9.0.2 && put "$1" "[fd09::2]" && many "$1" 10.9.0.2
}

web() {
	serve "$1" 80 nginx -c "$work/nginx.conf" -e stderr -g 'daemon off;' && served "$1" "$2" all "$2"
}

hosts
configure
both_ways "curl fetches and sends, wrk" web
conclude
