"""What the tests of faults share: a proxy that breaks connections in chosen ways, a daemon with a library before the others, and
bookings whose truth is looked up in PostgreSQL."""
import http.client, json, mmap, os, pathlib, random, signal, socket, struct, tempfile, threading, time, uuid

import zh
from zh import Client, Daemon, Gone, Refused, ops, routing, route_request, shipments

HOW = ("reset", "stall", "throttle", "split", "corrupt", "twice", "half_close")


class Proxy:
    """Between a listening socket and a target: armed, it does one thing to one direction after so many bytes: resets both ends, stands
    still for 1.5 s, goes on by 10 bytes every 10 ms or byte by byte, changes one byte, sends what came then twice, or ends that
    direction only."""

    def __init__(self, family, address, target):
        self.family, self.target, self.limit, self.seen = family, target, None, [0, 0]
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(64)
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def arm(self, direction=None, left=0, how="reset"):
        """direction 0: towards the target, 1: back. None: lets all pass. Counts from now."""
        self.seen, self.limit = [0, 0], (direction, left, how) if direction is not None else None

    def accept(self):
        while True:
            a, _ = self.listener.accept()
            b = socket.socket(self.family, socket.SOCK_STREAM)
            try:
                b.connect(self.target())
            except OSError:
                a.close()
                continue
            for s in (a, b):
                if self.family == socket.AF_INET:
                    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for direction, (x, y) in enumerate(((a, b), (b, a))):
                threading.Thread(target=self.pump, args=(direction, x, y), daemon=True).start()

    def send(self, direction, y, data):
        """False: this direction is over."""
        limit = self.limit
        left = limit[1] - self.seen[direction] if limit and limit[0] == direction else None
        self.seen[direction] += len(data)
        if left is None or left >= len(data):
            y.sendall(data)
            return True
        self.limit, left, how = None, max(left, 0), limit[2]
        y.sendall(data[:left])
        rest = data[left:]
        if how == "reset":
            raise ConnectionResetError
        if how == "half_close":
            y.shutdown(socket.SHUT_WR)
            return False
        if how == "stall":
            time.sleep(1.5)
        if how == "corrupt":
            rest = bytes([rest[0] ^ 0x10]) + rest[1:]
        if how == "twice":
            y.sendall(rest)
        step = {"split": 1, "throttle": 10}.get(how, len(rest))
        for i in range(0, len(rest), step):
            y.sendall(rest[i:i + step])
            if how == "throttle":
                time.sleep(0.01)
        return True

    def pump(self, direction, x, y):
        try:
            while (data := x.recv(65536)):
                if not self.send(direction, y, data):
                    while x.recv(65536):
                        pass
                    return
        except OSError:
            if self.family == socket.AF_INET:
                for s in (x, y):
                    try:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    except OSError:
                        pass
        for s in (x, y):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()


def preloaded(library, more, *flags, **daemon):
    """A daemon with a library before the others."""
    os.environ.update({"LD_PRELOAD": library, **more})
    try:
        return Daemon(*flags, **daemon)
    finally:
        for k in ("LD_PRELOAD", *more):
            os.environ.pop(k, None)


def sanitized():
    program = (zh.BUILD / "zonghengd").read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


