#!/usr/bin/python3
"""PostgreSQL that is away, full, refuses, or ends and holds up its sessions, under clients that do not wait. E1: routing goes on, bookings are
refused at once, the daemon knocks seldom and comes back by itself. E4: no session left, every session ended again and again, a role
that is turned away; no password in the log. E2: sessions, or all of PostgreSQL, that stand still. C4: a storm of repeats. F2: sessions stopped one by one and let go in another order.
Each key is settled in the end, once.

FAULTS=all (make faults): longer and more of all."""
import json, os, pathlib, random, subprocess, sys, tempfile, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from faults import Bookings, Stopped
from zh import Client, Daemon, Gone, Postgres, Refused, ops, route_request, wire

ALL = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("FAULTS_SEED", str(int(time.time()))))
rng = random.Random(SEED)
SECRET = "canary-7f3a"
UNSURE = {"UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"}
pg = Postgres()
pg.setup()
d = Daemon("--database", pg.conninfo("zh_api") + f" password={SECRET}", "--anonymous", "yes", "--db-connections", "4", "--log-level", "debug")
books = Bookings(pg, lambda: d)
unseen = pg.token("Unknown so far")  # nobody has asked for it


def book(key, client=None, deadline_ms=3000):
    """What the client was told."""
    try:
        c = client or Client(d.port, books.token, timeout=20)
        try:
            c.call("Shipments/Book", books.request(key), deadline_ms)
            return "OK"
        finally:
            if client is None:
                c.close()
    except Refused as r:
        assert r.code in UNSURE, r
        return r.code
    except (Gone, OSError):
        return "GONE"


class Storm:
    """Clients that repeat without a pause, each its own keys, and routes beside them."""

    def __init__(self, clients, known):
        self.over, self.acked, self.tried, self.told, self.routes, self.wrong, self.lock = False, set(), set(), {}, [], [], threading.Lock()
        self.known = known  # connections whose token was known before
        self.threads = [threading.Thread(target=self.watched, args=(self.repeat, i)) for i in range(clients)] + [threading.Thread(target=self.watched, args=(self.ask,))]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def watched(self, work, *args):
        try:
            work(*args)
        except Exception as why:
            self.wrong.append(why)

    def repeat(self, i):
        key, c = uuid.uuid4().bytes, self.known[i % len(self.known)] if i < len(self.known) else None
        while not self.over:
            with self.lock:
                self.tried.add(key)
            code = book(key, c)
            with self.lock:
                self.told[code] = self.told.get(code, 0) + 1
                if code == "OK":
                    self.acked.add(key)
            if code == "OK":
                key = uuid.uuid4().bytes

    def ask(self):
        c = Client(d.port, timeout=20)
        while not self.over:
            began = time.monotonic()
            assert c.call("Routing/FindRoutes", route_request(), 20000).options
            self.routes.append(time.monotonic() - began)
            time.sleep(0.02)

    def __exit__(self, *why):
        self.over = True
        for t in self.threads:
            t.join()

    def settle(self, what, outage_s):
        assert not self.wrong, self.wrong
        there = books.of(self.tried)
        assert self.acked <= there, "an acknowledged booking is lost"
        for key in list(self.tried)[:200 if ALL else 2]:
            books.settled(key, key in self.acked)
        books.balanced()
        assert self.routes and len(self.routes) > outage_s, "routing stood still"
        print(f"     {what}: " + ", ".join(f"{n} {c}" for c, n in sorted(self.told.items())) + f"; {len(self.routes)} routes meanwhile, at most {1000 * max(self.routes):.0f} ms", flush=True)


def until_booked(within_s):
    began = time.monotonic()
    while book(uuid.uuid4().bytes) != "OK":
        assert time.monotonic() - began < within_s, "bookings do not come back"
        time.sleep(0.02)
    return time.monotonic() - began


def knocks():
    return d.text().count("event=db_connect_failed")


def away_under_a_storm():
    """E1, C4."""
    outage_s, clients = (60, 64) if ALL else (1, 16)
    known = [Client(d.port, books.token, timeout=20) for _ in range(8)]
    one = known.pop()
    with Storm(clients, known) as s:
        time.sleep(0.3)
        pg.tool("stop")
        before, began = knocks(), time.monotonic()
        time.sleep(outage_s)
        after, took = knocks() - before, time.monotonic() - began
        fast = time.monotonic()
        code = book(uuid.uuid4().bytes, one)
        assert code in UNSURE and (ALL or time.monotonic() - fast < 5), code
        pg.tool("start")
        back = until_booked(10)
        time.sleep(0.3)
    print(f"     away for {took:.1f} s: {after} attempts to connect by 4 connections, booked {back:.2f} s after the start", flush=True)
    assert after <= 4 * (2 * took + 6), after
    s.settle("away", outage_s)


