# SPDX-License-Identifier: GPL-2.0-or-later
"""Random netlink messages, as root and as a nobody: nothing breaks, nothing stays.

    [ a: no link ]      the seed is printed; run again with --seed
"""

import errno
import random
import socket
import struct
import time

import pytest
from lib import genl
from lib.child import in_child

pytestmark = pytest.mark.module_only(reason="generic netlink of the module")

SECONDS = 15
NUMBER = genl.NUMBERS
COMMANDS = [value for name, value in NUMBER.items()
            if name.startswith("CMD_") and not name.endswith("MAX")]
SETS = {name: sorted(value for key, value in NUMBER.items()
                     if key.startswith(f"A_{name}_") and not key.endswith("MAX"))
        for name in ("DEVICE", "LISTENER", "TUNNEL", "TARGET", "RULE", "FRAME", "COUNTERS")}
# what a command takes, by its name
SET_OF = {"DEV": "DEVICE", "LISTENER": "LISTENER", "TUNNEL": "TUNNEL", "RULE": "RULE",
          "FRAME": "FRAME"}
NAMES = {value: name for name, value in NUMBER.items() if name.startswith("CMD_")}
FLAGS = (genl.ACK, genl.ACK, genl.ACK, genl.DUMP, genl.ACK | genl.REPLACE,
         genl.ACK | genl.CREATE | genl.EXCL, genl.ACK | genl.APPEND | genl.CREATE, 0xffff & ~2)


def value(rng, kind_set, kind):
    """Mostly what an attribute of that name would hold, sometimes anything."""
    choice = rng.random()
    if choice < 0.15:
        return rng.randbytes(rng.choice((0, 1, 2, 3, 4, 5, 8, 16, 17, 300)))
    if choice < 0.3:
        return struct.pack("=I", rng.choice((0, 1, 2, 0x7fffffff, 0xffffffff, rng.getrandbits(32))))
    key = next(name for name, number in NUMBER.items()
               if name.startswith(f"A_{kind_set}_") and number == kind)
    if key.endswith("IFNAME"):
        return rng.choice((b"f0\0", b"f1\0", b"f2\0", b"lo\0", b"f%d\0", b"\0", b"x" * 40))
    if key.endswith(("REMOTE", "LOCAL", "_PREFIX")):
        return rng.choice((socket.inet_aton(f"127.0.0.{rng.randrange(1, 9)}"),
                           socket.inet_pton(socket.AF_INET6, f"::{rng.randrange(1, 9)}"),
                           bytes(4), bytes(16), b"\xe0\0\0\1"))
    if key.endswith("PORT"):
        return struct.pack("!H", rng.choice((0, 5000, 5001, 5002, 65535)))
    if key.endswith("_TARGET"):
        return nest(rng, "TARGET", 3)
    if key.endswith("PREFIX_LEN"):
        return bytes([rng.choice((0, 8, 24, 32, 33, 64, 128, 129))])
    if key.endswith(("MODE", "LOOKUP", "HEADER", "CHECK", "FAMILY", "TTL", "DSCP", "_DF", "ACTION",
                     "CHECKSUM", "FLOW_PORT", "CLASS", "STATE")):
        return bytes([rng.choice((0, 0, 1, 1, 2, 3, 64, 255))])
    if key.endswith("WEIGHT"):
        return struct.pack("=H", rng.choice((0, 1, 2, 65535)))
    return struct.pack("=I", rng.choice((0, 1, 2, 3, 100, 1280, 1500, 65536)))


def nest(rng, kind_set, most):
    body = b""
    for _ in range(rng.randrange(most + 1)):
        kind = rng.choice(SETS[kind_set]) if rng.random() < 0.95 else rng.randrange(64)
        if kind in SETS[kind_set]:
            data = value(rng, kind_set, kind)
        else:
            data = rng.randbytes(rng.randrange(8))
        if rng.random() < 0.3:
            kind |= genl.NESTED
        body += genl.attr(kind, data)
    if rng.random() < 0.02:
        body += rng.randbytes(rng.randrange(1, 7))
    return body


