# SPDX-License-Identifier: GPL-2.0-or-later
"""What any local user can do to ipudpd: nothing but read, and not for long while others wait.

    [ a: ipudpd ]       strangers connect, pass descriptors, flood, do not read, come as many users
"""

import contextlib
import errno
import os
import pathlib
import re
import resource
import signal
import socket
import struct
import time

import pytest
from lib import dataplane, genl
from lib.child import NOBODY
from lib.wait import TIMEOUT, wait_until

# Somebody of whom the other tests leave nothing that is about to end.
SHARER = 4242

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")

NOOP = struct.pack("=IHHII", 16, genl.NOOP, 0, 0, 0)


def strangers(ns, count, uid=0):
    """Connections that prove nothing, of a user: the kernel tells who connected."""
    socks = []
    with ns.enter():
        os.seteuid(uid)
        try:
            for _ in range(count):
                sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                ns.on_close(sock.close)
                sock.settimeout(TIMEOUT)
                sock.connect("\0ipudpd")
                socks.append(sock)
        finally:
            os.seteuid(0)
    return socks


def served_by(sock):
    """Ask for a list, as one who proved nothing."""
    sock.send(struct.pack("=IHHIIBBH", 20, 0x1d, genl.REQUEST | genl.DUMP, 1, 0,
                          genl.NUMBERS["CMD_DEV_GET"], 1, 0))
    return sock.recv(1000)


def is_over(sock):
    """Whether the other end closed it, whatever was left in it."""
    try:
        return sock.recv(1000) == b""
    except ConnectionResetError:
        return True


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()


@pytest.mark.parametrize("record", [b"", NOOP], ids=["empty", "noop"])
@pytest.mark.parametrize("where", ["first", "later"])
def test_descriptors_end_a_connection(solo, record, where):
    """Nobody asks for them: however many strangers pass, none reaches the daemon."""
    pid = dataplane.daemon(solo).popen.pid

    def count():
        return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))

    before = count()
    with open("/dev/null", encoding="ascii") as file, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as plain:
        for number in (2, 4, 100, 250) * 3:
            sock, = strangers(solo, 1, NOBODY)
            if where == "later":
                assert served_by(sock)
            socket.send_fds(sock, [record], [file.fileno(), plain.fileno()] * (number // 2))
            assert is_over(sock)
            sock.close()
    assert solo.show("dev show") == []
    wait_until(lambda: count() <= before and not children(pid), f"it has not more than {before}")


def lingering(ns):
    """A TCP socket whose close() waits for a peer that does not read."""
    server = ns.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    with ns.enter():
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(server.getsockname())
    peer, _ = server.accept()
    # With bytes that nobody read this is a reset, which ends all waiting.
    ns.on_close(peer.close)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("=ii", 1, int(20 * TIMEOUT)))
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.send(bytes(1 << 16))
    return client


@pytest.mark.parametrize("where", ["read", "unread", "refused"])
def test_strangers_do_not_make_it_wait(solo, where):
    """By a socket that lingers: with a record that is read, one behind the end of a connection, and
    one of a connection for which there is no room."""
    client = lingering(solo)
    with dataplane.daemon(solo).halted():
        refused = where == "refused"
        socks = strangers(solo, 65 if refused else 1, NOBODY if refused else 0)
        if where == "unread":
            socks[-1].send(bytes(16))
        socket.send_fds(socks[-1], [NOOP], [client.fileno()])
        # the last one is the daemon's
        client.close()
    with solo.enter(), genl.Genl() as sock:
        # within TIMEOUT, which is far less than that of the socket
        assert sock.request(genl.NUMBERS["CMD_DEV_GET"], flags=genl.DUMP) == []
    assert is_over(socks[-1])


def is_served(sock):
    """Whether a connection gets an answer; else it was ended at once."""
    try:
        sock.send(struct.pack("=IHHIIBBH", 20, genl.GENL_ID_CTRL, genl.REQUEST | genl.ACK, 1, 0,
                              3, 2, 0))
        return len(sock.recv(1000)) > 0
    except (BrokenPipeError, ConnectionResetError):
        return False


def test_users_have_their_share(solo):
    """One who takes all the connections that he gets leaves room for others, and for root."""
    socks = strangers(solo, 70, SHARER)
    assert [is_served(sock) for sock in socks] == [True] * 64 + [False] * 6
    for uid in (NOBODY - 1, 0):
        assert all(is_served(sock) for sock in strangers(solo, 3, uid))
    # Room that is given up is there for the next.
    socks[0].close()
    wait_until(lambda: is_served(strangers(solo, 1, SHARER)[0]), "there is room again")




def test_proof_is_of_this_namespace(fresh):
    """Rights over another namespace are none over this one, and a nobody has none at all."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.up()
    new = struct.pack("=IHHIIBBH", 20, 0x1d, genl.REQUEST | genl.ACK, 1, 0,
                      genl.NUMBERS["CMD_DEV_NEW"], 1, 0)

    def answer(sock):
        sock.send(new)
        return struct.unpack("=i", sock.recv(1000)[16:20])[0]

    with fresh.a.enter():
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.connect("\0ipudpd")
    assert answer(sock) == -errno.EPERM
    with fresh.b.enter(), contextlib.suppress(ConnectionRefusedError):
        genl.prove(sock)
    assert answer(sock) == -errno.EPERM
    with fresh.a.enter():
        os.seteuid(NOBODY)
        try:
            with pytest.raises(PermissionError):
                genl.prove(sock)
        finally:
            os.seteuid(0)
    assert answer(sock) == -errno.EPERM
    assert fresh.a.show("dev show") == []
    with fresh.a.enter():
        genl.prove(sock)
    assert answer(sock) == 0
    assert len(fresh.a.show("dev show")) == 1


def test_one_with_many_numbers(solo):
    """Somebody who has 65536 users of his own leaves room for root, system users and newcomers."""
    socks = [sock for uid in range(100000, 100300) for sock in strangers(solo, 1, uid)]
    assert is_served(socks[-1]) and not is_served(socks[0]), "the oldest gave way"
    assert all(is_served(sock) for uid in (0, 33, 999, 1000, NOBODY)
               for sock in strangers(solo, 2, uid))
    solo.ipudp("dev add t0")
    # a client that has proved what it may do is never the oldest
    with solo.enter(), genl.Genl() as agent:
        for uid in range(200000, 200300):
            strangers(solo, 1, uid)
        assert agent.request(genl.NUMBERS["CMD_DEV_GET"], flags=genl.DUMP)


def test_a_flood_of_records(solo):
    """Messages that say nothing, faster than they can be read: others have their turn."""
    pids = []
    record = NOOP * 4000
    for _ in range(4):
        pid = os.fork()
        if not pid:
            sock, = strangers(solo, 1, NOBODY)
            while True:
                sock.send(record)
        pids.append(pid)
    try:
        for number in range(5):
            solo.ipudp(f"dev add t{number}")
        assert len(solo.show("dev show")) == 5
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def sleeps(pid):
    """How many times the main thread has gone to sleep of its own accord."""
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/status").read_text("ascii")
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", text, re.M)[1])


def test_no_descriptors_left(solo):
    """Who connects waits until there are some; the daemon does not try all the time."""
    pid = dataplane.daemon(solo).popen.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # whatever it closes meanwhile, nothing below can be free: its input, output and errors
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        sock, = strangers(solo, 1, NOBODY)
        sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            served_by(sock)
        before = sleeps(pid)
        wait_until(lambda: sleeps(pid) >= before + 5, "it sleeps between its tries")
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    sock.settimeout(TIMEOUT)
    assert sock.recv(1000)
