#!/usr/bin/python3
"""What a freight answer says beside its options: why families lost, how sure connections are, what changed since an earlier answer."""
import csv, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Refused, route_request, routing

d = Daemon("--anonymous", "yes")
c = Client(d.port)
s = Daemon("--anonymous", "yes", "--costs-max", "300", "--families-max", "1000", "--frame-max", "1048576")
small = Client(s.port)
NODES = [int(r["node_id"]) for r in csv.DictReader(open(zh.ROOT / "data" / "node.csv", encoding="utf-8")) if r["name_zh"]][:80]


def find(**more):
    return c.call("Routing/FindRoutes", route_request(**{"mass_kg": 260000, "max_options": 32, "without_geometry": True, **more}))


def refused(code, field, **more):
    try:
        find(**more)
    except Refused as r:
        assert r.code == code and r.field == field, r
        return
    raise AssertionError(f"not refused: {field}")


def families_that_lose_say_where_they_would_win():
    r = find()
    by = {}
    for o in r.options:
        by.setdefault(o.family, []).append(o)
    seen = 0
    for w in r.families_not_offered:
        assert w.text and w.reason
        if not w.offered:
            assert w.family not in by and w.reason not in ("dominated", "never_best")
            continue
        mine, others = by[w.family], [o for f, os in by.items() if f != w.family for o in os]
        assert w.dearer_fen == min(o.total_fen for o in mine) - min(o.total_fen for o in others) > 0
        assert w.later_s == min(o.arrive_at for o in mine) - min(o.arrive_at for o in others) > 0
        assert w.dirtier_g == min(o.co2_wtw_g for o in mine) - min(o.co2_wtw_g for o in others) > 0
        assert w.win_total_fen > 0 and w.win_cheaper_fen > 0 and w.win_arrive_at > 0
        if w.reason == "never_best":
            assert w.win_total_fen == min(o.total_fen for o in others) - 1
            assert w.win_arrive_at == min(o.arrive_at for o in others) - 1
        seen += 1
    assert seen, r.families_not_offered
    best = {w.family for w in r.families_not_offered if w.offered}
    for key in ("total_fen", "arrive_at", "co2_wtw_g"):
        first = min(r.options, key=lambda o: getattr(o, key))
        assert first.family not in best
    air = [w for w in r.families_not_offered if w.family == routing.AIR_ROAD]
    assert air and air[0].limit == "capacity" and air[0].asked_value == 260000 > air[0].limit_value > 0 and air[0].limit_of


def a_deadline_says_by_how_much():
    by_rail = find(families=[routing.RAIL_ROAD]).options
    first = min(o.arrive_at for o in by_rail)
    for explain in (False, True):
        r = find(deliver_by=first - 3600, explain=explain)
        w = [w for w in r.families_not_offered if w.family == routing.RAIL_ROAD][0]
        assert w.reason == w.limit.replace("deliver_by", "deadline") and w.asked_value == first and w.would_arrive_at == first
        assert w.win_arrive_at == first - 3600 and w.win_sooner_s == 3600
        assert bool(w.would_total_fen) == explain
        assert not explain or w.would_total_fen == min(o.total_fen for o in by_rail)


def connections_are_explained_when_asked():
    plain, r = find(), find(explain=True)
    assert [o.plan_ref for o in plain.options] == [o.plan_ref for o in r.options]
    assert not any(l.HasField("connection") for o in plain.options for l in o.legs)
    rides = 0
    for o in r.options:
        product = 1.0
        for l in o.legs:
            assert l.HasField("connection") == (l.mode != routing.TRUCK)
            if l.mode == routing.TRUCK:
                continue
            k = l.connection
            rides += 1
            product *= k.made_permille / 1000
            assert 400 <= k.made_permille <= 1000 and k.slack_s == l.cutoff_at - l.ready_at >= 0
            assert k.missed.none or (k.missed.depart_at > l.cutoff_at and k.missed.service_name and k.missed.depart_date and
                                     k.missed.arrive_at == o.arrive_at + k.missed.later_s)
        assert abs(o.on_time_permille - product * 1000) <= 3, (o.on_time_permille, product)
    assert rides


def more_slack_is_a_surer_connection():
    # the first ride after the same drive, over half a day of departures: the same delays, so only the slack differs
    of_ride = {}
    for half_hours in range(24):
        for o in find(explain=True, ready_at=zh.ready_at() + 1800 * half_hours).options:
            if len(o.legs) > 1 and o.legs[1].HasField("connection"):
                ride, drive_s = o.legs[1], o.legs[0].arrive_at - o.legs[0].depart_at
                of_ride.setdefault((ride.service_name, drive_s), set()).add((ride.connection.slack_s, ride.connection.made_permille))
    for slack in map(sorted, of_ride.values()):
        made = [m for _, m in slack]
        assert made == sorted(made), slack
    assert any(s[0][1] < s[-1][1] for s in map(sorted, of_ride.values()))


