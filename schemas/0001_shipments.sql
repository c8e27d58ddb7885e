-- Firms, tokens, shipments: one bill (一单制) per shipment, booked in one statement or not at all.
-- Guards are constraints: keys for idempotency, CHECK for capacity, a table of allowed moves for states.
SET ROLE zh_owner;

CREATE TABLE zh.firm (
    firm_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 120)
);

CREATE TABLE zh.token (
    sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32), -- of the token; the token itself is stored nowhere
    firm_id uuid NOT NULL REFERENCES zh.firm,
    user_name text NOT NULL CHECK (length(user_name) BETWEEN 1 AND 120),
    role text NOT NULL CHECK (role IN ('shipper', 'planner', 'operator')),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);

-- What became of each key a client used. status: 0 booked, 1 no capacity left, 2 departure unknown,
-- 3 tombstone (settled before anything happened: it never will), 4 event recorded, 5 event refused.
CREATE TABLE zh.command (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    key uuid NOT NULL,
    op text NOT NULL CHECK (op IN ('book', 'event', 'settle')),
    req_sha256 bytea NOT NULL CHECK (length(req_sha256) = 32),
    status smallint CHECK (status BETWEEN 0 AND 5),
    shipment_id uuid,
    event_id uuid,
    reason text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, key)
);

-- One row per departure that was ever booked. A service sells kg or thousandths of a TEU; 0: not that unit.
CREATE TABLE zh.departure (
    service_id bigint NOT NULL,
    day date NOT NULL,
    capacity_kg bigint NOT NULL CHECK (capacity_kg >= 0),
    capacity_teu_milli bigint NOT NULL CHECK (capacity_teu_milli >= 0),
    taken_kg bigint NOT NULL DEFAULT 0,
    taken_teu_milli bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, day),
    CHECK (taken_kg >= 0 AND taken_kg <= capacity_kg),
    CHECK (taken_teu_milli >= 0 AND taken_teu_milli <= capacity_teu_milli)
) WITH (fillfactor = 70);

CREATE TABLE zh.shipment_move (
    from_state text NOT NULL,
    to_state text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO zh.shipment_move VALUES
    ('booked', 'in_transit'), ('booked', 'cancelled'), ('booked', 'exception'), ('in_transit', 'delivered'),
    ('in_transit', 'exception'), ('exception', 'in_transit'), ('exception', 'replanned'), ('exception', 'cancelled'),
    ('delivered', 'closed');

CREATE TABLE zh.shipment (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    shipment_id uuid NOT NULL DEFAULT gen_random_uuid(),
    bill_no text NOT NULL UNIQUE CHECK (bill_no ~ '^ZH[0-9]{6}-[0-9A-F]{10}$'),
    key uuid NOT NULL,
    state text NOT NULL DEFAULT 'booked'
        CHECK (state IN ('booked', 'in_transit', 'delivered', 'closed', 'cancelled', 'exception', 'replanned')),
    origin text NOT NULL,
    destination text NOT NULL,
    mass_kg bigint NOT NULL CHECK (mass_kg > 0),
    total_fen bigint NOT NULL CHECK (total_fen >= 0),
    co2_g bigint NOT NULL CHECK (co2_g >= 0),
    depart_at timestamptz NOT NULL,
    arrive_at timestamptz NOT NULL CHECK (arrive_at >= depart_at),
    plan_ref text NOT NULL,
    network_version text NOT NULL,
    option bytea NOT NULL, -- the booked Option message, as it was shown
    booked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, shipment_id),
    UNIQUE (firm_id, key),
    FOREIGN KEY (firm_id, key) REFERENCES zh.command
);
CREATE INDEX shipment_newest ON zh.shipment (firm_id, booked_at DESC, shipment_id);

