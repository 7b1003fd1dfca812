# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes on the wire, against a plain UDP socket as the other end.

    a t0 10.0.0.1, fd00::1 ─ eth0 192.0.0.1:5000 ═══ 192.0.0.2:6000 (or 2001:db8:0::) socket in b
"""

import socket

import pytest
from lib import lab, packet
from lib.peer import Peer, Sender, Sniffer, raw_udp
from lib.tool import ToolError
from lib.wait import wait_equal, wait_until


@pytest.fixture(scope="module")
def plain_lab():
    """A pair whose links do not put off the outer checksum."""
    made = lab.pair()
    for ns in (made.a, made.b):
        ns.run("ethtool", "-K", "eth0", "tx", "off", "gro", "off")
    yield made
    made.close()


@pytest.fixture
def wire(plain_lab):
    yield plain_lab
    plain_lab.reset()


def tunnel(wire, family=4, options=""):
    """A fixed device at a, a socket at b."""
    wire.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {lab.outer(family, 0, 2)} rport 6000 port 5000 {options}""")
    lab.raise_device(wire.a, "t0", 1)
    return Peer(wire.b, lab.outer(family, 0, 2), 6000, (lab.outer(family, 0, 1), 5000))


def inner_packet(family, **options):
    if family == 4:
        options.setdefault("ident", 4711)
    return packet.udp(lab.inner(family, 1), lab.inner(family, 2), 1111, 2222, b"payload",
                      **options)


outers = pytest.mark.parametrize("outer", [4, 6], ids=["outer4", "outer6"])
inners = pytest.mark.parametrize("inner", [4, 6], ids=["inner4", "inner6"])


@pytest.mark.essential
@outers
@inners
def test_payload_is_the_inner_packet(wire, outer, inner):
    peer = tunnel(wire, outer)
    raw = inner_packet(inner)
    Sender(wire.a, inner).send(raw)
    peer.expect(raw)
    assert peer.source[:2] == (lab.outer(outer, 0, 1), 5000)


