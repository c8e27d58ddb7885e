#!/usr/bin/python3
"""Scenarios in the running daemon: put, asked in by every method, seen by whom they should be, kept in PostgreSQL; base
answers stay byte for byte the same while scenarios come and go; 花湖机场高速二期 is asked within a second of its put."""
import os, pathlib, resource, sys, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, Refused, ops, planning, route_request, routing, shipments

os.environ["ZH_PG_FAST"] = "1"
zh.REPLY.update({"Routing/GetMatrix": routing.GetMatrixReply, "Routing/GetReach": routing.GetReachReply,
                 "Operations/GetNetwork": ops.GetNetworkReply})
pg = Postgres()
pg.setup()
one, other = pg.token("Plan A", "planner"), pg.token("Plan B", "planner")
shipper = pg.token("Plan A", "shipper")
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes")
WUHAN, HUAHU = 1048, 2010  # ends of a way that 花湖机场高速二期 shortens


def connect(token, port=None):
    for _ in range(100):
        try:
            return Client(port or d.port, token)
        except (Refused, zh.Gone, OSError):
            time.sleep(0.1)
    raise AssertionError(d.text()[-2000:])


a, b, nobody = connect(one), connect(other), Client(d.port)


def refused(code, field, f, *args):
    try:
        f(*args)
    except Refused as e:
        assert (e.code, e.field) == (code, field), e
        return e
    raise AssertionError(f"{code} {field} expected")


def scenario(sid, *mods, **more):
    return planning.Scenario(scenario_id=sid, name_zh="测试", modifications=mods, **more)


def put(client, *args, check_only=False, expected_version=0, **more):
    return client.call("Planning/PutScenario", planning.PutScenarioRequest(
        scenario=scenario(*args, **more), check_only=check_only, expected_version=expected_version))


def ll(lat, lon):
    return routing.LatLon(lat=lat, lon=lon)


def add(*points, speed=80, **more):
    return planning.Modification(add_link=planning.AddLink(points=[ll(*p) for p in points], name="画线",
                                                           figures=planning.LinkFigures(speed_kmh=speed), **more))


def open_project(p):
    return planning.Modification(open_link=planning.OpenLink(links=planning.LinkRef(project_id=p)))


def close(*ids, **more):
    return planning.Modification(close_link=planning.CloseLink(links=planning.LinkRef(link_ids=ids), **more))


def ask(client, sid="", origin=WUHAN, destination=HUAHU, **more):
    r = route_request(families=[routing.ROAD], ready_at=zh.ready_at(3), scenario_id=sid, **more)
    r.origin.node_id, r.destination.node_id = origin, destination
    return client.call("Routing/FindRoutes", r)


def matrix(client, sid=""):
    return client.call("Routing/GetMatrix", routing.GetMatrixRequest(
        origin_node_ids=[WUHAN, 2001], destination_node_ids=[HUAHU, 2016], vehicle=routing.Vehicle(vehicle_class=6), scenario_id=sid))


def reach(client, sid=""):
    return client.call("Routing/GetReach", routing.GetReachRequest(
        **{"from": routing.PlaceRef(node_id=WUHAN)}, vehicle=routing.Vehicle(vehicle_class=6), max_drive_s=1800,
        with_places=True, scenario_id=sid))


def projects_are_there_from_the_start():
    names = {s.scenario_id: s for s in nobody.call("Planning/ListScenarios", planning.ListScenariosRequest(tag="project")).scenarios}
    rows = [l.split(",")[0] for l in open(zh.ROOT / "data" / "project.csv") if l[0] == "P" and l[1].isdigit()]
    assert set(names) == {"project-" + r for r in rows}, set(names) ^ {"project-" + r for r in rows}
    p02 = names["project-P02"]
    assert p02.name_zh == "花湖机场高速二期" and p02.name_en and p02.cost_yuan == 7508000000 and p02.opening_date == "2026-12-31"
    assert p02.source and not p02.estimated and p02.shared and names["project-P10"].estimated
    for sid in names:
        g = nobody.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id=sid))
        assert len(g.reports) == len(g.scenario.modifications) and g.scenario_version, sid
        ask(nobody, sid, origin=2001, destination=2016)
    p11 = nobody.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="project-P11")).scenario
    assert abs(p11.modifications[0].put_terminal.capacity_factor - 1.6) < 1e-9
    assert list(names["project-P13"].prerequisites) == ["project-P02", "project-P08"]


