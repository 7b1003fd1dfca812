# SPDX-License-Identifier: GPL-2.0-or-later
"""Removal of everything, in every order, while packets fly in both directions.

    a t0 fixed, m0 multi with rules ─ listeners 5000, 5001 ═══ b t0, m0
"""

import itertools

import pytest
from lib import icmp, lab, tool, traffic
from lib.peer import Peer
from lib.tool import ToolError
from lib.wait import wait_equal

STEPS = {
    "device": "dev del {dev}",
    "tunnel": "tunnel del dev {dev} id 1",
    "rules": "rule flush dev {dev}",
    "listener": "listener del {listener}",
}


def build(net, mode):
    for ns, here, there in ((net.a, 1, 2), (net.b, 2, 1)):
        lines = [f"dev add t0 mode {mode}", "listener add port 5000",
                 f"tunnel add dev t0 id 1 remote 192.0.0.{there} rport 5000 port 5000 "
                 "keepalive 100ms idle 100ms"]
        if mode == "multi":
            lines.append("rule add dev t0 10.0.0.0/24 tunnel 1")
        ns.ipudp_batch(lines)
        lab.raise_device(ns, "t0", here)


@pytest.fixture(scope="module")
def loaded_lab():
    made = lab.pair()
    yield made
    made.close()


@pytest.fixture
def loaded(loaded_lab):
    """A pair whose two ends send as fast as they can, small packets and large aggregates."""
    net = loaded_lab
    noise = traffic.Noise()
    net.noise = noise

    def start():
        noise.add(net.a, "10.0.0.2")
        noise.add(net.b, "10.0.0.1")
        noise.add(net.a, "10.0.0.2", size=20000, gso=1000)
        noise.add(net.b, "10.0.0.1", size=20000, gso=1000)
        noise.progress()
    net.start = start
    yield net
    noise.stop()
    net.reset()


@pytest.mark.parametrize("mode", [pytest.param("fixed", marks=pytest.mark.essential), "multi"])
def test_every_order(loaded, mode):
    """Each permutation of removals on a busy machine; it must be gone and work when made again."""
    build(loaded, mode)
    loaded.start()
    ns = loaded.a
    add = ["dev add t0 mode " + mode, "listener add port 5000",
           "tunnel add dev t0 id 1 remote 192.0.0.2 rport 5000 port 5000 keepalive 100ms"]
    if mode == "multi":
        add.append("rule add dev t0 10.0.0.0/24 tunnel 1")
    steps = [step for step in STEPS if mode == "multi" or step != "rules"]
    for order in itertools.permutations(steps):
        listener = ns.listener(5000)["id"]
        try:
            # what went with something else cannot be removed again: go on
            ns.ipudp_batch([STEPS[step].format(dev="t0", listener=listener) for step in order],
                           options=["-force"])
        except ToolError:
            assert order.index("device") < len(order) - 1
        with ns.enter():
            assert tool.count("DEV") == tool.count("LISTENER") == 0, order
        loaded.noise.progress(20)
        ns.ipudp_batch(add)
        ns.ip("link set t0 up\naddr add 10.0.0.1/24 dev t0")
    loaded.noise.stop()
    icmp.assert_pings(ns, "10.0.0.2")


def test_underlay_is_removed():
    """The link below goes first, then the rest."""
    net = lab.pair()
    try:
        build(net, "fixed")
        noise = traffic.Noise().add(net.a, "10.0.0.2").add(net.b, "10.0.0.1", size=20000, gso=1000)
        noise.progress()
        net.a.ip("link del eth0")
        noise.progress(50)
        net.a.ipudp("dev del t0")
        net.b.ip("link del t0")
        noise.stop()
    finally:
        net.close()


