# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that are too big, and paths that shrink.

    h ─── a t0 ─── r ─── b t0        the link r ─ b can be narrower than the others
    h: 192.0.9.1, 2001:db8:9::1      b's inner addresses: 10.0.0.2, fd00::2
"""

import socket

import pytest
from lib import icmp, lab, packet, traffic
from lib.peer import Sender, Sniffer
from lib.wait import wait_until

NARROW = 1400
outers = pytest.mark.parametrize("outer", [4, 6], ids=["outer4", "outer6"])
families = pytest.mark.parametrize("family", [4, 6], ids=["inner4", "inner6"])


@pytest.fixture
def path(fresh):
    """Builds the topology above; made anew each time, for hosts remember path MTUs."""
    def build(outer, mtu, options="", device=""):
        fresh.a, fresh.b, fresh.h = fresh.namespaces("a", "b", "h")
        fresh.r = fresh.router("r")
        fresh.link(fresh.a, "eth0", fresh.r, "eth0", net=0)
        fresh.link(fresh.b, "eth0", fresh.r, "eth1", net=1, mtu=mtu)
        fresh.link(fresh.h, "eth0", fresh.a, "eth1", net=9)
        fresh.up()
        for ns, net in ((fresh.a, 0), (fresh.b, 1)):
            ns.ip([f"route add default via {lab.outer4(net, 2)}",
                   f"route add default via {lab.outer6(net, 2)}"])
        fresh.h.ip(["route add default via 192.0.9.2", "route add default via 2001:db8:9::2"])
        fresh.a.forward()
        fresh.a.ipudp_batch(f"""
            dev add t0 {device}
            tunnel add dev t0 id 1 remote {lab.outer(outer, 1, 1)} rport 6000 port 5000 {options}
            """)
        fresh.b.ipudp_batch(f"""
            dev add t0 {device}
            tunnel add dev t0 id 1 remote {lab.outer(outer, 0, 1)} rport 5000 port 6000 {options}
            """)
        lab.raise_device(fresh.a, "t0", 1)
        lab.raise_device(fresh.b, "t0", 2, "route add 192.0.9.0/24 dev t0",
                         "route add 2001:db8:9::/64 dev t0")
        return fresh
    return build


def room(outer, mtu):
    """The largest inner packet."""
    return mtu - (28 if outer == 4 else 48)


def find_size(echo, low, high):
    """The largest size that is answered, by what the errors say, as RFC 1191 has it."""
    size = high
    while True:
        result = echo.ask(size)
        if result is True:
            return size
        assert isinstance(result, icmp.Error), f"{size} bytes vanished: a black hole"
        if result.mtu:
            assert low <= result.mtu < size, result
            size = result.mtu
        else:
            size -= 1
        assert size >= low


@outers
@families
def test_forwarded_too_big(path, outer, family):
    """A host behind a is told by ICMP, with the MTU that then fits."""
    net = path(outer, 1500)
    echo = icmp.Echo(net.h, lab.inner(family, 2), probe=True)
    assert echo.ask(1000) is True
    result = echo.ask(1500)
    assert result.kind == "too-big" and result.mtu == room(outer, 1500)
    assert echo.ask(result.mtu) is True


@outers
@families
def test_device_larger_than_the_path(path, outer, family):
    """The device's MTU says 1500, the tunnel knows better: the ICMP error is its own."""
    net = path(outer, 1500, device="mtu 1500")
    echo = icmp.Echo(net.h, lab.inner(family, 2), probe=True)
    assert echo.ask(1000) is True
    result = echo.ask(1500)
    assert isinstance(result, icmp.Error) and result.kind == "too-big"
    assert result.mtu == room(outer, 1500)
    assert echo.ask(room(outer, 1500)) is True
    assert echo.ask(room(outer, 1500) + 1).kind == "too-big"
    # afterwards a itself may know, as a router of the inner network
    assert net.a.drops("t0")["tx-too-big"] >= 1


@pytest.mark.essential
@pytest.mark.parametrize("options", ["", "source-port flow"], ids=["port", "flow"])
@outers
@families
def test_learned_from_the_underlay(path, outer, family, options):
    """r's ICMP error shrinks the tunnel; the inner sender is told with its next packet."""
    net = path(outer, NARROW, options)
    for ns in (net.h, net.a):
        echo = icmp.Echo(ns, lab.inner(family, 2), probe=True)
        assert echo.ask(1000) is True
        expected = room(outer, NARROW)

        def told(echo=echo):
            result = echo.ask(room(outer, 1500), timeout=1)
            return result if isinstance(result, icmp.Error) else None

        result = wait_until(told, "the sender is told that the path is narrower")
        assert result.kind == "local" or result.mtu == expected
        assert echo.ask(expected) is True
    assert net.a.tunnel("t0")["mtu"] == expected


def join_vrf(ns, *interfaces):
    """Move interfaces to a VRF, with the IPv6 addresses that they lose by it."""
    lines = ["link add red type vrf table 100", "link set red up"]
    for name, address in interfaces:
        lines += [f"link set {name} master red", f"addr replace {address}/64 dev {name} nodad"]
    ns.ip(lines)


