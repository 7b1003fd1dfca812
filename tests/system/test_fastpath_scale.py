# SPDX-License-Identifier: GPL-2.0-or-later
"""ipudpd and its eBPF fast path with very many tunnels, and with more than fit.

    a m0 ─ eth0 192.0.0.1 ═══ 192.0.0.2 or 192.0.0.9 ─ b, which is all of 198.18.0.0/15

Each tunnel has a remote of its own there, and a rule for one address.
"""

import random
import socket
import struct

import pytest
from lib import dataplane, lab, packet, tool, traffic
from lib.peer import SO_RCVBUFFORCE
from lib.process import Process
from lib.wait import TIMEOUT, wait_until

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")

# not in the socket module of older Pythons
SO_NO_CHECK, SO_SNDBUFFORCE, IP_PKTINFO = 11, 32, 8

TUNNELS = 10000
# the tables of the fast path (docs/datapaths.md)
SLOTS = 16384
SURPLUS = 300
# the tunnel whose other end is a device
DEVICE = 60000

PORT = 5000
HERE = "10.127.0.1"


def remote(number):
    return f"198.18.{number >> 8}.{number & 255}"


def host(number):
    return f"10.64.{number >> 8}.{number & 255}"


def lines_of(numbers, rport=PORT):
    """Lines that make tunnels, each with a rule."""
    lines = []
    for number in numbers:
        lines += [f"tunnel add dev m0 id {number} remote {remote(number)} rport {rport} port {PORT}",
                  f"rule add dev m0 {host(number)}/32 tunnel {number}"]
    return lines


class Crowd:
    """The other ends of the tunnels: one socket, which tells them by what comes inside."""

    def __init__(self, ns):
        self.sock = ns.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        # one that veth leaves unfinished could not be checked
        self.sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        self.sock.bind(("0.0.0.0", PORT))

    def receive(self, timeout):
        """The number of the tunnel that the next packet came through, None if there is none."""
        self.sock.settimeout(timeout)
        try:
            raw = self.sock.recv(2048)
        except (TimeoutError, BlockingIOError):
            return None
        # the low half of the inner destination
        return struct.unpack("!H", raw[18:20])[0]

    def send(self, number, payload):
        """Send an inner packet from where the tunnel leads to."""
        raw = packet.udp(host(number), HERE, 1111, 2222, payload)
        info = struct.pack("@i4s4s", 0, socket.inet_aton(remote(number)), bytes(4))
        self.sock.sendmsg([raw], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0,
                          ("192.0.0.1", PORT))


class Hub:
    """a with its device, and b."""

    def __init__(self):
        self.lab = lab.Lab()
        self.a, self.b = self.lab.namespaces("a", "b")
        self.lab.link(self.a, "eth0", self.b, "eth0")
        self.lab.up()
        # of another length, so that it stays when the first one goes
        self.b.ip(["addr add 198.18.0.0/15 dev lo", "addr add 192.0.0.9/25 dev eth0"])
        self.a.ip("route add 198.18.0.0/15 via 192.0.0.2")
        self.a.ipudp("dev add m0 mode multi")
        # no multicast of the kernel's own, which has no rule
        self.a.sysctl("net/ipv6/conf/m0/disable_ipv6", 1)
        self.a.ip(["link set m0 up", f"addr add {HERE}/10 dev m0"])
        self.crowd = Crowd(self.b)
        self.inside = self.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # whatever the link holds back is not to stop it
        self.inside.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
        self.inside.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.inside.bind((HERE, 2222))

    def slow(self):
        """How many packets the daemon has read from its TUN, and written to it."""
        stats = self.a.link("m0")["stats64"]
        return stats["tx"]["packets"], stats["rx"]["packets"]

    def reached(self, numbers, timeout=1):
        """Send a packet through each tunnel. Return those whose packet came."""
        left = set(numbers)
        for at, number in enumerate(numbers):
            self.inside.sendto(b"x" * 20, (host(number), 2222))
            # a queue on the way may not hold all at once
            if at % 64 == 63:
                while (found := self.crowd.receive(0)) is not None:
                    left.discard(found)
        while left and (found := self.crowd.receive(timeout)) is not None:
            left.discard(found)
        return set(numbers) - left

    def all_fast(self, numbers):
        """Whether each tunnel carries packets past the daemon."""
        before = self.slow()
        return len(self.reached(numbers, 0.3)) == len(numbers) and self.slow() == before

    def answers(self, numbers):
        """Have the other ends send a packet each. Return whose came."""
        for number in numbers:
            self.crowd.send(number, struct.pack("!H", number))
        self.inside.settimeout(TIMEOUT)
        return {struct.unpack("!H", self.inside.recv(100))[0] for _ in numbers}

    def counted(self, what):
        """What was counted by tunnel."""
        return {one["id"]: one["counters"].get(what, 0)
                for one in self.a.show("tunnel show dev m0")}


