# SPDX-License-Identifier: GPL-2.0-or-later
"""Several uplinks, several hubs, names and scripts."""

import time

import pytest

from agentlib.overlay import ENVIRON, FAKE, LVN, Spoke, public
from lib.wait import wait_until


@pytest.fixture
def homed(request, lab, overlay):
    """A spoke with two links to the router; the hub in reach by either. The parameter, if any, is
    its further configuration."""
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    for index, net in enumerate((20, 21)):
        lab.link(wan, f"s{index}", a, f"eth{index}", net, v6=False)
        a.setup.append(f"route add default via 192.0.{net}.1 metric {index + 1}")
    lab.up()
    for name in ("all", "eth0", "eth1"):
        a.sysctl(f"net/ipv4/conf/{name}/rp_filter", 0)
    overlay.hub(hub, ["hub", "192.0.1.1"], getattr(request, "param", ""))
    return a


def carried(spoke):
    return [one["counters"]["tx_packets"] if one["counters"] else 0
            for one in spoke.status()["uplinks"]]


@pytest.mark.dataplane
def test_failover(homed, overlay):
    a = overlay.spoke(homed, "a", "--uplink", "eth0", "--uplink", "eth1,priority=10",
                      "--keepalive", 1)
    wait_until(lambda: [one["state"] for one in a.status().get("uplinks", [])] ==
               ["bound", "bound"], "both are bound")
    a.wait_ping("10.100.0.1")
    before = carried(a)
    assert a.can_ping("10.100.0.1", count=3)
    after = carried(a)
    assert FAKE or after[0] >= before[0] + 3 and after[1] == before[1], (before, after)
    homed.ip("link set eth0 down")
    start = time.monotonic()
    wait_until(lambda: not a.uplink(0)["preferred"], "the first is avoided")
    # The hub needs to hear of it, too: its own timeout at the latest.
    a.wait_ping("10.100.0.1")
    assert FAKE or carried(a)[1] > after[1]
    assert a.status()["ups"] == 1
    homed.ip("""link set eth0 up
                route add default via 192.0.20.1 metric 1""")
    wait_until(lambda: a.uplink(0)["preferred"], "the first serves again")
    print(f"failover took {time.monotonic() - start:.1f} s")


def without_link(homed):
    homed.ip("link set eth0 down")
    yield
    homed.ip("""link set eth0 up
                route add default via 192.0.20.1 metric 1""")


def without_interface(homed):
    """The first interface is called otherwise, which is as if it were gone, and another comes."""
    homed.ip("""link set eth0 down
                link set eth0 name away""")
    yield
    homed.ip("""link set away name eth0
                link set eth0 up
                route add default via 192.0.20.1 dev eth0 metric 1""")


@pytest.mark.parametrize("gone", [without_link, without_interface])
@pytest.mark.parametrize("homed", ["keepalive = 60\ntimeout = 200\n"], indirect=True, ids=["calm"])
def test_back_before_anything_was_lost(homed, overlay, gone):
    """No request was due while the uplink was gone: it serves again all the same."""
    a = overlay.spoke(homed, "a", "--uplink", "eth0", "--uplink", "eth1,priority=10")
    wait_until(lambda: [one["state"] for one in a.status().get("uplinks", [])] ==
               ["bound", "bound"], "both are bound")
    losses = a.uplink(0)["losses"]
    moment = gone(homed)
    next(moment)
    wait_until(lambda: not a.uplink(0)["preferred"], "the first is avoided")
    assert a.uplink(0)["state"] == "suspect"
    next(moment, None)
    wait_until(lambda: a.uplink(0)["preferred"], "the first serves again")
    assert a.uplink(0)["state"] == "bound" and a.uplink(0)["losses"] == losses


@pytest.mark.dataplane
def test_balancing(homed, overlay):
    a = overlay.spoke(homed, "a", "--uplink", "eth0", "--uplink", "eth1")
    wait_until(lambda: [one["state"] for one in a.status().get("uplinks", [])] ==
               ["bound", "bound"], "both are bound")
    a.wait_ping("10.100.0.1")
    # Flows differ by their port.
    with homed.enter():
        import socket  # pylint: disable=import-outside-toplevel
        for port in range(200):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b"x", ("10.100.0.1", 9000 + port))
    first, second = carried(a)
    assert FAKE or first > 40 and second > 40, (first, second)


def test_second_hub(lab, overlay):
    """The first hub in the list is not there."""
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup.append("route add default via 192.0.20.1")
    lab.up()
    overlay.hub(hub, ["hub", "192.0.1.1"])
    a = overlay.spoke(a, "a", hubs=("192.0.1.1:444", "192.0.1.1")).wait_up()
    assert a.status()["control"]["port"] == 50000


