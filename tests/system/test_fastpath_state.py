# SPDX-License-Identifier: GPL-2.0-or-later
"""What ipudpd says of its fast path, and what makes it leave packets to the stack.

    a t0 ═══ b t0
"""

import contextlib
import json
import socket
import struct

import pytest
from lib import dataplane, icmp, lab, packet, tcx
from lib.peer import Sniffer
from lib.wait import wait_until
from test_fastpath import carried, ends, filters, start, working  # pylint: disable=unused-import

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")

# pylint: disable=redefined-outer-name


def state(ns, dev="t0"):
    """What is said of a device: the state, and the reason if there is one."""
    said = ns.dev(dev)
    assert said["data_plane"] == "user"
    return said["fast_path_state"], said.get("fast_path_reason")


def is_state(ns, wanted, word):
    """Wait until that is the state, for a reason with a word in it; packets are carried all the time."""
    def there():
        what, reason = state(ns)
        return what == wanted and (word in reason if word else reason is None)
    wait_until(there, f"{wanted}: {word}, not {state(ns)}")


def test_active_and_why_not(ends):
    a = ends.a
    assert state(a) == ("active", None)
    assert "data-plane user fast-path-state active\n" in a.ipudp("dev show t0")
    a.ipudp("dev set t0 fast-path off")
    assert state(a) == ("inactive", "fast-path of the device is off")
    assert "fast-path-state inactive: fast-path of the device is off\n" in \
        a.ipudp("dev show t0")
    a.ipudp("dev set t0 fast-path on")
    assert state(a) == ("active", None)
    a.ipudp("dev add m0 mode multi lookup nexthop")
    assert state(a, "m0")[0] == "partial"
    a.ip(["link set eth0 down"])
    is_state(a, "inactive", "no route")
    a.ip(["link set eth0 up"])


def test_without_programs(ends):
    dataplane.daemon(ends.a).kill()
    start(ends.a, "--no-fastpath")
    assert state(ends.a) == ("inactive", "ipudpd was started with --no-fastpath")
    icmp.assert_pings(ends.a, lab.inner4(2))


def test_without_rights(ends):
    dataplane.daemon(ends.a).kill()
    start(ends.a, before=("setpriv", "--bounding-set=-sys_admin,-bpf", "--inh-caps=-sys_admin,-bpf"))
    what, reason = state(ends.a)
    assert what == "inactive" and "CAP_BPF" in reason
    icmp.assert_pings(ends.a, lab.inner4(2))


def xfrm(ns, words):
    ns.run("ip", "xfrm", *words.split())


def tunnel_policy(direction, family, ports="dport 5000"):
    one, other = lab.outer(family, 0, 1), lab.outer(family, 0, 2)
    return f"policy add dir {direction} src {one} dst {other} proto udp {ports} " \
           f"tmpl src {one} dst {other} proto esp mode transport"


def clear_datagrams(ns, send):
    """How many datagrams of the tunnel with data come to a namespace while something is sent."""
    seen = Sniffer(ns, "eth0")
    send()
    found = 0
    while one := seen.receive(lambda one: one.proto == packet.UDP and one.ports[1] == 5000 and
                              len(one.payload) > 60, 0.3):
        found += bool(one)
    return found


@pytest.mark.parametrize("family,options,fast_path", [
    (4, "checksum off", "on"), (6, "checksum off source-port flow", "on"),
    (4, "checksum off source-port flow", "off"), (6, "checksum off", "off")])
