# SPDX-License-Identifier: GPL-2.0-or-later
"""What is refused is refused with a sentence, and names the word that is wrong."""

import re

import pytest
from lib import dataplane
from lib.tool import ToolError

SETUP = """
    dev add f0
    dev add m0 mode multi
    listener add port 5000
    tunnel add dev f0 id 1 remote 192.0.0.2 rport 6001 port 5000
    tunnel add dev m0 id 1 remote 192.0.0.2 rport 6002 port 5000
    rule add dev m0 10.0.0.0/8 tunnel 1
    """


@pytest.mark.parametrize("line,blamed", [
    ("dev add f0", "NAME"),
    ("dev set f0 mode multi", "mode"),
    ("dev set f0 lookup nexthop", "lookup"),
    ("listener add port 5000", "port"),
    ("listener add port 5001 local 192.0.9.9", "local"),
    ("tunnel add dev f0 remote 192.0.0.2 rport 6003 port 5000", "dev"),
    ("tunnel add dev m0 id 1 remote 192.0.0.2 rport 6003 port 5000", "id"),
    ("tunnel add dev m0 id 2 remote 192.0.0.2 rport 6002 port 5000", "remote"),
    ("tunnel add dev m0 id 2 remote 224.0.0.1 rport 6003 port 5000", "remote"),
    ("tunnel add dev m0 id 2 remote 0.0.0.0 rport 6003 port 5000", "remote"),
    ("tunnel add dev m0 id 2 remote 192.0.0.2 rport 6003 port 5000 keepalive 10ms", "keepalive"),
    ("tunnel add dev m0 id 2 remote 192.0.0.2 rport 6003 port 5000 idle 10ms", "idle"),
    ("tunnel add dev m0 id 2 remote 192.0.0.2 rport 6003 listener 77", "listener"),
    ("tunnel set dev m0 id 9 ttl 3", "id"),
    ("tunnel del dev m0 id 9", "id"),
    ("rule add dev m0 10.0.0.0/8 tunnel 1", "PREFIX"),
    ("rule add dev m0 11.0.0.0/8 tunnel 9", "tunnel"),
    ("rule append dev m0 10.0.0.0/8 drop", "PREFIX"),
    ("rule del dev m0 11.0.0.0/8", "PREFIX"),
])
def test_the_culprit_is_named(pair, line, blamed):
    pair.a.ipudp_batch(SETUP)
    shown = ("dev show", "listener show", "tunnel show", "rule show dev m0")
    before = [pair.a.show(what) for what in shown]
    with pytest.raises(ToolError) as refusal:
        pair.a.ipudp(line)
    culprit = rf'\(see "({blamed})( [^"]*)?"\)$'
    assert re.search(culprit, str(refusal.value), re.IGNORECASE), refusal.value
    after = [pair.a.show(what) for what in shown]
    assert after == before, "what is refused changes nothing"


def test_fast_path_is_for_user_space(solo):
    """The module says why it refuses it, ipudpd shows it."""
    solo.ipudp("dev add f0")
    if dataplane.selected() == dataplane.USER:
        assert solo.dev("f0")["fast_path"] == "on"
        solo.ipudp("dev set f0 fast-path off")
        assert solo.dev("f0")["fast_path"] == "off"
        solo.ipudp("dev add f1 fast-path rewrite")
        assert "fast-path rewrite" in solo.ipudp("dev show f1")
        return
    assert "fast_path" not in solo.dev("f0")
    for line in ("dev set f0 fast-path off", "dev set f0 fast-path on", "dev add f1 fast-path on"):
        with pytest.raises(ToolError) as refusal:
            solo.ipudp(line)
        assert "the kernel module, which needs no fast path" in str(refusal.value)
        assert '(see "fast-path ' in str(refusal.value)
    assert len(solo.show("dev show")) == 1
