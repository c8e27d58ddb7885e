#!/usr/bin/python3
"""Two daemons on one PostgreSQL under bookings, cancellations, rebookings and events, and in each round one fault: a
kill -9 of a daemon, of a backend or of the whole of PostgreSQL, a restart of it, or connections cut at a random byte
between client and daemon or daemon and PostgreSQL. Clients repeat with the same key until they have an answer.

After each round what is taken must be the sum of the live legs; after the last, every acknowledged outcome must be
there once and nothing else. The same with a planted fault must be caught: capacity taken twice, and synchronous_commit
off. TORTURE_ROUNDS (20), TORTURE_SECONDS (90, for all rounds; a slow
machine ends after fewer, at least half), TORTURE_SEED.

Seen to fail with each fault of `mutants` below."""
import os, pathlib, random, socket, struct, sys, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Postgres, Refused, route_request, routing, shipments

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "20"))
SECONDS = float(os.environ.get("TORTURE_SECONDS", "90"))
SEED = int(os.environ.get("TORTURE_SEED", str(int(time.time()))))
AGAIN = ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED")


class Proxy:
    """Passes bytes between a listening socket and a target; cut() ends a share of the connections, each after a
    random number of further bytes, with a reset."""

    def __init__(self, family, address, target):
        self.family, self.target, self.live, self.lock = family, target, [], threading.Lock()
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(64)
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                a, _ = self.listener.accept()
            except OSError:
                return
            b = socket.socket(self.family, socket.SOCK_STREAM)
            try:
                b.connect(self.target())
            except OSError:
                a.close()
                continue
            pair = {"left": None, "ends": (a, b)}
            with self.lock:
                self.live.append(pair)
            for x, y in ((a, b), (b, a)):
                threading.Thread(target=self.pump, args=(pair, x, y), daemon=True).start()

    def pump(self, pair, x, y):
        try:
            while True:
                data = x.recv(65536)
                if not data:
                    break
                if pair["left"] is not None:
                    part = data[:pair["left"]]
                    pair["left"] -= len(part)
                    if part:
                        y.sendall(part)
                    if pair["left"] <= 0:
                        break
                else:
                    y.sendall(data)
        except OSError:
            pass
        for s in pair["ends"]:
            try:
                if pair["left"] is not None and self.family == socket.AF_INET:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
        with self.lock:
            if pair in self.live:
                self.live.remove(pair)

    def cut(self, rng):
        with self.lock:
            for pair in self.live:
                if rng.random() < 0.7:
                    pair["left"] = rng.randrange(0, 3000)

    def close(self):
        self.listener.close()


