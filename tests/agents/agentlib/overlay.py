# SPDX-License-Identifier: GPL-2.0-or-later
"""A hub and spokes in namespaces: real lvnd, real lvn, real data plane.

    spoke a ── nat a ──┐
                       wan ── hub
    spoke b ── nat b ──┘
"""

import json
import pathlib
import shutil
import tempfile

from lib import dataplane, tool
from lib.ns import run
from lib.wait import wait_until

from . import keys
from .hubtest import BUILD, ENVIRON, FAKE, SANITIZED

REPO = pathlib.Path(__file__).resolve().parents[3]
LVN = BUILD / "spoke" / "lvn"
LVND = BUILD / "lvnd" / "lvnd"
LVNCTL = BUILD / "lvnd" / "lvnctl"
LVN_CA = keys.LVN_CA
KEEPALIVE, TIMEOUT = 3, 12


def problem():
    """Why no test can run, None if they can."""
    return None if FAKE else dataplane.problem()


def listeners(ns):
    return [] if FAKE else ns.show("listener show")


def preloaded(library):
    """The environment with one more library preloaded."""
    return {**ENVIRON, "LD_PRELOAD": " ".join(filter(None, [FAKE, str(library)]))}


class Spoke:
    """An `lvn up` and what one asks of it."""

    def __init__(self, overlay, ns, name, hubs, args, env=None):
        self.overlay, self.ns, self.name = overlay, ns, name
        self.run_dir = overlay.folder / f"run-{name}"
        self.args = [*(["--user", "root"] if FAKE else []), "--identity", overlay.identity(name), *args, *hubs]
        self.process, self.env = None, env or ENVIRON

    def start(self):
        self.process = self.ns.start(LVN, "up", "--debug", "--run-dir", self.run_dir,
                                     *self.args, env=self.env)
        return self

    def command(self, verb, *args, **kwargs):
        return self.ns.run(LVN, verb, "--run-dir", self.run_dir, *args, env=ENVIRON, **kwargs)

    def status(self):
        done = self.command("status", "--json", "lvn0", check=False)
        return json.loads(done.stdout) if done.returncode in (0, 4) else {}

    def uplink(self, index=0):
        return self.status()["uplinks"][index]

    def is_up(self):
        return self.status().get("up", False)

    def wait_up(self, **kwargs):
        try:
            wait_until(self.is_up, f"{self.name} is up", **kwargs)
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "\n".join(self.process.lines[-20:])) from None
        return self

    def address(self, family=4):
        dot = "." if family == 4 else ":"
        return next(one.split("/")[0] for one in self.status()["lease"]["addresses"]
                    if dot in one)

    def can_ping(self, address, count=1, wait=2):
        if FAKE:
            return True
        return self.ns.run("ping", "-n", "-q", "-c", count, "-W", wait, address,
                           check=False).returncode == 0

    def wait_ping(self, address, **kwargs):
        try:
            wait_until(lambda: self.can_ping(address), f"{self.name} reaches {address}", **kwargs)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.overlay.describe()}") from None

    def down(self):
        return self.command("down")


