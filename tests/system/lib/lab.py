# SPDX-License-Identifier: GPL-2.0-or-later
"""Topologies: namespaces joined by veth pairs, all gone when the lab is closed."""

from . import dataplane, packet
from .ns import Namespace, run
from .wait import wait_until


class Lab:
    """Collects what is to be set up and does it with one process a namespace."""

    living = []

    def __init__(self):
        Lab.living.append(self)
        self.members = []
        self._root = []

    def namespaces(self, *labels):
        """Make namespaces, quiet and with lo up."""
        made = [Namespace(self, label) for label in labels]
        run(["ip", "-b", "-"], input="".join(f"netns add {ns.name}\n" for ns in made))
        for ns in made:
            self.members.append(ns)
            ns.opened()
            ns.setup.append("link set lo up")
        dataplane.attach(made)
        return made

    def router(self, label):
        ns, = self.namespaces(label)
        ns.forward()
        return ns

    # pylint: disable=too-many-arguments
    def link(self, one, name, other, peer, net=0, mtu=1500, v6=True):
        """Join two namespaces: 192.0.NET.1 and .2, 2001:db8:NET::1 and ::2, after up()."""
        self._root.append(f"link add {name} netns {one.name} mtu {mtu} numtxqueues 1 type veth "
                          f"peer name {peer} netns {other.name} mtu {mtu}")
        for host, (ns, interface) in enumerate(((one, name), (other, peer)), 1):
            # A router needs a link-local address to ask for its neighbours. In one command the
            # interface would be up before its address is asked for.
            ns.setup += [f"addr add {outer4(net, host)}/24 dev {interface}",
                         f"link set {interface} addrgenmode eui64", f"link set {interface} up"]
            if v6:
                ns.setup.append(f"addr add {outer6(net, host)}/64 dev {interface} nodad")

    def up(self):
        if self._root:
            run(["ip", "-b", "-"], input="\n".join(self._root) + "\n")
        self._root = []
        for ns in self.members:
            if ns.setup:
                ns.ip(ns.setup)
            ns.setup = []
        return self

    def delete(self, *members):
        """Delete namespaces (the kernel finishes it in its own time)."""
        for ns in members:
            ns.end_processes()
        dataplane.detach(*members)
        for ns in members:
            ns.close()
            self.members.remove(ns)
        run(["ip", "-b", "-"], input="".join(f"netns del {ns.name}\n" for ns in members))

    def reset(self):
        for ns in self.members:
            ns.reset()

    def close(self):
        Lab.living.remove(self)
        if self.members:
            self.delete(*self.members)


def outer4(net, host):
    return f"192.0.{net}.{host}"


def outer6(net, host):
    # as the kernel writes it
    return packet.text(packet.addr(f"2001:db8:{net}::{host}"))


def outer(family, net=0, host=1):
    return outer4(net, host) if family == 4 else outer6(net, host)


def inner4(host):
    return f"10.0.0.{host}"


def inner6(host):
    return f"fd00::{host}"


def inner(family, host=1):
    return inner4(host) if family == 4 else inner6(host)


def pair():
    """a ── b over 192.0.0.0/24 and 2001:db8:0::/64."""
    lab = Lab()
    lab.a, lab.b = lab.namespaces("a", "b")
    lab.link(lab.a, "eth0", lab.b, "eth0")
    return lab.up()


def through_router(mtu=1500):
    """a ── r ── b: a is in net 0, b in net 1 behind a link with another MTU."""
    lab = Lab()
    lab.a, lab.b = lab.namespaces("a", "b")
    lab.r = lab.router("r")
    lab.link(lab.a, "eth0", lab.r, "eth0", net=0)
    lab.link(lab.b, "eth0", lab.r, "eth1", net=1, mtu=mtu)
    lab.up()
    for ns, net in ((lab.a, 0), (lab.b, 1)):
        ns.ip([f"route add default via {outer4(net, 2)}",
               f"route add default via {outer6(net, 2)}"])
    return lab


def tunnel_ends(one, other, family=4, *, dev="t0", port=5000, options="", net=0, hosts=(1, 2)):
    """Make a fixed device at both ends, up and with inner addresses."""
    for ns, here, there in ((one, *hosts), (other, *reversed(hosts))):
        ns.ipudp_batch(f"""
            dev add {dev}
            tunnel add dev {dev} id 1 remote {outer(family, net, there)} rport {port} port {port} \
            {options}""")
        raise_device(ns, dev, here)


def raise_device(ns, dev, host, *more):
    ns.ip([f"link set {dev} up", f"addr add {inner4(host)}/24 dev {dev}",
           f"addr add {inner6(host)}/64 dev {dev} nodad", *more])
    # the kernel makes the route to its own IPv6 address a moment later
    wait_until(lambda: inner6(host) in str(ns.ip_json("-6 route show table local dev", dev)),
               f"{ns} takes packets for its address")
