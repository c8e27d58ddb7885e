#!/usr/bin/python3
"""What breaks beside and inside the daemon: connections cut after every byte of a booking, allocations that fail one by one,
PostgreSQL out of disk, reloads under load, a wall clock that jumps. Nothing lost, nothing wrong, nothing stuck.

FAULTS=all takes every byte and every allocation (make faults), otherwise a sample by seed.

Seen to fail: a call slot whose allocation is not checked (it dies)."""
import json, os, pathlib, random, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from faults import HOW, Bookings, Proxy, a_visit, preloaded, sanitized
from zh import Client, Daemon, Gone, Postgres, Refused, ops, route_request, routing, shipments, wire

ALL = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("FAULTS_SEED", str(int(time.time()))))
rng = random.Random(SEED)
LOAD = str(zh.BUILD / "zongheng-load")
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-fault-", dir="/tmp"))
os.chmod(tmp, 0o755)
pg = Postgres()
pg.setup()


os.mkdir(tmp / "p")
door = Proxy(socket.AF_UNIX, str(tmp / "p" / ".s.PGSQL.5432"), lambda: pg.data + "/.s.PGSQL.5432")
os.chmod(tmp / "p" / ".s.PGSQL.5432", 0o777)
d = Daemon("--database", f"host={tmp}/p user=zh_api dbname=zongheng", "--anonymous", "yes", "--db-connections", "1")
gate = Proxy(socket.AF_INET, ("127.0.0.1", 0), lambda: ("127.0.0.1", d.port))
books = None  # made when the daemon serves (the end of the file)


def offsets(exchange):
    """(direction, byte): every one, or a sample."""
    every = [(way, k) for way in (0, 1) for k in range(exchange[way] + 1)]
    return every if ALL else rng.sample(every, 20)


def cut_between_client_and_daemon():
    """F1: after every byte, either way. What the client saw must agree with what Settle says and what is stored."""
    gate.arm()
    key = uuid.uuid4().bytes
    c = Client(gate.address[1], books.token)
    c.call("Shipments/Book", books.request(key))
    exchange = list(gate.seen)
    c.close()
    acked, settled = set(), {}
    for way, k in offsets(exchange):
        key = uuid.uuid4().bytes
        gate.arm(way, k)
        try:
            Client(gate.address[1], books.token, timeout=10).call("Shipments/Book", books.request(key))
            acked.add(key)
        except (Gone, OSError):
            pass
        except Refused as r:
            assert r.code in ("UNAVAILABLE", "UNKNOWN"), r
        gate.arm()
        settled[key] = books.again(lambda c: c.call("Shipments/Settle", shipments.SettleRequest(key=key))).outcome
    there = books.of(settled)
    assert acked <= there, "an acknowledged booking is lost"
    for key, outcome in settled.items():
        assert (outcome == shipments.SettleReply.BOOKED) == (key in there) and outcome in (shipments.SettleReply.BOOKED, shipments.SettleReply.NEVER), outcome
    books.balanced()
    print(f"     {len(settled)} cuts of {sum(exchange)} bytes: {len(there)} booked, {len(acked)} of them acknowledged", flush=True)


def cut_between_daemon_and_database():
    """F1 on the other side: the client repeats with its key and has exactly one booking."""
    books.book(uuid.uuid4().bytes)
    door.arm()
    books.book(uuid.uuid4().bytes)
    exchange = list(door.seen)
    keys, unsure = set(), 0
    for way, k in offsets(exchange)[::1 if not ALL else 5]:
        key = uuid.uuid4().bytes
        keys.add(key)
        c = Client(d.port, books.token, timeout=10)
        door.arm(way, k)
        try:
            c.call("Shipments/Book", books.request(key), 3000)
        except Refused as r:
            unsure += 1
            assert r.code in ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED"), r
        door.arm()
        c.close()
        assert books.book(key).bill_no
    assert books.of(keys) == keys
    books.balanced()
    print(f"     {len(keys)} cuts of {sum(exchange)} bytes: {unsure} answers were unsure, all are booked once", flush=True)


