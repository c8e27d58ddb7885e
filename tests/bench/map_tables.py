#!/usr/bin/python3
"""Freight tables for a map that has none, to measure the daemon on it: those of data/, each place moved to a random node.

  map_tables.py NODES.co[.gz] DIR [all]     then: zongheng network build --dimacs MAP.gr.gz --coord NODES.co.gz --services DIR -o MAP.net

Without `all` only what trucks from door to door need: vehicle classes, tolls, emissions, forty places. With it every terminal,
timetable and tariff as well; rail and river distances are then those of data/, which do not fit the map: for loads, not for
answers. Seeded: the same map gives the same tables."""
import csv, gzip, pathlib, random, shutil, sys

DATA = pathlib.Path(__file__).resolve().parents[2] / "data"
ROADS_OF_DATA = {"link.csv", "restriction.csv", "corridor.csv", "project.csv", "demand.csv", "river_km.csv"}
TRUCKS = {"config.csv", "emission.csv", "toll.csv", "vehicle_class.csv"}
PLACES = 40


def coordinates(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as f:
        return [(int(x), int(y)) for kind, _, x, y in (line.split() for line in f if line[0] == "v") if kind == "v"]


def main():
    coord, out, whole = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:] == ["all"]
    out.mkdir(parents=True, exist_ok=True)
    for f in DATA.glob("*.csv"):
        if f.name in TRUCKS or (whole and f.name not in ROADS_OF_DATA):
            shutil.copy(f, out)
    with open(DATA / "node.csv", encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    points = random.Random(1).sample(coordinates(coord), len(rows))
    with open(out / "node.csv", "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        for row, (x, y) in list(zip(rows, points))[: len(rows) if whole else PLACES]:
            w.writerow({**row, "node_id": row["node_id"] if whole else 1 << 30 | int(row["node_id"]), "x_coord": x / 1e6, "y_coord": y / 1e6, "admin_zh": ""})


main()
