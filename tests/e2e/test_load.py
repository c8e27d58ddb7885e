#!/usr/bin/python3
"""zongheng-load against a daemon with PostgreSQL: every kind of request, what it checks and verifies, that the same
seed asks the same whatever the threads, that two networks are told apart, that its exit status tells a fault, and that
what-ifs leave nothing behind.

Seen to fail: verified against a database without the bookings (all missing); a limit of p99 that nothing keeps."""
import json, pathlib, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Daemon, Postgres

LOAD = str(zh.BUILD / "zongheng-load")
ALL = "place=4,route=6,cost=6,matrix=2,reach=2,status=1,book=6,settle=2,get=2,list=2,event=3,events=2,cancel=2,affected=3,watch=2," \
      "costs=1,families=1,departures=2,tariffs=1,network=1,access=2,scenarios=1,scenario=1,jobs=1,demands=1,draft=2,whatif=2"
pg = Postgres()
pg.setup()
token, planner = pg.token().decode(), pg.token(role="planner").decode()
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes")
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-load-"))


def load(form, *options, want=0, server=None):
    p = subprocess.run([LOAD, form, "--server", f"127.0.0.1:{(server or d).port}", "--token", token, *map(str, options)],
                       capture_output=True, text=True, cwd=zh.ROOT, timeout=120)
    assert p.returncode == want, (p.returncode, p.stdout[-3000:], p.stderr[-2000:])
    return p.stdout + p.stderr


def scenarios_left():
    return int(pg.sql("SELECT count(*) FROM zh.scenario"))


def every_kind_is_answered_checked_and_verified():
    marks = tmp / "marks"
    marks.write_text(f"{time.time() + 2.5:.3f} something <broke>\n1.0 long ago\n")
    load("replay", "--rate", 80, "--duration", "3s", "--warmup", "500ms", "--mix", ALL, "--threads", 2, "--deadline", "30s", "--planner", planner,
         "--verify", pg.conninfo("postgres"), "--report", tmp / "r.json", "--html", tmp / "r.html", "--marks", marks)
    r = json.loads((tmp / "r.json").read_text())
    assert r["checks"]["answers"] > 100 and r["checks"]["broken"] == 0, r["checks"]
    v = r["verified"]
    assert v["booked"]["asked"] > 5 and v["recorded"]["asked"] > 0 and v["unbalanced_departures"] == 0, v
    for k in ("booked", "cancelled", "recorded", "refused"):
        assert v[k]["asked"] == v[k]["good"], v
    missing = (set(w.split("=")[0] for w in ALL.split(",")) | {"quote", "put", "delete"}) - set(r["requests"])
    assert not missing, missing
    what_ifs = [r["requests"][k] for k in ("put", "whatif", "delete")]
    assert what_ifs[0]["ok"] > 0 and what_ifs[0]["ok"] == what_ifs[1]["ok"] == what_ifs[2]["ok"] and scenarios_left() == 0, (what_ifs, scenarios_left())
    a = r["requests"]["all"]
    assert a["failed"] == 0 and a["ok"] + a["late"] + a["shed"] + a["expired"] == a["sent"], a
    assert [m["text"] for m in r["marks"]] == ["something <broke>"], r["marks"]
    page = (tmp / "r.html").read_text()
    assert "something &lt;broke&gt;" in page and "<svg" in page and token not in page and planner not in page and "http" not in page.replace("http-equiv", "")


def what_ifs_leave_nothing_behind():
    """Interrupted just after PostgreSQL broke off, and far more than can be done, most of it out of time."""
    common = ("--server", f"127.0.0.1:{d.port}", "--token", planner, "--mix", "whatif=1", "--drain", "60s")
    p = subprocess.Popen([LOAD, "replay", "--rate", "60", "--duration", "60s", *common], stdout=subprocess.PIPE, text=True, cwd=zh.ROOT)
    end = time.time() + 20
    while scenarios_left() == 0:  # in the middle of one
        assert time.time() < end and p.poll() is None
    pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'zh_api'")
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    out = p.communicate(timeout=90)[0]
    assert p.returncode == 0 and scenarios_left() == 0, (out, scenarios_left())
    p = subprocess.run([LOAD, "replay", "--rate", "2000", "--duration", "1s", "--connections", "16", "--deadline", "100ms", *common,
                        "--report", str(tmp / "w.json")], capture_output=True, text=True, cwd=zh.ROOT, timeout=120)
    r = json.loads((tmp / "w.json").read_text())["requests"]
    assert r["put"]["expired"] + r["put"]["shed"] + r["whatif"]["expired"] > 0 and scenarios_left() == 0, (p.stdout, scenarios_left())


