# SPDX-License-Identifier: GPL-2.0
"""netstat_same.py TABLE: a table of netstat's in which nothing stands that differs from one time to the next: what the
kernel picks (ports, numbers of inodes and processes) and what runs on (seconds, how often a SYN went). Rows are sorted
within a protocol. Each keeps its width."""
import re
import sys

PICKED = re.compile(r':(3[2-9]|[45]\d|60)\d{3}\b')
TIMER = re.compile(r'\(\d+\.\d\d/(\d+)/(\d+)\)')


def column(row, heading, title, width, text):
    """In that column, if there is one, what TEXT makes of it"""
    at = heading.find(title)
    return row if at < 0 else row[:at] + text(row[at:at + width].rstrip()).ljust(width) + row[at + width:]


def picked(row, heading):
    row = PICKED.sub(lambda m: ':' + 'P' * (len(m.group(0)) - 1), row)
    row = TIMER.sub(lambda m: '(S/%s/%s)' % ('N' if ' on (' in row else m.group(1), m.group(2)), row)
    row = column(row, heading, 'Inode', 10, lambda text: text if text == '0' else 'INODE')
    return column(row, heading, 'PID/', 20, lambda text: re.sub(r'^\d+/', 'PID/', text))


lines = open(sys.argv[1]).read().split('Active UNIX')[0].splitlines()
rows = lines[:2] + [picked(line, lines[1]) for line in lines[2:]]
protos = [row.split()[0] for row in rows[2:]]
order = sorted(set(protos), key=protos.index)
print(*rows[:2], sep='\n')
for proto in order:
    print(*sorted(row for row in rows[2:] if row.split()[0] == proto), sep='\n')
assert protos == sorted(protos, key=order.index), protos
