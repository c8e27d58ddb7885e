#!/usr/bin/python3
"""How quick the page is in Debian's chromium on a network file: page_bench.py [NETWORK.net [ROUNDS [ZOOM,LAT,LON...]]]; the bundled one
without. `build/make_nation 66000 250 1000 nation.net` makes one of 120,000 links. Prints a table; figures in docs/performance.md."""
import json, os, pathlib, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
import zh
from zh import Daemon

network = sys.argv[1] if len(sys.argv) > 1 else None
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
zooms = sys.argv[3:] or ["8.6,30.15,114.95", "6,30.15,114.95", "11,30.15,114.95"]


def resident_kb(pid):
    return int(next(l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")).split()[1])


d = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", "--web", str(zh.ROOT / "build" / "web"), network=network)
try:
    world = {"url": f"http://127.0.0.1:{d.http}", "rounds": rounds, "zooms": zooms}
    out = subprocess.run(["node", "e2e/speed.mjs"], cwd=zh.ROOT / "web", env={**os.environ, "ZONGHENG_SPEED": json.dumps(world)}, capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(out.stdout + out.stderr)
    a = json.loads(out.stdout)
    for l in a["loads"]:
        print(f"load {l['load'] / 1000:.2f} s, first paint {l['paint'] / 1000:.2f} s, whole map {l['now'] / 1000:.2f} s; GetNetwork {l['calls']} calls, {l['sent'] / 1e6:.2f} MB sent, {l['unpacked'] / 1e6:.2f} MB, longest {l['longest']:.0f} ms")
    for m in a["moves"]:
        print(f"at {m['zoom']}: whole map {m['whole'] / 1000:.2f} s; {m['calls']} calls, {m['sent'] / 1e6:.2f} MB sent, {m['unpacked'] / 1e6:.2f} MB, longest {m['call']:.0f} ms")
        for what in ("pan", "zoomed"):
            w = m[what]
            print(f"  {what}: {w['frames']} frames, median {w['median']:.0f} ms, p95 {w['p95']:.0f}, longest {w['longest']:.0f}, {w['over100']} above 100 ms; {w['tasks']} tasks above 50 ms, longest {w['task']:.0f} ms")
    print(f"heap of the page {a['heap'] / 1e6:.0f} MB, daemon {resident_kb(d.proc.pid) / 1024:.0f} MB resident")
finally:
    d.close()
