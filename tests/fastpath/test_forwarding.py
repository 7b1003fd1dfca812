# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets through the fast path: nobody reads the TUN, so that what arrives went past user space."""

import json
import socket
import struct
import subprocess

import pytest
from lib import tcx

from fastlab import (AMOUNT, BUILD, FAMILIES, INNER, TIMEOUT, Failed, Pair, Plane, Table, batch,
                     kernel_version, run, tcp,
                     wait_for)


SINK = """
import socket, sys
server = socket.create_server((sys.argv[1], 5201),
                              family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print("ready", flush=True)
link, _ = server.accept()
total = 0
while data := link.recv(1 << 20):
    total += len(data)
print(total)
"""
SOURCE = """
import socket, sys
with socket.create_connection((sys.argv[1], 5201), timeout=20) as link:
    for _ in range(int(sys.argv[2]) >> 16):
        link.sendall(bytes(1 << 16))
"""
# Messages that fill no whole number of packets, each sent at once.
MESSAGES = """
import socket, sys
with socket.create_connection((sys.argv[1], 5201), timeout=20) as link:
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    total, size = int(sys.argv[2]), 1
    while total:
        size = min(size * 7 % 50021, total)
        link.sendall(bytes(size))
        total -= size
"""
# Aggregates of UDP: SIZE bytes in each datagram, which is numbered. The sink answers the last one of
# each: if the source goes on on another processor, the next one can be faster.
UDP_SINK = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
size, count = int(sys.argv[2]), int(sys.argv[3])
with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)
    sock.settimeout(30)
    sock.bind((sys.argv[1], 5201))
    print("ready", flush=True)
    for n in range(count):
        data, source = sock.recvfrom(65535)
        assert data == n.to_bytes(4, "big") * (size // 4), n
        if n % (64000 // size) == 64000 // size - 1:
            sock.sendto(b"more", source)
    # The end of the last aggregate is shorter.
    assert sock.recv(65535) == bytes(100)
print("all")
"""
UDP_SOURCE = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
size, count = int(sys.argv[2]), int(sys.argv[3])
with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.IPPROTO_UDP, 103, size)
    sock.connect((sys.argv[1], 5201))
    data = b"".join(n.to_bytes(4, "big") * (size // 4) for n in range(count)) + bytes(100)
    most = 64000 // size * size
    while data:
        sock.send(data[:most])
        data = data[most:]
        if data:
            assert sock.recv(100) == b"more"
"""


def stream(pair, inner=4, source=SOURCE, cpus="0-1023"):
    """Send AMOUNT by TCP from left to right, by processes on these processors; all of it arrives."""
    python = ("taskset", "-c", cpus, "/usr/bin/python3", "-c")
    words = pair.right.words(*python, SINK, INNER[inner][1])
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout.readline() == "ready\n"
        pair.left.run(*python, source, INNER[inner][1], AMOUNT)
        assert int(sink.communicate(timeout=TIMEOUT)[0]) == AMOUNT


def aggregated_udp(pair, inner, size=1200, count=500):
    """Send aggregates of so many datagrams in all from left to right, all of which arrive."""
    words = pair.right.words("/usr/bin/python3", "-c", UDP_SINK, INNER[inner][1], size, count)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout.readline() == "ready\n"
        pair.left.run("/usr/bin/python3", "-c", UDP_SOURCE, INNER[inner][1], size, count)
        assert sink.communicate(timeout=TIMEOUT)[0] == "all\n"


def cut(ns):
    """How many packets aggregates were cut into on the detour."""
    return ns.sent("ipudp-cut")


def nothing_left(plane):
    return {name: count for name, count in plane.read("left").items() if count}


@pytest.mark.parametrize("mode", ["fixed", pytest.param("multi", marks=pytest.mark.kernel)])
@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("outer", [4, 6])
def test_pairs(outer, inner, mode):
    with Pair(outer, mode, device="source" if mode == "multi" else "") as pair:
        for ns in (pair.left, pair.right):
            # No multicast of the kernel's own, which has no rule.
            ns.sysctl("ipv6/conf/t0/router_solicitations", 0)
        assert pair.ping(inner, 5) == 5
        assert pair.ping(inner, 2, 1000) == 2
        before = pair.planes[1].counters()["rx_bytes"]
        assert tcp(pair, inner) == AMOUNT
        left, right = pair.planes[0].counters(), pair.planes[1].counters()
        assert right["rx_bytes"] - before > AMOUNT
        # All that one side sent came to the other, by packets and by bytes.
        assert (left["tx_packets"], left["tx_bytes"]) == (right["rx_packets"], right["rx_bytes"])
        assert (left["rx_packets"], left["rx_bytes"]) == (right["tx_packets"], right["tx_bytes"])
        assert left["tx_packets"] > left["tx_bytes"] / 1500
        for plane in pair.planes:
            # Multicast of the kernel's own has no rule.
            assert set(nothing_left(plane)) <= {"tx-rule"}
            assert plane.read("drops t0") == {"rx": 0, "tx": 0}


@pytest.mark.parametrize("options,field,value", [
    ("ttl=7", "ttl", 7), ("ttl=0", "ttl", 63), ("dscp=10", "tos", 40), ("", "tos", 0x88),
    ("df=0", "df", 1), ("df=1", "df", 0), ("df=2", "df", 0), ("flow", "sport", None),
    ("", "sport", 7000)])
def test_outer_fields(options, field, value):
    with Pair(4, options=(options, options)) as pair:
        out = capture(pair, ["ping", "-c", "1", "-W", TIMEOUT, "-M", "dont", "-Q", "0x88", "-t", "63",
                             INNER[4][1]])
        fields = {"ttl": out["ttl"], "tos": out["tos"], "df": out["df"], "sport": out["sport"]}
        if value is None:
            assert 32768 <= fields[field] <= 60999
        else:
            assert fields[field] == value


def capture(pair, command):
    """Run a command on the left. Return: fields of the first outer packet on the right."""
    words = pair.right.words("tcpdump", "-c", "1", "-nn", "-v", "-x", "-i", "r0", "-Q", "in",
                             "udp and dst port 7000 and udp[8] & 0xf0 = 0x40")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as dump:
        while "listening" not in dump.stderr.readline():
            pass
        pair.left.run(*command, check=False)
        out = dump.communicate(timeout=TIMEOUT)[0]
    raw = bytes.fromhex("".join("".join(line.split(":", 1)[1].split())
                                for line in out.splitlines() if line.startswith("\t0x")))
    header = raw[:20]
    assert sum(int.from_bytes(header[i:i + 2], "big") for i in range(0, 20, 2)) % 0xffff == 0
    return {"tos": header[1], "df": header[6] >> 6 & 1, "ttl": header[8],
            "sport": int.from_bytes(raw[20:22], "big")}


def test_survives_kill():
    """Nothing is lost while the daemon is dead, and none when the next one adopts."""
    with Pair(4) as pair:
        assert pair.ping() == 3
        before = pair.planes[0].counters()["tx_packets"]
        with subprocess.Popen(pair.left.words("ping", "-c", "100", "-i", "0.02", "-W", TIMEOUT,
                                              INNER[4][1]),
                              stdout=subprocess.PIPE, text=True) as pinger:
            wait_for(lambda: pair.planes[0].counters()["tx_packets"] > before + 10)
            for plane in pair.planes:
                plane.kill()
            pair.planes = [Plane(pair.left), Plane(pair.right)]
            assert [plane.state for plane in pair.planes] == ["adopted", "adopted"]
            for i, plane in enumerate(pair.planes):
                pair.configure(i)
                plane.do("sweep")
            assert "100 received" in pinger.communicate()[0]
        assert pair.planes[0].counters()["tx_packets"] >= before + 100


def test_sweep_removes():
    """What the next daemon does not want goes, the rest stays."""
    with Pair(4, "multi", device="source") as pair:
        plane = pair.planes[0]
        plane.do("tunnel t0 2 192.0.2.1:7000 192.0.2.9:7000 l0", "rule t0 10.10.0.0/16 2",
                 "tun t1", "device t1 fixed")
        plane.kill()
        plane = pair.planes[0] = Plane(pair.left)
        assert plane.state == "adopted"
        pair.configure(0, mode="multi", device="source")
        plane.do("sweep")
        assert pair.ping() == 3
        pair.left.run("ip", "route", "add", "10.10.0.0/16", "dev", "t0")
        pair.left.sysctl("ipv6/conf/t0/disable_ipv6", 1)
        before = plane.read("left")["tx-rule"]
        pair.left.run("ping", "-c", "1", "-W", "0.2", "10.10.0.1", check=False)
        assert plane.read("left")["tx-rule"] == before + 1
        assert "clsact" not in pair.left.run("tc", "qdisc", "show", "dev", "t1")


def test_adoption_refused():
    """Without the right to adopt, the old programs work until they are replaced."""
    with Pair(4) as pair:
        pair.planes[0].kill()
        assert pair.ping() == 3
        words = pair.left.words("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")
        pair.left.words = lambda *more: words + list(map(str, more))
        plane = pair.planes[0] = Plane(pair.left)
        assert plane.state == "new"
        assert pair.ping() == 3
        pair.configure(0)
        plane.do("sweep")
        assert pair.ping() == 3
        assert plane.counters()["tx_packets"] >= 3


def test_no_capability():
    with Pair(4) as pair:
        words = pair.left.words("setpriv", "--bounding-set=-bpf,-sys_admin",
                                "--inh-caps=-bpf,-sys_admin")
        pair.left.words = lambda *more: words + list(map(str, more))
        plane = Plane(pair.left)
        assert plane.state.startswith("none: ")
        assert "CAP_BPF" in plane.state
        plane.kill()


def programs():
    return {line.split(":")[0] for line in run("bpftool", "prog", "show").splitlines()
            if " name fast_" in line}


def test_flush_leaves_nothing():
    before = programs()
    with Pair(4) as pair:
        ours = programs() - before
        assert len(ours) >= 4
        # A filter of somebody else's, whose qdisc must stay; without tcx it is ours.
        pair.right.run("tc", "qdisc", "add", "dev", "r0", "clsact", check=False)
        pair.right.run("tc", "filter", "add", "dev", "r0", "egress", "bpf", "da",
                       "obj", BUILD / "bpf/probe.linked.o", "sec", "tc")
        for plane in pair.planes:
            plane.do("flush")
        assert "clsact" not in pair.left.run("tc", "qdisc", "show")
        assert "probe" in pair.right.run("tc", "filter", "show", "dev", "r0", "egress")
        assert not pair.right.run("tc", "filter", "show", "dev", "r0", "ingress")
        with pair.right.enter():
            assert not tcx.names("r0")
        for plane in pair.planes:
            plane.end()
        wait_for(lambda: not programs() & ours)


def test_namespace_takes_all_along():
    before = programs()
    with Pair(4):
        ours = programs() - before
        assert len(ours) >= 4
    wait_for(lambda: not programs() & ours)


def test_link_comes_back():
    """An underlay that is removed and made again."""
    with Pair(4) as pair:
        assert pair.ping() == 3
        pair.left.run("ip", "link", "del", "l0")
        for plane, link in zip(pair.planes, ("l0", "r0")):
            plane.do("tunnel-leave t0 1")
            plane.ask(f"link-del {link}")
        assert not pair.answers()
        batch(f"link add l0 netns {pair.left.name} type veth peer name r0 netns {pair.right.name}")
        for i, (ns, link) in enumerate(((pair.left, "l0"), (pair.right, "r0"))):
            ns.batch(f"addr add 192.0.2.{i + 1}/24 dev {link}", f"link set {link} up")
            pair.configure(i, fresh=False)
        assert pair.ping() == 3


def test_full():
    """Tables that are full leave things to user space, and say so."""
    with Pair(4, "multi", limits=(2, 2)) as pair:
        plane = pair.planes[0]
        plane.do("tunnel t0 2 192.0.2.1:7000 192.0.2.8:7000 l0")
        with pytest.raises(Failed, match="No space"):
            plane.do("tunnel t0 3 192.0.2.1:7000 192.0.2.9:7000 l0")
        assert plane.read("left")["full"] == 1
        assert pair.ping() == 3
        # One rule for a single address is there; with the third the device sends by user space.
        plane.do("rule t0 10.9.0.3/32 2")
        with pytest.raises(Failed, match="No space"):
            plane.do("rule t0 10.9.0.4/32 2")
        assert not pair.answers()
        assert plane.read("left")["tx-mode"] > 0
        plane.do("rule-del t0 10.9.0.4/32")
        assert pair.ping() == 3


def test_full_leaves_sources():
    """A source whose rule did not fit may be another tunnel's, whatever a shorter prefix says."""
    with Pair(4, "multi", device="source", limits=(2, 1)) as pair:
        plane = pair.planes[1]
        plane.do("tunnel t0 2 192.0.2.2:7000 192.0.2.8:7000 r0", "rule t0 10.9.0.0/24 1",
                 "rule-del t0 10.9.0.1/32", "rule t0 10.9.0.77/32 1")
        assert pair.ping() == 3
        with pytest.raises(Failed, match="No space"):
            plane.do("rule t0 10.9.0.1/32 2")
        before = plane.read("left")["rx-source"], plane.counters()["rx_packets"]
        assert not pair.answers()
        assert plane.read("left")["rx-source"] > before[0]
        assert plane.counters()["rx_packets"] == before[1]
        plane.do("rule-del t0 10.9.0.1/32")
        assert pair.ping() == 3


def test_filling():
    """Until all rules are there none is used, in either direction: a longer one may be to come."""
    with Pair(4, "multi", device="source") as pair:
        plane = pair.planes[0]

        def fill():
            plane.do("device t0 multi source filling", "link l0",
                     "tunnel t0 1 192.0.2.1:7000 192.0.2.8:7000 l0",
                     "tunnel t0 2 192.0.2.1:7000 192.0.2.2:7000 l0", "rule t0 0.0.0.0/0 1")

        plane.do("device-del t0")
        fill()
        before = plane.read("left")
        assert not pair.answers()
        assert plane.read("left")["tx-mode"] > before["tx-mode"]
        pair.right.run("ping", "-c", "1", "-W", "0.2", INNER[4][0], check=False)
        assert plane.read("left")["rx-source"] > before["rx-source"]
        plane.do("rule t0 10.9.0.2/32 2")
        assert not pair.answers()
        # Who dies over it leaves it so, and who adopts it has not all of it either.
        plane.kill()
        assert not pair.answers()
        plane = pair.planes[0] = Plane(pair.left)
        assert plane.state == "adopted"
        fill()
        assert not pair.answers()
        plane.do("rule t0 10.9.0.2/32 2", "device t0 multi source")
        assert plane.counters(tunnel=1)["tx_packets"] == 0
        assert pair.ping() == 3
        assert plane.counters(tunnel=1)["tx_packets"] == 0
        # What was adopted whole goes on while it is set again.
        plane.kill()
        plane = pair.planes[0] = Plane(pair.left)
        fill()
        assert pair.ping() == 3
        plane.do("rule t0 10.9.0.2/32 2", "device t0 multi source")
        assert pair.ping() == 3


def test_adopts_one_endpoint():
    """Of a daemon that was killed between two: no tunnel receives from where it should not."""
    with Pair(4) as pair:
        plane = pair.planes[0]
        plane.kill()
        endpoints = Table(pair.left, "endpoints")
        (key, slot), = endpoints.entries().items()
        at = key.index((7000).to_bytes(2, "big"), key.index((7000).to_bytes(2, "big")) + 1)
        for port in range(7001, 7009):
            # Of its tunnel, or of none.
            endpoints.update(key[:at] + port.to_bytes(2, "big") + key[at + 2:],
                             slot if port % 2 else (77).to_bytes(4, "little"))
        assert len(endpoints.entries()) == 9
        plane = pair.planes[0] = Plane(pair.left)
        assert plane.state == "adopted"
        assert len(endpoints.entries()) == 1
        pair.configure(0)
        plane.do("sweep")
        assert endpoints.entries() == {key: slot}
        assert pair.ping() == 3


def test_two_tunnels_one_endpoint():
    with Pair(4, "multi") as pair:
        with pytest.raises(Failed, match="File exists"):
            pair.planes[0].do("tunnel t0 2 192.0.2.1:7000 192.0.2.2:7000 l0")
        assert pair.ping() == 3


def test_change_under_traffic():
    """Changing a tunnel loses no packet."""
    with Pair(4, "multi", device="source") as pair:
        with subprocess.Popen(pair.left.words("ping", "-f", "-c", "3000", INNER[4][1]),
                              stdout=subprocess.PIPE, text=True) as pinger:
            i = 0
            while pinger.poll() is None:
                i += 1
                pair.planes[0].do(f"tunnel t0 1 192.0.2.1:7000 192.0.2.2:7000 l0 ttl={i % 200 + 2}",
                                  f"rule t0 10.9.0.2/32 1:{i % 100 + 1}")
            assert "3000 received" in pinger.communicate()[0]
        assert i > 10


def test_too_big_is_left():
    with Pair(4) as pair:
        pair.left.run("ip", "link", "set", "t0", "mtu", "1500")
        assert pair.ping(count=1, size=1444) == 1
        assert not pair.answers(4, 1445)
        assert pair.planes[0].read("left")["tx-big"] == 1


@pytest.mark.parametrize("action", [1, 2, 3])
def test_actions_are_left(action):
    """A longer prefix with another action is not overlooked."""
    with Pair(4, "multi") as pair:
        plane = pair.planes[0]
        plane.do("rule t0 10.0.0.0/8 1", f"rule-action t0 10.9.0.0/28 {action}",
                 "rule-del t0 10.9.0.2/32")
        assert not pair.answers()
        assert plane.read("left")["tx-rule"] > 0
        plane.do("rule-del t0 10.9.0.0/28")
        assert pair.ping() == 3


@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("outer", [4, 6])
def test_checksums(outer, inner):
    """With UDP checksums all is sent, and found right, whoever finishes what the stack left."""
    with Pair(outer, options=("checksum", "checksum")) as pair:
        # The one finishes it, and cuts aggregates, the other leaves it.
        for tx in ("on", "off"):
            pair.left.run("ethtool", "-K", "l0", "tx", tx)
            pair.right.run("ethtool", "-K", "r0", "tx", "off" if tx == "on" else "on")
            for size in (0, 1, 56, 1000, 1001):
                assert pair.ping(inner, 2, size) == 2
            before = pair.planes[1].counters()["rx_packets"]
            with pair.left.socket(FAMILIES[inner], socket.SOCK_DGRAM) as sock:
                for size in range(100):
                    sock.sendto(bytes([size]) * size, (INNER[inner][1], 9))
            assert pair.planes[1].counters()["rx_packets"] - before >= 100
            for source in (SOURCE, MESSAGES):
                stream(pair, inner, source)
            aggregated_udp(pair, inner)
            assert pair.planes[1].counters()["rx_bytes"] - before > 2 * AMOUNT
            for plane in pair.planes:
                # Multicast of the kernel's own, with a header before that of ICMPv6.
                left = nothing_left(plane)
                assert left.pop("tx-checksum", 0) < 20
                assert not left
                assert plane.read("drops t0") == {"rx": 0, "tx": 0}
        assert pair.planes[0].counters()["tx_packets"] == pair.planes[1].counters()["rx_packets"]


@pytest.mark.parametrize("inner", [4, 6])
@pytest.mark.parametrize("options", ["", "checksum", "flow", "flow checksum"])
def test_aggregated_udp(inner, options):
    """Is cut on tunnels of any kind, and counted by what it is cut into."""
    with Pair(inner, "multi", options=(options, options)) as pair:
        # While the neighbour is looked for, only few packets may wait.
        assert pair.ping(inner) == 3
        before, other = pair.planes[0].counters(), cut(pair.left)
        aggregated_udp(pair, inner)
        after = pair.planes[0].counters()
        headers = 28 if inner == 4 else 48
        assert 501 <= after["tx_packets"] - before["tx_packets"] < 510
        assert after["tx_bytes"] - before["tx_bytes"] >= 500 * (1200 + headers) + 100 + headers
        assert cut(pair.left) - other >= 501


def reordered(ns):
    out = ns.run("nstat", "-asz", "TcpExtTCPOFOQueue", "TcpExtTCPSACKReorder")
    return [int(line.split()[1]) for line in out.splitlines() if line.startswith("Tcp")]


@pytest.mark.parametrize("options", ["", "flow"])
def test_order(options):
    """What needs no detour does not overtake what is on it."""
    with Pair(4, options=(f"checksum {options}",) * 2) as pair:
        for _ in range(3):
            # One CPU, or the stack reorders all by itself.
            stream(pair, source=MESSAGES, cpus="0")
        assert cut(pair.left) > 100
        packets = pair.planes[0].counters()["tx_packets"]
        assert packets > cut(pair.left), "some are sent without a detour"
        assert reordered(pair.right) == [0, 0]
        assert reordered(pair.left) == [0, 0]


def test_even_aggregates_make_no_detour():
    """Bulk is not slowed down by it."""
    with Pair(4, options=("checksum", "checksum")) as pair:
        stream(pair)
        assert cut(pair.left) < pair.planes[0].counters()["tx_packets"] / 4


def test_cut_refused():
    """Without the pair of interfaces, what it is for is left to user space, and nothing else."""
    with Pair(4, options=("checksum", "checksum")) as pair:
        plane = pair.planes[0]
        plane.do("device-del t0")
        assert "ipudp-cut" not in pair.left.run("ip", "link")
        pair.left.run("ip", "link", "add", "ipudp-cut-peer", "type", "veth")
        pair.configure(0, options="checksum", fresh=False)
        assert pair.ping() == 3
        with pair.left.socket(FAMILIES[4]) as sock:
            sock.setblocking(False)
            sock.connect_ex((INNER[4][1], 9))
            wait_for(lambda: set(nothing_left(plane)) == {"tx-checksum"})
        # The next time that something is set it is there.
        pair.left.run("ip", "link", "del", "ipudp-cut-peer")
        pair.configure(0, options="checksum", fresh=False)
        stream(pair)


# A packet as it is on the detour: SLOT, IFINDEX, its length.
STRAY = """
import socket, struct, sys
slot, ifindex, size = map(int, sys.argv[1:])
inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 17, 0, bytes([10, 9, 0, 1]),
                    bytes([10, 9, 0, 2])) + struct.pack("!HHHH", 9, 9, size - 20, 1)
header = struct.pack("=2sIIH", b"\\x02\\x63", slot, ifindex, 0) + struct.pack("!H", 0x800)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
    sock.bind(("ipudp-cut", 0))
    sock.send(header + inner + bytes(size - len(inner)))
"""


@pytest.mark.parametrize("slot,size,reason", [(1, 1473, "tx-big"), (2, 1000, "tx-tunnel")])
def test_cut_goes_back(slot, size, reason):
    """What a tunnel does not take any more is read from the TUN, and counted once."""
    with Pair(4, options=("checksum", "checksum")) as pair:
        before = nothing_left(pair.planes[0]).get(reason, 0)
        with pair.left.enter():
            ifindex = socket.if_nametoindex("t0")
        words = pair.left.words("tcpdump", "-c", "1", "-nn", "-i", "t0", "-Q", "out",
                                "udp port 9 and src 10.9.0.1")
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as dump:
            while "listening" not in dump.stderr.readline():
                pass
            pair.left.run("/usr/bin/python3", "-c", STRAY, slot, ifindex, size)
            assert f"length {size - 28}" in dump.communicate(timeout=10)[0]
        assert pair.planes[0].read("left")[reason] == before + 1


def test_cut_survives_and_goes():
    with Pair(4, options=("checksum", "checksum")) as pair:
        for plane in pair.planes:
            plane.kill()
        stream(pair, source=MESSAGES)
        pair.planes = [Plane(pair.left), Plane(pair.right)]
        for i, plane in enumerate(pair.planes):
            assert plane.state == "adopted"
            if not i:
                pair.configure(i, options="checksum")
            plane.do("sweep")
        assert "ipudp-cut" in pair.left.run("ip", "link")
        assert "ipudp-cut" not in pair.right.run("ip", "link")
        pair.configure(1, options="checksum")
        before = cut(pair.left)
        stream(pair, source=MESSAGES)
        assert cut(pair.left) > before
        pair.planes[0].do("flush")
        pair.planes[1].do("device-del t0")
        for ns in (pair.left, pair.right):
            assert "ipudp-cut" not in ns.run("ip", "link")


UDP_SEGMENT = 103

# An inner datagram whose own checksum is wrong.
DATAGRAM = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 60, 0, 0, 64, 17, 0, bytes([10, 9, 0, 1]),
                       bytes([10, 9, 0, 2])) + struct.pack("!HHHH", 9, 9, 40, 1) + bytes(32)


@pytest.mark.parametrize("count", [pytest.param(2, marks=pytest.mark.kernel), 1])
def test_paged_datagrams(count):
    """Of UDP_SEGMENT, which are several in one packet, and in memory apart from their headers."""
    with Pair(4) as pair:
        # No multicast of the kernel's own.
        pair.left.sysctl("ipv6/conf/t0/disable_ipv6", 1)
        # Over veth the checksum is not there yet, so that not even one is taken.
        expected = {"rx-inner": 1} if count > 1 else {"rx-checksum": 1}
        if "tx-udp-segmentation: off [fixed]" in pair.left.run("ethtool", "-k", "l0"):
            # veth leaves it to the stack to make several packets of it, with checksums.
            assert kernel_version() < (5, 11)
            expected = {"rx-checksum": count}
        before = pair.planes[1].read("left")
        packets = pair.planes[1].counters()["rx_packets"]
        with pair.left.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(DATAGRAM))
            sock.bind(("192.0.2.1", 7000))
            sock.sendto(DATAGRAM * count, ("192.0.2.2", 7000))

        def left():
            now = pair.planes[1].read("left")
            return {reason: now[reason] - before[reason] for reason in expected}
        wait_for(lambda: left() == expected)
        assert pair.planes[1].counters()["rx_packets"] == packets
        assert pair.planes[1].read("drops t0") == {"rx": 0, "tx": 0}


