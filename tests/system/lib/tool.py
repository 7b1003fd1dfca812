# SPDX-License-Identifier: GPL-2.0-or-later
"""The ipudp command, in the namespace that the calling thread is in."""

import json
import os
import pathlib
import subprocess

from . import genl
from .wait import TIMEOUT

REPO = pathlib.Path(__file__).resolve().parents[3]
# The meson build folder: what the tests run is what was built, never what is installed.
BUILD = pathlib.Path(os.environ.get("LVN_BUILD", REPO / "build" / "user"))
IPUDP = BUILD / "tool" / "ipudp"
HELPERS = BUILD / "tests" / "system" / "helpers"


class ToolError(Exception):
    """The tool refused; str() is what it said."""

    def __init__(self, args, done):
        super().__init__(done.stderr.strip())
        self.command = args
        self.returncode = done.returncode
        self.stdout = done.stdout


def call(args, **kwargs):
    """Run the tool; return what it printed."""
    kwargs.setdefault("timeout", 4 * TIMEOUT)
    done = subprocess.run([str(IPUDP), *args], capture_output=True, text=True, check=False,
                          **kwargs)
    if done.returncode:
        raise ToolError(args, done)
    return done.stdout


def show(args):
    return json.loads(call(["-j", "-s", "-d", *args]) or "[]")


def drops(shown):
    """{reason: count} of a device or listener, only what was counted."""
    found = shown.get("drop", {})
    if isinstance(found, list):
        found = {one["reason"]: one["count"] for one in found}
    return {reason: count for reason, count in found.items() if count}


def count(what):
    """How many objects of a kind (DEV, LISTENER, TUNNEL) the namespace has."""
    with genl.Genl() as sock:
        return len(sock.request(genl.NUMBERS[f"CMD_{what}_GET"], flags=genl.DUMP))


def flush():
    """Remove all devices and listeners of the namespace.

    Every test ends with it, hence without processes.
    """
    number = genl.NUMBERS
    with genl.Genl() as sock:
        for what in ("DEV", "LISTENER"):
            key = number["A_DEVICE_IFINDEX"] if what == "DEV" else number["A_LISTENER_ID"]
            for _, found in sock.request(number[f"CMD_{what}_GET"], flags=genl.DUMP):
                ident = dict(genl.attrs(found))[key]
                sock.request(number[f"CMD_{what}_DEL"], genl.attr(key, ident))
