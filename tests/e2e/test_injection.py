#!/usr/bin/python3
"""I5, I9: SQL, control bytes and forged lines of the log in every string and bytes field of every method, one field at a time in a
message that is otherwise filled, by those who may call it. Nothing runs as SQL (no wait, no error of syntax, objects, firms and tokens as
before), whatever is stored comes back as it was sent, and the log has one line for each event."""
import hashlib, os, pathlib, re, sys, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from google.protobuf.descriptor import FieldDescriptor as F
from zh import Client, Daemon, Gone, Postgres, Refused, ops, planning, routing, shipments
from zongheng.v1 import identity_pb2 as identity

os.environ["ZH_PG_FAST"] = "1"
FORGED = "x\r\n2026-01-01T00:00:00.000Z level=error event=forged why=\"no\"\n\x1b[31mred\x07"
PAYLOADS = ("'", "''; SELECT pg_sleep(5); --", "x' OR '1'='1", "$$; DROP TABLE zh.shipment CASCADE; $$", "1); DELETE FROM zh.token; --", "\\'; SELECT pg_sleep(5) --",
            "%s%n$1", "a\tb", FORGED)
LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=[a-z]+ event=[a-z_]+( [a-z0-9_]+=(\"([^\"\\\x00-\x1f]|\\[^\x00-\x1f])*\"|[^\s\"\x00-\x1f]*))*$")
pg = Postgres()
pg.setup()
tokens = {role: pg.token("Test firm", role) for role in ("shipper", "planner", "operator")}
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--log-level", "debug", "--failures-max", "100000")


def connect(token):
    for _ in range(200):
        try:
            return Client(d.port, token)
        except (Refused, Gone, OSError):
            time.sleep(0.05)
    raise AssertionError(d.text()[-1500:])


def methods():
    """(method, request): of every service but those that never end."""
    for pb in (routing, shipments, planning, ops, identity):
        for service in pb.DESCRIPTOR.services_by_name.values():
            for m in service.methods:
                if m.name not in ("Watch", "Hello", "GetNetwork"):
                    yield f"{service.name}/{m.name}", m.input_type._concrete_class


def texts(descriptor, path=(), depth=0):
    """The ways to every string and bytes field, at most three messages deep."""
    for f in descriptor.fields:
        if f.type in (F.TYPE_STRING, F.TYPE_BYTES):
            yield (*path, f.name)
        elif f.type == F.TYPE_MESSAGE and depth < 3:
            yield from texts(f.message_type, (*path, f.name), depth + 1)


def put(message, path, value):
    for name in path[:-1]:
        f = message.DESCRIPTOR.fields_by_name[name]
        message = getattr(message, name).add() if f.label == f.LABEL_REPEATED else getattr(message, name)
        message.SetInParent()
    f = message.DESCRIPTOR.fields_by_name[path[-1]]
    value = value.encode() if f.type == F.TYPE_BYTES else value
    if f.label == f.LABEL_REPEATED:
        getattr(message, f.name).append(value)
    else:
        setattr(message, f.name, value)


BILL = ""


def filled(request):
    """What makes a message go further than its first check."""
    m = request()
    for f in m.DESCRIPTOR.fields:
        if f.label == f.LABEL_REPEATED:
            continue
        if f.name == "key":
            m.key = uuid.uuid4().bytes
        elif f.name == "bill_no":
            m.bill_no = BILL
        elif f.name == "event":
            m.event.CopyFrom(shipments.Event(code="GTIN", classifier="ACT", occurred_at=int(time.time()), location="大冶", source="test"))
        elif f.name == "scenario" and f.type == F.TYPE_MESSAGE:
            m.scenario.CopyFrom(planning.Scenario(scenario_id="S1", name_zh="测试"))
        elif f.name == "request" and f.type == F.TYPE_MESSAGE:
            m.request.CopyFrom(zh.route_request())
        elif f.name in ("origin", "destination"):
            getattr(m, f.name).name = "大冶" if f.name == "origin" else "武汉"
        elif f.name == "cargo":
            m.cargo.mass_kg = 1000
        elif f.name == "ready_at":
            m.ready_at = zh.ready_at()
    return m


def world():
    return pg.sql("""SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (SELECT relname || relkind::text x FROM pg_class WHERE relnamespace = 'zh'::regnamespace
        UNION ALL SELECT proname || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'zh'::regnamespace AND prokind = 'f'
        UNION ALL SELECT rolname FROM pg_roles) y""") + pg.sql("SELECT count(*) FROM zh.token WHERE sha256 IN (" + ",".join(f"'\\x{hashlib.sha256(t).hexdigest()}'" for t in tokens.values()) + ")")


def booked():
    c = connect(tokens["shipper"])
    q = zh.route_request(destination="深圳", mass_kg=7, families=[routing.AIR_ROAD], ready_at=zh.ready_at(20))
    ref = c.call("Routing/FindRoutes", q).options[0].plan_ref
    return c.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=ref)).bill_no


