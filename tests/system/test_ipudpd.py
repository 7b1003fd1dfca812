# SPDX-License-Identifier: GPL-2.0-or-later
"""What only a data plane in user space can do: die, come back, be started by whoever needs it.

    a t0 ═══ b t0        the ipudpd of a is killed
"""

import contextlib
import itertools
import os
import pathlib
import resource
import signal
import socket
import struct
import subprocess

import pytest
from lib import dataplane, genl, icmp, lab, packet, tool, traffic
from lib.child import NOBODY
from lib.peer import Peer, Sniffer
from lib.process import Process
from lib.wait import TIMEOUT, wait_until

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")


def start(ns, *options):
    with ns.enter():
        process = Process([str(tool.IPUDPD), "--verbose", *dataplane.options(), *options])
    dataplane.replace(ns, process)
    process.wait_line("serving")
    return process


def snapshot(ns):
    """What there is, without what time changes."""
    found = []
    for what in ("dev show", "listener show", "tunnel show", "rule show dev m0"):
        for one in ns.show(what):
            one.pop("counters", None)
            one.pop("drop", None)
            found.append(one)
    return found


def build(net):
    lab.tunnel_ends(net.a, net.b)
    net.a.ipudp_batch("""
        listener add port 5005 local 192.0.0.1
        dev add m0 mode multi lookup nexthop source-check off mtu 1400
        tunnel add dev m0 id 7 remote 192.0.0.2 rport 6007 port 5000 ttl 9 dscp 3 df unset \
        keepalive 3s idle 30s mark 5 source-port flow
        tunnel add dev m0 id 9 remote 2001:db8::2 rport 6009 port 5006
        rule add dev m0 10.1.0.0/16 tunnel 7 priority 3 weight 2 tunnel 9
        rule add dev m0 fd01::/16 drop
        rule add dev m0 10.2.0.0/16 unreachable
        rule del dev m0 10.2.0.0/16""")


@pytest.mark.parametrize("how", ["killed", "told to end"])
def test_successor_takes_over(fresh, how):
    """The same objects with the same numbers; the interface keeps its addresses."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    dataplane.daemon(fresh.a).stop()
    start(fresh.a, "--keep")
    build(fresh)
    icmp.assert_pings(fresh.a, "10.0.0.2")
    before = snapshot(fresh.a)
    if how == "killed":
        dataplane.daemon(fresh.a).kill()
    else:
        assert dataplane.daemon(fresh.a).stop() == 0
    assert fresh.a.link("t0"), "the interface stays"
    start(fresh.a)
    assert snapshot(fresh.a) == before
    for one, other in ((fresh.a, 2), (fresh.b, 1)):
        icmp.assert_pings(one, lab.inner4(other))
    traffic.tcp_bulk(fresh.b, fresh.a, "10.0.0.1", 1 << 20)


def test_recovers_under_traffic(fresh):
    """Killed while packets fly: the other end's stream goes on with the successor."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b)
    fresh.a.ipudp("dev set t0 fast-path off")
    stream = traffic.Stream(fresh.b, fresh.a, "10.0.0.1", patience=TIMEOUT / 15).start()
    stream.progress()
    dataplane.daemon(fresh.a).kill()
    wait_until(lambda: stream.lost, "nobody is there to receive")
    start(fresh.a)
    stream.progress(200)
    stream.stop(1)


def test_iproute2_makes_no_device(pair):
    """A process has no link kind, so that ip(8) has to be told by whom; it can remove them."""
    if dataplane.kernel_has("ipudp"):
        pytest.skip("the module is there")
    assert pair.a.ip("link add t0 type ipudp", check=False).returncode
    assert pair.a.link("t0") is None


