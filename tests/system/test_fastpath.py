# SPDX-License-Identifier: GPL-2.0-or-later
"""ipudpd with its eBPF fast path: packets that the daemon never sees, and what it says of them.

    a t0 ═══ b t0
"""

import ctypes
import errno
import os
import platform
import socket
import sys
import threading

import pytest
from lib import dataplane, icmp, lab, packet, tcx, tool, traffic
from lib.peer import Peer, Sniffer
from lib.process import Process
from lib.wait import TIMEOUT, wait_until

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")


@pytest.fixture(scope="module", autouse=True)
def working():
    """Where it was announced that there is none, there is none to test."""
    made = lab.Lab()
    ns, = made.namespaces("x")
    there, said = dataplane.has_fastpath(ns), dataplane.daemon(ns).lines
    made.close()
    dataplane.need_fastpath(there, said)


@pytest.fixture
def ends(fresh):
    """a ═══ b, whose daemons a test may kill."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b, options="checksum off")
    return fresh


def start(ns, *options, before=()):
    """Start a daemon, by the words of a command that starts it if there are some."""
    with ns.enter():
        process = Process([*before, str(tool.IPUDPD), "--verbose", *dataplane.options(), *options])
    dataplane.replace(ns, process)
    process.wait_line("serving")
    return process


def slow(ns, dev="t0"):
    """How many packets the daemon has read from a TUN."""
    return ns.link(dev)["stats64"]["tx"]["packets"]


def carried(a, b, family):
    """Whether a packet from a to b and its answer went past both daemons."""
    before = slow(a) + slow(b)
    echo = icmp.Echo(a, lab.inner(family, 2))
    return echo.answer(echo.send(100), 0.5) is True and slow(a) + slow(b) == before


def filters(ns, dev, where):
    """Names of the programs at an interface."""
    words = ns.run("tc", "filter", "show", "dev", dev, where).stdout.split()
    found = [words[i + 1] for i, word in enumerate(words) if word == "name"]
    with ns.enter():
        return (tcx.names(dev) if where == "ingress" else []) + found


def aggregates(ns):
    """What UDP_GRO is on the daemon's UDP sockets that are bound to a port."""
    libc = ctypes.CDLL(None, use_errno=True)
    pid = dataplane.daemon(ns).popen.pid
    pidfd = os.pidfd_open(pid)
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        # pidfd_getfd(2)
        fd = libc.syscall(438, pidfd, int(name), 0)
        if fd < 0 and ctypes.get_errno() == errno.EBADF:
            # it was open for a moment only
            continue
        try:
            sock = socket.socket(fileno=fd)
        except OSError:
            os.close(fd)
            continue
        with sock:
            if sock.family in (socket.AF_INET, socket.AF_INET6) and \
                    sock.type == socket.SOCK_DGRAM and sock.getsockname()[1]:
                found.add(sock.getsockopt(socket.IPPROTO_UDP, traffic.UDP_GRO))
    os.close(pidfd)
    return found


def test_programs_are_where_they_belong(ends):
    """Underlays receive and devices send, and one's own device is an underlay only if it is one."""
    assert filters(ends.a, "eth0", "ingress") == ["fast_decap"]
    assert filters(ends.a, "t0", "egress") == ["fast_encap"]
    assert filters(ends.a, "t0", "ingress") == []
    for ns, host in ((ends.a, 1), (ends.b, 2)):
        ns.ipudp_batch(f"""
            dev add t1
            tunnel add dev t1 remote {lab.inner4(3 - host)} rport 6000 port 6000 checksum off""")
        ns.ip([f"addr add 10.1.0.{host}/24 dev t1", "link set t1 up"])
    icmp.assert_pings(ends.a, "10.1.0.2")
    wait_until(lambda: filters(ends.a, "t0", "ingress") == ["fast_decap_l3"], "t1 goes through t0")
    ends.a.ipudp("dev del t0")
    assert filters(ends.a, "t1", "egress") == ["fast_encap"]


