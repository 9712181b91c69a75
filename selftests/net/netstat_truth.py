# SPDX-License-Identifier: GPL-2.0
"""netstat_truth.py OTHER NS COMMAND...: makes sockets, and compares each column of each row that COMMAND -atnpoe prints with
what was done: which socket it is and whose, what was written, read and is not acknowledged, which timer runs since when. How
often something was sent again is what OTHER, in namespace NS, has counted; it answers neither a SYN to port 9 nor, once it
is told so, anything to port 7200, where it listens."""
import json
import os
import re
import socket
import subprocess
import sys
import time

from truth import ENV, FIONREAD, queue, quiet, text, until

OTHER, NS, COMMAND = sys.argv[1], sys.argv[2], sys.argv[3:]
SLACK = 0.05        # a tick of the coarsest clock, and digits that are not printed
truth, keep = {}, []


def columns(state, inode=0, owner='-', **others):
    row = {'proto': 'tcp', 'recvq': 0, 'sendq': 0, 'state': state, 'user': 0, 'inode': inode, 'program': owner,
           'timer': is_off}
    return dict(row, **others)


def know(local, foreign, state, **others):
    """A row whose socket nobody has open"""
    truth[local, foreign] = columns(state, **others)


def mine(s, state, **others):
    """The row of a socket that this process has"""
    foreign = '0.0.0.0:*' if state == 'LISTEN' else text(s.getpeername()) if state != 'SYN_SENT' else OTHER + ':9'
    truth[text(s.getsockname()), foreign] = columns(state, os.fstat(s.fileno()).st_ino, '%d/python3' % os.getpid(), **others)
    keep.append(s)


# ---- timers: KIND (SECONDS/SENT AGAIN/PROBES) ----

def is_off(kind, left, again, probes, begin, end):
    return (kind, left, again, probes) == ('off', 0, 0, 0)


def due(name, seconds, earliest, latest):
    """It runs since between these two times"""
    def check(kind, left, again, probes, begin, end):
        return (kind, again, probes) == (name, 0, 0) and \
            seconds - (end - earliest) - SLACK <= left <= seconds - (begin - latest) + SLACK
    return check


def counted(counter):
    """As often as OTHER has seen it but once; the first wait is a second at most, and no wait is more than twice the last"""
    def check(kind, left, again, probes, begin, end):
        return (kind, probes) == ('on', 0) and again == packets[counter] - 1 and left <= 2 ** again + SLACK
    return check


def is_probe(kind, left, again, probes, begin, end):
    return kind == 'probe' and again == 0


# ---- the other host ----

def other(*words):
    return subprocess.run(['inns', NS, 'nft', *words], env=ENV, check=True, stdout=subprocess.PIPE).stdout


def count():
    found = json.loads(other('-j', 'list', 'counters'))['nftables']
    return {row['counter']['name']: row['counter']['packets'] for row in found if 'counter' in row}


# ---- sockets ----

def accepted(listener, family=socket.AF_INET):
    client = socket.socket(family)
    client.connect(listener.getsockname())
    return client, listener.accept()[0]


def data(listener):
    """1234 bytes written, 34 read; then a timer for when nothing comes any more"""
    client, server = accepted(listener)
    client.send(b'x' * 1234)
    until(lambda: queue(server, FIONREAD) == 1234)
    assert len(server.recv(34)) == 34
    quiet(client)
    begin = time.monotonic()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5000)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    mine(client, 'ESTABLISHED', timer=due('keepalive', 5000, begin - 5, time.monotonic()))
    mine(server, 'ESTABLISHED', recvq=1200)


def half_closed(listener):
    client, server = accepted(listener)
    client.shutdown(socket.SHUT_WR)
    assert not server.recv(1)
    mine(client, 'FIN_WAIT2')
    mine(server, 'CLOSE_WAIT')


def time_wait(listener):
    client, server = accepted(listener)
    ends = text(client.getsockname()), text(client.getpeername())
    begin = time.monotonic()
    client.close()
    assert not server.recv(1)
    server.close()
    know(*ends, 'TIME_WAIT', timer=due('timewait', 60, begin, time.monotonic()))


