#!/usr/bin/python3
"""Agreed tariffs: put from a CSV file, in every price of their firm and in no other's, seen within seconds, booked at that price, and
said to be missing when PostgreSQL is away."""
import csv, os, pathlib, re, subprocess, sys, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, Refused, route_request, routing, shipments

pg = Postgres()
pg.setup()
A, B, OP = pg.token("Firm A"), pg.token("Firm B"), pg.token("The operator", "operator")
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--loops", "2", "--agreed-max", "2")
READY = zh.ready_at(9)
HEAD = "contract,tariff_id,kind,cargo,base_cny,base_unit,per_km_cny,per_km_unit,min_cny,break_kg,valid_from,valid_to"


def connect(token=b""):
    for _ in range(100):
        try:
            return Client(d.port, token)
        except Refused:
            time.sleep(0.1)
    raise AssertionError("no Hello within 10 s: " + d.text()[-2000:])


def question(**more):
    return route_request(mass_kg=260000, families=[routing.RAIL_ROAD], ready_at=READY, max_options=32, without_geometry=True, commodity="copper_cathode", **more)


def find(c, **more):
    return c.call("Routing/FindRoutes", question(**more))


def same(x, y):
    return [o.SerializeToString(deterministic=True) for o in x.options] == [o.SerializeToString(deterministic=True) for o in y.options]


def tariff(token, *words, ok=True):
    env = {**os.environ, "ZONGHENG_SERVER": f"127.0.0.1:{d.port}", "ZONGHENG_TOKEN": token.decode()}
    p = subprocess.run([str(zh.BUILD / "zongheng"), "tariff", *map(str, words)], env=env, capture_output=True, text=True)
    assert (p.returncode == 0) == ok, (p.returncode, p.stdout, p.stderr)
    return p.stdout if ok else p.stderr


def file(*rows, name="agreed.csv"):
    path = pathlib.Path(d.dir) / name
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return path


def rail_tariff():
    """The tariff of the cheapest option, and what its freight line costs by the published rules."""
    o = min(find(connect()).options, key=lambda o: o.total_fen)
    leg = [i for i, l in enumerate(o.legs) if l.mode == routing.TRAIN][0]
    service = {int(r["service_id"]): r for r in csv.DictReader(open(zh.ROOT / "data" / "service.csv", encoding="utf-8"))}[o.legs[leg].service_id]
    return service["tariff_id"], o, leg


TARIFF, PUBLISHED, LEG = rail_tariff()


def price(cny, per_km, legs):
    return round(260 * (cny + per_km * legs.distance_m / 1000) * 100)


def put_and_see():
    a, b, nobody = connect(A), connect(B), connect()
    before = [find(c) for c in (a, b, nobody)]
    assert same(before[0], before[1]) and same(before[0], before[2])
    assert "1 agreed rules" in tariff(A, "put", file(f"C-1,{TARIFF},freight,,3.5,t,0.012,km,,,2020-01-01,2035-12-31"))
    time.sleep(2)
    now = [find(connect(A)) for _ in range(6)]  # both loops
    assert all(same(now[0], r) for r in now)
    mine = [o for o in now[0].options if o.agreed]
    assert mine
    for o in mine:
        lines = [l for l in o.lines if l.agreed]
        assert lines and all(l.source == "C-1" and l.kind == "freight" and not l.estimated for l in lines)
        for l in lines:
            assert l.amount_fen == price(3.5, 0.012, o.legs[l.leg]), (l, o.legs[l.leg].distance_m)
        assert sum(l.amount_fen for l in o.lines) == o.total_fen
    assert same(find(b), before[1]) and same(find(nobody), before[2])
    assert not {o.plan_ref for o in now[0].options} & {o.plan_ref for o in before[0].options}
    cost = routing.GetCostRequest(origin=question().origin, destination=question().destination, cargo=question().cargo, ready_at=READY,
                                  family=routing.RAIL_ROAD, cheapest=True)
    assert a.call("Routing/GetCost", cost).total_fen == min(o.total_fen for o in now[0].options)
    assert b.call("Routing/GetCost", cost).total_fen == min(o.total_fen for o in before[1].options)


def a_change_shows_and_is_told():
    a = connect(A)
    old = min((o for o in find(a).options if o.agreed), key=lambda o: o.total_fen)
    again = find(a, plan_ref=old.plan_ref)
    assert again.plan_ref.same and not again.plan_ref.changed and [o.plan_ref for o in again.options] == [old.plan_ref]
    tariff(A, "put", file(f"C-1,{TARIFF},freight,,4.5,t,0.012,km,,,2020-01-01,2035-12-31"))
    time.sleep(2)
    r = find(a, plan_ref=old.plan_ref)
    assert not r.plan_ref.same and list(r.plan_ref.changed) == ["agreed tariff", "price"], r.plan_ref
    rides = sum(l.mode == routing.TRAIN for l in old.legs)
    assert r.plan_ref.total_fen_before == old.total_fen and r.plan_ref.total_fen_now == old.total_fen + rides * 26000 == r.options[0].total_fen
    assert len(r.options) == 1
    try:
        a.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=question(), plan_ref=old.plan_ref))
        raise AssertionError("booked at a price that is no more")
    except Refused as e:
        assert e.code == "FAILED_PRECONDITION", e
    o = r.options[0]
    booked = a.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=question(), plan_ref=o.plan_ref))
    s = a.call("Shipments/Get", shipments.GetShipmentRequest(bill_no=booked.bill_no)).shipment
    assert s.total_fen == o.total_fen and any(l.agreed and l.source == "C-1" for l in s.option.lines)


