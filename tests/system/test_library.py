# SPDX-License-Identifier: GPL-2.0-or-later
"""The C library called by a program, without the tool between."""

import subprocess

from lib.tool import HELPERS
from lib.wait import TIMEOUT


def test_library(pair):
    """All kinds of objects, refusals, frames, events, a batch of 10,000, rules of many tunnels."""
    with pair.a.enter():
        done = subprocess.run([str(HELPERS / "library")], capture_output=True, text=True,
                              check=False, timeout=12 * TIMEOUT)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    assert "[  PASSED  ] 6 test(s)." in done.stderr
