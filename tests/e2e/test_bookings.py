#!/usr/bin/python3
"""Bookings against a true PostgreSQL: idempotent, never lost or doubled by a kill -9 of the daemon or by PostgreSQL
going away, never oversold, never seen by another firm."""
import pathlib, random, sys, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Postgres, Refused, route_request, routing, shipments

pg = Postgres()
pg.setup()
token, other = pg.token("First firm"), pg.token("Second firm")
d = Daemon("--database", pg.conninfo("zh_api"))
READY = zh.ready_at(9)


def question(mass_kg=500, ready_at=READY):
    return route_request(destination="深圳", mass_kg=mass_kg, families=[routing.AIR_ROAD], ready_at=ready_at)


def connect(who=token):
    """A client as soon as the database answers."""
    for _ in range(100):
        try:
            return Client(d.port, who)
        except (Refused, Gone, OSError):
            time.sleep(0.1)
    raise AssertionError("no Hello within 10 s: " + d.text()[-2000:])


def offer(c, q):
    r = c.call("Routing/FindRoutes", q)
    assert r.options, r.families_not_offered
    return r.options[0]


def book(c, q, ref, key=None):
    return c.call("Shipments/Book", shipments.BookRequest(key=(key or uuid.uuid4()).bytes, request=q, plan_ref=ref))


def refused(call, code, field=None):
    try:
        call()
    except Refused as r:
        assert r.code == code, r
        assert field is None or r.field == field, r
        return r
    raise AssertionError("not refused")


def number(sql):
    return int(pg.sql(sql).strip())


def one_booking_whatever_is_repeated():
    c, q, key = connect(), question(), uuid.uuid4()
    o = offer(c, q)
    first = book(c, q, o.plan_ref, key)
    again = book(connect(), q, o.plan_ref, key)
    assert first.bill_no and first.bill_no == again.bill_no and not first.replay and again.replay
    changed = question(mass_kg=600)
    refused(lambda: book(c, changed, offer(c, changed).plan_ref, key), "ALREADY_EXISTS")
    g = c.call("Shipments/Get", shipments.GetShipmentRequest(bill_no=first.bill_no))
    assert g.shipment.state == "booked" and g.shipment.total_fen == o.total_fen == sum(l.amount_fen for l in g.shipment.option.lines)
    assert [e.code for e in g.events] == ["BOOK"]
    assert number(f"SELECT sum(l.amount_fen) FROM zh.cost_line l JOIN zh.shipment s USING (firm_id, shipment_id) WHERE s.bill_no = '{first.bill_no}'") == o.total_fen


def refusals_name_their_field():
    c, q = connect(), question()
    refused(lambda: c.call("Shipments/Book", shipments.BookRequest(key=b"short", request=q, plan_ref="x")), "INVALID_ARGUMENT", "key")
    refused(lambda: c.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, plan_ref="x")), "INVALID_ARGUMENT")
    refused(lambda: book(c, q, "0" * 32), "FAILED_PRECONDITION")
    refused(lambda: c.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=offer(c, q).plan_ref,
                           container_numbers=["CSQU3054384"])), "INVALID_ARGUMENT")
    refused(lambda: c.call("Shipments/Get", shipments.GetShipmentRequest(bill_no="ZH000000-0000000000")), "NOT_FOUND")
    refused(lambda: Client(d.port, b"no such token"), "UNAUTHENTICATED", "token")
    refused(lambda: Client(d.port, b""), "UNAUTHENTICATED", "token")


def events_move_the_shipment_once():
    c, q = connect(), question()
    b = book(c, q, offer(c, q).plan_ref)
    key = uuid.uuid4().bytes
    def record(code, key, at=READY, classifier="ACT"):
        return c.call("Shipments/RecordEvent", shipments.RecordEventRequest(key=key, bill_no=b.bill_no, event=shipments.Event(
            code=code, classifier=classifier, occurred_at=at, location="大冶", source="test")))
    assert record("DEPA", key).state == "in_transit"
    assert record("DEPA", key).replay
    refused(lambda: record("ARRI", key), "ALREADY_EXISTS")
    assert record("DLVR", uuid.uuid4().bytes, READY + 90000).state == "delivered"
    assert record("LOAD", uuid.uuid4().bytes, READY - 100).state == "delivered"  # late news moves nothing back
    refused(lambda: record("NOPE", uuid.uuid4().bytes), "INVALID_ARGUMENT")
    events = c.call("Shipments/ListEvents", shipments.ListEventsRequest(bill_no=b.bill_no)).events
    assert sorted(e.code for e in events) == ["BOOK", "DEPA", "DLVR", "LOAD"], events


def a_firm_sees_its_own_only():
    a, b, q = connect(), connect(other), question()
    mine = book(a, q, offer(a, q).plan_ref)
    for ask in (dict(bill_no=mine.bill_no), dict(shipment_id=mine.shipment_id)):
        foreign = refused(lambda: b.call("Shipments/Get", shipments.GetShipmentRequest(**ask)), "NOT_FOUND")
        refused(lambda: b.call("Shipments/RecordEvent", shipments.RecordEventRequest(key=uuid.uuid4().bytes, event=shipments.Event(
            code="DEPA", classifier="ACT", occurred_at=READY), **ask)), "NOT_FOUND")
        try:
            assert not b.call("Shipments/ListEvents", shipments.ListEventsRequest(**ask)).events
        except Refused as r:
            assert r.code == "NOT_FOUND"
    assert mine.bill_no not in [s.bill_no for s in b.call("Shipments/List", shipments.ListShipmentsRequest()).shipments]
    assert mine.bill_no in [s.bill_no for s in a.call("Shipments/List", shipments.ListShipmentsRequest()).shipments]


