# SPDX-License-Identifier: GPL-2.0-or-later
"""Each address and each prefix has one owner, whatever is configured, asked for and reloaded."""

import subprocess

import pytest

from agentlib.hubtest import LVND, wait_until
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import


def ask(one, kind, *prefixes):
    """Answer to a hello or renew with a wish, past what else is told."""
    one.write({"type": kind, "versions": [1], "request": {"prefixes": list(prefixes)}})
    while True:
        answer = one.read()
        if answer["type"] == "lease":
            one.lease = answer
        if answer["type"] in ("lease", "error"):
            return answer


def reload(hub, extra):
    hub.extra = extra
    hub.write()
    hub.ctl("reload")


POOL = {"delegate": ["10.200.0.0/16 24"]}


@pytest.mark.parametrize("extra, words", [
    ('identity "a" { address = {"10.100.0.1"} }', "'a': address 10.100.0.1 is the hub's own"),
    ('identity "a" { address = {"10.100.0.255"} }', "10.100.0.255 means the network"),
    ('identity "a" { address = {"10.101.0.2"} }', "10.101.0.2 is in no network"),
    ('identity "a" { address = {"10.100.0.2"} }\nidentity "b" { address = {"10.100.0.2"} }',
     "10.100.0.2 is given to 'a' and to 'b'"),
    ('identity "a" { address = {"10.100.0.2", "10.100.0.3"} }', "two addresses in one network"),
    ('identity "a*" { prefix = {"10.9.0.0/24"} }', "'a*': with wildcards"),
    ('identity "a*" { }\nidentity "ab" { prefix = {"10.9.0.0/24"} }', "'ab' is never used: 'a*'"),
    ('identity "a" { prefix = {"10.100.0.64/26"} }',
     "prefix 10.100.0.64/26 overlaps network 10.100.0.1/24"),
    ('identity "a" { prefix = {"10.9.0.0/16"} }\nidentity "b" { prefix = {"10.9.1.0/24"} }',
     "prefix 10.9.1.0/24 overlaps prefix 10.9.0.0/16"),
    ('delegate = {"10.200.0.0/16 24", "10.200.4.0/22 28"}',
     "delegate 10.200.4.0/22 overlaps delegate 10.200.0.0/16"),
    ('network = {"169.254.7.1/24"}', "network 169.254.7.1/24 is not for unicast"),
    ('delegate = {"ff00::/8 64"}', "delegate ff00::/8 is not for unicast"),
    ('identity "a" { prefix = {"127.0.0.0/24"} }', "prefix 127.0.0.0/24 is not for unicast"),
])
def test_configuration_is_checked(make_hub, extra, words):
    hub = make_hub(start=False)
    hub.extra = extra + "\n"
    hub.write()
    done = subprocess.run([LVND, "-t", "-c", hub.dir / "lvnd.conf"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr


def test_permit_reaches_nothing_of_others(make_hub, spoke):
    hub = make_hub(start=False, **POOL)
    hub.extra = ('identity "alpha" { permit = {"0.0.0.0/0", "::/0"} }\n'
                 'identity "beta" { prefix = {"10.200.0.0/24", "172.20.0.0/24"} }\n')
    hub.start()
    victim, evil = spoke("gamma"), spoke("alpha")
    lease = ask(victim, "hello", "0.0.0.0/24")
    address = lease["addresses"][0].split("/")[0]
    # of the pool, but not what is beta's; which is away
    assert lease["prefixes"] == ["10.200.1.0/24"]
    assert ask(evil, "hello")["type"] == "lease"
    for n, prefix in enumerate((f"{address}/32", "10.100.0.1/32", "10.0.0.0/8", "10.200.0.0/24",
                   "10.200.1.0/24", "10.200.1.0/25", "10.200.2.0/23", "172.20.0.0/16",
                   "172.20.0.128/25", "fd00:100::/72", "127.0.0.0/8", "224.0.0.0/4",
                   "169.254.1.0/24", "fe80::/64", "ff00::/16")):
        if n % 7 == 6:
            # so many messages a connection may send at once
            evil.drop()
            evil.connect()
            assert evil.hello(session=evil.lease["session"])["resumed"]
        answer = ask(evil, "renew", prefix)
        assert (answer.get("code"), answer.get("detail")) == ("prefix", prefix)
    # a whole piece of a pool is taken out of it
    assert ask(evil, "renew", "10.200.2.0/24")["prefixes"] == ["10.200.2.0/24"]
    assert ask(victim, "renew", "0.0.0.0/24", "0.0.0.0/24")["type"] == "lease"
    other = spoke("beta")
    assert ask(other, "hello", "0.0.0.0/24")["prefixes"] == \
        ["10.200.0.0/24", "172.20.0.0/24", "10.200.4.0/24"]


def test_not_where_spokes_are(make_hub, spoke):
    """Nobody has packets to another spoke's mapping sent to himself."""
    hub = make_hub(start=False, listen=["127.0.0.1:50000"])
    hub.extra = 'identity "alpha" { permit = {"192.0.2.0/24", "0.0.0.0/1"} }\n'
    hub.start()
    subprocess.run(["ip", "addr", "add", "192.0.2.7/32", "dev", "lo"], check=True)
    try:
        victim, evil = spoke("gamma"), spoke("alpha")
        victim.hello()
        victim.udp.bind(("192.0.2.7", 0))
        evil.hello()
        assert ask(evil, "renew", "192.0.2.0/25")["type"] == "lease"
        # not from inside of what is behind a spoke
        refused = victim.exchange(victim.request())
        refused = victim.exchange(victim.request(cookie=refused.cookie))
        assert refused.error == 403
        assert ask(evil, "renew")["prefixes"] == []
        victim.bind()
        assert ask(evil, "renew", "192.0.2.0/25")["code"] == "prefix"
    finally:
        subprocess.run(["ip", "addr", "del", "192.0.2.7/32", "dev", "lo"], check=True)


def test_reload_takes_back(make_hub, spoke):
    """What is fixed to somebody, or no longer permitted, is his who may have it, at once."""
    hub = make_hub(start=False, **POOL)
    hub.extra = 'identity "alpha" { permit = {"192.168.0.0/16"} }\n'
    hub.start()
    one = spoke("alpha")
    lease = ask(one, "hello", "192.168.7.0/24", "0.0.0.0/24")
    one.bind()
    assert lease["addresses"][0] == "10.100.0.2/24"
    assert lease["prefixes"] == ["192.168.7.0/24", "10.200.0.0/24"]
    away = spoke("gamma")
    away.hello()
    away.leave()
    reload(hub, 'identity "beta" { address = {"10.100.0.2", "fd00:100::3"} '
           'prefix = {"192.168.7.0/25", "10.200.0.64/26"} }\n')
    # the session goes on, with another address and without the prefixes
    shown = hub.sessions()["alpha"]
    assert shown["state"] == "bound"
    assert shown["addresses"] == ["10.100.0.4", "fd00:100::2"]
    assert shown["prefixes"] == []
    assert one.await_type("notify")["event"] == "changed"
    one.write({"type": "renew"})
    assert one.await_type("lease")["addresses"] == ["10.100.0.4/24", "fd00:100::2/64"]
    two = spoke("beta")
    lease = two.hello()
    two.bind()
    assert lease["addresses"] == ["10.100.0.2/24", "fd00:100::3/64"]
    assert lease["prefixes"] == ["192.168.7.0/25", "10.200.0.64/26"]
    # who was away is not in the way, and comes back to what is left
    assert spoke("gamma").hello()["addresses"] == ["10.100.0.3/24", "fd00:100::4/64"]
    assert ask(one, "renew", "192.168.7.0/24")["code"] == "prefix"
    held = [address for lease in hub.ctl("leases") for address in lease["addresses"]]
    assert len(held) == len(set(held)) == 6


def test_restart_takes_back(make_hub, spoke):
    """The same, if the hub was not running when the configuration changed."""
    hub = make_hub()
    one = spoke("alpha")
    one.hello()
    one.bind()
    hub.kill()
    hub.extra = 'identity "beta" { address = {"10.100.0.2"} }\n'
    hub.start()
    assert hub.sessions()["alpha"]["addresses"] == ["10.100.0.3", "fd00:100::2"]
    assert spoke("beta").hello()["addresses"][0] == "10.100.0.2/24"
    wait_until(lambda: hub.sessions()["alpha"]["state"] == "bound", "its tunnel is adopted")
