# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages on two systems that systemd booted, from the installation to the purge.

    hub 192.0.2.1 ── veth ── spoke 192.0.2.2

The tests are one story, told in this order: each begins with what the one before it left.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest
from lib import tcx
from lib.wait import wait_until

PACKAGES = ("libipudp0", "ipudp", "ipudpd", "lvnd", "lvn")
SERVICES = ("ipudpd.service", "lvnd.service", "lvn@office.service")
HUB, NETWORK = "10.100.0.1", "10.100.0.1/24"
CAP_NET_ADMIN = 1 << 12

# What says that the fast path does not work, or that something had to be left behind.
SETBACKS = re.compile(r"without|cannot|[1-9]\d* of them in vain")


def install(machine):
    debs = machine.root / "debs"
    debs.mkdir(exist_ok=True)
    files = []
    for name in PACKAGES:
        file, = pathlib.Path(os.environ["LVN_DEBS"]).glob(f"{name}_*.deb")
        shutil.copy(file, debs)
        files.append(f"/debs/{file.name}")
    machine.run("dpkg", "-i", *files)


def devices(machine):
    return [device["ifname"] for device in machine.show("dev show")]


def objects(machine):
    """What there is, without what time changes."""
    found = []
    for what in ("dev show", "listener show", "tunnel show"):
        for one in machine.show(what):
            for changing in ("counters", "drop", "idle", "rx_idle", "tx_idle"):
                one.pop(changing, None)
            found.append(one)
    return found


def pings(machine, address, *options):
    return machine.run("ping", "-n", "-q", "-c1", "-W1", *options, address, check=False).returncode == 0


def wait_pings(machine, address, *options):
    wait_until(lambda: pings(machine, address, *options), f"{machine.name} pings {address}")


def links(machine):
    """Names of interfaces, without those that each system has."""
    return {link["ifname"] for link in machine.json("ip", "-j", "link")} - {"lo", machine.link}


def filters(machine, interface, side="ingress"):
    shown = machine.out("tc", "filter", "show", "dev", interface, side)
    if side == "ingress":
        shown += subprocess.run(["nsenter", f"--net=/proc/{machine.pid}/ns/net", sys.executable,
                                 tcx.__file__, interface],
                                capture_output=True, text=True, check=True).stdout.strip()
    return shown


def leftovers(machine):
    """Of the data plane: interfaces, filters, ports, the socket, the journal."""
    found = [f"interface {name}" for name in links(machine)]
    if "clsact" in machine.out("tc", "qdisc", "show") or filters(machine, machine.link):
        found.append(f"filters of {machine.link}")
    found += machine.out("ss", "-Hunl").splitlines()
    found += [line for line in machine.out("ss", "-Hxl").splitlines() if "@ipudpd" in line]
    journal = machine.path("/run/ipudpd")
    found += [str(path) for path in journal.rglob("*")] if journal.exists() else []
    return found


def kill(machine, unit):
    """Kill a service, and wait until it runs again."""
    pid = machine.main_pid(unit)
    machine.systemctl("kill", "--signal=KILL", unit)
    wait_until(lambda: machine.main_pid(unit) not in (0, pid) and machine.state(unit) == "active",
               f"{unit} is started again")


class Stream:
    """Pings beside a test, a hundred each second."""

    number = 0

    def __init__(self, machine, address):
        Stream.number += 1
        self.machine, self.unit = machine, f"stream{Stream.number}"
        self.file = machine.path(f"/run/{self.unit}")
        machine.run("systemd-run", "--quiet", "--collect", f"--unit={self.unit}",
                    f"--property=StandardOutput=truncate:/run/{self.unit}",
                    "ping", "-n", "-D", "-i", "0.01", address)
        self.progress()

    def came(self):
        return self.file.read_text("ascii").count("bytes from") if self.file.exists() else 0

    def progress(self, more=50):
        least = self.came() + more
        wait_until(lambda: self.came() >= least, "the stream goes on")

    def lost(self):
        """End it; say after which times how many were lost."""
        self.progress()
        self.machine.systemctl("kill", "--signal=INT", self.unit)
        wait_until(lambda: "transmitted" in self.file.read_text("ascii"), "the stream ends")
        came = re.findall(r"\[([\d.]+)\] .*icmp_seq=(\d+) ", self.file.read_text("ascii"))
        return [f"{time.ctime(float(at))}: {int(after) - int(seq) - 1}"
                for (at, seq), (_, after) in zip(came, came[1:]) if int(after) - int(seq) > 1]


