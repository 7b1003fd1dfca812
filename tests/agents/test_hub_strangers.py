# SPDX-License-Identifier: GPL-2.0-or-later
"""What strangers, and spokes that behave badly, can make lvnd compute, keep or log."""

import select
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from agentlib import minihub
from agentlib.hubtest import BUILD, ENVIRON, Closed, Spoke, wait_until
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import

HUB = ("127.0.0.1", 50000)


def client_hello(*options):
    """The bytes that openssl s_client sends first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with subprocess.Popen(["openssl", "s_client", "-alpn", "lvn/1", "-connect",
                               f"127.0.0.1:{port}", *options], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
            plain, _ = server.accept()
            with plain, plain.makefile("rb") as file:
                head = file.read(5)
                data = head + file.read(struct.unpack("!H", head[3:])[0])
            client.kill()
    return data


def first_answer(data, source="127.0.0.1"):
    """Type of the first record that the hub answers with, None if it just closes."""
    with socket.create_connection(HUB, 30, source_address=(source, 0)) as plain:
        plain.sendall(data)
        try:
            return (plain.recv(1) or b"\0")[0] or None
        except ConnectionResetError:
            return None


@pytest.mark.parametrize("group, answer", [
    ("X25519", 22), ("P-256", 22), ("P-384", 22), ("P-521", 21), ("X448", 21),
    ("ffdhe2048", 21), ("ffdhe8192", 21)])
def test_key_exchanges(make_hub, group, answer):
    """A handshake goes on (22), or ends with an alert (21) before anything is computed."""
    make_hub()
    assert first_answer(client_hello("-groups", group)) == answer


def test_only_elliptic_curves_of_a_spoke(make_hub, authority, tmp_path):
    """Nor does lvn offer anything else to a hub."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        certificate, key = authority.spoke("alpha")
        with subprocess.Popen(
                [BUILD / "spoke/lvn", "up", "--cert", certificate, "--key", key, "--ca",
                 authority.ca, "--name", "stranger", "--run-dir", tmp_path,
                 f"127.0.0.1:{server.getsockname()[1]}"], env=ENVIRON, stderr=subprocess.DEVNULL) as client:
            server.settimeout(20)
            plain, _ = server.accept()
            with plain:
                data = plain.recv(4096)
            client.kill()
    at = data.index(b"\x00\x0a\x00\x08\x00\x06")
    assert data[at + 6:at + 12] == struct.pack("!HHH", 29, 23, 24)


def test_hello_of_tls_is_bounded(make_hub):
    """No memory for a hello of which only the beginning says that it will be large."""
    hub = make_hub()
    assert first_answer(struct.pack("!BHHBBH", 22, 0x0301, 16384, 1, 1, 0)) is None
    assert first_answer(b"GET / HTTP/1.0\r\n\r\n") is None
    assert hub.metrics()["lvn_handshakes_failed_total"] == 2


class Flood:
    """Repeats a hello of TLS from one address as often as it can, and reads nothing.

    It leaves open what the hub has not ended, however far the hub is behind: what is closed before
    its turn is just counted as gone.
    """

    OPEN = 600

    def __init__(self, data, source):
        self.data, self.source, self.sent, self.going = data, source, 0, True
        self.held, self.ended = {}, select.poll()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def open(self):
        plain = socket.socket()
        plain.bind((self.source, 0))
        plain.settimeout(5)
        self.held[plain.fileno()] = plain
        self.ended.register(plain, select.POLLRDHUP)
        try:
            plain.connect(HUB)
            plain.sendall(self.data)
            self.sent += 1
        except OSError:
            pass

    def close(self, fd):
        self.ended.unregister(fd)
        self.held.pop(fd).close()

    def run(self):
        while self.going:
            if len(self.held) < self.OPEN:
                self.open()
            for fd, _ in self.ended.poll(0 if len(self.held) < self.OPEN else 100):
                self.close(fd)
        for fd in list(self.held):
            self.close(fd)

    def stop(self):
        self.going = False
        self.thread.join()


def test_handshakes_have_a_rate(make_hub, authority):
    """A network that floods waits for itself; a spoke from elsewhere comes up at once."""
    hub = make_hub(handshake_rate_source=5, max_pending=1024, log="info")
    hello = client_hello("-groups", "P-256")
    # All come at once, however slow the machine is: five times what the network has room for.
    hub.process.send_signal(signal.SIGSTOP)
    flood = Flood(hello, "127.66.0.1")
    try:
        wait_until(lambda: flood.sent >= Flood.OPEN, "the flood has come")
        hub.process.send_signal(signal.SIGCONT)
        one = Spoke(authority, "alpha")
        assert one.hello()["type"] == "lease"
        one.bind()
        one.close()
        # most are never begun: others of the same network push them out
        wait_until(lambda: hub.metrics()["lvn_connections_evicted_total"] > 100, "pushed out")
        assert hub.ctl("status")["pending"] <= 128
    finally:
        hub.process.send_signal(signal.SIGCONT)
        flood.stop()


