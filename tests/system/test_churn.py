# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything changes while packets fly: what is not changed does not notice.

    a m0 (multi) ═══ tunnels 1-4 ═══ m0 b        10.1.N.1 by tunnel N
    a t0 (fixed) ═══════════════════ t0 b

Under ThreadSanitizer or KASAN, races of the tables are found here.
"""

import socket
import threading

import pytest
from lib import lab, traffic
from lib.tool import ToolError

STEADY = (1, 2, 3, 4)
ROUNDS = 12


@pytest.fixture
def joined(fresh):
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b, port=4999)
    for ns, here, there in ((fresh.a, 1, 2), (fresh.b, 2, 1)):
        ns.ipudp("dev add m0 mode multi")
        ns.ip("link set m0 up")
        for number in STEADY:
            ns.ipudp_batch(f"""
                tunnel add dev m0 id {number} remote 192.0.0.{there} rport {5000 + number} \
                port {5000 + number}
                rule add dev m0 10.1.{number}.{there} tunnel {number}""")
            ns.ip(f"addr add 10.1.{number}.{here}/24 dev m0")
    return fresh


def round_of_changes(ns, there, number):
    """All kinds of objects made, changed and removed, beside those that carry the streams."""
    low, high = 100, 140
    ids = range(low, high)
    ns.ipudp_batch([f"tunnel add dev m0 id {i} remote 192.0.0.{there} rport {6000 + i} "
                    f"port {5001 + i % 6}" for i in ids])
    ns.ipudp_batch([f"rule add dev m0 10.{number % 200 + 2}.{i}.0/24 tunnel {i} weight 2 "
                    f"tunnel {low} priority 3" for i in ids[1:]])
    ns.ipudp_batch([f"tunnel set dev m0 id {i} rport {7000 + i} ttl {i % 60 + 1} checksum off "
                    f"keepalive 1s" for i in ids])
    # Neighbours in the trie of the streams' rules, more special ones and a wider one.
    ns.ipudp_batch([f"rule add dev m0 10.1.{i}.128/25 tunnel {low + i}" for i in STEADY])
    ns.ipudp_batch([f"rule add dev m0 10.0.0.0/8 tunnel {low}", "rule del dev m0 10.0.0.0/8"])
    ns.ipudp_batch([f"rule del dev m0 10.1.{i}.128/25" for i in STEADY])
    ns.ipudp_batch([f"dev add x{number} mode fixed",
                    f"tunnel add dev x{number} id 1 remote 192.0.0.{there} rport 9 port 9000",
                    f"listener add port {9100 + number}", f"dev del x{number}"])
    ns.ipudp(f"listener del {ns.listener(9100 + number)['id']}")
    ns.ipudp_batch([f"tunnel del dev m0 id {i}" for i in ids])


def churn(ns, there, errors):
    try:
        for number in range(ROUNDS):
            round_of_changes(ns, there, number)
    except (AssertionError, ToolError, OSError) as error:
        errors.append(error)


def blast(ns, address, stop):
    """Datagrams to prefixes whose rules come and go; few enough for the queue of a slow daemon."""
    sock = ns.socket(socket.AF_INET, socket.SOCK_DGRAM)
    number = 0
    while number % 8 or not stop.wait(0.002):
        number += 1
        try:
            sock.sendto(bytes(300), (address.format(number % ROUNDS + 2, 100 + number % 40), 9))
        except OSError:
            pass


def test_steady_streams(joined):
    a, b = joined.a, joined.b
    for ns in (a, b):
        ns.ip("route add 10.0.0.0/8 dev m0")
    streams = [traffic.Stream(a, b, f"10.1.{i}.2", port=7100 + i, window=8).start() for i in STEADY]
    streams.append(traffic.Stream(b, a, lab.inner4(1), port=7200, window=8).start())
    for stream in streams:
        stream.progress()
    stop, errors = threading.Event(), []
    noise = [threading.Thread(target=blast, args=(ns, "10.{}.{}.7", stop)) for ns in (a, b)]
    changes = [threading.Thread(target=churn, args=(ns, there, errors))
               for ns, there in ((a, 2), (b, 1))]
    try:
        for thread in noise + changes:
            thread.start()
        for _ in range(3):
            traffic.tcp_bulk(a, b, lab.inner4(2), 1 << 20)
        for thread in changes:
            thread.join()
    finally:
        stop.set()
        for thread in noise + changes:
            thread.join()
    assert not errors, errors
    for stream in streams:
        stream.progress()
    assert [(stream.stop(), stream.damaged) for stream in streams] == [(0, 0)] * len(streams)
    for ns in (a, b):
        assert ns.dev("m0")["tunnels"] == len(STEADY)
        assert len(ns.show("rule show dev m0")) == len(STEADY)