def test_successor_adopts(ends):
    """Both daemons killed under traffic: nothing is lost, and the next ones go on with it."""
    a, b = ends.a, ends.b
    stream = traffic.Stream(a, b, lab.inner4(2), patience=1).start()
    stream.progress(200)
    before = [slow(ns) for ns in (a, b)]
    for ns in (a, b):
        dataplane.daemon(ns).kill()
    stream.progress(500)
    while_dead = a.link("t0")["stats64"]["tx"]
    assert while_dead["dropped"] == 0
    for ns in (a, b):
        start(ns)
        stream.progress(500)
    assert stream.stop() == 0
    assert [slow(ns) for ns in (a, b)] == before, "no packet went by the daemons"
    for ns in (a, b):
        assert filters(ns, "t0", "egress") == ["fast_encap"], "swept away"
    # What was counted while no daemon was there counts, too.
    assert a.tunnel("t0", 1)["counters"]["tx_packets"] >= stream.sent
    assert b.tunnel("t0", 1)["counters"]["rx_packets"] >= stream.sent


def test_successor_has_rules(ends):
    """Those of a device of mode multi go on, and so do others that are added later."""
    a, b = ends.a, ends.b
    a.ipudp_batch("""
        dev add m0 mode multi
        tunnel add dev m0 id 7 remote 192.0.0.2 rport 6000 port 6000 checksum off
        rule add dev m0 10.1.0.2/32 tunnel 7
        rule add dev m0 10.2.0.0/16 tunnel 7""")
    b.ipudp_batch("dev add t1\ntunnel add dev t1 remote 192.0.0.1 rport 6000 port 6000 checksum off")
    a.ip(["addr add 10.1.0.1/24 dev m0", "link set m0 up", "route add 10.2.0.0/15 dev m0"])
    b.ip(["addr add 10.1.0.2/24 dev t1", "link set t1 up", "addr add 10.2.0.2/32 dev t1",
          "addr add 10.3.0.2/32 dev t1"])
    dataplane.daemon(a).kill()
    start(a)
    before = slow(a, "m0")
    for address in ("10.1.0.2", "10.2.0.2"):
        icmp.assert_pings(a, address)
    a.ipudp("rule add dev m0 10.3.0.0/16 tunnel 7")
    icmp.assert_pings(a, "10.3.0.2")
    assert slow(a, "m0") == before


def test_off_and_on_under_traffic(ends):
    """Neither loses a packet, and counters go on; while it is off nothing of it is there."""
    a, b = ends.a, ends.b
    assert aggregates(b) == {0}, "the programs would not see what is aggregated"
    stream = traffic.Stream(a, b, lab.inner4(2), patience=1).start()
    stream.progress(200)
    for _ in range(3):
        for ns in (a, b):
            ns.ipudp("dev set t0 fast-path off")
            assert filters(ns, "t0", "egress") == []
            assert aggregates(ns) == {1}
            stream.progress(200)
        before = slow(a)
        stream.progress(200)
        assert slow(a) > before
        for ns in (a, b):
            ns.ipudp("dev set t0 fast-path on")
            assert filters(ns, "t0", "egress") == ["fast_encap"]
            assert aggregates(ns) == {0}
            stream.progress(200)
        before = slow(a)
        stream.progress(200)
        assert slow(a) == before
    assert stream.stop() == 0
    for ns, way in ((a, "tx_packets"), (b, "rx_packets")):
        for counters in (ns.tunnel("t0", 1)["counters"], ns.dev("t0")["counters"]):
            assert stream.sent <= counters[way] <= stream.sent + 20


def test_off_is_kept(ends):
    """By the journal, and its programs are not adopted."""
    a, b = ends.a, ends.b
    a.ipudp("dev set t0 fast-path off")
    dataplane.daemon(a).kill()
    start(a)
    assert a.dev("t0")["fast_path"] == "off"
    assert filters(a, "t0", "egress") == []
    icmp.assert_pings(a, lab.inner4(2))
    b.ipudp("dev set t0 fast-path rewrite")
    dataplane.daemon(b).kill()
    start(b)
    assert b.dev("t0")["fast_path"] == "rewrite"
    icmp.assert_pings(a, lab.inner4(2))