def fuzz(seed, seconds):
    """Send random requests; return (how many, how many were accepted)."""
    rng = random.Random(seed)
    sent = accepted = 0
    deadline = time.monotonic() + seconds
    with genl.Genl() as sock:
        sock.sock.settimeout(0.001)
        sock.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        while time.monotonic() < deadline:
            command = rng.choice(COMMANDS) if rng.random() < 0.98 else rng.randrange(256)
            kind_set = SET_OF.get(NAMES.get(command, "_DEV").split("_")[1], "DEVICE")
            body = nest(rng, kind_set, 9)
            if kind_set in ("DEVICE", "TUNNEL", "RULE") and rng.random() < 0.8:
                body = genl.attr(NUMBER[f"A_{kind_set}_IFNAME"], f"f{rng.randrange(3)}") + body
            try:
                sock.send(command, body, rng.choice(FLAGS), version=rng.choice((0, 1, 1, 1, 2)))
                sent += 1
                accepted += drain(sock.sock)
            except TimeoutError:
                pass
            except OSError as error:
                assert error.errno == errno.ENOBUFS, error
    return sent, accepted


def drain(sock):
    """How many positive answers have come."""
    good = 0
    try:
        while True:
            data = sock.recv(1 << 16)
            kind, = struct.unpack("=H", data[4:6])
            good += kind == genl.ERROR and data[16:20] == bytes(4)
            if kind == genl.DONE or kind == genl.ERROR:
                break
    except (TimeoutError, BlockingIOError):
        pass
    return good


@pytest.fixture
def seed(request):
    chosen = request.config.getoption("--seed") or random.randrange(1 << 30)
    print("seed", chosen)
    return chosen


def test_as_root(solo, seed):
    """Whatever was made can be listed and removed; the count returns to zero."""
    sent, accepted = in_child(lambda: fuzz(seed, SECONDS), ns=solo)
    print(f"{sent} sent, {accepted} accepted")
    assert sent > 300 and accepted > sent / 200, "the generator is too wild to reach anything"
    for what in ("dev show", "listener show", "tunnel show"):
        solo.show(what)
    for dev in solo.show("dev show"):
        solo.show("rule show dev", dev["ifname"])
    solo.reset()
    assert solo.show("dev show") == [] and solo.show("listener show") == []


def test_as_nobody(solo, seed):
    """A nobody may shout as he likes: every object stays as it was."""
    solo.ipudp_batch("""dev add f0 mode multi
                        listener add port 5000
                        tunnel add dev f0 id 1 remote 127.0.0.1 rport 5001 port 5000
                        rule add dev f0 10.0.0.0/8 tunnel 1""")
    before = [solo.show(what) for what in ("dev show", "listener show", "tunnel show",
                                           "rule show dev f0")]
    sent, _ = in_child(lambda: fuzz(seed, SECONDS / 3), ns=solo, nobody=True)
    assert sent > 100
    assert before == [solo.show(what) for what in ("dev show", "listener show", "tunnel show",
                                                   "rule show dev f0")]
    assert solo.run("ip", "-br", "link").stdout.count("\n") == 2


def test_attributes_of_wrong_length(solo):
    """Each attribute of each command with each small length: refused with a sentence or taken."""
    silent = []
    with solo.enter(), genl.Genl() as sock:
        for name, command in NUMBER.items():
            if not name.startswith("CMD_") or name.endswith(("MAX", "NTF", "CMD_FRAME")):
                continue
            kind_set = SET_OF[name.split("_")[1]]
            for kind in SETS[kind_set]:
                for length in (0, 1, 3, 5, 17):
                    try:
                        sock.request(command, genl.attr(kind, bytes(length)))
                    except genl.NetlinkError as error:
                        if not error.message:
                            silent.append((name, kind, length, error.errno))
    assert not silent
