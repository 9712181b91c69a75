# SPDX-License-Identifier: GPL-2.0
"""Rows of `ss -tinmoe` and of `naru sock -tinmoe`, as text and as JSON, under the names of the latter. What is not printed
because it is 0 is not there."""
import json
import re
import subprocess

from truth import ENV

UNITS = {'': 1, 'K': 1e3, 'M': 1e6, 'G': 1e9}
MEM = {'r': 'rmem', 'rb': 'rcvbuf', 't': 'wmem_alloc', 'tb': 'sndbuf', 'f': 'fwd', 'w': 'wmem', 'o': 'optmem',
       'bl': 'backlog', 'd': 'drops'}
# ss's name: naru's, and how many of naru's unit are in its
SS = {'rcvmss': ('rcv_mss', 1), 'mss': ('snd_mss', 1), 'rto': ('rto_us', 1000), 'ato': ('ato_us', 1000),
      'minrtt': ('min_rtt_us', 1000), 'rcv_rtt': ('rcv_rtt_us', 1000), 'notsent': ('notsent_bytes', 1),
      'lastsnd': ('lastsnd_ms', 1), 'lastrcv': ('lastrcv_ms', 1), 'lastack': ('lastack_ms', 1), 'ino': ('inode', 1)}
SAME = set('advmss pmtu cwnd ssthresh rcv_ssthresh rcv_space unacked sacked lost bytes_sent bytes_acked bytes_received '
           'bytes_retrans segs_out segs_in data_segs_out data_segs_in snd_wnd rcv_wnd reordering reord_seen rcv_ooopack '
           'delivered dsack_dups delivered_ce uid backoff'.split())
WORDS = 'ts usec_ts sack ecn ecnseen app_limited'.split()
SS_COLUMNS = SAME | {name for name, _ in SS.values()} | set(WORDS) | set(
    'state recvq sendq local remote timer cong snd_wscale rcv_wscale rtt_us rttvar_us retrans total_retrans busy_us '
    'rwnd_limited_us sndbuf_limited_us sk cgroup send pacing_rate max_pacing_rate delivery_rate'.split())
KINDS = {'on': 'retransmit', 'persist': 'probe', 'keepalive': 'keepalive', 'timewait': 'time-wait'}
STATES = {'TIME-WAIT': 'TIME_WAIT', 'SYN-SENT': 'SYN_SENT'}


def said(*command):
    return subprocess.run(command, env=ENV, check=True, stdout=subprocess.PIPE).stdout.decode()


def milliseconds(words):
    """As ss prints a time, of which it leaves out the smaller units; and that of the smallest"""
    sizes = {'ms': 1, 'sec': 1000, 'min': 60000}
    parts = re.findall(r'([\d.]+)(ms|sec|min)', words)
    return sum(float(n) * sizes[unit] for n, unit in parts), sizes[parts[-1][1] if parts else 'ms'] * (0.1 if '.' in words else 1)


def ss_timer(value):
    kind, left, retrans = value.strip('()').split(',')
    ms, unit = milliseconds(left)
    return {'kind': KINDS[kind], 'ms': ms, 'retrans': int(retrans), 'unit': unit}


def ss_colon(row, name, value):
    """NAME:VALUE"""
    if name == 'timer':
        row['timer'] = ss_timer(value)
    elif name == 'skmem':
        row['mem'] = {MEM[key]: int(n) for key, n in re.findall(r'([a-z]+)(\d+)', value)}
    elif name == 'wscale':
        row['snd_wscale'], row['rcv_wscale'] = map(int, value.split(','))
    elif name == 'rtt':
        row['rtt_us'], row['rttvar_us'] = (round(float(n) * 1000) for n in value.split('/'))
    elif name == 'retrans':
        row['retrans'], row['total_retrans'] = map(int, value.split('/'))
    elif name in ('busy', 'rwnd_limited', 'sndbuf_limited'):
        row[name + '_us'] = 1000 * int(value.partition('ms')[0])
    elif name in SS:
        row[SS[name][0]] = round(float(value) * SS[name][1])
    elif name in SAME:
        row[name] = int(value)
    elif name in ('sk', 'cgroup'):
        row[name] = value
    else:
        row['?' + name] = value


def bytes_each_second(word):
    number, unit = re.fullmatch(r'([\d.]+)([KMG]?)bps', word).groups()
    return float(number) * UNITS[unit] / 8


def ss_words(row, words):
    while words:
        word = words.pop(0)
        if word in ('send', 'pacing_rate', 'delivery_rate'):
            rate, _, most = words.pop(0).partition('/')
            row[word] = bytes_each_second(rate)
            if most:
                row['max_pacing_rate'] = bytes_each_second(most)
        elif word in WORDS:
            row[word] = True
        elif word in ('cubic', 'reno'):
            row['cong'] = word
        elif ':' in word:
            ss_colon(row, *word.split(':', 1))
        elif word != '<->':
            row['?' + word] = True


def ss_rows(ns):
    rows = {}
    for line in said('inns', ns, 'ss', '-atinmoeHO').splitlines():
        state, recvq, sendq, local, remote, *words = line.split()
        row = {'state': STATES.get(state, state), 'recvq': int(recvq), 'sendq': int(sendq), 'local': local, 'remote': remote}
        ss_words(row, words)
        rows[local, remote] = row
    return rows


def end_of(told):
    return '%s:%s' % (told['address'], told['port'] or '*')


def json_rows(ns):
    """What the engine knows stands beside the rest"""
    rows = {}
    for row in json.loads(said('inns', ns, 'naru', 'sock', '-atinmoepj')):
        row.update(row.pop('info', {}), local=end_of(row['local']), remote=end_of(row['remote']))
        rows[row['local'], row['remote']] = row
    return rows


def value_of(word):
    if word in ('true', 'false'):
        return word == 'true'
    return int(word) if re.fullmatch(r'-?\d+', word) else word


def pairs(words):
    """NAME:VALUE and NAME:(NAME:VALUE ...)"""
    found = {}
    for name, group, word in re.findall(r'(\w+):(?:\(([^()]*)\)|([^\s()]+))', words):
        found[name] = value_of(word) if word else pairs(group)
    return found


def text_rows(ns):
    """Lines that begin with a blank belong to the one before"""
    rows = {}
    names = 'wire type state recvq sendq local remote id'.split()
    for line in re.sub(r'\n\s+', ' ', said('inns', ns, 'naru', 'sock', '-atinmoeH')).splitlines():
        words = line.split(None, len(names))
        row = dict(zip(names, map(value_of, words)), **pairs(' '.join(words[len(names):])))
        row.update(row.pop('info', {}))
        rows[row['local'], row['remote']] = row
    return rows


READERS = {'ss': [ss_rows], 'naru': [json_rows, text_rows]}