class Commands:
    """Clients that book by the command line, one after the other: what each command said, and when it ended."""

    def __init__(self, clients):
        self.over, self.done, self.wrong = False, [], []
        self.dir = tempfile.TemporaryDirectory(prefix="zh-outage-")
        self.env = {**os.environ, "ZONGHENG_TOKEN": books.token.decode()}
        ready = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(zh.ready_at(20) + 8 * 3600))
        what = ["--family", "AIR_ROAD", "--from", "大冶", "--to", "深圳", "--mass", "7kg", "--ready", ready, "--server", f"127.0.0.1:{d.port}"]
        program = str(zh.BUILD / "zongheng")
        found = subprocess.run([program, "route", *what, "--json"], env=self.env, check=True, capture_output=True).stdout
        self.words = [program, "book", *what, "--plan-ref", json.loads(found)["options"][0]["planRef"]]
        self.threads = [threading.Thread(target=self.work, args=(i,)) for i in range(clients)]
        for t in self.threads:
            t.start()

    def work(self, i):
        k = 0
        while not self.over and not self.wrong:
            k += 1
            p = subprocess.run([*self.words, "--key-file", f"{self.dir.name}/{i}-{k}"], env=self.env, capture_output=True, text=True, timeout=120)
            if p.returncode != 0:
                self.wrong.append(p.stderr[-500:])
            self.done.append((time.monotonic(), p.stderr.count("the same key again")))

    def end(self):
        self.over = True
        for t in self.threads:
            t.join()
        self.dir.cleanup()
        assert not self.wrong, self.wrong


def our_own_client_is_no_storm():
    """C4: how often the command line's own client repeats while PostgreSQL is away: it waits longer each time, so that all repeats of an
    outage of 10 s are few beside what the same clients ask when they are answered. Mutant: a client that does not pause."""
    outage_s = 10 if ALL else 1
    commands = Commands(16 if ALL else 4)
    time.sleep(outage_s)
    pg.tool("stop")
    began, before = time.monotonic(), len(commands.done)
    time.sleep(outage_s)
    pg.tool("start")
    until_booked(20)
    away_s = time.monotonic() - began
    time.sleep(0.5)
    commands.end()
    repeats = [n for _, n in commands.done]
    usual = before * away_s / outage_s  # in the same time with PostgreSQL
    print(f"     {len(commands.threads)} clients, PostgreSQL away for {away_s:.1f} s: {sum(repeats)} repeats, at most {max(repeats)} of one command; {sum(repeats) / usual:.1%} of the {usual:.0f} "
          f"commands that they gave in as long before", flush=True)
    assert sum(repeats) > 0 and max(repeats) <= 4 + 2 * away_s, repeats
    assert not ALL or sum(repeats) <= 0.1 * usual


def no_session_is_left():
    with Storm(4, [Client(d.port, books.token, timeout=20)]) as s:
        pg.sql("ALTER ROLE zh_api CONNECTION LIMIT 0")
        pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'zh_api'")
        time.sleep(5 if ALL else 0.5)
        pg.sql("ALTER ROLE zh_api CONNECTION LIMIT -1")
        until_booked(10)
    s.settle("no session left", 1)


def every_session_is_ended_again_and_again():
    with Storm(4, [Client(d.port, books.token, timeout=20)]) as s:
        for _ in range(30 if ALL else 3):
            pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'zh_api'")
            time.sleep(1 if ALL else 0.3)
        until_booked(10)
    s.settle("sessions ended", 1)


def turned_away():
    """As after a change of pg_hba.conf, or of the password."""
    hba = pathlib.Path(pg.sql("SHOW hba_file").strip())
    good = hba.read_text()
    with Storm(4, [Client(d.port, books.token, timeout=20)]) as s:
        hba.write_text("local all zh_api reject\nhost all zh_api all reject\n" + good)
        pg.sql("SELECT pg_reload_conf()")
        pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'zh_api'")
        time.sleep(5 if ALL else 0.5)
        hba.write_text(good)
        pg.sql("SELECT pg_reload_conf()")
        until_booked(10)
    s.settle("turned away", 1)


def cluster():
    """Every process of PostgreSQL."""
    first = int(pathlib.Path(pg.sql("SHOW data_directory").strip(), "postmaster.pid").read_text().split()[0])
    return [int(p) for p in pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()] + [first]


