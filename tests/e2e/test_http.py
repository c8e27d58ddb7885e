#!/usr/bin/python3
"""The Connect protocol over HTTP: JSON and protobuf, errors, time limits, gzip, streams, files; without a database."""
import base64, gzip, http.client, json, pathlib, re, socket, struct, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from google.protobuf import json_format
from zh import Client, Daemon, route_request, routing, wire

web = pathlib.Path(tempfile.mkdtemp(prefix="zh-web-"))
(web / "assets").mkdir()
(web / "index.html").write_text("<!doctype html><title>page</title>" + "x" * 3000)
(web / "assets" / "app-1a2b.js").write_text("console.log(1);" * 300)
(web / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(b"packed before"))
(web / "secret.key").write_text("not of the page")
(web / ".hidden.html").write_text("no")
(web / "link.html").symlink_to("/etc/passwd")
d = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", "--web", str(web), "--http-origins", "https://planner.example")


def ask(method, body, headers=None, path=None):
    c = http.client.HTTPConnection("127.0.0.1", d.http, timeout=60)
    h = {"Content-Type": "application/json", **(headers or {})}
    c.request("POST", path or f"/zongheng.v1.{method}", body.encode() if isinstance(body, str) else body, h)
    r = c.getresponse()
    data = r.read()
    c.close()
    return r, data


def error(reply, status, code, field=None):
    r, data = reply
    e = json.loads(data)
    assert r.status == status and e["code"] == code and e["message"], (r.status, data)
    assert r.headers["Content-Type"] == "application/json"
    if field is not None:
        detail = e["details"][0]
        assert detail["type"] == "zongheng.v1.StatusDetails" and detail["debug"]["field"] == field, e
        raw = base64.b64decode(detail["value"] + "=" * (-len(detail["value"]) % 4))
        assert wire.StatusDetails.FromString(raw).field == field
    return e


def json_and_proto_and_tcp_agree():
    q = route_request(ready_at=zh.ready_at(4))
    want = Client(d.port).call("Routing/FindRoutes", q)
    r, data = ask("Routing/FindRoutes", json_format.MessageToJson(q))
    assert r.status == 200, data
    assert json_format.Parse(data, routing.FindRoutesReply()) == want
    r, data = ask("Routing/FindRoutes", json_format.MessageToJson(q, preserving_proto_field_name=True))
    assert json_format.Parse(data, routing.FindRoutesReply()) == want
    r, data = ask("Routing/FindRoutes", q.SerializeToString(), {"Content-Type": "application/proto", "Connect-Protocol-Version": "1"})
    assert r.headers["Content-Type"] == "application/proto" and routing.FindRoutesReply.FromString(data) == want


def errors_are_connects():
    error(ask("Routing/FindRoutes", '{"orign":{}}'), 400, "invalid_argument", "orign")
    error(ask("Routing/FindRoutes", '{"origin":{"nam":"x"}}'), 400, "invalid_argument", "origin.nam")
    error(ask("Routing/FindRoutes", '{"origin":{"name":"乌有之乡"},"destination":{"name":"大冶"},"cargo":{"massKg":1},"readyAt":"1796083200"}'),
          404, "not_found", "origin")
    error(ask("Routing/FindRoutes", "{"), 400, "invalid_argument")
    error(ask("Routing/FindRoutes", "[]"), 400, "invalid_argument")
    error(ask("Routing/FindRoutes", ""), 400, "invalid_argument")
    error(ask("Routing/Nothing", "{}"), 501, "unimplemented", "method")
    error(ask("Shipments/List", "{}"), 401, "unauthenticated", "token")
    error(ask("Routing/FindPlaces", '{"query":"x"}', {"Connect-Protocol-Version": "2"}), 400, "invalid_argument")
    error(ask("Routing/FindPlaces", '{"query":"x"}', {"Connect-Timeout-Ms": "soon"}), 400, "invalid_argument")
    error(ask("Routing/FindPlaces", '{"query":"x"}', {"Content-Encoding": "br"}), 501, "unimplemented")
    error(ask("Routing/FindPlaces", '{"query":"x"}', {"Authorization": "Basic eDp5"}), 401, "unauthenticated", "token")
    r, _ = ask("Routing/FindPlaces", "query=x", {"Content-Type": "text/plain"})
    assert r.status == 415 and "application/json" in r.headers["Accept-Post"]


