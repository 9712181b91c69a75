# SPDX-License-Identifier: GPL-2.0
"""Lines of the trace buffer turned into a ladder of segments.

naru's tracepoints tell of the segments and of the states on naru's side; what the other end does is seen in the segments
that come from there, and if it is the kernel's TCP its states are told by sock:inet_sock_set_state.
"""
import re

LINE = re.compile(r'\s(\d+\.\d+): (naru_\w+|inet_sock_set_state): (.*)$')
ENDS = re.compile(r'netns=(\d+) wire=(\d+) local=\[(\S+)\]:(\d+) remote=\[(\S+)\]:(\d+)')
CHANGE = re.compile(r'(\S+) -> (\S+)$')
BY_SENDING = {'SYN-SENT', 'FIN-WAIT-1', 'LAST-ACK'}  # states that are shown beside the SYN or FIN that goes out
KERNEL_NAMES = {'SYN_SENT': 'SYN-SENT', 'SYN_RECV': 'SYN-RECEIVED', 'FIN_WAIT1': 'FIN-WAIT-1',
                'FIN_WAIT2': 'FIN-WAIT-2', 'TIME_WAIT': 'TIME-WAIT', 'CLOSE': 'CLOSED',
                'CLOSE_WAIT': 'CLOSE-WAIT', 'LAST_ACK': 'LAST-ACK'}
STATE_WIDTH = 12
ARROW_WIDTH = 60
MOD = 1 << 32


class Host:
    """One end: its name, whose TCP it runs, its address, the number of its network namespace."""

    def __init__(self, name, stack, addr, netns):
        self.name, self.stack, self.addr, self.netns = name, stack, addr, netns


class Segment:
    """A segment on its way from one side (0: left, 1: right) to the other."""

    def __init__(self, time, side, fields):
        self.time, self.side = time, side
        self.seq, self.ack, self.len = (int(fields[k]) for k in ('seq', 'ack', 'len'))
        self.flags = [f for f in fields['flags'].split(',') if f]
        self.states = ['', '']  # what both ends are in afterwards, where that changes
        self.rel_seq = self.rel_ack = 0

    def has(self, flag):
        return flag in self.flags

    @property
    def end(self):
        return self.seq + self.len + self.has('SYN') + self.has('FIN')

    def text(self):
        words = [','.join(f for f in self.flags if f != 'PSH'), 'seq %d' % self.rel_seq]
        if self.has('ACK'):
            words.append('ack %d' % self.rel_ack)
        if self.len:
            words.append('len %d' % self.len)
        return ' '.join(words)


