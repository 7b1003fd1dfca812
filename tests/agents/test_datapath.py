# SPDX-License-Identifier: GPL-2.0-or-later
"""Which data plane the agents take, and what happens when it dies under them."""

import os
import pathlib
import pwd
import signal
import subprocess

import pytest

from agentlib.overlay import FAKE, LVN, LVND, behind_nat, forget, listeners, public, translate
from lib import dataplane, tool, traffic
from lib.process import Process
from lib.wait import wait_until

pytestmark = pytest.mark.dataplane
USER = pytest.mark.skipif("config.getoption('--datapath') != 'user'",
                          reason="concerns ipudpd alone")


def started(ns):
    """Process ids of daemons in a namespace."""
    def is_daemon(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/comm").read_text("ascii").strip() == "ipudpd"
        except OSError:
            return False
    return [int(pid) for pid in ns.run("ip", "netns", "pids", ns.name).stdout.split()
            if is_daemon(pid)]


def succeed(ns, *options):
    """Start another daemon."""
    with ns.enter():
        process = Process([str(tool.IPUDPD), "--verbose", *dataplane.options(), *options])
    dataplane.replace(ns, process)
    process.wait_line("serving")


@pytest.fixture
def rig(lab, overlay):
    """The picture of overlay.py; lvnd gives up root, as spokes do."""
    hub, wan = public(lab)
    nat_a, a = behind_nat(lab, wan, 11, "a")
    nat_b, b = behind_nat(lab, wan, 12, "b")
    lab.up()
    translate(nat_a, nat_b)
    os.chown(overlay.folder, pwd.getpwnam("nobody").pw_uid, -1)
    overlay.hub(hub, ["hub", "192.0.1.1"], 'user = "nobody"')
    overlay.nat = nat_a
    overlay.a, overlay.b = overlay.spoke(a, "a").wait_up(), overlay.spoke(b, "b").wait_up()
    overlay.a.wait_ping(overlay.b.address())
    return overlay


def stream(rig, **kwargs):
    made = traffic.Stream(rig.a.ns, rig.b.ns, rig.b.address(), **kwargs).start()
    made.progress()
    return made


def assert_all_works(rig):
    """Data in both families, and control: frames come in, changes are made."""
    rig.a.wait_ping(rig.b.address())
    rig.b.wait_ping(rig.a.address(6))
    before = rig.a.uplink()["mapped"]
    forget(rig.nat)
    wait_until(lambda: rig.a.uplink()["mapped"] != before, "the new mapping is known")
    rig.a.wait_ping(rig.b.address())


@pytest.mark.parametrize("file, option, environment, error", [
    ("fast", None, None, "datapath: 'fast'"), ("user", "fast", None, "datapath: 'fast'"),
    ("user", None, None, None), ("auto", "module", "fast", None)])
def test_words(overlay, file, option, environment, error):
    """Of the file, the command line and the environment, for hub and spoke."""
    env = {**os.environ, "IPUDP_DATAPATH": environment or ""}
    option = ["--datapath", option] if option else []
    (overlay.folder / "lvnd.conf").write_text(f"""
        network = {{ "10.100.0.1/24" }}
        datapath = "{file}"
    """)
    done = subprocess.run([LVND, "-t", "-c", overlay.folder / "lvnd.conf", *option], env=env,
                          capture_output=True, text=True, check=False)
    # the files that a hub needs are not there, which -t says as well
    assert done.returncode == 1
    assert error in done.stderr if error else "datapath" not in done.stderr
    (overlay.folder / "a.conf").write_text(f'hub = {{ "hub" }}\ndatapath = "{file}"\n'
                                           'ca = "/nonexistent"\n')
    done = subprocess.run([LVN, "up", "-c", overlay.folder / "a.conf", *option,
                           "--run-dir", overlay.folder], env=env,
                          capture_output=True, text=True, check=False)
    assert done.returncode == (2 if error else 1), done.stderr
    assert ("'fast'" if error else "/nonexistent") in done.stderr


@USER
@pytest.mark.parametrize("datapath, sentence", [
    ("user", "ipudpd does not run here, and could not be started"),
    ("module", "the ipudp module is not loaded"),
    ("auto", "the ipudp module is not loaded (modprobe ipudp), and ipudpd does not run")])
def test_none_there(lab, overlay, datapath, sentence):
    """The agents say what is missing."""
    if datapath != "user" and os.path.isdir("/sys/module/ipudp"):
        pytest.skip("the module is loaded here")
    ns, = lab.namespaces("a")
    lab.up()
    dataplane.detach(ns)
    files = overlay.ca / "hub"
    (overlay.folder / "lvnd.conf").write_text(f"""
        ca = "{files}/ca.crt"
        certificate = "{files}/hub.crt"
        key = "{files}/hub.key"
        network = {{ "10.100.0.1/24" }}
        datapath = "{datapath}"
    """)
    env = {**os.environ, "IPUDPD": "/nonexistent"}
    done = ns.run(LVND, "-c", overlay.folder / "lvnd.conf", env=env, check=False)
    assert done.returncode == 1 and sentence in done.stdout + done.stderr
    # And where it was looked for.
    assert ("(/nonexistent: No such file" in done.stdout + done.stderr) == (datapath != "module")
    done = ns.run(LVN, "up", "--datapath", datapath, "--identity", overlay.identity("a"),
                  "--run-dir", overlay.folder / "run", "192.0.1.1", env=env, check=False)
    assert done.returncode == 1 and sentence in done.stdout + done.stderr
    assert ("(/nonexistent: No such file" in done.stdout + done.stderr) == (datapath != "module")


@USER
def test_started_on_demand(lab, overlay):
    """lvnd starts the daemon, which outlives it."""
    hub, _ = public(lab)
    lab.up()
    dataplane.detach(hub)
    overlay.hub(hub, ["hub", "192.0.1.1"])
    pid, = started(hub)
    overlay.hub_process.kill()
    overlay.start_hub()
    assert started(hub) == [pid] and hub.link("hub0")
    overlay.hub_process.stop()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not started(hub), "the daemon ends")


