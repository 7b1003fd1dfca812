# SPDX-License-Identifier: GPL-2.0-or-later
"""Spokes behind NATs of all kinds, and what changes on the way to the hub."""

import signal
import time

import pytest

from agentlib.overlay import FAKE, KEEPALIVE, behind_nat, forget, listeners, public, translate
from lib.wait import wait_until

pytestmark = pytest.mark.dataplane


@pytest.fixture
def two(lab, overlay):
    """The picture of overlay.py."""
    hub, wan = public(lab)
    nat_a, a = behind_nat(lab, wan, 11, "a")
    nat_b, b = behind_nat(lab, wan, 12, "b")
    lab.up()
    translate(nat_a, nat_b)
    overlay.hub(hub, ["hub", "192.0.1.1"])
    return nat_a, overlay.spoke(a, "a"), nat_b, overlay.spoke(b, "b")


def test_two_nats(two, overlay):
    _, a, _, b = two
    a.wait_up()
    b.wait_up()
    assert a.uplink()["nat"] == "yes"
    assert a.uplink()["mapped"].startswith("192.0.11.2:")
    a.wait_ping("10.100.0.1")
    a.wait_ping(b.address())
    b.wait_ping(a.address(6))
    assert "10.100.0.0/24 dev lvn0" in a.ns.run("ip", "route").stdout
    # All is undone.
    a.down()
    assert a.ns.link("lvn0") is None
    assert not listeners(a.ns)
    assert "10.100" not in a.ns.run("ip", "route").stdout
    assert not list(a.run_dir.glob("*.state"))
    wait_until(lambda: "a bound" not in overlay.lvnctl("sessions").stdout, "the hub forgot a")


def redirects(ns):
    """How many ICMP redirects, of both families, a namespace has sent."""
    lines = ns.run("cat", "/proc/net/snmp").stdout.splitlines()
    names, values = (line.split() for line in lines if line.startswith("Icmp:"))
    six = ns.run("cat", "/proc/net/snmp6").stdout.split()
    return int(values[names.index("OutRedirects")]) + int(six[six.index("Icmp6OutRedirects") + 1])


def test_no_redirects(two, overlay):
    """Spokes reach each other through the hub, and are not told of a better way."""
    _, a, _, b = two
    a.wait_up()
    b.wait_up()
    for family in (4, 6):
        a.wait_ping(b.address(family))
        assert a.can_ping(b.address(family), count=3)
    assert redirects(overlay.hub_ns) == 0


def test_rebinding(two):
    """The NAT forgets: found within a keepalive interval plus 2 s."""
    nat, a, _, b = two
    a.wait_up()
    b.wait_up()
    a.wait_ping(b.address())
    before = a.uplink()["mapped"]
    start = time.monotonic()
    forget(nat)
    wait_until(lambda: a.uplink()["mapped"] != before, "the new mapping is known")
    took = time.monotonic() - start
    b.wait_ping(a.address())
    assert a.uplink()["moves"] == 1
    assert took < KEEPALIVE + 2, took


def test_one_nat(lab, overlay):
    """Two spokes behind one NAT have one address and two ports."""
    hub, wan = public(lab)
    nat, a, b = behind_nat(lab, wan, 11, "a", "b")
    lab.up()
    translate(nat)
    overlay.hub(hub, ["hub", "192.0.1.1"])
    a, b = overlay.spoke(a, "a", "--port", 50000), overlay.spoke(b, "b", "--port", 50000)
    a.wait_up()
    b.wait_up()
    assert a.uplink()["mapped"].split(":")[0] == b.uplink()["mapped"].split(":")[0]
    assert a.uplink()["mapped"] != b.uplink()["mapped"]
    a.wait_ping(b.address())


def test_port_rewriting(lab, overlay):
    hub, wan = public(lab)
    nat, a = behind_nat(lab, wan, 11, "a", flags="random,fully-random")
    lab.up()
    translate(nat)
    overlay.hub(hub, ["hub", "192.0.1.1"])
    a = overlay.spoke(a, "a", "--port", 50000).wait_up()
    assert not a.uplink()["mapped"].endswith(":50000")
    a.wait_ping("10.100.0.1")


def test_killed_spoke(two):
    """SIGKILL: the tunnel carries on, the next run takes it over with the same mapping."""
    _, a, _, _ = two
    a.wait_up()
    a.wait_ping("10.100.0.1")
    address, mapped = a.address(), a.uplink()["mapped"]
    a.process.signal(signal.SIGKILL)
    a.process.popen.wait()
    assert a.can_ping("10.100.0.1")
    # A data plane of the process goes with it.
    index = FAKE or a.ns.ifindex("lvn0")
    a.start().wait_up()
    assert (a.address(), a.uplink()["mapped"]) == (address, mapped)
    assert FAKE or a.ns.ifindex("lvn0") == index
    assert any("resumed" in line for line in a.process.lines)
    # Killed again, `lvn down` alone cleans up.
    a.process.signal(signal.SIGKILL)
    a.process.popen.wait()
    a.down()
    assert a.ns.link("lvn0") is None
    assert not listeners(a.ns)


def test_hub_restart(two, overlay):
    """Nothing is lost while lvnd is dead, and the sessions are taken over."""
    _, a, _, b = two
    a.wait_up()
    b.wait_up()
    a.wait_ping(b.address())
    ping = FAKE or a.ns.start("ping", "-n", "-i", "0.1", "-c", "60", "-W", "5", b.address())
    overlay.hub_process.signal(signal.SIGKILL)
    overlay.hub_process.popen.wait()
    assert a.can_ping(b.address())
    overlay.start_hub()
    wait_until(lambda: a.status()["control"]["state"] == "online", "a is online again")
    assert any("resumed" in line for line in a.process.lines)
    assert a.status()["ups"] == 1
    assert FAKE or ping.wait_line(" 0% packet loss")


def test_address_change(lab, overlay):
    """The spoke's own address changes, without a NAT: the tunnel moves at once."""
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup.append("route add default via 192.0.20.1")
    lab.up()
    overlay.hub(hub, ["hub", "192.0.1.1"])
    a = overlay.spoke(a, "a").wait_up()
    assert a.uplink()["nat"] == "no"
    a.wait_ping("10.100.0.1")
    start = time.monotonic()
    a.ns.ip("""addr del 192.0.20.2/24 dev eth0
               addr add 192.0.20.77/24 dev eth0
               route add default via 192.0.20.1""")
    wait_until(lambda: a.uplink()["mapped"].startswith("192.0.20.77:"), "the mapping moved")
    a.wait_ping("10.100.0.1")
    assert time.monotonic() - start < KEEPALIVE + 2


def test_uplink_gone_and_back(lab, overlay):
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup.append("route add default via 192.0.20.1")
    lab.up()
    overlay.hub(hub, ["hub", "192.0.1.1"])
    a = overlay.spoke(a, "a", "--interface", "eth0").wait_up()
    a.ns.ip("link set eth0 down")
    wait_until(lambda: FAKE or not a.can_ping("10.100.0.1", wait=1), "the way is gone")
    time.sleep(1)
    a.ns.ip("""link set eth0 up
               route add default via 192.0.20.1""")
    start = time.monotonic()
    a.wait_ping("10.100.0.1")
    assert time.monotonic() - start < KEEPALIVE + 2
