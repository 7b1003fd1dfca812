# SPDX-License-Identifier: GPL-2.0-or-later
"""An address of the server for each client: the transcripts, and what the kernel has of it."""

import ipaddress

import pytest

from conftest import SERVER6
from lib.wait import wait_until

KEPT = "2001:db8:f:0:8000::/65"


def local_routes(rig):
    text = rig.server.run("ip", "-6", "route", "show", "table", "all", "dev", "tsp0", "proto", "76").stdout
    return [line.split()[1] for line in text.splitlines() if line.startswith("local ")]


def is_pair(offer):
    one, two = (int(ipaddress.IPv6Address(text)) for text in (offer.client6, offer.server6))
    return two == one | 1 << 63


@pytest.mark.parametrize("version", ["2.0.2", "2.0.1"])
@pytest.mark.parametrize("mechanism", ["anonymous", "plain", "digest"])
def test_host(paired, version, mechanism):
    one = paired.speaker(version=version).come_up("ann", paired.keys["ann"], mechanism)
    assert is_pair(one.offer) and one.offer.whom == one.offer.server6
    assert one.ping() and one.ping(size=1280)
    assert one.ping(target=SERVER6)


@pytest.mark.dataplane
def test_router(paired):
    one = paired.up("bob", length=56)
    assert is_pair(one.offer)
    assert one.ping(source=one.offer.prefix[:19] + "::1")


def test_two(paired):
    """Each has its own, and nobody sends with the other's."""
    one, two = paired.up("ann"), paired.up("bob", paired.other)
    assert one.offer.server6 != two.offer.server6
    assert one.ping() and two.ping()
    assert not one.ping(source=two.offer.client6, timeout=0.3)
    assert not one.ping(source=two.offer.server6, timeout=0.3)
    assert local_routes(paired) == [KEPT]


def test_lasts(make):
    """It is set again when somebody removes it, outlives lvnd, and goes with the setting."""
    rig = make("pairs = true", has_hub=False)
    one = rig.up("ann")
    before = one.offer.client6, one.offer.server6
    rig.server.run("ip", "-6", "route", "del", KEPT, "dev", "tsp0", "table",
                   "main")
    wait_until(lambda: local_routes(rig) == [KEPT], "the route is there again")
    assert one.ping()
    conf = rig.overlay.folder / "lvnd.conf"
    with_pairs = conf.read_text()
    conf.write_text(with_pairs.replace("pairs = true", ""))
    done = rig.ctl("reload", check=False)
    assert done.returncode == 1 and "pairs of tsp" in done.stderr
    rig.kill()
    assert one.ping()
    rig.start()
    wait_until(lambda: not local_routes(rig), "the route is gone")
    two = rig.up("ann", rig.other)
    assert (two.offer.client6, two.offer.server6) == (before[0], SERVER6) and two.ping()
    conf.write_text(with_pairs)
    rig.kill()
    rig.start()
    three = rig.up("ann")
    assert (three.offer.client6, three.offer.server6) == before and three.ping()


@pytest.mark.parametrize("network, text", [
    ("2001:db8:f:0:8000::1/64", "must be in the lower half"),
    ("2001:db8:f::1/126", "pairs need a length of 125 at most")])
def test_refused(make, network, text):
    rig = make(has_hub=False)
    conf = rig.overlay.folder / "lvnd.conf"
    conf.write_text(conf.read_text().replace("2001:db8:f::1/64", network)
                    .replace("keepalive = 5", "keepalive = 5\n    pairs = true"))
    assert text in rig.ctl("reload", check=False).stderr