-- ISO 6346: four letters, six digits, and the check digit of the weighted sum.
CREATE FUNCTION zh.iso6346_valid(n text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp AS $$
DECLARE s int := 0; v int;
BEGIN
    IF n !~ '^[A-Z]{3}[UJZR][0-9]{7}$' THEN RETURN false; END IF;
    FOR i IN 1..10 LOOP
        IF i <= 4 THEN
            v := ascii(substr(n, i, 1)) - 55; -- A is 10; multiples of 11 are skipped
            v := v + (v - 1) / 10;
        ELSE
            v := substr(n, i, 1)::int;
        END IF;
        s := s + v * (1 << (i - 1));
    END LOOP;
    RETURN s % 11 % 10 = substr(n, 11, 1)::int;
END $$;

CREATE TABLE zh.shipment_container (
    firm_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    number text NOT NULL CHECK (zh.iso6346_valid(number)),
    PRIMARY KEY (firm_id, shipment_id, number),
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment
);

CREATE TABLE zh.shipment_leg (
    firm_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    seq smallint NOT NULL CHECK (seq >= 1),
    mode text NOT NULL CHECK (mode IN ('truck', 'train', 'vessel', 'flight')),
    service_id bigint,
    day date,
    kg bigint NOT NULL CHECK (kg >= 0),
    teu_milli bigint NOT NULL CHECK (teu_milli >= 0),
    from_name text NOT NULL,
    to_name text NOT NULL,
    planned_depart timestamptz NOT NULL,
    planned_arrive timestamptz NOT NULL CHECK (planned_arrive >= planned_depart),
    PRIMARY KEY (firm_id, shipment_id, seq),
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment,
    FOREIGN KEY (service_id, day) REFERENCES zh.departure
);
CREATE INDEX leg_departure ON zh.shipment_leg (service_id, day) WHERE service_id IS NOT NULL;

CREATE TABLE zh.cost_line (
    firm_id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    seq smallint NOT NULL CHECK (seq >= 1),
    leg smallint NOT NULL,
    kind text NOT NULL,
    basis text NOT NULL,
    rate text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen >= 0),
    estimated boolean NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (firm_id, shipment_id, seq),
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment
);

-- Append-only, in DCSA's words; a correction is a new event that names the old one.
CREATE TABLE zh.event (
    firm_id uuid NOT NULL,
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    shipment_id uuid NOT NULL,
    code text NOT NULL CHECK (code IN ('BOOK', 'PICK', 'GTIN', 'LOAD', 'DEPA', 'ARRI', 'DISC', 'GTOT', 'DLVR', 'HOLD', 'RLSE')),
    classifier text NOT NULL CHECK (classifier IN ('ACT', 'EST', 'PLN')),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    location text NOT NULL,
    source text NOT NULL,
    corrects uuid,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (firm_id, event_id),
    UNIQUE (firm_id, shipment_id, event_id),
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment,
    FOREIGN KEY (firm_id, shipment_id, corrects) REFERENCES zh.event (firm_id, shipment_id, event_id)
);
CREATE INDEX event_order ON zh.event (firm_id, shipment_id, occurred_at, seq);

CREATE TABLE zh.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    firm_id uuid NOT NULL REFERENCES zh.firm,
    topic text NOT NULL,
    body jsonb NOT NULL
);

CREATE FUNCTION zh.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table %.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'ZH002';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON zh.event FOR EACH ROW EXECUTE FUNCTION zh.refuse();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON zh.event FOR EACH STATEMENT EXECUTE FUNCTION zh.refuse();

CREATE FUNCTION zh.check_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT FROM zh.shipment_move m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
        RAISE EXCEPTION 'a shipment does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'ZH003';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shipment_moves BEFORE UPDATE ON zh.shipment FOR EACH ROW EXECUTE FUNCTION zh.check_move();