def test_counters_of_a_tunnel_that_goes(ends):
    """The device has counted them, too, and keeps them."""
    icmp.assert_pings(ends.a, lab.inner4(2))
    before = ends.a.dev("t0")["counters"]
    assert before["tx_packets"]
    ends.a.ipudp("tunnel del dev t0 id 1")
    after = ends.a.dev("t0")["counters"]
    assert after["tx_packets"] >= before["tx_packets"]
    assert after["rx_packets"] >= before["rx_packets"]


@pytest.mark.parametrize("options", ["", "checksum off"])
@pytest.mark.parametrize("how", ["on", "rewrite"])
def test_hub(fresh, how, options):
    """From tunnel to tunnel: only with rewrite past the firewall, and past the daemon with both.

        a t0 ═══ h m0 ═══ b t0
    """
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.h = fresh.router("h")
    fresh.link(fresh.a, "eth0", fresh.h, "eth0", net=0)
    fresh.link(fresh.b, "eth0", fresh.h, "eth1", net=1)
    fresh.up()
    fresh.h.ipudp(f"dev add m0 mode multi fast-path {how}")
    for net, ns in enumerate((fresh.a, fresh.b)):
        fresh.h.ipudp_batch(f"""
            tunnel add dev m0 id {net + 1} remote 192.0.{net}.1 rport 5000 port 5000 {options}
            rule add dev m0 10.0.0.{net + 1}/32 tunnel {net + 1}""")
        ns.ipudp_batch(f"""
            dev add t0
            tunnel add dev t0 remote 192.0.{net}.2 rport 5000 port 5000 {options}""")
        ns.ip([f"addr add 10.0.0.{net + 1}/24 dev t0", "link set t0 up"])
    # no multicast of the kernel's own, which has no rule
    fresh.h.sysctl("net/ipv6/conf/m0/disable_ipv6", 1)
    fresh.h.ip(["addr add 10.0.0.3/24 dev m0", "link set m0 up"])
    icmp.assert_pings(fresh.a, "10.0.0.2")
    before = slow(fresh.h, "m0")
    icmp.assert_pings(fresh.a, "10.0.0.2")
    traffic.tcp_bulk(fresh.a, fresh.b, "10.0.0.2", 8 << 20)
    traffic.udp_gso(fresh.a, fresh.b, "10.0.0.2")
    talk = Talk(fresh.a, fresh.b, "10.0.0.2")
    talk.progress()
    talk.stop()
    assert slow(fresh.h, "m0") == before
    fresh.h.nft("add table inet f; add chain inet f c "
                "{ type filter hook forward priority 0; policy drop; }")
    echo = icmp.Echo(fresh.a, "10.0.0.2")
    # in place only without checksums
    past = how == "rewrite" and options == "checksum off"
    assert bool(echo.answer(echo.send(100), 1)) == past


@pytest.mark.parametrize("how", ["off", "on"])
@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["exact-first", "any-first"])
def test_exact_port_comes_first(fresh, order, how):
    """Of two tunnels to a remote, one of which takes any port; also if the exact one has no program."""
    a, b = fresh.namespaces("a", "b")
    fresh.link(a, "eth0", b, "eth0")
    fresh.up()
    # datagrams come with their checksums, as from a wire
    b.run("ethtool", "-K", "eth0", "tx", "off")
    for n in order:
        a.ipudp(f"dev add d{n}", *([f"fast-path {how}"] if n == 1 else []))
        a.ipudp(f"tunnel add dev d{n} id 1 remote 192.0.0.2 rport {5999 + n} port 5000",
                "source-port flow" if n == 2 else "")
        a.ip(f"link set d{n} up")
    raw = packet.udp("10.0.0.2", "10.0.0.1", 1, 2, b"x")

    def counts():
        return [a.dev(f"d{n}")["counters"].get("rx_packets", 0) for n in (1, 2)]

    for port, expected in ((6000, [1, 0]), (6001, [1, 1]), (7777, [1, 2]), (6000, [2, 2])):
        peer = Peer(b, "192.0.0.2", port, ("192.0.0.1", 5000))
        before = sum(counts())
        peer.send(raw)
        wait_until(lambda was=before: sum(counts()) > was, "it is received")
        assert counts() == expected, port
        peer.close()
    # alone, it has all
    a.ipudp("tunnel del dev d1 id 1")
    Peer(b, "192.0.0.2", 6000, ("192.0.0.1", 5000)).send(raw)
    wait_until(lambda: counts() == [2, 3], "the other takes any port")


