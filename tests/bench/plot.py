# SPDX-License-Identifier: GPL-2.0-or-later
"""Bars in SVG, readable on light and on dark ground."""

from report import FORWARD, KINDS, OURS, TCP, WAYS, number, setting

WIDTH, LABEL, BAR, GAP, TOP = 720, 150, 18, 6, 44
STYLE = """<style>
text { font: 13px sans-serif; fill: #222 }
.title { font-weight: bold }
.ours { fill: #0a7d56 }
.peer { fill: #8a93a0 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd }
  .ours { fill: #2fbf8a }
  .peer { fill: #77808d }
}
</style>"""


def bars(title, rows):
    """One drawing; rows of (label, value, whether it is ours) or of a heading alone."""
    largest = max(value for _, value, _ in rows if value)
    height = TOP + len(rows) * (BAR + GAP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
           "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->",
           f"<title>{title}</title>", STYLE, f'<text class="title" x="8" y="24">{title}</text>']
    y = TOP
    for label, value, ours in rows:
        if value is None:
            out.append(f'<text class="title" x="8" y="{y + BAR - 4}">{label}</text>')
        else:
            width = (WIDTH - LABEL - 80) * value / largest
            out.append(f'<text x="{LABEL - 8}" y="{y + BAR - 4}" text-anchor="end">{label}</text>'
                       f'<rect class="{"ours" if ours else "peer"}" x="{LABEL}" y="{y}" rx="2" '
                       f'width="{width:.1f}" height="{BAR}"/>'
                       f'<text x="{LABEL + width + 6:.1f}" y="{y + BAR - 4}">{number(value)}</text>')
        y += BAR + GAP
    return "\n".join([*out, "</svg>", ""])


def plots(results):
    """The drawings by file name."""
    drawings = {}
    rows = []
    for variant, title in TCP.items():
        table = results.get("tcp", {}).get(variant, {})
        rows += [(title, None, False)] if table else []
        rows += [(kind, setting(table[kind], "off"), kind.startswith(OURS)) for kind in KINDS
                 if kind in table]
    if rows:
        drawings["tcp.svg"] = bars("TCP, Mbit/s of guest time (more is better)", rows)
    rows = []
    table = results.get("forward", {})
    for way, title in WAYS:
        of_way = [(kind, setting(table[kind], "off")) for kind in KINDS
                  if kind in table and kind != "wireguard"]
        of_way = [(kind, cell[way]) for kind, cell in of_way if cell and way in cell]
        rows += [(f"{FORWARD['forward']}, {title}", None, False)] if of_way else []
        rows += [(kind, value, kind.startswith(OURS)) for kind, value in of_way]
    if rows:
        drawings["forward.svg"] = bars("Instructions a packet (fewer is better)", rows)
    rows = []
    for way, title in WAYS:
        of_way = [(f"{int(count):,} tunnels", results.get("scale", {}).get(count, {}).get(way))
                  for count in ("1", "1000", "100000")]
        of_way = [(label, value) for label, value in of_way if value]
        rows += [(title, None, False)] if of_way else []
        rows += [(label, value, True) for label, value in of_way]
    if rows:
        drawings["scale.svg"] = bars("Many tunnels: instructions a packet (fewer is better)", rows)
    return drawings
