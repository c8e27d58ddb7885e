#!/usr/bin/python3
"""Operations/GetNetwork: what a map draws, against the CSV files of data/."""
import csv, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Refused, ops, routing

zh.REPLY["Operations/GetNetwork"] = ops.GetNetworkReply
d = Daemon("--anonymous", "yes")
c = Client(d.port)


def table(name):
    return list(csv.DictReader(open(zh.ROOT / "data" / name, encoding="utf-8")))


def get(**more):
    return c.call("Operations/GetNetwork", ops.GetNetworkRequest(**more))


def points(line):
    out, at, lat, lon = [], 0, 0, 0
    while at < len(line):
        got = []
        for _ in range(2):
            shift = value = 0
            while True:
                b = ord(line[at]) - 63
                at += 1
                value |= (b & 31) << shift
                shift += 5
                if b < 32:
                    break
            got.append(~(value >> 1) if value & 1 else value >> 1)
        lat, lon = lat + got[0], lon + got[1]
        out.append((lat / 1e5, lon / 1e5))
    return out


def refused(code, field, **more):
    try:
        get(**more)
    except Refused as r:
        assert (r.code, r.field) == (code, field), r
        return
    raise AssertionError("not refused")


def every_link_is_there_near_by():
    r = get(zoom=22, with_links=True)
    rows = {int(l["link_id"]): l for l in table("link.csv")}
    modes = {"road": routing.TRUCK, "rail": routing.TRAIN, "water": routing.VESSEL}
    assert {l.link_id for l in r.links} == set(rows) and r.left_out == 0 and not r.places and not r.services
    for l in r.links:
        row = rows[l.link_id]
        assert l.mode == modes[row["mode"]] and l.name_zh == row["name"] and l.status == row["status"]
        assert (l.from_node_id, l.to_node_id) == (int(row["from_node_id"]), int(row["to_node_id"]))
        assert l.road_class == (row["facility_type"] if row["mode"] == "road" else "")
        assert abs(l.speed_kmh - float(row["free_speed"])) < 0.06 and l.project_id == row["project"]
        assert l.toll == (row["toll"] == "1") and l.directed == (row["directed"] == "1"), l
        got = points(l.geometry)
        assert len(got) >= 2, l
    ends = {int(n["node_id"]): (float(n["y_coord"]), float(n["x_coord"])) for n in table("node.csv")}
    for l in r.links:
        a, b = points(l.geometry)[0], points(l.geometry)[-1]
        for at, node in ((a, l.from_node_id), (b, l.to_node_id)):
            assert abs(at[0] - ends[node][0]) < 2e-5 and abs(at[1] - ends[node][1]) < 2e-5, l


def from_afar_less_is_drawn():
    near, far = get(zoom=22, with_links=True), get(zoom=5, with_links=True)
    assert far.left_out > 0 and len(far.links) + far.left_out == len(near.links)
    assert not [l for l in far.links if l.road_class == "secondary" and not l.project_id]
    longer = {l.link_id: len(points(l.geometry)) for l in near.links}
    fewer = [(len(points(l.geometry)), longer[l.link_id]) for l in far.links if longer[l.link_id] > 5]
    assert len(fewer) > 50 and sum(f for f, _ in fewer) < sum(n for _, n in fewer) / 2, fewer


def the_most_important_links_are_kept():
    r = get(zoom=22, with_links=True, max_links=300)
    assert len(r.links) == 300 and r.left_out == len(table("link.csv")) - 300
    assert not [l for l in r.links if l.road_class == "secondary" and not l.project_id]
    assert {int(l["link_id"]) for l in table("link.csv") if l["project"]} <= {l.link_id for l in r.links}


def a_box_cuts():
    box = routing.Box(south=30.0, west=114.8, north=30.2, east=115.1)
    r = get(zoom=14, box=box, with_links=True, with_places=True, with_terminals=True, with_services=True)
    inside = lambda p: 30.0 <= p.lat <= 30.2 and 114.8 <= p.lon <= 115.1
    assert 0 < len(r.links) < 400 and r.places and all(inside(p.point) for p in r.places)
    assert r.terminals and all(inside(t.place.point) for t in r.terminals)
    here = {t.terminal_id for t in r.terminals}
    assert r.services and all(here & set(s.terminal_ids) for s in r.services)
    assert r.extent.west < 114 and r.extent.east > 116


def places_do_not_crowd():
    far, near = get(zoom=4, with_places=True), get(zoom=16, with_places=True)
    assert 10 < len(far.places) < len(near.places) <= len(table("node.csv"))
    names = {p.name_zh for p in far.places}
    assert "上海市" in names and "成都市" in names and not [n for n in names if "高速节点" in n], names


