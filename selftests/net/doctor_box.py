# SPDX-License-Identifier: GPL-2.0
"""Runs a command as sandboxes do:

  doctor_box.py errno N COMMAND...   socket(2) of family 18 fails with errno N (seccomp)
  doctor_box.py kill COMMAND...      whoever calls it so is ended
  doctor_box.py files COMMAND...     nothing below /etc can be read (Landlock)
  doctor_box.py ports COMMAND...     no TCP port can be had (Landlock of Linux 6.7)
"""
import ctypes
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
NR_SOCKET = 41
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
RET_ALLOW, RET_ERRNO, RET_KILL = 0x7fff0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
READ_FILE, BIND_TCP = 1 << 2, 1


def check(code, what):
    if code < 0:
        sys.exit('%s: %s' % (what, os.strerror(ctypes.get_errno())))
    return code


def seccomp(verdict):
    code = [(LOAD, 0, 0, 0), (JUMP_EQUAL, 0, 3, NR_SOCKET), (LOAD, 0, 0, 16), (JUMP_EQUAL, 0, 1, 18),
            (RETURN, 0, 0, verdict), (RETURN, 0, 0, RET_ALLOW)]
    text = b''.join(struct.pack('HBBI', *c) for c in code)
    program = ctypes.create_string_buffer(text, len(text))
    filters = struct.pack('HxxxxxxQ', len(code), ctypes.addressof(program))
    check(libc.prctl(PR_SET_SECCOMP, 2, filters, 0, 0), 'seccomp')


def landlock(files, ports):
    attr = struct.pack('QQ', files, ports) if ports else struct.pack('Q', files)
    ruleset = check(libc.syscall(CREATE_RULESET, attr, len(attr), 0), 'landlock_create_ruleset')
    for name in os.listdir('/') if files else ():
        if name == 'etc' or not os.path.isdir('/' + name):
            continue
        fd = os.open('/' + name, os.O_PATH)
        check(libc.syscall(ADD_RULE, ruleset, 1, struct.pack('=Qi', files, fd), 0), 'landlock_add_rule')
    check(libc.syscall(RESTRICT_SELF, ruleset, 0), 'landlock_restrict_self')


how, command = sys.argv[1], sys.argv[2:]
check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'no_new_privs')
if how == 'errno':
    seccomp(RET_ERRNO | int(command.pop(0)))
elif how == 'kill':
    seccomp(RET_KILL)
else:
    landlock(READ_FILE if how == 'files' else 0, BIND_TCP if how == 'ports' else 0)
os.execvp(command[0], command)
