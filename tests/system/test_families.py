# SPDX-License-Identifier: GPL-2.0-or-later
"""IPv4 and IPv6 inside of IPv4 and IPv6: small, of every size, and in bulk.

    a t0 10.0.0.1, fd00::1 ═══ UDP over 192.0.0.0/24 or 2001:db8:0::/64 ═══ t0 10.0.0.2, fd00::2 b
"""

import socket

import pytest
from lib import icmp, lab, traffic

MTU = {4: 1472, 6: 1452}


@pytest.fixture(scope="module", params=[4, 6], ids=["outer4", "outer6"])
def joined(request):
    """Two fixed devices joined over one outer family."""
    made = lab.pair()
    made.outer = request.param
    lab.tunnel_ends(made.a, made.b, request.param)
    yield made
    made.close()


families = pytest.mark.parametrize("family", [4, 6], ids=["inner4", "inner6"])


@families
def test_ping(joined, family):
    icmp.assert_pings(joined.a, lab.inner(family, 2))
    icmp.assert_pings(joined.b, lab.inner(family, 1))


@families
def test_ping_of_every_size_across_the_mtu(joined, family):
    """What fits arrives, what does not is refused to the sender: no size is lost silently."""
    mtu = MTU[joined.outer]
    assert joined.a.dev("t0")["mtu"] == mtu
    icmp.assert_pings(joined.a, lab.inner(family, 2))
    echo = icmp.Echo(joined.a, lab.inner(family, 2), df=True)
    sizes = [*range(echo.header, echo.header + 20), *range(mtu - 40, mtu + 1)]
    bad = [size for size in sizes if echo.ask(size) is not True]
    assert not bad, f"of these sizes no echo came back: {bad}"
    for size in range(mtu + 1, mtu + 20):
        assert echo.ask(size) == icmp.Error("local")


@families
def test_ping_of_every_size_fragmented_inside(joined, family):
    """Without DF the sender's own stack makes fragments; they travel as any packet."""
    mtu = MTU[joined.outer]
    icmp.assert_pings(joined.a, lab.inner(family, 2))
    echo = icmp.Echo(joined.a, lab.inner(family, 2), df=False)
    bad = [size for size in (*range(mtu - 4, mtu + 12), 3000, 9000, 40000)
           if echo.ask(size) is not True]
    assert not bad, f"of these sizes no echo came back: {bad}"


@pytest.mark.essential
@families
def test_tcp_bulk_both_ways(joined, family):
    traffic.tcp_bulk(joined.a, joined.b, lab.inner(family, 2))
    traffic.tcp_bulk(joined.b, joined.a, lab.inner(family, 1))


@families
def test_udp_of_many_sizes(joined, family):
    traffic.udp_exchange(joined.a, joined.b, lab.inner(family, 2),
                         [0, 1, 2, 3, 7, 100, *range(1390, 1480, 7), 4000, 20000, 60000])


@families
def test_udp_segmentation(joined, family):
    """UDP_SEGMENT above, UDP_GRO below, with a last segment shorter than the others."""
    for gro in (True, False):
        traffic.udp_gso(joined.a, joined.b, lab.inner(family, 2), gro=gro)


@families
def test_numbered_datagrams_all_come(joined, family):
    stream = traffic.Stream(joined.a, joined.b, lab.inner(family, 2), size=1000).start()
    stream.progress(500)
    assert stream.stop() == 0


@families
def test_counters_are_exact(joined, family):
    """Sent at one end and received at the other: the same packets and the same bytes."""
    joined.b.sysctl(f"net/ipv{family}/conf/t0/forwarding", 0)
    before = [joined.a.tunnel("t0")["counters"], joined.b.tunnel("t0")["counters"]]
    sock = joined.a.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    sink = joined.b.socket(sock.family, socket.SOCK_DGRAM)
    sink.bind((lab.inner(family, 2), 7777))
    header = 28 if family == 4 else 48
    for _ in range(10):
        sock.sendto(bytes(100 - header), (lab.inner(family, 2), 7777))
        sink.recv(2000)
    after = [joined.a.tunnel("t0")["counters"], joined.b.tunnel("t0")["counters"]]
    sent, received = [{key: new[key] - old[key] for key in new if not key.endswith("_ms")}
                      for old, new in zip(before, after)]
    # IPv6 says a word of its own now and then
    assert 10 <= sent["tx_packets"] <= 12 and sent["tx_bytes"] >= 1000
    assert 10 <= received["rx_packets"] <= 12 and received["rx_bytes"] >= 1000
    assert received["rx_dropped"] == sent["tx_dropped"] == 0


def test_nothing_was_dropped(joined):
    """After all of the above no end has counted a loss."""
    for ns in (joined.a, joined.b):
        assert ns.drops("t0") == {}
        assert ns.listener_drops() == {}