def test_nexthop_is_left():
    with Pair(4, "multi", device="nexthop") as pair:
        assert not pair.answers()
        assert pair.planes[0].read("left")["tx-mode"] > 0


def test_off():
    """A device whose fast path is turned off has no program, and can get it back."""
    with Pair(4) as pair:
        plane = pair.planes[0]
        plane.do("device t0 fixed off")
        assert not pair.left.run("tc", "filter", "show", "dev", "t0", "egress")
        assert not pair.answers()
        with pytest.raises(Failed, match="not supported"):
            plane.do("tunnel t0 1 192.0.2.1:7000 192.0.2.2:7000 l0")
        pair.configure(0, fresh=False)
        assert pair.ping() == 3


def test_mark_of_inner_packet():
    """It must not choose the outer packet's route; the tunnel's mark does."""
    with Pair(4) as pair:
        pair.left.run("ip", "rule", "add", "fwmark", "5", "lookup", "100")
        pair.left.run("ip", "route", "add", "192.0.2.2", "via", "192.0.2.77", "dev", "l0", "table",
                      "100")
        assert pair.ping(4, 3, 56, "-m", "5") == 3
        pair.configure(0, options="mark=5", fresh=False)
        assert not pair.answers()


@pytest.mark.parametrize("outer,via", [(4, "192.0.2.77"), (4, "2001:db8::77"), (6, "2001:db8::77")])
def test_next_hop(outer, via):
    """A next hop that is named is used, whatever the routes say; without one they are."""
    with Pair(outer) as pair:
        mac = json.loads(pair.right.run("ip", "-j", "link", "show", "r0"))[0]["address"]
        pair.left.run("ip", "neigh", "replace", via, "lladdr", mac, "dev", "l0")
        for remote in ("192.0.2.2", "2001:db8::2"):
            pair.left.run("ip", "neigh", "replace", remote, "lladdr", "02:00:00:00:00:99", "dev", "l0")
        assert not pair.answers()
        pair.configure(0, outer, options=f"via={via}", fresh=False)
        assert pair.ping() == 3
        pair.configure(0, outer, fresh=False)
        assert not pair.answers()


def test_weights():
    """Flows are spread over the tunnels by their weights, and idle ones get none."""
    with Pair(4, "multi") as pair:
        plane = pair.planes[0]
        plane.do("tunnel t0 2 192.0.2.1:7000 192.0.2.2:7002 l0",
                 "tunnel t0 3 192.0.2.1:7000 192.0.2.2:7003 l0",
                 "rule t0 10.9.0.2/32 1:3 3:9:idle 2:1")
        before = [plane.counters(tunnel=n)["tx_packets"] for n in (1, 2, 3)]
        for port in range(1024, 5024):
            with pair.left.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b"x", (INNER[4][1], port))
        counts = [plane.counters(tunnel=n)["tx_packets"] - b for n, b in zip((1, 2, 3), before)]
        assert counts[2] == 0
        assert sum(counts) == 4000
        assert 0.70 < counts[0] / 4000 < 0.80
