# SPDX-License-Identifier: GPL-2.0-or-later
"""Which data plane the tests are about: the kernel module, or one in user space."""

import os

MODULE, USER = "module", "user"
_selected = MODULE


def select(name):
    global _selected  # pylint: disable=global-statement
    _selected = name


def selected():
    return _selected


def problem():
    """Why no test can run, None if they can."""
    if os.geteuid():
        return "the system tests need root: run them by make check-system"
    if _selected == MODULE and not os.path.isdir("/sys/module/ipudp"):
        return "the module ipudp is not loaded: run the tests by make check-system"
    if _selected == USER:
        return "there is no data plane in user space yet"
    return None


def attach(_ns):
    """A namespace was made; a data plane in user space starts its daemon here."""
