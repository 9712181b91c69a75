# SPDX-License-Identifier: GPL-2.0
"""What each column of a row should be, by what was captured and what the program did."""
import os
import re
import socket
import struct

from sock_rows import SS_COLUMNS
from truth import text

DELAY_US = 20000        # from B to A
MTU = 1400
TICK = 0.02             # of the coarsest clock, there and back
INFINITE = 0x7fffffff
SO_MEMINFO, SO_MAX_PACING_RATE = 55, 47
MEM_OF_NARU = 'rmem rcvbuf wmem sndbuf fwd backlog ofo drops'.split()
MEMINFO = 'rmem rcvbuf wmem_alloc sndbuf fwd wmem optmem backlog drops'.split()


class End:
    """A socket of ours. @should: what a scene knows besides, a value or a function of it and the row. @born, @seen: from when on
    it is there, for the program, and when that knew that all had come. In microseconds: @busy, @kept_back: no shorter something
    was in flight, and waited for the congestion window; @ping: a round trip took no longer"""
    def __init__(self, s, ns, born, **others):
        self.socket, self.ns, self.born, self.active = s, ns, born, ns == 'A'
        self.wrote = self.read = self.uid = 0
        self.seen, self.busy, self.ping, self.should = born[1], 0, INFINITE, {}
        self.began = born[0]        # to write what it wrote last
        self.of_naru, self.kept_back = False, 0
        self.harmed = lambda segment: False
        self.ends = text(s.getsockname()), text(s.getpeername())
        self.ports = s.getsockname()[1], s.getpeername()[1]
        vars(self).update(others)


def ack_options(f, name):
    return {'ts': f.option(8), 'sack': f.option(4), 'ecn': f.ecn(), 'usec_ts': False,
            'ecnseen': f.ecn() and any(s.tos & 3 for s in f.got)}[name]


# ---- what a value has to be: of the end and of the facts ----

EXACT = {
    'state': lambda e, f: 'ESTABLISHED' if e.of_naru else 'ESTAB',
    'recvq': lambda e, f: f.got_next - 1 - e.read,
    'sendq': lambda e, f: e.wrote - (f.acked - 1),
    'local': lambda e, f: e.ends[0],
    'remote': lambda e, f: e.ends[1],
    'uid': lambda e, f: e.uid,
    'inode': lambda e, f: os.fstat(e.socket.fileno()).st_ino,
    'cong': lambda e, f: e.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b'\0').decode(),
    **{name: lambda e, f, name=name: ack_options(f, name) for name in ('ts', 'usec_ts', 'sack', 'ecn', 'ecnseen')},
    'snd_wscale': lambda e, f: f.peer_syn.options[3][0],
    'rcv_wscale': lambda e, f: f.syn.options[3][0],
    'ca_state': lambda e, f: 0,
    'snd_mss': lambda e, f: f.mss(f.peer_syn),
    'advmss': lambda e, f: f.mss(f.syn) + (12 * f.option(8) if e.of_naru else 0),     # the option's value
    'pmtu': lambda e, f: MTU,
    'ssthresh': lambda e, f: INFINITE,
    'unacked': lambda e, f: f.unacked(),
    'sacked': lambda e, f: f.sacked(),
    'lost': lambda e, f: 0,
    'retrans': lambda e, f: 0,
    'backoff': lambda e, f: 0,
    'total_retrans': lambda e, f: len(f.again),
    'bytes_sent': lambda e, f: sum(s.size for _, s in f.data),
    'bytes_retrans': lambda e, f: f.bytes_again,
    'bytes_acked': lambda e, f: f.acked - (not e.active and not e.of_naru),     # the SYN counts
    'bytes_received': lambda e, f: f.got_next - 1,
    'segs_out': lambda e, f: len(f.sent) - (not e.active),
    'segs_in': lambda e, f: len(f.got) - (not e.active and e.of_naru),      # the SYN came to naru's listener
    'data_segs_out': lambda e, f: len(f.data),
    'data_segs_in': lambda e, f: len(f.got_data),
    'notsent_bytes': lambda e, f: e.wrote - (f.next - 1),
    'delivered': lambda e, f: 1 + len(f.first_sent) - f.unacked() + f.sacked(),
    'delivered_ce': lambda e, f: f.marked(),
    'dsack_dups': lambda e, f: f.dsacks(),
    'snd_wnd': lambda e, f: f.window_got(),
    'rcv_wnd': lambda e, f: f.window_sent(),
    'rcv_ooopack': lambda e, f: f.disordered,
    'reordering': lambda e, f: 3,
    'reord_seen': lambda e, f: 0,
    'max_pacing_rate': lambda e, f: 0,
    'total_rto': lambda e, f: 0,
    'total_rto_recoveries': lambda e, f: 0,
    'total_rto_time_ms': lambda e, f: 0,
}


# ---- what it lies between: of the end, the facts, the row, and when it was asked for ----

def life(e, end):
    """As long as it is there, in microseconds"""
    return (end - e.born[0] + TICK) * 1e6


