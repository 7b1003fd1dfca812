# SPDX-License-Identifier: GPL-2.0-or-later
"""What must not come in: strangers, false inner sources, broken packets. Each is counted.

    a t0 or m0 10.0.0.1, fd00::1 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001… sockets in b
"""

import random
import socket
import struct

import pytest
from lib import dataplane, icmp, lab, packet
from lib.peer import Injector, Peer, Sniffer, raw_udp
from lib.wait import wait_equal, wait_until

LOCAL = ("192.0.0.1", 5000)


def sink(ns, address=None):
    sock = ns.socket(socket.AF_INET6 if ":" in (address or "") else socket.AF_INET,
                     socket.SOCK_DGRAM)
    sock.bind((address or lab.inner(4, 1), 2222))
    return sock


def data(src, text, dst=None):
    return packet.udp(src, dst or lab.inner(6 if ":" in src else 4, 1), 1111, 2222, text)


@pytest.fixture
def fixed(pair):
    """A fixed device at a whose remote is 192.0.0.2:6001."""
    pair.a.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000""")
    lab.raise_device(pair.a, "t0", 1)
    pair.peer = Peer(pair.b, "192.0.0.2", 6001, LOCAL)
    return pair


@pytest.fixture
def multi(pair):
    """A multi device at a with two tunnels and a prefix for each, one inside the other."""
    pair.a.ipudp_batch("""
        dev add m0 mode multi
        tunnel add dev m0 id 1 remote 192.0.0.2 rport 6001 port 5000
        tunnel add dev m0 id 2 remote 192.0.0.2 rport 6002 port 5000
        rule add dev m0 10.1.0.0/16 tunnel 1
        rule add dev m0 10.1.2.0/24 tunnel 2
        rule add dev m0 fd00:1::/32 tunnel 1
        rule add dev m0 fd00:1:2::/48 tunnel 2""")
    lab.raise_device(pair.a, "m0", 1)
    pair.peers = {number: Peer(pair.b, "192.0.0.2", 6000 + number, LOCAL) for number in (1, 2)}
    return pair


def test_outer_source_must_be_the_tunnels(fixed):
    """Another port, another address, another family: all strangers."""
    sock = sink(fixed.a)
    raw = data("10.0.0.2", b"spoofed")
    Peer(fixed.b, "192.0.0.2", 6002, LOCAL).send(raw)
    raw_udp(fixed.b, "192.0.0.99", 6001, *LOCAL, raw)
    raw_udp(fixed.b, "2001:db8:0::2", 6001, "2001:db8:0::1", 5000, raw)
    fixed.peer.send(data("10.0.0.2", b"good"))
    assert sock.recv(100) == b"good"
    strangers = fixed.a.listener_drops(5000)
    assert strangers["rx-no-tunnel"] in (2, 3), "the listener may be IPv4 only"
    assert fixed.a.drops("t0") == {}
    assert fixed.a.tunnel("t0")["counters"]["rx_packets"] == 1


def test_a_stranger_changes_no_remote(fixed):
    """Data never moves a tunnel."""
    before = fixed.a.tunnel("t0")
    stranger = Peer(fixed.b, "192.0.0.2", 6002, LOCAL)
    for _ in range(20):
        stranger.send(data("10.0.0.2", b"x"))
        stranger.send(b"\xff")
    wait_equal(lambda: fixed.a.listener_drops(5000).get("rx-no-tunnel", 0) >= 20, True, "20 drops")
    after = fixed.a.tunnel("t0")
    assert [after[key] for key in ("remote", "remote_port", "state")] == \
        [before[key] for key in ("remote", "remote_port", "state")]


@pytest.mark.parametrize("family", [4, 6])
def test_bytes_behind_the_packet_are_cut(fixed, family):
    """The device never sees them, and nobody counts them."""
    sock = sink(fixed.a, lab.inner(family, 1))
    above = Sniffer(fixed.a, "t0")
    raw = data(lab.inner(family, 2), b"whole")
    fixed.peer.send(raw + b"behind")
    assert sock.recv(100) == b"whole"
    assert above.udp().raw == raw
    counters = fixed.a.tunnel("t0")["counters"]
    assert (counters["rx_packets"], counters["rx_bytes"]) == (1, len(raw))


@pytest.mark.parametrize("family", [4, 6])
def test_inner_source_must_be_covered(multi, family):
    """The longest rule for the source must name the tunnel it came through."""
    one, two, none = [("10.1.0.9", "10.1.2.9", "10.9.9.9"),
                      ("fd00:1::9", "fd00:1:2::9", "fd00:9::9")][family == 6]
    sock = sink(multi.a, lab.inner(family, 1))
    cases = [(1, one, True), (2, two, True), (1, two, False), (2, one, False),
             (1, none, False), (2, none, False)]
    for number, source, _ in cases:
        multi.peers[number].send(data(source, f"{number} {source}".encode()))
    multi.peers[1].send(data(one, b"end"))
    expected = [f"{number} {source}".encode() for number, source, good in cases if good]
    assert sorted([sock.recv(100) for _ in range(3)]) == sorted([*expected, b"end"])
    wait_equal(lambda: multi.a.drops("m0"), {"rx-source": 4}, "four false sources")


@pytest.mark.essential
@pytest.mark.parametrize("sources", [("169.254.1.9", "0.0.0.0"), ("fe80::9", "::")])
def test_noise_is_no_false_source(multi, sources):
    """Hosts look for neighbours and routers in a tunnel, which is not counted as a lie."""
    for source in (*sources, ("10.9.9.9", "fd00:9::9")[":" in sources[0]]):
        multi.peers[1].send(data(source, b"x"))
    wait_equal(lambda: multi.a.drops("m0"), {"rx-link-local": 2, "rx-source": 1}, "apart")
    link = multi.a.ip_json("-s link show dev m0")[0]["stats64"]["rx"]
    # the daemon's are not in the statistics of its TUN
    if dataplane.selected() == dataplane.MODULE:
        assert (link["errors"], link["dropped"]) == (1, 3)


def test_source_check_off(multi):
    """Then whatever comes from a tunnel's remote comes in; strangers still do not."""
    multi.a.ipudp("dev set m0 source-check off")
    multi.a.ip("route add 10.9.0.0/16 dev m0")
    sock = sink(multi.a)
    multi.peers[2].send(data("10.1.0.9", b"one"))
    multi.peers[1].send(data("10.9.9.9", b"two"))
    assert {sock.recv(100), sock.recv(100)} == {b"one", b"two"}
    Peer(multi.b, "192.0.0.2", 6003, LOCAL).send(data("10.1.0.9", b"x"))
    wait_equal(lambda: multi.a.listener_drops(5000), {"rx-no-tunnel": 1}, "the stranger's")
    multi.a.ipudp("dev set m0 source-check on")
    multi.peers[2].send(data("10.1.0.9", b"one"))
    wait_equal(lambda: multi.a.drops("m0"), {"rx-source": 1}, "on again")


