# SPDX-License-Identifier: GPL-2.0-or-later
"""Many of each: devices, tunnels, rules; batches; listings while tables change.

    a ─ eth0 192.0.0.1 ═══ 192.0.0.2 ─ b
"""

import json
import threading

import pytest
from lib import genl, icmp, lab, packet, tool
from lib.peer import Peer, Sender
from lib.tool import ToolError

DEVICES = 1000
TUNNELS = 4000


def test_a_thousand_devices(fresh):
    """Each with a tunnel of one shared listener; the last one works as the first."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lines = []
    for number in range(DEVICES):
        lines += [f"dev add d{number}",
                  f"tunnel add dev d{number} id 1 remote 192.0.0.2 rport {10000 + number} port 5000"]
    fresh.a.ipudp_batch(lines, timeout=400)
    assert len(fresh.a.show("dev show")) == DEVICES
    assert fresh.a.listener(5000)["tunnels"] == DEVICES
    for number in (0, DEVICES // 2, DEVICES - 1):
        net = f"10.{number // 250}.{number % 250}"
        fresh.a.ip(f"link set d{number} up\naddr add {net}.1/24 dev d{number}")
        peer = Peer(fresh.b, "192.0.0.2", 10000 + number)
        raw = packet.udp(f"{net}.1", f"{net}.2", 1, 2, b"x", ident=1)
        Sender(fresh.a).send(raw)
        peer.expect(raw)
    # iproute2 removes them all with one request
    fresh.a.ip([f"link set d{number} group 7" for number in range(DEVICES)])
    fresh.a.ip("link del group 7")
    assert fresh.a.show("dev show") == [] and fresh.a.show("listener show") == []


@pytest.fixture(scope="module")
def crowded():
    """A multi device with thousands of tunnels and rules."""
    made = lab.pair()
    lines = ["dev add m0 mode multi"]
    for number in range(1, TUNNELS + 1):
        lines += [f"tunnel add dev m0 id {number} remote 192.0.0.2 rport {10000 + number} port 5000",
                  f"rule add dev m0 {host(number)} tunnel {number}"]
    made.a.ipudp_batch(lines, timeout=300)
    made.a.ip("link set m0 up\naddr add 10.0.0.1/8 dev m0")
    yield made
    made.close()


def host(number):
    return f"10.{64 + number // 65536}.{number // 256 % 256}.{number % 256}/32"


def test_all_are_there(crowded):
    dev = crowded.a.dev("m0")
    assert dev["tunnels"] == dev["rules"] == TUNNELS
    tunnels = crowded.a.show("tunnel show dev m0")
    assert sorted(one["id"] for one in tunnels) == list(range(1, TUNNELS + 1))
    rules = crowded.a.show("rule show dev m0")
    assert {(one["prefix"], one["target"][0]["tunnel"]) for one in rules} == \
        {(host(number), number) for number in range(1, TUNNELS + 1)}


def test_each_finds_its_own(crowded):
    sender = Sender(crowded.a)
    for number in (1, 2, 77, 255, 256, 257, 2500, TUNNELS):
        peer = Peer(crowded.b, "192.0.0.2", 10000 + number)
        raw = packet.udp("10.0.0.1", host(number)[:-3], 1, 2, b"x", ident=1)
        sender.send(raw)
        peer.expect(raw)
        peer.close()


def test_filters(crowded):
    assert [one["id"] for one in crowded.a.show("tunnel show dev m0 id 1234")] == [1234]
    found = crowded.a.show("rule show dev m0 tunnel 77")
    assert [one["prefix"] for one in found] == [host(77)]
    crowded.a.ipudp("dev add other")
    assert crowded.a.show("tunnel show dev other") == []
    assert len(crowded.a.show("tunnel show")) == TUNNELS
    crowded.a.ipudp("dev del other")


def test_listing_while_it_changes(crowded):
    """A dump goes on over a table that others change: what stays is listed, exactly once."""
    stop = threading.Event()
    changes, errors = [0], []

    def change():
        lines = [f"tunnel del dev m0 id {number}" for number in range(100, 400, 2)]
        lines += [f"tunnel add dev m0 id {number} remote 192.0.0.2 rport {10000 + number} "
                  "port 5000" for number in range(100, 400, 2)]
        lines += [f"rule add dev m0 {host(number)} tunnel {number}"
                  for number in range(100, 400, 2)]
        while not stop.is_set():
            try:
                crowded.a.ipudp_batch(lines)
                changes[0] += 1
            except (ToolError, OSError) as error:
                errors.append(error)
                return

    thread = threading.Thread(target=change)
    thread.start()
    steady = set(range(1, TUNNELS + 1)) - set(range(100, 400, 2))
    try:
        for _ in range(6):
            seen = [one["id"] for one in crowded.a.show("tunnel show dev m0")]
            assert steady <= set(seen)
            assert len(seen) == len(set(seen)), "a tunnel was listed twice"
            prefixes = [one["prefix"] for one in crowded.a.show("rule show dev m0")]
            assert {host(number) for number in steady} <= set(prefixes)
            assert len(prefixes) == len(set(prefixes)), "a rule was listed twice"
    finally:
        stop.set()
        thread.join()
    assert not errors and changes[0] >= 1
    assert crowded.a.dev("m0")["tunnels"] == TUNNELS


@pytest.mark.module_only(reason="abandoned dumps of generic netlink")
def test_listing_that_is_abandoned(crowded):
    """A reader that goes away in the midst of a dump leaves nothing behind."""
    number = genl.NUMBERS
    for _ in range(20):
        with crowded.a.enter(), genl.Genl() as sock:
            sock.send(number["CMD_TUNNEL_GET"], flags=genl.DUMP)
            sock.sock.recv(100)
            sock.send(number["CMD_RULE_GET"], flags=genl.DUMP)


def test_batch_tells_the_line(crowded):
    """It ends at the first wrong line and names it; what stood before it was done."""
    lines = [f"rule add dev m0 172.16.{number}.0/24 tunnel 1" for number in range(200)]
    lines.insert(150, "rule add dev m0 10.64.0.1/32 tunnel 2")
    with pytest.raises(ToolError, match=r"151\b"):
        crowded.a.ipudp_batch(lines)
    left = crowded.a.dev("m0")["rules"] - TUNNELS
    assert 150 <= left <= 200
    crowded.a.ipudp_batch(["rule del dev m0 172.16.0.0/24"])


def test_device_with_all_of_it_goes(crowded):
    crowded.a.ipudp("dev del m0")
    assert crowded.a.show("listener show") == []
    done = crowded.a.run(tool.IPUDP, "-j", "dev", "show")
    assert json.loads(done.stdout or "[]") == []


def test_one_rule_of_many_targets(pair):
    """A thousand targets in one rule: listed whole, flooded to all."""
    lines = ["dev add m0 mode multi"]
    lines += [f"tunnel add dev m0 id {number} remote 192.0.0.2 rport {10000 + number} port 5000"
              for number in range(1, 1001)]
    lines.append("rule add dev m0 224.0.0.0/4 flood " +
                 " ".join(f"tunnel {number}" for number in range(1, 1001)))
    pair.a.ipudp_batch(lines)
    rule, = pair.a.show("rule show dev m0")
    assert sorted(one["tunnel"] for one in rule["target"]) == list(range(1, 1001))
    lab.raise_device(pair.a, "m0", 1)
    # so many packets do not fit the queue for a neighbour that is still asked for
    icmp.assert_pings(pair.a, "192.0.0.2")
    peers = [Peer(pair.b, "192.0.0.2", 10000 + number) for number in (1, 500, 1000)]
    raw = packet.udp("10.0.0.1", "224.1.1.1", 1, 2, b"x", ident=1)
    Sender(pair.a, device="m0").send(raw)
    for peer in peers:
        peer.expect(raw)