def the_airport_expressway_is_asked_within_a_second_of_its_put():
    base = ask(a)
    began = time.monotonic()
    r = put(a, "huahu2", open_project("P02"), tags=["expressway"], cost_yuan=7508000000)
    there = ask(a, "huahu2")
    took = time.monotonic() - began
    assert not r.errors and r.scenario.version == 1 and r.scenario.author and r.scenario.firm == "Plan A"
    assert len(r.reports[0].link_ids) == 11 and 56 < r.reports[0].length_km < 58
    def fastest(x):
        return min(o.arrive_at for o in x.options)
    assert fastest(there) < fastest(base), "the new road is not driven"
    assert there.network_version == r.scenario_version != base.network_version
    print(f"     put and asked in {took * 1000:.0f} ms, made in {r.build_ms} ms, {r.bytes} bytes", flush=True)
    g = there.options[0].legs[0].geometry
    assert len(g) > 10, "no geometry of the way over new links"


def every_method_answers_in_a_scenario():
    m, n = matrix(a), matrix(a, "huahu2")
    assert n.drive_s[0] < m.drive_s[0] and n.network_version != m.network_version
    x, y = reach(a), reach(a, "huahu2")
    assert y.nodes > x.nodes and len(y.polygons) > 0
    q = routing.GetCostRequest(origin=routing.PlaceRef(node_id=WUHAN), destination=routing.PlaceRef(node_id=HUAHU),
                               cargo=routing.Cargo(mass_kg=20000), ready_at=zh.ready_at(3))
    c = a.call("Routing/GetCost", q)
    q.scenario_id = "huahu2"
    assert a.call("Routing/GetCost", q).duration_s < c.duration_s
    assert a.call("Routing/FindPlaces", routing.FindPlacesRequest(query="大冶", scenario_id="huahu2")).places[0].name_zh
    net = a.call("Operations/GetNetwork", ops.GetNetworkRequest(zoom=12, with_links=True, scenario_id="huahu2"))
    assert sum(l.new_link for l in net.links) == 11
    assert (net.network_version, net.scenario_version) == (m.network_version, n.network_version)  # the base's, its own
    own = a.call("Routing/FindRoutes", route_request(families=[routing.ROAD], ready_at=zh.ready_at(3), scenario_id="huahu2",
                                                     vehicle=routing.Vehicle(vehicle_class=6, height_cm=420), alternatives=2))
    assert own.options


def plan_refs_know_the_scenario_and_book_refuses_it():
    s = connect(shipper)
    base, there = ask(s), ask(s, "huahu2")
    assert not {o.plan_ref for o in base.options} & {o.plan_ref for o in there.options}
    r = route_request(families=[routing.ROAD], ready_at=zh.ready_at(3), scenario_id="huahu2")
    r.origin.node_id, r.destination.node_id = WUHAN, HUAHU
    e = refused("FAILED_PRECONDITION", "plan_ref", s.call, "Shipments/Book",
                shipments.BookRequest(key=os.urandom(16), plan_ref=there.options[0].plan_ref, request=r))
    assert "huahu2" in e.text, e
    hit = s.call("Shipments/Affected", shipments.AffectedRequest(scenario_id="huahu2"))
    assert len(hit.shipments) == 0
    refused("NOT_FOUND", "scenario_id", s.call, "Shipments/Affected", shipments.AffectedRequest(scenario_id="no-such"))
    refused("PERMISSION_DENIED", "token", put, s, "shippers-not", close(115))


def drawn_links_are_snapped_and_reported():
    r = put(a, "drawn", add((30.10, 114.90), (30.08, 115.00), snap_m=3000), check_only=True)
    assert not r.errors and r.scenario.version == 0, r
    ends = r.reports[0].ends
    assert len(ends) == 2 and all(0 <= e.moved_m <= 3000 for e in ends) and r.reports[0].geometry and r.reports[0].link_ids[0] < 0
    joined = put(a, "drawn", add((30.10, 114.90), (30.08, 115.00), snap_m=3000, join_crossings=True))
    crossed = [c for c in joined.reports[0].crossed]
    assert len(r.reports[0].crossed) == len(crossed) and all(c.joined for c in crossed) and not any(c.joined for c in r.reports[0].crossed)
    loose = put(a, "loose", add((29.0001, 113.0001), (29.0101, 113.0001), snap_m=1), check_only=True)
    assert all(e.dangling for e in loose.reports[0].ends) and loose.reports[0].warnings
    ask(a, "drawn")


