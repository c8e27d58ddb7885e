#!/usr/bin/python3
"""Bad bytes over TCP: lengths that lie, frames cut and changed, protobuf bombs, values out of range. Each with a bound on memory
and time, and a well-behaved client beside it that must not notice (beside.py).

By default few of them; BADPEERS=strict (make badpeers) takes the numbers of docs/load.md. Words on the command line choose tests.

Mutants (tests/mutants): length_unjudged. Merges, depth and numbers of fields are guarded twice (server/wire_scan.c): tests/server/test_wire_scan
sees each."""
import pathlib, random, socket, struct, sys, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from beside import SANITIZED, STRICT, Beside, cpu_s, d, proc, raw, spawn, wait_gone
from zh import Client, Daemon, Gone, Postgres, Refused, ops, route_request, routing, shipments, wire


def frames_that_lie_about_their_length():
    """A1"""
    tries = 20000 if STRICT else 1000
    with Beside(f"{tries} impossible lengths", memory_mb=8):
        for i in range(tries):
            s = raw()
            s.sendall(struct.pack(">I", (0, 0x7FFFFFFF, 0xFFFFFFFF, 4097, 262145)[i % 5]) + b"x" * (i % 9))
            try:
                assert s.recv(1) == b""
            except ConnectionError:
                pass
            s.close()


def good_frames():
    c = Client(d.port)
    place = routing.PlaceRef(name="大冶")
    yield c.frame("Routing/GetCost", routing.GetCostRequest(origin=place, destination=routing.PlaceRef(name="武汉"), cargo=routing.Cargo(mass_kg=1000), ready_at=zh.ready_at()))
    yield c.frame("Routing/FindRoutes", route_request())
    yield c.frame("Shipments/Book", shipments.BookRequest(key=b"k" * 16, request=route_request(), plan_ref="0" * 32))
    yield c.frame("Shipments/RecordEvent", shipments.RecordEventRequest(key=b"k" * 16, bill_no="ZH261126-0123456789", event=shipments.Event(code="PICK")))
    yield c.frame("Session/Hello", wire.HelloRequest(protocol_version=1))
    c.close()


def frames_cut_short():
    """A2: the end, a reset and silence after every byte of a frame."""
    with Beside("cut frames", memory_mb=32):
        silent = []
        for f in good_frames():
            for cut in range(1, len(f), 1 if STRICT else 7):
                for how in range(3):
                    s = raw()
                    s.sendall(f[:cut])
                    if how == 0:
                        s.shutdown(socket.SHUT_WR)
                    elif how == 1:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    if how == 2:
                        silent.append(s)
                    else:
                        s.close()
        wait_gone(silent, 30)


def frames_with_a_wrong_byte():
    """A3: every byte of a frame replaced; the daemon answers or closes, and goes on."""
    rng = random.Random(3)
    with Beside("wrong bytes", memory_mb=32):
        for f in good_frames():
            c = Client(d.port)
            for i in range(4, len(f)):
                for b in (0, 0xFF, f[i] ^ 1, f[i] ^ 0x80) if STRICT else (rng.choice((0, 0xFF, f[i] ^ 1, f[i] ^ 0x80)),):
                    c.sock.sendall(f[:i] + bytes([b]) + f[i + 1:])
                    try:
                        c.reply()
                    except Gone:
                        c = Client(d.port)
            c.close()
        for _ in range(200 if STRICT else 20):  # and plain garbage
            s = raw()
            try:
                s.sendall(rng.randbytes(100000))
            except OSError:
                pass
            s.close()


