# SPDX-License-Identifier: GPL-2.0-or-later
"""The spoke against a hub that misbehaves (agentlib/minihub.py), and against bad certificates."""

import pathlib
import shutil
import signal
import ssl
import time

import pytest

from agentlib.hubtest import BUILD
from agentlib.minihub import MiniHub
from agentlib.overlay import LVN_CA, Spoke, preloaded
from lib.ns import run
from lib.wait import wait_until


class Rig:
    """A hub in Python and a spoke, on one link."""

    def __init__(self, lab, overlay):
        self.overlay = overlay
        self.hub_ns, self.spoke_ns = lab.namespaces("hub", "a")
        lab.link(self.hub_ns, "wan", self.spoke_ns, "eth0", 1)
        lab.up()
        overlay.hub_ns = self.hub_ns
        overlay.hub_certificate("hub", "192.0.1.1")
        self.hub = None

    def start_hub(self, files=None, **kwargs):
        with self.hub_ns.enter():
            self.hub = MiniHub("192.0.1.1", files or self.overlay.ca / "hub", **kwargs)
        self.hub_ns.on_close(self.hub.close)
        return self.hub

    def spoke(self, *args, hub="192.0.1.1", name="a", env=None):
        return Spoke(self.overlay, self.spoke_ns, name, [hub], list(args), env).start()


@pytest.fixture
def rig(lab, overlay):
    return Rig(lab, overlay)


@pytest.mark.dataplane
def test_lease(rig):
    hub = rig.start_hub(lease={"prefixes": ["192.168.7.0/24"], "routes": ["10.100.0.0/24"]})
    a = rig.spoke("--label", "office", "--address", "10.100.0.2", "--prefix", "192.168.7.0/24")
    a.wait_up()
    hello = hub.hellos[0]
    assert hello["name"] == "office" and hello["versions"] == [1]
    assert hello["request"] == {"addresses": ["10.100.0.2"], "prefixes": ["192.168.7.0/24"]}
    routes = a.ns.run("ip", "route").stdout
    assert "10.100.0.0/24 dev lvn0 proto 76" in routes
    assert "unreachable 192.168.7.0/24" in routes
    link = a.ns.link("lvn0")
    assert link["mtu"] == 1400
    assert hub.key.decode() not in a.command("status", "--json", "lvn0").stdout
    assert not any(hub.key.decode() in line for line in a.process.lines)
    # Another lease: what is no longer in it goes.
    hub.lease.update(routes=["10.101.0.0/16"], addresses=["10.100.0.9/24"])
    a.command("renew")
    wait_until(lambda: "10.101.0.0/16" in a.ns.run("ip", "route").stdout, "the new route")
    assert "10.100.0.0/24 dev" not in a.ns.run("ip", "route").stdout
    addresses = a.ns.run("ip", "addr", "show", "dev", "lvn0").stdout
    assert "10.100.0.9/24" in addresses and "10.100.0.2" not in addresses
    a.down()
    assert "bye" in [message["type"] for message in hub.messages]
    assert "192.168.7.0" not in a.ns.run("ip", "route").stdout


def test_route_to_the_hub_itself(rig):
    """A default route from the hub must not swallow the way to the hub."""
    rig.spoke_ns.ip("""addr del 192.0.1.2/24 dev eth0
                       addr add 192.0.1.2/32 dev eth0
                       route add default dev eth0""")
    hub = rig.start_hub(lease={"routes": ["192.0.0.0/16", "10.100.0.0/24"]})
    a = rig.spoke().wait_up()
    routes = a.ns.run("ip", "route").stdout
    assert "192.0.0.0/16" not in routes and "10.100.0.0/24" in routes
    a.process.wait_line("would lead to the hub itself")
    assert hub.mapped


@pytest.mark.parametrize("line", [
    b"garbage\n",
    b"[1]\n",
    b'{"type":"lease"}\n',
    b"x" * 40000,
    b'{"type":"lease","version":1,"session":1}\n',
    b"\x00\xff\xfe\n",
])
def test_nonsense(rig, line):
    """It is refused, and tried again by the backoff."""
    hub = rig.start_hub()
    hub.answer_hello = line
    a = rig.spoke()
    wait_until(lambda: hub.accepts >= 2, "it came again")
    assert not a.is_up()
    assert a.process.alive
    hub.answer_hello = None
    a.wait_up()