def test_source_check_on_fixed(fixed):
    """A fixed device sends everything through its tunnel, but may refuse what comes."""
    fixed.a.ipudp_batch("""dev set t0 source-check on
                           rule add dev t0 10.0.0.0/30 tunnel 1""")
    sock = sink(fixed.a)
    fixed.peer.send(data("10.0.0.77", b"spoofed"))
    fixed.peer.send(data("10.0.0.2", b"good"))
    assert sock.recv(100) == b"good"
    wait_equal(lambda: fixed.a.drops("t0"), {"rx-source": 1}, "the false source")
    out = fixed.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.sendto(b"x", ("10.0.0.77", 9))
    assert packet.parse(fixed.peer.receive()).dst == "10.0.0.77"


def test_source_rule_with_several_targets(multi):
    """Each target of a rule may send from its prefix, also those not preferred now."""
    multi.a.ipudp("rule add dev m0 10.3.0.0/16 tunnel 1 priority 1 tunnel 2 priority 2")
    sock = sink(multi.a)
    for number in (1, 2):
        multi.peers[number].send(data("10.3.0.1", b"from %d" % number))
        assert sock.recv(100) == b"from %d" % number


@pytest.mark.parametrize("action", ["drop", "unreachable"])
def test_source_rule_that_refuses(multi, action):
    """A source whose rule drops is covered by no tunnel."""
    multi.a.ipudp("rule add dev m0 10.1.9.0/24", action)
    multi.peers[1].send(data("10.1.9.1", b"x"))
    wait_equal(lambda: multi.a.drops("m0"), {"rx-source": 1}, "the refused source")


