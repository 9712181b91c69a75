# SPDX-License-Identifier: GPL-2.0
# Reads a log of suite and prints "pass|fail|skip|odd-skip NAME", one line per result. Variables: where (the kernel),
# tests (the names that had to run, separated by blanks), skips (the file of expected skips: KERNEL-REGEXP TEST-REGEXP).

BEGIN {
	while ((getline line < skips) > 0)
		if (line !~ /^#/ && split(line, f, " ") >= 2) {
			skip_where[++nskips] = f[1]
			skip_what[nskips] = f[2]
		}
	wanted = split(tests, want, " ")
}

function skip(what, i) {
	for (i = 1; i <= nskips; i++)
		if (where ~ "^(" skip_where[i] ")$" && what ~ skip_what[i]) {
			print "skip " where " " what
			return
		}
	print "odd-skip " where " " what
}

function end_of_test(code) {
	if (code == 4 && !results)
		skip(test)
	else if (plan >= 0 && plan != results)
		print "fail " where " " test ": planned " plan " results, gave " results
	else if (!results)
		print "fail " where " " test ": no result, exit code " code
	else if (code != 0 && !failures)
		print "fail " where " " test ": exit code " code " without a failed result"
	test = ""
}

/^@@ run / {
	if (test != "")
		print "fail " where " " test ": did not end"
	test = $3
	plan = -1
	results = failures = 0
	next
}

/^@@ end / { seen[$3] = 1; end_of_test($4); next }

test == "" { next }

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; if (plan == 0 && / # SKIP/) plan = -1; next }

/^(not )?ok [0-9]+/ {
	results++
	what = test " " $0
	sub(/ (not )?ok [0-9]+( -)?/, "", what)
	if (/# SKIP/)
		skip(what)
	else if (/^ok/)
		print "pass " where " " what
	else {
		failures++
		print "fail " where " " what
	}
}

END {
	if (test != "")
		print "fail " where " " test ": did not end"
	for (i = 1; i <= wanted; i++)
		if (!seen[want[i]] && want[i] != test)
			print "fail " where " " want[i] ": did not run"
}