def test_install(net):
    """The socket listens at once; what needs a configuration waits for it."""
    for one in net.machines:
        install(one)
        assert (one.enabled("ipudpd.socket"), one.state("ipudpd.socket")) == ("enabled", "active")
        assert one.state("ipudpd.service") == "inactive"
        assert (one.enabled("lvnd"), one.state("lvnd")) == ("disabled", "inactive")
        assert one.out("id", "-un", "lvn") == "lvn" and one.out("id", "-un", "lvnd") == "lvnd"
        assert one.failed() == []
        done = one.run("systemd-analyze", "verify", "--man=no", *SERVICES, "ipudpd.socket")
        assert done.stderr == ""


def test_started_by_who_asks(net):
    """A plain command of root starts the service, which has its fast path in spite of the sandbox."""
    for number, one in enumerate(net.machines, 1):
        other = net.machines[2 - number]
        one.ipudp("dev add t0")
        assert one.state("ipudpd.service") == "active"
        assert "ipudpd" in one.out("ps", "-o", "comm=", "-p", one.main_pid("ipudpd.service"))
        one.ipudp(f"tunnel add dev t0 id 1 remote {other.address} rport 5000 port 5000")
        one.run("ip", "address", "add", f"10.0.0.{number}/24", "dev", "t0")
        one.run("ip", "link", "set", "t0", "up")
        assert "fast_" in filters(one, "t0", "egress") and "fast_" in filters(one, one.link)
        said = one.journal("ipudpd.service")
        assert any(priority == 6 and "serving" in message for priority, message in said)
        assert not [message for _, message in said if SETBACKS.search(message)]
    wait_pings(net.hub, "10.0.0.2")


def test_fast_path_carries(net):
    """Of both daemons nothing runs, and packets go on: it is not they who carry them."""
    for one in net.machines:
        one.systemctl("kill", "--signal=STOP", "ipudpd.service")
    try:
        wait_pings(net.hub, "10.0.0.2", "-s", "1200")
        wait_pings(net.spoke, "10.0.0.1")
    finally:
        for one in net.machines:
            one.systemctl("kill", "--signal=CONT", "ipudpd.service")


@pytest.mark.parametrize("how", ["restarted", "killed", "killed again and again"])
def test_service_goes_and_comes(net, how):
    """By itself, not because somebody asks. All is adopted, and no packet is lost."""
    before, stream = objects(net.hub), Stream(net.spoke, "10.0.0.1")
    if how == "restarted":
        pid = net.hub.main_pid("ipudpd.service")
        net.hub.systemctl("restart", "ipudpd.service")
        assert net.hub.main_pid("ipudpd.service") != pid
    for _ in range({"killed": 1, "killed again and again": 8}.get(how, 0)):
        kill(net.hub, "ipudpd.service")
    # Who restarts it by systemctl finds it serving, without having to ask.
    assert "serving" in net.hub.journal("ipudpd.service")[-1][1]
    assert objects(net.hub) == before
    assert stream.lost() == []
    assert not [text for _, text in net.hub.journal("ipudpd.service") if SETBACKS.search(text)]
    assert net.hub.state("ipudpd.socket") == "active"