def test_no_size_is_lost_on_large_links(fresh):
    """What would grow beyond four pages, to which the kernel limits the programs, goes by the daemon."""
    a, b = fresh.namespaces("a", "b")
    fresh.link(a, "eth0", b, "eth0", mtu=65535)
    fresh.up()
    lab.tunnel_ends(a, b, options="checksum off")
    for ns in (a, b):
        ns.ip("link set t0 mtu 65000")
    echo = icmp.Echo(a, lab.inner4(2))
    assert echo.ask(100) is True
    for size in range(15900, 16101):
        assert echo.ask(size, 2) is True, size
    assert a.drops("t0") == {} == b.drops("t0")


@pytest.mark.parametrize("slow_end", ["a", "b"])
@pytest.mark.parametrize("checksum", ["on", "off"])
def test_one_end_alone(ends, slow_end, checksum):
    """What the other end's programs leave to the link, which on veth nobody does, is understood."""
    for ns in (ends.a, ends.b):
        ns.ipudp(f"tunnel set dev t0 id 1 checksum {checksum}")
    getattr(ends, slow_end).ipudp("dev set t0 fast-path off")
    for one, other, host in ((ends.a, ends.b, 2), (ends.b, ends.a, 1)):
        for address in (lab.inner4(host), lab.inner6(host)):
            traffic.udp_exchange(one, other, address, (1, 2, 1000, 1400))
            traffic.tcp_bulk(one, other, address, 8 << 20)


def as_on_a_wire(net):
    """Packets of the size of the link come one by one."""
    for ns in (net.a, net.b):
        ns.run("ethtool", "-K", "eth0", "tso", "off", "gso", "off")
        ns.run("ethtool", "-K", "t0", "tso", "off", "gso", "off")


def largest_received(net, length=4 << 20):
    """Bytes of the largest TCP packet that b's stack gets out of its device."""
    above = Sniffer(net.b, "t0")
    traffic.tcp_bulk(net.a, net.b, lab.inner4(2), length)
    largest = 0
    while found := above.receive(lambda one: one.proto == packet.TCP, 0.05):
        largest = max(largest, len(found.raw))
    return largest


def test_aggregates_what_is_received(ends):
    """By a pair of interfaces, which is there while it is of use; it survives the daemon."""
    as_on_a_wire(ends)
    if ends.b.link("ipudp-gro") is None:
        assert dataplane.kernel_version() < (5, 13), "from then on veth can do it"
        assert any("TCP packets are not aggregated" in line for line in dataplane.daemon(ends.b).lines)
        assert largest_received(ends) <= 1472
        return
    assert largest_received(ends) > 2 * 1472
    dataplane.daemon(ends.b).kill()
    assert largest_received(ends) > 2 * 1472
    start(ends.b)
    assert largest_received(ends) > 2 * 1472
    assert filters(ends.b, "ipudp-gro-peer", "ingress") == ["fast_gro"]
    assert filters(ends.b, "ipudp-gro", "ingress") == []
    ends.b.ipudp("dev set t0 fast-path off")
    assert ends.b.link("ipudp-gro") is None
    ends.b.ipudp("dev add t1")
    assert ends.b.link("ipudp-gro")
    ends.b.ipudp("dev del t1")
    assert ends.b.link("ipudp-gro") is None


def test_aggregates_not(ends):
    dataplane.daemon(ends.b).kill()
    start(ends.b, "--gro", "off")
    assert ends.b.link("ipudp-gro") is None, "what the other left was swept away"
    as_on_a_wire(ends)
    assert largest_received(ends) <= 1472


def has_xdp(ns, dev):
    return ns.link(dev).get("xdp", {}).get("prog", {}).get("name") == "fast_xdp"


