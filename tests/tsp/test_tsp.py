# SPDX-License-Identifier: GPL-2.0-or-later
"""The TSP broker as stock clients see it."""

import os
import socket
import threading
import time

import pytest

from agentlib.overlay import forget
from conftest import SERVER, SERVER6
from lib.wait import wait_until
from speaker import FIRST, Refused, StreamSpeaker

ACCEPT = b"Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"


@pytest.mark.parametrize("version", ["2.0.2", "2.0.1"])
@pytest.mark.parametrize("mechanism", ["anonymous", "plain", "digest"])
def test_host(shared, version, mechanism):
    """The transcripts of gogoc 1.2 and gw6c 5.1, and a ping through what comes of them."""
    one = shared.speaker(version=version).come_up("ann", shared.keys["ann"], mechanism)
    assert one.offer.server6 == one.offer.whom == SERVER6
    assert one.ping() and one.ping(size=1280)


@pytest.mark.dataplane
@pytest.mark.parametrize("asked", [56, 48, 64, 0])
def test_router(shared, asked):
    """A network behind the client is reached from the server, and the client's hosts from there."""
    one = shared.up("bob", length=asked)
    assert one.offer.length == 56
    # as the stock script makes an address of it
    inside = one.offer.prefix[:19] + "::1"
    assert one.ping(source=inside)
    with shared.server.enter(), socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                                              socket.IPPROTO_ICMPV6) as sock:
        sock.settimeout(10)
        sock.sendto(b"\x80\0\0\0\0\x09\0\x01" + bytes(24), (inside, 0))
        assert one.reply() == SERVER6
        while sock.recvfrom(2048)[0][0] != 129:
            pass


def test_any_type(shared):
    one = shared.speaker().login("ann", shared.keys["ann"])
    one.create("v6anyv4")
    assert one.accept().ping()


@pytest.mark.parametrize("mechanism", ["anonymous", "plain", "digest"])
def test_duplicates(shared, mechanism):
    """Each message three times: three equal answers, and one tunnel."""
    one = shared.speaker(copies=3).come_up("ann", shared.keys["ann"], mechanism)
    assert one.ping()


def test_order(shared):
    """What is out of its order is not answered, and nothing is lost by it."""
    one = shared.speaker().login("ann", shared.keys["ann"])
    one.create()
    assert one.is_silent(ACCEPT, one.sequence + 1)
    assert one.is_silent(ACCEPT, one.sequence - 2)
    assert one.is_silent(b"VERSION=2.0.2\r\n", FIRST)
    assert one.is_silent(ACCEPT, FIRST + 4000)
    one.accept()
    assert one.ping()
    # with the next sequence it is acknowledged again
    assert one.accept().ping()


def test_wrong_keys(shared):
    for mechanism in ("plain", "digest"):
        for user, key in (("ann", "0" * 32), ("nobody", shared.keys["ann"]), ("ann", "x")):
            with pytest.raises(Refused, match="300 "):
                shared.speaker().login(user, key, mechanism)
    with pytest.raises(Refused, match="302 "):
        shared.speaker(version="1.0.1").greet()


def test_guessing(make):
    """Who guesses has to wait; who has a key has not, not even beside him, and no user is shut out."""
    rig = make(has_hub=False)
    one, stranger = rig.up("ann"), rig.speaker(rig.other)
    for _ in range(10):
        with pytest.raises(Refused, match="300 "):
            rig.speaker(rig.other).login("bob", "0" * 32, "digest")
    stranger.greet()
    stranger.ask(b"AUTHENTICATE PLAIN\r\n\0")
    # it may be somebody else in his name: only who was seen to receive is slowed down
    stranger.login("bob", rig.keys["bob"])
    for _ in range(10):
        with pytest.raises(Refused, match="300 "):
            rig.speaker(rig.other).login("carol", "0" * 32)
    stranger = rig.speaker(rig.other)
    stranger.greet()
    stranger.ask(b"AUTHENTICATE PLAIN\r\n\0")
    assert stranger.is_silent(b"\0carol\0" + b"0" * 32 + b"\r\n", stranger.sequence)
    # clients repeat what is not answered, and so it is only a matter of time
    with pytest.raises(Refused, match="300 "):
        stranger.sock.settimeout(1)
        stranger._status(stranger.ask(b"\0carol\0" + b"0" * 32 + b"\r\n"))  # pylint: disable=protected-access
    assert rig.up("bob", rig.other).ping() and one.ping()
    assert rig.up("ann", rig.other).ping()


