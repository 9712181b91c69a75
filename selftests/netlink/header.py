# SPDX-License-Identifier: GPL-2.0
# naru_genl.h and what it includes, read: the numbers, and the words at its head.
import re

TYPES = r"u8|u16|u32|u64|s32|s64|string|flag|nested|16 bytes|array of s32|struct tcp_info|struct naru_owner_fd"
NAMES = r"(?:NARU|)_[A-Z0-9_]+(?:,\s+(?:NARU|)_[A-Z0-9_]+)*"


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def enums(text):
    """Name of each enum: its names in order, with their numbers"""
    found = {}
    for name, body in re.findall(r"\benum (\w+) \{(.*?)\}", without_comments(text), re.S):
        value, known = -1, {}
        for item in filter(None, (i.strip() for i in body.split(","))):
            word, _, term = (p.strip() for p in item.partition("="))
            value = value + 1 if not term else evaluate(term, known)
            known[word] = value
        found[name] = known
    return found


def evaluate(term, known):
    """A number, or what a few names come to"""
    if not re.fullmatch(r"[\w\s()|+-]+", term):
        raise ValueError("what is %s?" % term)
    return eval(term, {"__builtins__": {}}, known)


def defines(text):
    found = {}
    for name, term in re.findall(r"^#define (NARU_\w+)[ \t]+(.+)$", without_comments(text), re.M):
        term = term.strip()
        found[name] = term[1:-1] if term[0] == '"' else evaluate(term, found)
    return found


def head(text):
    """The lines of the first comment behind the licence, without their stars"""
    body = re.search(r"\n/\*\n(.*?)\n \*/", text, re.S).group(1)
    return [re.sub(r"^ \* ?", "", line) for line in body.split("\n")]


def spelled(names):
    """NARU_A_B, _C: the names as they are in full"""
    full, prefix = [], ""
    for name in re.split(r",\s+", names.strip().rstrip(",")):
        if name.startswith("_"):
            name = prefix + name
        else:
            prefix = re.match(r"NARU_[A-Z]+", name).group(0)
        full.append(name)
    return full


def types(lines):
    """Each attribute that is said to be of a type: (name, type, may it occur more than once), as often as it is said"""
    text = re.sub(r"\s+", " ", " ".join(lines))
    for names, kind, rest in re.findall(r"(%s): (%s)\b( \[rep\])?" % (NAMES, TYPES), text):
        for name in spelled(names):
            yield name, kind, bool(rest)
    each = re.search(r": nested, (u\d+) each.*?(?= \*|NARU_\w+_REQ)", text)
    for name in re.findall(r"(NARU_\w+) \[\d+\]", each.group(0)) if each else []:
        yield name, each.group(1), False


class Command:
    """What is said of a command: what kinds of request there are, and the attributes of each of its messages"""

    def __init__(self, name, kinds):
        self.name = name
        self.do = bool(re.search(r"\bdo\b", kinds))
        self.dump = bool(re.search(r"\bdump\b", kinds))
        group = re.search(r"multicast group (NARU_GENL_GROUP_\w+)", kinds)
        self.group = group and group.group(1)
        self.said = {"request": [], "reply": [], "event": []}


def commands(lines):
    found, command, section = [], None, None
    for line in lines:
        start = re.match(r"(NARU_CMD_\w+) - ([^.]*)", line)
        if start:
            command, section = Command(*start.groups()), "event"
            found.append(command)
        elif not line.startswith("\t"):
            command = command if line and not re.match(r"NARU_|The ", line) else None
        elif command:
            section = read_line(command, section, line)
    return found


def read_line(command, section, line):
    begins = re.match(r"\t(request|reply|replies)\b", line)
    if begins:
        section = begins.group(1).replace("replies", "reply")
    own = re.match(r"\t(?:\t|request: )((?:(?:NARU|)_[A-Z0-9_]+\*?(?:, |,$|(?=:)))+)", line)
    if own:
        command.said[section] += spelled(own.group(1))
        # One more on the same line
        command.said[section] += re.findall(r", (NARU_\w+): (?:%s)" % TYPES, line)
    return section
