# SPDX-License-Identifier: GPL-2.0-or-later
"""The tunnels that are compared. Each carries 10.9.N.0/24 over link N of the lab, and has no
encryption where it can do without, nor checksums, unless its name says so."""

import contextlib
import pathlib
import subprocess
import tempfile

from lab import LINKS, OUT, Failed, end, run, wait_for

BUILD = OUT / "user"
FASTPLANE = BUILD / "tests/fastpath/fastplane"
IPUDP = BUILD / "tool/ipudp"
IPUDPD = BUILD / "ipudpd/ipudpd"


class Kind:
    """A tunnel. Set up for the links @n of the lab, then taken down."""

    name = ""
    #: what the tunnel leaves of 1500 bytes
    mtu = 1500

    def __init__(self, lab):
        self.lab = lab
        self.processes = []
        self.files = tempfile.TemporaryDirectory(prefix="lvn-bench-")

    def start(self, ns, *words, **more):
        process = self.lab[ns].start(*words, **more)
        self.processes.append(process)
        return process

    def file(self, name, text):
        path = pathlib.Path(self.files.name) / name
        path.write_text(text, encoding="ascii")
        path.chmod(0o600)
        return path

    def up(self, ns, dev, address=None):
        """Give a tunnel device its address, its MTU and the features of the links."""
        if address:
            self.lab[ns].run("ip", "addr", "add", f"{address}/24", "dev", dev)
        self.lab[ns].run("ip", "link", "set", dev, "mtu", self.mtu, "up")
        self.lab.shape(ns, dev)

    def setup(self, count):
        """Make tunnels over the first @count links, and inner routes between a and b."""
        self.make(count)
        if count > 1:
            self.lab["a"].run("ip", "route", "add", "10.9.1.0/24", "via", self.address(0, 1))
            self.lab["b"].run("ip", "route", "add", "10.9.0.0/24", "via", self.address(1, 0))

    def make(self, count):
        for n in range(count):
            self.link(n, *LINKS[n])

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        raise NotImplementedError

    @staticmethod
    def address(n, side):
        return f"10.9.{n}.{side + 1}"

    def teardown(self):
        for process in self.processes:
            end(process)
        self.files.cleanup()


class Raw(Kind):
    """No tunnel: the link itself."""

    name = "raw veth"

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        for side, (ns, dev) in enumerate(((near, near_dev), (far, far_dev))):
            self.lab[ns].run("ip", "addr", "add", f"{self.address(n, side)}/24", "dev", dev)


class Vxlan(Kind):
    name = "kernel VXLAN"
    mtu = 1450
    options = ()

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        for side, (ns, local, remote) in enumerate(((near, near_addr, far_addr),
                                                    (far, far_addr, near_addr))):
            self.lab[ns].run("ip", "link", "add", f"t{n}", "type", "vxlan", "id", n + 1, "local",
                             local, "remote", remote, "dstport", 4789, "nolearning",
                             *self.options)
            self.up(ns, f"t{n}", self.address(n, side))


class VxlanChecksums(Vxlan):
    name = "kernel VXLAN, checksums"
    options = ("udpcsum",)


