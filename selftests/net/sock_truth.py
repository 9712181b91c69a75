# SPDX-License-Identifier: GPL-2.0
"""sock_truth.py A B COMMAND PORT: opens connections from namespace A, in which it runs, to 10.9.0.2 in B, does things with
them, and compares each column of what COMMAND (ss or naru) prints of them with what it did and with what passed a0. It
listens on PORT and those that follow. B has a table of nft's, harm, with the chains arrives and leaves; what comes from B
takes 20 ms."""
import ctypes
import os
import select
import socket
import subprocess
import sys
import time

from sock_capture import Capture, Facts, now
from sock_rows import READERS
from sock_table import INFINITE, SO_MAX_PACING_RATE, TICK, End, columns, lacking, row_wrong
from truth import ENV, FIONREAD, queue, quiet, until

NS, COMMAND = {'A': sys.argv[1], 'B': sys.argv[2]}, sys.argv[3]
PORT = int(sys.argv[4])
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
keep, bad, looked = [], [], []


# ---- connections ----

def enter(ns):
    fd = os.open('/run/netns/' + NS[ns], os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        sys.exit('cannot enter %s' % NS[ns])
    os.close(fd)


def new(ns, **options):
    """A socket in a namespace"""
    enter(ns)
    s = socket.socket()
    enter('A')
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'reno')
    for name, value in options.items():
        s.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    keep.append(s)
    return s


def connected(port, **options):
    """A connection's two ends"""
    listener = new('B', **options)
    listener.bind(('10.9.0.2', port))
    listener.listen(3)
    client = new('A', **options)
    before = now()
    client.connect(('10.9.0.2', port))
    after = now()
    server = listener.accept()[0]
    listener.close()
    keep.append(server)
    born = before, now()
    return End(client, 'A', born, ping=(after - before) * 1e6), End(server, 'B', born)


def write(e, n):
    e.began = now()
    e.socket.sendall(b'x' * n)
    e.wrote += n


def read(e, most):
    """So many bytes"""
    while most:
        got = len(e.socket.recv(most))
        e.read, most = e.read + got, most - got


def take(e):
    """What has come"""
    read(e, queue(e.socket, FIONREAD))


def pump(asker, n, then):
    """Writes as fast as there is room"""
    asker.socket.setblocking(False)
    while n:
        try:
            sent = asker.socket.send(b'x' * min(n, 65536))
            asker.wrote, n = asker.wrote + sent, n - sent
        except BlockingIOError:
            if then():
                return


def arrived(*ends):
    """All that was written is acknowledged"""
    for e in ends:
        quiet(e.socket)
    for e in ends:
        e.seen = now()


def facts(e):
    return Facts([s for s in capture.read() if not e.harmed(s)], *e.ports, e.ns == 'A')


# ---- harm ----

def harm(*rule):
    subprocess.run(['inns', NS['B'], 'nft', *rule], env=ENV, check=True)


def harms(chain, *rule):
    harm('add', 'rule', 'inet', 'harm', chain, *rule)


def mend():
    harm('flush', 'chain', 'inet', 'harm', 'arrives')
    harm('flush', 'chain', 'inet', 'harm', 'leaves')


# ---- the comparison ----

def look(e, reader):
    """What is wrong; nothing has passed while that was looked at"""
    while True:
        before, begin = len(capture.read()), now()
        rows = reader(NS[e.ns])
        end = now()
        if len(capture.read()) == before:
            break
    row = rows.pop(e.ends, None)
    if not row:
        return ['%s: no such row' % (e.ends,)]
    e.other_ids = {other.get('id') for other in rows.values()}
    return list(row_wrong(columns(COMMAND), e, facts(e), row, begin, end))


def compare(scene, *ends, **should):
    """@should: of the first end"""
    ends[0].should.update(should)
    for e in ends:
        e.of_naru = COMMAND == 'naru'
        for reader in READERS[COMMAND]:
            for _ in range(40):
                wrong = look(e, reader)
                if not wrong:
                    break
                time.sleep(0.05)
            for why in wrong:
                print(scene, reader.__name__, why, sep=', ', flush=True)
            bad.extend(wrong)
            looked.append(e.ends)


# ---- scenes ----

def fresh():
    """Nothing was written; one socket is another user's"""
    asker, server = connected(PORT)
    os.fchown(asker.socket.fileno(), 1234, -1)
    asker.uid = 1234
    compare('fresh', asker, server, cwnd=10)


