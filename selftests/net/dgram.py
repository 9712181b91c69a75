#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Datagram sockets for tests of this folder. WIRE is inet, native or kernel.

  hold WIRE ADDRESS PORT READY [PEER PORT]   bound, and connected to that, makes the file READY and stays
  echo WIRE ADDRESS PORT READY               answers each datagram with the address and port that it came from
  wait WIRE ADDRESS PORT READY               prints the datagram that comes, or the name of the error
  ask WIRE ADDRESS PORT [FROM-PORT]          prints what echo says
  dns WIRE ADDRESS PORT READY                a name server: every name is 192.0.2.7
  fill WIRE ADDRESS                          prints "all" if a socket there takes 6 MB that nobody reads, else "not all"
"""
import errno
import os
import signal
import socket
import struct
import sys

AF_NARU, SOL_NARU, NARU_DOMAIN = 18, 1018, 1
SO_RCVBUFFORCE, SO_MEMINFO, MEMINFO_DROPS = 33, 55, 8


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def dgram(wire, address):
    family = family_of(address)
    if wire == "kernel":
        return socket.socket(family, socket.SOCK_DGRAM)
    proto = socket.IPPROTO_UDP if wire == "inet" else 0
    s = socket.socket(AF_NARU, socket.SOCK_DGRAM, proto)
    s.setsockopt(SOL_NARU, NARU_DOMAIN, family)
    # Python knows the addresses of families that it knows
    return socket.socket(family, socket.SOCK_DGRAM, proto, fileno=s.detach())


def bound(wire, address, port, ready):
    s = dgram(wire, address)
    s.bind((address, int(port)))
    with open(ready, "w"):
        pass
    return s


def hold(wire, address, port, ready, *peer):
    s = dgram(wire, address)
    s.bind((address, int(port)))
    if peer:
        s.connect((peer[0], int(peer[1])))
    with open(ready, "w"):
        pass
    signal.pause()


def echo(*args):
    s = bound(*args)
    while True:
        peer = s.recvfrom(65536)[1]
        s.sendto(b"%s:%d" % (peer[0].encode(), peer[1]), peer)


def wait(*args):
    try:
        print(bound(*args).recv(65536).decode())
    except OSError as e:
        print(errno.errorcode[e.errno])


def ask(wire, address, port, from_port="0"):
    s = dgram(wire, address)
    s.settimeout(20)
    s.bind(("", int(from_port)))
    s.connect((address, int(port)))
    s.send(b"who am I")
    print(s.recv(100).decode())


def dns(*args):
    s = bound(*args)
    while True:
        q, peer = s.recvfrom(512)
        end = q.index(0, 12) + 5
        s.sendto(q[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0) + q[12:end] +
                 struct.pack(">3HIH4B", 0xC00C, 1, 1, 60, 4, 192, 0, 2, 7), peer)


def fill(wire, address):
    # what goes over loopback comes before the call returns
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    to, s = dgram(wire, address), dgram(wire, address)
    to.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 27)
    to.bind((address, 0))
    for _ in range(100):
        s.sendto(bytes(60000), to.getsockname())
    drops = struct.unpack("9I", to.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[MEMINFO_DROPS]
    print("not all" if drops else "all")


if __name__ == "__main__":
    {"hold": hold, "echo": echo, "wait": wait, "ask": ask, "dns": dns, "fill": fill}[sys.argv[1]](*sys.argv[2:])
