# SPDX-License-Identifier: GPL-2.0-or-later
"""`lookup nexthop`: ordinary routes choose among the tunnels of one device.

    a m0 10.0.0.1/24, fd00::1/64 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001, :6002 sockets in b
         rules: 10.0.0.11, fd00::11 → tunnel 1; 10.0.0.12, fd00::12 → tunnel 2
"""

import pytest
from lib import packet
from lib.peer import Injector
from test_rules import Multi


@pytest.fixture
def multi(pair):
    made = Multi(pair, 2, "lookup nexthop source-check off")
    pair.a.ip("route del 10.0.0.0/8 dev m0\nroute del fd00::/16 dev m0")
    for number in (1, 2):
        made.rules(f"add dev 10.0.0.1{number}/32 tunnel {number}",
                   f"add dev fd00::1{number}/128 tunnel {number}")
    return made


@pytest.mark.essential
@pytest.mark.parametrize("destination,gateways", [
    ("198.51.100.0/24", ("via 10.0.0.11", "via 10.0.0.12")),
    ("198.51.100.0/24", ("via inet6 fd00::11", "via inet6 fd00::12")),
    ("2001:db8:99::/64", ("via fd00::11", "via fd00::12")),
], ids=["v4 via v4", "v4 via v6", "v6 via v6"])
def test_routes_choose(multi, destination, gateways):
    dst = destination.replace("0/24", "7").replace("/64", "7")
    for number, gateway in enumerate(gateways, 1):
        multi.ns.ip(f"route replace {destination} {gateway} dev m0 onlink")
        assert multi.path(dst) == number


def test_neighbours_are_their_own_next_hop(multi):
    for number in (1, 2):
        assert multi.path(f"10.0.0.1{number}") == number
        assert multi.path(f"fd00::1{number}") == number


def test_next_hop_without_rule(multi):
    multi.ns.ip("route add 198.51.100.0/24 via 10.0.0.99 dev m0")
    assert multi.path("198.51.100.7") is None
    assert multi.ns.drops("m0")["tx-no-rule"] >= 1


def test_a_rule_for_the_destination_does_not_count(multi):
    multi.ns.ip("route add 198.51.100.0/24 via 10.0.0.12 dev m0")
    multi.rules("add dev 198.51.100.0/24 tunnel 1")
    assert multi.path("198.51.100.7") == 2
    multi.ns.ipudp("dev set m0 lookup destination")
    assert multi.path("198.51.100.7") == 1


def test_packet_without_route(multi):
    """From a packet socket there is no route: the destination is looked up."""
    raw = packet.udp("10.0.0.1", "10.0.0.12", 1, 2, b"x", ident=1)
    Injector(multi.ns, "m0").send(raw)
    multi.peers[2].expect(raw)


def test_multipath_route(multi):
    """Both next hops of one route are used."""
    multi.ns.ip("route add 198.51.100.0/24 nexthop via 10.0.0.11 dev m0 "
                "nexthop via 10.0.0.12 dev m0")
    assert {multi.path(f"198.51.100.{host}") for host in range(1, 30)} == {1, 2}


def test_forwarded_packets(multi):
    """What is routed through this host takes the same way."""
    multi.ns.forward()
    multi.ns.ip("route add 198.51.100.0/24 via 10.0.0.12 dev m0")
    raw = packet.udp("10.0.0.11", "198.51.100.7", 1, 2, b"through", ttl=9)
    multi.peers[1].send(raw)
    got = packet.parse(multi.peers[2].receive())
    assert got.data == b"through" and got.ttl == 8
    multi.ns.sysctl("net/ipv4/ip_forward", 0)
    multi.ns.sysctl("net/ipv6/conf/all/forwarding", 0)
