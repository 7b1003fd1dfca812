# SPDX-License-Identifier: GPL-2.0-or-later
"""The tunnels that are compared: how one end of each is made.

All have the same outer TTL, a fixed local address and, where there is the
choice, a fixed source port. Ethernet ones learn nothing and resolve nothing.
"""

import contextlib
import subprocess

from lab import FASTPLANE, INGRESS, call

PORT = 5000
# The interface that packets of a tunnel go along, by the number of the link and the host on it.
LINKS = {(3, 1): "a1", (3, 2): "h0", (4, 1): "h1", (4, 2): "b0"}


class Peer:
    """One kind of tunnel, with or without UDP checksums."""

    modules = ()
    kind = ""
    mtu = 1500
    layer2 = False
    deferred = False        # packets are worked on by a thread

    def __init__(self, checksum=False):
        self.checksum = checksum
        call("modprobe", "-a", *self.modules) if self.modules else None

    @property
    def name(self):
        return self.kind

    def end(self, lab, ns, device, number, host):
        """Make the end at 10.0.NUMBER.HOST of the tunnel along that link."""
        local, remote = f"10.0.{number}.{host}", f"10.0.{number}.{3 - host}"
        self.create(lab, ns, device, local, remote, number)
        lines = [f"link set {device} mtu {self.mtu}"]
        if self.layer2:
            lines.append(f"link set {device} address {tunnel_mac(number, host)}")
        lines += [f"addr add 10.9.{number}.{host}/24 dev {device}", f"link set {device} up"]
        if self.layer2:
            lines.append(f"neigh add 10.9.{number}.{3 - host} lladdr "
                         f"{tunnel_mac(number, 3 - host)} dev {device}")
        lab.ip(ns, *lines)

    def route(self, lab, ns, prefix, device, number, host):
        """Send what is for a prefix to the other end."""
        via = f"via 10.9.{number}.{3 - host} " if self.layer2 else ""
        lab.ip(ns, f"route replace {prefix} {via}dev {device}")

    def second(self, lab, ns, device, number, host):
        """Make another end in a namespace that has one; return what to remove, if anything."""
        self.end(lab, ns, device, number, host)
        return [(ns, device)]

    def ending_at(self, _ns):
        """A context in which packets end where they come into a namespace, and nothing is before."""
        return contextlib.nullcontext()

    def create(self, lab, ns, device, local, remote, number):
        raise NotImplementedError

    def remove(self, lab, ns, device):
        lab.ip(ns, f"link del {device}")


def tunnel_mac(number, host):
    return f"02:00:00:01:{number:02x}:{host:02x}"


class Raw(Peer):
    """No tunnel: what the rest of the path costs."""

    kind = "raw veth"

    def end(self, lab, ns, device, number, host):
        link = LINKS[number, host]
        lab.ip(ns, f"addr add 10.9.{number}.{host}/24 dev {link}",
               f"neigh replace 10.9.{number}.{3 - host} lladdr 02:00:00:00:{number:02x}:{3 - host:02x}"
               f" dev {link}")

    def route(self, lab, ns, prefix, device, number, host):
        lab.ip(ns, f"route replace {prefix} via 10.0.{number}.{3 - host}")

    def remove(self, lab, ns, device):
        lab.ip(ns, *[f"addr flush dev {link} to 10.9.0.0/16" for link in
                     {"a": ("a0", "a1"), "h": ("h0", "h1"), "b": ("b0",)}[ns]])


class Ipudp(Peer):
    """Ours, mode fixed: a device for each tunnel, as the others."""

    kind = "ipudp"
    mtu = 1472

    @property
    def checks(self):
        return "on" if self.checksum else "off"

    def create(self, lab, ns, device, local, remote, number):
        lab.ipudp(ns, f"dev add {device}",
                  f"tunnel add dev {device} id 1 remote {remote} rport {PORT} local {local} "
                  f"port {PORT} checksum {self.checks}")


class IpudpMulti(Ipudp):
    """Ours, mode multi: one device with a tunnel and a rule for all packets."""

    kind = "ipudp multi"

    def create(self, lab, ns, device, local, remote, number):
        lab.ipudp(ns, f"dev add {device} mode multi",
                  f"tunnel add dev {device} id 1 remote {remote} rport {PORT} local {local} "
                  f"port {PORT} checksum {self.checks}",
                  f"rule add dev {device} 0.0.0.0/0 tunnel 1")


