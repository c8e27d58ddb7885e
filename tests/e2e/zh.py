"""What the end-to-end tests share: a private PostgreSQL, a daemon, and a client of the wire in another
language (Debian's python3-protobuf on messages that protoc makes from proto/)."""
import atexit, os, pathlib, re, shutil, signal, socket, struct, subprocess, sys, tempfile, time, traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
SANITIZED = BUILD.name in ("asan", "tsan")  # keeps what is freed, and takes its time
GEN = BUILD / "gen" / "python"


def _messages():
    GEN.mkdir(parents=True, exist_ok=True)
    protos = sorted(str(p) for p in (ROOT / "proto" / "zongheng" / "v1").glob("*.proto"))
    subprocess.run(["protoc", f"-I{ROOT / 'proto'}", f"--python_out={GEN}", *protos], check=True)
    sys.path.insert(0, str(GEN))


_messages()
from zongheng.v1 import operations_pb2 as ops, planning_pb2 as planning, routing_pb2 as routing, shipments_pb2 as shipments, wire_pb2 as wire  # noqa: E402

REPLY = {
    "Session/Hello": wire.HelloReply, "Routing/FindPlaces": routing.FindPlacesReply,
    "Routing/FindRoutes": routing.FindRoutesReply, "Routing/GetCost": routing.GetCostReply,
    "Routing/GetCosts": routing.GetCostsReply, "Routing/GetFamilyMatrix": routing.GetFamilyMatrixReply,
    "Routing/FindDepartures": routing.FindDeparturesReply,
    "Routing/PutAgreedTariff": routing.PutAgreedTariffReply, "Routing/ListAgreedTariffs": routing.ListAgreedTariffsReply,
    "Shipments/Book": shipments.BookReply, "Shipments/Settle": shipments.SettleReply,
    "Shipments/Get": shipments.GetShipmentReply, "Shipments/List": shipments.ListShipmentsReply,
    "Shipments/RecordEvent": shipments.RecordEventReply, "Shipments/ListEvents": shipments.ListEventsReply,
    "Shipments/Cancel": shipments.CancelReply, "Shipments/Watch": shipments.WatchReply,
    "Shipments/Affected": shipments.AffectedReply,
    "Operations/GetStatus": ops.GetStatusReply,
    "Planning/PutScenario": planning.PutScenarioReply, "Planning/GetScenario": planning.GetScenarioReply,
    "Planning/ListScenarios": planning.ListScenariosReply, "Planning/DeleteScenario": planning.DeleteScenarioReply,
    "Planning/Assign": planning.AssignReply, "Planning/GetJob": planning.GetJobReply,
    "Planning/Compare": planning.CompareReply, "Planning/Appraise": planning.AppraiseReply,
    "Planning/GetCriticalLinks": planning.GetCriticalLinksReply, "Planning/GetAccessibility": planning.GetAccessibilityReply,
    "Planning/PutDemand": planning.PutDemandReply, "Planning/GetDemand": planning.GetDemandReply,
    "Planning/ListDemands": planning.ListDemandsReply, "Planning/DeleteDemand": planning.DeleteDemandReply,
    "Planning/ListJobs": planning.ListJobsReply, "Planning/CancelJob": planning.CancelJobReply,
}
CODES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
         "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE "
         "DATA_LOSS UNAUTHENTICATED").split()


class Refused(Exception):
    def __init__(self, status):
        super().__init__(f"{CODES[status.code]} {status.details.field}: {status.message}")
        self.code, self.field, self.text = CODES[status.code], status.details.field, status.message
        self.retry_after_ms = status.details.retry_after_ms


class Gone(Exception):
    """The connection ended."""


class Client:
    def __init__(self, port, token=b"", hello=True, timeout=20):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.last = 0
        if hello:
            self.hello = self.call("Session/Hello", wire.HelloRequest(token=token, protocol_version=1))

    def frame(self, method, message, deadline_ms=0):
        self.last += 1
        r = wire.Request(id=self.last, method="zongheng.v1." + method, deadline_ms=deadline_ms,
                         body=message if isinstance(message, bytes) else message.SerializeToString())
        b = r.SerializeToString()
        return struct.pack(">I", len(b)) + b

    def send(self, method, message, deadline_ms=0):
        self.sock.sendall(self.frame(method, message, deadline_ms))
        return self.last

    def read(self, n):
        parts = b""
        while len(parts) < n:
            try:
                got = self.sock.recv(n - len(parts))
            except ConnectionError:
                got = b""
            if not got:
                raise Gone()
            parts += got
        return parts

    def reply(self):
        n, = struct.unpack(">I", self.read(4))
        return wire.Reply.FromString(self.read(n))

    def call(self, method, message, deadline_ms=0):
        self.send(method, message, deadline_ms)
        r = self.reply()
        assert r.id == self.last, (r.id, self.last)
        if r.status.code:
            raise Refused(r.status)
        return REPLY[method].FromString(r.body)

    def close(self):
        self.sock.close()


STARTED = []  # databases and daemons, also those of a test that fails before it can close them


def stop_all():
    for x in reversed(STARTED):
        try:
            x.end()
        except Exception as e:  # the others are stopped all the same
            print("not stopped:", e, file=sys.stderr)


atexit.register(stop_all)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that who is out of time stops them as well


