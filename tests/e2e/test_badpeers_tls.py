#!/usr/bin/python3
"""B8: peers that only knock. 5,000 connections a second that never say who they are, and TLS handshakes that are begun and never ended,
over TCP and HTTPS; a well-behaved client beside them over TLS, of whose requests nine in ten must be in time, and newcomers (beside.py).

Few seconds by default; BADPEERS=strict (make badpeers) 20 s of each. Words on the command line choose tests."""
import http.client, os, pathlib, re, socket, ssl, struct, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from beside import ASK, JSON, LOAD, STRICT, Beside, d, spawn
from tls_files import Authority
from zh import Daemon

# The list asks for the good client's goodput, not for its p99: answers within 500 ms.
SECONDS = float(os.environ.get("KNOCK_SECONDS", "20" if STRICT else "1"))
HELD = 2000 if STRICT else 200  # connections that each of the two senders holds open
RATE = 2500  # that each makes in a second, at most
tmp = tempfile.TemporaryDirectory(prefix="zh-knock-")
ca = Authority(tmp.name)
CERT, KEY = ca.issue("server")
# hello_ms and the rest as they are by default, but for the bound on HTTP connections: above it (2,000) newcomers are closed, whoever they are.
e = spawn(Daemon, "--anonymous", "yes", "--http", "127.0.0.1:0", "--http-connections-max", "10000", "--tls-certificate", CERT, "--tls-key", KEY)
trust = ssl.create_default_context(cafile=ca.cert)


def tcp_tls(out, of):
    return [LOAD, "replay", "--server", f"127.0.0.1:{of.port}", "--ca", ca.cert, "--rate", "200" if STRICT else "40", "--duration", "300s", "--deadline", "500ms",
            "--mix", "cost=1,route=1", "--connections", "4", "--report", out]


def first_flight():
    """The bytes that begin a handshake."""
    come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        trust.wrap_bio(come, go, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return go.read()


FLIGHT = first_flight()
HANDSHAKES, SILENCE = [FLIGHT, FLIGHT[:100], FLIGHT[:5]], [b"", b"\x16"]


class Knocking:
    """A process that makes connections for as long as it is entered, sends what one of `sends` says, and holds the last HELD of them; the oldest
    is reset for each new one."""
    code = """
import collections, random, socket, struct, sys, time
port, held, seconds, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
sends = [bytes.fromhex(x) for x in sys.argv[5].split(",")]
open_, count, due, end = collections.deque(), 0, time.monotonic(), time.monotonic() + seconds
rst = struct.pack("ii", 1, 0)
while time.monotonic() < end:
    due = max(due + 1 / rate, time.monotonic() - 0.01)
    time.sleep(max(0, due - time.monotonic()))
    s = socket.socket()
    s.setblocking(False)
    try:
        s.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass
    except OSError:
        s.close()
        continue
    open_.append((s, random.choice(sends)))
    count += 1
    if len(open_) > 50:  # by now it is connected
        s, what = open_[-50]
        try:
            what and s.send(what)
        except OSError:
            pass
    if len(open_) > held:
        s, _ = open_.popleft()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, rst)
        s.close()
print(count)
"""

    def __init__(self, port, sends):
        self.words = [sys.executable, "-c", self.code, str(port), str(HELD), str(SECONDS), str(RATE), ",".join(x.hex() for x in sends)]

    def __enter__(self):
        self.began = time.monotonic()
        self.all = [subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True) for _ in range(2)]  # SCHED_IDLE, as this process
        return self

    def __exit__(self, *why):
        self.count = sum(int(p.communicate(timeout=SECONDS + 60)[0]) for p in self.all)
        self.rate = self.count / SECONDS


def newcomers(over, seconds):
    """Clients that connect anew for each question: how many of them were answered within 2 s, and of how many."""
    good, asked, end = 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        asked += 1
        began = time.monotonic()
        try:
            if over == "https":
                c = http.client.HTTPSConnection("127.0.0.1", e.http, timeout=5, context=trust)
                c.request("POST", "/zongheng.v1.Routing/GetCost", ASK, JSON)
                right = c.getresponse().status == 200
                c.close()
            else:
                raw = socket.create_connection(("127.0.0.1", e.port), timeout=5)
                s = trust.wrap_socket(raw, server_hostname="localhost")
                request = zh.wire.Request(id=1, method="zongheng.v1.Session/Hello", body=zh.wire.HelloRequest(protocol_version=1).SerializeToString()).SerializeToString()
                s.sendall(struct.pack(">I", len(request)) + request)
                right = len(s.recv(4)) > 0
                s.close()
            good += right and time.monotonic() - began < 2
        except OSError:
            pass
        time.sleep(0.05)
    return good, asked


def turns():
    c = http.client.HTTPSConnection("127.0.0.1", e.http, timeout=20, context=trust)
    c.request("GET", "/metrics")
    text = c.getresponse().read().decode()
    c.close()
    n = {k: int(v) for k, v in re.findall(r'zongheng_loop_turn_seconds_bucket{le="(.*)"} (\d+)', text)}
    return n["+Inf"], n["0.01"], float(re.search(r'turn_longest_seconds{since="10s"} (\S+)', text)[1])


def knocked(name, over, sends):
    got, turned = [], turns()
    before = len(os.listdir(f"/proc/{e.proc.pid}/fd"))
    with Beside(f"{name} over {over}", memory_mb=256, factor=float("inf"), refused=0.1, client=tcp_tls, of=e):
        with Knocking(e.port if over == "tcp" else e.http, sends) as k:
            t = spawn(threading.Thread, target=lambda: got.extend(newcomers(over, SECONDS - 0.5)))
            spawn(t.start)  # at the priority of the whole
            t.join()
    every, quick, longest_s = turns()
    print(f"     turns of the loop over 10 ms {1 - (quick - turned[1]) / (every - turned[0]):.2%}, the longest {1000 * longest_s:.0f} ms", flush=True)
    print(f"     {k.rate:.0f} connections a second; of {got[1]} newcomers {got[0]} were answered within 2 s", flush=True)
    assert k.count > HELD and got[0] >= 0.5 * got[1] > 0, (k.count, got)  # a newcomer stands in the same queue as the flood
    end = time.time() + 30
    while len(os.listdir(f"/proc/{e.proc.pid}/fd")) > before + 10 and time.time() < end:
        time.sleep(0.1)
    assert time.time() < end, "connections that were reset are still there"


def handshakes_over_tcp():
    knocked("handshakes that never end", "tcp", HANDSHAKES)


def handshakes_over_https():
    knocked("handshakes that never end", "https", HANDSHAKES)


def silence_over_tcp():
    knocked("connections that say nothing", "tcp", SILENCE)


def silence_over_https():
    knocked("connections that say nothing", "https", SILENCE)


def close():
    assert e.close() == 0
    d.close()


try:
    every = (handshakes_over_tcp, handshakes_over_https, silence_over_tcp, silence_over_https, close)
    zh.run([(f.__name__, f) for f in (every if STRICT or sys.argv[1:] else (handshakes_over_tcp, silence_over_https, close))
            if f == close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    for x in (d, e):
        if x.proc.poll() is None:
            x.kill()
    tmp.cleanup()
