#!/usr/bin/python3
"""A shipment's life after its booking: cancelled, rebooked, tracked, watched, hit by a disruption. True PostgreSQL."""
import csv, itertools, os, pathlib, random, shutil, subprocess, sys, tempfile, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Postgres, Refused, ops, route_request, routing, shipments

os.environ["ZH_PG_FAST"] = "1"  # durability is tested by test_bookings.py and test_torture.py
pg = Postgres()
pg.setup()
token, other = pg.token("First firm"), pg.token("Second firm")
d = Daemon("--database", pg.conninfo("zh_api"))
READY = zh.ready_at(9)


def connect(who=token, port=None):
    for _ in range(100):
        try:
            return Client(port or d.port, who)
        except (Refused, Gone, OSError):
            time.sleep(0.1)
    raise AssertionError("no Hello within 10 s: " + d.text()[-2000:])


def air(mass_kg=500, ready_at=READY):
    return route_request(destination="深圳", mass_kg=mass_kg, families=[routing.AIR_ROAD], ready_at=ready_at)


def offer(c, q):
    r = c.call("Routing/FindRoutes", q)
    assert r.options, r.families_not_offered
    return r.options[0]


def book(c, q, ref=None, key=None, **more):
    return c.call("Shipments/Book", shipments.BookRequest(key=(key or uuid.uuid4()).bytes, request=q, plan_ref=ref or offer(c, q).plan_ref, **more))


def cancel(c, bill, key=None, **more):
    return c.call("Shipments/Cancel", shipments.CancelRequest(key=(key or uuid.uuid4()).bytes, bill_no=bill, **more))


def get(c, bill):
    return c.call("Shipments/Get", shipments.GetShipmentRequest(bill_no=bill))


def record(c, bill, code, at, leg=0, classifier="ACT", key=None, corrects="", location=""):
    return c.call("Shipments/RecordEvent", shipments.RecordEventRequest(key=(key or uuid.uuid4()).bytes, bill_no=bill, event=shipments.Event(
        code=code, classifier=classifier, occurred_at=at, leg=leg, corrects=corrects, location=location, source="test")))


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


def taken(service, day):
    return number(f"SELECT taken_kg + taken_teu_milli FROM zh.departure WHERE service_id = {service} AND day = '{day}'")


def books_balance():
    assert number("""SELECT count(*) FROM (SELECT d.service_id, d.day FROM zh.departure d
        LEFT JOIN zh.shipment_leg l ON l.service_id = d.service_id AND l.day = d.day AND NOT l.released
        GROUP BY 1, 2, d.taken_kg, d.taken_teu_milli
        HAVING d.taken_kg <> coalesce(sum(l.kg), 0) OR d.taken_teu_milli <> coalesce(sum(l.teu_milli), 0)) x""") == 0


def flight(shipment_or_option):
    return next(l for l in shipment_or_option.legs if l.service_id)


def status_tells_the_schema():
    newest = max(int(f[:4]) for f in os.listdir(zh.ROOT / "schemas") if f.endswith(".sql"))
    assert connect().call("Operations/GetStatus", ops.GetStatusRequest()).schema_version == newest


def cancel_gives_back_once():
    c, key = connect(), uuid.uuid4()
    q = air(700)
    o = offer(c, q)
    f = flight(o)
    before = 0 if not pg.sql(f"SELECT 1 FROM zh.departure WHERE service_id = {f.service_id} AND day = '{f.depart_date}'").strip() else taken(f.service_id, f.depart_date)
    b = book(c, q, o.plan_ref)
    assert taken(f.service_id, f.depart_date) == before + 700
    refused(lambda: cancel(connect(other), b.bill_no), "NOT_FOUND")
    first = cancel(c, b.bill_no, key, reason="no longer needed")
    assert first.state == "cancelled" and not first.replay and first.shipment_id == b.shipment_id
    for _ in range(3):
        again = cancel(connect(), b.bill_no, key, reason="no longer needed")
        assert again.replay and again.state == "cancelled"
    assert taken(f.service_id, f.depart_date) == before
    refused(lambda: cancel(c, b.bill_no, key, reason="another"), "ALREADY_EXISTS")
    late = uuid.uuid4()
    refused(lambda: cancel(c, b.bill_no, late), "FAILED_PRECONDITION", "shipment_id")
    refused(lambda: cancel(c, b.bill_no, late), "FAILED_PRECONDITION", "shipment_id")
    assert taken(f.service_id, f.depart_date) == before
    settle = lambda k: c.call("Shipments/Settle", shipments.SettleRequest(key=k.bytes)).outcome
    assert settle(key) == shipments.SettleReply.DONE and settle(late) == shipments.SettleReply.REFUSED
    dead = uuid.uuid4()
    assert settle(dead) == shipments.SettleReply.NEVER
    b2 = book(c, q)
    refused(lambda: cancel(c, b2.bill_no, dead), "FAILED_PRECONDITION", "key")
    assert get(c, b2.bill_no).shipment.state == "booked"
    record(c, b2.bill_no, "PICK", READY)
    refused(lambda: cancel(c, b2.bill_no), "FAILED_PRECONDITION")  # in transit
    assert all(l.released for l in get(c, b.bill_no).legs)
    refused(lambda: c.call("Shipments/Cancel", shipments.CancelRequest(key=b"x", bill_no=b.bill_no)), "INVALID_ARGUMENT", "key")
    refused(lambda: cancel(c, b.bill_no, reason="x" * 201), "INVALID_ARGUMENT", "reason")
    books_balance()