class Postgres:
    """A private cluster with schema, one firm and a token."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="zh-pg-", dir="/tmp")
        STARTED.append(self)
        os.chmod(self.dir, 0o755)
        self.data = os.path.join(self.dir, "pg")
        self.tool("start")

    def tool(self, what, *more):
        p = subprocess.run([str(ROOT / "tools" / "private_pg.sh"), what, self.data, *more], capture_output=True, text=True)
        if p.returncode != 0:
            raise RuntimeError(f"private_pg.sh {what}: {p.stdout}{p.stderr}")
        return p.stdout

    def conninfo(self, user):
        return f"host={self.data} user={user} dbname=zongheng"

    def setup(self):
        subprocess.run([str(ROOT / "tools" / "setup_db.sh"), self.data], check=True, capture_output=True, text=True)

    def token(self, firm="Test firm", role="shipper"):
        out = subprocess.run([str(ROOT / "tools" / "make_token.sh"), self.data, firm, role], check=True,
                             capture_output=True, text=True).stdout
        return out.strip().encode()

    def sql(self, text, user="postgres"):
        return self.tool("psql", "-d", "zongheng", "-At", "-v", "ON_ERROR_STOP=1", "-c", text)

    def close(self):
        if self in STARTED:
            STARTED.remove(self)
        self.end()

    def end(self):
        try:
            self.tool("stop")
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)


class Daemon:
    def __init__(self, *flags, network=None, wait=True):
        self.dir = tempfile.mkdtemp(prefix="zh-d-")
        self.proc = None
        STARTED.append(self)
        self.flags = [str(BUILD / "zonghengd"), "--listen", "127.0.0.1:0", "--port-file", f"{self.dir}/port",
                      "--http-port-file", f"{self.dir}/http", "--network", str(network or BUILD / "daye.net"),
                      # a test waits for its jobs, also where other tests want the processor
                      *(() if "--jobs-nice" in flags else ("--jobs-nice", "0")), *flags]
        self.log = open(f"{self.dir}/log", "ab")
        self.start(wait)

    def start(self, wait=True):
        for name in ("port", "http"):
            pathlib.Path(self.dir, name).unlink(missing_ok=True)
        self.proc = subprocess.Popen(self.flags, stdout=self.log, stderr=self.log, cwd=ROOT)
        for _ in range(600 if wait else 0):
            try:
                self.port = int(open(f"{self.dir}/port").read())
                self.http = int(open(f"{self.dir}/http").read())  # -1 without --http
                return
            except (FileNotFoundError, ValueError):
                if self.proc.poll() is not None:
                    raise RuntimeError("zonghengd stopped: " + self.text())
                time.sleep(0.05)

    def text(self):
        return open(f"{self.dir}/log", errors="replace").read()

    def kill(self):
        self.proc.send_signal(signal.SIGKILL)
        self.proc.wait()

    def signal(self, sig):
        self.proc.send_signal(sig)

    def stop(self):
        """SIGTERM; the exit status."""
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
        try:
            return self.proc.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9

    def close(self):
        status = self.stop()
        bad = re.search(r"AddressSanitizer|runtime error|ThreadSanitizer|LeakSanitizer", self.text())
        if bad:
            print(self.text()[-4000:])
            raise AssertionError("a sanitizer spoke in the daemon's log")
        if self in STARTED:
            STARTED.remove(self)
        shutil.rmtree(self.dir, ignore_errors=True)
        return status

    def end(self):
        if self.proc is not None and self.proc.poll() is None:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def dearer_network(folder):
    """The bytes of the bundled network with dearer tolls, which is built in the folder."""
    data = folder / "data"
    shutil.copytree(ROOT / "data", data)
    rows = [line.split(",") for line in (data / "toll.csv").read_text().splitlines()]
    for row in rows[1:]:
        row[2] = str(float(row[2]) + 0.05)
    (data / "toll.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    subprocess.run([str(BUILD / "zongheng"), "network", "build", "--gmns", str(data), "-o", str(folder / "dearer.net")], check=True, capture_output=True)
    return (folder / "dearer.net").read_bytes()


def ready_at(days=3):
    """08:00 local time of a day ahead. ZH_DAYS_LATER moves all tests to another day of the week."""
    now, days = int(time.time()), days + int(os.environ.get("ZH_DAYS_LATER", 0))
    return now - (now + 8 * 3600) % 86400 + 8 * 3600 + days * 86400


def route_request(origin="大冶", destination="上海", mass_kg=20000, families=(), **more):
    cargo = routing.Cargo(commodity=more.pop("commodity", "general"), mass_kg=mass_kg)
    for k in ("bulk", "value_yuan", "volume_dm3", "dangerous_class"):
        if k in more:
            setattr(cargo, k, more.pop(k))
    for iso, count in more.pop("containers", ()):
        cargo.containers.add(iso_type=iso, count=count)
    return routing.FindRoutesRequest(origin=routing.PlaceRef(name=origin), destination=routing.PlaceRef(name=destination),
                                     cargo=cargo, ready_at=more.pop("ready_at", ready_at()), families=families, **more)


def run(tests, skipped=None):
    """Runs (name, function) pairs; the closing line is what tools/run_tests.sh sums. skipped: why one was left out."""
    passed = failed = 0
    for name, test in tests:
        try:
            test()
            passed += 1
            print("ok  ", name, flush=True)
        except Exception:
            failed += 1
            print("FAIL", name, flush=True)
            traceback.print_exc(file=sys.stdout)
    if skipped:
        print("skip", skipped)
    print(f"{passed} passed, {failed} failed" + (", 1 skipped" if skipped else ""))
    sys.exit(failed != 0)
