#!/usr/bin/python3
"""Bookings per second through the daemon beside pgbench doing the same statement on the same cluster, in one run: 1, 16
and 64 connections. The statement and its parameters are those that PostgreSQL logged of real bookings; departures get
room without end and bookings are spread over DAYS of them.

  book_bench.py [SECONDS] [DB_CONNECTIONS] [LOOPS]     BUILD=build; prints a table for docs/performance.md
"""
import os, pathlib, re, selectors, struct, subprocess, sys, tempfile, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import Client, Daemon, Postgres, route_request, routing, shipments

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 5
CONNECTIONS = sys.argv[2] if len(sys.argv) > 2 else "32"
LOOPS = sys.argv[3] if len(sys.argv) > 3 else "1"
DAYS = int(os.environ.get("DAYS", "60"))


def connect(port, token):
    """Once the daemon has its own connections."""
    for _ in range(100):
        try:
            return Client(port, token)
        except zh.Refused:
            time.sleep(0.1)
    raise SystemExit("no Hello within 10 s")


def plans(c):
    out = []
    for day in range(20, 20 + DAYS):
        q = route_request(destination="深圳", mass_kg=1, families=[routing.AIR_ROAD], ready_at=zh.ready_at(day))
        out.append((q, c.call("Routing/FindRoutes", q).options[0].plan_ref))
    return out


def frame(i, plan):
    m = shipments.BookRequest(key=uuid.uuid4().bytes, request=plan[0], plan_ref=plan[1])
    r = zh.wire.Request(id=i, method="zongheng.v1.Shipments/Book", body=m.SerializeToString()).SerializeToString()
    return struct.pack(">I", len(r)) + r


def through_daemon(port, token, offers, clients):
    """Closed loop: each connection has one booking on its way. Frames are made before the clock starts."""
    sel, socks = selectors.DefaultSelector(), []
    for n in range(clients):
        c = connect(port, token)
        c.sock.setblocking(False)
        socks.append({"s": c.sock, "buf": b"", "sent": 0.0})
        sel.register(c.sock, selectors.EVENT_READ, socks[-1])
    frames = [frame(i, offers[i % DAYS]) for i in range(int(SECONDS * 6000) + clients)]
    at, done, refused, waits = 0, 0, 0, []
    begin = time.perf_counter()
    for x in socks:
        x["s"].send(frames[at])
        x["sent"] = begin
        at += 1
    end = begin + SECONDS
    while time.perf_counter() < end and at < len(frames):
        for key, _ in sel.select(0.5):
            x = key.data
            x["buf"] += x["s"].recv(65536)
            n = struct.unpack(">I", x["buf"][:4])[0] if len(x["buf"]) >= 4 else 1 << 30
            if len(x["buf"]) < 4 + n:
                continue
            refused += x["buf"][13:14] == b"\x12"  # a status behind the id
            x["buf"] = x["buf"][4 + n:]
            now = time.perf_counter()
            waits.append(now - x["sent"])
            done += 1
            x["sent"] = now
            x["s"].send(frames[at])
            at += 1
    took = time.perf_counter() - begin
    for x in socks:
        x["s"].close()
    waits.sort()
    assert refused < done / 100, f"{refused} of {done} were refused"
    return (done - refused) / took, waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000


def logged_statements(pg, c, offers):
    """The parameters of one booking of each plan, from PostgreSQL's log."""
    pg.sql("ALTER ROLE zh_api SET log_min_duration_statement = 0")
    for conn in pg.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split():
        pg.sql(f"SELECT pg_terminate_backend({conn})")
    time.sleep(2)
    for q, ref in offers:
        c.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=ref))
    pg.sql("ALTER ROLE zh_api RESET log_min_duration_statement")
    for conn in pg.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split():
        pg.sql(f"SELECT pg_terminate_backend({conn})")
    time.sleep(2)
    out = []
    for line in open(f"{pg.data}/log", errors="replace"):
        m = re.search(r"DETAIL:  parameters: \$1 = '([^']*)', \$2 = '([^']*)', \$3 = '([^']*)', \$4 = '((?:[^']|'')*)', \$5 = '([^']*)'", line)
        if m and '"legs"' in m[4]:
            out.append((m[1], m[3], m[4].replace("''", "'"), m[5]))
    assert len(out) >= DAYS, len(out)
    return out[:DAYS]


def with_pgbench(pg, top, statements, clients):
    args = []
    for i, (firm, sha, plan, option) in enumerate(statements):
        path = f"{top}/s{i}.sql"
        open(path, "w").write(f"SELECT * FROM zh.book(:firm::uuid, gen_random_uuid(), :sha::text::bytea, :plan{i}::text::jsonb, :option{i}::text::bytea);\n")
        args += ["-f", path, "-D", f"plan{i}={plan}", "-D", f"option{i}={option}"]
    cmd = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2" if clients > 1 else "1", "-T", str(int(SECONDS)), "-h", pg.data, "-U", "zh_api",
           "-D", f"firm={statements[0][0]}", "-D", f"sha={statements[0][1]}", *args, "zongheng"]
    # a slow disk under 64 clients: a lock waited for too long would end the whole run
    p = subprocess.run(cmd, capture_output=True, text=True, env=os.environ | {"PGOPTIONS": "-c lock_timeout=10s"})
    assert p.returncode == 0, p.stderr[-2000:]
    return float(re.search(r"tps = ([0-9.]+)", p.stdout)[1])


pg = Postgres()
try:
    pg.setup()
    token = pg.token("Bench")
    d = Daemon("--database", pg.conninfo("zh_api"), "--db-connections", CONNECTIONS, "--loops", LOOPS)
    try:
        c = connect(d.port, token)
        offers = plans(c)
        statements = logged_statements(pg, c, offers)
        pg.sql("UPDATE zh.departure SET capacity_kg = 1000000000000")
        print(f"{os.cpu_count()} cores, fsync on, {SECONDS:.0f} s each, db_connections {CONNECTIONS} of each of {LOOPS} loops; {DAYS} departures")
        print("| connections | bookings/s | median ms | p99 ms | pgbench/s | of it |\n| ---: | ---: | ---: | ---: | ---: | ---: |")
        with tempfile.TemporaryDirectory() as top:
            for n in (1, 16, 64):
                rate, mid, p99 = through_daemon(d.port, token, offers, n)
                base = with_pgbench(pg, top, statements, n)
                print(f"| {n} | {rate:.0f} | {mid:.2f} | {p99:.2f} | {base:.0f} | {100 * rate / base:.0f} % |", flush=True)
    finally:
        d.close()
finally:
    pg.close()
