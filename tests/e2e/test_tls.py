#!/usr/bin/python3
"""TLS by another implementation of the client side (Python's ssl over memory buffers, so that every byte on the
wire is the test's): the same answers as plain TCP, cuts, drips, half-closes, narrow windows, both directions at once,
what must be refused, reload, and the command line."""
import os, pathlib, warnings, shutil, signal, socket, ssl, struct, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is tried
import zh
from tls_files import Authority
from zh import Client, Daemon, Gone, Refused, route_request, routing, wire

zh.REPLY["Routing/GetMatrix"] = routing.GetMatrixReply
tmp = tempfile.mkdtemp(prefix="zh-tls-")
ca, other = Authority(tmp), Authority(tmp, "Other CA")
CERT, KEY = ca.issue("server one")
FLAGS = ("--anonymous", "yes", "--frame-ms", "1000", "--hello-ms", "1500", "--output-max", "1000000")
plain = Daemon(*FLAGS)
d = Daemon(*FLAGS, "--tls-certificate", CERT, "--tls-key", KEY)
strict_flags = ("--tls-client-ca", ca.cert, "--tls-client-names", "good client, second")
strict = Daemon(*FLAGS, "--tls-certificate", CERT, "--tls-key", KEY, *strict_flags)
COST = routing.GetCostRequest(origin=routing.PlaceRef(name="大冶"), destination=routing.PlaceRef(name="武汉"),
                              cargo=routing.Cargo(mass_kg=10000), ready_at=zh.ready_at())


def context(authority=ca, cert=None, low=ssl.TLSVersion.TLSv1_2, high=ssl.TLSVersion.TLSv1_3, ciphers=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.load_verify_locations(authority.cert)
    c.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
    c.minimum_version, c.maximum_version = low, high
    if cert:
        c.load_cert_chain(*cert)
    return c


class Tls(Client):
    """zh.Client over TLS; `drip` sends the wire's bytes one by one."""

    def __init__(self, port, ctx=None, drip=False, hello=True, shake=True, timeout=20, rcvbuf=0, chunk=65536):
        self.sock = socket.socket()
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.settimeout(timeout)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inc, self.out, self.last, self.drip, self.chunk = ssl.MemoryBIO(), ssl.MemoryBIO(), 0, drip, chunk
        self.tls = (ctx or context()).wrap_bio(self.inc, self.out, server_hostname="localhost")
        self.lock = threading.Lock()
        if shake:
            self.loop(self.tls.do_handshake)
        if shake and hello:
            self.hello = self.call("Session/Hello", wire.HelloRequest(protocol_version=1))

    def flush(self):
        b = self.out.read()
        for i in range(0, len(b), 1 if self.drip else max(len(b), 1)):
            self.sock.sendall(b[i : i + 1] if self.drip else b)

    def loop(self, what, *args):
        """Runs an operation, moving bytes, until it is done."""
        while True:
            with self.lock:
                try:
                    r = what(*args)
                    self.flush()
                    return r
                except ssl.SSLWantReadError:
                    self.flush()
                except ssl.SSLError:
                    try:
                        self.flush()
                    except OSError:
                        pass
                    raise
            try:
                b = self.sock.recv(self.chunk)
            except ConnectionError:
                b = b""
            if not b:
                raise Gone()
            with self.lock:
                self.inc.write(b)

    def sendall(self, data):
        with self.lock:
            self.tls.write(data)
            self.flush()

    def send(self, method, message, deadline_ms=0):
        self.sendall(self.frame(method, message, deadline_ms))
        return self.last

    def read(self, n):
        parts = bytearray()
        while len(parts) < n:
            try:
                got = self.loop(self.tls.read, n - len(parts))
            except ssl.SSLZeroReturnError:
                got = b""
            if not got:
                raise Gone()
            parts += got
        return bytes(parts)

    def encrypt(self, data):
        self.tls.write(data)
        return self.out.read()


def ends(c, within=5):
    """Reads the raw socket to its end; what came."""
    c.sock.settimeout(within)
    came = b""
    try:
        while True:
            b = c.sock.recv(65536)
            if not b:
                return came
            came += b
    except ConnectionError:
        return came


def alive():
    assert Tls(d.port).call("Routing/GetCost", COST)


def same_bytes_as_plain():
    for low, high in ((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2), (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)):
        a, b = Client(plain.port), Tls(d.port, context(low=low, high=high))
        for to in ("上海", "成都", "武汉"):
            q = route_request(destination=to, ready_at=zh.ready_at(5))
            for c in (a, b):
                c.send("Routing/FindRoutes", q)
            x, y = a.reply(), b.reply()
            assert x.status.code == y.status.code == 0 and x.body == y.body


def byte_by_byte():
    c = Tls(d.port, drip=True)
    for _ in range(3):
        assert c.call("Routing/GetCost", COST)
    c = Tls(d.port, context(high=ssl.TLSVersion.TLSv1_2), drip=True, chunk=1)
    assert c.call("Routing/GetCost", COST)


def cut_in_the_handshake_at_every_byte():
    first = Tls(d.port, shake=False)
    try:
        first.tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = first.out.read()
    assert len(hello) > 200
    for cut in range(len(hello)):
        s = socket.create_connection(("127.0.0.1", d.port), timeout=5)
        s.sendall(hello[:cut])
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):
            pass
        s.close()
    for cut in range(0, len(hello), 7):  # a bit wrong in it: an alert or another key, never a crash
        s = socket.create_connection(("127.0.0.1", d.port), timeout=5)
        s.sendall(hello[:cut] + bytes([hello[cut] ^ 0x41]) + hello[cut + 1 :])
        s.shutdown(socket.SHUT_WR)
        try:
            while s.recv(4096):
                pass
        except ConnectionError:
            pass
        s.close()
    alive()


