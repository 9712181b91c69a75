# SPDX-License-Identifier: GPL-2.0
# Reads a log of suite and prints what was said about each result that failed: the notes before it (harness tests) and
# behind it (shell tests), the last 12 and the first 12 of them.

/^#/ {
	if (behind > 0) {
		behind--
		print
	} else {
		notes[++num] = $0
	}
	next
}

/^not ok / {
	for (i = num > 12 ? num - 11 : 1; i <= num; i++)
		print notes[i]
	print
	behind = 12
	num = 0
	next
}

{ behind = num = 0 }
