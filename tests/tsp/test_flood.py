# SPDX-License-Identifier: GPL-2.0-or-later
"""Strangers send as fast as they can: tunnels go on, and so does who wants one."""

import struct

import pytest

from conftest import SERVER
from lib import tool
from lib.wait import wait_until
from speaker import FIRST

VERSION = struct.pack("!II", FIRST, 1) + b"VERSION=2.0.2\r\n"
PLAIN = struct.pack("!II", FIRST + 1, 2) + b"AUTHENTICATE PLAIN\r\n\0"
KIB, FRAMES = 1024, 100000


def memory(process):
    """KiB that a process has in use."""
    with open(f"/proc/{process.popen.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def frames(server):
    """How many have come, those included that nobody could take."""
    return server.listener(3653)["counters"]["rx_frames"]


@pytest.mark.parametrize("frame", [
    pytest.param(VERSION, id="version", marks=pytest.mark.dataplane),
    pytest.param(PLAIN, id="authenticate"), pytest.param(b"\xf0" * 9, id="garbage"),
    pytest.param(b"\xf0" + bytes(1400), id="large")])
def test_flood(shared, frame):
    one = shared.up("ann")
    used, begin, turn = memory(shared.overlay.hub_process), frames(shared.server), 0
    blast = shared.wan.start(tool.HELPERS / "udpblast", SERVER, 3653, 0, frame.hex())
    try:
        wait_until(lambda: frames(shared.server) > begin + 1000, "the flood is there")
        while turn < 4 or frames(shared.server) < begin + FRAMES:
            two = shared.speaker(shared.other)
            two.come_up("bob", shared.keys["bob"], ("digest", "plain")[turn % 2])
            assert two.ping() and one.ping()
            turn += 1
        assert blast.alive
        assert memory(shared.overlay.hub_process) - used < 8 * KIB
    finally:
        blast.stop()
