#!/usr/bin/python3
"""Scenarios through SIGHUP: a reload rebases them on the new network, as if they had been put there; one that no longer
applies is refused with what is wrong while the base and others serve, and comes back with a network that it fits."""
import csv, os, pathlib, shutil, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Refused, planning, route_request, routing

LINK, FROM, TO = 112, 1039, 1043  # of G42S, tolled; no project or corridor names it
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-scenarios-reload-"))


def network(name, **files):
    """The bundled data with rows of some files changed, built."""
    data = tmp / name
    shutil.copytree(zh.ROOT / "data", data)
    for file, change in files.items():
        rows = list(csv.DictReader(open(data / f"{file}.csv", newline="")))
        for row in rows:
            change(row)
        with open(data / f"{file}.csv", "w", newline="") as f:
            w = csv.DictWriter(f, rows[0], lineterminator="\n")
            w.writeheader()
            w.writerows(rows)
    subprocess.run([str(zh.BUILD / "zongheng"), "network", "build", "--gmns", str(data), "-o", str(tmp / f"{name}.net")],
                   check=True, capture_output=True)
    return (tmp / f"{name}.net").read_bytes()


def dearer(row):
    row["cny_per_km"] = str(float(row["cny_per_km"]) * 2)


def renumbered(row):
    if row["link_id"] == str(LINK):
        row["link_id"] = "987654"


def slower(row):
    if row["link_id"] == str(LINK):
        row["free_speed"] = "70"


def reload(content):
    (tmp / "new").write_bytes(content)
    os.replace(tmp / "new", tmp / "live.net")
    before, end = ask(c).network_version, time.time() + 60
    d.signal(signal.SIGHUP)
    while ask(c).network_version == before:  # its log speaks before every loop has the new one
        assert time.time() < end and "event=reload_refused" not in d.text(), d.text()[-2000:]
        time.sleep(0.02)


def ask(client, sid=""):
    r = route_request(families=[routing.ROAD], ready_at=READY, scenario_id=sid)
    r.origin.node_id, r.destination.node_id = FROM, TO
    return client.call("Routing/FindRoutes", r, 20000)


def bytes_of(reply):
    return reply.SerializeToString(deterministic=True)


def put_all(client):
    """faster: asserts what it changes; narrow: on a prerequisite; elsewhere: of another road."""
    links = planning.LinkRef(link_ids=[LINK])
    faster = planning.Modification(change_link=planning.ChangeLink(
        links=links, existing=planning.LinkFigures(speed_kmh=100), set=planning.LinkFigures(speed_kmh=120)))
    for sid, m, needs in (("faster", faster, []), ("closed", planning.Modification(close_link=planning.CloseLink(links=links)), ["faster"]),
                          ("elsewhere", planning.Modification(close_link=planning.CloseLink(links=planning.LinkRef(link_ids=[7]))), [])):
        r = client.call("Planning/PutScenario", planning.PutScenarioRequest(scenario=planning.Scenario(
            scenario_id=sid, name_zh="测试", modifications=[m], prerequisites=needs)), 20000)
        assert not r.errors, r.errors


def cheapest(reply):
    return min(o.total_fen for o in reply.options)


def a_reload_rebases_scenarios():
    base, there = ask(c), {s: ask(c, s) for s in SCENARIOS}
    assert len({base.network_version} | {x.network_version for x in there.values()}) == 4
    assert bytes_of(there["closed"].options[0]) != bytes_of(there["faster"].options[0])
    reload(tolls)
    fresh = Daemon("--anonymous", "yes", network=tmp / "live.net")
    try:
        f = Client(fresh.port)
        put_all(f)
        assert ask(c).network_version == ask(f).network_version != base.network_version
        for sid in SCENARIOS:
            now, want = ask(c, sid), ask(f, sid)
            assert now.network_version == want.network_version not in (there[sid].network_version, ask(c).network_version), sid
            assert bytes_of(now) == bytes_of(want), sid
            assert cheapest(now) > cheapest(there[sid]), (sid, "the new tolls are not paid")
    finally:
        fresh.close()


def refused(sid, *said):
    try:
        ask(c, sid)
    except Refused as e:
        assert (e.code, e.field) == ("FAILED_PRECONDITION", "scenario_id"), e
        for words in ("no longer applies", ask(c).network_version[:8], *said):
            assert words in str(e), (words, str(e))
        return
    raise AssertionError(f"{sid} still answers")


def the_base_serves():
    assert ask(c).options and ask(c, "elsewhere").options and ask(c, "project-P02").options


