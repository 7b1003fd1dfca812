# SPDX-License-Identifier: GPL-2.0-or-later
"""Each packet is counted once: as sent or received, or as lost, and at both ends alike.

What ipudpd's fast path carries passes no netfilter, and the interface counts none of it.
"""

import contextlib
import socket
import subprocess

import pytest
from lib import dataplane, icmp, lab, packet, tool, traffic
from lib.peer import Peer, Sender
from lib.wait import wait_equal, wait_until

FAMILIES = pytest.mark.parametrize("family", [4, 6], ids=["outer4", "outer6"])


def counters(ns):
    return ns.tunnel("t0")["counters"]


def slow(*members):
    """Have no eBPF program carry what goes through t0."""
    if dataplane.selected() == dataplane.USER:
        for ns in members:
            ns.ipudp("dev set t0 fast-path off")


@contextlib.contextmanager
def firewall(ns):
    ns.nft("""table inet f { chain o { type filter hook output priority 0;
                                       udp dport 5000 drop; }; }""")
    yield
    ns.run("nft", "flush", "ruleset")


@contextlib.contextmanager
def full_queue(ns):
    """The interface has no room for any packet."""
    ns.run("tc", "qdisc", "add", "dev", "eth0", "root", "pfifo", "limit", "0")
    yield
    ns.run("tc", "qdisc", "del", "dev", "eth0", "root")


@FAMILIES
@pytest.mark.parametrize("options", ["", "source-port flow"], ids=["one-port", "any-port"])
@pytest.mark.parametrize("underlay", [firewall, full_queue])
def test_dropped_by_the_underlay(pair, family, options, underlay):
    """What the underlay's firewall or queue drops was not sent."""
    lab.tunnel_ends(pair.a, pair.b, family, options=options)
    slow(pair.a)
    icmp.assert_pings(pair.a, "10.0.0.2")
    before, link = counters(pair.a), pair.a.link("t0")["stats64"]["tx"]
    with underlay(pair.a):
        sender = Sender(pair.a)
        for number in range(7):
            sender.send(packet.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes([number]), ident=1))
        wait_equal(lambda: pair.a.drops("t0").get("tx-underlay"), 7, "they are counted as lost")
    after = counters(pair.a)
    assert after["tx_dropped"] - before["tx_dropped"] == 7
    assert after["tx_packets"] == before["tx_packets"]
    assert after["tx_bytes"] == before["tx_bytes"]
    if dataplane.selected() == dataplane.MODULE:
        now = pair.a.link("t0")["stats64"]["tx"]
        assert (now["packets"] - link["packets"], now["dropped"] - link["dropped"]) == (0, 7)


def test_keepalive_that_netfilter_drops(pair):
    """Is not one that was sent."""
    lab.tunnel_ends(pair.a, pair.b)
    pair.a.nft("""table inet f { chain o { type filter hook output priority 0;
                                           udp dport 5000 counter drop; }; }""")
    pair.a.ipudp("tunnel set dev t0 id 1 keepalive 100ms")
    wait_until(lambda: "packets 0" not in pair.a.run("nft", "list", "ruleset").stdout,
               "a keepalive was dropped")
    assert counters(pair.a)["tx_keepalives"] == 0
    pair.a.run("nft", "flush", "ruleset")
    wait_until(lambda: counters(pair.a)["tx_keepalives"], "the next one is sent")


def test_device_that_is_down(pair):
    """Nothing is received, and nobody heard of, by whatever would have delivered it."""
    lab.tunnel_ends(pair.a, pair.b)
    icmp.assert_pings(pair.a, "10.0.0.2")
    pair.b.ip("link set t0 down")
    lost = pair.b.drops("t0").get("rx-down", 0)
    before = counters(pair.b)
    sender = Sender(pair.a)
    for number in range(5):
        sender.send(packet.udp("10.0.0.1", "10.0.0.2", 1, 2, bytes([number]), ident=1))
    wait_equal(lambda: pair.b.drops("t0").get("rx-down", 0) - lost, 5, "they are counted as lost")
    after = counters(pair.b)
    assert after["rx_packets"] == before["rx_packets"]
    assert after["rx_age_ms"] >= before["rx_age_ms"]
    pair.b.ip("link set t0 up")
    icmp.assert_pings(pair.a, "10.0.0.2")


def slow_ends(pair):
    """At which ends the fast path is off, one after another."""
    yield ()
    if dataplane.selected() == dataplane.USER:
        yield from ((pair.a,), (pair.a, pair.b), (pair.b,))


@FAMILIES
@pytest.mark.parametrize("kind", ["tcp4", "tcp6", "udp4", "udp6"])
def test_aggregates_count_alike(pair, family, kind):
    """Packets and bytes are those of the packets on the wire, in whatever pieces they come."""
    for ends in slow_ends(pair):
        lab.tunnel_ends(pair.a, pair.b, family)
        slow(*ends)
        check_aggregates(pair, kind)
        pair.reset()