class Ebpf(Peer):
    """The fast path of ipudpd, without the daemon: nobody reads the TUN."""

    modules = ("tun",)
    kind = "ipudpd eBPF"
    mtu = 1472
    planes = {}

    def plane(self, ns):
        """What fills the tables in a namespace; it stays, and goes with the machine."""
        if ns not in self.planes:
            plane = subprocess.Popen(["ip", "netns", "exec", ns, FASTPLANE], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.planes[ns] = plane
            if (state := plane.stdout.readline().strip()) != "new":
                raise RuntimeError(f"{FASTPLANE}: {state}")
        return self.planes[ns]

    def do(self, ns, *lines):
        plane = self.plane(ns)
        for line in lines:
            print(line, file=plane.stdin, flush=True)
            if (answer := plane.stdout.readline().strip()) != "ok":
                raise RuntimeError(f"{line}: {answer}")

    def create(self, lab, ns, device, local, remote, number):
        link = LINKS[number, int(local[-1])]
        self.do(ns, f"tun {device}", f"device {device} fixed", f"link {link}",
                f"tunnel {device} 1 {local}:{PORT} {remote}:{PORT} {link} mtu={self.mtu} "
                f"via={remote}")

    def remove(self, lab, ns, device):
        self.do(ns, f"device-del {device}",
                *(f"link-del {link}" for (_, _), link in LINKS.items() if link[0] == ns))
        super().remove(lab, ns, device)

    @contextlib.contextmanager
    def ending_at(self, ns):
        # By tcx, our program would come before the filter that drops.
        self.do(ns, f"link-del {INGRESS[ns]}")
        yield
        self.do(ns, f"link {INGRESS[ns]}")


class Fou(Peer):
    """The kernel's fou under ipip: the same bytes on the wire as ours."""

    modules = ("fou", "ipip")
    kind = "fou + ipip"
    mtu = 1472
    listening = set()

    def create(self, lab, ns, device, local, remote, number):
        if ns not in self.listening:
            lab.ip(ns, f"fou add port {PORT + 1} ipproto 4")
            self.listening.add(ns)
        lab.ip(ns, f"link add {device} type ipip remote {remote} local {local} ttl 64 encap fou "
                   f"encap-sport {PORT + 1} encap-dport {PORT + 1} "
                   f"{'encap-csum' if self.checksum else 'noencap-csum'}")


class Vxlan(Peer):
    modules = ("vxlan",)
    kind = "vxlan"
    mtu = 1450
    layer2 = True

    def create(self, lab, ns, device, local, remote, number):
        lab.ip(ns, f"link add {device} type vxlan id {number} remote {remote} local {local} "
                   f"ttl 64 dstport 4789 nolearning {'udpcsum' if self.checksum else 'noudpcsum'}")


class Geneve(Peer):
    modules = ("geneve",)
    kind = "geneve"
    mtu = 1450
    layer2 = True

    def create(self, lab, ns, device, local, remote, number):
        lab.ip(ns, f"link add {device} type geneve id {number} remote {remote} ttl 64 "
                   f"{'udpcsum' if self.checksum else 'noudpcsum'}")


class Wireguard(Peer):
    """Encrypts, so it is here for comparison only. Its checksums are always on."""

    modules = ("wireguard",)
    kind = "wireguard"
    mtu = 1420
    deferred = True
    keys = {}

    def key(self, number, host):
        if (number, host) not in self.keys:
            private = call("wg", "genkey").strip()
            self.keys[number, host] = private, call("wg", "pubkey", stdin=private).strip()
        return self.keys[number, host]

    def create(self, lab, ns, device, local, remote, number):
        host = int(local[-1])
        path = f"/tmp/wg-{number}-{host}"
        with open(path, "w", encoding="ascii") as file:
            file.write(self.key(number, host)[0])
        lab.ip(ns, f"link add {device} type wireguard")
        call("ip", "netns", "exec", ns, "wg", "set", device, "private-key", path, "listen-port",
             str(6000 + number), "peer", self.key(number, 3 - host)[1], "allowed-ips", "0.0.0.0/0",
             "endpoint", f"{remote}:{6000 + number}")

    def second(self, lab, ns, device, number, host):
        """It sends nothing before the other end has answered, so there must be one, at b."""
        self.end(lab, ns, device, number, host)
        self.end(lab, "b", "t0", number, 3 - host)
        call("ip", "netns", "exec", ns, "ping", "-q", "-c", "1", "-w", "10",
             f"10.9.{number}.{3 - host}")
        return [("b", "t0"), (ns, device)]


KINDS = (Raw, Ipudp, IpudpMulti, Ebpf, Fou, Vxlan, Geneve, Wireguard)