@pytest.fixture(scope="module")
def hub():
    made = Hub()
    there, said = dataplane.has_fastpath(made.a), dataplane.daemon(made.a).lines
    if not there:
        made.lab.close()
    dataplane.need_fastpath(there, said)
    made.a.ipudp_batch(lines_of(range(1, TUNNELS + 1)), timeout=4 * TIMEOUT)
    yield made
    made.lab.close()


@pytest.fixture
def sample(request):
    seed = request.config.getoption("--seed") or random.randrange(1 << 32)
    print(f"--seed {seed}")
    return random.Random(seed).sample(range(1, TUNNELS + 1), 100)


def test_all_are_fast(hub):
    """Each takes a packet past the daemon, and has counted it."""
    every = range(1, TUNNELS + 1)
    hub.reached([1])
    wait_until(lambda: hub.all_fast([1]), "the neighbour is known")
    before = hub.counted("tx_packets")
    assert hub.all_fast(every)
    after = hub.counted("tx_packets")
    assert set(after) == set(every)
    assert {after[number] - before[number] for number in every} == {1}
    dev = hub.a.dev("m0")
    assert dev["tunnels"] == dev["rules"] == TUNNELS
    assert dev["counters"]["tx_packets"] == sum(after.values())


def test_both_ways(hub, sample):
    before, counted = hub.slow(), hub.counted("rx_packets")
    assert hub.reached(sample) == set(sample)
    assert hub.answers(sample) == set(sample)
    assert hub.slow() == before
    after = hub.counted("rx_packets")
    assert {number for number in after if after[number] != counted[number]} == set(sample)


def test_route_change_is_followed(hub):
    """By all; who still gave packets to the first gateway would ask for it in vain."""
    every = range(1, TUNNELS + 1)
    hub.a.ip("route replace 198.18.0.0/15 via 192.0.0.9")
    hub.b.ip("addr del 192.0.0.2/24 dev eth0")
    hub.a.ip("neigh flush dev eth0")
    wait_until(lambda: hub.all_fast(every), "all use the second gateway")
    hub.b.ip("addr add 192.0.0.2/24 dev eth0")


def test_successor_adopts_all(hub, sample):
    """Nothing of a flow is lost while there is no daemon, nor when there is one again."""
    a, b = hub.a, hub.b
    a.ipudp_batch(lines_of([DEVICE], PORT + 1))
    b.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 remote 192.0.0.1 rport {PORT} local {remote(DEVICE)} port {PORT + 1}""")
    b.ip(["link set t0 up", f"addr add {host(DEVICE)} peer {HERE} dev t0"])
    before, counted = hub.slow(), hub.counted("tx_packets")
    stream = traffic.Stream(a, b, host(DEVICE), patience=1).start()
    stream.progress(200)
    dataplane.daemon(a).kill()
    stream.progress(200)
    with a.enter():
        dataplane.replace(a, Process([str(tool.IPUDPD), "--verbose", *dataplane.options()]))
    dataplane.daemon(a).wait_line("serving")
    stream.progress(200)
    assert stream.stop() == 0
    assert hub.reached(range(1, TUNNELS + 1)) == set(range(1, TUNNELS + 1))
    assert hub.answers(sample) == set(sample)
    assert hub.slow() == before, "no packet went by the daemon"
    after = hub.counted("tx_packets")
    assert after.pop(DEVICE) >= stream.sent
    assert after == {number: counted[number] + 1 for number in range(1, TUNNELS + 1)}
    a.ipudp(f"tunnel del dev m0 id {DEVICE}")


def test_more_than_fit(hub):
    """What the tables have no room for works by user space, and is counted."""
    hub.a.ipudp_batch(lines_of(range(TUNNELS + 1, SLOTS + SURPLUS + 1)), timeout=4 * TIMEOUT)
    every, surplus = range(1, SLOTS + SURPLUS + 1), range(SLOTS + 1, SLOTS + SURPLUS + 1)
    before = hub.slow()
    assert hub.reached(every) == set(every)
    after = hub.slow()
    assert (after[0] - before[0], after[1] - before[1]) == (SURPLUS, 0)
    assert hub.answers(surplus) == set(surplus)
    assert hub.slow() == (after[0], after[1] + SURPLUS)
    counted = [hub.counted(what) for what in ("tx_packets", "rx_packets")]
    assert {(counted[0][number], counted[1][number]) for number in surplus} == {(1, 1)}


def test_room_is_used_again(hub):
    """By tunnels that are made, and a little later by those which had none."""
    first, made = range(1, SURPLUS + 101), range(1, 101)
    surplus = range(SLOTS + 1, SLOTS + SURPLUS + 1)
    hub.a.ipudp_batch([f"tunnel del dev m0 id {number}" for number in first])
    hub.a.ipudp_batch(lines_of(made))
    assert hub.all_fast(made)
    wait_until(lambda: hub.all_fast(surplus), "the surplus is fast")
    before = hub.slow()
    assert hub.answers([*made, *surplus]) == {*made, *surplus}
    assert hub.slow() == before
    every = range(SURPLUS + 101, SLOTS + 1)
    assert hub.reached(every) == set(every)
    assert hub.slow() == before