def check_aggregates(pair, kind):
    address = lab.inner(int(kind[3]), 2)
    if kind[:3] == "tcp":
        traffic.tcp_bulk(pair.a, pair.b, address, 1 << 19)
    else:
        traffic.udp_gso(pair.a, pair.b, address, bursts=5)
    least = 1 << 19 if kind[:3] == "tcp" else 5 * 19993
    wait_until(lambda: counters(pair.a)["tx_bytes"] > least, "all has been sent")
    wait_until(lambda: all(counters(one)[f"tx_{what}"] == counters(other)[f"rx_{what}"]
                           for what in ("packets", "bytes")
                           for one, other in ((pair.a, pair.b), (pair.b, pair.a))),
               "both ends have counted the same")
    for ns in (pair.a, pair.b):
        inside, link = counters(ns), ns.link("t0")["stats64"]
        if dataplane.selected() == dataplane.MODULE:
            assert inside["tx_bytes"] == link["tx"]["bytes"]
            assert inside["tx_packets"] == link["tx"]["packets"]
            assert inside["rx_bytes"] == link["rx"]["bytes"]
            assert inside["rx_packets"] == link["rx"]["packets"]


@pytest.mark.module_only(reason="the queue is the kernel's")
@pytest.mark.skipif(dataplane.kernel_version() < (5, 13), reason="veth knows no GRO")
def test_too_many_wait_to_be_aggregated(pair):
    """Where the kernel lets few packets wait, the rest is counted as lost, once."""
    lab.tunnel_ends(pair.a, pair.b)
    sock = pair.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_UDP, traffic.UDP_SEGMENT, 500)
    # many packets come at once, as from a network card
    pair.a.run("ethtool", "-K", "eth0", "gso", "off", "tso", "off")
    pair.b.run("ethtool", "-K", "eth0", "gro", "on")
    backlog = "net.core.netdev_max_backlog"
    before = subprocess.run(["sysctl", "-n", backlog], check=True, capture_output=True,
                            text=True).stdout.strip()
    subprocess.run(["sysctl", "-qw", f"{backlog}=1"], check=True)
    try:
        for _ in range(20):
            sock.sendto(bytes(20000), ("10.0.0.2", 9))
        wait_equal(lambda: counters(pair.b)["rx_packets"] + counters(pair.b)["rx_dropped"],
                   counters(pair.a)["tx_packets"], "all have come, or are lost")
    finally:
        subprocess.run(["sysctl", "-qw", f"{backlog}={before}"], check=True)
        pair.a.run("ethtool", "-K", "eth0", "gso", "on", "tso", "on")
        pair.b.run("ethtool", "-K", "eth0", "gro", "off")
    lost = pair.b.drops("t0").get("rx-nomem", 0)
    assert lost, "nothing had to wait"
    inside, link = counters(pair.b), pair.b.link("t0")["stats64"]["rx"]
    assert inside["rx_dropped"] == lost == link["dropped"]
    assert inside["rx_packets"] == link["packets"]


def test_refused_data_is_no_sign_of_life(pair):
    """A tunnel that only brings what may not enter is idle, and stays so; both is told once."""
    pair.b.run("ethtool", "-K", "eth0", "tx", "off")
    for ends in list(slow_ends(pair))[:2]:
        check_life(pair, ends)
        pair.reset()
    pair.b.run("ethtool", "-K", "eth0", "tx", "on")


def check_life(pair, slow_there):
    pair.a.ipudp_batch("""dev add t0 mode multi
        tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000
        rule add dev t0 10.9.0.0/16 tunnel 1""")
    slow(*slow_there)
    lab.raise_device(pair.a, "t0", 1)
    events = pair.a.start(tool.IPUDP, "-d", "-j", "monitor")
    events.wait_line("ready")
    pair.a.ipudp("tunnel set dev t0 id 1 idle 300ms")
    peer = Peer(pair.b, "192.0.0.2", 6001, ("192.0.0.1", 5000))
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "idle", "the state")
    bad = packet.udp("10.8.0.1", "10.0.0.1", 1, 2, b"x", ident=1)
    for _ in range(20):
        peer.send(bad)
        assert pair.a.tunnel("t0")["state"] == "idle"
    wait_equal(lambda: pair.a.drops("t0").get("rx-source"), 20, "all were looked at")
    assert pair.a.tunnel("t0")["state"] == "idle"
    assert counters(pair.a).get("rx_age_ms") is None
    # long enough to be seen; what eBPF programs receive is looked at as often
    good = packet.udp("10.9.0.1", "10.0.0.1", 1, 2, b"x", ident=1)
    pair.a.ipudp("tunnel set dev t0 id 1 idle 3s")
    assert pair.a.tunnel("t0")["state"] == "idle"
    wait_until(lambda: peer.send(good) or pair.a.tunnel("t0")["state"] == "active",
               "data that enters")
    events.wait_line("tunnel-back")
    told = [line for line in events.lines if "tunnel-idle" in line or "tunnel-back" in line]
    assert "tunnel-idle" in told[0] and "tunnel-back" in told[1]
    peer.close()
