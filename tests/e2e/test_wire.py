#!/usr/bin/python3
"""The daemon over TCP without a database: answers that add up, bad input, cut and broken frames, reload, drain."""
import os, pathlib, random, shutil, signal, socket, struct, sys, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Refused, route_request, routing, wire

d = Daemon("--anonymous", "yes", "--frame-ms", "1000", "--hello-ms", "1000")


def refused(call, code, field=None):
    try:
        call()
    except Refused as r:
        assert r.code == code, r
        assert field is None or r.field == field, r
        assert r.text, "a refusal says why"
        return r
    raise AssertionError("not refused")


def routes_add_up():
    c = Client(d.port)
    for to in ("上海", "成都", "深圳", "武汉"):
        r = c.call("Routing/FindRoutes", route_request(destination=to))
        assert r.options, to
        assert r.network_version and r.attribution
        for o in r.options:
            assert o.total_fen == sum(l.amount_fen for l in o.lines)
            assert o.legs and o.depart_at == o.legs[0].depart_at and o.arrive_at >= o.legs[-1].arrive_at
            assert o.distance_m == sum(l.distance_m for l in o.legs)
            assert len(o.plan_ref) == 32
            for a, b in zip(o.legs, o.legs[1:]):
                assert a.arrive_at <= b.depart_at and a.to.node_id == getattr(b, "from").node_id
        assert len({o.plan_ref for o in r.options}) == len(r.options)
    c.close()


def same_question_same_answer():
    c = Client(d.port)
    q = route_request(ready_at=zh.ready_at(5))
    a, b = (c.call("Routing/FindRoutes", q).SerializeToString(deterministic=True) for _ in range(2))
    assert a == b


def places_by_every_name():
    c = Client(d.port)
    ids = {c.call("Routing/FindPlaces", routing.FindPlacesRequest(query=q)).places[0].name_zh for q in ("大冶", "daye", "Daye")}
    assert len(ids) == 1, ids
    p = c.call("Routing/FindPlaces", routing.FindPlacesRequest(query="EHU")).places[0]
    assert "EHU" in p.codes, p
    refused(lambda: c.call("Routing/FindPlaces", routing.FindPlacesRequest()), "INVALID_ARGUMENT", "query")
    refused(lambda: c.call("Routing/FindPlaces", routing.FindPlacesRequest(query="x", max_results=51)), "INVALID_ARGUMENT", "max_results")


def bad_requests_name_their_field_and_the_connection_lives():
    c = Client(d.port)
    now = int(time.time())
    point = lambda lat, lon: routing.PlaceRef(point=routing.LatLon(lat=lat, lon=lon))
    def ask(change):
        q = route_request()
        change(q)
        return lambda: c.call("Routing/FindRoutes", q)
    def setter(path, value):
        def change(q):
            o = q
            *inner, last = path.split(".")
            for p in inner:
                o = getattr(o, p)
            setattr(o, last, value)
        return change
    refused(ask(setter("origin.name", "乌有之乡")), "NOT_FOUND", "origin")
    refused(ask(setter("destination.node_id", -1)), "NOT_FOUND", "destination")
    refused(ask(setter("destination.node_id", 2**62)), "NOT_FOUND", "destination")
    refused(ask(lambda q: q.ClearField("origin")), "INVALID_ARGUMENT", "origin")
    refused(ask(lambda q: q.origin.CopyFrom(point(91, 0))), "INVALID_ARGUMENT", "origin")
    refused(ask(lambda q: q.origin.CopyFrom(point(float("nan"), 0))), "INVALID_ARGUMENT", "origin.point.lat")
    refused(ask(lambda q: q.ClearField("cargo")), "INVALID_ARGUMENT", "cargo")
    for mass in (0, -1, -2**63, 2**62):
        refused(ask(setter("cargo.mass_kg", mass)), "INVALID_ARGUMENT", "cargo.mass_kg")
    refused(ask(setter("ready_at", 0)), "INVALID_ARGUMENT", "ready_at")
    refused(ask(setter("ready_at", -5)), "INVALID_ARGUMENT", "ready_at")
    refused(ask(setter("deliver_by", now - 100)), "INVALID_ARGUMENT", "deliver_by")
    refused(ask(setter("max_options", 33)), "INVALID_ARGUMENT", "max_options")
    refused(ask(setter("vehicle.vehicle_class", 7)), "INVALID_ARGUMENT", "vehicle.vehicle_class")
    refused(ask(setter("scenario_id", "x")), "NOT_FOUND", "scenario_id")
    refused(ask(lambda q: q.cargo.containers.add(iso_type="99X9", count=1)), "INVALID_ARGUMENT", "cargo.containers.iso_type")
    refused(lambda: c.call("Routing/GetCost", routing.GetCostRequest(family=routing.ANY)), "INVALID_ARGUMENT", "family")
    refused(lambda: c.call("Routing/FindRoutes", b"\xff\xff\xff"), "INVALID_ARGUMENT")
    refused(lambda: c.call("Routing/FindRoutes", b"\x0a\x00" * 5000), "INVALID_ARGUMENT", "origin")
    zh.REPLY["Routing/Nothing"] = wire.HelloReply
    refused(lambda: c.call("Routing/Nothing", b""), "UNIMPLEMENTED", "method")
    refused(lambda: c.call("Shipments/List", b""), "UNAUTHENTICATED", "token")
    assert c.call("Routing/FindRoutes", route_request()).options


