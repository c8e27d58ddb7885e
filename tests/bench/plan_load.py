#!/usr/bin/python3
"""What an assignment costs those who ask meanwhile: the p99 of FindRoutes at half of the sustainable rate, with a planner's job running
and without, in turn on one daemon (issue 6: it must rise by less than a factor of two).

  plan_load.py [SECONDS] [ROUNDS]      BUILD=build; RATE=n instead of searching for the rate; JOBS="flags of the daemon"

On a machine that others use, too: `JOB_NICE=-20 chrt -f 50 plan_load.py`. Daemon and clients are then ahead of everybody, the job's threads, which
would starve, are ahead of the others and give way to the loops at once, as those of SCHED_IDLE do on a machine of their own.

The sustainable rate is the highest whose p99 stays under LIMIT (20ms), by `zongheng-load search`. The job is an appraisal, which chooses
families once and assigns a dozen times, again and again. The medians of the rounds are compared."""
import json, os, pathlib, statistics, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import zh
from zh import BUILD, Client, Daemon, Refused, planning

SECONDS = sys.argv[1] if len(sys.argv) > 1 else "5"
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
LIMIT = os.environ.get("LIMIT", "20ms")


def load(form, d, *more):
    with tempfile.TemporaryDirectory() as tmp:
        out = pathlib.Path(tmp) / "out.json"
        r = subprocess.run([BUILD / "zongheng-load", form, "--server", f"127.0.0.1:{d.port}", "--mix", "route=1", "--connections", "16",
                            "--check", "no", "--report", out, *more], capture_output=True, text=True)
        if not out.exists():
            sys.exit(r.stdout + r.stderr)
        return json.loads(out.read_text())


def busy(d, stop, done):
    """One job after the other until it is told to stop."""
    c = Client(d.port, timeout=600)
    while not stop.is_set():
        job = c.call("Planning/Appraise", planning.AppraiseRequest(compare=planning.CompareRequest(after_scenario_id="project-P02", gap=1e-9), detached=True)).job
        while not stop.is_set():
            r = c.call("Planning/GetJob", planning.GetJobRequest(job_id=job.job_id)).job
            if r.state not in (planning.WAITING, planning.RUNNING):
                done.append(r)
                break
            stop.wait(0.2)
    c.call("Planning/CancelJob", planning.CancelJobRequest(job_id=job.job_id))
    while c.call("Planning/GetJob", planning.GetJobRequest(job_id=job.job_id)).job.state == planning.RUNNING:
        time.sleep(0.05)


def job_threads(d):
    """SCHED_IDLE, or nicer than the daemon's first thread."""
    stat = {t.name: (t / "stat").read_text().rpartition(")")[2].split() for t in pathlib.Path(f"/proc/{d.proc.pid}/task").iterdir()}
    return [int(t) for t, f in stat.items() if f[38] == "5" or int(f[16]) > int(stat[str(d.proc.pid)][16])]


def cpu_s(d, threads):
    stat = [pathlib.Path(f"/proc/{d.proc.pid}/task/{t}/stat").read_text().rpartition(")")[2].split() for t in threads]
    return sum(int(f[11]) + int(f[12]) for f in stat) / os.sysconf("SC_CLK_TCK")


def main():
    d = Daemon("--anonymous", "yes", "--jobs-nice", os.environ.get("NICE", "20"), "--jobs-threads", os.environ.get("THREADS", "1"))
    try:
        jobs = job_threads(d)
        for t in jobs if "JOB_NICE" in os.environ else ():
            os.sched_setscheduler(t, os.SCHED_OTHER, os.sched_param(0))
            os.setpriority(os.PRIO_PROCESS, t, int(os.environ["JOB_NICE"]))
        rate = float(os.environ.get("RATE", 0))
        if rate == 0:
            found = load("search", d, "--from", "100", "--each", "2s", "--p99", LIMIT)
            rate = found["highest_rate_per_s"] / 2
        print(f"FindRoutes at {rate:.0f} a second for {SECONDS} s, {ROUNDS} rounds; load of the machine {os.getloadavg()[0]:.1f}")
        print("| round | alone p50, p99 ms | beside a job | job's share of a core |")
        alone, beside = [], []
        for i in range(ROUNDS):
            a = figures(load("replay", d, "--rate", f"{rate:.3f}", "--duration", SECONDS + "s"))
            stop, done = threading.Event(), []
            t = threading.Thread(target=busy, args=(d, stop, done))
            t.start()
            time.sleep(0.5)
            c0, t0 = cpu_s(d, jobs), time.monotonic()
            b = figures(load("replay", d, "--rate", f"{rate:.3f}", "--duration", SECONDS + "s"))
            share = (cpu_s(d, jobs) - c0) / (time.monotonic() - t0)
            stop.set()
            t.join()
            alone.append(a[1])
            beside.append(b[1])
            print(f"| {i + 1} | {a[0]:.2f}, {a[1]:.2f} | {b[0]:.2f}, {b[1]:.2f} | {100 * share:.0f} % |", flush=True)
        a, b = statistics.median(alone), statistics.median(beside)
        print(f"median p99 {a:.2f} ms alone, {b:.2f} ms beside a job: {b / a:.2f} times")
    finally:
        d.close()


def figures(report):
    return report["requests"]["all"]["p50_ms"], report["requests"]["all"]["p99_ms"]


main()
