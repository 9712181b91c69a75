#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What naru history draws and writes, against what it says as JSON:

    history.py svg JSON SVG         every mark is an event, every event that has a mark is drawn, curves are the figures
    history.py csv JSON CSV         every row is an event
    history.py pcapng JSON PCAPNG   what tshark reads are the segments that are told one by one
    history.py ladder JSON TEXT     every rung is an event, a segment or a row of drops, in order of time
    history.py same JSON JSON       both are the same recording, read at different times
    history.py episode JSON         there is a loss, and what was sent again for it
    history.py past JSON TEXT       naru sock why says how long it lasted, what was sent again, and what fails

and what sockets are there for naru sock why:

    history.py hold ADDRESS PORT READY GATE         accepts a connection, never reads, resets it when GATE is there
    history.py fill ADDRESS PORT READY BYTES GATE   connects, writes BYTES or until there is no room (0), and 1000 more
                                                    when GATE.more is there; stays until GATE is
"""
import csv
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
SSTHRESH_NONE = 0x7FFFFFFF
MARKS = {"loss", "rto", "tlp", "tlp-loss", "undo", "ecn", "recovered", "snd-closed", "error"}
CURVES = {"cwnd": "cwnd", "ssthresh": "ssthresh", "in_flight": "in_flight", "snd_wnd": "snd_wnd"}
UNITS = {"\u00b5s": 1, "ms": 1000, "s": 1000000, "bytes": 1, "kB": 1000, "MB": 1000000}


def load(name):
    with open(name, encoding="utf-8") as f:
        return json.load(f)


# ---- the plot ----


def scale(axis, place, unit):
    """From a figure to a place, as two of the axis' ticks say: those that are farthest apart. And where the last is"""
    ticks = [(float(t.text) * unit, place(t)) for t in axis.findall(SVG + "text") if re.fullmatch(r"[\d.e+-]+", t.text)]
    assert len(ticks) >= 2, "an axis without ticks"
    (a, at_a), (b, at_b) = ticks[0], ticks[-1]
    return lambda figure: at_a + (figure - a) * (at_b - at_a) / (b - a), at_b


def unit_of(axis):
    (title,) = [t.text for t in axis.findall(SVG + "text") if "(" in t.text]
    return UNITS[re.search(r"\((.*)\)", title).group(1)]


def axes(root):
    x, y = root.find(f"{SVG}g[@class='x axis']"), root.find(f"{SVG}g[@class='y axis']")
    return (
        scale(x, lambda t: float(t.get("x")), unit_of(x)),
        scale(y, lambda t: float(t.get("y")) - 4, unit_of(y)),
    )


def near(a, b):
    # places are rounded to a hundredth of a pixel, and so are the ticks' that they are compared by
    return abs(a - b) < 0.05


def check_marks(said, root, x, y):
    drawn = []
    for mark in root.findall(f"{SVG}g[@class='marks']/{SVG}path"):
        at = re.fullmatch(r"translate\((\S+) (\S+)\)", mark.get("transform"))
        drawn.append((mark.get("class").split()[1], float(at[1]), float(at[2])))
    events = [e for e in said["events"] if e["event"] in MARKS]
    assert len(drawn) == len(events), (drawn, events)
    for (name, at_x, at_y), event in zip(drawn, events):
        assert name == event["event"], (name, event)
        assert near(at_x, x(event["us"])), (name, at_x, x(event["us"]), event)
        assert near(at_y, y(event["cwnd"])), (name, at_y, y(event["cwnd"]), event)
    return len(drawn)


def points(path):
    """Those of a curve in steps, where a step ends"""
    at_x = at_y = None
    for command, args in re.findall(r"([MHV])([^MHV]*)", path):
        if command == "M":
            at_x, at_y = map(float, args.split())
        elif command == "H":
            at_x = float(args)
            continue
        else:
            at_y = float(args)
        yield at_x, at_y


def check_curves(said, root, x, y, top):
    for name, key in CURVES.items():
        (curve,) = root.findall(f"{SVG}g[@class='curves']/{SVG}path[@class='{name}']")
        # what is not set, or above the field, is not drawn
        want = [(x(e["us"]), y(e[key])) for e in said["events"] if e[key] != SSTHRESH_NONE]
        want = [point for point in want if point[1] > top - 0.05]
        have = list(points(curve.get("d")))
        assert len(have) == len(want), (name, len(have), len(want))
        for a, b in zip(have, want):
            assert near(a[0], b[0]) and near(a[1], b[1]), (name, a, b)


def check_svg(said, name):
    root = xml.parse(name).getroot()
    (x, _), (y, top) = axes(root)
    labels = {t.text for t in root.iter(SVG + "text")}
    for label in "congestion window", "slow start threshold", "in flight":
        assert label in labels, label
    assert labels & {"receiver window", "receiver window (above)"}, labels
    check_curves(said, root, x, y, top)
    assert check_marks(said, root, x, y) > 0, "no mark"


# ---- the other forms ----


