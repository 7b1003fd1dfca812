# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways in that are not the plain one: aggregated, by XDP, from tunnel to tunnel."""

import subprocess

import pytest
from lib import tcx

from fastlab import AMOUNT, TIMEOUT, Failed, Hub, Pair, Plane, Table, kernel_version, tcp
from test_forwarding import nothing_left


def as_on_a_wire(pair):
    """No aggregates across the link."""
    for ns, link in ((pair.left, "l0"), (pair.right, "r0")):
        for dev in (link, "t0"):
            ns.run("ethtool", "-K", dev, "tso", "off", "gso", "off")


def gro(pair):
    """Turn it on at both ends; skip where the kernel cannot."""
    try:
        for plane in pair.planes:
            plane.do("gro on")
    except Failed as failed:
        assert "not supported" in str(failed)
        assert kernel_version() < (5, 13)
        pytest.skip("veth does not aggregate before 5.13")


def aggregates(pair, inner):
    """Whether TCP comes out of the right TUN in larger packets than went into the link."""
    words = pair.right.words("tcpdump", "-c", "1", "-nn", "-i", "t0", "-Q", "in", "greater", "4000")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as dump:
        while "listening" not in dump.stderr.readline():
            pass
        for _ in range(10):
            assert tcp(pair, inner, 1 << 20) == 1 << 20
            if dump.poll() is not None:
                break
        dump.kill()
        return "length" in dump.communicate()[0]


@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("outer", [4, 6])
def test_gro(outer, inner):
    with Pair(outer, "multi", device="source") as pair:
        as_on_a_wire(pair)
        gro(pair)
        assert tcp(pair, inner) == AMOUNT
        assert aggregates(pair, inner)
        assert pair.ping(inner) == 3
        left, right = pair.planes[0].counters(), pair.planes[1].counters()
        # What the link lost, which may have been no packet of the tunnel's.
        lost = left["tx_packets"] - right["rx_packets"]
        assert 0 <= lost <= pair.left.dropped("l0")
        # All packets count with their headers, also those that were sent as one.
        assert 0 <= left["tx_bytes"] - right["rx_bytes"] <= lost * 1472


def test_gro_two_devices():
    """Flows of two devices with the same addresses and ports stay apart."""
    with Pair(4) as pair:
        as_on_a_wire(pair)
        gro(pair)
        for i, plane in enumerate(pair.planes):
            plane.do("tun t1", "device t1 fixed", f"tunnel t1 1 192.0.2.{i + 1}:7001 "
                     f"192.0.2.{2 - i}:7001 {('l0', 'r0')[i]}")
        for i, ns in enumerate((pair.left, pair.right)):
            ns.batch(f"addr add 10.8.0.{i + 1}/24 dev t1", "link set t1 mtu 1472 up")
        before = pair.planes[1].counters("t0")["rx_bytes"]
        assert tcp(pair, 4) == AMOUNT
        assert pair.planes[1].counters("t0")["rx_bytes"] - before > AMOUNT
        assert pair.planes[1].counters("t1")["rx_packets"] < 20


def test_gro_survives_and_goes():
    with Pair(4) as pair:
        as_on_a_wire(pair)
        gro(pair)
        for plane in pair.planes:
            plane.kill()
        assert tcp(pair, 4) == AMOUNT
        pair.planes = [Plane(pair.left), Plane(pair.right)]
        for i, plane in enumerate(pair.planes):
            assert plane.state == "adopted"
            pair.configure(i)
            if not i:
                plane.do("gro on")
            plane.do("sweep")
        assert tcp(pair, 4) == AMOUNT
        assert "ipudp-gro" in pair.left.run("ip", "link")
        assert "ipudp-gro" not in pair.right.run("ip", "link")
        pair.planes[0].do("flush")
        assert "ipudp-gro" not in pair.left.run("ip", "link")


def xdp(pair):
    for plane, link in zip(pair.planes, ("l0", "r0")):
        plane.do(f"link {link} xdp")


