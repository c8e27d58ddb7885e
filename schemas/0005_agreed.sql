-- Agreed tariffs are put whole, contract by contract, and read by every question of their firm.
SET ROLE zh_owner;

-- As in tariff.csv: forms and needs that the rule is for, ';' between them, empty all; km of electrified track only.
ALTER TABLE zh.agreed_tariff ADD COLUMN cargo text NOT NULL DEFAULT '' CHECK (cargo ~ '^([a-z]{1,20}(;[a-z]{1,20}){0,9})?$'),
    ADD COLUMN electrified_only boolean NOT NULL DEFAULT false;

-- The firm by name for an operator; without a name the caller's own, which the daemon knows from its token.
CREATE FUNCTION zh.enter_agreed(p_by bytea, p_own uuid, p_firm text) RETURNS uuid LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(p_firm, '') = '' THEN
        PERFORM set_config('zh.firm', p_own::text, true);
        RETURN p_own;
    END IF;
    PERFORM zh.require_operator(p_by);
    RETURN zh.enter_firm(p_firm);
END $$;

-- Rules that have not ended long ago; at most a thousand, which put_agreed sees to.
CREATE FUNCTION zh.agreed_rows(p_firm uuid)
RETURNS TABLE (contract text, published text, charge text, cargo text, unit text, base_myuan bigint, per_km_nyuan bigint,
    electrified_only boolean, min_myuan bigint, break_kg bigint, from_day bigint, to_day bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT t.contract, t.published, t.charge, t.cargo, t.unit, t.base_myuan, t.per_km_nyuan, t.electrified_only,
        t.min_myuan, t.break_kg, (t.valid_from - date '1970-01-01')::bigint, (t.valid_to - date '1970-01-01')::bigint
    FROM zh.agreed_tariff t WHERE t.firm_id = p_firm AND t.valid_to >= current_date - 60 ORDER BY t.contract, t.seq LIMIT 1000;
END $$;

-- All of them, for people.
CREATE FUNCTION zh.list_agreed_v2(p_by bytea, p_own uuid, p_firm text)
RETURNS TABLE (contract text, published text, charge text, cargo text, unit text, base_myuan bigint, per_km_nyuan bigint,
    electrified_only boolean, min_myuan bigint, break_kg bigint, valid_from text, valid_to text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE id uuid := zh.enter_agreed(p_by, p_own, p_firm);
BEGIN
    RETURN QUERY SELECT t.contract, t.published, t.charge, t.cargo, t.unit, t.base_myuan, t.per_km_nyuan, t.electrified_only,
        t.min_myuan, t.break_kg, t.valid_from::text, t.valid_to::text
    FROM zh.agreed_tariff t WHERE t.firm_id = id ORDER BY t.contract, t.seq LIMIT 1000;
END $$;

-- p_rules: [{"contract", "published", "charge", "cargo", "unit", "base_myuan", "per_km_nyuan", "electrified_only", "min_myuan",
-- "break_kg", "valid_from", "valid_to"}, ...]. The contracts that they name, and those of p_drop, are replaced.
CREATE FUNCTION zh.put_agreed(p_by bytea, p_own uuid, p_firm text, p_rules jsonb, p_drop text[]) RETURNS TABLE (rules bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    id uuid := zh.enter_agreed(p_by, p_own, p_firm);
    n bigint;
BEGIN
    PERFORM FROM zh.firm f WHERE f.firm_id = id FOR UPDATE; -- one put of a firm after the other
    DELETE FROM zh.agreed_tariff t WHERE t.firm_id = id
        AND (t.contract = ANY (p_drop) OR t.contract IN (SELECT r ->> 'contract' FROM jsonb_array_elements(p_rules) r));
    INSERT INTO zh.agreed_tariff (firm_id, contract, seq, published, charge, cargo, unit, base_myuan, per_km_nyuan, electrified_only,
        min_myuan, break_kg, valid_from, valid_to)
    SELECT id, r ->> 'contract', row_number() OVER (PARTITION BY r ->> 'contract' ORDER BY at), r ->> 'published', r ->> 'charge',
        r ->> 'cargo', r ->> 'unit', (r ->> 'base_myuan')::bigint, (r ->> 'per_km_nyuan')::bigint, (r ->> 'electrified_only')::boolean,
        (r ->> 'min_myuan')::bigint, (r ->> 'break_kg')::bigint, (r ->> 'valid_from')::date, (r ->> 'valid_to')::date
    FROM jsonb_array_elements(p_rules) WITH ORDINALITY AS e (r, at);
    SELECT count(*) INTO n FROM zh.agreed_tariff t WHERE t.firm_id = id;
    IF n > 1000 THEN
        RAISE EXCEPTION 'a firm has at most 1000 agreed rules, not %', n USING ERRCODE = 'ZH007', DETAIL = 'rules';
    END IF;
    RETURN QUERY SELECT n;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA zh FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.agreed_rows, zh.list_agreed_v2, zh.put_agreed TO zh_api;
RESET ROLE;
