# SPDX-License-Identifier: GPL-2.0
"""What the parts of the tour share: what is printed, what is expected, and programs on hosts.

A host is a network namespace. Nothing here sleeps: what is waited for is something to be read.
"""
import os
import re
import select
import signal
import subprocess
import sys
import textwrap
import time

WIDTH = 100
PATIENCE = 60

bold, plain = ('\033[1m', '\033[0m') if sys.stdout.isatty() or os.environ.get('NARU_TOUR_COLOR') else ('', '')
failures = []
children = []
hosts = []


# ---- what is printed ----

def say(text=''):
    print('\n'.join(textwrap.wrap(' '.join(text.split()), WIDTH)) if text else '', flush=True)


def title(text):
    print('\n%s%s%s\n%s' % (bold, text, plain, '=' * len(text)), flush=True)


def show(lines):
    for line in lines:
        print(line, flush=True)


def prompt(host, argv, comment=''):
    print('%s%s$ %s%s%s' % (bold, host, ' '.join(argv), plain, comment and '   # ' + comment), flush=True)


def expect(condition, what):
    if not condition:
        failures.append(what)
        print('!!! %s' % what, flush=True)
    return condition


def show_output(host, argv, text, wanted):
    """What a command has printed, as it is; every one of WANTED, patterns, has to be in it."""
    print()
    prompt(host, argv)
    show(text.splitlines())
    for what in wanted:
        expect(re.search(what, text), '%s on %s does not show %s' % (' '.join(argv), host, what))


# ---- programs ----

def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def inside(host, argv):
    return ['nsenter', '--net=/run/netns/' + host] + list(argv)


def on(host, *argv):
    return run(*inside(host, argv))


def start(host, *argv, **kwargs):
    child = subprocess.Popen(inside(host, argv), start_new_session=True, **kwargs)
    children.append(child)
    return child


def stop(child):
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def readable(file, what, end=None):
    """Waits until there is something to read."""
    left = PATIENCE if end is None else max(0, end - time.monotonic())
    return expect(select.select([file], [], [], left)[0], 'waited in vain for ' + what)


class Said:
    """The lines that a program prints, which are kept."""

    def __init__(self, pipe):
        self.pipe, self.text = pipe, ''
        os.set_blocking(pipe.fileno(), False)

    def read(self):
        """What there is; False at the end."""
        more = self.pipe.read(65536)
        if more:
            self.text += more.decode()
        return more != b''

    def wait_for(self, pattern, what):
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text, re.M):
            if not readable(self.pipe, what, end):
                return False
            if not self.read():
                return expect(re.search(pattern, self.text, re.M), 'it ended without ' + what)
        return True

    def rest(self):
        """Everything, to its end, of a program that has ended."""
        while readable(self.pipe, 'the end of what a program prints') and self.read():
            pass
        return self.text


# ---- hosts ----

def add_host(name):
    run('ip', 'netns', 'add', name)
    hosts.append(name)
    run('ip', '-n', name, 'link', 'set', 'lo', 'up')


def clean_up():
    for child in children:
        stop(child)
    for name in hosts:
        subprocess.run(['ip', 'netns', 'del', name], capture_output=True)
