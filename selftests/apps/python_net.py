#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a Python program does with its network: asyncio's streams, select and threads with timeouts.

    python_net.py serve PORT              echoes on PORT by asyncio streams, on PORT+1 by a thread for each connection
    python_net.py ask PORT SIZE HOST...   what comes back is what went: many connections, each way of asking
"""
import asyncio
import hashlib
import os
import selectors
import socket
import socketserver
import sys
import threading

TIMES = 8


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(60)
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    request_queue_size = 100


async def serve(port):
    server = Server(("::", port + 1), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    async with await asyncio.start_server(echo, None, port) as server:
        await server.serve_forever()


async def by_streams(host, port, data):
    reader, writer = await asyncio.open_connection(host, port)

    async def send():
        for i in range(0, len(data), 10000):
            writer.write(data[i:i + 10000])
            await writer.drain()
        writer.write_eof()

    _, back = await asyncio.gather(send(), reader.read(-1))
    writer.close()
    await writer.wait_closed()
    return back


async def many(host, port, data):
    backs = await asyncio.wait_for(asyncio.gather(*(by_streams(host, port, data) for _ in range(TIMES))), 100)
    return all(back == data for back in backs)


async def with_sendfile(host, port, size):
    """What loop.sendfile() sends comes back"""
    reader, writer = await asyncio.open_connection(host, port)
    with open("/proc/self/exe", "rb") as file:
        back = asyncio.ensure_future(reader.readexactly(size))
        await asyncio.get_running_loop().sendfile(writer.transport, file, count=size)
        file.seek(0)
        same = await asyncio.wait_for(back, 100) == file.read(size)
    writer.close()
    return same


def by_selector(host, port, data):
    """A socket that does not block, and a selector"""
    with socket.create_connection((host, port), 60) as sock, selectors.DefaultSelector() as selector:
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        sent, back = 0, bytearray()
        while len(back) < len(data):
            events = selector.select(60)
            if not events:
                return False
            if events[0][1] & selectors.EVENT_WRITE:
                sent += sock.send(data[sent:sent + 5000])
                if sent == len(data):
                    selector.modify(sock, selectors.EVENT_READ)
            if events[0][1] & selectors.EVENT_READ:
                back += sock.recv(5000)
        return bytes(back) == data


def by_file(host, port):
    """Lines over a socket's file, and a timeout where nothing comes"""
    with socket.create_connection((host, port), 60) as sock:
        file = sock.makefile("rw", newline="\n")
        for i in range(50):
            file.write(f"line {i}\n")
            file.flush()
            if file.readline() != f"line {i}\n":
                return False
        sock.settimeout(0.05)
        try:
            sock.recv(1)
        except TimeoutError:
            return True
    return False


def refused(host, port):
    try:
        socket.create_connection((host, port), 60)
    except ConnectionRefusedError:
        return True
    return False


def ask(port, size, host):
    data = os.urandom(size)
    with open("/proc/self/exe", "rb") as file:
        whole = min(size, os.fstat(file.fileno()).st_size)
    results = {
        "asyncio": asyncio.run(many(host, port, data[:size // 10])),
        "threads": asyncio.run(many(host, port + 1, data[:size // 10])),
        "sendfile": asyncio.run(with_sendfile(host, port, whole)),
        "selector": by_selector(host, port, data[:size // 4]),
        "file": by_file(host, port + 1),
        "refused": refused(host, port + 2),
    }
    print(hashlib.sha256(data).hexdigest(), results)
    return all(results.values())


if sys.argv[1] == "serve":
    asyncio.run(serve(int(sys.argv[2])))
else:
    sys.exit(not all([ask(int(sys.argv[2]), int(sys.argv[3]), host) for host in sys.argv[4:]]))
