# SPDX-License-Identifier: GPL-2.0-or-later
"""Two machines on a wire, and what they said when a test failed. Started by tests/packaging/boot."""

import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "system"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

# pylint: disable=wrong-import-position
from machine import Machine  # noqa: E402

WORK = pathlib.Path("/run/lvn-packages")
MACHINES = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    report = (yield).get_result()
    if not report.failed:
        return
    for one in MACHINES:
        if one.pid:
            report.sections.append((f"journal of {one.name}", one.run(
                "journalctl", "--no-hostname", "--lines=150", "--output=short-precise", check=False).stdout))


class Net:
    """The picture of test_systemd.py."""

    def __init__(self):
        self.hub = Machine("hub", WORK / "hub", "hub0", "192.0.2.1")
        self.spoke = Machine("spoke", WORK / "spoke", "spoke0", "192.0.2.2")
        self.machines = (self.hub, self.spoke)
        MACHINES.extend(self.machines)

    def boot(self):
        # Of machines that were halted: nspawn gives interfaces back.
        subprocess.run(["ip", "link", "del", self.hub.link], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "link", "add", self.hub.link, "type", "veth",
                        "peer", self.spoke.link], check=True)
        for one in self.machines:
            one.start()
        for one in self.machines:
            one.wait_booted()

    def halt(self):
        """A power-off, which takes the network with it."""
        for one in self.machines:
            one.halt()

    def close(self):
        for one in self.machines:
            one.close()


@pytest.fixture(scope="session")
def net():
    """Booted, nothing installed."""
    if "LVN_CGROUPS" not in os.environ:
        pytest.exit("run it by tests/packaging/boot", 3)
    WORK.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", WORK], check=True)
    made = Net()
    try:
        made.boot()
        yield made
    finally:
        made.close()
        subprocess.run(["umount", WORK], check=True)
