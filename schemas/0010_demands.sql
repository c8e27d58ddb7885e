-- Demands of planners: O-D tables and consignments. Each put is a row, the newest of a name counts. A firm sees its
-- own and those that others share; only its own can it change. The body is the table, packed; the head is the
-- Demand message with what reading it found.
SET ROLE zh_owner;

CREATE TABLE zh.demand (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    name text NOT NULL CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$' AND name <> 'bundled'),
    version int NOT NULL CHECK (version > 0),
    shared boolean NOT NULL,
    head bytea NOT NULL CHECK (length(head) <= 1048576),
    body bytea NOT NULL CHECK (length(body) <= 268435456),
    author text NOT NULL CHECK (length(author) <= 128),
    put_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, name, version)
);
ALTER TABLE zh.demand ALTER COLUMN body SET STORAGE EXTERNAL; -- it is packed already
CREATE INDEX demand_shared ON zh.demand (name, version) WHERE shared;
ALTER TABLE zh.demand ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON zh.demand USING (firm_id = nullif(current_setting('zh.firm', true), '')::uuid);
CREATE POLICY shared_with_all ON zh.demand FOR SELECT
    USING (shared AND coalesce(current_setting('zh.firm', true), '') <> '');

-- The newest of each name that the firm sees: its own before others', of others' the one put first. NULL: nobody.
CREATE FUNCTION zh.demands_seen(p_firm uuid) RETURNS TABLE (firm_id uuid, name text, version int)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT DISTINCT ON (s.name) s.firm_id, s.name, s.version FROM zh.demand s
    WHERE (s.firm_id = p_firm OR s.shared)
        AND NOT EXISTS (SELECT FROM zh.demand n WHERE n.firm_id = s.firm_id AND n.name = s.name AND n.version > s.version)
    ORDER BY s.name, (s.firm_id = p_firm) IS TRUE DESC, s.put_at, s.firm_id;
END $$;

-- p_version 0: the newest. p_body: with the table.
CREATE FUNCTION zh.get_demand(p_firm uuid, p_name text, p_version int, p_body boolean)
RETURNS TABLE (own boolean, firm_name text, version int, shared boolean, author text, put_at_s bigint, head bytea, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', coalesce(p_firm::text, '00000000-0000-0000-0000-000000000000'), true);
    RETURN QUERY SELECT (s.firm_id = p_firm) IS TRUE, f.name, s.version, s.shared, s.author, extract(epoch FROM s.put_at)::bigint,
        s.head, CASE WHEN p_body THEN s.body END
    FROM zh.demands_seen(p_firm) seen JOIN zh.demand s ON s.firm_id = seen.firm_id AND s.name = seen.name
    JOIN zh.firm f ON f.firm_id = s.firm_id
    WHERE seen.name = p_name AND s.version = CASE WHEN p_version = 0 THEN seen.version ELSE p_version END
        AND (s.firm_id = p_firm OR s.shared);
END $$;

CREATE FUNCTION zh.list_demands(p_firm uuid, p_after text, p_max int)
RETURNS TABLE (own boolean, firm_name text, version int, shared boolean, author text, put_at_s bigint, head bytea, body bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', coalesce(p_firm::text, '00000000-0000-0000-0000-000000000000'), true);
    RETURN QUERY SELECT (s.firm_id = p_firm) IS TRUE, f.name, s.version, s.shared, s.author, extract(epoch FROM s.put_at)::bigint,
        s.head, NULL::bytea
    FROM zh.demands_seen(p_firm) seen JOIN zh.demand s ON s.firm_id = seen.firm_id AND s.name = seen.name AND s.version = seen.version
    JOIN zh.firm f ON f.firm_id = s.firm_id
    WHERE seen.name COLLATE "C" > p_after ORDER BY seen.name COLLATE "C" LIMIT least(p_max, 201);
END $$;

-- p_expected: the version that the planner saw last; NULL: whatever is there. p_max: demands of a firm.
CREATE FUNCTION zh.put_demand(p_firm uuid, p_name text, p_shared boolean, p_head bytea, p_body bytea, p_author text,
    p_expected int, p_max int)
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
    SELECT coalesce(max(s.version), 0) INTO newest FROM zh.demand s WHERE s.firm_id = p_firm AND s.name = p_name;
    IF p_expected IS NOT NULL AND p_expected <> newest THEN
        RAISE EXCEPTION 'another version has been put: the newest is %', newest USING ERRCODE = 'ZH008', DETAIL = 'expected_version';
    END IF;
    IF newest = 0 AND (SELECT count(DISTINCT s.name) FROM zh.demand s WHERE s.firm_id = p_firm) >= p_max THEN
        RAISE EXCEPTION 'the firm has % demands, as many as are kept (demands_max); delete some', p_max USING ERRCODE = 'ZH009', DETAIL = '';
    END IF;
    -- Sharing is of the demand, not of a version.
    UPDATE zh.demand s SET shared = p_shared WHERE s.firm_id = p_firm AND s.name = p_name AND s.shared <> p_shared;
    INSERT INTO zh.demand (firm_id, name, version, shared, head, body, author)
    VALUES (p_firm, p_name, newest + 1, p_shared, p_head, p_body, p_author) RETURNING put_at INTO made;
    DELETE FROM zh.demand s WHERE s.firm_id = p_firm AND s.name = p_name AND s.version <= newest - 9; -- the newest 10 are kept
    RETURN QUERY SELECT newest + 1, extract(epoch FROM made)::bigint, firm;
END $$;

CREATE FUNCTION zh.delete_demand(p_firm uuid, p_name text) RETURNS TABLE (versions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone bigint;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    DELETE FROM zh.demand s WHERE s.firm_id = p_firm AND s.name = p_name;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN QUERY SELECT gone;
END $$;

REVOKE ALL ON zh.demand FROM PUBLIC;
REVOKE ALL ON FUNCTION zh.demands_seen(uuid), zh.get_demand(uuid, text, int, boolean), zh.list_demands(uuid, text, int),
    zh.put_demand(uuid, text, boolean, bytea, bytea, text, int, int), zh.delete_demand(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.get_demand(uuid, text, int, boolean), zh.list_demands(uuid, text, int),
    zh.put_demand(uuid, text, boolean, bytea, bytea, text, int, int), zh.delete_demand(uuid, text) TO zh_api;
RESET ROLE;
