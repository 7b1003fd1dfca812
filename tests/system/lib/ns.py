# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces that the tests make, and what is done inside of them.

A thread of this process enters a namespace to open a socket or start a process, which is much
cheaper than `ip netns exec`. Everything a namespace was used for goes with it.
"""

import contextlib
import ctypes
import itertools
import json
import os
import socket
import subprocess

from . import dataplane, tool
from .process import Process
from .wait import TIMEOUT

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_serial = itertools.count()


def setns(fd):
    """Enter a namespace with this thread, for good."""
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def run(args, check=True, **kwargs):
    """Run a command to its end and return it with what it printed."""
    kwargs.setdefault("timeout", 4 * TIMEOUT)
    done = subprocess.run(args, capture_output=True, text=True, check=False, **kwargs)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(args)} returned {done.returncode}:\n"
                             f"{kwargs.get('input') or ''}\n{done.stdout}{done.stderr}")
    return done


class Namespace:
    """One network namespace. Made by Lab.namespaces()."""

    def __init__(self, lab, label):
        self.lab = lab
        self.label = label
        self.name = f"lvn{os.getpid()}-{next(_serial)}{label}"
        self.fd = None
        self.setup = []
        self.forwards = False
        self._closing = []

    def __repr__(self):
        return f"<{self.label}>"

    def opened(self):
        """The namespace exists by now: hold it, and quieten it."""
        self.fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        for conf in ("default", "all"):
            self.sysctl(f"net/ipv6/conf/{conf}/accept_dad", 0)
            self.sysctl(f"net/ipv6/conf/{conf}/router_solicitations", 0)
        self.sysctl("net/ipv6/conf/default/addr_gen_mode", 1)
        # tests that want ICMP errors want all of them
        self.sysctl("net/ipv4/icmp_ratelimit", 0)
        self.sysctl("net/ipv6/icmp/ratelimit", 0)
        self.sysctl("net/ipv4/ping_group_range", "0 2147483647")

    @contextlib.contextmanager
    def enter(self):
        """Be inside, with this thread."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            setns(self.fd)
            yield
        finally:
            setns(before)
            os.close(before)

    def sysctl(self, path, value):
        with self.enter(), open(f"/proc/sys/{path}", "w", encoding="ascii") as file:
            file.write(str(value))

    def forward(self):
        """Be a router."""
        self.sysctl("net/ipv4/ip_forward", 1)
        self.sysctl("net/ipv6/conf/all/forwarding", 1)
        for conf in ("all", "default"):
            self.sysctl(f"net/ipv4/conf/{conf}/rp_filter", 0)
            self.sysctl(f"net/ipv4/conf/{conf}/send_redirects", 0)

    def run(self, *args, **kwargs):
        with self.enter():
            return run([str(arg) for arg in args], **kwargs)

    def start(self, *args, **kwargs):
        """Start a process; it is ended with the namespace at the latest."""
        with self.enter():
            process = Process([str(arg) for arg in args], **kwargs)
        self.on_close(process.stop)
        return process

    def on_close(self, function):
        self._closing.append(function)

    def socket(self, family, kind, proto=0, timeout=TIMEOUT):
        with self.enter():
            sock = socket.socket(family, kind, proto)
        sock.settimeout(timeout)
        self.on_close(sock.close)
        return sock

    def ip(self, batch, check=True, family=None):
        """Run lines of `ip` commands, one process for all of them."""
        family = [family] if family else []
        return self.run("ip", *family, "-b", "-", input=_lines(batch), check=check)

    def ip_json(self, *args):
        return json.loads(self.run("ip", "-j", *" ".join(args).split()).stdout or "[]")

    def nft(self, rules):
        return self.run("nft", "-f", "-", input=rules)

    def ifindex(self, name):
        with self.enter():
            return socket.if_nametoindex(name)

    def link(self, name):
        """What `ip -d -s link` says about an interface, None if it is not there."""
        done = self.run("ip", "-j", "-d", "-s", "link", "show", "dev", name, check=False)
        return json.loads(done.stdout)[0] if done.returncode == 0 else None

    # the tool

    def ipudp(self, *args, **kwargs):
        """Run the tool with a command; raises tool.ToolError when it fails."""
        with self.enter():
            return tool.call(" ".join(str(arg) for arg in args).split(), **kwargs)

    def ipudp_batch(self, batch, options=(), **kwargs):
        with self.enter():
            return tool.call([*options, "-b", "-"], input=_lines(batch), **kwargs)

    def show(self, *args):
        """What the tool shows, with counters, as a list of dictionaries."""
        with self.enter():
            return tool.show(" ".join(str(arg) for arg in args).split())

    def dev(self, name):
        return self.show("dev show", name)[0]

    def tunnel(self, dev, ident=1):
        return self.show("tunnel show dev", dev, "id", ident)[0]

    def listener(self, port=None):
        found = [one for one in self.show("listener show") if port in (None, one["port"])]
        assert found, f"no listener with port {port}"
        return found[0]

    def drops(self, dev):
        return tool.drops(self.dev(dev))

    def listener_drops(self, port=None):
        return tool.drops(self.listener(port))

    def reset(self):
        """Remove all devices, listeners and processes of a test, keep links and addresses."""
        self.end_processes()
        with self.enter():
            tool.flush()

    def end_processes(self):
        """And close sockets, and whatever else a test wanted to have closed."""
        for close in reversed(self._closing):
            close()
        self._closing = []

    def close(self):
        self.end_processes()
        dataplane.detach(self)
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def _lines(batch):
    """Batch input out of an indented text or a list of lines."""
    if isinstance(batch, str):
        batch = batch.splitlines()
    return "".join(f"{line.strip()}\n" for line in batch if line.strip())
