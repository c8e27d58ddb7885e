#!/usr/bin/python3
"""H2: system calls that fail one by one (tests/faults/failcall.c) with what a kernel may say - interrupted, nothing there, one byte only, I/O
error, no buffers, no descriptors, no memory - on the way of requests over TCP and HTTP, of bookings on either side of the daemon, of
a reload, of a start and of the command line's own booking. The daemon lives; the request is answered, refused for now or its
connection closed; the next is served; what was acknowledged is stored, and nothing twice.

FAULTS=all (make faults): every call, otherwise a sample of those that come early, by FAULTS_SEED (1): how many come late differs from run
to run."""
import errno, http.client, json, mmap, os, pathlib, random, re, shutil, signal, struct, subprocess, sys, tempfile, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from google.protobuf import json_format
from faults import Bookings, a_visit, preloaded, sanitized
from zh import Client, Gone, Postgres, Refused, planning, route_request, routing, shipments

ALL = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("FAULTS_SEED", "1"))
rng = random.Random(SEED)
KINDS = ("read", "write", "accept4", "epoll_ctl", "epoll_wait", "open", "fsync", "connect", "socket", "poll", "map", "thread")  # failcall.c's order
ANY, INET, LOCAL, OTHER = range(4)
ONE_BYTE = 0
HOW = {
    "read": (errno.EINTR, errno.EAGAIN, ONE_BYTE, errno.EIO, errno.ENOBUFS, errno.ECONNRESET),
    "write": (errno.EINTR, errno.EAGAIN, ONE_BYTE, errno.EIO, errno.ENOBUFS, errno.EPIPE),
    "accept4": (errno.EINTR, errno.EAGAIN, errno.EMFILE, errno.ENOBUFS, errno.ECONNABORTED, errno.EIO),
    "epoll_ctl": (errno.EINTR, errno.ENOMEM, errno.ENOSPC), "epoll_wait": (errno.EINTR,),
    "open": (errno.EINTR, errno.EMFILE, errno.EIO, errno.ENOENT), "fsync": (errno.EINTR, errno.EIO),
    "connect": (errno.EINTR, errno.EAGAIN, errno.ENOBUFS, errno.ECONNREFUSED), "socket": (errno.EMFILE, errno.ENOBUFS),
    "poll": (errno.EINTR, errno.ENOMEM), "map": (errno.EINTR, errno.ENOMEM, errno.ENOSPC), "thread": (errno.EAGAIN,)}
REFUSALS = {"RESOURCE_EXHAUSTED", "UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED", "GONE"}
LIBRARY = str(zh.BUILD / "failcall.so")
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-call-", dir="/tmp"))
zh.REPLY.update({"Routing/GetMatrix": routing.GetMatrixReply})


class Calls:
    """The control file of failcall.so."""
    def __init__(self):
        self.size = 8 * (6 + len(KINDS))
        self.path = tmp / uuid.uuid4().hex
        self.path.write_bytes(bytes(self.size))
        self.file = open(self.path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), self.size)

    def arm(self, kinds, side, how=errno.EINTR, left=1 << 40, times=1):
        """left, times, kinds, side, how, failed, came by kind; times last, as it begins with that."""
        kinds = sum(1 << KINDS.index(k) for k in ((kinds,) if isinstance(kinds, str) else kinds))
        self.map[8:16] = bytes(8)
        self.map[0:8] = struct.pack("q", left)
        self.map[16:self.size] = struct.pack("qqqq", kinds, side, how, 0) + bytes(self.size - 48)
        self.map[8:16] = struct.pack("q", times)

    def end(self):
        """How many failed, and how many of each kind came by."""
        self.map[8:16] = bytes(8)
        failed, *came = struct.unpack(f"{1 + len(KINDS)}q", self.map[40:self.size])
        return failed, dict(zip(KINDS, came))

    def start(self, *flags, **daemon):
        return preloaded(LIBRARY, {"FAILCALL": str(self.path)}, *flags, **daemon)