@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("outer", [4, 6])
def test_xdp(outer, inner):
    with Pair(outer, "multi", device="source") as pair:
        as_on_a_wire(pair)
        xdp(pair)
        assert "prog/xdp" in pair.left.run("ip", "link", "show", "l0")
        assert tcp(pair, inner) == AMOUNT
        assert pair.ping(inner) == 3
        left, right = pair.planes[0].counters(), pair.planes[1].counters()
        # What the link lost, which may have been no packet of the tunnel's.
        lost = left["tx_packets"] - right["rx_packets"]
        assert 0 <= lost <= pair.left.dropped("l0")
        # All packets count with their headers, also those that were sent as one.
        assert 0 <= left["tx_bytes"] - right["rx_bytes"] <= lost * 1472
        assert set(nothing_left(pair.planes[1])) <= {"tx-rule"}
        for plane in pair.planes:
            plane.do("flush")
        assert "prog/xdp" not in pair.left.run("ip", "link", "show", "l0")


def test_xdp_survives_kill():
    with Pair(4) as pair:
        as_on_a_wire(pair)
        xdp(pair)
        for plane in pair.planes:
            plane.kill()
        assert tcp(pair, 4) == AMOUNT
        pair.planes = [Plane(pair.left), Plane(pair.right)]
        for i, plane in enumerate(pair.planes):
            assert plane.state == "adopted"
            pair.configure(i)
        # Without the word it is taken off again.
        assert "prog/xdp" not in pair.left.run("ip", "link", "show", "l0")
        assert tcp(pair, 4) == AMOUNT


def has_xdp(ns, link):
    return "prog/xdp" in ns.run("ip", "link", "show", link)


@pytest.mark.parametrize("wanted", [True, False])
def test_xdp_of_another_version_goes(wanted):
    """Its tables are not adopted, so nobody would fill them: what it does with them is wrong."""
    with Pair(4) as pair:
        as_on_a_wire(pair)
        xdp(pair)
        pair.planes[0].kill()
        state = Table(pair.left, "state")
        (key, value), = state.entries().items()
        state.update(key, b"\xff" + value[1:])
        assert has_xdp(pair.left, "l0")
        plane = pair.planes[0] = Plane(pair.left)
        assert plane.state == "new"
        if wanted:
            pair.configure(0)
        else:
            plane.do("sweep")
        assert not has_xdp(pair.left, "l0")
        if wanted:
            plane.do("sweep")
            assert tcp(pair) == AMOUNT
            plane.do("flush")
        assert "fast_" not in pair.left.run("tc", "filter", "show", "dev", "l0", "ingress")
        with pair.left.enter():
            assert not tcx.names("l0")
        assert "fast_" not in pair.left.run("tc", "filter", "show", "dev", "t0", "egress")
        assert not has_xdp(pair.left, "l0")


def test_xdp_is_replaced_unseen():
    """Who may not look at it takes it for a dead one's, where it is to have its own."""
    with Pair(4) as pair:
        as_on_a_wire(pair)
        xdp(pair)
        pair.planes[1].kill()
        words = pair.right.words("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")
        pair.right.words = lambda *more: words + list(map(str, more))
        plane = pair.planes[1] = Plane(pair.right)
        assert plane.state == "new"
        plane.do("link r0 xdp")
        pair.configure(1)
        plane.do("link r0 xdp", "sweep")
        assert tcp(pair) == AMOUNT
        assert plane.counters()["rx_bytes"] > AMOUNT


@pytest.mark.parametrize("inner", [4, pytest.param(6, marks=pytest.mark.kernel)])
def test_xdp_below_vlan(inner):
    """A tag that the link keeps beside the packet is not the inner one's."""
    with Pair(4) as pair:
        if pair.left.run("sh", "-c", "ip link add link l0 name v1 type vlan id 6 || echo no"):
            pytest.skip("the kernel of this host has no vlan")
        xdp(pair)
        for i, (plane, ns, link) in enumerate(zip(pair.planes, (pair.left, pair.right),
                                                  ("l0", "r0"))):
            ns.batch(f"link add link {link} name v0 type vlan id 5", "link set v0 up",
                     f"addr add 192.0.3.{i + 1}/24 dev v0",
                     # The same inner addresses, but by this tunnel.
                     "addr flush dev t0")
            plane.do("tun t1", "device t1 fixed", "link v0",
                     f"tunnel t1 1 192.0.3.{i + 1}:7000 192.0.3.{2 - i}:7000 v0 mtu=1400")
            ns.batch(f"addr add 10.9.0.{i + 1}/24 dev t1", f"addr add fd09::{i + 1}/64 dev t1 nodad",
                     "link set t1 addrgenmode none", "link set t1 mtu 1400 up")
        for ns in (pair.left, pair.right):
            ns.wait_ready("t1")
        as_on_a_wire(pair)
        for ns in (pair.left, pair.right):
            for dev in ("v0", "t1"):
                ns.run("ethtool", "-K", dev, "tso", "off", "gso", "off")
        assert tcp(pair, inner, 1 << 20) == 1 << 20
        assert pair.ping(inner) == 3
        assert pair.planes[1].counters("t1")["rx_bytes"] > 1 << 20
        assert all("rx" not in reason for reason in nothing_left(pair.planes[1]))