def check_csv(said, name):
    with open(name, encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == len(said["events"]), (len(rows), len(said["events"]))
    for row, event in zip(rows, said["events"]):
        for key in "us", "event", "state", "recovery", "cwnd", "ssthresh", "srtt_us", "in_flight", "snd_wnd", "rcv_wnd":
            assert row[key] == str(event[key]), (key, row, event)
        assert row["by"] == event.get("by", "")


FIELDS = ["frame.time_epoch", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.flags"]
FIELDS += ["tcp.window_size", "frame.len", "frame.cap_len", "frame.comment", "ip.src", "ipv6.src"]
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}


def read_capture(name):
    command = ["tshark", "-n", "-r", name, "-d", "ip.proto==253,tcp", "-T", "fields", "-E", "separator=;"]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [dict(zip(FIELDS, line.split(";"))) for line in text.splitlines()]


def us(packet):
    seconds, fraction = packet["frame.time_epoch"].split(".")
    return int(seconds) * 1000000 + int(fraction[:6])


def check_packet(said, packet, segment):
    here, there = said["local"], said["remote"]
    src, dst = (there, here) if segment["way"] == "in" else (here, there)
    assert src["address"] in (packet["ip.src"], packet["ipv6.src"]), packet
    assert [packet["tcp.srcport"], packet["tcp.dstport"]] == [str(src["port"]), str(dst["port"])], packet
    for field, key in ("seq_raw", "seq"), ("ack_raw", "ack"), ("len", "len"), ("window_size", "window"):
        assert packet["tcp." + field] == str(segment[key]), (field, packet, segment)
    flags = sum(FLAGS[f] for f in segment["flags"].split(","))
    assert int(packet["tcp.flags"], 16) & ~8 == flags, (packet, segment)
    assert int(packet["frame.len"]) - int(packet["frame.cap_len"]) == segment["len"], packet


def check_pcapng(said, name):
    packets = read_capture(name)
    segments = [s for s in said["segments"] if s["way"] != "run"]
    assert len(packets) == len(segments) > 3, (len(packets), len(segments))
    for packet, segment in zip(packets, segments):
        check_packet(said, packet, segment)
        assert us(packet) - us(packets[0]) == segment["us"] - segments[0]["us"], (packet, segment)
    comments = "".join(p["frame.comment"] for p in packets)
    for event in said["events"]:
        if event["event"] == "loss" and event["us"] <= segments[-1]["us"]:
            assert f"loss of {event['value']} by {event['by']}" in comments, event
    assert "not kept one by one" in comments or not any(s["way"] == "run" for s in said["segments"])


def check_ladder(said, name):
    with open(name, encoding="utf-8") as f:
        lines = f.read().splitlines()
    rungs = [line for line in lines if re.match(r".{13}\s*-?\d+\.\d{6}  \|", line)]
    events = [e for e in said["events"] if e["event"] != "cwnd"]
    assert len(rungs) == len(events) + len(said["segments"]) + len(said["drops"]), len(rungs)
    times = [float(rung[13:24]) for rung in rungs]
    assert times == sorted(times), times
    for spark in "cwnd ", "srtt ", "in flight ":
        (line,) = [line for line in lines if line.startswith(spark)]
        key = {"cwnd ": "cwnd", "srtt ": "srtt_us", "in flight ": "in_flight"}[spark]
        figures = [e[key] for e in said["events"]]
        assert f"  {min(figures)} to {max(figures)} " in line, (line, figures)
    text = "\n".join(rungs)
    assert len({len(rung) for rung in rungs}) == 1, "rungs of different lengths"
    for segment in said["segments"]:
        if segment["way"] != "run":
            want = f"{segment['flags']} seq {segment['seq']} "
            assert want in text, want
    assert text.count(" again ") == sum(s.get("again", False) for s in said["segments"])


def check_same(said, name):
    again = load(name)
    # what the time of day was then is reckoned anew each time
    del said["time"], again["time"]
    assert said == again, (said, again)


def check_episode(said):
    names = [e["event"] for e in said["events"]]
    assert set(names) & {"loss", "rto", "tlp-loss"}, names
    assert any(s.get("again") for s in said["segments"]), said["segments"]
    assert said["segments"][0]["flags"] == "SYN" and said["segments"][1]["flags"] == "SYN,ACK"
    assert said["segments"][2]["flags"] == "ACK"


def check_past(said, name):
    with open(name, encoding="utf-8") as f:
        text = f.read()
    assert re.search(rf"^  Lasted  .*, and lasted {said['ended_us'] / 1e6:.6f} s\.", text, re.M), text
    again = [s["len"] for s in said["segments"] if s.get("again")]
    want = f"{len(again)} segments were sent again, {sum(again)} bytes" if again else "Nothing was sent again"
    assert re.search(rf"^  Lost  .*{want}", text, re.M), (want, text)
    for by, words in ("rack", "RACK"), ("dupacks", "three duplicate ACKs"):
        losses = [e for e in said["events"] if e["event"] == "loss" and e.get("by") == by]
        assert (f" {len(losses)} times by {words} " in text) == bool(losses), (by, losses, text)
    timeouts = [e for e in said["events"] if e["event"] == "rto"]
    assert (f" {len(timeouts)} times by the retransmission timer " in text) == bool(timeouts), (timeouts, text)
    assert text.count(" the connection failed: ") == sum(e["event"] == "error" for e in said["events"]), text


# ---- sockets for naru sock why ----


def ready(name):
    with open(name, "w", encoding="utf-8"):
        pass


def await_gate(gate):
    while not os.path.exists(gate):
        time.sleep(0.05)


def hold(address, port, name, gate):
    listener = socket.create_server((address, int(port)))
    listener.listen(1)
    ready(name)
    conn, _ = listener.accept()
    await_gate(gate)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def fill(address, port, name, size, gate):
    conn = socket.create_connection((address, int(port)))
    conn.setblocking(False)
    left = int(size) or 1 << 30
    try:
        while left:
            left -= conn.send(b"x" * min(left, 65536))
    except BlockingIOError:
        pass
    ready(name)
    more = False
    while not os.path.exists(gate):
        if not more and os.path.exists(gate + ".more"):
            conn.send(b"x" * 1000)
            more = True
        time.sleep(0.05)


def main():
    what, *args = sys.argv[1:]
    if what == "hold":
        hold(*args)
    elif what == "fill":
        fill(*args)
    else:
        globals()["check_" + what](load(args[0]), *args[1:])


if __name__ == "__main__":
    main()
