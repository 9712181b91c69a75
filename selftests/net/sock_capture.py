# SPDX-License-Identifier: GPL-2.0
"""Segments that passed an interface, and what follows from them for an end of a connection."""
import collections
import socket
import struct
import time

Segment = collections.namedtuple('Segment', 'time sent ports seq ack flags window size options tos')
FIN, SYN, ACK, ECE = 1, 2, 16, 64
ETH_P_ALL, PACKET_OUTGOING, SO_RCVBUFFORCE, SO_TIMESTAMPNS = 3, 4, 33, 35


def options_of(raw):
    found = {}
    while raw and raw[0]:
        if raw[0] == 1:
            raw = raw[1:]
            continue
        found[raw[0]] = raw[2:raw[1]]
        raw = raw[raw[1]:]
    return found


def segment_of(frame, stamp, sent):
    ip = frame[14:]
    th = ip[(ip[0] & 15) * 4:struct.unpack_from('!H', ip, 2)[0]]
    sport, dport, seq, ack, offset, flags, window = struct.unpack_from('!HHIIBBH', th)
    head = (offset >> 4) * 4
    return Segment(stamp, sent, (sport, dport), seq, ack, flags, window, len(th) - head, options_of(th[20:head]), ip[1])


class Capture:
    """Of IPv4 TCP; it was opened in the namespace that the caller was in then"""
    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.setblocking(False)
        self.segments = []

    def read(self):
        """All that has passed until now"""
        while True:
            try:
                frame, ancillary, _, address = self.socket.recvmsg(65536, 64)
            except BlockingIOError:
                return self.segments
            seconds, ns = struct.unpack('qq', ancillary[0][2])
            if frame[12:14] == b'\x08\0' and frame[23] == socket.IPPROTO_TCP:
                self.segments.append(segment_of(frame, seconds + ns / 1e9, address[2] == PACKET_OUTGOING))


def offset(number, first):
    """A sequence number as bytes behind the first"""
    return (number - first + (1 << 31)) % (1 << 32) - (1 << 31)


class Facts:
    """What one end of a connection sent and got; the first byte of its data is number 1, its SYN number 0"""
    def __init__(self, segments, local, remote, active):
        self.active = active
        self.sent = [s for s in segments if s.ports == (local, remote)]
        self.got = [s for s in segments if s.ports == (remote, local)]
        self.syn, self.peer_syn = ([s for s in way if s.flags & SYN][0] for way in (self.sent, self.got))
        self.data = [(offset(s.seq, self.syn.seq), s) for s in self.sent if s.size]
        self.got_data = [(offset(s.seq, self.peer_syn.seq), s) for s in self.got if s.size]
        self.acked = max(offset(s.ack, self.syn.seq) for s in self.got if s.flags & ACK)
        self.count_data()
        self.count_got()

    def count_data(self):
        """What was sent first, and what again"""
        self.next, self.again, self.bytes_again, self.first_sent = 1, [], 0, {}
        for seq, s in self.data:
            if seq >= self.next:
                self.first_sent[seq] = s
            else:
                self.again.append(s)
                self.bytes_again += min(self.next, seq + s.size) - seq
            self.next = max(self.next, seq + s.size)

    def count_got(self):
        """What came in order, and how much before what is missing"""
        self.got_next, waiting, self.disordered = 1, {}, 0
        for seq, s in self.got_data:
            self.disordered += seq > self.got_next
            waiting[seq] = max(s.size, waiting.get(seq, 0))
            while any(at <= self.got_next < at + size for at, size in waiting.items()):
                self.got_next = max(at + size for at, size in waiting.items() if at <= self.got_next)

    def scaled(self, s, syn):
        """A segment's window in bytes"""
        both = 3 in self.syn.options and 3 in self.peer_syn.options
        return s.window << (syn.options[3][0] if both and not s.flags & SYN else 0)

    def window_got(self):
        return self.scaled(self.got[-1], self.peer_syn)

    def window_sent(self):
        return self.scaled(self.sent[-1], self.syn)

    def blocks(self, s):
        raw = s.options.get(5, b'')
        return [tuple(offset(n, self.syn.seq) for n in struct.unpack_from('!II', raw, at)) for at in range(0, len(raw), 8)]

    def dsacks(self):
        """Blocks of what had come before: RFC 2883 4"""
        count = 0
        for s in self.got:
            blocks, ack = self.blocks(s), offset(s.ack, self.syn.seq)
            count += bool(blocks) and (blocks[0][0] < ack or any(
                a <= blocks[0][0] and blocks[0][1] <= b for a, b in blocks[1:2]))
        return count

    def sacked(self):
        """Segments that the peer has, behind one that it has not"""
        ranges = [block for s in self.got for block in self.blocks(s)]
        return sum(1 for seq, s in self.first_sent.items()
                   if seq >= self.acked and any(a <= seq and seq + s.size <= b for a, b in ranges))

    def unacked(self):
        return sum(seq + s.size > self.acked for seq, s in self.first_sent.items())

    def option(self, number):
        """Both SYNs have it"""
        return number in self.syn.options and number in self.peer_syn.options

    def mss(self, syn):
        """What a SYN's option leaves for data besides timestamps"""
        return struct.unpack('!H', syn.options[2])[0] - 12 * self.option(8)

    def ecn(self):
        """RFC 3168 6.1.1"""
        first, second = (self.syn, self.peer_syn) if self.active else (self.peer_syn, self.syn)
        return first.flags & 0xc0 == 0xc0 and second.flags & 0xc0 == ECE

    def marked(self):
        """Segments that an ACK with ECE acknowledged, once a connection is open"""
        count, before = 0, 1
        for s in self.got:
            ack = offset(s.ack, self.syn.seq)
            if s.flags & ECE and not s.flags & SYN:
                count += sum(before < seq + first.size <= ack for seq, first in self.first_sent.items())
            before = max(before, ack)
        return count


def now():
    return time.clock_gettime(time.CLOCK_REALTIME)