def test_xdp(ends):
    """Where it was asked for, also when the interface comes later; elsewhere this is said once."""
    dataplane.daemon(ends.b).kill()
    daemon = start(ends.b, "--gro", "off", "--xdp", "eth0", "--xdp", "lo")
    assert any("lo: receiving without XDP" in line for line in daemon.lines)
    assert has_xdp(ends.b, "eth0")
    as_on_a_wire(ends)
    # as network cards have it from the beginning
    ends.b.run("ethtool", "-K", "eth0", "gro", "on")
    assert largest_received(ends) > 2 * 1472
    icmp.assert_pings(ends.a, lab.inner4(2))
    # News of an interface, of which nothing is said again.
    ends.b.ip(["link set lo down", "link set lo up"])
    ends.b.ip(["link del eth0"])
    ends.link(ends.a, "eth0", ends.b, "eth0")
    ends.up()
    wait_until(lambda: has_xdp(ends.b, "eth0"), "XDP is back")
    icmp.assert_pings(ends.a, lab.inner4(2))
    assert sum("without XDP" in line for line in daemon.lines) == 1
    assert daemon.stop() == 0
    assert not has_xdp(ends.b, "eth0")
    start(ends.b)


def test_wrong_options():
    for words in (["--gro"], ["--gro", "yes"], ["--xdp", "a/b"], ["--xdp", "e" * 16],
                  ["--xdp", "x"] * 17, ["--threads", "0"], ["--threads", "17"], ["--linger", "0"],
                  ["--linger", "soon"], ["stray"]):
        process = Process([str(tool.IPUDPD), *words])
        process.wait_line("see 'ipudpd --help'")
        assert process.popen.wait(10) == 2


def wire_checksums(sniffer):
    """How many UDP datagrams were seen on a link, and which of them have a wrong checksum."""
    seen, wrong = 0, []
    while found := sniffer.receive(lambda one: one.proto == packet.UDP, 0.05):
        seen += 1
        src, dst = packet.addr(found.src), packet.addr(found.dst)
        udp = found.raw[20 if found.version == 4 else 40:]
        if packet.checksum(packet.pseudo(src, dst, packet.UDP, len(udp)) + udp) or \
                udp[6:8] == b"\0\0":
            wrong.append(found)
    return seen, wrong


@pytest.mark.parametrize("family", [4, 6])
def test_checksums_are_right(fresh, family):
    """Of what is sent fast: the other end's socket adds up all bytes of it, and so do we."""
    a, b = fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(a, "eth0", b, "eth0")
    fresh.up()
    lab.tunnel_ends(a, b, family)
    # Nothing is left to the link, so that nothing is taken for right.
    a.run("ethtool", "-K", "eth0", "tx", "off")
    b.ipudp("dev set t0 fast-path off")
    before = slow(a)
    for address in (lab.inner4(2), lab.inner6(2)):
        icmp.assert_pings(a, address)
        traffic.udp_exchange(a, b, address, range(0, 1400, 77))
        sniffer = Sniffer(b, "eth0")
        traffic.tcp_bulk(a, b, address, 1 << 20)
        seen, wrong = wire_checksums(sniffer)
        assert seen > (1 << 20) / 1500 and not wrong
        sniffer = Sniffer(b, "eth0")
        traffic.udp_gso(a, b, address, segment=1111)
        seen, wrong = wire_checksums(sniffer)
        assert seen > 100 and not wrong
    assert slow(a) == before, "sent by the daemon"


