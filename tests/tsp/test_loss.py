# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is lost between a client and the broker: what comes of it is the same."""

import contextlib
import json

import pytest

from conftest import SERVER
from lib.wait import wait_until
from speaker import Speaker

LOSS = """
table ip loss {{
    chain loss {{
        type filter hook forward priority 0;
        udp {port} 3653 counter drop
    }}
}}
"""


def dropped(nat):
    """How many packets the rule has dropped."""
    listed = json.loads(nat.run("nft", "-j", "list", "table", "ip", "loss").stdout)["nftables"]
    rule, = (one["rule"] for one in listed if "rule" in one)
    return next(part["counter"]["packets"] for part in rule["expr"] if "counter" in part)


@contextlib.contextmanager
def losing(nat, port):
    nat.nft(LOSS.format(port=port))
    yield
    wait_until(lambda: dropped(nat), "a message was lost")
    nat.run("nft", "delete", "table", "ip", "loss")


class Unlucky(Speaker):
    """Loses each of its messages once, and then the first answer to it."""

    def __init__(self, nat, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.nat, self.patience = nat, 0.5

    def ask(self, text):
        for port in ("dport", "sport"):
            with losing(self.nat, port):
                self.send(text)
        return super().ask(text)


@pytest.mark.parametrize("mechanism", ["anonymous", "plain", "digest"])
def test_each_message(shared, mechanism):
    one = Unlucky(shared.nat, shared.client, SERVER)
    one.come_up("ann", shared.keys["ann"], mechanism, length=None if mechanism == "anonymous" else 56)
    assert one.ping()
    if mechanism == "anonymous":
        return
    # nothing was done twice: it is what somebody without losses gets
    lucky = shared.up("ann", length=56)
    assert (one.offer.client6, one.offer.prefix) == (lucky.offer.client6, lucky.offer.prefix)
    assert lucky.ping()
