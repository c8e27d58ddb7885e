-- Reading, tokens, status; firms and tokens for the operator. Instants leave as UTC seconds.
SET LOCAL ROLE zh_owner;

CREATE FUNCTION zh.get_shipment(p_firm uuid, p_shipment uuid, p_bill_no text)
RETURNS TABLE (firm_id uuid, shipment_id uuid, bill_no text, state text, option bytea, request bytea, origin text,
               destination text, mass_kg bigint, total_fen bigint, booked_at bigint, containers text,
               plan_ref text, network_version text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT s.firm_id, s.shipment_id, s.bill_no, s.state, s.option, s.request, s.origin, s.destination,
            s.mass_kg, s.money_fen, floor(extract(epoch FROM s.booked_at))::bigint,
            coalesce((SELECT string_agg(c.number, ',' ORDER BY c.number) FROM zh.shipment_container c
                      WHERE c.firm_id = s.firm_id AND c.shipment_id = s.shipment_id), ''),
            s.plan_ref, s.network_version
        FROM zh.shipment s
        WHERE s.firm_id = p_firm AND (p_shipment IS NOT NULL OR p_bill_no IS NOT NULL)
            AND (p_shipment IS NULL OR s.shipment_id = p_shipment) AND (p_bill_no IS NULL OR s.bill_no = p_bill_no);
END $$;

-- Newest first. `cursor` of the last row is p_after of the next page.
CREATE FUNCTION zh.list_shipments(p_firm uuid, p_state text, p_after text, p_limit integer)
RETURNS TABLE (firm_id uuid, shipment_id uuid, bill_no text, state text, origin text, destination text,
               mass_kg bigint, total_fen bigint, booked_at bigint, containers text, cursor text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    after_at timestamptz := 'infinity';
    after_id uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    IF coalesce(p_after, '') <> '' THEN
        IF p_after !~ '^[0-9]{1,17}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
            RAISE EXCEPTION 'not a page token' USING ERRCODE = '22023';
        END IF;
        after_at := 'epoch'::timestamptz + split_part(p_after, '_', 1)::bigint * interval '1 microsecond';
        after_id := split_part(p_after, '_', 2)::uuid;
    END IF;
    RETURN QUERY SELECT s.firm_id, s.shipment_id, s.bill_no, s.state, s.origin, s.destination, s.mass_kg, s.money_fen,
            floor(extract(epoch FROM s.booked_at))::bigint,
            coalesce((SELECT string_agg(c.number, ',' ORDER BY c.number) FROM zh.shipment_container c
                      WHERE c.firm_id = s.firm_id AND c.shipment_id = s.shipment_id), ''),
            (extract(epoch FROM s.booked_at) * 1000000)::bigint || '_' || s.shipment_id
        FROM zh.shipment s
        WHERE s.firm_id = p_firm AND (coalesce(p_state, '') = '' OR s.state = p_state)
            AND (s.booked_at, s.shipment_id) < (after_at, after_id)
        ORDER BY s.booked_at DESC, s.shipment_id DESC
        LIMIT least(greatest(coalesce(p_limit, 50), 1), 201);
END $$;

-- In the order they were recorded, after the event p_after. No row at all: no such shipment (a shipment has
-- at least its CONF), or nothing after p_after.
CREATE FUNCTION zh.list_events(p_firm uuid, p_shipment uuid, p_bill_no text, p_after uuid, p_limit integer)
RETURNS TABLE (firm_id uuid, event_id uuid, code text, classifier text, occurred_at bigint, recorded_at bigint,
               location text, source text, corrects uuid, leg smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT e.firm_id, e.event_id, e.code, e.classifier, floor(extract(epoch FROM e.occurred_at))::bigint,
            floor(extract(epoch FROM e.recorded_at))::bigint, e.location, e.source, e.corrects, e.leg_seq
        FROM zh.shipment s JOIN zh.event e ON e.firm_id = s.firm_id AND e.shipment_id = s.shipment_id
        WHERE s.firm_id = p_firm AND (p_shipment IS NOT NULL OR p_bill_no IS NOT NULL)
            AND (p_shipment IS NULL OR s.shipment_id = p_shipment) AND (p_bill_no IS NULL OR s.bill_no = p_bill_no)
            AND (p_after IS NULL OR e.seq > (SELECT x.seq FROM zh.event x
                 WHERE x.firm_id = s.firm_id AND x.shipment_id = s.shipment_id AND x.event_id = p_after))
        ORDER BY e.seq LIMIT least(greatest(coalesce(p_limit, 200), 1), 1000);
END $$;

-- No row: no such token. `revoked` is true also when it has expired or its firm is closed.
CREATE FUNCTION zh.token_lookup(p_sha256 bytea)
RETURNS TABLE (firm_id uuid, firm_name text, user_id uuid, user_name text, role text, revoked boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    t zh.token;
BEGIN
    PERFORM set_config('zh.firm', '', true), set_config('zh.token_sha256', encode(p_sha256, 'hex'), true);
    SELECT x.* INTO t FROM zh.token x WHERE x.sha256 = p_sha256;
    PERFORM set_config('zh.token_sha256', '', true);
    IF t.token_id IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('zh.firm', t.firm_id::text, true);
    RETURN QUERY SELECT f.firm_id, f.name, u.user_id, u.name, t.role,
            coalesce(t.revoked_at <= clock_timestamp(), false) OR coalesce(t.expires_at <= clock_timestamp(), false)
            OR f.closed_at IS NOT NULL
        FROM zh.firm f JOIN zh.api_user u ON u.firm_id = f.firm_id AND u.user_id = t.user_id
        WHERE f.firm_id = t.firm_id;
END $$;

-- Cheap: the counts are the planner's estimates, -1 before the first ANALYZE.
CREATE FUNCTION zh.status(OUT schema_version integer, OUT server_version integer, OUT read_only boolean,
                          OUT shipments_estimate bigint, OUT events_estimate bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT max(m.number) INTO schema_version FROM zh_meta.migration m;
    server_version := current_setting('server_version_num')::int;
    read_only := pg_is_in_recovery();
    SELECT reltuples::bigint INTO shipments_estimate FROM pg_class WHERE oid = 'zh.shipment'::regclass;
    SELECT reltuples::bigint INTO events_estimate FROM pg_class WHERE oid = 'zh.event'::regclass;
END $$;

-- For the operator. Makes the firm and the user when they are new; the same hash again changes nothing.
CREATE FUNCTION zh_admin.create_token(p_firm_name text, p_user_name text, p_role text, p_sha256 bytea,
                                      OUT firm_id uuid, OUT user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    firm uuid;
BEGIN
    PERFORM set_config('zh.firm_name', p_firm_name, true);
    SELECT f.firm_id INTO firm FROM zh.firm f WHERE f.name = p_firm_name;
    IF firm IS NULL THEN
        firm := gen_random_uuid();
        PERFORM set_config('zh.firm', firm::text, true);
        INSERT INTO zh.firm (firm_id, name) VALUES (firm, p_firm_name);
    END IF;
    PERFORM set_config('zh.firm', firm::text, true);
    INSERT INTO zh.api_user (firm_id, name) VALUES (firm, p_user_name) ON CONFLICT (firm_id, name) DO NOTHING;
    SELECT u.firm_id, u.user_id INTO create_token.firm_id, create_token.user_id
        FROM zh.api_user u WHERE u.firm_id = firm AND u.name = p_user_name;
    IF NOT EXISTS (SELECT FROM zh.token t WHERE t.firm_id = firm AND t.sha256 = p_sha256
                   AND t.user_id = create_token.user_id AND t.role = p_role) THEN
        INSERT INTO zh.token (firm_id, user_id, sha256, role) VALUES (firm, create_token.user_id, p_sha256, p_role);
    END IF;
    PERFORM set_config('zh.firm', '', true), set_config('zh.firm_name', '', true);
END $$;

-- True when the token was there; it stays revoked from the first time.
CREATE FUNCTION zh_admin.revoke_token(p_sha256 bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    firm uuid;
BEGIN
    PERFORM set_config('zh.token_sha256', encode(p_sha256, 'hex'), true);
    SELECT t.firm_id INTO firm FROM zh.token t WHERE t.sha256 = p_sha256;
    PERFORM set_config('zh.token_sha256', '', true), set_config('zh.firm', coalesce(firm::text, ''), true);
    UPDATE zh.token t SET revoked_at = coalesce(t.revoked_at, clock_timestamp())
        WHERE t.firm_id = firm AND t.sha256 = p_sha256;
    RETURN FOUND;
END $$;

GRANT EXECUTE ON FUNCTION zh.get_shipment, zh.list_shipments, zh.list_events, zh.token_lookup, zh.status TO zh_api;
GRANT EXECUTE ON FUNCTION zh_admin.create_token, zh_admin.revoke_token TO zh_migrate;