def of_another_user(listener):
    told, tell = os.pipe()
    if not os.fork():
        os.setgid(1234)
        os.setuid(1234)
        client = socket.create_connection(listener.getsockname())
        os.write(tell, json.dumps([text(client.getsockname()), os.fstat(client.fileno()).st_ino, os.getpid()]).encode())
        os.close(tell)
        sys.stdin.read()
        os._exit(0)
    os.close(tell)
    local, inode, pid = json.loads(os.read(told, 4096))
    mine(listener.accept()[0], 'ESTABLISHED')
    truth[local, text(listener.getsockname())] = columns('ESTABLISHED', inode, '%d/python3' % pid, user=1234)


def nobody_takes(listener):
    client = socket.create_connection(listener.getsockname())
    mine(client, 'ESTABLISHED')
    know(text(client.getpeername()), text(client.getsockname()), 'ESTABLISHED')
    mine(listener, 'LISTEN', recvq=1)


def of_six():
    listener = socket.socket(socket.AF_INET6)
    listener.bind(('::1', 7101))
    listener.listen(3)
    client, server = accepted(listener, socket.AF_INET6)
    mine(client, 'ESTABLISHED', proto='tcp6')
    mine(server, 'ESTABLISHED', proto='tcp6')
    listener.close()


def window_closed():
    """What was written is with the one or the other"""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(('127.0.0.1', 7102))
    listener.listen(3)
    client, server = accepted(listener)
    listener.close()
    client.setblocking(False)
    sent, left = 0, 200000
    while left:
        try:
            n = client.send(b'x' * left)
        except BlockingIOError:
            break
        sent, left = sent + n, left - n
    ends = text(client.getsockname()), text(client.getpeername())
    mine(client, 'ESTABLISHED', timer=is_probe, sendq=lambda n, rows: n + rows[ends[1], ends[0]]['recvq'] == sent)
    mine(server, 'ESTABLISHED', recvq=lambda n, rows: 0 < n == queue(server, FIONREAD))


def unanswered():
    syn = socket.socket()
    syn.setblocking(False)
    syn.connect_ex((OTHER, 9))
    mine(syn, 'SYN_SENT', sendq=1, timer=counted('syns'))
    client = socket.create_connection((OTHER, 7200))
    quiet(client)
    other('add', 'element', 'inet', 'deaf', 'ports', '{ 7200 }')
    client.send(b'x' * 1000)
    mine(client, 'ESTABLISHED', sendq=1000, timer=counted('data'))


# ---- what is printed ----

def read_table():
    found = {}
    said = subprocess.run([*COMMAND, '-atnpoe'], env=ENV, check=True, stdout=subprocess.PIPE).stdout.decode()
    for line in said.splitlines()[2:]:
        proto, recvq, sendq, local, foreign, state, user, inode, program, kind, timer = line.split()
        left, again, probes = re.fullmatch(r'\((\d+\.\d\d)/(\d+)/(\d+)\)', timer).groups()
        found[local, foreign] = {
            'proto': proto, 'recvq': int(recvq), 'sendq': int(sendq), 'state': state, 'user': int(user),
            'inode': int(inode), 'program': program, 'timer': (kind, float(left), int(again), int(probes))}
    assert len(found) == len(said.splitlines()) - 2, said
    return found


def is_true(is_, should, rows, begin, end):
    if isinstance(is_, tuple):
        return should(*is_, begin, end)
    return should(is_, rows) if callable(should) else is_ == should


def wrong():
    """What is not as it should be; while that was looked at nothing was sent again"""
    global packets
    while True:
        before, begin = count(), time.monotonic()
        rows = read_table()
        end, packets = time.monotonic(), count()
        if packets == before:
            break
    bad = ['%s: %s' % (ends, 'no such row' if ends in truth else 'what is that?') for ends in set(truth) ^ set(rows)]
    for ends in set(truth) & set(rows):
        bad += ['%s: %s is %s, should be %s' % (ends, name, rows[ends][name], should) for name, should in truth[ends].items()
                if not is_true(rows[ends][name], should, rows, begin, end)]
    return bad


main = socket.socket()
main.bind(('127.0.0.1', 7100))
main.listen(5)
for make in data, half_closed, time_wait, of_another_user, nobody_takes:
    make(main)
of_six()
window_closed()
unanswered()
until(lambda: count()['syns'] > 2 and count()['data'] > 2)
for _ in range(100):
    bad = wrong()
    if not bad:
        break
    time.sleep(0.1)
print(len(truth), 'rows', *bad, sep='\n')
sys.exit(bool(bad))
