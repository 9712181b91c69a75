#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# PostgreSQL: a table with large values goes out and comes back, pgbench's sums agree, a notification arrives.
# timeout: 900
. "$(dirname "$0")/lib.sh"

bin=$(echo /usr/lib/postgresql/*/bin)
times=$(on_debug 10 50)
export PGUSER=postgres PGCONNECT_TIMEOUT=60

as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)

make_cluster() {
	mkdir "$work/pg"
	chown postgres: "$work/pg"
	(cd / && "${as_postgres[@]}" "$bin/initdb" -A trust -N -D "$work/pg/data") >"$work/initdb" 2>&1 || {
		cat "$work/initdb"
		exit 1
	}
	printf 'host all all %s trust\n' 10.9.0.0/24 fd09::/64 >>"$work/pg/data/pg_hba.conf"
}

postgres_on() {
	(cd / && cat "$work/pg/data/postmaster.pid") 2>/dev/null
	serve "$1" 5432 "${as_postgres[@]}" "$bin/postgres" -D "$work/pg/data" -c "listen_addresses=*" \
		-c "unix_socket_directories=$work/pg" && wait_for 100 b "$bin/pg_isready" -q -h "$work/pg"
}

# sql STACK COMMAND [OPTION]...
sql() {
	on "$1" "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -h "${3:-10.9.0.2}" -c "$2" postgres
}

values() {
	sql "$1" "drop table if exists v; create table v (n int primary key, t text)" || return
	sql "$1" "\\copy v from '$work/rows'" fd09::2 || return
	sql "$1" "\\copy (select * from v order by n) to '$work/back'" || return
	same "$work/rows" "$work/back" || return
	want "notified" "$(sql "$1" "listen c; notify c, 'word'" | grep -o 'payload "word"')" 'payload "word"'
}

benchmark() {
	on "$1" "$bin/pgbench" -h 10.9.0.2 -i -q -s 1 postgres >"$work/bench" 2>&1 &&
		on "$1" "$bin/pgbench" -h 10.9.0.2 -n -c 6 -j 2 -t "$times" postgres >>"$work/bench" 2>&1 || {
		cat "$work/bench"
		return 1
	}
	want "transactions" "$(sql "$1" "select count(*) from pgbench_history")" $((6 * times)) || return
	want "sums that differ" "$(sql "$1" "select count(distinct s) - 1 from (
		select sum(abalance) s from pgbench_accounts union all select sum(tbalance) from pgbench_tellers union all
		select sum(bbalance) from pgbench_branches union all select sum(delta) from pgbench_history) x")" 0
}

# A connection that stays while others come and go is told of by the server's own view
sees_itself() {
	want "the client, as the server sees it" "$(sql "$1" \
		"select client_addr from pg_stat_activity where pid = pg_backend_pid()")" 10.9.0.1
}

all() {
	sees_itself "$1" && values "$1" && benchmark "$1"
}

postgres() {
	postgres_on "$1" && served "$1" "$2" all "$2"
}

make_rows() {
	local i
	for i in {1..30}; do
		printf '%d\t%s\n' "$i" "$(head -c $((i * 1000)) /dev/urandom | base64 -w 0)"
	done >"$work/rows"
}

hosts
make_cluster
make_rows
both_ways "psql and pgbench" postgres
conclude