def malformed():
    """(name, payload) of what is data by its first nibble and yet no IP packet."""
    four = data("10.0.0.2", b"four")
    six = data("fd00::2", b"six")
    yield "v4 first byte only", b"\x45"
    yield "v4 header cut", four[:19]
    yield "v4 ihl 0", b"\x40" + four[1:]
    yield "v4 ihl beyond packet", b"\x4f" + four[1:28]
    yield "v4 total length beyond", four[:2] + struct.pack("!H", len(four) + 1) + four[4:]
    yield "v4 total length below header", four[:2] + struct.pack("!H", 19) + four[4:]
    yield "v6 first byte only", b"\x60"
    yield "v6 header cut", six[:39]
    yield "v6 payload length beyond", six[:4] + struct.pack("!H", len(six) - 39) + six[6:]


@pytest.mark.essential
def test_malformed_packets(fixed):
    for name, raw in malformed():
        before = fixed.a.drops("t0").get("rx-malformed", 0)
        fixed.peer.send(raw)
        wait_until(lambda before=before:
                   fixed.a.drops("t0").get("rx-malformed", 0) == before + 1,
                   f"{name} is counted")
    assert set(fixed.a.drops("t0")) == {"rx-malformed"}
    assert fixed.a.link("t0")["stats64"]["rx"]["packets"] == 0


def test_runt(fixed):
    """A datagram without payload has not even a first nibble."""
    fixed.peer.send(b"")
    wait_equal(lambda: fixed.a.listener_drops(5000), {"rx-runt": 1}, "the runt")


def test_padding_behind_the_inner_packet(fixed):
    """Bytes behind the inner packet's own length are no part of it."""
    sock = sink(fixed.a)
    fixed.peer.send(data("10.0.0.2", b"good") + bytes(9))
    assert sock.recv(100) == b"good"


def test_oversized(fixed):
    """More than the device's MTU is received all the same; the largest datagram does no harm."""
    sock = sink(fixed.a)
    fixed.peer.sock.setsockopt(socket.IPPROTO_IP, icmp.IP_MTU_DISCOVER, icmp.PMTUDISC_DONT)
    fixed.peer.send(data("10.0.0.2", bytes(5000)))
    assert len(sock.recv(65535)) == 5000
    fixed.peer.send(data("10.0.0.2", bytes(65507 - 28)))
    assert len(sock.recv(65535)) == 65507 - 28