def test_killed_again_and_again(pair):
    """While changes are made: each that was acknowledged is there afterwards."""
    pair.a.ipudp("dev add m0 mode multi")
    for number in range(1, 13):
        pair.a.ipudp_batch(f"""
            tunnel add dev m0 id {number} remote 192.0.0.2 rport {6000 + number} port 5000
            rule add dev m0 10.0.{number}.0/24 tunnel {number}""")
        if number % 4 == 0:
            dataplane.daemon(pair.a).kill()
            start(pair.a)
            assert len(pair.a.show("tunnel show dev m0")) == number
            assert len(pair.a.show("rule show dev m0")) == number


def test_ends_and_leaves_nothing(pair):
    pair.a.ipudp("dev add t0")
    assert dataplane.daemon(pair.a).stop() == 0
    assert pair.a.link("t0") is None
    start(pair.a)
    assert pair.a.show("dev show") == []


def test_only_one_serves(pair):
    with pair.a.enter():
        second = Process([str(tool.IPUDPD)])
    second.wait_line("another ipudpd")
    assert second.stop() != 0


def name_of(pid):
    """Of a process, which may end at any moment."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text("ascii").strip()
    except OSError:
        return None


def daemons(ns):
    """Process ids of ipudpd in a namespace."""
    pids = ns.run("ip", "netns", "pids", ns.name).stdout.split()
    return [int(pid) for pid in pids if name_of(pid) == "ipudpd"]


def on_demand(ns, line):
    """Run ipudp where no daemon runs; return the number of the one that it started."""
    dataplane.daemon(ns).stop()
    os.environ["IPUDPD"] = str(tool.IPUDPD)
    try:
        ns.ipudp(line)
    finally:
        del os.environ["IPUDPD"]
    pid, = daemons(ns)
    return pid


def guards(ns):
    pids = ns.run("ip", "netns", "pids", ns.name).stdout.split()
    return [int(pid) for pid in pids if name_of(pid) == "ipudpd-guard"]


def test_killed_where_nobody_asks(fresh):
    """A daemon that was started on demand comes back, without a client that misses it."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    first = pid = on_demand(fresh.a, "dev add m0 mode multi fast-path off")
    lab.tunnel_ends(fresh.a, fresh.b)
    fresh.a.ipudp("dev set t0 fast-path off")
    icmp.assert_pings(fresh.b, lab.inner4(1))
    before = snapshot(fresh.a)
    for _ in range(3):
        os.kill(pid, signal.SIGKILL)
        pid, = wait_until(lambda pid=pid: [one for one in daemons(fresh.a) if one != pid],
                          "another one is there")
        # Packets in both directions, by user space, and not a word to the daemon.
        icmp.assert_pings(fresh.b, lab.inner4(1))
    assert snapshot(fresh.a) == before
    assert pid != first
    guard, = guards(fresh.a)
    os.kill(guard, signal.SIGTERM)
    wait_until(lambda: not daemons(fresh.a) and not guards(fresh.a), "it ends with its guard")
    assert fresh.a.link("t0") is None, "and as one that is told to end"
    start(fresh.a)


def test_started_by_who_needs_it(fresh):
    """By a tool of an administrator, once; it ends when there is nothing to serve."""
    fresh.a, = fresh.namespaces("a")
    fresh.up()
    pid = on_demand(fresh.a, "dev add t0")
    assert fresh.a.link("t0")
    fresh.a.ipudp("dev del t0")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not daemons(fresh.a) and not guards(fresh.a), "it ends, and its guard")
    start(fresh.a)


def test_without_tun(fresh):
    """As in a container to which nobody passed the device: the message says what is missing."""
    fresh.a, = fresh.namespaces("a")
    fresh.up()
    dataplane.daemon(fresh.a).stop()
    said = fresh.a.run("unshare", "--mount", "sh", "-c",
                       f"mount -t tmpfs none /dev/net && IPUDPD={tool.IPUDPD} {tool.IPUDP} dev add t0",
                       check=False)
    assert said.returncode == 2
    assert "cannot open /dev/net/tun" in said.stderr
    guard, = guards(fresh.a)
    os.kill(guard, signal.SIGTERM)
    wait_until(lambda: not daemons(fresh.a) and not guards(fresh.a), "it ends with its guard")
    start(fresh.a)


