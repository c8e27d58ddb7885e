#!/usr/bin/python3
"""Bad peers over HTTP, each with a bound on memory and time, and a well-behaved client beside it; behind
HAProxy (where it is installed) both sides see the same number of requests in each ambiguous one.

Small numbers and wide bounds by default (make check, on a busy machine); BADPEERS=strict takes 2,000 slow peers and compares the other
client's p99. Words on the command line choose tests. Mutants that fail here: a timer per read (slow ones), no bound on what is not
fetched (readers that stop)."""
import http.client, os, pathlib, resource, shutil, socket, struct, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from beside import ASK, JSON, SANITIZED, STRICT, Beside, d, descriptors, loop_share, proc, spawn, web
from zh import Client, Daemon, ops

HEAD_MS, BODY_MS = 2000, 3000  # of beside.py's daemon


def status():
    return Client(d.port).call("Operations/GetStatus", ops.GetStatusRequest(), 20000)


def peer(small=False, port=None):
    s = socket.socket()
    if small:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(20)
    s.connect(("127.0.0.1", port or d.http))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def closed(s):
    """Whether the daemon has ended it; a reply before the end (408) is read."""
    s.setblocking(False)
    try:
        while s.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def slow_ones():
    """B1: a byte now and then, in the head and in the body; ended in absolute time, however often a byte comes."""
    n = 2000 if STRICT else 150
    head = b"POST /zongheng.v1.Routing/GetCost HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    with Beside(f"{n} slow peers", client=web):
        in_head, in_body = [peer() for _ in range(n // 2)], [peer() for _ in range(n - n // 2)]
        for s in in_body:
            s.sendall(head)
        began, left = time.time(), in_head + in_body
        while left and time.time() - began < 30:
            for s in left:
                try:
                    s.send(b"x")
                except OSError:
                    pass
            time.sleep(min(1.0, (HEAD_MS / 1000 - 0.1) / 2))
            left = [s for s in left if not closed(s)]
        took = time.time() - began
        assert not left and took < BODY_MS / 1000 + 12, (len(left), took)
        print(f"     a byte a second each: all {n} ended after {took:.1f} s (head {HEAD_MS} ms, body {BODY_MS} ms)", flush=True)
        for s in in_head + in_body:
            s.close()
    for before in (b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"):  # a byte just before the time is up does not buy more, in no head
        late = peer()
        late.sendall(before + b"GET / HT")
        assert before == b"" or late.recv(1000)
        time.sleep(HEAD_MS / 1000 - 0.1)
        late.sendall(b"T")
        time.sleep(1.5)
        assert closed(late), before
        late.close()


def readers_that_stop():
    """B4: the network as JSON, half a megabyte, asked for again and again and never fetched."""
    n = 200 if STRICT else 10
    body = b'{"zoom":16,"withLinks":true,"withPlaces":true}'
    ask = b"POST /zongheng.v1.Operations/GetNetwork HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with Beside(f"{n} readers that stop", memory_mb=256, client=web):
        peers = [peer(small=True) for _ in range(n)]
        for s in peers:
            s.settimeout(0.05)
            for _ in range(20):
                try:
                    s.sendall(ask)
                except OSError:
                    break
        held, end = 0, time.time() + 40
        while held < 1 << 20 and time.time() < end:  # what the kernel takes is full
            held = status().load.buffered
            time.sleep(0.02)
        assert 1 << 20 <= held <= n * (2 << 20), held
        end = time.time() + 40
        while (now := status().load.buffered) > 1 << 19 and time.time() < end:
            held = max(held, now)
            time.sleep(0.2)
        assert time.time() < end, "they are still there after twenty times stall_ms"
        assert held <= n * (2 << 20), held
        print(f"     at most {held / 1e6:.1f} MB of answers wait in the daemon", flush=True)
        for s in peers:
            s.close()


def bodies_half_there_count():
    n = 20
    head = b"POST /zongheng.v1.Routing/GetCost HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 200001\r\n\r\n"
    peers = [peer() for _ in range(n)]
    for s in peers:
        s.sendall(head + b" " * 200000)
    held, end = 0, time.time() + 2  # of the three seconds that a body may take
    while held < n * 200000 and time.time() < end:
        held = max(held, status().load.buffered)
        time.sleep(0.02)
    assert held >= n * 200000, held
    for s in peers:
        s.close()
    end = time.time() + 10
    while (held := status().load.buffered) > 100000 and time.time() < end:
        time.sleep(0.02)
    assert held <= 100000, held


def what_is_asked_at_once_waits_for_its_reader():
    """B4: hundreds of requests in one read, of answers a hundred times as long. Mutant: output_unbounded."""
    ask = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 400
    peers, held, end = [peer(small=True) for _ in range(10)], 0, time.time() + 1
    for s in peers:
        s.sendall(ask)
    while time.time() < end:
        held = max(held, status().load.buffered)
        time.sleep(0.02)
    for s in peers:
        s.close()
    print(f"     10 times 400 pages of figures: at most {held / 1e6:.1f} MB of answers wait in the daemon", flush=True)
    assert 1 << 20 <= held <= len(peers) * (3 << 19), held


def large_answers_cost_the_loop_little():
    """A network as JSON and a table are written where they were worked out. Mutant: heavy_on_the_loop."""
    def networks():
        c = http.client.HTTPConnection("127.0.0.1", d.http, timeout=60)
        for _ in range(10):
            c.request("POST", "/zongheng.v1.Operations/GetNetwork", b'{"zoom":16,"withLinks":true,"withPlaces":true}', JSON)
            assert len(c.getresponse().read()) > 300000
        c.close()

    def tables():
        nodes = [int(r.split(",")[0]) for r in (zh.ROOT / "data" / "node.csv").read_text().splitlines()[1:301]]
        q = zh.routing.GetMatrixRequest(origin_node_ids=nodes, destination_node_ids=nodes, vehicle=zh.routing.Vehicle(vehicle_class=6))
        c = Client(d.port, timeout=60)
        for _ in range(5):
            c.send("Routing/GetMatrix", q, 30000)
            while c.reply().more:
                pass
        c.close()
    for name, f in (("networks as JSON", networks), ("tables", tables)):
        f()  # what is made once
        share = loop_share(f)
        print(f"     {name}: {100 * share:.0f} % of their processor time is the loop's", flush=True)
        assert share < 0.3 or SANITIZED, share


def churn():
    """B6: connections that come and go, and are reset in each state of the protocol; nothing is left behind."""
    rounds = 2000 if STRICT else 300
    head = b"POST /zongheng.v1.Routing/GetCost HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ASK)
    states = [b"", head[:20], head, head + ASK[:10], head + ASK, (head + ASK) * 4]
    before, memory = descriptors(), proc("VmRSS") / 1024
    for i in range(rounds):
        s = peer()
        s.sendall(states[i % len(states)])
        if i % 2:  # RST instead of FIN
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    end = time.time() + 20
    while descriptors() > before + 2 and time.time() < end:
        time.sleep(0.1)
    grown = proc("VmRSS") / 1024 - memory
    print(f"     {rounds} connections: {descriptors() - before:+d} descriptors, memory {grown:+.1f} MB", flush=True)
    assert descriptors() <= before + 2 and (grown < 16 or SANITIZED)


def a_deep_pipeline():
    """B7: thousands of requests at once by one client: answered in their order, and the other client has its turns."""
    n, times = (10000, 20) if STRICT else (1500, 1)  # so often: enough answers of the other client for its p99
    one = b"POST /zongheng.v1.Routing/GetCost HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(ASK), ASK)
    with Beside(f"{times} times {n} requests at once", client=web):
        for _ in range(times):
            ask_at_once(one, n)


def ask_at_once(one, n):
    s = peer()
    s.settimeout(120)
    threading.Thread(target=s.sendall, args=(one * n,), daemon=True).start()
    got, tail = 0, b""
    while got < n:
        part = s.recv(1 << 20)
        assert part, f"ended after {got}"
        seen = tail + part
        got += seen.count(b"HTTP/1.1 200")
        assert b"HTTP/1.1 4" not in seen and b"HTTP/1.1 5" not in seen, seen[:200]
        tail = seen[-11:]  # shorter than what is counted
    s.close()


def no_descriptors():
    """B5: accepting pauses, costs nothing, tells it rarely, and goes on."""
    e = spawn(Daemon, "--anonymous", "yes", "--http", "127.0.0.1:0")
    used = len(os.listdir(f"/proc/{e.proc.pid}/fd"))
    resource.prlimit(e.proc.pid, resource.RLIMIT_NOFILE, (used + 20, used + 20))
    socks = [peer(port=e.http) for _ in range(300)]
    time.sleep(0.3)
    ticks = lambda: sum(map(int, open(f"/proc/{e.proc.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]))
    t0, began = ticks(), time.time()
    time.sleep(1.5)
    share, lines = (ticks() - t0) / os.sysconf("SC_CLK_TCK") / (time.time() - began), e.text().count("accept_paused")
    for s in socks:
        s.close()
    began = time.time()
    c = http.client.HTTPConnection("127.0.0.1", e.http, timeout=20)
    c.request("GET", "/")
    assert c.getresponse().status == 200
    print(f"     out of descriptors: CPU {100 * share:.0f} %, {lines} lines of the log, served again after {time.time() - began:.2f} s", flush=True)
    assert share < 0.3 and 1 <= lines <= 3, (share, lines)
    assert e.close() == 0


class Counting:
    """Between HAProxy and the daemon: how many answers the daemon gave."""

    def __init__(self):
        self.listener, self.answers = socket.create_server(("127.0.0.1", 0)), 0
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            a, _ = self.listener.accept()
            b = socket.create_connection(("127.0.0.1", d.http))
            threading.Thread(target=self.copy, args=(a, b, False), daemon=True).start()
            threading.Thread(target=self.copy, args=(b, a, True), daemon=True).start()

    def copy(self, a, b, count):
        try:
            while part := a.recv(65536):
                self.answers += part.count(b"HTTP/1.1 ") if count else 0
                b.sendall(part)
        except OSError:
            pass
        for s in (a, b) if count else (b,):  # an answer's end is the end of both
            try:
                s.shutdown(socket.SHUT_RDWR if count else socket.SHUT_WR)
            except OSError:
                pass


def behind_haproxy():
    """A6: both sides see the same number of requests in each ambiguous one."""
    if not shutil.which("haproxy"):
        print("     skipped: haproxy is not installed", flush=True)
        return
    import http_requests
    between, here = Counting(), pathlib.Path(tempfile.mkdtemp(prefix="zh-ha-"))
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    (here / "cfg").write_text(f"global\n stats socket {here}/s\ndefaults\n mode http\n option http-server-close\n timeout connect 2s\n timeout client 3s\n timeout server 3s\n timeout http-request 2s\n"
                              f"frontend f\n bind 127.0.0.1:{port}\n default_backend b\nbackend b\n server d 127.0.0.1:{between.port}\n")
    proxy = subprocess.Popen(["haproxy", "-db", "-f", str(here / "cfg")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if (here / "s").exists():
                break
            time.sleep(0.1)

        def forwarded():
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(here / "s"))
                s.sendall(b"show stat\n")
                text = b""
                while part := s.recv(65536):
                    text += part
            rows = [l.split(",") for l in text.decode().lstrip("# ").splitlines() if l]
            return int(next(r for r in rows if r[:2] == ["b", "d"])[rows[0].index("stot")])
        wrong, refused = [], 0
        for name, raw in {"clear": http_requests.GOOD, **http_requests.AMBIGUOUS}.items():
            sent, answered = forwarded(), between.answers
            s = peer(port=port)
            s.sendall(raw + http_requests.HIDDEN)
            s.shutdown(socket.SHUT_WR)
            got = b""
            try:
                while part := s.recv(65536):
                    got += part
            except OSError:
                pass
            s.close()
            sent, answered = forwarded() - sent, between.answers - answered
            refused += sent == 0
            if sent != answered:
                wrong.append((name, sent, answered, got[:60]))
        assert not wrong, wrong
        print(f"     {len(http_requests.AMBIGUOUS)} ambiguous requests: HAProxy refuses {refused} itself; of the others both sides count the same", flush=True)
    finally:
        proxy.terminate()
        proxy.wait()
        shutil.rmtree(here)


def nothing_is_left():
    end = time.time() + 15
    while status().http_connections > 2 and time.time() < end:
        time.sleep(0.1)
    s = status()
    assert s.http_connections <= 2 and s.load.buffered < 1 << 20 and s.load.inflight <= 2, s


try:
    zh.run([(f.__name__, f) for f in (slow_ones, readers_that_stop, bodies_half_there_count, what_is_asked_at_once_waits_for_its_reader, large_answers_cost_the_loop_little, churn, a_deep_pipeline, no_descriptors, behind_haproxy, nothing_is_left, d.close)
            if f == d.close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d.proc.poll() is None:
        d.kill()