def bytes_that_come_otherwise():
    """F1 as well: after some byte of a booking's exchange the bytes stand still, trickle, come twice, come changed, or one side ends. On
    either side of the daemon; what is changed on the way in may be another question, so of that only the sums are held to."""
    told, rounds = {}, 12 if ALL else 1
    for how in HOW[1:]:
        for where, proxy in (("client", gate), ("database", door)):
            for way in (0, 1):
                for _ in range(rounds):
                    key, acked = uuid.uuid4().bytes, False
                    if where == "database":
                        books.book(uuid.uuid4().bytes)  # its connection is up
                    proxy.arm(way, rng.randrange(0, 300), how)
                    c = None
                    try:
                        c = Client(gate.address[1], books.token, timeout=4)
                        c.call("Shipments/Book", books.request(key), 2500)
                        acked, code = True, "OK"
                    except (Gone, OSError):
                        code = "GONE"
                    except Refused as r:
                        code = r.code
                    except AssertionError:  # a changed or doubled reply
                        code = "OTHER"
                    except Exception as why:  # one that is no message
                        assert type(why).__name__ == "DecodeError" and how == "corrupt" and where == "client", why
                        code = "OTHER"
                    if c is not None:
                        c.close()
                    proxy.arm()
                    told.setdefault((how, where), set()).add(code)
                    assert d.proc.poll() is None, d.text()[-2000:]
                    if how == "corrupt":
                        books.of([key])
                    else:
                        books.settled(key, acked)
    for (how, where), codes in told.items():
        print(f"     {how}, {where}: {', '.join(sorted(codes))}", flush=True)
    books.balanced()


def the_disk_is_full():
    """E3: PostgreSQL on a small tmpfs that fills up. Routing goes on; when there is room again nothing is lost or doubled."""
    small = tmp / "small"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(small)], capture_output=True).returncode != 0:
        print("     skipped: no tmpfs can be mounted here", flush=True)
        return
    try:
        os.chmod(small, 0o755)
        other = Postgres.__new__(Postgres)
        other.dir, other.data = str(small), str(small / "pg")
        other.tool("start")
        other.setup()
        key_token = other.token()
        e = Daemon("--database", other.conninfo("zh_api"), "--anonymous", "yes")
        end = time.time() + 30
        while True:  # a busy machine's PostgreSQL may be slow to check the token
            try:
                c = Client(e.port, key_token)
                break
            except Refused as r:
                assert r.code == "UNAVAILABLE" and time.time() < end, r
        ref = c.call("Routing/FindRoutes", books.question).options[0].plan_ref
        book = lambda key: shipments.BookRequest(key=key, request=books.question, plan_ref=ref)
        acked = [uuid.uuid4().bytes for _ in range(20)]
        for key in acked:
            c.call("Shipments/Book", book(key))
        with open(small / "filler", "wb") as f:
            try:
                while True:
                    f.write(b"\0" * 65536)
                    f.flush()
            except OSError:
                pass
        unsure, end = [], time.time() + 10
        while len(unsure) < 5 and time.time() < end:
            key = uuid.uuid4().bytes
            try:
                c.call("Shipments/Book", book(key), 2000)
                acked.append(key)
            except Refused as r:
                assert r.code in ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED"), r
                unsure.append(key)
        assert unsure, "the disk was not full"
        assert c.call("Routing/FindRoutes", route_request()).options
        os.unlink(small / "filler")
        other.tool("restart")
        for key in unsure:
            end = time.time() + 30
            while True:
                try:
                    c.call("Shipments/Book", book(key))
                    break
                except Refused as r:
                    assert time.time() < end and r.code in ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED"), r
                    time.sleep(0.1)
        stored = {uuid.UUID(k).bytes for k in other.sql("SELECT key FROM zh.shipment").split()}
        assert stored == set(acked) | set(unsure), "lost or more than was asked for"
        assert len(stored) == int(other.sql("SELECT count(*) FROM zh.shipment").strip())
        print(f"     {len(acked)} acknowledged, {len(unsure)} unsure while it was full: all there once", flush=True)
        assert e.close() == 0
        other.tool("stop")
    finally:
        subprocess.run(["umount", "-l", str(small)], capture_output=True)


