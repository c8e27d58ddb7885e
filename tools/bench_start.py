#!/usr/bin/env python3
"""bench_start.py BUILD FILE.net [ROUNDS] - how long a daemon takes from its start to its first answer on a network file
(page cache warm after the first round), and what it then holds in memory. Loopback only; nothing is left running."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def connected(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def memory_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        fields = dict(line.split(":", 1) for line in f)
    return {key: int(fields[key].split()[0]) for key in ("VmRSS", "RssAnon", "RssFile", "RssShmem")}


def measure(build, network):
    port = free_port()
    where = f"127.0.0.1:{port}"
    begin = time.monotonic()
    daemon = subprocess.Popen(
        [os.path.join(build, "zonghengd"), "--listen", where, "--network", network, "--anonymous", "yes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not connected(port):
            if daemon.poll() is not None:
                sys.exit(f"bench_start.py: the daemon ended with {daemon.returncode}")
            time.sleep(0.001)
        accepted = time.monotonic() - begin
        status = subprocess.run(
            [os.path.join(build, "zongheng"), "status", "--server", where, "--json"], capture_output=True, check=True, text=True
        )
        answered = time.monotonic() - begin
        time.sleep(1.5)  # what is made in the background after the first answer counts as well
        again = subprocess.run(
            [os.path.join(build, "zongheng"), "status", "--server", where, "--json"], capture_output=True, check=True, text=True
        )
        return accepted, answered, memory_kb(daemon.pid), json.loads(again.stdout or status.stdout)
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=30)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    runs = [measure(sys.argv[1], sys.argv[2]) for _ in range(rounds + 1)][1:]
    accepted, answered = ([r[k] for r in runs] for k in (0, 1))
    print(f"first connection after {statistics.median(accepted):.3f} s ({min(accepted):.3f} to {max(accepted):.3f})")
    print(f"first answer after {statistics.median(answered):.3f} s ({min(answered):.3f} to {max(answered):.3f})")
    memory, status = runs[-1][2], runs[-1][3]
    print(", ".join(f"{key} {value // 1024} MB" for key, value in memory.items()))
    for profile in status.get("profiles", []):
        print(json.dumps(profile, ensure_ascii=False))


if __name__ == "__main__":
    main()
