# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of TSP start from: lvnd with a section tsp, and clients behind a NAT.

    client ── nat ── wan ── server (192.0.1.1)
"""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "agents", HERE.parent / "system"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

# pylint: disable=wrong-import-position
from agentlib.overlay import ENVIRON, Overlay, behind_nat, problem, public, translate  # noqa: E402
from lib import dataplane, tool  # noqa: E402
from lib import lab as labs  # noqa: E402
from lib.wait import wait_until  # noqa: E402

from speaker import Speaker  # noqa: E402

SERVER, SERVER6 = "192.0.1.1", "2001:db8:f::1"
SECTION = """
tsp {{
    network = "2001:db8:f::1/64"
    delegate = {{ "2001:db8:1000::/36 56" }}
    auth = {{ "anonymous", "plain", "digest-md5" }}
    keepalive = 5
    timeout = 10
    {more}
}}
"""


def pytest_addoption(parser):
    parser.getgroup("lvn").addoption("--datapath", choices=("module", "user"), default="module",
                                     help="which data plane the broker uses")


def pytest_configure(config):
    config.addinivalue_line("markers", "dataplane: what depends on the data plane, for the module")
    if config.getoption("--datapath") == dataplane.USER:
        dataplane.select(dataplane.USER)
        # lvnd starts it, the one that was built
        os.environ["IPUDPD"] = str(tool.IPUDPD)
        ENVIRON.update(os.environ)


@pytest.fixture(scope="session", autouse=True)
def data_plane():
    why = problem()
    if why:
        pytest.exit(why, 3)


class Rig:
    """A broker with two users, and namespaces for clients."""

    def __init__(self, lab, overlay, more="", has_hub=True):
        self.lab, self.overlay = lab, overlay
        self.server, self.wan = public(lab)
        self.nat, self.client, self.other = behind_nat(lab, self.wan, 11, "a", "b")
        lab.up()
        translate(self.nat)
        section = SECTION.format(more=more)
        if has_hub:
            overlay.hub(self.server, ["hub", SERVER], section)
        else:
            overlay.server(self.server, section)
        self.keys = {user: self.add(user) for user in ("ann", "bob")}

    def ctl(self, *args, **kwargs):
        return self.overlay.lvnctl(*args, **kwargs)

    def add(self, user):
        self.ctl("users", "add", user)
        done = self.ctl("keys", "add", user, "home")
        word, key = done.stdout.split()
        assert word == "secret" and len(key) == 32
        return key

    def speaker(self, ns=None, **kwargs):
        return Speaker(ns or self.client, SERVER, **kwargs)

    def up(self, user="ann", ns=None, **kwargs):
        """A client whose tunnel is there."""
        return self.speaker(ns).come_up(user, self.keys[user], **kwargs)

    def kill(self):
        self.overlay.hub_process.kill()

    def start(self):
        self.overlay.start_hub()

    def tunnels(self):
        return self.server.show("tunnel show dev tsp0")

    def wait_tunnels(self, n):
        wait_until(lambda: len(self.tunnels()) == n, f"{n} tunnels")


@pytest.fixture
def make():
    made = []

    def one(more="", **kwargs):
        lab = labs.Lab()
        overlay = Overlay(lab)
        made.append((lab, overlay))
        return Rig(lab, overlay, more, **kwargs)
    yield one
    for lab, overlay in made:
        lab.close()
        overlay.close()


@pytest.fixture(scope="module")
def shared():
    """One that tests share who leave it as it was."""
    lab = labs.Lab()
    overlay = Overlay(lab)
    yield Rig(lab, overlay)
    lab.close()
    overlay.close()


@pytest.fixture(scope="module")
def paired():
    """The same where each client has an address of the server to itself."""
    lab = labs.Lab()
    overlay = Overlay(lab)
    yield Rig(lab, overlay, "pairs = true", has_hub=False)
    lab.close()
    overlay.close()


@pytest.fixture
def lab_without():
    """A hub without the section."""
    lab = labs.Lab()
    overlay = Overlay(lab)
    server, _ = public(lab)
    lab.up()
    overlay.hub(server, ["hub", SERVER])
    yield overlay, server
    lab.close()
    overlay.close()