def test_ipsec_policy(fresh, family, options, fast_path):
    """What a policy wants to be in ESP neither leaves nor enters in the clear; without SA, nothing."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    lab.tunnel_ends(fresh.a, fresh.b, family, options=options)
    a, b = fresh.a, fresh.b
    for ns in (a, b):
        ns.ipudp(f"dev set t0 fast-path {fast_path}")
    echo = icmp.Echo(a, lab.inner4(2))
    assert echo.ask(100)
    ports = "dport 5000" if "flow" in options else "sport 5000 dport 5000"
    xfrm(a, tunnel_policy("out", family, ports))
    assert state(a)[0] == "inactive"
    assert clear_datagrams(b, lambda: echo.send(100)) == 0
    xfrm(a, tunnel_policy("out", family, ports).split("tmpl")[0].replace("add", "del"))
    is_state(a, "active" if fast_path == "on" else "inactive", "off" if fast_path == "off" else "")
    assert echo.ask(100)
    # What enters: a is the source.
    xfrm(b, tunnel_policy("in", family))
    assert state(b)[0] == "inactive"
    seq = echo.send(100)
    assert echo.answer(seq, 0.3) is None
    xfrm(b, "policy flush")
    is_state(b, "active" if fast_path == "on" else "inactive", "off" if fast_path == "off" else "")
    assert echo.ask(100)


def test_ipsec_policies_that_are_not_for_it(ends):
    """Other addresses and ports, other protocols, bypasses, an interface's own, a socket's own."""
    a, one, other = ends.a, lab.outer4(0, 1), lab.outer4(0, 2)
    esp = f"tmpl src {one} dst {other} proto esp mode transport"
    for words in (f"src {one} dst 203.0.113.0/24 {esp}", f"src {one} dst {other} proto tcp {esp}",
                  f"src {one} dst {other} proto udp dport 5001 {esp}",
                  f"src {one} dst {other}", f"src {one} dst {other} proto udp if_id 7 {esp}"):
        xfrm(a, f"policy add dir out {words}")
    with a.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # struct xfrm_userpolicy_info of a bypass that blocks, as an IKE daemon sets it
        info = bytearray(168)
        struct.pack_into("=HH", info, 40, socket.AF_INET, 0)
        info[160], info[161] = 1, 1
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_IP, 17, bytes(info))
        assert state(a) == ("active", None)
        assert carried(a, ends.b, 4)
    xfrm(a, f"policy add dir out src {one}/24 dst 0.0.0.0/0 {esp}")
    assert "IPsec policy" in state(a)[1]


def test_ipsec_that_blocks_by_default(ends):
    if ends.a.run("ip", "xfrm", "policy", "setdefault", "out", "block", check=False).returncode:
        pytest.skip("the kernel knows no default policy")
    assert "IPsec blocks" in state(ends.a)[1]
    xfrm(ends.a, "policy setdefault out accept")
    assert state(ends.a) == ("active", None)


def test_ipsec_for_what_is_forwarded(ends):
    """In place, no policy for inner packets would be obeyed."""
    a = ends.a
    a.ipudp("dev set t0 fast-path rewrite")
    rewrites = 4
    assert device_flags(a) & rewrites
    xfrm(a, "policy add dir fwd src 10.7.0.0/16 dst 10.8.0.0/16 action block")
    assert not device_flags(a) & rewrites
    assert state(a) == ("partial", "packets from tunnel to tunnel go through the stack: IPsec "
                        "policies may be for them (ip xfrm policy)")
    xfrm(a, "policy flush")
    assert device_flags(a) & rewrites


def device_flags(ns, dev="t0"):
    """What the programs know of a device: struct fast_device.flags."""
    ns.dev(dev)
    number = ns.link(dev)["ifindex"]
    program = ns.run("tc", "-j", "filter", "show", "dev", dev, "egress").stdout
    ident = next(one["options"]["prog"]["id"] for one in json.loads(program) if "options" in one)
    maps = json.loads(ns.run("bpftool", "-j", "prog", "show", "id", str(ident)).stdout)["map_ids"]
    for one in maps:
        shown = json.loads(ns.run("bpftool", "-j", "map", "show", "id", str(one)).stdout)
        if shown.get("name") == "devices":
            key = " ".join(f"{byte:02x}" for byte in struct.pack("=I", number)).split()
            found = json.loads(ns.run("bpftool", "-j", "map", "lookup", "id", str(one), "key", "hex",
                                      *key).stdout)["value"]
            return int(found[8], 16) | int(found[9], 16) << 8
    raise AssertionError("no table of devices")


def test_rules_by_dscp(ends):
    """A tunnel with a DSCP of its own follows the rule; one that copies it is left to the stack."""
    a, b = ends.a, ends.b
    ends.link(a, "eth1", b, "eth1", net=1)
    ends.up()
    a.ip([f"rule add dsfield 0x10 table 100",
          f"route add {lab.outer4(0, 2)} via {lab.outer4(1, 2)} dev eth1 table 100"])
    is_state(a, "inactive", "DSCP")
    a.ipudp(f"tunnel set dev t0 id 1 dscp 4 local {lab.outer4(0, 1)}")
    is_state(a, "active", "")
    seen = Sniffer(b, "eth1")
    assert carried(a, b, 4)
    assert seen.receive(lambda one: one.proto == packet.UDP and one.ports[1] == 5000)
    a.ipudp("tunnel set dev t0 id 1 dscp inherit")
    a.ip(["rule del dsfield 0x10 table 100"])
    is_state(a, "active", "")


def test_rules_by_port(ends):
    a, b = ends.a, ends.b
    ends.link(a, "eth1", b, "eth1", net=1)
    ends.up()
    a.ip([f"rule add ipproto udp dport 5000 table 100",
          f"route add {lab.outer4(0, 2)} via {lab.outer4(1, 2)} dev eth1 table 100"])
    a.ipudp(f"tunnel set dev t0 id 1 local {lab.outer4(0, 1)}")
    seen = Sniffer(b, "eth1")
    for options, wanted, word in (("", "active", ""), ("source-port flow", "inactive", "ports")):
        if options:
            b.ipudp(f"tunnel set dev t0 id 1 {options}")
            a.ipudp(f"tunnel set dev t0 id 1 {options}")
        is_state(a, wanted, word)
        icmp.assert_pings(a, lab.inner4(2))
        assert seen.receive(lambda one: one.proto == packet.UDP and one.ports[1] == 5000)
        seen.drain()


def test_route_that_adds_headers(ends):
    """Only the stack adds them."""
    a = ends.a
    words = f"route add {lab.outer6(0, 2)} encap seg6 mode inline segs 2001:db8:0::2 dev eth0"
    other = lab.outer6(0, 2)
    a.ipudp_batch(f"dev add t6\ntunnel add dev t6 id 1 remote {other} rport 6000 port 6000")
    is_state(a, "active", "")
    if a.ip([words], check=False).returncode:
        pytest.skip("the kernel has no such route")
    def there():
        return "headers" in (state(a, "t6")[1] or "")
    wait_until(there, "left to the stack")


@pytest.mark.parametrize("what", ["qdisc", "filter", "capture"])
def test_somebody_on_the_device(ends, what):
    """A shaper shapes, a filter filters, a capture captures what is sent."""
    a, b = ends.a, ends.b
    assert carried(a, b, 4)
    if what == "qdisc":
        begin = "tc qdisc add dev t0 root tbf rate 8mbit burst 20kb latency 50ms"
        end = "tc qdisc del dev t0 root"
    elif what == "filter":
        # cls_bpf of one instruction, for kernels without other kinds: return TC_ACT_SHOT
        begin = "tc filter add dev t0 egress pref 40000 bpf bytecode 1,6\\x200\\x200\\x202, da"
        end = "tc filter del dev t0 egress pref 40000"
    else:
        begin, end = "ip link set t0 promisc on", "ip link set t0 promisc off"
    a.run(*(word.replace("\\x20", " ") for word in begin.split()))
    assert state(a)[0] == "partial"
    assert ("captures" if what == "capture" else "qdisc or filter") in state(a)[1]
    echo = icmp.Echo(a, lab.inner4(2))
    assert (echo.answer(echo.send(100), 0.5) is True) == (what != "filter")
    assert not carried(a, b, 4)
    dataplane.daemon(a).kill()
    start(a)
    assert state(a)[0] == "partial", "the successor sees it, too"
    a.run(*end.split())
    assert state(a) == ("active", None)
    assert carried(a, b, 4)


def test_captures_see_what_is_sent(ends):
    """As tcpdump opens them: the device is promiscuous while they run."""
    a = ends.a
    seen = Sniffer(a, "t0", outgoing=True)
    # PACKET_ADD_MEMBERSHIP of PACKET_MR_PROMISC
    seen.sock.setsockopt(263, 1, struct.pack("=IHH8s", a.ifindex("t0"), 1, 0, b""))
    wait_until(lambda: state(a)[0] == "partial", "left to user space")
    icmp.assert_pings(a, lab.inner4(2))
    assert seen.receive(lambda one: one.proto == packet.ICMP)
    seen.sock.close()
    is_state(a, "active", "")


def test_another_program_comes_first(ends):
    """Datagrams whose way a program before ours ends are carried by user space, and that is said."""
    a, b = ends.a, ends.b
    echo = icmp.Echo(a, lab.inner4(2))
    with b.enter():
        by_tcx = tcx.works()
    if by_tcx:
        with b.enter():
            tcx.attach("eth0", "first", tcx.PASS, tcx.BEFORE)
    else:
        # cls_bpf of one instruction: return TC_ACT_OK
        b.run("tc", "filter", "add", "dev", "eth0", "ingress", "pref", "1", "bpf", "bytecode",
              "1,6 0 0 0,", "da")

    def said(what):
        for _ in range(20):
            assert echo.ask(100)
        return state(b)[0] == what
    wait_until(lambda: said("partial"), "it is noticed", interval=0.2)
    assert "another program or tc filter" in state(b)[1]
    if by_tcx:
        with b.enter():
            tcx.detach_first("eth0")
    else:
        b.run("tc", "filter", "del", "dev", "eth0", "ingress", "pref", "1")
    wait_until(lambda: said("active"), "it is over", interval=0.2)


def test_place_of_others_is_free(ends):
    """With tcx, somebody's qdisc for what comes in may be there first, come later, and go."""
    a, b = ends.a, ends.b
    with b.enter():
        if not tcx.works():
            pytest.skip("before Linux 6.6 programs need the qdisc themselves")
    dataplane.daemon(b).stop()
    b.run("tc", "qdisc", "add", "dev", "eth0", "ingress")
    # cls_bpf of one instruction: return TC_ACT_SHOT
    b.run("tc", "filter", "add", "dev", "eth0", "ingress", "pref", "1", "protocol", "ip", "bpf",
          "bytecode", "1,6 0 0 2,", "da")
    start(b)
    b.ipudp_batch(f"""
        dev add t0
        tunnel add dev t0 id 1 remote {lab.outer4(0, 1)} rport 5000 port 5000 checksum off""")
    lab.raise_device(b, "t0", 2)
    wait_until(lambda: carried(a, b, 4), "past the filter, and past the daemon")
    assert state(b) == ("active", None)
    b.run("tc", "qdisc", "del", "dev", "eth0", "ingress")
    b.run("tc", "qdisc", "add", "dev", "eth0", "clsact")
    assert filters(b, "eth0", "ingress") == ["fast_decap"]
    assert carried(a, b, 4)
    b.run("tc", "qdisc", "del", "dev", "eth0", "clsact")
    assert carried(a, b, 4)
    dataplane.daemon(b).stop()
    assert filters(b, "eth0", "ingress") == []