def gzip_both_ways():
    q = json_format.MessageToJson(route_request())
    r, data = ask("Routing/FindRoutes", gzip.compress(q.encode()), {"Content-Encoding": "gzip", "Accept-Encoding": "br, gzip;q=0.5"})
    assert r.status == 200 and r.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(data))["options"]
    r, data = ask("Routing/FindRoutes", q, {"Accept-Encoding": "gzip;q=0"})
    assert r.headers["Content-Encoding"] is None and json.loads(data)["options"]
    error(ask("Routing/FindPlaces", b"\x1f\x8b\x08junk", {"Content-Encoding": "gzip"}), 400, "invalid_argument")
    error(ask("Routing/FindPlaces", gzip.compress(b'{"query":"x"}')[:-3], {"Content-Encoding": "gzip"}), 400, "invalid_argument")
    bomb = gzip.compress(b'{"query":"' + b"x" * (64 << 20) + b'"}')
    t = time.time()
    error(ask("Routing/FindPlaces", bomb, {"Content-Encoding": "gzip"}), 429, "resource_exhausted")
    assert len(bomb) < 100000 and time.time() - t < 10


def envelope(data, flags=0):
    return struct.pack(">BI", flags, len(data)) + data


def opened(data):
    out = []
    while data:
        flags, n = struct.unpack(">BI", data[:5])
        out.append((flags, data[5:5 + n]))
        assert len(data) >= 5 + n
        data = data[5 + n:]
    return out


def streams():
    q = {"originNodeIds": ["2000"] * 200, "destinationNodeIds": ["3001", "2000"] * 100, "vehicle": {"vehicleClass": 6}}
    text = json.dumps(q).encode()
    json_kind = {"Content-Type": "application/connect+json"}
    r, data = ask("Routing/GetMatrix", envelope(text), json_kind)
    parts = opened(data)
    assert r.status == 200 and r.headers["Content-Type"] == "application/connect+json"
    assert len(parts) > 2 and [f for f, _ in parts] == [0] * (len(parts) - 1) + [2], [f for f, _ in parts]
    assert json.loads(parts[-1][1]) == {}
    tables = [json.loads(p) for f, p in parts if f == 0]
    assert sum(t["rowCount"] for t in tables) == 200 and sum(len(t["weight"]) for t in tables) == 40000
    packed = envelope(gzip.compress(text), 1)
    again = opened(ask("Routing/GetMatrix", packed, {**json_kind, "Connect-Content-Encoding": "gzip"})[1])
    assert again == parts
    for bad in (b"", text, packed, envelope(text) + b"x", envelope(text, 2), envelope(text) + envelope(text)):
        r, data = ask("Routing/GetMatrix", bad, json_kind)
        assert r.status == 200 and json.loads(opened(data)[-1][1])["error"]["code"] == "invalid_argument", data
    error(ask("Routing/GetMatrix", text), 501, "unimplemented")  # several messages in a body of one
    small = json.dumps({**q, "originNodeIds": ["2000"]})
    assert json.loads(ask("Routing/GetMatrix", small)[1])["rowCount"] == 1
    r, data = ask("Routing/FindPlaces", envelope(routing.FindPlacesRequest(query="daye").SerializeToString()), {"Content-Type": "application/connect+proto"})
    (f, place), (g, _) = opened(data)
    assert (f, g) == (0, 2) and routing.FindPlacesReply.FromString(place).places
    r, data = ask("Routing/FindPlaces", envelope(b"{}"), json_kind)
    assert json.loads(opened(data)[0][1])["error"]["details"][0]["debug"]["field"] == "query"


def http_1_0(kind, body):
    head = f"POST /zongheng.v1.Routing/FindPlaces HTTP/1.0\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", d.http), timeout=60) as s:
        s.sendall(head.encode() + body)
        said = b""
        while part := s.recv(65536):
            said += part
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower(), said  # which HTTP/1.0 does not have (RFC 9112, 6.1)
    return int(head.split()[1]), body