def since(e, begin, end, times):
    """How long it is since the last of these, in milliseconds, or since it was opened. What was captured in A comes to A
    later, which the program may know; from B it went as much earlier as it was delayed, or more"""
    last = times[-1] if times else e.born[0]
    known = max(last, e.seen) if times else e.born[1]
    return (begin - known - TICK) * 1000 if last <= e.seen else 0, (end - last + TICK) * 1000


def last_sent(e, f, begin, end):
    low, high = since(e, begin, end, [s.time for _, s in f.data])
    return low, high if not f.data else (end - e.began + TICK) * 1000


def max_rate(f, row):
    """Linux counts segments for it, as if all were full"""
    return (len(f.data) + 1) * row['snd_mss'] * 1e6 / row['min_rtt_us']


def least_full(e, f, row):
    """naru's is the window when nothing waits; the kernel's TCP has announced more before it knew the peer"""
    return f.window_sent() - (1 << f.syn.options[3][0]) if e.of_naru else 2 * row['advmss']


def pace(row, share, more=0):
    """The kernel's TCP and naru give slow start twice the window in a round trip, and then 1.2 of it. naru's window may
    be up to a segment larger than whole ones"""
    return share * row['snd_mss'] * (row['cwnd'] + more) * 1e6 / row['rtt_us']


BETWEEN = {
    'rtt_us': lambda e, f, row, begin, end: (DELAY_US, life(e, end)),
    'rttvar_us': lambda e, f, row, begin, end: (1, life(e, end)),
    'min_rtt_us': lambda e, f, row, begin, end: (DELAY_US, min(row['rtt_us'] + 1, e.ping)),
    'rto_us': lambda e, f, row, begin, end: (row['rtt_us'] + 4 * row['rttvar_us'] - 1000, 120e6),
    'ato_us': lambda e, f, row, begin, end: (0, 200000),
    'rcv_mss': lambda e, f, row, begin, end: (88, f.mss(f.syn)),
    'cwnd': lambda e, f, row, begin, end: (1, 10 + len(f.first_sent)),
    'rcv_ssthresh': lambda e, f, row, begin, end: (least_full(e, f, row), row['mem']['rcvbuf']),
    'rcv_space': lambda e, f, row, begin, end: (1, max(10 * f.mss(f.syn) + 120, f.got_next)),
    'rcv_rtt_us': lambda e, f, row, begin, end: (DELAY_US - 4000 if row.get('rcv_rtt_us') else 0, life(e, end)),
    'delivery_rate': lambda e, f, row, begin, end: (f.acked > 1, max_rate(f, row) * 1.01),
    'pacing_rate': lambda e, f, row, begin, end: (pace(row, 1.17), pace(row, 2.05, e.of_naru)),
    'busy_us': lambda e, f, row, begin, end: (e.busy, life(e, end)),
    'rwnd_limited_us': lambda e, f, row, begin, end: (0, row.get('busy_us', 0)),
    'sndbuf_limited_us': lambda e, f, row, begin, end: (0, row.get('busy_us', 0)),
    'lastsnd_ms': lambda e, f, row, begin, end: last_sent(e, f, begin, end),
    'lastrcv_ms': lambda e, f, row, begin, end: since(e, begin, end, [s.time for _, s in f.got_data]),
    'lastack_ms': lambda e, f, row, begin, end: since(e, begin, end, [s.time for s in f.got if s.flags & 16]),
}


# ---- columns that are objects, and those that only one command has ----

def mem_wrong(e, f, row):
    """As SO_MEMINFO has it; the rest is what the program did"""
    told = dict(zip(MEMINFO, struct.unpack('9I', e.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))))
    mem = row['mem']
    told['fwd'] *= told['fwd'] < 1 << 31         # naru prints none where more is used than was accounted
    told['rcvbuf'] = e.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    told['sndbuf'] = e.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    bad = ['%s is %d, should be %d' % (name, n, told[name]) for name, n in mem.items() if name != 'ofo' and n != told[name]]
    ofo = sum({seq: s.size for seq, s in f.got_data if seq >= f.got_next}.values())
    if mem.get('ofo', ofo) != ofo:
        bad.append('ofo is %d, should be %d' % (mem['ofo'], ofo))
    if mem['rmem'] < f.got_next - 1 - e.read or mem['wmem'] < e.wrote - (f.acked - 1):
        bad.append('less memory than bytes')
    return ', '.join(bad)


def limited_wrong(e, f, row, begin, end):
    """Shares of the time since it was opened"""
    times = dict(row['limited_us'])
    age = times.pop('age')
    if not (begin - e.born[1]) * 1e6 - TICK * 1e6 <= age <= life(e, end):
        return 'it is as old as from %s to now' % (e.born,)
    if sum(times.values()) != age:
        return 'they make up %d of %d' % (sum(times.values()), age)
    if times['rwnd'] > row['rwnd_limited_us'] or times['sndbuf'] > row['sndbuf_limited_us']:
        return 'more than in info'
    return times['cwnd'] < e.kept_back and 'the window kept it back for %d' % e.kept_back


