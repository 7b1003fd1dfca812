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
from lib import genl, tool
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
# what each command takes; the words in front of the bar are nearly always given
TEMPLATES = {
    "CMD_DEV_GET": "IFNAME | IFINDEX",
    "CMD_DEV_NEW": "IFNAME | MODE LOOKUP HEADER SOURCE_CHECK MTU",
    "CMD_DEV_SET": "IFNAME | IFINDEX MODE LOOKUP SOURCE_CHECK FAST_PATH",
    "CMD_DEV_DEL": "IFNAME | IFINDEX",
    "CMD_LISTENER_GET": "ID |",
    "CMD_LISTENER_NEW": "| FAMILY LOCAL PORT BIND_IFINDEX",
    "CMD_LISTENER_DEL": "ID |",
    "CMD_TUNNEL_GET": "IFNAME ID | IFINDEX LISTENER",
    "CMD_TUNNEL_NEW": "IFNAME REMOTE REMOTE_PORT LOCAL_PORT | ID LISTENER LOCAL BIND_IFINDEX "
                      "LINK_IFINDEX MARK TTL DSCP DF CHECKSUM FLOW_PORT KEEPALIVE_MS IDLE_MS",
    "CMD_TUNNEL_SET": "IFNAME ID | REMOTE REMOTE_PORT LOCAL LINK_IFINDEX MARK TTL DSCP DF "
                      "CHECKSUM FLOW_PORT KEEPALIVE_MS IDLE_MS",
    "CMD_TUNNEL_DEL": "IFNAME ID |",
    "CMD_RULE_GET": "IFNAME | PREFIX PREFIX_LEN TUNNEL",
    "CMD_RULE_NEW": "IFNAME PREFIX PREFIX_LEN ACTION TARGET | TARGET TARGET",
    "CMD_RULE_DEL": "IFNAME PREFIX PREFIX_LEN | TARGET",
    "CMD_FRAME_REGISTER": "LISTENER CLASS |",
    "CMD_FRAME_UNREGISTER": "LISTENER CLASS |",
    "CMD_FRAME_SEND": "LISTENER REMOTE REMOTE_PORT PAYLOAD | LOCAL IFINDEX MARK",
}
FLAGS = (genl.DUMP, genl.ACK | genl.REPLACE, genl.ACK | genl.CREATE | genl.EXCL,
         genl.ACK | genl.APPEND | genl.CREATE, 0xffff & ~2)


def sane(rng, key):
    """What an attribute of that name would hold, mostly."""
    small = rng.choice((1, 1, 1, 2, 2, 3, 0))
    bytes_of = {
        "IFNAME": lambda: b"f%d\0" % rng.randrange(3),
        "REMOTE_PORT": lambda: struct.pack("!H", 5000 + small),
        "LOCAL_PORT": lambda: struct.pack("!H", 5000 + small),
        "PORT": lambda: struct.pack("!H", 5000 + small),
        "REMOTE": lambda: socket.inet_aton(f"127.0.0.{rng.randrange(1, 9)}"),
        "LOCAL": lambda: socket.inet_aton("127.0.0.1"),
        "PREFIX": lambda: bytes([10, rng.randrange(4), 0, 0]),
        "PREFIX_LEN": lambda: bytes([rng.choice((16, 16, 24, 32))]),
        "TARGET": lambda: target(rng),
        "WEIGHT": lambda: struct.pack("=H", small + 1),
        "MTU": lambda: struct.pack("=I", 1400),
        "KEEPALIVE_MS": lambda: struct.pack("=I", rng.choice((0, 100, 1000))),
        "IDLE_MS": lambda: struct.pack("=I", rng.choice((0, 100, 1000))),
        "TTL": lambda: bytes([rng.choice((0, 1, 64, 255))]),
        "DSCP": lambda: bytes([rng.choice((0, 46, 64))]),
        "LINK_IFINDEX": lambda: struct.pack("=I", rng.choice((0, 1))),
        "BIND_IFINDEX": lambda: struct.pack("=I", rng.choice((0, 0, 1))),
        "HEADER": lambda: b"\0",
        "FAMILY": lambda: bytes([rng.randrange(3)]),
        "ACTION": lambda: bytes([rng.choice((0, 0, 0, 1, 2, 3))]),
        "CLASS": lambda: bytes([rng.randrange(3)]),
        "DF": lambda: bytes([rng.randrange(3)]),
        "FAST_PATH": lambda: bytes([rng.randrange(3)]),
        "PAYLOAD": lambda: rng.randbytes(rng.randrange(1, 100)),
    }
    if key in bytes_of:
        return bytes_of[key]()
    if key in ("MODE", "LOOKUP", "SOURCE_CHECK", "CHECKSUM", "FLOW_PORT"):
        return bytes([rng.randrange(2)])
    return struct.pack("=I", small)


def target(rng):
    body = genl.attr(NUMBER["A_TARGET_TUNNEL"], rng.randrange(1, 4))
    if rng.random() < 0.5:
        body += genl.attr(NUMBER["A_TARGET_PRIORITY"], rng.randrange(3))
    if rng.random() < 0.5:
        body += genl.attr(NUMBER["A_TARGET_WEIGHT"], sane(rng, "WEIGHT"))
    return body if rng.random() < 0.95 else body + rng.randbytes(3)


def wild(rng):
    return rng.choice((
        lambda: rng.randbytes(rng.choice((0, 1, 2, 3, 4, 5, 8, 16, 17, 300))),
        lambda: struct.pack("=I", rng.choice((0, 0x7fffffff, 0xffffffff, rng.getrandbits(32)))),
        lambda: bytes([rng.choice((3, 65, 129, 255))]),
        lambda: bytes(16), lambda: b"\xe0\0\0\1", lambda: b"x" * 40))()


def request(rng, name):
    """The attributes of a command: most are right, some are anything, some are not its own."""
    kind_set = SET_OF.get(name.split("_")[1], "DEVICE")
    always, sometimes = (part.split() for part in TEMPLATES.get(name, "|").split("|"))
    keys = [key for key in always if rng.random() < 0.97]
    keys += [key for key in sometimes if rng.random() < 0.25]
    body = b""
    for key in keys:
        kind = NUMBER[f"A_{kind_set}_{key}"]
        nested = genl.NESTED if key == "TARGET" and rng.random() < 0.97 else 0
        body += genl.attr(kind | nested, sane(rng, key) if rng.random() < 0.96 else wild(rng))
    while rng.random() < 0.12:
        body += genl.attr(rng.choice(SETS[kind_set] + [rng.randrange(64)]), wild(rng))
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
            flags = genl.ACK if rng.random() < 0.9 else rng.choice(FLAGS)
            try:
                sock.send(command, request(rng, NAMES.get(command, "CMD_DEV_NONE")), flags,
                          version=rng.choice((0, 1, 1, 1, 2)))
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
            if kind in (genl.DONE, genl.ERROR):
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
    assert sent > 300 and accepted > sent / 20, "the generator is too wild to reach anything"
    for what in ("dev show", "listener show", "tunnel show", "rule show dev f0"):
        # whatever it is called, it can be shown
        solo.run(tool.IPUDP, "-d", "-s", *what.split(), errors="replace",
                 check=what != "rule show dev f0")
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