def garbage(rng, e, greeting, room):
    """What one connection sends, up to room bytes: noise at once, frames of noise, noise as the body of each kind of request, HTTP of noise."""
    noise = lambda: rng.randbytes(rng.randrange(1, min(room, 200000) + 1))
    kind = rng.randrange(4)
    if kind == 0:
        return e.port, noise()
    if kind == 1:  # before Hello a frame may be 4,096 bytes, afterwards more
        return e.port, b"".join(struct.pack(">I", len(n)) + n for n in (rng.randbytes(rng.randrange(1, 4096)) for _ in range(max(1, room // 8192))))
    if kind == 2:
        frames = []
        while sum(map(len, frames)) < room:
            method = rng.choice(("Shipments/Book", "Shipments/Cancel", "Shipments/RecordEvent", "Shipments/Settle", "Routing/FindRoutes", "Planning/PutScenario"))
            r = wire.Request(id=len(frames) + 2, method="zongheng.v1." + method, body=rng.randbytes(rng.randrange(1, 60000))).SerializeToString()
            frames.append(struct.pack(">I", len(r)) + r)
        return e.port, greeting + b"".join(frames)
    body = noise()
    head = b"POST /zongheng.v1.Shipments/Book HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/%b\r\nContent-Length: %d\r\n\r\n"
    return e.http, head % (rng.choice((b"json", b"x-protobuf")), len(body)) + body if rng.random() < 0.8 else body


def send_garbage(seed, e, share, greeting, sent, connections):
    rng = random.Random(seed)
    while sent[seed] < share:
        port, data = garbage(rng, e, greeting, min(share - sent[seed] + 1, 1 << 20))
        s = socket.create_connection(("127.0.0.1", port), timeout=20)
        connections[seed] += 1
        s.setblocking(False)
        at, end = 0, time.time() + 20
        while at < len(data) and time.time() < end:
            try:
                at += s.send(data[at:at + 65536])
            except BlockingIOError:
                time.sleep(0.0005)
            except OSError:
                break
            try:
                while s.recv(1 << 20):  # answers are fetched, or it would not read on
                    pass
                break  # it has ended the connection
            except BlockingIOError:
                pass
            except OSError:
                break
        sent[seed] += at
        s.close()


def garbage_for_a_long_time():
    """A3: a gigabyte of it, as many bytes as were taken over by the kernel; nothing is written and memory stays where it was."""
    size, senders = (1 << 30 if STRICT else 8 << 20), 4
    e, pg, token, rows = d, None, b"", lambda: None
    if STRICT:
        pg = spawn(Postgres)
        spawn(pg.setup)
        token = pg.token()
        e = spawn(Daemon, "--anonymous", "yes", "--http", "127.0.0.1:0", "--frame-ms", "2000", "--hello-ms", "2000", "--database", pg.conninfo("zh_api"))
        tables = pg.sql("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'zh' ORDER BY 1").split()
        rows = lambda: pg.sql(" UNION ALL ".join(f"SELECT '{t} ' || count(*) FROM {t}" for t in tables))
        while True:  # the token is looked up when PostgreSQL is there
            try:
                Client(e.port, token).close()
                break
            except Refused:
                time.sleep(0.1)
    before = rows()
    sent, connections, marks, began = [0] * senders, [0] * senders, [], time.time()
    hello = wire.Request(id=1, method="zongheng.v1.Session/Hello", body=wire.HelloRequest(protocol_version=1, token=token).SerializeToString()).SerializeToString()
    greeting = struct.pack(">I", len(hello)) + hello
    with Beside(f"{size >> 20} MiB of garbage", memory_mb=64, factor=3, of=e):
        threads = [threading.Thread(target=send_garbage, args=(i, e, size // senders, greeting, sent, connections)) for i in range(senders)]
        [t.start() for t in threads]
        while any(t.is_alive() for t in threads):
            marks.append((sum(sent), proc("VmRSS", e) / 1024))
            time.sleep(0.1)
        [t.join() for t in threads]
    third = [m for b, m in marks if b >= size // 3] or [marks[-1][1]]
    print(f"     {sum(sent) >> 20} MiB over {sum(connections)} connections in {time.time() - began:.0f} s, memory {third[0]:.1f} MB after a third, {third[-1]:.1f} at the end"
          + (f", rows of {len(tables)} tables as before" if STRICT else ""), flush=True)
    assert sum(sent) >= size and rows() == before
    assert third[-1] - third[0] < 8 or SANITIZED, third
    assert Client(e.port).call("Routing/FindRoutes", route_request()).options
    if STRICT:
        assert e.close() == 0
        pg.close()


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(n, payload):
    return varint(n << 3 | 2) + varint(len(payload)) + payload


def bombs():
    """A4: name and body of a FindRoutes that should cost little."""
    size = 200000
    yield "unknown fields", field(1000, b"") * (size // 4)
    yield "empty containers", field(3, field(4, b"") * (size // 2))
    yield "families unpacked", b"\x30\x01" * (size // 2)
    yield "families packed", field(6, b"\x01" * size)
    yield "merged messages", field(3, b"\x10\x01") * (size // 4)
    yield "nested deep in an unknown field", field(999, b"\x0a\xff\x7f" * (size // 3))
    deep = b""
    for _ in range(4000):
        deep = field(1, deep)
    yield "nested places", deep
    yield "overlong numbers", b"\x18" + b"\xff" * 9 + b"\x01" + (b"\x18" + b"\x80" * 8 + b"\x01") * (size // 10)
    yield "the highest field", varint((2**29 - 1) << 3) + b"\x00"
    yield "field 0", b"\x00\x00"
    yield "groups", b"\x0b" * size
    yield "a name of a megabyte's part", field(1, field(1, b"x" * size))
    yield "vias", field(14, field(1, b"x")) * (size // 5)
    yield "links to avoid", field(15, field(1, b"\x01" * (size - 10)))


def bombs_cost_little():
    rounds = 20 if STRICT else 4
    with Beside(f"bombs, {rounds} of each", memory_mb=48):
        c = Client(d.port)
        for name, body in bombs():
            before = cpu_s()
            for _ in range(rounds):
                c.send("Routing/FindRoutes", body)
                r = c.reply()
                assert r.status.code in (3, 5, 8), (name, r.status)  # 5: the long name is no place
            each_ms = 1000 * (cpu_s() - before) / rounds
            assert each_ms < (25 if STRICT else 250), (name, each_ms)
        c.close()


def values_out_of_range():
    """A5: refused with the field's name, and the connection goes on."""
    c = Client(d.port)
    place = lambda b: field(1, field(1, b)) + field(2, field(1, b"daye"))
    rest = field(3, b"\x10\xe8\x07") + b"\x20" + varint(zh.ready_at())
    for text in (b"a\x00b", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff", b"\xf4\x90\x80\x80", b"\xe4\xbd"):
        c.send("Routing/FindRoutes", place(text) + rest)
        s = c.reply().status
        assert s.code == 3 and s.details.field == "origin.name", s
    for number in (float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 90.0001):
        c.send("Routing/FindRoutes", field(1, field(3, b"\x09" + struct.pack("<d", number))) + field(2, field(1, b"daye")) + rest)
        s = c.reply().status
        assert s.code == 3 and s.details.field.startswith("origin"), (number, s)
    for at in (-1, -2**63, 2**62, 253402300800, 8000000000000):
        q = route_request()
        q.ready_at = at
        c.send("Routing/FindRoutes", q)
        s = c.reply().status
        assert s.code == 3 and s.details.field == "ready_at" or s.code == 0, (at, s)
    assert c.call("Routing/FindRoutes", route_request()).options
    c.close()


def the_same_id_twice():
    c = Client(d.port)
    frames = [c.frame("Routing/FindRoutes", route_request()), c.frame("Routing/FindPlaces", routing.FindPlacesRequest(query="daye"))]
    twin = frames[1][:5] + frames[0][5:13] + frames[1][13:]  # the second with the first one's id
    assert wire.Request.FromString(twin[4:]).id == wire.Request.FromString(frames[0][4:]).id
    c.sock.sendall(frames[0] + twin + frames[0])
    got = [c.reply() for _ in range(3)]
    assert all(r.status.code == 0 for r in got) and len({r.id for r in got}) == 1
    c.close()


def a_byte_at_a_time():
    with Beside("frames a byte at a time", memory_mb=16):
        c = Client(d.port)
        for _ in range(20 if STRICT else 3):
            for b in c.frame("Routing/FindRoutes", route_request()):
                c.sock.sendall(bytes([b]))
            assert c.reply().status.code == 0
        c.close()


try:
    zh.run([(f.__name__, f) for f in (
        frames_that_lie_about_their_length, frames_cut_short, frames_with_a_wrong_byte, garbage_for_a_long_time, bombs_cost_little, values_out_of_range, the_same_id_twice,
        a_byte_at_a_time, d.close) if f == d.close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d.proc.poll() is None:
        d.kill()
