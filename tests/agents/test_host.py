# SPDX-License-Identifier: GPL-2.0-or-later
"""What the host has of its own, before, during and after a spoke: addresses and routes; and what
others change of the spoke's."""

import pytest

from agentlib.minihub import MiniHub
from agentlib.overlay import Spoke
from lib.wait import wait_until


class Host:
    """A hub in Python, and a host with a LAN of its own that becomes a spoke.

        hub 192.0.1.1 ── 192.0.1.2 host 192.168.1.10/24, 2001:db8:1a::10/64 ── lan
    """

    def __init__(self, lab, overlay):
        self.overlay = overlay
        self.hub_ns, self.ns = lab.namespaces("hub", "a")
        lab.link(self.hub_ns, "wan", self.ns, "eth0", 1)
        self.ns.setup += ["link add lan0 type veth peer name lan1", "link set lan1 up",
                          "addr add 192.168.1.10/24 dev lan0",
                          "addr add 2001:db8:1a::10/64 dev lan0 nodad", "link set lan0 up",
                          "route add default via 192.0.1.1",
                          "route add default via 2001:db8:1::1"]
        lab.up()
        overlay.hub_ns = self.hub_ns
        overlay.hub_certificate("hub", "192.0.1.1")
        self.hub = None

    def start_hub(self, **lease):
        with self.hub_ns.enter():
            self.hub = MiniHub("192.0.1.1", self.overlay.ca / "hub", lease=lease)
        self.hub_ns.on_close(self.hub.close)
        return self.hub

    def spoke(self, *args):
        return Spoke(self.overlay, self.ns, "a", ["192.0.1.1"], [str(arg) for arg in args]).start()

    def routes(self):
        """Of the host, without those of the spoke's device."""
        lines = (self.ns.run("ip", "route").stdout + self.ns.run("ip", "-6", "route").stdout)
        return [line.strip() for line in lines.splitlines()
                if "lvn0" not in line and "proto 76" not in line and "fe80::" not in line]

    def spoke_routes(self):
        lines = (self.ns.run("ip", "route").stdout + self.ns.run("ip", "-6", "route").stdout)
        return [line.split()[0] for line in lines.splitlines() if "dev lvn0 proto 76" in line]

    def addresses(self, device="lvn0"):
        lines = self.ns.run("ip", "-o", "addr", "show", "dev", device, check=False).stdout
        return [line.split()[3] for line in lines.splitlines() if "fe80" not in line]


@pytest.fixture
def host(lab, overlay):
    return Host(lab, overlay)


OVERLAP = ["192.168.1.0/24", "0.0.0.0/0", "2001:db8:1a::/64", "::/0", "203.0.113.0/24",
           "198.51.100.0/24", "10.100.0.0/24"]


@pytest.mark.parametrize("end", ["down", "kill"])
def test_routes_give_way(host, end):
    """The host has them already, on a link, by a gateway, with a metric, or to nowhere."""
    host.ns.ip("""route add 203.0.113.0/24 via 192.0.1.1 metric 77
                  route add blackhole 198.51.100.0/24""")
    before = host.routes()
    host.start_hub(routes=OVERLAP)
    a = host.spoke().wait_up()
    assert host.routes() == before
    assert host.spoke_routes() == ["10.100.0.0/24"]
    problems = "\n".join(a.status()["problems"])
    for prefix in OVERLAP[:-1]:
        assert prefix in problems, problems
        a.process.wait_line(prefix)
    assert "lan0" in problems and "(eth0, metric 77)" in problems
    # Once the host has it no longer, it is ours.
    host.ns.ip("route del 203.0.113.0/24")
    wait_until(lambda: "203.0.113.0/24" in host.spoke_routes(), "the route is taken")
    # And given back.
    host.ns.ip("route add 203.0.113.0/24 via 192.0.1.1 metric 77")
    wait_until(lambda: "203.0.113.0/24" not in host.spoke_routes(), "the route is given back")
    if end == "kill":
        a.process.popen.kill()
        a.process.popen.wait()
    a.down()
    wait_until(lambda: not host.addresses(), "the device is gone")
    assert host.routes() == before


def test_addresses_give_way(host):
    """An address that the host has, and one of a network that it is on."""
    host.ns.ip("addr add 10.100.0.2/32 dev lan0")
    host.start_hub(addresses=["10.100.0.2/24", "192.168.1.77/24", "fd00:100::2/64"])
    a = host.spoke().wait_up()
    assert host.addresses() == ["fd00:100::2/64"]
    assert "10.100.0.2/32" in host.addresses("lan0")
    problems = "\n".join(a.status()["problems"])
    assert "lan0 has this address" in problems and "192.168.1.77/32" in problems
    a.down()
    assert "10.100.0.2/32" in host.addresses("lan0")


def test_operators_address_stays(host):
    """One that the operator added to the device, when the hub's lease changes."""
    hub = host.start_hub()
    a = host.spoke().wait_up()
    host.ns.ip("addr add 10.100.0.77/24 dev lvn0")
    hub.lease.update(addresses=["10.100.0.9/24"])
    a.command("renew")
    wait_until(lambda: "10.100.0.9/24" in host.addresses(), "the new address")
    wait_until(lambda: "10.100.0.2/24" not in host.addresses(), "the old one is gone")
    assert "10.100.0.77/24" in host.addresses()


def test_metric_is_the_operators_word(host):
    """With one, both are there; without, only the host's."""
    host.ns.ip("route add 203.0.113.0/24 via 192.0.1.1 metric 77")
    host.start_hub(routes=["203.0.113.0/24"])
    host.spoke("--metric", 50).wait_up()
    lines = host.ns.run("ip", "route", "show", "203.0.113.0/24").stdout
    assert "lvn0" in lines and "metric 50" in lines and "metric 77" in lines


