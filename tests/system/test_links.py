# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices by rtnetlink with IFLA_INFO_DATA: made, changed, shown; generic netlink says the same.

    [ a: t0 … ]        no link is needed
"""

import errno

import pytest
from lib import genl, rtnl

pytestmark = pytest.mark.module_only(reason="iproute2 makes no device of ipudpd: docs/datapaths.md")

FIXED, MULTI = 0, 1
DESTINATION, NEXTHOP = 0, 1


def assert_says(ns, name, mode, lookup, source_check):
    """Both families describe the device, and in the same way."""
    number = genl.NUMBERS
    with ns.enter():
        kind, data = rtnl.show(name)
    assert kind == "ipudp"
    assert data == {number["A_LINK_MODE"]: mode, number["A_LINK_LOOKUP"]: lookup,
                    number["A_LINK_SOURCE_CHECK"]: source_check}
    dev = ns.dev(name)
    assert dev["mode"] == ("fixed", "multi")[mode]
    assert dev["source_check"] == bool(source_check)
    if mode == MULTI:
        assert dev["lookup"] == ("destination", "nexthop")[lookup]


def assert_refused(ns, call, *args, error, sentence, **data):
    with ns.enter(), pytest.raises(genl.NetlinkError) as caught:
        call(*args, **data)
    assert caught.value.errno == error
    assert sentence in caught.value.message


def test_made_with_data(solo):
    with solo.enter():
        rtnl.add("f0")
        rtnl.add("m0", mode=MULTI)
        rtnl.add("m1", mode=MULTI, lookup=NEXTHOP, source_check=0)
        rtnl.add("f1", source_check=1)
    assert_says(solo, "f0", FIXED, DESTINATION, 0)
    assert_says(solo, "m0", MULTI, DESTINATION, 1)
    assert_says(solo, "m1", MULTI, NEXTHOP, 0)
    assert_says(solo, "f1", FIXED, DESTINATION, 1)
    assert "POINTOPOINT" in solo.link("m0")["flags"]
    assert "POINTOPOINT" not in solo.link("m1")["flags"]


def test_made_by_generic_netlink_is_shown(solo):
    solo.ipudp("dev add m0 mode multi lookup nexthop source-check off")
    assert_says(solo, "m0", MULTI, NEXTHOP, 0)


@pytest.mark.essential
def test_changed(solo):
    with solo.enter():
        rtnl.add("m0")
        rtnl.change("m0", mode=MULTI)
    assert_says(solo, "m0", MULTI, DESTINATION, 1)
    with solo.enter():
        rtnl.change("m0", source_check=0)
    assert_says(solo, "m0", MULTI, DESTINATION, 0)
    with solo.enter():
        rtnl.change("m0", lookup=NEXTHOP)
    assert_says(solo, "m0", MULTI, NEXTHOP, 0)


def test_refused_with_a_sentence(solo):
    """What is refused changes nothing."""
    assert_refused(solo, rtnl.add, "t0", error=errno.EINVAL, lookup=NEXTHOP,
                   sentence="only mode multi looks anything up")
    assert_refused(solo, rtnl.add, "t0", genl.attr(rtnl.IFLA_ADDRESS, b"\2\0\0\0\0\1"),
                   error=errno.EINVAL, sentence="no link-layer address")
    assert solo.show("dev show") == []
    solo.ipudp_batch("""dev add m0 mode multi
                        tunnel add dev m0 id 1 remote 192.0.0.2 rport 5000 port 5000""")
    with solo.enter(), pytest.raises(genl.NetlinkError) as caught:
        rtnl.change("m0", mode=FIXED)
    assert caught.value.errno == errno.EBUSY and caught.value.message
    assert_says(solo, "m0", MULTI, DESTINATION, 1)


@pytest.mark.parametrize("data", [{"mode": 2}, {"lookup": 2}, {"source_check": 2}])
def test_unknown_value(solo, data):
    with solo.enter(), pytest.raises(genl.NetlinkError) as caught:
        rtnl.add("t0", **data)
    assert caught.value.errno in (errno.ERANGE, errno.EINVAL) and caught.value.message
    assert solo.show("dev show") == []
