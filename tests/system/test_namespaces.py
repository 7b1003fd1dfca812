# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that move; tunnels that stay where they were made; namespaces that go.

    inner n ← t0 ← a ═══ UDP ═══ b t0        a is the home of the tunnel, n the device's new place
"""

import pytest
from lib import dataplane, icmp, lab, traffic
from lib.peer import Peer
from lib.tool import ToolError
from lib.wait import wait_equal, wait_until


@pytest.fixture
def three(fresh):
    fresh.a, fresh.b, fresh.n = fresh.namespaces("a", "b", "n")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b)
    return fresh


def move(net, source=None, target=None):
    source, target = source or net.a, target or net.n
    source.ip(f"link set t0 netns {target.name}")
    lab.raise_device(target, "t0", 1)


def seat(net):
    """Where a moved device is shown and set: ipudpd knows its own namespace only."""
    return net.n if dataplane.selected() == dataplane.MODULE else net.a


AT_HOME = "ipudpd shows and sets a moved device at its home: docs/datapaths.md"


def test_device_moves_tunnel_stays(three):
    """A namespace whose only way out is the tunnel: traffic goes by the home's underlay."""
    icmp.assert_pings(three.a, "10.0.0.2")
    move(three)
    assert three.a.link("t0") is None
    for family in (4, 6):
        icmp.assert_pings(three.n, lab.inner(family, 2))
        traffic.tcp_bulk(three.n, three.b, lab.inner(family, 2), 1 << 20)
        traffic.tcp_bulk(three.b, three.n, lab.inner(family, 1), 1 << 20)
    assert seat(three).drops("t0") == {}


@pytest.mark.module_only(reason=AT_HOME)
def test_shown_where_it_is(three):
    """The device in its new namespace, the listener at home."""
    move(three)
    assert three.a.show("dev show") == []
    dev = three.n.dev("t0")
    assert dev["tunnels"] == 1 and "home_netnsid" in dev and not dev["orphan"]
    assert three.n.tunnel("t0")["remote"] == "192.0.0.2"
    assert three.a.listener(5000)["tunnels"] == 1
    assert three.n.show("listener show") == []


def test_configured_from_its_new_place(three):
    """Options of a moved device's tunnel are still set by its name; its rules too."""
    move(three)
    seat(three).ipudp("tunnel set dev t0 id 1 ttl 7 rport 6000")
    assert seat(three).tunnel("t0")["ttl"] == 7
    peer = Peer(three.b, "192.0.0.2", 6000)
    icmp.ping(three.n, "10.0.0.2", timeout=0.05)
    assert peer.receive() is not None


def test_moves_home_again(three):
    move(three)
    move(three, three.n, three.a)
    icmp.assert_pings(three.a, "10.0.0.2")
    assert "home_netnsid" not in three.a.dev("t0")


def test_home_again_it_is_named(three):
    """A device that is back is one as any: that it is renamed, or set, is heard of."""
    move(three)
    move(three, three.n, three.a)
    three.a.ip("link set t0 down\nlink set t0 name t9\nlink set t9 up mtu 1400")
    wait_equal(lambda: [(one["ifname"], one["mtu"]) for one in three.a.show("dev show")],
               [("t9", 1400)], "its name")


@pytest.mark.essential
def test_moves_under_traffic(three):
    """To and fro while the other end sends: nothing breaks, and at the end it works."""
    noise = traffic.Noise().add(three.b, "10.0.0.1", size=500)
    noise.add(three.b, "10.0.0.1", size=20000, gso=1000)
    for _ in range(4):
        move(three)
        noise.progress(100)
        move(three, three.n, three.a)
        noise.progress(100)
    noise.stop()
    icmp.assert_pings(three.b, "10.0.0.1")


@pytest.mark.essential
@pytest.mark.module_only(reason="iproute2 makes no device of ipudpd: docs/datapaths.md")
def test_made_in_another_namespace_by_iproute2(fresh):
    """`ip -n a link add … netns n`: born at n's; its tunnels are n's."""
    fresh.a, fresh.n = fresh.namespaces("a", "n")
    fresh.up()
    fresh.a.ip(f"link add t0 netns {fresh.n.name} type ipudp")
    assert fresh.a.show("dev show") == []
    fresh.n.ipudp("tunnel add dev t0 id 1 remote 127.0.0.1 rport 5000 port 5001")
    listeners = [len(ns.show("listener show")) for ns in (fresh.a, fresh.n)]
    # where it was asked for or where it was put: one of them, and where it says
    assert sum(listeners) == 1
    assert ("home_netnsid" in fresh.n.dev("t0")) == (listeners[0] == 1)


@pytest.mark.essential
@pytest.mark.module_only(reason="with its home goes the daemon, and with it the device: docs/datapaths.md")
def test_home_goes(three):
    """The device stays, an orphan without tunnels; what it sends is counted, it can go."""
    move(three)
    icmp.assert_pings(three.n, "10.0.0.2")
    three.delete(three.a)
    wait_until(lambda: three.n.dev("t0")["orphan"], "the device is an orphan")
    dev = three.n.dev("t0")
    assert dev["tunnels"] == 0
    icmp.ping(three.n, "10.0.0.2", timeout=0.05)
    assert three.n.drops("t0").get("tx-no-tunnel", 0) >= 1
    with pytest.raises(ToolError, match="gone|orphan|namespace"):
        three.n.ipudp("tunnel add dev t0 remote 192.0.0.2 rport 5000 port 5000")
    three.n.ipudp("dev del t0")
    assert three.n.show("dev show") == []


def test_new_place_goes(three):
    """The device goes with it; the home loses the tunnel and the listener with it."""
    move(three)
    assert three.a.listener(5000)["tunnels"] == 1
    three.delete(three.n)
    wait_equal(lambda: three.a.show("listener show"), [], "the listener is gone")


@pytest.mark.essential
def test_everything_goes_under_traffic(three):
    """Both namespaces at once, while the other end floods."""
    move(three)
    noise = traffic.Noise().add(three.b, "10.0.0.1", size=500)
    noise.progress()
    three.delete(three.a, three.n)
    noise.progress()
    noise.stop()
    # the other end lives, and a new pair works
    one, = three.namespaces("c")
    three.link(one, "eth0", three.b, "eth9", net=5)
    three.up()
    lab.tunnel_ends(one, three.b, dev="t1", net=5, port=5100)
    three.b.ip("link set t0 down")
    icmp.assert_pings(one, "10.0.0.2")


def test_namespaces_are_apart(fresh):
    """The same names, ports and remotes in two namespaces have nothing to do with each other."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.up()
    for ns in (fresh.a, fresh.b):
        ns.ipudp_batch("""dev add t0
                          tunnel add dev t0 id 1 remote 127.0.0.1 rport 5000 port 5001
                          listener add port 5002""")
    fresh.a.ipudp("dev del t0")
    assert [one["port"] for one in fresh.a.show("listener show")] == [5002]
    assert len(fresh.b.show("listener show")) == 2
    assert fresh.b.dev("t0")["tunnels"] == 1


def test_home_goes_with_its_daemon(three):
    """Nothing of ipudpd's is left anywhere: a TUN without its process is of no use."""
    if dataplane.selected() == dataplane.MODULE:
        pytest.skip("concerns ipudpd alone")
    move(three)
    icmp.assert_pings(three.n, "10.0.0.2")
    three.delete(three.a)
    wait_until(lambda: three.n.link("t0") is None, "the device is gone")
