-- The planner's jobs: what was asked, how far it came, what came out. A job that is not over has a lease: the
-- daemon that runs it renews it, and when it has run out another takes the job over. job_lease holds ids only,
-- for a daemon looks for jobs before it knows whose they are; the job itself is its firm's.
SET ROLE zh_owner;

CREATE TABLE zh.job (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    job_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('assign', 'compare', 'appraise', 'critical')),
    author text NOT NULL CHECK (length(author) <= 120),
    scenario_id text NOT NULL CHECK (length(scenario_id) <= 64),
    request bytea NOT NULL CHECK (length(request) <= 16777216),
    state text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'RUNNING', 'FINISHED', 'FAILED', 'STOPPED', 'INTERRUPTED')),
    attempts int NOT NULL DEFAULT 1 CHECK (attempts BETWEEN 1 AND 100),
    network_version text NOT NULL DEFAULT '',
    iteration int NOT NULL DEFAULT 0 CHECK (iteration >= 0),
    relative_gap float8 NOT NULL DEFAULT 0,
    done_permille int NOT NULL DEFAULT 0 CHECK (done_permille BETWEEN 0 AND 1000),
    text text NOT NULL DEFAULT '' CHECK (length(text) <= 1000),
    code int NOT NULL DEFAULT 0,
    field text NOT NULL DEFAULT '',
    result bytea CHECK (length(result) <= 268435456),
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (firm_id, job_id),
    CHECK ((state = 'FINISHED') = (result IS NOT NULL))
);
CREATE INDEX job_newest ON zh.job (firm_id, created_at DESC, job_id) WHERE created_at IS NOT NULL;
ALTER TABLE zh.job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON zh.job USING (firm_id = nullif(current_setting('zh.firm', true), '')::uuid);

CREATE TABLE zh.job_lease (
    job_id uuid PRIMARY KEY,
    firm uuid NOT NULL,
    daemon uuid NOT NULL,
    until timestamptz NOT NULL,
    cancel boolean NOT NULL DEFAULT false
);
CREATE INDEX job_lease_until ON zh.job_lease (until);

