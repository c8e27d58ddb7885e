#!/usr/bin/python3
"""The page in a browser (web/e2e/*.mjs, playwright-core with Debian's chromium) against a true daemon and a true PostgreSQL: each journey in
Chinese and English, axe's rules, no other host, a restart of the daemon. Pictures go to $BUILD/screenshots."""
import json, os, pathlib, shutil, socket, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Daemon, Postgres

PAGE = zh.ROOT / "build" / "web"


def missing():
    if not (PAGE / "assets").exists():
        return "the page is not built (build/page.log)"
    if not (zh.ROOT / "web" / "node_modules" / "playwright-core").exists():
        return "web/node_modules has no playwright-core"
    if not shutil.which("chromium"):
        return "there is no chromium"
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    port = free_port()
    pg = Postgres()
    daemon = large = None
    try:
        pg.setup()
        tokens = {r: pg.token("黄石物流", r).decode() for r in ("shipper", "planner", "operator")}
        daemon = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--http", f"127.0.0.1:{port}", "--web", str(PAGE))
        world = {"url": f"http://127.0.0.1:{port}", "tokens": tokens, "screenshots": str(zh.BUILD / "screenshots")}
        if (zh.BUILD / "make_nation").exists():  # more links than come whole
            nation = zh.BUILD / "page-nation.net"
            subprocess.run([str(zh.BUILD / "make_nation"), "9000", "20", "60", str(nation)], check=True)
            large = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", "--web", str(PAGE), network=nation)
            world["large"] = f"http://127.0.0.1:{large.http}"
        run = subprocess.Popen(["node", "e2e/journeys.mjs"], cwd=zh.ROOT / "web", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "ZONGHENG_E2E": json.dumps(world)})
        last = ""
        for line in run.stdout:
            if line.startswith("@"):  # the browser's side asks for the daemon
                daemon.stop() if line.strip() == "@stop" else daemon.start()
                run.stdin.write("done\n")
                run.stdin.flush()
                continue
            last = line.rstrip()
            print(last, flush=True)
        status = run.wait()
        if not last.endswith("failed"):
            print(f"0 passed, 1 failed")
        return status
    finally:
        for d in (daemon, large):
            if d is not None:
                d.close()
        pg.close()


why = missing()
if why:
    print(f"skip: {why}\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)
sys.exit(main())
