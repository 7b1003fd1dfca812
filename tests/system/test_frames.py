# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames: what is no data goes to the process that registered for it, from the same port.

    frame_peer in a ─ listener 5000 ─ 192.0.0.1, 2001:db8:0::1 ═══ 192.0.0.2 … sockets in b
"""

import signal
import socket

import pytest
from lib import genl, icmp, lab, tool, traffic
from lib.peer import Peer
from lib.wait import wait_equal, wait_until

LOCAL = ("192.0.0.1", 5000)
CLASSES = {"stun": (b"\x00", b"\x03\1\2", b"\x01" + bytes(1400)),
           "tsp": (b"\xff\xff", b"\xf0", b"\xf0\0\0\0", b"\xfe" + b"tsp" * 100),
           "other": (b"\x04", b"\x10x", b"\x3f", b"\x50", b"\x7fab", b"\xef")}


@pytest.fixture
def net(pair):
    pair.a.ipudp("listener add port 5000")
    pair.ident = pair.a.listener(5000)["id"]
    pair.peer = Peer(pair.b, "192.0.0.2", 6000, LOCAL)
    return pair


def register(net, *args, ns=None):
    process = (ns or net.a).start(tool.HELPERS / "frame_peer", net.ident, *args)
    process.wait_line("registered")
    return process


def frames(process):
    """[(class, remote, port, local, payload)] seen so far."""
    found = [line.split(" ") for line in list(process.lines) if line.startswith("frame ")]
    return [(one[1], one[2], int(one[3]), one[4], bytes.fromhex(one[7])) for one in found]


@pytest.mark.parametrize("name", list(CLASSES))
def test_classes(net, name):
    """Each class gets its own and nothing else, whole, with its addresses."""
    process = register(net, name)
    for payloads in CLASSES.values():
        for payload in payloads:
            net.peer.send(payload)
    mine = CLASSES[name]
    others = sum(len(payloads) for key, payloads in CLASSES.items() if key != name)
    wait_until(lambda: len(frames(process)) >= len(mine), "the frames come")
    assert frames(process) == [(name, "192.0.0.2", 6000, "192.0.0.1", payload)
                               for payload in mine]
    wait_equal(lambda: net.a.listener_drops(5000), {"frame-unclaimed": others}, "the others")
    assert net.a.listener(5000)["counters"]["rx_frames"] == len(mine)


def test_unclaimed(net):
    """While nobody is registered frames are counted, and nothing else happens."""
    for _ in range(7):
        net.peer.send(b"\0frame")
    wait_equal(lambda: net.a.listener_drops(5000), {"frame-unclaimed": 7}, "all are counted")
    assert net.a.listener(5000)["counters"]["rx_frames"] == 0


def test_over_ipv6(net):
    process = register(net, "stun", "--echo")
    peer = Peer(net.b, "2001:db8:0::2", 6000, ("2001:db8:0::1", 5000))
    peer.send(b"\0six")
    peer.expect(b"\0six")
    assert peer.source[:2] == ("2001:db8::1", 5000)
    wait_equal(lambda: frames(process), [("stun", "2001:db8::2", 6000, "2001:db8::1", b"\0six")],
               "it is told")


@pytest.mark.essential
def test_answers_leave_from_the_same_port(net):
    register(net, "stun", "tsp", "other", "--echo")
    for payload in (b"\0request", b"\xfftsp", b"\x77other", b"\0" + bytes(1400)):
        net.peer.send(payload)
        net.peer.expect(payload)
        assert net.peer.source == LOCAL
    wait_equal(lambda: net.a.listener(5000)["counters"]["tx_frames"], 4, "sent frames")


def test_answer_comes_from_the_address_asked(net):
    """On a host with several addresses the answer bears the one that was asked."""
    net.a.ip("addr add 192.0.0.55/24 dev eth0")
    try:
        register(net, "stun", "--echo")
        net.peer.send(b"\0request", ("192.0.0.55", 5000))
        net.peer.expect(b"\0request")
        assert net.peer.source == ("192.0.0.55", 5000)
    finally:
        net.a.ip("addr del 192.0.0.55/24 dev eth0")


def test_sent_unasked(net):
    """A client speaks first; anything may be sent, also what looks like data."""
    process = register(net, "stun")
    for payload in (b"\0hello", b"\x45data", b"\xff"):
        process.say(f"send 192.0.0.2 6000 {payload.hex()}")
        net.peer.expect(payload)


def test_largest(net):
    """Frames up to 2048 bytes pass whole, larger ones are not cut but counted."""
    process = register(net, "stun", "--echo")
    largest = b"\0" + bytes(range(255)) * 8 + b"\1\2\3\4\5\6\7"
    assert len(largest) == genl.NUMBERS.get("FRAME_MAX", 2048)
    net.peer.sock.setsockopt(socket.IPPROTO_IP, icmp.IP_MTU_DISCOVER, icmp.PMTUDISC_DONT)
    net.peer.send(largest)
    net.peer.expect(largest)
    net.peer.send(largest + b"\0")
    net.peer.send(b"\0end")
    net.peer.expect(b"\0end")
    wait_equal(lambda: [len(frame[4]) for frame in frames(process)], [2048, 4], "both are told")
    assert sum(net.a.listener_drops(5000).values()) == 1
    process.say(f"send 192.0.0.2 6000 {(largest + bytes(1)).hex()}")
    assert "Message too long" in process.wait_line("error send")


def test_taken_until_it_is_given_back(net):
    """One process a class; another is refused, with a sentence, until the first has gone."""
    first = register(net, "stun", "tsp")
    second = net.a.start(tool.HELPERS / "frame_peer", net.ident, "stun")
    refusal = second.wait_line("error register")
    assert "Device or resource busy" in refusal
    assert not refusal.endswith("busy: "), "the kernel says nothing about it"
    # other classes are free
    register(net, "other")
    first.say("unregister stun")
    first.wait_line("unregistered")
    third = register(net, "stun")
    net.peer.send(b"\0for the third")
    net.peer.send(b"\xf1for the first")
    third.wait_line(b"for the third".hex())
    first.wait_line(b"for the first".hex())


def test_killed_and_replaced_while_data_flows(pair):
    """The port stays, data goes on, frames are counted meanwhile; the next one gets them."""
    lab.tunnel_ends(pair.a, pair.b)
    pair.ident = pair.a.listener(5000)["id"]
    stranger = Peer(pair.b, "192.0.0.2", 6000, LOCAL)
    first = register(pair, "stun", "--echo")
    stream = traffic.Stream(pair.b, pair.a, "10.0.0.1").start()
    stream.progress()
    stranger.send(b"\0one")
    stranger.expect(b"\0one")
    for turn in range(3):
        first.kill()
        # the socket is closed by the time the process is waited for
        stranger.send(b"\0nobody")
        wait_equal(lambda turn=turn: pair.a.listener_drops(5000),
                   {"frame-unclaimed": turn + 1}, "a frame for nobody")
        stream.progress()
        first = register(pair, "stun", "--echo")
        stranger.send(b"\0again")
        stranger.expect(b"\0again")
        stream.progress()
    assert stream.stop() == 0
    assert pair.a.drops("t0") == {}


def test_queue_is_bounded(net):
    """A process that does not read loses frames, not the machine its memory; it is told."""
    process = register(net, "stun", "--quiet")
    process.signal(signal.SIGSTOP)

    def counted():
        shown = net.a.listener(5000)
        return shown["counters"]["rx_frames"] + tool.drops(shown).get("frame-overflow", 0)

    # where all at once come faster than a daemon is served, its socket would lose them uncounted
    for sent in range(1000, 20001, 1000):
        blast = net.b.start(tool.HELPERS / "udpblast", *LOCAL, 1000, (b"\0" + bytes(999)).hex())
        blast.wait_line("sent 1000")
        # the last ones may be on their way
        wait_equal(counted, sent, "each is delivered or counted")
    overflow = net.a.listener_drops(5000)["frame-overflow"]
    assert overflow > 1000
    process.signal(signal.SIGCONT)

    def seen():
        net.peer.send(b"\0after")
        process.say("count")
        words = process.lines[-1].split()
        return words[0] == "count" and int(words[3]) >= overflow and words
    wait_until(seen, "it hears how many it lost")
    assert set(net.a.listener_drops(5000)) == {"frame-overflow"}


@pytest.mark.parametrize("reader", ["reading", "stopped", "nobody"])
def test_flood_does_not_slow_data(pair, reader):
    """Whether frames are read, overflow or are unclaimed: not one data packet is lost."""
    lab.tunnel_ends(pair.a, pair.b)
    pair.ident = pair.a.listener(5000)["id"]
    if reader != "nobody":
        process = register(pair, "other", "--quiet")
        if reader == "stopped":
            process.signal(signal.SIGSTOP)
    stream = traffic.Stream(pair.b, pair.a, "10.0.0.1").start()
    stream.progress()
    blast = pair.b.start(tool.HELPERS / "udpblast", *LOCAL, 0, (b"\x77" * 64).hex())
    blast.wait_line("sending")
    stream.progress(600)
    assert blast.alive
    blast.kill()
    assert stream.stop() == 0
    shown = pair.a.listener(5000)
    assert shown["counters"]["rx_frames"] + sum(tool.drops(shown).values()) > 100


def test_unpinned_listener_ends_registrations(net):
    """The listener goes with its registrations; one of the same port starts afresh."""
    process = register(net, "stun")
    net.a.ipudp("listener del", net.ident)
    net.a.ipudp("listener add port 5000")
    net.peer.send(b"\0frame")
    wait_equal(lambda: net.a.listener_drops(5000), {"frame-unclaimed": 1}, "nobody has it")
    assert process.alive and frames(process) == []


@pytest.mark.module_only(reason="netlink attributes of the module")
def test_registration_is_checked(net):
    number = genl.NUMBERS
    listener = genl.attr(number["A_FRAME_LISTENER"], net.ident)
    with net.a.enter(), genl.Genl() as sock:
        for payload in (b"", listener, genl.attr(number["A_FRAME_CLASS"], b"\0"),
                        listener + genl.attr(number["A_FRAME_CLASS"], b"\x09"),
                        genl.attr(number["A_FRAME_LISTENER"], net.ident + 7) +
                        genl.attr(number["A_FRAME_CLASS"], b"\0")):
            with pytest.raises(genl.NetlinkError) as refusal:
                sock.request(number["CMD_FRAME_REGISTER"], payload)
            assert refusal.value.message, payload