def all_errors_at_once_and_nothing_half_applied():
    r = put(a, "wrong", close(115), close(999999999), planning.Modification(
        change_link=planning.ChangeLink(links=planning.LinkRef(road="无此路"), set=planning.LinkFigures(speed_kmh=50))),
        close(116, existing=planning.LinkFigures(speed_kmh=33, status="open")), planning.Modification(),
        planning.Modification(change_toll=planning.ChangeToll(region="火星", factor=2)))
    got = {(e.index, e.field) for e in r.errors}
    assert got >= {(4, "what")} and not r.scenario_version == "" and r.scenario.version == 0, got
    r = put(a, "wrong", close(115), close(999999999), planning.Modification(
        change_link=planning.ChangeLink(links=planning.LinkRef(road="无此路"), set=planning.LinkFigures(speed_kmh=50))),
        close(116, existing=planning.LinkFigures(speed_kmh=33, status="open")),
        planning.Modification(change_toll=planning.ChangeToll(region="火星", factor=2)))
    got = {(e.index, e.field) for e in r.errors}
    assert got == {(1, "links.link_ids"), (2, "links.road"), (3, "existing.speed_kmh"), (4, "region")}, got
    refused("NOT_FOUND", "scenario_id", a.call, "Planning/GetScenario", planning.GetScenarioRequest(scenario_id="wrong"))
    refused("INVALID_ARGUMENT", "scenario.scenario_id", put, a, "project-P99", close(115))
    refused("INVALID_ARGUMENT", "scenario.modifications", put, a, "empty")
    refused("FAILED_PRECONDITION", "scenario.base_network_version", lambda: put(a, "old", close(115), base_network_version="x"))


def roads_by_name_between_cross_streets():
    whole = put(a, "g106", planning.Modification(close_link=planning.CloseLink(links=planning.LinkRef(road="G106"))), check_only=True)
    assert not whole.errors and len(whole.reports[0].link_ids) > 2, whole.errors
    links = {l.link_id: l for l in a.call("Operations/GetNetwork", ops.GetNetworkRequest(zoom=22, with_links=True)).links}
    ids = [i for i in whole.reports[0].link_ids]
    ends = {}
    for i in ids:
        for n in (links[i].from_node_id, links[i].to_node_id):
            ends.setdefault(n, []).append(i)
    crosses = []
    for l in links.values():
        if l.ref and "G106" not in l.ref.split(";") and l.mode == links[ids[0]].mode:
            for n in (l.from_node_id, l.to_node_id):
                if n in ends:
                    crosses.append((n, l.ref.split(";")[0]))
    for n, ref in crosses:
        for m, ref2 in crosses:
            if n != m and ref != ref2:
                part = put(a, "g106", planning.Modification(close_link=planning.CloseLink(links=planning.LinkRef(
                    road="G106", from_cross=ref, to_cross=ref2))), check_only=True)
                if not part.errors and len(part.reports[0].link_ids) < len(ids):
                    assert set(part.reports[0].link_ids) < set(ids)
                    return
    raise AssertionError("no part of G106 between two crossing roads")


def prerequisites_and_conflicts():
    put(a, "first", add((30.20, 114.80), (30.22, 114.90), snap_m=3000))
    put(a, "second", close(115), prerequisites=["first", "project-P02"])
    g = a.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="second"))
    assert len(g.reports) == 1
    assert min(o.arrive_at for o in ask(a, "second").options) <= min(o.arrive_at for o in ask(a, "huahu2").options)
    refused("FAILED_PRECONDITION", "prerequisites", lambda: put(a, "third", close(115), prerequisites=["no-such"]))
    refused("FAILED_PRECONDITION", "conflicts", lambda: put(a, "third", close(115), prerequisites=["first"], conflicts=["first"]))
    refused("FAILED_PRECONDITION", "prerequisites", lambda: put(a, "first", close(115), prerequisites=["second"]))
    version = a.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="second")).scenario_version
    put(a, "first", close(116), expected_version=1)
    assert a.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="second")).scenario_version != version
    refused("FAILED_PRECONDITION", "expected_version", lambda: put(a, "first", close(116), expected_version=1))
    old = a.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="first", version=1))
    assert old.scenario.version == 1 and old.scenario.modifications[0].HasField("add_link")


