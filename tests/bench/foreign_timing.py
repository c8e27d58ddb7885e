#!/usr/bin/python3
"""make timing (I3): by the time that an answer takes nobody can tell a shipment of another firm from one that there is not. In every round one of each is
asked for, in an order drawn anew; the two samples are compared by ranks (Mann, Whitney 1947), which the outliers of a busy machine do not move.

TIMING_SAMPLES (100000) of each. That the comparison sees a difference is tried in each run: a shipment of one's
own, which is found, against one that there is not. Mutant: 20,000 rows counted more for a foreign shipment (test_isolation.py)."""
import math, os, pathlib, random, statistics, sys, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import Client, Daemon, Postgres, Refused, route_request, routing, shipments

SAMPLES = int(os.environ.get("TIMING_SAMPLES", "100000"))
SEED = int(os.environ.get("TIMING_SEED", str(int(time.time()))))
IDS = 200  # different shipments
rng = random.Random(SEED)


def mann_whitney(a, b):
    """(z, the share of pairs in which a's is the larger), with the normal approximation and its correction for ties; times in ns."""
    both = sorted([(x, 0) for x in a] + [(x, 1) for x in b])
    ranks, ties, i, n = 0.0, 0.0, 0, len(both)
    while i < n:
        j = i
        while j < n and both[j][0] == both[i][0]:
            j += 1
        ranks += (i + j + 1) / 2 * sum(1 for k in range(i, j) if both[k][1] == 0)
        ties += (j - i) ** 3 - (j - i)
        i = j
    u = ranks - len(a) * (len(a) + 1) / 2
    mean = len(a) * len(b) / 2
    spread = math.sqrt(len(a) * len(b) / 12 * (n + 1 - ties / (n * (n - 1))))
    return (u - mean) / spread, u / (len(a) * len(b))


def compare(client, one, other, ask, samples):
    took = {0: [], 1: []}
    for _ in range(samples):
        for which in rng.sample((0, 1), 2):
            frame = client.frame("Shipments/Get", ask(rng.choice((one, other)[which])))
            began = time.perf_counter_ns()
            client.sock.sendall(frame)
            client.reply()
            took[which].append(time.perf_counter_ns() - began)
    z, share = mann_whitney(took[0], took[1])
    return statistics.median(took[0]) / 1000, statistics.median(took[1]) / 1000, z, math.erfc(abs(z) / math.sqrt(2)), share


def told(what, samples, got):
    a, b, z, p, share = got
    print(f"     {what}, {samples} each: medians {a:.2f} and {b:.2f} us ({a - b:+.2f}), z {z:+.2f}, p {p:.2g}, the first is slower in {share:.2%} of pairs", flush=True)


def a_foreign_shipment_takes_as_long_as_none():
    pg = Postgres()
    pg.setup()
    d = Daemon("--database", pg.conninfo("zh_api"), "--db-connections", "1")
    try:
        def connect(name):
            token, end = pg.token(name), time.time() + 20
            while True:
                try:
                    return Client(d.port, token, timeout=60)
                except Refused as r:
                    assert r.code == "UNAVAILABLE" and time.time() < end, r
                    time.sleep(0.05)
        firm, other = connect("Firm"), connect("Other firm")
        q = route_request(destination="深圳", mass_kg=1, families=[routing.AIR_ROAD], ready_at=zh.ready_at(20))

        def book(c):
            ref = c.call("Routing/FindRoutes", q).options[0].plan_ref
            return [c.call("Shipments/Book", shipments.BookRequest(key=uuid.uuid4().bytes, request=q, plan_ref=ref)) for _ in range(IDS)]
        foreign, own = book(firm), book(other)
        pg.sql("VACUUM ANALYZE")
        for name, of, nobodys in (("id", lambda b: b.shipment_id, lambda: str(uuid.uuid4())), ("bill_no", lambda b: b.bill_no, None)):
            key = {"id": "shipment_id"}.get(name, name)
            ask = lambda text: shipments.GetShipmentRequest(**{key: text})
            theirs, mine = [of(b) for b in foreign], [of(b) for b in own]
            # of the same form as what there is: for a bill, another last part
            none = [nobodys() if nobodys else b[:-10] + "%010X" % rng.getrandbits(40) for b in theirs]
            for text in theirs[:20] + none[:20]:
                try:
                    other.call("Shipments/Get", ask(text))
                    raise AssertionError(f"{text} was found")
                except Refused as r:
                    assert r.code == "NOT_FOUND", r
            compare(other, theirs, none, ask, IDS)  # caches are filled
            control = compare(other, mine, none, ask, 500)
            told(f"by {name}, own against none", 500, control)
            assert control[3] < 1e-6, "a shipment that is found takes no longer: this comparison sees nothing"
            got = compare(other, theirs, none, ask, SAMPLES)
            told(f"by {name}, foreign against none", SAMPLES, got)
            assert got[3] > 0.01, got
    finally:
        d.close()
        pg.close()


print(f"seed {SEED}", flush=True)
zh.run([(f.__name__, f) for f in (a_foreign_shipment_takes_as_long_as_none,)])
