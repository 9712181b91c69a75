# SPDX-License-Identifier: GPL-2.0
# For options: reads the list, then the kernel's headers, then the tests that go through it, then the other tests.

function fault(what) {
	faults[++nfaults] = what
}

# NARU_OPTION(level, name, number, stream, dgram, "why"), which may go on in a second line
function read_row(line, f, n, kind) {
	kind = line
	sub(/\(.*/, "", kind)
	sub(/^[A-Z_]*\(/, "", line)
	n = split(line, f, /, */)
	if (n < 6) {
		fault("no row: " line)
		return
	}
	if ((kind, f[1], f[2]) in number)
		fault(f[1] " " f[2] ": twice in the list")
	order[++rows] = kind SUBSEP f[1] SUBSEP f[2]
	number[kind, f[1], f[2]] = f[3]
	verdict["streams", kind, f[1], f[2]] = f[4]
	verdict["datagrams", kind, f[1], f[2]] = f[5]
	has_reason[kind, f[1], f[2]] = line !~ /""\)$/
	kinds[kind] = 1
}

# Names in the headers that are no options but values, structures or limits of some
function is_value(name) {
	return name ~ /^(IP|IPV6)_PMTUDISC_|^IP_DEFAULT_|^IPV6_(FL|SRCRT|PRIORITY|TLV|PREFER|OPT)_|^IPV6_FLOWINFO_(FLOWLABEL|PRIORITY)$/ ||
	       name ~ /^TCP_(MSS|REPAIR_O|FLAG|MD5SIG_MAX|MD5SIG_FLAG|AO_MAX|AO_KEYF|RECEIVE_ZEROCOPY)/ ||
	       name ~ /^UDP_ENCAP_|^MCAST_(EXCLUDE|INCLUDE)$/
}

function level_of(name, file) {
	if (name ~ /^SO_/ && file ~ /socket\.h$/)
		return "SOL_SOCKET"
	if (name ~ /^(IP|MCAST)_/ && file ~ /\/in\.h$/)
		return "SOL_IP"
	if (name ~ /^IPV6_/ && file ~ /in6\.h$/)
		return "SOL_IPV6"
	if (name ~ /^TCP_/ && file ~ /tcp\.h$/)
		return "SOL_TCP"
	if (name ~ /^UDP_/ && file ~ /udp\.h$/)
		return "SOL_UDP"
	return ""
}

function read_define(name, value, level) {
	level = level_of(name, FILENAME)
	if (level == "" || value !~ /^[0-9]+$/ || is_value(name))
		return
	known++
	if (!(("NARU_OPTION", level, name) in number))
		fault(level " " name ": Linux has it, and the list does not")
	else if (number["NARU_OPTION", level, name] != value)
		fault(level " " name ": is " value ", not " number["NARU_OPTION", level, name])
}

# A name, and what stands for it in programs: SO_TIMESTAMP for SO_TIMESTAMP_OLD
function read_names(line, word) {
	while (match(line, /(SO|SCM|IP|IPV6|MCAST|TCP|UDP|MSG|SIOC|FIO)[A-Z0-9_]+/)) {
		named[substr(line, RSTART, RLENGTH)] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}

function is_named(name, short) {
	short = name
	sub(/_(OLD|NEW)$/, "", short)
	return (name in named) || (short in named)
}

function is_errno(v) {
	return v !~ /^(HONOURED|CORE|NONE)$/
}

function count(of, i, v, n) {
	split("", n)
	for (i = 1; i <= rows; i++) {
		v = verdict[of, order[i]]
		n[is_errno(v) ? "refused" : v]++
	}
	printf "%s: %d honoured, %d left to core, %d refused\n", of, n["HONOURED"], n["CORE"], n["refused"]
}

FNR == NR {
	if (/^NARU_[A-Z]+\(.*,$/) {
		begun = $0
		next
	}
	if (begun != "") {
		sub(/^[ \t]+/, "")
		$0 = begun " " $0
		begun = ""
	}
	if (/^NARU_[A-Z]+\(/)
		read_row($0)
	next
}
/^#define/ && FILENAME ~ /include\/uapi\// && index(FILENAME, uapi) == 1 {
	read_define($2, $3)
	next
}
FILENAME ~ /options_walk/ {
	if (/^#define NARU_[A-Z]+\(/) {
		sub(/\(.*/, "", $2)
		walked[$2] = 1
	}
	if (/#include ".*option_list\.h"/)
		included = 1
	next
}
FILENAME ~ /^selftests\// {
	read_names($0)
}

END {
	for (kind in kinds)
		if (!included || !(kind in walked))
			fault(kind ": no test goes through these rows")
	for (i = 1; i <= rows; i++) {
		split(order[i], f, SUBSEP)
		s = verdict["streams", order[i]]
		d = verdict["datagrams", order[i]]
		if ((is_errno(s) || is_errno(d)) && !has_reason[order[i]])
			fault(f[2] " " f[3] ": refused without a reason")
		if (s != "HONOURED" && d != "HONOURED")
			continue
		honoured++
		if (is_named(f[3]))
			seen++
		else
			unseen = unseen " " f[3]
	}
	if (!known)
		fault("the headers have no options")
	for (i = 1; i <= nfaults; i++)
		print "options: " faults[i]
	if (!quiet) {
		print rows " rows, each in a test; the effect of " seen " of " honoured " that are honoured in one of its own"
		if (verbose && unseen != "")
			print "without one:" unseen
		count("streams")
		count("datagrams")
	}
	exit nfaults > 0
}