def test_port_below_1024(net):
    """By the daemon and by the fast path; the successor may open the port again."""
    for number, one in enumerate(net.machines, 1):
        other = net.machines[2 - number]
        one.ipudp("dev add low0")
        one.ipudp(f"tunnel add dev low0 remote {other.address} rport 443 port 443")
        one.run("ip", "address", "add", f"10.0.1.{number}/24", "dev", "low0")
        one.run("ip", "link", "set", "low0", "up")
    wait_pings(net.hub, "10.0.1.2")
    net.hub.ipudp("dev set low0 fast-path off")
    wait_pings(net.hub, "10.0.1.2")
    net.hub.systemctl("restart", "ipudpd.service")
    assert 443 in [one["port"] for one in net.hub.show("listener show")]
    wait_pings(net.hub, "10.0.1.2")
    assert not [text for _, text in net.hub.journal("ipudpd.service") if SETBACKS.search(text)]
    for one in net.machines:
        one.ipudp("dev del low0")


def test_stopped_for_a_while(net):
    """Without the service things stay, and the next who asks starts it."""
    before = objects(net.hub)
    net.hub.systemctl("stop", "ipudpd.service")
    assert net.hub.property("ipudpd.service", "Result") == "success"
    assert "t0" in links(net.hub)
    assert objects(net.hub) == before
    assert net.hub.state("ipudpd.service") == "active"


@pytest.mark.parametrize("serving", [True, False])
def test_socket_is_stopped(net, serving):
    """That is the end of the data plane: nothing is left of it."""
    for one in net.machines:
        if not serving:
            one.ipudp("dev add t0")
            one.systemctl("stop", "ipudpd.service")
        one.systemctl("stop", "ipudpd.socket")
        assert leftovers(one) == []
        assert one.failed() == []
        one.systemctl("start", "ipudpd.socket")
        assert one.show("dev show") == []


def status(spoke):
    """What `lvn status` says, which ends with 4 as long as it is not up; nothing if no lvn runs."""
    done = spoke.run("lvn", "status", "--json", "office", check=False)
    return json.loads(done.stdout) if done.returncode in (0, 4) else {}


def test_agents_start(net):
    """By the units, with the examples of the packages. systemctl returns when they are ready."""
    hub, spoke = net.hub, net.spoke
    for one in net.machines:
        one.run("install", "-d", "/opt/ca")
    hub.run("sh", "-ec", """cd /opt/ca; lvn-ca init; lvn-ca hub hub 192.0.2.1; lvn-ca spoke office
        cp lvn-ca/hub/hub.crt lvn-ca/hub/hub.key lvn-ca/hub/ca.crt /etc/lvn/
        cp /usr/share/doc/lvnd/examples/lvnd.conf /etc/lvn/""")
    pem = hub.path("/opt/ca/lvn-ca/office/office.pem").read_text("ascii")
    spoke.path("/etc/lvn/office.pem").write_text(pem, "ascii")
    spoke.path("/etc/lvn/office.pem").chmod(0o600)
    example = spoke.path("/usr/share/doc/lvn/examples/office.conf").read_text("utf-8")
    spoke.path("/etc/lvn/office.conf").write_text(
        example.replace("hub.example.net", "192.0.2.1"), "utf-8")

    hub.systemctl("enable", "--now", "lvnd")
    assert hub.run("lvnctl", "status").returncode == 0
    spoke.systemctl("enable", "--now", "lvn@office")
    assert status(spoke)["device"] == "office"
    wait_pings(spoke, HUB)
    assert "office" in hub.out("lvnctl", "sessions")
    wait_until(lambda: spoke.property("lvn@office", "StatusText") == "up", "its status says so")


def test_agents_are_confined(net):
    """They are who they should be, may do what they should, and had nothing to complain of."""
    for machine, unit, user in ((net.hub, "lvnd.service", "lvnd"),
                                (net.spoke, "lvn@office.service", "lvn")):
        number = machine.out("id", "-u", user)
        assert machine.status(unit, "Uid") == [number] * 4
        assert int(machine.status(unit, "CapEff")[0], 16) == CAP_NET_ADMIN
        assert machine.status(unit, "NoNewPrivs") == ["1"]
        assert machine.status(unit, "Seccomp") == ["2"]
        assert any(priority == 6 for priority, _ in machine.journal(unit))
    for one in net.machines:
        assert one.warnings(*SERVICES) == []
        assert one.failed() == []