@outers
@inners
def test_inner_packet_is_received(wire, outer, inner):
    peer = tunnel(wire, outer)
    sock = wire.a.socket(socket.AF_INET if inner == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    sock.bind((lab.inner(inner, 1), 2222))
    peer.send(packet.udp(lab.inner(inner, 2), lab.inner(inner, 1), 1111, 2222, b"hello"))
    assert sock.recv(100) == b"hello"
    counters = wire.a.tunnel("t0")["counters"]
    assert counters["rx_packets"] >= 1


@pytest.mark.essential
@outers
def test_defaults_of_the_outer_header(wire, outer):
    """TTL 64, DF, a valid UDP checksum, the listener's port."""
    tunnel(wire, outer)
    sniffer = Sniffer(wire.b, "eth0")
    Sender(wire.a).send(inner_packet(4))
    found = sniffer.udp()
    assert found.ports == (5000, 6000)
    assert found.ttl == 64
    assert found.df == (outer == 4)
    assert found.payload[6:8] != b"\0\0" and found.checksum_ok()
    assert found.length == (28 if outer == 4 else 48) + len(inner_packet(4))
    assert found.data == inner_packet(4)


@outers
@inners
def test_checksum_off(wire, outer, inner):
    """Zero on the wire, and zero is accepted (RFC 6935 for IPv6)."""
    peer = tunnel(wire, outer, "checksum off")
    sniffer = Sniffer(wire.b, "eth0")
    raw = inner_packet(inner)
    Sender(wire.a, inner).send(raw)
    found = sniffer.udp()
    assert found.payload[6:8] == b"\0\0"
    assert found.data == raw
    assert not wire.a.tunnel("t0")["checksum"]
    # set it on again while it lives
    wire.a.ipudp("tunnel set dev t0 id 1 checksum on")
    peer.drain()
    Sender(wire.a, inner).send(raw)
    found = sniffer.udp()
    assert found.payload[6:8] != b"\0\0" and found.checksum_ok()
    peer.expect(raw)


@outers
def test_checksum_off_is_received(wire, outer):
    """Two ends without checksums understand each other."""
    lab.tunnel_ends(wire.a, wire.b, outer, options="checksum off")
    sock = wire.b.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((lab.inner(4, 2), 2222))
    Sender(wire.a).send(inner_packet(4))
    assert sock.recv(100) == b"payload"


@outers
def test_corrupted_checksum_is_refused(wire, outer):
    tunnel(wire, outer).close()
    sock = wire.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((lab.inner(4, 1), 2222))
    for corrupt, data in ((True, b"bad"), (False, b"good")):
        raw_udp(wire.b, lab.outer(outer, 0, 2), 6000, lab.outer(outer, 0, 1), 5000,
                packet.udp(lab.inner(4, 2), lab.inner(4, 1), 1111, 2222, data), corrupt=corrupt)
    assert sock.recv(100) == b"good"


@pytest.mark.essential
@outers
def test_source_port_by_flow(wire, outer):
    """One flow keeps its port; flows differ; both from the local port range."""
    tunnel(wire, outer, "source-port flow").close()
    sniffer = Sniffer(wire.b, "eth0")
    with wire.a.enter(), open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        low, high = map(int, file.read().split())
    sender, ports = Sender(wire.a), []
    for flow in range(16):
        for _ in range(2):
            sender.send(packet.udp(lab.inner(4, 1), lab.inner(4, 2), 1000 + flow, 2222,
                                   b"x", ident=1))
            ports.append(sniffer.udp().ports[0])
    assert ports[0::2] == ports[1::2]
    assert len(set(ports)) > 8
    assert all(low <= port <= high for port in ports)
    wire.a.ipudp("tunnel set dev t0 id 1 source-port fixed")
    sender.send(inner_packet(4))
    assert sniffer.udp().ports == (5000, 6000)


@outers
def test_flow_tunnel_takes_any_port(wire, outer):
    """Who sends from many ports receives from many; a tunnel of the very port comes first."""
    tunnel(wire, outer, "source-port flow").close()
    peers = [Peer(wire.b, lab.outer(outer, 0, 2), port, (lab.outer(outer, 0, 1), 5000))
             for port in (6000, 7001, 7002)]
    raw = packet.udp(lab.inner(4, 2), lab.inner(4, 1), 1, 2, b"x")

    def send(**counts):
        for one in peers:
            one.send(raw)
        wait_equal(lambda: {dev: wire.a.tunnel(dev)["counters"]["rx_packets"] for dev in counts},
                   counts, "packets by device")

    send(t0=3)
    wire.a.ipudp_batch(f"""
        dev add t1
        tunnel add dev t1 id 1 remote {lab.outer(outer, 0, 2)} rport 7002 port 5000""")
    wire.a.ip("link set t1 up")
    send(t0=5, t1=1)
    wire.a.ipudp("tunnel del dev t1 id 1")
    send(t0=8)
    assert wire.a.listener_drops(5000) == {}
    wire.a.ipudp("tunnel set dev t0 id 1 source-port fixed")
    send(t0=9)
    wait_equal(lambda: wire.a.listener_drops(5000), {"rx-no-tunnel": 2}, "strangers again")


@outers
def test_two_ends_with_ports_by_flow(wire, outer):
    lab.tunnel_ends(wire.a, wire.b, outer, options="source-port flow")
    for family in (4, 6):
        for port in range(2222, 2226):
            sock = wire.b.socket(socket.AF_INET if family == 4 else socket.AF_INET6,
                                 socket.SOCK_DGRAM)
            sock.bind((lab.inner(family, 2), port))
            Sender(wire.a, family).send(packet.udp(lab.inner(family, 1), lab.inner(family, 2),
                                                   1111, port, b"payload"))
            assert sock.recv(100) == b"payload"
    assert wire.b.listener_drops(5000) == {}


@outers
def test_one_flow_tunnel_for_each_remote(wire, outer):
    """Of two that take any port of a remote, nothing could tell whose a packet is."""
    tunnel(wire, outer, "source-port flow").close()
    remote = lab.outer(outer, 0, 2)
    wire.a.ipudp("dev add t1 mode multi")
    with pytest.raises(ToolError, match="another tunnel has this remote"):
        wire.a.ipudp(f"tunnel add dev t1 id 1 remote {remote} rport 6001 port 5000 "
                     "source-port flow")
    wire.a.ipudp(f"tunnel add dev t1 id 1 remote {remote} rport 6001 port 5000")
    with pytest.raises(ToolError, match="another tunnel has this remote"):
        wire.a.ipudp("tunnel set dev t1 id 1 source-port flow")
    # on another listener it is another matter
    wire.a.ipudp(f"tunnel add dev t1 id 2 remote {remote} rport 6001 port 5001 source-port flow")


def test_unchecked_inner_packets_arrive_checked(wire):
    """Inner packets of local sockets leave with complete checksums of their own."""
    peer = tunnel(wire)
    for family in (4, 6):
        sock = wire.a.socket(socket.AF_INET if family == 4 else socket.AF_INET6,
                             socket.SOCK_DGRAM)
        for size in (0, 1, 2, 3, 99, 1300):
            sock.sendto(bytes(range(256))[:1] * size, (lab.inner(family, 2), 9))
            found = packet.parse(peer.receive())
            assert found.checksum_ok(), f"{size} bytes in IPv{family}"
            assert len(found.data) == size


def test_remote_changes_while_it_lives(wire):
    """`tunnel set remote`: the next packet goes to the new remote, also to another family."""
    old = tunnel(wire)
    new = Peer(wire.b, lab.outer(4, 0, 2), 6001, (lab.outer(4, 0, 1), 5000))
    raw, sender = inner_packet(4), Sender(wire.a)
    sender.send(raw)
    old.expect(raw)
    wire.a.ipudp("tunnel set dev t0 id 1 rport 6001")
    sender.send(raw)
    new.expect(raw)
    old.expect_nothing()
    shown = wire.a.tunnel("t0")
    assert shown["remote_port"] == 6001 and shown["remote"] == lab.outer(4, 0, 2)
    # what comes from the old remote is a stranger's now
    old.send(packet.udp(lab.inner(4, 2), lab.inner(4, 1), 1, 2, b"late"))
    new.send(packet.udp(lab.inner(4, 2), lab.inner(4, 1), 1, 2, b"good"))
    wait_until(lambda: wire.a.tunnel("t0")["counters"]["rx_packets"] >= 1, "the new remote's")
    # The one goes past ipudpd, and need not wait for the other.
    wait_until(lambda: wire.a.listener_drops(5000) == {"rx-no-tunnel": 1}, "the old one's")


def test_local_address(wire):
    """The source of outer packets is the address given."""
    wire.a.ip("addr add 192.0.0.77/24 dev eth0", check=False)
    peer = tunnel(wire, 4, "local 192.0.0.77")
    raw = inner_packet(4)
    Sender(wire.a).send(raw)
    peer.expect(raw)
    assert peer.source == ("192.0.0.77", 5000)
    assert wire.a.tunnel("t0")["local"] == "192.0.0.77"
    wire.a.ip("addr del 192.0.0.77/24 dev eth0")
