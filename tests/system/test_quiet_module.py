# SPDX-License-Identifier: GPL-2.0-or-later
"""How devices keep quiet, for what a data plane in user space learns too late or not at all.

What both have in common is in test_quiet.py.

    a t0 10.0.0.1, fd00::1 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001 a socket in b
"""

import pytest
from lib import icmp, lab, packet
from lib.peer import Peer
from lib.wait import wait_equal, wait_until
from test_quiet import advertisement

pytestmark = pytest.mark.module_only(reason="what a daemon follows, it follows later")

SETTINGS = {"ipv6/conf/{}/accept_ra": "0", "ipv6/conf/{}/autoconf": "0",
            "ipv6/conf/{}/accept_redirects": "0", "ipv6/conf/{}/addr_gen_mode": "1",
            "ipv4/conf/{}/accept_redirects": "0"}


def settings(ns, device):
    found = {}
    for path in SETTINGS:
        with ns.enter(), open(f"/proc/sys/net/{path.format(device)}", encoding="ascii") as file:
            found[path] = file.read().strip()
    return found


def link_local(ns, device):
    return [one["local"] for link in ns.ip_json("-6 addr show dev", device)
            for one in link["addr_info"] if one["scope"] == "link"]


@pytest.fixture
def eager(fresh):
    """Namespaces in which every interface takes all it is told, as a host does by default."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    for ns in (fresh.a, fresh.b):
        ns.sysctl("net/ipv6/conf/default/addr_gen_mode", 0)
    return fresh


def check_quiet(ns, device, addresses=()):
    assert settings(ns, device) == SETTINGS
    assert link_local(ns, device) == list(addresses)


@pytest.mark.parametrize("line", ["link add t0 type ipudp", "link add t0 mtu 1000 type ipudp"])
def test_device_by_ip_link(eager, line):
    eager.a.ip([line, "link set t0 up", "link set t0 mtu 1400"])
    check_quiet(eager.a, "t0")


def test_device(eager):
    eager.a.ipudp("dev add t0")
    eager.a.ip(["link set t0 up", "link add other type dummy", "link set other up"])
    check_quiet(eager.a, "t0")
    # nobody else's business was touched
    other = settings(eager.a, "other")
    assert other["ipv6/conf/{}/accept_ra"] == "1" and other["ipv6/conf/{}/addr_gen_mode"] == "0"
    assert settings(eager.a, "default")["ipv6/conf/{}/accept_ra"] == "1"
    wait_until(lambda: link_local(eager.a, "other"), "the other one has an address")
    # down and up again
    eager.a.ip(["link set t0 down", "link set t0 up"])
    check_quiet(eager.a, "t0")


def test_ipv6_that_begins_anew(eager):
    """Below 1280 bytes there is no IPv6; above, it has forgotten all."""
    eager.a.ipudp("dev add t0")
    eager.a.ip(["link set t0 up"])
    for _ in range(2):
        eager.a.ip(["link set t0 mtu 1000"])
        assert not eager.a.run("sh", "-c", "ls -d /proc/sys/net/ipv6/conf/t0", check=False).stdout
        eager.a.ip(["link set t0 mtu 1400"])
        check_quiet(eager.a, "t0")
    eager.a.ip(["addr add fe80::1/64 dev t0 nodad"])
    assert link_local(eager.a, "t0") == ["fe80::1"]


def test_device_that_moves(eager):
    eager.a.ipudp("dev add t0")
    eager.a.ip(["link set t0 up", f"link set t0 netns {eager.b.name}"])
    eager.b.ip(["link set t0 up"])
    check_quiet(eager.b, "t0")


def test_what_somebody_wants_stays(eager):
    eager.a.ipudp("dev add t0")
    eager.a.sysctl("net/ipv6/conf/t0/accept_ra", 1)
    eager.a.ip(["addr add fe80::7/64 dev t0 nodad", "link set t0 up"])
    assert settings(eager.a, "t0")["ipv6/conf/{}/accept_ra"] == "1"
    assert "fe80::7" in link_local(eager.a, "t0")


def test_link_local_is_for_those_who_add_it(pair):
    """Both ends have such an address: they hear each other; one loses it: it hears nothing."""
    def ping():
        done = pair.a.run("ping", "-6", "-c", "3", "-i", "0.2", "-W", "2", "fe80::2%t0", check=False)
        return done.returncode == 0

    lab.tunnel_ends(pair.a, pair.b)
    for ns, number in ((pair.a, 1), (pair.b, 2)):
        ns.ip([f"addr add fe80::{number}/64 dev t0 nodad"])
    assert ping()
    assert not pair.a.drops("t0") and not pair.b.drops("t0")
    pair.b.ip(["addr del fe80::2/64 dev t0"])
    assert not ping()
    wait_until(lambda: pair.b.drops("t0").get("rx-link-local"), "it is counted")
    icmp.assert_pings(pair.a, lab.inner(6, 2))


@pytest.mark.parametrize("mode", ["on", "off"])
def test_multi_goes_by_its_rules(pair, mode):
    pair.a.ipudp_batch(f"""dev add t0 mode multi source-check {mode}
        tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000""")
    lab.raise_device(pair.a, "t0", 1)
    Peer(pair.b, "192.0.0.2", 6001, ("192.0.0.1", 5000)).send(advertisement())
    if mode == "on":
        wait_equal(lambda: pair.a.drops("t0"), {"rx-link-local": 1}, "no rule covers it")
    else:
        wait_equal(lambda: pair.a.tunnel("t0")["counters"]["rx_packets"], 1, "it has entered")
    assert "2001:db8:bad" not in str(pair.a.ip_json("-6 addr show dev t0"))
