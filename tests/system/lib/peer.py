# SPDX-License-Identifier: GPL-2.0-or-later
"""A tunnel's other end made of a plain UDP socket, and a look at what is on a link."""

import socket
import struct
import time

from . import packet
from .wait import QUIET, TIMEOUT

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Peer:
    """A UDP socket that speaks the wire format: payload = inner packet."""

    def __init__(self, ns, address, port=5000, remote=None):
        self.family = family_of(address)
        self.sock = ns.socket(self.family, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        self.sock.bind((address, port))
        self.address = address
        self.port = self.sock.getsockname()[1]
        self.remote = remote
        self.source = None

    def send(self, payload, remote=None):
        self.sock.sendto(payload, remote or self.remote)

    def receive(self, timeout=TIMEOUT):
        """The next payload that is no noise, None if there is none in time."""
        deadline = time.monotonic() + timeout
        while True:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                payload, self.source = self.sock.recvfrom(65535)
            except (TimeoutError, ConnectionRefusedError):
                if time.monotonic() >= deadline:
                    return None
                continue
            if not packet.is_noise(payload):
                return payload

    def expect(self, payload):
        """The next payload is exactly this."""
        got = self.receive()
        assert got is not None, f"nothing came, waited for {payload.hex()}"
        assert got == payload, f"\n{got.hex()} came instead of\n{payload.hex()}"

    def expect_nothing(self, timeout=QUIET):
        got = self.receive(timeout)
        assert got is None, f"unexpected {got.hex()}"

    def drain(self):
        while self.receive(0.01) is not None:
            pass

    def close(self):
        self.sock.close()


class Sniffer:
    """Sees the IP packets that come in by an interface of a namespace."""

    def __init__(self, ns, interface, outgoing=False):
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        self.sock.bind((interface, ETH_P_ALL))
        self.outgoing = outgoing

    def receive(self, match=lambda found: True, timeout=TIMEOUT):
        """The next packet that matches, parsed; None if there is none in time."""
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
            if (source[2] == PACKET_OUTGOING) != self.outgoing or packet.is_noise(raw):
                continue
            try:
                found = packet.parse(raw)
            except ValueError:
                continue
            if match(found):
                return found

    def udp(self, timeout=TIMEOUT):
        """The next UDP packet, which is an outer one where nothing else sends UDP."""
        found = self.receive(lambda one: one.proto == packet.UDP, timeout)
        assert found is not None or timeout < TIMEOUT, "no UDP packet was seen"
        return found

    def drain(self):
        self.sock.settimeout(0.001)
        try:
            while True:
                self.sock.recv(65535)
        except (TimeoutError, BlockingIOError):
            pass


class Sender:
    """Sends ready-made inner packets by a raw socket, routed as any other."""

    def __init__(self, ns, family=4, device=None):
        self.family = socket.AF_INET if family == 4 else socket.AF_INET6
        self.sock = ns.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        if device:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())

    def send(self, raw):
        found = packet.parse(raw)
        self.sock.sendto(raw, (found.dst, 0))


class Injector:
    """Puts packets, however broken, straight into an interface's transmit function."""

    def __init__(self, ns, interface):
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.interface = interface

    def send(self, raw, protocol=None):
        if protocol is None:
            protocol = 0x86dd if raw and raw[0] >> 4 == 6 else 0x0800
        self.sock.sendto(raw, (self.interface, protocol, 0, 0, b""))


def raw_udp(ns, src, sport, dst, dport, payload, *, corrupt=False, interface=None):
    """Send one UDP datagram with any source, or with a wrong checksum, by a raw socket."""
    datagram = packet.udp(src, dst, sport, dport, payload)
    if corrupt:
        head = 20 if ":" not in src else 40
        datagram = datagram[:head + 6] + \
            struct.pack("!H", (struct.unpack("!H", datagram[head + 6:head + 8])[0] ^ 0x5555) or 1
                        ) + datagram[head + 8:]
    Sender(ns, 6 if ":" in src else 4, interface).send(datagram)
