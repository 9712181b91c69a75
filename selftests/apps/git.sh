#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# git over http (nginx and git-http-backend), ssh and git's own protocol: clone, push, fetch.
# timeout: 900
. "$(dirname "$0")/ssh_lib.sh"

files=$(on_debug 50 300)
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0

make_repository() {
	local i
	cat >"$GIT_CONFIG_GLOBAL" <<-END
		[user]
			name = A User
			email = user@naru.example
		[init]
			defaultBranch = main
		[safe]
			directory = *
		[http]
			receivepack = true
	END
	git init -q "$work/origin" || exit 1
	for ((i = 0; i < files; i++)); do
		data "origin/$i" $((i * 50))
	done
	commit "$work/origin" one
	data origin/large "$(on_debug 200000 2000000)"
	commit "$work/origin" two
	git clone -q --bare "$work/origin" "$work/new.git" || exit 1
}

commit() {
	git -C "$1" add . && git -C "$1" commit -q -m "$2" || exit 1
}

head_of() {
	git -C "$1" rev-parse main
}

clone_push_fetch() {
	local stack=$1 url=$2
	rm -rf "$work/one" "$work/two"
	on "$stack" git clone -q "$url" "$work/one" || return
	on "$stack" git clone -q "$url" "$work/two" || return
	git -C "$work/one" fsck --strict && want "what was cloned" "$(head_of "$work/one")" "$(head_of "$work/served.git")" ||
		return
	data one/new 300000
	commit "$work/one" "from there"
	on "$stack" git -C "$work/one" push -q origin main || return
	want "what was pushed" "$(head_of "$work/served.git")" "$(head_of "$work/one")" || return
	on "$stack" git -C "$work/two" pull -q || return
	want "what was fetched" "$(head_of "$work/two")" "$(head_of "$work/one")" && same "$work/one/new" "$work/two/new"
}

fresh() {
	rm -rf "$work/served.git"
	cp -r "$work/new.git" "$work/served.git"
	git -C "$work/served.git" config http.receivepack true
}

over_ssh() {
	fresh
	sshd_on "$1" || return
	export GIT_SSH_COMMAND="ssh ${ssh_options[*]}"
	served "$1" "$2" clone_push_fetch "$2" "ssh://10.9.0.2$work/served.git"
}

over_git() {
	fresh
	serve "$1" 9418 git daemon --export-all --enable=receive-pack --base-path="$work" --reuseaddr || return
	served "$1" "$2" clone_push_fetch "$2" "git://10.9.0.2/served.git"
}

configure_web() {
	mkdir -p "$work/tmp"
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
				listen 80;
				listen [::]:80;
				location / {
					client_max_body_size 0;
					include /etc/nginx/fastcgi_params;
					fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
					fastcgi_param GIT_PROJECT_ROOT $work;
					fastcgi_param GIT_HTTP_EXPORT_ALL 1;
					fastcgi_param PATH_INFO \$uri;
					fastcgi_param HTTP_CONTENT_ENCODING \$http_content_encoding;
					fastcgi_param REMOTE_USER user;
					fastcgi_pass unix:$work/fcgi;
				}
			}
		}
	END
}

web() {
	wait_for 30 test -S "$work/fcgi" && serve "$1" 80 nginx -c "$work/nginx.conf" -e stderr &&
		served "$1" "$2" clone_push_fetch "$2" "http://[fd09::2]/served.git"
}

over_http() {
	local code=0 fcgi log
	fresh
	rm -f "$work/fcgi"
	server_in "$B" fcgiwrap -s "unix:$work/fcgi" -f
	fcgi=$server_pid log=$server_log
	web "$@" || code=1
	server_pid=$fcgi server_log=$log
	end_server || code=1
	return $code
}

hosts
ssh_keys
make_repository
configure_web
both_ways "http" over_http
both_ways "ssh" over_ssh
both_ways "git's own protocol" over_git
conclude
