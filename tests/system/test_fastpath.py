# SPDX-License-Identifier: GPL-2.0-or-later
"""ipudpd with its eBPF fast path: packets that the daemon never sees, and what it says of them.

    a t0 ═══ b t0        without UDP checksums, so that sending is fast, too
"""

import pytest
from lib import dataplane, icmp, lab, tool, traffic
from lib.process import Process
from lib.wait import wait_until

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")


@pytest.fixture(autouse=True)
def working():
    """Without the right, or on a kernel that does not take the programs, there is none to test."""
    made = lab.Lab()
    ns, = made.namespaces("x")
    said = [line for line in dataplane.daemon(ns).lines if "without the eBPF fast path" in line]
    made.close()
    if said:
        pytest.skip(said[0])


@pytest.fixture
def ends(fresh):
    """a ═══ b, whose daemons a test may kill."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b, options="checksum off")
    return fresh


def start(ns, *options):
    with ns.enter():
        process = Process([str(tool.IPUDPD), "--verbose", *dataplane.options(), *options])
    dataplane.replace(ns, process)
    process.wait_line("serving")
    return process


def slow(ns, dev="t0"):
    """How many packets the daemon has read from a TUN."""
    return ns.link(dev)["stats64"]["tx"]["packets"]


def filters(ns, dev, where):
    """Names of the programs at an interface."""
    words = ns.run("tc", "filter", "show", "dev", dev, where).stdout.split()
    return [words[i + 1] for i, word in enumerate(words) if word == "name"]


def test_programs_are_where_they_belong(ends):
    """Underlays receive and devices send, and one's own device is an underlay only if it is one."""
    assert filters(ends.a, "eth0", "ingress") == ["fast_decap"]
    assert filters(ends.a, "t0", "egress") == ["fast_encap"]
    assert filters(ends.a, "t0", "ingress") == []
    for ns, host in ((ends.a, 1), (ends.b, 2)):
        ns.ipudp_batch(f"""
            dev add t1
            tunnel add dev t1 remote {lab.inner4(3 - host)} rport 6000 port 6000 checksum off""")
        ns.ip([f"addr add 10.1.0.{host}/24 dev t1", "link set t1 up"])
    icmp.assert_pings(ends.a, "10.1.0.2")
    wait_until(lambda: filters(ends.a, "t0", "ingress") == ["fast_decap_l3"], "t1 goes through t0")
    ends.a.ipudp("dev del t0")
    assert filters(ends.a, "t1", "egress") == ["fast_encap"]


def test_successor_adopts(ends):
    """Both daemons killed under traffic: nothing is lost, and the next ones go on with it."""
    a, b = ends.a, ends.b
    stream = traffic.Stream(a, b, lab.inner4(2), patience=1).start()
    stream.progress(200)
    before = [slow(ns) for ns in (a, b)]
    for ns in (a, b):
        dataplane.daemon(ns).kill()
    stream.progress(500)
    while_dead = a.link("t0")["stats64"]["tx"]
    assert while_dead["dropped"] == 0
    for ns in (a, b):
        start(ns)
        stream.progress(500)
    assert stream.stop() == 0
    assert [slow(ns) for ns in (a, b)] == before, "no packet went by the daemons"
    for ns in (a, b):
        assert filters(ns, "t0", "egress") == ["fast_encap"], "swept away"
    # What was counted while no daemon was there counts, too.
    assert a.tunnel("t0", 1)["counters"]["tx_packets"] >= stream.sent
    assert b.tunnel("t0", 1)["counters"]["rx_packets"] >= stream.sent


def test_successor_has_rules(ends):
    """Those of a device of mode multi go on, and so do others that are added later."""
    a, b = ends.a, ends.b
    a.ipudp_batch("""
        dev add m0 mode multi
        tunnel add dev m0 id 7 remote 192.0.0.2 rport 6000 port 6000 checksum off
        rule add dev m0 10.1.0.2/32 tunnel 7
        rule add dev m0 10.2.0.0/16 tunnel 7""")
    b.ipudp_batch("dev add t1\ntunnel add dev t1 remote 192.0.0.1 rport 6000 port 6000 checksum off")
    a.ip(["addr add 10.1.0.1/24 dev m0", "link set m0 up", "route add 10.2.0.0/15 dev m0"])
    b.ip(["addr add 10.1.0.2/24 dev t1", "link set t1 up", "addr add 10.2.0.2/32 dev t1",
          "addr add 10.3.0.2/32 dev t1"])
    dataplane.daemon(a).kill()
    start(a)
    before = slow(a, "m0")
    for address in ("10.1.0.2", "10.2.0.2"):
        icmp.assert_pings(a, address)
    a.ipudp("rule add dev m0 10.3.0.0/16 tunnel 7")
    icmp.assert_pings(a, "10.3.0.2")
    assert slow(a, "m0") == before
