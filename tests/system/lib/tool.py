# SPDX-License-Identifier: GPL-2.0-or-later
"""The ipudp command, in the namespace that the calling thread is in."""

import atexit
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import genl
from .wait import TIMEOUT

REPO = pathlib.Path(__file__).resolve().parents[3]
# The meson build folder: what the tests run is what was built, never what is installed.
BUILT = pathlib.Path(os.environ.get("LVN_BUILD", REPO / "build" / "user"))
PROGRAMS = ("tool/ipudp", "lib/ipudp/libipudp.so.0", "ipudpd/ipudpd",
            "tests/system/helpers/frame_peer", "tests/system/helpers/library",
            "tests/system/helpers/udpblast")


def copy_programs():
    """Copy what nobody runs, too, to where nobody may: the repository can be in a private folder.

    The layout stays, because programs find the library by it.
    """
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lvn-programs."))
    folder.chmod(0o755)
    owner = os.getpid()
    # a forked child leaves it to its parent
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder))
    for name in PROGRAMS:
        if (BUILT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(BUILT / name, folder / name)
    return folder


BUILD = copy_programs()
IPUDP = BUILD / "tool" / "ipudp"
IPUDPD = BUILD / "ipudpd" / "ipudpd"
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