def test_members_of_a_bridge(ends):
    """What a bridge does not let in, the programs do not either: they are at the bridge."""
    b = ends.b
    address = lab.outer4(0, 2)
    b.ip(["link add br0 type bridge", "link set br0 up", "link set eth0 master br0",
          f"addr del {address}/24 dev eth0", f"addr add {address}/24 dev br0"])
    b.dev("t0")
    assert filters(b, "eth0", "ingress") == []
    assert filters(b, "br0", "ingress") == ["fast_decap"]
    icmp.assert_pings(ends.a, lab.inner4(2))
    assert carried(ends.a, b, 4)
    # 802.1X: nothing enters from who is not authenticated.
    locked = b.run("bridge", "link", "set", "dev", "eth0", "locked", "on", "learning", "off",
                   check=False)
    if not locked.returncode:
        b.run("bridge", "fdb", "flush", "dev", "eth0", check=False)
        echo = icmp.Echo(ends.a, lab.inner4(2))
        b.run("bridge", "fdb", "del", ends.a.link("eth0")["address"], "dev", "eth0", "master",
              check=False)
        assert echo.answer(echo.send(100), 0.5) is None
        b.run("bridge", "link", "set", "dev", "eth0", "locked", "off", "learning", "on")
    b.ip([f"addr del {address}/24 dev br0", "link set eth0 nomaster",
          f"addr add {address}/24 dev eth0"])
    b.dev("t0")
    assert filters(b, "eth0", "ingress") == ["fast_decap"]
    icmp.assert_pings(ends.a, lab.inner4(2))


