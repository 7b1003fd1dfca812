# SPDX-License-Identifier: GPL-2.0-or-later
"""Many tunnels and rules on one device, in a (a spoke's side) and in h (the hub).

Tunnel i goes from 10.128.0.0 + i in a to 10.160.0.0 + i in h. In both, the
rule for the inner address 10.64.0.0 + i (in h 10.96.0.0 + i: the source, which
is checked) names it. In h the rule for the destination 10.64.0.0 + i names
another tunnel. The tables are filled in a random order. With one tunnel, one
rule covers all the addresses, so that the packets are the same.
"""

import json
import random
import subprocess
import time

from forward import DESTINATIONS, PREFIX, SOURCE_PREFIX, SOURCES
from lab import IPUDP, address, call

SPOKES, HUBS = 128, 160
PORT = 5000
# What the kernel keeps for tables is in these; pages of programs are not.
MEMORY = ("Slab", "Percpu", "VmallocUsed", "PageTables")


def memory():
    """Bytes of kernel memory in use, and bytes that are available."""
    # Wait for what is freed after a grace period.
    time.sleep(2)
    with open("/proc/meminfo", encoding="ascii") as file:
        fields = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    return sum(fields[name] for name in MEMORY), fields["MemAvailable"]


def idle():
    """Seconds that the processor was idle since it started."""
    with open("/proc/uptime", encoding="ascii") as file:
        return float(file.read().split()[1])


def batch(ns, lines):
    """
    Carry out commands; return the time and memory they took. The time is that of work: while the
    machine waits for the host, for the program's file say, its clock jumps from timer to timer.
    """
    path = "/tmp/batch"
    with open(path, "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in lines)
    used, available = memory()
    start, start_idle = time.monotonic(), idle()
    subprocess.run(["ip", "netns", "exec", ns, IPUDP, "-b", path], check=True)
    elapsed, waited = time.monotonic() - start, idle() - start_idle
    used_after, available_after = memory()
    return {"seconds": elapsed - waited, "elapsed": elapsed, "bytes": used_after - used,
            "available": available - available_after}


class Tables:
    """The devices m0 in a and h with a number of tunnels."""

    def __init__(self, lab, count):
        self.lab = lab
        self.count = count
        self.order = random.Random(1).sample(range(count), count)
        lab.ipudp("a", "dev add m0 mode multi", f"listener add {PORT}")
        lab.ipudp("h", "dev add m0 mode multi", f"listener add {PORT}")
        lab.ip("a", "link set m0 up", f"route add local 10.{SPOKES}.0.0/11 dev lo",
               f"route add 10.{HUBS}.0.0/11 via 10.0.3.2", f"route add {PREFIX} dev m0")
        lab.ip("h", "link set m0 up", f"route add local 10.{HUBS}.0.0/11 dev lo",
               f"route add 10.{SPOKES}.0.0/11 via 10.0.4.2")

    def rule(self, net, i, tunnel):
        prefix = {DESTINATIONS: PREFIX, SOURCES: SOURCE_PREFIX}[net] if self.count == 1 else \
            f"{address(net, i)}/32"
        return f"rule add dev m0 {prefix} tunnel {tunnel + 1}"

    def fill_a(self):
        """One tunnel and one rule for each; this is what is timed and weighed."""
        def lines():
            for i in self.order:
                yield (f"tunnel add dev m0 id {i + 1} remote {address(HUBS, i)} rport {PORT} "
                       f"local {address(SPOKES, i)} port {PORT} checksum off")
                yield self.rule(DESTINATIONS, i, i)
        return batch("a", lines())

    def fill_h(self):
        """A tunnel for each and two rules: of the source and of the destination."""
        def lines():
            for i in self.order:
                yield (f"tunnel add dev m0 id {i + 1} remote {address(SPOKES, i)} rport {PORT} "
                       f"port {PORT} checksum off")
                yield self.rule(SOURCES, i, i)
            for i in self.order:
                yield self.rule(DESTINATIONS, i, (i + self.count // 2) % self.count)
        return batch("h", lines())

    def rules(self, count):
        """So many prefixes of two addresses, shared out among the tunnels in a."""
        order = random.Random(2).sample(range(count), count)
        return batch("a", (f"rule add dev m0 {address(DESTINATIONS, 2 * i)}/31 "
                           f"tunnel {i % self.count + 1}" for i in order))

    def remove(self):
        for ns in "ah":
            self.lab.ip(ns, "link del m0")
            for net in (SPOKES, HUBS):
                self.lab.forget(ns, f"local 10.{net}.0.0/11")
                self.lab.forget(ns, f"10.{net}.0.0/11")
            for one in json.loads(call(IPUDP, "-n", ns, "-j", "listener", "show")):
                self.lab.ipudp(ns, f"listener del {one['id']}")
            self.lab.forget(ns, PREFIX)
