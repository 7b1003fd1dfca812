# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces with a fast path each, and no daemon behind it.

To start a process takes half a second in an emulated machine, so that what is done in a namespace is
done by a thread that enters it, where that is possible, and `ip` is given many lines at once.

    left l0 ───────── r0 right        192.0.2.1 ── 192.0.2.2, 2001:db8::1 ── ::2
    left t0 ········· t0 right        10.9.0.1 ── 10.9.0.2, fd09::1 ── fd09::2
"""

import contextlib
import ctypes
import functools
import json
import os
import pathlib
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LVN_BUILD") or REPO / "build/user")
FASTPLANE = BUILD / "tests/fastpath/fastplane"

# How long to wait for what must happen, in seconds. What takes long is a machine that is emulated.
TIMEOUT = float(os.environ.get("LVN_TIMEOUT") or 30)

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """What a fast path answered, other than ok."""


def wait_for(what):
    end = time.monotonic() + TIMEOUT
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def run(*words, check=True, **kwargs):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, **kwargs)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {kwargs.get('input') or ''}"
                           f"{done.stderr or done.stdout}")
    return done.stdout


def kernel_version():
    return tuple(int(part) for part in os.uname().release.split(".")[:2])


def batch(*lines):
    """Run lines of `ip` commands, one process for all of them."""
    run("ip", "-batch", "-", input="".join(f"{line}\n" for line in lines))


class Namespace:
    """A network namespace of our own."""

    def __init__(self, name):
        self.name = f"fp{os.getpid()}-{name}"
        self.path = f"/run/netns/{self.name}"
        run("ip", "netns", "add", self.name)
        self.batch("link set lo up")
        for name, value in (
                # Neighbours are found without waiting.
                ("ipv6/conf/all/accept_dad", 0), ("ipv6/conf/default/accept_dad", 0),
                ("ipv4/ip_forward", 1), ("ipv6/conf/all/forwarding", 1),
                # They count towards the rate of all ICMP to the same host.
                ("ipv4/conf/all/send_redirects", 0), ("ipv4/conf/default/send_redirects", 0)):
            self.sysctl(name, value)

    @contextlib.contextmanager
    def enter(self):
        """Be inside, with this thread."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            inside = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                self.set(inside)
                yield
            finally:
                self.set(before)
                os.close(inside)
        finally:
            os.close(before)

    @staticmethod
    def set(fd):
        if _libc.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def words(self, *words):
        """A command that runs another one inside."""
        return ["nsenter", f"--net={self.path}", *map(str, words)]

    def run(self, *words, check=True):
        with self.enter():
            return run(*words, check=check)

    def batch(self, *lines):
        with self.enter():
            batch(*lines)

    def sysctl(self, name, value):
        with self.enter(), open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
            file.write(str(value))

    def table(self, name):
        """The lines of a file of /proc/net, as words."""
        with self.enter(), open(f"/proc/thread-self/net/{name}", encoding="ascii") as file:
            return [line.split() for line in file]

    def wait_ready(self, *devices):
        """
        Wait until the kernel has done what it does some time after they are up: given them their
        IPv6 routes, and taken packets to their addresses for its own.
        """
        def ready():
            routes = self.table("ipv6_route")
            connected = {words[-1] for words in routes
                         if words[1] == "40" and not words[0].startswith("fe80")}
            local = {words[0] for words in routes if words[1] == "80"}
            addresses = {words[0] for words in self.table("if_inet6")
                         if words[3] == "00" and words[5] in devices}
            return connected >= set(devices) and local >= addresses
        wait_for(ready)

    def sent(self, device):
        """How many packets an interface has sent."""
        return next(int(words[10]) for words in self.table("dev") if words[0] == f"{device}:")

    def dropped(self, device):
        """How many packets were lost on the way out of an interface: a veth's is where it ends."""
        return next(int(words[12]) for words in self.table("dev") if words[0] == f"{device}:")

    def socket(self, family, kind=socket.SOCK_STREAM):
        with self.enter():
            made = socket.socket(family, kind)
        made.settimeout(TIMEOUT)
        return made

    def remove(self):
        run("ip", "netns", "del", self.name)


