#!/usr/bin/python3
"""make soak-reload: two networks in turn, one each RELOAD_EVERY (5) seconds for RELOAD_SECONDS (3600), at RELOAD_SHARE (0.7) of the rate that
zongheng-load finds first, or at RELOAD_RATE (G1 of the list). Held to: no request fails, p99 at most 1.5 times that of a minute without reloads,
each answer is of exactly one version (a question asked again and again is answered as that version answers it when nothing is reloaded), memory
at most 64 MB above what it was, no turn of the event loop over 20 ms but one in a thousand. Exit status 1 on a breach."""
import json, os, pathlib, re, shutil, signal, statistics, subprocess, sys, tempfile, threading, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import Client, Daemon, route_request

SECONDS, EVERY = float(os.environ.get("RELOAD_SECONDS", "3600")), float(os.environ.get("RELOAD_EVERY", "5"))
MIX = os.environ.get("RELOAD_MIX", "place=5,route=45,cost=50")
LOAD = str(zh.BUILD / "zongheng-load")
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-reload-"))
net = tmp / "live.net"


versions = [(zh.BUILD / "daye.net").read_bytes(), zh.dearer_network(tmp)]
net.write_bytes(versions[0])
d = Daemon("--anonymous", "yes", "--http", "127.0.0.1:0", network=net)
question = route_request(ready_at=zh.ready_at(5))


def metrics():
    """Turns of the loop by their bound in seconds, the longest of the last 10 to 20 s, bytes in use."""
    with urllib.request.urlopen(f"http://127.0.0.1:{d.http}/metrics", timeout=20) as r:
        text = r.read().decode()
    turns = {k: int(v) for k, v in re.findall(r'zongheng_loop_turn_seconds_bucket{le="(.*)"} (\d+)', text)}
    return turns, float(re.search(r'turn_longest_seconds{since="10s"} (\S+)', text)[1]), float(re.search(r"^zongheng_heap_in_use_bytes (\S+)", text, re.M)[1])


def rss_mb():
    return int(next(l for l in open(f"/proc/{d.proc.pid}/status") if l.startswith("VmRSS")).split()[1]) / 1024


def reload():
    versions.reverse()
    (tmp / "new").write_bytes(versions[0])
    os.replace(tmp / "new", net)
    d.signal(signal.SIGHUP)


def ask(c):
    r = c.call("Routing/FindRoutes", question, 30000)
    return r.network_version, r.SerializeToString(deterministic=True)


