# SPDX-License-Identifier: GPL-2.0
# For requirements: reads the table, then kmod/, then the tests, then results if there are any. A citation belongs to
# what begins at the margin between it and the last "}" there: to the function whose comment or body has it.

function fault(what) {
	faults[++nfaults] = what
}

function ids_in(line, found, n) {
	n = 0
	while (match(line, /(MUST|SHLD|MAY|REC)-[0-9]+[a-c]?/)) {
		found[++n] = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
	}
	return n
}

# What several ids share is cited without their letter
function base(id) {
	sub(/[a-c]$/, "", id)
	return id
}

function read_row(n, i) {
	n = split($0, f, "\t")
	if (n != 7) {
		fault("line " FNR " of the table: " n " columns, not 7")
		return
	}
	if (f[1] in level)
		fault(f[1] ": twice in the table")
	order[++rows] = f[1]
	level[f[1]] = f[2]
	state[f[1]] = f[3]
	code[f[1]] = f[5]
	tests[f[1]] = f[6]
	reason[f[1]] = f[7]
	known[f[1]] = known[base(f[1])] = 1
	n = split(f[6], t, "; ")
	for (i = 1; i <= n; i++)
		wanted[t[i]] = 1
}

function end_of_chunk(file, names, i, n, j) {
	n = split(heads, names, /[^A-Za-z0-9_]+/)
	for (i = 1; i <= n; i++) {
		defined[file ":" names[i]] = 1
		for (j = 1; j <= ncited; j++)
			cites[file ":" names[i], cited[j]] = 1
	}
	heads = ""
	ncited = 0
}

function read_code(file, found, n, i) {
	file = substr(FILENAME, 6)
	if (FNR == 1)
		end_of_chunk(last_code)
	last_code = file
	n = ids_in($0, found)
	for (i = 1; i <= n; i++) {
		cited[++ncited] = found[i]
		if (!(found[i] in known))
			fault(FILENAME ":" FNR ": " found[i] " is not in the table")
	}
	if (/^[A-Za-z_#]/)
		heads = heads " " $0
	else if (/^}/)
		end_of_chunk(file)
}

# TEST_F(fixture, name) and TEST(name); the names of shell tests are in quotes or made of variables, so any place counts
function read_test(file, name) {
	file = FILENAME
	sub(/^selftests\//, "", file)
	if (file ~ /\.sh$/) {
		for (name in wanted)
			if (index(name, file " ") == 1 && index($0, substr(name, length(file) + 2)))
				present[name] = 1
		return
	}
	if (!/^TEST(_F)?\(/)
		return
	name = $0
	sub(/^TEST(_F)?\(([a-z0-9_]+, )?/, "", name)
	sub(/\).*/, "", name)
	sub(/\.c$/, "", file)
	sub(/^unit\/.*/, "unit", file)
	present[file " " name] = 1
}

# "wire/send: did not end" is about all tests of that program
function is_of_all(name, test, colon) {
	colon = index(name, ":")
	return colon && index(test, substr(name, 1, colon - 1) " ") == 1
}

# "pass 6.12 wire/send wire.inet_v4.nagle", "fail user unit NAME"
function read_result(verdict, name, whole) {
	verdict = $1
	whole = $0
	sub(/^[^ ]+ [^ ]+ /, "", whole)
	name = whole
	if (name !~ /^net\//)
		sub(/ [a-z0-9_]+\.([a-z0-9_]+\.)?/, " ", name)
	for (whole in wanted)
		if (whole == name || (name ~ /^net\// && index(name, whole) == 1)) {
			if (verdict == "pass")
				passed[whole] = 1
			else if (verdict != "skip")
				failed[whole] = 1
		} else if (verdict == "fail" && is_of_all(name, whole)) {
			failed[whole] = 1
		}
}

FNR == 1 { nth++ }
nth == 1 { if (!/^#/) read_row(); next }
FILENAME ~ /^kmod\// { read_code(); next }
FILENAME ~ /^selftests\// { read_test(); next }
{ read_result() }

function check_code(id, refs, i, n) {
	n = code[id] == "-" ? 0 : split(code[id], refs, " ")
	if (!n && state[id] == "met")
		fault(id ": met, but by no code")
	for (i = 1; i <= n; i++) {
		if (!(refs[i] in defined))
			fault(id ": there is no " refs[i])
		else if (!((refs[i], id) in cites) && !((refs[i], base(id)) in cites))
			fault(id ": " refs[i] " does not cite it")
	}
}

# Returns what the results say of them
function check_tests(id, names, i, n, verdict) {
	n = tests[id] == "-" ? 0 : split(tests[id], names, "; ")
	if (!n && state[id] == "met")
		fault(id ": met, but no test shows it")
	verdict = "met"
	for (i = 1; i <= n; i++) {
		if (!(names[i] in present))
			fault(id ": there is no test \"" names[i] "\"")
		if (names[i] in failed)
			verdict = "failed"
		else if (!(names[i] in passed) && verdict != "failed")
			verdict = "not run"
	}
	return verdict
}

function check_row(id, verdict) {
	if (id !~ /^(MUST|SHLD|MAY|REC)-[0-9]+[a-c]?$/)
		fault(id ": not an id")
	if (level[id] !~ /^(MUST|SHOULD|MAY)( NOT)?$/)
		fault(id ": not a level: " level[id])
	if (state[id] !~ /^(met|excused|open)$/)
		fault(id ": not a state: " state[id])
	if (state[id] != "met" && reason[id] == "-")
		fault(id ": " state[id] ", but why?")
	if (state[id] == "excused" && reason[id] !~ /^[A-Z0-9]\.[0-9.]*[0-9]/)
		fault(id ": excused, but by which clause?")
	check_code(id)
	verdict = check_tests(id)
	return state[id] == "met" && results != "" ? verdict : state[id]
}

END {
	end_of_chunk(last_code)
	if (!rows)
		fault("the table is empty")
	for (i = 1; i <= rows; i++) {
		id = order[i]
		verdict = check_row(id)
		count[verdict]++
		if (verdict == "failed")
			nfailed++
		if (!quiet)
			printf "%-8s %-10s %-8s %s  %s%s\n", id, level[id], verdict, code[id], tests[id],
				reason[id] == "-" ? "" : "  (" reason[id] ")"
	}
	for (i = 1; i <= nfaults; i++)
		print "fault: " faults[i]
	if (!quiet) {
		printf "%d requirements: %d met, %d excused, %d open", rows, count["met"], count["excused"], count["open"]
		if (results != "")
			printf ", %d failed, %d not run", count["failed"], count["not run"]
		printf "%s\n", nfaults ? ", " nfaults " faults" : ""
	}
	exit nfaults || nfailed ? 1 : 0
}
