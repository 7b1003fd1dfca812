# SPDX-License-Identifier: GPL-2.0-or-later
"""The module is unloaded with everything in use, and loaded again.

    a t0, m0 ═══ b t0, m0       traffic both ways, a registered process, a monitor, keepalives
"""

import os
import socket

import pytest
from lib import genl, icmp, lab, tool, traffic
from lib.ns import run
from lib.wait import wait_until

pytestmark = pytest.mark.module_only(reason="there is no module to unload")


def loaded():
    return os.path.isdir("/sys/module/ipudp")


def load():
    """The very module that the tests were started with."""
    if not loaded():
        run(["insmod", os.environ["LVN_MODULE"]])


@pytest.fixture
def net():
    assert os.environ.get("LVN_MODULE"), "tests/vm/run says which module is tested"
    made = lab.pair()
    yield made
    load()
    made.close()


def build(net):
    lab.tunnel_ends(net.a, net.b, options="keepalive 100ms idle 100ms")
    for ns, there in ((net.a, 2), (net.b, 1)):
        ns.ipudp_batch(f"""
            dev add m0 mode multi
            tunnel add dev m0 id 1 remote 2001:db8::{there} rport 5000 port 5001
            rule add dev m0 10.1.0.0/16 tunnel 1
            listener add port 5002""")
        ns.ip("link set m0 up\nroute add 10.1.0.0/16 dev m0")


@pytest.mark.essential
def test_unload_under_load(net):
    """Thrice, with everything that could hold it: nothing does, nothing is left."""
    for _ in range(3):
        build(net)
        peer = net.a.start(tool.HELPERS / "frame_peer", net.a.listener(5002)["id"], "stun")
        peer.wait_line("registered")
        monitor = net.a.start(tool.IPUDP, "monitor")
        noise = traffic.Noise()
        for _ in range(2):
            noise.add(net.a, "10.0.0.2", size=20000, gso=1000)
            noise.add(net.b, "10.0.0.1")
            noise.add(net.a, "10.1.0.1")
        noise.progress()
        run(["rmmod", "ipudp"])
        assert not loaded()
        noise.stop()
        for ns in (net.a, net.b):
            assert ns.link("t0") is None and ns.link("m0") is None
        # ports are free again
        sock = net.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("", 5000))
        sock.close()
        peer.stop()
        monitor.stop()
        load()
    build(net)
    icmp.assert_pings(net.a, "10.0.0.2")


def test_unload_with_a_dump_under_way(net):
    """A reader that has half of a list and then none."""
    build(net)
    net.a.ipudp_batch(f"rule add dev m0 10.2.{number // 250}.{number % 250} tunnel 1"
                      for number in range(1000))
    with net.a.enter(), genl.Genl() as sock:
        sock.send(genl.NUMBERS["CMD_RULE_GET"], flags=genl.DUMP)
        sock.sock.recv(1 << 16)
        # the dump holds the module until it is read or given up
        done = run(["rmmod", "ipudp"], check=False)
        assert done.returncode == 0 or loaded()
    if loaded():
        wait_until(lambda: run(["rmmod", "ipudp"], check=False).returncode == 0,
                   "the module is let go")
    load()


def test_moved_devices_go_too(net):
    """A device in a namespace that is not its home, and an orphan whose home is gone."""
    away, = net.namespaces("n")
    net.up()
    build(net)
    net.a.ip(f"link set t0 netns {away.name}\nlink set m0 netns {away.name}")
    net.delete(net.a)
    wait_until(lambda: away.dev("t0")["orphan"], "an orphan")
    run(["rmmod", "ipudp"])
    assert away.link("t0") is None
    load()


@pytest.mark.essential
def test_requests_to_a_module_that_is_gone(net):
    """A socket that knew the family's number: an error, no more."""
    with net.a.enter(), genl.Genl() as sock:
        run(["rmmod", "ipudp"])
        with pytest.raises(genl.NetlinkError):
            sock.request(genl.NUMBERS["CMD_DEV_GET"], flags=genl.DUMP)
        load()


def test_unloads_at_rest(net):
    """Without anything, quickly, and is there again by the name of its link kind."""
    run(["rmmod", "ipudp"])
    load()
    net.a.ip("link add t0 type ipudp")
    assert net.a.dev("t0")["mode"] == "fixed"