def test_refusals(shared):
    """Errors of commands are framed, else gogoc asks thousands of times a second."""
    one = shared.speaker().login("ann", shared.keys["ann"])
    for kind in ("v6v4", "v4v6", "nonsense"):
        with pytest.raises(Refused, match="303 "):
            one.create(kind)
    for xml in (b"", b"<tunnel action=\"accept\"/>", b"<tunnel", b"\xff" * 100,
                b"<tunnel action=\"create\" type=\"v6udpv4\">" + b"<client>" * 150,
                b"<!DOCTYPE t [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                b"<tunnel action=\"create\" type=\"v6udpv4\"><client>&b;</client></tunnel>"):
        with pytest.raises(Refused, match="500 "):
            one.command(xml)
    with pytest.raises(Refused, match="522 "):
        anonymous = shared.speaker()
        anonymous.anonymous()
        anonymous.create(length=56)
    # and all the same it goes on
    one.create()
    assert one.accept().ping()


def test_garbage(shared):
    """Anything at all, while somebody is served."""
    good = shared.up()
    bad = shared.speaker(shared.other)
    for size in (0, 1, 7, 8, 9, 100, 1400, 4104, 5000, 20000):
        for first in (b"\xf0", b"\xff", b"\x60", b"\x45", b"\x00", os.urandom(1)):
            bad.sock.send((first + os.urandom(size))[:size])
    for index in range(2000):
        bad.send(os.urandom(index % 200), 0xF0000000 | index)
    assert good.ping()
    assert shared.up("bob", shared.other).ping()


@pytest.mark.dataplane
def test_source(shared):
    """Nobody sends with the address of another."""
    one, two = shared.up("ann"), shared.up("bob", shared.other)
    assert one.ping() and two.ping()
    assert not one.ping(source=two.offer.client6, timeout=0.5)
    assert two.packet(0.2) is None
    # noise of a client's host, which is nobody's fault
    one.transmit(bytes.fromhex("6000000000083aff") + socket.inet_pton(socket.AF_INET6, "fe80::1") +
                 socket.inet_pton(socket.AF_INET6, "ff02::2") + bytes.fromhex("85007bb900000000"))
    assert one.ping() and two.ping()


@pytest.mark.dataplane
def test_between_clients(shared):
    one, two = shared.up("ann"), shared.up("bob", shared.other)
    assert two.ping()
    thread = threading.Thread(target=two.reply)
    thread.start()
    assert one.ping(two.offer.client6)
    thread.join()


@pytest.mark.dataplane
def test_other_socket(shared):
    """A user comes back elsewhere: the same address; the old place keeps it until the accept."""
    old = shared.up("ann")
    new = shared.speaker(shared.other).login("ann", shared.keys["ann"], "digest")
    assert new.create().client6 == old.offer.client6
    assert old.ping()
    assert new.accept().ping()
    assert not old.ping(timeout=0.3)
    assert len(shared.tunnels()) >= 1


def test_same_socket(shared):
    """A client that was restarted says VERSION where its tunnel is."""
    one = shared.up("ann")
    time.sleep(4)
    one.sequence = FIRST
    assert one.come_up("ann", shared.keys["ann"]).ping()


@pytest.mark.dataplane
def test_nat(make):
    """A NAT that forgets: the client notices, begins again, and gets what it had."""
    rig = make()
    one = rig.up("ann", length=56)
    address, prefix = one.offer.client6, one.offer.prefix
    forget(rig.nat)
    assert not one.ping(timeout=0.5)
    again = rig.up("ann", length=56)
    assert again.ping()
    assert (again.offer.client6, again.offer.prefix) == (address, prefix)
    rig.wait_tunnels(1)


