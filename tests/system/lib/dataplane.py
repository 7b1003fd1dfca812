# SPDX-License-Identifier: GPL-2.0-or-later
"""Which data plane the tests are about: the kernel module, or ipudpd in user space."""

import functools
import os
import signal
import subprocess

import pytest

MODULE, USER = "module", "user"
_selected = MODULE
_daemons = {}


def select(name):
    global _selected  # pylint: disable=global-statement
    _selected = name
    # for the tool and the helpers, which the tests start
    os.environ["IPUDP_DATAPATH"] = name


def selected():
    return _selected


def problem():
    """Why no test can run, None if they can."""
    if os.geteuid():
        return "the system tests need root: run them by make check-system"
    if _selected == MODULE and not os.path.isdir("/sys/module/ipudp"):
        return "the module ipudp is not loaded: run the tests by make check-system"
    if _selected == USER and not os.path.exists("/dev/net/tun"):
        # a machine without udev has the node only once the module is there
        subprocess.run(["modprobe", "tun"], check=False)
    if _selected == USER and not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun"
    return None


def kernel_version():
    return tuple(int(part) for part in os.uname().release.split(".")[:2])


@functools.lru_cache(maxsize=None)
def kernel_has(name):
    """Whether this kernel offers a kind of link, or has a module."""
    script = f"modprobe -q {name} || ip link add type {name} || test -d /sys/module/{name}"
    return subprocess.run(["unshare", "-n", "sh", "-c", script], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def attach(members):
    """Namespaces were made; a data plane in user space starts its daemons here, all at once."""
    if _selected == MODULE:
        return
    # pylint: disable=import-outside-toplevel
    from .process import Process
    from .tool import IPUDPD
    for ns in members:
        with ns.enter():
            _daemons[ns] = Process([str(IPUDPD), "--verbose", *options()])
    for ns in members:
        _daemons[ns].wait_line("serving")


def options():
    """Further options of the daemons."""
    return os.environ.get("LVN_IPUDPD_OPTIONS", "").split()


def daemon(ns):
    """The daemon of a namespace."""
    return _daemons[ns]


def has_fastpath(ns):
    """Whether eBPF programs carry packets here, without the daemon."""
    return _selected == USER and not any("without the eBPF fast path" in line
                                         for line in daemon(ns).lines) and \
        not {"-n", "--no-fastpath"} & set(options())


def need_fastpath(there, said):
    """Skip where it was announced that there is no eBPF (LVN_NO_BPF, --no-fastpath); else fail."""
    if not there and (os.environ.get("LVN_NO_BPF") or {"-n", "--no-fastpath"} & set(options())):
        pytest.skip("without the eBPF fast path, as announced")
    assert there, f"set LVN_NO_BPF=1 if there can be no eBPF here: {said}"


def replace(ns, process):
    """A test started another daemon in the place of one that ended."""
    _daemons[ns] = process


def detach(*members):
    """Namespaces are about to go: their daemons would hold them."""
    ending = {ns: _daemons.pop(ns) for ns in members if ns in _daemons}
    for process in ending.values():
        if process.alive:
            process.signal(signal.SIGTERM)
    ended = {ns: process.stop() for ns, process in ending.items()}
    for ns, status in ended.items():
        assert status == 0, f"ipudpd of {ns} ended with {status}: {ending[ns].lines[-20:]}"
