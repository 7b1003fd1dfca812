# SPDX-License-Identifier: GPL-2.0-or-later
"""Building and reading of IP packets, byte for byte."""

import socket
import struct
from dataclasses import dataclass

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def text(data):
    return socket.inet_ntop(socket.AF_INET6 if len(data) == 16 else socket.AF_INET, data)


def pseudo(src, dst, proto, length):
    """The pseudo header that UDP, TCP and ICMPv6 checksums cover."""
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!II", length, proto)


# pylint: disable=too-many-arguments
def ip(src, dst, proto, payload, *, tos=0, ttl=64, ident=0, df=True, flow=0):
    """An IPv4 or IPv6 packet, as the addresses are."""
    if ":" in src:
        return struct.pack("!IHBB", 6 << 28 | tos << 20 | flow, len(payload), proto, ttl) + \
            addr(src) + addr(dst) + payload
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), ident, 0x4000 if df else 0,
                       ttl, proto, 0) + addr(src) + addr(dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(src, dst, sport, dport, data=b"", **options):
    """A UDP packet with its checksum."""
    length = 8 + len(data)
    head = struct.pack("!HHHH", sport, dport, length, 0)
    total = checksum(pseudo(addr(src), addr(dst), UDP, length) + head + data) or 0xffff
    return ip(src, dst, UDP, head[:6] + struct.pack("!H", total) + data, **options)


def tcp(src, dst, sport, dport, data=b"", *, flags=0x02, **options):
    """A TCP segment with its checksum."""
    head = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 5 << 4, flags, 65535, 0, 0)
    total = checksum(pseudo(addr(src), addr(dst), TCP, 20 + len(data)) + head + data)
    return ip(src, dst, TCP, head[:16] + struct.pack("!H", total) + head[18:] + data, **options)


def echo(src, dst, ident=1, seq=1, data=b"", *, reply=False, **options):
    """An ICMP or ICMPv6 echo request."""
    six = ":" in src
    kind = (129 if reply else 128) if six else (0 if reply else 8)
    head = struct.pack("!BBHHH", kind, 0, 0, ident, seq) + data
    cover = pseudo(addr(src), addr(dst), ICMP6, len(head)) if six else b""
    body = head[:2] + struct.pack("!H", checksum(cover + head)) + head[4:]
    return ip(src, dst, ICMP6 if six else ICMP, body, **options)


@dataclass
class Packet:
    """What is in the headers of a packet."""

    raw: bytes
    version: int
    src: str
    dst: str
    tos: int
    ttl: int
    proto: int
    length: int
    payload: bytes
    df: bool = False
    ident: int = 0
    offset: int = 0
    more: bool = False

    @property
    def dscp(self):
        return self.tos >> 2

    @property
    def ecn(self):
        return self.tos & 3

    @property
    def ports(self):
        return struct.unpack("!HH", self.payload[:4])

    @property
    def data(self):
        """What is behind the UDP header."""
        return self.payload[8:]

    def checksum_ok(self):
        """Of the transport header; a UDP checksum of zero over IPv4 is none."""
        if self.proto == ICMP:
            return checksum(self.payload) == 0
        if self.proto == UDP and self.payload[6:8] == b"\0\0":
            return self.version == 4
        return checksum(pseudo(addr(self.src), addr(self.dst), self.proto, len(self.payload)) +
                        self.payload) == 0


def parse(raw):
    """Read a packet; raises ValueError when it is none."""
    try:
        if raw[0] >> 4 == 4:
            ihl = (raw[0] & 15) * 4
            tos, length, ident, frag, ttl, proto = struct.unpack("!xBHHHBB", raw[:10])
            if checksum(raw[:ihl]):
                raise ValueError("bad IPv4 header checksum")
            return Packet(raw, 4, text(raw[12:16]), text(raw[16:20]), tos, ttl, proto, length,
                          raw[ihl:length], bool(frag & 0x4000), ident, (frag & 0x1fff) * 8,
                          bool(frag & 0x2000))
        if raw[0] >> 4 == 6:
            word, length, proto, ttl = struct.unpack("!IHBB", raw[:8])
            return Packet(raw, 6, text(raw[8:24]), text(raw[24:40]), word >> 20 & 255, ttl, proto,
                          40 + length, raw[40:40 + length])
    except (IndexError, struct.error) as error:
        raise ValueError(f"short packet {raw.hex()}") from error
    raise ValueError(f"no IP packet: {raw.hex()}")


def is_noise(raw):
    """What a kernel says without being asked: multicast and neighbour messages of IPv6."""
    if not raw or raw[0] >> 4 != 6 or len(raw) < 48:
        return False
    at = 40
    proto = raw[6]
    if proto == 0 and len(raw) > 48:
        proto, at = raw[40], 48
    return proto == ICMP6 and raw[at] in (130, 131, 132, 133, 134, 135, 136, 143)
