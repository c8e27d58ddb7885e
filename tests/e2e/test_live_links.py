#!/usr/bin/python3
"""Live shipments and planned networks: how many still have to drive on a link (GetCriticalLinks), and which a scenario hits
(Affected with scenario_id)."""
import os, pathlib, sys, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, Refused, planning, route_request, routing, shipments

os.environ["ZH_PG_FAST"] = "1"
pg = Postgres()
pg.setup()
shipper, planner, other = pg.token("Firm A"), pg.token("Firm A", "planner"), pg.token("Firm B", "planner")
work = pathlib.Path(pg.dir) / "demand.csv"
work.write_text("".join(open(zh.ROOT / "data" / "demand.csv").readlines()[:101]))  # the screening is short
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--demand", str(work))


def connect(token):
    for _ in range(100):
        try:
            return Client(d.port, token, timeout=120)
        except (Refused, zh.Gone, OSError):
            time.sleep(0.1)
    raise AssertionError(d.text()[-2000:])


s, p, b = connect(shipper), connect(planner), connect(other)


def book(destination):
    q = route_request(destination=destination, families=[routing.ROAD])
    o = s.call("Routing/FindRoutes", q).options[0]
    return s.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=o.plan_ref))


WUHAN = [book("武汉").bill_no for _ in range(3)]
HUANGSHI = book("黄石").bill_no


def critical(client=None, **more):
    c = client or p
    c.send("Planning/GetCriticalLinks", planning.GetCriticalLinksRequest(with_shipments=True, max_links=5000, **more))
    while True:
        r = c.reply()
        if r.status.code:
            raise Refused(r.status)
        if not r.more:
            return planning.GetCriticalLinksReply.FromString(r.body)


def hit(link, **more):
    q = shipments.AffectedRequest(closed=routing.Avoid(link_ids=[link] if link else []), without_options=True, max_shipments=50, **more)
    return {x.bill_no for x in s.call("Shipments/Affected", q).shipments}


def test_the_links_that_live_shipments_drive_on():
    r = critical(by_shipments=True)
    counts = [l.shipments for l in r.links]
    assert counts == sorted(counts, reverse=True) and counts[0] >= 3 and counts[-1] >= 1
    for l in r.links:  # what Affected says of a closing of each
        assert len(hit(l.link_id)) == l.shipments, (l.link_id, l.shipments, hit(l.link_id))
    ranked = critical()  # by cost, with the same figures
    of = {l.link_id: l.shipments for l in r.links}
    assert [l.extra_cost_yuan for l in ranked.links] == sorted((l.extra_cost_yuan for l in ranked.links), reverse=True)
    assert all(l.shipments == of.get(l.link_id, 0) for l in list(ranked.links) + list(ranked.isolating))
    assert {l.link_id for l in r.links} - {l.link_id for l in ranked.links}, "demand uses all of them: nothing is proven"


def test_only_the_asker_s_own():
    assert not critical(b, by_shipments=True).links
    for c, more in ((connect(b""), {}),):
        try:
            critical(c, **more)
            raise AssertionError("nobody's shipments were counted")
        except Refused as r:
            assert (r.code, r.field) == ("FAILED_PRECONDITION", "with_shipments"), r


def test_what_is_done_counts_no_more():
    before = {l.link_id: l.shipments for l in critical(by_shipments=True).links}
    pg.sql(f"UPDATE zh.shipment_leg l SET actual_arrive = now() FROM zh.shipment x WHERE x.shipment_id = l.shipment_id AND x.bill_no = '{WUHAN[0]}'")
    s.call("Shipments/Cancel", shipments.CancelRequest(key=uuid.uuid4().bytes, bill_no=WUHAN[1], reason="x"))
    after = {l.link_id: l.shipments for l in critical(by_shipments=True).links}
    gone = [l for l in before if after.get(l, 0) == before[l] - 2]
    assert gone and all(after.get(l, 0) in (before[l], before[l] - 2) for l in before)
    assert hit(gone[0]) >= {WUHAN[2]} and not hit(gone[0]) & {WUHAN[0], WUHAN[1]}


def put(sid, *mods):
    return p.call("Planning/PutScenario", planning.PutScenarioRequest(scenario=planning.Scenario(scenario_id=sid, modifications=mods)))


def close(*ids):
    return planning.Modification(close_link=planning.CloseLink(links=planning.LinkRef(link_ids=ids)))


def test_affected_in_a_scenario():
    every = {l.link_id for l in critical(by_shipments=True).links}
    only = {l for l in every if hit(l) == {WUHAN[2]}}
    both = {l for l in every if hit(l) == {WUHAN[2], HUANGSHI}}
    free = next(l.link_id for l in critical().links if l.link_id not in every)
    assert only
    link = next(l for l in sorted(only) if put("shut", close(l)).scenario_version)
    assert hit(None, scenario_id="shut") == {WUHAN[2]}
    put("aside", close(free))
    assert hit(None, scenario_id="aside") == set()
    if both:
        put("shared-road", close(sorted(both)[0]))
        assert hit(None, scenario_id="shared-road") == {WUHAN[2], HUANGSHI}
    # other ways are searched in the scenario: none uses what it closes, and each is priced against what is left to pay
    r = s.call("Shipments/Affected", shipments.AffectedRequest(scenario_id="shut", max_shipments=5))
    x = r.shipments[0]
    assert x.bill_no == WUHAN[2] and x.road and len(x.options) == len(x.extra_fen) > 0
    q = route_request(destination="武汉", families=[routing.ROAD], scenario_id="shut")
    assert r.network_version == s.call("Routing/FindRoutes", q).network_version != s.call("Routing/FindRoutes", route_request()).network_version
    # with a closing of its own beside the scenario's
    assert hit(sorted(every - only)[0] if every - only else link, scenario_id="shut") >= {WUHAN[2]}
    # a scenario that only withdraws a departure, or opens a road, hits no truck
    assert hit(None, scenario_id="project-P02") == set()


def test_a_split_road_has_the_shipments_of_the_whole():
    every = {l.link_id: l for l in critical(by_shipments=True).links}
    net = {l: every[l].geometry for l in every}
    for link, line in sorted(net.items()):
        points = decode(line)
        lat, lon = points[len(points) // 2]
        if len(points) < 5:
            continue
        add = planning.Modification(add_link=planning.AddLink(name="画线", snap_m=20, figures=planning.LinkFigures(speed_kmh=60), points=[
            routing.LatLon(lat=lat, lon=lon), routing.LatLon(lat=lat + 3, lon=lon + 3)]))
        r = put("split", add)
        if r.errors or r.reports[0].ends[0].split_link_id != link:
            continue
        got = critical(by_shipments=True, scenario_id="split")
        pieces = [l for l in got.links if l.link_id < 0 and l.shipments]
        assert len(pieces) == 2 and all(l.shipments == every[link].shipments for l in pieces), pieces
        assert link not in [l.link_id for l in got.links]
        return
    raise AssertionError("no road of a shipment could be split")


def decode(text):
    out, lat, lon, at = [], 0, 0, 0
    while at < len(text):
        both = []
        for _ in range(2):
            shift = value = 0
            while True:
                c = ord(text[at]) - 63
                at += 1
                value |= (c & 31) << shift
                shift += 5
                if c < 32:
                    break
            both.append(~(value >> 1) if value & 1 else value >> 1)
        lat, lon = lat + both[0], lon + both[1]
        out.append((lat / 1e5, lon / 1e5))
    return out


try:
    zh.run([(n, f) for n, f in list(globals().items()) if n.startswith("test_")])
finally:
    d.close()
    pg.close()
