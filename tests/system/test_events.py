# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipudp monitor`: what is added, changed and removed, in order, to who may hear it.

    [ a: devices, listeners, tunnels, rules ]
"""

import signal

import pytest
from lib import tool


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def monitor(ns, *words, json=True, nobody=False):
    process = ns.start(*(NOBODY if nobody else ()), tool.IPUDP, "-d",
                       *(["-j"] if json else []), "monitor", *words)
    process.wait_line("ready")
    return process


def events(process, ns):
    """All events so far: what a marker device shows that nothing is outstanding."""
    ns.ipudp_batch("dev add zz-marker\ndev del zz-marker")
    process.wait_line("zz-marker")
    found = [event for event in process.json() if event["event"] != "ready"]
    return found[:next(index for index, event in enumerate(found)
                       if event.get("ifname") == "zz-marker")]


def names(found):
    return [event["event"] for event in found]


@pytest.mark.essential
def test_life_of_all_objects(solo):
    process = monitor(solo)
    solo.ipudp_batch("""
        dev add m0 mode multi
        listener add port 5000
        tunnel add dev m0 id 7 remote 192.0.0.2 rport 6000 port 5000
        rule add dev m0 10.0.0.0/8 tunnel 7
        rule replace dev m0 10.0.0.0/8 drop
        tunnel set dev m0 id 7 ttl 9
        dev set m0 source-check off
        rule del dev m0 10.0.0.0/8
        tunnel del dev m0 id 7
        dev del m0""")
    found = events(process, solo)
    assert names(found) == ["dev-add", "listener-add", "tunnel-add", "rule-add", "rule-change",
                            "tunnel-change", "dev-change", "rule-del", "tunnel-del", "dev-del"] \
        or sorted(names(found)) == sorted(
            ["dev-add", "listener-add", "listener-change", "tunnel-add", "rule-add",
             "rule-change", "tunnel-change", "dev-change", "rule-del", "tunnel-del", "dev-del"])
    by_name = {event["event"]: event for event in found}
    assert by_name["dev-add"]["ifname"] == "m0" and by_name["dev-add"]["mode"] == "multi"
    assert by_name["tunnel-add"]["id"] == 7 and by_name["tunnel-add"]["remote_port"] == 6000
    assert by_name["tunnel-change"]["ttl"] == 9
    assert by_name["rule-add"]["prefix"] == "10.0.0.0/8"
    assert by_name["rule-change"]["action"] == "drop"
    assert by_name["listener-add"]["port"] == 5000


def test_what_goes_with_others_is_told(solo):
    """A tunnel takes its rules and its listener along, a device takes all."""
    solo.ipudp_batch("""
        dev add m0 mode multi
        tunnel add dev m0 id 1 remote 192.0.0.2 rport 6000 port 5000
        tunnel add dev m0 id 2 remote 192.0.0.2 rport 6001 port 5000
        rule add dev m0 10.0.0.0/8 tunnel 1
        rule add dev m0 10.1.0.0/16 tunnel 2""")
    process = monitor(solo)
    solo.ipudp("tunnel del dev m0 id 1")
    solo.ipudp("dev del m0")
    found = events(process, solo)
    gone = [(event["event"], event.get("id", event.get("prefix"))) for event in found]
    assert ("rule-del", "10.0.0.0/8") in gone
    assert "tunnel-del" in names(found) and "dev-del" in names(found)
    assert "listener-del" in names(found)
    assert gone.index(("rule-del", "10.0.0.0/8")) < names(found).index("dev-del")


@pytest.mark.module_only(reason="iproute2 makes no device of ipudpd: docs/datapaths.md")
def test_iproute2_is_heard_of(solo):
    process = monitor(solo)
    solo.ip("link add t0 type ipudp\nlink set t0 mtu 1300\nlink del t0")
    found = names(events(process, solo))
    assert found[0] == "dev-add" and found[-1] == "dev-del"


def test_selection(solo):
    process = monitor(solo, "rule", "dev")
    solo.ipudp_batch("""dev add m0 mode multi
                        tunnel add dev m0 id 1 remote 192.0.0.2 rport 6000 port 5000
                        rule add dev m0 10.0.0.0/8 tunnel 1""")
    assert set(names(events(process, solo))) <= {"dev-add", "dev-change", "rule-add"}


def test_text(solo):
    process = monitor(solo, json=False)
    solo.ipudp("dev add t0")
    assert "t0" in process.wait_line("dev-add")


def test_refusals_are_no_events(solo):
    solo.ipudp("dev add t0")
    process = monitor(solo)
    for line in ("dev add t0", "tunnel del dev t0 id 9", "dev del nope"):
        with pytest.raises(tool.ToolError):
            solo.ipudp(line)
    assert events(process, solo) == []


@pytest.mark.module_only(reason="ipudpd shows a moved device at its home: docs/datapaths.md")
def test_namespaces_hear_their_own(fresh):
    """A moved device leaves one namespace and enters another."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.up()
    here, there = monitor(fresh.a), monitor(fresh.b)
    fresh.a.ipudp("dev add t0")
    fresh.a.ip(f"link set t0 netns {fresh.b.name}")
    fresh.b.ipudp("dev del t0")
    assert names(events(here, fresh.a))[0] == "dev-add"
    assert [event["event"] for event in events(there, fresh.b) if event["ifname"] == "t0"][-1] == \
        "dev-del"


def test_slow_reader_is_told(solo):
    """Who does not read loses events, is told so, and costs nobody else anything.

    A nobody, because root's queue is long.
    """
    process = monitor(solo, nobody=True)
    process.signal(signal.SIGSTOP)
    for _ in range(5):
        solo.ipudp_batch(["dev add m0 mode multi",
                          "tunnel add dev m0 id 1 remote 192.0.0.2 rport 6000 port 5000",
                          *(f"rule add dev m0 10.{number // 250}.{number % 250}.0/24 tunnel 1"
                            for number in range(1000)), "dev del m0"])
    process.signal(signal.SIGCONT)
    process.wait_line("overrun")


def test_anybody_may_listen(solo):
    """Reading needs no privilege."""
    process = monitor(solo, nobody=True)
    solo.ipudp("dev add t0")
    process.wait_line("dev-add")
