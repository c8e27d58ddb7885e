#!/usr/bin/python3
"""More than the daemon can do: what is answered is answered in time, the rest is refused cleanly and early, bookings last;
a firm that asks for too much takes it from nobody; memory stays where it was and the service is back at once.

By default a few seconds with wide bounds (make check, on a busy machine). OVERLOAD_SECONDS=60 (make overload) holds the
bounds of docs/load.md and prints the figures.

Mutants (tests/mutants): admission_never, shares_ignored, pause_counts."""
import json, os, pathlib, re, subprocess, sys, tempfile, threading, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, ops, route_request

LOAD = str(zh.BUILD / "zongheng-load")
SECONDS = int(os.environ.get("OVERLOAD_SECONDS", "0"))
STRICT = SECONDS > 0
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-over-"))
pg = Postgres()
pg.setup()
tokens = [pg.token("Large firm").decode(), pg.token("Small firm").decode()]
planner = pg.token("Planning office", "planner").decode()
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--http", "127.0.0.1:0")


class Load:
    """A run of zongheng-load; wait() gives its report."""
    count = 0

    def __init__(self, *options, token=""):
        Load.count += 1
        self.out = tmp / f"{Load.count}.json"
        self.proc = subprocess.Popen([LOAD, *map(str, options[:1]), "--server", f"127.0.0.1:{d.port}", "--token", token, *map(str, options[1:]),
                                      "--check", "no", "--report", str(self.out)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=zh.ROOT)

    def wait(self):
        text = self.proc.communicate(timeout=200)[0]
        assert self.out.exists(), text
        return json.loads(self.out.read_text())


def rss_kb():
    return int(next(l for l in open(f"/proc/{d.proc.pid}/status") if l.startswith("VmRSS")).split()[1])


def turns():
    """How long loops were away from their events (C6): turns by upper bound in seconds, and the longest of the last 10 to 20 s."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{d.http}/metrics", timeout=20).read().decode()
    by = {float(bound): int(n) for bound, n in re.findall(r'zongheng_loop_turn_seconds_bucket{le="(.*)"} (\d+)', text)}
    return by, float(re.search(r'zongheng_loop_turn_longest_seconds{since="10s"} (\S+)', text)[1])


def status():
    c = Client(d.port)
    try:
        return c.call("Operations/GetStatus", ops.GetStatusRequest())
    finally:
        c.close()


def peak(mix, seconds=2):
    r = Load("flood", "--duration", f"{seconds}s", "--connections", 16, "--depth", 2, "--mix", mix, "--deadline", "5s").wait()
    return r["good_per_s"]


sustained = None


def sustainable():
    """The highest rate whose p99 is half the deadline; in make check a guess."""
    global sustained
    if sustained is None:
        sustained = Load("search", "--p99", "250ms", "--from", 200, "--each", "3s", "--connections", 16, "--deadline", "500ms").wait()["highest_rate_per_s"] \
            if STRICT else peak("route=50,cost=50")
    return sustained


def many_times_the_load():
    """C1 at twice, four and ten times what can be sustained."""
    for times in (2, 4, 10) if STRICT else (2,):
        so_many_times(times, (SECONDS if times == 2 else SECONDS // 2) or 3)


def so_many_times(times, seconds):
    top = sustainable()
    before, s0 = rss_kb(), status().load
    deadline = "500ms" if STRICT else "2s"
    load = Load("replay", "--rate", int(times * top), "--duration", f"{seconds}s", "--connections", 16, "--deadline", deadline, "--drain", "5s",
                "--html", tmp / "overload.html")
    most = 0
    while load.proc.poll() is None:
        most = max(most, rss_kb())
        time.sleep(0.1)
    r = load.wait()
    a, s = r["requests"]["all"], status().load
    share = a["ok"] / seconds / top
    print(f"     peak {top:.0f}/s, asked {times * top:.0f}/s for {seconds} s: {100 * share:.0f} % of the peak in time, late {a['late']}, "
          f"shed {a['shed']}, expired {a['expired']}, failed {a['failed']}, p99 {a['p99_ms']:.0f} ms, memory +{(most - before) / 1024:.1f} MB, "
          f"a refusal p50 {r['refusals']['p50_ms']:.1f} ms", flush=True)
    assert most - before < 64 * 1024 or zh.SANITIZED, (before, most)
    assert a["failed"] == 0 and r["not_sent"] == 0, a
    assert a["ok"] + a["late"] + a["shed"] + a["expired"] == a["sent"], a
    assert s.shed_normal > s0.shed_normal and s.shed_vital == s0.shed_vital, s
    assert share >= (0.8 if STRICT else 0.3), share
    assert a["late"] <= (0.001 if STRICT else 0.05) * a["sent"], a


def it_is_back_at_once():
    top = peak("route=50,cost=50", 1)
    Load("replay", "--rate", int(4 * top), "--duration", "2s", "--connections", 16, "--deadline", "1s", "--drain", "1s").wait()
    t = time.time()
    r = Load("replay", "--rate", max(5, int(top / 10)), "--duration", "2s", "--connections", 4, "--deadline", "5s").wait()
    last = [w for w in r["timeline"] if w["at_s"] >= (1 if STRICT else 1.5)]
    bad = sum(w["shed"] + w["late"] + w["expired"] + w["failed"] for w in last)
    print(f"     after 4 times the peak: {bad} refused or late in the second second", flush=True)
    assert bad <= (0 if STRICT else 2), r["timeline"]
    assert time.time() - t < 60


def bookings_are_shed_last():
    # closed loops: more than it can do however fast the machine is
    crowd = Load("flood", "--duration", "3s", "--connections", 64, "--depth", 64, "--deadline", "2s", "--drain", "1s", "--mix", "route=1,cost=1")
    heavy = Load("flood", "--duration", "3s", "--connections", 8, "--depth", 8, "--deadline", "2s", "--drain", "1s", "--mix", "matrix=1")
    time.sleep(0.5)
    c, booked, asked = Client(d.port, tokens[0].encode()), 0, 0
    import uuid
    from zh import Refused, routing, shipments
    q = route_request(mass_kg=1000, families=[routing.ROAD])
    ref = None
    while ref is None and crowd.proc.poll() is None:
        try:
            ref = c.call("Routing/FindRoutes", q, 20000).options[0].plan_ref
        except Refused as r:
            assert r.code in ("RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"), r
            time.sleep(0.05)
    while crowd.proc.poll() is None and asked < 200:
        asked += 1
        try:
            booked += bool(c.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=ref), 20000).bill_no)
        except Refused as r:
            assert r.code == "UNAVAILABLE" and r.retry_after_ms > 0, r
    a = crowd.wait()["requests"]["all"]
    heavy.wait()
    print(f"     {booked} of {asked} bookings went through beside {a['shed'] + a['expired']} of {a['sent']} refused questions", flush=True)
    assert asked > 0 and booked >= 0.95 * asked and a["shed"] + a["expired"] > 0.2 * a["sent"], (booked, asked, a)


def a_large_firm_takes_nothing_from_a_small_one():
    top = peak("route=50,cost=50", 1)
    seconds = 20 if STRICT else 2
    before = status().load.shed_share
    large = Load("replay", "--rate", int(3 * top), "--duration", f"{seconds}s", "--connections", 32, "--deadline", "2s", "--drain", "1s", token=tokens[0])
    small = Load("replay", "--rate", max(5, int(top / 10)), "--duration", f"{seconds}s", "--connections", 4, "--deadline", "2s", "--drain", "5s", token=tokens[1])
    a, b = large.wait()["requests"]["all"], small.wait()["requests"]["all"]
    print(f"     the small firm: {b['ok']} of {b['sent']} in time, p99 {b['p99_ms']:.0f} ms; the large one: {a['ok']} of {a['sent']}", flush=True)
    assert status().load.shed_share > before
    assert a["shed"] > 0 and b["ok"] >= (0.95 if STRICT else 0.85) * b["sent"], (a, b)


def heavy_questions_go_first_and_bookings_last():
    """C3: 70 % what-ifs and tables, 20 % routing, 10 % bookings at three times of what can be done of that mix. Mutant: light_behind_heavy."""
    mix = "whatif=20,draft=15,matrix=35,route=10,cost=10,book=10"
    more = ("--mix", mix, "--table", 60, "--planner", planner, "--deadline", "10s", "--drain", "20s")
    r = Load("flood", "--duration", "3s", "--connections", 16, "--depth", 2, *more, token=tokens[0]).wait()
    rate, seconds, before = max(20, int(3 * r["good_per_s"])), 20 if STRICT else 4, status().load
    r = Load("replay", "--rate", rate, "--duration", f"{seconds}s", "--connections", 32, *more, token=tokens[0]).wait()["requests"]
    after = status().load
    share = lambda *kinds: sum(r[k]["ok"] for k in kinds if k in r) / max(1, sum(r[k]["sent"] for k in kinds if k in r))
    booked, heavy = share("quote", "book"), share("whatif", "draft", "matrix")
    print(f"     {rate}/s: of bookings {100 * booked:.1f} % (p99 {r['book']['p99_ms']:.0f} ms), routing {100 * share('route', 'cost'):.1f} %, "
          f"heavy {100 * heavy:.1f} % in time", flush=True)
    assert booked >= (0.99 if STRICT else 0.9) and share("route", "cost") >= booked - 0.1, r
    assert heavy < booked and after.shed_bulk > before.shed_bulk and after.shed_vital == before.shed_vital, r


def heavy_questions_do_not_hold_up_light_ones():
    before, _ = turns()
    crowd = Load("flood", "--duration", f"{10 if STRICT else 2}s", "--connections", 20, "--depth", 20, "--mix", "reach=1,matrix=1", "--deadline", "2s", "--drain", "1s")
    time.sleep(0.3)
    r = Load("replay", "--rate", 200 if STRICT else 20, "--duration", f"{9 if STRICT else 2}s", "--mix", "cost=1", "--deadline", "5s").wait()["requests"]["all"]
    after, longest_s = turns()
    crowd.wait()
    count = {bound: n - before[bound] for bound, n in after.items()}
    over = 1 - count[0.02] / count[float("inf")]
    print(f"     {count[float('inf')]} turns of the loop meanwhile: over 10 ms {1 - count[0.01] / count[float('inf')]:.3%}, over 20 ms {over:.3%}, the longest {1000 * longest_s:.1f} ms", flush=True)
    print(f"     cost beside 400 heavy questions at once: p50 {r['p50_ms']:.1f} ms, p99 {r['p99_ms']:.1f} ms, p99.9 {r['p99_9_ms']:.1f} ms, at most {r['max_ms']:.1f} ms", flush=True)
    assert r["ok"] >= 0.95 * r["sent"], r
    assert count[float("inf")] > 50 and longest_s > 0
    assert not STRICT or (over <= 0.001 and longest_s <= 0.1), (count, longest_s)


def deadlines_are_kept():
    c = Client(d.port)
    n = 60
    for _ in range(n):
        c.send("Routing/FindRoutes", route_request(), 2)  # 2 ms: those at the end of the queue cannot make it
    codes = [c.reply().status.code for _ in range(n)]
    assert set(codes) <= {0, 4, 8}, codes
    assert any(codes), "60 searches in 2 ms?"
    c.close()


def a_pause_makes_no_request_late():
    """After more messages than a turn takes, and after a read that was full, a connection may be silent: what it asks then has
    not waited. Mutant: pause_counts."""
    from zh import routing
    place = lambda query: routing.FindPlacesRequest(query=query)
    c = Client(d.port)
    few = b"".join(c.frame("Routing/FindPlaces", place("daye")) for _ in range(160))
    for data, count in ((few, 160), (None, 4)):
        for _ in range(3):
            if data is None:  # frames that fill what one read takes
                room = 4096 - len(c.frame("Routing/FindPlaces", place("x" * 3900)))
                c.sock.sendall(b"".join(c.frame("Routing/FindPlaces", place("x" * (3900 + room))) for _ in range(4)))
            else:
                c.sock.sendall(data)
            for _ in range(count):
                c.reply()  # some of a burst may be refused
            time.sleep(0.7)
            c.call("Operations/GetStatus", ops.GetStatusRequest(), deadline_ms=300)  # late when it is dated at the burst
    c.close()


try:
    zh.run([(f.__name__, f) for f in (
        deadlines_are_kept, many_times_the_load, it_is_back_at_once, bookings_are_shed_last, a_large_firm_takes_nothing_from_a_small_one,
        heavy_questions_go_first_and_bookings_last, heavy_questions_do_not_hold_up_light_ones, a_pause_makes_no_request_late, d.close)
        if f == d.close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
