#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""compat.py TABLE: reads what `naru compat -j` says, of which TABLE, of `naru compat -t -j`, has to refuse everything."""
import json
import sys

rows = {(row["what"], row.get("level"), row["name"]): row for row in json.load(open(sys.argv[1]))}
wrong = False
for refused in json.load(sys.stdin):
    what = "option" if refused["call"] in ("setsockopt", "getsockopt") else refused["call"]
    row = rows.get((what, refused.get("level"), refused["name"]))
    # Which of the two it was is not told: both have to refuse it so, or there is no such thing of the other
    verdicts = {row["stream"], row["dgram"]} - {"-"} if row else set()
    fine = verdicts == {refused["errno"]} or row and refused["errno"] in row["why"]
    print("as the table says:" if fine else "not in the table:", refused)
    wrong |= not fine
sys.exit(wrong)
