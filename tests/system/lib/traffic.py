# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic whose arrival can be proved: digests of bulk, numbered datagrams."""

import hashlib
import socket
import struct
import threading
import time

from .peer import SO_RCVBUFFORCE, family_of
from .wait import TIMEOUT, wait_until

UDP_SEGMENT, UDP_GRO = 103, 104
# long enough to have no period that a segment size could hide
PATTERN = hashlib.shake_128(b"lvn").digest(1 << 18)


def _receive_all(sock, digest, length, failure):
    try:
        got = 0
        while got < length:
            data = sock.recv(1 << 18)
            if not data:
                break
            digest.update(data)
            got += len(data)
        if got != length:
            failure.append(f"{got} of {length} bytes came")
    except OSError as error:
        failure.append(f"after {got} of {length} bytes: {error}")


# pylint: disable=too-many-arguments
# pylint: disable-next=too-many-arguments
def tcp_bulk(one, other, address, length=4 << 20, *, port=7000, mss=None, options=(),
             timeout=4 * TIMEOUT):
    """Send bytes from one namespace to an address of the other and compare digests."""
    family = family_of(address)
    server = other.socket(family, socket.SOCK_STREAM, timeout=timeout)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(1)
    client = one.socket(family, socket.SOCK_STREAM, timeout=timeout)
    if mss:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
    for option in options:
        client.setsockopt(*option)
    client.connect((address, port))
    inside, _ = server.accept()
    inside.settimeout(timeout)
    failure, received, sent = [], hashlib.sha1(), hashlib.sha1()
    thread = threading.Thread(target=_receive_all, args=(inside, received, length, failure))
    thread.start()
    try:
        left = length
        while left:
            piece = memoryview(PATTERN)[:min(left, len(PATTERN))]
            client.sendall(piece)
            sent.update(piece)
            left -= len(piece)
        client.shutdown(socket.SHUT_WR)
    finally:
        thread.join(timeout)
        for sock in (server, client, inside):
            sock.close()
    assert not failure, failure
    assert received.digest() == sent.digest(), "what came is not what was sent"


class Stream:
    """Numbered datagrams from one namespace to another, with at most window unanswered for.

    The two ends share memory, so that the sender knows what came: it never outruns the receiver,
    and a datagram that does not come is lost, not delayed.
    """

    def __init__(self, one, other, address, *, size=200, window=32, port=7100, patience=TIMEOUT):
        family = family_of(address)
        self.receiver = other.socket(family, socket.SOCK_DGRAM, timeout=0.2)
        self.receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.receiver.bind((address, port))
        self.sender = one.socket(family, socket.SOCK_DGRAM)
        self.sender.connect((address, port))
        self.padding = PATTERN[:size - 8]
        self.window, self.patience = window, patience
        self.sent = self.received = self.errors = self.damaged = 0
        self.lost = 0
        self._highest = 0
        self._stop = threading.Event()
        self._came = threading.Condition()
        self._threads = [threading.Thread(target=one, daemon=True)
                         for one in (self._send, self._read)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def _send(self):
        while not self._stop.is_set():
            with self._came:
                full = self.sent - self.lost - self.received >= self.window
                if full and not self._came.wait_for(
                        lambda: self.sent - self.lost - self.received < self.window or
                        self._stop.is_set(), self.patience):
                    # all that is under way has had its time
                    self.lost = self.sent - self.received
                if self._stop.is_set():
                    break
            try:
                self.sender.send(struct.pack("!Q", self.sent) + self.padding)
                self.sent += 1
            except OSError:
                self.errors += 1
                time.sleep(0.005)

    def _read(self):
        while True:
            try:
                data = self.receiver.recv(65535)
            except TimeoutError:
                if self._stop.is_set():
                    return
                continue
            except OSError:
                return
            with self._came:
                if data[8:] != self.padding:
                    self.damaged += 1
                self.received += 1
                self._came.notify()

    def progress(self, count=50):
        """Wait until more datagrams have come than now."""
        want = self.received + count
        wait_until(lambda: self.received >= want, f"{count} more datagrams come through")

    def stop(self, settle=TIMEOUT):
        """End it; return how many datagrams were lost."""
        self._stop.set()
        with self._came:
            self._came.notify_all()
        self._threads[0].join()
        try:
            wait_until(lambda: self.received >= self.sent, "the last datagrams come", settle)
        except AssertionError:
            pass
        self._threads[1].join()
        self.sender.close()
        self.receiver.close()
        assert not self.damaged, f"{self.damaged} datagrams came damaged"
        return self.sent - self.received


class Noise:
    """Threads that send as fast as they can and do not care; for deleting things under load."""

    def __init__(self):
        self._stop = threading.Event()
        self._threads = []
        self._socks = []
        self.sent = 0

    def add(self, one, address, *, port=7200, size=100, gso=None):
        sock = one.socket(family_of(address), socket.SOCK_DGRAM)
        if gso:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, gso)
        self._socks.append(sock)
        thread = threading.Thread(target=self._send, args=(sock, (address, port), PATTERN[:size]))
        self._threads.append(thread)
        thread.start()
        return self

    def _send(self, sock, to, data):
        while not self._stop.is_set():
            try:
                for _ in range(20):
                    sock.sendto(data, to)
                    self.sent += 1
            except OSError:
                time.sleep(0.001)

    def progress(self, count=200):
        want = self.sent + count
        wait_until(lambda: self.sent >= want, "traffic is sent")

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for sock in self._socks:
            sock.close()


def udp_exchange(one, other, address, sizes, port=7300):
    """Send a datagram of each size and have it echoed; all must come back unharmed."""
    family = family_of(address)
    server = other.socket(family, socket.SOCK_DGRAM)
    server.bind((address, port))
    client = one.socket(family, socket.SOCK_DGRAM)
    client.connect((address, port))
    for size in sizes:
        client.send(PATTERN[:size])
        data, source = server.recvfrom(65535)
        assert data == PATTERN[:size], f"a datagram of {size} bytes came damaged"
        server.sendto(data, source)
        assert client.recv(65535) == PATTERN[:size], f"a datagram of {size} came back damaged"
    server.close()
    client.close()


def udp_gso(one, other, address, *, segment=1000, count=20, bursts=10, gro=True, port=7400):
    """Send bursts with UDP_SEGMENT; all bytes must come, in order and unharmed."""
    family = family_of(address)
    server = other.socket(family, socket.SOCK_DGRAM)
    client = one.socket(family, socket.SOCK_DGRAM)
    with server, client:
        server.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        if gro:
            server.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
        server.bind((address, port))
        client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, segment)
        client.connect((address, port))
        largest = 0
        for burst in range(bursts):
            sent = PATTERN[:segment * count - 7]
            client.send(sent)
            got = b""
            while len(got) < len(sent):
                try:
                    data = server.recv(65535)
                except TimeoutError as error:
                    raise AssertionError(f"burst {burst}: {len(got)} of {len(sent)} bytes came") \
                        from error
                largest = max(largest, len(data))
                got += data
            assert got == sent, "what came is not what was sent"
    return largest