@pytest.mark.dataplane
def test_killed(make):
    """lvnd dies: not a packet is lost, and the next one knows all."""
    rig = make()
    one, half = rig.up("ann", length=56), rig.speaker(rig.other)
    half.login("bob", rig.keys["bob"])
    half.create()
    rig.kill()
    for _ in range(20):
        assert one.ping()
    rig.start()
    assert one.ping()
    rig.wait_tunnels(1)
    # whoever was in the middle begins again
    assert half.is_silent(ACCEPT, half.sequence)
    assert rig.up("bob", rig.other).ping()
    again = rig.up("ann", length=56)
    assert again.offer.client6 == one.offer.client6
    assert again.offer.prefix == one.offer.prefix
    assert again.ping()


def test_users(make):
    """What operators take away is gone at once."""
    rig = make()
    one = rig.up("ann")
    assert one.ping()
    assert rig.ctl("users", "list").stdout.split()[0] == "ann"
    assert "ann home for digest-md5, plain" in rig.ctl("keys", "list", "ann").stdout
    assert "ann bound" in rig.ctl("-R", "tsp", "sessions").stdout
    assert "ann" not in rig.ctl("sessions").stdout
    second = rig.ctl("keys", "add", "ann", "other").stdout.split()[1]
    rig.ctl("keys", "revoke", "ann", "other")
    assert one.ping()
    rig.ctl("keys", "revoke", "ann", "home")
    assert not one.ping(timeout=0.5)
    for key in (second, rig.keys["ann"]):
        with pytest.raises(Refused, match="300 "):
            rig.speaker().login("ann", key)
    two = rig.up("bob")
    rig.ctl("users", "del", "bob")
    assert not two.ping(timeout=0.5)
    rig.wait_tunnels(0)
    for wrong in (["users", "add", "ann"], ["users", "add", "a b"], ["users", "del", "bob"],
                  ["keys", "add", "bob", "k"], ["keys", "revoke", "ann", "home"],
                  ["-R", "nowhere", "sessions"]):
        assert rig.ctl(*wrong, check=False).returncode == 1


@pytest.mark.dataplane
def test_disabled(make):
    """Who is disabled is out within a second, and has his addresses when he is let in again."""
    rig = make(has_hub=False)
    one, two = rig.up("ann", length=56), rig.up("bob", rig.other)
    assert one.ping() and two.ping()
    began = time.monotonic()
    rig.ctl("users", "disable", "ann")
    assert not one.ping(timeout=0.2)
    assert len(rig.tunnels()) == 1 and time.monotonic() - began < 1
    assert two.ping()
    assert rig.ctl("users", "list").stdout.splitlines()[0].endswith(" disabled")
    for mechanism in ("plain", "digest"):
        with pytest.raises(Refused, match="300 "):
            rig.speaker().login("ann", rig.keys["ann"], mechanism)
    rig.kill()
    rig.start()
    with pytest.raises(Refused, match="300 "):
        rig.speaker().login("ann", rig.keys["ann"])
    rig.ctl("users", "enable", "ann")
    again = rig.up("ann", length=56)
    assert (again.offer.client6, again.offer.prefix) == (one.offer.client6, one.offer.prefix)
    assert again.ping()


def test_quota(make):
    """A quota is for what there is, too; what operators did is in the log."""
    rig = make(has_hub=False)
    one = rig.up("ann", length=56)
    inside = one.offer.prefix[:19] + "::1"
    assert one.ping(source=inside)
    rig.ctl("users", "quota", "ann", "0")
    assert not one.ping(source=inside, timeout=0.3) and one.ping()
    with pytest.raises(Refused, match="507 "):
        rig.up("ann", length=56)
    assert " prefixes 0" in rig.ctl("users", "list").stdout
    rig.ctl("users", "quota", "ann", "any", "60")
    with pytest.raises(Refused, match="507 "):
        rig.up("ann", length=56)
    rig.ctl("users", "quota", "ann", "1", "56")
    assert rig.up("ann", length=48).ping()
    for wrong in (["ann", "2"], ["ann", "x"], ["ann", "1", "0"], ["ann", "1", "65"], ["ann", "1 "]):
        done = rig.ctl("users", "quota", *wrong, check=False)
        assert done.returncode == 1 and "must be a number of prefixes" in done.stderr
    assert rig.ctl("users", "quota", "nobody", "1", check=False).returncode == 1
    rig.ctl("users", "del", "ann")
    lines = [line.split(" ", 2)[2] for line in rig.ctl("users", "audit", "ann").stdout.splitlines()]
    assert lines == ["ann add", "ann key add home", "ann quota prefixes 0 length any",
                     "ann quota prefixes any length 60", "ann quota prefixes 1 length 56", "ann del"]


