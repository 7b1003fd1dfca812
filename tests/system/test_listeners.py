# SPDX-License-Identifier: GPL-2.0-or-later
"""Listeners: made by tunnels or by themselves, shared, pinned, bound.

    a ─ eth0 192.0.0.1, 2001:db8:0::1 ═══ 192.0.0.2, 2001:db8:0::2 sockets in b
"""

import errno
import socket

import pytest
from lib import lab, packet
from lib.peer import Peer, Sender
from lib.tool import ToolError
from lib.wait import wait_equal

# IPUDP_LISTENERS_MAX of the ABI.
MOST = 4096
RAW4 = packet.udp("10.0.0.1", "10.0.0.2", 1, 2, b"x", ident=1)


def ports(ns):
    return sorted(one["port"] for one in ns.show("listener show"))


def test_add_and_del(pair):
    pair.a.ipudp("listener add port 5000")
    shown = pair.a.listener(5000)
    assert shown["family"] == "dual" and shown["pinned"] and shown["tunnels"] == 0
    assert "local" not in shown
    pair.a.ipudp("listener del", shown["id"])
    assert ports(pair.a) == []


@pytest.mark.essential
@pytest.mark.parametrize("family", ["ipv4", "ipv6", "dual"])
def test_family(pair, family):
    pair.a.ipudp("listener add port 5000 family", family)
    assert pair.a.listener(5000)["family"] == family
    for six, address in ((False, "192.0.0"), (True, "2001:db8:0:")):
        Peer(pair.b, f"{address}:2" if six else f"{address}.2", 7000).send(
            b"\x77frame", (f"{address}:1" if six else f"{address}.1", 5000))
    hears = {"ipv4": 1, "ipv6": 1, "dual": 2}[family]
    wait_equal(lambda: pair.a.listener_drops(5000), {"frame-unclaimed": hears}, "frames come")


@pytest.mark.parametrize("local", ["192.0.0.1", "2001:db8:0::1"])
def test_local_address(pair, local):
    pair.a.ipudp("listener add port 5000 local", local)
    shown = pair.a.listener(5000)
    assert shown["local"] == str(packet.text(packet.addr(local)))
    assert shown["family"] == ("ipv6" if ":" in local else "ipv4")


def test_kernel_chooses_the_port(pair):
    pair.a.ipudp("listener add port 0")
    one, = pair.a.show("listener show")
    assert one["port"] > 0


@pytest.mark.essential
def test_port_in_use(pair):
    """By a process, or by another listener of an overlapping address."""
    sock = pair.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", 5000))
    with pytest.raises(ToolError, match="5000|in use"):
        pair.a.ipudp("listener add port 5000")
    sock.close()
    pair.a.ipudp("listener add port 5000")
    sock = pair.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(OSError) as refusal:
        sock.bind(("", 5000))
    assert refusal.value.errno == errno.EADDRINUSE


def test_as_many_as_there_may_be(fresh):
    """One more is refused, by itself or for a tunnel, until another one has gone."""
    ns, = fresh.namespaces("a")
    ns.ipudp("dev add t0 mode multi")
    ns.ipudp_batch("\n".join(f"listener add port {20000 + number} family ipv4"
                             for number in range(MOST)))
    line = "tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port"
    for another in ("listener add port 5000", f"{line} 5000"):
        with pytest.raises(ToolError, match=f"has {MOST} listeners.*port 5000"):
            ns.ipudp(another)
    assert len(ports(ns)) == MOST
    ns.ipudp(f"{line} 20000")
    ns.ipudp("listener del", ns.listener(20001)["id"])
    ns.ipudp("listener add port 5000")
    with pytest.raises(ToolError, match=f"has {MOST} listeners"):
        ns.ipudp("listener add port 5001")


def test_made_by_tunnels_goes_with_the_last(pair):
    pair.a.ipudp_batch("""dev add t0
                          dev add t1
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000
                          tunnel add dev t1 id 1 remote 192.0.0.2 rport 6002 port 5000""")
    shown = pair.a.listener(5000)
    assert shown["tunnels"] == 2 and not shown["pinned"]
    assert pair.a.tunnel("t0")["listener"] == pair.a.tunnel("t1")["listener"] == shown["id"]
    pair.a.ipudp("dev del t0")
    assert ports(pair.a) == [5000]
    pair.a.ipudp("tunnel del dev t1 id 1")
    assert ports(pair.a) == []


def test_pinned_outlives_its_tunnels(pair):
    pair.a.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000
                          listener add port 5000 family ipv4""")
    ident = pair.a.listener(5000)["id"]
    assert pair.a.listener(5000)["pinned"] and len(pair.a.show("listener show")) == 1
    pair.a.ipudp("dev del t0")
    assert pair.a.listener(5000)["id"] == ident
    # unpinned while a tunnel uses it, it stays until that goes
    pair.a.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000""")
    pair.a.ipudp("listener del", ident)
    assert not pair.a.listener(5000)["pinned"]
    pair.a.ipudp("dev del t0")
    assert ports(pair.a) == []


