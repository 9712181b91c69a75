# SPDX-License-Identifier: GPL-2.0
"""The part of the tour with a router: two hosts behind one address, and naru's NAPT between them and the rest."""
import json
import os

from crossing import Crossing
from stage import (Said, add_host, expect, on, prompt, run, say, show, show_output, start, stop, subprocess)

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = {'elm': '192.168.0.2', 'fir': '192.168.0.3'}
OUTSIDE, SERVER = '203.0.113.1', '203.0.113.80'
PORT = 40000  # what both hosts send from
PICTURE = '''
    elm  192.168.0.2 ---+
                        +--- lan0  192.168.0.1  gate  203.0.113.1  wan0 ---------- 203.0.113.80  server
    fir  192.168.0.3 ---+
'''


def cable(host, dev, far_host, far_dev):
    run('ip', 'link', 'add', dev, 'netns', host, 'type', 'veth', 'peer', 'name', far_dev, 'netns', far_host)
    for name, end in ((host, dev), (far_host, far_dev)):
        run('ip', '-n', name, 'link', 'set', end, 'up')


def address(host, dev, text):
    run('ip', '-n', host, 'address', 'add', text + '/24', 'dev', dev)


def make_network():
    for name in ('gate', 'server', *INSIDE):
        add_host(name)
    run('ip', '-n', 'gate', 'link', 'add', 'lan0', 'type', 'bridge')
    run('ip', '-n', 'gate', 'link', 'set', 'lan0', 'up')
    address('gate', 'lan0', '192.168.0.1')
    for name in INSIDE:
        cable(name, 'eth0', 'gate', 'to-' + name)
        run('ip', '-n', 'gate', 'link', 'set', 'to-' + name, 'master', 'lan0')
        address(name, 'eth0', INSIDE[name])
        run('ip', '-n', name, 'route', 'add', 'default', 'via', '192.168.0.1')
    cable('gate', 'wan0', 'server', 'eth0')
    address('gate', 'wan0', OUTSIDE)
    address('server', 'eth0', SERVER)
    on('gate', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')


# ---- programs ----

def listen(host, *argv, pattern='^ready$'):
    """A program that prints, when it is ready, a line of that pattern."""
    child = start(host, *argv, stdout=subprocess.PIPE)
    said = Said(child.stdout)
    said.wait_for(pattern, argv[0])
    return child, said


def web_server(host, addr):
    prompt(host, ['./whoami.py', host, addr, '80'])
    listen(host, HERE + '/whoami.py', host, addr, '80')


def fetch(host, url, port, answer):
    """What curl prints has to be that."""
    argv = ['curl', '-sS', '--local-port', str(port), url]
    print()
    prompt(host, argv)
    got = on(host, *argv, '--noproxy', '*')
    show(got.splitlines())
    expect(got == answer + '\n', '%s hears "%s", and not "%s"' % (host, got.strip(), answer))


def naru(*argv):
    return ['naru', 'napt', *argv]


def change(*argv):
    prompt('gate', naru(*argv))
    on('gate', *naru(*argv))


def mappings():
    """External endpoints by those inside."""
    def text(end):
        return '%s:%d' % (end['address'], end['port'])
    return {text(m['inside']): text(m['outside']) for m in json.loads(on('gate', *naru('map', 'list', '-j')))}


class Tap:
    """What passes some of the gate's devices."""

    def __init__(self, *devices):
        self.child, self.said = listen('gate', HERE + '/tap.py', *devices)

    def crossing(self):
        """One connection, once both ends have closed it and the gate has passed that on."""
        for way in ('in', 'out'):
            closed = r'^\S+ %s (\S+) (\S+) \S*FIN\S* ' % way
            self.said.wait_for(r'(?s)%s.*^\S+ %s (?!\1 )\S+ \S+ \S*FIN\S* ' % (closed, way), 'the end of a connection')
        stop(self.child)
        return Crossing(self.said.rest().splitlines()[1:])


def show_crossing(crossing, client, server, client_view, server_view):
    """CLIENT and SERVER, what to call their sides; their views, the endpoints that either side may see, client's first."""
    show(['', '  %s             %s' % (client.ljust(42), server)])
    show(crossing.rows())
    expect(crossing.whole(), 'not all packets came through')
    expect(crossing.views() == ({client_view}, {server_view}), 'other endpoints than those: %s' % (crossing.views(),))


# ---- what is shown ----

def requests():
    """From both hosts, from the same port. Returns their external endpoints."""
    external = {}
    for host, addr in INSIDE.items():
        tap = Tap('lan0', 'wan0')
        inside, web = '%s:%d' % (addr, PORT), SERVER + ':80'
        argv = ['curl', '-sS', '--local-port', str(PORT), 'http://%s/%s' % (SERVER, host)]
        print()
        prompt(host, argv)
        got = on(host, *argv, '--noproxy', '*')
        show(got.splitlines())
        external[inside] = mappings().get(inside)
        expect(got == 'server says: %s asks me for /%s\n' % (external[inside], host), host + ' gets another answer')
        show_crossing(tap.crossing(), host + "'s side: lan0", "the server's side: wan0", (inside, web),
                      (external[inside], web))
    return external


def table(external):
    for words in (('map', 'list'), ('session', 'list')):
        argv = naru(*words)
        show_output('gate', argv, on('gate', *argv), [r'%s +%s' % item for item in external.items()])
    expect(len(set(external.values())) == len(external), 'both hosts are %s outside' % external)


def forwarded():
    web_server('elm', INSIDE['elm'])
    change('map', 'add', 'tcp', 'dev:8080', 'to', INSIDE['elm'] + ':80', 'dev', 'wan0')
    tap = Tap('lan0', 'wan0')
    client = '%s:%d' % (SERVER, PORT)
    fetch('server', 'http://%s:8080/' % OUTSIDE, PORT, 'elm says: %s asks me for /' % client)
    show_crossing(tap.crossing(), "the server's side: wan0", "elm's side: lan0", (client, OUTSIDE + ':8080'),
                  (client, INSIDE['elm'] + ':80'))


def hairpin():
    tap = Tap('lan0', 'wan0')
    inside = '%s:%d' % (INSIDE['fir'], PORT + 1)
    outside = '%s:%d' % (OUTSIDE, PORT + 1)
    fetch('fir', 'http://%s:8080/' % OUTSIDE, PORT + 1, 'elm says: %s asks me for /' % outside)
    crossing = tap.crossing()
    show_crossing(crossing, "fir's side: lan0", "elm's side: lan0", (inside, OUTSIDE + ':8080'),
                  (outside, INSIDE['elm'] + ':80'))
    expect(all(p.dev == 'lan0' for pair in crossing.pairs for p in pair), 'a packet of theirs was outside')


def visit():
    make_network()
    say('''Two hosts with private addresses, a server, and between them a router, gate, with the one public address that
        there is. naru's NAPT is told so in one rule.''')
    show(PICTURE.splitlines()[1:] + [''])
    monitor, events = listen('gate', 'naru', 'monitor', 'napt', pattern='^Time')
    change('rule', 'add', 'dev', 'wan0', 'src', '192.168.0.0/24', 'to', 'dev', 'wan0')
    web_server('server', SERVER)

    say()
    say('''Both hosts ask the server, from the same port. Below each answer are the packets, as they are on either side of
        the gate.''')
    external = requests()
    say()
    say('''The first had its port outside too. It was taken when the second came, which got another one: by that the gate
        tells whose an answer is.''')
    table(external)

    say()
    say('''From outside nothing leads to a web server on elm, until a port is forwarded to it.''')
    say()
    forwarded()

    say()
    say('''The public name of elm's web server leads fir to it too, though both are inside: a hairpin. elm sees the gate's
        address, and so answers by way of the gate, where fir expects the answer from.''')
    hairpin()
    stop(monitor)
    made = [r'%s +%s' % item for item in external.items()]
    show_output('gate', ['naru', 'monitor', 'napt'], events.rest(), made)
