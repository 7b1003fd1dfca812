# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates that most tests need, made once for all of them.

On an emulated machine keys take most of a minute, so that whoever starts one makes them before,
in the folder that LVN_TEST_KEYS names: python3 keys.py FOLDER
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

LVN_CA = pathlib.Path(__file__).resolve().parents[3] / "ca" / "lvn-ca"
HUB_NAMES = ("hub", "192.0.1.1", "2001:db8:1::1")

# What lvn-ca does for each authority.
AUTHORITIES = {
    "overlay": (["init"], ["hub", *HUB_NAMES], ["spoke", "a"], ["spoke", "b"]),
    "control": (["init"], ["hub", "hub.test", "127.0.0.1"], ["spoke", "alpha"], ["spoke", "beta"],
                ["spoke", "gamma"]),
}


def make(name, folder):
    for command in AUTHORITIES[name]:
        done = subprocess.run([LVN_CA, "-d", folder, *command], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr


def copy(name, folder):
    """A copy of an authority, which does not exist yet, for somebody who may spoil it."""
    made = os.environ.get("LVN_TEST_KEYS")
    if not made:
        made = tempfile.mkdtemp(prefix="lvn-test-keys-", dir="/run" if os.access("/run", os.W_OK) else None)
        os.environ["LVN_TEST_KEYS"] = made
    made = pathlib.Path(made) / name
    if not made.exists():
        make(name, made)
    shutil.copytree(made, folder)


if __name__ == "__main__":
    for each in AUTHORITIES:
        make(each, pathlib.Path(sys.argv[1]) / each)
