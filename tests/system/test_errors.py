# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors reach inner senders however they are reached: that they take the way that answers take.

    h ─ a t0 ═══ t0 b        a is told of less than its device takes, and tells h, or itself
"""

import pytest
from lib import icmp, lab
from lib.wait import wait_until

# The module's errors are the kernel's own; test_mtu has those.
pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")

FAMILIES = pytest.mark.parametrize("family", [4, 6])
LARGE, GOOD = 1500, 1472


@pytest.fixture
def net(fresh):
    fresh.a, fresh.b, fresh.h = fresh.namespaces("a", "b", "h")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.link(fresh.h, "eth0", fresh.a, "toh", net=9)
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b)
    for ns in (fresh.a, fresh.b):
        ns.ip(f"link set t0 mtu {LARGE}")
    return fresh


def is_told(ns, family):
    """Small ones are answered, and of a large one the sender hears how much fits."""
    echo = icmp.Echo(ns, lab.inner(family, 2), probe=True)
    wait_until(lambda: echo.ask(1000, timeout=1) is True, "a small one is answered")
    result = wait_until(
        lambda: isinstance(found := echo.ask(LARGE, timeout=1), icmp.Error) and found, "it is told")
    assert result.kind == "too-big" and result.mtu == GOOD, result


@FAMILIES
@pytest.mark.parametrize("rp_filter", [0, 1])
def test_a_local_sender_without_loopback(net, family, rp_filter):
    net.a.sysctl("net/ipv4/conf/all/rp_filter", str(rp_filter))
    net.a.sysctl("net/ipv4/conf/t0/rp_filter", str(rp_filter))
    net.a.ip("link set lo down")
    is_told(net.a, family)


@FAMILIES
def test_a_sender_where_the_device_went(net, family):
    net.a.ip(f"link set t0 netns {net.h.name}")
    lab.raise_device(net.h, "t0", 1)
    net.h.ip(f"link set t0 mtu {LARGE}")
    net.h.ip("link set lo down")
    is_told(net.h, family)


@FAMILIES
def test_a_sender_by_rules(net, family):
    """The main table has no route to the sender: one for what comes out of the tunnel has."""
    addr, behind, bits = {4: ("172.16.0", "172.16.0.2", 32), 6: ("fd16:", "fd16::2", 128)}[family]
    gap = "." if family == 4 else ":"
    size = 24 if family == 4 else 64
    net.a.forward()
    net.h.ip(f"addr add {behind}/{size} dev eth0{' nodad' if family == 6 else ''}")
    net.a.ip(f"addr add {addr}{gap}1/{size} dev toh{' nodad noprefixroute' if family == 6 else ''}")
    if family == 4:
        net.a.ip(f"route del {addr}.0/{size} dev toh")
    net.a.ip(f"route add {behind}/{bits} dev toh table 10")
    net.a.run("ip", f"-{family}", "rule", "add", "iif", "t0", "lookup", "10")
    net.h.ip(f"route add {lab.inner(family, 2)}/{bits} via {addr}{gap}1")
    net.b.ip(f"route add {behind}/{bits} dev t0")
    net.a.sysctl("net/ipv4/conf/all/rp_filter", "0")
    net.a.sysctl("net/ipv4/conf/toh/rp_filter", "0")
    is_told(net.h, family)
