# SPDX-License-Identifier: GPL-2.0
"""A connection that crosses a NAT: each of its packets as the client's side and as the server's side have it."""

END_WIDTH = 42
HEAD_WIDTH = 9


class Packet:
    """A line of tap.py's."""

    def __init__(self, line):
        self.dev, self.way, self.source, self.target, flags, size, self.seq = line.split()
        self.flags, self.size = flags.split(','), int(size)

    def same_as(self, other):
        """What no NAT changes; sequence numbers tell the sides apart."""
        return (self.flags, self.size, self.seq) == (other.flags, other.size, other.seq)


class Crossing:
    """Of a connection that begins with the first SYN. It has the packets in pairs: how one came, and how it left."""

    def __init__(self, lines):
        self.pairs, self.waiting = [], []
        for line in lines:
            packet = Packet(line)
            if packet.way == 'in':
                self.waiting.append(packet)
                continue
            came = next((p for p in self.waiting if p.same_as(packet)), None)
            if came:
                self.waiting.remove(came)
                self.pairs.append((came, packet))
        self.client = self.pairs[0][0].source if self.pairs else None

    def by_client(self, pair):
        return pair[0].source == self.client

    def steps(self, flag, by_client):
        return [p for p in self.pairs if flag in p[0].flags and self.by_client(p) == by_client]

    def whole(self):
        """Opened and closed by both, and all that came has left; the last ACK may be on its way."""
        return (all(p.flags == ['ACK'] and not p.size for p in self.waiting) and
                all(self.steps(f, by) for f in ('SYN', 'FIN') for by in (True, False)))

    def views(self):
        """The client's and the server's endpoints: those that either side has to do with, a set for each side."""
        client, server = set(), set()
        for pair in self.pairs:
            came, left = pair
            if self.by_client(pair):
                client.add((came.source, came.target))
                server.add((left.source, left.target))
            else:
                server.add((came.target, came.source))
                client.add((left.target, left.source))
        return client, server

    def rows(self):
        """Those that open and close, and those with data."""
        for pair in self.pairs:
            came, left = pair
            if came.flags == ['ACK'] and not came.size:
                continue
            what = '%d bytes' % came.size if came.size else ','.join(came.flags)
            if self.by_client(pair):
                ends = ('%s > %s' % (p.source, p.target) for p in (came, left))
            else:
                ends = ('%s < %s' % (p.target, p.source) for p in (left, came))
            yield '  %s  %s  %s' % (next(ends).ljust(END_WIDTH), what.center(HEAD_WIDTH), next(ends))
