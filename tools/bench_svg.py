#!/usr/bin/env python3
"""bench_svg.py BENCH.json OUT.svg - query time against graph size, as make bench measured them; both axes logarithmic."""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 800, 540, 84, 120, 56, 64
SERIES = (  # key, name, colour
    ("igraph_s", "igraph 0.10.2, Dijkstra", "#8a4f1d"),
    ("path_s", "with path", "#1f6f8b"),
    ("perfect_path_s", "with path, perfect", "#63a8c0"),
    ("distance_s", "distance", "#5b3a8c"),
    ("perfect_distance_s", "distance, perfect", "#a884d6"),
    ("hubs_distance_s", "distance, labels", "#c0397b"),
)


def seconds(value):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if value >= scale * 0.9999:
            return f"{value / scale:g} {unit}"
    return f"{value:g} s"


def nodes(value):
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"


class Axis:
    def __init__(self, values, low, high):
        self.first = math.floor(math.log10(min(values)))
        self.last = math.ceil(math.log10(max(values)))
        self.low, self.high = low, high

    def at(self, value):
        part = (math.log10(value) - self.first) / (self.last - self.first)
        return self.low + part * (self.high - self.low)

    def ticks(self):
        return [10.0**k for k in range(self.first, self.last + 1)]


def spread(labels):
    """Labels at the right end, pushed apart where they would overlap."""
    labels.sort()
    for i in range(1, len(labels)):
        if labels[i][0] - labels[i - 1][0] < 17:
            labels[i] = (labels[i - 1][0] + 17, *labels[i][1:])
    return labels


def draw(runs):
    runs = sorted(runs, key=lambda r: r["nodes"])
    points = {key: [(r["nodes"], r[key]) for r in runs if r.get(key)] for key, _, _ in SERIES}
    x = Axis([r["nodes"] for r in runs], LEFT, WIDTH - RIGHT)
    y = Axis([v for line in points.values() for _, v in line], HEIGHT - BOTTOM, TOP)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="28" font-size="17" font-weight="bold">One query against the size of the graph (median)</text>',
    ]
    for value in x.ticks():
        out.append(f'<line x1="{x.at(value):.1f}" y1="{TOP}" x2="{x.at(value):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e3e3e3"/>')
        out.append(f'<text x="{x.at(value):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{nodes(value)}</text>')
    for value in y.ticks():
        out.append(f'<line x1="{LEFT}" y1="{y.at(value):.1f}" x2="{WIDTH - RIGHT}" y2="{y.at(value):.1f}" stroke="#e3e3e3"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y.at(value) + 4:.1f}" text-anchor="end">{seconds(value)}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 18}" text-anchor="middle">nodes</text>')
    labels = []
    for key, name, colour in SERIES:
        line = points[key]
        if not line:
            continue
        path = " ".join(f"{x.at(n):.1f},{y.at(v):.1f}" for n, v in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x.at(n):.1f}" cy="{y.at(v):.1f}" r="3.2" fill="{colour}"/>' for n, v in line]
        labels.append((y.at(line[-1][1]), x.at(line[-1][0]), name, colour))
    for at, end, name, colour in spread(labels):
        out.append(f'<text x="{end + 10:.1f}" y="{at + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*out, "</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        runs = json.load(f)
    if len({r["nodes"] for r in runs}) < 2:
        sys.exit("bench_svg.py: graphs of at least two sizes are needed")
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        f.write(draw(runs))


if __name__ == "__main__":
    main()