class Allocations:
    """The control file of failalloc.so."""

    def __init__(self):
        self.path = tmp / "alloc"
        self.path.write_bytes(struct.pack("qq", 0, 0))
        import mmap
        self.file = open(self.path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 16)

    def arm(self, n):
        self.map[0:16] = struct.pack("qq", n, 0)

    @property
    def failed(self):
        return struct.unpack("qq", self.map[0:16])[1]


def allocations_that_fail_while_it_serves():
    """H1, own mode."""
    if sanitized():
        print("     skipped: a sanitizer has its own allocator", flush=True)
        return
    control = Allocations()
    e = preloaded(str(zh.BUILD / "failalloc.so"), {"FAILALLOC": str(control.path)}, "--anonymous", "yes")
    want = a_visit(e.port)
    assert want[:-1] == ["OK"] * 7 and want[-1] == "INVALID_ARGUMENT", want
    n, failures, most = 1, 0, 4000 if ALL else 150
    while n < most:
        control.arm(n)
        seen = a_visit(e.port, 2 + n % 30)
        failed = control.failed
        control.arm(0)
        assert e.proc.poll() is None, f"it died of allocation {n}: " + e.text()[-2000:]
        assert set(seen) <= {"OK", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "INTERNAL", "GONE"}, (n, seen)
        failures += failed
        if not failed:
            break
        n += 1 if ALL or n < 60 else rng.randrange(1, 20)
    assert a_visit(e.port) == want, "it does not answer as before"
    print(f"     {failures} allocations of a visit failed one by one", flush=True)
    assert failures > 20
    assert e.close() == 0


def allocations_that_fail_while_it_starts():
    if sanitized():
        print("     skipped: a sanitizer has its own allocator", flush=True)
        return
    control = Allocations()
    control.arm(1 << 40)
    e = preloaded(str(zh.BUILD / "failalloc.so"), {"FAILALLOC": str(control.path)}, "--anonymous", "yes", "--sharpen", "no")
    total = (1 << 40) - struct.unpack("qq", control.map[0:16])[0]
    e.close()
    points = range(1, total + 1) if ALL and total < 3000 else sorted(rng.sample(range(1, total + 1), min(total, 300 if ALL else 10)))
    began, refused = 0, 0
    for n in points:
        control.arm(n)
        try:
            e = preloaded(str(zh.BUILD / "failalloc.so"), {"FAILALLOC": str(control.path)}, "--anonymous", "yes", "--sharpen", "no")
            began += 1
            control.arm(0)
            assert Client(e.port).call("Routing/FindRoutes", route_request()).options
            assert e.close() == 0
        except RuntimeError as why:
            refused += 1
            assert "start_refused" in str(why) or "out of memory" in str(why), (n, str(why))
            status = e.proc.returncode if e.proc.poll() is not None else None
            assert status in (0, 1, None), (n, status)
    print(f"     {len(points)} of {total} allocations of the start: {refused} refuse it with a sentence, {began} it starts without", flush=True)