def cargo_that_nobody_handles_gets_reasons():
    c = Client(d.port)
    r = c.call("Routing/FindRoutes", route_request(mass_kg=400, families=[routing.AIR_ROAD], dangerous_class="1.1", destination="深圳"))
    assert not r.options and r.families_not_offered[0].text and r.families_not_offered[0].reason, r


def the_far_future_is_expired_not_guessed():
    c = Client(d.port)
    r = c.call("Routing/FindRoutes", route_request(ready_at=4000000000, families=[routing.RAIL_ROAD], destination="成都", mass_kg=20000,
                                                   containers=[("22G1", 1)]))
    assert not r.options and r.families_not_offered[0].reason == "expired", r


def hello_comes_first():
    c = Client(d.port, hello=False)
    refused(lambda: c.call("Routing/FindRoutes", route_request()), "UNAUTHENTICATED")
    refused(lambda: c.call("Session/Hello", wire.HelloRequest(protocol_version=9)), "INVALID_ARGUMENT", "protocol_version")
    refused(lambda: c.call("Session/Hello", wire.HelloRequest(protocol_version=1, token=b"x" * 32)), "UNAVAILABLE")
    c.call("Session/Hello", wire.HelloRequest(protocol_version=1))


def gone(sock, within):
    sock.settimeout(within)
    try:
        while sock.recv(65536):
            pass
    except ConnectionError:
        pass


def a_stream_cut_at_every_byte():
    c = Client(d.port)
    stream = c.frame("Routing/GetCost", routing.GetCostRequest(origin=routing.PlaceRef(name="大冶"), destination=routing.PlaceRef(name="武汉"),
                     cargo=routing.Cargo(mass_kg=10000), ready_at=zh.ready_at()))
    for cut in range(1, len(stream)):  # in two pieces: answered
        c.sock.sendall(stream[:cut])
        if cut % 16 == 0:
            time.sleep(0.001)
        c.sock.sendall(stream[cut:])
        assert c.reply().status.code == 0
    for cut in range(0, len(stream)):  # and ended there: closed without an answer
        s = Client(d.port)
        s.sock.sendall(stream[:cut])
        s.sock.shutdown(socket.SHUT_WR)
        s.sock.settimeout(5)
        assert s.sock.recv(1) == b"", cut
        s.close()
    s = Client(d.port)  # a whole one before the end is answered
    s.sock.sendall(stream + stream[:9])
    s.sock.shutdown(socket.SHUT_WR)
    assert s.reply().status.code == 0
    gone(s.sock, 5)


def broken_lengths_close_at_once():
    for n in (0, 0x7FFFFFFF, 0xFFFFFFFF, 262145):
        for behind in range(0, 9):
            s = Client(d.port)
            s.sock.sendall(struct.pack(">I", n) + b"x" * behind)
            t = time.time()
            gone(s.sock, 5)
            assert time.time() - t < 1, n
            s.close()
    s = socket.create_connection(("127.0.0.1", d.port))
    s.sendall(struct.pack(">I", 4097))  # before Hello the limit is 4096
    gone(s, 5)


