# SPDX-License-Identifier: GPL-2.0-or-later
"""TTL, DSCP, ECN and DF: what the outer header takes from the inner one, and gives back.

    a t0 10.0.0.1, fd00::1 ─ eth0 192.0.0.1:5000 ═══ 192.0.0.2:6000 (or 2001:db8:0::) socket in b
"""

import socket

import pytest
from lib import dataplane, icmp, lab, packet
from lib.peer import Peer, Sender, Sniffer, raw_udp
from lib.wait import wait_until

NOT_ECT, ECT1, ECT0, CE = range(4)
# RFC 6040 figure 4: DECAPSULATED[inner][outer], None is dropped
DECAPSULATED = {
    NOT_ECT: {NOT_ECT: NOT_ECT, ECT0: NOT_ECT, ECT1: NOT_ECT, CE: None},
    ECT0: {NOT_ECT: ECT0, ECT0: ECT0, ECT1: ECT1, CE: CE},
    ECT1: {NOT_ECT: ECT1, ECT0: ECT1, ECT1: ECT1, CE: CE},
    CE: {NOT_ECT: CE, ECT0: CE, ECT1: CE, CE: CE},
}

outers = pytest.mark.parametrize("outer", [4, 6], ids=["outer4", "outer6"])
inners = pytest.mark.parametrize("inner", [4, 6], ids=["inner4", "inner6"])


class Wire:
    """Sends inner packets through a tunnel and sees the outer ones."""

    def __init__(self, lab_, outer, options=""):
        self.a = lab_.a
        self.a.ipudp_batch(f"""
            dev add t0
            tunnel add dev t0 id 1 remote {lab.outer(outer, 0, 2)} rport 6000 port 5000 \
            {options}""")
        lab.raise_device(self.a, "t0", 1)
        self.peer = Peer(lab_.b, lab.outer(outer, 0, 2), 6000)
        self.sniffer = Sniffer(lab_.b, "eth0")
        self.senders = {family: Sender(self.a, family) for family in (4, 6)}

    def send(self, inner, **options):
        if inner == 4:
            options.setdefault("ident", 1)
        raw = packet.udp(lab.inner(inner, 1), lab.inner(inner, 2), 1, 2, b"x", **options)
        self.senders[inner].send(raw)
        found = self.sniffer.udp()
        assert found.data == raw, "the inner packet was changed"
        return found


@outers
@inners
def test_ttl(pair, outer, inner):
    wire = Wire(pair, outer, "ttl 17")
    assert wire.send(inner, ttl=99).ttl == 17
    pair.a.ipudp("tunnel set dev t0 id 1 ttl inherit")
    assert wire.send(inner, ttl=99).ttl == 99
    assert wire.send(inner, ttl=3).ttl == 3
    # a socket cannot send 0, and nobody forwards it
    assert wire.send(inner, ttl=0).ttl == 1
    if dataplane.has_fastpath(pair.a):
        pair.a.ipudp("dev set t0 fast-path off")
        assert wire.send(inner, ttl=0).ttl == 1
        pair.a.ipudp("dev set t0 fast-path on")
    pair.a.ipudp("tunnel set dev t0 id 1 ttl 255")
    assert wire.send(inner, ttl=99).ttl == 255


@outers
@inners
def test_dscp(pair, outer, inner):
    """Inherited by default; set, it leaves ECN alone."""
    wire = Wire(pair, outer)
    for tos in (0, 0x28, 0xb8, 0xfc):
        assert wire.send(inner, tos=tos).dscp == tos >> 2
    pair.a.ipudp("tunnel set dev t0 id 1 dscp 10")
    for tos in (0, 0xb8, 0xb8 | ECT0):
        found = wire.send(inner, tos=tos)
        assert found.dscp == 10 and found.ecn == tos & 3
    pair.a.ipudp("tunnel set dev t0 id 1 dscp 0")
    assert wire.send(inner, tos=0xb8).dscp == 0
    pair.a.ipudp("tunnel set dev t0 id 1 dscp inherit")
    assert wire.send(inner, tos=0xb8).dscp == 46


@outers
@inners
def test_ecn_is_copied_outwards(pair, outer, inner):
    """RFC 6040 section 4.1, normal mode."""
    wire = Wire(pair, outer)
    for ecn in (NOT_ECT, ECT0, ECT1, CE):
        assert wire.send(inner, tos=0xb8 | ecn).tos == 0xb8 | ecn


