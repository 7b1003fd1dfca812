# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may do what: reading is free, changes need CAP_NET_ADMIN over the namespace.

    [ a: one of each object ]       a nobody, and the root of a user namespace, try to change it
"""

import errno
import json
import os

import pytest
from lib import dataplane, genl, tool
from lib.child import in_child

CHANGES = ["dev add x0", "dev set m0 source-check off", "dev del m0",
           "listener add port 5009", "listener del {listener}",
           "tunnel add dev m0 remote 192.0.0.9 rport 6000 port 5000",
           "tunnel set dev m0 id 1 ttl 3", "tunnel del dev m0 id 1",
           "rule add dev m0 172.16.0.0/12 tunnel 1", "rule replace dev m0 10.0.0.0/8 drop",
           "rule del dev m0 10.0.0.0/8", "rule flush dev m0"]


@pytest.fixture
def full(solo):
    solo.ipudp_batch("""listener add port 5000
                        dev add m0 mode multi
                        tunnel add dev m0 id 1 remote 192.0.0.2 rport 6000 port 5000
                        rule add dev m0 10.0.0.0/8 tunnel 1""")
    return solo


def snapshot(ns):
    return [ns.show(what) for what in ("dev show", "listener show", "tunnel show dev m0",
                                       "rule show dev m0")]


def attempts(lines):
    """What the tool says to each line, in the namespace and with the rights of this process."""
    said = {}
    for line in lines:
        try:
            tool.call(line.split())
            said[line] = "done"
        except tool.ToolError as error:
            said[line] = str(error)
    return said


@pytest.mark.essential
@pytest.mark.parametrize("who", ["nobody", "root of a user namespace"])
def test_changes_are_refused(full, who):
    before = snapshot(full)
    lines = [line.format(listener=full.listener(5000)["id"]) for line in CHANGES]
    if who == "nobody":
        said = in_child(lambda: attempts(lines), ns=full, nobody=True)
    else:
        # the namespace belongs to the user namespace it was made in, not to this new one
        said = {line: full.run("unshare", "-Ur", tool.IPUDP, *line.split(), check=False).stderr
                or "done" for line in lines}
    for line, answer in said.items():
        assert "CAP_NET_ADMIN" in answer, (line, answer)
    assert snapshot(full) == before


def test_reading_is_free(full):
    def read():
        return [json.loads(tool.call(["-j", *line.split()]) or "[]")
                for line in ("dev show", "listener show", "tunnel show dev m0",
                             "rule show dev m0", "stats")]
    found = in_child(read, ns=full, nobody=True)
    assert [len(one) >= 1 for one in found] == [True] * 5


@pytest.mark.module_only(reason="generic netlink of the module")
def test_every_command_that_changes_is_guarded(full):
    """Straight over netlink, without the tool's own ideas."""
    number = genl.NUMBERS
    commands = [name for name in number if name.startswith("CMD_") and
                not name.endswith(("_GET", "_NTF", "MAX", "CMD_FRAME"))]
    assert len(commands) == 13

    def ask():
        said = {}
        with genl.Genl() as sock:
            for name in commands:
                try:
                    sock.request(number[name])
                    said[name] = 0
                except genl.NetlinkError as error:
                    said[name] = error.errno
        return said
    said = in_child(ask, ns=full, nobody=True)
    assert said == {name: errno.EPERM for name in commands}


def test_a_user_namespace_configures_its_own(solo, monkeypatch):
    """`unshare -Urn`: root of nothing else makes a tunnel in its own network."""
    if dataplane.selected() == dataplane.USER:
        if not os.stat("/dev/net/tun").st_mode & 0o002:
            pytest.skip("only root may open /dev/net/tun on this host")
        monkeypatch.setenv("IPUDPD", str(tool.IPUDPD))
    # ipudpd is started by the first who needs it, and ends with the namespace
    other = "ip link add t0 type ipudp" if dataplane.selected() == dataplane.MODULE else \
        f"{tool.IPUDP} dev add t0"
    script = f"""
        set -e
        ip link set lo up
        {tool.IPUDP} dev add m0 mode multi
        {tool.IPUDP} tunnel add dev m0 id 1 remote 127.0.0.1 rport 5000 port 5001
        {tool.IPUDP} rule add dev m0 10.0.0.0/8 tunnel 1
        {other}
        ip link set m0 up
        {tool.IPUDP} -j dev show
        {tool.IPUDP} dev del m0"""
    done = solo.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                    "unshare", "-Urn", "sh", "-c", script)
    assert {dev["ifname"] for dev in json.loads(done.stdout)} == {"m0", "t0"}
    assert solo.show("dev show") == []


def test_frames_are_not_for_everybody(full):
    """Neither registered for nor sent by a nobody."""
    done = full.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                    tool.HELPERS / "frame_peer", full.listener(5000)["id"], "stun", check=False)
    assert done.returncode == 1 and "not permitted" in done.stdout
