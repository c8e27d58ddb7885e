#!/usr/bin/python3
"""HTTPS: the same certificate, timers and cuts as TLS over TCP; reload by SIGHUP."""
import http.client, json, pathlib, shutil, signal, socket, ssl, struct, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from tls_files import Authority
from zh import Daemon

tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-https-"))
ca = Authority(tmp)
first, second = ca.issue("first"), ca.issue("second")
cert, key = str(tmp / "c.pem"), str(tmp / "k.pem")


def install(pair):
    shutil.copy(pair[0], cert)
    shutil.copy(pair[1], key)


install(first)
d = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", "--tls-certificate", cert, "--tls-key", key, "--http-head-ms", "1500", "--stall-ms", "2000")
ctx = ssl.create_default_context(cafile=ca.cert)
JSON = {"Content-Type": "application/json"}


def connect():
    return http.client.HTTPSConnection("127.0.0.1", d.http, timeout=60, context=ctx)


def answers_of_every_size():
    c = connect()
    for _ in range(20):
        c.request("POST", "/zongheng.v1.Routing/FindPlaces", '{"query":"daye"}', JSON)
        assert json.loads(c.getresponse().read())["places"]
    for n in (1, 40, 125):
        c.request("POST", "/zongheng.v1.Routing/GetMatrix", json.dumps({"originNodeIds": ["2000"] * n, "destinationNodeIds": ["3001"] * n, "vehicle": {"vehicleClass": 6}}), JSON)
        assert len(json.loads(c.getresponse().read())["weight"]) == n * n
    ask = json.dumps({"originNodeIds": ["2000"] * 300, "destinationNodeIds": ["3001"] * 300, "vehicle": {"vehicleClass": 6}}).encode()
    c.request("POST", "/zongheng.v1.Routing/GetMatrix", struct.pack(">BI", 0, len(ask)) + ask, {"Content-Type": "application/connect+json"})
    data, rows, parts = c.getresponse().read(), 0, 0
    while data:
        flags, n = struct.unpack(">BI", data[:5])
        part, data = json.loads(data[5:5 + n]), data[5 + n:]
        rows += part.get("rowCount", 0)
        parts += 1
    assert rows == 300 and parts > 3 and flags == 2


def what_is_not_tls_or_is_cut_gets_nothing():
    s = socket.create_connection(("127.0.0.1", d.http), timeout=20)
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    got = b""
    try:
        while (b := s.recv(1000)):
            got += b
    except ConnectionError:
        pass
    assert b"HTTP/1.1" not in got
    raw = socket.create_connection(("127.0.0.1", d.http), timeout=20)
    t = ctx.wrap_socket(raw, server_hostname="localhost")
    t.sendall(b"POST /zongheng.v1.Routing/FindPlaces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"query\":")
    socket.socket.shutdown(t, socket.SHUT_WR)  # without close_notify
    try:
        assert t.recv(1000) == b""
    except (ssl.SSLError, ConnectionError):
        pass
    t.close()


def a_refusal_arrives_whole():
    t = ctx.wrap_socket(socket.create_connection(("127.0.0.1", d.http), timeout=20), server_hostname="localhost")
    t.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 200000)
    got = b""
    while (b := t.recv(65536)):  # its close_notify is an orderly end
        got += b
    assert got.startswith(b"HTTP/1.1 413 ") and got.endswith(b"\n")
    t.close()


def a_slow_handshake_is_timed():
    s = socket.create_connection(("127.0.0.1", d.http), timeout=20)
    t = time.time()
    try:
        for b in b"\x16\x03\x01\x02\x00\x01" + b"\0" * 100:
            s.sendall(bytes([b]))
            time.sleep(0.2)
    except ConnectionError:
        pass
    assert time.time() - t < 8


def a_reload_brings_the_new_certificate():
    def name():
        t = ctx.wrap_socket(socket.create_connection(("127.0.0.1", d.http), timeout=20), server_hostname="localhost")
        subject = dict(x[0] for x in t.getpeercert()["subject"])["commonName"]
        t.close()
        return subject
    assert name() == "first"
    install(second)
    d.signal(signal.SIGHUP)
    end = time.time() + 20
    while name() != "second" and time.time() < end:
        time.sleep(0.1)
    assert name() == "second"


try:
    zh.run([(f.__name__, f) for f in (answers_of_every_size, what_is_not_tls_or_is_cut_gets_nothing, a_refusal_arrives_whole, a_slow_handshake_is_timed,
                                      a_reload_brings_the_new_certificate, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    shutil.rmtree(tmp, ignore_errors=True)
