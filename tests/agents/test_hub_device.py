# SPDX-License-Identifier: GPL-2.0-or-later
"""The hub's interface in a host that is not its own: what others have stays, what others take away
comes back, and `lvnctl status` says what is wrong meanwhile.
"""

import json
import pathlib
import subprocess

import pytest

from agentlib.hubtest import wait_until
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import

REPO = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = ["10.100.0.1/24", "fd00:100::1/64"]
DELEGATED = "192.168.7.0/24"


def ip(*args):
    subprocess.run(["ip", *args], check=True)


def shown(*args):
    return json.loads(subprocess.run(["ip", "-j", *args], capture_output=True, check=True).stdout
                      or b"[]")


def addresses(device="lvn0"):
    """Those of global scope."""
    return {f"{one['local']}/{one['prefixlen']}" for link in shown("addr", "show", "dev", device)
            for one in link["addr_info"] if one.get("scope") == "global"}


def routes(device="lvn0"):
    return {one["dst"] for family in ("-4", "-6")
            for one in shown(family, "route", "show", "dev", device)
            if one.get("protocol") == "76"}


def problems(hub):
    """Without what this kernel does not let the fast path do."""
    return [text for text in hub.ctl("status")["problems"] if not text.startswith("fast path")]


@pytest.fixture
def other():
    """An interface of the host that is not ours."""
    ip("link", "add", "other0", "type", "veth", "peer", "name", "other1")
    ip("link", "set", "other1", "up")
    ip("link", "set", "other0", "up")
    yield "other0"
    ip("link", "del", "other0")


@pytest.fixture
def behind(make_hub, spoke):  # noqa: F811
    """A hub, and a spoke that is bound and has a prefix behind it."""
    hub = make_hub(start=False)
    hub.extra = f'identity "alpha" {{ prefix = {{"{DELEGATED}"}} }}\n'
    hub.start()
    one = spoke("alpha")
    one.hello()
    one.bind()
    wait_until(lambda: DELEGATED in routes(), "the delegated prefix is routed")
    return hub, one


ALL = {"10.100.0.0/24", "fd00:100::/64", DELEGATED}


def is_whole():
    link, = shown("link", "show", "dev", "lvn0")
    return addresses() == set(NETWORKS) and routes() == ALL and "UP" in link["flags"] and \
        link["mtu"] == 1420


@pytest.mark.parametrize("command", [
    "route flush dev lvn0", "-6 route flush dev lvn0", "addr flush dev lvn0",
    "addr del 10.100.0.1/24 dev lvn0", "link set lvn0 down", "link set lvn0 mtu 1300",
    f"route del {DELEGATED}", "link del lvn0"])
def test_mended(behind, command):
    """Within seconds, and said; what the spoke is bound to goes on."""
    hub, one = behind
    ip(*command.split())
    def mended():
        try:
            return is_whole()
        except subprocess.CalledProcessError:
            return False
    wait_until(mended, f"mended after: ip {command}")
    wait_until(lambda: problems(hub) == [], "no problem is left")
    assert "device lvn0: " in hub.text()
    assert one.exchange(one.request()).kind == 0x101
    assert hub.sessions()["alpha"]["state"] == "bound"


def test_shown_while_it_is_wrong(behind):
    """An interface of another name is what lvnd cannot mend."""
    hub, _ = behind
    ip("link", "set", "lvn0", "down")
    ip("link", "set", "lvn0", "name", "theirs0")
    wait_until(lambda: any("theirs0" in text for text in problems(hub)), "the problem is shown")
    ip("link", "set", "theirs0", "down")
    ip("link", "set", "theirs0", "name", "lvn0")
    wait_until(lambda: problems(hub) == [] and is_whole(), "solved")
    assert "everything is as it should be again" in hub.text()


@pytest.mark.parametrize("when", ["before", "while", "after a restart"])
def test_routes_of_the_host_stay(make_hub, spoke, other, when):  # noqa: F811
    """Ours give way to the host's, with a warning that names both, until the host's are gone."""
    theirs = {"10.100.0.0/24", DELEGATED}
    hub = make_hub(start=False)
    hub.extra = f'identity "alpha" {{ prefix = {{"{DELEGATED}"}} }}\n'
    if when == "before":
        for prefix in theirs:
            ip("route", "add", prefix, "dev", other, "metric", "50")
    hub.start()
    one = spoke("alpha")
    one.hello()
    one.bind()
    if when != "before":
        for prefix in theirs:
            ip("route", "add", prefix, "dev", other, "metric", "50")
        ip("route", "flush", "dev", "lvn0", "proto", "76")
    if when == "after a restart":
        hub.kill()
        hub.start()
    def told():
        return all(any(prefix in text and other in text for text in problems(hub))
                   for prefix in theirs)
    wait_until(told, "what gave way is shown")
    assert hub.sessions()["alpha"]["state"] == "bound"
    assert not theirs & routes()
    assert {one["dst"] for one in shown("route", "show", "dev", other)} >= theirs
    for prefix in theirs:
        assert f"{prefix}" in hub.text()
        ip("route", "del", prefix, "dev", other)
    wait_until(lambda: theirs <= routes() and problems(hub) == [], "ours are set when there is room")
    hub.ctl("-r", "kick", "alpha")
    wait_until(lambda: DELEGATED not in routes(), "and go with the session")


