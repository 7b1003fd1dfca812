# SPDX-License-Identifier: GPL-2.0-or-later
"""Skip with the reason where there is no fast path: it needs root and eBPF."""

import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

# pylint: disable=wrong-import-position
import fastlab  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "kernel: goes by another way in some kernel; for those that "
                            "are not tested with all")


def pytest_collection_modifyitems(items):
    reason = None
    # A machine without udev has the node only once the module is there.
    if not os.path.exists("/dev/net/tun"):
        subprocess.run(["modprobe", "tun"], check=False)
    if os.geteuid():
        reason = "not root"
    elif not fastlab.FASTPLANE.exists():
        reason = f"{fastlab.FASTPLANE} is not built"
    if reason:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))
