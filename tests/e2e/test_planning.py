#!/usr/bin/python3
"""The planner's jobs over TCP: progress, results, cancelling, bounds, who may look."""
import pathlib, shutil, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Refused, planning, route_request

work = pathlib.Path(tempfile.mkdtemp(prefix="zh-p-"))
(work / "demand.csv").write_text("".join(open(zh.ROOT / "data" / "demand.csv").readlines()[:501]))  # a sixth of it: the jobs are short
d = Daemon("--demand", str(work / "demand.csv"), "--anonymous", "yes", "--jobs-nice", "0", "--jobs-max", "3", "--jobs-kept", "4")
FAST = planning.DemandSpec(factor=1)


def stream(client, method, request, reply, deadline_ms=0):
    """The parts' jobs, and the last reply."""
    client.send(method, request, deadline_ms)
    jobs = []
    while True:
        r = client.reply()
        if r.status.code:
            raise Refused(r.status)
        m = reply.FromString(r.body)
        if not r.more:
            return jobs, m
        jobs.append(m.job)


def until(client, job_id, *states, seconds=120):
    for _ in range(seconds * 10):
        r = client.call("Planning/GetJob", planning.GetJobRequest(job_id=job_id))
        if r.job.state in states:
            return r
        time.sleep(0.1)
    raise AssertionError(f"job {job_id} is still {r.job}")


def refused(code, field, method, request):
    try:
        Client(d.port).call(method, request)
    except Refused as r:
        assert r.code == code and r.field == field, r
        return r
    raise AssertionError("not refused")


def test_assign():
    c = Client(d.port, timeout=120)
    jobs, r = stream(c, "Planning/Assign", planning.AssignRequest(gap=1e-8, select_link_ids=[345], turns_at_node_ids=[7002]), planning.AssignReply)
    assert jobs and all(j.state in (planning.WAITING, planning.RUNNING) for j in jobs)
    assert sorted(j.done_permille for j in jobs) == [j.done_permille for j in jobs]
    assert r.job.state == planning.FINISHED and not r.job.kept
    assert r.relative_gap <= 1e-8 and r.unserved_trucks == 0
    # hours, kilometres and tolls again from the links
    hours = sum(l.trucks * l.time_s for l in r.links) / 3600
    assert abs(hours - r.total_time_h) < 1e-6 * hours, (hours, r.total_time_h)
    assert [l.trucks for l in r.links] == sorted((l.trucks for l in r.links), reverse=True)
    chosen = [l for l in r.links if l.link_id == 345]
    assert sum(l.selected_trucks for l in chosen) > 0
    assert all(abs(l.selected_trucks - l.trucks) < 1e-6 for l in chosen if l.trucks)
    assert any("需求" in a for a in r.assumptions) and r.demand_version and r.result_version
    assert sum(f.tonnes for f in r.families) > 1000
    # turns at a node: what comes in on a link goes on, or ends there
    ins = {}
    for t in r.turns:
        ins[t.in_link_id] = ins.get(t.in_link_id, 0) + t.trucks
    flow = {}
    for l in r.links:
        flow[l.link_id] = flow.get(l.link_id, 0) + l.trucks
    assert ins and all(v <= flow[k] + 1e-6 for k, v in ins.items())
    again = c.call("Planning/GetJob", planning.GetJobRequest(job_id=r.job.job_id))
    assert again.assign.links == r.links and again.job.state == planning.FINISHED


def test_detached_and_cancel():
    c = Client(d.port)
    job = c.call("Planning/Assign", planning.AssignRequest(detached=True, max_links=1)).job
    assert job.job_id and job.state in (planning.WAITING, planning.RUNNING)
    c.close()  # nobody waits: it goes on
    c = Client(d.port)
    r = until(c, job.job_id, planning.FINISHED)
    assert len(r.assign.links) == 1
    job = c.call("Planning/Assign", planning.AssignRequest(detached=True)).job
    c.call("Planning/CancelJob", planning.CancelJobRequest(job_id=job.job_id))
    r = until(c, job.job_id, planning.STOPPED)
    assert not r.HasField("assign")
    assert [j.job_id for j in c.call("Planning/ListJobs", planning.ListJobsRequest(page_size=1)).jobs] == [job.job_id]


def test_bounds():
    c = Client(d.port)
    ids = [c.call("Planning/Assign", planning.AssignRequest(detached=True)).job.job_id for _ in range(3)]
    try:
        c.call("Planning/Assign", planning.AssignRequest(detached=True))
        raise AssertionError("a fourth job was taken")
    except Refused as r:
        assert r.code == "RESOURCE_EXHAUSTED" and r.retry_after_ms > 0 and "jobs_max" in r.text, r
    # shippers are answered meanwhile
    assert c.call("Routing/FindRoutes", route_request()).options
    for i in ids:
        c.call("Planning/CancelJob", planning.CancelJobRequest(job_id=i))
    for i in ids:
        until(c, i, planning.STOPPED)


def test_who_goes_takes_his_job_along():
    a, b = Client(d.port), Client(d.port)
    a.send("Planning/Assign", planning.AssignRequest())
    for _ in range(100):
        jobs = b.call("Planning/ListJobs", planning.ListJobsRequest()).jobs
        if jobs and jobs[0].state == planning.RUNNING:
            break
        time.sleep(0.05)
    a.close()
    assert until(b, jobs[0].job_id, planning.STOPPED)
    try:
        stream(b, "Planning/Assign", planning.AssignRequest(), planning.AssignReply, deadline_ms=150)
        raise AssertionError("the deadline did not count")
    except Refused as r:
        assert r.code == "DEADLINE_EXCEEDED" and "detached" in r.text, r


def test_bad_questions():
    A = planning.AssignRequest
    refused("NOT_FOUND", "job_id", "Planning/GetJob", planning.GetJobRequest(job_id="0190f0c4-7d2e-4b7a-9a51-2f6f7b1c9d3e"))
    refused("INVALID_ARGUMENT", "job_id", "Planning/GetJob", planning.GetJobRequest(job_id="x"))
    for request, code, word in [(A(gap=2), "INVALID_ARGUMENT", "gap"), (A(max_links=10**6), "INVALID_ARGUMENT", "max_links"),
                                (A(select_link_ids=[-5]), "NOT_FOUND", "select_link_ids"), (A(turns_at_node_ids=[-5]), "NOT_FOUND", "turns_at_node_ids"),
                                (A(demand=planning.DemandSpec(name="nobody's")), "NOT_FOUND", "demand.name"),
                                (A(demand=planning.DemandSpec(background_share=1.5)), "INVALID_ARGUMENT", "background_share"),
                                (A(demand=planning.DemandSpec(factor=-1)), "INVALID_ARGUMENT", "factor"),
                                (A(toll_weight=1, without_toll=True), "INVALID_ARGUMENT", "toll_weight")]:
        c = Client(d.port, timeout=120)
        try:
            stream(c, "Planning/Assign", request, planning.AssignReply)
            raise AssertionError(request)
        except Refused as r:
            assert r.code == code and word in r.field, r


try:
    zh.run([(n, f) for n, f in list(globals().items()) if n.startswith("test_")])
finally:
    d.close()
    shutil.rmtree(work)
