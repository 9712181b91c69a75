#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A web server that tells who asks, from where, as it sees it: whoami.py NAME ADDRESS PORT"""
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = '%s says: %s:%d asks me for %s\n' % (sys.argv[1], *self.client_address, self.path)
        self.send_response(200)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer((sys.argv[2], int(sys.argv[3])), Handler)
print('ready', flush=True)
server.serve_forever()
