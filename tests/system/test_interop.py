# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own fou with ipip, sit and ip6tnl as the other end: the same wire format.

    a t0 (ours) ─ 5000 ═══ UDP over 192.0.0.0/24 or 2001:db8:0::/64 ═══ 6000 ─ f0 (fou) b
    inner 10.0.0.1, fd00::1                                     10.0.0.2, fd00::2
"""

import pytest
from lib import icmp, lab, traffic

pytestmark = pytest.mark.kernel_has("fou")

# (outer, inner): the kernel's tunnel of that kind, and the protocol behind its UDP header
KINDS = {
    (4, 4): ("ipip", 4, ""),
    (4, 6): ("sit", 41, ""),
    (6, 4): ("ip6tnl", 4, "mode ipip6 "),
    (6, 6): ("ip6tnl", 41, "mode ip6ip6 "),
}
MODULES = {4: ("fou", "ipip", "sit"), 6: ("fou6", "ip6_tunnel")}


@pytest.fixture(scope="module", params=list(KINDS), ids=[f"inner{i}-outer{o}" for o, i in KINDS])
def mixed(request):
    outer, inner = request.param
    kind, proto, mode = KINDS[request.param]
    made = lab.pair()
    made.inner = inner
    for module in MODULES[outer]:
        made.b.run("modprobe", module)
    made.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {lab.outer(outer, 0, 2)} rport 6000 port 5000""")
    lab.raise_device(made.a, "t0", 1)
    family = "-6 " if outer == 6 else ""
    # fou has no socket that sends without its tunnel: it sends from the port it is told
    made.b.run("ip", *family.split(), "fou", "add", "port", "6000", "ipproto", str(proto))
    encaplimit = "encaplimit none " if kind == "ip6tnl" else ""
    mtu, csum = (1472, "encap-csum") if outer == 4 else (1452, "encap-udp6-csum")
    made.b.ip(f"""
        link add f0 type {kind} {mode}local {lab.outer(outer, 0, 2)} \
        remote {lab.outer(outer, 0, 1)} ttl 64 {encaplimit}\
        encap fou encap-sport 6000 encap-dport 5000 {csum}
        link set f0 mtu {mtu} up
        addr add {lab.inner(inner, 2)}/{24 if inner == 4 else 64} dev f0 \
        {"nodad" if inner == 6 else ""}""")
    yield made
    made.close()


def test_ping(mixed):
    icmp.assert_pings(mixed.a, lab.inner(mixed.inner, 2))
    icmp.assert_pings(mixed.b, lab.inner(mixed.inner, 1))


def test_ping_of_many_sizes(mixed):
    icmp.assert_pings(mixed.a, lab.inner(mixed.inner, 2))
    for ns, host in ((mixed.a, 2), (mixed.b, 1)):
        echo = icmp.Echo(ns, lab.inner(mixed.inner, host))
        bad = [size for size in (*range(48, 60), *range(1400, 1453, 3))
               if echo.ask(size) is not True]
        assert not bad, bad


@pytest.mark.essential
def test_bulk_both_ways(mixed):
    traffic.tcp_bulk(mixed.a, mixed.b, lab.inner(mixed.inner, 2), 2 << 20)
    traffic.tcp_bulk(mixed.b, mixed.a, lab.inner(mixed.inner, 1), 2 << 20)


def test_datagrams_both_ways(mixed):
    sizes = [0, 1, 99, 1400, 5000, 30000]
    traffic.udp_exchange(mixed.a, mixed.b, lab.inner(mixed.inner, 2), sizes)
    traffic.udp_exchange(mixed.b, mixed.a, lab.inner(mixed.inner, 1), sizes)
    traffic.udp_gso(mixed.a, mixed.b, lab.inner(mixed.inner, 2), bursts=4)
    traffic.udp_gso(mixed.b, mixed.a, lab.inner(mixed.inner, 1), bursts=4)


def test_nothing_was_lost(mixed):
    assert mixed.a.drops("t0") == {} and mixed.a.listener_drops(5000) == {}
