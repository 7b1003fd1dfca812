# SPDX-License-Identifier: GPL-2.0-or-later
"""How outer packets are routed: mark, link, VRF, bound interface, changing routes.

    a ─┬─ eth0 192.0.0.1 ═══ 192.0.0.2 eth0 ─┬─ b   lo: 198.51.100.1, 2001:db8:f::1
       └─ eth1 192.0.1.1 ═══ 192.0.1.2 eth1 ─┘
"""

import socket

import pytest
from lib import dataplane, lab, packet
from lib.peer import Peer, Sender, Sniffer, family_of
from lib.tool import ToolError
from lib.wait import QUIET, wait_until

REMOTE = {4: "198.51.100.1", 6: "2001:db8:f::1"}
RAW = packet.udp("10.0.0.1", "10.0.0.2", 1, 2, b"x", ident=1)
outers = pytest.mark.parametrize("outer", [4, 6], ids=["outer4", "outer6"])


@pytest.fixture
def two(fresh):
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    for number in (0, 1):
        fresh.link(fresh.a, f"eth{number}", fresh.b, f"eth{number}", net=number)
    fresh.up()
    fresh.b.forward()
    fresh.b.ip(f"addr add {REMOTE[4]}/32 dev lo\naddr add {REMOTE[6]}/128 dev lo nodad")
    return fresh


def routes(net, verb="add", prefer=0, table=""):
    """Routes to b's loopback over both links; prefer says which is the better one."""
    lines = []
    for number in (0, 1):
        metric = 10 if number == prefer else 20
        lines += [f"route {verb} {REMOTE[6]}/128 via {lab.outer6(number, 2)} metric {metric} {table}",
                  f"route {verb} {REMOTE[4]}/32 via {lab.outer4(number, 2)} metric {metric} {table}"]
    net.a.ip(lines)


