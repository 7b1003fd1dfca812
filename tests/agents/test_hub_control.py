# SPDX-License-Identifier: GPL-2.0-or-later
"""lvnd's control channel: who gets in, what is refused, what a stranger cannot do.

Needs no second machine: a spoke in Python talks to lvnd over the loopback interface.
"""

import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import pathlib
import time

import pytest

from agentlib import hubtest
from agentlib.hubtest import Closed, Hub, Spoke, wait_until

# pylint: disable=redefined-outer-name


@pytest.fixture(scope="module")
def authority():
    folder = pathlib.Path(tempfile.mkdtemp())
    # before anybody connects: it takes longer than a hello may, on an emulated machine
    made = hubtest.Authority(folder / "ca", "control")
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def make_hub(authority, tmp_path):
    hubs = []

    def make(**settings):
        hubs.append(Hub(tmp_path, authority, **settings))
        return hubs[-1]
    yield make
    for hub in hubs:
        hub.stop()
        # what a real data plane keeps for the next hub, which is none of this one's business
        subprocess.run(["ip", "link", "del", "lvn0"], stderr=subprocess.DEVNULL, check=False)


@pytest.fixture
def spoke(authority):
    spokes = []

    def make(name, **members):
        spokes.append(Spoke(authority, name, **members))
        return spokes[-1]
    yield make
    for one in spokes:
        one.close()


def assert_refused(one, code, message):
    answer = one.ask(message)
    assert answer["type"] == "error", answer
    assert (answer["code"], answer["fatal"]) == (code, True)
    with pytest.raises(Closed):
        one.read()


def test_life(make_hub, spoke):
    hub, one = make_hub(), spoke("alpha")
    lease = one.hello(name="box", software="test/1")
    assert lease["addresses"] == ["10.100.0.2/24", "fd00:100::2/64"]
    assert lease["identity"] == "alpha" and not lease["resumed"]
    one.bind()
    assert one.await_type("up")["binding"] == 0
    shown = hub.sessions()["alpha"]
    assert shown["state"] == "bound" and shown["name"] == "box"
    assert one.ask({"type": "renew"})["session"] == lease["session"]
    assert one.leave()["reason"] == "exit"
    assert hub.sessions() == {}
    assert hub.ctl("leases")[0]["state"] == "grace"
    again = spoke("alpha")
    assert again.hello()["addresses"] == lease["addresses"]
    again.leave(release=True)
    assert hub.ctl("leases") == []


def test_by_hand(make_hub, authority):
    """The example of the protocol document, with openssl s_client."""
    make_hub()
    certificate, key = authority.spoke("alpha")
    done = subprocess.run(
        ["openssl", "s_client", "-quiet", "-tls1_3", "-alpn", "lvn/1", "-connect",
         "127.0.0.1:50000", "-CAfile", str(authority.ca), "-verify_return_error",
         "-verify_hostname", "hub.test", "-cert", str(certificate), "-key", str(key)],
        input='{"type":"hello","versions":[1]}\n{"type":"bye","reason":"exit"}\n',
        capture_output=True, text=True, timeout=30)
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert kinds == ["lease", "bye"], done.stderr


@pytest.mark.parametrize("case", ["none", "other-ca", "expired", "not-yet", "revoked"])
def test_certificate_refused(make_hub, authority, tmp_path, case):
    hub = make_hub()
    if case == "none":
        pair = None
    elif case == "other-ca":
        other = hubtest.Authority(tmp_path / "other")
        pair = other.spoke("alpha")
    elif case == "expired":
        authority.run("--from", "2020-01-01", "--until", "2020-02-01", "spoke", "old")
        pair = authority.find("old", "spoke")
    elif case == "not-yet":
        authority.run("--from", "2090-01-01", "--until", "2091-02-01", "spoke", "young")
        pair = authority.find("young", "spoke")
    else:
        pair = [shutil.copy(path, tmp_path) for path in authority.spoke("lost")]
        authority.run("revoke", "lost")
        hub.ctl("reload")
    one = Spoke(authority, None, certificate=pair, connect=False)
    # TLS 1.3: the client may hear of it only when it reads
    with pytest.raises((ssl.SSLError, Closed, ConnectionError)):
        one.connect()
        one.hello()
        one.read()
    assert one.lease is None
    one.close()
    assert hub.sessions() == {}
    wait_until(lambda: hub.metrics()["lvn_handshakes_failed_total"] == 1, "failure counted")


