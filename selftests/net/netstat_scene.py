# SPDX-License-Identifier: GPL-2.0
"""netstat_scene.py FILE OTHER: sockets of all sorts, on 127.0.0.1 and ::1, and to OTHER, which does not answer; then
FILE is made, and the program stays until its standard input ends."""
import socket
import sys

LONG = '2001:db8:1234:5678:9abc:def0:1234:5678'
TCP6, UDP = (socket.AF_INET6, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM)


def listener(family, addr, port, backlog):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((addr, port))
    s.listen(backlog)
    return s


keep = []
a = listener(socket.AF_INET, '127.0.0.1', 80, 7)
six = listener(socket.AF_INET6, '::', 8080, 3)
keep += [a, six]

# Established, with data that waits and a keepalive timer
c = socket.create_connection(('127.0.0.1', 80))
keep += [c, a.accept()[0]]
c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
c.send(b'x' * 100)

# IPv4 and IPv6 at a listener of both, accepted and not
for addr in '127.0.0.1', LONG:
    keep += [socket.create_connection((addr, 8080)), six.accept()[0]]
keep += [socket.create_connection((LONG, 8080))]

# TIME-WAIT, and CLOSE-WAIT whose peer is in FIN-WAIT-2 and has no program
c = socket.create_connection(('127.0.0.1', 80))
peer = a.accept()[0]
c.close()
peer.recv(1)
peer.close()
c = socket.create_connection(('127.0.0.1', 80))
peer = a.accept()[0]
c.close()
peer.recv(1)
keep += [peer]

# SYN-SENT, and a stream that is bound and no more
c = socket.socket()
c.setblocking(False)
c.connect_ex((sys.argv[2], 9))
bound = socket.socket()
bound.bind(('127.0.0.1', 99))
keep += [c, bound]

# Datagrams: bound, connected, and one that waits
u = socket.socket(*UDP)
u.bind(('127.0.0.1', 53))
v = socket.socket(*UDP)
v.connect(('127.0.0.1', 53))
v.send(b'abc')
w = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
w.bind(('::', 5353))
keep += [u, v, w]

open(sys.argv[1], 'w').close()
sys.stdin.read()