def one_that_no_longer_applies_is_refused():
    reload(other_speed)
    refused("faster", "existing.speed_kmh", "70")
    refused("closed", "faster", "existing.speed_kmh")  # its prerequisite is what is wrong
    the_base_serves()
    reload(gone)
    refused("faster", "links.link_ids", str(LINK))
    the_base_serves()
    shown = c.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="faster"))
    assert shown.scenario.modifications[0].change_link.links.link_ids == [LINK], "it is still there to be mended"
    assert [(e.index, e.field) for e in shown.errors] == [(0, "links.link_ids")] and str(LINK) in shown.errors[0].message, shown.errors


def it_comes_back_with_a_network_that_it_fits():
    reload(first)
    for sid in SCENARIOS:
        assert bytes_of(ask(c, sid)) == before[sid], sid
    assert bytes_of(ask(c)) == before[""]


def connect(daemon, token):
    for _ in range(300):  # until it is connected to PostgreSQL
        try:
            return Client(daemon.port, token, timeout=60)
        except Refused as e:
            assert e.code == "UNAVAILABLE", e
            time.sleep(0.1)
    raise AssertionError(daemon.text()[-2000:])


def with_a_database():
    """Two daemons on one PostgreSQL: what is kept is rebased by each, its report is the same, and a version that fits is taken up by both."""
    global c, d
    os.environ["ZH_PG_FAST"] = "1"
    pg, mine = zh.Postgres(), []
    old = c, d
    try:
        pg.setup()
        token, other = pg.token("Firm A", "planner"), pg.token("Firm B", "planner")
        (tmp / "live.net").write_bytes(first)
        mine = [Daemon("--database", pg.conninfo("zh_api"), network=tmp / "live.net") for _ in range(2)]
        clients = [connect(x, token) for x in mine]
        put_all(clients[0])
        assert [bytes_of(ask(x, s)) for x in clients for s in SCENARIOS] == 2 * [before[s] for s in SCENARIOS]
        for d, c in zip(mine, clients):
            reload(other_speed)
        for c in clients:
            refused("faster", "existing.speed_kmh", "70")
            refused("closed", "faster", "existing.speed_kmh")
            the_base_serves()
            shown = c.call("Planning/GetScenario", planning.GetScenarioRequest(scenario_id="faster"))
            assert [e.field for e in shown.errors] == ["existing.speed_kmh"] and shown.scenario.version == 1
            job = c.call("Planning/Assign", planning.AssignRequest(scenario_id="faster", detached=True)).job  # nor can a job be in it
            while (r := c.call("Planning/GetJob", planning.GetJobRequest(job_id=job.job_id)).job).state in (planning.WAITING, planning.RUNNING):
                time.sleep(0.1)
            assert r.state == planning.FAILED and "no longer applies" in r.text, r
        try:
            ask(connect(mine[0], other), "faster")
            raise AssertionError("another firm's")
        except Refused as e:
            assert e.code == "NOT_FOUND", e  # not that it no longer applies
        mended = planning.Modification(change_link=planning.ChangeLink(links=planning.LinkRef(link_ids=[LINK]),
                                       existing=planning.LinkFigures(speed_kmh=70), set=planning.LinkFigures(speed_kmh=120)))
        r = clients[1].call("Planning/PutScenario", planning.PutScenarioRequest(expected_version=1, scenario=planning.Scenario(scenario_id="faster", modifications=[mended])))
        assert r.scenario.version == 2 and not r.errors
        time.sleep(1.1)  # the other looks again after a second
        assert bytes_of(ask(clients[0], "faster")) == bytes_of(ask(clients[1], "faster")) and ask(clients[0], "closed").options
        mine[0].stop()
        mine[0].start()
        assert bytes_of(ask(connect(mine[0], token), "faster")) == bytes_of(ask(clients[1], "faster"))
    finally:
        c, d = old
        for x in mine:
            x.close()
        pg.close()


READY = zh.ready_at(3)
SCENARIOS = ["faster", "closed", "elsewhere"]
first = (zh.BUILD / "daye.net").read_bytes()
tolls, other_speed, gone = network("tolls", toll=dearer), network("speed", link=slower), network("gone", link=renumbered)
(tmp / "live.net").write_bytes(first)
d = Daemon("--anonymous", "yes", network=tmp / "live.net")
c = Client(d.port)
put_all(c)
before = {sid: bytes_of(ask(c, sid)) for sid in ["", *SCENARIOS]}
try:
    zh.run([(t.__name__, t) for t in (a_reload_rebases_scenarios, one_that_no_longer_applies_is_refused,
                                      it_comes_back_with_a_network_that_it_fits, with_a_database)])
finally:
    d.close()
    shutil.rmtree(tmp, ignore_errors=True)