def points(calls, side, kinds, work, sample, how=HOW):
    """(kind, errno, which call): every call of those kinds that the work makes, or a sample of them."""
    calls.arm(kinds, side)
    work()
    came = calls.end()[1]
    last = {kind: came[kind] if ALL else (came[kind] + 1) // 2 for kind in kinds}
    every = [(kind, h, n) for kind in kinds for h in how[kind] for n in range(1, last[kind] + 1)]
    return every if ALL else rng.sample(every, min(sample, len(every)))


def told(what, tried, failed):
    print(f"     {what}: {len(tried)} calls tried, {failed} failed", flush=True)
    assert tried and failed >= (len(tried) // 2 if ALL else 1), "the calls were not there to fail"


pg = Postgres()
pg.setup()
control = Calls()
patience = ("--hello-ms", "5000", "--frame-ms", "3000", "--stall-ms", "1500", "--idle-ms", "4000", "--http-head-ms", "3000")
d = None if sanitized() else control.start("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--http", "127.0.0.1:0", "--db-connections", "1", *patience)
books = None if sanitized() else Bookings(pg, lambda: d)


def over_http():
    """Two requests on one connection, and a page; the codes."""
    seen = []
    c = http.client.HTTPConnection("127.0.0.1", d.http, timeout=20)
    for method, path, body in (("POST", "/zongheng.v1.Routing/FindRoutes", json_format.MessageToJson(route_request())), ("GET", "/readyz", None), ("GET", "/metrics", None)):
        try:
            c.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            r = c.getresponse()
            data = r.read()
            assert r.status in (200, 429, 503), (r.status, data)
            if r.status == 200 and body:
                assert json.loads(data)["options"]
            seen.append("OK" if r.status == 200 else "UNAVAILABLE")
        except (OSError, http.client.HTTPException):
            seen.append("GONE")
            c.close()
    c.close()
    return seen


def a_scenario():
    """Put, asked in and deleted: memory of its own."""
    c, sid = None, "S" + uuid.uuid4().hex[:8]
    mods = [planning.Modification(open_link=planning.OpenLink(links=planning.LinkRef(project_id="P02")))]
    try:
        c = Client(d.port, planner)
        c.call("Planning/PutScenario", planning.PutScenarioRequest(scenario=planning.Scenario(scenario_id=sid, name_zh="测试", modifications=mods)), 10000)
        c.call("Routing/FindRoutes", route_request(scenario_id=sid), 10000)
        c.call("Planning/DeleteScenario", planning.DeleteScenarioRequest(scenario_id=sid), 10000)
        return ["OK"]
    except Refused as r:
        assert r.code != "INTERNAL" or "memory" in r.text, r
        return [r.code]
    except (Gone, OSError):
        return ["GONE"]
    finally:
        if c is not None:
            c.close()


def serves_on(point, seen, allowed=frozenset()):
    assert d.proc.poll() is None, f"it died of {point}: " + d.text()[-3000:]
    assert set(seen) <= {"OK", "INVALID_ARGUMENT"} | REFUSALS | allowed, (point, seen)
    end = time.time() + 5
    while True:  # accepting may pause for 100 ms, and whoever was refused comes again
        c = Client(d.port, timeout=10)
        assert c.call("Routing/FindRoutes", route_request(), 10000).options, point
        c.close()
        if over_http() == ["OK"] * 3:
            return
        assert time.time() < end, (point, "HTTP does not come back")
        time.sleep(0.05)


def requests():
    def visit():
        return a_visit(d.port) + over_http()
    kinds = ("read", "write", "accept4", "epoll_ctl", "epoll_wait")
    tried, failures, gone = points(control, INET, kinds[:-1], visit, 16) + points(control, ANY, kinds[-1:], visit, 2), 0, 0
    for kind, how, n in tried:
        control.arm(kind, ANY if kind == "epoll_wait" else INET, how, n)
        seen = visit()
        failures += control.end()[0]
        gone += "GONE" in seen
        serves_on((kind, errno.errorcode.get(how, "one byte"), n), seen)
    print(f"     {gone} ended a connection", flush=True)
    told("requests over TCP and HTTP", tried, failures)


def wakes_between_threads():
    """An eventfd's write that was interrupted must be made again, or an answer stays with its worker."""
    def visit():
        return a_visit(d.port, 4)
    tried, failures = points(control, OTHER, ("read", "write"), visit, 6, {"read": (errno.EINTR,), "write": (errno.EINTR,)}), 0
    for kind, how, n in tried:
        control.arm(kind, OTHER, how, n)
        began = time.time()
        seen = visit()
        failures += control.end()[0]
        assert time.time() - began < 10 and "GONE" not in seen, (kind, n, seen, time.time() - began)
        serves_on((kind, "EINTR", n), seen)
    told("wakes and files", tried, failures)


def one_after_the_other():
    """Not one call but many in a row: nothing to read and nothing to write for so long, no descriptors, no memory for events."""
    rows = [("read", errno.EAGAIN, 30), ("write", errno.EAGAIN, 30), ("read", ONE_BYTE, 400), ("write", ONE_BYTE, 400), ("read", errno.EINTR, 50),
            ("write", errno.EINTR, 50), ("accept4", errno.EMFILE, 5), ("accept4", errno.EINTR, 50), ("epoll_ctl", errno.ENOMEM, 20)]
    for kind, how, times in rows if ALL else rng.sample(rows, 2):
        for at in range(1, 30, 3) if ALL else (rng.randrange(1, 20),):
            control.arm(kind, INET, how, at, times)
            seen = a_visit(d.port) + over_http()
            control.end()
            serves_on((kind, errno.errorcode.get(how, "one byte"), times), seen)


def one_booking(kind, side, how, n, again):
    """again: on a connection to PostgreSQL that is made anew."""
    key, acked = uuid.uuid4().bytes, False
    if again:
        for p in books.backends():
            pg.sql(f"SELECT pg_terminate_backend({p})")
    control.arm(kind, side, how, n)
    try:
        if again:
            books.book(key)
        else:
            c = Client(d.port, books.token, timeout=20)
            c.call("Shipments/Book", books.request(key), 5000)
        acked, code = True, "OK"
    except (Gone, OSError):
        code = "GONE"
    except Refused as r:
        code = r.code
    came = control.end()
    return key, acked, code, came


def bookings_on(side, kinds, again, sample):
    count = lambda: one_booking_counted(side, again)
    tried, failures, codes = points(control, side, kinds, count, sample), 0, {}
    for kind, how, n in tried:
        key, acked, code, came = one_booking(kind, side, how, n, again)
        failures += came[0]
        serves_on((kind, how, n), [code])
        books.settled(key, acked)
        codes[code] = codes.get(code, 0) + 1
    books.balanced()
    told("bookings: " + ", ".join(f"{n} {code}" for code, n in sorted(codes.items())), tried, failures)


def one_booking_counted(side, again):
    """What points() counts: armed already."""
    if again:
        for p in books.backends():
            pg.sql(f"SELECT pg_terminate_backend({p})")
    books.book(uuid.uuid4().bytes)


def bookings_of_a_client():
    bookings_on(INET, ("read", "write", "accept4", "epoll_ctl"), False, 5)


def bookings_in_postgres():
    bookings_on(LOCAL, ("read", "write", "epoll_ctl"), False, 4)


def connections_to_postgres():
    bookings_on(LOCAL, ("read", "write", "epoll_ctl", "connect", "socket", "poll"), True, 3)


def scenarios():
    tried, failures = points(control, OTHER, ("open", "map"), a_scenario, 4), 0
    for kind, how, n in tried:
        control.arm(kind, OTHER, how, n)
        seen = a_scenario()
        failures += control.end()[0]
        serves_on((kind, how, n), seen, {"INTERNAL"})
        assert "OK" in a_scenario() + a_scenario(), (kind, how, n)  # PostgreSQL may have lost its connection
    told("scenarios", tried, failures)


def reload():
    before = d.text().count("event=reload")
    d.signal(signal.SIGHUP)
    end = time.time() + 20
    while d.text().count("event=reload") == before and time.time() < end:
        time.sleep(0.01)
    assert d.text().count("event=reload") == before + 1


def reloads():
    tried, failures = points(control, OTHER, ("open", "map"), reload, 3), 0
    for kind, how, n in tried:
        control.arm(kind, OTHER, how, n)
        reload()
        failures += control.end()[0]
        serves_on((kind, how, n), [])
    reload()
    assert "event=reloaded" in d.text()[d.text().rindex("event=reload"):], d.text()[-1000:]
    told("reloads", tried, failures)


def starts():
    kinds = ("read", "write", "epoll_ctl", "epoll_wait", "open", "connect", "socket", "poll", "map", "thread")
    flags = ("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--http", "127.0.0.1:0", "--sharpen", "no", "--db-connections", "1")
    calls = Calls()

    def whole():
        e = calls.start(*flags)
        c = Client(e.port)
        assert c.call("Routing/FindRoutes", route_request()).options
        assert e.close() == 0
    tried, failures, refused = points(calls, ANY, kinds, whole, 4), 0, 0
    for kind, how, n in tried:
        calls.arm(kind, ANY, how, n)
        try:
            e = calls.start(*flags)
            if kind in ("connect", "poll", "thread"):
                time.sleep(0.1)  # what comes after the port is told
            failures += calls.end()[0]
            if e.proc.poll() is not None:
                raise RuntimeError(e.text())
            end = time.time() + 10
            while True:  # also PostgreSQL is reached in the end
                try:
                    Client(e.port, books.token).close()
                    break
                except (Refused, Gone, OSError) as why:
                    assert time.time() < end, (kind, how, n, why, e.text()[-1500:])
                    time.sleep(0.05)
            c = Client(e.port)
            assert c.call("Routing/FindRoutes", route_request()).options
            assert e.close() == 0
        except RuntimeError as why:
            failures += calls.end()[0]
            refused += 1
            assert re.search(r'event=start_refused field=[^ ]* why="([^"\\]|\\.){10,}', str(why)), (kind, how, n, str(why))
    print(f"     {refused} refuse to start with a sentence", flush=True)
    told("starts", tried, failures)


def the_command_line():
    """zongheng book: its key is on disk before anything is sent, so the same command books once, whatever failed before."""
    calls = Calls()
    ready = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(zh.ready_at(20) + 8 * 3600))
    what = ["--family", "AIR_ROAD", "--from", "大冶", "--to", "深圳", "--mass", "7kg", "--ready", ready, "--server", f"127.0.0.1:{d.port}"]
    env = {**os.environ, "ZONGHENG_TOKEN": books.token.decode()}
    zongheng = [str(zh.BUILD / "zongheng")]
    ref = json.loads(subprocess.run([*zongheng, "route", *what, "--json"], env=env, check=True, capture_output=True).stdout)["options"][0]["planRef"]

    def book(file, faults=True):
        more = {"LD_PRELOAD": LIBRARY, "FAILCALL": str(calls.path)} if faults else {}
        return subprocess.run([*zongheng, "book", *what, "--plan-ref", ref, "--key-file", str(file), "--retry", "5s"], env={**env, **more}, capture_output=True, text=True, timeout=60)

    def whole():
        assert book(tmp / uuid.uuid4().hex).returncode == 0
    tried, failures, kept = points(calls, ANY, ("read", "write", "open", "fsync", "connect", "socket", "poll"), whole, 4), 0, 0
    for kind, how, n in tried:
        file = tmp / uuid.uuid4().hex
        calls.arm(kind, ANY, how, n)
        p = book(file)
        failures += calls.end()[0]
        assert p.returncode in (0, 1, 2, 3, 4, 5, 6) and (p.returncode == 0 or "zongheng" in p.stderr), (kind, how, n, p)
        key = uuid.UUID(file.read_text().strip()).bytes if file.exists() else None
        assert key or p.returncode != 0
        q = book(file, False)
        assert q.returncode == 0, (kind, how, n, p, q)
        key = key or uuid.UUID(file.read_text().strip()).bytes
        assert books.of([key]) == {key}
        kept += p.returncode == 0
    total = int(pg.sql("SELECT count(*) FROM zh.shipment").strip())
    books.balanced()
    told(f"zongheng book, {kept} booked at once", tried, failures)


def close():
    assert d.close() == 0


try:
    if sanitized():
        zh.run([], "a sanitizer does not go with a preloaded library")
    print(f"seed {SEED}", flush=True)
    planner = pg.token("Planners", "planner")
    zh.run([(f.__name__, f) for f in (requests, wakes_between_threads, one_after_the_other, bookings_of_a_client, bookings_in_postgres, connections_to_postgres,
                                      scenarios, reloads, starts, the_command_line, close)
            if f == close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d is not None and d.proc.poll() is None:
        d.kill()
    pg.close()
    shutil.rmtree(tmp, ignore_errors=True)
