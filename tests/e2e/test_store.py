#!/usr/bin/python3
"""Between the daemon and PostgreSQL: a true PgBouncer in transaction pooling, a true streaming replica, several daemons, a
database that is slow, and the counters of it all.

Seen to fail: reads sent to the replica without asking how far it is; PgBouncer with prepared statements; no refusal by
expected time; RLS set for the session instead of the transaction (PgBouncer)."""
import os, pathlib, shutil, signal, subprocess, sys, tempfile, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Postgres, Refused, ops, route_request, routing, shipments

os.environ["ZH_PG_FAST"] = "1"
pg = Postgres()
pg.setup()
token = pg.token("Store firm")
BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
AS = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


def connect(d, who=token):
    for _ in range(150):
        try:
            return Client(d.port, who)
        except (Refused, Gone, OSError):
            time.sleep(0.1)
    raise AssertionError("no Hello: " + d.text()[-2000:])


def daemon(*flags, database=None):
    return Daemon("--database", database or pg.conninfo("zh_api"), *flags)


def offer(c, day, mass=10):
    q = route_request(destination="深圳", mass_kg=mass, families=[routing.AIR_ROAD], ready_at=zh.ready_at(day))
    return q, c.call("Routing/FindRoutes", q).options[0]


def book(c, q, o, key=None):
    return c.call("Shipments/Book", shipments.BookRequest(key=(key or uuid.uuid4()).bytes, request=q, plan_ref=o.plan_ref))


def bills(c):
    return [s.bill_no for s in c.call("Shipments/List", shipments.ListShipmentsRequest(page_size=200)).shipments]


def status(c):
    return c.call("Operations/GetStatus", ops.GetStatusRequest())


def folder(name):
    path = os.path.join(pg.dir, name)
    os.mkdir(path)
    if AS:
        shutil.chown(path, "postgres")
    return path


