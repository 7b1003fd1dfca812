# SPDX-License-Identifier: GPL-2.0-or-later
"""Keepalives, idle tunnels, and what takes their place.

    a t0 or m0 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001, :6002 sockets in b
"""

import time

import pytest
from lib import lab, packet, tool
from lib.peer import Peer, Sender
from lib.tool import ToolError
from lib.wait import TIMEOUT, wait_equal, wait_until

LOCAL = ("192.0.0.1", 5000)
RAW = packet.udp("10.0.0.1", "10.0.0.2", 1, 2, b"x", ident=1)


def one_tunnel(pair, options, family=4):
    pair.a.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {lab.outer(family, 0, 2)} rport 6001 port 5000 {options}""")
    lab.raise_device(pair.a, "t0", 1)
    return Peer(pair.b, lab.outer(family, 0, 2), 6001, (lab.outer(family, 0, 1), 5000))


def monitor(ns):
    process = ns.start(tool.IPUDP, "-d", "-j", "monitor")
    process.wait_line("ready")
    return process


@pytest.mark.essential
@pytest.mark.parametrize("family", [4, 6])
def test_keepalive_is_one_byte(pair, family):
    """A silent tunnel says 0xff by itself, again and again."""
    peer = one_tunnel(pair, "keepalive 200ms", family)
    for _ in range(3):
        peer.expect(b"\xff")
    assert peer.source[1] == 5000
    wait_until(lambda: pair.a.tunnel("t0")["counters"]["tx_keepalives"] >= 3, "they are counted")


def test_keepalives_start_with_the_tunnel(pair):
    """No traffic and no device that is up are needed: a NAT binding must hold."""
    pair.a.ipudp_batch("""dev add t0
        tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000 keepalive 100ms""")
    Peer(pair.b, "192.0.0.2", 6001).expect(b"\xff")


def test_traffic_stands_for_keepalives(pair):
    """While data is sent no keepalive is."""
    peer = one_tunnel(pair, "keepalive 3s")
    sender, seen = Sender(pair.a), set()
    before = pair.a.tunnel("t0")["counters"]["tx_keepalives"]
    start, gap = time.monotonic(), 0
    while time.monotonic() - start < 7:
        last = time.monotonic()
        sender.send(RAW)
        seen.add(peer.receive())
        gap = max(gap, time.monotonic() - last)
        time.sleep(0.05)
    if gap < 1.5:
        assert seen == {RAW}
        assert pair.a.tunnel("t0")["counters"]["tx_keepalives"] == before
    # and then, silence
    assert peer.receive() == b"\xff"


def test_keepalive_is_switched(pair):
    peer = one_tunnel(pair, "")
    peer.expect_nothing()
    pair.a.ipudp("tunnel set dev t0 id 1 keepalive 100ms")
    assert pair.a.tunnel("t0")["keepalive_ms"] == 100
    peer.expect(b"\xff")
    pair.a.ipudp("tunnel set dev t0 id 1 keepalive off")
    peer.drain()
    count = pair.a.tunnel("t0")["counters"]["tx_keepalives"]
    peer.expect_nothing()
    assert pair.a.tunnel("t0")["counters"]["tx_keepalives"] == count


def test_keepalives_that_come_are_counted(pair):
    peer = one_tunnel(pair, "idle 60s")
    for _ in range(4):
        peer.send(b"\xff")
    wait_equal(lambda: pair.a.tunnel("t0")["counters"]["rx_keepalives"], 4, "the keepalives")
    assert pair.a.listener(5000)["counters"]["rx_keepalives"] == 4
    assert pair.a.tunnel("t0")["counters"]["rx_packets"] == 0
    assert pair.a.tunnel("t0")["counters"]["rx_age_ms"] < 1000 * TIMEOUT


@pytest.mark.essential
@pytest.mark.parametrize("sign", [b"\xff", packet.udp("10.0.0.2", "10.0.0.1", 1, 2, b"x")],
                         ids=["keepalive", "data"])
def test_idle_and_back(pair, sign):
    """Both are events, and a state that is shown."""
    peer = one_tunnel(pair, "")
    events = monitor(pair.a)
    pair.a.ipudp("tunnel set dev t0 id 1 idle 300ms")
    events.wait_line("tunnel-idle")
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "idle", "the state")
    start = len(events.lines)
    peer.send(sign)
    events.wait_line("tunnel-back", start)
    # silent again
    start = len(events.lines)
    events.wait_line("tunnel-idle", start)


def test_idle_events_come_once(pair):
    one_tunnel(pair, "")
    events = monitor(pair.a)
    pair.a.ipudp("tunnel set dev t0 id 1 idle 100ms")
    events.wait_line("tunnel-idle")
    # a few more periods, marked by something else that is periodic
    pair.a.ipudp("tunnel set dev t0 id 1 keepalive 100ms")
    wait_until(lambda: pair.a.tunnel("t0")["counters"]["tx_keepalives"] >= 5, "time passes")
    assert sum("tunnel-idle" in line for line in events.lines) == 1


def test_idle_off_makes_active(pair):
    one_tunnel(pair, "idle 100ms")
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "idle", "it is idle")
    pair.a.ipudp("tunnel set dev t0 id 1 idle off")
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "active", "nothing is idle any more")


def test_longer_time_does_not_revive(pair):
    """An idle tunnel stays idle until something comes, however long it may be silent now."""
    peer = one_tunnel(pair, "idle 100ms")
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "idle", "it is idle")
    events = monitor(pair.a)
    # with keepalives, each of which is a look at the state, too
    pair.a.ipudp("tunnel set dev t0 id 1 idle 60s keepalive 100ms")
    wait_until(lambda: pair.a.tunnel("t0")["counters"].get("tx_keepalives", 0) >= 3, "time passes")
    assert pair.a.tunnel("t0")["state"] == "idle"
    assert not any("tunnel-back" in line for line in events.lines)
    peer.send(b"\xff")
    events.wait_line("tunnel-back")
    assert pair.a.tunnel("t0")["state"] == "active"


def test_strangers_do_not_revive(pair):
    one_tunnel(pair, "idle 100ms")
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "idle", "it is idle")
    Peer(pair.b, "192.0.0.2", 6009, LOCAL).send(b"\xff")
    wait_until(lambda: pair.a.listener(5000)["counters"]["rx_keepalives"], "it came")
    assert pair.a.tunnel("t0")["state"] == "idle"


def test_fixed_device_sends_while_idle(pair):
    """Being idle is a report; who has one tunnel only goes on trying."""
    peer = one_tunnel(pair, "idle 100ms")
    wait_equal(lambda: pair.a.tunnel("t0")["state"], "idle", "it is idle")
    Sender(pair.a).send(RAW)
    peer.expect(RAW)


def test_failover_and_return(pair):
    """The preferred tunnel falls silent: the next takes over, and hands back."""
    pair.a.ipudp_batch("""
        dev add m0 mode multi
        tunnel add dev m0 id 1 remote 192.0.0.2 rport 6001 port 5000
        tunnel add dev m0 id 2 remote 192.0.0.2 rport 6002 port 5000
        rule add dev m0 10.0.0.0/24 tunnel 1 priority 1 tunnel 2 priority 2""")
    lab.raise_device(pair.a, "m0", 1)
    one, two = (Peer(pair.b, "192.0.0.2", 6000 + number, LOCAL) for number in (1, 2))
    sender = Sender(pair.a)
    sender.send(RAW)
    one.expect(RAW)
    pair.a.ipudp("tunnel set dev m0 id 1 idle 2s")
    wait_equal(lambda: pair.a.tunnel("m0", 1)["state"], "idle", "the first is silent")
    sender.send(RAW)
    two.expect(RAW)
    # both idle: the preferred one is tried again
    pair.a.ipudp("tunnel set dev m0 id 2 idle 200ms")
    wait_equal(lambda: pair.a.tunnel("m0", 2)["state"], "idle", "the second is silent")
    sender.send(RAW)
    one.expect(RAW)
    pair.a.ipudp("tunnel set dev m0 id 2 idle off")
    wait_equal(lambda: pair.a.tunnel("m0", 2)["state"], "active", "the second is taken")
    pair.a.ipudp("tunnel set dev m0 id 1 idle 60s")
    one.send(b"\xff")
    wait_equal(lambda: pair.a.tunnel("m0", 1)["state"], "active", "the first is back")
    sender.send(RAW)
    one.expect(RAW)


def test_ages(pair):
    peer = one_tunnel(pair, "")
    counters = pair.a.tunnel("t0")["counters"]
    assert "rx_age_ms" not in counters
    peer.send(b"\xff")
    wait_until(lambda: "rx_age_ms" in pair.a.tunnel("t0")["counters"], "it was heard of")
    Sender(pair.a).send(RAW)
    wait_until(lambda: "tx_age_ms" in pair.a.tunnel("t0")["counters"], "it was spoken to")


@pytest.mark.parametrize("time_ms", [101, 1234, (1 << 32) - 1])
def test_times_are_kept(pair, time_ms):
    """To the millisecond, and however long: 49 days are not over at once."""
    one_tunnel(pair, f"keepalive {time_ms}ms idle {time_ms}ms")
    shown = pair.a.tunnel("t0")
    assert (shown["keepalive_ms"], shown["idle_ms"]) == (time_ms, time_ms)
    if time_ms >> 31:
        # by then a shorter time of another tunnel is over
        pair.a.ipudp_batch("""dev add other
            tunnel add dev other id 1 remote 192.0.0.2 rport 6002 port 5000 keepalive 100ms""")
        wait_until(lambda: pair.a.tunnel("other")["counters"]["tx_keepalives"] >= 3, "time passes")
        shown = pair.a.tunnel("t0")
        assert shown["state"] == "active" and shown["counters"]["tx_keepalives"] == 0


@pytest.mark.parametrize("option", ["keepalive 50ms", "idle 99ms", "keepalive nonsense"])
def test_times_that_are_refused(pair, option):
    pair.a.ipudp("dev add t0")
    with pytest.raises(ToolError, match=option.split()[0] + "|100|nonsense"):
        pair.a.ipudp("tunnel add dev t0 remote 192.0.0.2 rport 6001 port 5000", option)
    assert pair.a.dev("t0")["tunnels"] == 0
