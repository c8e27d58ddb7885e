#!/usr/bin/python3
"""Demands that planners put: O-D tables and consignments, in one piece or many, kept and shared like scenarios, assigned and
appraised by name and version."""
import os, pathlib, subprocess, sys, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, Refused, planning

os.environ["ZH_PG_FAST"] = "1"
pg = Postgres()
pg.setup()
one, other = pg.token("Plan A", "planner"), pg.token("Plan B", "planner")
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--demands-max", "5", "--demand-max", "2000000")
TABLE = b"o,d,volume,goods_group,period\n\xe5\xa4\xa7\xe5\x86\xb6,EHU,40,steel,AM\n2001,2010,30,parcels,AM\n2010,2001,20,steel,PM\n"


def connect(token):
    for _ in range(100):
        try:
            return Client(d.port, token, timeout=120)
        except (Refused, zh.Gone, OSError):
            time.sleep(0.1)
    raise AssertionError(d.text()[-2000:])


a, b, nobody = connect(one), connect(other), connect(b"")


def put(name, content, client=None, check_only=False, expected_version=0, **more):
    return (client or a).call("Planning/PutDemand", planning.PutDemandRequest(
        name=name, content=content, check_only=check_only, expected_version=expected_version, demand=planning.Demand(**more)))


def refused(code, field, f, *args, **more):
    try:
        f(*args, **more)
    except Refused as e:
        assert (e.code, e.field) == (code, field), e
        return e
    raise AssertionError(f"{code} {field} expected")


def work(method, request, reply, client=None):
    c = client or a
    c.send("Planning/" + method, request)
    while True:
        r = c.reply()
        if r.status.code:
            raise Refused(r.status)
        if not r.more:
            return reply.FromString(r.body)


def assign(name, client=None, scenario="", gap=1e-9, **spec):
    return work("Assign", planning.AssignRequest(scenario_id=scenario, gap=gap, demand=planning.DemandSpec(name=name, **spec)), planning.AssignReply, client)


def get(name, client=None, version=0):
    return (client or a).call("Planning/GetDemand", planning.GetDemandRequest(name=name, version=version)).demand


def test_put_report_and_assign():
    r = put("od", TABLE, source="a count of 2026")
    assert r.demand.version == 1 and r.demand.lorries == 90 and r.demand.pairs == 3 and not r.refused, r
    assert {(t.goods_group, t.period, t.volume) for t in r.demand.tables} == {("steel", "AM", 40), ("parcels", "AM", 30), ("steel", "PM", 20)}
    assert get("od") == r.demand and r.demand.firm == "Plan A" and r.demand.author
    x = assign("od")
    assert x.demand_version == f"od@1 {r.demand.demand_version}" and not x.families
    assert any("a count of 2026" in t and "od" in t for t in x.assumptions), x.assumptions
    # all lorries leave their zones: what the links of a zone carry
    out = sum(l.trucks for l in x.links if l.from_node_id == 2010)
    assert abs(out - 20) < 1e-6 or out > 20
    part = assign("od", goods_group="steel", period="PM", factor=2)
    assert abs(sum(l.trucks for l in part.links if l.from_node_id == 2010) - 40) < 1e-6
    assert abs(sum(l.trucks for l in part.links if l.to_node_id == 2001) - 40) < 1e-6


def test_all_errors_at_once_and_nothing_put():
    bad = b"o,d,volume\n2001,2010,x\n,2010,1\n2001,2010,1\n2001,nowhere,9\n"
    r = put("bad", bad)
    assert r.refused_count == 2 and [t.split(":")[1] for t in r.refused] == ["2", "3"] and r.demand.version == 0
    assert r.demand.unknown == 1 and list(r.demand.unknown_zones) == ["nowhere"] and r.demand.unknown_volume == 9
    refused("NOT_FOUND", "name", get, "bad")
    fair = bad.replace(b"2001,2010,x\n,2010,1\n", b"")
    assert put("bad", fair).demand.version == 0  # an unknown zone alone refuses it, too
    refused("NOT_FOUND", "name", get, "bad")
    assert put("bad", fair, allow_unknown=True, check_only=True).demand.version == 0
    assert put("bad", fair, allow_unknown=True).demand.version == 1
    assert any("1 rows with 9" in t for t in assign("bad").assumptions)  # and every result says so
    a.call("Planning/DeleteDemand", planning.DeleteDemandRequest(name="bad"))