def load(seconds, rate, name):
    return subprocess.Popen([LOAD, "replay", "--server", f"127.0.0.1:{d.port}", "--rate", f"{rate:g}", "--arrivals", "poisson", "--duration", f"{seconds:g}s", "--mix", MIX,
                             "--connections", "16", "--deadline", "5s", "--drain", "20s", "--report", str(tmp / name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=zh.ROOT)


def report(p, name):
    text = p.communicate()[0]
    if not (tmp / name).exists():
        sys.exit(text)
    return json.loads((tmp / name).read_text())


def sustainable():
    p = subprocess.run([LOAD, "search", "--server", f"127.0.0.1:{d.port}", "--mix", MIX, "--connections", "16", "--deadline", "500ms", "--p99", "250ms", "--from", "500", "--each", "2s",
                        "--check", "no", "--report", str(tmp / "s.json")], capture_output=True, text=True, cwd=zh.ROOT)
    return json.loads((tmp / "s.json").read_text())["highest_rate_per_s"] if (tmp / "s.json").exists() else sys.exit(p.stdout + p.stderr)


class Asking(threading.Thread):
    """One question again and again; what is not as its version answers it is wrong."""

    def __init__(self, right):
        super().__init__(daemon=True)
        self.right, self.over, self.asked, self.wrong, self.seen = right, False, 0, [], set()

    def run(self):
        try:
            c = Client(d.port, timeout=60)
            while not self.over:
                version, answer = ask(c)
                self.asked += 1
                self.seen.add(version)
                if self.right.get(version) != answer:
                    self.wrong.append(version)
                time.sleep(0.05)
        except Exception as why:
            self.wrong.append(repr(why))


def straight(points):
    """Slope of the line of least squares, per hour."""
    mx, my = (statistics.mean(p[i] for p in points) for i in (0, 1))
    return 3600 * sum((x - mx) * (y - my) for x, y in points) / max(1e-9, sum((x - mx) ** 2 for x, _ in points))


def main():
    c = Client(d.port, timeout=60)
    right = {}
    for _ in range(2):  # how each version answers when nothing is reloaded
        version, answer = ask(c)
        right[version] = answer
        said = d.text().count("event=reloaded")
        reload()
        while d.text().count("event=reloaded") == said:
            time.sleep(0.05)
    assert len(right) == 2 and len(set(right.values())) == 2
    rate = float(os.environ.get("RELOAD_RATE", "0")) or float(os.environ.get("RELOAD_SHARE", "0.7")) * sustainable()
    alone = report(load(min(60, SECONDS), rate, "alone.json"), "alone.json")["requests"]["all"]
    base, before = rss_mb(), metrics()[0]
    asking, began, points, longest, reloads = Asking(right), time.time(), [], 0.0, 0
    said = d.text().count("event=reloaded")
    p = load(SECONDS, rate, "with.json")
    asking.start()
    while p.poll() is None and time.time() - began < SECONDS:
        reload()
        reloads += 1
        time.sleep(max(0, began + reloads * EVERY - time.time()))
        try:
            _, recent, in_use = metrics()
        except OSError:
            continue
        longest = max(longest, recent)
        points.append((time.time() - began, rss_mb(), in_use / 1e6))
    r = report(p, "with.json")
    asking.over = True
    asking.join(60)
    after, a = metrics()[0], r["requests"]["all"]
    turned = {k: n - before[k] for k, n in after.items()}
    over = 1 - turned["0.02"] / max(1, turned["+Inf"])
    later = points[len(points) // 3:]
    most, slope, heap = max(x[1] for x in points), straight([x[:2] for x in later]), straight([(x[0], x[2]) for x in later])
    done = d.text().count("event=reloaded") - said
    bad = {"failed": a["failed"], "refused or late": a["sent"] - a["ok"], "rules broken": r["checks"]["broken"], "answers not of their version": len(asking.wrong),
           "p99 above 1.5 times": int(a["p99_ms"] > 1.5 * alone["p99_ms"]), "memory": int(most > base + 64), "turns over 20 ms": int(over > 0.001),
           "reload refused": d.text().count("event=reload_refused")}
    print(f"{SECONDS:g} s, {done} reloads of {reloads} asked for, {rate:.0f} requests a second: {a['sent']} sent, {a['ok']} in time, {a['late']} late, {a['shed'] + a['expired']} refused, "
          f"{a['failed']} failed; p99 {a['p99_ms']:.1f} ms, {alone['p99_ms']:.1f} in the minute before")
    print(f"{asking.asked} times one question, of {len(asking.seen)} versions, {len(asking.wrong)} times not as that version answers")
    print(f"turns of the loop: {turned['+Inf']}, over 10 ms {1 - turned['0.01'] / max(1, turned['+Inf']):.3%}, over 20 ms {over:.3%}, the longest {1000 * longest:.0f} ms")
    print(f"memory {base:.1f} MB before, at most {most:.1f}, in the last two thirds {slope:+.2f} MB an hour; in use {heap:+.2f} MB an hour")
    print("breaches: " + (", ".join(f"{k} {n}" for k, n in bad.items() if n) or "none"), flush=True)
    return 1 if any(bad.values()) or d.close() != 0 else 0


try:
    sys.exit(main())
finally:
    if d.proc.poll() is None:
        d.kill()
    shutil.rmtree(tmp, ignore_errors=True)
