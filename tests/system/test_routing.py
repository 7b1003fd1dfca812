# SPDX-License-Identifier: GPL-2.0-or-later
"""bird2 speaks Babel over our devices and finds another way when a tunnel goes.

              r1 10.9.1.1
             ╱  ╲              fixed: two devices each, one a neighbour
    tunnels ╱    ╲             multi: one device m0 each, lookup nexthop, a flood rule for
           ╱      ╲                   multicast, no source check
    r2 10.9.2.1 ── r3 10.9.3.1
"""

import pytest
from lib import icmp, packet
from lib.wait import wait_until

pytestmark = pytest.mark.kernel_has("dummy")

ROUTERS = (1, 2, 3)
BIRD = """
log stderr all;
router id 10.9.{number}.1;
protocol device {{ scan time 1; }}
protocol direct {{ ipv4; ipv6; interface "dum*"; }}
protocol kernel {{ ipv4 {{ export where source = RTS_BABEL; }}; }}
protocol kernel {{ ipv6 {{ export where source = RTS_BABEL; }}; }}
protocol babel {{
    ipv4 {{ import all; export all; }};
    ipv6 {{ import all; export all; }};
    interface "t*", "m0" {{ type wired; hello interval 1 s; update interval 4 s; }};
}}
"""


def others(number):
    return [other for other in ROUTERS if other != number]


def port(one, other):
    return 5000 + 10 * min(one, other) + max(one, other)


def fixed(ns, number):
    """A device for each neighbour."""
    lines, links = [], []
    for other in others(number):
        low = min(number, other)
        lines += [f"dev add t{other}",
                  f"tunnel add dev t{other} id 1 remote 192.0.0.{other} "
                  f"rport {port(number, other)} port {port(number, other)}"]
        links += [f"link set t{other} up",
                  f"addr add 10.8.{low * 10 + number + other - low}.{number}/24 dev t{other}",
                  f"addr add fe80::{number}/64 dev t{other} nodad"]
    ns.ipudp_batch(lines)
    ns.ip(links)


def multi(ns, number):
    """One device for all."""
    lines = ["dev add m0 mode multi lookup nexthop source-check off"]
    for other in others(number):
        lines += [f"tunnel add dev m0 id {other} remote 192.0.0.{other} rport 5000 port 5000",
                  f"rule add dev m0 10.8.0.{other} tunnel {other}",
                  f"rule add dev m0 fe80::{other} tunnel {other}"]
    both = " ".join(f"tunnel {other}" for other in others(number))
    lines += [f"rule add dev m0 ff00::/8 flood {both}", f"rule add dev m0 224.0.0.0/4 flood {both}"]
    ns.ipudp_batch(lines)
    ns.ip(f"""link set m0 up
              addr add 10.8.0.{number}/24 dev m0
              addr add fe80::{number}/64 dev m0 nodad""")


@pytest.fixture(params=[fixed, multi], ids=["fixed", "multi"])
def routers(fresh, request, tmp_path):
    """Three routers on one Ethernet, meshed by tunnels, each with a bird."""
    fresh.kind = request.param.__name__
    switch, = fresh.namespaces("sw")
    switch.setup.append("link add br0 type bridge\nlink set br0 up")
    fresh.r = {}
    for number in ROUTERS:
        ns = fresh.r[number] = fresh.router(f"r{number}")
        fresh.link(ns, "eth0", switch, f"p{number}", net=100 + number)
        ns.setup += [f"addr add 192.0.0.{number}/24 dev eth0", "link add dum0 type dummy",
                     f"addr add 10.9.{number}.1/24 dev dum0",
                     f"addr add 2001:db8:9{number}::1/64 dev dum0 nodad", "link set dum0 up"]
        switch.setup.append(f"link set p{number} master br0")
    fresh.up()
    for number, ns in fresh.r.items():
        request.param(ns, number)
    for number, ns in fresh.r.items():
        config = tmp_path / f"bird{number}.conf"
        config.write_text(BIRD.format(number=number))
        ns.bird = ns.start("/usr/sbin/bird", "-f", "-c", config, "-s", tmp_path / f"b{number}.ctl",
                           "-P", tmp_path / f"b{number}.pid")
    return fresh


def reached(net, one, other):
    """The gateway of one's route to other, None if there is no route."""
    assert net.r[one].bird.alive, net.r[one].bird.lines
    found = net.r[one].ip_json("route show proto bird", f"10.9.{other}.0/24")
    # Babel holds a lost route for a while as an unreachable one
    if not found or found[0].get("type") == "unreachable":
        return None
    return (found[0]["gateway"] if "gateway" in found[0] else found[0]["via"]["host"],
            found[0]["dev"])


def direct(net, one, other):
    """Whether one's route to other leads straight there."""
    found = reached(net, one, other)
    if not found:
        return False
    return found[1] == f"t{other}" if net.kind == "fixed" else \
        packet.addr(found[0])[-1] == other


def cut(net, one, other):
    """The tunnel between two routers goes, at both ends."""
    for here, there in ((one, other), (other, one)):
        name, ident = (f"t{there}", 1) if net.kind == "fixed" else ("m0", there)
        net.r[here].ipudp(f"tunnel del dev {name} id {ident}")


def test_reconverges_when_a_tunnel_goes(routers):
    net = routers
    for one in ROUTERS:
        for other in others(one):
            wait_until(lambda one=one, other=other: direct(net, one, other),
                       f"r{one} has a straight way to r{other}", timeout=120)
    for one in ROUTERS:
        for other in others(one):
            icmp.assert_pings(net.r[one], f"10.9.{other}.1", src=f"10.9.{one}.1")
            icmp.assert_pings(net.r[one], f"2001:db8:9{other}::1", src=f"2001:db8:9{one}::1")
    cut(net, 1, 2)
    for one, other in ((1, 2), (2, 1)):
        wait_until(lambda one=one, other=other:
                   reached(net, one, other) and not direct(net, one, other),
                   f"r{one} finds a way around to r{other}", timeout=180)
    icmp.assert_pings(net.r[1], "10.9.2.1", src="10.9.1.1", tries=30)
    icmp.assert_pings(net.r[2], "2001:db8:91::1", src="2001:db8:92::1", tries=30)
    assert net.r[3].dev("t1" if net.kind == "fixed" else "m0")["counters"]["rx_packets"] > 0


def test_hellos_reach_all(routers):
    """What is flooded arrives at each neighbour, and nothing was refused but before it was up."""
    net = routers
    wait_until(lambda: all(direct(net, 1, other) for other in (2, 3)), "r1 knows both", timeout=120)
    for number, ns in net.r.items():
        for dev in ns.show("dev show"):
            found = {reason for reason in (one["reason"] for one in dev["drop"])
                     if reason.startswith("rx-") and reason != "rx-down"}
            assert not found, (number, dev["ifname"])
