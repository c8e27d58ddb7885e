#!/usr/bin/python3
"""Requests a second of a daemon beside a bare echo of frames of the same sizes by libevent, and beside a null method
(the same requests unpacked, the same reply packed, nothing else), in one run: GetCost and FindRoutes for the cheapest option
alone (`best`).

  serve_bench.py [NETWORK] [SECONDS] [LOOPS]     BUILD=build; prints a table for docs/performance.md

Pairs are random nodes of the network that have an answer: those that the daemon refuses are left out, and counted. Each
figure is a closed loop of 16 connections, SECONDS (0.5) in each of ROUNDS (7) rounds that take turns; medians. The last column is
an open loop at half the rate of depth 1. The client has a core of its own only when the machine has one to spare. KINDS="GetCost" asks that only, DEPTHS="1" at that depth only,
DAEMON=port a daemon that runs already."""
import csv, os, pathlib, random, statistics, struct, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import BUILD, routing, wire

NETWORK = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else BUILD / "daye.net")
SECONDS = sys.argv[2] if len(sys.argv) > 2 else "0.5"
LOOPS = sys.argv[3] if len(sys.argv) > 3 else "1"
PAIRS, ROUNDS, CONNECTIONS = int(os.environ.get("PAIRS", 2000)), int(os.environ.get("ROUNDS", 7)), 16


def frame(method, message):
    r = wire.Request(id=1, method="zongheng.v1." + method, body=message.SerializeToString()).SerializeToString()
    return struct.pack(">I", len(r)) + r


def questions(kind, nodes, ready_at, client):
    """Frames, the Hello first; the frame of the answer whose length is nearest to the mean; how many were refused on the way."""
    rng, out, refused, replies = random.Random(5), [frame("Session/Hello", wire.HelloRequest(protocol_version=1))], 0, []
    while len(out) <= PAIRS:
        m = routing.GetCostRequest() if kind == "GetCost" else routing.FindRoutesRequest(best=routing.LOWEST_COST, without_geometry=True)
        m.origin.node_id, m.destination.node_id = rng.sample(nodes, 2)
        m.cargo.mass_kg, m.cargo.volume_dm3, m.ready_at = rng.randint(500, 30000), 2000, ready_at
        client.send("Routing/" + kind, m)
        r = client.reply()
        if r.status.code or (kind == "FindRoutes" and not routing.FindRoutesReply.FromString(r.body).options):
            refused += 1
            if refused > 3 * PAIRS:
                sys.exit(f"{kind}: most pairs are refused: {r.status.message}")
            continue
        out.append(frame("Routing/" + kind, m))
        replies.append(r.SerializeToString())
    mean = sum(map(len, replies)) / len(replies)
    reply = min(replies, key=lambda r: abs(len(r) - mean))
    return out, struct.pack(">I", len(reply)) + reply, refused


def node_ids():
    """Of the bundled network those that terminals stand at, NODES=all: all; NODES=n: 1 to n (generated nations)."""
    nodes = os.environ.get("NODES", "terminals")
    if nodes.isdecimal():
        return range(1, int(nodes) + 1)
    with open(zh.ROOT / "data" / ("node.csv" if nodes == "all" else "terminal.csv"), encoding="utf-8") as f:
        return sorted({int(r["node_id"]) for r in csv.DictReader(f)})


def start(command, port_file, log=os.devnull):
    with open(log, "w") as f:
        p = subprocess.Popen(command, stderr=f)
    end = time.monotonic() + 120
    while not (port_file.exists() and port_file.read_text().strip()):
        if p.poll() is not None or time.monotonic() > end:
            sys.exit(f"did not start: {command[0]}")
        time.sleep(0.02)
    return p, port_file.read_text().strip()


def ask(mode, port, depth, file, rate=0):
    r = subprocess.run([BUILD / "serve_bench", mode, port, SECONDS, str(CONNECTIONS), str(depth), file],
                       capture_output=True, text=True, env={**os.environ, "RATE": str(rate)})
    if r.returncode:
        sys.exit(f"{mode} of port {port}: {r.stderr}")
    rate, p50, p99, size, refused = r.stdout.split()
    return float(rate), float(p50), float(p99), int(float(size)), int(refused)


def measure(kind, depth, port, echo_port, null_port, frames, tmp):
    """In turns, so that what else the machine does meets all three: medians of the rounds, and of their ratios."""
    (tmp / "null").write_bytes(b"".join(frames[1:]))
    ours, echo, null = [], [], []
    for _ in range(ROUNDS):
        ours.append(ask("ask", port, depth, tmp / kind))
        size = ours[-1][3]
        (tmp / "echo").write_bytes(b"".join(f[:-4] + struct.pack(">I", size) for f in frames[1:]))
        echo.append(ask("ask-echo", echo_port, depth, tmp / "echo"))
        null.append(ask("ask-echo", null_port, depth, tmp / "null"))
    rate, p50, p99, size, refused = (statistics.median(x) for x in zip(*ours))
    of_echo, of_null = (statistics.median(100 * a[0] / b[0] for a, b in zip(ours, others)) for others in (echo, null))
    _, h50, h99, *_ = ask("ask", port, 64, tmp / kind, rate=rate / 2) if depth == 1 else (0, 0, 0)
    half = f"{h50:.0f}, {h99:.0f}" if depth == 1 else ""
    bare, n_rate, n99 = (statistics.median(x[k] for x in of) for of, k in ((echo, 0), (null, 0), (null, 2)))
    print(f"| {kind} | {depth} | {size:.0f} | {rate:,.0f} | {p50:.0f} | {p99:.0f} | {bare:,.0f} | {of_echo:.0f} % | "
          f"{n_rate:,.0f} | {n99:.0f} | {of_null:.0f} % | {refused:.0f} | {half} |", flush=True)


def main():
    nodes, ready_at = node_ids(), int(os.environ.get("READY_AT", time.time() + 86400))
    started = []
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        try:
            port = os.environ.get("DAEMON")
            if port is None:
                daemon, port = start([BUILD / "zonghengd", "--listen", "127.0.0.1:0", "--port_file", tmp / "d", "--network",
                                      NETWORK, "--anonymous", "yes", "--loops", LOOPS], tmp / "d", tmp / "log")
                started.append(daemon)
                while "event=sharpened" not in (tmp / "log").read_text(): # labels of metrics are made after the start
                    time.sleep(0.1)
            echo, echo_port = start([BUILD / "serve_bench", "echo", tmp / "e"], tmp / "e")
            started.append(echo)
            client = zh.Client(int(port), timeout=60)
            print(f"{NETWORK.name}, {LOOPS} loop thread(s), {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s")
            print("| request | depth | reply bytes | requests/s | p50 us | p99 us | echo/s | of it | null/s | its p99 us | of it "
                  "| refused | p50, p99 us at half the rate |")
            for kind in os.environ.get("KINDS", "GetCost FindRoutes").split():
                frames, reply, refused = questions(kind, nodes, ready_at, client)
                print(f"{kind}: {refused} pairs without an answer left out", file=sys.stderr)
                (tmp / kind).write_bytes(b"".join(frames))
                (tmp / "reply").write_bytes(reply)
                null, null_port = start([BUILD / "serve_bench", "null", tmp / f"n{kind}", kind, tmp / "reply"], tmp / f"n{kind}")
                started.append(null)
                for depth in map(int, os.environ.get("DEPTHS", "1 16").split()):
                    measure(kind, depth, port, echo_port, null_port, frames, tmp)
        finally:
            for p in started:
                p.terminate()
                p.wait()


main()
