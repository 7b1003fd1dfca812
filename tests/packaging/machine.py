# SPDX-License-Identifier: GPL-2.0-or-later
"""A copy of this system's files that systemd boots in a container.

What a machine writes is in memory, above the files of this system, and stays over a reboot. Of
the units of this system only those run that any systemd starts by itself. A machine has a network
of its own, in which it has all rights: that is where ipudpd is at home. It is new at each boot.
"""

import json
import os
import pathlib
import shutil
import subprocess
import uuid

from lib.wait import TIMEOUT, wait_until

CGROUPS = pathlib.Path(os.environ.get("LVN_CGROUPS", "/sys/fs/cgroup"))
ENVIRON = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
           "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0", "DEBIAN_FRONTEND": "noninteractive"}

# Of journald: messages of this level are for the operator.
WARNING = 4


UNDERLAY = """
[Unit]
Wants=network.target
Before=network.target
[Service]
Type=oneshot
ExecStart=/sbin/ip address add {address}/24 dev {link}
ExecStart=/sbin/ip link set {link} up
"""


class Machine:
    """One container; @link is the interface of this namespace that becomes its uplink."""

    def __init__(self, name, folder, link, address):
        self.name, self.folder, self.link = name, pathlib.Path(folder), link
        self.address = address
        self.root, self.group = self.folder / "root", CGROUPS / name
        self.nspawn, self.pid = None, None
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True)
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work",
                        self.root], check=True)
        self._forget_this_system()
        self.group.mkdir()

    def _forget_this_system(self):
        etc = self.root / "etc"
        for folder in (etc / "systemd" / "system", *etc.glob("rc?.d")):
            shutil.rmtree(folder, ignore_errors=True)
        wants = etc / "systemd" / "system" / "multi-user.target.wants"
        wants.mkdir(parents=True)
        (wants / "underlay.service").symlink_to("../underlay.service")
        (etc / "systemd" / "system" / "underlay.service").write_text(
            UNDERLAY.format(address=self.address, link=self.link))
        (etc / "fstab").write_text("")
        # With a number it is not the first boot, at which systemd enables whatever there is.
        (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        # A container for builds has one, which keeps maintainer scripts from starting anything.
        (self.root / "usr" / "sbin" / "policy-rc.d").unlink(missing_ok=True)
        for name in ("lvn", "ipudpd"):
            shutil.rmtree(etc / name, ignore_errors=True)

    def start(self):
        """Start it. The interface must be there."""
        with open(self.folder / "console", "ab") as console:
            self.nspawn = subprocess.Popen(
                # Each in a control group of its own, within which nspawn makes more.
                ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', self.group,
                 "systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}",
                 f"--machine={self.name}", "--register=no", "--keep-unit", "--console=pipe",
                 "--capability=all", "--system-call-filter=bpf perf_event_open",
                 f"--network-interface={self.link}", "--link-journal=no", "--resolv-conf=off",
                 "--timezone=off", "--", "systemd.unit=multi-user.target"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)

    def wait_booted(self):
        """Wait until systemd has started all that it starts."""
        self.pid = wait_until(self._first_process, f"{self.name} has a first process")
        wait_until(self._is_running, f"{self.name} has booted")

    def _first_process(self):
        """Of its process namespace: the child of nspawn, once it has become systemd."""
        assert self.nspawn.poll() is None, self.console()
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        for pid in children.read_text("ascii").split():
            comm = pathlib.Path(f"/proc/{pid}/comm").read_text("ascii").strip()
            if comm == "systemd":
                return int(pid)
        return None

    def _is_running(self):
        assert self.nspawn.poll() is None, self.console()
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in (
            "running", "degraded")

    def halt(self):
        """Let systemd stop everything, as at a power-off."""
        if self.nspawn and self.nspawn.poll() is None:
            self.nspawn.terminate()
            try:
                self.nspawn.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait(TIMEOUT)
        self.nspawn, self.pid = None, None

    def close(self):
        self.halt()
        subprocess.run(["umount", self.root], check=True)

    def console(self):
        return (self.folder / "console").read_text("utf-8", "replace")[-4000:]

    def run(self, *argv, check=True, **kwargs):
        """Run a command in it, outside of any unit, as root's shell would."""
        done = subprocess.run(["nsenter", "--target", str(self.pid), "--all", "--", *map(str, argv)],
                              capture_output=True, text=True, env=ENVIRON, check=False,
                              stdin=subprocess.DEVNULL, timeout=3 * TIMEOUT, **kwargs)
        assert not check or done.returncode == 0, \
            f"{self.name}: {argv} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def out(self, *argv):
        return self.run(*argv).stdout.strip()

    def path(self, name):
        """Of a file in it, from outside: also of those in what systemd mounted there."""
        return pathlib.Path(f"/proc/{self.pid}/root{name}")

    def ipudp(self, line):
        return self.run("ipudp", "--datapath", "user", *line.split())

    def json(self, *argv):
        return json.loads(self.out(*argv))

    def show(self, what):
        return self.json("ipudp", "-j", *what.split())

    # Units

    def systemctl(self, *argv, check=True):
        return self.run("systemctl", *argv, check=check)

    def state(self, unit):
        return self.systemctl("is-active", unit, check=False).stdout.strip()

    def enabled(self, unit):
        return self.systemctl("is-enabled", unit, check=False).stdout.strip()

    def property(self, unit, name):
        return self.out("systemctl", "show", "--property", name, "--value", unit)

    def main_pid(self, unit):
        return int(self.property(unit, "MainPID"))

    def failed(self):
        """Names of units that failed."""
        return [line.split()[0] for line in self.out(
            "systemctl", "list-units", "--failed", "--plain", "--no-legend").splitlines()]

    def journal(self, unit):
        """What a service itself said: pairs of priority and message."""
        lines = self.out("journalctl", "--quiet", "--output=json",
                         f"_SYSTEMD_UNIT={unit}").splitlines()
        return [(int(entry["PRIORITY"]), entry["MESSAGE"]) for entry in map(json.loads, lines)]

    def warnings(self, *units):
        return [message for unit in units for priority, message in self.journal(unit)
                if priority <= WARNING]

    def status(self, unit, field):
        """Of a field in /proc/PID/status of a service's main process."""
        text = self.path(f"/proc/{self.main_pid(unit)}/status").read_text("ascii")
        return next(line.split()[1:] for line in text.splitlines() if line.startswith(f"{field}:"))