def test_nonsense_when_up(rig):
    hub = rig.start_hub()
    a = rig.spoke().wait_up()
    hub.say({"type": "news", "weather": "fine"})
    hub.say(b"\r\n\n")
    hub.say({"type": "notify", "event": "changed", "more": [1]})
    wait_until(lambda: "renew" in [one["type"] for one in hub.messages], "it renews")
    hub.say(b"{" * 20000 + b"\n")
    wait_until(lambda: len(hub.hellos) == 2, "it connects again")
    assert hub.hellos[1]["session"] == hub.session
    assert a.status()["ups"] == 1


def test_hub_that_floods(rig):
    """What a hub says without being asked costs the spoke next to nothing."""
    hub = rig.start_hub(lease={"keepalive": 60, "timeout": 200})
    a = rig.spoke().wait_up()
    requests, lines, begin = hub.requests, len(a.process.lines), time.monotonic()
    for number in range(300):
        hub.say({"type": "notify", "event": "changed"})
        hub.say({"type": "notify", "event": "certificate", "expires": 86400})
        hub.say({"type": "error", "code": "x\x1b[2J", "message": "y\nz", "fatal": False})
        hub.say({"type": "down", "binding": 0, "reason": "timeout"})
        hub.say({**hub.lease, "resumed": True, "addresses": [f"10.100.1.{number % 250 + 1}/24"]})
    hub.lease["addresses"] = ["10.100.0.7/24"]

    def is_renewed():
        # again, as a lease of the flood that was still on its way looks like the answer
        a.command("renew")
        return "10.100.0.7/24" in a.ns.run("ip", "addr", "show", "dev", "lvn0").stdout
    wait_until(is_renewed, "the answer to renew counts", interval=1)
    # Rates, however long the machine took; no limit for the first few.
    passed = time.monotonic() - begin
    assert [one["type"] for one in hub.messages].count("renew") <= 3 + 2 * passed
    assert hub.requests - requests < 20 + 3 * passed
    assert sum("lvn0: hub: " in line for line in a.process.lines[lines:]) <= 12 + passed / 10
    assert not any("10.100.1." in line or "\x1b" in line for line in a.process.lines)


def test_stun_silent(rig):
    """No answer to STUN at all: never up, control stays, and no flood."""
    hub = rig.start_hub()
    hub.answer_stun = False
    a = rig.spoke()
    wait_until(lambda: a.status().get("control", {}).get("state") == "online", "online")
    time.sleep(3)
    assert not a.is_up()
    assert a.uplink()["requests"] < 12
    # After the first round it is said, and no longer when it is over.
    wait_until(lambda: "may block UDP port 50000" in str(a.status()["problems"]), "it is said")
    hub.answer_stun = True
    a.wait_up()
    assert a.status()["problems"] == []


def test_kicked(rig):
    hub = rig.start_hub()
    a = rig.spoke().wait_up()
    hub.say({"type": "bye", "reason": "kicked", "retry_after": 2})
    start = time.monotonic()
    hub.drop()
    wait_until(lambda: not a.is_up(), "it is down")
    assert "10.100.0.0/24" not in a.ns.run("ip", "route").stdout
    a.wait_up()
    assert 2 <= time.monotonic() - start < 8


def test_denied_waits_long(rig):
    hub = rig.start_hub()
    hub.answer_hello = b'{"type":"error","code":"denied","message":"no","fatal":true}\n'
    a = rig.spoke()
    a.process.wait_line("next attempt")
    line = a.process.wait_line("next attempt in")
    assert int(line.split(" in ")[1].split()[0]) >= 30000
    assert hub.accepts == 1


@pytest.mark.parametrize("refusal", [
    b'{"type":"error","code":"denied","message":"no","fatal":true}\n',
    b'{"type":"error","code":"pool-exhausted","fatal":true,"retry_after":600}\n',
    b'{"type":"bye","reason":"kicked","retry_after":600}\n',
])
def test_refusal_delays_only_that_hub(rig, refusal):
    """The first hub of two refuses; the second is tried at once, and the first not too soon."""
    first = rig.start_hub()
    first.answer_hello = refusal
    second = rig.start_hub(port=50001)
    a = Spoke(rig.overlay, rig.spoke_ns, "a", ["192.0.1.1", "192.0.1.1:50001"], []).start()
    a.wait_up()
    assert a.status()["control"]["port"] == 50001 and first.accepts == 1
    # Nor when it has to connect again.
    second.say(b"nonsense\n")
    wait_until(lambda: len(second.hellos) == 2, "it came again")
    assert first.accepts == 1