@pytest.mark.dataplane
def test_ipv6(lab, overlay):
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup.append("route add default via 2001:db8:20::1")
    wan.setup.append("addr add fe80::2/64 dev s0 nodad")
    lab.up()
    overlay.hub(hub, ["hub", "2001:db8:1::1"])
    a = overlay.spoke(a, "a", hubs=("[2001:db8:1::1]",)).wait_up()
    assert a.uplink()["mapped"].startswith("[2001:db8:20::2]:")
    a.wait_ping("10.100.0.1")


def named(overlay, host, *addresses):
    """A spoke whose hub is hub.test, with such addresses in a hosts file of its own."""
    hosts = overlay.folder / "hosts"
    hosts.write_text("".join(f"{one} hub.test\n" for one in addresses))
    hosts.chmod(0o644)
    spoke = Spoke(overlay, host, "a", ["hub.test"], [])
    command = " ".join(str(one) for one in [LVN, "up", "--debug", "--run-dir", spoke.run_dir,
                                            *spoke.args])
    spoke.process = host.start("unshare", "-m", "sh", "-c",
                               f"mount --bind {hosts} /etc/hosts && exec {command}", env=ENVIRON)
    return spoke


def test_udp_is_blocked_over_one_family(lab, overlay):
    """TCP passes with both families, UDP over IPv4 only."""
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup += ["route add default via 192.0.20.1", "route add default via 2001:db8:20::1"]
    wan.setup.append("addr add fe80::2/64 dev s0 nodad")
    lab.up()
    wan.nft("table ip6 t { chain c { type filter hook forward priority 0; meta l4proto udp drop; }; }")
    overlay.hub(hub, ["hub.test"])
    a = named(overlay, a, "192.0.1.1", "2001:db8:1::1").wait_up(timeout=40)
    assert a.status()["control"]["address"] == "[2001:db8:1::1]:50000"
    assert a.uplink()["remote"] == "192.0.1.1:50000"
    a.process.wait_line("no answer over UDP from [2001:db8:1::1]:50000")
    a.down()


def test_hub_moves_in_dns(lab, overlay):
    """The hub's name gets another address, as with dynamic DNS."""
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20, v6=False)
    a.setup.append("route add default via 192.0.20.1")
    hub.setup.append("addr add 192.0.1.9/24 dev wan")
    lab.up()
    overlay.hub(hub, ["hub.test"])
    process = named(overlay, a, "192.0.1.1").process
    process.wait_line(": up")
    # In place, as the mount is of this very file.
    (overlay.folder / "hosts").write_text("192.0.1.9 hub.test\n")
    hub.ip("addr del 192.0.1.1/24 dev wan")
    hub.ip("addr add 192.0.1.9/24 dev wan", check=False)
    hub.ip("route add default via 192.0.1.2", check=False)
    seen = len(process.lines)
    process.wait_line("to 192.0.1.9:50000", seen)


def test_hooks(lab, overlay):
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup.append("route add default via 192.0.20.1")
    lab.up()
    overlay.hub(hub, ["hub", "192.0.1.1"])
    out = overlay.folder / "out"
    out.mkdir()
    out.chmod(0o777)
    hook = overlay.folder / "hook"
    hook.write_text(f"#!/bin/sh\nenv >{out}/$1.part\n"
                    f"ip link set dev $LVN_DEVICE alias hooked || exit 1\n"
                    f"mv {out}/$1.part {out}/$1\n")
    hook.chmod(0o755)
    a = overlay.spoke(a, "a", "--hook", hook).wait_up()
    wait_until((out / "up").exists, f"the hook ran, {a.process.lines[-5:]}")
    env = dict(line.split("=", 1) for line in (out / "up").read_text().splitlines())
    assert env["LVN_EVENT"] == "up" and env["LVN_DEVICE"] == "lvn0"
    assert env["LVN_IDENTITY"] == "a" and env["LVN_NAT"] == "no"
    assert env["LVN_ADDRESSES"].split()[0].startswith("10.100.0.")
    # CAP_NET_ADMIN came along.
    assert a.ns.link("lvn0")["ifalias"] == "hooked"
    a.down()
    assert list(out.glob("down*"))


def test_backoff_is_bounded(lab, overlay):
    """Nobody there: attempts get rare, and the spoke is quick again when told to be."""
    hub, wan = public(lab)
    a, = lab.namespaces("a")
    lab.link(wan, "s0", a, "eth0", 20)
    a.setup.append("route add default via 192.0.20.1")
    lab.up()
    a = overlay.spoke(a, "a", "--retry-max", 4)
    wait_until(lambda: sum("next attempt" in line for line in a.process.lines) >= 7,
               "seven attempts", timeout=90)
    waits = [int(line.split(" in ")[1].split()[0]) for line in a.process.lines
             if "next attempt" in line]
    assert max(waits) <= 4000 and max(waits) >= 2000, waits
    overlay.hub(hub, ["hub", "192.0.1.1"])
    a.command("renew")
    a.wait_up()
