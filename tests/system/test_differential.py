# SPDX-License-Identifier: GPL-2.0-or-later
"""XDP, tc and the daemon itself: the same datagrams, however hostile, have the same fate.

    s ─── r m0 (multi, sources are checked)      three times: by tc, by XDP, in user space

What comes out of m0 and all counters, of what was received and of each reason for a drop, have to
be the same. Two differences are meant, and not provoked: see docs/datapaths.md on inner checksums
that are wrong together with the outer one, and on devices that are down.
"""

import collections
import contextlib
import os
import random
import socket
import struct
import time

import pytest
from lib import dataplane, lab, packet, tool
from lib.wait import TIMEOUT, wait_until
from test_fastpath import start, working  # pylint: disable=unused-import

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")

SEEDS = [1, 2, 3, int.from_bytes(os.urandom(4), "big")]
ROUNDS = 12
BURST = 40
MARK = 65000


class Receiver:
    """One of the three, and who sends to it."""

    def __init__(self, made, label, *options, fast_path="on"):
        self.sender, self.ns = made.namespaces(f"s{label}", f"r{label}")
        made.link(self.sender, "eth0", self.ns, "eth0")
        made.up()
        for ns in (self.sender, self.ns):
            ns.run("ethtool", "-K", "eth0", "gro", "off", "tso", "off", "gso", "off", "tx", "off")
        if options:
            dataplane.daemon(self.ns).stop()
            start(self.ns, *options)
        tunnels = "\n".join(
            f"tunnel add dev m0 id {family} remote {lab.outer(family, 0, 1)} rport 6000 port 5000"
            for family in (4, 6))
        self.ns.ipudp_batch(f"""
            dev add m0 mode multi fast-path {fast_path}
            {tunnels}
            rule add dev m0 10.1.0.0/16 tunnel 4
            rule add dev m0 10.1.2.0/24 tunnel 6
            rule add dev m0 10.1.2.3/32 tunnel 4 tunnel 6
            rule add dev m0 fd01::/64 tunnel 4
            rule add dev m0 fd01::6/128 tunnel 6""")
        self.ns.ip(["link set m0 addrgenmode none", "link set m0 up"])
        addresses = [ns.link("eth0")["address"] for ns in (self.ns, self.sender)]
        self.header = b"".join(bytes.fromhex(one.replace(":", "")) for one in addresses)
        self.out = self.sender.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.out.bind(("eth0", 0))
        self.seen = self.ns.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.seen.bind(("m0", 3))
        self.seen.settimeout(TIMEOUT)
        # nobody asks who has which address while it matters
        self.ns.ip([f"neigh replace {lab.outer(family, 0, 1)} lladdr {addresses[1]} dev eth0"
                    for family in (4, 6)])

    def send(self, outer):
        kind = 0x86dd if outer[0] >> 4 == 6 else 0x0800
        self.out.send(self.header + struct.pack("!H", kind) + outer)

    def received(self, mark):
        """What came out of the device until a packet that is known."""
        found = collections.Counter()
        while True:
            raw = self.seen.recv(65535)
            if raw == mark:
                return found
            found[raw] += 1

    def late(self):
        """What came out since: single TCP packets make a detour."""
        found = collections.Counter()
        self.seen.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                found[self.seen.recv(65535)] += 1
        self.seen.settimeout(TIMEOUT)
        return found

    def counters(self):
        """Everything that was counted, by name."""
        said = self.ns.dev("m0")
        found = {name: value for name, value in said["counters"].items() if name.startswith("rx_")
                 and "age" not in name}
        for tunnel in (4, 6):
            counters = self.ns.tunnel("m0", tunnel)["counters"]
            found.update({f"{name} of tunnel {tunnel}": counters[name]
                          for name in ("rx_packets", "rx_bytes", "rx_dropped", "rx_keepalives")})
        found.update(self.ns.drops("m0"))
        for listener in self.ns.show("listener show"):
            # What the socket itself dropped, wrong checksums among it, is told with one of the next
            # datagrams only.
            found.update({f"{listener['family']} listener: {name}": value
                          for name, value in tool.drops(listener).items() if name != "rx-nomem"})
        return found


@pytest.fixture(scope="module")
def receivers():
    made = lab.Lab()
    with contextlib.closing(made):
        three = [Receiver(made, "t"), Receiver(made, "x", "--xdp", "eth0"),
                 Receiver(made, "u", fast_path="off")]
        assert [one.ns.dev("m0")["fast_path_state"] for one in three] == \
            ["active", "active", "inactive"]
        assert "xdp" in three[1].ns.link("eth0")
        yield three