class Overlay:
    """Keys and configuration of a hub and its spokes, in a folder that their users can read."""

    def __init__(self, lab):
        self.lab = lab
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lvn-test-", dir="/run"))
        self.folder.chmod(0o755)
        self.ca = self.folder / "ca"
        self.hub_ns, self.hub_process = None, None
        keys.copy("overlay", self.ca)

    def lvn_ca(self, *args):
        return run([str(LVN_CA), "-d", str(self.ca), *args])

    def identity(self, name):
        if not (self.ca / name).exists():
            self.lvn_ca("spoke", name)
        return self.ca / name / f"{name}.pem"

    def hub_certificate(self, *names):
        if not set(names) <= set(keys.HUB_NAMES):
            self.lvn_ca("hub", *names)

    def hub(self, ns, names, extra=""):
        """Configure and start lvnd."""
        self.hub_certificate(*names)
        files = self.ca / names[0]
        return self.server(ns, f"""
            ca = "{files}/ca.crt"
            certificate = "{files}/hub.crt"
            key = "{files}/hub.key"
            network = {{ "10.100.0.1/24", "fd00:100::1/64" }}
            keepalive = {KEEPALIVE}
            timeout = {TIMEOUT}
            device = "hub0"
            {extra}
        """)

    def server(self, ns, text):
        """Start lvnd with what TEXT says of its front ends."""
        self.hub_ns = ns
        (self.folder / "lvnd.conf").write_text(f"""
            store = "{self.folder}/lvnd.db"
            control = "{self.folder}/lvnd.sock"
            log = "debug"
            user = ""
            sandbox = {"false" if SANITIZED else "true"}
            {text}
        """)
        return self.start_hub()

    def start_hub(self):
        self.hub_process = self.hub_ns.start(LVND, "-c", self.folder / "lvnd.conf",
                                             env=ENVIRON)
        wait_until(lambda: (self.folder / "lvnd.sock").exists() and
                   self.lvnctl("status", check=False).returncode == 0,
                   f"lvnd runs, says {self.hub_process.lines[-5:]}")
        return self.hub_process

    def lvnctl(self, *args, **kwargs):
        return self.hub_ns.run(LVNCTL, "-s", self.folder / "lvnd.sock", *args, **kwargs)

    def spoke(self, ns, name, *args, hubs=("192.0.1.1",)):
        return Spoke(self, ns, name, hubs, [str(arg) for arg in args]).start()

    def describe(self):
        """What the hub's side looks like, for a failed test."""
        ns = self.hub_ns
        forwarding = ("/proc/sys/net/ipv4/conf/hub0/forwarding", "/proc/sys/net/ipv4/ip_forward",
                      "/proc/sys/net/ipv4/conf/hub0/rp_filter")
        texts = [self.lvnctl("sessions", check=False).stdout,
                 ns.run("ip", "route", check=False).stdout,
                 ns.run("ip", "-s", "addr", "show", "dev", "hub0", check=False).stdout,
                 ns.run("cat", *forwarding, check=False).stdout,
                 ns.run(tool.IPUDP, "-s", "dev", "show", check=False).stdout,
                 ns.run(tool.IPUDP, "rule", "show", "dev", "hub0", check=False).stdout,
                 ns.run(tool.IPUDP, "-s", "tunnel", "show", check=False).stdout,
                 *self.hub_process.lines[-10:]]
        return "\n".join(texts)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


MASQUERADE = """
table ip nat {{
    chain post {{
        type nat hook postrouting priority 100;
        oifname "wan" masquerade {flags}
    }}
}}
"""


def public(lab):
    """The hub (192.0.1.1) and the router that all else hangs on."""
    hub, = lab.namespaces("hub")
    wan = lab.router("wan")
    lab.link(hub, "wan", wan, "hub", 1)
    # A router asks for neighbours from its link-local address, which a quiet one has not.
    wan.setup.append("addr add fe80::1/64 dev hub nodad")
    hub.setup.append("route add default via 192.0.1.2")
    hub.setup.append("route add default via 2001:db8:1::2")
    return hub, wan


def behind_nat(lab, wan, net, *labels, flags=""):
    """A NAT (192.0.NET.2 outside) and spokes behind it, each on a link of its own."""
    nat = lab.router(f"nat{net}")
    lab.link(wan, f"n{net}", nat, "wan", net, v6=False)
    nat.setup.append(f"route add default via 192.0.{net}.1")
    spokes = lab.namespaces(*labels)
    for index, spoke in enumerate(spokes):
        inner = net + 100 + index
        lab.link(nat, f"lan{index}", spoke, "eth0", inner, v6=False)
        spoke.setup.append(f"route add default via 192.0.{inner}.1")
    nat.masquerade = MASQUERADE.format(flags=flags)
    return (nat, *spokes)


def translate(*nats):
    """To be called when the lab is up."""
    for nat in nats:
        nat.nft(nat.masquerade)


def forget(nat):
    """The NAT loses what it knows, as after a restart, and maps anew to other ports."""
    nat.run("nft", "flush", "ruleset")
    nat.nft(MASQUERADE.format(flags="random,fully-random"))
    nat.run("conntrack", "-F", check=False)