@USER
@pytest.mark.skipif(bool(FAKE), reason="no data comes through")
def test_status_says_what_carries(rig):
    """Which data plane, and whether its fast path is active; if not, why."""
    a, device = rig.a, rig.a.status()["device"]
    assert a.status()["data_plane"] == "user"
    if not dataplane.has_fastpath(a.ns):
        pytest.skip("without the eBPF fast path")
    wait_until(lambda: a.status()["fast_path"] == "active", "the fast path carries packets")
    assert "fast_path_reason" not in a.status()
    a.ns.ipudp(f"dev set {device} fast-path off")
    assert a.status()["fast_path"] == "inactive"
    assert a.status()["fast_path_reason"] == "fast-path of the device is off"


@USER
def test_not_by_who_cannot(lab):
    """A daemon without CAP_NET_ADMIN serves nothing, and does not take the name."""
    ns, = lab.namespaces("a")
    lab.up()
    dataplane.detach(ns)
    done = ns.run("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", tool.IPUDPD,
                  check=False)
    assert done.returncode == 77 and "CAP_NET_ADMIN" in done.stdout + done.stderr
    succeed(ns)


@pytest.mark.skipif(bool(FAKE), reason="no data comes through")
def test_hub_killed_under_traffic(rig):
    """SIGKILL of lvnd, twice: not one datagram from spoke to spoke is lost."""
    flow = stream(rig)
    for _ in range(2):
        rig.hub_process.kill()
        flow.progress(500)
        rig.start_hub()
        wait_until(lambda: rig.a.status()["control"]["state"] == "online", "a is online again")
        flow.progress(500)
    assert flow.stop() == 0 and not flow.errors
    assert rig.a.status()["ups"] == 1


@pytest.mark.skipif(bool(FAKE), reason="no data comes through")
@pytest.mark.parametrize("words, option", [("", ()), ("checksum = false", ("--no-checksum",))],
                         ids=["on", "off"])