class Table:
    """A table of the program on the way out of a device, as the fast path left it."""

    def __init__(self, ns, name, device="t0"):
        filters = json.loads(ns.run("tc", "-j", "filter", "show", "dev", device, "egress"))
        program = next(one["options"]["prog"]["id"] for one in filters if "options" in one)
        ids = json.loads(run("bpftool", "-j", "prog", "show", "id", program))["map_ids"]
        self.number = next(number for number in ids if json.loads(
            run("bpftool", "-j", "map", "show", "id", number)).get("name") == name)

    def entries(self):
        """Bytes by bytes."""
        found = json.loads(run("bpftool", "-j", "map", "dump", "id", self.number))
        return {bytes(int(byte, 16) for byte in one["key"]):
                bytes(int(byte, 16) for byte in one["value"]) for one in found}

    def update(self, key, value):
        run("bpftool", "map", "update", "id", self.number, "key", "hex", *key.hex(" ").split(),
            "value", "hex", *value.hex(" ").split())


class Plane:
    """A process with a fast path in a namespace."""

    def __init__(self, ns, *limits):
        self.ns = ns
        self.process = subprocess.Popen(ns.words(FASTPLANE, *limits), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    @functools.cached_property
    def state(self):
        """What it says first: "new", "adopted", or "none: " and why."""
        return self.process.stdout.readline().strip()

    def ask(self, line):
        assert not self.state.startswith("none"), self.state
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def do(self, *lines):
        for line in lines:
            answer = self.ask(line)
            if answer != "ok":
                raise Failed(f"{line}: {answer or 'it died'}")

    def read(self, line):
        return json.loads(self.ask(line))

    def counters(self, device="t0", tunnel=1):
        return self.read(f"counters {device} {tunnel}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def start_planes(spaces, *limits):
    """A plane in each namespace; they load their programs at the same time."""
    planes = [Plane(ns, *limits) for ns in spaces]
    for plane in planes:
        if plane.state.startswith("none"):
            raise Failed(plane.state)
    return planes


ADDRESSES = {4: ("192.0.2.1", "192.0.2.2"), 6: ("[2001:db8::1]", "[2001:db8::2]")}
INNER = {4: ("10.9.0.1", "10.9.0.2"), 6: ("fd09::1", "fd09::2")}


class Pair:
    """Two namespaces, a link, and a tunnel through it; a context that removes them."""

    def __init__(self, outer=4, mode="fixed", options=("", ""), device="", limits=()):
        self.left = Namespace("left")
        self.right = Namespace("right")
        self.planes = []
        try:
            self.planes = start_planes((self.left, self.right), *limits)
            self.build(outer, mode, options, device)
        except Exception:
            self.__exit__()
            raise

    def build(self, outer, mode, options, device):
        batch(f"link add l0 netns {self.left.name} type veth peer name r0 netns {self.right.name}")
        sides = (self.left, "l0"), (self.right, "r0")
        for i, (ns, link) in enumerate(sides):
            ns.batch(f"addr add 192.0.2.{i + 1}/24 dev {link}",
                     f"addr add 2001:db8::{i + 1}/64 dev {link} nodad", f"link set {link} up")
        for i, (ns, link) in enumerate(sides):
            ns.wait_ready(link)
            self.configure(i, outer, mode, options[i], device)
        # Only now, for they send multicast at once, which the other side is to count, too.
        for i, (ns, _) in enumerate(sides):
            ns.batch(f"addr add 10.9.0.{i + 1}/24 dev t0", f"addr add fd09::{i + 1}/64 dev t0 nodad",
                     # As the daemon does: from link-local addresses, no program takes a packet.
                     "link set t0 addrgenmode none",
                     f"link set t0 mtu {1452 if outer == 6 else 1472} up")
        for ns, _ in sides:
            ns.wait_ready("t0")

    def configure(self, i, outer=4, mode="fixed", options="", device="", fresh=True):
        """Tell one side's fast path all it has to know; fresh if the process has no TUN yet."""
        plane, link = self.planes[i], ("l0", "r0")[i]
        local, remote = ADDRESSES[outer][i], ADDRESSES[outer][1 - i]
        mtu = 1452 if outer == 6 else 1472
        if fresh:
            plane.do("tun t0")
        plane.do(f"device t0 {mode} {device}", f"link {link}",
                 f"tunnel t0 1 {local}:7000 {remote}:7000 {link} mtu={mtu} {options}")
        if mode == "multi":
            plane.do(f"rule t0 {INNER[4][1 - i]}/32 1", f"rule t0 {INNER[6][1 - i]}/128 1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for plane in self.planes:
            plane.kill()
        self.left.remove()
        self.right.remove()

    def ping(self, inner=4, count=3, size=56, *more, wait=TIMEOUT):
        """How many of so many pings from the left were answered."""
        out = self.left.run("ping", "-c", count, "-i", "0.05", "-W", wait, "-s", size, *more,
                            INNER[inner][1], check=False)
        return int(out.split(" packets transmitted, ")[1].split()[0]) if "transmitted" in out else 0

    def answers(self, inner=4, size=56):
        """Whether a ping is answered, where none is expected to be."""
        return self.ping(inner, 1, size, wait=0.5) > 0


class Hub:
    """Two spokes and a hub, whose one device of mode multi carries packets between them.

        a l0 ─── h0 h h1 ─── l0 b       192.0.2.1 ── .2, 198.51.100.2 ── .1, 2001:db8:N::/64
        a t0 ······ h t0 ······ t0 b    10.9.0.1, 10.9.0.3 (h), 10.9.0.2, fd09::1, ::3, ::2
    """

    def __init__(self, options="", link="", outer=4, spoke=""):
        self.spaces = [Namespace(letter) for letter in "abh"]
        self.left, self.right, self.hub = self.spaces
        self.planes = []
        try:
            self.planes = start_planes(self.spaces)
            self.build(options, link, outer, spoke)
        except Exception:
            self.__exit__()
            raise

    # pylint: disable=too-many-arguments
    def build(self, options, link, outer, spoke):
        hub = self.planes[2]
        hub.do("tun t0", f"device t0 multi source {options}")
        for i, (ns, net) in enumerate(((self.left, "192.0.2"), (self.right, "198.51.100"))):
            batch(f"link add l0 netns {ns.name} type veth peer name h{i} netns {self.hub.name}")
            for space, dev, host in ((ns, "l0", 1), (self.hub, f"h{i}", 2)):
                space.batch(f"addr add {net}.{host}/24 dev {dev}",
                            f"addr add 2001:db8:{i}::{host}/64 dev {dev} nodad",
                            f"link set {dev} up")
            ends = (f"{net}.1", f"{net}.2") if outer == 4 else (f"[2001:db8:{i}::1]",
                                                              f"[2001:db8:{i}::2]")
            self.planes[i].do("tun t0", "device t0 fixed", f"link l0 {link}",
                              f"tunnel t0 1 {ends[0]}:7000 {ends[1]}:7000 l0 mtu=1452 {spoke}")
            hub.do(f"link h{i} {link}",
                   f"tunnel t0 {i + 1} {ends[1]}:7000 {ends[0]}:7000 h{i} mtu=1452",
                   f"rule t0 10.9.0.{i + 1}/32 {i + 1}", f"rule t0 fd09::{i + 1}/128 {i + 1}")
        for i, ns in enumerate(self.spaces):
            ns.batch(f"addr add 10.9.0.{i + 1}/24 dev t0", f"addr add fd09::{i + 1}/64 dev t0 nodad",
                     "link set t0 addrgenmode none", "link set t0 mtu 1452 up")
        for ns, links in zip(self.spaces, (["l0"], ["l0"], ["h0", "h1"])):
            ns.wait_ready("t0", *links)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for plane in self.planes:
            plane.kill()
        for ns in self.spaces:
            ns.remove()

    ping = Pair.ping
    answers = Pair.answers


FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}

# What tcp() sends unless told: emulated, a machine does some 10 MB/s at best.
AMOUNT = (4 if os.environ.get("LVN_IN_VM") else 20) << 20


def receive_all(sock):
    """Return: how many bytes came until the end."""
    total = 0
    while data := sock.recv(1 << 20):
        total += len(data)
    return total


def tcp(pair, inner=4, amount=AMOUNT):
    """Send so much by TCP from left to right. Return: bytes that arrived."""
    with pair.right.socket(FAMILIES[inner]) as server, pair.left.socket(FAMILIES[inner]) as source:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((INNER[inner][1], 5201))
        server.listen()
        source.connect((INNER[inner][1], 5201))
        sink = server.accept()[0]
        sink.settimeout(TIMEOUT)
        with sink, ThreadPoolExecutor(1) as thread:
            received = thread.submit(receive_all, sink)
            for _ in range(amount >> 16):
                source.sendall(bytes(1 << 16))
            source.shutdown(socket.SHUT_WR)
            return received.result()