def a_token_that_may_not_ask_ends_the_run_at_once():
    began = time.time()
    for mix, who, role in (("route=5,whatif=1", token, "planner, operator"), ("jobs=1", token, "planner, operator"), ("route=5,book=1", planner, "shipper"),
                           ("tariffs=1", "", "anonymous")):
        p = subprocess.run([LOAD, "replay", "--server", f"127.0.0.1:{d.port}", "--token", who, "--rate", "20", "--duration", "60s", "--mix", mix, "--threads", "2"],
                           capture_output=True, text=True, cwd=zh.ROOT, timeout=50)
        assert p.returncode == 1 and "--mix" in p.stderr and role in p.stderr, (mix, p.stdout, p.stderr)
    assert time.time() - began < 50 and scenarios_left() == 0
    p = subprocess.run([LOAD, "flood", "--server", f"127.0.0.1:{d.port}", "--token", token, "--planner", "0" * 64, "--count", "5", "--mix", "jobs=1"],
                       capture_output=True, text=True, cwd=zh.ROOT, timeout=60)
    assert p.returncode == 1 and "UNAUTHENTICATED" in p.stderr, p.stderr


def kinds_are_asked_in_a_scenario():
    out = load("flood", "--count", 60, "--check", "yes", "--scenario", "project-P02", "--planner", planner,
               "--mix", "place=1,route=1,cost=1,matrix=1,reach=1,families=1,network=1,access=1,scenario=1,affected=1,draft=1,whatif=1")
    assert "0 break a rule" in out and scenarios_left() == 0, out


def a_database_without_the_bookings_is_told():
    pg.sql("CREATE DATABASE empty TEMPLATE template0")
    for f in sorted((zh.ROOT / "schemas").glob("*.sql")):
        pg.tool("psql", "-d", "empty", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(f))
    out = load("flood", "--count", 6, "--mix", "book=1", "--verify", pg.conninfo("postgres").replace("dbname=zongheng", "dbname=empty"), want=1)
    assert "0 as acknowledged, 6 missing" in out, out


