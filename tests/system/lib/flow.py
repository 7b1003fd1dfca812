# SPDX-License-Identifier: GPL-2.0-or-later
"""The hash of an inner flow, as docs/protocol/ipudp.md has it, and the tunnel that follows from it."""

import struct

WITH_PORTS = {6, 17, 33, 132, 136}
EXTENSIONS = {0, 43, 60}
COUNTED = 128


def _mix(value, word):
    value = (value ^ word) * 0x9e3779b1 & 0xffffffff
    return value ^ value >> 15


def flow_hash(raw):
    """Of a packet, from its IP header."""
    raw = raw[:COUNTED]
    if raw[0] >> 4 == 4:
        protocol, at, addresses = raw[9], 4 * (raw[0] & 15), raw[12:20]
        fragment = struct.unpack("!H", raw[6:8])[0] & 0x3fff
    else:
        protocol, at, addresses, fragment = raw[6], 40, raw[8:40], 0
        while protocol in EXTENSIONS and at + 8 <= len(raw):
            protocol, at = raw[at], at + 8 * (raw[at + 1] + 1)
    ports = raw[at:at + 4]
    if protocol in WITH_PORTS and not fragment and len(ports) == 4:
        addresses += ports
    value = protocol
    for word, in struct.iter_unpack("!I", addresses):
        value = _mix(value, word)
    return _mix(value, value >> 13) * 0x85ebca6b & 0xffffffff


def share(raw, weights):
    """Which of the tunnels of a rule that have these weights a packet takes."""
    point = flow_hash(raw) * sum(weights) >> 32
    for number, weight in enumerate(weights):
        if point < weight:
            return number
        point -= weight
    raise AssertionError("beyond the last")


def source_port(raw, low, high):
    value = flow_hash(raw)
    return low + ((value ^ value << 16 & 0xffffffff) * (high - low + 1) >> 32)
