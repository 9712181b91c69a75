# SPDX-License-Identifier: GPL-2.0
"""monitor_scene.py FILE: for each line of standard input, which is a port: listens to it, connects to it over the
loopback, and closes what it did for the line before; then FILE.PORT is made."""
import socket
import sys

before = []
for line in sys.stdin:
    port = int(line)
    listener = socket.create_server(('127.0.0.1', port))
    client = socket.create_connection(('127.0.0.1', port))
    server = listener.accept()[0]
    if before:
        # the client closes first, and leaves a TIME-WAIT
        before[1].close()
        before[2].recv(1)
        before[2].close()
        before[0].close()
    before = [listener, client, server]
    open('%s.%d' % (sys.argv[1], port), 'w').close()
