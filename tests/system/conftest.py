# SPDX-License-Identifier: GPL-2.0-or-later
"""What all system tests start from. The package lib has the rest.

The tests run as root, in a machine of their own (tests/vm/run): `make check-system`.
"""

import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

# pylint: disable=wrong-import-position
from lib import dataplane, lab, tool  # noqa: E402


def pytest_addoption(parser):
    group = parser.getgroup("lvn")
    group.addoption("--datapath", choices=("module", "user"), default="module",
                    help="which data plane is tested")
    group.addoption("--seed", type=int, default=None, help="for tests with random input")


def pytest_configure(config):
    config.addinivalue_line("markers", "module_only(reason): concerns the kernel module alone")
    config.addinivalue_line("markers", "kernel_has(name, …): needs parts of the kernel that the "
                            "machines have, and a host may lack")
    config.addinivalue_line("markers", "essential: what another kernel may break; `make check` "
                            "runs these on each kernel, and all others on one")
    dataplane.select(config.getoption("--datapath"))


def pytest_report_header(config):
    return f"kernel {os.uname().release}, data plane {config.getoption('--datapath')}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        words = getattr(item, "callspec", None) and item.callspec.id.split("-") or ()
        if {"inner4", "outer4"} <= set(words) or {"inner6", "outer6"} <= set(words):
            # Of the four pairs of families, the two that mix them go through all there is.
            item.own_markers = [mark for mark in item.own_markers if mark.name != "essential"]
    if config.getoption("--datapath") == "module":
        return
    for item in items:
        for mark in item.iter_markers("module_only"):
            item.add_marker(pytest.mark.skip(reason=mark.kwargs["reason"]))
        for mark in item.iter_markers("kernel_has"):
            missing = [name for name in mark.args if not dataplane.kernel_has(name)]
            if missing:
                item.add_marker(pytest.mark.skip(
                    reason=f"the kernel of this host has no {', '.join(missing)}"))


@pytest.fixture(scope="session", autouse=True)
def data_plane():
    """Nothing is skipped because something is missing: it fails, and says why."""
    if not tool.IPUDP.exists():
        pytest.exit(f"{tool.IPUDP} is missing: run make", 3)
    problem = dataplane.problem()
    if problem:
        pytest.exit(problem, 3)


def brief(shown):
    """An object without what is nothing: counters of zero, options not given."""
    shown["counters"] = {key: value for key, value in shown.get("counters", {}).items() if value}
    return json.dumps({key: value for key, value in shown.items() if value})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Show what the data plane counted when a test failed."""
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" or not report.failed:
        return
    text = []
    for one in lab.Lab.living:
        for ns in one.members:
            for what in ("dev", "listener", "tunnel"):
                try:
                    text += [f"{ns} {what}: {brief(found)}" for found in ns.show(what, "show")[:4]]
                except Exception as error:  # pylint: disable=broad-except
                    text.append(f"{ns}: {error}")
    report.sections.append(("data plane", "\n".join(text)))


@pytest.fixture(scope="module")
def pair_lab():
    made = lab.pair()
    yield made
    made.close()


@pytest.fixture
def pair(pair_lab):
    """a ── b, without devices."""
    yield pair_lab
    pair_lab.reset()


@pytest.fixture(scope="module")
def solo_lab():
    made = lab.Lab()
    made.a, = made.namespaces("a")
    made.up()
    yield made
    made.close()


@pytest.fixture
def solo(solo_lab):
    """One namespace with nothing in it."""
    yield solo_lab.a
    solo_lab.reset()


@pytest.fixture
def fresh():
    """A lab for one test that spoils it."""
    made = lab.Lab()
    yield made
    made.close()