def what_another_firm_keeps_is_as_if_it_were_not_there():
    for method, make in (("Planning/GetScenario", lambda i: planning.GetScenarioRequest(scenario_id=i)),
                         ("Planning/DeleteScenario", lambda i: planning.DeleteScenarioRequest(scenario_id=i)),
                         ("Routing/FindPlaces", lambda i: routing.FindPlacesRequest(query="大冶", scenario_id=i))):
        for who in (b, nobody):
            if method == "Planning/DeleteScenario" and who is nobody:
                continue
            e = refused("NOT_FOUND", "scenario_id", who.call, method, make("huahu2"))
            f = refused("NOT_FOUND", "scenario_id", who.call, method, make("huahu9"))
            assert e.text.replace("huahu2", "X") == f.text.replace("huahu9", "X"), (e, f)
    assert "huahu2" not in [s.scenario_id for s in b.call("Planning/ListScenarios", planning.ListScenariosRequest(page_size=200)).scenarios]
    put(a, "open-to-all", open_project("P02"), shared=True)
    for who in (b, nobody):
        assert ask(who, "open-to-all").options
        assert "open-to-all" in [s.scenario_id for s in who.call("Planning/ListScenarios", planning.ListScenariosRequest(page_size=200)).scenarios]
    refused("NOT_FOUND", "scenario_id", b.call, "Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id="open-to-all"))
    refused("UNAUTHENTICATED", "token", put, nobody, "anonymous", close(115))
    put(b, "huahu2", close(115))
    assert ask(a, "huahu2").network_version != ask(b, "huahu2").network_version
    put(a, "open-to-all", open_project("P02"))
    time.sleep(1.2)
    refused("NOT_FOUND", "scenario_id", ask, b, "open-to-all")


def other_daemons_and_restarts_see_them():
    e = Daemon("--database", pg.conninfo("zh_api"))
    try:
        c = connect(one, e.port)
        assert ask(c, "huahu2").network_version == ask(a, "huahu2").network_version
        put(c, "huahu2", open_project("P02"), close(115))
        time.sleep(1.2)
        assert ask(c, "huahu2").network_version == ask(a, "huahu2").network_version
        c.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id="drawn"))
        time.sleep(1.2)
        refused("NOT_FOUND", "scenario_id", ask, a, "drawn")
        listed = a.call("Planning/ListScenarios", planning.ListScenariosRequest(page_size=3))
        more = a.call("Planning/ListScenarios", planning.ListScenariosRequest(page_size=200, page_token=listed.next_page_token))
        assert len(listed.scenarios) == 3 and not {s.scenario_id for s in listed.scenarios} & {s.scenario_id for s in more.scenarios}
    finally:
        e.close()


def base_answers_do_not_change_while_scenarios_come_and_go():
    asked = [lambda c: ask(c), lambda c: matrix(c), lambda c: reach(c),
             lambda c: c.call("Routing/FindRoutes", route_request(ready_at=zh.ready_at(5)))]
    before = [f(a).SerializeToString(deterministic=True) for f in asked]
    stop, broken = threading.Event(), []

    def watch():
        c = connect(one)
        while not stop.is_set():
            for f, want in zip(asked, before):
                if f(c).SerializeToString(deterministic=True) != want:
                    broken.append(want)

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for t in watchers:
        t.start()
    for i in range(25):
        put(a, f"round-{i % 5}", open_project("P02"), close(115 + i % 5), add((30.1, 114.9), (30.2, 115.0), snap_m=3000))
        ask(a, f"round-{i % 5}")
        if i % 2:
            a.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id=f"round-{i % 5}"))
    stop.set()
    for t in watchers:
        t.join()
    assert not broken
    assert [f(a).SerializeToString(deterministic=True) for f in asked] == before


def resident_kb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])