def settle_ends_every_doubt():
    c, q, key = connect(), question(), uuid.uuid4()
    o = offer(c, q)
    assert c.call("Shipments/Settle", shipments.SettleRequest(key=key.bytes)).outcome == shipments.SettleReply.NEVER
    refused(lambda: book(c, q, o.plan_ref, key), "FAILED_PRECONDITION")
    key = uuid.uuid4()
    b = book(c, q, o.plan_ref, key)
    s = c.call("Shipments/Settle", shipments.SettleRequest(key=key.bytes))
    assert s.outcome == shipments.SettleReply.BOOKED and s.bill_no == b.bill_no


def check_books(acked, keys):
    """Every acknowledged key once with the same bill; taken is the sum of the bookings; nothing twice."""
    rows = [r.split("|") for r in pg.sql("SELECT key, bill_no FROM zh.shipment").split()]
    bills = dict(rows)
    assert len(bills) == len(rows)
    for key, bill in acked.items():
        assert bills.get(str(key)) == bill, (key, bill)
    assert number("""SELECT count(*) FROM (SELECT d.service_id, d.day FROM zh.departure d LEFT JOIN zh.shipment_leg l ON l.service_id = d.service_id AND l.day = d.day AND NOT l.released
        GROUP BY 1, 2, d.taken_kg, d.taken_teu_milli
        HAVING d.taken_kg <> coalesce(sum(l.kg), 0) OR d.taken_teu_milli <> coalesce(sum(l.teu_milli), 0)) x""") == 0
    assert number("SELECT count(*) FROM zh.shipment s WHERE NOT EXISTS (SELECT FROM zh.event e WHERE e.shipment_id = s.shipment_id)") == 0


def bookers(seconds, disturb):
    """Four clients book and repeat what was not answered; `disturb` runs beside them. Returns what was acknowledged."""
    acked, keys, stop, lock, odd = {}, [], time.time() + seconds, threading.Lock(), []
    def work():
        c = None
        key = q = ref = None
        while time.time() < stop or key is not None:
            try:
                if c is None:
                    c = connect()
                if key is None:
                    q = question(random.randrange(50, 90), zh.ready_at(random.randrange(20, 400)))
                    ref = offer(c, q).plan_ref
                    key = uuid.uuid4()
                    keys.append(key)
                b = book(c, q, ref, key)
                with lock:
                    acked[key] = b.bill_no
                key = None
            except Refused as r:
                if r.code == "RESOURCE_EXHAUSTED" and r.retry_after_ms == 0:
                    key = None  # the departure is full: final
                elif r.code in ("UNAVAILABLE", "UNKNOWN", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"):
                    time.sleep(0.05)
                else:
                    odd.append(r)
                    key = None
            except (Gone, OSError):
                c = None
    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    disturb(stop)
    [t.join(60) for t in threads]
    assert not any(t.is_alive() for t in threads), "a booking was never answered"
    assert not odd, odd[:3]
    return acked, keys


def kill_9_loses_and_doubles_nothing():
    def disturb(stop):
        while time.time() < stop - 1:
            time.sleep(random.uniform(0.3, 1.0))
            d.kill()
            d.start()
    flags = d.flags
    flags[flags.index("--listen") + 1] = f"127.0.0.1:{d.port}"  # comes back where it was
    acked, keys = bookers(12, disturb)
    assert len(acked) > 20, len(acked)
    check_books(acked, keys)


def postgresql_stopped_and_started_under_load():
    seen = {"routed": 0}
    def disturb(stop):
        c = connect()
        while time.time() < stop - 4:
            time.sleep(1)
            pg.tool("kill9" if random.random() < 0.5 else "stop")
            try:  # what was sent as the server fell is UNKNOWN, everything after it UNAVAILABLE
                book(c, question(), offer(c, question()).plan_ref)
            except Refused as r:
                assert r.code in ("UNKNOWN", "UNAVAILABLE"), r
            r = refused(lambda: book(c, question(), offer(c, question()).plan_ref), "UNAVAILABLE")
            assert r.retry_after_ms > 0
            for _ in range(20):
                c.call("Routing/FindRoutes", question())
                seen["routed"] += 1
            pg.tool("start")
    acked, keys = bookers(14, disturb)
    assert len(acked) > 20 and seen["routed"] >= 20, (len(acked), seen)
    check_books(acked, keys)


def a_departure_is_never_oversold():
    c, q = connect(), question(9000, zh.ready_at(500))
    got = {"booked": 0, "full": 0}
    ref = offer(c, q).plan_ref
    for _ in range(12):
        try:
            book(c, q, ref)
            got["booked"] += 1
        except Refused as r:
            assert r.code == "RESOURCE_EXHAUSTED", r
            got["full"] += 1
    assert got["booked"] >= 1 and got["full"] >= 1, got
    assert number("SELECT count(*) FROM zh.departure WHERE taken_kg > capacity_kg OR taken_teu_milli > capacity_teu_milli") == 0


try:
    zh.run([(f.__name__, f) for f in (
        one_booking_whatever_is_repeated, refusals_name_their_field, events_move_the_shipment_once, a_firm_sees_its_own_only,
        settle_ends_every_doubt, kill_9_loses_and_doubles_nothing, postgresql_stopped_and_started_under_load,
        a_departure_is_never_oversold, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