class Bookings:
    """One question whose first offer is booked again and again; daemon: a function that gives the one that serves now."""

    def __init__(self, pg, daemon):
        self.pg, self.daemon, self.token = pg, daemon, pg.token()
        self.question = route_request(destination="深圳", mass_kg=7, families=[routing.AIR_ROAD], ready_at=zh.ready_at(20))
        self.offer = self.again(lambda c: c.call("Routing/FindRoutes", self.question)).options[0].plan_ref

    def request(self, key):
        return shipments.BookRequest(key=key, request=self.question, plan_ref=self.offer)

    def again(self, call):
        """Until the outcome is sure; each attempt on a connection of its own."""
        end = time.time() + 30
        while True:
            try:
                c = Client(self.daemon().port, self.token, timeout=10)
                try:
                    return call(c)
                finally:
                    c.close()
            except (Gone, OSError):
                pass
            except Refused as r:
                if r.code not in ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED") and not r.retry_after_ms:
                    raise
            assert time.time() < end, "no outcome after 30 s"
            time.sleep(0.02)

    def book(self, key):
        return self.again(lambda c: c.call("Shipments/Book", self.request(key)))

    def of(self, keys):
        """Those of the keys that have a shipment; none has two."""
        have = dict(r.split("|") for r in self.pg.sql("SELECT key, count(*) FROM zh.shipment GROUP BY key").split())
        assert set(have.values()) <= {"1"}, "a key has two shipments"
        return {k for k in keys if str(uuid.UUID(bytes=k)) in have}

    def settled(self, key, acked):
        """What was acknowledged is there, and the key's outcome is the same by Settle, by what is stored and when it is repeated."""
        outcome = self.again(lambda c: c.call("Shipments/Settle", shipments.SettleRequest(key=key))).outcome
        there = bool(self.of([key]))
        assert outcome in (shipments.SettleReply.BOOKED, shipments.SettleReply.NEVER) and (outcome == shipments.SettleReply.BOOKED) == there, (outcome, there)
        assert there or not acked, "an acknowledged booking is lost"
        if there:
            assert self.book(key).bill_no
            assert self.of([key]) == {key}

    def balanced(self):
        wrong = self.pg.sql("""SELECT count(*) FROM (SELECT d.service_id, d.day FROM zh.departure d
            LEFT JOIN zh.shipment_leg l ON l.service_id = d.service_id AND l.day = d.day AND NOT l.released
            GROUP BY 1, 2, d.taken_kg, d.taken_teu_milli
            HAVING d.taken_kg <> coalesce(sum(l.kg), 0) OR d.taken_teu_milli <> coalesce(sum(l.teu_milli), 0)) x""")
        assert int(wrong.strip()) == 0

    def backends(self):
        return [int(p) for p in self.pg.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split()]


class Stopped:
    """Processes, by SIGSTOP, for as long as it is entered; one that has ended meanwhile is passed over."""

    def __init__(self, pids):
        self.pids = pids

    def tell(self, sig):
        for p in self.pids:
            try:
                os.kill(p, sig)
            except ProcessLookupError:
                pass

    def __enter__(self):
        self.tell(signal.SIGSTOP)

    def __exit__(self, *why):
        self.tell(signal.SIGCONT)


def a_visit(port, at_once=2):
    """Every kind of request without a database; each is answered well or refused, or the connection ends. And some that
    wait for a worker at once: more than ever before need new slots."""
    seen = []
    try:
        c = Client(port, timeout=20)
        for _ in range(at_once):
            c.send("Routing/GetMatrix", routing.GetMatrixRequest(origin_node_ids=[2001], destination_node_ids=[3001], vehicle=routing.Vehicle(vehicle_class=6)))
        waiting = [zh.CODES[c.reply().status.code] for _ in range(at_once)]
        assert set(waiting) <= {"OK", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}, waiting
        c.close()
    except (Gone, OSError, Refused):
        pass
    asked = [("Routing/FindRoutes", route_request()), ("Routing/GetCost", routing.GetCostRequest(origin=routing.PlaceRef(name="大冶"),
             destination=routing.PlaceRef(name="武汉"), cargo=routing.Cargo(mass_kg=9000), ready_at=zh.ready_at())),
             ("Routing/FindPlaces", routing.FindPlacesRequest(query="daye")),
             ("Routing/GetMatrix", routing.GetMatrixRequest(origin_node_ids=[2001, 2002, 2003], destination_node_ids=[3001, 3002], vehicle=routing.Vehicle(vehicle_class=6))),
             ("Routing/GetReach", routing.GetReachRequest(**{"from": routing.PlaceRef(name="daye")}, vehicle=routing.Vehicle(vehicle_class=6), max_drive_s=1200)),
             ("Routing/FindRoutes", route_request(vehicle=routing.Vehicle(vehicle_class=6, height_cm=390 + random.randrange(9)), families=[routing.ROAD])),
             ("Operations/GetStatus", ops.GetStatusRequest()), ("Routing/FindRoutes", b"\xff")]
    for method, message in asked:
        try:
            c = Client(port, timeout=20)
            c.send(method, message)
            r = c.reply()
            while r.more:
                r = c.reply()
            seen.append(zh.CODES[r.status.code])
            c.close()
        except (Gone, OSError):
            seen.append("GONE")
        except Refused as r:
            seen.append(r.code)
    return seen