@pytest.mark.essential
@outers
@inners
def test_ecn_is_combined_inwards(pair, outer, inner):
    """RFC 6040 section 4.2, all sixteen combinations."""
    wire = Wire(pair, outer)
    wire.peer.close()
    inside = Sniffer(pair.a, "t0")
    raw_sender = Sender(pair.b, outer)
    wrong, dropped = [], 0
    for inner_ecn, row in DECAPSULATED.items():
        for outer_ecn, expected in row.items():
            data = bytes([inner_ecn, outer_ecn])
            raw = packet.udp(lab.inner(inner, 2), lab.inner(inner, 1), 1, 2, data,
                             tos=0x28 | inner_ecn)
            raw_sender.send(packet.udp(lab.outer(outer, 0, 2), lab.outer(outer, 0, 1), 6000, 5000,
                                       raw, tos=0xb8 | outer_ecn))
            if expected is None:
                dropped += 1
                continue
            found = inside.receive(lambda one, data=data: one.data == data)
            assert found, f"inner {inner_ecn} outer {outer_ecn} did not come"
            assert found.dscp == 0x28 >> 2
            if found.ecn != expected:
                wrong.append((inner_ecn, outer_ecn, found.ecn, expected))
    assert not wrong, "(inner, outer, got, expected)"
    wait_until(lambda: pair.a.drops("t0"), "the drop is counted")
    assert pair.a.drops("t0") == {"rx-ecn": dropped}


@inners
def test_df(pair, inner):
    """Of the outer IPv4 header: set by default, unset or as the inner one's on request."""
    wire = Wire(pair, 4)
    df = {"df": False} if inner == 4 else {}
    assert wire.send(inner).df and wire.send(inner, **df).df
    pair.a.ipudp("tunnel set dev t0 id 1 df unset")
    assert not wire.send(inner).df
    pair.a.ipudp("tunnel set dev t0 id 1 df inherit")
    # an IPv6 packet may never be fragmented on its way
    assert wire.send(inner).df
    if inner == 4:
        assert not wire.send(4, df=False).df
    pair.a.ipudp("tunnel set dev t0 id 1 df set")
    assert wire.send(inner, **df).df


def test_identification_differs_where_fragments_are_allowed(pair):
    """Routers may cut packets without DF: equal numbers would mix them up (RFC 6864)."""
    wire = Wire(pair, 4, "df unset")
    assert len({wire.send(4).ident for _ in range(8)}) > 1


def test_no_identification_where_there_are_no_fragments(pair):
    """It would mean nothing (RFC 6864, section 4.1)."""
    wire = Wire(pair, 4)
    assert {wire.send(4).ident for _ in range(8)} == {0}


def test_outer_fragments_are_reassembled(pair):
    """An outer datagram larger than the link comes in pieces, and is one packet again."""
    wire = Wire(pair, 4)
    wire.peer.remote = (lab.outer(4, 0, 1), 5000)
    inside = Sniffer(pair.a, "t0")
    raw = packet.udp(lab.inner(4, 2), lab.inner(4, 1), 1, 2, bytes(range(256)) * 7)
    wire.peer.sock.setsockopt(socket.IPPROTO_IP, icmp.IP_MTU_DISCOVER, icmp.PMTUDISC_DONT)
    wire.peer.send(raw)
    found = inside.receive(lambda one: one.proto == packet.UDP)
    assert found and found.raw == raw


def test_inner_ttl_is_not_touched(pair):
    """A tunnel is one link: only routers count down."""
    wire = Wire(pair, 4)
    assert wire.send(6, ttl=1)
    inside = Sniffer(pair.a, "t0")
    # nothing is to be answered
    pair.a.socket(socket.AF_INET, socket.SOCK_DGRAM).bind((lab.inner(4, 1), 2))
    raw = packet.udp(lab.inner(4, 2), lab.inner(4, 1), 1, 2, b"x", ttl=1)
    raw_udp(pair.b, lab.outer(4, 0, 2), 6000, lab.outer(4, 0, 1), 5000, raw)
    assert inside.receive(lambda one: one.proto == packet.UDP).ttl == 1