def http_1_0_gets_no_streams():
    question = routing.FindPlacesRequest(query="daye").SerializeToString()
    for kind, body in (("application/connect+json", envelope(b'{"query":"daye"}')), ("application/connect+proto", envelope(question)),
                       ("application/connect+json", b"junk")):
        status, text = http_1_0(kind, body)
        assert status == 505 and b"HTTP/1.1" in text, (status, text)
    status, body = http_1_0("application/proto", question)
    assert status == 200 and routing.FindPlacesReply.FromString(body).places


def hello_tells_whose_the_bearer_is():
    r, data = ask("Session/Hello", '{"protocolVersion":1}')
    assert json.loads(data)["role"] == "anonymous", data
    error(ask("Session/Hello", '{"protocolVersion":1,"token":"eA=="}'), 400, "invalid_argument", "token")


def deadlines_count():
    table = {"originNodeIds": ["2000"] * 1500, "destinationNodeIds": ["3001", "2000"] * 300, "vehicle": {"vehicleClass": 6}}
    r, data = ask("Routing/GetMatrix", envelope(json.dumps(table).encode()), {"Content-Type": "application/connect+json", "Connect-Timeout-Ms": "1"})
    assert json.loads(opened(data)[-1][1])["error"]["code"] == "deadline_exceeded", data[:200]


def connections_are_kept():
    c = http.client.HTTPConnection("127.0.0.1", d.http, timeout=60)
    for _ in range(50):
        c.request("POST", "/zongheng.v1.Routing/FindPlaces", '{"query":"大冶"}'.encode(), {"Content-Type": "application/json"})
        r = c.getresponse()
        assert json.loads(r.read())["places"]
    local = c.sock.getsockname()
    c.request("GET", "/healthz")
    assert c.getresponse().read() == b"ok\n" and c.sock.getsockname() == local


