#!/usr/bin/python3
"""A daemon that is told to stop without time to drain (drain_ms 0) while every loop waits for PostgreSQL, which says nothing: the
requests end one loop after the other, and look at all of them. MALLOC_PERTURB_ makes freed memory garbage, so that its use shows
without a sanitizer as well."""
import os, pathlib, signal, sys, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, ops

os.environ["ZH_PG_FAST"] = "1"
os.environ["MALLOC_PERTURB_"] = "165"
pg = Postgres()
pg.setup()


def up(d):
    c = Client(d.port)
    for _ in range(200):
        if c.call("Operations/GetStatus", ops.GetStatusRequest()).database_up:
            return True
        time.sleep(0.1)
    raise AssertionError("PostgreSQL is not up: " + d.text()[-2000:])


def backends():
    return [int(pid) for pid in pg.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'zh_api'").split()]


def every_loop_has_a_request_that_looks_at_all_loops():
    d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--loops", "4", "--drain-ms", "0", "--sharpen", "no")
    [up(d) for _ in range(12)]
    silent = backends()
    assert len(silent) >= 4, silent
    try:
        [os.kill(pid, signal.SIGSTOP) for pid in silent]
        peers = [Client(d.port) for _ in range(24)]
        for c in peers:
            c.send("Operations/GetStatus", ops.GetStatusRequest())
        time.sleep(0.1)
        status = d.close()
        assert status == 0, status
    finally:
        [os.kill(pid, signal.SIGCONT) for pid in silent]


try:
    zh.run([(f.__name__, f) for f in (every_loop_has_a_request_that_looks_at_all_loops,)])
finally:
    pg.close()
