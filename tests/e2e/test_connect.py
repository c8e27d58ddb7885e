#!/usr/bin/python3
"""A Connect client as npm publishes it works unchanged: every method, both codecs, streams, errors. What a method says to an
empty request is the same as over TCP. Bearer tokens over HTTP, and their end. Skipped where node or npm's packages are not
to be had."""
import http.client, json, os, pathlib, shutil, socket, struct, subprocess, sys, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from google.protobuf import descriptor_pool
from zh import Client, Daemon, Gone, Postgres, Refused, wire

HERE = zh.ROOT / "tests" / "connect"
PLACE = zh.BUILD / "connect"


def packages():
    """node_modules as package-lock.json says, kept in build/."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no node and npm"
    PLACE.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text()
    mark = PLACE / "node_modules" / ".lock"
    if not mark.exists() or mark.read_text() != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, PLACE)
        p = subprocess.run(["npm", "ci", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=30000"], cwd=PLACE, capture_output=True, text=True)
        if p.returncode != 0:
            return "npm could not fetch the packages: " + p.stderr[-300:]
        mark.write_text(lock)
    shutil.rmtree(PLACE / "gen", ignore_errors=True)
    (PLACE / "gen").mkdir()
    subprocess.run(["protoc", f"-I{zh.ROOT / 'proto'}", f"--plugin={PLACE}/node_modules/.bin/protoc-gen-es", f"--es_out={PLACE}/gen", "--es_opt=target=js,import_extension=js",
                    *map(str, sorted((zh.ROOT / "proto" / "zongheng" / "v1").glob("*.proto")))], check=True)
    (PLACE / "gen" / "package.json").write_text('{"type":"module"}')
    shutil.copy(HERE / "client.mjs", PLACE)
    return None


why_not = packages()
pg = Postgres()
pg.setup()
token = pg.token()
d = Daemon("--http", "127.0.0.1:0", "--database", pg.conninfo("zh_api"), "--schemas", "schemas", "--failures-max", "5", "--failures-forgive-ms", "400")
for _ in range(100):
    try:
        Client(d.port, token).close()
        break
    except Refused:
        time.sleep(0.1)


def methods():
    pool = descriptor_pool.Default()
    out = {}
    for name in sorted((zh.ROOT / "proto" / "zongheng" / "v1").glob("*.proto")):
        __import__(f"zongheng.v1.{name.stem}_pb2")
        for service in pool.FindFileByName(f"zongheng/v1/{name.name}").services_by_name.values():
            for m in service.methods:
                out[f"{service.name}/{m.name}"] = m
    return out


def over_tcp(name, deadline_ms=0):
    c = Client(d.port, token)
    c.send(name, b"", deadline_ms)
    while True:
        r = c.reply()
        if r.status.code or not r.more:
            c.close()
            return zh.CODES[r.status.code]


def a_published_client_works_for_every_method():
    p = subprocess.run(["node", "client.mjs", f"http://127.0.0.1:{d.http}", token.decode(), str(PLACE / "gen" / "zongheng" / "v1")],
                       cwd=PLACE, capture_output=True, text=True, timeout=200)
    assert p.returncode == 0, p.stdout + p.stderr
    said = json.loads(p.stdout)
    assert set(said) == set(methods()), set(said) ^ set(methods())
    for name, got in said.items():
        want = over_tcp(name, 1500 if name == "Shipments/Watch" else 0)
        if name == "Session/Hello":
            want = "INVALID_ARGUMENT"  # of the version, as a first word; over TCP it would be the second Hello
        if name == "Shipments/Watch":  # the client's own clock may end it first
            assert got in ("OK", "DEADLINE_EXCEEDED") and want == "OK", (got, want)
        else:
            assert got == want, (name, got, want)


def post(name, body="{}", bearer=None, kind="application/json"):
    q = urllib.request.Request(f"http://127.0.0.1:{d.http}/zongheng.v1.{name}", body.encode() if isinstance(body, str) else body, {"Content-Type": kind})
    if bearer is not None:
        q.add_header("Authorization", "Bearer " + bearer)
    try:
        r = urllib.request.urlopen(q, timeout=60)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, r.read(), r.headers


def tokens_are_judged_as_hello_does():
    status, data, _ = post("Session/Hello", '{"protocolVersion":1}', token.decode())
    assert status == 200 and json.loads(data)["role"] == "shipper" and json.loads(data)["firmName"], data
    status, data, headers = post("Shipments/List")
    assert status == 401 and headers["WWW-Authenticate"] == "Bearer"
    assert post("Routing/FindPlaces", '{"query":"daye"}')[0] == 401  # anonymous = no
    assert post("Session/Hello", '{"protocolVersion":1}')[0] == 401
    assert post("Identity/ListFirms", "{}", token.decode())[0] == 403
    c = http.client.HTTPConnection("127.0.0.1", d.http, timeout=60)  # a connection knows its last token, and no other
    for bearer, want in ((token.decode(), 200), ("wrong", 401), (token.decode(), 200), (None, 401)):
        c.request("POST", "/zongheng.v1.Shipments/List", "{}", {"Content-Type": "application/json", **({"Authorization": "Bearer " + bearer} if bearer else {})})
        r = c.getresponse()
        r.read()
        assert r.status == want, (bearer, r.status)
    c.close()
    answers = [post("Shipments/List", "{}", f"wrong{i}")[0] for i in range(12)]
    assert 401 in answers and answers[-1] == 429, answers
    assert post("Shipments/List", "{}", token.decode())[0] == 429  # also with a right one, while the address waits
    end = time.time() + 60
    while post("Shipments/List", "{}", token.decode())[0] == 429 and time.time() < end:
        time.sleep(0.5)
    assert post("Shipments/List", "{}", token.decode())[0] == 200


def stream(bearer, ask="{}"):
    """A Watch over a raw socket, after its first message."""
    s = socket.create_connection(("127.0.0.1", d.http), timeout=60)
    body = struct.pack(">BI", 0, len(ask)) + ask.encode()
    s.sendall(b"POST /zongheng.v1.Shipments/Watch HTTP/1.1\r\nHost: x\r\nContent-Type: application/connect+json\r\nAuthorization: Bearer "
              + bearer + b"\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    got = b""
    while b"cursor" not in got:
        b = s.recv(65536)
        assert b, got
        got += b
    return s


def rest(s):
    got = b""
    while (b := s.recv(65536)):
        got += b
    return got


def a_revoked_token_ends_its_stream_and_its_kept_connection():
    mine = pg.token("Revoked firm")
    s = stream(mine)
    kept = socket.create_connection(("127.0.0.1", d.http), timeout=60)
    ask = b"POST /zongheng.v1.Shipments/List HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + mine + b"\r\nContent-Length: 2\r\n\r\n{}"
    kept.sendall(ask)
    assert kept.recv(65536).startswith(b"HTTP/1.1 200")
    kept.sendall(ask)  # the same token is not looked up again
    assert kept.recv(65536).startswith(b"HTTP/1.1 200")
    pg.sql("update zh.token set revoked_at = clock_timestamp() where firm_id = (select firm_id from zh.firm where name = 'Revoked firm')")
    got = rest(s)
    assert b'"unauthenticated"' in got and got.endswith(b"0\r\n\r\n"), got
    assert rest(kept) == b""
    assert post("Shipments/List", "{}", mine.decode())[0] == 401


def who_hangs_up_is_forgotten():
    def inflight():
        text = urllib.request.urlopen(f"http://127.0.0.1:{d.http}/metrics").read().decode()
        return float(text.split("\nzongheng_inflight ")[1].split()[0])
    def settled(n):
        end = time.time() + 10
        while inflight() != n and time.time() < end:
            time.sleep(0.1)
        return inflight()
    assert settled(0) == 0
    socks = [stream(token) for _ in range(8)]
    assert inflight() == 8
    [s.close() for s in socks]
    assert settled(0) == 0


def readiness_follows_the_database_and_streams_end_with_the_daemon():
    url = f"http://127.0.0.1:{d.http}/readyz"
    assert urllib.request.urlopen(url).status == 200
    s = stream(token)
    pg.tool("stop")
    end, status = time.time() + 30, 200
    while status == 200 and time.time() < end:
        try:
            status = urllib.request.urlopen(url).status
        except urllib.error.HTTPError as e:
            status = e.code
        time.sleep(0.2)
    assert status == 503
    d.proc.terminate()
    got = rest(s)
    assert got.endswith(b"0\r\n\r\n") and b"\x02\x00\x00\x00\x02{}" in got, got


def json_is_what_protobuf_es_writes_and_reads():
    shutil.copy(HERE / "json.mjs", PLACE)
    p = subprocess.run(["node", "json.mjs", str(zh.BUILD / "json_filter"), str(PLACE / "gen" / "zongheng" / "v1"), "10"], cwd=PLACE, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr[-2000:]
    said = json.loads(p.stdout)
    assert said["kinds"] > 40 and said["compared"] > 1000, said


tests = [a_published_client_works_for_every_method, json_is_what_protobuf_es_writes_and_reads] if why_not is None else []
try:
    zh.run([(f.__name__, f) for f in (*tests, tokens_are_judged_as_hello_does, a_revoked_token_ends_its_stream_and_its_kept_connection,
                                      who_hangs_up_is_forgotten, readiness_follows_the_database_and_streams_end_with_the_daemon, d.close)],
           skipped=why_not)
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