def the_same_seed_asks_the_same_and_differences_are_listed():
    common = ("--mix", "route=9,cost=6,place=3,matrix=1,costs=1,families=1,departures=1,network=1,access=1,scenario=1,draft=1,whatif=1", "--table", 150, "--check", "yes", "--planner", planner,
              "--start", "2027-03-01", "--seed", 7, "--digest", "yes")  # a table of two blocks
    load("flood", "--count", 300, *common, "--answers", tmp / "a", "--report", tmp / "a.json")
    load("flood", "--count", 300, *common, "--answers", tmp / "b", "--report", tmp / "b.json", "--threads", 3, "--connections", 7, "--depth", 5)
    load("replay", "--rate", 300, "--duration", "1s", "--arrivals", "even", *common, "--report", tmp / "c.json")
    digests = [json.loads((tmp / f).read_text())["digest"] for f in ("a.json", "b.json", "c.json")]
    assert digests[0] == digests[1] == digests[2] and digests[0]["answers"] == 300, digests
    assert subprocess.run([LOAD, "diff", str(tmp / "a"), str(tmp / "b")], capture_output=True).returncode == 0
    data = tmp / "data"  # the same network but for its tolls
    subprocess.run(["cp", "-r", str(zh.ROOT / "data"), str(data)], check=True)
    rows = [line.split(",") for line in (data / "toll.csv").read_text().splitlines()]
    assert rows[0][2] == "cny_per_km"
    for row in rows[1:]:
        row[2] = str(float(row[2]) + 0.1)
    (data / "toll.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    subprocess.run([str(zh.BUILD / "zongheng"), "network", "build", "--gmns", str(data), "-o", str(tmp / "other.net")], check=True, capture_output=True)
    other = Daemon("--anonymous", "yes", network=tmp / "other.net")
    common = [x for x in common if x not in ("--planner", planner)]
    p = subprocess.run([LOAD, "flood", "--server", f"127.0.0.1:{other.port}", "--count", "300", *map(str, common), "--answers", str(tmp / "o")],
                       capture_output=True, text=True, cwd=zh.ROOT)
    assert p.returncode == 0, p.stdout + p.stderr
    other.close()
    p = subprocess.run([LOAD, "diff", str(tmp / "a"), str(tmp / "o")], capture_output=True, text=True)
    lines = [x for x in p.stdout.splitlines() if x[0] in "-+"]
    kinds = {x.split(",")[1] for x in lines}
    assert p.returncode == 1 and "cost" in kinds and "route" in kinds and "place" not in kinds, p.stdout[-500:]
    assert p.stdout.splitlines()[-1] == f"{len(lines) // 2} differences"


def paces_send_what_they_should():
    load("replay", "--speed", 100000, "--duration", "2s", "--mix", "status=1", "--report", tmp / "s.json")  # 2 s are 3333 min of demand
    rows = [line.split(",") for line in (zh.ROOT / "data" / "demand.csv").read_text().splitlines()]
    first = int(rows[1][1])
    want = sum(1 for r in rows[1:] if (int(r[1]) - first) * 60 / 100000 < 2)
    sent = json.loads((tmp / "s.json").read_text())["requests"]["all"]["sent"]
    assert sent == want, (sent, want)
    load("replay", "--curve", "huahu", "--rate", 100, "--speed", 28800, "--duration", "3s", "--start", "2027-03-01", "--mix", "status=1",
         "--report", tmp / "p.json")
    r = json.loads((tmp / "p.json").read_text())
    assert abs(r["requests"]["all"]["sent"] - 300) <= 3
    night = sum(w["due"] for w in r["timeline"] if 0.1 <= w["at_s"] < 0.6)  # 01:00 to 05:00
    assert night > 140, night


def a_search_and_steps_say_what_held():
    load("steps", "--from", 20, "--to", 80, "--factor", 2, "--each", "300ms", "--mix", "status=1", "--report", tmp / "t.json")
    assert [s["rate_per_s"] for s in json.loads((tmp / "t.json").read_text())["stages"]] == [20, 40, 80]
    load("search", "--p99", "5000ms", "--from", 20, "--to", 40, "--each", "300ms", "--mix", "status=1", "--report", tmp / "t.json", "--html", tmp / "t.html")
    assert json.loads((tmp / "t.json").read_text())["highest_rate_per_s"] == 40
    out = load("search", "--p99", "0.001ms", "--from", 0.02, "--each", "50ms", "--mix", "status=1", "--start", "2027-03-01")
    assert "no rate kept" in out, out


def what_cannot_be_done_is_refused():
    for options, word in ((("replay", "--rate", "5"), "--duration"), (("replay", "--rate", "5", "--speed", "2", "--duration", "1s"), "not both"),
                          (("flood", "--rate", "5"), "--rate"), (("replay", "--mix", "quote=1"), "--mix"), (("steps", "--from", "1"), "--to"),
                          (("replay", "--curve", "day", "--duration", "1s"), "--rate"), (("flood", "--connections", "3", "--threads", "4"), "--threads"),
                          (("diff", "x"), "two files"), (("replay", "--rate", "0", "--duration", "1s"), "--rate"),
                          (("flood", "--check", "perhaps"), "yes or no"), (("flood", "--mix", "put=1"), "--mix"), (("flood", "--table", "1001", "--mix", "matrix=1"), "--table"),
                          (("flood", "--mix", "costs=1", "--scenario", "x"), "network in force"), (("flood", "--mix", "route=1,book=1", "--scenario", "x"), "network in force"),
                          (("flood", "--planner", "x", "--connections", "1"), "--planner"), (("search", "--p99", "5s", "--from", "1", "--each", "1s"), "milliseconds")):
        p = subprocess.run([LOAD, *options], capture_output=True, text=True, cwd=zh.ROOT)
        assert p.returncode == 2 and word in p.stderr, (options, p.stderr)
    p = subprocess.run([LOAD, "flood", "--server", "127.0.0.1:1", "--count", "1"], capture_output=True, text=True, cwd=zh.ROOT)
    assert p.returncode == 1 and "UNAVAILABLE" in p.stderr, p.stderr


try:
    zh.run([(f.__name__, f) for f in (
        every_kind_is_answered_checked_and_verified, what_ifs_leave_nothing_behind, a_token_that_may_not_ask_ends_the_run_at_once,
        kinds_are_asked_in_a_scenario, a_database_without_the_bookings_is_told,
        the_same_seed_asks_the_same_and_differences_are_listed, paces_send_what_they_should, a_search_and_steps_say_what_held,
        what_cannot_be_done_is_refused, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
