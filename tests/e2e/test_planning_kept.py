#!/usr/bin/python3
"""The planner's jobs in PostgreSQL: kept over restarts, taken over when a daemon is killed, stored when PostgreSQL comes back,
shared by two daemons."""
import os, pathlib, signal, sys, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Postgres, Refused, planning

os.environ["ZH_PG_FAST"] = "1"
pg = Postgres()
pg.setup()
token, other = pg.token("Firm A", "planner"), pg.token("Firm B", "planner")
# a tenth of the demand: the jobs are short
demand = pathlib.Path(pg.dir) / "demand.csv"
demand.write_text("".join(open(zh.ROOT / "data" / "demand.csv").readlines()[:301]))
FLAGS = ("--database", pg.conninfo("zh_api"), "--demand", str(demand))
d = Daemon(*FLAGS)


def connect(who=token, port=None):
    for _ in range(200):
        try:
            return Client(port or d.port, who, timeout=60)
        except (Refused, OSError, zh.Gone):
            time.sleep(0.1)
    raise AssertionError("no Hello: " + d.text()[-2000:])


def get(job_id, port=None):
    for _ in range(100):
        try:
            return connect(port=port).call("Planning/GetJob", planning.GetJobRequest(job_id=job_id))
        except Refused as r:
            if r.code != "UNAVAILABLE":
                raise
        time.sleep(0.1)


def until(job_id, *states, seconds=90, port=None):
    end = time.time() + seconds
    while time.time() < end:
        r = get(job_id, port)
        if r.job.state in states:
            return r
        time.sleep(0.05)
    raise AssertionError(f"job is {r.job}")


def begin(**more):
    job = connect().call("Planning/Assign", planning.AssignRequest(detached=True, max_links=3, **more)).job
    assert job.kept or job.state == planning.WAITING, job
    return job.job_id


def queue():
    """The last of some jobs: one runs at a time, so it waits for a while."""
    return [begin() for _ in range(5)][-1]


def test_a_result_survives_a_restart():
    job = begin()
    before = until(job, planning.FINISHED)
    assert before.job.kept and before.job.author
    time.sleep(0.6)
    assert d.stop() == 0
    d.start()
    after = get(job)
    assert after.assign.links == before.assign.links and after.assign.result_version == before.assign.result_version
    assert after.job.state == planning.FINISHED and after.job.author == before.job.author
    listed = connect().call("Planning/ListJobs", planning.ListJobsRequest()).jobs
    assert [j.job_id for j in listed] == [job]
    try:
        connect(other).call("Planning/GetJob", planning.GetJobRequest(job_id=job))
        raise AssertionError("another firm's job")
    except Refused as r:
        assert r.code == "NOT_FOUND", r


def test_an_orderly_end_marks_and_the_next_daemon_resumes():
    job = queue()
    assert d.stop() == 0
    assert pg.sql(f"SELECT state FROM zh.job WHERE job_id = '{job}'").strip() == "INTERRUPTED"
    d.start()
    assert until(job, planning.FINISHED).assign.links
    assert pg.sql(f"SELECT attempts FROM zh.job WHERE job_id = '{job}'").strip() == "2"
    assert "job_resumed" in d.text()


def test_a_killed_daemons_job_is_taken_over():
    second = Daemon(*FLAGS)
    try:
        job = queue()
        d.kill()
        pg.sql("UPDATE zh.job_lease SET until = now()")  # the leases have run out
        assert until(job, planning.FINISHED, port=second.port).assign.links
        assert job in second.text()
    finally:
        second.close()
        d.start()


def test_what_fails_three_times_is_given_up():
    job = begin()
    until(job, planning.FINISHED)
    pg.sql(f"UPDATE zh.job SET state = 'RUNNING', result = NULL, attempts = 3 WHERE job_id = '{job}'; "
           f"INSERT INTO zh.job_lease SELECT job_id, firm_id, gen_random_uuid(), now() FROM zh.job WHERE job_id = '{job}' "
           "ON CONFLICT (job_id) DO UPDATE SET until = now(), daemon = gen_random_uuid()")
    assert d.stop() == 0
    d.start()
    r = until(job, planning.FAILED)
    assert "interrupted 3 times" in r.job.text, r


def test_a_result_waits_for_postgres():
    job = begin()
    until(job, planning.RUNNING, planning.FINISHED)
    pg.tool("stop")
    time.sleep(2)
    pg.tool("start")
    for _ in range(300):
        if pg.sql(f"SELECT state FROM zh.job WHERE job_id = '{job}'").strip() == "FINISHED":
            break
        time.sleep(0.1)
    assert until(job, planning.FINISHED).assign.links
    for _ in range(300):  # nothing that is over keeps a lease
        if pg.sql("SELECT count(*) FROM zh.job_lease").strip() == "0":
            return
        time.sleep(0.2)
    raise AssertionError(pg.sql("SELECT state, count(*) FROM zh.job GROUP BY 1"))


def test_cancelling_reaches_another_daemon():
    second = Daemon(*FLAGS)
    try:
        job = queue()
        connect(port=second.port).call("Planning/CancelJob", planning.CancelJobRequest(job_id=job))
        r = until(job, planning.STOPPED, planning.FINISHED)
        assert r.HasField("assign") == (r.job.state == planning.FINISHED)
    finally:
        second.close()


try:
    zh.run([(n, f) for n, f in list(globals().items()) if n.startswith("test_")])
finally:
    d.close()
    pg.close()
