# SPDX-License-Identifier: GPL-2.0-or-later
"""How programs are attached to links: by tcx where the kernel has it, beside what others have there.

    left l0 ───────── r0 right        see fastlab.py
"""

import errno
import platform
import socket
import sys

import pytest
from lib import tcx

from fastlab import Namespace, Pair, Plane, batch, kernel_version, wait_for

# Have one command of the system call bpf() fail, and become a program: ERROR NUMBER COMMAND...
REFUSE = """
import ctypes, os, struct, sys
error, number, command = map(int, sys.argv[1:4])
code = [(0x20, 0, 0, 0), (0x15, 0, 3, number), (0x20, 0, 0, 16), (0x15, 0, 1, command),
        (6, 0, 0, 0x50000 | error), (6, 0, 0, 0x7fff0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0):
    raise OSError(ctypes.get_errno(), "no_new_privs")
argument = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(program)))
if libc.prctl(22, 2, argument):
    raise OSError(ctypes.get_errno(), "seccomp")
os.execvp(sys.argv[4], sys.argv[4:])
"""
NO_TCX = [sys.executable, "-c", REFUSE, errno.EPERM, tcx.BPF_CALL, tcx.PROG_ATTACH]
NO_ADMIN = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]


@pytest.fixture(autouse=True)
def need_tcx():
    if tcx.BPF_CALL is None:
        pytest.skip(f"the number of bpf() on {platform.machine()} is not known here")
    if not tcx.works():
        assert kernel_version() < (6, 6), "this kernel should have tcx"
        pytest.skip("tcx came with Linux 6.6")


def programs(ns, device):
    with ns.enter():
        return tcx.names(device)


def ids(ns, device):
    with ns.enter():
        return tcx.ids(device)


def attach(ns, device, *args):
    with ns.enter():
        tcx.attach(device, *args)


def filters(ns, device):
    words = ns.run("tc", "filter", "show", "dev", device, "ingress").split()
    return [words[i + 1] for i, word in enumerate(words) if word == "name"]


def restart(pair, i, before=(), state="adopted"):
    """Kill a plane and start the next one, by the words of a command that starts it."""
    ns = (pair.left, pair.right)[i]
    pair.planes[i].kill()
    plain = Namespace.words
    ns.words = lambda *words: plain(ns, *before, *words)
    plane = pair.planes[i] = Plane(ns)
    del ns.words
    assert plane.state == state
    pair.configure(i)
    plane.do("sweep")
    return plane


def test_place_of_others():
    """No qdisc is made at a link, and one of somebody else's may be there, come and go."""
    with Pair(4) as pair:
        assert programs(pair.left, "l0") == ["fast_decap"]
        assert "ffff:" not in pair.left.run("tc", "qdisc", "show", "dev", "l0")
        for kind in ("ingress", "clsact"):
            pair.right.run("tc", "qdisc", "add", "dev", "r0", kind)
            # It sees nothing of tunnels, and would let nothing else in.
            pair.right.run("tc", "filter", "add", "dev", "r0", "ingress", "pref", "1", "protocol",
                           "ip", "bpf", "bytecode", "1,6 0 0 2,", "da")
            assert pair.ping() == 3
            if kind == "ingress":
                restart(pair, 1)
                assert pair.ping() == 3
                pair.right.run("tc", "qdisc", "del", "dev", "r0", kind)
                assert pair.ping() == 3
        pair.planes[1].do("flush")
        assert programs(pair.right, "r0") == []
        assert "pref 1" in pair.right.run("tc", "filter", "show", "dev", "r0", "ingress")


@pytest.mark.parametrize("before, state", [((), "adopted"), (NO_ADMIN, "new")])
def test_order(before, state):
    """Ours comes last when it comes, and so do others; a successor takes its place, whoever it is."""
    with Pair(4) as pair:
        pair.planes[1].do("link-del r0")
        attach(pair.right, "r0", "early", tcx.NEXT)
        pair.planes[1].do("link r0")
        attach(pair.right, "r0", "late", tcx.DROP)
        attach(pair.right, "r0", "first", tcx.NEXT, tcx.BEFORE)
        assert programs(pair.right, "r0") == ["first", "early", "fast_decap", "late"]
        assert pair.ping() == 3
        old = ids(pair.right, "r0")
        for _ in range(2):
            restart(pair, 1, before, state)
            assert programs(pair.right, "r0") == ["first", "early", "fast_decap", "late"]
            assert ids(pair.right, "r0")[2] not in old
            assert pair.ping() == 3
        pair.planes[1].do("link r0", "link r0")
        assert programs(pair.right, "r0") == ["first", "early", "fast_decap", "late"]
        pair.planes[1].do("flush")
        assert programs(pair.right, "r0") == ["first", "early", "late"]


