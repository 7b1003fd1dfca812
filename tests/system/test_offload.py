# SPDX-License-Identifier: GPL-2.0-or-later
"""Segmentation and aggregation: whatever is switched off, what arrives is what was sent.

    h1 ─── a t0 ═══ t0 b ─── h2        h1: 192.0.8.1, h2: 192.0.9.1 (and IPv6)
"""

import socket

import pytest
from lib import dataplane, lab, packet, traffic
from lib.peer import Sniffer

outers = pytest.mark.parametrize("outer", [4, 6], ids=["outer4", "outer6"])
families = pytest.mark.parametrize("family", [4, 6], ids=["inner4", "inner6"])

# What is switched, on which interfaces: "u" the underlay's, "t" the tunnel's.
SETTINGS = {
    "all on": "",
    "no tso below": "u tso off; u gso off",
    "no checksums below": "u tx off; u tso off",
    "no gro below": "u gro off",
    "no gso above": "t gso off; t tso off",
    "no gro above": "t gro off; u gro off",
    "no scatter-gather": "u sg off; u tso off; u gso off",
    "nothing": "u tx off; u sg off; u tso off; u gso off; u gro off; t gso off; t gro off",
}


@pytest.fixture(scope="module", params=[4, 6], ids=["outer4", "outer6"])
def chain(request):
    made = lab.Lab()
    made.outer = request.param
    made.h1, made.h2 = made.namespaces("h1", "h2")
    made.a, made.b = made.router("a"), made.router("b")
    made.link(made.a, "eth0", made.b, "eth0")
    made.link(made.h1, "eth0", made.a, "eth1", net=8)
    made.link(made.h2, "eth0", made.b, "eth1", net=9)
    made.up()
    lab.tunnel_ends(made.a, made.b, request.param)
    for ns, net in ((made.a, 9), (made.b, 8)):
        ns.ip([f"route add 192.0.{net}.0/24 dev t0", f"route add 2001:db8:{net}::/64 dev t0"])
    for ns, net in ((made.h1, 8), (made.h2, 9)):
        ns.ip([f"route add default via 192.0.{net}.2",
               f"route add default via 2001:db8:{net}::2"])
    yield made
    made.close()


def switch(net, setting, undo=False):
    for one in filter(None, setting.split("; ")):
        where, feature, state = one.split()
        for ns in (net.a, net.b):
            ns.run("ethtool", "-K", {"u": "eth0", "t": "t0"}[where], feature,
                   "on" if undo else state, check=False)


@pytest.fixture(params=list(SETTINGS), ids=[name.replace(" ", "-") for name in SETTINGS])
def switched(chain, request):
    switch(chain, SETTINGS[request.param])
    yield chain
    switch(chain, SETTINGS[request.param], undo=True)


@families
def test_bulk(switched, family):
    """From end to end and from host to host, TCP and segmented UDP."""
    net = switched
    traffic.tcp_bulk(net.a, net.b, lab.inner(family, 2), 1 << 20)
    traffic.tcp_bulk(net.h1, net.h2, lab.outer(family, 9, 1), 1 << 20)
    traffic.udp_gso(net.a, net.b, lab.inner(family, 2), bursts=4)
    traffic.udp_gso(net.h2, net.h1, lab.outer(family, 8, 1), bursts=4)


@families
def test_odd_segments(chain, family):
    """Small and odd segments, the last one of a single byte; 64 at most, as 5.10 takes."""
    for segment, count in ((1, 57), (7, 57), (333, 50), (1371, 30)):
        traffic.udp_gso(chain.h1, chain.h2, lab.outer(family, 9, 1), segment=segment,
                        count=count if segment > 7 else count + 7, bursts=3)
    for mss in (88, 536, 1300):
        traffic.tcp_bulk(chain.h1, chain.h2, lab.outer(family, 9, 1), 1 << 17, mss=mss)


@families
@pytest.mark.essential
def test_large_segments_cross_the_device(chain, family):
    """The device takes aggregates from above and hands aggregates up: it is not one by one."""
    above = Sniffer(chain.b, "t0")
    traffic.tcp_bulk(chain.a, chain.b, lab.inner(family, 2), 1 << 20)
    largest = 0
    while found := above.receive(lambda one: one.proto == packet.TCP, 0.05):
        largest = max(largest, len(found.raw))
    assert largest > 1472, "no aggregate was seen above the receiving device"


