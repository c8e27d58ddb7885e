-- What the files beside share, in one transaction that is rolled back: pgTAP, two firms, statements as another role.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
BEGIN;
CREATE SCHEMA tap;

-- The SQLSTATE with which a statement of a session of that role ends; '' when it does not.
CREATE FUNCTION tap.state(p_role text, p_sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', p_role);
    BEGIN
        EXECUTE p_sql;
    EXCEPTION WHEN OTHERS THEN
        RESET SESSION AUTHORIZATION;
        RETURN SQLSTATE;
    END;
    RESET SESSION AUTHORIZATION;
    RETURN '';
END $$;

-- What a query of one value gives as the owner, who sees through row security what the firm sees.
CREATE FUNCTION tap.seen(p_firm text, p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text;
BEGIN
    PERFORM set_config('zh.firm', p_firm, true);
    SET LOCAL ROLE zh_owner;
    EXECUTE p_sql INTO v;
    RESET ROLE;
    PERFORM set_config('zh.firm', '', true);
    RETURN v;
END $$;

CREATE FUNCTION tap.leg(service bigint, kg bigint) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('mode', 'train', 'service_id', service, 'day', '2026-12-01', 'kg', kg, 'teu_milli', 0, 'capacity_kg', 1000,
        'capacity_teu_milli', 0, 'from', 'a', 'to', 'b', 'depart_at', 1796100000, 'arrive_at', 1796200000) $$;
CREATE FUNCTION tap.plan(VARIADIC legs jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('origin', '大冶', 'destination', '上海', 'mass_kg', 100, 'total_fen', 500, 'co2_g', 7, 'depart_at', 1796100000,
        'arrive_at', 1796200000, 'plan_ref', 'r', 'network_version', 'v', 'containers', '["CSQU3054383"]'::jsonb, 'legs', to_jsonb(legs),
        'lines', '[{"leg": 0, "kind": "freight", "basis": "1 t", "rate": "5", "amount_fen": 500, "estimated": true, "source": "s"}]'::jsonb) $$;

CREATE TEMP TABLE firm AS SELECT n, zh.create_token('Tap ' || n, 'u', 'shipper', sha256(n::bytea)) AS id FROM (VALUES ('a'), ('b')) v (n);
CREATE TEMP TABLE booked AS SELECT f.n, f.id, b.* FROM firm f,
    LATERAL zh.book(f.id, gen_random_uuid(), sha256('p'), tap.plan(tap.leg(7, 100), tap.leg(8, 100)), '\x0a00') b;
CREATE FUNCTION tap.a() RETURNS uuid LANGUAGE sql AS $$ SELECT id FROM firm WHERE n = 'a' $$;
CREATE FUNCTION tap.b() RETURNS uuid LANGUAGE sql AS $$ SELECT id FROM firm WHERE n = 'b' $$;
CREATE FUNCTION tap.of_a() RETURNS uuid LANGUAGE sql AS $$ SELECT shipment_id FROM booked WHERE n = 'a' $$;
INSERT INTO zh.agreed_tariff (firm_id, contract, seq, published, charge, unit, base_myuan, valid_from, valid_to)
SELECT id, 'c', 1, 't', 'freight', 'kg', 1, '2026-01-01', '2026-12-31' FROM firm;
SELECT zh.job_put(id, gen_random_uuid(), gen_random_uuid(), 'assign', 'u', '', '\x0a00', 0, 1000, 200) FROM firm;