@pytest.fixture
def plain(fresh):
    """a ═══ b by default: with UDP checksums."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b)
    return fresh


class Talk:
    """Messages by TCP, each of which is answered by itself; their sizes make no whole packets."""

    def __init__(self, one, other, address, port=7200):
        server = other.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind((address, port))
        server.listen(1)
        self.client = one.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.connect((address, port))
        self.inside, _ = server.accept()
        server.close()
        self.inside.settimeout(None)
        self.client.settimeout(4 * TIMEOUT)
        self.rounds, self.failure, self.ending = 0, None, False
        self.threads = [threading.Thread(target=target, daemon=True)
                        for target in (self.answer, self.talk)]
        for thread in self.threads:
            thread.start()

    def answer(self):
        while data := self.inside.recv(1 << 18):
            self.inside.sendall(data)

    def talk(self):
        size = 1
        try:
            while not self.ending:
                size = size * 7 % 50021
                self.client.sendall(traffic.PATTERN[:size])
                back = b""
                while len(back) < size:
                    back += self.client.recv(1 << 18)
                assert back == traffic.PATTERN[:size]
                self.rounds += 1
        except (AssertionError, OSError) as error:
            self.failure = error

    def progress(self, count=100):
        want = self.rounds + count
        wait_until(lambda: self.failure or self.rounds >= want, f"{count} more messages",
                   4 * TIMEOUT)
        assert not self.failure, self.failure

    def stop(self):
        self.ending = True
        self.threads[1].join()
        self.client.close()
        self.threads[0].join()
        self.inside.close()
        assert not self.failure, self.failure


def assert_all_came(a, b):
    """What one sent the other received, and what went into the detour came out of it."""
    one, other = (ns.tunnel("t0", 1)["counters"] for ns in (a, b))
    assert one["tx_packets"] == other["rx_packets"]
    assert other["tx_packets"] == one["rx_packets"]
    for ns in (a, b):
        into, out_of = (ns.link(name)["stats64"] for name in ("ipudp-cut", "ipudp-cut-peer"))
        assert into["tx"]["packets"] == out_of["rx"]["packets"] > 0
        assert into["tx"]["dropped"] == out_of["rx"]["dropped"] == 0


def test_default_is_fast(plain):
    """TCP, of any size, and aggregates of UDP go past both daemons, with checksums."""
    a, b = plain.a, plain.b
    before = [slow(ns) for ns in (a, b)]
    for address in (lab.inner4(2), lab.inner6(2)):
        traffic.tcp_bulk(a, b, address, 8 << 20)
        traffic.udp_gso(a, b, address)
    talk = Talk(a, b, lab.inner4(2))
    talk.progress(500)
    talk.stop()
    assert [slow(ns) for ns in (a, b)] == before
    assert filters(a, "ipudp-cut-peer", "ingress") == ["fast_cut"]
    assert_all_came(a, b)


def test_successor_cuts(plain):
    """Both daemons killed while aggregates make their detour: nothing is lost."""
    a, b = plain.a, plain.b
    talk = Talk(a, b, lab.inner4(2))
    talk.progress()
    before = [slow(ns) for ns in (a, b)]
    for ns in (a, b):
        dataplane.daemon(ns).kill()
    talk.progress()
    for ns in (a, b):
        start(ns)
        talk.progress()
    talk.stop()
    assert [slow(ns) for ns in (a, b)] == before
    assert_all_came(a, b)
    for ns in (a, b):
        assert filters(ns, "ipudp-cut-peer", "ingress") == ["fast_cut"], "swept away"


def test_pair_is_disturbed(plain):
    """Removed, or turned off, by somebody else: it is there again, with no address of the kernel's."""
    a, b = plain.a, plain.b
    a.sysctl("net/ipv6/conf/default/addr_gen_mode", 0)
    talk = Talk(a, b, lab.inner4(2))
    talk.progress()
    for name in ("ipudp-cut", "ipudp-cut-peer"):
        number = a.link(name)["ifindex"]
        a.ip([f"link del {name}"])
        wait_until(lambda one=name, was=number: (a.link(one) or {"ifindex": was})["ifindex"] != was,
                   "the pair is made again")
        talk.progress()
        assert "ipudp-cut" not in a.run("ip", "-o", "-6", "addr", "show").stdout
        a.ip([f"link set {name} down"])
        wait_until(lambda one=name: "UP" in a.link(one)["flags"], "the pair is up again")
        talk.progress()
    before = slow(a)
    talk.progress()
    talk.stop()
    assert slow(a) == before


def test_pair_goes(plain):
    """With the last device that has a fast path."""
    a = plain.a
    a.ipudp("dev add t1")
    a.ipudp("dev set t0 fast-path off")
    assert a.link("ipudp-cut")
    a.ipudp("dev del t1")
    assert a.link("ipudp-cut") is None
    a.ipudp("dev set t0 fast-path on")
    assert a.link("ipudp-cut")
    dataplane.daemon(a).kill()
    start(a, "--no-fastpath")
    assert a.link("ipudp-cut") is None, "what the other left was swept away"


