# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reload of lvnd does, and what it refuses: each setting is applied or named, revocation
does not depend on the key, and files that are wrong change nothing.
"""

import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from agentlib import hubtest
from agentlib.hubtest import Closed, ENVIRON, LVND, LVNCTL, wait_until
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import

REPO = pathlib.Path(__file__).resolve().parents[2]
USER = "nobody"


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)


@pytest.fixture
def own_ca(tmp_path):
    """An authority whose files a test may spoil."""
    made = hubtest.Authority(tmp_path / "own-ca")
    made.run("hub", "hub.test", "127.0.0.1")
    return made


def reload(hub, **settings):
    """Change settings, reload, and return what lvnctl said: (status, words)."""
    control = hub.settings["control"]
    hub.settings.update(settings)
    hub.write()
    done = subprocess.run([LVNCTL, "-s", control, "reload"], capture_output=True, text=True)
    return done.returncode, done.stderr


def is_refused(hub, word, **settings):
    before = dict(hub.settings)
    status, words = reload(hub, **settings)
    hub.settings = before
    hub.write()
    return status == 1 and word in words


# Revocation and the key


@pytest.fixture
def confined(tmp_path, own_ca):
    """Settings of a hub that became another user, who cannot read the key, as it is packaged."""
    shutil.chown(tmp_path, USER)
    for folder in tmp_path.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    own_ca.dir.chmod(0o755)
    (own_ca.dir / "hub.test").chmod(0o755)
    crl = tmp_path / "crl.pem"
    shutil.copy(own_ca.crl, crl)
    crl.chmod(0o644)
    _, key = own_ca.find("hub.test", "hub")
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_uid == 0
    return {"user": USER, "crl": str(crl), "ca": str(own_ca.dir / "hub.test" / "ca.crt")}


@pytest.fixture
def own_spoke(own_ca):
    spokes = []

    def make(name):
        spokes.append(hubtest.Spoke(own_ca, name))
        return spokes[-1]
    yield make
    for one in spokes:
        one.close()


@pytest.fixture
def own_hub(tmp_path, own_ca):
    hubs = []

    def make(**settings):
        hubs.append(hubtest.Hub(tmp_path, own_ca, **settings))
        return hubs[-1]
    yield make
    for hub in hubs:
        hub.stop()
        subprocess.run(["ip", "link", "del", "lvn0"], stderr=subprocess.DEVNULL, check=False)


def revoke(own_ca, hub, name):
    own_ca.run("revoke", name)
    shutil.copy(own_ca.crl, hub.settings["crl"])


@pytest.mark.parametrize("how", ["unreadable", "missing", "encrypted", "of another", "torn"])
def test_revoked_whatever_the_key(own_hub, own_spoke, own_ca, confined, how):
    """Who is revoked is cut, and who is not stays, even if the hub cannot use its key again."""
    hub = own_hub(**confined)
    gone, stays = own_spoke("gone"), own_spoke("stays")
    gone.hello()
    stays.hello()
    _, key = own_ca.find("hub.test", "hub")
    if how == "missing":
        key.unlink()
    elif how == "encrypted":
        openssl("pkey", "-in", key, "-aes128", "-passout", "pass:secret", "-out", f"{key}.new")
        os.replace(f"{key}.new", key)
    elif how == "of another":
        shutil.copy(own_ca.spoke("stays")[1], key)
    elif how == "torn":
        key.write_bytes(key.read_bytes()[:-40])
    if how not in ("unreadable", "missing"):
        shutil.chown(key, USER)
    revoke(own_ca, hub, "gone")
    status, words = reload(hub, mtu=1300)
    # only what nobody could help is no failure of the reload; either is told, with the file
    assert status == (how != "unreadable"), words
    assert gone.await_type("bye")["reason"] == "revoked"
    assert stays.await_type("notify")["event"] == "changed"
    assert stays.ask({"type": "renew"})["mtu"] == 1300
    assert str(key) in (words if status else hub.text())
    assert {"unreadable": "Permission denied", "missing": "No such file", "encrypted": "pass phrase",
            "of another": "does not belong", "torn": "incomplete"}[how] in hub.text()
    assert own_spoke("later").hello()["type"] == "lease"


def test_renewed_certificate_without_key(own_hub, own_spoke, own_ca, confined):
    """A certificate for the key in use is used; one for another key is not, and that is an error."""
    hub = own_hub(**confined)
    certificate, key = own_ca.find("hub.test", "hub")
    old = shutil.copy(certificate, f"{certificate}.old")
    own_ca.run("--days", "99", "hub", "other.test", "127.0.0.1")
    shutil.copy(own_ca.find("other.test", "hub")[0], certificate)
    status, words = reload(hub)
    assert status == 1 and "restart" in words and str(certificate) in words
    assert own_spoke("a").hello()["type"] == "lease"
    shutil.copy(old, certificate)
    assert reload(hub)[0] == 0
    key.chmod(0o644)
    shutil.copy(own_ca.find("other.test", "hub")[0], certificate)
    shutil.copy(own_ca.find("other.test", "hub")[1], key)
    key.chmod(0o644)
    assert reload(hub)[0] == 0
    assert hub.ctl("status")["certificate_ends"] < time.time() + 100 * 86400


def test_key_never_asked_for(make_hub, tmp_path, authority):  # noqa: F811
    """Started from a terminal, with a key that is encrypted: it says so, and ends."""
    hub = make_hub(start=False)
    _, key = authority.find("hub.test", "hub")
    hub.settings["key"] = str(tmp_path / "encrypted.key")
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:secret", "-out", hub.settings["key"])
    hub.write()
    pid, terminal = pty.fork()
    if not pid:
        os.execve(LVND, [str(LVND), "-c", str(hub.dir / "lvnd.conf")], ENVIRON)
    said = b""
    try:
        while chunk := os.read(terminal, 4096):
            said += chunk
    except OSError:
        pass
    assert os.waitpid(pid, 0)[1] == 256
    assert hub.settings["key"].encode() in said and b"encrypted" in said


# Revocation lists


def make_crl(own_ca, path, begin, end):
    """A list that begins and ends so many seconds from now."""
    def stamp(seconds):
        return time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + seconds))
    with open(path, "wb") as out:
        subprocess.run(["openssl", "ca", "-config", own_ca.dir / "openssl.cnf", "-gencrl",
                        "-crl_lastupdate", stamp(begin), "-crl_nextupdate", stamp(end)],
                       stdout=out, stderr=subprocess.DEVNULL, cwd=own_ca.dir, check=True)


@pytest.mark.parametrize("begin, end, words", [(3600, 7200, "begins only"),
                                               (-7200, -3600, "should have been replaced")])
def test_crl_of_another_time(own_hub, own_spoke, own_ca, tmp_path, begin, end, words):
    """A list that is early or late is used with a warning: it revokes, and locks nobody else out."""
    crl = tmp_path / "crl.pem"
    shutil.copy(own_ca.crl, crl)
    hub = own_hub(crl=str(crl))
    pair = [shutil.copy(path, tmp_path) for path in own_ca.spoke("gone")]
    own_ca.run("revoke", "gone")
    make_crl(own_ca, crl, begin, end)
    assert reload(hub)[0] == 0
    assert words in hub.text() and str(crl) in hub.text()
    assert own_spoke("stays").hello()["type"] == "lease"
    revoked = hubtest.Spoke(own_ca, None, certificate=pair, connect=False)
    with pytest.raises((OSError, Closed)):
        revoked.connect()
        revoked.hello()
    revoked.close()
    wait_until(lambda: re.search(r"certificate 'CN=gone' at depth 0 refused: certificate revoked",
                                 hub.text()), "the refusal is in the log")


@pytest.mark.parametrize("what", ["other name", "same name", "half", "half of two", "empty",
                                  "no list", "missing"])
def test_crl_refused(own_hub, own_spoke, own_ca, tmp_path, what):
    """Nothing changes when the list is none of ours, or not all of it is there."""
    crl = tmp_path / "crl.pem"
    shutil.copy(own_ca.crl, crl)
    hub = own_hub(crl=str(crl))
    good = crl.read_bytes()
    other = {"other name": lambda: foreign_crl(tmp_path, "Somebody else"),
             "same name": lambda: foreign_crl(tmp_path, None, own_ca),
             "half": lambda: good[:len(good) // 2],
             "half of two": lambda: good + good[:len(good) // 2],
             "empty": lambda: b"",
             "no list": own_ca.ca.read_bytes,
             "missing": lambda: None}[what]()
    crl.unlink()
    if other is not None:
        crl.write_bytes(other)
    status, words = reload(hub, mtu=1300)
    assert status == 1 and str(crl) in words
    one = own_spoke("alpha")
    assert one.hello()["mtu"] == 1420
    crl.write_bytes(good)
    assert reload(hub)[0] == 0


def foreign_crl(folder, name, same_as=None):
    """A list of an authority that is not ours, or that only has the same name."""
    if same_as:
        done = subprocess.run(["openssl", "x509", "-in", same_as.ca, "-noout", "-subject",
                               "-nameopt", "RFC2253"], capture_output=True, text=True, check=True)
        name = done.stdout.strip().split("CN=", 1)[1]
    key, certificate, index = folder / "f.key", folder / "f.crt", folder / "index"
    index.write_text("")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", certificate, "-subj", f"/CN={name}")
    config = folder / "f.cnf"
    config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={index}\ndefault_md=sha256\n")
    openssl("ca", "-gencrl", "-config", config, "-keyfile", key, "-cert", certificate,
            "-crldays", 30, "-out", folder / "f.crl")
    return (folder / "f.crl").read_bytes()


@pytest.mark.parametrize("setting", ["ca", "certificate"])
def test_half_a_certificate(own_hub, own_spoke, own_ca, tmp_path, setting):
    path = tmp_path / "half.crt"
    whole = own_ca.ca.read_bytes()
    path.write_bytes(whole + whole[:len(whole) // 2])
    hub = own_hub()
    status, words = reload(hub, **{setting: str(path)})
    assert status == 1 and str(path) in words and "incomplete" in words
    assert own_spoke("alpha").hello()["type"] == "lease"


# Each setting


def settings_of_manual():
    """Names in lvnd.conf(5) but for sections, and whether they are marked with (R)."""
    text = (REPO / "docs/man/lvnd.conf.5.scd").read_text("utf-8")
    text = re.sub(r"(?ms)^# TUNNELS FOR CLIENTS OF TSP$.*?(?=^# )", "", text)
    found = {}
    for line in text.splitlines():
        if not line.startswith("*") or line.startswith("*identity*"):
            continue
        for name in re.findall(r"\*([a-z-]+)\*(?= =|,|$| \(R\)|\n)", line):
            found[name] = "(R)" in line
    return found


# A value other than that of the tests' hub, for what takes a restart.
RESTART = {"listen": ["127.0.0.1:50001"], "device": "lvn7", "datapath": "user",
           "network": ["10.101.0.1/24"], "delegate": ["10.102.0.0/16 24"], "auth": "server",
           "store": "/nonexistent/lvnd.db", "control": "/nonexistent/lvnd.sock", "user": USER,
           "sandbox": None}


def test_manual_marks_what_takes_a_restart():
    marked = {name for name, is_marked in settings_of_manual().items() if is_marked}
    assert marked == set(RESTART)


@pytest.mark.parametrize("name", sorted(RESTART))
def test_restart_is_asked_for(make_hub, spoke, name):  # noqa: F811
    """It is refused with its name, and nothing else of the file is applied either."""
    hub = make_hub()
    value = RESTART[name] if name != "sandbox" else not hub.settings.get("sandbox", True)
    assert is_refused(hub, f"'{name}'", mtu=1300, **{name: value})
    assert spoke("alpha").hello()["mtu"] == 1420


def device_mtu():
    shown = subprocess.run(["ip", "-j", "link", "show", "lvn0"], capture_output=True, check=True)
    return json.loads(shown.stdout)[0]["mtu"]


def test_applied_at_once(make_hub, spoke, tmp_path):  # noqa: F811
    """What is not marked holds after the reload, for spokes, device, log, and metrics."""
    hub = make_hub(log="info")
    (tmp_path / "deny").write_text("gam*\n")
    first = spoke("alpha")
    first.hello()
    status, words = reload(hub, log="debug", metrics="127.0.0.1:9791", mtu=1300, lease=90, grace=1,
                           keepalive=11, timeout=33, bindings=2, routes=["192.168.9.0/24"],
                           endpoints=["192.0.2.9:50009"], deny_file=str(tmp_path / "deny"),
                           duplicate="refuse", stun="off", max_sessions=1, max_leases=3)
    assert (status, words) == (0, "")
    assert first.await_type("notify")["event"] == "changed"
    told = first.ask({"type": "renew"})
    assert (told["mtu"], told["expires"], told["keepalive"], told["timeout"]) == (1300, 90, 11, 33)
    assert "192.168.9.0/24" in told["routes"]
    assert told["endpoints"] == [{"address": "192.0.2.9", "port": 50009}]
    assert device_mtu() == 1300
    assert spoke("alpha").hello()["code"] == "duplicate"
    assert spoke("gamma").hello()["code"] == "denied"
    assert spoke("beta").hello()["code"] == "limit"
    assert first.silent(bytes.fromhex("000100002112a442") + os.urandom(12))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 9790), 5)
    socket.create_connection(("127.0.0.1", 9791), 5).close()
    assert "connection 127.0.0.1" in hub.text()
    # and off again
    assert reload(hub, metrics="", log="error")[0] == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 9791), 5)


def test_metrics_port_is_taken(make_hub):  # noqa: F811
    """The port in use stays, also where the new one differs in its address only."""
    hub = make_hub()
    with socket.create_server(("127.0.0.1", 9792)):
        status, words = reload(hub, metrics="127.0.0.1:9792", mtu=1300)
        assert status == 1 and "127.0.0.1:9792" in words and "in use" in words
    assert hub.metrics()["lvn_sessions"] == 0
    assert device_mtu() == 1420
    assert reload(hub, metrics="0.0.0.0:9790", mtu=1420)[0] == 0
    assert hub.metrics()["lvn_sessions"] == 0


def test_wrong_files_change_nothing(make_hub, spoke):  # noqa: F811
    hub = make_hub()
    good = (hub.dir / "lvnd.conf").read_text()
    for text, word in ((good[:len(good) // 2], "lvnd.conf"), (good + "mtu = 1\n", "mtu"),
                       (good + "nonsense = 1\n", "nonsense"), (good + 'identity "a" {\n', "'}'")):
        (hub.dir / "lvnd.conf").write_text(text)
        done = hub.ctl("reload", check=False)
        assert done.returncode == 1 and word in done.stderr, text
    (hub.dir / "lvnd.conf").unlink()
    done = hub.ctl("reload", check=False)
    assert done.returncode == 1 and "No such file" in done.stderr
    assert spoke("alpha").hello()["mtu"] == 1420


# Signals, modes


def test_hangup_while_starting(make_hub, spoke):  # noqa: F811
    """SIGHUP does not end it, at whatever moment of the start it comes."""
    hub = make_hub()
    for number in range(8):
        hub.stop()
        at = hub.log.seek(0, 2)
        hub.process = hub.popen([LVND, "-c", str(hub.dir / "lvnd.conf")], stderr=hub.log,
                                env=ENVIRON)
        # from the moment on that the program itself runs
        exe = pathlib.Path(f"/proc/{hub.process.pid}/exe")
        status = pathlib.Path(f"/proc/{hub.process.pid}/status")
        wait_until(lambda: exe.resolve().name == "lvnd" and re.search(
            r"^SigCgt:.*[13579bdf]$", status.read_text(), re.M), "it catches SIGHUP")
        for _ in range(number):
            time.sleep(0.003)
            hub.process.send_signal(signal.SIGHUP)
        hub.process.send_signal(signal.SIGHUP)
        wait_until(lambda: hub.process.poll() is not None or "reloaded" in hub.text(at),
                   "reloaded")
        assert hub.process.poll() is None, hub.text(at)
    assert spoke("alpha").hello()["type"] == "lease"


def mode(path):
    return pathlib.Path(path).stat().st_mode & 0o777


def test_private_whatever_the_umask(make_hub, spoke):  # noqa: F811
    """Also files that an earlier run has left open to others."""
    def popen(*args, **kwargs):
        return subprocess.Popen(*args, umask=0, **kwargs)
    hub = make_hub(popen=popen)
    spoke("alpha").hello()
    files = [hub.settings["store"] + suffix for suffix in ("", "-wal", "-shm")]
    files.append(hub.settings["control"])
    assert [mode(path) for path in files] == [0o600] * 4
    hub.kill()
    for path in files[:3]:
        os.chmod(path, 0o644)
    hub.start()
    assert [mode(path) for path in files] == [0o600] * 4


# lvnctl


def test_socket_of_the_configuration(make_hub):  # noqa: F811
    hub = make_hub()
    conf = hub.dir / "lvnd.conf"
    done = subprocess.run([LVNCTL, "-c", conf, "reload"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    hub.settings["mtu"] = 1
    hub.write()
    done = subprocess.run([LVNCTL, "-s", hub.settings["control"], "reload"], capture_output=True,
                          text=True)
    assert done.returncode == 1 and "mtu" in done.stderr


@pytest.mark.parametrize("args, words", [
    (["statsu"], ["'statsu'", "status"]), ([], ["no command", "sessions"]),
    (["kick"], ["kick", "IDENTITY"]), (["status", "x"], ["status", "no argument"]),
    (["-w", "soon", "kick", "x"], ["'soon'"]), (["--nonsense"], ["nonsense", "--help"])])
def test_wrong_words(args, words):
    done = subprocess.run([LVNCTL, *args], capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    assert all(word in done.stderr for word in words), done.stderr