def test_certificate_ends_soon(make_hub, authority, spoke):
    """Who has 14 days left is told, once; who has more is not."""
    make_hub()
    authority.run("--days", "10", "spoke", "ending")
    one, other = spoke("ending"), spoke("alpha")
    one.hello()
    told = one.read()
    assert (told["type"], told["event"]) == ("notify", "certificate")
    assert 9 * 86400 < told["expires"] <= 11 * 86400
    other.hello()
    for each in (one, other):
        assert each.ask({"type": "renew"})["type"] == "lease"
        # nothing in between
        assert each.ask({"type": "bye", "reason": "exit"})["type"] == "bye"


def test_other_protocol_refused(make_hub, authority):
    make_hub()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.ca)
    context.set_alpn_protocols(["http/1.1"])
    with pytest.raises(ssl.SSLError):
        plain = socket.create_connection(("127.0.0.1", 50000), 5)
        context.wrap_socket(plain, server_hostname="hub.test")


def test_old_tls_refused(make_hub, authority):
    make_hub()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        plain = socket.create_connection(("127.0.0.1", 50000), 5)
        context.wrap_socket(plain, server_hostname="hub.test")


@pytest.mark.parametrize("line, code", [
    (b"\n\r\nGET / HTTP/1.0\n", "syntax"),
    (b"{\n", "syntax"),
    (b"\x00\xff\xfe\n", "syntax"),
    (b'{"a":[[[[[[[[1]]]]]]]]}\n', "syntax"),
    (b"{}\n", "member"),
    (b'{"type":"hello"}\n', "member"),
    (b'{"type":"hello","versions":[2,3]}\n', "version"),
    (b'{"type":"hello","versions":[1],"require":["teleport"]}\n', "feature"),
    (b'{"type":"renew"}\n', "order"),
    (b'{"type":"lease"}\n', "member"),
    (b'{"x":"' + 5000 * b"x" + b'"}\n', "too-long"),
    (5000 * b"x", "too-long"),
])
def test_bad_line(make_hub, spoke, line, code):
    hub, one = make_hub(), spoke("alpha")
    assert_refused(one, code, line)
    # and the hub is there for others
    assert spoke("beta").hello()["type"] == "lease"
    assert list(hub.sessions()) == ["beta"]


def test_feature_is_named(make_hub, spoke):
    make_hub()
    answer = spoke("alpha").ask({"type": "hello", "versions": [1], "require": ["x", "bindings"]})
    assert answer["detail"] == "x"
    answer = spoke("alpha").ask({"type": "hello", "versions": [9]})
    assert answer["versions"] == [1]


def test_mild_errors(make_hub, spoke):
    make_hub()
    one = spoke("alpha")
    answer = one.ask({"type": "dance"})
    assert (answer["code"], answer["detail"], answer["fatal"]) == ("type", "dance", False)
    answer = one.hello(request={"prefixes": ["192.168.7.0/24"]})
    assert (answer["code"], answer["detail"]) == ("prefix", "192.168.7.0/24")
    assert one.hello()["type"] == "lease"
    assert_refused(one, "order", {"type": "hello", "versions": [1]})


def test_too_many_messages(make_hub, spoke):
    make_hub()
    one = spoke("alpha")
    one.hello()
    for _ in range(40):
        one.write({"type": "renew"})
    assert one.await_type("error")["code"] == "limit"


def test_truncated_and_silent(make_hub, spoke):
    """A line that never ends, and a spoke that never speaks."""
    hub = make_hub()
    half, silent = spoke("alpha"), spoke("beta")
    for one in (half, silent):
        one.tls.settimeout(20)
    half.write(b'{"type":"hello","ver')
    begin = time.monotonic()
    assert half.read()["code"] == "timeout"
    assert silent.read()["code"] == "timeout"
    assert 8 < time.monotonic() - begin < 15
    wait_until(lambda: hub.ctl("status")["pending"] == 0, "all closed", 15)