def test_any_bytes_have_a_reply_that_can_be_read():
    wide = "中" * 30  # longer than what a report quotes: cut within a character
    for table in (f"o,d,volume\n2001,2010,{wide}\n", f"o,d,volume\n2001,a{wide},3\n", f"<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 2001\n {wide} 70;\n"):
        r = put("bytes", table.encode())
        assert "中中中" in "".join(r.refused) + "".join(r.demand.unknown_zones), r
    assert any("save the table as UTF-8" in t for t in put("bytes", "o,d,volume,group\n大冶,2010,3,钢\n".encode("gbk")).refused)
    assert put("bytes", "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 2001\n 大冶:1;\n".encode("gbk")).refused_count == 1
    refused("INVALID_ARGUMENT", "", put, "bytes", "<NUMBER OF ZONES> 大冶\n<END OF METADATA>\n".encode("gbk"))


def test_tntp_and_consignments():
    tntp = b"<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 91\n<END OF METADATA>\nOrigin 2001\n2010 : 70;\nOrigin 2010\n2001 : 20;\n"
    r = put("table", tntp, unit=planning.TONNES, vehicle_class=4)
    assert r.demand.format == planning.OD_TNTP and r.demand.tonnes == 90 and any("91" in w for w in r.warnings)
    x = assign("table", logit=False)
    assert 0 < sum(l.trucks for l in x.links if l.from_node_id == 2010) < 20
    rows = b"".join(open(zh.ROOT / "data" / "demand.csv", "rb").readlines()[:101])
    r = put("goods", rows)
    assert r.demand.format == planning.CONSIGNMENTS_CSV and r.demand.pairs == 100
    x = assign("goods")
    assert sum(f.tonnes for f in x.families) > 100 and x.demand_version.startswith("goods@1 ")


def test_pieces():
    rows = [b"o,d,volume\n"] + [b"%d,%d,1\n" % (o, o % 7 + 2001) for o in range(2001, 2017)] * 6000
    whole = b"".join(rows)
    assert len(whole) > 1000000  # frames hold 256 KiB
    upload, sent = "", 0
    while sent < len(whole):
        piece = whole[sent:sent + 200000]
        sent += len(piece)
        r = a.call("Planning/PutDemand", planning.PutDemandRequest(name="long", content=piece, upload=upload, more=sent < len(whole)))
        upload = r.upload
        assert r.received in (0, sent)
    assert r.demand.version == 1 and r.demand.bytes == len(whole) and r.demand.lorries == 96000 and r.demand.repeated > 90000
    refused("NOT_FOUND", "upload", a.call, "Planning/PutDemand", planning.PutDemandRequest(name="long", content=b"x", upload=str(uuid.uuid4())))
    first = a.call("Planning/PutDemand", planning.PutDemandRequest(name="long", content=b"o,d,volume\n", more=True)).upload
    refused("NOT_FOUND", "upload", b.call, "Planning/PutDemand", planning.PutDemandRequest(name="long", content=b"x", upload=first))
    refused("NOT_FOUND", "upload", a.call, "Planning/PutDemand", planning.PutDemandRequest(name="wrong", content=b"x", upload=first))
    for i in range(12):  # more than a demand may have: given up
        try:
            a.call("Planning/PutDemand", planning.PutDemandRequest(name="long", content=b"1,1,1\n" * 30000, upload=first, more=True))
        except Refused as r:
            assert (r.code, r.field) == ("RESOURCE_EXHAUSTED", "content"), r
            break
    assert i == 11, i  # 2,000,000 bytes
    a.call("Planning/DeleteDemand", planning.DeleteDemandRequest(name="long"))


def test_versions_and_sharing():
    assert put("mine", TABLE).demand.version == 1
    refused("FAILED_PRECONDITION", "expected_version", put, "mine", TABLE, expected_version=7)
    assert put("mine", TABLE + b"2001,2016,5,,\n", expected_version=1).demand.version == 2
    assert get("mine", version=1).lorries == 90 and get("mine").lorries == 95
    refused("NOT_FOUND", "name", get, "mine", version=9)
    assert assign("mine", version=1).demand_version.startswith("mine@1 ") and assign("mine").demand_version.startswith("mine@2 ")
    refused("NOT_FOUND", "demand.version", assign, "mine", version=9)
    for who in (b, nobody):
        refused("NOT_FOUND", "name", get, "mine", who)
        refused("NOT_FOUND", "demand.name", assign, "mine", who)
    assert put("mine", TABLE, shared=True).demand.shared
    for who in (b, nobody):
        assert get("mine", who).version == 3 and assign("mine", who).demand_version.startswith("mine@3 ")
        assert "mine" in [x.name for x in who.call("Planning/ListDemands", planning.ListDemandsRequest()).demands]
    refused("NOT_FOUND", "name", b.call, "Planning/DeleteDemand", planning.DeleteDemandRequest(name="mine"))
    assert put("mine", TABLE, b).demand.firm == "Plan B" and get("mine", b).version == 1  # its own before another's
    b.call("Planning/DeleteDemand", planning.DeleteDemandRequest(name="mine"))
    refused("UNAUTHENTICATED", "token", put, "mine", TABLE, nobody)