def spoken():
    """Both sides write, and some of it is not read; then a timer for when nothing comes any more"""
    asker, server = connected(PORT + 1)
    write(asker, 3000)
    until(lambda: queue(server.socket, FIONREAD) == 3000)
    read(server, 1800)
    write(server, 500)
    until(lambda: queue(asker.socket, FIONREAD) == 500)
    arrived(asker, server)
    begin = now()
    asker.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 500)
    asker.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    asker.should['app_limited'] = server.should['app_limited'] = True
    compare('spoken', asker, server, timer=is_keepalive(begin - (begin - asker.born[0]), 500))


def is_keepalive(earliest, seconds):
    """It runs since then or later, and not since longer"""
    def check(timer, row):
        unit, left = timer.get('unit', 1) / 1000, timer['ms'] / 1000
        return (timer['kind'], timer['retrans']) == ('keepalive', 0) and \
            seconds - (now() - earliest) - unit - TICK <= left <= seconds + TICK
    return check


def bulk():
    """At once, and read as it comes"""
    asker, server = connected(PORT + 2, SO_SNDBUF=400000)
    asker.socket.setblocking(False)
    asker.wrote = asker.socket.send(b'x' * 150000)
    until(lambda: take(server) or server.read == asker.wrote)
    arrived(asker)
    f = facts(asker)
    asker.busy = (max(s.time for s in f.got if s.ack != f.got[-1].ack) - f.data[0][1].time - TICK) * 1e6
    server.should['rcv_mss'] = max(s.size for _, s in f.data)
    compare('bulk', asker, server, cwnd=lambda n, row: 10 < n <= 10 + len(f.first_sent))


def silent():
    """No ACK comes, until it is too late: what was sent again was there already (RFC 2883)"""
    asker, server = connected(PORT + 3, SO_SNDBUF=400000)
    harms('leaves', 'tcp', 'sport', str(PORT + 3), 'drop')
    write(asker, 30000)
    until(lambda: len(facts(asker).again) > 1)
    asker.busy = asker.kept_back = (now() - facts(asker).data[0][1].time - TICK) * 1e6
    compare('silent', asker, cwnd=1, ssthresh=5, lost=10, retrans=1, ca_state=4, rto_us=is_rto(asker), timer=is_retransmit(asker),
            backoff=lambda n, row: n == len(facts(asker).again), pacing_rate=is_some,
            total_rto=lambda n, row: n == len(facts(asker).again), total_rto_recoveries=1,
            total_rto_time_ms=is_short(asker))
    rtos = lambda n, row: 1 < n <= len(facts(asker).again)
    mend()
    until(lambda: take(server) or server.read == asker.wrote)
    arrived(asker)
    asker.should.clear()
    compare('heard again', asker, ssthresh=lambda n, row: n in (5, INFINITE), rto_us=is_over_rtt,
            delivered=lambda n, row: 0 <= n - 1 - len(facts(asker).first_sent) <= facts(asker).dsacks(),
            total_rto=rtos, total_rto_recoveries=1, total_rto_time_ms=is_short(asker))


def is_any(n, row):
    return n >= 0


def is_short(e):
    """In milliseconds, no longer than it is there"""
    return lambda n, row: 0 <= n <= (now() - e.born[0]) * 1000


def is_some(n, row):
    return n > 0


def is_over_rtt(n, row):
    return n >= row['rtt_us']


def is_retransmit(e):
    """What ss calls rto is backed off, what naru does is not"""
    def check(timer, row):
        return (timer['kind'], timer['retrans']) == ('retransmit', len(facts(e).again)) and \
            timer['ms'] - timer.get('unit', 1) <= (row['rto_us'] << (e.of_naru and row['backoff'])) / 1000
    return check


def is_rto(e):
    """It doubles (RFC 6298 5.5), and the time before was not shorter"""
    def check(n, row):
        again = facts(e).again
        return n <= 2 * (again[-1].time - again[-2].time + TICK) * 1e6
    return check