def test_killed_run_is_taken_over(host):
    """What a killed run left and is not wanted any more goes, the host's stays."""
    hub = host.start_hub(routes=["10.100.0.0/24", "10.101.0.0/16"])
    a = host.spoke().wait_up()
    a.process.popen.kill()
    a.process.popen.wait()
    host.ns.ip("route add 10.102.0.0/16 via 192.0.1.1")
    hub.lease.update(routes=["10.100.0.0/24", "10.102.0.0/16"])
    before = host.routes()
    a.start().wait_up()
    assert host.spoke_routes() == ["10.100.0.0/24"]
    assert host.routes() == before


CHANGES = {
    "routes": "route flush dev lvn0",
    "addresses": "addr flush dev lvn0",
    "address": "addr del 10.100.0.2/24 dev lvn0",
    "down": "link set lvn0 down",
    "mtu": "link set lvn0 mtu 1280",
    "deleted": "link del lvn0",
}


@pytest.mark.parametrize("change", CHANGES)
def test_set_right(host, change):
    """Somebody else changes what the spoke has set."""
    host.start_hub()
    a = host.spoke().wait_up()

    def state():
        link = host.ns.run("ip", "-o", "link", "show", "lvn0", check=False).stdout
        return (sorted(host.spoke_routes()), sorted(host.addresses()),
                "mtu 1400" in link and ",UP" in link)
    good = state()
    assert good[2] and len(good[0]) == 2 and len(good[1]) == 2, good
    host.ns.ip(CHANGES[change])
    wait_until(lambda: state() == good, f"it is as before, {state()}, {a.process.lines[-5:]}")
    assert a.status()["problems"] == []
    assert a.is_up()


def test_way_to_the_hub_changes(host):
    """A host route made a pushed network harmless; then the uplink flaps, and it is gone."""
    host.ns.ip("""addr del 192.0.1.2/24 dev eth0
                  addr add 192.0.1.2/32 dev eth0
                  route add 192.0.1.1 dev eth0
                  route replace default via 192.0.1.1""")
    host.start_hub(routes=["192.0.0.0/16", "10.100.0.0/24"])
    a = host.spoke("--keepalive", 1).wait_up()
    assert "192.0.0.0/16" in host.spoke_routes()
    requests = a.uplink()["answers"]
    host.ns.ip("""link set eth0 down
                  link set eth0 up
                  route add default dev eth0""")
    wait_until(lambda: "192.0.0.0/16" not in host.spoke_routes(), "the route is taken away")
    wait_until(lambda: a.uplink()["answers"] > requests, "the hub answers")
    assert any("would lead to the hub itself" in one for one in a.status()["problems"])
    # Harmless again.
    host.ns.ip("route add 192.0.1.1 dev eth0")
    wait_until(lambda: "192.0.0.0/16" in host.spoke_routes(), "the route is back")
    wait_until(lambda: not a.status()["problems"], "nothing is wrong")


def test_two_spokes_on_one_host(host):
    """Two hubs push the same network to two spokes of a host: the first keeps it."""
    host.start_hub(routes=["10.100.0.0/24", "203.0.113.0/24"], prefixes=["198.51.100.0/24"])
    host.spoke().wait_up()
    other = Spoke(host.overlay, host.ns, "b", ["192.0.1.1"], ["--name", "lvn1"])
    host.hub.lease.update(addresses=["10.100.0.3/24"])
    other.start().process.wait_line("lvn1: up")
    before = host.ns.run("ip", "route").stdout
    assert "203.0.113.0/24 dev lvn0" in before and "dev lvn1" not in before
    other.process.popen.terminate()
    assert other.process.popen.wait(30) == 0
    assert host.ns.run("ip", "route").stdout == before


def test_what_a_hub_may_not_do(host):
    """It leases what would hurt the host, and names control characters along with it."""
    host.ns.ip("route add 198.51.100.53 via 192.0.1.1")
    before = host.routes()
    hub = host.start_hub(
        addresses=["10.100.0.2/24", "127.0.0.9/8", "fe80::9/64", "224.0.0.9/24", "192.0.1.9/24"],
        routes=["10.100.0.0/24", "127.0.0.0/16", "169.254.169.254/32", "224.0.0.0/4", "192.0.1.1/32",
                "192.0.1.0/24", "192.0.1.0/25", "192.168.1.128/25", "198.51.100.53/32",
                "2001:db8:1a::/65", "203.0.113.0/24"],
        prefixes=["128.0.0.0/1", "192.168.1.0/25", "192.168.7.0/24"], mtu=60000,
        endpoints=[{"port": 50000}, {"address": "127.0.0.1", "port": 53},
                   {"address": "255.255.255.255", "port": 50000}])
    a = host.spoke("--accept", "10.100.0.0/16", "--accept", "192.0.0.0/8", "--accept",
                   "198.51.100.0/24", "--accept", "2001:db8::/32").wait_up()
    assert host.routes() == before
    assert host.spoke_routes() == ["10.100.0.0/24"]
    assert host.addresses() == ["10.100.0.2/24"]
    lines = host.ns.run("ip", "route", "show", "type", "unreachable").stdout.split()
    assert lines[:2] == ["unreachable", "192.168.7.0/24"] and "128.0.0.0/1" not in lines
    assert "192.168.1.0/25" not in lines
    problems = "\n".join(a.status()["problems"])
    assert "203.0.113.0/24 is refused: not within an accepted prefix" in problems
    assert "127.0.0.1:53 is refused" in problems
    a.down()
    assert host.routes() == before
    assert hub.mapped
