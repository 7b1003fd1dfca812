# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists that are longer than a message, and change while they are read."""

import struct

import pytest
from lib.genl import DONE, DUMP, ERROR, NUMBERS, Genl, attr, attrs

INTERRUPTED = 0x10
COUNT = 1500
LARGE = 10


def busy(ns):
    """A device with many tunnels and rules that name them all: more than any socket has room for."""
    lines = ["dev add m0 mode multi"]
    lines += [f"tunnel add dev m0 id {number} remote 192.0.2.1 rport {number} port 5000"
              for number in range(1, COUNT + 1)]
    lines += large_rules("add", 1)
    lines += [f"rule add dev m0 10.2.{number}.0/24 drop" for number in range(200)]
    ns.ipudp_batch(lines)


def large_rules(verb, weight):
    targets = " ".join(f"tunnel {number} weight {weight}" for number in range(1, COUNT + 1))
    return [f"rule {verb} dev m0 10.1.{number}.0/24 {targets}" for number in range(LARGE)]


def dump(ns, command, payload, change=None):
    """[(attributes)] of a list, and whether it says that it was interrupted."""
    found, interrupted = [], False
    with ns.enter():
        # an administrator's socket has room for much more
        genl = Genl(admin=False)
    with genl:
        seq = genl.send(NUMBERS[command], payload, DUMP)
        # what there is room for is made when the list is asked for, the rest when that is read
        if change:
            change()
        while True:
            data = genl.sock.recv(1 << 17)
            while len(data) >= 16:
                length, kind, flags, number, _ = struct.unpack("=IHHII", data[:16])
                message, data = data[16:length], data[(length + 3) & ~3:]
                assert number == seq
                interrupted |= bool(flags & INTERRUPTED)
                if kind in (ERROR, DONE):
                    assert struct.unpack("=i", message[:4]) == (0,)
                    return found, interrupted
                found.append(attrs(message[4:]))


LISTS = [("CMD_TUNNEL_GET", b""), ("CMD_RULE_GET", attr(NUMBERS["A_RULE_IFNAME"], "m0"))]


@pytest.mark.parametrize("command,payload", LISTS, ids=["tunnels", "rules"])
def test_changes_are_told(solo, command, payload):
    busy(solo)
    found, interrupted = dump(solo, command, payload)
    assert not interrupted and len(found) >= 200
    _, interrupted = dump(solo, command, payload,
                          lambda: solo.ipudp("tunnel del dev m0 id 9"))
    assert interrupted
    # and forgotten by the next one
    assert not dump(solo, command, payload)[1]


@pytest.mark.module_only(reason="a hundred devices are told all at once")
def test_many_devices(solo):
    solo.ipudp_batch([f"dev add d{number}" for number in range(100)])
    assert not dump(solo, "CMD_DEV_GET", b"")[1]
    assert dump(solo, "CMD_DEV_GET", b"", lambda: solo.ipudp("dev del d99"))[1]
    # also by what does not go through the data plane's own messages
    assert dump(solo, "CMD_DEV_GET", b"", lambda: solo.ip(["link del d98"]))[1]
    found, interrupted = dump(solo, "CMD_DEV_GET", b"")
    assert not interrupted and len(found) == 98


def test_no_rule_is_of_two_versions(solo):
    busy(solo)
    found, interrupted = dump(solo, "CMD_RULE_GET", LISTS[1][1],
                              lambda: solo.ipudp_batch(large_rules("replace", 7)))
    assert interrupted
    weights = {}
    for message in found:
        prefix = dict(message)[NUMBERS["A_RULE_PREFIX"]]
        for kind, value in message:
            if kind == NUMBERS["A_RULE_TARGET"]:
                weights.setdefault(prefix, set()).add(dict(attrs(value))[NUMBERS["A_TARGET_WEIGHT"]])
    assert all(len(found) == 1 for found in weights.values()), weights
    assert len(weights) == LARGE and len(set.union(*weights.values())) == 2, \
        "they were changed while they were listed"
    # all the others are there
    assert sum(dict(message)[NUMBERS["A_RULE_PREFIX"]][1] == 2 for message in found) == 200