def test_flush(fresh):
    """What a dead daemon left is removed; what a living one has is not."""
    fresh.a, = fresh.namespaces("a")
    fresh.up()
    fresh.a.ipudp("dev add t0")
    with fresh.a.enter():
        done = subprocess.run([str(tool.IPUDPD), "--flush"], capture_output=True, text=True,
                              check=False)
    assert done.returncode == 1 and "another ipudpd" in done.stderr
    dataplane.daemon(fresh.a).kill()
    assert fresh.a.link("t0")
    with fresh.a.enter():
        subprocess.run([str(tool.IPUDPD), "--flush"], check=True, stderr=subprocess.DEVNULL)
    assert fresh.a.link("t0") is None and fresh.a.link("ipudp-gro") is None
    start(fresh.a)
    assert fresh.a.show("dev show") == []


def test_garbage_on_the_socket(solo):
    """Bytes that are no messages end the connection, not the daemon."""
    for data in (bytes(16), b"\xff" * 100, struct.pack("=IHHII", 15, 0x1d, 1, 1, 0),
                 struct.pack("=IHHII", 1 << 30, 0x1d, 1, 1, 0)):
        with solo.enter(), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect("\0ipudpd")
            sock.send(data)
            sock.settimeout(TIMEOUT)
            assert sock.recv(1000) == b"", f"the connection goes on after {data}"
    # part of a message, and one that says nothing
    for data in (b"x", struct.pack("=IHHII", 18, 0x1d, 1, 1, 0) + b"xx"):
        with solo.enter(), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect("\0ipudpd")
            sock.send(data)
    solo.ipudp("dev add t0")
    assert solo.dev("t0")


