#!/usr/bin/python3
"""What the road engine offers can be booked: an alternative way, a truck of its own measures, roads to avoid - once, at the price
that was shown, also when the metric must be made again."""
import pathlib, sys, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, Refused, ops, route_request, routing, shipments

pg = Postgres()
pg.setup()
token = pg.token("Road firm")
d = Daemon("--database", pg.conninfo("zh_api"), "--metrics-max", "1048576", "--workers", "1")


def connect():
    """A client as soon as the database answers."""
    for _ in range(100):
        try:
            return Client(d.port, token)
        except Refused:
            time.sleep(0.1)
    raise AssertionError("no Hello within 10 s: " + d.text()[-2000:])


def question(**more):
    return route_request(destination="武汉", mass_kg=9000, families=[routing.ROAD], ready_at=zh.ready_at(9), **more)


def book(c, q, ref, key=None):
    return c.call("Shipments/Book", shipments.BookRequest(key=(key or uuid.uuid4()).bytes, request=q, plan_ref=ref))


def options_of_every_kind_are_booked_as_shown():
    c = connect()
    cases = [question(alternatives=3), question(vehicle=routing.Vehicle(vehicle_class=6, height_cm=415)),
             question(avoid=routing.Avoid(boxes=[routing.Box(south=30.2, west=114.7, north=30.3, east=114.8)]), alternatives=1),
             question(via=[routing.PlaceRef(name="黄石")]), question(dangerous_class="3")]
    booked = set()
    for q in cases:
        o = c.call("Routing/FindRoutes", q).options[-1]
        for h in range(20):  # others push the metric out of the cache
            c.call("Routing/FindRoutes", question(vehicle=routing.Vehicle(vehicle_class=6, height_cm=300 + h), without_geometry=True))
        key = uuid.uuid4()
        first, again = book(c, q, o.plan_ref, key), book(c, q, o.plan_ref, key)
        assert first.bill_no and first.bill_no == again.bill_no and again.replay
        s = c.call("Shipments/Get", shipments.GetShipmentRequest(bill_no=first.bill_no)).shipment
        assert s.total_fen == o.total_fen and s.option.plan_ref == o.plan_ref
        booked.add(first.bill_no)
    assert len(booked) == len(cases)
    assert c.call("Operations/GetStatus", ops.GetStatusRequest()).metrics.evicted > 0


def the_reference_belongs_to_the_whole_question():
    c = connect()
    q = question(alternatives=2)
    o = c.call("Routing/FindRoutes", q).options[-1]
    assert o.alternative
    for other in (question(), question(alternatives=1), question(alternatives=2, avoid=routing.Avoid(link_ids=[6]))):
        try:
            book(c, other, o.plan_ref)
        except Refused as r:
            assert r.code == "FAILED_PRECONDITION" and r.field == "plan_ref", r
            continue
        raise AssertionError("booked with another question")


try:
    zh.run([(f.__name__, f) for f in (options_of_every_kind_are_booked_as_shown, the_reference_belongs_to_the_whole_question, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
