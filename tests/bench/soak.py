#!/usr/bin/python3
"""make soak-serve: the daemon for SOAK_SECONDS (1800) under routing, booking, cancelling, tracking, tables and what-ifs, while the network is
reloaded, PostgreSQL is restarted and killed, connections come and go, and a planner puts scenarios, asks in them and deletes
them. Every minute has its fault, marked on the time line. At the end: nothing lost or doubled (looked up in PostgreSQL), no
rule broken, memory and descriptors as they were: the slope of a straight line through the last three fifths (by then every
fault has been there once), and what the allocator says is in use, once a second: the median of each fifth. Writes the report of zongheng-load with memory and descriptors over time to
docs/soak.html (SOAK_REPORT), exit status 1 on any breach."""
import json, math, os, pathlib, random, re, shutil, signal, statistics, subprocess, sys, tempfile, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import Client, Daemon, Gone, Postgres, Refused, ops, planning, routing, route_request

SECONDS = int(os.environ.get("SOAK_SECONDS", "1800"))
RATE = float(os.environ.get("SOAK_RATE", "120"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
REPORT = pathlib.Path(os.environ.get("SOAK_REPORT", str(zh.ROOT / "docs" / "soak.html")))
MIX = ("place=5,route=40,cost=35,matrix=2,reach=2,status=2,book=6,settle=1,get=3,list=1,event=3,events=1,cancel=3,"
       "costs=1,families=1,departures=2,network=1,access=2,scenario=1,scenarios=1,jobs=1,demands=1,tariffs=1,draft=2,whatif=1")
EVERY = max(10, min(60, SECONDS / 20))  # seconds between two faults
rng = random.Random(SEED)
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-soak-"))
pg = Postgres()
pg.setup()
token = pg.token().decode()
planner = pg.token("Planners", "planner")
net = tmp / "live.net"
versions = [(zh.BUILD / "daye.net").read_bytes(), zh.dearer_network(tmp)]
net.write_bytes(versions[0])
d = Daemon("--database", pg.conninfo("zh_api"), "--loops", "2", "--http", "127.0.0.1:0", network=net)
marks = tmp / "marks"
marks.write_text("")
tally = {"scenarios": 0}
heap = []  # (seconds, MB in use)


def mark(text):
    with open(marks, "a") as f:
        f.write(f"{time.time():.3f} {text}\n")


def put(content):
    (tmp / "new").write_bytes(content)
    os.replace(tmp / "new", net)
    d.signal(signal.SIGHUP)


def reload():
    mark("network reloaded")
    versions.reverse()
    put(versions[0])


def reload_broken():
    mark("broken network refused")
    put(versions[0][: len(versions[0]) // 2])
    time.sleep(1)
    put(versions[0])


def restart_postgres():
    mark("PostgreSQL restarted")
    pg.tool("restart")


def kill_postgres():
    mark("PostgreSQL killed (SIGKILL)")
    pg.tool("kill9")
    time.sleep(1)
    pg.tool("start")


def kill_backend():
    mark("a backend killed")
    for pid in pg.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split()[:1]:
        os.kill(int(pid), signal.SIGTERM)


def churn():
    mark("500 connections come and go")
    for _ in range(500):
        try:
            c = Client(d.port, hello=rng.random() < 0.5, token=token.encode())
            if rng.random() < 0.5:
                c.sock.sendall(c.frame("Routing/FindRoutes", route_request())[: rng.randrange(1, 100)])
            c.close()
        except (Refused, Gone, OSError):  # what was broken a minute before may still be away on a busy machine
            pass


def scenarios():
    """A planner's minute: five scenarios put, asked in and deleted; what is refused while something is broken is tried again later."""
    mark("5 scenarios put, asked and deleted")
    ll = lambda lat, lon: routing.LatLon(lat=lat, lon=lon)
    done = 0
    try:
        c = Client(d.port, planner)
        for i in range(5):
            mods = [planning.Modification(open_link=planning.OpenLink(links=planning.LinkRef(project_id="P02"))),
                    planning.Modification(close_link=planning.CloseLink(links=planning.LinkRef(link_ids=[115 + i]))),
                    planning.Modification(add_link=planning.AddLink(snap_m=3000, points=[ll(30.1, 114.9), ll(30.2 + rng.randrange(50) / 1000, 115.0)], name="soak",
                                                                                 figures=planning.LinkFigures(speed_kmh=80)))]
            c.call("Planning/PutScenario", planning.PutScenarioRequest(scenario=planning.Scenario(scenario_id=f"soak-{i}", name_zh="测试", modifications=mods)), 20000)
            assert c.call("Routing/FindRoutes", route_request(scenario_id=f"soak-{i}"), 20000).options
            c.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id=f"soak-{i}"), 20000)
            done += 1
        c.close()
    except (Refused, Gone, OSError) as why:
        print(f"scenarios: {done} of 5, then {why}", flush=True)
    tally["scenarios"] += done


def in_use():
    """What the allocator has handed out and not got back, in MB, by the daemon's own account (/metrics)."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{d.http}/metrics", timeout=10) as r:
            return float(re.search(r"^zongheng_heap_in_use_bytes (\S+)", r.read().decode(), re.M)[1]) / 1e6
    except OSError:
        return None


def sample():
    status = open(f"/proc/{d.proc.pid}/status").read()
    field = lambda name: int(re.search(name + r":\s+(\d+)", status).group(1)) / 1024
    return field("RssAnon"), field("VmRSS"), len(os.listdir(f"/proc/{d.proc.pid}/fd"))


def slope(xs, ys):
    """Of the straight line of least squares."""
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / max(1e-9, sum((x - mx) ** 2 for x in xs))


def draw(points):
    """Memory and descriptors over time as one more figure of the page."""
    if len(points) < 2:
        return ""
    w, h, left = 960, 200, 70
    last, top = points[-1][0], max(p[1] for p in points) * 1.15 + 1
    fds = max(p[3] for p in points) * 1.15 + 1
    line = lambda i, high: " ".join(f"{left + (w - left - 20) * p[0] / last:.1f},{h - 30 - (h - 50) * p[i] / high:.1f}" for p in points)
    ticks = "".join(f'<line class="g" x1="{left}" x2="{w - 20}" y1="{h - 30 - (h - 50) * k / 4:.0f}" y2="{h - 30 - (h - 50) * k / 4:.0f}"/>'
                    f'<text class="t e" x="{left - 8}" y="{h - 26 - (h - 50) * k / 4:.0f}">{top * k / 4:.0f}</text>' for k in range(5))
    return (f'<h2>Memory and descriptors of the daemon</h2><svg viewBox="0 0 {w} {h}" role="img">{ticks}'
            f'<polyline class="l c0" points="{line(1, top)}"/><polyline class="l c1" points="{line(3, fds)}"/>'
            f'<text class="t" x="4" y="14">own memory, MB</text><rect class="b c0" x="600" y="6" width="12" height="8"/><text class="t" x="617" y="14">memory</text>'
            f'<rect class="b c1" x="700" y="6" width="12" height="8"/><text class="t" x="717" y="14">descriptors, at most {max(p[3] for p in points)}</text>'
            f'<text class="t m" x="{w / 2:.0f}" y="{h - 8}">{last:.0f} seconds</text></svg>')


def run():
    load = subprocess.Popen([str(zh.BUILD / "zongheng-load"), "replay", "--server", f"127.0.0.1:{d.port}", "--token", token, "--rate", str(RATE), "--arrivals", "poisson",
                             "--duration", f"{SECONDS}s", "--warmup", "2s", "--mix", MIX, "--planner", planner.decode(), "--connections", "16", "--threads", "2", "--deadline", "10s", "--drain", "60s",
                             "--seed", str(SEED), "--verify", pg.conninfo("postgres"), "--marks", str(marks), "--report", str(tmp / "r.json"), "--html", str(tmp / "r.html")],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=zh.ROOT)
    faults = [reload, churn, scenarios, restart_postgres, reload_broken, scenarios, kill_backend, reload, kill_postgres]
    began, points, number = time.time(), [], 0
    while load.poll() is None:
        now = time.time() - began
        points.append((now, *sample()))
        if (live := in_use()) is not None:
            heap.append((now, live))
        if now > (number + 1) * EVERY and now < SECONDS - EVERY / 2:
            faults[number % len(faults)]()
            number += 1
        time.sleep(1)
    return load, load.stdout.read(), points, number


try:
    load, text, points, faults = run()
    r = json.loads((tmp / "r.json").read_text())
    span = points[-1][0]
    early = [p for p in points if span * 0.4 <= p[0] < span * 0.6]  # every fault has been there once: buffers have their size
    late = [p for p in points if p[0] >= span * 0.8]
    mean = lambda part, i: sum(p[i] for p in part) / max(1, len(part))
    grown, fds = mean(late, 1) - mean(early, 1), mean(late, 3) - mean(early, 3)
    settled = [p for p in points if p[0] >= span * 0.4]
    per_hour = lambda i: 3600 * slope([p[0] for p in settled], [p[i] for p in settled])
    medians = [statistics.median([p[1] for p in heap if span * k / 5 <= p[0] <= span * (k + 1) / 5] or [math.nan]) for k in range(5)]
    highs = [max(p[1] for p in points if span * k / 5 <= p[0] < span * (k + 1) / 5) for k in range(5)]
    a, v = r["requests"]["all"], r["verified"]
    verdict = {"failed": sum(n for k in ("INTERNAL", "DATA_LOSS") for n in [a["errors"].get(k, 0)]), "broken rules": r["checks"]["broken"],
               "without an outcome": r["keyed"]["without_outcome"], "unbalanced departures": v["unbalanced_departures"],
               "scenarios left behind": int(pg.sql("SELECT count(*) FROM zh.scenario")),
               "not as acknowledged": sum(v[k]["asked"] - v[k]["good"] for k in ("booked", "cancelled", "recorded", "refused"))}
    good = not any(verdict.values()) and tally["scenarios"] > 0 and medians[4] - medians[2] < 4 and grown < 16 and abs(fds) < 12 and d.proc.poll() is None
    lines = [f"{SECONDS} s at {RATE:g} requests per second, {faults} faults, seed {SEED}: " + ("nothing lost, doubled or wrong" if good else "BREACH"),
             f"memory of its own {mean(early, 1):.1f} MB in the third fifth, {mean(late, 1):.1f} MB in the last ({grown:+.1f}); descriptors {mean(early, 3):.1f} and {mean(late, 3):.1f}",
             f"straight lines through the last three fifths: memory {per_hour(1):+.2f} MB an hour, descriptors {per_hour(3):+.2f} an hour; the most of each fifth: "
             + ", ".join(f"{x:.1f}" for x in highs) + " MB",
             "in use by the allocator's account, the median of each fifth: " + ", ".join(f"{x:.2f}" for x in medians)
             + f" MB; its straight line through the last three fifths {3600 * slope(*zip(*(p for p in heap if p[0] >= span * 0.4))):+.2f} MB an hour",
             f"{tally['scenarios']} scenarios put, asked in and deleted",
             f"{a['sent']} requests, {a['ok']} in time, {a['late']} late, {a['shed'] + a['expired']} refused, {a['failed']} not answered while something was broken; "
             f"{v['booked']['asked']} bookings, {v['cancelled']['asked']} cancellations, {v['recorded']['asked']} events verified",
             "breaches: " + ", ".join(f"{k} {n}" for k, n in verdict.items())]
    print(text)
    print("\n".join(lines))
    page = (tmp / "r.html").read_text()
    page = page.replace(str(tmp), "...").replace("<h2>Time line</h2>", "<h2>Soak</h2>" + "".join(f"<p>{x}</p>" for x in lines) +
                                                 f"<p><code>SOAK_SECONDS={SECONDS} SOAK_RATE={RATE:g} SOAK_SEED={SEED} make soak-serve</code></p>" + draw(points) + "<h2>Time line</h2>", 1)
    REPORT.write_text(page)
    status = d.close()
    print(f"report in {REPORT}; the daemon ended with {status}")
    sys.exit(0 if good and status == 0 else 1)
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
    shutil.rmtree(tmp, ignore_errors=True)