def test_idle(make):
    """Who is silent loses the tunnel, and keeps the address; who sends keeps it."""
    rig = make()
    silent, alive = rig.up("ann"), rig.up("bob", rig.other)

    def is_over():
        assert alive.ping()
        time.sleep(1)
        return len(rig.tunnels()) == 1
    wait_until(is_over, "the idle tunnel goes")
    assert alive.ping()
    assert rig.up("ann").offer.client6 == silent.offer.client6


def test_redirect(make):
    rig = make("brokers = { \"192.0.1.9\", \"other.example\" }\nredirect = \"always\"")
    with pytest.raises(Refused, match=r"(?s)1301 .*192\.0\.1\.9.*other\.example") as refused:
        rig.speaker().greet()
    assert "Content-length" not in str(refused.value)


@pytest.mark.parametrize("mechanism", ["anonymous", "plain", "digest"])
def test_stream(shared, mechanism):
    """By TCP all is the same, but that there are no tunnels."""
    one = StreamSpeaker(shared.client, SERVER)
    one.login("bob", shared.keys["bob"], mechanism)
    with pytest.raises(Refused, match="303 "):
        one.create()
    with pytest.raises(Refused, match="500 "):
        one.command(b"<tunnel action=\"info\"/>")


def test_stream_delete(shared):
    tunnel = shared.up("bob", shared.other)
    assert tunnel.ping()
    one = StreamSpeaker(shared.client, SERVER)
    with pytest.raises(Refused, match="300 "):
        one.login("bob", "wrong")
    one.greet()
    one.login("bob", shared.keys["bob"])
    assert one.command(b"<tunnel action=\"delete\"/>") == ""
    assert not tunnel.ping(timeout=0.3)


def test_stream_abuse(shared):
    """Garbage, what is too long, bytes one by one, and more than there is room for."""
    for text in (b"x" * 5000, b"\0" * 9000, b"Content-length: 9\r\n" * 999, b"\r\n" * 999):
        one = StreamSpeaker(shared.other, SERVER)
        one.sock.sendall(text)
        assert one.is_closed()
    slow = StreamSpeaker(shared.client, SERVER)
    for byte in b"VERSION=2.0.2\r":
        slow.sock.send(bytes([byte]))
        time.sleep(0.01)
    many = [StreamSpeaker(shared.other, SERVER) for _ in range(60)]
    good = StreamSpeaker(shared.other, SERVER)
    good.login("ann", shared.keys["ann"], "digest")
    assert sum(one.is_closed(0.05) for one in many) >= 28
    for one in many:
        one.sock.close()
    with pytest.raises(Refused, match="303 "):
        good.create()
    assert shared.up("ann").ping()


def reload(rig, old, new):
    conf = rig.overlay.folder / "lvnd.conf"
    conf.write_text(conf.read_text().replace(old, new))
    return rig.ctl("reload", check=False)


def test_reload(make):
    """What may change does, and tunnels stay; what may not is named."""
    rig = make()
    one = rig.up("ann")
    assert reload(rig, '"anonymous", ', "").returncode == 0
    assert "ANONYMOUS" not in rig.speaker().greet()
    assert reload(rig, "keepalive = 5", "keepalive = 7").returncode == 0
    assert one.ping()
    two = rig.up("bob", rig.other)
    assert two.offer.interval == 7 and two.ping() and one.ping()
    for old, new, name in (("tsp {", "tsp {\ndevice = \"tsp1\"", "device of tsp"),
                           ("device = \"tsp1\"", "realm = \"x\"", "realm of tsp"),
                           ("realm = \"x\"", "listen = { \"0.0.0.0:3654\" }", "listen of tsp")):
        done = reload(rig, old, new)
        assert done.returncode == 1 and name in done.stderr
    assert one.ping()


def test_without(lab_without):
    """Without a section there is nothing of it."""
    overlay, server = lab_without
    assert overlay.lvnctl("users", "list", check=False).stderr == \
        "lvnctl: the configuration of lvnd has no section tsp\n"
    assert server.link("tsp0") is None
