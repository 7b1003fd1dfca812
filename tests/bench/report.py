# SPDX-License-Identifier: GPL-2.0-or-later
"""The results as a table, and how they compare with the goals."""

OURS = "ipudp"
KINDS = ("raw veth", "ipudp", "ipudp multi", "ipudpd eBPF", "fou + ipip", "vxlan", "geneve", "wireguard")
PEERS = ("fou + ipip", "vxlan", "geneve")
FOU = "fou + ipip"
CHECKSUMS = ("off", "on")
WAYS = (("encap", "into the tunnel"), ("decap", "out of the tunnel"), ("hub", "hub"))
TCP = {"gso": "TCP with GSO across the link", "1500": "TCP with 1500-byte packets on the link"}
FORWARD = {"forward": "64-byte forwarding", "forward-gro": "64-byte forwarding, GRO on the link"}


def setting(of_kind, checksum):
    """The value of a kind for a checksum setting; some have but one."""
    if of_kind is None:
        return None
    return of_kind.get(checksum, of_kind.get("-", of_kind.get("on") if "off" not in of_kind
                                             else None))


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def columns(head, rows):
    """Lines of a table, the first column to the left, the others to the right."""
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) if not i else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip()


def tcp_lines(results):
    measured = results.get("tcp", {})
    for variant, title in TCP.items():
        if variant not in measured:
            continue
        table = measured[variant]
        yield f"{title}: Mbit/s of guest time, by UDP checksums"
        rows = [(kind, *(number(setting(table.get(kind), checksum)) for checksum in CHECKSUMS))
                for kind in KINDS if kind in table]
        yield from columns(("", *CHECKSUMS), rows)
        yield ""


def forward_lines(results):
    for variant, title in FORWARD.items():
        table = results.get(variant)
        if not table:
            continue
        yield f"{title}: instructions a packet, by UDP checksums"
        settings = [(checksum, way) for checksum in CHECKSUMS for way, _ in WAYS
                    if any(checksum in one for kind, one in table.items() if kind in PEERS)]
        rows = []
        for kind in (kind for kind in KINDS if kind in table):
            cells = [setting(table[kind], checksum) for checksum, _ in settings]
            rows.append((kind, *(number(cell and cell.get(way)) for cell, (_, way)
                                 in zip(cells, settings))))
        yield from columns(("", *(f"{dict(WAYS)[way]}, {checksum}" for checksum, way in settings)),
                           rows)
        yield ""


def scale_lines(results):
    table = results.get("scale", {})
    counts = [name for name in ("1", "1000", "100000") if name in table]
    if not counts:
        return
    yield "Many tunnels and rules on one device, checksums off: instructions a packet"
    rows = [(title, *(number(table[count].get(way)) for count in counts)) for way, title in WAYS]
    yield from columns(("tunnels", *(number(int(count)) for count in counts)), rows)
    yield ""
    yield "To add them by ipudp -b: guest time, and kernel memory (1 processor)"
    rows = [adding(f"{number(int(count))} tunnels with a rule each", table[count], int(count))
            for count in counts if "add" in table[count]]
    if "add" in table.get("rules", {}):
        rows.append(adding("1,000,000 more rules, prefixes of /31", table["rules"], 1000000))
    yield from columns(("", "seconds", "with waits for the host", "microseconds each", "MiB",
                        "bytes each", "MiB by MemAvailable"), rows)
    if "encap" in table.get("rules", {}):
        yield (f"  With those 1,000,000 rules, into the tunnel: "
               f"{number(table['rules']['encap'])} instructions a packet")
    yield ""


def adding(title, results, count):
    add = results["add"]
    return (title, number(add["seconds"], 2), number(add["elapsed"], 2),
            number(add["seconds"] * 1e6 / count, 1),
            number(add["bytes"] / 2**20, 1), number(add["bytes"] / count),
            number(add["available"] / 2**20, 1))


def goal(title, value, limit, at_least=False, unit="", digits=3):
    met = value >= limit if at_least else value <= limit
    return (title, f"{value:,.{digits}f}{unit}",
            f"{'>=' if at_least else '<='} {limit:,.{digits}f}{unit}", "met" if met else "MISSED")


def goals(results):
    """(title, value, goal, verdict) of each goal that was measured."""
    for variant, title in TCP.items():
        for checksum in CHECKSUMS:
            table = results.get("tcp", {}).get(variant, {})
            peers = {kind: table[kind][checksum] for kind in PEERS
                     if checksum in table.get(kind, {})}
            if peers and checksum in table.get(OURS, {}):
                best = max(peers, key=peers.get)
                yield goal(f"{title}, checksums {checksum}: of the best peer ({best})",
                           table[OURS][checksum] / peers[best], 1, at_least=True)
    for variant, title in FORWARD.items():
        table = results.get(variant, {})
        for checksum in CHECKSUMS:
            for way, way_title in WAYS:
                ours = table.get(OURS, {}).get(checksum, {}).get(way)
                fou = table.get(FOU, {}).get(checksum, {}).get(way)
                if ours and fou:
                    yield goal(f"{title}, {way_title}, checksums {checksum}: of fou's", ours / fou,
                               0.95)
    table = results.get("scale", {})
    for way, title in WAYS:
        if way in table.get("100000", {}) and way in table.get("1", {}):
            yield goal(f"{title}, 100,000 tunnels: of the cost with one",
                       table["100000"][way] / table["1"][way], 1.1)
    if "add" in table.get("100000", {}):
        add = table["100000"]["add"]
        yield goal("100,000 tunnels with a rule: guest time", add["seconds"], 10, unit=" s",
                   digits=2)
        yield goal("100,000 tunnels with a rule: kernel memory each", add["bytes"] / 100000, 1024,
                   unit=" bytes", digits=0)


def table(results):
    lines = [f"Kernel {results['kernel']}; the clock counts instructions, 1 instruction = 1 ns", ""]
    lines += [*tcp_lines(results), *forward_lines(results), *scale_lines(results)]
    rows = list(goals(results))
    if rows:
        lines += ["Goals", *columns(("", "measured", "goal", ""), rows)]
    return "\n".join(lines)
