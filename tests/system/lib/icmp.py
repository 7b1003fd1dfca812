# SPDX-License-Identifier: GPL-2.0-or-later
"""Echo requests and the errors that come back, from one raw socket."""

import errno
import os
import socket
import struct
import time
from dataclasses import dataclass

from . import packet
from .wait import TIMEOUT

IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_DONTFRAG = 10, 23, 62
PMTUDISC_DONT, PMTUDISC_DO, PMTUDISC_PROBE = 0, 2, 3


@dataclass
class Error:
    """An ICMP error, or the kernel's own word that a packet is too big."""

    kind: str
    mtu: int = 0
    source: str = None


class Echo:
    """Asks one address for echoes."""

    def __init__(self, ns, dst, *, df=True, probe=False, src=None):
        self.dst = dst
        self.six = ":" in dst
        self.header = 48 if self.six else 28
        proto = socket.IPPROTO_ICMPV6 if self.six else socket.IPPROTO_ICMP
        self.sock = ns.socket(socket.AF_INET6 if self.six else socket.AF_INET, socket.SOCK_RAW,
                              proto)
        mode = PMTUDISC_PROBE if probe else PMTUDISC_DO if df else PMTUDISC_DONT
        if self.six:
            self.sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, mode)
            self.sock.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, int(df))
        else:
            self.sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, mode)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if src:
            self.sock.bind((src, 0))
        self.ident = os.getpid() & 0xffff
        self.seq = 0

    def send(self, size):
        """Send a request; size is that of the whole IP packet. Returns its sequence number."""
        self.seq = self.seq % 0xffff + 1
        data = (bytes(range(256)) * (size // 256 + 1))[:size - self.header]
        head = struct.pack("!BBHHH", 128 if self.six else 8, 0, 0, self.ident, self.seq)
        if not self.six:
            head = head[:2] + struct.pack("!H", packet.checksum(head + data)) + head[4:]
        self.sock.sendto(head + data, (self.dst, 0))
        return self.seq

    def answer(self, seq, timeout=TIMEOUT):
        """True for the echo, an Error, or None when nothing came."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                raw, source = self.sock.recvfrom(65535)
            except TimeoutError:
                return None
            body = raw if self.six else raw[(raw[0] & 15) * 4:]
            found = self._judge(body, seq, source[0])
            if found:
                return found

    def _judge(self, body, seq, source):
        kind, code = body[:2]
        mine = struct.pack("!HH", self.ident, seq)
        if kind == (129 if self.six else 0):
            return body[4:8] == mine
        if kind not in ((1, 2, 3) if self.six else (3, 11)):
            return None
        quoted = body[8:]
        at = 40 if self.six else (quoted[0] & 15) * 4
        if quoted[at + 4:at + 8] != mine:
            return None
        if self.six:
            mtu, = struct.unpack("!I", body[4:8])
            name = {1: "unreachable", 2: "too-big", 3: "exceeded"}[kind]
        else:
            mtu, = struct.unpack("!H", body[6:8])
            name = "exceeded" if kind == 11 else "too-big" if code == 4 else "unreachable"
        return Error(name, mtu if name == "too-big" else 0, source)

    def ask(self, size=64, timeout=TIMEOUT):
        """Send and wait: True, an Error (kind local when this host refused), or None."""
        try:
            seq = self.send(size)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                return Error("local")
            return Error(errno.errorcode[error.errno])
        return self.answer(seq, timeout)


def ping(ns, dst, size=64, timeout=TIMEOUT, **options):
    """One echo request; what Echo.ask() says."""
    echo = Echo(ns, dst, **options)
    try:
        return echo.ask(size, timeout)
    finally:
        echo.sock.close()


def assert_pings(ns, dst, tries=10, **options):
    """The address answers, the first packets may be lost while neighbours are found."""
    result = None
    for _ in range(tries):
        result = ping(ns, dst, timeout=TIMEOUT / tries, **options)
        if result is True:
            return
        if result is not None:
            # an error comes at once, what it complains of may take its time to change
            time.sleep(TIMEOUT / tries)
    raise AssertionError(f"{ns} gets {result} for a ping of {dst}")
