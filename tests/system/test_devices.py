# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices by themselves: made by our tool and by iproute2, named, changed, removed.

    [ a: t0 t1 … ]        no link is needed
"""

import contextlib
import json
import os
import socket

import pytest
from lib import dataplane, genl, tool
from lib.tool import ToolError
from lib.wait import wait_until, wait_equal


def names(ns):
    return sorted(dev["ifname"] for dev in ns.show("dev show"))


def test_add_has_defaults(solo):
    solo.ipudp("dev add t0")
    dev = solo.dev("t0")
    assert dev["mode"] == "fixed"
    assert dev["header"] == "bare"
    assert not dev["source_check"]
    assert dev["mtu"] == 1472
    assert dev["tunnels"] == 0 and dev["rules"] == 0
    assert "orphan" not in dev or not dev["orphan"]
    assert dev["ifindex"] == solo.ifindex("t0")


def test_add_multi_checks_sources(solo):
    solo.ipudp("dev add m0 mode multi")
    dev = solo.dev("m0")
    assert dev["mode"] == "multi"
    assert dev["lookup"] == "destination"
    assert dev["source_check"]


def test_add_takes_every_option(solo):
    solo.ipudp("dev add m0 mode multi lookup nexthop source-check off mtu 1400")
    dev = solo.dev("m0")
    assert dev["lookup"] == "nexthop"
    assert not dev["source_check"]
    assert dev["mtu"] == 1400
    assert solo.link("m0")["mtu"] == 1400


def test_kernel_chooses_a_name(solo):
    solo.ipudp_batch("dev add\ndev add mode multi")
    assert names(solo) == ["ipudp0", "ipudp1"]


@pytest.mark.essential
def test_link_properties(solo):
    """A layer-3 device: no hardware address, no ARP, IPv6 and multicast allowed."""
    solo.ipudp("dev add t0")
    link = solo.link("t0")
    assert link["link_type"] == "none"
    # a TUN is what a process can make: docs/datapaths.md
    kind = "ipudp" if dataplane.selected() == dataplane.MODULE else "tun"
    assert link["linkinfo"]["info_kind"] == kind
    assert "NOARP" in link["flags"]
    assert "MULTICAST" in link["flags"]
    assert "UP" not in link["flags"]
    solo.ipudp("dev add m0 mode multi lookup nexthop")
    # nor can the flag of a TUN be changed
    assert ("POINTOPOINT" in solo.link("m0")["flags"]) == (kind == "tun")


def test_data_plane_is_chosen(solo):
    """Told nothing, the command takes the module if it is there, else ipudpd."""
    by_user = dataplane.selected() == dataplane.USER
    if by_user and dataplane.kernel_has("ipudp"):
        pytest.skip("the module is there")
    environment = {name: value for name, value in os.environ.items() if name != "IPUDP_DATAPATH"}
    with contextlib.ExitStack() as stack:
        if not by_user:
            daemon = solo.start(tool.IPUDPD, "--verbose")
            stack.callback(daemon.stop)
            daemon.wait_line("serving")
        solo.run(tool.IPUDP, "dev", "add", "t0", env=environment)
    assert ("fast_path" in solo.dev("t0")) == by_user


@pytest.mark.essential
@pytest.mark.module_only(reason="iproute2 makes no device of ipudpd: docs/datapaths.md")
def test_made_by_iproute2(solo):
    solo.ip("""link add tun0 type ipudp
               link add type ipudp
               link add tun1 mtu 1300 type ipudp""")
    assert names(solo) == ["ipudp0", "tun0", "tun1"]
    assert {dev["mode"] for dev in solo.show("dev show")} == {"fixed"}
    assert solo.dev("tun1")["mtu"] == 1300
    solo.ip("link del tun0\nlink del ipudp0")
    assert names(solo) == ["tun1"]


def test_removed_by_either_tool(solo):
    solo.ipudp_batch("dev add t0\ndev add t1")
    solo.ip("link del t0")
    solo.ipudp("dev del t1")
    assert names(solo) == []
    assert solo.link("t0") is None and solo.link("t1") is None


def test_renamed_by_iproute2(solo):
    solo.ipudp_batch("""dev add t0
                        tunnel add dev t0 id 3 remote 192.0.0.2 rport 5000 port 5000""")
    solo.ip("link set t0 name u0")
    assert solo.dev("u0")["tunnels"] == 1
    assert solo.tunnel("u0", 3)["ifname"] == "u0"


def test_set(solo):
    solo.ipudp("dev add m0 mode multi")
    solo.ipudp("dev set m0 lookup nexthop source-check off")
    dev = solo.dev("m0")
    assert dev["lookup"] == "nexthop" and not dev["source_check"]
    solo.ipudp("dev set m0 lookup destination source-check on")
    dev = solo.dev("m0")
    assert dev["lookup"] == "destination" and dev["source_check"]


@pytest.mark.module_only(reason="a TUN always points to one point: docs/datapaths.md")
def test_points_to_one_point_unless_next_hops_matter(solo):
    """So the stack needs no neighbour for each destination behind a hub."""
    def flags():
        return [flag for flag in solo.link("m0")["flags"] if flag == "POINTOPOINT"]

    solo.ipudp("dev add m0 mode multi")
    assert flags()
    solo.ipudp("dev set m0 lookup nexthop")
    assert not flags()
    solo.ipudp("dev set m0 lookup destination")
    assert flags()
    solo.ipudp("dev del m0")
    solo.ipudp("dev add m0 mode multi lookup nexthop")
    assert not flags()
    solo.ipudp("dev set m0 mode fixed")
    assert flags()


@pytest.mark.essential
def test_no_neighbour_for_each_destination(solo):
    solo.ipudp("dev add m0 mode multi")
    solo.ip("link set m0 up\naddr add 10.0.0.1/24 dev m0")
    sock = solo.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for host in range(2, 60):
        try:
            sock.sendto(b"x", (f"10.0.0.{host}", 9))
        except OSError:     # there is no rule, which an earlier packet was told
            pass
    shown = solo.run("ip", "-4", "neigh", "show", "nud", "all", "dev", "m0").stdout
    assert len(shown.splitlines()) <= 1


def test_mode_changes_only_while_empty(solo):
    solo.ipudp("dev add t0")
    solo.ipudp("dev set t0 mode multi")
    assert solo.dev("t0")["mode"] == "multi"
    solo.ipudp("tunnel add dev t0 id 1 remote 192.0.0.2 rport 5000 port 5000")
    with pytest.raises(ToolError, match="mode|tunnel|empty"):
        solo.ipudp("dev set t0 mode fixed")
    assert solo.dev("t0")["mode"] == "multi"
    solo.ipudp("tunnel del dev t0 id 1")
    solo.ipudp("dev set t0 mode fixed")


@pytest.mark.module_only(reason="iproute2 makes no device of ipudpd: docs/datapaths.md")
def test_mode_of_iproute2_device_is_set_afterwards(solo):
    solo.ip("link add m0 type ipudp")
    solo.ipudp_batch("""dev set m0 mode multi
                        tunnel add dev m0 id 1 remote 192.0.0.2 rport 5000 port 5000
                        rule add dev m0 10.0.0.0/8 tunnel 1""")
    assert solo.dev("m0")["rules"] == 1


def test_mtu_follows_the_tunnels(pair):
    """IPv4 outside costs 28 bytes, IPv6 48; a device has room for its narrowest tunnel."""
    a = pair.a
    a.ipudp_batch("""dev add t0 mode multi
                     tunnel add dev t0 id 4 remote 192.0.0.2 rport 5000 port 5000""")
    assert a.dev("t0")["mtu"] == a.tunnel("t0", 4)["mtu"] == 1472
    a.ipudp("tunnel add dev t0 id 6 remote 2001:db8::2 rport 5000 port 5000")
    assert a.dev("t0")["mtu"] == a.link("t0")["mtu"] == a.tunnel("t0", 6)["mtu"] == 1452
    # started anew, the first tunnel says again how large it is
    a.ipudp_batch("tunnel del dev t0 id 6\ntunnel del dev t0 id 4\n"
                  "tunnel add dev t0 id 4 remote 192.0.0.2 rport 5000 port 5000")
    assert a.dev("t0")["mtu"] == 1472


@pytest.mark.parametrize("how", [
    "dev add", "ip link set",
    pytest.param("ip link add", marks=pytest.mark.module_only(
        reason="iproute2 makes no device of ipudpd: docs/datapaths.md"))])
def test_mtu_given_by_the_user_stays(solo, how):
    if how == "dev add":
        solo.ipudp("dev add t0 mtu 1472")
    elif how == "ip link add":
        solo.ip("link add t0 mtu 1472 type ipudp")
    else:
        solo.ipudp("dev add t0")
        solo.ip("link set t0 mtu 1400\nlink set t0 mtu 1472")
    solo.ipudp("tunnel add dev t0 id 1 remote 2001:db8::2 rport 5000 port 5000")
    assert solo.dev("t0")["mtu"] == 1472


def test_mtu_bounds(solo):
    solo.ipudp("dev add t0")
    solo.ip("link set t0 mtu 1280\nlink set t0 mtu 9000")
    assert solo.dev("t0")["mtu"] == 9000
    assert solo.ip("link set t0 mtu 70000", check=False).returncode
    assert solo.ip("link set t0 mtu 40", check=False).returncode
    assert solo.dev("t0")["mtu"] == 9000


def test_up_without_tunnel_counts_what_it_loses(solo):
    solo.ipudp("dev add t0")
    solo.ip("link set t0 up\naddr add 10.0.0.1/24 dev t0")
    sock = solo.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(3):
        sock.sendto(b"x", ("10.0.0.2", 9))
    wait_equal(lambda: solo.drops("t0"), {"tx-no-tunnel": 3}, "they are counted")
    assert solo.dev("t0")["counters"]["tx_dropped"] == 3
    # what a TUN has given to its process it takes for sent: docs/datapaths.md
    stats = solo.link("t0")["stats64"]["tx"]
    if dataplane.selected() == dataplane.MODULE:
        assert stats["dropped"] == 3
    else:
        assert stats["packets"] >= 3 and not stats["dropped"]


@pytest.mark.essential
def test_statistics_agree(solo):
    """`ip -s link`, `ipudp stats` and `ipudp -s dev show` say the same."""
    solo.ipudp_batch("""dev add t0
                        tunnel add dev t0 id 1 remote 127.0.0.1 rport 9 port 5000""")
    solo.ip("link set t0 up\naddr add 10.0.0.1/24 dev t0")
    sock = solo.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(5):
        sock.sendto(b"y" * 72, ("10.0.0.2", 9))
    # A daemon comes to it a moment later.
    wait_until(lambda: solo.dev("t0").get("counters", {}).get("tx_packets") == 5, "all are counted")
    assert solo.dev("t0")["counters"]["tx_bytes"] == 500
    stats = solo.link("t0")["stats64"]["tx"]
    assert (stats["packets"], stats["bytes"]) == (5, 500)
    tunnel = solo.tunnel("t0")["counters"]
    assert (tunnel["tx_packets"], tunnel["tx_bytes"]) == (5, 500)
    assert "t0" in solo.ipudp("stats") and "t0" in solo.ipudp("stats dev t0")
    assert json.loads(solo.ipudp("-j stats dev t0"))


def test_names_that_are_refused(solo):
    solo.ipudp("dev add t0")
    with pytest.raises(ToolError, match="exist"):
        solo.ipudp("dev add t0")
    with pytest.raises(ToolError):
        solo.ipudp("dev add a-name-that-is-too-long")
    for verb in ("show", "del"):
        with pytest.raises(ToolError, match="no such device"):
            solo.ipudp("dev", verb, "nope")
    with pytest.raises(ToolError):
        solo.ipudp("dev del lo")
    assert solo.link("lo")


@pytest.mark.module_only(reason="iproute2 makes no device of ipudpd: docs/datapaths.md")
def test_name_that_is_no_text(solo):
    """The kernel lets a name be any bytes; a list of devices must survive it."""
    solo.run("ip", "link", "add", b"x\xff".decode(errors="surrogateescape"), "type", "ipudp")
    solo.ipudp("dev add t0")
    assert "t0" in names(solo) and len(names(solo)) == 2


@pytest.mark.module_only(reason="iproute2 and generic netlink of the module")
def test_found_by_index_and_by_name(solo):
    """Netlink requests may name a device either way, but must name one."""
    solo.ipudp_batch("dev add t0\ndev add t1")
    number = genl.NUMBERS
    with solo.enter(), genl.Genl() as sock:
        index = genl.attr(number["A_DEVICE_IFINDEX"], solo.ifindex("t1"))
        (_, reply), = sock.request(number["CMD_DEV_GET"], index)
        assert dict(genl.attrs(reply))[number["A_DEVICE_IFNAME"]] == b"t1\0"
        with pytest.raises(genl.NetlinkError) as refusal:
            sock.request(number["CMD_DEV_GET"])
        assert refusal.value.message