def every_text_of_every_method():
    global BILL
    BILL = booked()
    before, sent, slowest, fields, internal = world(), 0, 0.0, 0, []
    clients = {role: connect(t) for role, t in tokens.items()}
    for method, request in methods():
        for path in texts(request.DESCRIPTOR):
            fields += 1
            for i, payload in enumerate(PAYLOADS):
                role = ("shipper", "planner", "operator")[(fields + i) % 3] if not method.startswith("Identity") else "operator"
                m = filled(request)
                put(m, path, payload)
                began = time.monotonic()
                for who in {role, "shipper" if method.startswith("Shipments") else role}:
                    c = clients[who]
                    c.send(method, m, 10000)
                    r = c.reply()
                    while r.more:
                        r = c.reply()
                    sent += 1
                    if r.status.code in (2, 13):
                        internal.append((method, path, payload[:20], r.status.message))
                slowest = max(slowest, time.monotonic() - began)
    assert d.proc.poll() is None
    print(f"     {sent} requests, {fields} fields of {len(list(methods()))} methods; slowest {slowest:.2f} s", flush=True)
    assert not internal, internal[:5]
    assert slowest < 5 and world() == before
    assert fields > 100


def what_is_stored_comes_back():
    c = connect(tokens["shipper"])
    for i, payload in enumerate(PAYLOADS):
        try:
            c.call("Shipments/RecordEvent", shipments.RecordEventRequest(key=uuid.uuid4().bytes, bill_no=BILL, event=shipments.Event(
                code="GTIN", classifier="ACT", occurred_at=int(time.time()) + i, location=payload, source="injection")))
        except Refused as r:
            assert r.code == "INVALID_ARGUMENT", r
            continue
        got = [e.location for e in c.call("Shipments/ListEvents", shipments.ListEventsRequest(bill_no=BILL)).events]
        assert payload in got, (payload, got)


def names_and_tokens_of_the_wire():
    for payload in PAYLOADS:
        c = connect(b"")
        c.send(payload, b"")
        assert zh.CODES[c.reply().status.code] == "UNIMPLEMENTED"
        try:
            Client(d.port, payload.encode())
        except Refused as r:
            assert r.code in ("UNAUTHENTICATED", "RESOURCE_EXHAUSTED"), r


def a_line_for_each_event():
    lines = d.text().rstrip("\n").split("\n")
    bad = [l for l in lines if not LINE.match(l)]
    assert not bad, bad[:5]
    assert not any(" event=forged" in re.sub(r'"([^"\\]|\\.)*"', '""', l) for l in lines) and "\x1b" not in d.text()
    print(f"     {len(lines)} lines of the log", flush=True)


def close():
    assert d.close() == 0


try:
    zh.run([(f.__name__, f) for f in (every_text_of_every_method, what_is_stored_comes_back, names_and_tokens_of_the_wire, a_line_for_each_event, close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
