#!/usr/bin/python3
"""Requests a second of a daemon with one loop thread (and two) beside a bare echo of frames of the same sizes by
libevent, in one run: GetCost and FindRoutes (single best) on a network.

  serve_bench.py [NETWORK] [SECONDS] [LOOPS]     BUILD=build; prints a table for docs/performance.md

Pairs are random nodes of the network. Each figure is a closed loop of 16 connections; the client has a core of its own
only when the machine has one to spare."""
import csv, os, pathlib, random, struct, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import BUILD, routing, wire

NETWORK = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else BUILD / "daye.net")
SECONDS = sys.argv[2] if len(sys.argv) > 2 else "3"
LOOPS = sys.argv[3] if len(sys.argv) > 3 else "1"
PAIRS, CONNECTIONS = 2000, 16


def frame(method, message):
    r = wire.Request(id=1, method="zongheng.v1." + method, body=message.SerializeToString()).SerializeToString()
    return struct.pack(">I", len(r)) + r


def questions(kind, nodes, ready_at):
    rng, out = random.Random(5), [frame("Session/Hello", wire.HelloRequest(protocol_version=1))]
    for _ in range(PAIRS):
        m = routing.GetCostRequest() if kind == "GetCost" else routing.FindRoutesRequest(max_options=1, without_geometry=True)
        m.origin.node_id, m.destination.node_id = rng.sample(nodes, 2)
        m.cargo.mass_kg, m.cargo.volume_dm3, m.ready_at = rng.randint(500, 30000), 2000, ready_at
        out.append(frame("Routing/" + kind, m))
    return out


def node_ids():
    """Of the bundled network those that terminals stand at; NODES=n: 1 to n (generated nations)."""
    if "NODES" in os.environ:
        return range(1, int(os.environ["NODES"]) + 1)
    with open(zh.ROOT / "data" / "terminal.csv", encoding="utf-8") as f:
        return sorted({int(r["node_id"]) for r in csv.DictReader(f)})


def start(command, port_file):
    p = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while not (port_file.exists() and port_file.read_text().strip()):
        if p.poll() is not None or time.monotonic() > end:
            sys.exit(f"did not start: {command[0]}")
        time.sleep(0.02)
    return p, port_file.read_text().strip()


def ask(mode, port, depth, files):
    r = subprocess.run([BUILD / "serve_bench", mode, port, SECONDS, str(CONNECTIONS), str(depth), *files],
                       capture_output=True, text=True)
    if r.returncode:
        sys.exit(r.stderr)
    rate, p50, p99, size, refused = r.stdout.split()
    return float(rate), float(p50), float(p99), int(float(size)), int(refused)


def main():
    nodes = node_ids()
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        daemon, port = start([BUILD / "zonghengd", "--listen", "127.0.0.1:0", "--port_file", tmp / "d", "--network",
                              NETWORK, "--anonymous", "yes", "--loops", LOOPS], tmp / "d")
        echo, echo_port = start([BUILD / "serve_bench", "echo", tmp / "e"], tmp / "e")
        try:
            print(f"{NETWORK.name}, {LOOPS} loop thread(s), {CONNECTIONS} connections, {SECONDS} s each")
            for kind in ("GetCost", "FindRoutes"):
                frames = questions(kind, nodes, int(os.environ.get("READY_AT", time.time() + 86400)))
                (tmp / kind).write_bytes(b"".join(frames))
                for depth in (1, 16):
                    rate, p50, p99, size, refused = ask("ask", port, depth, [tmp / kind])
                    same = [f[:-4] + struct.pack(">I", size) for f in frames[1:]]
                    (tmp / "echo").write_bytes(b"".join(same))
                    bare, e50, e99, *_ = ask("ask-echo", echo_port, depth, [tmp / "echo"])
                    print(f"| {kind} | {depth} | {size} | {rate:,.0f} | {p50:.0f} | {p99:.0f} | {bare:,.0f} | {e99:.0f} | "
                          f"{100 * rate / bare:.0f} % | {refused} |", flush=True)
        finally:
            for p in (daemon, echo):
                p.terminate()
                p.wait()


main()
