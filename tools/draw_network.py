#!/usr/bin/python3
"""Draws the network tables as a picture, to review them by eye.

    tools/draw_network.py [--data DIR] [--box W,S,E,N | --region NAME] [--modes road,rail,water]
                          [--labels KINDS] [--corridors] [--width INCHES] -o OUT.png

Reads node.csv, link.csv, terminal.csv and corridor.csv as docs/data.md describes them. Regions: daye,
huangshi, wuhan, middle, china. Links that are not open are dashed. Needs Debian's python3-matplotlib
(optional: nothing else in the project does) and, for Chinese names, fonts-noto-cjk.
"""
import argparse
import csv
import math
import os
import re
import sys

REGIONS = {
    "daye": (114.55, 29.88, 115.12, 30.36),
    "huangshi": (114.35, 29.6, 115.7, 30.75),
    "wuhan": (113.6, 30.1, 115.0, 31.1),
    "middle": (113.5, 29.2, 116.2, 31.3),
    "china": (78.0, 17.5, 128.0, 50.5),
}
ROAD_STYLE = {  # colour, width, drawn above
    "motorway": ("#d9703a", 1.5, 3),
    "trunk": ("#b03a8c", 1.4, 3),
    "primary": ("#c9a227", 1.0, 2),
    "secondary": ("#9a9a9a", 0.7, 2),
    "ferry": ("#3a7bd9", 0.8, 2),
}
MODE_STYLE = {"rail": ("#222222", 0.9, 4), "water": ("#8fc1e0", 2.4, 1)}
MARK = {  # marker, colour, size
    "rail_yard": ("^", "black", 18),
    "port": ("v", "#1f5fa8", 22),
    "airport": ("*", "purple", 42),
    "logistics_park": ("P", "darkgreen", 18),
    "rural_station": (".", "darkgreen", 12),
    "city": ("D", "black", 14),
    "district": ("s", "#444444", 8),
    "township": ("o", "#444444", 7),
    "interchange": (".", "#a04020", 8),
    "junction": (".", "#704020", 6),
}
CORRIDOR_COLOURS = ["#e41a1c", "#ff7f00", "#8c564b", "#bcbd22", "#c2188b", "#f02c8c", "#6aa51e",
                    "#1f77b4", "#6a3d9a", "#00897b", "#33a02c", "#2ca089", "#3f51b5", "#111111"]


def table(folder, name):
    with open(os.path.join(folder, name + ".csv"), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def points(link, nodes):
    """The shape of a link; straight between its nodes when it has none."""
    m = re.search(r"\((.*)\)", link.get("geometry") or "")
    if m:
        return [tuple(map(float, p.split())) for p in m.group(1).split(",")]
    return [nodes[link["from_node_id"]], nodes[link["to_node_id"]]]


def inside(pts, box):
    w, s, e, n = box
    xs, ys = [p[0] for p in pts], [p[1] for p in pts]
    return max(xs) >= w and min(xs) <= e and max(ys) >= s and min(ys) <= n


def style(link):
    if link["mode"] == "road":
        return ROAD_STYLE.get(link["facility_type"], ("#bbbbbb", 0.5, 2))
    return MODE_STYLE[link["mode"]]


def draw_links(ax, links, nodes, box, modes):
    drawn = 0
    for link in links:
        if link["mode"] not in modes:
            continue
        pts = points(link, nodes)
        if not inside(pts, box):
            continue
        colour, width, z = style(link)
        dash = "-" if link["status"] == "open" else (0, (4, 2))
        if link["mode"] == "rail" and link["status"] == "open":
            dash = (0, (1, 1.2))
        ax.plot([p[0] for p in pts], [p[1] for p in pts], color=colour, lw=width, ls=dash, zorder=z)
        drawn += 1
    return drawn


def draw_corridors(ax, corridors, links, nodes):
    by_id = {link["link_id"]: link for link in links}
    for k, c in enumerate(corridors):
        colour = CORRIDOR_COLOURS[k % len(CORRIDOR_COLOURS)]
        label = "%s %s" % (c["corridor_id"], c["name_zh"])
        for i in filter(None, c["link_ids"].split(";")):
            link = by_id.get(i)
            if link is None:
                continue
            pts = points(link, nodes)
            dash = "-" if link["status"] == "open" else "--"
            ax.plot([p[0] for p in pts], [p[1] for p in pts], color=colour, lw=3, ls=dash, alpha=0.8,
                    zorder=5, label=label)
            label = None
    ax.legend(loc="lower left", fontsize=7, title="corridors: a reconstruction, not the official list")


def draw_nodes(ax, rows, nodes, box, labels):
    for r in rows:
        x, y = nodes[r["node_id"]]
        if not inside([(x, y)], box):
            continue
        marker, colour, size = MARK.get(r["kind"], (".", "red", 10))
        ax.scatter([x], [y], marker=marker, c=colour, s=size, zorder=6, linewidths=0)
        if r["kind"] in labels:
            ax.annotate(re.sub(r"\(.*?\)", "", r["name_zh"]), (x, y), fontsize=5.5, zorder=7,
                        xytext=(2, 2), textcoords="offset points")


def parse():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--data", default=os.path.join(os.path.dirname(__file__), "..", "data"))
    p.add_argument("--box", help="W,S,E,N in degrees")
    p.add_argument("--region", choices=sorted(REGIONS), default="huangshi")
    p.add_argument("--modes", default="road,rail,water")
    p.add_argument("--labels", default="city,district,township,rail_yard,port,airport,logistics_park,interchange")
    p.add_argument("--corridors", action="store_true")
    p.add_argument("--width", type=float, default=14.0)
    p.add_argument("-o", "--out", required=True)
    return p.parse_args()


def main():
    args = parse()
    try:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        sys.exit("draw_network.py: needs matplotlib (apt-get install python3-matplotlib fonts-noto-cjk)")
    matplotlib.rcParams["font.sans-serif"] = ["Noto Sans CJK SC", "Noto Sans CJK JP", "DejaVu Sans"]
    matplotlib.rcParams["axes.unicode_minus"] = False
    box = tuple(map(float, args.box.split(","))) if args.box else REGIONS[args.region]
    if len(box) != 4 or box[0] >= box[2] or box[1] >= box[3]:
        sys.exit("draw_network.py: --box is W,S,E,N with W < E and S < N")
    rows, links = table(args.data, "node"), table(args.data, "link")
    nodes = {r["node_id"]: (float(r["x_coord"]), float(r["y_coord"])) for r in rows}
    aspect = 1 / math.cos(math.radians((box[1] + box[3]) / 2))
    fig, ax = plt.subplots(figsize=(args.width, args.width * (box[3] - box[1]) / (box[2] - box[0]) * aspect))
    drawn = draw_links(ax, links, nodes, box, set(args.modes.split(",")))
    if args.corridors:
        draw_corridors(ax, table(args.data, "corridor"), links, nodes)
    draw_nodes(ax, rows, nodes, box, set(args.labels.split(",")))
    ax.set_xlim(box[0], box[2])
    ax.set_ylim(box[1], box[3])
    ax.set_aspect(aspect)
    ax.set_title("geometry © OpenStreetMap contributors (ODbL), places GeoNames (CC-BY 4.0)", fontsize=8)
    fig.savefig(args.out, dpi=110, bbox_inches="tight")
    print("%s: %d links drawn" % (args.out, drawn))


if __name__ == "__main__":
    main()