class Ladder:
    """A connection between two hosts; port is the server's."""

    def __init__(self, left, right, port):
        self.hosts, self.port = (left, right), port
        self.segments, self.waiting = [], ([], [])
        self.isn, self.fin_end = [None, None], [None, None]
        self.now = ['CLOSED', 'CLOSED']
        self.shown = 0
        self.start = None
        self.start_states = None

    # ---- reading ----

    def read(self, lines):
        for line in lines:
            m = LINE.search(line)
            if not m:
                continue
            time, event, rest = float(m[1]), m[2], m[3]
            if event == 'inet_sock_set_state':
                self.kernel_state(rest)
                continue
            ends = ENDS.match(rest)
            if not ends or str(self.port) not in (ends[4], ends[6]):
                continue
            side = [h.netns for h in self.hosts].index(int(ends[1]))
            if event in ('naru_state', 'naru_tw_state'):
                self.naru_state(side, rest, int(ends[6]))
            elif event in ('naru_send', 'naru_receive'):
                self.segment(time, side, event == 'naru_send', rest)

    def naru_state(self, side, rest, remote_port):
        change = CHANGE.search(rest)
        if change and remote_port:
            self.change(side, change[2])

    # The tracepoint does not tell the namespace, and naru's sockets pass by it too: with another protocol
    def kernel_state(self, rest):
        fields = dict(re.findall(r'(\w+)=(\S+)', rest))
        if fields.get('protocol') != 'IPPROTO_TCP' or str(self.port) not in (fields['sport'], fields['dport']):
            return
        for side, host in enumerate(self.hosts):
            if host.stack == 'kernel' and host.addr in (fields['saddr'], fields['saddrv6']) and fields['dport'] != '0':
                name = fields['newstate'].replace('TCP_', '')
                name = KERNEL_NAMES.get(name, name)
                # the kernel too keeps TIME-WAIT in an object of its own: its socket is closed
                if name == 'CLOSED' and self.now[side] in ('FIN-WAIT-2', 'CLOSING'):
                    name = 'TIME-WAIT'
                self.change(side, name)

    def change(self, side, state):
        if state == self.now[side]:
            return
        self.now[side] = state
        if state in BY_SENDING:
            self.waiting[side].append(state)
            return
        for seg in reversed(self.segments):
            if seg.side != side:
                seg.states[side] = state
                return

    def segment(self, time, side, sent, rest):
        if not sent and self.hosts[1 - side].stack != 'kernel':
            return  # seen when the other end sent it
        seg = Segment(time, side if sent else 1 - side, dict(re.findall(r'(\w+)=(\S*)', rest)))
        if seg.has('SYN') and self.isn[seg.side] is None:
            self.isn[seg.side] = seg.seq
        if self.isn[seg.side] is None:
            return
        if self.start is None:
            self.start, self.start_states = time, ['CLOSED', 'CLOSED']
            self.start_states[1 - seg.side] = self.now[1 - seg.side] = 'LISTEN'
        if seg.has('SYN') and seg.has('ACK'):
            self.change(seg.side, 'SYN-RECEIVED')
        seg.rel_seq = (seg.seq - self.isn[seg.side]) % MOD
        if seg.has('ACK') and self.isn[1 - seg.side] is not None:
            seg.rel_ack = (seg.ack - self.isn[1 - seg.side]) % MOD
        if seg.has('FIN'):
            self.fin_end[seg.side] = seg.end % MOD
        if self.waiting[seg.side] and (seg.has('SYN') or seg.has('FIN')):
            seg.states[seg.side] = self.waiting[seg.side].pop()
            self.waiting[seg.side].clear()
        self.segments.append(seg)

    # ---- what must be there ----

    def complete(self):
        """What a whole connection shows and this one does not."""
        missing = []
        for side in (0, 1):
            for flag in ('SYN', 'FIN'):
                if not any(s.side == side and s.has(flag) for s in self.segments):
                    missing.append('no %s from %s' % (flag, self.hosts[side].name))
            if not any(s.states[side] == 'ESTABLISHED' for s in self.segments):
                missing.append('%s never ESTABLISHED' % self.hosts[side].name)
        if not any(s.states[side] == 'TIME-WAIT' for s in self.segments for side in (0, 1)):
            missing.append('no TIME-WAIT at the end')
        return missing

    # ---- printing ----

    def is_step(self, at):
        """Segments that open or close; the rest is data and its acknowledgments."""
        seg = self.segments[at]
        if seg.has('SYN') or seg.has('FIN') or seg.has('RST'):
            return True
        if seg.len:
            return False
        before = self.segments[at - 1]
        if before.has('SYN') and before.side != seg.side:
            return True
        return seg.has('ACK') and seg.ack == self.fin_end[1 - seg.side] and any(seg.states)

    def head(self):
        rows = []
        for host in self.hosts:
            stack = {'kernel': "the kernel's TCP", 'native': 'naru, native'}.get(host.stack, host.stack)
            rows.append(('%s (%s)' % (host.name, stack), host.addr))
        width = STATE_WIDTH + 10 + ARROW_WIDTH + STATE_WIDTH + 4
        for a, b in zip(rows[0], rows[1]):
            yield '  %s%s' % (a, b.rjust(width - len(a) - 2))
        yield '  %s %8s  %s  %s' % ('state'.ljust(STATE_WIDTH), 'ms', ' ' * ARROW_WIDTH, 'state')
        yield self.row(self.start_states[0], None, None, self.start_states[1])

    @staticmethod
    def row(left, ms, middle, right):
        ms = '' if ms is None else '%.2f' % ms
        middle = '|' + ' ' * (ARROW_WIDTH - 2) + '|' if middle is None else middle
        return ('  %s %8s  %s  %s' % (left.ljust(STATE_WIDTH), ms, middle, right)).rstrip()

    @staticmethod
    def arrow(seg):
        text = ' %s ' % seg.text()
        line = text.center(ARROW_WIDTH - 4, '-')
        return '|%s>|' % ('-' + line) if seg.side == 0 else '|<%s|' % (line + '-')

    @staticmethod
    def folded(some):
        """What went in each direction, in the order in which it began."""
        def count(n, what):
            return '%d %s%s' % (n, what, '' if n == 1 else 's')

        sides = []
        for seg in some:
            if seg.side not in sides:
                sides.append(seg.side)
        for side in sides:
            data = [s.len for s in some if s.side == side and s.len]
            acks = sum(1 for s in some if s.side == side and not s.len)
            words = []
            if data:
                words.append('%s bytes in %s' % (format(sum(data), ','), count(len(data), 'segment')))
            if acks:
                words.append(count(acks, 'ACK'))
            text = ('%s  >' if side == 0 else '<  %s') % ' and '.join(words)
            yield '|%s|' % text.center(ARROW_WIDTH - 2)

    def rows(self):
        """Rows of what has been read since the last call."""
        if self.start is None:
            return
        if not self.shown:
            yield from self.head()
        while self.shown < len(self.segments):
            at = self.shown
            seg = self.segments[at]
            if self.is_step(at):
                yield self.row(seg.states[0], (seg.time - self.start) * 1000, self.arrow(seg), seg.states[1])
                self.shown += 1
                continue
            some = []
            while self.shown < len(self.segments) and not self.is_step(self.shown):
                some.append(self.segments[self.shown])
                self.shown += 1
            first = some[0]
            states = [[s.states[side] for s in some if s.states[side]] for side in (0, 1)]
            ms = (first.time - self.start) * 1000
            for text in self.folded(some):
                yield self.row(states[0][-1] if states[0] else '', ms, text, states[1][-1] if states[1] else '')
                states, ms = [[], []], None