def test_overflow_is_counted(fresh):
    """What comes while the daemon does nothing, and has no room in the socket."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b)
    fresh.b.ipudp_batch("dev set t0 fast-path off")
    icmp.assert_pings(fresh.a, lab.inner4(2))
    before = fresh.b.tunnel("t0", 1)["counters"]["rx_packets"]
    sent = fresh.a.tunnel("t0", 1)["counters"]["tx_packets"]
    daemon = dataplane.daemon(fresh.b)
    daemon.signal(signal.SIGSTOP)
    noise = traffic.Noise().add(fresh.a, lab.inner4(2), size=1000)
    noise.progress(100000)
    noise.stop()
    daemon.signal(signal.SIGCONT)
    icmp.assert_pings(fresh.a, lab.inner4(2))

    def lost():
        drops = fresh.b.show("listener show")[0]["drop"]
        return sum(drop["count"] for drop in drops if drop["reason"] == "rx-nomem")

    def all_counted():
        icmp.assert_pings(fresh.a, lab.inner4(2))
        came = fresh.b.tunnel("t0", 1)["counters"]["rx_packets"] - before
        went = fresh.a.tunnel("t0", 1)["counters"]["tx_packets"] - sent
        return lost() and came + lost() == went

    wait_until(all_counted, "what was sent came or is counted")
    assert lost() > 1000


@pytest.fixture
def narrow(fresh):
    """A namespace whose journal has a file system for itself, which is full soon."""
    fresh.a, = fresh.namespaces("a")
    fresh.up()
    dataplane.daemon(fresh.a).stop()
    folder = pathlib.Path(f"/run/ipudpd/{os.fstat(fresh.a.fd).st_ino}")
    folder.mkdir(0o700, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1280k", "tmpfs", folder], check=True)
    start(fresh.a)
    yield fresh
    dataplane.daemon(fresh.a).stop()
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()
    start(fresh.a)


def test_no_room_for_a_new_journal(narrow):
    """What there is by then is taken over from the old one; the daemon says so and goes on."""
    ns, daemon = narrow.a, dataplane.daemon(narrow.a)
    folder = pathlib.Path(f"/run/ipudpd/{os.fstat(ns.fd).st_ino}")
    ns.ipudp_batch("""
        dev add m0 mode multi
        tunnel add dev m0 id 1 remote 192.0.0.2 rport 6000 port 5000""")
    rules = 0
    while not any("journal" in line for line in daemon.lines):
        ns.ipudp_batch([f"rule add dev m0 10.{number >> 8}.{number & 255}.0/24 tunnel 1"
                        for number in range(rules, rules + 100)])
        rules += 100
        assert rules <= 1 << 16
    assert any("cannot write the journal anew" in line for line in daemon.lines)
    assert [one.name for one in folder.iterdir()] == ["journal"]
    assert daemon.alive and len(ns.show("rule show dev m0")) == rules
    # what comes after that is kept as well
    ns.ipudp("rule add dev m0 fd01::/16 drop")
    before = ns.show("rule show dev m0")
    daemon.kill()
    start(ns)
    assert ns.show("rule show dev m0") == before
    assert len(before) == rules + 1


def test_full_journal(narrow):
    """There is none any more, as a part of it would be taken for all; the daemon goes on."""
    ns, daemon = narrow.a, dataplane.daemon(narrow.a)
    folder = pathlib.Path(f"/run/ipudpd/{os.fstat(ns.fd).st_ino}")
    ns.ipudp("dev add m0 mode multi")
    file = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(file, bytes(4096))
    os.close(file)
    # more than the rest of a page
    ns.ipudp_batch([f"rule add dev m0 10.0.{number}.0/24 drop" for number in range(256)])
    daemon.wait_line("nothing will be taken over")
    assert [one.name for one in folder.iterdir()] == ["filler"]
    assert len(ns.show("rule show dev m0")) == 256


@pytest.mark.parametrize("fast_path", ["on", "off"])
def test_successor_minds_the_mtu(fresh, fast_path):
    """It follows tunnels as before, unless somebody has set it; also after the second death."""
    ns, other = fresh.namespaces("a", "b")
    fresh.link(ns, "eth0", other, "eth0")
    fresh.up()
    for number in (0, 1):
        ns.ipudp_batch(f"""
            dev add m{number} mode multi fast-path {fast_path}
            tunnel add dev m{number} id 1 remote 192.0.0.2 rport 6000 port 500{number}""")

    def mtus():
        return [ns.link(dev)["mtu"] for dev in ("m0", "m1")]

    assert mtus() == [1472, 1472]
    ns.ip("link set m1 mtu 1460")
    wait_until(lambda: ns.dev("m1")["mtu"] == 1460, "the daemon has heard of it")
    expected = [1472, 1460]
    for ident in (2, 3):
        dataplane.daemon(ns).kill()
        start(ns)
        assert mtus() == expected
        for number in (0, 1):
            ns.ipudp(f"""tunnel add dev m{number} id {ident} remote 2001:db8::{ident}
                         rport 6000 port 500{number}""")
        expected = [1452, 1460]
        assert mtus() == expected


def waiting(ns, family, port=5000):
    """How many bytes wait in each socket of a port."""
    table = ns.run("cat", f"/proc/net/udp{'6' if family == 6 else ''}").stdout.splitlines()[1:]
    rows = [line.split() for line in table]
    return [int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{port:04X}")]


@pytest.mark.parametrize("by", ["ports", "addresses"])
@pytest.mark.parametrize("family", [4, 6])
def test_remotes_are_spread(fresh, family, by):
    """Over the threads: datagrams of several remotes are not all in the socket of one."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    # From an end with one queue, that has no use for a hash which the other one would find.
    fresh.link(fresh.b, "eth0", fresh.a, "eth0")
    fresh.up()
    fresh.b.sysctl("net/ipv6/auto_flowlabels", 0)
    dataplane.daemon(fresh.a).stop()
    daemon = start(fresh.a, "--threads", "4", "--no-fastpath")
    fresh.a.ipudp("listener add port 5000")
    sources = [(lab.outer(family, 0, 1), 6000 + number) for number in range(16)]
    if by == "addresses":
        sources = [(lab.outer(family, 0, 10 + number), 6000) for number in range(16)]
        fresh.b.ip([f"addr add {address}/{24 if family == 4 else '64 nodad'} dev eth0"
                    for address, _ in sources])
    assert waiting(fresh.a, family) == [0] * 5
    with daemon.halted():
        for address, port in sources:
            Peer(fresh.b, address, port).send(packet.udp("10.0.0.2", "10.0.0.1", 1, 2),
                                              (lab.outer(family, 0, 2), 5000))
        wait_until(lambda: sum(size > 0 for size in waiting(fresh.a, family)) > 1,
                   "they are in the sockets of several threads")