def test_strict_reverse_path(ends):
    """With rp_filter 1, a datagram enters only by the interface that the way back leaves by."""
    a, b = ends.a, ends.b
    ends.link(a, "eth1", b, "eth1", net=1)
    ends.up()
    # a sends by eth1, b answers by eth0.
    a.ip([f"route add {lab.outer4(0, 2)} via {lab.outer4(1, 2)} dev eth1 src {lab.outer4(0, 1)}"])
    icmp.assert_pings(a, lab.inner4(2))
    b.sysctl("net/ipv4/conf/eth1/rp_filter", 1)
    b.dev("t0")
    wait_until(lambda: not icmp.ping(a, lab.inner4(2), timeout=0.3), "the reverse path is checked")
    b.sysctl("net/ipv4/conf/all/rp_filter", 2)
    wait_until(lambda: icmp.ping(a, lab.inner4(2), timeout=0.3), "it is not that strict")


@pytest.mark.parametrize("fast_path", ["on", "off"])
@pytest.mark.parametrize("what", ["link", "bind", "bind eth0 source-port flow link"])
def test_interface_comes_back(fresh, what, fast_path):
    """An interface that is made again under its name, as a modem's is, carries again."""
    fresh.a, fresh.b = fresh.namespaces("a", "b")
    fresh.link(fresh.a, "eth0", fresh.b, "eth0")
    fresh.up()
    a, b = fresh.a, fresh.b
    lab.tunnel_ends(a, b, options=f"{what} eth0 checksum off")
    a.ipudp(f"dev set t0 fast-path {fast_path}")
    icmp.assert_pings(a, lab.inner4(2))
    before = a.tunnel("t0")
    a.ip(["link del eth0"])
    fresh.link(a, "eth0", b, "eth0")
    fresh.up()
    ifindex = a.ifindex("eth0")
    for ns in (a, b):
        wait_until(lambda ns=ns: "eth0" in (ns.tunnel("t0").get("link"), ns.tunnel("t0").get("bind")),
                   "the tunnel names it again")
    assert ifindex not in (before.get("link_ifindex"), before.get("bind_ifindex"))
    icmp.assert_pings(a, lab.inner4(2))
    icmp.assert_pings(b, lab.inner4(1))
    if fast_path == "on":
        is_state(a, "active", "")
        wait_until(lambda: carried(a, b, 4), "fast again")
    dataplane.daemon(a).kill()
    start(a)
    icmp.assert_pings(a, lab.inner4(2))
