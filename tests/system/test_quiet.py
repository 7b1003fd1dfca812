# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes out of a tunnel does not configure the host.

    a t0 10.0.0.1, fd00::1 ─ 192.0.0.1:5000 ═══ 192.0.0.2:6001 in b, which sends what a router would
"""

import json
import signal
import struct

import pytest
from lib import dataplane, lab, packet, tool
from lib.peer import Peer
from lib.process import Process
from lib.wait import wait_equal, wait_until

LOCAL = ("192.0.0.1", 5000)
QUIET = ["none", [], 0, 0, 0]
SETTINGS = ("accept_ra", "autoconf", "accept_redirects")
# The module makes and keeps its settings in other ways, and has a test of its own.
pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")


def advertisement(src="fe80::bad", dst="ff02::1"):
    """A router that is preferred, and has a prefix to make addresses of."""
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x08, 1800, 0, 0)
    body += struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 86400, 14400, 0) + packet.addr("2001:db8:bad::")
    total = packet.checksum(packet.pseudo(packet.addr(src), packet.addr(dst), packet.ICMP6,
                                          len(body)) + body)
    return packet.ip(src, dst, packet.ICMP6, body[:2] + struct.pack("!H", total) + body[4:], ttl=255)


def data(src, dst, text):
    return packet.udp(src, dst, 1111, 2222, text)


@pytest.fixture(params=["on", "off"] if dataplane.selected() == dataplane.USER else ["on"])
def net(fresh, request):
    fresh.a, fresh.b, fresh.n = fresh.namespaces("a", "b", "n")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    fresh.a.ipudp_batch(f"""dev add t0 fast-path {request.param}
                            tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000"""
                        if dataplane.selected() == dataplane.USER else
                        """dev add t0
                           tunnel add dev t0 id 1 remote 192.0.0.2 rport 6001 port 5000""")
    lab.raise_device(fresh.a, "t0", 1)
    fresh.peer = Peer(fresh.b, "192.0.0.2", 6001, LOCAL)
    return fresh


def setting(ns, name, family="ipv6", dev="t0"):
    return int(ns.run("cat", f"/proc/sys/net/{family}/conf/{dev}/{name}").stdout)


def link_locals(ns):
    found = json.loads(ns.run("ip", "-j", "-6", "addr", "show", "dev", "t0", "scope",
                              "link").stdout or "[]")
    return [addr["local"] for dev in found for addr in dev.get("addr_info", []) if addr]


def state(ns):
    """How addresses are made, which there are, and what is accepted."""
    shown, = json.loads(ns.run("ip", "-j", "-d", "link", "show", "dev", "t0").stdout)
    return [shown["inet6_addr_gen_mode"], link_locals(ns), *(setting(ns, name) for name in SETTINGS)]


def is_quiet(ns):
    return state(ns) == QUIET


def came_of(ns):
    """Nothing of what the advertisement says is there."""
    routes = ns.run("ip", "-6", "route", "show", "proto", "ra").stdout
    return routes + ns.run("ip", "-6", "addr", "show", "dev", "t0", "dynamic").stdout


def dropped(net):
    return net.a.drops("t0").get("rx-link-local", 0)


def test_nothing_of_the_kernels_own(net):
    assert is_quiet(net.a)
    assert setting(net.a, "accept_redirects", "ipv4") == 0
    # other devices are as they were
    assert setting(net.a, "accept_ra", dev="eth0") == setting(net.a, "accept_ra", dev="default")
    assert setting(net.a, "accept_redirects", "ipv4", "eth0") == \
        setting(net.a, "accept_redirects", "ipv4", "default")


@pytest.mark.parametrize("by_somebody", [False, True], ids=["as made", "with accept_ra"])
def test_router_advertisement(net, by_somebody):
    """Refused and counted, even where somebody turned them on again."""
    if by_somebody:
        net.a.run("sysctl", "-qw", "net.ipv6.conf.t0.accept_ra=2", "net.ipv6.conf.t0.autoconf=1")
    for _ in range(3):
        net.peer.send(advertisement())
    wait_equal(lambda: dropped(net), 3, "they are counted")
    assert came_of(net.a) == ""


@pytest.mark.parametrize("family", [4, 6])
def test_only_with_an_address_like_it(net, family):
    """Packets from link-local addresses come in while the device has one of that family itself."""
    source, own, dst = {4: ("169.254.7.7", "169.254.0.1/16", lab.inner(4, 1)),
                        6: ("fe80::7", "fe80::1/64", lab.inner(6, 1))}[family]
    before = net.a.tunnel("t0")["counters"]["rx_packets"]

    def came():
        return net.a.tunnel("t0")["counters"]["rx_packets"] - before

    def enters():
        had, lost = came(), dropped(net)
        net.peer.send(data(source, dst, b"x"))
        wait_until(lambda: came() > had or dropped(net) > lost, "it is counted")
        return came() > had

    net.peer.send(data(source, dst, b"x"))
    wait_equal(lambda: dropped(net), 1, "it is counted")
    assert came() == 0
    # one of the other family is none
    other = {4: "fe80::1/64", 6: "169.254.0.1/16"}[family]
    net.a.ip(f"addr add {other} dev t0")
    for _ in range(5):
        net.peer.send(data(source, dst, b"x"))
    wait_equal(lambda: dropped(net), 6, "they are counted")
    net.a.ip(f"addr add {own} dev t0")
    wait_until(enters, "it comes in")
    net.a.ip(f"addr del {own} dev t0")
    wait_until(lambda: not enters(), "it does not come in any more")


def test_near_misses(net):
    """Neighbours of the two prefixes are addresses like others."""
    for number, source in enumerate(("169.253.255.255", "169.255.0.0", "fe7f::1", "fec0::1")):
        net.peer.send(data(source, lab.inner(6 if ":" in source else 4, 1), b"x"))
        wait_equal(lambda number=number: net.a.tunnel("t0")["counters"]["rx_packets"], number + 1,
                   "it came in")
    assert dropped(net) == 0


def test_narrow_and_wide_again(net):
    """Below 1280 bytes the kernel forgets what it was told about IPv6."""
    net.a.ip("link set t0 mtu 1200")
    net.a.ip("link set t0 mtu 1400")
    wait_until(lambda: is_quiet(net.a), "it is quiet again")
    net.peer.send(advertisement())
    wait_equal(lambda: dropped(net), 1, "it is counted")
    assert came_of(net.a) == ""


def test_elsewhere(net):
    """In another namespace, which has defaults of its own, and back."""
    net.a.ip(f"link set t0 netns {net.n.name}")
    lab.raise_device(net.n, "t0", 1)
    wait_until(lambda: is_quiet(net.n), "it is quiet there")
    net.peer.send(advertisement())
    assert came_of(net.n) == ""
    net.n.ip("link set t0 mtu 1200")
    net.n.ip("link set t0 mtu 1400")
    wait_until(lambda: is_quiet(net.n), "it is quiet again")
    net.n.ip("addr add fe80::1/64 dev t0 nodad")

    def enters():
        had = seat(net).tunnel("t0")["counters"]["rx_packets"]
        net.peer.send(data("fe80::7", "fe80::1", b"x"))
        return seat(net).tunnel("t0")["counters"]["rx_packets"] > had

    wait_until(enters, "who added an address has it")
    assert link_locals(net.n) == ["fe80::1"]
    net.n.ip(f"link set t0 netns {net.a.name}")
    net.a.ip("link set t0 up")
    wait_until(lambda: is_quiet(net.a), "it is quiet at home")


def seat(net):
    return net.n if dataplane.selected() == dataplane.MODULE else net.a


def test_successor(net):
    """Takes over a device with an address that somebody added, and one that was left alone."""
    daemon = dataplane.daemon(net.a)
    net.a.ip("addr add fe80::1/64 dev t0 nodad")
    daemon.signal(signal.SIGKILL)
    daemon.popen.wait()
    with net.a.enter():
        process = Process([str(tool.IPUDPD), "--verbose", *dataplane.options()])
    dataplane.replace(net.a, process)
    process.wait_line("serving")
    had = net.a.tunnel("t0")["counters"]["rx_packets"]
    net.peer.send(data("fe80::7", "fe80::1", b"x"))
    wait_until(lambda: net.a.tunnel("t0")["counters"]["rx_packets"] > had, "it comes in")
    assert dropped(net) == 0 and link_locals(net.a) == ["fe80::1"]


def test_widened_without_a_daemon(net):
    """What the kernel forgot while nobody looked is set when a successor comes."""
    daemon = dataplane.daemon(net.a)
    daemon.signal(signal.SIGKILL)
    daemon.popen.wait()
    net.a.ip("link set t0 mtu 1200")
    net.a.ip("link set t0 mtu 1400")
    assert not is_quiet(net.a)
    with net.a.enter():
        process = Process([str(tool.IPUDPD), "--verbose", *dataplane.options()])
    dataplane.replace(net.a, process)
    process.wait_line("serving")
    assert state(net.a) == QUIET