def test_program_before_ours():
    """What it drops never comes to ours."""
    with Pair(4) as pair:
        attach(pair.right, "r0", "wall", tcx.DROP, tcx.BEFORE)
        before = pair.planes[1].counters()["rx_packets"]
        assert not pair.answers()
        assert pair.planes[1].counters()["rx_packets"] == before


@pytest.mark.parametrize("before, state", [((), "adopted"), (NO_ADMIN, "new")])
def test_from_filters_and_back(before, state):
    """Of a version that knew only filters, and where tcx is refused: never both, never none."""
    with Pair(4) as pair:
        restart(pair, 1, NO_TCX)
        assert programs(pair.right, "r0") == []
        assert filters(pair.right, "r0") == ["fast_decap"]
        assert pair.ping() == 3
        restart(pair, 1, before, state)
        assert programs(pair.right, "r0") == ["fast_decap"]
        assert filters(pair.right, "r0") == []
        assert pair.ping() == 3
        plane = restart(pair, 1, (*before, *NO_TCX), state)
        assert programs(pair.right, "r0") == []
        assert filters(pair.right, "r0") == ["fast_decap"]
        assert pair.ping() == 3
        assert plane.counters()["rx_packets"] >= 3
        plane.do("flush")
        assert filters(pair.right, "r0") == []


def test_killed_before_all_was_replaced():
    """The programs of two daemons before are known, too, without CAP_SYS_ADMIN."""
    with Pair(4) as pair:
        batch(f"link add l1 netns {pair.left.name} type veth peer name r1 netns {pair.right.name}")
        pair.planes[1].do("link r1")
        plain = Namespace.words
        pair.right.words = lambda *words: plain(pair.right, *NO_ADMIN, *words)
        pair.planes[1].kill()
        pair.planes[1] = Plane(pair.right)
        pair.planes[1].do("link r1")
        first, second = ids(pair.right, "r0"), ids(pair.right, "r1")
        assert len(first) == len(second) == 1 and first != second
        pair.planes[1].kill()
        pair.planes[1] = Plane(pair.right)
        pair.configure(1)
        pair.planes[1].do("sweep")
        assert len(ids(pair.right, "r0")) == 1 and ids(pair.right, "r1") == []
        assert ids(pair.right, "r0") not in (first, second)
        assert pair.ping() == 3


def test_nowhere_to_note():
    """Without the pair that the note is kept at, a filter is used, which can be known without."""
    with Pair(4) as pair:
        plane = pair.planes[1]
        plane.do("device-del t0")
        pair.right.batch("link add ipudp-cut-peer type veth peer name other")
        pair.configure(1, fresh=False)
        assert programs(pair.right, "r0") == []
        assert filters(pair.right, "r0") == ["fast_decap"]
        assert pair.ping() == 3
        pair.right.batch("link del other")
        pair.configure(1, fresh=False)
        assert programs(pair.right, "r0") == ["fast_decap"]
        assert filters(pair.right, "r0") == []
        assert pair.ping() == 3


def test_interface_moves_away():
    """The program goes along into another namespace, where it must leave all alone."""
    with Pair(4) as pair:
        third = Namespace("third")
        try:
            with pair.right.enter():
                index = socket.if_nametoindex("r0")
            pair.right.batch(f"link set r0 netns {third.name}")
            pair.planes[1].do(f"link-del {index}")
            third.batch("addr add 192.0.2.2/24 dev r0", "link set r0 up")
            assert programs(third, "r0") == ["fast_decap"]
            with third.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind(("192.0.2.2", 7000))
                pair.left.run("ping", "-c", "1", "-W", "0.1", "10.9.0.2", check=False)
                # Multicast comes as well, which no program takes anywhere.
                while sock.recv(2000)[0] >> 4 != 4:
                    pass
            # Whoever has a fast path there puts its own in this place, and adopts nothing.
            plane = Plane(third)
            try:
                assert plane.state == "new"
                old = ids(third, "r0")
                plane.do("link r0")
                assert programs(third, "r0") == ["fast_decap"] and ids(third, "r0") != old
            finally:
                plane.kill()
        finally:
            third.remove()


def test_nothing_is_left():
    """At a clean end, and of a daemon whose successor has no fast path."""
    with Pair(4) as pair:
        for plane in pair.planes:
            plane.kill()
        for i, before in enumerate(((), NO_ADMIN)):
            restart(pair, i, before, "new" if before else "adopted").do("flush")
        wait_for(lambda: not programs(pair.left, "l0") and not programs(pair.right, "r0"))