def a_tolerance_leaves_what_differs():
    every, few = find(), find(tolerance=routing.Tolerance(s=6 * 3600, permille=50, co2_g=500000))
    assert {o.family for o in every.options} == {o.family for o in few.options} and len(few.options) < len(every.options)
    assert {o.plan_ref for o in few.options} <= {o.plan_ref for o in every.options}
    refused("INVALID_ARGUMENT", "tolerance", tolerance=routing.Tolerance(s=-1))
    refused("INVALID_ARGUMENT", "tolerance", tolerance=routing.Tolerance(permille=1001))


def trucks_of_a_chain_are_bounded():
    far = find(drayage_permille=1000)
    assert len(far.options) > len(find(drayage_permille=30).options)
    refused("INVALID_ARGUMENT", "drayage_permille", drayage_permille=1001)


def parts(method, message, deadline_ms=0, client=None):
    """All replies of a method that answers in several."""
    k = client or c
    n, out = k.send(method, message, deadline_ms), []
    while True:
        r = k.reply()
        assert r.id == n
        if r.status.code:
            raise Refused(r.status)
        out.append(zh.REPLY[method].FromString(r.body))
        if not r.more:
            return out


def load(**more):
    q = route_request(**{"mass_kg": 20000, **more})
    return routing.GetCostRequest(origin=q.origin, destination=q.destination, cargo=q.cargo, ready_at=q.ready_at, family=(q.families or [0])[0],
                                  vehicle=q.vehicle if q.HasField("vehicle") else None)


def a_list_of_loads_is_each_load():
    to = ["上海", "武汉", "深圳", "成都", "nowhere", "沈阳", "大冶"]
    loads = [load(destination=to[i % 7], mass_kg=500 + 900 * (i % 9), families=[1 + i % 5]) for i in range(70)]
    for i, l in enumerate(loads):
        l.cheapest = i % 2 == 0
    loads += [load(vehicle=routing.Vehicle(vehicle_class=6, height_cm=430)), load(vehicle=routing.Vehicle(vehicle_class=9)), load(mass_kg=0), load(families=[routing.ANY])]
    got = parts("Routing/GetCosts", routing.GetCostsRequest(loads=loads))
    answers = [a for r in got for a in r.answers]
    assert len(got) > 3 and [a.index for a in answers] == list(range(len(loads)))
    good = 0
    for l, a in zip(loads, answers):
        try:
            one = c.call("Routing/GetCost", l)
        except Refused as r:
            assert zh.CODES[a.code] == r.code and a.field == r.field and a.message == r.text and not a.HasField("cost"), (a, r)
            continue
        assert a.code == 0 and a.cost == one, (a.cost, one)
        good += 1
    assert good > 20 and good < len(loads)
    for bad in (routing.GetCostsRequest(), routing.GetCostsRequest(loads=[load()] * 301)):
        try:
            parts("Routing/GetCosts", bad, client=small)
            raise AssertionError("not refused")
        except Refused as r:
            assert r.code == "INVALID_ARGUMENT" and r.field == "loads", r


