-- Scenarios of planners: each put is a row, the newest of an id counts. A firm sees its own and those that others
-- share; only its own can it change. The body is the Scenario message, the head the same without modifications.
SET ROLE zh_owner;

CREATE TABLE zh.scenario (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    scenario_id text NOT NULL CHECK (scenario_id ~ '^[A-Za-z0-9_-]{1,64}$' AND scenario_id NOT LIKE 'project-%'),
    version int NOT NULL CHECK (version > 0),
    shared boolean NOT NULL,
    tags text NOT NULL CHECK (length(tags) <= 2000), -- ';' before, between and after
    head bytea NOT NULL,
    body bytea NOT NULL CHECK (length(body) <= 16777216),
    author text NOT NULL CHECK (length(author) <= 128),
    put_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, scenario_id, version)
);
CREATE INDEX scenario_shared ON zh.scenario (scenario_id, version) WHERE shared;
ALTER TABLE zh.scenario ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON zh.scenario USING (firm_id = nullif(current_setting('zh.firm', true), '')::uuid);
-- What is shared is read by whoever asks as a firm, or as nobody ('-').
CREATE POLICY shared_with_all ON zh.scenario FOR SELECT
    USING (shared AND coalesce(current_setting('zh.firm', true), '') <> '');

-- The newest of each id that the firm sees: its own before others', of others' the one put first. NULL: nobody,
-- who sees what is shared.
CREATE FUNCTION zh.scenarios_seen(p_firm uuid) RETURNS SETOF zh.scenario
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT ON (s.scenario_id) s.* FROM zh.scenario s
    WHERE (s.firm_id = p_firm OR s.shared)
        AND NOT EXISTS (SELECT FROM zh.scenario n WHERE n.firm_id = s.firm_id AND n.scenario_id = s.scenario_id AND n.version > s.version)
    ORDER BY s.scenario_id, (s.firm_id = p_firm) IS TRUE DESC, s.put_at, s.firm_id;
END $$;

CREATE FUNCTION zh.get_scenario(p_firm uuid, p_id text, p_version int)
RETURNS TABLE (firm_id uuid, own boolean, firm_name text, version int, shared boolean, author text, put_at_s bigint, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE seen zh.scenario;
BEGIN
    PERFORM set_config('zh.firm', coalesce(p_firm::text, '00000000-0000-0000-0000-000000000000'), true);
    SELECT * INTO seen FROM zh.scenarios_seen(p_firm) s WHERE s.scenario_id = p_id;
    RETURN QUERY SELECT CASE WHEN s.firm_id = p_firm THEN s.firm_id END, (s.firm_id = p_firm) IS TRUE, f.name, s.version, s.shared, s.author,
        extract(epoch FROM s.put_at)::bigint, s.body
    FROM zh.scenario s JOIN zh.firm f ON f.firm_id = s.firm_id
    WHERE s.firm_id = seen.firm_id AND s.scenario_id = p_id AND s.version = CASE WHEN p_version = 0 THEN seen.version ELSE p_version END
        AND (s.firm_id = p_firm OR s.shared);
END $$;

CREATE FUNCTION zh.list_scenarios(p_firm uuid, p_tag text, p_after text, p_max int)
RETURNS TABLE (firm_name text, version int, shared boolean, author text, put_at_s bigint, head bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', coalesce(p_firm::text, '00000000-0000-0000-0000-000000000000'), true);
    RETURN QUERY SELECT f.name, s.version, s.shared, s.author, extract(epoch FROM s.put_at)::bigint, s.head
    FROM zh.scenarios_seen(p_firm) s JOIN zh.firm f ON f.firm_id = s.firm_id
    WHERE s.scenario_id COLLATE "C" > p_after AND (p_tag = '' OR position(';' || p_tag || ';' IN s.tags) > 0)
    ORDER BY s.scenario_id COLLATE "C" LIMIT least(p_max, 201);
END $$;

-- p_expected: the version that the planner saw last; NULL: whatever is there. p_max: scenarios of a firm.
CREATE FUNCTION zh.put_scenario(p_firm uuid, p_id text, p_shared boolean, p_tags text, p_head bytea, p_body bytea,
    p_author text, p_expected int, p_max int)
RETURNS TABLE (version int, put_at_s bigint, firm_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE newest int; firm text; made timestamptz;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    SELECT f.name INTO firm FROM zh.firm f WHERE f.firm_id = p_firm FOR NO KEY UPDATE; -- one put of a firm at a time
    IF firm IS NULL THEN
        RAISE EXCEPTION 'there is no such firm' USING ERRCODE = 'ZH005', DETAIL = 'firm';
    END IF;
    SELECT coalesce(max(s.version), 0) INTO newest FROM zh.scenario s WHERE s.firm_id = p_firm AND s.scenario_id = p_id;
    IF p_expected IS NOT NULL AND p_expected <> newest THEN
        RAISE EXCEPTION 'another version has been put: the newest is %', newest USING ERRCODE = 'ZH008', DETAIL = 'expected_version';
    END IF;
    IF newest = 0 AND (SELECT count(DISTINCT s.scenario_id) FROM zh.scenario s WHERE s.firm_id = p_firm) >= p_max THEN
        RAISE EXCEPTION 'the firm has % scenarios, as many as are kept (scenarios_max); delete some', p_max USING ERRCODE = 'ZH009', DETAIL = '';
    END IF;
    -- Sharing is of the scenario, not of a version: an older one is not seen by whom the newest is kept from.
    UPDATE zh.scenario s SET shared = p_shared WHERE s.firm_id = p_firm AND s.scenario_id = p_id AND s.shared <> p_shared;
    INSERT INTO zh.scenario (firm_id, scenario_id, version, shared, tags, head, body, author)
    VALUES (p_firm, p_id, newest + 1, p_shared, p_tags, p_head, p_body, p_author) RETURNING put_at INTO made;
    DELETE FROM zh.scenario s WHERE s.firm_id = p_firm AND s.scenario_id = p_id AND s.version <= newest - 20; -- older versions are forgotten
    RETURN QUERY SELECT newest + 1, extract(epoch FROM made)::bigint, firm;
END $$;

CREATE FUNCTION zh.delete_scenario(p_firm uuid, p_id text) RETURNS TABLE (versions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    DELETE FROM zh.scenario s WHERE s.firm_id = p_firm AND s.scenario_id = p_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN QUERY SELECT gone;
END $$;

REVOKE ALL ON FUNCTION zh.scenarios_seen(uuid), zh.get_scenario(uuid, text, int), zh.list_scenarios(uuid, text, text, int),
    zh.put_scenario(uuid, text, boolean, text, bytea, bytea, text, int, int), zh.delete_scenario(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.get_scenario(uuid, text, int), zh.list_scenarios(uuid, text, text, int),
    zh.put_scenario(uuid, text, boolean, text, bytea, bytea, text, int, int), zh.delete_scenario(uuid, text) TO zh_api;
RESET ROLE;