def test_status_shows_no_failure(net):
    """There is no module here, and that is nothing to worry about."""
    for machine, unit in ((net.hub, "lvnd.service"), (net.spoke, "lvn@office.service")):
        assert "FAILURE" not in machine.out("systemctl", "status", "--full", unit)


@pytest.mark.parametrize("how", ["restarted", "killed", "reloaded"])
def test_hub_goes_and_comes(net, how):
    """Packets go on without it."""
    stream = Stream(net.spoke, HUB)
    if how == "killed":
        kill(net.hub, "lvnd.service")
    else:
        net.hub.systemctl("restart" if how == "restarted" else "reload", "lvnd")
    if how == "reloaded":
        assert any("reloaded /etc/lvn/lvnd.conf" in text
                   for _, text in net.hub.journal("lvnd.service"))
    wait_until(lambda: "control" in status(net.spoke), "the spoke is there")
    stream.progress(100)
    assert stream.lost() == []
    wait_until(lambda: "office" in net.hub.out("lvnctl", "sessions"), "the session is there")


def test_reload_revokes(net):
    """A list that the hub's user may read is enough: he cannot read the key. What fails is told."""
    conf = net.hub.path("/etc/lvn/lvnd.conf")
    good = conf.read_text("utf-8")
    net.hub.run("sh", "-ec", """cd /opt/ca; lvn-ca spoke lost
        install -m 644 lvn-ca/crl.pem /etc/lvn/crl.pem""")
    conf.write_text(good.replace('#crl =', 'crl ='), "utf-8")
    net.hub.systemctl("reload", "lvnd")
    net.hub.run("sh", "-ec", """cd /opt/ca; lvn-ca revoke office
        install -m 644 lvn-ca/crl.pem /etc/lvn/crl.pem""")
    net.hub.systemctl("reload", "lvnd")
    wait_until(lambda: "office" not in net.hub.out("lvnctl", "sessions"), "the revoked is cut off")
    conf.write_text(good + "mtu = 1\n", "utf-8")
    done = net.hub.run("systemctl", "reload", "lvnd", check=False)
    assert done.returncode != 0 and net.hub.state("lvnd") == "active"
    conf.write_text(good, "utf-8")
    net.hub.systemctl("reload", "lvnd")
    net.spoke.systemctl("restart", "lvn@office")
    wait_until(lambda: "office" in net.hub.out("lvnctl", "sessions"), "office comes back")


def test_hub_on_a_port_below_1024(net):
    """For control and data, although the hub is nobody special once it runs."""
    files = {(net.hub, "/etc/lvn/lvnd.conf"): ("*:50000", "*:443"),
             (net.spoke, "/etc/lvn/office.conf"): ("192.0.2.1", "192.0.2.1:443")}
    before = {(one, name): one.path(name).read_text("utf-8") for one, name in files}
    for (one, name), (old, new) in files.items():
        one.path(name).write_text(before[one, name].replace(old, new), "utf-8")
    net.hub.systemctl("restart", "lvnd")
    net.spoke.systemctl("restart", "lvn@office")
    wait_until(lambda: status(net.spoke).get("up"), "it is up")
    wait_pings(net.spoke, HUB)
    kill(net.hub, "lvnd.service")
    wait_until(lambda: "office" in net.hub.out("lvnctl", "sessions"), "office comes back")
    assert 443 in [one["port"] for one in net.hub.show("listener show")]
    for (one, name), text in before.items():
        one.path(name).write_text(text, "utf-8")
    net.hub.systemctl("restart", "lvnd")
    net.spoke.systemctl("restart", "lvn@office")
    wait_until(lambda: status(net.spoke).get("up"), "it is up")


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_spoke_goes_and_comes(net, how):
    """It gets the same address again."""
    wait_until(lambda: status(net.spoke).get("up"), "it is up")
    before = status(net.spoke)["lease"]["addresses"]
    if how == "killed":
        kill(net.spoke, "lvn@office.service")
    else:
        net.spoke.systemctl("restart", "lvn@office")
    wait_until(lambda: status(net.spoke).get("up"), "it is up")
    wait_pings(net.spoke, HUB)
    assert status(net.spoke)["lease"]["addresses"] == before


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_data_plane_goes_and_comes(net, how):
    """Under the agents, of both."""
    units = ((net.hub, "lvnd.service"), (net.spoke, "lvn@office.service"))
    before = [len(machine.journal(unit)) for machine, unit in units]
    stream = Stream(net.spoke, HUB)
    for one in net.machines:
        if how == "killed":
            kill(one, "ipudpd.service")
        else:
            one.systemctl("restart", "ipudpd.service")
    assert stream.lost() == []
    for (machine, unit), start in zip(units, before):
        wait_until(lambda machine=machine, unit=unit, start=start:
                   any("connected again" in text for _, text in machine.journal(unit)[start:]),
                   f"{unit} found the other")
    wait_pings(net.spoke, HUB)


