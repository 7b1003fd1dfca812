# SPDX-License-Identifier: GPL-2.0-or-later
"""What lvnd says when it cannot start, with and without `-t`: the file, what really happened, and
what to do. And that the manual's example is one that works.
"""

import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess

import pytest

from agentlib.hubtest import ENVIRON, LVND, FAKE
from test_hub_control import authority, make_hub  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import

REPO = pathlib.Path(__file__).resolve().parents[2]
USER = "nobody"


def leaks_are_not_looked_for():
    if "detect_leaks=1" in os.environ.get("ASAN_OPTIONS", ""):
        pytest.skip("LeakSanitizer cannot trace a process that gave up root")



@pytest.fixture
def lvnd(make_hub):  # noqa: F811
    """Run lvnd with these settings until it ends by itself; (status, words)."""
    def run(*args, env=None, **settings):
        hub = make_hub(start=False, **settings)
        hub.write()
        done = subprocess.run([LVND, "-c", str(hub.dir / "lvnd.conf"), *args], timeout=30,
                              stderr=subprocess.PIPE, text=True, env={**ENVIRON, **(env or {})})
        return done.returncode, done.stderr
    return run


@pytest.fixture
def open_folder(tmp_path):
    """One that other users can come to."""
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path


def spoil_store(path, how):
    if how == "damaged":
        path.write_bytes(b"not a database" * 500)
    elif how == "folder":
        path.mkdir()
    elif how == "newer":
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 1000")
    elif how == "another user's":
        path.write_bytes(b"")
    return str(path if how != "missing folder" else path / "lvnd.db")


@pytest.mark.parametrize("how, words", [
    ("damaged", ["damaged", "move it away"]), ("folder", ["directory"]),
    ("newer", ["newer version"]), ("another user's", ["Permission denied", USER]),
    ("missing folder", ["No such file", "folder"])])
def test_store(lvnd, open_folder, how, words):
    if how == "another user's":
        leaks_are_not_looked_for()
    store = spoil_store(open_folder / "store.db", how)
    user = USER if how == "another user's" else ""
    for option in (("-t",), ()):
        status, said = lvnd(*option, store=store, user=user)
        assert status == 1 and store in said
        assert all(word in said for word in words), said


@pytest.mark.parametrize("option", [(), ("-t",)])
@pytest.mark.parametrize("name", ["ca", "certificate", "key", "crl"])
def test_file_is_missing(lvnd, tmp_path, option, name):
    status, said = lvnd(*option, **{name: str(tmp_path / "nothing.pem")})
    assert status == 1
    assert f"{name} {tmp_path}/nothing.pem: No such file" in said


@pytest.mark.parametrize("settings, words", [
    ({"mtu": 1200}, ["mtu", "1280", "fd00:100::1/64"]),
    ({"user": "nosuchuser"}, ["nosuchuser", "does not exist"]),
    ({"stun": "maybe"}, ["stun", "'maybe'", "off, padded, any"]),
    ({"network": ["10.100.0.1/24", "10.100.0.129/25"]}, ["10.100.0.1/24", "10.100.0.129/25"]),
    ({"listen": ["192.0.2.99:50000"]}, ["192.0.2.99:50000", "no interface|requested address"]),
    ({"store": "relative/lvnd.db"}, ["relative/lvnd.db", "No such file"])])
@pytest.mark.parametrize("option", [(), ("-t",)])
def test_setting(lvnd, option, settings, words):
    status, said = lvnd(*option, **settings)
    assert status == 1
    assert all(re.search(word, said, re.I) for word in words), said


@pytest.mark.parametrize("option", [(), ("-t",)])
@pytest.mark.parametrize("kind", ["tcp", "metrics"])
def test_port_is_taken(lvnd, option, kind):
    port = 50000 if kind == "tcp" else 9790
    with socket.create_server(("127.0.0.1", port)):
        status, said = lvnd(*option)
    assert status == 1 and f"127.0.0.1:{port}" in said and "already in use" in said


def test_udp_port_is_taken(lvnd):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 50000))
        status, said = lvnd("-t")
    assert status == 1 and "127.0.0.1:50000: UDP" in said and "ss -lunp" in said