def shares_wrong(row):
    """Of a hundred, as text has them"""
    shares = [float(share.rstrip('%')) for share in row['limited'].values()]
    return not 99 <= sum(shares) <= 101 and 'they make up %s' % sum(shares)


def timer_wrong(e, row):
    timer, should = row.get('timer'), e.should.get('timer')
    if not timer or not should:
        return bool(timer) != bool(should) and 'should be %s' % (should and 'there')
    return not should(timer, row) and 'is wrong'


def owners_wrong(e, row):
    mine = [{'comm': 'python3', 'pid': os.getpid(), 'uid': os.getuid(), 'fd': e.socket.fileno()}]
    told = [{name: owner[name] for name in mine[0]} for owner in row['owners']]
    return told != mine and 'should be %s' % mine


def cgroup_of_us():
    return re.search('^0::(.*)$', open('/proc/self/cgroup').read(), re.M).group(1)


def cookie_wrong(e, row):
    """ss prints it in hexadecimal digits"""
    cookie = struct.unpack('Q', e.socket.getsockopt(socket.SOL_SOCKET, 57, 8))[0]
    return int(row['sk'], 16) != cookie and 'should be %x' % cookie


def send_wrong(row):
    """What ss makes of three other columns"""
    should = pace(row, 1)
    return not 0.98 * should <= row['send'] <= 1.02 * should and 'should be %s' % should


SPECIAL = {
    'mem': lambda e, f, row, begin, end: mem_wrong(e, f, row),
    'limited_us': limited_wrong,
    'limited': lambda e, f, row, begin, end: shares_wrong(row),
    'timer': lambda e, f, row, begin, end: timer_wrong(e, row),
    'owners': lambda e, f, row, begin, end: owners_wrong(e, row),
    'cgroup': lambda e, f, row, begin, end: row['cgroup'] != cgroup_of_us() and 'should be ' + cgroup_of_us(),
    'sk': lambda e, f, row, begin, end: cookie_wrong(e, row),
    'send': lambda e, f, row, begin, end: send_wrong(row),
    'wire': lambda e, f, row, begin, end: row['wire'] != 'inet' and 'should be inet',
    'type': lambda e, f, row, begin, end: row['type'] != 'stream' and 'should be stream',
    'id': lambda e, f, row, begin, end: row['id'] in e.other_ids and 'another has it',
    'app_limited': lambda e, f, row, begin, end: '',
}
NARU_ONLY = {'usec_ts', 'ca_state', 'rcv_wnd', 'total_rto', 'total_rto_recoveries', 'total_rto_time_ms'}
# Columns of ss's that naru sock -tinmoe does not have, and why
WITHOUT = {
    'sk': 'naru has a number of its own for a socket, id',
    'send': 'ss makes it of snd_mss, cwnd and rtt, which are there',
    'wmem_alloc': 'what is in the queues of devices; naru keeps what it may send again, wmem',
    'optmem': 'of filters and the like, no part of what is sent or received',
}


def columns(command):
    """Those that every row has"""
    return (set(EXACT) | set(BETWEEN) | {'mem'}) - (NARU_ONLY if command == 'ss' else set())


def lacking():
    """What ss has and naru sock lacks without a reason"""
    return (SS_COLUMNS | set(MEMINFO)) - set(EXACT) - set(BETWEEN) - set(SPECIAL) - set(MEM_OF_NARU) - set(WITHOUT)


def column_wrong(name, e, f, row, begin, end):
    """Why a column is not as it should be, or nothing"""
    is_ = row.get(name, INFINITE if name == 'ssthresh' else 3 if name == 'reordering' else 0)
    if name in SPECIAL and (name == 'timer' or name not in e.should):
        return SPECIAL[name](e, f, row, begin, end)
    if name in e.should:
        should = e.should[name]
        is_right = should(is_, row) if callable(should) else is_ == should
        return not is_right and 'should be %s' % ('otherwise' if callable(should) else should)
    if name in EXACT:
        return is_ != EXACT[name](e, f) and 'should be %s' % EXACT[name](e, f)
    if name not in BETWEEN:
        return 'is no column that is known'
    low, high = BETWEEN[name](e, f, row, begin, end)
    return not low <= is_ <= high and 'should be from %s to %s' % (low, high)


def row_wrong(columns, e, f, row, begin, end):
    """Of the columns that there always are, and those that the row has; JSON has all of them but what has no limit, and memory"""
    if 'owners' in row:
        for name in sorted(columns - set(row) - {'max_pacing_rate', 'ssthresh'}) + sorted(set(MEM_OF_NARU) ^ set(row['mem'])):
            yield '%s: %s, which is not there or is not known' % (e.ends, name)
    for name in sorted(set(columns) | set(row)):
        why = column_wrong(name, e, f, row, begin, end)
        if why:
            yield '%s: %s is %s, %s' % (e.ends, name, row.get(name), why)