def test_boot(net):
    """What is enabled is up after a boot, and nobody had to ask."""
    wait_until(lambda: status(net.spoke).get("up"), "it is up")
    before = status(net.spoke)["lease"]["addresses"]
    net.halt()
    net.boot()
    wait_pings(net.spoke, HUB)
    assert status(net.spoke)["lease"]["addresses"] == before
    for one in net.machines:
        assert one.failed() == []


def test_upgrade(net):
    """The new programs run, the data plane kept what it had, and no packet was lost."""
    hub_units, spoke_units = SERVICES[:2], (SERVICES[0], SERVICES[2])
    pids = {(one, unit): one.main_pid(unit)
            for one, units in ((net.hub, hub_units), (net.spoke, spoke_units)) for unit in units}
    stream = Stream(net.spoke, HUB)
    install(net.hub)
    stream.progress(100)
    assert stream.lost() == []
    install(net.spoke)
    for (one, unit), pid in pids.items():
        assert one.main_pid(unit) not in (0, pid), unit
    wait_pings(net.spoke, HUB)
    for one in net.machines:
        assert one.failed() == []


def test_stop(net):
    """A spoke takes all with it, a hub nothing, the data plane's socket the rest."""
    before = set(devices(net.hub))
    stream = Stream(net.spoke, HUB)
    net.hub.systemctl("stop", "lvnd")
    stream.progress(100)
    assert stream.lost() == []
    assert set(devices(net.hub)) == before
    net.spoke.systemctl("stop", "lvn@office")
    assert net.spoke.show("dev show") == [] and net.spoke.show("listener show") == []
    assert "office" not in links(net.spoke)
    for one in net.machines:
        one.systemctl("stop", "ipudpd.socket")
        assert leftovers(one) == []
        assert one.failed() == []


def test_purge(net):
    """While all runs."""
    net.hub.systemctl("start", "ipudpd.socket", "lvnd")
    net.spoke.systemctl("start", "ipudpd.socket", "lvn@office")
    wait_pings(net.spoke, HUB)
    installed = {one: one.out("dpkg", "-L", *PACKAGES).splitlines() for one in net.machines}
    for one in net.machines:
        one.run("dpkg", "-P", *PACKAGES)
        assert leftovers(one) == []
        assert one.run("pgrep", "-x", "ipudpd|lvnd|lvn", check=False).stdout == ""
        assert one.failed() == []
        units = one.out("systemctl", "list-units", "--all", "--plain", "--no-legend",
                        "ipudpd*", "lvn*")
        assert units == ""
        assert [name for name in installed[one] if os.path.lexists(one.path(name))
                and not one.path(name).is_dir()] == []
        assert one.run("find", "/etc/systemd", "/run/lvn", "/run/ipudpd", "/var/lib/lvn",
                       "-name", "*lvn*", "-o", "-name", "*ipudp*", check=False).stdout == ""
