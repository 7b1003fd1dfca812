# SPDX-License-Identifier: GPL-2.0-or-later
"""lvnd dies and comes back; its store fails. Sessions go on."""

import sqlite3
import subprocess

import pytest

from agentlib.hubtest import ENVIRON, wait_until
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import


@pytest.mark.dataplane
def test_killed(make_hub, spoke):  # noqa: F811
    hub = make_hub()
    one, two = spoke("alpha"), spoke("beta")
    lease = one.hello()
    two.hello()
    one.bind()
    two.bind()
    before = hub.sessions()
    hub.kill()
    hub.start()
    after = hub.sessions()
    assert {name: s["session"] for name, s in after.items()} == \
        {name: s["session"] for name, s in before.items()}
    for name, shown in after.items():
        assert shown["bindings"][0]["tunnel"] == before[name]["bindings"][0]["tunnel"]
        assert shown["state"] == "bound" and not shown["connected"]
    # from the same mapping, no proof is asked for
    assert one.exchange(one.request()).kind == 0x101
    one.connect()
    again = one.hello(session=lease["session"])
    assert again["resumed"] and again["key"] == lease["key"]
    assert one.await_type("up")["binding"] == 0
    assert spoke("gamma").hello()["addresses"][0] == "10.100.0.4/24"
    assert hub.metrics()["lvn_sessions_adopted_total"] == 2


def test_stopped(make_hub, spoke):  # noqa: F811
    """A clean stop says no bye, and remembers the last counters."""
    hub, one = make_hub(), spoke("alpha")
    lease = one.hello()
    one.bind()
    one.await_type("up")
    for _ in range(20):
        one.exchange(one.request())
    hub.stop()
    hub.start()
    one.connect()
    counter, one.counter = one.counter, 0
    assert one.hello(session=lease["session"])["counter"] == counter
    assert one.exchange(one.request(counter=counter)).error == 438
    assert one.exchange(one.request()).kind == 0x101


def test_store_locked(make_hub, spoke):  # noqa: F811
    hub, one = make_hub(), spoke("alpha")
    one.hello()
    database = sqlite3.connect(hub.settings["store"], isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    assert one.bind().kind == 0x101
    answer = spoke("beta").hello()
    assert (answer["code"], answer["fatal"]) == ("busy", True) and answer["retry_after"] > 0
    assert "store: cannot write" in hub.text()
    database.execute("ROLLBACK")
    database.close()
    wait_until(lambda: "store: all is written again" in hub.text(), "written again")
    assert spoke("beta").hello()["type"] == "lease"
    hub.kill()
    hub.start()
    assert hub.sessions()["alpha"]["state"] == "bound"
    assert one.exchange(one.request()).kind == 0x101


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB, and a function that fills it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)

    def fill():
        with pytest.raises(OSError, match="No space left"):
            with open(folder / "filler", "wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
    yield folder, fill
    subprocess.run(["umount", "-l", folder], check=True)


def test_disk_full(make_hub, spoke, small_disk):  # noqa: F811
    """New sessions are refused, those there go on, and all is well when there is room again."""
    folder, fill = small_disk
    hub, one = make_hub(store=str(folder / "lvnd.db")), spoke("alpha")
    lease = one.hello()
    fill()
    assert one.bind().kind == 0x101
    answer = spoke("beta").hello()
    assert (answer["code"], answer["fatal"]) == ("busy", True) and answer["retry_after"] > 0
    assert "store: cannot write" in hub.text() and "space left" in hub.text()
    assert one.exchange(one.request()).kind == 0x101
    assert one.ask({"type": "renew"})["type"] in ("lease", "up")
    (folder / "filler").unlink()
    wait_until(lambda: "store: all is written again" in hub.text(), "written again")
    assert spoke("beta").hello()["type"] == "lease"
    # and what could not be written then was not forgotten
    hub.kill()
    hub.start()
    assert hub.sessions()["alpha"]["session"] == lease["session"]
    assert hub.sessions()["alpha"]["state"] == "bound"


def test_store_of_the_future(make_hub):  # noqa: F811
    hub = make_hub()
    hub.stop()
    database = sqlite3.connect(hub.settings["store"])
    database.execute("PRAGMA user_version=99")
    database.close()
    hub.write()
    process = hub.popen([str(hub_path()), "-c", str(hub.dir / "lvnd.conf")], stderr=hub.log,
                        env=ENVIRON)
    assert process.wait(10) == 1
    assert "made by a newer version" in hub.text()


def hub_path():
    from agentlib.hubtest import LVND
    return LVND


def test_second_hub_is_refused(make_hub):  # noqa: F811
    hub = make_hub()
    process = hub.popen([str(hub_path()), "-c", str(hub.dir / "lvnd.conf")], stderr=hub.log,
                        env=ENVIRON)
    assert process.wait(10) == 1
    assert hub.ctl("status")["ok"]
