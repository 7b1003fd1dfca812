# SPDX-License-Identifier: GPL-2.0-or-later
"""The results of the native benchmarks as a table and as bars, and how they compare."""

import os
import statistics
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import plot                                 # noqa: E402 pylint: disable=wrong-import-position
from report import columns, number          # noqa: E402 pylint: disable=wrong-import-position

SHAPES = {"gso": "GSO across the link", "wire": "1500-byte packets on the link"}
PLACES = {"p2p": "point to point", "hub": "over a hub"}
COLUMNS = (("gbps", "TCP Gb/s", 2), ("cpu", "CPU s/GB", 2), ("kpps", "64-byte kpps", 0),
           ("rtt", "RTT us", 1))
EBPF = ("ipudpd", "ipudpd eBPF, GRO", "ipudpd eBPF, multi", "ipudpd eBPF, in place")
# As it is by default, and as the others are that it is compared with.
USER = "ipudpd user path, checksums"
VXLAN = "kernel VXLAN"
CHECKSUMS = ", checksums"
SLOW = ("OpenVPN none/none", "fastd null")


def median(runs, column):
    values = [one[column] for one in runs if column in one]
    return statistics.median(values) if values else None


def ratio(table, ours, theirs, column):
    """The median over repetitions of our value by theirs of the same repetition."""
    pairs = [(a[column], b[column]) for a, b in zip(table.get(ours, []), table.get(theirs, []))
             if a.get(column) and b.get(column)]
    return statistics.median(a / b for a, b in pairs) if pairs else None


def tables(results):
    for shape, shape_title in SHAPES.items():
        for place, place_title in PLACES.items():
            table = results["tables"].get(f"{shape} {place}")
            if table:
                yield f"{shape_title}, {place_title}", place, table


def goal(title, value, limit):
    if value is None:
        return (title, "-", f">= {limit:.2f}", "not measured")
    return (title, f"{value:.2f}", f">= {limit:.2f}", "met" if value >= limit else "MISSED")


def rival(kind):
    """The VXLAN that does as much."""
    return VXLAN + CHECKSUMS if kind.endswith(CHECKSUMS) else VXLAN


def goals(results):
    for title, _, table in tables(results):
        ours = EBPF[0] + CHECKSUMS
        if ours in table:
            yield goal(f"{title}: {ours}, TCP, of VXLAN", ratio(table, ours, rival(ours), "gbps"),
                       0.95)
        for ours in (name for name in EBPF if name in table):
            yield goal(f"{title}: {ours}, TCP, of VXLAN", ratio(table, ours, VXLAN, "gbps"), 0.95)
            yield goal(f"{title}: {ours}, small packets, of VXLAN",
                       ratio(table, ours, VXLAN, "kpps"), 1.15)
            for other in SLOW:
                for column, what in (("gbps", "TCP"), ("kpps", "small packets")):
                    yield goal(f"{title}: {ours}, {what}, of {other}",
                               ratio(table, ours, other, column), 5)
        if USER in table:
            for other in SLOW:
                for column, what in (("gbps", "TCP"), ("kpps", "small packets")):
                    yield goal(f"{title}: {USER}, {what}, of {other}",
                               ratio(table, USER, other, column), 2)


def text(results):
    lines = [f"Kernel {results['kernel']}, {results['cpus']} processors, "
             f"{results['repetitions']} repetitions of {results['seconds']} s, medians; "
             f"load of the machine {results['load'][0]:.1f} before, {results['load'][1]:.1f} after",
             ""]
    for title, _, table in tables(results):
        rows = [(kind, *(number(median(runs, column), digits) for column, _, digits in COLUMNS),
                 number(ratio(table, kind, rival(kind), "gbps"), 2),
                 number(ratio(table, kind, rival(kind), "kpps"), 2)) for kind, runs in table.items()]
        lines += [title, *columns(("", *(head for _, head, _ in COLUMNS), "TCP/VXLAN", "pps/VXLAN"),
                                  rows), ""]
    for where, why in results["failed"].items():
        lines.append(f"not measured: {where}: {why}")
    rows = list(goals(results))
    if rows:
        lines += ["", "Goals", *columns(("", "ratio", "goal", ""), rows)]
    return "\n".join(lines)


def plots(results):
    """The drawings by file name."""
    drawings = {}
    for column, title, name in (("gbps", "TCP, Gb/s (more is better)", "tcp.svg"),
                                ("kpps", "64-byte packets, thousands a second (more is better)",
                                 "small.svg"),
                                ("rtt", "Round trip, microseconds (less is better)", "rtt.svg")):
        rows = []
        for heading, _, table in tables(results):
            rows.append((heading, None, False))
            rows += [(kind, median(runs, column), kind.startswith("ipudpd"))
                     for kind, runs in table.items() if median(runs, column) is not None]
        if rows:
            drawings[name] = plot.bars(title, rows)
    return drawings
