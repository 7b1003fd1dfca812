# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the agents start from. They run as root, in a machine of their own:
`tests/vm/run -- /usr/bin/python3 -m pytest tests/agents`."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "system"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

# pylint: disable=wrong-import-position
from agentlib.overlay import ENVIRON, Overlay, problem  # noqa: E402
from lib import dataplane, tool  # noqa: E402
from lib import lab as labs  # noqa: E402


def pytest_addoption(parser):
    parser.getgroup("lvn").addoption("--datapath", choices=("module", "user"), default="module",
                                     help="which data plane the agents use")


def pytest_configure(config):
    config.addinivalue_line("markers", "dataplane: what a data plane without data cannot show")
    if config.getoption("--datapath") == dataplane.USER:
        dataplane.select(dataplane.USER)
        # whoever needs it starts it, the one that was built
        os.environ["IPUDPD"] = str(tool.IPUDPD)
        ENVIRON.update(os.environ)


@pytest.fixture(scope="session", autouse=True)
def data_plane():
    why = problem()
    if why:
        pytest.exit(why, 3)


@pytest.fixture
def lab():
    made = labs.Lab()
    yield made
    made.close()


@pytest.fixture
def overlay(lab):
    made = Overlay(lab)
    yield made
    made.close()