def test_address_of_the_host_stays(make_hub, other):  # noqa: F811
    for address in NETWORKS:
        ip("addr", "add", address, "dev", other)
    hub = make_hub()
    for address in NETWORKS:
        assert any(address in text and other in text for text in problems(hub)), address
    assert set(NETWORKS) <= addresses(other) and not set(NETWORKS) & addresses()
    for address in NETWORKS:
        ip("addr", "del", address, "dev", other)
    wait_until(lambda: addresses() == set(NETWORKS) and problems(hub) == [], "ours are set")


@pytest.mark.dataplane
@pytest.mark.parametrize("networks", [["10.200.0.1/24", "fd00:200::1/64"], ["10.100.0.1/16"],
                                      ["fd00:100::1/48", "10.100.0.77/24"]])
def test_networks_changed(make_hub, networks):  # noqa: F811
    """Nothing of the old stays on the device, but what the operator added himself."""
    hub = make_hub()
    ip("addr", "add", "192.0.2.77/32", "dev", "lvn0")
    ip("addr", "add", "fe80::77/64", "dev", "lvn0")
    ip("route", "add", "192.0.2.128/25", "dev", "lvn0", "proto", "static")
    hub.stop()
    hub.settings["network"] = networks
    hub.start()
    kept = {"192.0.2.77/32"} if is_kept() else set()
    assert addresses() == set(networks) | kept
    expected = {f"{text.split('/')[0]}" for text in networks}
    assert len(routes()) == len(expected)
    assert problems(hub) == []


def is_kept():
    """A data plane without data takes its interface with it."""
    return any(one["dst"] == "192.0.2.128/25" for one in shown("route", "show", "dev", "lvn0"))


def test_status(make_hub):  # noqa: F811
    """What runs, in JSON and in words; times are seconds since 1970."""
    hub = make_hub()
    status = hub.ctl("status")
    assert status["device"] == "lvn0" and status["datapath"] in ("module", "user")
    assert status["version"] and problems(hub) == []
    started = int(subprocess.run(["date", "+%s"], capture_output=True, check=True).stdout)
    assert started - 120 < status["started"] <= started
    assert status["certificate_ends"] > started
    text = hub.text()
    for word in (f"lvnd {status['version']}", "data plane", "device lvn0", "127.0.0.1:50000",
                 "[::1]:50000"):
        assert word in text, word


def keys(value):
    if isinstance(value, list):
        return {key for one in value for key in keys(one)}
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys(one)}
    return set()


def test_json_is_documented(make_hub, spoke):  # noqa: F811
    """Each member that lvnctl prints is in lvnctl(8)."""
    hub = make_hub()
    manual = (REPO / "docs/man/lvnctl.8.scd").read_text("utf-8")
    one = spoke("alpha")
    one.hello()
    one.bind()
    spoke("beta").hello()
    hub.ctl("deny", "gamma")
    kicked = hub.ctl("kick", "beta")
    found = keys([hub.ctl(command) for command in ("status", "sessions", "leases", "policy")])
    assert {"free_at", "seen", "verdict", "problems"} <= found
    missing = {key for key in found | keys(kicked) if f"_{key}_" not in manual}
    assert not missing


@pytest.mark.parametrize("forward", [True, False])
def test_does_not_configure_the_host(make_hub, forward):  # noqa: F811
    """Nothing that comes out of the device does, whether or not the hub forwards."""
    make_hub(forward=forward)
    for family, name, value in (("ipv6", "accept_ra", "0"), ("ipv6", "autoconf", "0"),
                                ("ipv6", "accept_redirects", "0"), ("ipv6", "addr_gen_mode", "1"),
                                ("ipv4", "accept_redirects", "0")):
        path = pathlib.Path(f"/proc/sys/net/{family}/conf/lvn0/{name}")
        assert path.read_text("ascii").strip() == value, path
    link, = shown("addr", "show", "dev", "lvn0")
    assert not [one for one in link["addr_info"] if one["local"].startswith("fe80")]
