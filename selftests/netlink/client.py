# SPDX-License-Identifier: GPL-2.0
# A client of a family of generic netlink that sends any bytes, and reads what is said of them.
import os
import socket
import struct

import genl

SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
NLM_F_ACK_TLVS, NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 0x200, 1, 2
NLA_F_NESTED = 0x8000
# Of the message's two headers
HEADERS = 20


class Answer:
    """errno, 0 for success; the extended ACK's words and place, or None; the payloads of the replies"""

    def __init__(self):
        self.err, self.text, self.at, self.rows = 0, "", None, []

    def read(self, data):
        """Whether it is the last message"""
        size, kind, flags = struct.unpack_from("=IHH", data)
        if kind not in (genl.NLMSG_ERROR, genl.NLMSG_DONE):
            self.rows.append(data[HEADERS:size])
            return False
        self.err = -struct.unpack_from("=i", data, 16)[0]
        if flags & NLM_F_ACK_TLVS:
            said = genl.tree(data[36 if kind == genl.NLMSG_ERROR else 20:size])
            self.text = said.get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode()
            self.at = genl.number(said[NLMSGERR_ATTR_OFFS]) if NLMSGERR_ATTR_OFFS in said else None
        return True


class Client:
    def __init__(self, name):
        reply = genl.ask(genl.CTRL_CMD_GETFAMILY, genl.NLM_F_ACK, genl.put(genl.CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0"))
        self.family = genl.number(genl.tree(next(iter(list(reply))))[genl.CTRL_ATTR_FAMILY_ID])
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, genl.NETLINK_GENERIC)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)

    def send(self, flags, payload):
        """A message of this family, whatever it holds"""
        self.sock.send(struct.pack("=IHHII", 16 + len(payload), self.family, genl.NLM_F_REQUEST | flags, 1, 0) + payload)
        answer = Answer()
        while True:
            data = self.sock.recv(1 << 17)
            while data:
                if answer.read(data):
                    return answer
                data = data[(struct.unpack_from("=I", data)[0] + 3) & ~3:]

    def call(self, command, kind, attrs=b""):
        return self.send(genl.NLM_F_DUMP if kind == "dump" else genl.NLM_F_ACK, struct.pack("=BBH", command, 1, 0) + attrs)

    def list(self, command):
        answer = self.call(command, "dump")
        if answer.err:
            raise OSError(answer.err, os.strerror(answer.err))
        return answer.rows
