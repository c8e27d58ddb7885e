#!/usr/bin/python3
"""Tables, reach, alternatives, avoid and via over TCP: against a Dijkstra of our own on the CSV files, alike for one
question however it is asked, bounded, and safe when peers go, deadlines pass, networks change or the daemon stops."""
import csv, heapq, os, pathlib, random, shutil, signal, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Refused, ops, route_request, routing

zh.REPLY["Routing/GetMatrix"] = routing.GetMatrixReply
zh.REPLY["Routing/GetReach"] = routing.GetReachReply
rng = random.Random(7)
work = pathlib.Path(tempfile.mkdtemp(prefix="zh-m-"))


def table(name):
    return list(csv.DictReader(open(work / "data" / name, encoding="utf-8")))


def make_network():
    """The bundled network with limits sprinkled over its smaller roads."""
    shutil.copytree(zh.ROOT / "data", work / "data")
    links = [l for l in table("link.csv") if l["mode"] == "road" and l["status"] == "open" and l["facility_type"] in ("primary", "secondary")]
    rules = [("max_height_m", "3.8"), ("max_height_m", "4.2"), ("max_axle_t", "9"), ("max_width_m", "2.5"), ("max_length_m", "14"),
             ("max_gross_t", "30"), ("no_dangerous", "")]
    with open(work / "data" / "restriction.csv", "a", encoding="utf-8") as f:
        for i, l in enumerate(rng.sample(links, 140)):
            rule, value = rules[i % len(rules)]
            f.write(f"{1000 + i},{l['link_id']},,{rule},{value},,,,2024-01-01,,,test,published\n")
    net = work / "test.net"
    subprocess.run([str(zh.BUILD / "zongheng"), "network", "build", "--gmns", str(work / "data"), "-o", str(net)], check=True, capture_output=True)
    return net


NET = make_network()
d = Daemon("--anonymous", "yes", network=NET)
CLASSES = {int(r["class_id"]): r for r in table("vehicle_class.csv")}
PLACES = [int(n["node_id"]) for n in table("node.csv")]
SHOWN = ("max_height_m", "max_width_m", "max_length_m", "max_gross_t", "max_axle_t")


def limits():
    out = {}
    for r in table("restriction.csv"):
        for i in filter(None, r["link_ids"].split(";")):
            out.setdefault(int(i), []).append((r["rule"], r["value"], r["class_from"]))
    return out


LIMITS = limits()


def broken_links(v, dangerous):
    """Links that this truck may not use, read from the CSV."""
    k = CLASSES[v.vehicle_class]
    mine = {"max_height_m": v.height_cm / 100 or float(k["height_m"]), "max_width_m": v.width_cm / 100 or float(k["width_m"]),
            "max_length_m": v.length_cm / 100 or float(k["length_m"]), "max_gross_t": v.gross_kg / 1000 or float(k["gross_t"]),
            "max_axle_t": v.axle_kg / 1000 or float(k["axle_t"])}
    bad = set()
    for link, rules in LIMITS.items():
        for rule, value, _ in rules:
            if (rule in mine and mine[rule] > float(value)) or (rule == "no_dangerous" and dangerous) or \
               (rule == "min_class_banned" and v.vehicle_class >= int(value)):
                bad.add(link)
    return bad


