# SPDX-License-Identifier: GPL-2.0
# include/netlink/naru.yaml, read: what a family of generic netlink consists of. Names are C's.
import os

import yaml

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC = os.path.join(TREE, "include/netlink/naru.yaml")
UAPI = os.path.join(TREE, "include/uapi/linux")
# The one in C, which takes a tenth of the time, where Python has it
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def c_name(*words):
    return "".join(words).upper().replace("-", "_")


class Values:
    """An enum, a set of flags, or one constant of the definitions"""

    def __init__(self, family, yml):
        self.name, self.type = yml["name"], yml["type"]
        self.ours = yml.get("header", "").startswith("linux/naru_genl")
        self.prefix = c_name(family, "-", self.name)
        if self.type == "const":
            self.value = {self.prefix: yml["value"]}
            return
        self.value, at = {}, yml.get("value-start", 0)
        for entry in yml["entries"]:
            entry = entry if isinstance(entry, dict) else {"name": entry}
            at = entry.get("value", at)
            self.value[self.prefix + c_name("-", entry["name"])] = 1 << at if self.type == "flags" else at
            at += 1

    def mask(self):
        bits = [v if self.type == "flags" else 1 << v for v in self.value.values()]
        return sum(bits)


class Attr:
    """An attribute: its type, and what the kernel is to check"""

    def __init__(self, prefix, yml, number):
        self.name, self.number = yml["name"], number
        self.c_name = c_name(prefix, self.name)
        self.type, self.sub_type = yml["type"], yml.get("sub-type")
        self.nested, self.multi = yml.get("nested-attributes"), yml.get("multi-attr", False)
        self.checks = yml.get("checks", {})
        self.enum = yml.get("enum")


class Family:
    def __init__(self, path=SPEC):
        with open(path, encoding="utf-8") as f:
            self.yml = yaml.load(f, LOADER)
        self.name = self.yml["name"]
        self.values = {d["name"]: Values(self.name, d) for d in self.yml["definitions"]}
        self.sets = {}
        for yml in self.yml["attribute-sets"]:
            self.sets[yml["name"]] = self._set(yml)
        self.set_yml = {s["name"]: s for s in self.yml["attribute-sets"]}
        self.groups = [g["name"] for g in self.yml["mcast-groups"]["list"]]
        self.commands = self._commands(self.yml["operations"])

    def _set(self, yml):
        if "subset-of" not in yml:
            attrs, number = {}, 1
            for a in yml["attributes"]:
                number = a.get("value", number)
                attrs[a["name"]] = Attr(yml["name-prefix"], a, number)
                number += 1
            return attrs
        whole = next(s for s in self.yml["attribute-sets"] if s["name"] == yml["subset-of"])
        of = {a["name"]: a for a in whole["attributes"]}
        number = {a.name: a.number for a in self.sets[yml["subset-of"]].values()}
        return {a["name"]: Attr(whole["name-prefix"], of[a["name"]] | a, number[a["name"]]) for a in yml["attributes"]}

    def _commands(self, yml):
        commands, number = {}, 1
        for op in yml["list"]:
            number = op.get("value", number)
            command = commands.setdefault(number, Command(c_name(yml["name-prefix"], op["name"]), number))
            command.add(op, self.sets[op["attribute-set"]])
            number += 1
        return commands

    def constant(self, value):
        """A check's limit: a number, or the name of a constant"""
        return next(iter(self.values[value].value.values())) if isinstance(value, str) else value

    def mask(self, name):
        return self.values[name].mask()


class Command:
    """What is sent under one number, in requests and replies, and what it may hold"""

    def __init__(self, name, number):
        self.c_name, self.number = name, number
        self.request = {"do": None, "dump": None}
        self.reply, self.event, self.group = [], [], None

    def add(self, op, attrs):
        for kind in ("do", "dump"):
            if kind not in op:
                continue
            request = [attrs[n] for n in op[kind].get("request", {}).get("attributes", [])]
            if self.request[kind] is None or request:
                self.request[kind] = request
            self.reply += [attrs[n] for n in op[kind].get("reply", {}).get("attributes", [])]
        if "event" in op:
            self.event, self.group = [attrs[n] for n in op["event"]["attributes"]], op["mcgrp"]