def terminals_and_services_as_in_the_tables():
    r = get(zoom=12, with_terminals=True, with_services=True)
    rows = {int(t["terminal_id"]): t for t in table("terminal.csv")}
    assert {t.terminal_id for t in r.terminals} == set(rows)
    modes = {"road": routing.TRUCK, "rail": routing.TRAIN, "water": routing.VESSEL, "air": routing.FLIGHT}
    for t in r.terminals:
        row = rows[t.terminal_id]
        assert t.name_zh == row["name_zh"] and t.kind == row["kind"] and t.status == row["status"]
        assert t.open_hours == (row["open_hours"] or "Mo-Su 00:00-24:00"), (t.open_hours, row["open_hours"])
        assert set(t.cargo) == set(row["cargo"].split(";")) and set(t.modes) == {modes[m] for m in row["modes"].split(";")}
    stops = {}
    for s in table("service_stop.csv"):
        stops.setdefault(int(s["service_id"]), []).append(int(s["terminal_id"]))
    rows = {int(s["service_id"]): s for s in table("service.csv")}
    assert {s.service_id for s in r.services} == set(rows)
    at = {t.terminal_id: (t.place.point.lat, t.place.point.lon) for t in r.terminals}
    curved = 0
    for s in r.services:
        row = rows[s.service_id]
        assert list(s.terminal_ids) == stops[s.service_id] and s.days == row["days"] and s.valid_to == row["valid_to"]
        line = points(s.geometry)
        for t in s.terminal_ids:  # the stops are points of the line
            assert any(abs(p[0] - at[t][0]) < 2e-5 and abs(p[1] - at[t][1]) < 2e-5 for p in line), s.service_id
        curved += row["mode"] in ("rail", "water") and len(line) > 3 * len(s.terminal_ids)
        assert row["mode"] != "air" or len(line) == 2 * (len(s.terminal_ids) - 1)
    assert curved > 60, curved  # trains and ships follow their links


def corridors_and_projects_as_in_the_tables():
    r = get(zoom=12, with_corridors=True, with_projects=True)
    for got, name, key in ((r.corridors, "corridor.csv", "corridor_id"), (r.projects, "project.csv", "project_id")):
        rows = {x[key]: x for x in table(name)}
        assert {getattr(x, key) for x in got} == set(rows)
        for x in got:
            row = rows[getattr(x, key)]
            assert list(x.link_ids) == [int(i) for i in row["link_ids"].split(";") if i], row
            assert x.name_zh == row["name_zh"] and x.name_en == row["name_en"] and len(x.geometry) == len(x.link_ids)
    p02 = next(p for p in r.projects if p.project_id == "P02")
    assert p02.status == "under_construction" and p02.cost_yuan == 7508000000 and p02.opening_date == "2026-12-31"
    assert p02.scenario_id == "project-P02" and not r.scenario_version
    s = get(zoom=22, with_links=True, scenario_id="project-P02")
    assert s.scenario_version and s.network_version == r.network_version
    before, after = ({l.link_id: l.status for l in x.links} for x in (get(zoom=22, with_links=True), s))
    assert {before[i] for i in p02.link_ids} == {"under_construction"} and {after[i] for i in p02.link_ids} == {"open"}


def what_cannot_be_is_refused():
    refused("INVALID_ARGUMENT", "zoom", zoom=23)
    refused("INVALID_ARGUMENT", "max_links", max_links=100001, with_links=True)
    refused("INVALID_ARGUMENT", "max_links", max_links=5)
    refused("INVALID_ARGUMENT", "box.south", box=routing.Box(south=31, north=30, west=114, east=115))
    refused("INVALID_ARGUMENT", "box.west", box=routing.Box(south=30, north=31, west=float("nan"), east=115))


def little_memory_leaves_links_out():
    """A request that may hold little gets the most important links, and is told how many are missing."""
    small = Daemon("--anonymous", "yes", "--arena-max", "262144")
    try:
        r = Client(small.port).call("Operations/GetNetwork", ops.GetNetworkRequest(zoom=22, with_links=True))
        assert 50 < len(r.links) < 1000 and len(r.links) + r.left_out == len(table("link.csv")), (len(r.links), r.left_out)
    finally:
        small.close()


tests = [every_link_is_there_near_by, from_afar_less_is_drawn, the_most_important_links_are_kept, a_box_cuts, places_do_not_crowd,
         terminals_and_services_as_in_the_tables, corridors_and_projects_as_in_the_tables, what_cannot_be_is_refused,
         little_memory_leaves_links_out]
try:
    zh.run([(t.__name__, t) for t in tests])
finally:
    d.close()