def cut_after_it_at_every_byte():
    hello_len = None
    total = None
    cut = 0
    while total is None or cut < total:
        c = Tls(d.port, hello=False)
        stream = c.encrypt(c.frame("Session/Hello", wire.HelloRequest(protocol_version=1)))
        hello_len = len(stream)
        stream += c.encrypt(c.frame("Routing/GetCost", COST))
        total = len(stream)
        c.sock.sendall(stream[:cut])
        if cut >= hello_len:
            assert c.reply().id == 1  # so that the end comes after the answer
        c.sock.shutdown(socket.SHUT_WR)
        t = time.time()
        ends(c)
        assert time.time() - t < 1.2, cut  # a bare end is a cut: closed at once, and no half request is answered
        c.close()
        cut += 1 if cut < 40 or cut > hello_len - 3 else 5
    alive()


def half_close_is_answered():
    for high in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        c = Tls(d.port, context(high=high))
        ids = [c.send("Routing/GetCost", COST) for _ in range(20)]
        try:
            c.tls.unwrap()  # our close_notify, and wants to read the other's
        except ssl.SSLWantReadError:
            pass
        c.flush()
        # Python's ssl reads no more after its own close_notify: what comes is judged by its size and its end.
        came = ends(c)
        assert len(came) > 20 * 100, len(came)
        assert len(ids) == 20
    # without a close_notify nothing is owed, and the connection ends at once
    c = Tls(d.port)
    c.sock.shutdown(socket.SHUT_WR)
    t = time.time()
    ends(c)
    assert time.time() - t < 1


def server_says_close_notify():
    c = Tls(d.port)
    c.sendall(struct.pack(">I", 0xFFFFFFFF))
    try:
        c.read(1)
        raise AssertionError("bytes came")
    except Gone:
        pass
    e = Tls(d.port)
    e.sendall(struct.pack(">I", 0))
    try:
        assert e.loop(e.tls.read, 1) == b""  # Python says so at a close_notify; at a bare end we would be Gone
    except ssl.SSLZeroReturnError:
        pass