def test_namespace_is_removed_first():
    """With devices, tunnels, listeners, rules and a registered process still there."""
    net = lab.pair()
    build(net, "multi")
    peer = net.a.start(tool.HELPERS / "frame_peer", net.a.listener(5000)["id"], "stun", "--quiet")
    peer.wait_line("registered")
    noise = traffic.Noise().add(net.a, "10.0.0.2").add(net.b, "10.0.0.1")
    noise.progress()
    net.delete(net.b)
    noise.stop()
    net.close()


def test_tunnels_come_and_go(loaded):
    """One end's tunnel is removed and added a hundred times under load."""
    build(loaded, "fixed")
    loaded.start()
    for _ in range(4):
        loaded.a.ipudp_batch(["tunnel del dev t0 id 1",
                              "tunnel add dev t0 id 1 remote 192.0.0.2 rport 5000 port 5000"] * 25)
    loaded.noise.stop()
    icmp.assert_pings(loaded.a, "10.0.0.2")


def test_options_change_under_load(loaded):
    """Every option of a live tunnel, again and again; the remote too."""
    build(loaded, "fixed")
    loaded.start()
    options = ["ttl 1", "ttl inherit", "dscp 46", "dscp inherit", "df unset", "df set",
               "checksum off", "checksum on", "source-port flow", "source-port fixed",
               "mark 3", "mark 0", "link eth0", "keepalive 100ms", "keepalive off",
               "idle 100ms", "idle off", "remote 192.0.0.9", "remote 192.0.0.2", "ttl 64",
               "local 192.0.0.1"]
    loaded.a.ipudp_batch([f"tunnel set dev t0 id 1 {option}" for option in options] * 10)
    loaded.noise.stop()
    icmp.assert_pings(loaded.a, "10.0.0.2")


def test_set_loses_no_packet(pair):
    """`tunnel set` of a live tunnel: no datagram of a stream is lost."""
    build(pair, "fixed")
    for ns in (pair.a, pair.b):
        ns.ipudp("tunnel set dev t0 id 1 idle off keepalive off")
    stream = traffic.Stream(pair.a, pair.b, "10.0.0.2").start()
    stream.progress()
    for options in ("ttl 9", "dscp 3", "mark 5", "checksum off", "checksum on", "df unset",
                    "keepalive 1s", "local 192.0.0.1", "ttl inherit"):
        pair.a.ipudp_batch([f"tunnel set dev t0 id 1 {options}"] * 5)
        stream.progress(20)
    assert stream.stop() == 0


def test_rules_change_under_load(loaded):
    """Additions, replacements and removals in a table that is looked up all the time."""
    build(loaded, "multi")
    loaded.start()
    lines = [f"rule {verb} dev t0 10.0.0.{number}/32 tunnel 1"
             for verb in ("add", "replace") for number in range(2, 200)]
    lines += [f"rule del dev t0 10.0.0.{number}/32" for number in range(2, 200)]
    for _ in range(2):
        loaded.a.ipudp_batch(lines)
    assert loaded.a.dev("t0")["rules"] == 1
    loaded.noise.stop()
    icmp.assert_pings(loaded.a, "10.0.0.2")


def test_device_goes_down_and_up(loaded):
    build(loaded, "fixed")
    loaded.start()
    loaded.a.ip("link set t0 down\nlink set t0 up\n" * 20)
    loaded.noise.stop()
    icmp.assert_pings(loaded.a, "10.0.0.2")


def test_listener_outlives_devices_with_traffic(loaded):
    """Strangers' packets still come to a pinned listener when the last device has gone."""
    build(loaded, "fixed")
    loaded.start()
    loaded.a.ipudp("dev del t0")
    loaded.noise.stop()
    before = loaded.a.listener_drops(5000).get("rx-no-tunnel", 0)
    peer = Peer(loaded.b, "192.0.0.2", 6000, ("192.0.0.1", 5000))
    peer.send(b"\x45" + bytes(27))
    wait_equal(lambda: loaded.a.listener_drops(5000).get("rx-no-tunnel", 0) > before, True, "drop")