def start(net, outer, options=""):
    net.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {REMOTE[outer]} rport 6000 port 5000 {options}""")
    lab.raise_device(net.a, "t0", 1)
    return [Sniffer(net.b, f"eth{number}") for number in (0, 1)]


def path(net, sniffers):
    """Which link a packet takes, and its source."""
    for one in sniffers:
        one.drain()
    Sender(net.a).send(RAW)
    found = [wait_any(one) for one in sniffers]
    used = [number for number, one in enumerate(found) if one]
    assert len(used) <= 1
    return (used[0], found[used[0]].src) if used else None


def wait_any(sniffer):
    return sniffer.receive(lambda one: one.proto == packet.UDP, QUIET)


@outers
def test_route_chooses(two, outer):
    routes(two)
    sniffers = start(two, outer)
    assert path(two, sniffers) == (0, lab.outer(outer, 0, 1))


@pytest.mark.essential
@outers
def test_link(two, outer):
    """The named interface, whatever the routes prefer, and its address."""
    routes(two)
    sniffers = start(two, outer, "link eth1")
    assert path(two, sniffers) == (1, lab.outer(outer, 1, 1))
    assert two.a.tunnel("t0")["link"] == "eth1"
    two.a.ipudp("tunnel set dev t0 id 1 link eth0")
    assert path(two, sniffers) == (0, lab.outer(outer, 0, 1))


@pytest.mark.essential
@outers
def test_mark(two, outer):
    """The tunnel's mark steers; the inner packet's has no say."""
    routes(two, prefer=0)
    routes(two, prefer=1, table="table 77")
    for family in ("-4", "-6"):
        two.a.ip("rule add fwmark 0x77 table 77", family=family)
    sniffers = start(two, outer)
    two.a.nft("add table inet m\n"
              "add chain inet m out { type route hook output priority mangle; }\n"
              "add rule inet m out oifname t0 meta mark set 0x77\n")
    assert path(two, sniffers)[0] == 0
    two.a.ipudp("tunnel set dev t0 id 1 mark 0x77")
    assert two.a.tunnel("t0")["mark"] == 0x77
    assert path(two, sniffers)[0] == 1
    two.a.ipudp("tunnel set dev t0 id 1 mark 0")
    assert path(two, sniffers)[0] == 0


@outers
def test_route_changes_are_followed(two, outer):
    """A cached route is not used for longer than it holds; nor is its source address."""
    routes(two, prefer=0)
    sniffers = start(two, outer)
    assert path(two, sniffers)[0] == 0
    routes(two, "del", prefer=0)
    routes(two, "add", prefer=1)
    expected = (1, lab.outer(outer, 1, 1))
    if dataplane.selected() == dataplane.USER:
        # The fast path hears of it a moment later.
        wait_until(lambda: path(two, sniffers) == expected, "the new route is taken")
    assert path(two, sniffers) == expected
    two.a.ip("link set eth1 down")
    assert wait_until(lambda: path(two, sniffers), "the other link is taken")[0] == 0


@pytest.mark.essential
@pytest.mark.kernel_has("vrf")
@outers
def test_vrf(two, outer):
    """A tunnel bound to a VRF sends and receives there, and its neighbour outside does not."""
    two.a.ip("""link add blue type vrf table 100
                link set blue up
                link set eth1 master blue""")
    # IPv6 addresses may go when an interface joins a VRF
    two.a.ip(f"addr replace {lab.outer6(1, 1)}/64 dev eth1 nodad")
    remote = lab.outer(outer, 1, 2)
    two.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {remote} rport 6000 port 5000 bind blue""")
    lab.raise_device(two.a, "t0", 1)
    peer = Peer(two.b, remote, 6000, (lab.outer(outer, 1, 1), 5000))
    Sender(two.a).send(RAW)
    peer.expect(RAW)
    assert peer.source[:2] == (lab.outer(outer, 1, 1), 5000)
    peer.send(packet.udp("10.0.0.2", "10.0.0.1", 1, 2, b"x"))
    wait_until(lambda: two.a.tunnel("t0")["counters"]["rx_packets"], "it is received")
    assert two.a.listener(5000)["bind"] == "blue"
    # the same port outside of the VRF is another listener
    two.a.ipudp("dev add t1")
    two.a.ipudp("tunnel add dev t1 id 1 remote", lab.outer(outer, 0, 2), "rport 6000 port 5000 bind eth0")
    assert len(two.a.show("listener show")) == 2
    outside = Peer(two.b, lab.outer(outer, 0, 2), 6000, (lab.outer(outer, 0, 1), 5000))
    two.a.ip("link set t1 up\naddr add 10.1.0.1/24 dev t1")
    outside.send(packet.udp("10.1.0.2", "10.1.0.1", 1, 2, b"x"))
    wait_until(lambda: two.a.tunnel("t1")["counters"]["rx_packets"], "outside is received")
    assert two.a.tunnel("t0")["counters"]["rx_packets"] == 1