def test_overlaps_are_told(lvnd):
    """What the host has is in the way of what the hub wants."""
    subprocess.run("ip link add o0 type veth peer name o1; ip addr add 10.100.0.9/16 dev o0; "
                   "ip addr add fd00:100::1/128 dev o1; ip link set o0 up; ip link set o1 up",
                   shell=True, check=True)
    try:
        status, said = lvnd("-t")
    finally:
        subprocess.run(["ip", "link", "del", "o0"], check=True)
    assert status == 1
    assert "10.100.0.1/24: overlaps 10.100.0.0/16" in said and "o0" in said
    assert "fd00:100::1/64: o1 has this address" in said


def test_device_is_anothers(lvnd):
    subprocess.run("ip link add hub0 type veth peer name o1", shell=True, check=True)
    try:
        status, said = lvnd("-t", device="hub0")
    finally:
        subprocess.run(["ip", "link", "del", "hub0"], check=True)
    assert status == 1 and "device hub0" in said and "not of kind ipudp" in said


def test_while_it_runs(make_hub):  # noqa: F811
    """A check of the file that is in use finds nothing wrong with the ports that are, too."""
    hub = make_hub()
    done = subprocess.run([LVND, "-t", "-c", str(hub.dir / "lvnd.conf")], capture_output=True,
                          text=True, env=ENVIRON)
    assert done.returncode == 0 and "valid" in done.stderr, done.stderr


def test_what_a_reload_cannot_read(lvnd, open_folder, authority):  # noqa: F811
    """It is said before somebody has to be revoked."""
    leaks_are_not_looked_for()
    crl = open_folder / "crl.pem"
    shutil.copy(authority.crl, crl)
    crl.chmod(0o600)
    shutil.chown(open_folder, USER)
    status, said = lvnd("-t", user=USER, crl=str(crl))
    assert status == 0 and f"crl {crl}: Permission denied" in said and USER in said


@pytest.mark.skipif(not FAKE, reason="a data plane without data is always there")
def test_program_is_missing(lvnd):
    """Where ipudpd was looked for; with the real library."""
    status, said = lvnd(datapath="user", env={"LD_PRELOAD": "", "IPUDPD": "/nonexistent/ipudpd"})
    assert status == 1 and "/nonexistent/ipudpd: No such file" in said


@pytest.mark.parametrize("args, word", [(["--nonsense"], "nonsense"), (["file.conf"], "'file.conf'")])
def test_wrong_argument(args, word):
    done = subprocess.run([LVND, *args], capture_output=True, text=True, env=ENVIRON)
    assert done.returncode == 2 and word in done.stderr and "--help" in done.stderr


def examples():
    """The small example of lvnd.conf(5), and the file of the package."""
    manual = (REPO / "docs/man/lvnd.conf.5.scd").read_text("utf-8")
    small, = re.findall(r"# A SMALL EXAMPLE\n.*?```\n(.*?)```", manual, re.S)
    return {"manual": small, "package": (REPO / "packaging/examples/lvnd.conf").read_text("utf-8")}


@pytest.mark.parametrize("which", ["manual", "package"])
def test_example_starts(make_hub, authority, which):  # noqa: F811
    """As it stands, in a system where the files it names were put as the manual says."""
    leaks_are_not_looked_for()
    if os.path.isdir("/etc/lvn"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/etc/lvn"], check=True)
    else:
        os.mkdir("/etc/lvn")
    folders = ["/run/lvn", "/var/lib/lvn"]
    made = [folder for folder in folders if not os.path.isdir(folder)]
    for folder in made:
        os.makedirs(folder)
    try:
        certificate, key = authority.find("hub.test", "hub")
        for path, name in ((certificate, "hub.crt"), (key, "hub.key"), (authority.ca, "ca.crt"),
                           (authority.crl, "crl.pem")):
            shutil.copy(path, f"/etc/lvn/{name}")
        hub = make_hub(start=False)
        hub.settings["control"] = "/run/lvn/lvnd.sock"
        text = examples()[which]
        hub.write = lambda: (hub.dir / "lvnd.conf").write_text(
            re.sub(r'^user = "lvnd"\n', 'user = ""\n', text, flags=re.M))
        hub.start()
        assert hub.ctl("status")["device"] == "lvn0"
        hub.stop()
    finally:
        if subprocess.run(["umount", "/etc/lvn"], stderr=subprocess.DEVNULL, check=False).returncode:
            shutil.rmtree("/etc/lvn")
        for folder in made:
            shutil.rmtree(folder)