def test_names_pages_and_bounds():
    for name in ("bundled", "", "a b", "x" * 65):
        refused("INVALID_ARGUMENT", "name", put, name, TABLE)
    refused("INVALID_ARGUMENT", "demand.vehicle_class", put, "x", TABLE, vehicle_class=7)
    refused("INVALID_ARGUMENT", "demand.unit", put, "x", TABLE, format=planning.CONSIGNMENTS_CSV, unit=planning.TONNES)
    refused("INVALID_ARGUMENT", "demand.logit", assign, "od", logit=True)
    refused("INVALID_ARGUMENT", "demand.period", assign, "od", period="noon")
    refused("INVALID_ARGUMENT", "demand.period", assign, "", period="AM")
    refused("INVALID_ARGUMENT", "demand.version", assign, "bundled", version=2)
    names = [x.name for x in a.call("Planning/ListDemands", planning.ListDemandsRequest()).demands]
    assert names == sorted(names) and len(names) == 4, names
    page = a.call("Planning/ListDemands", planning.ListDemandsRequest(page_size=3))
    rest = a.call("Planning/ListDemands", planning.ListDemandsRequest(page_size=3, page_token=page.next_page_token))
    assert [x.name for x in list(page.demands) + list(rest.demands)] == names and not rest.next_page_token
    put("fifth", TABLE)
    refused("RESOURCE_EXHAUSTED", "", put, "sixth", TABLE)


def test_compared_and_kept_over_a_restart():
    q = planning.CompareRequest(after_scenario_id="project-P02", gap=1e-9, demand=planning.DemandSpec(name="mine", version=3))
    before = work("Compare", q, planning.CompareReply)
    assert before.demand_version.startswith("mine@3 ") and before.identity.holds and not before.families_before
    assert {z.goods_group for z in before.goods_groups} <= {"steel", "parcels"}
    appraised = work("Appraise", planning.AppraiseRequest(compare=q), planning.AppraiseReply)
    assert appraised.compare.demand_version == before.demand_version and len(appraised.cases) >= 7
    assert d.stop() == 0
    d.start()
    global a
    a = connect(one)
    after = work("Compare", q, planning.CompareReply)
    assert after.benefit_yuan == before.benefit_yuan and after.demand_version == before.demand_version


def test_the_command_line():
    table = pathlib.Path(d.dir, "od.csv")
    table.write_bytes(TABLE)
    env = {**os.environ, "ZONGHENG_SERVER": f"127.0.0.1:{d.port}", "ZONGHENG_TOKEN": one.decode()}
    def run(*words):
        return subprocess.run([str(zh.BUILD / "zongheng"), *words], capture_output=True, text=True, env=env)
    p = run("demand", "put", "od", str(table), "--unit", "tonnes")
    assert p.returncode == 0 and "od version 2" in p.stdout and "90 t a day" in p.stdout, p
    assert "steel" in run("demand", "show", "od").stdout and "90" in run("demand", "list").stdout
    p = run("assign", "--demand", "od@1", "--period", "AM", "--json")
    assert p.returncode == 0 and '"od@1 ' in p.stdout, p
    table.write_text("o,d,volume\n1,x,?\n")
    p = run("demand", "put", "od", str(table))
    assert p.returncode == 1 and "demand:2" in p.stdout and "nothing was put" in p.stderr, p
    assert run("demand", "delete", "od").returncode == 0 and run("demand", "show", "od").returncode == 1


def test_without_a_database():
    e = Daemon("--anonymous", "yes")
    try:
        c = Client(e.port, timeout=120)
        r = put("here", TABLE, c)
        assert r.demand.version == 1 and any("no database" in w for w in r.warnings)
        assert put("here", TABLE, c).demand.version == 2
        assert assign("here", c).demand_version.startswith("here@2 ")
        refused("NOT_FOUND", "demand.version", assign, "here", c, version=1)  # only the newest lives here
        assert [x.name for x in c.call("Planning/ListDemands", planning.ListDemandsRequest()).demands] == ["here"]
        c.call("Planning/DeleteDemand", planning.DeleteDemandRequest(name="here"))
        refused("NOT_FOUND", "name", get, "here", c)
    finally:
        e.close()


try:
    zh.run([(n, f) for n, f in list(globals().items()) if n.startswith("test_")])
finally:
    d.close()
    pg.close()
