#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Opens a connection and says what TCP_INFO says of it then, as one JSON object.

    look.py serve ADDR PORT READY [STEP]...    accepts one; READY is made when it listens
    look.py ask ADDR PORT [STEP]...            connects

STEP, before or after that: congestion[=NAME] (an error's name stands for what cannot be set), send=BYTES,
get=BYTES, drip=N (N bytes, each sent when the one before is acknowledged), pause=FILE (makes FILE, a FIFO, and
FILE.paused, and waits until FILE is opened for writing),
grow=MSS (sends, 200000 bytes at a time and each time all of it acknowledged, until the segment size is in reach of MSS).
"""
import errno
import json
import os
import socket
import struct
import sys
import time

WORDS = ("rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv "
         "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space "
         "total_retrans").split()
NOTSENT = 144
SND_WND = 228
REACH = 8	# of the setting probe_threshold
CHUNK = 200000
CONGESTION = 13


def info(sock):
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    told = dict(zip(WORDS, struct.unpack_from("24I", raw, 8)))
    told["notsent"] = struct.unpack_from("I", raw, NOTSENT)[0]
    told["snd_wnd"] = struct.unpack_from("I", raw, SND_WND)[0]
    return told


def congestion(sock, name):
    if name:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, CONGESTION, name.encode())
        except OSError as e:
            return errno.errorcode[e.errno]
    return sock.getsockopt(socket.IPPROTO_TCP, CONGESTION, 16).rstrip(b"\0").decode()


def get(sock, most):
    while most > 0:
        data = sock.recv(min(most, 65536))
        if not data:
            return
        most -= len(data)


def drip(sock, times):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(times):
        sock.sendall(b".")
        while info(sock)["unacked"]:
            time.sleep(0.001)


def busy(sock):
    told = info(sock)
    return told["unacked"] or told["notsent"]


def grow(sock, mss):
    while True:
        sock.sendall(b"." * CHUNK)
        while busy(sock):
            time.sleep(0.01)
        if mss - REACH < info(sock)["snd_mss"] <= mss:
            return


def pause(name):
    os.mkfifo(name)
    open(name + ".paused", "w").close()
    open(name).close()


def steps(sock, words, told):
    for word in words:
        what, _, value = word.partition("=")
        if what == "congestion":
            told["congestion"] = congestion(sock, value)
        elif what == "send":
            sock.sendall(b"." * int(value))
        elif what == "get":
            get(sock, int(value))
        elif what == "drip":
            drip(sock, int(value))
        elif what == "grow":
            grow(sock, int(value))
        elif what == "pause":
            pause(value)
        else:
            sys.exit(f"no such step: {word}")


def serve(addr, port, ready):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    with socket.create_server((addr, port), family=family) as listener:
        open(ready, "w").close()
        return listener.accept()[0]


def main():
    addr, port, rest = sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    if sys.argv[1] == "serve":
        sock = serve(addr, port, rest.pop(0))
    else:
        sock = socket.create_connection((addr, port))
    first = info(sock)
    told = {"first_cwnd": first["snd_cwnd"], "first_mss": first["snd_mss"]}
    steps(sock, rest, told)
    told.update(info(sock))
    print(json.dumps(told), flush=True)


main()
