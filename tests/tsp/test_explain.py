# SPDX-License-Identifier: GPL-2.0-or-later
"""lvnctl explain: what a client said, what it was told, what the data plane counts."""

import json

import pytest

from conftest import SERVER
from speaker import Refused, StreamSpeaker


def explain(rig, what):
    """The steps, and the states after them."""
    listed = json.loads(rig.ctl("-j", "explain", what).stdout)
    return [one for one in listed if "asked" in one], [one for one in listed if "findings" in one]


def texts(steps):
    return [(one["asked"], one["answered"]) for one in steps]


def test_login(make):
    """A whole set-up, and what goes through the tunnel."""
    rig = make(has_hub=False)
    one = rig.speaker()
    one.login("ann", rig.keys["ann"], "digest")
    assert one.create(length=56)
    _, state = explain(rig, "ann")
    assert len(state) == 1 and state[0]["addresses"] == [one.offer.client6]
    assert "an offer was made" in state[0]["findings"][0] and "tunnel" not in state[0]
    one.accept()
    _, (state,) = explain(rig, "ann")
    assert "nothing was ever received" in state["findings"][0]
    assert one.ping()
    steps, (state,) = explain(rig, "ann")
    assert texts(steps) == [
        ("a key by DIGEST-MD5", "the key is right"),
        ("create, with a prefix of length 56", "200 Success"), ("accept", "acknowledged")]
    assert all(step["user"] == "ann" and step["proved"] and step["transport"] == "udp"
               for step in steps)
    assert state["findings"] == [] and state["rx_packets"] >= 1 and state["tx_packets"] >= 1
    assert state["remote"] == steps[0]["remote"]
    # a source that is not the user's
    assert not one.ping(source="2001:db8:f::dead", timeout=0.3)
    _, (state,) = explain(rig, "ann")
    assert state["rx_dropped"] == 1 and "their sources are not" in state["findings"][0]
    # from outside, from inside, from the network behind
    outer = state["remote"].rsplit(":", 1)[0]
    steps, states = explain(rig, outer)
    assert texts(steps)[:2] == [("VERSION=2.0.2", steps[0]["answered"]),
                                ("AUTHENTICATE DIGEST-MD5", "a challenge")]
    assert steps[0]["answered"].startswith("CAPABILITY TUNNEL=V6UDPV4")
    assert [one["user"] for one in states] == ["ann"] and len(steps) == 5
    for inner in (one.offer.client6, one.offer.prefix[:19] + "::77"):
        steps, states = explain(rig, inner)
        assert [one["user"] for one in states] == ["ann"] and len(steps) == 3
    out = rig.ctl("explain", "ann").stdout
    assert ": accept: acknowledged\n" in out and " rx_dropped 1 " in out
    assert rig.keys["ann"] not in rig.ctl("explain", outer).stdout


def test_failures(make):
    """What is wrong with a user is said; in whose name others try is told apart."""
    rig = make(has_hub=False)
    with pytest.raises(Refused):
        rig.speaker().login("ann", "0" * 32)
    steps, (state,) = explain(rig, "ann")
    assert texts(steps) == [("a key by PLAIN", "300 Authentication failed (unknown, or wrong key)")]
    assert not steps[0]["proved"] and "there is no tunnel" in state["findings"]
    rig.ctl("users", "disable", "ann")
    with pytest.raises(Refused):
        rig.speaker().login("ann", rig.keys["ann"], "digest")
    steps, (state,) = explain(rig, "ann")
    assert steps[-1]["answered"] == "300 Authentication failed (disabled)"
    assert "the user is disabled" in state["findings"]
    rig.ctl("users", "enable", "ann")
    rig.ctl("users", "quota", "ann", "0")
    with pytest.raises(Refused):
        rig.up("ann", length=56)
    assert texts(explain(rig, "ann")[0])[-1] == (
        "create, with a prefix of length 56",
        "507 Requested prefix length cannot be assigned (the user's quota)")
    rig.ctl("keys", "revoke", "ann", "home")
    assert "the user has no key" in explain(rig, "ann")[1][0]["findings"]
    with pytest.raises(Refused):
        StreamSpeaker(rig.client, SERVER).login("carol", "x" * 32)
    steps, (state,) = explain(rig, "carol")
    assert steps[0]["transport"] == "tcp" and "there is no such user" in state["findings"]
    for wrong, text in (("192.0.2.77", "nothing is known of that address"), ("a b", "a name has")):
        done = rig.ctl("explain", wrong, check=False)
        assert done.returncode == 1 and text in done.stderr
