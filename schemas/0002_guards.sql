-- What no function may get around: append-only events, allowed moves, row-level security, privileges.
SET LOCAL ROLE zh_owner;

CREATE FUNCTION zh.event_is_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: record a correction' USING ERRCODE = 'ZH002';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON zh.event
    FOR EACH ROW EXECUTE FUNCTION zh.event_is_append_only();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON zh.event
    FOR EACH STATEMENT EXECUTE FUNCTION zh.event_is_append_only();

CREATE FUNCTION zh.shipment_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('quoted', 'booked') THEN
            RAISE EXCEPTION 'a shipment cannot begin as %', NEW.state USING ERRCODE = 'ZH003';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.firm_id, NEW.shipment_id, NEW.bill_no, NEW.key) IS DISTINCT FROM
       (OLD.firm_id, OLD.shipment_id, OLD.bill_no, OLD.key) THEN
        RAISE EXCEPTION 'the identity of a shipment does not change' USING ERRCODE = 'ZH003';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT FROM zh.shipment_move m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
        RAISE EXCEPTION 'a shipment cannot move from % to %', OLD.state, NEW.state USING ERRCODE = 'ZH003';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shipment_allowed_move BEFORE INSERT OR UPDATE ON zh.shipment
    FOR EACH ROW EXECUTE FUNCTION zh.shipment_moves();

-- The firm of this transaction; NULL, and so no row, when none was set. (After a transaction that set it the
-- setting is the empty string.)
CREATE FUNCTION zh.current_firm() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('zh.firm', true), '')::uuid;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['firm', 'api_user', 'token', 'command', 'shipment', 'shipment_container',
                             'shipment_leg', 'cost_line', 'event', 'agreed_tariff', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE zh.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE zh.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_firm ON zh.%I USING (firm_id = (SELECT zh.current_firm())) '
                       'WITH CHECK (firm_id = (SELECT zh.current_firm()))', t);
    END LOOP;
END $$;

-- Before the firm is known one row may be seen: by the hash of a token, by the exact name of a firm.
-- Only the owner (its functions) may use these ways.
CREATE POLICY by_hash ON zh.token FOR SELECT TO zh_owner
    USING (sha256 = decode(nullif(current_setting('zh.token_sha256', true), ''), 'hex'));
CREATE POLICY by_name ON zh.firm FOR SELECT TO zh_owner
    USING (name = nullif(current_setting('zh.firm_name', true), ''));
CREATE POLICY relay_reads ON zh.outbox FOR SELECT TO zh_relay USING (true);
CREATE POLICY relay_empties ON zh.outbox FOR DELETE TO zh_relay USING (true);

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA zh FROM PUBLIC;
REVOKE ALL ON SCHEMA zh, zh_admin FROM PUBLIC;
GRANT USAGE ON SCHEMA zh TO zh_api, zh_relay;
GRANT USAGE ON SCHEMA zh_admin TO zh_migrate;
GRANT EXECUTE ON FUNCTION zh.current_firm() TO zh_api, zh_relay;
-- Under row-level security. Not the tokens, not the departures (they tell the volume of others).
GRANT SELECT ON zh.firm, zh.api_user, zh.command, zh.shipment, zh.shipment_container, zh.shipment_leg,
    zh.cost_line, zh.event, zh.agreed_tariff, zh.shipment_state, zh.shipment_move, zh.event_code TO zh_api;
GRANT SELECT, DELETE ON zh.outbox TO zh_relay;