def hook(overlay, text):
    script = overlay.folder / "hook"
    script.write_text("#!/bin/sh\n" + text)
    script.chmod(0o755)
    (overlay.folder / "out").mkdir()
    (overlay.folder / "out").chmod(0o777)
    return script


def test_hooks_get_every_value(rig, overlay):
    routes = [f"10.{one}.0.0/16" for one in range(2, 240)]
    rig.start_hub(lease={"routes": routes})
    script = hook(overlay, f'echo "$LVN_ROUTES" >{overlay.folder}/out/part\n'
                           f"mv {overlay.folder}/out/part {overlay.folder}/out/$1\n")
    rig.spoke("--hook", str(script)).wait_up()
    wait_until((overlay.folder / "out/up").exists, "the hook has run")
    assert (overlay.folder / "out/up").read_text().split() == routes


def test_down_always_runs_once(rig, overlay):
    """A hook that hangs, flapping, an impatient operator: each "up" that ran has its "down"."""
    hub = rig.start_hub()
    log, go = overlay.folder / "out/log", overlay.folder / "out/go"
    script = hook(overlay, f"echo $1 >>{log}\nwhile ! [ -e {go} ]; do sleep 0.1; done\n")
    a = rig.spoke("--hook", str(script)).wait_up()
    wait_until(log.exists, "the hook runs")
    for _ in range(3):
        hub.say({"type": "bye", "reason": "kicked"})
        hub.connections.clear()
        wait_until(lambda: not a.is_up(), "it is down")
        a.wait_up()
    for _ in range(3):
        a.process.popen.terminate()
        time.sleep(0.1)
    assert a.process.popen.poll() is None, "it waits for its script"
    assert not a.ns.run("ip", "link", "show", "lvn0", check=False).stdout, "all is undone"
    go.touch()
    assert a.process.popen.wait(30) == 0
    assert log.read_text().split() == ["up", "down"]


def test_renewed_certificate(rig, overlay):
    """It is read when it has changed, and on SIGHUP; half a file changes nothing."""
    hub = rig.start_hub()
    a = rig.spoke().wait_up()
    mine = overlay.ca / "a" / "a.pem"
    good = mine.read_text()
    # As made by lvn-ca, for root only.
    assert mine.stat().st_mode & 0o77 == 0
    mine.write_text(good[:300])
    done = a.command("reload", check=False)
    assert done.returncode == 1 and "nothing was changed" in done.stderr, done.stderr
    assert str(mine) in done.stderr
    assert len(hub.hellos) == 1 and a.is_up()
    seen = len(a.process.lines)
    mine.write_text((overlay.ca / "b" / "b.pem").read_text())
    wait_until(lambda: len(hub.hellos) == 2, "it has noticed")
    a.process.wait_line("certificates were read again", seen)
    mine.write_text(good)
    a.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: len(hub.hellos) == 3, "it has reloaded")
    assert a.status()["ups"] == 1


def test_encrypted_key(rig, overlay):
    """Nobody is asked, nobody waits."""
    key = overlay.folder / "encrypted.key"
    run(["openssl", "pkcs8", "-topk8", "-in", str(overlay.ca / "a/a.key"), "-passout", "pass:x",
         "-out", str(key)])
    a = Spoke(overlay, rig.spoke_ns, "a", ["192.0.1.1"], ["--key", str(key)])
    done = a.command("up", *a.args, check=False)
    assert done.returncode == 1 and "encrypted" in done.stderr and str(key) in done.stderr