def pick(rng, *weighted):
    """One of several values, by weight."""
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def inner(rng):
    """An inner packet that is mostly right."""
    src, dst = pick(rng, (("10.1.9.9", "10.0.0.2"), 4), (("10.1.2.3", "10.0.0.2"), 4),
                    (("10.1.2.9", "10.0.0.2"), 2), (("fd01::5", "fd00::2"), 4),
                    (("fd01::6", "fd00::2"), 4), (("192.0.2.9", "10.0.0.2"), 1),
                    (("fd09::1", "fd00::2"), 1))
    options = {"tos": rng.randrange(256), "ttl": pick(rng, (64, 9), (1, 1), (0, 1))}
    ports = rng.randrange(1, 60000), rng.randrange(1, 60000)
    data = rng.randbytes(pick(rng, (0, 2), (1, 1), (rng.randrange(600), 5)))
    make = pick(rng, ("udp", 4), ("tcp", 6), ("echo", 2), ("other", 1))
    if make == "udp":
        raw = packet.udp(src, dst, *ports, data, **options)
    elif make == "tcp":
        raw = packet.tcp(src, dst, *ports, data, flags=rng.randrange(64), **options)
    elif make == "echo":
        raw = packet.echo(src, dst, rng.randrange(65536), 1, data, **options)
    else:
        raw = packet.ip(src, dst, rng.choice([47, 50, 0, 60, 44, 253]), data, **options)
    raw = bytearray(raw)
    if rng.random() < 0.25:
        # a header of another version, length, kind, fragment ...
        raw[rng.randrange(min(len(raw), 48))] = rng.randrange(256)
    if rng.random() < 0.1:
        raw += rng.randbytes(rng.randrange(1, 60))
    if rng.random() < 0.1:
        raw = raw[:rng.randrange(1, len(raw) + 1)]
    return bytes(raw)


def udp_header(rng, src, dst, ports, payload):
    """With a checksum that is right, wrong or missing, and a length that is mostly right."""
    length = 8 + len(payload)
    said = pick(rng, (length, 30), (length - 1, 1), (length + 1, 1), (8, 1), (0, 1),
                (rng.randrange(65536), 1))
    header = struct.pack("!HHHH", *ports, said, 0)
    total = packet.checksum(packet.pseudo(packet.addr(src), packet.addr(dst), packet.UDP, length) +
                            header[:4] + struct.pack("!HH", length, 0) + payload)
    value = pick(rng, (0, 8), (total or 0xffff, 10), (rng.randrange(1, 65536), 2))
    return header[:6] + struct.pack("!H", value)


def hostile(rng):
    """A datagram that looks like one of a tunnel; what is broken is one or two things of many."""
    family = rng.choice([4, 6])
    src = pick(rng, (lab.outer(family, 0, 1), 20), (lab.outer(family, 0, 77), 1))
    dst = lab.outer(family, 0, 2)
    ports = pick(rng, (6000, 20), (6001, 1)), pick(rng, (5000, 20), (5001, 1))
    payload = inner(rng)
    if rng.random() < 0.05:
        payload += inner(rng)
    if rng.random() < 0.05:
        payload = pick(rng, (b"\0", 1), (b"", 1), (rng.randbytes(30), 2))
    raw = bytearray(packet.ip(src, dst, packet.UDP,
                              udp_header(rng, src, dst, ports, payload) + payload,
                              tos=rng.randrange(256), ttl=pick(rng, (64, 9), (1, 1))))
    what = rng.random()
    if what < 0.05:
        raw += rng.randbytes(rng.randrange(1, 20))
    elif what < 0.1 and family == 4:
        raw[10] ^= 1 + rng.randrange(255)
    elif what < 0.14:
        # lengths and fragments of IPv4, payload length and next header of IPv6
        place = rng.choice([2, 3, 6, 7] if family == 4 else [4, 5, 6])
        raw[place] = rng.randrange(256)
        if family == 4:
            raw[10:12] = b"\0\0"
            raw[10:12] = struct.pack("!H", packet.checksum(bytes(raw[:20])))
    elif what < 0.17 and family == 4:
        # options: four times nothing
        raw[0] = 0x46
        raw[2:4] = struct.pack("!H", len(raw) + 4)
        raw[20:20] = bytes([1, 1, 1, 0])
        raw[10:12] = b"\0\0"
        raw[10:12] = struct.pack("!H", packet.checksum(bytes(raw[:24])))
    return bytes(raw)


def marker(number):
    """A packet that each of them delivers, and the datagram that brings it."""
    raw = packet.udp("10.1.9.9", "10.0.0.2", MARK, number + 1, struct.pack("!I", number))
    return raw, packet.udp(lab.outer(4, 0, 1), lab.outer(4, 0, 2), 6000, 5000, raw)


@pytest.mark.parametrize("seed", SEEDS)
def test_same_fate(receivers, seed):
    print(f"seed {seed}")
    rng = random.Random(seed)
    for number in range(ROUNDS):
        datagrams = [hostile(rng) for _ in range(BURST)]
        mark, last = marker(number)
        for one in receivers:
            for raw in datagrams:
                one.send(raw)
            one.send(last)
        found = [one.received(mark) for one in receivers]
        end = time.monotonic() + 5
        while found[0] != found[2] or found[1] != found[2]:
            if time.monotonic() > end:
                break
            time.sleep(0.02)
            found = [before + one.late() for before, one in zip(found, receivers)]
        for name, its in (("tc", found[0]), ("XDP", found[1])):
            more, less = its - found[2], found[2] - its
            assert not more and not less, \
                f"{name} delivers {[one.hex() for one in more]}, the daemon " \
                f"{[one.hex() for one in less]} of {[raw.hex() for raw in datagrams]}"
    # What a socket dropped is counted with the next datagram, which the mark was.
    try:
        wait_until(lambda: len({tuple(sorted(one.counters().items())) for one in receivers}) == 1,
                   "the counters agree", timeout=5)
    except AssertionError:
        counted = [one.counters() for one in receivers]
        names = {name for one in counted for name in one}
        assert not {name: [one.get(name) for one in counted] for name in sorted(names)
                    if len({one.get(name) for one in counted}) > 1}
    assert receivers[2].counters()["rx_packets"] > ROUNDS
