# SPDX-License-Identifier: GPL-2.0-or-later
"""Path MTUs of tunnels whose packets do not take the route that anybody else's would.

                    ┌─ eth0 ── r0 ── eth0 ─┐
    h ── eth2 ─ a ──┤                      ├─ b   lo: 198.51.100.1, 2001:db8:f::1
                    └─ eth1 ── r1 ── eth1 ─┘      the link r1 ── b is narrow
"""

import pytest
from lib import dataplane, icmp, lab
from lib.wait import wait_until

NARROW = 1400
REMOTE = {4: "198.51.100.1", 6: "2001:db8:f::1"}
outers = pytest.mark.parametrize("outer", [4, 6], ids=["outer4", "outer6"])
vrf = pytest.mark.kernel_has("vrf")
essential = pytest.mark.essential
ways = pytest.mark.parametrize("way", [pytest.param("mark", marks=essential), "link", "source", "port",
                                       pytest.param("flow", marks=essential),
                                       pytest.param("vrf", marks=vrf),
                                       pytest.param("link-vrf", marks=vrf)])


@pytest.fixture
def fork(fresh):
    """The topology above, with the way over r1 in a table of its own and as the worse route."""
    fresh.a, fresh.b, fresh.h = fresh.namespaces("a", "b", "h")
    for number in (0, 1):
        router = fresh.router(f"r{number}")
        fresh.link(fresh.a, f"eth{number}", router, "eth0", net=number)
        fresh.link(router, "eth1", fresh.b, f"eth{number}", net=2 + number,
                   mtu=NARROW if number else 1500)
    fresh.link(fresh.h, "eth0", fresh.a, "eth2", net=9)
    fresh.up()
    fresh.a.forward()
    fresh.h.ip(["route add default via 192.0.9.2", "route add default via 2001:db8:9::2"])
    fresh.b.ip(f"addr add {REMOTE[4]}/32 dev lo\naddr add {REMOTE[6]}/128 dev lo nodad")
    for number in (0, 1):
        for outer, size in ((4, 24), (6, 64)):
            remote, gateway = REMOTE[outer], lab.outer(outer, number, 2)
            fresh.a.ip(f"route add {remote} via {gateway} metric {10 + number}")
            if number:
                fresh.a.ip(f"route add {remote} via {gateway} table 77")
            fresh.b.ip(f"route add {lab.outer(outer, number, 0)}/{size} "
                       f"via {lab.outer(outer, 2 + number, 1)}")
    for router, number in ((fresh.members[3], 0), (fresh.members[4], 1)):
        for outer in (4, 6):
            router.ip(f"route add {REMOTE[outer]} via {lab.outer(outer, 2 + number, 2)}")
    return fresh


def steer(net, way, outer):
    """Have the tunnel alone take the narrow way. Returns its options."""
    local, rule = lab.outer(outer, 1, 1), None
    options = {"mark": "mark 0x77", "link": "link eth1", "source": f"local {local}",
               "vrf": "bind blue", "link-vrf": "link eth1 bind blue",
               "flow": "link eth1 source-port flow"}.get(way, "")
    if "vrf" in way:
        net.a.ip("link add blue type vrf table 77\nlink set blue up\nlink set eth1 master blue")
        # an interface that joins a VRF loses some
        net.a.ip(f"addr replace {lab.outer6(1, 1)}/64 dev eth1 nodad")
        net.a.ip(f"route replace {REMOTE[outer]} via {lab.outer(outer, 1, 2)} table 77")
    elif way == "mark":
        rule = "fwmark 0x77"
    elif way == "source":
        rule = f"from {local}"
    elif way == "port":
        rule = "ipproto udp dport 6000"
    if rule:
        net.a.ip(f"rule add {rule} table 77", family=f"-{outer}")
    return options


def start(net, way, outer):
    """A tunnel t0 over the narrow way, and t1 to the same address over the other one."""
    remote, options = REMOTE[outer], steer(net, way, outer)
    flow = "source-port flow" if way == "flow" else ""
    net.a.ipudp_batch(f"""
        dev add t0 mtu 1472
        tunnel add dev t0 id 1 remote {remote} rport 6000 port 5000 {options}
        dev add t1
        tunnel add dev t1 id 1 remote {remote} rport 6001 port 5001""")
    net.b.ipudp_batch(f"""
        dev add t0 mtu 1472
        tunnel add dev t0 id 1 remote {lab.outer(outer, 1, 1)} rport 5000 port 6000 \
            local {remote} {flow}""")
    lab.raise_device(net.a, "t0", 1)
    lab.raise_device(net.b, "t0", 2, "route add 192.0.9.0/24 dev t0",
                     "route add 2001:db8:9::/64 dev t0")


def room(outer, mtu):
    """The largest inner packet."""
    return mtu - (28 if outer == 4 else 48)


def learns(net, echo, outer):
    """A packet that is too big for the path teaches the tunnel, which then tells the sender."""
    assert echo.ask(1000) is True

    def told():
        result = echo.ask(room(outer, 1500), timeout=1)
        return result if isinstance(result, icmp.Error) else None

    result = wait_until(told, "the sender is told that the path is narrower")
    assert result.kind == "local" or result.mtu == room(outer, NARROW)
    assert echo.ask(room(outer, NARROW)) is True
    assert net.a.tunnel("t0")["mtu"] == room(outer, NARROW)


def others_learn(outer, way):
    """Whether this kernel teaches others' route by itself, too: see docs/kernels.md."""
    version = dataplane.kernel_version()
    if version < (5, 11):
        return "vrf" not in way and way != "flow"
    if outer == 4:
        return way != "source"
    return version >= (6, 6) and "vrf" not in way


@pytest.mark.module_only(reason="ipudpd asks its sockets for the path MTU")
@ways
@pytest.mark.parametrize("outer,family", [(4, 6), (6, 4)], ids=["6-in-4", "4-in-6"])
def test_learned_for_its_own_route(fork, outer, family, way):
    """It is learned for the tunnel that sent, and the senders are told; nobody else is."""
    start(fork, way, outer)
    for ns in (fork.a, fork.h):
        learns(fork, icmp.Echo(ns, lab.inner(family, 2), probe=True), outer)
    if others_learn(outer, way):
        return
    assert fork.a.tunnel("t1")["mtu"] == room(outer, 1500)
    assert "mtu" not in fork.a.run("ip", "route", "get", REMOTE[outer]).stdout


@pytest.mark.module_only(reason="ipudpd asks its sockets for the path MTU")
@outers
def test_another_way_is_another_path(fork, outer):
    """What was learned of one way does not hold for the next, nor after the option has gone."""
    if others_learn(outer, "mark"):
        pytest.skip("this kernel teaches the other way, too: see docs/kernels.md")
    start(fork, "mark", outer)
    learns(fork, icmp.Echo(fork.a, lab.inner4(2), probe=True), outer)
    for verb, expected in (("del", 1500), ("add", NARROW)):
        fork.a.ip(f"rule {verb} fwmark 0x77 table 77", family=f"-{outer}")
        wait_until(lambda expected=expected: fork.a.tunnel("t0")["mtu"] == room(outer, expected),
                   f"the way of {expected} bytes is taken")
    fork.a.ipudp("tunnel set dev t0 id 1 mark 0")
    assert fork.a.tunnel("t0")["mtu"] == room(outer, 1500)
