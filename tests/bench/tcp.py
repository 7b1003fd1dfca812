# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP from a to h, by one stream at a time, in large packets or those of a link of 1500 bytes."""

import contextlib
import os

from lab import call

BYTES = 24 << 20
VARIANTS = {"gso": {"sender": "on", "gro": "off"}, "1500": {"sender": "off", "gro": "on"}}


def offloads(ns, device, **settings):
    words = [word for name, value in settings.items() for word in (name, value)]
    call("ip", "netns", "exec", ns, "ethtool", "-K", device, *words)


@contextlib.contextmanager
def tunnel(lab, peer):
    """A tunnel of a kind between a and h."""
    peer.end(lab, "a", "t0", 3, 1)
    peer.end(lab, "h", "t0", 3, 2)
    try:
        yield
    finally:
        peer.remove(lab, "a", "t0")
        peer.remove(lab, "h", "t0")


@contextlib.contextmanager
def link(variant):
    """The link between a and h takes large packets ("gso"), or small ones ("1500")."""
    offload = VARIANTS[variant]
    offloads("a", "a1", tso=offload["sender"], gso=offload["sender"])
    offloads("h", "h0", gro=offload["gro"])
    try:
        yield
    finally:
        offloads("a", "a1", tso="on", gso="on")
        offloads("h", "h0", gro="off")


def stream():
    """Mbit/s of one stream."""
    program = os.path.join(os.environ["LVN_OUT"], "stream")
    return BYTES * 8000 / int(call(program, "a", "h", "10.9.3.2", str(BYTES)))
