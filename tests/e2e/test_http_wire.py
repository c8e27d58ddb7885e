#!/usr/bin/python3
"""HTTP by raw sockets: requests that can be read in two ways, slow peers, floods, and what they cost the others.
Mutants that fail here: chunk extensions, trailers, a header twice, escapes or no Host let through; a timer per read; no limit for
stalled readers. Bare CR, LF and NUL, and a length beside a coding, are refused by both readers: either alone passes."""
import json, os, pathlib, re, socket, subprocess, sys, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from http_requests import AMBIGUOUS, BODY, CHUNKED, GOOD, HIDDEN, PATH, chunks, request
from zh import Daemon

d = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", "--http-head-ms", "1500", "--http-body-ms", "2000", "--http-idle-ms", "3000",
           "--stall-ms", "2000", "--http-connections-max", "400", "--frame-max", "65536", "--web", "tests/e2e")


def talk(raw, half_close=True, port=None):
    s = socket.create_connection(("127.0.0.1", port or d.http), timeout=20)
    got = b""
    try:
        s.sendall(raw)
        if half_close:
            s.shutdown(socket.SHUT_WR)
        while (b := s.recv(65536)):
            got += b
    except (ConnectionError, OSError):
        pass
    s.close()
    return got


def statuses(got):
    return [int(x) for x in re.findall(rb"HTTP/1\.1 (\d\d\d) ", got)]


