# SPDX-License-Identifier: GPL-2.0-or-later
"""A bare generic netlink socket, for what the tool would never say. It checks nothing.

The data plane in user space is spoken to in the same messages, by its UNIX socket.
"""

import contextlib
import os
import pathlib
import re
import socket
import struct

from . import dataplane
from .wait import TIMEOUT

GENL_ID_CTRL = 16
REQUEST, ACK, DUMP, REPLACE, EXCL, CREATE, APPEND = 1, 4, 0x300, 0x100, 0x200, 0x400, 0x800
NESTED = 0x8000
SOL_NETLINK, EXT_ACK, CAP_ACK = 270, 11, 10
NOOP, ERROR, DONE = 1, 2, 3
CTRL_PROVE = 0xf1

_UAPI = pathlib.Path(__file__).resolve().parents[3] / "uapi" / "linux" / "ipudp.h"


def _enums():
    """Numbers of commands and attributes, from the header: {"CMD_DEV_GET": 1, ...}."""
    found = {}
    for body in re.findall(r"^enum [^{]*\{(.*?)^\}", _UAPI.read_text("utf-8"), re.S | re.M):
        value = 0
        for name, given in re.findall(r"^\t_*IPUDP_(\w+)(?: = (\d+))?,", body, re.M):
            value = int(given) if given else value
            found[name] = value
            value += 1
    return found


NUMBERS = _enums()


class NetlinkError(OSError):
    """A request was refused: errno, the kernel's sentence and the offset of the attribute."""

    def __init__(self, number, message, offset):
        super().__init__(number, message or os.strerror(number))
        self.message = message
        self.offset = offset


def attr(kind, value):
    """One attribute, padded. An int is 32 bit; give other sizes as bytes."""
    if isinstance(value, int):
        value = struct.pack("=I", value)
    elif isinstance(value, str):
        value = value.encode() + b"\0"
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def attrs(data):
    """[(type, value)] of a run of attributes."""
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        if length < 4:
            break
        found.append((kind & 0x3fff, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


def connect_netlink():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    sock.bind((0, 0))
    sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
    sock.setsockopt(SOL_NETLINK, CAP_ACK, 1)
    return sock


def exchange_secret(sock):
    """What ipudpd wants to hear by netlink from who may make changes, and its number there."""
    sock.send(struct.pack("=IHHIIBBH", 20, GENL_ID_CTRL, REQUEST, 0, 0, CTRL_PROVE, 1, 0))
    found = dict(attrs(sock.recv(1000)[20:]))
    return struct.unpack("=I", found[1])[0], found[2]


def prove(sock):
    """Send the secret, from the namespace that the calling thread is in."""
    portid, secret = exchange_secret(sock)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as proof:
        proof.sendto(struct.pack("=IHHII", 16 + len(secret), NOOP, 0, 0, 0) + secret, (portid, 0))


def connect_ipudpd(admin=True):
    """Connect, and show that we may configure the namespace, if we may and want to."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect("\0ipudpd")
    with contextlib.suppress(PermissionError):
        if admin:
            prove(sock)
    return sock


def judge(message, kind):
    """Raise NetlinkError if the end of an answer is one."""
    error, = struct.unpack("=i", message[:4])
    if not error:
        return
    # CAP_ACK: the request's header alone is quoted
    extra = dict(attrs(message[20:] if kind == ERROR else message[4:]))
    text = extra.get(1, b"").rstrip(b"\0").decode()
    offset = struct.unpack("=I", extra[2])[0] if 2 in extra else None
    raise NetlinkError(-error, text, offset)


class Genl:
    """A socket in the namespace that the calling thread is in."""

    def __init__(self, family="ipudp", admin=True):
        if dataplane.selected() == dataplane.USER:
            self.sock = connect_ipudpd(admin)
        else:
            self.sock = connect_netlink()
        self.sock.settimeout(TIMEOUT)
        self.seq = 0
        self.family = GENL_ID_CTRL
        (_, found), = self.request(3, attr(2, family), version=2)
        self.family, = struct.unpack("=H", dict(attrs(found))[1])

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, command, payload=b"", flags=ACK, version=1, family=None):
        self.seq += 1
        body = struct.pack("=BBH", command, version, 0) + payload
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family or self.family,
                                   REQUEST | flags, self.seq, 0) + body)
        return self.seq

    def request(self, command, payload=b"", flags=ACK, **kwargs):
        """Send and collect [(command, attributes)]; raises NetlinkError."""
        seq = self.send(command, payload, flags, **kwargs)
        return self.collect(seq, flags)

    def collect(self, seq, flags=ACK):
        found = []
        while True:
            data = self.sock.recv(1 << 17)
            while len(data) >= 16:
                length, kind, _, number, _ = struct.unpack("=IHHII", data[:16])
                message, data = data[16:length], data[(length + 3) & ~3:]
                if number != seq:
                    continue
                if kind in (ERROR, DONE):
                    judge(message, kind)
                    return found
                found.append((message[0], message[4:]))
                if not flags & (ACK | DUMP):
                    return found
