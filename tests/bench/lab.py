# SPDX-License-Identifier: GPL-2.0-or-later
"""The topology of all benchmarks, and commands within it.

    gen g0 ── r0 r r1 ── a0 a a1 ── h0 h h1 ── b0 b

gen makes packets; the others are routers. r is there because the generator
keeps a reference to what it sends: behind r a packet is as from a network
card, with nobody else holding it and the usual headroom. Nothing is resolved or
configured by itself: neighbours are permanent and there is no IPv6, so that no
timer of the kernel's disturbs a measurement.
"""

import ctypes
import json
import os
import subprocess

NAMES = ("gen", "r", "a", "h", "b")
LINKS = (("gen", "g0", "r", "r0"), ("r", "r1", "a", "a0"), ("a", "a1", "h", "h0"), ("h", "h1", "b", "b0"))
# The interface that packets of gen come in by.
INGRESS = {"a": "a0", "h": "h0", "b": "b0"}
REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
IPUDP = os.environ.get("LVN_BENCH_IPUDP") or os.path.join(REPO, "build/bench/user/tool/ipudp")
FASTPLANE = os.environ.get("LVN_BENCH_FASTPLANE") or os.path.join(
    REPO, "build/bench/user/tests/fastpath/fastplane")
CLONE_NEWNET = 0x40000000


def call(*words, stdin=None):
    """Run a command, return what it prints; its complaints are the exception's."""
    run = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"{' '.join(words)}: {run.stderr.strip() or run.returncode}")
    return run.stdout


def enter(name):
    """Move this process to a namespace."""
    with open(f"/run/netns/{name}", "rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def address(net, offset):
    """The address that is offset behind the network 10.NET.0.0."""
    return f"10.{net + (offset >> 16)}.{offset >> 8 & 255}.{offset & 255}"


class Lab:
    """The namespaces; a context that removes them."""

    def __init__(self):
        self.dropping = None

    def __enter__(self):
        # Nothing is lost because a thread is late.
        call("sysctl", "-q", "-w", "net.core.netdev_max_backlog=1000000")
        for name in NAMES:
            call("ip", "netns", "add", name)
            self.sysctl(name, "net.ipv6.conf.all.disable_ipv6=1",
                        "net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.ip_forward=1",
                        "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
            self.ip(name, "link set lo up")
        for net, (one, device, other, peer) in enumerate(LINKS, 1):
            call("ip", "link", "add", device, "netns", one, "numtxqueues", "1", "type", "veth",
                 "peer", "name", peer, "netns", other)
            for ns, name, host in ((one, device, 1), (other, peer, 2)):
                self.ip(ns, f"link set {name} address {mac(net, host)}",
                        f"addr add 10.0.{net}.{host}/24 dev {name}", f"link set {name} up",
                        f"neigh add 10.0.{net}.{3 - host} lladdr {mac(net, 3 - host)} dev {name}")
        return self

    def __exit__(self, *_):
        for name in NAMES:
            call("ip", "netns", "del", name)

    @staticmethod
    def sysctl(ns, *settings):
        call("ip", "netns", "exec", ns, "sysctl", "-q", "-w", *settings)

    @staticmethod
    def ip(ns, *lines):
        call("ip", "-n", ns, "-b", "-", stdin="\n".join(lines) + "\n")

    @staticmethod
    def forget(ns, prefix):
        """Remove a route, if it did not go with its interface."""
        subprocess.run(["ip", "-n", ns, "route", "del", *prefix.split()], stderr=subprocess.DEVNULL,
                       check=False)

    @staticmethod
    def ipudp(ns, *lines):
        call(IPUDP, "-n", ns, "-b", "-", stdin="\n".join(lines) + "\n")

    @staticmethod
    def hooks():
        """Give every router the hook at which packets can end; without filters, so far."""
        call("modprobe", "-a", "cls_matchall", "act_gact", "sch_ingress")
        for ns, device in INGRESS.items():
            call("tc", "-n", ns, "qdisc", "add", "dev", device, "clsact")

    def drop_at(self, ns):
        """Let packets of gen end where they come into a namespace."""
        if self.dropping == ns:
            return
        if self.dropping:
            call("tc", "-n", self.dropping, "filter", "del", "dev", INGRESS[self.dropping],
                 "ingress")
        call("tc", "-n", ns, "filter", "add", "dev", INGRESS[ns], "ingress", "prio", "1",
             "protocol", "all", "matchall", "action", "drop")
        self.dropping = ns

    @staticmethod
    def dropped(ns):
        shown = json.loads(call("tc", "-n", ns, "-s", "-j", "filter", "show", "dev", INGRESS[ns],
                                "ingress"))
        for one in shown:
            for action in one.get("options", {}).get("actions", []):
                return action["stats"]["packets"]
        return 0


def mac(net, host):
    return f"02:00:00:00:{net:02x}:{host:02x}"