def graph(v, dangerous, by, avoid=()):
    bad = broken_links(v, dangerous) | set(avoid)
    top = float(CLASSES[v.vehicle_class]["max_speed_kmh"])
    g = {}
    for l in table("link.csv"):
        if l["mode"] != "road" or l["status"] != "open" or int(l["link_id"]) in bad:
            continue
        m = round(float(l["length"]) * 1000)
        km10 = round(min(float(l["free_speed"]), top) * 10)
        w = max(1, (m * 36000 + km10 // 2) // km10) if by == "ms" else max(1, m)
        a, b = int(l["from_node_id"]), int(l["to_node_id"])
        g.setdefault(a, []).append((b, w))
        if l["directed"] != "1":
            g.setdefault(b, []).append((a, w))
    return g


def dijkstra(g, start):
    best, heap = {start: 0}, [(0, start)]
    while heap:
        at, x = heapq.heappop(heap)
        if at > best[x]:
            continue
        for y, w in g.get(x, ()):
            if at + w < best.get(y, 1 << 60):
                best[y] = at + w
                heapq.heappush(heap, (at + w, y))
    return best


def node(i):
    return routing.PlaceRef(node_id=i)


def truck(k=6, **more):
    return routing.Vehicle(vehicle_class=k, **more)


TRUCKS = [(truck(6), ""), (truck(1), ""), (truck(6, height_cm=430), ""), (truck(5, height_cm=390, axle_kg=8000), "3"), (truck(2, width_cm=245), ""),
          (truck(6, length_cm=1300, gross_kg=25000), "9"), (truck(3), "1.1")]


def matrix(c, origins, destinations, vehicle=None, dangerous="", objective=routing.FASTEST, deadline_ms=0, **more):
    """The whole table from its blocks."""
    q = routing.GetMatrixRequest(origin_node_ids=origins, destination_node_ids=destinations, dangerous_class=dangerous, objective=objective, **more)
    if vehicle is not None:
        q.vehicle.CopyFrom(vehicle)
    return table_of(c, c.send("Routing/GetMatrix", q, deadline_ms))


def table_of(c, wanted):
    whole = {k: [] for k in ("weight", "drive_s", "duration_s", "distance_m", "toll_fen", "cost_fen")}
    head, rows, blocks = None, 0, 0
    while True:
        r = c.reply()
        assert r.id == wanted
        if r.status.code:
            raise Refused(r.status)
        b = routing.GetMatrixReply.FromString(r.body)
        head = head or b
        assert b.first_row == rows and b.row_count > 0, (b.first_row, rows)
        rows += b.row_count
        blocks += 1
        for k, cells in whole.items():
            part = getattr(b, k)
            assert len(part) in (0, b.row_count * head.columns), k
            cells.extend(part)
        if not r.more:
            break
    assert rows == head.rows
    whole["head"], whole["blocks"] = head, blocks
    return whole


def refused(call, code, field=None):
    try:
        call()
    except Refused as r:
        assert r.code == code, r
        assert field is None or r.field == field, r
        assert r.text
        return r
    raise AssertionError("not refused")


def tables_agree_with_a_dijkstra_of_the_csv():
    c = Client(d.port)
    for v, dangerous in TRUCKS:
        some, all_ = rng.sample(PLACES, 5), rng.sample(PLACES, 500)
        for objective, by in ((routing.FASTEST, "ms"), (routing.SHORTEST, "m")):
            g = graph(v, dangerous, by)
            for columns in (all_[:30], all_):  # by unpacking, and by sums
                got = matrix(c, some, columns, v, dangerous, objective)
                only = matrix(c, some, columns, v, dangerous, objective, weights_only=True)
                assert list(only["weight"]) == list(got["weight"]) and not only["drive_s"]
                for i, a in enumerate(some):
                    want = dijkstra(g, a)
                    for j, b in enumerate(columns):
                        w, k = got["weight"][i * len(columns) + j], i * len(columns) + j
                        assert w == want.get(b, -1), (v, dangerous, a, b, w, want.get(b))
                        if w < 0:
                            assert got["cost_fen"][k] == got["drive_s"][k] == got["distance_m"][k] == -1
                        elif by == "ms":
                            assert got["drive_s"][k] == -(-w // 1000) and got["duration_s"][k] >= got["drive_s"][k]
                        else:
                            assert abs(got["distance_m"][k] - w) <= 5  # an arc of length 0 weighs 1
    assert any(broken_links(v, x) for v, x in TRUCKS)


def cost_request(a, b, v, dangerous, cheapest, **more):
    return routing.GetCostRequest(origin=node(a), destination=node(b), vehicle=v, cheapest=cheapest, ready_at=zh.ready_at(),
                                  cargo=routing.Cargo(mass_kg=900, dangerous_class=dangerous), **more)


def direct(option):
    assert len(option.legs) == 1
    leg = option.legs[0]
    return leg.arrive_at - leg.depart_at - leg.rest_s


def one_question_one_answer():
    """Route, cost, table, reach and alternatives: the same truck comes to the same place in the same time, or nowhere."""
    c = Client(d.port)
    nowhere = 0
    for v, dangerous in TRUCKS:
        some = rng.sample(PLACES, 12)
        fast = matrix(c, some, some, v, dangerous)
        cheap = matrix(c, some, some, v, dangerous, routing.CHEAPEST)
        for i, a in enumerate(some[:4]):
            row = {b: fast["drive_s"][i * 12 + j] for j, b in enumerate(some)}
            limit = sorted(row.values())[6]
            if limit > 0:
                q = routing.GetReachRequest(max_drive_s=limit, vehicle=v, dangerous_class=dangerous, with_places=True, without_polygons=True)
                getattr(q, "from").CopyFrom(node(a))
                near = {p.place.node_id: p.drive_s for p in c.call("Routing/GetReach", q).places}
                for b, s in row.items():
                    assert near.get(b) == (s if 0 <= s <= limit else None), (v, a, b, s, near.get(b))
                q.reverse = True
                near = {p.place.node_id: p.drive_s for p in c.call("Routing/GetReach", q).places}
                for j, b in enumerate(some):
                    s = fast["drive_s"][j * 12 + i]
                    assert near.get(b) == (s if 0 <= s <= limit else None)
            for j, b in enumerate(some[4:8], 4):
                k = i * 12 + j
                r = route_request(mass_kg=900, families=[routing.ROAD], vehicle=v, alternatives=2, dangerous_class=dangerous)
                r.origin.CopyFrom(node(a))
                r.destination.CopyFrom(node(b))
                routes = c.call("Routing/FindRoutes", r)
                if fast["drive_s"][k] < 0:
                    nowhere += 1
                    assert not routes.options and routes.families_not_offered[0].reason == "no_road"
                    refused(lambda: c.call("Routing/GetCost", cost_request(a, b, v, dangerous, False)), "NOT_FOUND")
                    continue
                trucks = [o for o in routes.options if len(o.legs) == 1 and o.legs[0].mode == routing.TRUCK]
                assert min(direct(o) for o in trucks) == fast["drive_s"][k]
                assert all(direct(o) >= fast["drive_s"][k] for o in trucks)
                assert min(o.arrive_at - o.depart_at for o in trucks) == fast["duration_s"][k]
                # family ROAD has line-hauls as well; led through its own door, a truck drives itself
                cost = c.call("Routing/GetCost", cost_request(a, b, v, dangerous, True, via=[node(a)]))
                assert cost.total_fen == cheap["cost_fen"][k], (cost.total_fen, cheap["cost_fen"][k])
                for o in trucks:
                    if o.alternative:
                        assert direct(o) <= 1.26 * fast["drive_s"][k] + 1 and 0 <= o.shared_permille <= 760
                numbers = {(direct(o), o.distance_m, o.total_fen) for o in trucks}
                assert len(numbers) == len(trucks), "no way twice"
    c.close()


def alternatives_are_options_that_can_be_asked_again():
    c, seen = Client(d.port), 0
    for to in ("武汉", "上海", "长沙", "南昌"):
        q = route_request(destination=to, alternatives=3, families=[routing.ROAD])
        r = c.call("Routing/FindRoutes", q)
        ways = [o for o in r.options if o.alternative]
        assert [o.alternative for o in ways] == list(range(1, len(ways) + 1)) and r.options[-len(ways):] == ways
        assert len(ways) == 3 or any("alternatives" in w for w in r.warnings)
        assert all(o.total_fen == sum(l.amount_fen for l in o.lines) and o.legs[0].geometry for o in ways)
        assert len({o.plan_ref for o in r.options}) == len(r.options) and len({o.legs[0].geometry for o in ways}) == len(ways)
        again = c.call("Routing/FindRoutes", q)
        assert [o.plan_ref for o in again.options] == [o.plan_ref for o in r.options]
        plain = c.call("Routing/FindRoutes", route_request(destination=to, families=[routing.ROAD]))
        assert len(plain.options) == len(r.options) - len(ways)
        seen += len(ways)
    assert seen >= 4, seen


def avoiding_is_as_if_the_roads_were_not_there():
    c = Client(d.port)
    v = truck(4)
    for links in ([], rng.sample([int(l["link_id"]) for l in table("link.csv") if l["mode"] == "road"], 40)):
        g = graph(v, "", "ms", links)
        some = rng.sample(PLACES, 8)
        got = matrix(c, some, some, v, avoid=routing.Avoid(link_ids=links))
        for i, a in enumerate(some):
            want = dijkstra(g, a)
            assert [want.get(b, -1) for b in some] == list(got["weight"][i * 8:i * 8 + 8])
        for a, b in zip(some, some[1:]):
            q = route_request(mass_kg=900, families=[routing.ROAD], vehicle=v, avoid=routing.Avoid(link_ids=links))
            q.origin.CopyFrom(node(a))
            q.destination.CopyFrom(node(b))
            w = dijkstra(g, a).get(b)
            options = c.call("Routing/FindRoutes", q).options
            assert (not options) == (w is None)
            if options:
                assert min(direct(o) for o in options if len(o.legs) == 1) == -(-w // 1000)
    # a truck of its own measures is the class that avoids what it breaks
    own, some = truck(6, height_cm=430), rng.sample(PLACES, 20)
    a = matrix(c, some, some, own)
    b = matrix(c, some, some, truck(6), avoid=routing.Avoid(link_ids=sorted(broken_links(own, ""))))
    assert list(a["weight"]) == list(b["weight"])


def boxes_close_what_passes_them():
    c = Client(d.port)
    q = route_request(destination="武汉", families=[routing.ROAD], vehicle=truck(6))
    o = c.call("Routing/FindRoutes", q).options[0]
    points = decode(o.legs[0].geometry)
    lat, lon = points[len(points) // 2]
    box = routing.Box(south=lat - .01, north=lat + .01, west=lon - .01, east=lon + .01)
    q.avoid.boxes.append(box)
    other = c.call("Routing/FindRoutes", q)
    assert other.options, other
    for x in other.options:
        for y in decode(x.legs[0].geometry):
            assert not (box.south < y[0] < box.north and box.west < y[1] < box.east)
    assert direct(other.options[0]) >= direct(o) and other.options[0].plan_ref != o.plan_ref
    everything = route_request(destination="武汉", families=[routing.ROAD], avoid=routing.Avoid(boxes=[routing.Box(south=-90, north=90, west=-180, east=180)]))
    assert c.call("Routing/FindRoutes", everything).families_not_offered[0].reason == "no_road"


def decode(text):
    out, at, i = [], [0, 0], 0
    while i < len(text):
        for k in (0, 1):
            shift = value = 0
            while True:
                b = ord(text[i]) - 63
                i += 1
                value |= (b & 31) << shift
                shift += 5
                if b < 32:
                    break
            at[k] += ~(value >> 1) if value & 1 else value >> 1
        out.append((at[0] / 1e5, at[1] / 1e5))
    return out


def via_is_the_sum_of_its_pieces():
    c = Client(d.port)
    v = truck(5)
    g = graph(v, "", "ms")
    for _ in range(10):
        stops = rng.sample(PLACES, 5)
        pieces = [dijkstra(g, a).get(b) for a, b in zip(stops, stops[1:])]
        q = route_request(mass_kg=900, families=[routing.ROAD], vehicle=v, via=[node(s) for s in stops[1:-1]])
        q.origin.CopyFrom(node(stops[0]))
        q.destination.CopyFrom(node(stops[-1]))
        options = c.call("Routing/FindRoutes", q).options
        assert (not options) == (None in pieces)
        if options:
            assert min(direct(o) for o in options) == -(-sum(pieces) // 1000)
            assert all(len(o.legs) == 1 for o in options)
            m = matrix(c, stops[:-1], stops[1:], v)
            assert [m["weight"][i * 4 + i] for i in range(4)] == pieces
            total = c.call("Routing/GetCost", cost_request(stops[0], stops[-1], v, "", True, via=[node(s) for s in stops[1:-1]])).total_fen
            assert total == min(o.total_fen for o in options)


def what_cannot_be_honoured_is_refused():
    c = Client(d.port)
    ask = lambda **more: (lambda: c.call("Routing/FindRoutes", route_request(**more)))
    here = [routing.PlaceRef(name="武汉")]
    refused(ask(via=here), "INVALID_ARGUMENT", "via")
    refused(ask(via=here, families=[routing.ROAD, routing.RAIL_ROAD]), "INVALID_ARGUMENT", "via")
    refused(ask(via=here * 9, families=[routing.ROAD]), "INVALID_ARGUMENT", "via")
    refused(ask(via=[routing.PlaceRef(name="乌有之乡")], families=[routing.ROAD]), "NOT_FOUND", "via")
    refused(ask(via=here, families=[routing.ROAD], alternatives=1), "INVALID_ARGUMENT", "alternatives")
    refused(ask(alternatives=9), "INVALID_ARGUMENT", "alternatives")
    refused(ask(alternatives=1, families=[routing.AIR_ROAD]), "INVALID_ARGUMENT", "alternatives")
    rail = next(int(l["link_id"]) for l in table("link.csv") if l["mode"] == "rail")
    refused(ask(avoid=routing.Avoid(link_ids=[rail])), "INVALID_ARGUMENT", "avoid.link_ids")
    refused(ask(avoid=routing.Avoid(link_ids=[10**9])), "NOT_FOUND", "avoid.link_ids")
    refused(ask(avoid=routing.Avoid(link_ids=range(1, 1002))), "INVALID_ARGUMENT", "avoid.link_ids")
    for box in (dict(south=1, north=0), dict(west=1, east=-1), dict(north=91), dict(east=181)):
        refused(ask(avoid=routing.Avoid(boxes=[routing.Box(**box)])), "INVALID_ARGUMENT", "avoid.boxes")
    m = lambda **more: (lambda: c.call("Routing/GetMatrix", routing.GetMatrixRequest(**more)))
    ids = dict(origin_node_ids=PLACES[:1], destination_node_ids=PLACES[:1])
    refused(m(), "INVALID_ARGUMENT", "origins")
    refused(m(origin_node_ids=[1]), "INVALID_ARGUMENT", "destinations")
    refused(m(**ids), "INVALID_ARGUMENT", "vehicle.vehicle_class")
    refused(m(**ids, vehicle=truck(7)), "INVALID_ARGUMENT", "vehicle.vehicle_class")
    refused(m(**ids, objective=routing.SHORTEST, vehicle=truck(0, height_cm=300)), "INVALID_ARGUMENT", "vehicle.vehicle_class")
    refused(m(**ids, vehicle=truck(), objective=routing.SOURCE), "INVALID_ARGUMENT", "objective")
    refused(m(**ids, vehicle=truck(), scenario_id="x"), "NOT_FOUND", "scenario_id")
    refused(m(origin_node_ids=[-7], destination_node_ids=PLACES[:1], vehicle=truck()), "NOT_FOUND", "origin_node_ids")
    refused(m(origins=here, destinations=here + [routing.PlaceRef(name="乌有之乡")], vehicle=truck()), "NOT_FOUND", "destinations[1]")
    refused(m(origin_node_ids=PLACES[:1] * 2001, destination_node_ids=PLACES[:1] * 2000, vehicle=truck()), "INVALID_ARGUMENT", "origins")
    r = lambda **more: (lambda: c.call("Routing/GetReach", routing.GetReachRequest(**{"from": here[0], "vehicle": truck(), **more})))
    refused(r(), "INVALID_ARGUMENT", "limit")
    refused(r(max_drive_s=0), "INVALID_ARGUMENT", "max_drive_s")
    refused(r(max_drive_s=172801), "INVALID_ARGUMENT", "max_drive_s")
    refused(r(max_cost_fen=-1), "INVALID_ARGUMENT", "max_cost_fen")
    refused(r(max_cost_fen=100), "INVALID_ARGUMENT", "max_cost_fen")
    refused(r(max_distance_m=2**31 - 1), "INVALID_ARGUMENT", "max_distance_m")
    refused(r(max_drive_s=60, cell_m=5), "INVALID_ARGUMENT", "cell_m")
    refused(r(max_drive_s=60, cell_m=100, without_polygons=True), "INVALID_ARGUMENT", "cell_m")
    refused(r(max_drive_s=60, vehicle=truck(6, second_driver=True)), "INVALID_ARGUMENT", "vehicle.second_driver")
    refused(r(max_drive_s=60, vehicle=routing.Vehicle()), "INVALID_ARGUMENT", "vehicle.vehicle_class")
    refused(r(max_drive_s=60, with_places=True, place_kinds=["palace"]), "NOT_FOUND", "place_kinds")
    refused(r(max_drive_s=60, place_kinds=["township"]), "INVALID_ARGUMENT", "place_kinds")
    assert c.call("Routing/FindRoutes", route_request()).options


def inside(rings, lat, lon):
    odd = False
    for ring in rings:
        for (a, b), (x, y) in zip(ring, ring[1:]):
            if (a > lat) != (x > lat) and lon < (y - b) * (lat - a) / (x - a) + b:
                odd = not odd
    return odd


def reach_draws_what_it_reaches():
    c = Client(d.port)
    v = truck(6)
    kinds = {"township", "district"}
    for limit in (dict(max_drive_s=3600), dict(max_cost_fen=120000), dict(max_distance_m=60000)):
        q = routing.GetReachRequest(vehicle=v, with_places=True, with_terminals=True, cell_m=500, **{"from": routing.PlaceRef(name="大冶")}, **limit)
        r = c.call("Routing/GetReach", q)
        assert r.polygons and r.cell_m == 500 and r.places and r.terminals and r.nodes >= len({p.place.node_id for p in r.places})
        rings = [[decode(x) for x in p.rings] for p in r.polygons]
        assert all(ring[0] == ring[-1] and len(ring) >= 5 for p in rings for ring in p)
        for p in list(r.places) + list(r.terminals):
            assert any(inside(x, p.place.point.lat, p.place.point.lon) for x in rings), p
        value = [p.drive_s or p.cost_fen or p.distance_m for p in r.places]
        assert value == sorted(value) and value[-1] <= list(limit.values())[0]
        assert all(p.terminal_id for p in r.terminals)
        q.place_kinds.extend(kinds)
        assert {p.place.kind for p in c.call("Routing/GetReach", q).places} <= kinds
        smaller = routing.GetReachRequest()
        smaller.CopyFrom(q)
        setattr(smaller, list(limit)[0], list(limit.values())[0] * 6 // 10)
        s = c.call("Routing/GetReach", smaller)
        assert 0 < s.nodes < r.nodes
        for p in s.polygons:  # within the larger
            lat, lon = decode(p.rings[0])[0]
            e = 0.0001
            assert any(inside(x, lat + u, lon + w) for x in rings for u in (-e, e) for w in (-e, e))
    q = routing.GetReachRequest(vehicle=v, max_drive_s=7200, **{"from": routing.PlaceRef(name="大冶")})
    assert 50 <= c.call("Routing/GetReach", q).cell_m <= 5000


def answers_warn_of_roads_without_data():
    c = Client(d.port)
    q = lambda v: route_request(destination="武汉", families=[routing.ROAD], vehicle=v)
    r = c.call("Routing/FindRoutes", q(truck(6, height_cm=410)))
    gaps = {g.limit: g for g in r.limit_gaps}
    assert "height" in gaps and gaps["height"].roads > 0 and gaps["height"].metres > 0, r.warnings
    assert any("height" in w and "4.10 m" in w for w in r.warnings)
    standard = {g.limit: g for g in c.call("Routing/FindRoutes", q(truck(6))).limit_gaps}
    assert standard["height"].metres < gaps["height"].metres, "a motorway is built for 4.00 m, not for 4.10 m"
    small = c.call("Routing/FindRoutes", q(truck(1)))
    assert not small.limit_gaps and not any("no data" in w for w in small.warnings)
    # one warning of a kind, and the roads of the CSV
    assert len({g.limit for g in r.limit_gaps}) == len(r.limit_gaps)
    open_road = [l for l in table("link.csv") if l["mode"] == "road" and l["status"] == "open"]
    known = {i for i, rules in LIMITS.items() if any(x[0] == "max_height_m" for x in rules)}
    want = [l for l in open_road if int(l["link_id"]) not in known]
    m = matrix(c, PLACES[:2], PLACES[:2], truck(6, height_cm=410))["head"]
    got = {g.limit: g for g in m.limit_gaps}["height"]
    assert got.roads == len(want) and abs(got.metres - sum(float(l["length"]) * 1000 for l in want)) <= len(want)
    assert {g.limit for g in c.call("Routing/GetCost", cost_request(PLACES[0], PLACES[1], truck(6), "", False)).limit_gaps} <= \
        {"height", "axle load", "gross mass"}


def tables_come_in_blocks():
    c = Client(d.port)
    some = rng.sample(PLACES, 400)
    big = matrix(c, some, some, truck(6, height_cm=401))
    assert big["blocks"] == 400 // (16384 // 400), big["blocks"]
    assert big["head"].network_version and big["head"].warnings
    for i in rng.sample(range(400), 5):
        row = matrix(c, [some[i]], some, truck(6, height_cm=401))
        for k in ("weight", "drive_s", "cost_fen"):
            assert list(row[k]) == list(big[k][i * 400:i * 400 + 400]), k
    # places of every kind in one table
    q = routing.GetMatrixRequest(vehicle=truck(), origins=[routing.PlaceRef(name="大冶"), routing.PlaceRef(point=routing.LatLon(lat=30.5, lon=114.3))],
                                 origin_node_ids=some[:1], destinations=[routing.PlaceRef(code="EHU")], destination_node_ids=some[1:3])
    r = c.call("Routing/GetMatrix", q)
    assert (r.rows, r.columns, len(r.weight)) == (3, 3, 9)
    # requests of one connection are answered beside each other
    ids = [c.send("Routing/GetMatrix", routing.GetMatrixRequest(vehicle=truck(), origin_node_ids=some[:60], destination_node_ids=some)) for _ in range(6)]
    ends, rows = set(), dict.fromkeys(ids, 0)
    while len(ends) < 6:
        m = c.reply()
        b = routing.GetMatrixReply.FromString(m.body)
        assert m.id not in ends and b.first_row == rows[m.id]
        rows[m.id] += b.row_count
        if not m.more:
            ends.add(m.id)
            assert rows[m.id] == 60


def wait_idle(port, seconds=20):
    c = Client(port)
    for _ in range(seconds * 20):
        s = c.call("Operations/GetStatus", ops.GetStatusRequest())
        if s.workers.open == 0 and s.workers.running + s.workers.waiting == 0:
            return s
        time.sleep(0.05)
    raise AssertionError(s.workers)


def peers_that_go_or_do_not_read_harm_nobody():
    e = Daemon("--anonymous", "yes", "--output-max", "65536", "--workers", "3", network=NET)
    some = rng.sample(PLACES, 500)
    big = routing.GetMatrixRequest(vehicle=truck(6, height_cm=402), origin_node_ids=some, destination_node_ids=some)
    for i in range(30):
        c = Client(e.port)
        for _ in range(3):
            c.send("Routing/GetMatrix", big)
        if i % 3:
            c.reply()
        c.close()
    slow = Client(e.port)
    slow_id = slow.send("Routing/GetMatrix", big)
    time.sleep(1.5)
    quick = Client(e.port)
    t = time.time()
    assert quick.call("Routing/FindRoutes", route_request()).options
    assert time.time() - t < 5
    whole = table_of(slow, slow_id)
    assert len(whole["weight"]) == 250000
    refused(lambda: matrix(quick, some, some, truck(), deadline_ms=1), "DEADLINE_EXCEEDED")
    assert matrix(quick, some[:2], some[:2], truck())["weight"]
    wait_idle(e.port)
    assert e.close() == 0


def work_is_bounded():
    e = Daemon("--anonymous", "yes", "--workers", "1", "--work-max", "2", "--matrix-max", "160000", network=NET)
    some = rng.sample(PLACES, 400)
    cs = [Client(e.port) for _ in range(8)]
    for c in cs:
        for _ in range(3):
            c.send("Routing/GetMatrix", routing.GetMatrixRequest(vehicle=truck(6, height_cm=403), origin_node_ids=some, destination_node_ids=some))
    full = done = 0
    for c in cs:
        left = 3
        while left:
            m = c.reply()
            left -= not m.more
            if m.status.code:
                assert zh.CODES[m.status.code] == "RESOURCE_EXHAUSTED" and m.status.details.retry_after_ms and m.status.message
                full += 1
            elif not m.more:
                done += 1
    assert full > 0 and done >= 2 and full + done == 24, (full, done)
    s = wait_idle(e.port)
    assert s.workers.refused >= full and s.workers.open_max == 2 and s.workers.threads == 1
    refused(lambda: matrix(cs[0], some + some[:1], some, truck()), "INVALID_ARGUMENT", "origins")
    assert matrix(cs[0], some[:3], some[:3], truck(6, height_cm=404))["weight"], "a table's own metric needs no second ticket"
    assert e.close() == 0


def own_metrics_are_shared_and_bounded():
    e = Daemon("--anonymous", "yes", "--workers", "2", "--loops", "2", "--metrics-max", "1048576", network=NET)
    cs = [Client(e.port) for _ in range(24)]
    q = route_request(mass_kg=900, vehicle=truck(6, height_cm=405))
    [c.send("Routing/FindRoutes", q) for c in cs]
    answers = {c.reply().body for c in cs}
    assert len(answers) == 1 and b"" not in answers
    s = wait_idle(e.port)
    assert s.metrics.made == 2 and s.metrics.entries == 2 and s.metrics.hits + s.metrics.shared == 46, s.metrics
    assert 0 < s.metrics.bytes <= s.metrics.bytes_max == 1048576
    for h in range(300, 340):
        assert cs[0].call("Routing/FindRoutes", route_request(mass_kg=900, vehicle=truck(6, height_cm=h))).options
    s = wait_idle(e.port)
    assert s.metrics.evicted > 0 and s.metrics.bytes <= 1048576 and s.metrics.entries < 40, s.metrics
    # measures that are the class's own need no metric
    made = s.metrics.made
    k = CLASSES[6]
    same = truck(6, height_cm=round(float(k["height_m"]) * 100), gross_kg=round(float(k["gross_t"]) * 1000))
    assert cs[0].call("Routing/FindRoutes", route_request(mass_kg=900, vehicle=same)).options
    assert wait_idle(e.port).metrics.made == made
    assert len(s.profiles) == 12 and all(p.bytes > 0 and p.objective for p in s.profiles) and s.hierarchy_bytes > 0
    # a wrong one is not kept
    for _ in range(2):
        refused(lambda: cs[0].call("Routing/FindRoutes", route_request(avoid=routing.Avoid(link_ids=[10**9]))), "NOT_FOUND", "avoid.link_ids")
    assert wait_idle(e.port).metrics.failed >= 2
    assert e.close() == 0


def everything_at_once_through_reloads_and_a_stop():
    net = work / "r.net"
    shutil.copy(NET, net)
    e = Daemon("--anonymous", "yes", "--workers", "3", "--loops", "2", network=net)
    bad, done, stop = [], [0], threading.Event()
    def ask(seed):
        r = random.Random(seed)
        try:
            c = Client(e.port)
            while not stop.is_set():
                v = truck(6, height_cm=400 + r.randrange(20))
                a = r.sample(PLACES, 60)
                kind = r.randrange(5)
                if kind == 0:
                    assert len(matrix(c, a, a * 6, v)["weight"]) == 21600
                elif kind == 1:
                    assert c.call("Routing/GetReach", routing.GetReachRequest(vehicle=v, max_drive_s=5000, **{"from": node(a[0])})).nodes
                elif kind == 2:
                    c.call("Routing/FindRoutes", route_request(mass_kg=900, vehicle=v, alternatives=2, avoid=routing.Avoid(link_ids=[6, 7])))
                elif kind == 3:
                    c.call("Routing/FindRoutes", route_request(mass_kg=900, vehicle=v))
                else:
                    c.send("Routing/GetMatrix", routing.GetMatrixRequest(vehicle=v, origin_node_ids=a, destination_node_ids=a * 6))
                    c.close()
                    c = Client(e.port)
                done[0] += 1
        except Exception as x:
            if not stop.is_set():
                bad.append(x)
    threads = [threading.Thread(target=ask, args=(i,)) for i in range(6)]
    [t.start() for t in threads]
    for i in range(15):
        e.signal(signal.SIGHUP)
        time.sleep(0.15)
    assert not bad, bad[:2]
    stop.set()
    e.signal(signal.SIGTERM)
    [t.join(30) for t in threads]
    assert e.close() == 0
    assert done[0] > 10, done
    # stopped in the middle of heavy work, with no time to drain
    e = Daemon("--anonymous", "yes", "--workers", "2", "--drain-ms", "0", network=net)
    cs = [Client(e.port) for _ in range(10)]
    for i, c in enumerate(cs):
        c.send("Routing/GetMatrix", routing.GetMatrixRequest(vehicle=truck(6, height_cm=300 + i), origin_node_ids=PLACES, destination_node_ids=PLACES))
        c.send("Routing/FindRoutes", route_request(mass_kg=900, vehicle=truck(6, height_cm=350 + i), alternatives=3))
    time.sleep(0.1)
    assert e.close() == 0


try:
    zh.run([(f.__name__, f) for f in (
        tables_agree_with_a_dijkstra_of_the_csv, one_question_one_answer, alternatives_are_options_that_can_be_asked_again,
        avoiding_is_as_if_the_roads_were_not_there, boxes_close_what_passes_them, via_is_the_sum_of_its_pieces, what_cannot_be_honoured_is_refused,
        reach_draws_what_it_reaches, answers_warn_of_roads_without_data, tables_come_in_blocks, peers_that_go_or_do_not_read_harm_nobody,
        work_is_bounded, own_metrics_are_shared_and_bounded, everything_at_once_through_reloads_and_a_stop, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    shutil.rmtree(work, ignore_errors=True)
