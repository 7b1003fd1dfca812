# SPDX-License-Identifier: GPL-2.0-or-later
"""The topology of the native benchmarks, and what is measured in it.

    a ahl ── ah h hb ── bhl b        192.0.2.1 ── .2, 198.51.100.1 ── .2

Point to point is a to h; over the hub it is a to b, through a tunnel a-h and a
tunnel h-b, with h a router of inner packets.
"""

import json
import os
import pathlib
import subprocess
import time

REPO = pathlib.Path(__file__).resolve().parents[3]
OUT = pathlib.Path(os.environ.get("LVN_OUT") or REPO / "build/bench-native")
BLAST = OUT / "user/tests/bench/native/blast"
HZ = os.sysconf("SC_CLK_TCK")

# Of each link: the near namespace and interface, the far ones, and their addresses.
LINKS = (("a", "ahl", "192.0.2.1", "h", "ah", "192.0.2.2"),
         ("h", "hb", "198.51.100.1", "b", "bhl", "198.51.100.2"))


class Failed(Exception):
    """A tunnel that cannot be had here."""


def run(*words, check=True, stdin=None):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, input=stdin)
    if check and done.returncode:
        raise Failed(f"{' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Namespace:
    def __init__(self, letter):
        self.letter = letter
        self.name = f"bn{os.getpid()}{letter}"
        run("ip", "netns", "add", self.name)
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                 "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.ip_forward=1",
                 "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        self.run("ip", "link", "set", "lo", "up")

    def words(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, check=True):
        return run(*self.words(*words), check=check)

    def start(self, *words, **more):
        """Start a process; its output is to be read or thrown away by the caller."""
        more.setdefault("stdout", subprocess.DEVNULL)
        more.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen(self.words(*words), text=True, **more)


class Lab:
    """Three namespaces and two links; a context that removes them."""

    def __init__(self, wire):
        self.wire = wire
        self.spaces = {}

    def __enter__(self):
        try:
            self.spaces = {letter: Namespace(letter) for letter in "ahb"}
            for near, near_dev, near_addr, far, far_dev, far_addr in LINKS:
                run("ip", "link", "add", near_dev, "netns", self[near].name, "type", "veth",
                    "peer", "name", far_dev, "netns", self[far].name)
                for ns, dev, addr in ((near, near_dev, near_addr), (far, far_dev, far_addr)):
                    self[ns].run("ip", "addr", "add", f"{addr}/24", "dev", dev)
                    self[ns].run("ip", "link", "set", dev, "up")
                    self.shape(ns, dev)
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for space in self.spaces.values():
            run("ip", "netns", "del", space.name, check=False)

    def __getitem__(self, letter):
        return self.spaces[letter]

    def shape(self, ns, dev):
        """GRO as a network card has it; without GSO across the link if it is to be as a wire."""
        self[ns].run("ethtool", "-K", dev, "gro", "on", check=False)
        if self.wire:
            self[ns].run("ethtool", "-K", dev, "tso", "off", "gso", "off",
                          "tx-udp-segmentation", "off", check=False)


def end(process):
    process.kill()
    process.wait()


def busy():
    """Seconds that all processors of this machine have worked."""
    fields = pathlib.Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / HZ


def wait_for(what, name, seconds=10):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise Failed(f"waited in vain for {name}")
        time.sleep(0.05)


def wait_reachable(ns, address, seconds=15):
    wait_for(lambda: "1 received" in ns.run("ping", "-c", "1", "-W", "0.2", address, check=False),
             f"an answer of {address}", seconds)


def measure_tcp(source, sink, address, seconds):
    """Gb/s of one stream, and CPU seconds per GB of this whole machine."""
    server = sink.start("iperf3", "-s", "-1")
    try:
        wait_for(lambda: ":5201" in sink.run("ss", "-Hltn"), "iperf3")
        before = busy()
        out = source.run("timeout", seconds + 10, "iperf3", "-c", address, "-t", seconds, "-J",
                         check=False)
        used = busy() - before
        report = json.loads(out)
        if "end" not in report or "sum_received" not in report["end"]:
            raise Failed(report.get("error", "iperf3 says nothing"))
        received = report["end"]["sum_received"]
        return {"gbps": received["bits_per_second"] / 1e9, "cpu": used / (received["bytes"] / 1e9),
                "retransmits": report["end"]["sum_sent"].get("retransmits", 0)}
    finally:
        end(server)


def measure_small(source, sink, address, seconds):
    """Thousands of datagrams of 64 bytes a second that arrive, the sender doing all it can."""
    server = sink.start(BLAST, "sink", "7777", seconds + 1, stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        source.run(BLAST, "send", address, "7777", seconds, "64")
        received, took = server.stdout.readline().split()
        return {"kpps": int(received) / float(took) / 1000 if float(took) > 0 else 0}
    finally:
        end(server)


def measure_trip(source, sink, address):
    """Median of round trips, in microseconds."""
    server = sink.start(BLAST, "echo", "7778", stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        return {"rtt": float(source.run(BLAST, "trip", address, "7778", "2000", "64"))}
    finally:
        end(server)


def measure(source, sink, address, seconds):
    wait_reachable(source, address)
    return {**measure_tcp(source, sink, address, seconds),
            **measure_small(source, sink, address, min(seconds, 2)),
            **measure_trip(source, sink, address)}