def test_changes_under_tcp(plain):
    """A path that becomes narrower, and a tunnel that goes and comes back."""
    a, b = plain.a, plain.b
    talk = Talk(a, b, lab.inner4(2))
    talk.progress()
    for mtu in (1300, 1400, 1000, 1500):
        for ns in (a, b):
            ns.ip([f"link set eth0 mtu {mtu}"])
        wait_until(lambda: a.tunnel("t0", 1)["mtu"] == mtu - 28, "the tunnel follows")
        talk.progress()
    for _ in range(3):
        a.ipudp("tunnel del dev t0 id 1")
        a.ipudp("tunnel add dev t0 id 1 remote 192.0.0.2 rport 5000 port 5000")
        talk.progress()
    talk.stop()


def test_recovers_without(ends):
    """Killed where there is no fast path: what is sent until the next one comes is lost, no more."""
    a, b = ends.a, ends.b
    for ns in (a, b):
        dataplane.daemon(ns).kill()
        start(ns, "--no-fastpath")
        assert filters(ns, "t0", "egress") == [], "what the other left was to be swept away"
    stream = traffic.Stream(a, b, lab.inner4(2), patience=TIMEOUT / 15).start()
    stream.progress(200)
    assert stream.lost == 0
    dataplane.daemon(b).kill()
    wait_until(lambda: stream.lost, "something is lost")
    start(b, "--no-fastpath")
    stream.progress(500)
    lost = stream.lost
    stream.progress(500)
    assert stream.stop() == lost > 0
    for ns in (a, b):
        dataplane.daemon(ns).kill()
        start(ns)


# Have the system call bpf() fail, and become a program: ERROR NUMBER COMMAND...
REFUSE = """
import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[2])), (6, 0, 0, 0x50000 | int(sys.argv[1])),
        (6, 0, 0, 0x7fff0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0):
    raise OSError(ctypes.get_errno(), "no_new_privs")
argument = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(program)))
if libc.prctl(22, 2, argument):
    raise OSError(ctypes.get_errno(), "seccomp")
os.execvp(sys.argv[3], sys.argv[3:])
"""
BPF_CALL = {"x86_64": 321, "aarch64": 280}.get(platform.machine())


@pytest.mark.parametrize("why", ["no capability", errno.EPERM, errno.EINVAL, errno.ENOSYS,
                                 errno.ENOMEM])
def test_refused(ends, why):
    """No rights, a kernel without bpf() or one that does not take the programs, memory locked."""
    if why == "no capability":
        before = ["setpriv", "--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin"]
    elif BPF_CALL:
        before = [sys.executable, "-c", REFUSE, str(why), str(BPF_CALL)]
    else:
        pytest.skip(f"the number of bpf() on {platform.machine()} is not known here")
    ends.b.ipudp("dev set t0 fast-path off")
    dataplane.daemon(ends.b).kill()
    daemon = start(ends.b, before=before)
    ends.b.ipudp("dev set t0 fast-path on")
    before = slow(ends.b)
    for address in (lab.inner4(2), lab.inner6(2)):
        icmp.assert_pings(ends.a, address)
    traffic.tcp_bulk(ends.a, ends.b, lab.inner4(2), 1 << 20)
    ends.b.ipudp("dev add t1")
    assert sum("without the eBPF fast path" in line for line in daemon.lines) == 1
    assert aggregates(ends.b) == {1}
    assert slow(ends.b) > before


@pytest.mark.skipif(not BPF_CALL, reason="the number of bpf() is not known here")
def test_programs_that_cannot_be_removed(ends):
    """What was attached by tcx stays where bpf() is refused: that is said, and ends with the next one."""
    a, b = ends.a, ends.b
    with b.enter():
        if not tcx.works():
            pytest.skip("filters can be removed without bpf()")
    dataplane.daemon(b).kill()
    refused = start(b, before=[sys.executable, "-c", REFUSE, str(errno.EPERM), str(BPF_CALL)])
    assert sum("stay on the interfaces" in line for line in refused.lines) == 1
    icmp.assert_pings(a, lab.inner4(2))
    refused.kill()
    start(b)
    wait_until(lambda: carried(a, b, 4), "past both daemons")
    assert filters(b, "eth0", "ingress") == ["fast_decap"]
    dataplane.daemon(b).stop()
    assert filters(b, "eth0", "ingress") == []