def reloads_under_load():
    """G1, G2: two networks in turn, and broken ones between; no request fails, each answer is of one version."""
    net = tmp / "live.net"
    good = (zh.BUILD / "daye.net").read_bytes()
    other = zh.dearer_network(tmp)
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    net.write_bytes(good)
    e = Daemon("--anonymous", "yes", network=net)
    load = subprocess.Popen([LOAD, "replay", "--server", f"127.0.0.1:{e.port}", "--rate", "60", "--duration", "60s", "--deadline", "20s", "--mix",
                             "route=4,cost=4,matrix=1,reach=1", "--report", str(tmp / "g.json")], stdout=subprocess.PIPE, text=True, cwd=zh.ROOT)
    rss = lambda: int(next(l for l in open(f"/proc/{e.proc.pid}/status") if l.startswith("VmRSS")).split()[1])
    time.sleep(0.5)
    versions, before = set(), None
    for i in range(24 if ALL else 12):
        content = (other, good, good[: len(good) // 3], bytes(flipped), b"", good + b"x" * 1000)[i % 6]
        (tmp / "new").write_bytes(content)
        os.replace(tmp / "new", net)
        lines = e.text().count("event=reload")
        e.signal(signal.SIGHUP)
        end = time.time() + 20
        while e.text().count("event=reload") == lines and time.time() < end:
            time.sleep(0.02)
        c = Client(e.port)
        versions.add(c.call("Routing/FindRoutes", route_request(), 20000).network_version)
        c.close()
        before = before or rss() if i >= 5 else None
    after = rss()
    load.send_signal(signal.SIGINT)
    out = load.communicate(timeout=60)[0]
    r = json.loads((tmp / "g.json").read_text())
    a = r["requests"]["all"]
    print(f"     {e.text().count('event=reloaded')} reloads and {e.text().count('event=reload_refused')} refused beside {a['sent']} requests; "
          f"p99 {a['p99_ms']:.0f} ms, memory {before / 1024:.0f} to {after / 1024:.0f} MB", flush=True)
    assert load.returncode == 0 and a["failed"] == 0 and a["ok"] + a["late"] == a["sent"] and r["checks"]["broken"] == 0, out
    assert len(versions) == 2 and e.text().count("event=reload_refused") >= (6 if ALL else 3), (versions, e.text()[-1500:])
    assert after < before + 64 * 1024 or zh.SANITIZED
    assert e.close() == 0


def the_wall_clock_jumps():
    """F4: no timer and no deadline of the daemon looks at it."""
    library = next((str(p) for p in pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
    if library is None or sanitized():
        print("     skipped: no libfaketime, or a sanitizer that does not go with it", flush=True)
        return
    clock = tmp / "clock"
    clock.write_text("+0")
    e = preloaded(library, {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"},
                  "--anonymous", "yes", "--hello-ms", "1500", "--idle-ms", "60000")
    kept = Client(e.port)
    for jump in ("+3600", "-3600", "+86400", "-86400", "@2038-01-19 03:14:05", "@2106-02-07 06:28:14", "+0"):
        silent = socket.create_connection(("127.0.0.1", e.port), timeout=20)
        began = time.time()
        clock.write_text(jump)
        c = Client(e.port)
        assert c.call("Routing/FindPlaces", routing.FindPlacesRequest(query="daye")).places, jump
        c.close()
        for who in (kept, Client(e.port)):
            who.send("Routing/GetReach", routing.GetReachRequest(**{"from": routing.PlaceRef(name="daye")}, vehicle=routing.Vehicle(vehicle_class=6), max_drive_s=900), 20000)
            assert who.reply().status.code == 0, jump
        if jump in ("+86400", "-86400", "@2038-01-19 03:14:05"):
            assert silent.recv(1) == b""
            took = time.time() - began
            assert 1.2 < took < 8, (jump, took)
        silent.close()
    kept.close()
    assert e.close() == 0


try:
    print(f"seed {SEED}", flush=True)
    books = Bookings(pg, lambda: d)
    zh.run([(f.__name__, f) for f in (
        cut_between_client_and_daemon, cut_between_daemon_and_database, bytes_that_come_otherwise, the_disk_is_full,
        allocations_that_fail_while_it_serves, allocations_that_fail_while_it_starts, reloads_under_load, the_wall_clock_jumps, d.close)
        if f == d.close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
    shutil.rmtree(tmp, ignore_errors=True)