@pytest.mark.parametrize("case", ["other", "half", "missing", "early", "late"])
def test_revocation_list(rig, overlay, case):
    """One of another authority, or half of one, is an error; a late or early one still counts."""
    crl = overlay.folder / "crl.pem"
    if case == "other":
        run([str(LVN_CA), "-d", str(overlay.folder / "other"), "init"])
        shutil.copy(overlay.folder / "other/crl.pem", crl)
    elif case == "half":
        crl.write_text((overlay.ca / "crl.pem").read_text()[:200])
    elif case in ("early", "late"):
        first, last = (("20990101000000Z", "20990201000000Z") if case == "early" else
                       ("20200101000000Z", "20200201000000Z"))
        (overlay.folder / "index.txt").touch()
        config = overlay.folder / "ca.conf"
        config.write_text(f"[ca]\ndefault_ca = one\n[one]\ndatabase = {overlay.folder}/index.txt\n"
                          "default_md = sha256\n")
        run(["openssl", "ca", "-config", str(config), "-gencrl", "-keyfile",
             str(overlay.ca / "ca.key"), "-cert", str(overlay.ca / "ca.crt"), "-crl_lastupdate",
             first, "-crl_nextupdate", last, "-out", str(crl)])
    hub = rig.start_hub()
    a = Spoke(overlay, rig.spoke_ns, "a", ["192.0.1.1"], ["--crl", str(crl)])
    if case in ("early", "late"):
        a.start().wait_up()
        a.process.wait_line(f"crl {crl}")
        return
    done = a.command("up", *a.args, check=False)
    assert done.returncode == 1 and str(crl) in done.stderr, done.stderr
    assert not hub.hellos


def test_reload_settings(rig, overlay):
    """All is taken over, or nothing is."""
    hub = rig.start_hub(lease={"routes": ["10.100.0.0/24", "10.101.0.0/16"]})
    config = overlay.folder / "a.conf"

    def write(*lines):
        config.write_text("\n".join(lines) + "\n")

    def routes():
        return [line.split()[0] for line in rig.spoke_ns.run("ip", "route").stdout.splitlines()
                if "dev lvn0 proto 76" in line]
    write('mtu = "1400"')
    a = rig.spoke("--config", str(config)).wait_up()
    assert len(routes()) == 2
    write('mtu = "1300"', 'metric = "70"', 'accept = { "10.100.0.0/16" }', 'label = "office"',
          'keepalive = "1"', 'prefix = { "192.168.7.0/24" }')
    a.command("reload")
    wait_until(lambda: len(hub.hellos) == 2, "it says hello with the new settings")
    assert hub.hellos[1]["name"] == "office" and hub.hellos[1]["session"] == hub.session
    assert hub.hellos[1]["request"]["prefixes"] == ["192.168.7.0/24"]
    wait_until(lambda: routes() == ["10.100.0.0/24"], "the routes")
    assert "metric 70" in rig.spoke_ns.run("ip", "route", "show", "dev", "lvn0").stdout
    assert a.ns.link("lvn0")["mtu"] == 1300 and a.status()["ups"] == 1
    for line, word in (('port = "777"', "port"), ('mtu = "12"', "from 576"), ('colour = "red"',
                                                                             "unknown")):
        write('mtu = "1350"', line)
        done = a.command("reload", check=False)
        assert done.returncode == 1 and word in done.stderr, done.stderr
    assert a.ns.link("lvn0")["mtu"] == 1300 and len(hub.hellos) == 2


def test_sighup_while_it_starts(rig):
    """At any moment of the start."""
    rig.start_hub()
    a = rig.spoke()
    process = pathlib.Path(f"/proc/{a.process.popen.pid}")

    def is_in_main():
        ignored = next(line for line in (process / "status").read_text().splitlines()
                       if line.startswith("SigIgn"))
        return b"lvn\0up" in (process / "cmdline").read_bytes() and int(ignored.split()[1], 16) & 1
    # Before that, the system's own default holds.
    while not is_in_main():
        pass
    for _ in range(200):
        a.process.popen.send_signal(signal.SIGHUP)
        time.sleep(0.001)
    a.wait_up()


def test_exit_status(rig):
    """0 up, 3 not running, 4 runs but down."""
    hub = rig.start_hub()
    hub.answer_stun = False
    a = Spoke(rig.overlay, rig.spoke_ns, "a", ["192.0.1.1"], [])
    assert a.command("status", "lvn0", check=False).returncode == 3
    assert a.command("status", check=False).returncode == 3
    a.start()
    wait_until(lambda: a.command("status", "lvn0", check=False).returncode == 4, "it runs")
    assert a.command("status", check=False).returncode == 4
    hub.answer_stun = True
    a.wait_up()
    assert a.command("status", "lvn0", check=False).returncode == 0
    # no name is passed over in silence
    done = a.command("status", "lvn1", "lvn0", check=False)
    assert done.returncode == 2 and "'lvn0' is one name too many" in done.stderr


