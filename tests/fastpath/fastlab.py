# SPDX-License-Identifier: GPL-2.0-or-later
"""Namespaces with a fast path each, and no daemon behind it.

    left l0 ───────── r0 right        192.0.2.1 ── 192.0.2.2, 2001:db8::1 ── ::2
    left t0 ········· t0 right        10.9.0.1 ── 10.9.0.2, fd09::1 ── fd09::2
"""

import json
import os
import pathlib
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("LVN_BUILD") or REPO / "build/user")
FASTPLANE = BUILD / "tests/fastpath/fastplane"


class Failed(Exception):
    """What a fast path answered, other than ok."""


def run(*words, check=True):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr or done.stdout}")
    return done.stdout


class Namespace:
    """A network namespace of our own."""

    def __init__(self, name):
        self.name = f"fp{os.getpid()}-{name}"
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")
        # Neighbours are found without waiting.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                 "net.ipv6.conf.default.accept_dad=0", "net.ipv4.ip_forward=1",
                 "net.ipv6.conf.all.forwarding=1",
                 # They count towards the rate of all ICMP to the same host.
                 "net.ipv4.conf.all.send_redirects=0",
                 "net.ipv4.conf.default.send_redirects=0")

    def words(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, check=True):
        return run(*self.words(*words), check=check)

    def remove(self):
        run("ip", "netns", "del", self.name)


class Plane:
    """A process with a fast path in a namespace."""

    def __init__(self, ns, *limits):
        self.ns = ns
        self.process = subprocess.Popen(ns.words(FASTPLANE, *limits), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.state = self.process.stdout.readline().strip()

    def ask(self, line):
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


ADDRESSES = {4: ("192.0.2.1", "192.0.2.2"), 6: ("[2001:db8::1]", "[2001:db8::2]")}
INNER = {4: ("10.9.0.1", "10.9.0.2"), 6: ("fd09::1", "fd09::2")}


class Pair:
    """Two namespaces, a link, and a tunnel through it; a context that removes them."""

    def __init__(self, outer=4, mode="fixed", options=("", ""), device="", limits=()):
        self.left = Namespace("left")
        self.right = Namespace("right")
        self.planes = []
        try:
            self.build(outer, mode, options, device, limits)
        except Exception:
            self.__exit__()
            raise

    def build(self, outer, mode, options, device, limits):
        run("ip", "link", "add", "l0", "netns", self.left.name, "type", "veth", "peer", "name",
            "r0", "netns", self.right.name)
        for i, (ns, link) in enumerate(((self.left, "l0"), (self.right, "r0"))):
            ns.run("ip", "addr", "add", f"192.0.2.{i + 1}/24", "dev", link)
            ns.run("ip", "addr", "add", f"2001:db8::{i + 1}/64", "dev", link, "nodad")
            ns.run("ip", "link", "set", link, "up")
            plane = Plane(ns, *limits)
            self.planes.append(plane)
            if plane.state.startswith("none"):
                raise Failed(plane.state)
            self.configure(i, outer, mode, options[i], device)
            ns.run("ip", "addr", "add", f"10.9.0.{i + 1}/24", "dev", "t0")
            ns.run("ip", "addr", "add", f"fd09::{i + 1}/64", "dev", "t0", "nodad")
            ns.run("ip", "link", "set", "t0", "mtu", "1452" if outer == 6 else "1472", "up")

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

    def ping(self, inner=4, count=3, size=56, *more, wait=5):
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

    def __init__(self, options="", link="", outer=4):
        self.spaces = [Namespace(letter) for letter in "abh"]
        self.left, self.right, self.hub = self.spaces
        self.planes = []
        try:
            self.build(options, link, outer)
        except Exception:
            self.__exit__()
            raise

    def build(self, options, link, outer):
        self.planes = [Plane(ns) for ns in self.spaces]
        hub = self.planes[2]
        hub.do("tun t0", f"device t0 multi source {options}")
        for i, (ns, net) in enumerate(((self.left, "192.0.2"), (self.right, "198.51.100"))):
            run("ip", "link", "add", "l0", "netns", ns.name, "type", "veth", "peer", "name",
                f"h{i}", "netns", self.hub.name)
            for space, dev, host in ((ns, "l0", 1), (self.hub, f"h{i}", 2)):
                space.run("ip", "addr", "add", f"{net}.{host}/24", "dev", dev)
                space.run("ip", "addr", "add", f"2001:db8:{i}::{host}/64", "dev", dev, "nodad")
                space.run("ip", "link", "set", dev, "up")
            ends = (f"{net}.1", f"{net}.2") if outer == 4 else (f"[2001:db8:{i}::1]",
                                                              f"[2001:db8:{i}::2]")
            self.planes[i].do("tun t0", "device t0 fixed", f"link l0 {link}",
                              f"tunnel t0 1 {ends[0]}:7000 {ends[1]}:7000 l0 mtu=1452")
            hub.do(f"link h{i} {link}",
                   f"tunnel t0 {i + 1} {ends[1]}:7000 {ends[0]}:7000 h{i} mtu=1452",
                   f"rule t0 10.9.0.{i + 1}/32 {i + 1}", f"rule t0 fd09::{i + 1}/128 {i + 1}")
        for i, ns in enumerate(self.spaces):
            ns.run("ip", "addr", "add", f"10.9.0.{i + 1}/24", "dev", "t0")
            ns.run("ip", "addr", "add", f"fd09::{i + 1}/64", "dev", "t0", "nodad")
            ns.run("ip", "link", "set", "t0", "mtu", "1452", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for plane in self.planes:
            plane.kill()
        for ns in self.spaces:
            ns.remove()

    ping = Pair.ping
    answers = Pair.answers
