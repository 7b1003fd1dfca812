# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules of multi devices: which tunnel a packet takes.

    a m0 10.0.0.1, fd00::1 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001, :6002 … sockets in b
"""

import socket

import pytest
from lib import icmp, lab, packet, traffic
from lib.peer import Peer, Sender
from lib.tool import ToolError
from lib.wait import QUIET, wait_equal

LOCAL = ("192.0.0.1", 5000)


class Multi:
    """A multi device with count tunnels, a socket at the end of each."""

    def __init__(self, lab_, count=3, options=""):
        self.ns = lab_.a
        lines = [f"dev add m0 mode multi {options}"]
        for number in range(1, count + 1):
            lines.append(f"tunnel add dev m0 id {number} remote 192.0.0.2 rport {6000 + number} "
                         "port 5000")
        self.ns.ipudp_batch(lines)
        lab.raise_device(self.ns, "m0", 1, "route add 10.0.0.0/8 dev m0",
                         "route add fd00::/16 dev m0")
        self.peers = {number: Peer(lab_.b, "192.0.0.2", 6000 + number, LOCAL)
                      for number in range(1, count + 1)}
        self.senders = {family: Sender(self.ns, family) for family in (4, 6)}

    def rules(self, *lines):
        self.ns.ipudp_batch([f"rule {line}".replace(" dev", " dev m0", 1) for line in lines])

    def send(self, dst, sport=1):
        source = lab.inner(6 if ":" in dst else 4, 1)
        raw = packet.udp(source, dst, sport, 2, b"x", **({} if ":" in dst else {"ident": 1}))
        self.senders[6 if ":" in dst else 4].send(raw)
        return raw

    def path(self, dst, sport=1):
        """The number of the tunnel that a packet takes, None if none."""
        raw = self.send(dst, sport)
        # the tunnel's counters say which, without waiting for all of the others
        for number in list(self.peers) * 2:
            got = self.peers[number].receive(0.02)
            if got is not None:
                assert got == raw
                return number
        return None

    def shown(self):
        return {rule["prefix"]: rule for rule in self.ns.show("rule show dev m0")}


def targets(rule):
    return [(one["tunnel"], one["priority"], one["weight"]) for one in rule["target"]]


def test_longest_prefix_wins(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.0.0.0/8 tunnel 1", "add dev 10.1.0.0/16 tunnel 2",
                "add dev 10.1.1.1/32 tunnel 3", "add dev fd00::/16 tunnel 1",
                "add dev fd00:1::/32 tunnel 2", "add dev fd00:1::1 tunnel 3")
    for dst, number in (("10.9.0.1", 1), ("10.1.2.3", 2), ("10.1.1.1", 3), ("10.1.1.2", 2),
                        ("fd00:9::1", 1), ("fd00:1::2", 2), ("fd00:1::1", 3)):
        assert multi.path(dst) == number, dst
    assert pair.a.dev("m0")["rules"] == 6


def test_default_rules(pair):
    multi = Multi(pair)
    multi.rules("add dev 0.0.0.0/0 tunnel 1", "add dev ::/0 tunnel 2")
    assert multi.path("10.200.1.1") == 1
    assert multi.path("fd00:77::1") == 2


def test_no_rule(pair):
    """Counted, and the sender is told."""
    multi = Multi(pair)
    echo = icmp.Echo(pair.a, "10.5.5.5")
    # by whom depends on the data plane: ipudpd's error comes from where the packet was to go
    assert echo.ask().kind in ("unreachable", "EHOSTUNREACH")
    assert pair.a.drops("m0")["tx-no-rule"] >= 1
    assert multi.path("10.5.5.5") is None


@pytest.mark.parametrize("dst", ["10.5.5.5", "fd00:5::5"])
def test_unreachable(pair, dst):
    multi = Multi(pair)
    multi.rules("add dev 0.0.0.0/0 tunnel 1", "add dev ::/0 tunnel 1",
                "add dev 10.5.0.0/16 unreachable", "add dev fd00:5::/32 unreachable")
    result = icmp.Echo(pair.a, dst).ask()
    assert isinstance(result, icmp.Error) and result.kind == "unreachable"
    assert pair.a.drops("m0") == {"tx-rule-unreachable": 1}


@pytest.mark.parametrize("dst", ["10.5.5.5", "fd00:5::5"])
def test_drop_is_silent(pair, dst):
    multi = Multi(pair)
    multi.rules("add dev 0.0.0.0/0 tunnel 1", "add dev ::/0 tunnel 1",
                "add dev 10.5.0.0/16 drop", "add dev fd00:5::/32 drop")
    assert icmp.Echo(pair.a, dst).ask(timeout=QUIET) is None
    assert pair.a.drops("m0") == {"tx-rule-drop": 1}
    assert multi.path("10.6.0.1") == 1


def test_replace_and_append(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.1.0.0/16 tunnel 1")
    with pytest.raises(ToolError, match="has a rule"):
        multi.rules("add dev 10.1.0.0/16 tunnel 2")
    multi.rules("replace dev 10.1.0.0/16 tunnel 2")
    assert multi.path("10.1.0.1") == 2
    multi.rules("append dev 10.1.0.0/16 tunnel 3 priority 0")
    assert sorted(targets(multi.shown()["10.1.0.0/16"])) == [(2, 0, 1), (3, 0, 1)]
    multi.rules("replace dev 10.1.0.0/16 drop")
    assert multi.shown()["10.1.0.0/16"]["action"] == "drop"
    assert multi.path("10.1.0.1") is None
    multi.rules("replace dev 10.1.0.0/16 tunnel 1")
    assert multi.path("10.1.0.1") == 1
    multi.rules("replace dev 10.2.0.0/16 tunnel 1", "append dev 10.3.0.0/16 tunnel 1")
    assert len(multi.shown()) == 3


def test_del_uncovers_the_shorter_rule(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.0.0.0/8 tunnel 1", "add dev 10.1.0.0/16 tunnel 2",
                "add dev 10.1.1.0/24 tunnel 3")
    assert multi.path("10.1.1.1") == 3
    multi.rules("del dev 10.1.1.0/24")
    assert multi.path("10.1.1.1") == 2
    multi.rules("del dev 10.1.0.0/16")
    assert multi.path("10.1.1.1") == 1
    with pytest.raises(ToolError, match="has no rule"):
        multi.rules("del dev 10.1.0.0/16")
    pair.a.ipudp("rule flush dev m0")
    assert multi.shown() == {} and pair.a.dev("m0")["rules"] == 0


def test_del_of_one_target(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.1.0.0/16 tunnel 1 priority 1 tunnel 2 priority 2",
                "del dev 10.1.0.0/16 tunnel 1")
    assert targets(multi.shown()["10.1.0.0/16"]) == [(2, 2, 1)]
    assert multi.path("10.1.0.1") == 2
    multi.rules("del dev 10.1.0.0/16 tunnel 2")
    assert multi.shown() == {}


def test_rules_go_with_their_last_tunnel(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.1.0.0/16 tunnel 1", "add dev 10.2.0.0/16 tunnel 1 tunnel 2",
                "add dev 10.3.0.0/16 flood tunnel 1 tunnel 3", "add dev 10.4.0.0/16 drop")
    pair.a.ipudp("tunnel del dev m0 id 1")
    shown = multi.shown()
    assert set(shown) == {"10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"}
    assert targets(shown["10.2.0.0/16"])[0][0] == 2
    assert multi.path("10.2.0.1") == 2 and multi.path("10.3.0.1") == 3


def test_filter_by_tunnel(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.1.0.0/16 tunnel 1", "add dev 10.2.0.0/16 tunnel 1 tunnel 2",
                "add dev 10.3.0.0/16 tunnel 3")
    found = pair.a.show("rule show dev m0 tunnel 1")
    assert {rule["prefix"] for rule in found} == {"10.1.0.0/16", "10.2.0.0/16"}
    assert [rule["prefix"] for rule in pair.a.show("rule show dev m0 10.3.0.0/16")] == \
        ["10.3.0.0/16"]


def test_lowest_priority_is_preferred(pair):
    multi = Multi(pair)
    multi.rules("add dev 10.0.0.0/8 tunnel 1 priority 30 tunnel 2 priority 10 "
                "tunnel 3 priority 20")
    assert {multi.path("10.1.0.1", sport) for sport in range(1, 9)} == {2}
    pair.a.ipudp("tunnel del dev m0 id 2")
    assert {multi.path("10.1.0.1", sport) for sport in range(1, 9)} == {3}


def test_weights_share_the_flows(pair):
    """A flow stays on its tunnel; flows fall on tunnels as their weights say, roughly."""
    multi = Multi(pair, 2)
    multi.rules("add dev 10.0.0.0/8 tunnel 1 weight 3 tunnel 2 weight 1")
    flows = range(1000, 1400)
    for _ in range(2):
        for sport in flows:
            multi.send("10.1.0.1", sport)
    seen = {}
    for number, peer in multi.peers.items():
        seen[number] = []
        while (raw := peer.receive(QUIET)) is not None:
            seen[number].append(packet.parse(raw).ports[0])
    assert len(seen[1]) + len(seen[2]) == 2 * len(flows)
    assert not set(seen[1]) & set(seen[2]), "a flow was torn apart"
    # 300 expected, standard deviation below 9
    assert 250 < len(set(seen[1])) < 350


@pytest.mark.essential
@pytest.mark.parametrize("group,prefix", [("224.1.2.3", "224.0.0.0/4"), ("ff05::99", "ff00::/8"),
                                          ("10.0.0.255", "10.0.0.255/32")])
def test_flood(pair, group, prefix):
    """Each tunnel of the rule gets a copy, no other."""
    multi = Multi(pair, 4)
    multi.rules(f"add dev {prefix} flood tunnel 1 tunnel 2 tunnel 3")
    six = ":" in group
    sock = pair.a.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"m0")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.sendto(b"to all", (group, 99))
    copies = {number: multi.peers[number].receive() for number in (1, 2, 3)}
    for number, raw in copies.items():
        found = packet.parse(raw)
        assert found.dst == group and found.data == b"to all", number
    assert multi.peers[4].receive(QUIET) is None
    assert pair.a.drops("m0").get("tx-no-rule", 0) == 0 or six


def test_flood_of_a_large_packet(pair):
    """An aggregate of UDP_SEGMENT is copied whole to each."""
    multi = Multi(pair, 3)
    # as a wire does: checksums cannot be left to the other end
    pair.a.run("ethtool", "-K", "eth0", "tx", "off")
    multi.rules("add dev 224.0.0.0/4 flood tunnel 1 tunnel 2 tunnel 3")
    sock = pair.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"m0")
    sock.setsockopt(socket.IPPROTO_UDP, traffic.UDP_SEGMENT, 500)
    sock.sendto(bytes(range(250)) * 8, ("224.1.1.1", 99))
    for peer in multi.peers.values():
        got = b""
        for _ in range(4):
            found = packet.parse(peer.receive())
            assert found.checksum_ok()
            got += found.data
        assert got == bytes(range(250)) * 8
    pair.a.run("ethtool", "-K", "eth0", "tx", "on")


def test_changes_under_traffic_lose_nothing(pair):
    """Replacing a rule and changing its targets leaves no moment without a tunnel."""
    multi = Multi(pair, 2)
    multi.rules("add dev 10.0.0.0/8 tunnel 1")
    sent, before = 0, pair.a.dev("m0")["counters"]["tx_packets"]
    for turn in range(12):
        multi.rules(f"replace dev 10.0.0.0/8 tunnel {1 + turn % 2}")
        for _ in range(5):
            multi.send("10.1.0.1")
            sent += 1
    wait_equal(lambda: pair.a.dev("m0")["counters"]["tx_packets"] >= before + sent, True, "all are sent")
    assert pair.a.drops("m0") == {}


@pytest.mark.parametrize("line,words", [
    ("rule add dev m0 10.0.0.0/8 tunnel 9", "tunnel|9"),
    ("rule add dev m0 10.0.0.1/8 tunnel 1", "10.0.0|prefix"),
    ("rule add dev m0 10.0.0.0/33 tunnel 1", "33|length|prefix"),
    ("rule add dev m0 10.0.0.0/8 tunnel 1 weight 0", "weight"),
    ("rule add dev m0 10.0.0.0/8 tunnel 1 tunnel 1", "twice|already|tunnel"),
    ("rule add dev m0 10.0.0.0/8", "tunnel|action|drop"),
    ("rule add dev m0 10.0.0.0/8 flood", "tunnel"),
    ("rule add dev nope 10.0.0.0/8 drop", "no such device"),
    ("rule add dev m0 nonsense drop", "nonsense"),
])
def test_rules_that_are_refused(pair, line, words):
    """The sentence names the culprit, and nothing is changed."""
    Multi(pair, 1)
    with pytest.raises(ToolError, match=words):
        pair.a.ipudp(line)
    assert pair.a.show("rule show dev m0") == []