def test_resume(make_hub, spoke):
    hub, one = make_hub(), spoke("alpha")
    lease = one.hello()
    one.bind()
    tunnel = hub.sessions()["alpha"]["bindings"][0]["tunnel"]
    one.drop()
    wait_until(lambda: not hub.sessions()["alpha"]["connected"], "disconnected")
    # the session goes on without a connection, and with a new one
    assert one.bind().error is None
    one.connect()
    again = one.hello(session=lease["session"])
    assert again["resumed"] and again["key"] == lease["key"]
    assert again["counter"] == one.counter
    assert one.await_type("up")["binding"] == 0
    assert hub.sessions()["alpha"]["bindings"][0]["tunnel"] == tunnel


def test_same_identity_twice(make_hub, spoke):
    hub = make_hub()
    first, second = spoke("alpha"), spoke("alpha")
    lease = first.hello()
    assert second.hello()["addresses"] == lease["addresses"]
    assert first.await_type("bye")["reason"] == "replaced"
    assert second.lease["session"] != lease["session"]
    hub.settings["duplicate"] = "refuse"
    hub.write()
    hub.ctl("reload")
    assert second.await_type("notify")["event"] == "changed"
    answer = spoke("alpha").hello()
    assert answer["code"] == "duplicate"


def test_pool_exhausted(make_hub, authority, spoke):
    for i in range(6):
        authority.spoke(f"s{i}")
    make_hub(network=["10.100.0.1/29"])
    spokes = [spoke(f"s{i}") for i in range(6)]
    leases = [one.hello() for one in spokes]
    assert [lease["type"] for lease in leases] == 5 * ["lease"] + ["error"]
    assert leases[5]["code"] == "pool-exhausted" and leases[5]["retry_after"] > 0
    spokes[0].leave()
    assert spoke("s5").hello()["addresses"] == leases[0]["addresses"]


def test_wishes(make_hub, spoke):
    hub = make_hub(delegate=["fd00:200::/56 64"])
    hub.extra = 'identity "alpha" { permit = {"192.168.0.0/16"} prefix = {"172.20.0.0/24"} }\n'
    hub.write()
    hub.ctl("reload")
    one = spoke("alpha")
    lease = one.hello(request={"addresses": ["10.100.0.77", "fd00:100::77"],
                               "prefixes": ["192.168.7.0/24", "::/64"]},
                      features=["prefixes", "future"])
    assert lease["addresses"] == ["10.100.0.77/24", "fd00:100::77/64"]
    assert lease["prefixes"] == ["172.20.0.0/24", "192.168.7.0/24", "fd00:200::/64"]
    assert lease["features"] == ["prefixes"]
    assert spoke("beta").hello(request={"addresses": ["10.100.0.77"]})["addresses"][0] != \
        "10.100.0.77/24"


def test_kick_deny_allow(make_hub, spoke):
    hub = make_hub()
    one = spoke("alpha")
    one.hello()
    hub.ctl("-w", "7", "kick", "alpha")
    bye = one.await_type("bye")
    assert (bye["reason"], bye["retry_after"]) == ("kicked", 7)
    one = spoke("alpha")
    one.hello()
    one.bind()
    hub.ctl("deny", "al*")
    assert one.await_type("bye")["reason"] == "denied"
    assert hub.sessions() == {}
    assert spoke("alpha").hello()["code"] == "denied"
    assert spoke("beta").hello()["type"] == "lease"
    assert hub.ctl("policy") == [{"identity": "al*", "verdict": "deny"}]
    hub.ctl("clear", "al*")
    assert spoke("alpha").hello()["type"] == "lease"
    assert hub.ctl("kick", "nobody", check=False).returncode == 1