def test_random_garbage(fixed, request):
    """Whatever comes, the machine lives, and good packets still pass."""
    seed = request.config.getoption("--seed") or random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    good = [data("10.0.0.2", b"payload" * 20), data("fd00::2", b"payload" * 20),
            packet.tcp("10.0.0.2", "10.0.0.1", 1, 2, b"x" * 50),
            packet.echo("fd00::2", "fd00::1", data=b"y" * 30)]
    for _ in range(1500):
        raw = bytearray(rng.choice(good))
        for _ in range(rng.randrange(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        fixed.peer.send(bytes(raw[:rng.randrange(len(raw) + 1)] if rng.random() < 0.3 else raw))
    sock = sink(fixed.a)
    fixed.peer.send(data("10.0.0.2", b"good"))
    while sock.recv(1000) != b"good":
        pass


def test_malformed_on_the_way_out(pair):
    """Neither IPv4 nor IPv6, or cut short: counted, not sent."""
    pair.a.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000""")
    lab.raise_device(pair.a, "t0", 1)
    peer = Peer(pair.b, "192.0.0.2", 6001)
    injector = Injector(pair.a, "t0")
    injector.send(b"\x11" * 40, 0x0806)
    injector.send(data("10.0.0.1", b"x")[:10], 0x0800)
    injector.send(b"\x60" + bytes(20), 0x86dd)
    good = data("10.0.0.1", b"good", "10.0.0.2")
    injector.send(good)
    peer.expect(good)
    assert pair.a.drops("t0") == {"tx-malformed": 3}


def test_device_that_is_down(fixed):
    fixed.a.ip("link set t0 down")
    fixed.peer.send(data("10.0.0.2", b"x"))
    wait_equal(lambda: fixed.a.drops("t0"), {"rx-down": 1}, "a packet for a device that is down")
    fixed.peer.send(data("10.0.0.2", b"x")[:10])
    # only when it writes to it does ipudpd hear of that: docs/datapaths.md
    counted = {"rx-down": 2} if dataplane.selected() == dataplane.MODULE else \
        {"rx-down": 1, "rx-malformed": 1}
    wait_equal(lambda: fixed.a.drops("t0"), counted, "a malformed one")
    fixed.a.ip("link set t0 up")
    sock = sink(fixed.a)
    fixed.peer.send(data("10.0.0.2", b"good"))
    assert sock.recv(100) == b"good"


def test_no_route(pair):
    pair.a.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 203.0.113.1 rport 6001 port 5000""")
    lab.raise_device(pair.a, "t0", 1)
    icmp.ping(pair.a, "10.0.0.2", timeout=0.1)
    assert pair.a.drops("t0").get("tx-no-route", 0) >= 1


@pytest.mark.essential
def test_loop(pair):
    """A tunnel whose remote is routed into its own device must not eat the machine."""
    pair.a.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 10.0.0.2 rport 6001 port 5000""")
    lab.raise_device(pair.a, "t0", 1)
    icmp.ping(pair.a, "10.0.0.3", timeout=0.1)
    assert pair.a.drops("t0").get("tx-loop", 0) >= 1


@pytest.mark.parametrize("family", [4, 6], ids=["outer4", "outer6"])
@pytest.mark.parametrize("forwarding", [0, 1])
def test_packets_within_packets(pair, family, forwarding):
    """Each layer is a datagram of the same tunnel: all are opened, on a stack that does not grow."""
    here, there = lab.outer(family, 0, 1), lab.outer(family, 0, 2)
    layers = 45 if family == 4 else 26
    pair.a.ipudp_batch(f"""dev add t0
                           tunnel add dev t0 id 1 remote {there} rport 6001 port 5000""")
    lab.raise_device(pair.a, "t0", 1)
    pair.a.sysctl(f"net/ipv{family}/conf/t0/forwarding", forwarding)
    # an address that is local by a route only, which is not seen before routing
    pair.a.ip("route add local 2001:db8:77::/64 dev lo", check=False)
    sock = sink(pair.a)
    raw = data("10.0.0.2", b"innermost")
    for _ in range(layers - 1):
        raw = packet.udp(there, here if family == 4 else "2001:db8:77::1", 6001, 5000, raw)
    assert len(raw) < 1452
    Peer(pair.b, there, 6001, (here, 5000)).send(raw)
    assert sock.recv(100) == b"innermost"
    wait_equal(lambda: pair.a.tunnel("t0")["counters"]["rx_packets"], layers, "all layers")
    assert pair.a.drops("t0") == {} and pair.a.listener_drops() == {}


def test_loop_of_two_devices(pair):
    """Two devices, each other's underlay: the recursion ends."""
    pair.a.ipudp_batch("""dev add t0
                          dev add t1
                          tunnel add dev t0 id 1 remote 10.7.1.2 rport 6001 port 5000
                          tunnel add dev t1 id 1 remote 10.7.0.2 rport 6001 port 5001""")
    pair.a.ip("""link set t0 up
                 link set t1 up
                 addr add 10.7.0.1/24 dev t0
                 addr add 10.7.1.1/24 dev t1""")
    icmp.ping(pair.a, "10.7.0.9", timeout=0.1)
    icmp.ping(pair.a, "10.7.1.9", timeout=0.1)

    def count(what):
        return sum(pair.a.dev(name)["counters"][what] for name in ("t0", "t1"))

    def ended():
        sent = count("tx_packets")
        # where eBPF carries all of it, the kernel ends the recursion, and counts nothing
        return count("tx_dropped") >= 1 or \
            (dataplane.has_fastpath(pair.a) and sent and sent == count("tx_packets"))

    wait_until(ended, "the loop ends")