@families
def test_aggregation_of_udp(chain, family):
    """A receiver behind the device that asks for it gets many datagrams at once."""
    # The eBPF programs of ipudpd send and hand over one at a time.
    fast = [ns for ns in (chain.a, chain.b) if dataplane.has_fastpath(ns)]
    switch(chain, "u tso off; u gso off")
    if fast:
        assert traffic.udp_gso(chain.a, chain.b, lab.inner(family, 2), bursts=1) <= 1000
    for ns in fast:
        ns.ipudp("dev set t0 fast-path off")
    try:
        largest = traffic.udp_gso(chain.a, chain.b, lab.inner(family, 2), bursts=5)
    finally:
        switch(chain, "u tso off; u gso off", undo=True)
        for ns in fast:
            ns.ipudp("dev set t0 fast-path on")
    assert largest > 1000


@pytest.mark.essential
@outers
@families
@pytest.mark.parametrize("checksum", ["on", "off"])
def test_aggregation_before_a_bound_listener(fresh, outer, family, checksum):
    """Aggregates that the underlay made find the listener, even if it is bound to an address."""
    one, other = fresh.namespaces("one", "other")
    fresh.link(one, "eth0", other, "eth0")
    fresh.up()
    for ns, here in ((one, 1), (other, 2)):
        ns.ipudp_batch(f"""
            dev add t0
            tunnel add dev t0 id 1 remote {lab.outer(outer, 0, 3 - here)} rport 5000 \
            local {lab.outer(outer, 0, here)} port 5000 checksum {checksum}""")
        lab.raise_device(ns, "t0", here)
        ns.run("ethtool", "-K", "eth0", "tso", "off", "gso", "off", "gro", "on")
    above = Sniffer(other, "t0")
    traffic.tcp_bulk(one, other, lab.inner(family, 2), 1 << 20)
    largest = 0
    while found := above.receive(lambda one: one.proto == packet.TCP, 0.05):
        largest = max(largest, len(found.raw))
    assert udp_errors(other) == 0
    # nobody aggregates datagrams without checksums that the fast path takes, see docs/datapaths.md
    if checksum == "on" or not dataplane.has_fastpath(other):
        assert largest > 1472, "no aggregate was seen above the receiving device"


def udp_errors(ns):
    """Datagrams that UDP over IPv4 and IPv6 dropped before anybody received them."""
    lines = ns.run("cat", "/proc/net/snmp", "/proc/net/snmp6").stdout.splitlines()
    names, values = (line.split() for line in lines if line.startswith("Udp:"))
    errors = [int(line.split()[1]) for line in lines if line.startswith("Udp6InErrors")]
    return int(values[names.index("InErrors")]) + sum(errors)


@pytest.mark.essential
def test_features(chain):
    shown = chain.a.run("ethtool", "-k", "t0").stdout
    features = dict(line.strip().split(": ", 1) for line in shown.splitlines()[1:] if ": " in line)
    for name in ("tcp-segmentation-offload", "generic-segmentation-offload",
                 "generic-receive-offload", "scatter-gather", "tx-checksumming"):
        assert features[name].startswith("on"), name
    assert features.get("tx-udp-segmentation", "on").startswith("on")


def test_nothing_was_lost(chain):
    for ns in (chain.a, chain.b):
        # the first end is up before the second, and says so to neighbours
        for drops in (ns.drops("t0"), ns.listener_drops()):
            drops.pop("rx-down", None)
            assert drops == {}


@pytest.mark.parametrize("extra", [240, 1000])
def test_long_headers(chain, extra):
    """Aggregates whose headers are longer than any usual ones: IPv6 destination options.

    The last test: some of the segments leave no room for the options at first, and are counted as
    too big.
    """
    # Options that nobody knows, and that are to be skipped, of at most 257 bytes each.
    pads, left = b"", extra - 2
    while left:
        size = min(left, 257) if left - 257 != 1 else 200
        pads += bytes([0x1e, size - 2]) + bytes(size - 2)
        left -= size
    options = bytes([0, extra // 8 - 1]) + pads
    traffic.tcp_bulk(chain.a, chain.b, lab.inner(6, 2), 1 << 20,
                     options=[(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, options)])