class Routes:
    """What a client is told that asks for a route again and again, until it is left."""

    def __enter__(self):
        self.over, self.took, self.wrong = False, [], []
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()
        return self

    def ask(self):
        try:
            c = Client(d.port, timeout=30)
            while not self.over:
                began = time.monotonic()
                assert c.call("Routing/FindRoutes", route_request(), 20000).options
                self.took.append(time.monotonic() - began)
                time.sleep(0.01)
        except Exception as why:
            self.wrong.append(why)

    def __exit__(self, *why):
        self.over = True
        self.thread.join()

    def p99_ms(self):
        assert not self.wrong, self.wrong
        return 1000 * sorted(self.took)[int(0.99 * (len(self.took) - 1))]


def stand_still(seconds, whole):
    """For so long the sessions of the daemon move no more; whole: nor does anything of PostgreSQL, so that none can be had anew."""
    until_booked(20)
    keys, deadline_ms = [uuid.uuid4().bytes for _ in range(8)], min(2000, int(600 * seconds))
    clients, new = [Client(d.port, books.token, timeout=30) for _ in keys], [Client(d.port, hello=False, timeout=30) for _ in range(4)]
    store = lambda: clients[0].call("Operations/GetStatus", ops.GetStatusRequest(), 20000).store
    before = store()
    with Routes() as alone:
        time.sleep(1)
    pids = cluster() if whole else books.backends()
    assert books.book(uuid.uuid4().bytes).bill_no  # so that the firm's rules are known: a booking that has to ask for them first was not sent, and is UNAVAILABLE
    with Stopped(pids), Routes() as meanwhile:
        began = time.monotonic()
        for c, key in zip(clients, keys):
            c.send("Shipments/Book", books.request(key), deadline_ms)
        for c in new:  # a token that nobody knows has to be looked up
            c.send("Session/Hello", wire.HelloRequest(token=unseen, protocol_version=1), deadline_ms)
        codes = [zh.CODES[c.reply().status.code] for c in clients]
        told = time.monotonic() - began
        hello = {zh.CODES[c.reply().status.code] for c in new}
        # what was sent may have happened, and that is said when the time is up
        assert set(codes) <= {"UNKNOWN", "UNAVAILABLE"} and "UNKNOWN" in codes and deadline_ms / 1000 - 0.1 < told < deadline_ms / 1000 + 5, (codes, told)
        assert hello <= {"UNAVAILABLE", "DEADLINE_EXCEEDED", "UNKNOWN"} or not whole, hello
        time.sleep(max(0, began + seconds - time.monotonic()))
    if seconds > 8:
        assert store().losses > before.losses, "no connection was given up"
    back = until_booked(20)
    for key in keys:
        assert books.book(key).bill_no
    assert books.of(keys) == set(keys)
    books.balanced()
    lost = store().losses - before.losses
    print(f"     {'all of PostgreSQL' if whole else 'its sessions'} for {seconds} s: {codes.count('UNKNOWN')} of 8 bookings UNKNOWN after {told:.2f} s (deadline {deadline_ms / 1000}), connections given up "
          f"{lost}, {len(meanwhile.took)} routes with p99 {meanwhile.p99_ms():.1f} ms (before: {alone.p99_ms():.1f}), booked {back:.2f} s afterwards, no key twice", flush=True)
    assert len(meanwhile.took) > 5 * seconds


def sessions_that_stand_still():
    """E2: SIGSTOP. Routing goes on, what is in flight is UNKNOWN at its deadline, connections without progress for 5 s are given up, and
    each key is booked once in the end."""
    for seconds in (1, 10, 60) if ALL else (1,):
        stand_still(seconds, False)
    for seconds in (10, 60) if ALL else ():
        stand_still(seconds, True)


def sessions_stopped_and_let_go_in_another_order():
    """F2."""
    for turn in range(200 if ALL else 1):
        keys = [uuid.uuid4().bytes for _ in range(12)]
        pids = books.backends()
        rng.shuffle(pids)
        threads = [threading.Thread(target=book, args=(k,)) for k in keys]
        stops = [Stopped([p]) for p in pids]
        for i, t in enumerate(threads):
            t.start()
            if i < len(stops):
                stops[i].__enter__()
            time.sleep(0.02)
        time.sleep(rng.random() * (6 if ALL and turn % 20 == 0 else 0.5))
        rng.shuffle(stops)
        for s in stops:
            s.__exit__()
            time.sleep(rng.random() * 0.2)
        for t in threads:
            t.join()
        for key in keys:
            assert books.book(key).bill_no
        assert books.of(keys) == set(keys)
    books.balanced()


def no_password_is_told():
    assert SECRET not in d.text()
    assert d.close() == 0


try:
    print(f"seed {SEED}", flush=True)
    zh.run([(f.__name__, f) for f in (away_under_a_storm, our_own_client_is_no_storm, no_session_is_left, every_session_is_ended_again_and_again, turned_away, sessions_that_stand_still, sessions_stopped_and_let_go_in_another_order, no_password_is_told)
            if f == no_password_is_told or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