def memory_comes_back():
    """The short form of make soak-scenarios: SCENARIOS side by side, then ROUNDS of put and delete."""
    side, rounds = int(os.environ.get("SCENARIOS", "8")), int(os.environ.get("ROUNDS", "30"))
    m = Daemon("--anonymous", "yes")
    try:
        c = Client(m.port)
        def one_round(i):
            put(c, f"s{i}", open_project("P02"), add((30.1, 114.9), (30.2 + i % 50 / 1000, 115.0), snap_m=3000), close(115))
            ask(c, f"s{i}")
        for i in range(3):
            one_round(1000 + i)
            c.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id=f"s{1000 + i}"))
        start = resident_kb(m.proc.pid)
        for i in range(side):
            one_round(i)
        full = resident_kb(m.proc.pid)
        for i in range(side):
            c.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id=f"s{i}"))
        back = resident_kb(m.proc.pid)
        for i in range(rounds):
            one_round(i)
            c.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id=f"s{i}"))
        end = resident_kb(m.proc.pid)
        print(f"     resident: {start} KiB, {side} scenarios {full}, deleted {back}, after {rounds} rounds {end}", flush=True)
        assert (full - start) / side < 10 * 1024, "more than 10 MiB a scenario"
        room = 300 if b"__asan_init" in (zh.BUILD / "zonghengd").read_bytes() else 16  # a sanitizer keeps what is freed
        before = max(start, back)  # what the allocator keeps of what was freed differs by two scenarios
        assert end - before < room * 1024 + rounds * 4, (before, end)
    finally:
        m.close()


def the_command_line_puts_lists_shows_and_deletes():
    import json, subprocess
    def zongheng(*words, ok=True):
        p = subprocess.run([str(zh.BUILD / "zongheng"), *words, "--server", f"127.0.0.1:{d.port}"], capture_output=True, text=True,
                           env={**os.environ, "ZONGHENG_TOKEN": one.decode()})
        assert (p.returncode == 0) == ok, (words, p.stdout, p.stderr)
        return p.stdout
    doc = (zh.ROOT / "docs" / "planning.md").read_text().split("```json")[1].split("```")[0]
    path = os.path.join(d.dir, "huahu2.json")
    open(path, "w").write(doc.replace("huahu2", "from-the-manual"))
    told = zongheng("scenario", "put", path, "--check")
    assert "modification 1:" in told and "checked" in told, told
    assert "from-the-manual" not in zongheng("scenario", "list")
    assert "from-the-manual version 1" in zongheng("scenario", "put", path)
    assert "花湖机场高速二期和连接线" in zongheng("scenario", "list", "--tag", "expressway")
    assert json.loads(zongheng("scenario", "show", "from-the-manual", "--json"))["scenario"]["costYuan"] == "7508000000"
    zongheng("scenario", "put", "by-flags", "--add-link", "30.10,114.90 30.09,114.95 30.08,115.00@80", "--close-link", "115", "--name", "试验线")
    for sid in ("from-the-manual", "by-flags"):
        zongheng("reach", "--from", "大冶", "--class", "6", "--time", "30m", "--places", "--scenario", sid)
        zongheng("cost", "--from", "大冶", "--to", "武汉", "--mass", "20t", "--ready", "2026-12-01T08:00", "--scenario", sid)
    assert "is deleted" in zongheng("scenario", "delete", "by-flags")
    zongheng("scenario", "show", "by-flags", ok=False)


tests = [projects_are_there_from_the_start, the_airport_expressway_is_asked_within_a_second_of_its_put, every_method_answers_in_a_scenario,
         plan_refs_know_the_scenario_and_book_refuses_it, drawn_links_are_snapped_and_reported, all_errors_at_once_and_nothing_half_applied,
         roads_by_name_between_cross_streets, prerequisites_and_conflicts, what_another_firm_keeps_is_as_if_it_were_not_there,
         other_daemons_and_restarts_see_them, the_command_line_puts_lists_shows_and_deletes,
         base_answers_do_not_change_while_scenarios_come_and_go, memory_comes_back]
if len(sys.argv) > 1:
    tests = [t for t in tests if any(w in t.__name__ for w in sys.argv[1:])]
try:
    zh.run([(t.__name__, t) for t in tests])
finally:
    for x in (d.close, pg.close):
        x()