class World:
    def __init__(self, seed, mutant=None):
        self.rng, self.mutant = random.Random(seed), mutant
        self.pg = Postgres()
        self.pg.setup()
        self.tokens = [self.pg.token("Firm one"), self.pg.token("Firm two")]
        if mutant == "twice":
            good = self.pg.sql("SELECT pg_get_functiondef('zh.book'::regproc)")
            bad = good.replace("SET taken_kg = d.taken_kg + u.kg", "SET taken_kg = d.taken_kg + 2 * u.kg")
            assert bad != good
            self.pg.sql(bad)
        if mutant == "sync_off":
            self.pg.sql("ALTER ROLE zh_api SET synchronous_commit = off")
            self.pg.sql("ALTER SYSTEM SET wal_writer_delay = '10s'")
            self.pg.tool("restart")
        os.mkdir(self.pg.dir + "/p")
        self.dbs = Proxy(socket.AF_UNIX, self.pg.dir + "/p/.s.PGSQL.5432", lambda: self.pg.data + "/.s.PGSQL.5432")
        self.daemons, self.doors = [], []
        for _ in range(2):
            d = Daemon("--database", f"host={self.pg.dir}/p user=zh_api dbname=zongheng")
            d.flags[d.flags.index("--listen") + 1] = f"127.0.0.1:{d.port}"
            self.daemons.append(d)
            self.doors.append(Proxy(socket.AF_INET, ("127.0.0.1", 0), lambda port=d.port: ("127.0.0.1", port)))
        self.offers = []
        c = self.connect(0, 0)
        for day in range(20, 44):
            q = route_request(destination="深圳", mass_kg=7, families=[routing.AIR_ROAD], ready_at=zh.ready_at(day))
            self.offers.append((q, c.call("Routing/FindRoutes", q).options[0].plan_ref))
        c.close()
        self.lock, self.acked, self.refusals, self.odd, self.count = threading.Lock(), {}, {}, [], 0

    def connect(self, firm, door):
        for _ in range(600):
            try:
                return Client(self.doors[door].address[1], self.tokens[firm], timeout=15)
            except (Refused, Gone, OSError):
                time.sleep(0.05)
        raise AssertionError("no Hello: " + self.daemons[door].text()[-1500:])

    def until_answered(self, state, method, message):
        """The same request with the same key until the answer is final: (reply or Refused)."""
        give_up = time.time() + 60
        while time.time() < give_up:
            try:
                if state["c"] is None:
                    state["c"] = self.connect(state["firm"], state["rng"].randrange(2))
                return state["c"].call(method, message)
            except Refused as r:
                if r.code in AGAIN or (r.code == "RESOURCE_EXHAUSTED" and r.retry_after_ms):
                    time.sleep(0.02)
                    continue
                return r
            except (Gone, OSError):
                state["c"] = None
        raise AssertionError(f"{method} was not answered within 60 s")

    def client(self, number, stop):
        rng = random.Random(self.rng.random() + number)
        state, mine = {"c": None, "firm": number % 2, "rng": rng}, []
        try:
            while not stop.is_set():
                key, kind = uuid.UUID(int=rng.getrandbits(128)), rng.random()
                if kind < 0.55 or not mine:
                    q, ref = rng.choice(self.offers)
                    old = mine.pop(rng.randrange(len(mine))) if mine and kind < 0.08 else None
                    m = shipments.BookRequest(key=key.bytes, request=q, plan_ref=ref, replaces_bill_no=old or "")
                    r = self.until_answered(state, "Shipments/Book", m)
                    op = ("book", old)
                elif kind < 0.75:
                    bill = mine.pop(rng.randrange(len(mine)))
                    r = self.until_answered(state, "Shipments/Cancel", shipments.CancelRequest(key=key.bytes, bill_no=bill))
                    op = ("cancel", bill)
                else:
                    bill = rng.choice(mine)
                    code = rng.choice(("PICK", "DEPA", "ARRI", "DLVR"))
                    r = self.until_answered(state, "Shipments/RecordEvent", shipments.RecordEventRequest(key=key.bytes, bill_no=bill, event=shipments.Event(
                        code=code, classifier="ACT", occurred_at=zh.ready_at(20) + rng.randrange(86400), leg=rng.randrange(3), source="torture")))
                    op = ("event", bill)
                with self.lock:
                    self.count += 1
                    if not isinstance(r, Refused):
                        self.acked[key] = (op, r)
                        if op[0] == "book":
                            mine.append(r.bill_no)
                    elif r.code in ("RESOURCE_EXHAUSTED", "FAILED_PRECONDITION"):
                        self.refusals[key] = (op, r)
                    else:
                        self.odd.append((op, r))
        except Exception as e:
            with self.lock:
                self.odd.append((("client", number), e))

    # --- faults ---
    def kill_daemon(self):
        d = self.rng.choice(self.daemons)
        d.kill()
        time.sleep(self.rng.uniform(0, 0.3))
        d.start()

    def kill_backend(self):
        pids = self.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split()
        if pids:
            try:
                os.kill(int(self.rng.choice(pids)), 9)  # PostgreSQL throws all out and recovers
            except ProcessLookupError:
                pass

    def kill_postgres(self):
        self.pg.tool("kill9")
        self.pg.tool("start")

    def restart_postgres(self):
        self.pg.tool("restart")

    def cut_clients(self):
        for door in self.doors:
            door.cut(self.rng)

    def cut_database(self):
        self.dbs.cut(self.rng)

    def sql(self, text):
        """Also while PostgreSQL recovers: what is cut off by a fault is asked again."""
        for _ in range(600):
            try:
                return self.pg.sql(text)
            except RuntimeError as e:
                why = str(e)
                if not any(x in why for x in ("connection to server", "server closed", "terminating connection", "connection to server was lost")):
                    raise
                time.sleep(0.05)
        raise AssertionError("PostgreSQL did not come back: " + why)

    # --- what must be true ---
    def balance(self):
        """One statement, one snapshot: also true under load."""
        bad = self.sql("""SELECT d.service_id, d.day, d.taken_kg, coalesce(sum(l.kg), 0) FROM zh.departure d
            LEFT JOIN zh.shipment_leg l ON l.service_id = d.service_id AND l.day = d.day AND NOT l.released
            GROUP BY 1, 2, d.taken_kg, d.taken_teu_milli
            HAVING d.taken_kg <> coalesce(sum(l.kg), 0) OR d.taken_teu_milli <> coalesce(sum(l.teu_milli), 0)
                OR d.taken_kg > max(d.capacity_kg)""").strip()
        return [f"taken is not the sum of the live legs: {bad.splitlines()[0]}"] if bad else []

    def check(self):
        wrong = self.balance() + [f"{op}: {r!r}" for op, r in self.odd[:3]]
        rows = [r.split("|") for r in self.sql("SELECT key, bill_no, state, coalesce(replaced_by::text, '') FROM zh.shipment").split("\n") if r]
        by_key = {r[0]: r for r in rows}
        state = {r[1]: r[2] for r in rows}
        if len(by_key) != len(rows) or len(state) != len(rows):
            wrong.append("a key or a bill stands twice")
        status = dict(r.split("|") for r in self.sql("SELECT key, status FROM zh.command WHERE status IS NOT NULL").split())
        for key, ((kind, bill), r) in self.acked.items():
            k = str(key)
            want = {"book": "0", "cancel": "6", "event": "4"}[kind]
            if status.get(k) != want:
                wrong.append(f"{kind} {k} was acknowledged and is {status.get(k)}")
            elif kind == "book" and (k not in by_key or by_key[k][1] != r.bill_no):
                wrong.append(f"{r.bill_no} was acknowledged and is not there")
            elif kind == "book" and bill and state.get(bill) != "replanned":
                wrong.append(f"{bill} was replaced and is {state.get(bill)}")
            elif kind == "cancel" and state.get(bill) != "cancelled":
                wrong.append(f"{bill} was cancelled and is {state.get(bill)}")
        for key, ((kind, _), r) in self.refusals.items():
            if str(key) in by_key or status.get(str(key)) not in ("1", "2", "7"):
                wrong.append(f"{kind} {key} was refused ({r}) and is {status.get(str(key))}")
        one = lambda sql: int(self.sql(sql).strip())
        commands = one("SELECT count(*) FROM zh.command WHERE status IN (0, 4, 6)")
        known = len(self.acked)
        if commands != known:  # every key was repeated until it had an answer
            wrong.append(f"{commands} outcomes in PostgreSQL, {known} were acknowledged")
        replaced = one("SELECT count(*) FROM zh.shipment WHERE state = 'replanned'")
        if one("SELECT count(*) FROM zh.event") != commands + replaced or one("SELECT count(*) FROM zh.outbox") != commands + replaced:
            wrong.append("events, outbox and outcomes are not one to one")
        illegal = self.sql("""WITH m AS (SELECT from_state a, to_state b FROM zh.shipment_move),
            two AS (SELECT a, b FROM m UNION SELECT x.a, y.b FROM m x JOIN m y ON x.b = y.a UNION
                SELECT x.a, z.b FROM m x JOIN m y ON x.b = y.a JOIN m z ON y.b = z.a),
            s AS (SELECT body ->> 'shipment_id' AS id, body ->> 'state' AS b, lag(body ->> 'state') OVER (PARTITION BY body ->> 'shipment_id' ORDER BY id) AS a FROM zh.outbox)
            SELECT a, b, count(*) FROM s WHERE a IS NOT NULL AND a <> b AND NOT EXISTS (SELECT FROM two WHERE two.a = s.a AND two.b = s.b) GROUP BY 1, 2""").strip()
        if illegal:
            wrong.append("illegal moves: " + illegal)
        if one("SELECT deadlocks FROM pg_stat_database WHERE datname = 'zongheng'") > 0:
            wrong.append("PostgreSQL saw a deadlock")
        return wrong

    def run(self, rounds, seconds, faults, clients=6):
        """The rounds; gives what was wrong."""
        stop, wrong, done, seen = threading.Event(), [], 0, {}
        threads = [threading.Thread(target=self.client, args=(i, stop)) for i in range(clients)]
        [t.start() for t in threads]
        begin = time.time()
        try:
            while done < rounds and not wrong and (time.time() - begin < seconds or done < 1):
                time.sleep(self.rng.uniform(0.3, 1.2))
                fault = faults[done % len(faults)] if done < len(faults) else self.rng.choice(faults)
                getattr(self, fault)()
                seen[fault] = seen.get(fault, 0) + 1
                done += 1
                wrong += self.balance()
            time.sleep(0.5)
        finally:
            stop.set()
            [t.join(90) for t in threads]
        if any(t.is_alive() for t in threads):
            wrong.append("a client was never answered")
        wrong += self.check()
        print(f"    seed {SEED}: {done} rounds in {time.time() - begin:.0f} s, {len(self.acked)} acknowledged, {len(self.refusals)} refused; {seen}"
              + (f"; mutant {self.mutant}" if self.mutant else ""), flush=True)
        self.done = done
        return wrong

    def close(self):
        for x in self.doors + [self.dbs]:
            x.close()
        for d in self.daemons:
            d.close()
        self.pg.close()


