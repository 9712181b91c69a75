# SPDX-License-Identifier: GPL-2.0
# Generic netlink by hand: the controller's answers about a family, as trees of attributes.
import re
import socket
import struct

NETLINK_GENERIC, GENL_ID_CTRL = 16, 16
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLMSG_ERROR, NLMSG_DONE = 1, 4, 0x300, 2, 3
CTRL_CMD_GETFAMILY, CTRL_CMD_GETPOLICY = 3, 10
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_VERSION, CTRL_ATTR_OPS, CTRL_ATTR_MCAST_GROUPS = 1, 2, 3, 6, 7
CTRL_ATTR_POLICY, CTRL_ATTR_OP_POLICY, CTRL_ATTR_OP = 8, 9, 10
CAN_DO, CAN_DUMP = 2, 4


def is_since(release, major, minor):
    """Whether a kernel's release, which may go on with -rc1, is that version or a later one"""
    return tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", release).groups()) >= (major, minor)


def put(number, data):
    raw = struct.pack("=HH", 4 + len(data), number) + data
    return raw + bytes(-len(raw) % 4)


def attrs(raw):
    """(number, payload) of each attribute"""
    while len(raw) >= 4:
        size, number = struct.unpack_from("=HH", raw)
        if size < 4 or size > len(raw):
            raise ValueError("an attribute of %d bytes, %d are left" % (size, len(raw)))
        yield number & 0x3fff, raw[4:size]
        raw = raw[(size + 3) & ~3:]


def tree(raw):
    return dict(attrs(raw))


def number(raw):
    return int.from_bytes(raw, "little")


def ask(command, flags, request):
    """The payloads of all replies"""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as s:
        s.bind((0, 0))
        body = struct.pack("=BBH", command, 1, 0) + request
        s.send(struct.pack("=IHHII", 16 + len(body), GENL_ID_CTRL, NLM_F_REQUEST | flags, 1, 0) + body)
        while True:
            data = s.recv(1 << 16)
            while data:
                size, kind = struct.unpack_from("=IH", data)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    err = struct.unpack_from("=i", data, 16)[0]
                    if err:
                        raise OSError(-err, "netlink")
                    return
                yield data[20:size]
                data = data[(size + 3) & ~3:]


def family(name):
    """What the controller tells: (version, flags of each command, groups)"""
    reply = tree(next(iter(list(ask(CTRL_CMD_GETFAMILY, NLM_F_ACK, put(CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0"))))))
    ops = {}
    for _, raw in attrs(reply[CTRL_ATTR_OPS]):
        op = tree(raw)
        ops[number(op[1])] = number(op[2])
    groups = [tree(raw)[1].rstrip(b"\0").decode() for _, raw in attrs(reply[CTRL_ATTR_MCAST_GROUPS])]
    return number(reply[CTRL_ATTR_VERSION]), ops, groups


def policy(name):
    """({command: {"do": policy, "dump": policy}}, {policy: {attribute: what is said of it}})"""
    ops, policies = {}, {}
    for raw in ask(CTRL_CMD_GETPOLICY, NLM_F_DUMP, put(CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0")):
        reply = tree(raw)
        for command, of in attrs(reply.get(CTRL_ATTR_OP_POLICY, b"")):
            ops[command] = {{1: "do", 2: "dump"}[kind]: number(index) for kind, index in attrs(of)}
        for index, of in attrs(reply.get(CTRL_ATTR_POLICY, b"")):
            for attr, said in attrs(of):
                policies.setdefault(index, {})[attr] = {k: number(v) for k, v in attrs(said)}
    return ops, policies