def a_table_by_family_is_each_pair():
    rows, columns = ["大冶", "黄石", "武汉"], ["上海", "武汉", "深圳", "成都"]
    q = route_request(mass_kg=30000, families=[routing.ROAD, routing.RAIL_ROAD, routing.ROAD_WATER], value_yuan=900000)
    m = routing.GetFamilyMatrixRequest(origins=[routing.PlaceRef(name=x) for x in rows], destinations=[routing.PlaceRef(name=x) for x in columns], cargo=q.cargo,
                                       ready_at=q.ready_at, families=q.families)
    got = parts("Routing/GetFamilyMatrix", m)
    assert sum(r.row_count for r in got) == 3 and got[0].network_version and got[0].columns == 4
    seen = 0
    for r in got:
        assert [t.family for t in r.tables] == list(q.families)
        for t in r.tables:
            for i in range(r.row_count * r.columns):
                a, b = rows[r.first_row + i // 4], columns[i % 4]
                cell = [getattr(t, k)[i] for k in ("cheapest_fen", "cheapest_s", "cheapest_co2_g", "fastest_s", "fastest_fen", "fastest_co2_g")]
                os = [] if a == b else c.call("Routing/FindRoutes", route_request(a, b, mass_kg=30000, families=[t.family], value_yuan=900000, max_options=32, ready_at=q.ready_at,
                                                                                  without_geometry=True)).options
                if not os:
                    assert cell == [-1] * 6, (a, b, cell)
                    continue
                cheap = min(os, key=lambda o: (o.total_fen, o.arrive_at))
                fast = min(os, key=lambda o: (o.arrive_at, o.total_fen))
                assert cell == [cheap.total_fen, cheap.arrive_at - q.ready_at, cheap.co2_wtw_g, fast.arrive_at - q.ready_at, fast.total_fen, fast.co2_wtw_g], (a, b, t.family)
                seen += 1
    assert seen > 12
    many = routing.GetFamilyMatrixRequest(origin_node_ids=NODES[:40], destination_node_ids=NODES[40:80], cargo=q.cargo, ready_at=q.ready_at)
    try:
        parts("Routing/GetFamilyMatrix", many, client=small)
        raise AssertionError("not refused")
    except Refused as r:
        assert r.code == "INVALID_ARGUMENT" and "families_max" in r.text, r
    try:
        parts("Routing/GetFamilyMatrix", many, deadline_ms=60)
        raise AssertionError("1,600 cells within 60 ms")
    except Refused as r:
        assert r.code == "DEADLINE_EXCEEDED", r
    assert c.call("Routing/FindPlaces", routing.FindPlacesRequest(query="daye")).places  # it goes on


def departures_of_a_week_are_what_is_found_at_each():
    q = route_request(mass_kg=260000, families=[routing.RAIL_ROAD, routing.ROAD_WATER])
    r = c.call("Routing/FindDepartures", routing.FindDeparturesRequest(question=q, window_s=5 * 86400))
    assert len(r.departures) > 5 and not r.more_from and r.network_version
    for p in r.departures[:: max(1, len(r.departures) // 12)]:
        at = route_request(mass_kg=260000, families=[p.family], ready_at=p.depart_at, max_options=32, without_geometry=True)
        assert any(o.arrive_at == p.arrive_at and o.co2_wtw_g == p.co2_wtw_g and o.latest_pickup == p.depart_at for o in c.call("Routing/FindRoutes", at).options), p
    one = route_request(mass_kg=260000, families=[routing.RAIL_ROAD])
    every = [p for p in r.departures if p.family == routing.RAIL_ROAD]
    most = len(every) * 2 // 3
    few = c.call("Routing/FindDepartures", routing.FindDeparturesRequest(question=one, window_s=5 * 86400, max_points=most))
    assert one.ready_at < few.more_from < one.ready_at + 5 * 86400 and len(few.departures) <= most
    for field, more in (("question.latest_pickup", dict(latest_pickup=True)), ("question.explain", dict(explain=True)), ("question.max_options", dict(max_options=3)),
                        ("question.best", dict(best=routing.LOWEST_COST)),
                        ("question.destination", dict(destination="大冶"))):
        try:
            c.call("Routing/FindDepartures", routing.FindDeparturesRequest(question=route_request(mass_kg=260000, **more), window_s=60))
            raise AssertionError(field)
        except Refused as e:
            assert e.code == "INVALID_ARGUMENT" and e.field == field, e
    for bad in (dict(window_s=0), dict(window_s=32 * 86400), dict(window_s=60, max_points=5000)):
        try:
            c.call("Routing/FindDepartures", routing.FindDeparturesRequest(question=q, **bad))
            raise AssertionError(bad)
        except Refused as e:
            assert e.code == "INVALID_ARGUMENT", e


def the_best_alone_is_that_of_all():
    for to, mass in (("上海", 260000), ("成都", 20000), ("深圳", 800)):
        for families in ([], [routing.RAIL_ROAD, routing.AIR_ROAD]):
            q = dict(destination=to, mass_kg=mass, families=families)
            all_ = find(**q)
            keys = {routing.LOWEST_COST: lambda o: (o.total_fen, o.arrive_at), routing.EARLIEST_ARRIVAL: lambda o: (o.arrive_at, o.total_fen),
                    routing.LOWEST_EMISSIONS: lambda o: (o.co2_wtw_g, o.total_fen)}
            for best, key in keys.items():
                one = find(**q, best=best, max_options=1)
                assert all_.options, (to, families)
                assert len(one.options) == 1 and not one.families_not_offered and one.network_version == all_.network_version
                want, got = min(all_.options, key=key), one.options[0]
                got.why = want.why  # of the others nothing is known
                assert got == want, (to, best)
    none = find(best=routing.LOWEST_COST, max_options=0, families=[routing.AIR_ROAD])
    assert not none.options and none.families_not_offered[0].limit == "capacity"
    sure = find(best=routing.LOWEST_COST, max_options=0, families=[routing.RAIL_ROAD], explain=True).options[0]
    assert any(leg.connection.made_permille for leg in sure.legs) and sure.on_time_permille
    for more in (dict(max_options=2), dict(max_options=1, alternatives=1), dict(max_options=1, tolerance=routing.Tolerance(s=60)),
                 dict(max_options=1, plan_ref="0" * 32), dict(max_options=1, latest_pickup=True, deliver_by=route_request().ready_at + 86400), ):
        refused("INVALID_ARGUMENT", "best", best=routing.LOWEST_COST, **more)
    refused("INVALID_ARGUMENT", "best", best=9, max_options=1)


def small_server():
    assert s.close() == 0


TESTS = [families_that_lose_say_where_they_would_win, a_deadline_says_by_how_much, connections_are_explained_when_asked, more_slack_is_a_surer_connection,
         a_tolerance_leaves_what_differs, trucks_of_a_chain_are_bounded, a_list_of_loads_is_each_load, a_table_by_family_is_each_pair,
         departures_of_a_week_are_what_is_found_at_each, the_best_alone_is_that_of_all, small_server, d.close]
try:
    zh.run([(f.__name__, f) for f in TESTS])
finally:
    for x in (d, s):
        if x.proc.poll() is None:
            x.kill()
