#!/usr/bin/python3
"""Run a program as if on a kernel that lacks some system calls: a filter answers them with ENOSYS, or with $ANSWER.

usage: lacking.py CALL,CALL... PROGRAM [ARG...]
"""

import ctypes
import os
import sys

ALLOW, ERRNO, CTL_NNP = 0x7fff0000, 0x00050000, 3


def main():
    """execve(2)."""
    answer = ERRNO | int(os.environ.pop("ANSWER", "38"))
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(ALLOW)))
    if os.geteuid() == 0:
        lib.seccomp_attr_set(rules, CTL_NNP, 0)
    for name in sys.argv[1].split(","):
        number = lib.seccomp_syscall_resolve_name(name.encode())
        # A library older than a call: nothing that stands on it makes the call.
        if number >= 0 and lib.seccomp_rule_add(rules, ctypes.c_uint32(answer), number, 0) < 0:
            sys.exit(f"lacking.py: seccomp_rule_add {name}")
    if lib.seccomp_load(rules) < 0:
        sys.exit("lacking.py: seccomp_load")
    os.execv(sys.argv[2], sys.argv[2:])


main()