-- A new job with its lease. Of a firm's ended jobs the newest p_keep stay.
CREATE FUNCTION zh.job_put(p_firm uuid, p_job uuid, p_daemon uuid, p_kind text, p_author text, p_scenario text, p_request bytea,
    p_created bigint, p_lease_ms int, p_keep int) RETURNS TABLE (job_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    INSERT INTO zh.job (firm_id, job_id, kind, author, scenario_id, request, created_at)
    VALUES (p_firm, p_job, p_kind, p_author, p_scenario, p_request, to_timestamp(p_created));
    INSERT INTO zh.job_lease (job_id, firm, daemon, until)
    VALUES (p_job, p_firm, p_daemon, clock_timestamp() + p_lease_ms * interval '1 millisecond');
    DELETE FROM zh.job j WHERE j.firm_id = p_firm AND j.state IN ('FINISHED', 'FAILED', 'STOPPED') AND j.job_id IN (
        SELECT o.job_id FROM zh.job o WHERE o.firm_id = p_firm AND o.state IN ('FINISHED', 'FAILED', 'STOPPED')
        ORDER BY o.created_at DESC, o.job_id OFFSET p_keep);
    RETURN QUERY SELECT p_job;
END $$;

-- What became of it; no row: the lease is another's now, and nothing was stored. INTERRUPTED gives the lease up.
CREATE FUNCTION zh.job_save(p_firm uuid, p_job uuid, p_daemon uuid, p_state text, p_network text, p_iteration int, p_gap float8,
    p_done int, p_text text, p_code int, p_field text, p_result bytea, p_lease_ms int) RETURNS TABLE (job_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    UPDATE zh.job_lease l SET until = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    WHERE l.job_id = p_job AND l.firm = p_firm AND l.daemon = p_daemon;
    IF NOT FOUND THEN RETURN; END IF;
    UPDATE zh.job j SET state = p_state, network_version = p_network, iteration = p_iteration, relative_gap = p_gap,
        done_permille = p_done, text = p_text, code = p_code, field = p_field,
        result = CASE WHEN p_state = 'FINISHED' THEN p_result END,
        started_at = CASE WHEN p_state = 'RUNNING' AND j.state <> 'RUNNING' THEN clock_timestamp() ELSE j.started_at END,
        ended_at = CASE WHEN p_state IN ('FINISHED', 'FAILED', 'STOPPED') THEN clock_timestamp() END
    WHERE j.firm_id = p_firm AND j.job_id = p_job;
    IF p_state IN ('FINISHED', 'FAILED', 'STOPPED') THEN
        DELETE FROM zh.job_lease l WHERE l.job_id = p_job;
    ELSIF p_state = 'INTERRUPTED' THEN
        UPDATE zh.job_lease l SET until = clock_timestamp() - interval '1 second', daemon = gen_random_uuid() WHERE l.job_id = p_job;
    END IF;
    RETURN QUERY SELECT p_job;
END $$;

-- Renews the daemon's leases; the ones that are to be cancelled.
CREATE FUNCTION zh.job_beat(p_daemon uuid, p_lease_ms int) RETURNS TABLE (job_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH mine AS (UPDATE zh.job_lease l SET until = clock_timestamp() + p_lease_ms * interval '1 millisecond'
        WHERE l.daemon = p_daemon RETURNING l.job_id, l.cancel)
    SELECT m.job_id FROM mine m WHERE m.cancel
$$;

-- Takes over one job whose lease has run out; after p_attempts beginnings it has failed.
CREATE FUNCTION zh.job_claim(p_daemon uuid, p_lease_ms int, p_attempts int)
RETURNS TABLE (firm_id uuid, job_id uuid, kind text, author text, scenario_id text, request bytea, created_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE l zh.job_lease;
BEGIN
    SELECT * INTO l FROM zh.job_lease x WHERE x.until < clock_timestamp() ORDER BY x.until LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM set_config('zh.firm', l.firm::text, true);
    IF l.cancel OR (SELECT j.attempts FROM zh.job j WHERE j.firm_id = l.firm AND j.job_id = l.job_id) >= p_attempts THEN
        UPDATE zh.job j SET state = CASE WHEN l.cancel THEN 'STOPPED' ELSE 'FAILED' END, ended_at = clock_timestamp(), code = 13,
            text = CASE WHEN l.cancel THEN 'stopped' ELSE 'interrupted ' || j.attempts || ' times: not begun again' END
        WHERE j.firm_id = l.firm AND j.job_id = l.job_id;
        DELETE FROM zh.job_lease x WHERE x.job_id = l.job_id;
        RETURN;
    END IF;
    UPDATE zh.job_lease x SET daemon = p_daemon, until = clock_timestamp() + p_lease_ms * interval '1 millisecond'
    WHERE x.job_id = l.job_id;
    RETURN QUERY UPDATE zh.job j SET state = 'WAITING', attempts = j.attempts + 1, started_at = NULL
    WHERE j.firm_id = l.firm AND j.job_id = l.job_id
    RETURNING j.firm_id, j.job_id, j.kind, j.author, j.scenario_id, j.request, extract(epoch FROM j.created_at)::bigint;
END $$;

-- One job with its result, or (p_job NULL) a page of the newest without.
CREATE FUNCTION zh.list_jobs(p_firm uuid, p_job uuid, p_before_us bigint, p_limit int)
RETURNS TABLE (firm_id uuid, job_id uuid, kind text, author text, scenario_id text, state text, network_version text, iteration int,
    relative_gap text, done_permille int, text text, code int, field text, result bytea, created_us bigint, created_s bigint,
    started_s bigint, ended_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT j.firm_id, j.job_id, j.kind, j.author, j.scenario_id, j.state, j.network_version, j.iteration,
        j.relative_gap::text, j.done_permille, j.text, j.code, j.field, CASE WHEN p_job IS NOT NULL THEN j.result END,
        (extract(epoch FROM j.created_at) * 1000000)::bigint, extract(epoch FROM j.created_at)::bigint,
        coalesce(extract(epoch FROM j.started_at), 0)::bigint, coalesce(extract(epoch FROM j.ended_at), 0)::bigint
    FROM zh.job j
    WHERE j.firm_id = p_firm AND (p_job IS NULL OR j.job_id = p_job)
        AND (p_before_us IS NULL OR j.created_at < to_timestamp(p_before_us / 1000000.0))
    ORDER BY j.created_at DESC, j.job_id LIMIT p_limit;
END $$;

-- Asks whoever runs it to end; no row: no such job.
CREATE FUNCTION zh.job_cancel(p_firm uuid, p_job uuid) RETURNS TABLE (state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    UPDATE zh.job_lease l SET cancel = true WHERE l.job_id = p_job AND l.firm = p_firm;
    RETURN QUERY SELECT j.state FROM zh.job j WHERE j.firm_id = p_firm AND j.job_id = p_job;
END $$;

REVOKE ALL ON zh.job, zh.job_lease FROM PUBLIC;
REVOKE ALL ON FUNCTION zh.job_put, zh.job_save, zh.job_beat, zh.job_claim, zh.list_jobs, zh.job_cancel FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.job_put, zh.job_save, zh.job_beat, zh.job_claim, zh.list_jobs, zh.job_cancel TO zh_api;
RESET ROLE;