@pytest.mark.parametrize("options", ["", "rewrite"])
@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("outer", [4, 6])
def test_hub(outer, inner, options):
    with Hub(options, outer=outer) as hub:
        if outer != inner and not options:
            # What came out of a tunnel over veth cannot change its family in another one.
            assert not hub.answers(inner)
            assert hub.planes[2].read("left")["tx-offload"] > 0
            return
        assert hub.ping(inner) == 3
        assert tcp(hub, inner) == AMOUNT
        one, other = (hub.planes[2].counters(tunnel=n) for n in (1, 2))
        # Multicast of the spoke's kernel has a source that the hub does not expect.
        assert one["rx_packets"] + hub.planes[2].read("left")["rx-source"] >= \
            hub.planes[0].counters()["tx_packets"]
        assert other["tx_packets"] == hub.planes[1].counters()["rx_packets"]
        assert other["tx_packets"] > 3
        # One hop, whichever way.
        hop = hub.left.run("ping", "-c", "1", "-t", "1", "-W", TIMEOUT,
                           ("10.9.0.2", "fd09::2")[inner == 6], check=False)
        assert "Time to live exceeded" in hop or "Hop limit" in hop
        # Below the stack no filter is passed.
        hub.hub.run("nft", "add table inet f; add chain inet f c "
                    "{ type filter hook forward priority 0; policy drop; }")
        assert hub.ping(inner, 1) == 1 if options == "rewrite" else not hub.answers(inner)


def test_hub_by_next_hop():
    """In place goes by destination alone: where the next hop says which tunnel, the stack is asked."""
    with Hub("rewrite nexthop") as hub:
        before = hub.planes[2].read("left")["tx-mode"]
        assert not hub.answers()
        assert hub.planes[2].read("left")["tx-mode"] > before


def test_hub_checks_sources():
    with Hub("rewrite") as hub:
        hub.left.run("ip", "addr", "add", "10.9.0.77/24", "dev", "t0")
        for ns in (hub.left, hub.right):
            ns.sysctl("ipv6/conf/t0/disable_ipv6", 1)
        before = hub.planes[2].read("left")["rx-source"]
        hub.left.run("ping", "-c", "1", "-W", "0.5", "-I", "10.9.0.77", "10.9.0.2", check=False)
        assert hub.planes[2].read("left")["rx-source"] == before + 1


@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("outer", [4, 6])
def test_tunnel_in_tunnel(outer, inner):
    """Over a link without a link-layer header, which a TUN is."""
    with Pair(outer) as pair:
        between = ("10.9.0.1", "10.9.0.2") if outer == 4 else ("[fd09::1]", "[fd09::2]")
        for i, plane in enumerate(pair.planes):
            plane.do("tun t1", "device t1 fixed", "link t0",
                     f"tunnel t1 1 {between[i]}:7001 {between[1 - i]}:7001 t0 mtu=1400")
        for i, ns in enumerate((pair.left, pair.right)):
            ns.batch(f"addr add 10.8.0.{i + 1}/24 dev t1", f"addr add fd08::{i + 1}/64 dev t1 nodad",
                     "link set t1 mtu 1400 up")
        for ns in (pair.left, pair.right):
            ns.wait_ready("t1")
        before = [pair.planes[1].counters(device)["rx_packets"] for device in ("t0", "t1")]
        assert "5 received" in pair.left.run("ping", "-c", "5", "-i", "0.05", "-W", TIMEOUT,
                                             ("10.8.0.2", "fd08::2")[inner == 6], check=False)
        for device, packets in zip(("t0", "t1"), before):
            assert pair.planes[1].counters(device)["rx_packets"] >= packets + 5


def test_loopback_is_left():
    with Pair(4) as pair:
        with pytest.raises(Failed, match="not supported"):
            pair.planes[0].do("tunnel t0 1 127.0.0.1:7000 127.0.0.2:7000 lo")
        with pytest.raises(Failed, match="not supported"):
            pair.planes[0].do("link lo")