def test_checksums(lab, overlay, words, option):
    """Each end says whether it sends UDP checksums; data passes either way."""
    hub, wan = public(lab)
    nat, inside = behind_nat(lab, wan, 11, "a")
    lab.up()
    translate(nat)
    overlay.hub(hub, ["hub", "192.0.1.1"], words)
    spoke = overlay.spoke(inside, "a", *option).wait_up()
    spoke.wait_ping("10.100.0.1")
    for ns, device in ((hub, "hub0"), (inside, "lvn0")):
        assert [one["checksum"] for one in ns.show(f"tunnel show dev {device}")] == [not option]
    traffic.tcp_bulk(inside, hub, "10.100.0.1", 1 << 20)


@USER
@pytest.mark.parametrize("where", ["hub", "spoke"])
def test_daemon_killed(rig, where):
    """Killed and started again under the agents: they come back, and so does the data."""
    ns, process = {"hub": (rig.hub_ns, rig.hub_process),
                   "spoke": (rig.a.ns, rig.a.process)}[where]
    flow = stream(rig, patience=0.5)
    dataplane.daemon(ns).kill()
    process.wait_line("connection lost")
    succeed(ns)
    process.wait_line("connected again")
    flow.progress(500)
    flow.stop(1)
    assert_all_works(rig)
    assert rig.a.status()["ups"] == 1


@USER
def test_changed_meanwhile(rig):
    """What is changed while no daemon runs is changed when there is one again."""
    before = {one["id"] for one in rig.hub_ns.show("tunnel show dev hub0")}
    assert len(before) == 2
    dataplane.daemon(rig.hub_ns).kill()
    rig.b.process.kill()
    rig.lvnctl("deny", "b")
    succeed(rig.hub_ns)
    rig.hub_process.wait_line("connected again")
    wait_until(lambda: len(rig.hub_ns.show("tunnel show dev hub0")) == 1, "b's tunnel is gone")
    assert {one["id"] for one in rig.hub_ns.show("tunnel show dev hub0")} < before
    rig.a.wait_ping("10.100.0.1")


@USER
def test_daemon_ended(rig):
    """Told to end, it takes all away: hub and spoke make it again."""
    for ns, process, device in ((rig.hub_ns, rig.hub_process, "hub0"),
                                (rig.a.ns, rig.a.process, "lvn0")):
        assert dataplane.daemon(ns).stop() == 0
        assert ns.link(device) is None
        process.wait_line("connection lost")
        succeed(ns)
        process.wait_line("connected again")
        wait_until(lambda: ns.link(device), f"{device} is made again")  # pylint: disable=W0640
    assert_all_works(rig)


@USER
def test_ended_without_daemon(rig):
    """A spoke that ends while no daemon runs leaves what is its own to the next."""
    dataplane.daemon(rig.a.ns).kill()
    rig.a.process.wait_line("connection lost")
    rig.a.process.stop()
    assert list(rig.a.run_dir.glob("*.state"))
    succeed(rig.a.ns)
    assert rig.a.ns.link("lvn0")
    rig.a.start().wait_up()
    rig.a.wait_ping("10.100.0.1")
    # The same, but cleaned up by hand.
    dataplane.daemon(rig.a.ns).kill()
    rig.a.process.wait_line("connection lost")
    rig.a.process.stop()
    succeed(rig.a.ns)
    rig.a.down()
    assert rig.a.ns.link("lvn0") is None and not listeners(rig.a.ns)
    assert not list(rig.a.run_dir.glob("*.state"))


@USER
def test_down_after_all_died(rig):
    """`lvn down` cleans up after a killed spoke, and finds the data plane that it used."""
    rig.a.process.kill()
    env = {**os.environ, "IPUDP_DATAPATH": "module"}
    rig.a.ns.run(LVN, "down", "--run-dir", rig.a.run_dir, env=env)
    assert rig.a.ns.link("lvn0") is None and not listeners(rig.a.ns)