def matrix(side):
    """A table whose answer is large: places by id, repeated."""
    c = Client(plain.port)
    ids = []
    for name in ("大冶", "武汉", "上海", "成都", "深圳", "黄石", "鄂州", "九江", "长沙", "南京", "重庆", "广州"):
        try:
            p = c.call("Routing/FindPlaces", routing.FindPlacesRequest(query=name)).places
            ids += [x.node_id for x in p if x.node_id > 0][:1]
        except Refused:
            pass
    assert len(ids) >= 5
    row = (ids * (side // len(ids) + 1))[:side]
    return routing.GetMatrixRequest(origin_node_ids=row, destination_node_ids=row, vehicle=routing.Vehicle(vehicle_class=6))


def whole(c, q):
    """The replies of one table as the list of their bodies."""
    n = c.send("Routing/GetMatrix", q, 30000)
    parts = []
    while True:
        r = c.reply()
        if r.id != n:
            continue
        assert r.status.code == 0, r.status
        parts.append(r.body)
        if not r.more:
            return parts


def large_answers_through_narrow_windows():
    q = matrix(300)
    want = whole(Client(plain.port, timeout=60), q)
    assert sum(map(len, want)) > 300000, sum(map(len, want))
    assert whole(Tls(d.port, rcvbuf=1, chunk=1000, timeout=60), q) == want
    c = Tls(d.port, timeout=60, rcvbuf=1, chunk=1, drip=True)
    small = matrix(30)
    assert whole(c, small) == whole(Client(plain.port), small)


def both_directions_with_16_mib():
    q = matrix(1800)
    p = Client(plain.port, timeout=120)
    want = whole(p, q)
    size = sum(map(len, want))
    assert size > 16 << 20, size
    c = Tls(d.port, timeout=120)
    ids, stop, asked = [], threading.Event(), []
    c.last = 1000
    table = c.send("Routing/GetMatrix", q, 30000)

    def ask():
        small = routing.FindPlacesRequest(query="大冶" * 40)
        for i in range(400):
            if stop.is_set():
                return
            b = wire.Request(id=2000 + i, method="zongheng.v1.Routing/FindPlaces", body=small.SerializeToString()).SerializeToString()
            c.sendall(struct.pack(">I", len(b)) + b)
            asked.append(2000 + i)

    t0 = time.time()
    t = threading.Thread(target=ask)
    t.start()
    parts, other = [], []
    while True:
        r = c.reply()
        if r.id != table:
            other.append(r.id)
            continue
        assert r.status.code == 0, r.status
        parts.append(r.body)
        if not r.more:
            break
    stop.set()
    t.join()
    while len(other) < len(asked):
        other.append(c.reply().id)
    assert parts == want and sorted(other) == asked
    print(f"     {size >> 20} MiB and {len(asked)} requests the other way in {time.time() - t0:.1f} s")


def refused_shake(port, ctx, why=""):
    """The handshake, or (TLS 1.3, where the server judges later) the first answer, fails."""
    try:
        Tls(port, ctx)
    except (ssl.SSLError, Gone) as x:
        assert why in str(x) or not why, x
        return str(x)
    raise AssertionError("let in")


def weak_clients_are_refused():
    v = ssl.TLSVersion
    for low, high in ((v.TLSv1, v.TLSv1), (v.TLSv1_1, v.TLSv1_1)):
        refused_shake(d.port, context(low=low, high=high))
    for c in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-CAMELLIA128-SHA256",
              "ECDHE-ECDSA-AES128-CCM8"):
        refused_shake(d.port, context(high=v.TLSv1_2, ciphers=c + ":@SECLEVEL=0"))
    c = Tls(d.port, context(high=v.TLSv1_2, ciphers="ECDHE-ECDSA-CHACHA20-POLY1305"))
    assert c.tls.cipher()[0] == "ECDHE-ECDSA-CHACHA20-POLY1305" and c.tls.compression() is None
    c = Tls(d.port)
    assert c.tls.version() == "TLSv1.3" and not c.tls.session_reused
    refused_shake(d.port, context(other))  # and the client's side: the authority is not his
    s = socket.create_connection(("127.0.0.1", d.port), timeout=5)  # plain bytes at a TLS port
    s.sendall(struct.pack(">I", 60) + b"x" * 60)
    assert s.recv(100)[:1] in (b"\x15", b"")
    alive()


def client_certificates():
    good, second, stranger = (ca.issue(n, "clientAuth") for n in ("good client", "second", "stranger"))
    assert Tls(strict.port, context(cert=good)).call("Routing/GetCost", COST)
    assert Tls(strict.port, context(cert=second, high=ssl.TLSVersion.TLSv1_2)).call("Routing/GetCost", COST)
    for high in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        refused_shake(strict.port, context(high=high))
        refused_shake(strict.port, context(cert=stranger, high=high))
        refused_shake(strict.port, context(cert=other.issue("good client", "clientAuth"), high=high))
        refused_shake(strict.port, context(cert=ca.issue("good client", "serverAuth"), high=high))  # made for another use
        refused_shake(strict.port, context(cert=ca.issue("good client", "clientAuth", "20200101000000Z", "20200201000000Z"), high=high))
        refused_shake(strict.port, context(cert=ca.issue("good client", "clientAuth", "20470101000000Z", "20480101000000Z"), high=high))
        refused_shake(strict.port, context(cert=ca.issue("good client, second", "clientAuth"), high=high))
    e = Daemon(*FLAGS, "--tls-certificate", CERT, "--tls-key", KEY, "--tls-client-ca", ca.cert, "--tls-client-required", "no")
    assert Tls(e.port).call("Routing/GetCost", COST)
    assert Tls(e.port, context(cert=stranger)).call("Routing/GetCost", COST)
    refused_shake(e.port, context(cert=other.issue("x", "clientAuth")))
    assert e.close() == 0


def timers_run_in_the_handshake_and_in_a_record():
    first = Tls(d.port, shake=False)
    try:
        first.tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = first.out.read()
    t = time.time()
    s = socket.create_connection(("127.0.0.1", d.port), timeout=20)
    try:
        for b in hello:  # slower than hello_ms in all
            s.sendall(bytes([b]))
            time.sleep(0.1)
            if time.time() - t > 6:
                break
    except ConnectionError:
        pass
    assert 1 < time.time() - t < 4, time.time() - t
    c = Tls(d.port, hello=False)  # shaken, and no Hello
    t = time.time()
    ends(c, 10)
    assert time.time() - t < 3
    c = Tls(d.port)
    record = c.encrypt(c.frame("Routing/GetCost", COST))
    t = time.time()
    try:
        for b in record:
            c.sock.sendall(bytes([b]))
            time.sleep(0.1)
    except ConnectionError:
        pass
    assert time.time() - t < 4, time.time() - t  # frame_ms counts from the record's first byte


def serial(port):
    c = Tls(port)
    return c.tls.getpeercert()["serialNumber"], c


def reload_of_certificates():
    folder = pathlib.Path(tempfile.mkdtemp(dir=tmp))
    cert, key = folder / "c.pem", folder / "k.pem"

    def put(pair):
        shutil.copy(pair[0], cert)
        shutil.copy(pair[1], key)

    def hup(event, n):
        e.signal(signal.SIGHUP)
        for _ in range(200):
            if e.text().count("event=" + event) >= n:
                return
            time.sleep(0.05)
        raise AssertionError(e.text()[-2000:])

    put((CERT, KEY))
    e = Daemon(*FLAGS, "--loops", "2", "--tls-certificate", str(cert), "--tls-key", str(key))
    one, held = serial(e.port)
    bad, stop, done = [], threading.Event(), [0]

    def work():
        try:
            while not stop.is_set():
                c = Tls(e.port)
                c.call("Routing/GetCost", COST)
                c.close()
                done[0] += 1
        except Exception as x:
            bad.append(x)

    threads = [threading.Thread(target=work) for _ in range(3)]
    [t.start() for t in threads]
    pairs = [ca.issue("server two"), (CERT, KEY)]
    for i in range(6):
        put(pairs[i % 2])
        hup("tls_reloaded", i + 1)
    put(pairs[0])
    hup("tls_reloaded", 7)
    two, _ = serial(e.port)
    assert one != two
    assert held.call("Routing/GetCost", COST)  # the open one goes on
    n = 0
    for broken in ((CERT, pairs[0][1]), (ca.issue("over", start="20200101000000Z", end="20200201000000Z")), ("/dev/null", KEY)):
        put(broken)
        n += 1
        hup("tls_reload_refused", n)
        assert serial(e.port)[0] == two
    cert.unlink()
    hup("tls_reload_refused", n + 1)
    assert serial(e.port)[0] == two
    stop.set()
    [t.join() for t in threads]
    assert not bad and done[0] > 5, (bad[:1], done)
    assert e.close() == 0


def settings_are_checked():
    def stops(word, *flags):
        try:
            e = Daemon(*flags)
        except RuntimeError as x:
            assert word in str(x), x
            return
        e.close()
        raise AssertionError(flags)

    over = ca.issue("over", start="20200101000000Z", end="20200201000000Z")
    stops("is over", "--tls-certificate", over[0], "--tls-key", over[1])
    stops("tls_key", "--tls-certificate", CERT, "--tls-key", ca.issue("x")[1])
    stops("tls_key", "--tls-certificate", CERT)
    stops("tls_certificate", "--tls-key", KEY)
    stops("tls_certificate", "--tls-certificate", "/nonexistent", "--tls-key", KEY)
    stops("tls_c", "--tls-certificate", CERT, "--tls-key", KEY, "--tls-client-ca", "/dev/null")
    stops("tls_client_ca", "--tls-certificate", CERT, "--tls-key", KEY, "--tls-client-names", "x")
    stops("loopback", "--listen", "0.0.0.0:0")
    stops("loopback", "--listen", "0.0.0.0:0", "--anonymous", "yes", "--tls-certificate", CERT, "--tls-key", KEY)
    locked = pathlib.Path(tmp) / "locked.key"
    subprocess.run(["openssl", "ec", "-in", KEY, "-aes128", "-passout", "pass:secret", "-out", str(locked)], check=True, capture_output=True)
    stops("tls_key", "--tls-certificate", CERT, "--tls-key", str(locked))
    for flags in (("--listen", "0.0.0.0:0", "--plain", "yes"), ("--listen", "0.0.0.0:0", "--tls-certificate", CERT, "--tls-key", KEY)):
        assert Daemon(*flags).close() == 0


def zongheng(port, *args, host="127.0.0.1", env=None):
    p = subprocess.run([str(zh.BUILD / "zongheng"), *args, "--server", f"{host}:{port}", "--timeout", "10s"], capture_output=True, text=True,
                       env={**os.environ, **(env or {})})
    return p.returncode, p.stdout + p.stderr


def the_command_line():
    good = ca.issue("good client", "clientAuth")
    for host in ("127.0.0.1", "localhost"):
        code, text = zongheng(d.port, "status", "--tls", "--ca", ca.cert, host=host)
        assert code == 0 and "network" in text, text
    code, text = zongheng(d.port, "status", env={"ZONGHENG_CA": ca.cert})
    assert code == 0, text
    code, text = zongheng(strict.port, "status", "--ca", ca.cert, "--cert", good[0], "--key", good[1])
    assert code == 0, text
    for args, words in ((("--ca", other.cert), "certificate"), (("--tls",), "certificate"), (("--ca", "/nonexistent"), "--ca"),
                        (("--ca", ca.cert, "--cert", good[0]), "--cert and --key"), ((), "--tls")):
        code, text = zongheng(d.port, "status", *args)
        assert code == 1 and words in text, (args, text)
    code, text = zongheng(strict.port, "status", "--ca", ca.cert)
    assert code == 1 and "certificate required" in text, text
    code, text = zongheng(plain.port, "status", "--ca", ca.cert)
    assert code == 1 and "no TLS with" in text, text
    wrong = Daemon(*FLAGS, "--tls-certificate", CERT, "--tls-key", KEY)
    code, text = zongheng(wrong.port, "status", "--ca", ca.cert, host="127.0.0.2")
    assert code == 1 and ("IP address mismatch" in text or "no zonghengd answers" in text), text
    assert wrong.close() == 0
    code, text = zongheng(d.port, "route", "--from", "大冶", "--to", "上海", "--mass", "20t", "--ready", time.strftime("%Y-%m-%dT08:00", time.localtime(time.time() + 4 * 86400)),
                          "--ca", ca.cert)
    assert code == 0, text


def the_replay():
    good = ca.issue("good client", "clientAuth")
    load = zh.BUILD / "zongheng-load"
    if not load.exists():
        print("     no zongheng-load in this build")
        return

    def flood(port, *args):
        p = subprocess.run([str(load), "flood", "--count", "400", "--connections", "8", "--depth", "4", "--server", f"127.0.0.1:{port}", *args],
                           capture_output=True, text=True, cwd=zh.ROOT)
        return p.returncode, p.stdout + p.stderr

    counts = set()
    for port, args in ((plain.port, ()), (d.port, ("--ca", ca.cert)), (strict.port, ("--ca", ca.cert, "--cert", good[0], "--key", good[1]))):
        code, text = flood(port, *args)
        assert "UNAVAILABLE" not in text and "UNKNOWN" not in text, text
        counts.add(tuple(next(l for l in text.splitlines() if l.startswith("all ")).split()[:5]))
    assert len(counts) == 1 and int(list(counts)[0][2]) > 300, counts  # the same questions, the same answers
    code, text = flood(d.port, "--ca", other.cert)
    assert code == 1 and "certificate verify failed" in text, text
    code, text = flood(strict.port, "--ca", ca.cert)
    assert code == 1, text


try:
    zh.run([(f.__name__, f) for f in (
        same_bytes_as_plain, byte_by_byte, cut_in_the_handshake_at_every_byte, cut_after_it_at_every_byte, half_close_is_answered,
        server_says_close_notify, large_answers_through_narrow_windows, both_directions_with_16_mib, weak_clients_are_refused,
        client_certificates, timers_run_in_the_handshake_and_in_a_record, reload_of_certificates, settings_are_checked, the_command_line, the_replay,
        d.close, plain.close, strict.close)])
finally:
    for e in (d, plain, strict):
        if e.proc.poll() is None:
            e.kill()
    shutil.rmtree(tmp, ignore_errors=True)