@pytest.mark.kernel_has("vrf")
@outers
def test_unbound_hears_nothing_of_a_vrf(two, outer):
    """Its port is closed to what comes by an interface of a VRF, even from its tunnel's remote."""
    remote, local = lab.outer(outer, 1, 2), lab.outer(outer, 1, 1)
    two.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {remote} rport 6000 port 5000 local {local}""")
    lab.raise_device(two.a, "t0", 1)
    two.b.run("ethtool", "-K", "eth1", "tx", "off")
    sock = two.b.socket(family_of(remote), socket.SOCK_DGRAM)
    sock.bind((remote, 6000))
    sock.connect((local, 5000))
    raw = packet.udp("10.0.0.2", "10.0.0.1", 1, 2, b"x")

    def heard():
        return two.a.tunnel("t0")["counters"].get("rx_packets", 0)

    sock.send(raw)
    wait_until(heard, "it is received before there is a VRF")
    two.a.ip("""link add blue type vrf table 100
                link set blue up
                link set eth1 master blue""")
    two.a.ip(f"addr replace {lab.outer6(1, 1)}/64 dev eth1 nodad")
    # the tunnel has a route all the same, so that it stays what it is
    two.a.ip(f"route add {remote} dev eth1", family=f"-{outer}")

    def refused():
        try:
            sock.send(raw)
            sock.settimeout(QUIET)
            sock.recv(1)
        except ConnectionRefusedError:
            return True
        except TimeoutError:
            pass
        return False
    wait_until(refused, "the port is closed")
    before = heard()
    assert refused()
    assert heard() == before


def test_bound_interface(two):
    """A listener bound to an interface hears only what comes by it."""
    two.a.ipudp("listener add port 5000 bind eth1")
    for number in (0, 1):
        Peer(two.b, lab.outer4(number, 2), 6000).send(b"\0frame", (lab.outer4(number, 1), 5000))
    wait_until(lambda: two.a.listener_drops(5000), "one is heard")
    assert two.a.listener_drops(5000) == {"frame-unclaimed": 1}


@pytest.mark.parametrize("fast_path", ["on", "off"])
@outers
def test_bound_interface_any_port(two, outer, fast_path):
    """With any source port, too, packets leave by the interface that the listener is bound to."""
    routes(two)
    sniffers = start(two, outer, "bind eth1 source-port flow")
    if dataplane.selected() == dataplane.USER:
        two.a.ipudp(f"dev set t0 fast-path {fast_path}")
    elif fast_path == "off":
        pytest.skip("concerns ipudpd alone")
    assert path(two, sniffers) == (1, lab.outer(outer, 1, 1))


@pytest.mark.kernel_has("dummy")
def test_bound_interface_goes(two):
    """Nothing is left that would hold it: its listener's tunnels lose their way, no more."""
    two.a.ip("link add dum0 type dummy\nlink set dum0 up\naddr add 192.0.7.1/24 dev dum0")
    two.a.ipudp_batch("""
        dev add t0
        dev add t1
        tunnel add dev t0 id 1 remote 192.0.7.2 rport 6000 port 5000 bind dum0
        tunnel add dev t1 id 1 remote 192.0.7.2 rport 6001 port 5001 link dum0""")
    for dev, net in (("t0", 0), ("t1", 1)):
        two.a.ip(f"link set {dev} up\naddr add 10.{net}.0.1/24 dev {dev}")
        Sender(two.a).send(packet.udp(f"10.{net}.0.1", f"10.{net}.0.2", 1, 2, b"x", ident=1))
    # a forgotten reference makes this hang
    two.a.ip("link del dum0")
    for net in (0, 1):
        Sender(two.a).send(packet.udp(f"10.{net}.0.1", f"10.{net}.0.2", 1, 2, b"x", ident=1))
    two.a.ipudp("dev del t0")
    two.a.ipudp("dev del t1")


@pytest.mark.essential
@outers
def test_underlay_goes_and_returns(two, outer):
    """The link under a tunnel is deleted and made again: the tunnel works again by itself."""
    remote = lab.outer(outer, 0, 2)
    two.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {remote} rport 6000 port 5000""")
    lab.raise_device(two.a, "t0", 1)
    Sender(two.a).send(RAW)
    two.a.ip("link del eth0")
    Sender(two.a).send(RAW)
    assert wait_until(lambda: two.a.drops("t0"), "it is lost") == {"tx-no-route": 1}
    two.link(two.a, "eth0", two.b, "eth0")
    two.up()
    peer = Peer(two.b, remote, 6000)

    def comes():
        Sender(two.a).send(RAW)
        return peer.receive(1) == RAW
    wait_until(comes, "packets come again")


@pytest.mark.parametrize("option,words", [("link nope", "nope"), ("bind nope", "nope"),
                                          ("local 198.51.100.77", "198.51.100.77|local"),
                                          ("ttl 256", "256|ttl"), ("dscp 64", "64|dscp"),
                                          ("df maybe", "maybe|df"), ("rport 0", "0|port"),
                                          ("remote 224.0.0.1", "multicast|remote|224.0.0.1"),
                                          ("remote 0.0.0.0", "remote|0.0.0.0"),
                                          ("remote ff02::1", "multicast|remote|ff02::1")])
def test_options_that_are_refused(pair, option, words):
    pair.a.ipudp("dev add t0")
    line = {"remote": "192.0.0.2", "rport": "6000", "port": "5000"}
    line.update([option.split()])
    with pytest.raises(ToolError, match=words):
        pair.a.ipudp("tunnel add dev t0", *(f"{key} {value}" for key, value in line.items()))
    assert pair.a.dev("t0")["tunnels"] == 0 and pair.a.show("listener show") == []