def pipelined_requests_are_answered_in_order():
    s = socket.create_connection(("127.0.0.1", d.http), timeout=60)
    names = ["大冶", "武汉", "上海"] * 20
    for n in names:
        body = json.dumps({"query": n, "maxResults": 1}).encode()
        s.sendall(b"POST /zongheng.v1.Routing/FindPlaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    f = s.makefile("rb")
    for n in names:
        length = 0
        status = int(f.readline().split()[1])
        while (line := f.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = json.loads(f.read(length))
        if status == 429:  # a busy machine: the queue is long
            assert answer["code"] == "resource_exhausted"
        else:
            assert status == 200 and n in answer["places"][0]["nameZh"]


def get(path, headers=None, method="GET"):
    c = http.client.HTTPConnection("127.0.0.1", d.http, timeout=60)
    c.request(method, path, headers=headers or {})
    r = c.getresponse()
    data = r.read()
    c.close()
    return r, data


def files_of_the_page():
    r, data = get("/")
    assert r.status == 200 and data.startswith(b"<!doctype html><title>page") and r.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = r.headers["Content-Security-Policy"]
    for word in ("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "worker-src 'self' blob:"):
        assert word in policy, policy
    assert "unsafe" not in policy and r.headers["X-Content-Type-Options"] == "nosniff" and r.headers["Set-Cookie"] is None
    assert r.headers["Cache-Control"] == "no-cache"
    same, nothing = get("/index.html", {"If-None-Match": r.headers["ETag"]})
    assert same.status == 304 and not nothing
    r, packed = get("/index.html", {"Accept-Encoding": "gzip"})
    assert r.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed) == data
    r, packed = get("/assets/app-1a2b.js", {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed) == b"packed before" and "immutable" in r.headers["Cache-Control"]
    r, plain = get("/assets/app-1a2b.js")
    assert plain == b"console.log(1);" * 300 and r.headers["Content-Type"].startswith("text/javascript")
    r, nothing = get("/assets/app-1a2b.js", method="HEAD")
    assert r.status == 200 and nothing == b"" and r.headers["Content-Length"] == str(len(plain))
    for path in ("/secret.key", "/.hidden.html", "/link.html", "/assets", "/assets/", "/index.html/", "/app-1a2b.js", "/assets/app-1a2b.js.gz"):
        r, _ = get(path)
        assert r.status in (400, 404), path
    assert get("/", method="HEAD")[1] == b""
    assert get("/zongheng.v1.Routing/FindPlaces")[0].status == 405
    assert get("/", method="PUT")[0].status == 405 and get("/", method="DELETE")[0].status == 405


def other_origins_need_a_setting():
    good, bad = {"Origin": "https://planner.example"}, {"Origin": "https://evil.example"}
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    r, _ = get("/zongheng.v1.Routing/FindPlaces", {**good, **asks}, "OPTIONS")
    assert r.status == 204 and r.headers["Access-Control-Allow-Origin"] == "https://planner.example"
    r, _ = get("/zongheng.v1.Routing/FindPlaces", {**bad, **asks}, "OPTIONS")
    assert r.status == 403 and r.headers["Access-Control-Allow-Origin"] is None
    r, data = ask("Routing/FindPlaces", '{"query":"daye"}', good)
    assert r.status == 200 and r.headers["Access-Control-Allow-Origin"] == "https://planner.example"
    error(ask("Routing/FindPlaces", '{"query":"daye"}', bad), 403, "permission_denied")
    error(ask("Routing/FindPlaces", '{"query":"daye"}', {"Origin": "null"}), 403, "permission_denied")
    error(ask("Routing/FindPlaces", '{"query":"daye"}', {"Sec-Fetch-Site": "cross-site"}), 403, "permission_denied")
    assert ask("Routing/FindPlaces", '{"query":"daye"}', {"Origin": f"http://127.0.0.1:{d.http}"})[0].status == 200


def metrics_are_prometheus_text():
    ask("Routing/FindPlaces", '{"query":"daye"}')
    ask("Routing/FindPlaces", "{}")
    c = Client(d.port)
    c.call("Routing/FindPlaces", routing.FindPlacesRequest(query="daye"))
    r, data = get("/metrics")
    assert r.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    values, kinds = {}, {}
    for line in data.decode().splitlines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split()
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("#"):
            m = re.fullmatch(r'([a-z_]+)(?:\{((?:[a-z]+="[^"\\\n]*",?)*)\})? (\S+)', line)
            assert m, line
            assert m[1] in kinds or re.sub("_(bucket|sum|count)$", "", m[1]) in kinds, line
            values[m[1], m[2] or ""] = float(m[3])
    method = 'method="zongheng.v1.Routing/FindPlaces"'
    ok, bad = (values["zongheng_requests_total", f'{method},code="{k}"'] for k in ("OK", "INVALID_ARGUMENT"))
    assert ok >= 2 and bad >= 1
    assert values["zongheng_request_seconds_count", method] == sum(
        v for (n, l), v in values.items() if n == "zongheng_requests_total" and l.startswith(method)) == values["zongheng_request_seconds_bucket", f'{method},le="+Inf"']
    steps = [v for (n, l), v in values.items() if n == "zongheng_request_seconds_bucket" and l.startswith(method + ",")]
    assert steps == sorted(steps) and len(steps) == 18
    assert values["zongheng_connections", 'protocol="tcp"'] == 1 and values["zongheng_connections", 'protocol="http"'] >= 1
    assert values["process_resident_memory_bytes", ""] > 1e6
    c.close()


def a_folder_that_is_missing_says_so():
    e = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", "--web", "/nonexistent")
    c = http.client.HTTPConnection("127.0.0.1", e.http, timeout=60)
    c.request("GET", "/")
    assert "web" in c.getresponse().read().decode()
    c.request("GET", "/readyz")
    assert c.getresponse().read() == b"ready\n"
    assert e.close() == 0


def wrong_settings_stop_the_start():
    for flags, word in ((("--http", "0.0.0.0:0"), "loopback"), (("--http", "nowhere", "--plain", "yes"), "HOST:PORT"), (("--http-origins", "x\r\nY: z"), "http_origins"),
                        (("--http", "0.0.0.0:0", "--plain", "yes", "--anonymous", "yes"), "anonymous")):
        try:
            Daemon(*flags)
        except RuntimeError as x:
            assert word in str(x), x
            continue
        raise AssertionError(flags)


try:
    zh.run([(f.__name__, f) for f in (
        json_and_proto_and_tcp_agree, errors_are_connects, gzip_both_ways, streams, http_1_0_gets_no_streams, hello_tells_whose_the_bearer_is, deadlines_count,
        connections_are_kept, pipelined_requests_are_answered_in_order, files_of_the_page, other_origins_need_a_setting, metrics_are_prometheus_text,
        a_folder_that_is_missing_says_so, wrong_settings_stop_the_start, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