class Fast(Kind):
    """The fast path of ipudpd alone: nobody reads the TUN, nobody has a socket."""

    name = "ipudpd eBPF"
    mtu = 1472
    device = "fixed"
    link_options = ""

    def plane(self, ns):
        if ns not in self.planes:
            plane = self.start(ns, FASTPLANE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            state = plane.stdout.readline().strip()
            if state != "new":
                raise Failed(state)
            self.planes[ns] = plane
        return self.planes[ns]

    def do(self, ns, *lines):
        plane = self.plane(ns)
        for line in lines:
            plane.stdin.write(line + "\n")
            plane.stdin.flush()
            answer = plane.stdout.readline().strip()
            if answer != "ok":
                raise Failed(f"{line}: {answer}")

    def neighbour(self, ns, address):
        """A neighbour whose link-layer address is known, as the daemon would see to."""
        self.lab[ns].run("ping", "-c", "1", address)
        return address

    def make(self, count):
        self.planes = {}
        super().make(count)

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        for side, (ns, dev, local, remote) in enumerate((
                (near, near_dev, near_addr, far_addr), (far, far_dev, far_addr, near_addr))):
            self.do(ns, f"tun t{n}", f"device t{n} {self.device}", f"link {dev} {self.link_options}",
                    f"tunnel t{n} 1 {local}:7000 {remote}:7000 {dev} mtu={self.mtu} "
                    f"via={self.neighbour(ns, remote)}")
            self.up(ns, f"t{n}", self.address(n, side))


class FastGro(Fast):
    """With the detour on which inner TCP packets are aggregated."""

    name = "ipudpd eBPF, GRO"

    def make(self, count):
        super().make(count)
        for ns in self.planes:
            self.do(ns, "gro on")


class FastXdp(Fast):
    name = "ipudpd eBPF, XDP"
    link_options = "xdp"


class FastHub(Fast):
    """As a hub is used: one device of mode multi in h, sources checked."""

    name = "ipudpd eBPF, multi"
    options = ""

    def make(self, count):
        self.planes = {}
        self.do("h", "tun t0", f"device t0 multi source {self.options}")
        for n in range(count):
            near, near_dev, near_addr, far, far_dev, far_addr = LINKS[n]
            if near == "h":
                inner, outer = (self.address(n, 1), (far, far_dev, far_addr, near_dev, near_addr))
            else:
                inner, outer = (self.address(n, 0), (near, near_dev, near_addr, far_dev, far_addr))
            spoke, dev, local, hub_dev, remote = outer
            self.do("h", f"link {hub_dev} {self.link_options}",
                    f"tunnel t0 {n + 1} {remote}:7000 {local}:7000 {hub_dev} mtu={self.mtu} "
                    f"via={self.neighbour('h', local)}",
                    f"rule t0 {inner}/32 {n + 1}")
            self.do(spoke, "tun t0", "device t0 fixed", f"link {dev} {self.link_options}",
                    f"tunnel t0 1 {local}:7000 {remote}:7000 {dev} mtu={self.mtu} "
                    f"via={self.neighbour(spoke, remote)}")
            self.up(spoke, "t0", inner)
        self.up("h", "t0", "10.9.0.2")
        if count > 1:
            self.lab["h"].run("ip", "addr", "add", "10.9.1.1/24", "dev", "t0")
        for ns in self.planes:
            self.do(ns, "gro on")


class FastRewrite(FastHub):
    name = "ipudpd eBPF, in place"
    options = "rewrite"


class Daemon(Kind):
    """ipudpd as it is started anywhere, with what fast path it finds."""

    name = "ipudpd"
    mtu = 1472
    before = ()
    options = "checksum off"

    def make(self, count):
        self.serving = set()
        super().make(count)

    def serve(self, ns):
        if ns in self.serving:
            return
        self.serving.add(ns)
        self.start(ns, *self.before, IPUDPD)
        wait_for(lambda: "ipudpd" in self.lab[ns].run("ss", "-Hxl"), "ipudpd")

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        for side, (ns, local, remote) in enumerate(((near, near_addr, far_addr),
                                                    (far, far_addr, near_addr))):
            self.serve(ns)
            for line in (f"dev add t{n}", f"tunnel add dev t{n} id 1 remote {remote} rport 7000 "
                         f"local {local} port 7000 {self.options}"):
                self.lab[ns].run(IPUDP, "--datapath", "user", *line.split())
            self.up(ns, f"t{n}", self.address(n, side))

    def teardown(self):
        # It removes its devices if it is asked to end, which it cannot any more when killed.
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        super().teardown()


class UserPath(Daemon):
    """ipudpd where eBPF is refused."""

    name = "ipudpd user path"
    before = ("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin",
              "--inh-caps=-bpf,-perfmon,-sys_admin")


class DaemonChecksums(Daemon):
    """As it is configured by default."""

    name = "ipudpd, checksums"
    options = ""


class UserPathChecksums(UserPath):
    name = "ipudpd user path, checksums"
    options = ""


class OpenVpn(Kind):
    name = "OpenVPN none/none"
    mtu = 1472

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        for side, (ns, local, remote) in enumerate(((near, near_addr, far_addr),
                                                    (far, far_addr, near_addr))):
            self.start(ns, "openvpn", "--dev", f"t{n}", "--dev-type", "tun", "--local", local,
                       "--remote", remote, "--port", "1194", "--cipher", "none", "--auth", "none",
                       "--tun-mtu", self.mtu, "--ifconfig", self.address(n, side),
                       self.address(n, 1 - side), "--txqueuelen", "1000", "--fast-io")
            wait_for(lambda space=self.lab[ns]: f"t{n}  " in space.run(
                "ip", "-br", "addr", "show", "up"), f"a device t{n} of OpenVPN")

    def setup(self, count):
        self.make(count)
        if count > 1:
            self.lab["a"].run("ip", "route", "add", "10.9.1.0/24", "dev", "t0")
            self.lab["b"].run("ip", "route", "add", "10.9.0.0/24", "dev", "t1")


class Fastd(Kind):
    name = "fastd null"
    mtu = 1426

    def make(self, count):
        self.keys = {}
        super().make(count)

    def key(self, n, side):
        if (n, side) not in self.keys:
            lines = run("fastd", "--generate-key").splitlines()
            self.keys[n, side] = [line.split()[-1] for line in lines if line]
        return self.keys[n, side]

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        for side, (ns, local, remote) in enumerate(((near, near_addr, far_addr),
                                                    (far, far_addr, near_addr))):
            peer = self.key(n, 1 - side)[1]
            conf = self.file(f"fastd{n}{side}.conf", f'''
                mode tun; interface "t{n}"; mtu {self.mtu}; method "null";
                bind {local}:10000; secret "{self.key(n, side)[0]}"; log level warn;
                peer "other" {{ key "{peer}"; remote {remote} port 10000; }}''')
            self.start(ns, "fastd", "-c", conf)
            wait_for(lambda space=self.lab[ns]: f"t{n} " in space.run("ip", "-br", "link"),
                     f"a device t{n} of fastd")
            self.up(ns, f"t{n}", self.address(n, side))


class WireguardGo(Kind):
    name = "wireguard-go"
    mtu = 1420

    def teardown(self):
        super().teardown()
        # It was killed, and could not do that itself.
        for n in range(len(LINKS)):
            for side in range(2):
                pathlib.Path(f"/var/run/wireguard/w{n}{side}.sock").unlink(missing_ok=True)

    def link(self, n, near, near_dev, near_addr, far, far_dev, far_addr):
        keys = [run("wg", "genkey").strip() for _ in range(2)]
        public = [run("wg", "pubkey", stdin=key).strip() for key in keys]
        sides = ((near, near_addr, far_addr), (far, far_addr, near_addr))
        for side, (ns, _, _) in enumerate(sides):
            # Its socket for wg is named after the interface, in a folder that namespaces share.
            self.start(ns, "env", "WG_PROCESS_FOREGROUND=1", "wireguard-go", "-f", f"w{n}{side}")
        for side, (ns, _, remote) in enumerate(sides):
            dev = f"w{n}{side}"
            wait_for(pathlib.Path(f"/var/run/wireguard/{dev}.sock").exists, "wireguard-go")
            key = self.file(f"key{n}{side}", keys[side])
            self.lab[ns].run("wg", "set", dev, "private-key", key, "listen-port", 5182 + n, "peer",
                             public[1 - side], "endpoint", f"{remote}:{5182 + n}", "allowed-ips",
                             "0.0.0.0/0")
            self.up(ns, dev, self.address(n, side))


KINDS = {
    "p2p": (Raw, Vxlan, VxlanChecksums, Daemon, DaemonChecksums, UserPath, UserPathChecksums, Fast,
            FastGro, FastXdp, OpenVpn, Fastd, WireguardGo),
    "hub": (Raw, Vxlan, VxlanChecksums, Daemon, DaemonChecksums, UserPath, UserPathChecksums,
            FastGro, FastHub, FastRewrite, OpenVpn, Fastd, WireguardGo),
}