@pytest.mark.parametrize("case", ["wrong-ca", "wrong-name", "expired", "not-yet", "revoked"])
def test_bad_hub(rig, overlay, case):
    """The hub is not who it says, or not now: no hello is sent."""
    args, files, words = [], overlay.ca / "hub", "certificate of the hub"
    if case == "wrong-ca":
        other = overlay.folder / "other"
        for command in (["init"], ["hub", "hub", "192.0.1.1"]):
            run([str(LVN_CA), "-d", str(other), *command])
        files = other / "hub"
    elif case == "wrong-name":
        overlay.lvn_ca("hub", "elsewhere", "192.0.1.99")
        files = overlay.ca / "elsewhere"
    elif case == "expired":
        overlay.lvn_ca("--from", "3 days ago", "--until", "yesterday", "hub", "old", "192.0.1.1")
        files = overlay.ca / "old"
    elif case == "not-yet":
        overlay.lvn_ca("--from", "tomorrow", "--until", "next week", "hub", "new", "192.0.1.1")
        # The clock is set: the option changes nothing.
        files, args = overlay.ca / "new", ["--accept-unset-clock"]
    else:
        overlay.lvn_ca("hub", "gone", "192.0.1.1")
        copy = overlay.folder / "gone"
        shutil.copytree(overlay.ca / "gone", copy)
        overlay.lvn_ca("revoke", "gone")
        files, args = copy, ["--crl", str(overlay.ca / "crl.pem")]
    hub = rig.start_hub(files=files)
    a = rig.spoke(*args)
    a.process.wait_line(words)
    assert not hub.hellos
    assert a.process.alive


def test_unset_clock(rig):
    """A box without battery, after a power cut: it is 1970, and no certificate is valid yet."""
    hub = rig.start_hub()
    env = preloaded(BUILD / "tests/agents/fakeplane/libunsetclock.so")
    strict = rig.spoke(env=env)
    strict.process.wait_line("certificate is not yet valid")
    assert not hub.hellos
    strict.down()
    strict.process.popen.wait(30)
    rig.spoke("--accept-unset-clock", env=env).wait_up()
    assert hub.hellos


def test_background(rig):
    """Who starts it in a script can wait for its output to end."""
    rig.start_hub()
    a = Spoke(rig.overlay, rig.spoke_ns, "a", ["192.0.1.1"], [])
    # run() reads until the last one that has the pipe is gone
    done = a.command("up", "--background", *a.args)
    assert "up" in done.stderr.splitlines()[-1]
    assert a.is_up()
    a.down()
    wait_until(lambda: not a.status(), "it has ended")


def test_background_in_vain(rig):
    a = Spoke(rig.overlay, rig.spoke_ns, "a", ["192.0.1.1"], [])
    done = a.command("up", "--background", "--wait", 1, *a.args, check=False)
    assert done.returncode == 1 and "goes on trying" in done.stderr
    rig.start_hub()
    a.command("renew")
    wait_until(a.is_up, "it is up later")
    a.down()


def test_intermediate(rig, overlay):
    """The chain up to the root is sent, the root is not."""
    folder = overlay.folder / "chain"
    folder.mkdir()
    made = f"""
        set -e
        cd {folder}
        new() {{ openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key \\
            -out $1.csr -subj /CN=$1; }}
        sign() {{ openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -set_serial 7$3 -days 9 \\
            -extfile $1.ext -out $1.crt; }}
        echo basicConstraints=critical,CA:true >middle.ext
        echo basicConstraints=CA:false >leaf.ext
        new root; openssl x509 -req -in root.csr -key root.key -days 9 -extfile middle.ext -out root.crt
        new middle; sign middle root 1
        new leaf; sign leaf middle 2
        cat leaf.crt leaf.key middle.crt root.crt >all.pem"""
    run(["sh", "-c", made])
    hub = rig.start_hub()
    hub.context.load_verify_locations(folder / "root.crt")
    chains = []
    hub.context.sslsocket_class = type("Socket", (ssl.SSLSocket,), {
        "do_handshake": lambda self, *args: (ssl.SSLSocket.do_handshake(self, *args), chains.append(
            [one for one in self._sslobj.get_unverified_chain()]))[0]})
    a = Spoke(overlay, rig.spoke_ns, "a", ["192.0.1.1"], ["--ca", str(overlay.ca / "ca.crt")])
    a.args[a.args.index("--identity") + 1] = folder / "all.pem"
    a.start().wait_up()
    assert len(chains[-1]) == 2, "leaf and intermediate"