FAULTS = ["kill_daemon", "kill_backend", "cut_clients", "kill_postgres", "cut_database", "restart_postgres"]


def nothing_is_lost_or_doubled():
    w = World(SEED)
    try:
        wrong = w.run(ROUNDS, SECONDS, FAULTS)
        assert not wrong, wrong[:5]
        assert 2 * w.done >= ROUNDS, f"only {w.done} of {ROUNDS} rounds within {SECONDS:.0f} s"
        assert len(w.acked) > 5 * w.done, len(w.acked)
    finally:
        w.close()


def the_last_hundred_places():
    w = World(SEED)
    try:
        q, ref = w.offers[3]
        c = w.connect(0, 0)
        one = route_request(destination="深圳", mass_kg=1, families=[routing.AIR_ROAD], ready_at=q.ready_at)
        o = c.call("Routing/FindRoutes", one).options[0]
        f = next(l for l in o.legs if l.service_id)
        w.pg.sql(f"INSERT INTO zh.departure (service_id, day, capacity_kg, capacity_teu_milli) VALUES ({f.service_id}, '{f.depart_date}', 100, 0)")
        out, lock, gate = [], threading.Lock(), threading.Barrier(65)
        def work(i):
            c = Client(w.daemons[i % 2].port, w.tokens[i % 2])
            gate.wait()
            for _ in range(4):
                m = shipments.BookRequest(key=uuid.uuid4().bytes, request=one, plan_ref=o.plan_ref)
                while True:
                    try:
                        c.call("Shipments/Book", m)
                        got = None
                    except Refused as r:
                        if r.code in AGAIN:
                            time.sleep(random.uniform(0, 0.05))
                            continue
                        got = r
                    break
                with lock:
                    out.append(got)
        threads = [threading.Thread(target=work, args=(i,)) for i in range(64)]
        [t.start() for t in threads]
        gate.wait()
        t = time.time()
        [x.join() for x in threads]
        t = time.time() - t
        booked = [x for x in out if x is None]
        print(f"    64 clients, 256 attempts: {len(booked)} booked in {t:.2f} s", flush=True)
        assert len(out) == 256 and len(booked) == 100, (len(out), len(booked))
        assert all(x.code == "RESOURCE_EXHAUSTED" and "next departure with room is" in x.text for x in out if x), [x for x in out if x][:2]
        assert t < 5, t
        assert not w.balance()
    finally:
        w.close()


def mutants():
    """The harness must see these."""
    for mutant, rounds, faults in (("twice", 1, ["kill_daemon"]), ("sync_off", 2, ["kill_postgres"])):
        w = World(SEED, mutant)
        try:
            wrong = w.run(rounds, 40, faults)
            assert wrong, f"the planted fault {mutant} was not seen"
            print(f"    seen: {wrong[0]}", flush=True)
        finally:
            w.close()


tests = [nothing_is_lost_or_doubled, the_last_hundred_places, mutants]
zh.run([(f.__name__, f) for f in tests if len(sys.argv) < 2 or any(a in f.__name__ for a in sys.argv[1:])])