-- A firm sees its own rows only; also the owner's functions, because row security is forced.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['command', 'shipment', 'shipment_container', 'shipment_leg', 'cost_line', 'event', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE zh.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_firm ON zh.%I USING (firm_id = nullif(current_setting(''zh.firm'', true), '''')::uuid)', t);
    END LOOP;
END $$;

-- p: {"origin","destination","mass_kg","total_fen","co2_g","depart_at","arrive_at" (epoch s),"plan_ref",
-- "network_version","containers":[text],
-- "legs":[{"mode","service_id","day","kg","teu_milli","capacity_kg","capacity_teu_milli","from","to","depart_at","arrive_at"}],
-- "lines":[{"leg","kind","basis","rate","amount_fen","estimated","source"}]}
CREATE FUNCTION zh.book(p_firm uuid, p_key uuid, p_sha bytea, p jsonb, p_option bytea,
    OUT status smallint, OUT shipment_id uuid, OUT bill_no text, OUT replay boolean, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE h bytea; full_departure text;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    INSERT INTO zh.command (firm_id, key, op, req_sha256) VALUES (p_firm, p_key, 'book', p_sha) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT c.req_sha256, c.status, c.shipment_id, c.reason INTO STRICT h, book.status, book.shipment_id, book.reason
        FROM zh.command c WHERE c.firm_id = p_firm AND c.key = p_key;
        IF h <> p_sha AND book.status <> 3 THEN
            RAISE EXCEPTION 'this key was used with another request' USING ERRCODE = 'ZH001';
        END IF;
        SELECT s.bill_no INTO book.bill_no FROM zh.shipment s
        WHERE s.firm_id = p_firm AND s.shipment_id = book.shipment_id;
        replay := true;
        RETURN;
    END IF;
    replay := false;
    -- Departures come into being, then are locked in one global order, so two bookings cannot deadlock.
    INSERT INTO zh.departure (service_id, day, capacity_kg, capacity_teu_milli)
    SELECT DISTINCT ON (l.service_id, l.day) l.service_id, l.day, l.capacity_kg, l.capacity_teu_milli
    FROM jsonb_to_recordset(p -> 'legs') AS l (service_id bigint, day date, capacity_kg bigint, capacity_teu_milli bigint)
    WHERE l.service_id IS NOT NULL ORDER BY l.service_id, l.day
    ON CONFLICT DO NOTHING;
    PERFORM FROM zh.departure d
    JOIN (SELECT DISTINCT l.service_id, l.day FROM jsonb_to_recordset(p -> 'legs') AS l (service_id bigint, day date)
          WHERE l.service_id IS NOT NULL) u USING (service_id, day)
    ORDER BY d.service_id, d.day FOR NO KEY UPDATE OF d;
    SELECT format('departure %s of service %s has room for %s kg and %s TEU', d.day, d.service_id,
                  d.capacity_kg - d.taken_kg, round((d.capacity_teu_milli - d.taken_teu_milli) / 1000.0, 1))
    INTO full_departure
    FROM zh.departure d
    JOIN (SELECT l.service_id, l.day, sum(l.kg) AS kg, sum(l.teu_milli) AS teu
          FROM jsonb_to_recordset(p -> 'legs') AS l (service_id bigint, day date, kg bigint, teu_milli bigint)
          WHERE l.service_id IS NOT NULL GROUP BY 1, 2) u USING (service_id, day)
    WHERE d.taken_kg + u.kg > d.capacity_kg OR d.taken_teu_milli + u.teu > d.capacity_teu_milli
    ORDER BY d.service_id, d.day LIMIT 1;
    IF full_departure IS NOT NULL THEN
        status := 1;
        reason := full_departure;
        UPDATE zh.command c SET status = 1, reason = full_departure WHERE c.firm_id = p_firm AND c.key = p_key;
        RETURN;
    END IF;
    UPDATE zh.departure d SET taken_kg = d.taken_kg + u.kg, taken_teu_milli = d.taken_teu_milli + u.teu
    FROM (SELECT l.service_id, l.day, sum(l.kg) AS kg, sum(l.teu_milli) AS teu
          FROM jsonb_to_recordset(p -> 'legs') AS l (service_id bigint, day date, kg bigint, teu_milli bigint)
          WHERE l.service_id IS NOT NULL GROUP BY 1, 2) u
    WHERE d.service_id = u.service_id AND d.day = u.day;
    bill_no := 'ZH' || to_char(clock_timestamp() AT TIME ZONE 'Asia/Shanghai', 'YYMMDD') || '-' ||
        upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 10));
    INSERT INTO zh.shipment (firm_id, bill_no, key, origin, destination, mass_kg, total_fen, co2_g, depart_at, arrive_at,
        plan_ref, network_version, option)
    VALUES (p_firm, book.bill_no, p_key, p ->> 'origin', p ->> 'destination', (p ->> 'mass_kg')::bigint,
        (p ->> 'total_fen')::bigint, (p ->> 'co2_g')::bigint, to_timestamp((p ->> 'depart_at')::bigint),
        to_timestamp((p ->> 'arrive_at')::bigint), p ->> 'plan_ref', p ->> 'network_version', p_option)
    RETURNING shipment.shipment_id INTO book.shipment_id;
    INSERT INTO zh.shipment_container SELECT p_firm, book.shipment_id, n FROM jsonb_array_elements_text(p -> 'containers') n;
    INSERT INTO zh.shipment_leg
    SELECT p_firm, book.shipment_id, x.n, l.mode, l.service_id, l.day, l.kg, l.teu_milli, l."from", l."to",
        to_timestamp(l.depart_at), to_timestamp(l.arrive_at)
    FROM jsonb_array_elements(p -> 'legs') WITH ORDINALITY AS x (leg, n),
        jsonb_to_record(x.leg) AS l (mode text, service_id bigint, day date, kg bigint, teu_milli bigint, "from" text,
            "to" text, depart_at bigint, arrive_at bigint);
    INSERT INTO zh.cost_line
    SELECT p_firm, book.shipment_id, x.n, l.leg, l.kind, l.basis, l.rate, l.amount_fen, l.estimated, l.source
    FROM jsonb_array_elements(p -> 'lines') WITH ORDINALITY AS x (line, n),
        jsonb_to_record(x.line) AS l (leg smallint, kind text, basis text, rate text, amount_fen bigint, estimated boolean,
            source text);
    INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source)
    VALUES (p_firm, book.shipment_id, 'BOOK', 'ACT', clock_timestamp(), p ->> 'origin', 'zongheng');
    INSERT INTO zh.outbox (firm_id, topic, body)
    VALUES (p_firm, 'shipment', jsonb_build_object('shipment_id', book.shipment_id, 'state', 'booked'));
    status := 0;
    UPDATE zh.command c SET status = 0, shipment_id = book.shipment_id WHERE c.firm_id = p_firm AND c.key = p_key;
END $$;

-- Tells what became of a key; a key without an outcome gets a tombstone, so that nothing ever comes of it.
CREATE FUNCTION zh.settle(p_firm uuid, p_key uuid, OUT status smallint, OUT shipment_id uuid, OUT bill_no text, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    INSERT INTO zh.command (firm_id, key, op, req_sha256, status)
    VALUES (p_firm, p_key, 'settle', decode(repeat('00', 32), 'hex'), 3) ON CONFLICT DO NOTHING;
    SELECT c.status, c.shipment_id, c.reason INTO STRICT settle.status, settle.shipment_id, settle.reason
    FROM zh.command c WHERE c.firm_id = p_firm AND c.key = p_key;
    SELECT s.bill_no INTO settle.bill_no FROM zh.shipment s
    WHERE s.firm_id = p_firm AND s.shipment_id = settle.shipment_id;
END $$;

-- status 4 recorded, 5 refused; no row for a shipment that is not there or another firm's.
-- ACT events move the state: departures and loadings to in_transit, DLVR to delivered; late and double ones do not.
CREATE FUNCTION zh.record_event(p_firm uuid, p_key uuid, p_sha bytea, p_shipment uuid, p_bill text, p_code text,
    p_classifier text, p_occurred bigint, p_location text, p_source text, p_corrects uuid)
RETURNS TABLE (status smallint, event_id uuid, state text, replay boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE sid uuid; st text; h bytea; was smallint; eid uuid; target text;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    SELECT s.shipment_id, s.state INTO sid, st FROM zh.shipment s
    WHERE s.firm_id = p_firm AND (s.shipment_id = p_shipment OR s.bill_no = p_bill) FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    INSERT INTO zh.command (firm_id, key, op, req_sha256, shipment_id) VALUES (p_firm, p_key, 'event', p_sha, sid)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT c.req_sha256, c.status, c.event_id INTO STRICT h, was, eid FROM zh.command c
        WHERE c.firm_id = p_firm AND c.key = p_key;
        IF h <> p_sha AND was <> 3 THEN
            RAISE EXCEPTION 'this key was used with another request' USING ERRCODE = 'ZH001';
        END IF;
        RETURN QUERY SELECT was, eid, st, true;
        RETURN;
    END IF;
    INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source, corrects)
    VALUES (p_firm, sid, p_code, p_classifier, to_timestamp(p_occurred), p_location, p_source, p_corrects)
    RETURNING event.event_id INTO eid;
    target := CASE WHEN p_classifier <> 'ACT' THEN NULL
        WHEN p_code IN ('PICK', 'GTIN', 'LOAD', 'DEPA', 'ARRI', 'DISC', 'GTOT') AND st = 'booked' THEN 'in_transit'
        WHEN p_code = 'DLVR' AND st IN ('booked', 'in_transit') THEN 'delivered' END;
    IF target = 'delivered' AND st = 'booked' THEN -- the events between were lost or are late
        UPDATE zh.shipment s SET state = 'in_transit' WHERE s.firm_id = p_firm AND s.shipment_id = sid;
    END IF;
    IF target IS NOT NULL THEN
        UPDATE zh.shipment s SET state = target WHERE s.firm_id = p_firm AND s.shipment_id = sid;
        st := target;
    END IF;
    UPDATE zh.command c SET status = 4, event_id = eid WHERE c.firm_id = p_firm AND c.key = p_key;
    INSERT INTO zh.outbox (firm_id, topic, body)
    VALUES (p_firm, 'event', jsonb_build_object('shipment_id', sid, 'event_id', eid, 'code', p_code, 'state', st));
    RETURN QUERY SELECT 4::smallint, eid, st, false;
END $$;

CREATE FUNCTION zh.list_shipments(p_firm uuid, p_shipment uuid, p_bill text, p_state text, p_before timestamptz, p_limit int)
RETURNS TABLE (firm_id uuid, shipment_id uuid, bill_no text, state text, origin text, destination text, mass_kg bigint,
    total_fen bigint, booked_at_us bigint, option bytea, containers text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT s.firm_id, s.shipment_id, s.bill_no, s.state, s.origin, s.destination, s.mass_kg, s.total_fen,
        (extract(epoch FROM s.booked_at) * 1000000)::bigint,
        CASE WHEN p_shipment IS NOT NULL OR p_bill IS NOT NULL THEN s.option END,
        (SELECT string_agg(c.number, ';' ORDER BY c.number) FROM zh.shipment_container c
         WHERE c.firm_id = s.firm_id AND c.shipment_id = s.shipment_id)
    FROM zh.shipment s
    WHERE s.firm_id = p_firm AND (p_shipment IS NULL OR s.shipment_id = p_shipment)
        AND (p_bill IS NULL OR s.bill_no = p_bill) AND (p_state IS NULL OR s.state = p_state)
        AND (p_before IS NULL OR s.booked_at < p_before)
    ORDER BY s.booked_at DESC, s.shipment_id LIMIT p_limit;
END $$;

CREATE FUNCTION zh.list_events(p_firm uuid, p_shipment uuid, p_bill text)
RETURNS TABLE (event_id uuid, code text, classifier text, occurred_s bigint, recorded_s bigint, location text, source text,
    corrects uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT e.event_id, e.code, e.classifier, extract(epoch FROM e.occurred_at)::bigint,
        extract(epoch FROM e.recorded_at)::bigint, e.location, e.source, e.corrects
    FROM zh.event e JOIN zh.shipment s ON s.firm_id = e.firm_id AND s.shipment_id = e.shipment_id
    WHERE s.firm_id = p_firm AND (s.shipment_id = p_shipment OR s.bill_no = p_bill)
    ORDER BY e.occurred_at, e.seq LIMIT 1000;
END $$;

CREATE FUNCTION zh.token_lookup(p_sha bytea) RETURNS TABLE (firm_id uuid, firm_name text, user_name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.firm_id, f.name, t.user_name, t.role FROM zh.token t JOIN zh.firm f USING (firm_id)
    WHERE t.sha256 = p_sha AND t.revoked_at IS NULL
$$;

-- For the operator (zh_migrate): a firm by name, made when new, and a token of which only the hash comes here.
CREATE FUNCTION zh.create_token(p_firm text, p_user text, p_role text, p_sha bytea) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE id uuid;
BEGIN
    INSERT INTO zh.firm (name) VALUES (p_firm) ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING firm_id INTO id;
    INSERT INTO zh.token (sha256, firm_id, user_name, role) VALUES (p_sha, id, p_user, p_role);
    RETURN id;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA zh FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA zh FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.book, zh.settle, zh.record_event, zh.list_shipments, zh.list_events, zh.token_lookup TO zh_api;
RESET ROLE;
