# SPDX-License-Identifier: GPL-2.0-or-later
"""lvnd with a section tsp and nothing else: no hub, no certificates."""

import json

from agentlib.overlay import LVND

METRICS = "127.0.0.1:9790"


def metrics(rig):
    text = rig.server.run("curl", "-sf", f"http://{METRICS}/metrics").stdout
    return {line.split(" ")[0].split("{")[0] for line in text.splitlines()
            if not line.startswith("#")}


def test_alone(make):
    """It starts, serves, is reloaded and started again; what it shows is TSP's."""
    rig = make(has_hub=False)
    conf = rig.overlay.folder / "lvnd.conf"
    conf.write_text(f'metrics = "{METRICS}"\n' + conf.read_text())
    assert rig.ctl("reload").returncode == 0
    one = rig.up("ann")
    assert one.ping()
    status = json.loads(rig.ctl("--json", "status").stdout)
    assert status["device"] == "tsp0" and status["sessions"] == 1 and status["version"]
    assert "connections" not in status and "certificate_ends" not in status
    assert rig.ctl("sessions").stdout.startswith("ann ")
    names = metrics(rig)
    assert {"lvn_build_info", "lvn_tsp_tunnels", "lvn_tsp_device_receive_packets_total"} <= names
    assert all(name.startswith(("lvn_tsp_", "lvn_build_info", "lvn_start_")) for name in names)
    assert rig.server.link("hub0") is None and rig.server.link("lvn0") is None
    assert rig.overlay.hub_process.stop() == 0
    rig.start()
    assert one.ping() and len(rig.tunnels()) == 1


def test_no_hub(make):
    """Who asks for the hub is told that there is none, and that it takes a restart to have one."""
    rig = make(has_hub=False)
    done = rig.ctl("-R", "hub", "status", check=False)
    assert done.returncode == 1
    assert done.stderr == "lvnctl: the configuration of lvnd has no hub; use the realm tsp\n"
    conf = rig.overlay.folder / "lvnd.conf"
    alone = conf.read_text()
    conf.write_text('network = "10.0.0.1/24"\n' + alone)
    done = rig.ctl("reload", check=False)
    assert done.returncode == 1 and "'network' has changed, which takes a restart" in done.stderr
    # half a hub is a mistake, not none
    conf.write_text("mtu = 1400\n" + alone)
    assert "network: there is none" in rig.ctl("reload", check=False).stderr


def test_test(make):
    """lvnd --test knows what TSP alone needs."""
    rig = make(has_hub=False)
    conf = rig.overlay.folder / "lvnd.conf"
    done = rig.server.run(LVND, "-t", "-c", conf, check=False)
    assert done.returncode == 0, done.stderr
    rig.kill()
    rig.server.run("ip", "link", "del", "tsp0", check=False)
    rig.server.run("ip", "addr", "add", "2001:db8:f::1/128", "dev", "lo")
    done = rig.server.run(LVND, "-t", "-c", conf, check=False)
    assert done.returncode == 1
    assert "tsp: network 2001:db8:f::1/64: lo has this address already" in done.stderr
