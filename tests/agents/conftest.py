# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the agents start from. They run as root, in a machine of their own:
`tests/vm/run -- /usr/bin/python3 -m pytest tests/agents`."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "system"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

# pylint: disable=wrong-import-position
from agentlib.overlay import Overlay, problem  # noqa: E402
from lib import lab as labs  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "dataplane: what a data plane without data cannot show")


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