@pytest.mark.parametrize("threads", [1, 4])
def test_threads(fresh, threads):
    """Of any number: several flows pass both daemons, in both directions."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    for ns in (fresh.a, fresh.b):
        dataplane.daemon(ns).stop()
        daemon = start(ns, "--threads", str(threads), "--no-fastpath")
        daemon.wait_line(f"with {threads} threads")
    lab.tunnel_ends(fresh.a, fresh.b, options="source-port flow")
    for one, other, host in ((fresh.a, fresh.b, 2), (fresh.b, fresh.a, 1)):
        for address in (lab.inner4(host), lab.inner6(host)):
            icmp.assert_pings(one, address)
            for port in range(7300, 7308):
                traffic.udp_exchange(one, other, address, (1, 1000), port)
            traffic.tcp_bulk(one, other, address, 1 << 20)
    for ns in (fresh.a, fresh.b):
        assert ns.drops("t0") == {}


def have_checksums(sniffer):
    """Of the UDP datagrams that were seen on a link, which have a checksum; aggregates count once."""
    found = []
    while seen := sniffer.receive(lambda one: one.proto == packet.UDP, 0.05):
        udp = seen.raw[20 if seen.version == 4 else 40:]
        found.append(udp[6:8] != b"\0\0")
    return found


@pytest.mark.parametrize("family", [4, 6])
def test_checksums_may_be_left_out(fresh, family):
    """With checksum off, what the kernel can cut and merge has them all the same, as it needs them."""
    a, b = fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(a, "eth0", b, "eth0")
    fresh.up()
    for ns in (a, b):
        dataplane.daemon(ns).stop()
        start(ns, "--no-fastpath")
    lab.tunnel_ends(a, b, family, options="checksum off")
    sniffer = Sniffer(b, "eth0")
    icmp.assert_pings(a, lab.inner4(2))
    assert not any(have_checksums(sniffer))
    sniffer = Sniffer(b, "eth0")
    traffic.tcp_bulk(a, b, lab.inner4(2), 1 << 20)
    assert any(have_checksums(sniffer))
    # of a link that cannot add up, older kernels cut nothing: each datagram goes by itself, without
    a.run("ethtool", "-K", "eth0", "tx", "off")
    traffic.tcp_bulk(a, b, lab.inner4(2), 1 << 20)
    sniffer = Sniffer(b, "eth0")
    traffic.tcp_bulk(a, b, lab.inner4(2), 1 << 18)
    found = have_checksums(sniffer)
    if dataplane.kernel_version() < (6, 11):
        assert found.count(False) > found.count(True)
    assert a.drops("t0") == b.drops("t0") == {}


@pytest.mark.parametrize("line", ["listener add port 5000", "dev add t0"])
def test_no_more_files(pair, line):
    """The message says what there is too little of, and where to change that."""
    pid = dataplane.daemon(pair.a).popen.pid
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    free = (number for number in itertools.count() if number not in taken)
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # Room for the client's two connections.
    least = next(itertools.islice(free, 2, None))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, before[1]))
    with pytest.raises(tool.ToolError, match="may not open more files.*LimitNOFILE"):
        pair.a.ipudp(line)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    pair.a.ipudp(line)
