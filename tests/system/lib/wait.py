# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for conditions, never for a time."""

import os
import time

# An emulated machine is some twenty times slower than a real one and shares its processors with
# other work: this only bounds how long a failure takes.
TIMEOUT = float(os.environ.get("LVN_TIMEOUT", 40))

# How long to watch that something does NOT happen, after a marker sent behind it has arrived.
QUIET = 0.3


def wait_until(condition, what, timeout=TIMEOUT, interval=0.02):
    """Call condition until it returns something true, and return that."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:.0f} s in vain: {what}; last saw {result!r}")
        time.sleep(interval)
        interval = min(interval * 1.5, 0.3)


def wait_equal(function, expected, what, timeout=TIMEOUT):
    """Call function until it returns what is expected."""
    seen = []

    def matches():
        seen[:] = [function()]
        return seen[0] == expected

    try:
        wait_until(matches, what, timeout)
    except AssertionError:
        assert seen[0] == expected, what
