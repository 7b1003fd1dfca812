# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tunnel a flow takes, and which source port: the same with every data plane.

    a m0 10.0.0.1, fd00::1 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001, :6002 … sockets in b
"""

import struct

import pytest
from lib import dataplane, flow, lab, packet
from lib.peer import Peer, Sender
from lib.wait import QUIET

LOCAL = ("192.0.0.1", 5000)
WEIGHTS = [3, 1, 2]
FLOWS = 200


PATHS = pytest.mark.parametrize("path", ["on", "off", "rewrite"] if dataplane.selected() ==
                                dataplane.USER else ["on"])


def multi(pair, path="on"):
    """A multi device with a tunnel that flows come out of, 1, and those that they may take."""
    lines = ["dev add m0 mode multi"]
    lines += [f"tunnel add dev m0 id {number} remote 192.0.0.2 rport {6000 + number} port 5000"
              for number in range(1, 5)]
    lines += ["rule add dev m0 10.1.0.0/16 tunnel 1", "rule add dev m0 fd00:1::/32 tunnel 1"]
    shares = " ".join(f"tunnel {number} weight {weight}"
                      for number, weight in enumerate(WEIGHTS, 2))
    lines += [f"rule add dev m0 {prefix} {shares}" for prefix in ("10.2.0.0/16", "fd00:2::/32")]
    if path != "on":
        lines[0] += f" fast-path {path}"
    pair.a.ipudp_batch(lines)
    lab.raise_device(pair.a, "m0", 1, "route add 10.0.0.0/8 dev m0",
                     "route add fd00::/16 dev m0")
    return [Peer(pair.b, "192.0.0.2", 6000 + number, LOCAL) for number in range(1, 5)]


def check(peers, sent):
    """Each flow came out of the tunnel that its hash says, none was lost."""
    for number, peer in enumerate(peers[1:]):
        want = {key for key, raw in sent.items() if flow.share(raw, WEIGHTS) == number}
        got = set()
        while len(got) < len(want) and (raw := peer.receive()) is not None:
            got.add(packet.parse(raw).src + raw[-2:].hex())
        assert peer.receive(QUIET) is None
        assert got == want, f"tunnel {number + 2} has {len(got)} flows instead of {len(want)}"
    # 100 expected of 200, the standard deviation is 7
    assert len(sent) != FLOWS or 65 < sum(not flow.share(raw, WEIGHTS)
                                          for raw in sent.values()) < 135


def flows(net, count=FLOWS):
    """Packets of many flows, which end in a number each, by source address and that."""
    found = {}
    for number in range(count):
        data = struct.pack("!H", number)
        if number % 2:
            src, dst = f"10.{net}.0.{number + 1}", f"10.2.{number}.7"
        else:
            src, dst = f"fd00:{net}::{number + 1:x}", f"fd00:2::{number:x}:7"
        make = packet.udp if number % 3 else packet.tcp
        raw = make(src, dst, 1000 + number, 2000, data,
                   **({} if ":" in src else {"ident": 1}))
        found[packet.parse(raw).src + data.hex()] = raw
    return found


@PATHS
def test_flows_that_are_sent(pair, path):
    peers = multi(pair, path)
    sent = flows(0)
    senders = {family: Sender(pair.a, family) for family in (4, 6)}
    for raw in sent.values():
        senders[raw[0] >> 4].send(raw)
    check(peers, sent)


@PATHS
@pytest.mark.parametrize("steering", [False, True], ids=["plain", "rps"])
def test_flows_out_of_a_tunnel(pair, steering, path):
    """The hash of the outer flow, which receive steering computes, is not taken for theirs."""
    pair.a.forward()
    peers = multi(pair, path)
    if steering:
        pair.a.run("ip", "netns", "exec", pair.a.name, "sh", "-c",
                   "echo ffffffff >/sys/class/net/eth0/queues/rx-0/rps_cpus || "
                   "echo 3 >/sys/class/net/eth0/queues/rx-0/rps_cpus")
    sent = flows(1)
    for raw in sent.values():
        peers[0].send(raw)
    check(peers, sent)
    if steering:
        pair.a.run("ip", "netns", "exec", pair.a.name, "sh", "-c",
                   "echo 0 >/sys/class/net/eth0/queues/rx-0/rps_cpus")


def extended(family, kind):
    """A packet whose ports are hard to find, or do not count."""
    src, dst = ("10.0.0.1", "10.2.0.9") if family == 4 else ("fd00::1", "fd00:2::9")
    ports = struct.pack("!HHHH", 4000, 443, 10, 0) + b"\0\0"
    if family == 4:
        raw = packet.ip(src, dst, 17, ports, ident=7, df=False)
        if kind == "fragment":
            raw = raw[:6] + b"\x20\0" + raw[8:]
        raw = raw[:10] + b"\0\0" + raw[12:]
        return raw[:10] + struct.pack("!H", packet.checksum(raw[:20])) + raw[12:]
    if kind == "fragment":
        return packet.ip(src, dst, 44, struct.pack("!BBHI", 17, 0, 1, 7) + ports)
    return packet.ip(src, dst, 60, bytes([17, 0, 1, 4, 0, 0, 0, 0]) + ports)


@pytest.mark.parametrize("family,kind", [(4, "fragment"), (6, "fragment"), (6, "options")])
def test_flows_with_more_headers(pair, family, kind):
    peers = multi(pair)
    raw = extended(family, kind)
    Sender(pair.a, family, "m0").send(raw)
    got = peers[1 + flow.share(raw, WEIGHTS)].receive()
    assert got is not None and got[-10:] == raw[-10:]


def test_source_port_of_a_flow(pair):
    """From the same hash, in the range of the namespace."""
    pair.a.ipudp_batch("""dev add t0
        tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000 source-port flow""")
    lab.raise_device(pair.a, "t0", 1)
    # ipudpd asks for the range once
    low, high = (40000, 40999) if dataplane.selected() == dataplane.MODULE else (32768, 60999)
    pair.a.sysctl("net/ipv4/ip_local_port_range", f"{low} {high}")
    peer, sender = Peer(pair.b, "192.0.0.2", 6001, LOCAL), Sender(pair.a)
    seen = set()
    for number in range(50):
        raw = packet.udp("10.0.0.1", "10.0.0.9", 1000 + number, 53, b"x", ident=1)
        sender.send(raw)
        assert peer.receive() == raw
        assert peer.source[1] == flow.source_port(raw, low, high)
        seen.add(peer.source[1])
    assert len(seen) > 40
    pair.a.sysctl("net/ipv4/ip_local_port_range", "32768 60999")
