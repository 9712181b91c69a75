# SPDX-License-Identifier: GPL-2.0
"""monitor_replay.py EVENTS SOCKETS: what naru monitor -s -j told is followed from the first line to the last; each event
has come or was told to be lost, and what is known at the end is what naru sock -a -j tells. Prints how many events there
were, how many were lost, how often, and how many sockets there are."""
import json
import sys


def endpoints(row):
    return row['wire'], str(row['local']), str(row['remote'])


class Reader:
    def __init__(self):
        self.sockets, self.next, self.told, self.lost, self.gaps, self.stale = {}, None, 0, 0, 0, True
        self.group = None

    def put(self, row):
        """A socket has a number; TIME-WAIT has another, and takes the place of the connection"""
        if row['new'] in ('CLOSED', 'UNCONN'):
            self.sockets.pop(row['id'], None)
            return
        if row['new'] == 'TIME-WAIT':
            same = [i for i, other in self.sockets.items() if endpoints(other) == endpoints(row)]
            for i in same:
                del self.sockets[i]
        self.sockets[row['id']] = row

    def missing(self, row):
        assert self.next in (None, row['seq']), (self.next, row)
        assert row['lost'] > 0 and row['group'] == 'sock', row
        self.next = row['seq'] + row['lost']
        self.lost += row['lost']
        self.gaps += 1
        self.stale = True

    def resync(self, row):
        if row['resync'] == 'begin':
            self.group = row['group']
        if self.group != 'sock':
            return
        if row['resync'] == 'begin':
            self.sockets = {}
        elif row['resync'] == 'row':
            self.put(row)
        else:
            self.stale = False

    def event(self, row):
        assert self.next in (None, row['seq']), (self.next, row)
        self.next = row['seq'] + 1
        self.told += 1
        self.put(row)

    def take(self, row):
        if 'lost' in row:
            self.missing(row)
        elif 'resync' in row:
            self.resync(row)
        else:
            self.event(row)


reader = Reader()
for line in open(sys.argv[1]):
    reader.take(json.loads(line))
assert not reader.stale
truth = {row['id']: (row['state'], endpoints(row)) for row in json.load(open(sys.argv[2]))
         if row['state'] not in ('CLOSED', 'UNCONN', 'SYN-RECEIVED')}
known = {i: (row['new'], endpoints(row)) for i, row in reader.sockets.items()}
assert truth == known, 'truth %s, known %s' % (truth, known)
print(reader.told, reader.lost, reader.gaps, len(truth))