def test_underlay_changes(ends):
    """Removed and made again, with another address, and narrower; always past the daemon again."""
    a, b = ends.a, ends.b
    icmp.assert_pings(a, lab.inner4(2))
    b.ip("link del eth0")
    ends.link(a, "eth0", b, "eth0")
    ends.up()

    def is_fast():
        return carried(a, b, 4)

    wait_until(is_fast, "the new link carries packets past the daemons")
    a.ip(["addr del 192.0.0.1/24 dev eth0", "addr add 192.0.0.7/24 dev eth0"])
    b.ipudp("tunnel set dev t0 id 1 remote 192.0.0.7")
    wait_until(is_fast, "the new address is used")
    for ns in (a, b):
        ns.ip("link set eth0 mtu 1300")
    wait_until(is_fast, "what fits is fast")
    answer = None
    echo = icmp.Echo(a, lab.inner4(2))
    for _ in range(3):
        answer = answer or echo.answer(echo.send(1400), 1)
    assert isinstance(answer, icmp.Error) and answer.mtu == 1300 - 28
    traffic.tcp_bulk(a, b, lab.inner4(2), 1 << 20)
    assert a.tunnel("t0", 1)["mtu"] == 1300 - 28


def test_comes_home(ends):
    """A device that was elsewhere is fast again when it is back."""
    n, = ends.namespaces("n")
    wait_until(lambda: carried(ends.a, ends.b, 4), "packets go past the daemons")
    for source, target in ((ends.a, n), (n, ends.a)):
        source.ip(f"link set t0 netns {target.name}")
        lab.raise_device(target, "t0", 1)
        icmp.assert_pings(target, lab.inner4(2))
    for family in (4, 6):
        wait_until(lambda six=family: carried(ends.a, ends.b, six), "packets go past them again")


@pytest.mark.parametrize("remote,first,second", [
    ("198.51.100.2", lab.outer4(0, 2), "192.0.0.9"),
    ("2001:db8:77::2", lab.outer6(0, 2), "2001:db8::9"),
    ("198.51.100.2", f"inet6 {lab.outer6(0, 2)}", "inet6 2001:db8::9"),
], ids=("4", "6", "4-by-6"))
def test_follows_next_hop(fresh, remote, first, second):
    """A remote behind a gateway, by whichever the route names now."""
    a, b = fresh.namespaces("a", "b")
    fresh.link(a, "eth0", b, "eth0")
    fresh.up()
    family, length = (6, 128) if ":" in remote else (4, 32)
    b.ip([f"addr add {remote}/{length} dev lo nodad" if family == 6 else
          f"addr add {remote}/{length} dev lo", "addr add 192.0.0.9/25 dev eth0",
          "addr add 2001:db8::9/64 dev eth0 nodad"])
    a.ip(f"route add {remote} via {first}", family=f"-{family}")
    for ns, config in ((a, f"remote {remote} local {lab.outer(family, 0, 1)}"),
                       (b, f"remote {lab.outer(family, 0, 1)} local {remote}")):
        ns.ipudp_batch(f"""
            dev add t0
            tunnel add dev t0 id 1 {config} rport 5000 port 5000 checksum off""")
        lab.raise_device(ns, "t0", 1 if ns is a else 2)
    wait_until(lambda: carried(a, b, family), "the first gateway is used")
    a.ip(f"route replace {remote} via {second}", family=f"-{family}")
    # Who still gave packets to the first would ask for it in vain.
    b.ip([f"addr del {first.split()[-1]}/{'64' if ':' in first else '24'} dev eth0"])
    a.ip("neigh flush dev eth0")
    wait_until(lambda: carried(a, b, family), "the second gateway is used")