@pytest.mark.kernel_has("vrf")
@outers
@families
def test_told_in_a_vrf(path, outer, family):
    """Senders in a VRF, on this host and behind it, are told there, where the main table has no way."""
    net = path(outer, NARROW)
    join_vrf(net.a, ("t0", lab.inner6(1)), ("eth1", "2001:db8:9::2"))
    for ns in (net.a, net.h):
        echo = icmp.Echo(ns, lab.inner(family, 2), probe=True)
        if ns is net.a:
            echo.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"red")
        wait_until(lambda echo=echo: echo.ask(1000, timeout=1), "the VRF has its routes")

        def told(echo=echo):
            result = echo.ask(room(outer, 1500), timeout=1)
            return result if isinstance(result, icmp.Error) else None

        result = wait_until(told, "the sender in the VRF is told")
        assert result.kind == "local" or result.mtu == room(outer, NARROW)
        assert echo.ask(room(outer, NARROW)) is True


@pytest.mark.module_only(reason="ipudpd teaches no routes of inner senders")
@outers
@families
def test_told_without_lo(path, outer, family):
    """A sender on this host learns it where lo is down, as it is in many namespaces."""
    net = path(outer, NARROW)
    net.a.ip("link set lo down")
    echo = icmp.Echo(net.a, lab.inner(family, 2))
    assert echo.ask(1000) is True
    wait_until(lambda: echo.ask(room(outer, 1500), timeout=1) == icmp.Error("local"),
               "the sender is refused")
    assert echo.ask(room(outer, NARROW)) is True


@outers
@families
def test_tcp_over_a_narrow_path(path, outer, family):
    """Connections of hosts and of forwarded hosts get through, both ways."""
    net = path(outer, NARROW)
    traffic.tcp_bulk(net.h, net.b, lab.inner(family, 2), 1 << 20)
    traffic.tcp_bulk(net.a, net.b, lab.inner(family, 2), 1 << 20)
    traffic.tcp_bulk(net.b, net.h, lab.outer(family, 9, 1), 1 << 20)


@pytest.mark.essential
@outers
def test_inner_v4_without_df_is_fragmented(path, outer):
    """The device is told more than fits; the inner packet is cut, not refused."""
    net = path(outer, 1500, device="mtu 1500")
    echo = icmp.Echo(net.h, lab.inner(4, 2), df=False)
    for size in (1000, room(outer, 1500), room(outer, 1500) + 1, 1499, 1500, 4000):
        assert echo.ask(size) is True, size
    assert net.a.drops("t0") == {}
    sniffer = Sniffer(net.b, "t0")
    raw = packet.udp("192.0.9.1", "10.0.0.2", 1, 2, bytes(1472), df=False, ident=77)
    Sender(net.h).send(raw)
    pieces = []
    while not pieces or pieces[-1].more:
        pieces.append(sniffer.receive(lambda one: one.proto == packet.UDP))
    assert len(pieces) == 2 and all(piece.ident == 77 for piece in pieces)
    assert b"".join(piece.payload for piece in pieces) == packet.parse(raw).payload


def test_df_unset_leaves_it_to_the_routers(path):
    """Without DF outside, a router on the way cuts outer packets: nothing is learned or lost."""
    net = path(4, NARROW, "df unset")
    echo = icmp.Echo(net.h, lab.inner(4, 2), probe=True)
    assert echo.ask(1000) is True
    assert echo.ask(1472) is True
    assert net.a.drops("t0") == {}
    traffic.tcp_bulk(net.h, net.b, lab.inner(4, 2), 1 << 20)


@outers
@families
def test_no_size_is_lost(path, outer, family):
    """Every size near the MTU of a narrow path is answered or refused."""
    net = path(outer, NARROW)
    echo = icmp.Echo(net.h, lab.inner(family, 2), probe=True)
    assert echo.ask(1000) is True
    # the first that is too big teaches
    wait_until(lambda: isinstance(echo.ask(1440, timeout=1), icmp.Error), "a learns")
    good = room(outer, NARROW)
    for size in range(good - 12, good + 1):
        assert echo.ask(size) is True, size
    for size in range(good + 1, good + 12):
        assert echo.ask(size) == icmp.Error("too-big", good, echo_source(family)), size


def echo_source(family):
    return lab.outer(family, 9, 2)


@families
def test_link_of_jumbo_frames(fresh, family):
    """On a larger link the device still starts at 1472; told more, it uses it."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0", mtu=9000)
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b)
    for ns in (fresh.a, fresh.b):
        ns.ip("link set t0 mtu 8972")
    echo = icmp.Echo(fresh.a, lab.inner(family, 2))
    assert find_size(echo, 1280, 8980) == 8972


def test_pmtu_of_large_segments(path):
    """A burst of UDP_SEGMENT whose segments do not fit is cut where it may be."""
    net = path(4, 1500, device="mtu 1500")
    for ns in (net.a, net.b):
        ns.ip("link set t0 mtu 1500")
    icmp.assert_pings(net.a, "10.0.0.2")
    sock = net.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, icmp.IP_MTU_DISCOVER, icmp.PMTUDISC_DONT)
    sock.setsockopt(socket.IPPROTO_UDP, traffic.UDP_SEGMENT, 1472)
    sink = net.b.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("10.0.0.2", 99))
    sock.sendto(traffic.PATTERN[:1472 * 4], ("10.0.0.2", 99))
    got = b"".join(sink.recv(65535) for _ in range(4))
    assert got == traffic.PATTERN[:1472 * 4]
