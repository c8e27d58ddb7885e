#!/usr/bin/python3
"""What a freight answer says beside its options: why families lost, how sure connections are, what changed since an earlier answer."""
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Refused, route_request, routing

d = Daemon("--anonymous", "yes")
c = Client(d.port)


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
    slack = sorted((l.connection.slack_s, l.connection.made_permille) for o in r.options for l in o.legs if l.HasField("connection"))
    assert slack[-1][1] >= slack[0][1]


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


TESTS = [families_that_lose_say_where_they_would_win, a_deadline_says_by_how_much, connections_are_explained_when_asked,
         a_tolerance_leaves_what_differs, trucks_of_a_chain_are_bounded, d.close]
try:
    zh.run([(f.__name__, f) for f in TESTS])
finally:
    if d.proc.poll() is None:
        d.kill()