def hole():
    """One segment of ten is lost, however often it is sent"""
    asker, server = connected(PORT + 4, SO_SNDBUF=400000)
    f = facts(asker)
    mss = f.mss(f.peer_syn)
    lost = (f.syn.seq + 1 + 2 * mss) % (1 << 32)
    harms('arrives', 'tcp', 'dport', str(PORT + 4), 'tcp', 'sequence', str(lost), 'drop')
    server.harmed = lambda s: s.ports == asker.ports and s.seq == lost and s.time < mended
    mended = INFINITE
    write(asker, 10 * mss)
    until(lambda: len(facts(asker).again) > 1 and facts(asker).sacked() == 7)
    compare('hole', asker, server, lost=1, retrans=1, ssthresh=lambda n, row: 4 <= n <= 6, timer=is_on,
            ca_state=lambda n, row: n in (3, 4), rto_us=is_over_rtt, backoff=is_any, pacing_rate=is_some,
            total_rto=is_any, total_rto_recoveries=is_any, total_rto_time_ms=is_short(asker))
    mended = now()
    mend()
    until(lambda: take(server) or server.read == asker.wrote)
    arrived(asker)
    del asker.should['timer'], asker.should['retrans'], asker.should['lost'], asker.should['ca_state']
    compare('mended', asker, server)


def is_on(timer, row):
    return timer['kind'] == 'retransmit'


def shut():
    """What was written is with the one or the other, and the window is closed"""
    asker, server = connected(PORT + 5, SO_RCVBUF=8192)
    last = [0]

    def full():
        time.sleep(0.1)
        is_full = last[0] == asker.wrote and not facts(asker).window_got()
        last[0] = asker.wrote
        return is_full
    pump(asker, 1000000, full)
    asker.seen = server.seen = now()
    server.should['lastack_ms'] = lambda n, row: 0 <= n <= (now() - server.born[0]) * 1000     # probes are none
    compare('shut', asker, server, timer=is_probe, snd_wnd=0, rwnd_limited_us=lambda n, row: 0 < n <= row['busy_us'],
            pacing_rate=is_some, rto_us=is_over_rtt, backoff=is_any)


def is_probe(timer, row):
    return timer['kind'] == 'probe'


def delay(ms):
    """Of what comes from B"""
    subprocess.run(['inns', NS['B'], 'tc', 'qdisc', 'change', 'dev', 'b0', 'root', 'netem', 'delay', '%dms' % ms],
                   env=ENV, check=True)


def kept_waiting(asker, server):
    """Writes until poll(2) would have it wait for room, then a little that there is still room for: from then on it is the
    buffer that limits. How long it did, for no ACK came; less than nothing if one came before"""
    room = select.poll()
    room.register(asker.socket, select.POLLOUT)
    before = len(facts(asker).got)
    while room.poll(0):
        write(asker, 1000)
    write(asker, 1000)
    full = now()
    until(lambda: take(server) or server.read == asker.wrote)
    arrived(asker)
    return facts(asker).got[before].time - full


def narrow():
    """The program would write more than there is room for. In slow start the kernel's TCP takes more than half a window in
    flight for one that is limited by that, so the buffer is for four segments. A slow machine may not have written
    them when the first ACK comes: then again"""
    delay(100)
    asker, server = connected(PORT + 6, SO_SNDBUF=4096)
    asker.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    limited = []
    until(lambda: limited.append(kept_waiting(asker, server)) or limited[-1] > 2 * TICK)
    delay(20)
    compare('narrow', asker, server,
            sndbuf_limited_us=lambda n, row: (limited[-1] - TICK) * 1e6 <= n <= row['busy_us'])


def slow():
    """Paced, by what the program asks for"""
    asker, server = connected(PORT + 7)
    asker.socket.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, 500000)
    write(asker, 3000)
    until(lambda: take(server) or server.read == asker.wrote)
    arrived(asker)
    compare('slow', asker, pacing_rate=500000, max_pacing_rate=500000)


def marked():
    """A router says that it is overloaded"""
    for ns in NS.values():
        subprocess.run(['inns', ns, *(['sysctl', '-qw', 'net.ipv4.tcp_ecn=1'] if COMMAND == 'ss' else
                                      ['naru', 'set', 'ecn=1'])], env=ENV, check=True)
    asker, server = connected(PORT + 8)
    harms('arrives', 'tcp', 'dport', str(PORT + 8), 'ip', 'ecn', 'ect0', 'ip', 'ecn', 'set', 'ce')
    write(asker, 1000)
    arrived(asker)
    mend()
    write(asker, 1000)
    arrived(asker)
    server.should['ecnseen'] = True
    compare('marked', asker, server, ssthresh=lambda n, row: n < 10, ca_state=lambda n, row: n in (0, 2), ecn=True)


if lacking():
    sys.exit('naru sock lacks %s' % ', '.join(lacking()))
enter('A')
capture = Capture('a0')
for make in fresh, spoken, bulk, silent, hole, shut, narrow, slow, marked:
    make()
print(len(looked), 'rows')
sys.exit(bool(bad))
