#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the IPv4 packets of TCP and UDP that pass some devices: tap.py DEVICE...

A line is: DEVICE in|out SOURCE DESTINATION FLAGS BYTES SEQUENCE-NUMBER, after a first one that says that it listens.
"""
import socket
import struct
import sys

ETH_P_ALL = 3
ETH_P_IP = 0x800
FLAGS = ('FIN', 'SYN', 'RST', 'PSH', 'ACK')


def endpoint(address, port):
    return '%s:%d' % (socket.inet_ntoa(address), port)


def line(name, data, way):
    """The text of a packet, from its IP header on; None for what is of no interest."""
    header, proto = (data[0] & 15) * 4, data[9]
    if proto not in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        return None
    total = struct.unpack('>H', data[2:4])[0]
    ports = struct.unpack('>HH', data[header:header + 4])
    flags, size, seq = 'UDP', total - header - 8, 0
    if proto == socket.IPPROTO_TCP:
        size = total - header - (data[header + 12] >> 4) * 4
        seq = struct.unpack('>I', data[header + 4:header + 8])[0]
        flags = ','.join(f for i, f in enumerate(FLAGS) if data[header + 13] & 1 << i)
    ends = endpoint(data[12:16], ports[0]), endpoint(data[16:20], ports[1])
    return ' '.join((name, way, *ends, flags, str(size), str(seq)))


def main():
    # One socket, so that packets are told in their order
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    print('ready', flush=True)
    while True:
        data, (name, protocol, kind, *_) = sock.recvfrom(65536)
        if protocol == ETH_P_IP and name in sys.argv[1:]:
            text = line(name, data, 'out' if kind == socket.PACKET_OUTGOING else 'in')
            if text:
                print(text, flush=True)


main()
