#!/usr/bin/python3
"""The planner's jobs over TCP: progress, results, cancelling, bounds, who may look."""
import os, pathlib, shutil, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Refused, planning, route_request

work = pathlib.Path(tempfile.mkdtemp(prefix="zh-p-"))
(work / "demand.csv").write_text("".join(open(zh.ROOT / "data" / "demand.csv").readlines()[:501]))  # a sixth of it: the jobs are short
d = Daemon("--demand", str(work / "demand.csv"), "--anonymous", "yes", "--jobs-max", "3", "--jobs-kept", "4")
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
    # An appraisal is many assignments: one alone may be over before its asker is gone.
    long = planning.AppraiseRequest(compare=planning.CompareRequest(after_scenario_id="project-P02"))
    a.send("Planning/Appraise", long)
    for _ in range(100):
        jobs = b.call("Planning/ListJobs", planning.ListJobsRequest()).jobs
        if jobs and jobs[0].state == planning.RUNNING:
            break
        time.sleep(0.05)
    a.close()
    assert until(b, jobs[0].job_id, planning.STOPPED)
    try:
        stream(b, "Planning/Appraise", long, planning.AppraiseReply, deadline_ms=150)
        raise AssertionError("the deadline did not count")
    except Refused as r:
        assert r.code == "DEADLINE_EXCEEDED" and "detached" in r.text, r


def test_a_project_compared():
    c = Client(d.port, timeout=120)
    q = planning.CompareRequest(after_scenario_id="project-P02", gap=1e-10, demand=planning.DemandSpec(fixed_family=True))
    for time_only in (False, True):
        q.without_toll = time_only
        r = stream(c, "Planning/Compare", q, planning.CompareReply)[1]
        assert r.identity.applies and r.identity.holds and r.identity.error < 1e-9, r.identity
        assert abs(r.identity.benefit_h - (r.before.time_h - r.after.time_h)) < 1e-6
        assert r.before.scenario_version == "" and r.after.scenario_version and r.before.result_version != r.after.result_version
    assert r.benefit_yuan > 0 and r.winners and any(l.new_link for l in r.links)
    assert abs(sum(z.benefit_yuan for z in r.zones) - r.benefit_yuan) < 1e-3
    assert abs(sum(z.benefit_yuan for z in r.goods_groups) - r.benefit_yuan) < 1e-3
    by = {(s.target, s.minutes): s for s in r.access_summary}
    assert by["airport", 60].after > by["airport", 60].before and by["expressway", 15].townships == 64
    back = stream(c, "Planning/Compare", planning.CompareRequest(before_scenario_id="project-P02", gap=1e-10, without_toll=True, demand=q.demand), planning.CompareReply)[1]
    # what opening it gives closing it takes; families are those of the state before, so not to the last yuan
    assert abs(back.benefit_yuan + r.benefit_yuan) < 0.05 * r.benefit_yuan, (back.benefit_yuan, r.benefit_yuan)
    assert any(l.closed for l in back.links) and back.losers
    both = {(i.target, i.minutes): i for i in r.isochrones}, {(i.target, i.minutes): i for i in back.isochrones}
    assert set(both[0]) == {(t, m) for t in ("expressway", "airport", "port") for m in (15, 30, 60)} == set(both[1])
    for key, i in both[0].items():  # what opening it gains closing it loses, and the other state is the other's
        j = both[1][key]
        assert (i.gained, i.lost, i.before, i.after) == (j.lost, j.gained, j.after, j.before), key
    a = c.call("Planning/GetAccessibility", planning.GetAccessibilityRequest(scenario_id="project-P02", targets=["airport"], minutes=[30], with_isochrones=True))
    assert {x.target for x in a.rows} == {"airport"} and a.isochrones[0].gained and not a.isochrones[0].lost
    assert a.isochrones[0] == both[0]["airport", 30]


def test_appraised_with_a_report():
    c = Client(d.port, timeout=120)
    r = stream(c, "Planning/Appraise", planning.AppraiseRequest(compare=planning.CompareRequest(after_scenario_id="project-P02", demand=planning.DemandSpec(fixed_family=True)),
                                                                html=True, other_benefit_yuan=600e6), planning.AppraiseReply)[1]
    assert r.cost_yuan == 7508000000 and len(r.cases) == 10 and len(r.years) == 33
    assert abs(sum(y.discounted_yuan for y in r.years) - r.cases[0].npv_yuan) < 1
    cases = {x.name.split(" · ")[1]: x for x in r.cases}
    assert cases["cost -20 %"].npv_yuan > r.cases[0].npv_yuan > cases["cost +20 %"].npv_yuan and 0 < r.cases[0].irr < 0.2
    for text in ("花湖机场高速二期", "What is assumed", "<svg", "合成数据", "Self-check", "到花湖机场 Huahu airport · 15/30/60 min", "small against the roads", 'class="ig"'):
        assert text in r.html, text
    assert "<script" not in r.html and "http" not in r.html.replace("http://www.w3.org", "")


def test_critical_links():
    c = Client(d.port, timeout=120)
    r = stream(c, "Planning/GetCriticalLinks", planning.GetCriticalLinksRequest(max_links=5, assign_links=1), planning.GetCriticalLinksReply)[1]
    costs = [l.extra_cost_yuan for l in r.links]
    assert len(costs) == 5 and costs == sorted(costs, reverse=True) and costs[0] > 0 and r.links[0].assigned
    assert r.isolating and all(l.cut_off_trucks > 0 and l.bridge for l in r.isolating)
    one = stream(c, "Planning/GetCriticalLinks", planning.GetCriticalLinksRequest(link_ids=[r.links[2].link_id]), planning.GetCriticalLinksReply)[1]
    assert [l.extra_cost_yuan for l in one.links] == [costs[2]]


def test_jobs_run_when_nothing_else_wants_to():
    """All threads of a job, those of its team as well, have the policy SCHED_IDLE, and no other thread of the daemon."""
    e = Daemon("--demand", str(work / "demand.csv"), "--anonymous", "yes", "--jobs-nice", "20", "--jobs-workers", "2", "--jobs-threads", "3")
    try:
        for _ in range(200):  # the team is made by its worker
            policy = {t.name: int((t / "stat").read_text().rpartition(")")[2].split()[38]) for t in pathlib.Path(f"/proc/{e.proc.pid}/task").iterdir()}
            if list(policy.values()).count(5) == 6:
                break
            time.sleep(0.1)
        assert sorted(policy.values()).count(5) == 6 and set(policy.values()) == {0, 5} and policy[str(e.proc.pid)] == 0, policy
        niced = Daemon("--anonymous", "yes", "--jobs-nice", "7", "--workers", "2", "--workers-nice", "3")
        base = os.nice(0)  # of whoever runs the tests
        by = {}
        for t in pathlib.Path(f"/proc/{niced.proc.pid}/task").iterdir():
            nice = int((t / "stat").read_text().rpartition(")")[2].split()[16])
            by.setdefault(nice, []).append((t / "comm").read_text().strip())
        niced.close()
        assert by[min(base + 3, 19)] == ["zh-worker"] * 2 and len(by[min(base + 7, 19)]) == 1, by
        assert "zh-loop" in by[base] and len(by) == 3, by
    finally:
        e.close()


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