# --- PgBouncer ----------------------------------------------------------------------------------------------
def bouncer():
    """Two server connections for however many clients; gives the process and the connection string."""
    place = folder("bouncer")
    pathlib.Path(place, "users").write_text('"zh_api" ""\n')
    pathlib.Path(place, "ini").write_text(f"""[databases]
zongheng = host={pg.data} dbname=zongheng
[pgbouncer]
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
listen_addr =
listen_port = 6432
unix_socket_dir = {place}
auth_type = trust
auth_file = {place}/users
logfile = {place}/log
pidfile = {place}/pid
""")
    p = subprocess.Popen([*AS, shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", "-q", f"{place}/ini"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        if os.path.exists(f"{place}/.s.PGSQL.6432"):
            return place, f"host={place} port=6432 user=zh_api dbname=zongheng"
        time.sleep(0.05)
    p.kill()
    raise AssertionError("pgbouncer did not start")


def stop_bouncer():
    pid = pathlib.Path(pg.dir, "bouncer", "pid")
    if pid.exists():
        os.kill(int(pid.read_text()), signal.SIGTERM)
        while pid.exists():
            time.sleep(0.02)


def behind_pgbouncer():
    place, conninfo = bouncer()
    plain = daemon(database=conninfo)  # prepares and sends options: the pooler refuses it
    d = daemon("--database-pooled", "yes", "--db-connections", "8", database=conninfo)
    try:
        tokens = [pg.token(f"Pooled {i}") for i in range(6)]
        got, wrong = {}, []

        def work(i):
            try:
                c = connect(d, tokens[i])
                q, o = offer(c, 30 + i % 2)
                mine = []
                for k in range(25):
                    key = uuid.uuid4()
                    mine.append(book(c, q, o, key).bill_no)
                    again = book(c, q, o, key)
                    assert again.replay and again.bill_no == mine[-1]
                    if k % 8 == 0:
                        assert sorted(bills(c)) == sorted(mine), "a firm sees its own, all of it, and nothing else"
                c.call("Shipments/Cancel", shipments.CancelRequest(key=uuid.uuid4().bytes, bill_no=mine[0]))
                refused = shipments.GetShipmentRequest(bill_no="ZH261124-0A1B2C3D4E")
                try:
                    c.call("Shipments/Get", refused)
                    raise AssertionError("found")
                except Refused as r:
                    assert r.code == "NOT_FOUND"
                got[i] = mine
            except Exception as e:
                wrong.append(repr(e))
        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert not wrong and len(got) == 6, wrong
        servers = int(pg.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'zh_api'"))
        assert 1 <= servers <= 2, servers
        s = status(connect(d, tokens[0])).store
        assert s.connections == 8 and s.up == 8 and s.ok > 300 and s.refused == 0, s
        assert "unsupported startup parameter" in plain.text() and status_up(plain) is False
        # the pooler goes away and comes back
        pid = int(pathlib.Path(place, "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        while os.path.exists(f"/proc/{pid}"):
            time.sleep(0.02)
        shutil.rmtree(place)
        bouncer()
        c = connect(d, tokens[1])
        assert sorted(bills(c)) == sorted(got[1])
    finally:
        plain.close()
        d.close()
        stop_bouncer()


def status_up(d):
    """Without a token: by the log."""
    return "event=db_up" in d.text()


# --- a streaming replica ------------------------------------------------------------------------------------
class Replica:
    def __init__(self):
        self.dir = folder("replica")
        self.data = self.dir + "/data"
        subprocess.run([*AS, str(BIN / "pg_basebackup"), "-h", pg.data, "-U", "postgres", "-D", self.data, "-R", "-X", "stream", "-c", "fast"], check=True, capture_output=True)
        self.start()

    def ctl(self, *what):
        subprocess.run([*AS, str(BIN / "pg_ctl"), "-D", self.data, "-w", *what], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def start(self):
        self.ctl("-o", f"-c unix_socket_directories={self.dir}", "-l", f"{self.dir}/log", "start")

    def stop(self):
        self.ctl("-m", "fast", "stop")

    def sql(self, text):
        return subprocess.run(["psql", "-X", "-At", "-h", self.dir, "-U", "postgres", "-c", text, "zongheng"], check=True, capture_output=True, text=True).stdout


def reads_from_a_replica():
    """What was booked through one daemon is in the next List of another, whatever the replica does."""
    r = Replica()
    conninfo = f"host={r.dir} user=zh_api dbname=zongheng"
    ds = [daemon("--database-replica", conninfo, "--replica-wait-ms", "300") for _ in range(2)]
    running = True
    try:
        a, b = connect(ds[0]), connect(ds[1])
        q, o = offer(a, 33)

        def fresh(times):
            for _ in range(times):
                bill = book(a, q, o).bill_no
                assert b.call("Shipments/Get", shipments.GetShipmentRequest(bill_no=bill)).shipment.bill_no == bill
                assert bills(b)[0] == bill, "the other daemon did not see what was booked"
                assert b.call("Shipments/ListEvents", shipments.ListEventsRequest(bill_no=bill)).events[0].code == "BOOK"
        fresh(40)
        s = status(b).replica
        assert s.up == 2 and s.served >= 100, s
        r.sql("SELECT pg_wal_replay_pause()")
        while r.sql("SELECT pg_get_wal_replay_pause_state()").strip() != "paused":
            time.sleep(0.02)
        before = status(b).replica.behind
        fresh(3)
        assert status(b).replica.behind >= before + 9, "reads of a replica that stands still"
        r.sql("SELECT pg_wal_replay_resume()")
        fresh(3)
        served = status(b).replica.served
        bills(b)
        assert status(b).replica.served > served
        r.stop()  # also in the middle of a read
        running = False
        fresh(5)
        r.start()
        running = True
        for _ in range(100):
            served = status(b).replica.served
            fresh(1)
            if status(b).replica.served >= served + 3:
                return
            time.sleep(0.1)
        raise AssertionError("the replica is not used again")
    finally:
        for d in ds:
            d.close()
        if running:
            r.stop()


# --- several daemons ----------------------------------------------------------------------------------------
def daemons_compete_for_a_departure():
    """Three daemons, twelve clients, 40 places: exactly 40 bookings, and one booking for a key sent to all."""
    ds = [daemon() for _ in range(3)]
    try:
        c = connect(ds[0])
        q, o = offer(c, 36, mass=5)
        f = next(l for l in o.legs if l.service_id)
        pg.sql(f"INSERT INTO zh.departure (service_id, day, capacity_kg, capacity_teu_milli) VALUES ({f.service_id}, '{f.depart_date}', 200, 0)")
        out, lock, twin = [], threading.Lock(), uuid.uuid4()

        def work(i):
            c = connect(ds[i % 3])
            for k in range(6):
                try:
                    got = book(c, q, o, twin if k == 0 else None).bill_no
                except Refused as r:
                    got = r.code
                with lock:
                    out.append((k, got))
        threads = [threading.Thread(target=work, args=(i,)) for i in range(12)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        twins = {g for k, g in out if k == 0 and g.startswith("ZH")}
        others = [g for k, g in out if k > 0 and g.startswith("ZH")]
        assert len(twins) == 1 and len(others) == len(set(others)) == 39, (len(twins), len(others))
        assert {g for k, g in out if not g.startswith("ZH")} <= {"RESOURCE_EXHAUSTED", "UNAVAILABLE"}
        assert pg.sql(f"SELECT taken_kg FROM zh.departure WHERE service_id = {f.service_id} AND day = '{f.depart_date}'").strip() == "200"
    finally:
        for d in ds:
            d.close()


def a_key_from_sixteen_at_once():
    """D4: a key by sixteen connections at once, to two daemons, and again when both have been killed and begun anew: one booking, and every
    answer is the same but for who was first. FAULTS=all (make faults): 1,000 keys."""
    keys = [uuid.uuid4() for _ in range(1000 if os.environ.get("FAULTS") == "all" else 10)]
    ds = [daemon() for _ in range(2)]
    try:
        c = connect(ds[0])
        q, o = offer(c, 50, mass=1)
        told, repeated, wrong = {k: [] for k in keys}, [], []
        for again in (False, True):
            start = threading.Barrier(16)

            def work(i):
                try:
                    mine = connect(ds[i % 2])
                    for k in keys:
                        start.wait(60)
                        while True:
                            try:
                                told[k].append((again, book(mine, q, o, k)))
                                break
                            except Refused as r:
                                assert r.code in ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED"), r
                                repeated.append(r.code)
                                time.sleep(0.05)
                except Exception as e:
                    wrong.append(repr(e))
                    start.abort()
            threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
            [t.start() for t in threads]
            [t.join() for t in threads]
            assert not wrong, wrong
            for d in ds if not again else ():
                d.kill()
                d.start()
        bills = set()
        for k, answers in told.items():
            assert len(answers) == 32 and all(a.replay for again, a in answers if again)
            first = [a for again, a in answers if not again and not a.replay]
            assert len(first) <= 1, "two were told that they were the first"
            for _, a in answers:
                a.replay = False
            assert len({a.SerializeToString(deterministic=True) for _, a in answers}) == 1, "different answers for one key"
            bills.add(answers[0][1].bill_no)
        assert len(bills) == len(keys)
        stored = dict(r.split("|") for r in pg.sql("SELECT key, bill_no FROM zh.shipment").split())
        assert all(stored.get(str(k)) == answers[0][1].bill_no for k, answers in told.items())
        assert sum(b in bills for b in stored.values()) == len(keys)
        print(f"     {len(keys)} keys, {sum(map(len, told.values()))} answers, {len(repeated)} repeats: one booking for each", flush=True)
    finally:
        for d in ds:
            d.close()


# --- a slow database ----------------------------------------------------------------------------------------
def a_database_that_stands_still():
    """While no backend moves: reads are refused before their time is used up, routing goes on, and all is well afterwards."""
    d = daemon()
    stopped = []
    try:
        c, many = connect(d), [connect(d) for _ in range(8)]
        q, o = offer(c, 40)
        book(c, q, o)
        stopped = [int(p) for p in pg.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split()]
        for p in stopped:
            os.kill(p, signal.SIGSTOP)
        begin = time.monotonic()
        for x in many:  # in work: at most 32 of a connection
            for _ in range(30):
                x.send("Shipments/List", shipments.ListShipmentsRequest(), 3000)
        time.sleep(1.8)
        late = time.monotonic()
        for x in many:
            x.send("Shipments/List", shipments.ListShipmentsRequest(), 3000)
        assert c.call("Routing/FindRoutes", q).options
        codes = []
        for x in many:
            for _ in range(31):
                codes.append(zh.CODES[x.reply().status.code])
        took = time.monotonic() - begin
        s = status(c).store
        assert set(codes) == {"UNAVAILABLE"}, set(codes)
        assert s.slow >= 8, s
        assert took < 8, took
        for p in stopped:
            os.kill(p, signal.SIGCONT)
        stopped = []
        for _ in range(100):
            try:
                assert bills(c)
                break
            except Refused as r:
                assert r.code == "UNAVAILABLE", r
                time.sleep(0.1)
        else:
            raise AssertionError("it did not come back")
        s = status(c).store
        assert s.inflight <= 4 and s.waiting == 0 and s.waiting_max > 100, s
        assert sum(s.took) == s.ok + s.refused + s.retry + s.unknown and s.took_us > 1000000 and s.queued_us > 0, s
    finally:
        for p in stopped:
            os.kill(p, signal.SIGCONT)
        d.close()


def a_locked_departure_holds_up_itself_only():
    """A session that holds a departure's row: its bookings get UNAVAILABLE by lock_timeout, others go on."""
    d = daemon("--db-connections", "4")
    admin = subprocess.Popen(["psql", "-X", "-q", "-h", pg.data, "-U", "postgres", "zongheng"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        c = connect(d)
        (q, o), (q2, o2) = offer(c, 44), offer(c, 46)
        book(c, q, o)
        f = next(l for l in o.legs if l.service_id)
        admin.stdin.write(f"BEGIN; SELECT 1 FROM zh.departure WHERE service_id = {f.service_id} AND day = '{f.depart_date}' FOR UPDATE; \\echo locked\n")
        admin.stdin.flush()
        while admin.stdout.readline().strip() != "locked":
            pass
        held = connect(d)
        key = uuid.uuid4()
        held.send("Shipments/Book", shipments.BookRequest(key=key.bytes, request=q, plan_ref=o.plan_ref))
        for _ in range(10):
            book(c, q2, o2)
        r = held.reply()
        assert zh.CODES[r.status.code] == "UNAVAILABLE" and r.status.details.retry_after_ms > 0, r
        admin.stdin.write("ROLLBACK;\n")
        admin.stdin.flush()
        admin.stdin.close()
        admin.wait()
        b = book(held, q, o, key)
        assert not b.replay
        s = status(c).store
        assert s.retry >= 1 and s.unknown == 0, s
    finally:
        admin.kill()
        admin.wait()
        d.close()


try:
    tests = [behind_pgbouncer, reads_from_a_replica, daemons_compete_for_a_departure, a_key_from_sixteen_at_once, a_database_that_stands_still, a_locked_departure_holds_up_itself_only]
    zh.run([(f.__name__, f) for f in tests if len(sys.argv) < 2 or any(a in f.__name__ for a in sys.argv[1:])])
finally:
    stop_bouncer()
    pg.close()