def test_own_network_waits_and_comes_up(make_hub, authority):
    """Honest spokes above the rate of their network are late, not refused."""
    make_hub(handshake_rate_source=5)
    begin = time.monotonic()
    for _ in range(15):
        one = Spoke(authority, "alpha")
        assert one.hello()["type"] == "lease"
        one.close()
    assert time.monotonic() - begin >= 0.9


def test_records_have_a_rate(make_hub, spoke):
    """Empty lines are no messages, and yet a spoke cannot send as many as it likes."""
    hub, one = make_hub(), spoke("alpha")
    one.hello()
    with pytest.raises((Closed, OSError)):
        for _ in range(1000):
            one.write(b"\n")
        one.await_type("bye")
    # its session goes on
    again = spoke("alpha")
    assert again.hello(session=one.lease["session"])["resumed"]
    assert hub.metrics()["lvn_messages_bad_total"] == 1


def test_large_keys_of_spokes_are_refused(make_hub, authority, tmp_path):
    """Whoever chooses the key of his certificate could choose one that takes long to verify."""
    hub = make_hub(crl="")
    key, request, certificate = tmp_path / "key", tmp_path / "csr", tmp_path / "crt"
    for bits, is_good in (("2048", True), ("4104", False)):
        for command in (
                ["req", "-new", "-newkey", f"rsa:{bits}", "-nodes", "-subj", "/CN=large",
                 "-keyout", key, "-out", request],
                ["x509", "-req", "-in", request, "-CA", authority.ca, "-CAkey",
                 authority.dir / "ca.key", "-days", "2", "-out", certificate]):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        one = Spoke(authority, None, certificate=(certificate, key), connect=False)
        try:
            one.connect()
            assert (one.hello()["type"] == "lease") == is_good
        except (Closed, OSError):
            assert not is_good
        one.close()
    wait_until(lambda: hub.metrics()["lvn_handshakes_failed_total"] == 1, "failure counted")


def count_served(one, requests, seconds=4):
    """How many of them are answered, one after the other; who gets no answer tries again later."""
    served, end = 0, time.monotonic() + seconds
    one.udp.settimeout(0.2)
    while time.monotonic() < end:
        one.send(requests(served))
        try:
            one.udp.recv(2048)
            served += 1
        except TimeoutError:
            pass
    one.udp.settimeout(10)
    return served


def test_changes_have_a_rate(make_hub, spoke):
    """What a bound spoke can make the hub do, store and log is little; its keepalives are free."""
    hub, one = make_hub(log="info"), spoke("alpha")
    one.hello()
    cookie = one.bind().cookie
    before = len(hub.text())
    assert count_served(one, lambda n: one.request(weight=1 + n % 2)) <= 20 + 5 * 5
    # moves and releases, each with a line in the log
    count_served(one, lambda n: one.request(flags=n % 2, cookie=cookie))
    assert len(hub.text()) - before < 12000
    assert hub.metrics()["lvn_stun_limited_total"] > 0


def test_hellos_have_a_rate(make_hub, authority):
    """Coming again and again, each time as somebody new of the same identity."""
    make_hub(handshake_rate_source=1000)
    codes = []
    end = time.monotonic() + 60
    while "limit" not in codes:
        assert time.monotonic() < end
        one = Spoke(authority, "alpha")
        answer = one.hello()
        codes.append(answer.get("code"))
        one.close()
    # another identity is not concerned
    other = Spoke(authority, "beta")
    assert other.hello()["type"] == "lease"
    other.close()


def test_strangers_do_not_empty_the_pool(make_hub, authority):
    hub = make_hub(auth="server", network=["10.100.0.1/24"], max_leases_source=8,
                   handshake_rate_source=1000)
    honest = Spoke(authority, None)
    token = honest.hello()["token"]
    honest.bind()
    honest.leave()
    honest.close()
    answer = {"type": "lease"}
    while answer["type"] == "lease":
        stranger = Spoke(authority, None)
        answer = stranger.hello()
        stranger.close()
    assert answer["code"] == "limit" and answer["retry_after"]
    assert len(hub.sessions()) <= 7
    # many more of them, and spokes of another network do not notice
    for n in range(30):
        stranger, other = Spoke(authority, None), Spoke(authority, None, source="127.66.0.1")
        stranger.hello()
        stranger.close()
        assert n or other.hello()["type"] == "lease"
        other.close()
    other = Spoke(authority, None, source="127.67.0.1")
    assert other.hello()["type"] == "lease"
    other.close()
    # those that went without ever binding are soon forgotten
    wait_until(lambda: not hub.sessions(), "all are gone")
    assert len(hub.ctl("leases")) == 1
    back = Spoke(authority, None)
    assert back.hello(token=token)["addresses"] == ["10.100.0.2/24"]
    back.close()