def a_reference_says_what_changed():
    c = connect()
    o = find(c).options[0]
    other = c.call("Routing/FindRoutes", route_request(mass_kg=250000, families=[routing.RAIL_ROAD], ready_at=READY, commodity="copper_cathode", plan_ref=o.plan_ref))
    assert "request" in other.plan_ref.changed and not other.plan_ref.same
    late = route_request(mass_kg=260000, families=[routing.RAIL_ROAD], ready_at=READY + 10 * 86400, commodity="copper_cathode", plan_ref=o.plan_ref)
    r = c.call("Routing/FindRoutes", late)
    assert {"request", "option"} <= set(r.plan_ref.changed) and r.plan_ref.total_fen_now == 0 and len(r.options) > 1
    firm = find(connect(B), plan_ref=o.plan_ref)
    assert firm.plan_ref.same
    for bad in ("x" * 32, "0" * 31, "A" * 32):
        try:
            find(c, plan_ref=bad)
            raise AssertionError(bad)
        except Refused as e:
            assert e.code == "INVALID_ARGUMENT" and e.field == "plan_ref"


def broken_rows_are_refused_by_line():
    good = f"C-9,{TARIFF},freight,bulk,3.5,t,0.012,km,,,2020-01-01,2035-12-31"
    bad = ["C-9,,freight,,1,t,,,,,2020-01-01,2035-12-31", f"C-9,{TARIFF},freight,,x,t,,,,,2020-01-01,2035-12-31", f"C-9,{TARIFF},fright,,1,t,,,,,2020-01-01,2035-12-31",
           f"C-9,{TARIFF},freight,,1,ton,,,,,2020-01-01,2035-12-31", f"C-9,{TARIFF},freight,fish,1,t,,,,,2020-01-01,2035-12-31",
           f"C-9,{TARIFF},freight,,-1,t,,,,,2020-01-01,2035-12-31", f"C-9,{TARIFF},freight,,1,t,,,,,2020-02-30,2035-12-31",
           f"C-9,{TARIFF},freight,,1,t,,,,,2021-01-01,2020-12-31", f"C-9,{TARIFF},freight,,1,t,,mile,,,2020-01-01,2035-12-31"]
    text = tariff(A, "put", file(good, *bad, name="broken.csv"), ok=False)
    lines = {int(m[1]) for m in re.finditer(r"broken\.csv:(\d+): \w+ ", text)}
    assert lines == set(range(3, 3 + len(bad))), text
    text = tariff(A, "put", file(good, good, good.replace(TARIFF, "NO_SUCH"), name="broken.csv"), ok=False)
    assert "broken.csv:4: the network has no tariff \"NO_SUCH\"" in text, text
    assert "C-9" not in tariff(A, "list")  # nothing of it was put
    c = connect(A)
    rule = dict(contract="C-9", tariff_id=TARIFF, charge="freight", unit="t", valid_from="2026-01-01", valid_to="2026-12-31")
    for field, value in (("contract", ""), ("charge", "x"), ("unit", "x"), ("base_myuan", -1), ("min_myuan", 10**16), ("break_kg", 10**12), ("valid_from", "2026-1-1"),
                         ("valid_to", "2026-02-29"), ("cargo", ["x"])):
        try:
            c.call("Routing/PutAgreedTariff", routing.PutAgreedTariffRequest(rules=[routing.AgreedRule(**rule), routing.AgreedRule(**{**rule, field: value})]))
            raise AssertionError(field)
        except Refused as e:
            assert e.code == "INVALID_ARGUMENT" and e.field == f"rules[1].{field}", e


def each_firm_has_its_own():
    assert "C-1" in tariff(A, "list") and "C-1" not in tariff(B, "list")
    path = file(f"运单 7,{TARIFF},freight,,2,t,,,,,2020-01-01,2035-12-31")
    assert "PERMISSION_DENIED" in tariff(A, "put", path, "--firm", "Firm B", ok=False)
    assert "PERMISSION_DENIED" in tariff(B, "list", "--firm", "Firm A", ok=False)
    assert "NOT_FOUND" in tariff(OP, "put", path, "--firm", "Firm Z", ok=False)
    tariff(OP, "put", path, "--firm", "Firm B")
    assert "运单 7" in tariff(B, "list") and "运单 7" not in tariff(A, "list") and "运单 7" in tariff(OP, "list", "--firm", "Firm B")
    time.sleep(2)
    assert {l.source for o in find(connect(B)).options for l in o.lines if l.agreed} == {"运单 7"}
    assert {l.source for o in find(connect(A)).options for l in o.lines if l.agreed} == {"C-1"}
    tariff(B, "drop", "运单 7")
    time.sleep(2)
    assert same(find(connect(B)), find(connect()))


def without_postgresql_the_answer_says_so():
    a, b, nobody = connect(A), connect(B), connect()
    known = find(a)
    assert not any("PostgreSQL" in w for w in known.warnings)
    pg.tool("stop")
    time.sleep(1.5)
    now = find(a)
    assert same(now, known) and any("known last" in w for w in now.warnings), now.warnings
    assert not any("PostgreSQL" in w for w in find(nobody).warnings)
    try:
        a.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=question(), plan_ref=known.options[0].plan_ref))
        raise AssertionError("booked without a database")
    except Refused as e:
        assert e.code == "UNAVAILABLE", e
    pg.tool("start")
    for _ in range(100):
        time.sleep(0.1)
        if not find(a).warnings or not any("PostgreSQL" in w for w in find(a).warnings):
            break
    else:
        raise AssertionError("still without agreed tariffs")
    assert same(find(a), known)


TESTS = [put_and_see, a_change_shows_and_is_told, a_reference_says_what_changed, broken_rows_are_refused_by_line, each_firm_has_its_own,
         without_postgresql_the_answer_says_so, d.close]
try:
    zh.run([(f.__name__, f) for f in TESTS])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
