# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions for forwarding a packet.

The guest's clock counts instructions. gen sends a fixed number of packets with
the kernel's packet generator, and all end at the ingress hook (tc, a matchall
filter that drops) of one namespace. What a router costs is the difference of
two such runs: packets end where they come into the next, or into itself. So
it is all from the one ingress hook to the other: receiving, the routing, the
tunnel, sending, and the way through the veth pair to the next. The generator
and the hook are in both runs and cancel out.
"""

import contextlib
import re

from lab import address, call, enter

PKTGEN = "/proc/net/pktgen"
# 64 bytes of inner IP packet; the generator counts the Ethernet header.
FRAME_BYTES = 64 + 14
SOURCES, DESTINATIONS = 96, 64      # 10.96.0.0/11, 10.64.0.0/11
PREFIX, SOURCE_PREFIX = "10.64.0.0/11", "10.96.0.0/11"


class Lost(RuntimeError):
    """Not all packets came where they should."""


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text + "\n")


class Generator:
    """The packet generator in the namespace gen, which this process enters."""

    def __init__(self, lab):
        self.lab = lab
        call("modprobe", "pktgen")
        lab.hooks()
        lab.ip("r", f"route add {PREFIX} via 10.0.2.2")
        enter("gen")
        write(f"{PKTGEN}/kpktgend_0", "rem_device_all")
        write(f"{PKTGEN}/kpktgend_0", "add_device g0")
        for line in ("clone_skb 0", f"pkt_size {FRAME_BYTES}", "dst_mac 02:00:00:00:01:02",
                     "udp_src_min 9", "udp_src_max 9", "udp_dst_min 9", "udp_dst_max 9",
                     "delay 0"):
            write(f"{PKTGEN}/g0", line)
        # Whoever has packets to work on goes first: softirqs, WireGuard's workers.
        for pid in call("pgrep", "-x", "kpktgend_0").split():
            call("chrt", "--idle", "--pid", "0", pid)

    def send(self, count, flows=1):
        """Send count packets to as many addresses, in turn; return the time in ns."""
        for line in (f"count {count}", f"src_min {address(SOURCES, 0)}",
                     f"src_max {address(SOURCES, flows - 1)}",
                     f"dst_min {address(DESTINATIONS, 0)}",
                     f"dst_max {address(DESTINATIONS, flows - 1)}"):
            write(f"{PKTGEN}/g0", line)
        write(f"{PKTGEN}/pgctrl", "start")
        with open(f"{PKTGEN}/g0", encoding="ascii") as file:
            text = file.read()
        result = re.search(r"Result: OK: (\d+)\(c\d+\+d\d+\) usec, (\d+)", text)
        if not result or int(result[2]) != count:
            raise RuntimeError(f"packet generator: {text}")
        return int(result[1]) * 1000

    def cost(self, where, count, flows=1, warm=200):
        """Instructions a packet, from being made to its end at the ingress of where."""
        self.lab.drop_at(where)
        self.send(warm, flows)
        before = self.lab.dropped(where)
        time_ns = self.send(count, flows)
        came = self.lab.dropped(where) - before
        if came != count:
            raise Lost(f"{came} of {count} packets came to {where}")
        return time_ns / count


# What is measured: where packets end, and from where on the cost is counted.
WAYS = {"raw": ("h", "a"), "encap": ("h", "a"), "decap": ("b", "h"), "hub": ("b", "h")}


@contextlib.contextmanager
def path(lab, peer, way):
    """Set up what a way needs: a tunnel from a to h, for a hub another from h to b."""
    peer.end(lab, "a", "t0", 3, 1)
    peer.end(lab, "h", "t0", 3, 2)
    peer.route(lab, "a", PREFIX, "t0", 3, 1)
    made = [("a", "t0"), ("h", "t0")]
    if way == "hub":
        made += peer.second(lab, "h", "t1", 4, 1)
        peer.route(lab, "h", PREFIX, made[-1][1], 4, 1)
    else:
        lab.ip("h", f"route replace {PREFIX} via 10.0.4.2")
    yield WAYS[way][0]
    for ns, device in made:
        peer.remove(lab, ns, device)
    for ns in "ah":
        lab.forget(ns, PREFIX)