def test_shared_by_tunnels_of_several_devices(pair):
    """One port, three tunnels of two devices: each gets its own."""
    pair.a.ipudp_batch("""dev add t0
                          dev add m0 mode multi source-check off
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000
                          tunnel add dev m0 id 1 remote 192.0.0.2 rport 6002 port 5000
                          tunnel add dev m0 id 2 remote 192.0.0.2 rport 6003 port 5000""")
    for name in ("t0", "m0"):
        pair.a.ip(f"link set {name} up")
    for number, count in ((1, 1), (2, 2), (3, 4)):
        peer = Peer(pair.b, "192.0.0.2", 6000 + number, ("192.0.0.1", 5000))
        for _ in range(count):
            peer.send(packet.udp("10.0.0.2", "10.0.0.1", 1, 2, b"x"))
    for dev, ident, count in (("t0", 1, 1), ("m0", 1, 2), ("m0", 2, 4)):
        wait_equal(lambda dev=dev, ident=ident:
                   pair.a.tunnel(dev, ident)["counters"]["rx_packets"], count, f"{dev} {ident}")


def test_two_listeners_for_one_remote(pair):
    """The same remote through two of our ports is two tunnels."""
    pair.a.ipudp_batch("""dev add t0
                          dev add t1
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000
                          tunnel add dev t1 id 1 remote 192.0.0.2 rport 6001 port 5001""")
    pair.a.ip("link set t0 up\nlink set t1 up")
    peer = Peer(pair.b, "192.0.0.2", 6001)
    raw = packet.udp("10.0.0.2", "10.0.0.1", 1, 2, b"x")
    for port, count in ((5000, 1), (5001, 3)):
        for _ in range(count):
            peer.send(raw, ("192.0.0.1", port))
    for dev, count in (("t0", 1), ("t1", 3)):
        wait_equal(lambda dev=dev: pair.a.tunnel(dev)["counters"]["rx_packets"], count, dev)


def test_the_same_remote_twice_is_refused(pair):
    pair.a.ipudp_batch("""dev add t0
                          dev add t1
                          tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000""")
    with pytest.raises(ToolError, match="remote|already|tunnel"):
        pair.a.ipudp("tunnel add dev t1 id 1 remote 192.0.0.2 rport 6001 port 5000")


def test_tunnel_names_its_listener(pair):
    pair.a.ipudp("listener add port 5000 local 192.0.0.1")
    ident = pair.a.listener(5000)["id"]
    pair.a.ipudp("dev add t0")
    pair.a.ipudp("tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 listener", ident)
    assert pair.a.tunnel("t0")["listener"] == ident
    lab.raise_device(pair.a, "t0", 1)
    peer = Peer(pair.b, "192.0.0.2", 6001)
    Sender(pair.a).send(RAW4)
    peer.expect(RAW4)
    assert peer.source == ("192.0.0.1", 5000)
    with pytest.raises(ToolError, match="listener"):
        pair.a.ipudp("tunnel set dev t0 id 1 listener", ident + 1)


def test_family_of_listener_and_remote_must_agree(pair):
    pair.a.ipudp("listener add port 5000 family ipv4")
    pair.a.ipudp("dev add t0")
    with pytest.raises(ToolError, match="IPv|family|listener|remote"):
        pair.a.ipudp("tunnel add dev t0 remote 2001:db8::2 rport 6001 listener",
                     pair.a.listener(5000)["id"])
    assert pair.a.dev("t0")["tunnels"] == 0


def test_keepalives_of_strangers_are_counted(pair):
    """A single 0xff is a keepalive, two are a frame."""
    pair.a.ipudp("listener add port 5000")
    peer = Peer(pair.b, "192.0.0.2", 6001, ("192.0.0.1", 5000))
    peer.send(b"\xff")
    peer.send(b"\xff\xff")
    wait_equal(lambda: pair.a.listener_drops(5000), {"frame-unclaimed": 1}, "the frame")
    assert pair.a.listener(5000)["counters"]["rx_keepalives"] == 1


def test_nothing_is_answered_to_strangers(pair):
    """No ICMP, no datagram: a listener is silent."""
    pair.a.ipudp("listener add port 5000")
    peer = Peer(pair.b, "192.0.0.2", 6001, ("192.0.0.1", 5000))
    peer.sock.connect(("192.0.0.1", 5000))
    for payload in (b"", b"\xff", b"\0\1stun", RAW4, b"\x60" + bytes(39)):
        peer.sock.send(payload)
    wait_equal(lambda: sum(pair.a.listener_drops(5000).values()), 4, "all are counted")
    peer.expect_nothing()
    assert peer.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


@pytest.mark.parametrize("line,words", [
    ("listener add port 5000 local 198.51.100.9", "198.51.100.9|address|local"),
    ("listener add port 5000 bind nope", "nope"),
    ("listener add port 70000", "70000|port"),
    ("listener add port 5000 local 192.0.0.1 family ipv6", "family|IPv"),
    ("listener del 4242", "4242|listener"),
])
def test_refused(pair, line, words):
    with pytest.raises(ToolError, match=words):
        pair.a.ipudp(line)
    assert ports(pair.a) == []
