"""What the tests of bad peers share: a daemon, a well-behaved client beside whatever is bad, and what the daemon takes meanwhile.

The peers run when nothing else does (SCHED_IDLE): what is measured is the daemon, not who plays the peers on its
cores. So the daemon and the well-behaved client are started from a thread that keeps the priority of the whole."""
import concurrent.futures, ctypes, http.client, json, os, pathlib, resource, signal, socket, struct, subprocess, sys, tempfile, threading, time

import zh
from zh import SANITIZED, Daemon

ASK = json.dumps({"origin": {"nodeId": "3018"}, "destination": {"nodeId": "2010"}, "cargo": {"massKg": "1000"}, "readyAt": str(zh.ready_at())}).encode()
JSON = {"Content-Type": "application/json"}

if __name__ == "__main__":  # the well-behaved client over HTTP, a program of its own: latencies until SIGINT
    # as zongheng-load (priority.h): short slices of the processor, so that what is measured is the daemon and not who holds this program's core
    attr = struct.pack("IIQiIQQQ", 48, 0, 0, os.getpriority(os.PRIO_PROCESS, 0), 0, 100000, 0, 0)
    ctypes.CDLL(None).syscall(314, 0, attr, 0)  # sched_setattr, x86-64; an older kernel ignores the slice
    went_on = [True]
    signal.signal(signal.SIGINT, lambda *_: went_on.clear())
    c, took = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60), []
    c.connect()
    while went_on or len(took) < 10:
        began = time.perf_counter()
        c.request("POST", "/zongheng.v1.Routing/GetCost", ASK, JSON)
        r = c.getresponse()
        body = r.read()
        assert r.status == 200 and b"totalFen" in body, (r.status, body)
        took.append(time.perf_counter() - began)
        time.sleep(0.01)
    times = sorted(took)
    pathlib.Path(sys.argv[2]).write_text(json.dumps({"requests": {"all": {
        "sent": len(times), "ok": len(times), "failed": 0, "p99_ms": 1000 * times[int(0.99 * (len(times) - 1))]}}}))
    sys.exit(0)

STRICT = os.environ.get("BADPEERS") == "strict"
LOAD = str(zh.BUILD / "zongheng-load")
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 25000), hard))
tmp = pathlib.Path(tempfile.mkdtemp(prefix="zh-bad-"))
_spawner = concurrent.futures.ThreadPoolExecutor(1)


def spawn(f, *args, **more):
    """f, at the priority that the whole was started with."""
    return _spawner.submit(f, *args, **more).result()


spawn(lambda: None)
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # gives way at once, where nice 19 keeps a core for the rest of its slice
d = spawn(Daemon, "--anonymous", "yes", "--http", "127.0.0.1:0", "--frame-ms", "2000", "--hello-ms", "2000", "--http-head-ms", "2000",
          "--http-body-ms", "3000", "--stall-ms", "2000", "--idle-ms", "1800000", "--connections-max", "20000", "--http-connections-max", "6000")


def realtime():
    """BADPEERS_REALTIME, on a machine that others use, too: the loop and the well-behaved client before all, the workers not."""
    for t in os.listdir(f"/proc/{d.proc.pid}/task"):
        if open(f"/proc/{d.proc.pid}/task/{t}/comm").read().strip() == "zh-loop":
            os.sched_setscheduler(int(t), os.SCHED_FIFO, os.sched_param(50))


def proc(field, of=None):
    return int(next(l for l in open(f"/proc/{(of or d).proc.pid}/status") if l.startswith(field)).split()[1])


def cpu_s(pid=None):
    parts = open(f"/proc/{pid or d.proc.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def loop_share(f):
    """Of the processor time that the daemon takes while f runs, what its loop takes: as much of it holds up everybody else."""
    def spent():
        tasks = f"/proc/{d.proc.pid}/task"
        return {t: int(open(f"{tasks}/{t}/schedstat").read().split()[0]) for t in os.listdir(tasks)}
    loops = {t for t in spent() if open(f"/proc/{d.proc.pid}/task/{t}/comm").read().strip() == "zh-loop"}
    before = spent()
    f()
    took = {t: ns - before.get(t, 0) for t, ns in spent().items()}
    return sum(took[t] for t in loops) / max(1, sum(took.values()))


def descriptors():
    return len(os.listdir(f"/proc/{d.proc.pid}/fd"))


REALTIME = bool(os.environ.get("BADPEERS_REALTIME"))
if REALTIME:
    realtime()


def tcp(out, of):
    return [LOAD, "replay", "--server", f"127.0.0.1:{of.port}", "--rate", "200" if STRICT else "40", "--duration", "300s",
            "--mix", "cost=1,route=1", "--connections", "4", "--report", out]


def web(out, of):
    return [sys.executable, __file__, str(of.http), out]


def begin(client, out, of):
    return spawn(subprocess.Popen, [*(("chrt", "-f", "50") if REALTIME else ()), *client(str(out), of)], stdout=subprocess.DEVNULL, cwd=zh.ROOT)


def end(load, out):
    load.send_signal(signal.SIGINT)
    load.wait(60)
    return json.loads(out.read_text())["requests"]["all"]


def alone(client, of):
    """The p99 of the well-behaved client with nobody beside it."""
    out = tmp / "alone.json"
    load = begin(client, out, of)
    time.sleep(4)
    return end(load, out)["p99_ms"]


class Beside:
    """A well-behaved client while something bad goes on; and the daemon's memory before and at most meanwhile."""

    def __init__(self, what, memory_mb=64, factor=2, refused=0, client=tcp, of=d):
        self.what, self.memory_mb, self.factor, self.client, self.of = what, memory_mb, factor, client, of
        self.refused = refused  # the share that may be

    def __enter__(self):
        self.alone = alone(self.client, self.of) if STRICT else None
        self.before = self.most = proc("VmRSS", self.of)
        self.out = tmp / "good.json"
        self.load = begin(self.client, self.out, self.of)
        self.watching = True
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        time.sleep(1 if STRICT else 0.3)
        return self

    def watch(self):
        while self.watching:
            self.most = max(self.most, proc("VmRSS", self.of))
            time.sleep(0.02)

    def __exit__(self, kind, value, trace):
        time.sleep(0.3)
        a = end(self.load, self.out)
        self.watching = False
        self.thread.join()
        if kind is not None:
            return
        grown = (self.most - self.before) / 1024
        print(f"     {self.what}: memory +{grown:.1f} MB, beside it {a['ok']} of {a['sent']} in time, p99 {a['p99_ms']:.2f} ms"
              + (f" (alone {self.alone:.2f}: {a['p99_ms'] / self.alone:.2f} times)" if STRICT else ""), flush=True)
        assert a["sent"] > 0 and a["failed"] <= self.refused * a["sent"] and a["ok"] >= (1 - self.refused) * a["sent"], a
        assert grown <= self.memory_mb or SANITIZED, grown
        if STRICT:
            assert a["p99_ms"] < self.factor * self.alone, (a["p99_ms"], self.alone)


def raw():
    s = socket.create_connection(("127.0.0.1", d.port), timeout=20)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def wait_gone(socks, within):
    """Until all have been closed by the daemon; the seconds that took."""
    began, left = time.time(), list(socks)
    for s in left:
        s.setblocking(False)
    while left and time.time() - began < within:
        still = []
        for s in left:
            try:
                if s.recv(65536) != b"":
                    still.append(s)
            except BlockingIOError:
                still.append(s)
            except OSError:
                pass
        left = still
        time.sleep(0.02)
    assert not left, f"{len(left)} of {len(socks)} are open after {within} s"
    return time.time() - began