def test_revoked_is_cut(make_hub, spoke, authority, tmp_path):
    """Within two seconds of the reload, with or without a control connection."""
    hub = make_hub()
    pairs = {name: [shutil.copy(path, tmp_path) for path in authority.spoke(name)]
             for name in ("gone1", "gone2", "stays")}
    spokes = {name: spoke(name, certificate=pair) for name, pair in pairs.items()}
    for one in spokes.values():
        one.hello()
        one.bind()
    spokes["gone2"].drop()
    authority.run("revoke", "gone1")
    authority.run("revoke", "gone2")
    begin = time.monotonic()
    hub.ctl("reload")
    assert spokes["gone1"].await_type("bye")["reason"] == "revoked"
    assert list(hub.sessions()) == ["stays"]
    with pytest.raises(Closed):
        spokes["gone1"].read()
    assert time.monotonic() - begin < 2
    # who stays was told, and not cut
    assert spokes["stays"].await_type("notify")["event"] == "changed"
    assert spokes["stays"].bind().error is None


def test_denied_by_reload(make_hub, spoke, tmp_path):
    hub = make_hub(deny_file=str(tmp_path / "deny"), start=False)
    (tmp_path / "deny").write_text("# nobody\n")
    hub.start()
    one = spoke("alpha")
    one.hello()
    (tmp_path / "deny").write_text("alpha # left\n")
    hub.process.send_signal(1)
    assert one.await_type("bye")["reason"] == "denied"


def test_bad_reload_changes_nothing(make_hub, spoke):
    hub = make_hub()
    one = spoke("alpha")
    one.hello()
    for name, value in (("mtu", 3), ("network", ["10.101.0.1/24"]), ("ca", "/nonexistent"),
                        ("listen", ["127.0.0.1:50001"]), ("timeout", 1), ("nonsense", 1)):
        before = dict(hub.settings)
        hub.settings[name] = value
        hub.write()
        done = hub.ctl("reload", check=False)
        assert done.returncode == 1 and done.stderr.strip(), name
        hub.settings = before
    hub.write()
    assert one.ask({"type": "renew"})["type"] == "lease"
    assert spoke("beta").hello()["type"] == "lease"


def test_half_open_flood(make_hub, spoke, authority):
    """A thousand connections that never finish TLS; an honest spoke is up within two seconds."""
    hub = make_hub(max_pending=512)
    authority.spoke("alpha")
    flood = []
    for i in range(1000):
        one = socket.create_connection(("127.0.0.1", 50000), 5)
        if i % 2:
            one.sendall(b"\x16\x03\x01\x02\x00\x01")
        flood.append(one)
    begin = time.monotonic()
    honest = spoke("alpha")
    honest.hello()
    honest.bind()
    assert time.monotonic() - begin < 2
    assert hub.ctl("status")["pending"] <= 512
    for one in flood:
        one.close()
    assert hub.metrics()["lvn_connections_evicted_total"] > 400


def test_stalled_reader(make_hub, spoke):
    """Who asks and never reads is cut off, and nobody waits for him."""
    hub = make_hub()
    stalled = spoke("alpha")
    stalled.tls.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    stalled.hello()
    with pytest.raises((ConnectionError, ssl.SSLError)):
        for _ in range(1000):
            stalled.write({"type": "renew"})
            time.sleep(0.01)
    begin = time.monotonic()
    assert spoke("beta").hello()["type"] == "lease"
    assert time.monotonic() - begin < 2
    wait_until(lambda: not hub.sessions()["alpha"]["connected"], "cut off", 15)
    # cut off from control, that is; data goes on
    assert stalled.bind().error is None


def test_without_certificates(make_hub, spoke):
    hub = make_hub(auth="server")
    one, two = spoke(None), spoke(None)
    lease = one.hello()
    assert lease["identity"].startswith("~") and lease["token"]
    assert two.hello()["identity"] != lease["identity"]
    one.leave()
    back = spoke(None)
    again = back.hello(token=lease["token"])
    assert again["addresses"] == lease["addresses"]
    assert spoke(None).hello(token="x" * 43)["code"] == "token"
    assert len(hub.sessions()) == 2


def test_ipv6(make_hub, spoke):
    hub = make_hub()
    one = spoke("alpha", address="::1")
    one.hello()
    assert one.bind().mapped[0] == "::1"
    assert hub.sessions()["alpha"]["bindings"][0]["local"] == "::1"
