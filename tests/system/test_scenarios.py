# SPDX-License-Identifier: GPL-2.0-or-later
"""The worked examples of the manual, and a hub whose spokes are behind NAT.

    point to point:  a t0 ═══ t0 b

    hub:      s1 t0 ─ 192.0.1.1 ══╗
              s2 t0 ─ 192.0.2.1 ══╬══ h m0 10.0.0.254, fd00::254; 10.1.N.0/24 is behind spoke N
              s3 t0 ─ 192.0.3.1 ══╝
"""

import socket

import pytest
from lib import dataplane, icmp, lab, traffic
from lib.wait import wait_equal, wait_until

SPOKES = (1, 2, 3)


def test_point_to_point_v4(pair):
    for ns, here, there in ((pair.a, 1, 2), (pair.b, 2, 1)):
        if dataplane.selected() == dataplane.MODULE:
            ns.ip("link add tun0 type ipudp")
        else:
            ns.ipudp("dev add tun0")
        ns.ipudp(f"tunnel add dev tun0 remote 192.0.0.{there} rport 4000 port 4000")
        ns.ip(f"link set tun0 up\naddr add 172.16.0.{here} peer 172.16.0.{there} dev tun0")
    icmp.assert_pings(pair.a, "172.16.0.2")
    icmp.assert_pings(pair.b, "172.16.0.1")


def test_point_to_point_v6(pair):
    for ns, here, there in ((pair.a, 1, 2), (pair.b, 2, 1)):
        ns.ipudp_batch(f"""
            dev add tun0
            tunnel add dev tun0 remote 2001:db8:0::{there} rport 4000 port 4000""")
        ns.ip(f"link set tun0 up\naddr add fd77::{here}/64 dev tun0 nodad")
    icmp.assert_pings(pair.a, "fd77::2")
    icmp.assert_pings(pair.b, "fd77::1")


def test_tunnel_id_is_told(pair):
    pair.a.ipudp("dev add m0 mode multi")
    for number in (1, 2, 3):
        pair.a.ipudp(f"tunnel add dev m0 remote 192.0.0.2 rport {6000 + number} port 4000")
    assert len({one["id"] for one in pair.a.show("tunnel show dev m0")}) == 3


@pytest.fixture(scope="module")
def hub():
    made = lab.Lab()
    made.spokes = dict(zip(SPOKES, made.namespaces(*(f"s{number}" for number in SPOKES))))
    made.h = made.router("h")
    for number, spoke in made.spokes.items():
        made.link(spoke, "eth0", made.h, f"eth{number}", net=number)
    made.up()
    lines = ["dev add m0 mode multi"]
    for number, spoke in made.spokes.items():
        outer = 6 if number == 3 else 4
        lines += [f"tunnel add dev m0 id {number} remote {lab.outer(outer, number, 1)} "
                  "rport 5000 port 5000",
                  f"rule add dev m0 10.0.0.{number} tunnel {number}",
                  f"rule add dev m0 10.1.{number}.0/24 tunnel {number}",
                  f"rule add dev m0 fd00::{number} tunnel {number}"]
        spoke.ipudp_batch(f"""
            dev add t0
            tunnel add dev t0 id 1 remote {lab.outer(outer, number, 2)} rport 5000 port 5000""")
        lab.raise_device(spoke, "t0", number, f"addr add 10.1.{number}.1/24 dev lo",
                         "route add 10.1.0.0/16 dev t0", "link set t0 mtu 1452")
    made.h.ipudp_batch(lines)
    lab.raise_device(made.h, "m0", 254, "route add 10.1.0.0/16 dev m0")
    yield made
    made.close()


def pairs():
    return [(one, other) for one in SPOKES for other in SPOKES if one != other]


def test_spokes_reach_the_hub(hub):
    for spoke in hub.spokes.values():
        icmp.assert_pings(spoke, "10.0.0.254")
        icmp.assert_pings(spoke, "fd00::254")


def test_hub_reaches_the_spokes(hub):
    for number in SPOKES:
        icmp.assert_pings(hub.h, f"10.1.{number}.1")
        icmp.assert_pings(hub.h, lab.inner6(number))


def test_spokes_reach_each_other(hub):
    for one, other in pairs():
        icmp.assert_pings(hub.spokes[one], lab.inner4(other))
        icmp.assert_pings(hub.spokes[one], lab.inner6(other))
        icmp.assert_pings(hub.spokes[one], f"10.1.{other}.1", src=f"10.1.{one}.1")


