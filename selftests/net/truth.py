# SPDX-License-Identifier: GPL-2.0
"""What the programs share that compare printed columns with what was done."""
import fcntl
import os
import struct
import sys
import time

FIONREAD, TIOCOUTQ = 0x541b, 0x5411
ENV = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}    # of commands that use no sockets


def text(end):
    return '%s:%d' % end[:2]


def queue(s, what):
    """FIONREAD: bytes that may be read; TIOCOUTQ: bytes that are not acknowledged"""
    return struct.unpack('i', fcntl.ioctl(s, what, b'\0' * 4))[0]


def until(condition):
    for _ in range(30000):
        if condition():
            return
        time.sleep(0.02)
    sys.exit('waited in vain')


def quiet(s):
    until(lambda: not queue(s, TIOCOUTQ))