def sixteen_cancels_give_back_once():
    c = connect()
    q = air(300, zh.ready_at(30))
    b = book(c, q)
    out = []
    def work():
        try:
            out.append(cancel(connect(), b.bill_no).state)
        except Refused as r:
            out.append(r.code)
    threads = [threading.Thread(target=work) for _ in range(16)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sorted(set(out)) in (["FAILED_PRECONDITION", "cancelled"], ["FAILED_PRECONDITION", "UNAVAILABLE", "cancelled"]) and out.count("cancelled") == 1, out
    books_balance()


def a_full_departure_names_the_next():
    c, q = connect(), air(9000, zh.ready_at(500))
    o = offer(c, q)
    f, why = flight(o), None
    for _ in range(12):
        key = uuid.uuid4()
        try:
            book(c, q, o.plan_ref, key)
        except Refused as r:
            why = r
            break
    assert why is not None and why.code == "RESOURCE_EXHAUSTED" and why.retry_after_ms == 0
    assert f"departure {f.depart_date} of service {f.service_id} has room for" in why.text and "its next departure with room is 20" in why.text, why.text
    again = refused(lambda: book(c, q, o.plan_ref, key), "RESOURCE_EXHAUSTED")
    assert again.text == why.text  # stored
    books_balance()


def the_check_of_a_departure_is_a_refusal():
    """Our own look is taken out of zh.book: the CHECK still guards, and the answer is the same refusal, stored."""
    good = pg.sql("SELECT pg_get_functiondef('zh.book'::regproc)")
    bad = good.replace("IF short > 0 THEN", "IF false THEN")
    assert bad != good
    pg.sql(bad)
    try:
        c, q = connect(), air(9000, zh.ready_at(505))
        o = offer(c, q)
        f, why = flight(o), None
        for _ in range(12):
            key = uuid.uuid4()
            try:
                book(c, q, o.plan_ref, key)
            except Refused as r:
                why = r
                break
        assert why is not None and why.code == "RESOURCE_EXHAUSTED" and "has room for" in why.text and "next departure" in why.text, why
        assert number(f"SELECT status FROM zh.command WHERE key = '{key}'") == 1
    finally:
        pg.sql(good)
    refused(lambda: book(c, q, o.plan_ref, key), "RESOURCE_EXHAUSTED")
    books_balance()


def rebooking_links_the_bills():
    c = connect()
    q = air(800, zh.ready_at(40))
    o = offer(c, q)
    first = book(c, q, o.plan_ref)
    q2 = air(800, zh.ready_at(42))
    ref2, key = offer(c, q2).plan_ref, uuid.uuid4()
    second = book(c, q2, ref2, key, replaces_bill_no=first.bill_no)
    assert book(c, q2, ref2, key, replaces_bill_no=first.bill_no).replay
    old, new = get(c, first.bill_no), get(c, second.bill_no)
    assert old.shipment.state == "replanned" and old.shipment.replaced_by == second.bill_no
    assert new.shipment.state == "booked" and new.shipment.replaces == first.bill_no
    assert all(l.released for l in old.legs) and not any(l.released for l in new.legs)
    refused(lambda: book(c, q2, ref2, replaces_bill_no=first.bill_no), "FAILED_PRECONDITION")
    refused(lambda: book(c, q2, ref2, replaces_bill_no="ZH000000-0000000000"), "FAILED_PRECONDITION")
    mine = book(connect(other), air(100, zh.ready_at(43)))
    refused(lambda: book(c, q2, ref2, replaces_bill_no=mine.bill_no), "FAILED_PRECONDITION")  # another firm's: as if not there
    refused(lambda: book(c, q2, ref2, replaces_bill_no="x", replaces_shipment_id=first.shipment_id), "INVALID_ARGUMENT")
    # the room of the old one serves the new one on the same departure
    f = flight(o)
    q3 = air(10, zh.ready_at(40))
    third = book(c, q3)
    room = number(f"SELECT capacity_kg - taken_kg FROM zh.departure WHERE service_id = {f.service_id} AND day = '{f.depart_date}'")
    big = book(c, air(room, zh.ready_at(40)))
    swap = book(c, air(room, zh.ready_at(40)), replaces_bill_no=big.bill_no)
    assert get(c, swap.bill_no).shipment.replaces == big.bill_no
    cancel(c, swap.bill_no), cancel(c, third.bill_no)
    books_balance()


def estimates_follow_the_last_actual():
    c = connect()
    b = book(c, air(ready_at=zh.ready_at(50)))
    legs = get(c, b.bill_no).legs
    assert len(legs) >= 3 and all(l.estimated_arrive_at == l.planned_arrive_at for l in legs)
    k = next(i for i, l in enumerate(legs) if l.service_id)
    f = legs[k]
    assert f.cutoff_at and not f.missed_cutoff
    # the truck before the flight is 20 minutes late: within the cut-off the flight stays, or else it is missed
    r = record(c, b.bill_no, "DEPA", legs[0].planned_depart_at, leg=1)
    assert r.leg == 1 and r.state == "in_transit" and r.exception == ""
    r = record(c, b.bill_no, "ARRI", f.cutoff_at + 3600, leg=k)
    assert r.state == "exception" and "after the cut-off" in r.exception, r
    g = get(c, b.bill_no)
    assert g.legs[k].missed_cutoff and g.shipment.state == "exception" and g.shipment.exception == r.exception
    assert g.legs[k].estimated_depart_at >= f.cutoff_at + 3600 and g.shipment.estimated_arrive_at > legs[-1].planned_arrive_at
    # it was a mistake: the truck came in time
    fixed = record(c, b.bill_no, "ARRI", legs[k - 1].planned_arrive_at, leg=k, corrects=r.event_id)
    assert fixed.state == "in_transit" and fixed.exception == "", fixed
    g = get(c, b.bill_no)
    assert [l.estimated_arrive_at for l in g.legs] == [l.planned_arrive_at for l in legs] and not g.legs[k].missed_cutoff
    assert [e.corrected for e in g.events if e.event_id == r.event_id] == [True]
    # the carrier says that the flight leaves two hours late, then it does so by three
    record(c, b.bill_no, "DEPA", f.planned_depart_at + 7200, leg=k + 1, classifier="EST")
    assert get(c, b.bill_no).legs[k].estimated_arrive_at == f.planned_arrive_at + 7200
    record(c, b.bill_no, "DEPA", f.planned_depart_at + 10800, location=f.to and getattr(f, "from"))
    g = get(c, b.bill_no)
    assert g.legs[k].actual_depart_at == f.planned_depart_at + 10800 and g.legs[k].estimated_arrive_at == f.planned_arrive_at + 10800, g.legs[k]
    assert g.legs[k + 1].estimated_arrive_at > legs[k + 1].planned_arrive_at and g.shipment.estimated_arrive_at == g.legs[-1].estimated_arrive_at
    refused(lambda: record(c, b.bill_no, "DEPA", READY, leg=50), "FAILED_PRECONDITION")
    refused(lambda: record(c, b.bill_no, "DEPA", READY, corrects=str(uuid.uuid4())), "FAILED_PRECONDITION")
    refused(lambda: cancel(c, b.bill_no), "FAILED_PRECONDITION")


def the_order_of_events_does_not_matter():
    c = connect()
    q = air(50, zh.ready_at(60))
    ref = offer(c, q).plan_ref
    base = get(c, book(c, q, ref).bill_no).legs
    told = [("DEPA", base[0].planned_depart_at + 60, 1), ("ARRI", base[0].planned_arrive_at + 300, 1),
            ("DEPA", base[1].planned_depart_at + 900, 2), ("ARRI", base[1].planned_arrive_at + 1200, 2)]
    seen = set()
    for order in random.Random(5).sample(list(itertools.permutations(told)), 8):
        b = book(c, q, ref)
        for code, at, leg in order:
            key = uuid.uuid4()
            for _ in range(2):  # doubled
                record(c, b.bill_no, code, at, leg, key=key)
        g = get(c, b.bill_no)
        assert len(g.events) == 5 and g.shipment.state == "in_transit", g.shipment
        seen.add(tuple((l.estimated_depart_at, l.estimated_arrive_at, l.actual_depart_at, l.actual_arrive_at, l.missed_cutoff) for l in g.legs))
    assert len(seen) == 1, seen


def changes(c, cursor="", deadline_ms=1500):
    """Reads one stream to its end: (changes, last cursor)."""
    got = []
    c.send("Shipments/Watch", shipments.WatchRequest(cursor=cursor), deadline_ms)
    while True:
        r = c.reply()
        if r.status.code:
            raise Refused(r.status)
        w = shipments.WatchReply.FromString(r.body)
        got += w.changes
        cursor = w.cursor
        if not r.more:
            return got, cursor


def watch_misses_nothing():
    a, b = pg.token("Watch A"), pg.token("Watch B")
    ca, cb = connect(a), connect(b)
    w = connect(a)
    assert changes(w, deadline_ms=400)[0] == []
    _, cursor = changes(w, "start", deadline_ms=400)
    bills, stop, seen = [], time.time() + 6, []
    def work(c, out):
        while time.time() < stop:
            bill = book(c, air(1, zh.ready_at(random.randrange(70, 90)))).bill_no
            out.append((bill, "BOOK"))
            record(c, bill, "PICK", READY)
            out.append((bill, "PICK"))
    theirs = []
    threads = [threading.Thread(target=work, args=(connect(a), bills)) for _ in range(3)] + [threading.Thread(target=work, args=(cb, theirs))]
    [t.start() for t in threads]
    rng = random.Random(3)
    while time.time() < stop + 1.5:  # cut at random moments, come back with the last cursor read
        c = connect(a)
        c.send("Shipments/Watch", shipments.WatchRequest(cursor=cursor), 5000)
        until = time.time() + rng.uniform(0.05, 0.8)
        c.sock.settimeout(0.8)
        try:
            while time.time() < until:
                r = c.reply()
                assert not r.status.code, r
                m = shipments.WatchReply.FromString(r.body)
                seen += [(x.bill_no, x.code) for x in m.changes]
                cursor = m.cursor
        except TimeoutError:
            pass
        c.close()
    [t.join() for t in threads]
    rest, _ = changes(connect(a), cursor, 800)
    seen += [(x.bill_no, x.code) for x in rest]
    assert len(bills) > 30 and len(theirs) > 5
    assert sorted(seen) == sorted(bills), (len(seen), len(bills), sorted(set(bills) - set(seen))[:3])
    for bill, code in bills:
        if code == "PICK":
            assert seen.index((bill, "BOOK")) < seen.index((bill, "PICK"))
    refused(lambda: changes(connect(b), cursor), "OUT_OF_RANGE", "cursor")  # of another firm: not known
    refused(lambda: changes(connect(a), "nonsense"), "INVALID_ARGUMENT", "cursor")
    everything, _ = changes(connect(a), "start", 4000)
    assert sorted((x.bill_no, x.code) for x in everything) == sorted(bills)


def watch_keeps_the_order_of_commits():
    """A transaction that began earlier and ends later is not passed by: what came after it waits for it."""
    who = pg.token("Commits")
    c = connect(who)
    first = book(c, air(1, zh.ready_at(95)))
    firm = pg.sql("SELECT firm_id FROM zh.firm WHERE name = 'Commits'").strip()
    _, cursor = changes(connect(who), "", 400)
    slow = subprocess.Popen(["psql", "-X", "-q", f"host={pg.data} user=postgres dbname=zongheng"], stdin=subprocess.PIPE, text=True)
    slow.stdin.write(f"BEGIN; INSERT INTO zh.outbox (firm_id, topic, body) VALUES ('{firm}', 'shipment', '{{\"bill_no\": \"slow\"}}');\n")
    slow.stdin.flush()
    time.sleep(0.5)
    second = book(c, air(1, zh.ready_at(95)))
    assert changes(connect(who), cursor, 1000)[0] == []  # the second is behind the slow one
    slow.stdin.write("COMMIT;\n")
    slow.stdin.close()
    slow.wait()
    got, _ = changes(connect(who), cursor, 1000)
    assert [x.bill_no for x in got] == ["slow", second.bill_no], got
    assert first.bill_no not in [x.bill_no for x in got]


def a_watcher_that_does_not_read_is_bounded():
    who = pg.token("Slow reader")
    firm = pg.sql("SELECT firm_id FROM zh.firm WHERE name = 'Slow reader'").strip()
    pg.sql(f"INSERT INTO zh.outbox (firm_id, topic, body) SELECT '{firm}', 'event', jsonb_build_object('bill_no', repeat('x', 1000), 'code', n::text) FROM generate_series(1, 20000) n")
    lazy = connect(who)
    lazy.send("Shipments/Watch", shipments.WatchRequest(cursor="start"), 20000)
    rss = lambda: int(next(l for l in open(f"/proc/{d.proc.pid}/status") if l.startswith("VmRSS")).split()[1])
    before = rss()
    time.sleep(4)
    room = 300 if b"__asan_init" in open(zh.BUILD / "zonghengd", "rb").read() else 16  # a sanitizer keeps what is freed
    assert rss() - before < room * 1024, (before, rss())  # 20 MB of changes wait in PostgreSQL, not in the daemon
    fast = connect(who)
    t = time.time()
    fast.send("Shipments/Watch", shipments.WatchRequest(cursor="start"), 20000)
    n = 0
    while n < 5000:
        n += len(shipments.WatchReply.FromString(fast.reply().body).changes)
    assert time.time() - t < 15
    lazy.close(), fast.close()


def affected_shipments_with_other_ways():
    who = pg.token("Hit")
    c = connect(who)
    b = book(c, air(400, zh.ready_at(100)))
    road = book(c, route_request(mass_kg=20000, families=[routing.ROAD], ready_at=zh.ready_at(101)))
    f = flight(get(c, b.bill_no).shipment.option)
    ask = lambda **more: c.call("Shipments/Affected", shipments.AffectedRequest(**more))
    r = ask(cancelled=[shipments.Departure(service_id=f.service_id, day=f.depart_date)])
    assert [s.bill_no for s in r.shipments] == [b.bill_no], r
    s = r.shipments[0]
    assert not s.road and s.hit_leg == 1 + next(i for i, l in enumerate(get(c, b.bill_no).shipment.option.legs) if l.service_id)
    assert s.options and len(s.options) == len(s.extra_fen)
    for o, extra in zip(s.options, s.extra_fen):
        assert extra == o.total_fen - get(c, b.bill_no).shipment.total_fen
        assert not any(l.service_id == f.service_id and l.depart_date == f.depart_date for l in o.legs)
    assert len(ask(cancelled=[shipments.Departure(service_id=f.service_id, day="2031-01-01")]).shipments) == 0
    new = book(c, s.request, s.options[0].plan_ref, replaces_bill_no=b.bill_no)  # the answer can be booked as it is
    assert get(c, new.bill_no).shipment.replaces == b.bill_no
    # a road of the truck's way
    links = [int(x) for x in pg.sql(f"SELECT unnest(l.links) FROM zh.shipment_leg l JOIN zh.shipment s USING (firm_id, shipment_id) WHERE s.bill_no = '{road.bill_no}'").split()]
    assert len(links) > 3
    hit = None
    for link in links[len(links) // 2:]:
        r = ask(closed=routing.Avoid(link_ids=[link]))
        mine = [s for s in r.shipments if s.bill_no == road.bill_no]
        assert len(mine) == 1 and mine[0].road and mine[0].hit_leg == 1, r
        if mine[0].options:
            hit = mine[0]
            break
    assert hit is not None and hit.request.avoid.link_ids == [link]
    assert max(hit.extra_fen) > -get(c, road.bill_no).shipment.total_fen
    assert len(connect(other).call("Shipments/Affected", shipments.AffectedRequest(closed=routing.Avoid(link_ids=[link]))).shipments) == 0
    # what has been driven is not hit any more
    record(c, road.bill_no, "DEPA", zh.ready_at(101), leg=1)
    record(c, road.bill_no, "ARRI", zh.ready_at(102), leg=1)
    assert road.bill_no not in [s.bill_no for s in ask(closed=routing.Avoid(link_ids=[link])).shipments]
    refused(lambda: ask(), "INVALID_ARGUMENT")
    refused(lambda: ask(cancelled=[shipments.Departure(service_id=1, day="2026-13-01")]), "INVALID_ARGUMENT", "cancelled.day")
    refused(lambda: ask(closed=routing.Avoid(link_ids=[987654321987])), "NOT_FOUND")
    page, seen = "", []
    ids = [book(c, air(3, zh.ready_at(110))).bill_no for _ in range(5)]
    g = flight(get(c, ids[0]).shipment.option)
    while True:
        r = ask(cancelled=[shipments.Departure(service_id=g.service_id)], max_shipments=2, page_token=page, without_options=True)
        seen += [s.bill_no for s in r.shipments]
        page = r.next_page_token
        if not page:
            break
    assert set(ids) <= set(seen) and len(seen) == len(set(seen))


def a_price_holds_over_a_reload():
    top = tempfile.mkdtemp(prefix="zh-hold-")
    shutil.copytree(zh.ROOT / "data", top + "/data")
    build = lambda: subprocess.run([str(zh.BUILD / "zongheng"), "network", "build", "--gmns", top + "/data", "-o", top + "/new.net"], check=True, capture_output=True)
    build()
    os.rename(top + "/new.net", top + "/a.net")
    e = Daemon("--database", pg.conninfo("zh_api"), network=top + "/a.net")
    try:
        c = connect(port=e.port)
        q = route_request(mass_kg=20000, families=[routing.ROAD], ready_at=zh.ready_at(20))
        old, version = offer(c, q), c.call("Routing/FindRoutes", q).network_version
        path = top + "/data/vehicle_class.csv"
        rows = list(csv.reader(open(path, encoding="utf-8", newline="")))
        at = rows[0].index("cost_cny_per_km")
        for row in rows[1:]:
            row[at] = str(float(row[at]) + 1)
        csv.writer(open(path, "w", encoding="utf-8", newline="")).writerows(rows)
        build()
        shutil.copy(top + "/a.net", top + "/before.net")
        os.rename(top + "/new.net", top + "/a.net")
        e.signal(1)
        for _ in range(100):
            now = c.call("Routing/FindRoutes", q)
            if now.network_version != version:
                break
            time.sleep(0.1)
        assert now.network_version != version and now.options[0].total_fen != old.total_fen
        b = book(c, q, old.plan_ref)
        assert get(c, b.bill_no).shipment.total_fen == old.total_fen
        b = book(c, q, now.options[0].plan_ref)
        assert get(c, b.bill_no).shipment.total_fen == now.options[0].total_fen
        refused(lambda: book(c, q, "0" * 32), "FAILED_PRECONDITION", "plan_ref")
        # over a restart it holds where the network before is named, and only there
        e.stop()
        e.start()
        refused(lambda: book(connect(port=e.port), q, old.plan_ref), "FAILED_PRECONDITION", "plan_ref")
        e.stop()
        e.flags += ["--network-before", top + "/before.net"]
        e.start()
        c = connect(port=e.port)
        assert get(c, book(c, q, old.plan_ref).bill_no).shipment.total_fen == old.total_fen
        assert get(c, book(c, q, now.options[0].plan_ref).bill_no).shipment.total_fen == now.options[0].total_fen
    finally:
        e.close()
        shutil.rmtree(top)


def overload_says_that_nothing_was_done():
    e = Daemon("--database", pg.conninfo("zh_api"), "--inflight-max", "2")
    try:
        c = connect(port=e.port)
        q = air(1, zh.ready_at(120))
        ref = offer(c, q).plan_ref
        frames = b"".join(c.frame("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=ref)) for _ in range(24))
        frames += b"".join(c.frame("Shipments/List", shipments.ListShipmentsRequest()) for _ in range(6))
        c.sock.sendall(frames)
        codes = [zh.CODES[c.reply().status.code] for _ in range(30)]
        assert "UNAVAILABLE" in codes[:] and codes.count("OK") >= 1, codes
    finally:
        e.close()


try:
    tests = [status_tells_the_schema, cancel_gives_back_once, sixteen_cancels_give_back_once, a_full_departure_names_the_next,
             the_check_of_a_departure_is_a_refusal, rebooking_links_the_bills, estimates_follow_the_last_actual,
             the_order_of_events_does_not_matter, watch_misses_nothing, watch_keeps_the_order_of_commits,
             a_watcher_that_does_not_read_is_bounded, affected_shipments_with_other_ways, a_price_holds_over_a_reload,
             overload_says_that_nothing_was_done]
    wanted = [t for t in tests if len(sys.argv) < 2 or any(a in t.__name__ for a in sys.argv[1:])]
    zh.run([(f.__name__, f) for f in wanted + [d.close]])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