def test_bulk_between_spokes(hub):
    for one, other in ((1, 2), (1, 3), (3, 2)):
        for family in (4, 6):
            traffic.tcp_bulk(hub.spokes[one], hub.spokes[other], lab.inner(family, other), 1 << 20)
    traffic.udp_gso(hub.spokes[1], hub.spokes[3], lab.inner(4, 3))


def test_a_spoke_cannot_speak_for_another(hub):
    """Spoke 1 with spoke 2's address: the hub refuses, and counts."""
    spoke = hub.spokes[1]
    spoke.ip("addr add 10.0.0.2/32 dev lo")
    before = hub.h.drops("m0").get("rx-source", 0)
    echo = icmp.Echo(spoke, "10.0.0.254", src="10.0.0.2")
    for _ in range(5):
        echo.send(64)
    wait_equal(lambda: hub.h.drops("m0").get("rx-source", 0) - before, 5, "they are refused")
    spoke.ip("addr del 10.0.0.2/32 dev lo")


def test_a_spoke_moves(hub):
    """The hub sets the tunnel's remote while data flows; afterwards all comes again."""
    spoke = hub.spokes[2]
    stream = traffic.Stream(spoke, hub.spokes[1], "10.0.0.1", patience=2).start()
    stream.progress()
    spoke.ip("addr add 192.0.2.77/24 dev eth0")
    spoke.ipudp("tunnel set dev t0 id 1 local 192.0.2.77")
    hub.h.ipudp("tunnel set dev m0 id 2 remote 192.0.2.77")
    stream.progress()
    stream.stop(2)
    icmp.assert_pings(hub.h, "10.0.0.2")
    assert hub.h.tunnel("m0", 2)["remote"] == "192.0.2.77"
    spoke.ipudp("tunnel set dev t0 id 1 local 192.0.2.1")
    hub.h.ipudp("tunnel set dev m0 id 2 remote 192.0.2.1")


def test_spoke_behind_nat(fresh):
    """Spoke → NAT → hub: a keepalive opens the binding, the hub is told it, both ways work."""
    fresh.s, fresh.h = fresh.namespaces("s", "h")
    fresh.n = fresh.router("n")
    fresh.link(fresh.s, "eth0", fresh.n, "eth0", net=0)
    fresh.link(fresh.h, "eth0", fresh.n, "eth1", net=1)
    fresh.up()
    fresh.s.ip("route add default via 192.0.0.2")
    fresh.n.nft("""
        table ip nat {
            chain post { type nat hook postrouting priority srcnat;
                         oifname "eth1" masquerade random
            }
        }
        table ip filter {
            chain pass { type filter hook forward priority filter; policy drop;
                        iifname "eth0" accept
                        ct state established,related accept
            }
        }""")
    fresh.h.ipudp_batch("""
        listener add port 5000
        dev add m0 mode multi""")
    outside = fresh.h.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    outside.bind(("eth0", 0x0800))
    fresh.s.ipudp_batch("""
        dev add t0
        tunnel add dev t0 id 1 remote 192.0.1.1 rport 5000 port 5000 keepalive 500ms""")
    lab.raise_device(fresh.s, "t0", 2)
    # what STUN will do: see which address and port the NAT made of it
    port = None
    while not port:
        raw = outside.recv(2000)
        if raw[9] == 17 and raw[-1:] == b"\xff":
            port = int.from_bytes(raw[20:22], "big")
    fresh.h.ipudp_batch(f"""
        tunnel add dev m0 id 1 remote 192.0.1.2 rport {port} port 5000
        rule add dev m0 10.0.0.2 tunnel 1
        rule add dev m0 fd00::2 tunnel 1""")
    lab.raise_device(fresh.h, "m0", 1)
    wait_until(lambda: fresh.h.tunnel("m0")["counters"]["rx_keepalives"], "keepalives come")
    icmp.assert_pings(fresh.h, "10.0.0.2")
    icmp.assert_pings(fresh.s, "fd00::1")
    traffic.tcp_bulk(fresh.h, fresh.s, "10.0.0.2", 1 << 20)
    traffic.tcp_bulk(fresh.s, fresh.h, "10.0.0.1", 1 << 20)