def garbage_never_stops_it():
    rng = random.Random(5)
    for _ in range(300):
        s = Client(d.port)
        s.sock.sendall(rng.randbytes(rng.randrange(1, 4000)))
        s.close()
        s = socket.create_connection(("127.0.0.1", d.port))
        s.sendall(struct.pack(">I", 60) + rng.randbytes(60))
        gone(s, 5)
    assert Client(d.port).call("Routing/FindRoutes", route_request()).options


def slow_peers_are_timed_absolutely():
    s = socket.create_connection(("127.0.0.1", d.port))  # no hello
    t = time.time()
    gone(s, 10)
    assert 0.5 < time.time() - t < 3
    c = Client(d.port)
    stream = c.frame("Routing/GetCost", routing.GetCostRequest())
    t = time.time()
    try:
        for b in stream:
            c.sock.sendall(bytes([b]))
            time.sleep(0.3)
    except ConnectionError:
        pass
    assert time.time() - t < 5


def deadlines_and_pipelines():
    c = Client(d.port)
    ids = [c.send("Routing/FindRoutes", route_request()) for _ in range(200)]
    got = sorted(c.reply().id for _ in ids)
    assert got == ids


def reload_loses_no_request():
    net = pathlib.Path(d.dir) / "r.net"
    shutil.copy(zh.BUILD / "daye.net", net)
    e = Daemon("--anonymous", "yes", network=net)
    bad, done, stop = [], [0], threading.Event()
    def work():
        c = Client(e.port)
        while not stop.is_set():
            try:
                c.call("Routing/FindRoutes", route_request())
                done[0] += 1
            except Exception as x:
                bad.append(x)
                return
    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    end = time.time() + 60  # a sanitizer's build is slow: as many reloads as 50 answers and three reloads take, 20 at least
    reloads = 0
    while reloads < 20 or ((done[0] <= 50 or e.text().count("event=reloaded") < 3) and not bad and time.time() < end):
        e.signal(signal.SIGHUP)
        reloads += 1
        time.sleep(0.05)
    data = net.read_bytes()
    (net.parent / "new").write_bytes(data[: len(data) // 2])
    os.replace(net.parent / "new", net)
    e.signal(signal.SIGHUP)
    end = time.time() + 60
    while "reload_refused" not in e.text() and time.time() < end:
        time.sleep(0.05)
    stop.set()
    [t.join() for t in threads]
    assert not bad and done[0] > 50, (bad[:1], done)
    assert "reload_refused" in e.text() and e.text().count("event=reloaded") >= 3  # signals that come while one is served are one
    assert Client(e.port).call("Routing/FindRoutes", route_request()).options
    assert e.close() == 0


def sigterm_drains():
    e = Daemon("--anonymous", "yes")
    c = Client(e.port)
    n = 100
    for _ in range(n):
        c.send("Routing/FindRoutes", route_request())
    c.reply()
    e.signal(signal.SIGTERM)
    try:
        for _ in range(n - 1):
            assert c.reply().status.code == 0
    except Gone:
        pass  # what was not read yet may be left; what was begun is answered whole
    assert e.close() == 0


def wrong_settings_stop_the_start():
    for flags, word in ((("--loops", "0"), "1 to 64"), (("--listen", "0.0.0.0:7420"), "loopback"), (("--network", "/nonexistent"), "nonexistent")):
        try:
            Daemon(*flags)
        except RuntimeError as x:
            assert word in str(x), x
            continue
        raise AssertionError(flags)


try:
    zh.run([(f.__name__, f) for f in (
        routes_add_up, same_question_same_answer, places_by_every_name, bad_requests_name_their_field_and_the_connection_lives,
        cargo_that_nobody_handles_gets_reasons, the_far_future_is_expired_not_guessed, hello_comes_first, a_stream_cut_at_every_byte,
        broken_lengths_close_at_once, garbage_never_stops_it, slow_peers_are_timed_absolutely, deadlines_and_pipelines,
        reload_loses_no_request, sigterm_drains, wrong_settings_stop_the_start, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
