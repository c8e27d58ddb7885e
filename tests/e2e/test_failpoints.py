#!/usr/bin/python3
"""D3: the daemon ends, stands still (2 s; in make check 0.2 s) or loses its socket at every named point of a booking's way to PostgreSQL and back
(tests/faults/failpoint.c). Whatever the client was told is true, the same key settles it, and nothing is there twice; a reply
never leaves before the Sync of its statement has come.

FAULTS=all (make faults): every point five times, otherwise once."""
import mmap, os, pathlib, shutil, struct, sys, tempfile, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from faults import Bookings, preloaded, sanitized
from zh import Client, Gone, Postgres, Refused, ops

POINTS = ("before_send", "after_send", "after_flush", "tuples_ok", "sync", "before_reply", "after_reply")
ACTIONS = ("exit", "stall", "close")
ALL = os.environ.get("FAULTS") == "all"
STALL_MS = 2000 if ALL else 200
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-point-", dir="/tmp"))
pg = Postgres()
pg.setup()
path = tmp / "control"
path.write_bytes(bytes(40))
file = open(path, "r+b")
control = mmap.mmap(file.fileno(), 40)
flags = ("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--db-connections", "1", "--sharpen", "no")


def start():
    return preloaded(str(zh.BUILD / "failpoint.so"), {"FAILPOINT": str(path), "FAILPOINT_STALL_MS": str(STALL_MS)}, *flags)


def arm(point, action):
    control[8:24] = struct.pack("qq", action, 0)
    control[0:8] = struct.pack("q", point)


def seen():
    """hits, synced, replied"""
    return struct.unpack("qqq", control[16:40])


d = None if sanitized() else start()
books = None if sanitized() else Bookings(pg, lambda: d)


def one(point, action):
    global d
    key, acked, told = uuid.uuid4().bytes, False, "GONE"
    c = Client(d.port, books.token, timeout=20)
    arm(point, action)
    began = time.time()
    try:
        c.call("Shipments/Book", books.request(key), 5000)
        acked, told = True, "OK"
    except (Gone, OSError):
        pass
    except Refused as r:
        told = r.code
        assert r.code in ("UNAVAILABLE", "UNKNOWN", "DEADLINE_EXCEEDED"), r
    took = time.time() - began
    c.close()
    end = time.monotonic() + 10  # the answer is here before the call that sent it has returned
    while seen()[0] == 0 and time.monotonic() < end:
        time.sleep(0.002)
    hits, synced, replied = seen()
    assert hits == 1, (POINTS[point - 1], ACTIONS[action], hits)
    if acked:
        assert 0 < synced <= replied, "OK was sent before the Sync"
    if action == 1:
        assert took >= STALL_MS / 1000 - 0.05 or point == 7, took
    if action == 0:
        assert d.proc.wait(20) == 9
        d = start()
    control[0:8] = bytes(8)
    books.settled(key, acked)
    return told


def every_point():
    told = {}
    for point in range(1, len(POINTS) + 1):
        for action in range(len(ACTIONS)):
            for _ in range(5 if ALL else 1):
                told.setdefault((POINTS[point - 1], ACTIONS[action]), []).append(one(point, action))
    for (point, action), codes in told.items():
        print(f"     {action} at {point}: {', '.join(sorted(set(codes)))}", flush=True)
    assert "OK" not in {c for (_, action), codes in told.items() for c in codes if action == "exit" and _ != "after_reply"}
    books.balanced()


def commits_that_fail():
    """The rows of a Book are there and its transaction fails only then, at the Sync: whoever takes rows for a commit acknowledges nothing."""
    pg.sql("""CREATE FUNCTION zh.breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at the commit' USING ERRCODE = '40001'; END $$;
        CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON zh.shipment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION zh.breaks()""")
    keys = [uuid.uuid4().bytes for _ in range(3)]
    for key in keys:
        c = Client(d.port, books.token, timeout=20)
        try:
            c.call("Shipments/Book", books.request(key), 5000)
            raise AssertionError("what was not committed was acknowledged")
        except Refused as r:
            assert r.code in ("UNAVAILABLE", "ABORTED"), r
        c.close()
    assert books.of(keys) == set()
    pg.sql("DROP TRIGGER breaks ON zh.shipment; DROP FUNCTION zh.breaks()")
    for key in keys:
        books.settled(key, False)
    books.balanced()


def close():
    d.close()


try:
    if sanitized():
        zh.run([], "a sanitizer does not go with a preloaded library")
    zh.run([(f.__name__, f) for f in (every_point, commits_that_fail, close) if f == close or not sys.argv[1:] or any(w in f.__name__ for w in sys.argv[1:])])
finally:
    if d is not None and d.proc.poll() is None:
        d.kill()
    pg.close()
    shutil.rmtree(tmp, ignore_errors=True)