MORE = {
    "a control byte in a name": request(head=b"X\x01: 1\r\n"), "DEL in a value": request(head=b"X: \x7f\r\n"),
    "two blanks in the line": request(line=b"POST  " + PATH + b" HTTP/1.1"), "no version": b"GET /healthz\r\n\r\n",
    "a line before the line": b"\r\n" + request(), "lower case": request(line=b"POST " + PATH + b" http/1.1"),
    "version 2": request(line=b"POST " + PATH + b" HTTP/2.0"), "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a backslash": request(line=b"GET /..\\x HTTP/1.1", body=b"", length=b""), "double escapes": request(line=b"GET /%252e%252e/x HTTP/1.1", body=b"", length=b""),
    "an empty part": request(line=b"GET //etc/passwd HTTP/1.1", body=b"", length=b""), "overlong UTF-8": request(line=b"GET /\xc0\xaf HTTP/1.1", body=b"", length=b""),
    "CONNECT": request(line=b"CONNECT a:80 HTTP/1.1", body=b"", length=b""), "a star": request(line=b"OPTIONS * HTTP/1.1", body=b"", length=b""),
    "a fragment": request(line=b"GET /#x HTTP/1.1", body=b"", length=b""), "two tokens": request(head=b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
    "two types": request(head=b"Content-Type: application/proto\r\n"), "an unknown expectation": request(head=b"Expect: miracles\r\n"),
    "no length": request(length=b""), "a chunk of the largest size": request(length=CHUNKED, body=b"ffffffffffffffff\r\n" + BODY),
    "too large a body": request(length=b"Content-Length: 65537\r\n", body=b""), "too large chunks": request(length=CHUNKED, body=chunks(b"x" * 60000, b"x" * 60000)),
    "a head that never ends": request(head=b"X: " + b"y" * 20000 + b"\r\n"), "many headers": request(head=b"".join(b"X%d: 1\r\n" % i for i in range(70))),
}


def ambiguous_requests_are_refused_and_end_the_connection():
    assert len(AMBIGUOUS) == 41
    assert statuses(talk(GOOD + GOOD)) == [200, 200]  # what is clear is answered
    assert statuses(talk(request(length=CHUNKED, body=chunks(BODY[:5], BODY[5:])) + HIDDEN)) == [200, 200]
    wrong = []
    for name, raw in {**AMBIGUOUS, **MORE}.items():
        got = statuses(talk(raw + HIDDEN))
        allowed = (400, 501) if name in AMBIGUOUS else (400, 405, 411, 413, 417, 431, 501, 505)
        if name == "a length beyond 64 bits":
            allowed = (400, 413)
        if len(got) != 1 or got[0] not in allowed:
            wrong.append((name, got))
    assert not wrong, wrong


def cut_at_every_byte():
    for raw in (request(), request(length=CHUNKED, body=chunks(BODY[:3], BODY[3:]))):
        for cut in range(1, len(raw)):
            s = socket.create_connection(("127.0.0.1", d.http), timeout=20)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.sendall(raw[:cut])
            if cut % 16 == 0:
                time.sleep(0.002)
            s.sendall(raw[cut:])
            assert s.recv(65536).startswith(b"HTTP/1.1 200"), cut
            s.close()
        for cut in range(0, len(raw), 3):
            assert statuses(talk(raw[:cut])) == [], cut  # an end in the middle is no request
    s = socket.create_connection(("127.0.0.1", d.http), timeout=20)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for b in GOOD:
        s.sendall(bytes([b]))
    assert s.recv(65536).startswith(b"HTTP/1.1 200")


def every_byte_changed():
    import random
    rng = random.Random(7)
    for i in range(len(GOOD)):
        for b in (0, 0xFF, GOOD[i] ^ 1, GOOD[i] ^ 0x80):
            talk(GOOD[:i] + bytes([b]) + GOOD[i + 1:])
    for _ in range(300):
        talk(rng.randbytes(rng.randrange(1, 3000)))
    assert statuses(talk(GOOD)) == [200]


def expectations_are_met():
    s = socket.create_connection(("127.0.0.1", d.http), timeout=20)
    s.sendall(request(head=b"Expect: 100-continue\r\n", body=b"", length=b"Content-Length: 15\r\n"))
    assert s.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    s.sendall(BODY)
    assert s.recv(65536).startswith(b"HTTP/1.1 200")


def ends(sock, within):
    """Seconds until the peer closes."""
    t = time.time()
    sock.settimeout(within)
    try:
        while sock.recv(65536):
            pass
    except ConnectionError:
        pass
    return time.time() - t


def slow_peers_are_timed_absolutely():
    late = []
    def trickle(raw, first, limit):
        s = socket.create_connection(("127.0.0.1", d.http), timeout=20)
        s.sendall(first)
        t = time.time()
        try:
            for b in raw:
                s.sendall(bytes([b]))
                s.settimeout(0.2)
                try:
                    if s.recv(1000) == b"":
                        break
                except TimeoutError:
                    pass
        except ConnectionError:
            pass
        if not 0.8 < time.time() - t < limit:
            late.append((first[:20], time.time() - t))
    head = GOOD.index(b"\r\n\r\n") + 4
    jobs = [(GOOD, b"", 8), (GOOD[head:] * 20, GOOD[:head].replace(b"15", b"300"), 9), (b"a" * 100, GOOD, 8),
            (b"1" * 100, request(length=CHUNKED, body=b""), 9), (b"X" * 100, b"GET / HTTP/1.1\r\nHost: a\r\n", 8)]
    threads = [threading.Thread(target=trickle, args=j) for j in jobs for _ in range(10)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not late, late
    assert 1 < ends(socket.create_connection(("127.0.0.1", d.http)), 15) < 8  # silence from the start
    s = socket.create_connection(("127.0.0.1", d.http))
    s.sendall(HIDDEN)
    assert 2 < ends(s, 15) < 10  # silence after an answer


def rss_kib():
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{d.proc.pid}/status").read())[1])


def readers_that_stop_cost_their_own_connection():
    talk(GOOD)
    before, socks = rss_kib(), []
    big = json.dumps({"originNodeIds": ["2000"] * 60, "destinationNodeIds": ["3001", "2000"] * 100, "vehicle": {"vehicleClass": 6}}).encode()
    raw = request(line=b"POST /zongheng.v1.Routing/GetMatrix HTTP/1.1", body=big)
    for _ in range(60):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.connect(("127.0.0.1", d.http))
        s.sendall(raw)
        s.setblocking(False)
        try:
            for _ in range(20):
                s.send(raw)
        except (BlockingIOError, ConnectionError):
            pass
        socks.append(s)
    end = time.time() + 10
    while statuses(talk(GOOD)) != [200]:  # refused while the queue is long, then served
        assert time.time() < end
        time.sleep(0.2)
    assert rss_kib() - before < 256 * 1024, (before, rss_kib())
    end = time.time() + 20
    while metric("zongheng_connections{protocol=\"http\"}") > 5 and time.time() < end:
        time.sleep(0.3)
    assert metric("zongheng_connections{protocol=\"http\"}") <= 5, "stalled readers are closed"
    [s.close() for s in socks]


def metric(name):
    text = talk(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").decode()
    return float(re.search(re.escape(name) + r" (\S+)", text)[1])


def more_connections_than_allowed_are_closed_and_the_rest_served():
    def answer(s):
        try:
            s.sendall(HIDDEN)
            return s.recv(1000).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            return False
    socks, answers = [], []
    for _ in range(500):
        socks.append(socket.create_connection(("127.0.0.1", d.http), timeout=20))
        answers.append(answer(socks[-1]))
    assert 380 <= sum(answers) <= 400 and not any(answers[401:]), answers
    [s.close() for s in socks]
    for _ in range(600):
        socket.create_connection(("127.0.0.1", d.http), timeout=20).close()
    time.sleep(0.5)
    assert statuses(talk(GOOD)) == [200]
    assert len(os.listdir(f"/proc/{d.proc.pid}/fd")) < 60


def no_path_reaches_the_file_system():
    if not pathlib.Path("/usr/bin/strace").exists():
        return
    log = pathlib.Path(d.dir) / "strace"
    p = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=openat,open,stat,newfstatat,readlink", "-o", str(log), "-p", str(d.proc.pid)])
    time.sleep(1)
    if p.poll() is not None:
        return  # nobody may be traced here
    for path in (b"/../../etc/passwd", b"/%2e%2e/etc/passwd", b"/etc/passwd", b"/assets/../zh.py", b"/zh.py", b"/index.html", b"/tls_files.py"):
        got = talk(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert statuses(got)[0] in (400, 404), (path, got)
    p.terminate()
    p.wait()
    assert "passwd" not in log.read_text() and "zh.py" not in log.read_text()


try:
    zh.run([(f.__name__, f) for f in (
        ambiguous_requests_are_refused_and_end_the_connection, cut_at_every_byte, every_byte_changed, expectations_are_met,
        slow_peers_are_timed_absolutely, readers_that_stop_cost_their_own_connection,
        more_connections_than_allowed_are_closed_and_the_rest_served, no_path_reaches_the_file_system, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
