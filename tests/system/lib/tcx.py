# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs at the ingress of an interface by tcx, which `tc` does not show and `bpftool` only lately.

All of it is about the network namespace that the caller is in. As a command it prints the names of the
programs at an interface.
"""

import ctypes
import json
import os
import platform
import socket
import struct
import subprocess
import sys

BPF_CALL = {"x86_64": 321, "aarch64": 280}.get(platform.machine())

# linux/bpf.h
PROG_LOAD, PROG_ATTACH, PROG_DETACH, PROG_QUERY = 5, 8, 9, 16
SCHED_CLS = 3
TCX_INGRESS = 46
BEFORE = 1 << 3

# What a program may say of a packet.
NEXT, PASS, DROP = -1, 0, 2

_libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, data):
    """The system call; data receives what it answers."""
    room = (ctypes.c_char * len(data)).from_buffer(data)
    ret = _libc.syscall(ctypes.c_long(BPF_CALL), command, room, len(data))
    if ret < 0:
        raise OSError(ctypes.get_errno(), f"bpf() {command}")
    return ret


def ids(device):
    """The programs, in the order of their turns; None where the kernel has no tcx."""
    found = (ctypes.c_uint32 * 64)()
    query = bytearray(struct.pack("=IIIIQIIQQQQ", socket.if_nametoindex(device), TCX_INGRESS, 0, 0,
                                  ctypes.addressof(found), 64, 0, 0, 0, 0, 0))
    try:
        bpf(PROG_QUERY, query)
    except OSError:
        return None
    return list(found[:struct.unpack_from("=I", query, 24)[0]])


def works():
    return BPF_CALL is not None and ids("lo") is not None


def names(device):
    """What they are called, in that order; none where the kernel has no tcx."""
    return [json.loads(subprocess.run(["bpftool", "-j", "prog", "show", "id", str(number)],
                                      capture_output=True, text=True, check=True).stdout)["name"]
            for number in (ids(device) if BPF_CALL else None) or ()]


def attach(device, name, verdict, flags=0):
    """Attach a program that says the same of all packets. Without flags it becomes the last one."""
    # r0 = verdict; exit
    code = ctypes.create_string_buffer(struct.pack("=BBhiBBhi", 0xb7, 0, 0, verdict, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    program = bpf(PROG_LOAD, bytearray(struct.pack(
        "=IIQQIIQII16s", SCHED_CLS, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0,
        0, name.encode())))
    try:
        bpf(PROG_ATTACH, bytearray(struct.pack(
            "=IIIIIIQ", socket.if_nametoindex(device), program, TCX_INGRESS, flags, 0, 0, 0)))
    finally:
        os.close(program)


def detach_first(device):
    bpf(PROG_DETACH, bytearray(struct.pack("=IIIIIIQ", socket.if_nametoindex(device), 0, TCX_INGRESS,
                                           BEFORE, 0, 0, 0)))


if __name__ == "__main__":
    print(" ".join(names(sys.argv[1])))
