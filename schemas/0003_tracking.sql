-- Cancel, rebook, tracking by leg, agreed tariffs, changes in commit order; events and outbox by month.
-- Lock order of everything that writes: the key's row, then the shipment, then departures by (service_id, day).
SET ROLE zh_owner;

ALTER TABLE zh.command DROP CONSTRAINT command_op_check, DROP CONSTRAINT command_status_check;
ALTER TABLE zh.command
    ADD CONSTRAINT command_op_check CHECK (op IN ('book', 'event', 'settle', 'cancel')),
    -- 5 event refused; 6 cancelled; 7 cancel refused
    ADD CONSTRAINT command_status_check CHECK (status BETWEEN 0 AND 7),
    ADD CONSTRAINT command_outcome_check CHECK (status IS NULL OR status NOT IN (0, 4, 6) OR shipment_id IS NOT NULL);

ALTER TABLE zh.shipment
    ADD COLUMN request bytea,        -- the FindRoutesRequest it was booked with, to ask again after a disruption
    ADD COLUMN replaces uuid,        -- the bill that this one took over
    ADD COLUMN replaced_by uuid,
    ADD COLUMN estimated_arrive timestamptz,
    ADD COLUMN exception text,       -- why the state is exception
    ADD COLUMN settled_at timestamptz, -- cancelled or replanned
    DROP CONSTRAINT shipment_bill_no_key,
    ADD CONSTRAINT shipment_bill_no_key UNIQUE (firm_id, bill_no),
    ADD CONSTRAINT shipment_replaces_key UNIQUE (firm_id, replaces),
    ADD CONSTRAINT shipment_replaces_fkey FOREIGN KEY (firm_id, replaces) REFERENCES zh.shipment (firm_id, shipment_id),
    ADD CONSTRAINT shipment_replaced_by_fkey FOREIGN KEY (firm_id, replaced_by) REFERENCES zh.shipment (firm_id, shipment_id),
    ADD CONSTRAINT shipment_replaces_check CHECK (replaces <> shipment_id AND replaced_by <> shipment_id);
CREATE INDEX shipment_live ON zh.shipment (firm_id, depart_at) WHERE state IN ('booked', 'in_transit', 'exception');

ALTER TABLE zh.shipment_leg
    ADD COLUMN ready_at timestamptz,  -- planned: the cargo has been handled before this leg
    ADD COLUMN cutoff_at timestamptz, -- the latest ready_at for this departure; NULL: a truck
    ADD COLUMN estimated_depart timestamptz,
    ADD COLUMN estimated_arrive timestamptz CHECK (estimated_arrive >= estimated_depart),
    ADD COLUMN actual_depart timestamptz,
    ADD COLUMN actual_arrive timestamptz,
    ADD COLUMN missed_cutoff boolean NOT NULL DEFAULT false,
    ADD COLUMN released boolean NOT NULL DEFAULT false, -- its capacity was given back
    ADD COLUMN links bigint[],        -- the roads of a truck's way, by the source's ids; NULL: not known
    ADD CONSTRAINT shipment_leg_day_check CHECK ((service_id IS NULL) = (day IS NULL));

-- A shipment begins as booked.
CREATE FUNCTION zh.check_first_state() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state <> 'booked' THEN
        RAISE EXCEPTION 'a shipment begins as booked, not as %', NEW.state USING ERRCODE = 'ZH003';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shipment_begins BEFORE INSERT ON zh.shipment FOR EACH ROW EXECUTE FUNCTION zh.check_first_state();

-- What a firm agreed with a carrier: takes the place of the published rules of that charge.
CREATE TABLE zh.agreed_tariff (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    contract text NOT NULL CHECK (length(contract) BETWEEN 1 AND 120),
    seq smallint NOT NULL CHECK (seq >= 1),
    published text NOT NULL CHECK (length(published) BETWEEN 1 AND 120), -- the tariff of the network it overrides
    charge text NOT NULL CHECK (charge ~ '^[a-z_]{1,40}$'),
    unit text NOT NULL CHECK (unit ~ '^[a-z0-9_]{1,20}$'),
    base_myuan bigint NOT NULL CHECK (base_myuan >= 0),
    per_km_nyuan bigint NOT NULL DEFAULT 0 CHECK (per_km_nyuan >= 0),
    min_myuan bigint NOT NULL DEFAULT 0 CHECK (min_myuan >= 0),
    break_kg bigint NOT NULL DEFAULT 0 CHECK (break_kg BETWEEN 0 AND 4294967295),
    valid_from date NOT NULL,
    valid_to date NOT NULL CHECK (valid_to >= valid_from),
    PRIMARY KEY (firm_id, contract, seq)
);
ALTER TABLE zh.agreed_tariff ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON zh.agreed_tariff USING (firm_id = nullif(current_setting('zh.firm', true), '')::uuid);

-- --- events and outbox by month -----------------------------------------------------------------------------
-- Row security is forced on the owner as well: it is lifted while the old rows are copied.
ALTER TABLE zh.event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE zh.outbox NO FORCE ROW LEVEL SECURITY;
ALTER TABLE zh.shipment NO FORCE ROW LEVEL SECURITY; -- a new foreign key looks at it as the owner

CREATE TABLE zh.event_by_month (
    firm_id uuid NOT NULL,
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    shipment_id uuid NOT NULL,
    leg smallint CHECK (leg >= 1), -- the leg it is of; NULL: of the whole shipment, or not known
    code text NOT NULL CONSTRAINT event_code_check CHECK (code IN ('BOOK', 'PICK', 'GTIN', 'LOAD', 'DEPA', 'ARRI', 'DISC', 'GTOT', 'DLVR', 'HOLD', 'RLSE', 'VOID')),
    classifier text NOT NULL CONSTRAINT event_classifier_check CHECK (classifier IN ('ACT', 'EST', 'PLN')),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    location text NOT NULL,
    source text NOT NULL,
    corrects uuid,
    corrects_recorded timestamptz,
    seq bigint NOT NULL,
    CONSTRAINT event_corrects_check CHECK ((corrects IS NULL) = (corrects_recorded IS NULL) AND corrects <> event_id)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE zh.event_rest PARTITION OF zh.event_by_month DEFAULT;
CREATE SEQUENCE zh.event_seq;

CREATE TABLE zh.outbox_by_month (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    mark uuid NOT NULL DEFAULT gen_random_uuid(), -- what a reader keeps: it tells nothing of how many there are
    topic text NOT NULL,
    body jsonb NOT NULL
) PARTITION BY RANGE (at);
CREATE TABLE zh.outbox_rest PARTITION OF zh.outbox_by_month DEFAULT;
CREATE SEQUENCE zh.outbox_seq;

INSERT INTO zh.event_by_month (firm_id, event_id, shipment_id, code, classifier, occurred_at, recorded_at, location, source,
    corrects, corrects_recorded, seq)
SELECT e.firm_id, e.event_id, e.shipment_id, e.code, e.classifier, e.occurred_at, e.recorded_at, e.location, e.source,
    e.corrects, c.recorded_at, e.seq
FROM zh.event e LEFT JOIN zh.event c ON c.firm_id = e.firm_id AND c.event_id = e.corrects;
INSERT INTO zh.outbox_by_month (firm_id, id, xid, topic, body) SELECT firm_id, id, xid, topic, body FROM zh.outbox;
SELECT setval('zh.event_seq', (SELECT coalesce(max(seq), 0) + 1 FROM zh.event), false),
       setval('zh.outbox_seq', (SELECT coalesce(max(id), 0) + 1 FROM zh.outbox), false);
DROP TABLE zh.event;
DROP TABLE zh.outbox;
ALTER TABLE zh.event_by_month RENAME TO event;
ALTER TABLE zh.outbox_by_month RENAME TO outbox;
ALTER TABLE zh.event ALTER COLUMN seq SET DEFAULT nextval('zh.event_seq');
ALTER TABLE zh.outbox ALTER COLUMN id SET DEFAULT nextval('zh.outbox_seq');
ALTER SEQUENCE zh.event_seq OWNED BY zh.event.seq;
ALTER SEQUENCE zh.outbox_seq OWNED BY zh.outbox.id;

ALTER TABLE zh.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (firm_id, event_id, recorded_at),
    ADD CONSTRAINT event_shipment_key UNIQUE (firm_id, shipment_id, event_id, recorded_at),
    ADD CONSTRAINT event_shipment_fkey FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment (firm_id, shipment_id),
    ADD CONSTRAINT event_corrects_fkey FOREIGN KEY (firm_id, shipment_id, corrects, corrects_recorded)
        REFERENCES zh.event (firm_id, shipment_id, event_id, recorded_at);
ALTER TABLE zh.shipment FORCE ROW LEVEL SECURITY;
CREATE INDEX event_order ON zh.event (firm_id, shipment_id, occurred_at, seq);
ALTER TABLE zh.outbox ADD CONSTRAINT outbox_pkey PRIMARY KEY (firm_id, id, at);
CREATE INDEX outbox_order ON zh.outbox (firm_id, xid, id);
CREATE INDEX outbox_mark ON zh.outbox (firm_id, mark);
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON zh.event FOR EACH ROW EXECUTE FUNCTION zh.refuse();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON zh.event FOR EACH STATEMENT EXECUTE FUNCTION zh.refuse();

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['event', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE zh.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_firm ON zh.%I USING (firm_id = nullif(current_setting(''zh.firm'', true), '''')::uuid)', t);
        EXECUTE format('ALTER TABLE zh.%I_rest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t); -- no policy: only through the parent
    END LOOP;
END $$;

-- For the migrator: the partitions of so many months from p_from on. What falls outside lies in the _rest ones.
CREATE FUNCTION zh.add_months(p_from date, p_count int) RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE t text; name text; first date; made int := 0;
BEGIN
    FOR i IN 0..p_count - 1 LOOP
        first := (date_trunc('month', p_from::timestamp) + i * interval '1 month')::date;
        FOREACH t IN ARRAY ARRAY['event', 'outbox'] LOOP
            name := t || to_char(first, '_YYYY_MM');
            CONTINUE WHEN to_regclass('zh.' || name) IS NOT NULL;
            EXECUTE format('CREATE TABLE zh.%I PARTITION OF zh.%I FOR VALUES FROM (%L) TO (%L)', name, t,
                first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
            EXECUTE format('ALTER TABLE zh.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE zh.%I OWNER TO zh_owner', name);
            EXECUTE format('REVOKE ALL ON zh.%I FROM PUBLIC', name);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
SELECT zh.add_months('2026-12-01', 12); -- what was before lies in the _rest partitions, so that old rows always fit

-- For the migrator: forgets changes of months that lie wholly before p_before (Watch cursors in them end).
CREATE FUNCTION zh.drop_outbox_months(p_before date) RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE r record; dropped int := 0;
BEGIN
    FOR r IN SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE i.inhparent = 'zh.outbox'::regclass AND c.relname ~ '^outbox_[0-9]{4}_[0-9]{2}$'
            AND to_date(substr(c.relname, 8), 'YYYY_MM') + interval '1 month' <= p_before LOOP
        EXECUTE format('DROP TABLE zh.%I', r.relname);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- --- booking ------------------------------------------------------------------------------------------------
-- The first departure that has not the room, and the next one of that service which has: a leg names the
-- days on which its service runs next ("next_days").
CREATE FUNCTION zh.full_reason(p jsonb, p_service bigint[], p_day date[], p_kg bigint[], p_teu bigint[]) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE f record; later text;
BEGIN
    SELECT d.*, u.kg, u.teu INTO f FROM zh.departure d
    JOIN unnest(p_service, p_day, p_kg, p_teu) AS u (service_id, day, kg, teu) USING (service_id, day)
    WHERE d.taken_kg + u.kg > d.capacity_kg OR d.taken_teu_milli + u.teu > d.capacity_teu_milli
    ORDER BY d.service_id, d.day LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT n.day INTO later FROM jsonb_array_elements(p -> 'legs') AS l (leg),
        jsonb_array_elements_text(l.leg -> 'next_days') WITH ORDINALITY AS n (day, at)
    LEFT JOIN zh.departure d ON d.service_id = f.service_id AND d.day = n.day::date
    WHERE (l.leg ->> 'service_id')::bigint = f.service_id
        AND f.kg <= coalesce(d.capacity_kg - d.taken_kg, (l.leg ->> 'capacity_kg')::bigint)
        AND f.teu <= coalesce(d.capacity_teu_milli - d.taken_teu_milli, (l.leg ->> 'capacity_teu_milli')::bigint)
    ORDER BY n.at LIMIT 1;
    RETURN format('departure %s of service %s has room for %s kg and %s TEU', f.day, f.service_id,
            f.capacity_kg - f.taken_kg, round((f.capacity_teu_milli - f.taken_teu_milli) / 1000.0, 1)) ||
        coalesce(format('; its next departure with room is %s', later), '');
END $$;

-- What a plan takes of each departure, less what the shipment that it replaces gives back; in the global order.
CREATE FUNCTION zh.plan_takes(p jsonb, p_firm uuid, p_old uuid, OUT service bigint[], OUT day date[], OUT kg bigint[], OUT teu bigint[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(v.service_id), array_agg(v.day), array_agg(v.kg::bigint), array_agg(v.teu::bigint) FROM (
        SELECT u.service_id, u.day, sum(u.kg) AS kg, sum(u.teu_milli) AS teu FROM (
            SELECT l.service_id, l.day, l.kg, l.teu_milli
            FROM jsonb_to_recordset(p -> 'legs') AS l (service_id bigint, day date, kg bigint, teu_milli bigint)
            UNION ALL
            SELECT g.service_id, g.day, -g.kg, -g.teu_milli FROM zh.shipment_leg g
            WHERE p_old IS NOT NULL AND g.firm_id = p_firm AND g.shipment_id = p_old AND NOT g.released AND g.actual_depart IS NULL) u
        WHERE u.service_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2) v
$$;

-- Frees the legs that have not begun; the caller takes their room off the departures.
CREATE FUNCTION zh.release_legs(p_firm uuid, p_shipment uuid) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE zh.shipment_leg g SET released = true
    WHERE g.firm_id = p_firm AND g.shipment_id = p_shipment AND NOT g.released AND g.actual_depart IS NULL
$$;

-- p as in 0001, with "request" (base64), "replaces_id" or "replaces_bill" of the shipment that this one takes
-- over, and in a leg "ready_at", "cutoff_at", "links", "capacity_*" and "next_days".
CREATE OR REPLACE FUNCTION zh.book(p_firm uuid, p_key uuid, p_sha bytea, p jsonb, p_option bytea,
    OUT status smallint, OUT shipment_id uuid, OUT bill_no text, OUT replay boolean, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE h bytea; old zh.shipment; sid uuid := gen_random_uuid(); t record; short bigint; no text; no_status smallint := 2;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    INSERT INTO zh.command (firm_id, key, op, req_sha256, status, shipment_id) VALUES (p_firm, p_key, 'book', p_sha, 0, sid)
    ON CONFLICT DO NOTHING;
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
    IF p ? 'replaces_id' OR p ? 'replaces_bill' THEN
        SELECT s.* INTO old FROM zh.shipment s
        WHERE s.firm_id = p_firm AND (s.shipment_id = (p ->> 'replaces_id')::uuid OR s.bill_no = p ->> 'replaces_bill') FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            no := 'the shipment to replace is not there';
        ELSIF old.state NOT IN ('booked', 'in_transit', 'exception') THEN
            no := format('the shipment to replace is %s; only a booked one, one in transit or in exception can be replaced', old.state);
        END IF;
    END IF;
    IF no IS NULL THEN
        t := zh.plan_takes(p, p_firm, old.shipment_id);
        -- Departures come into being, then are locked in one global order, so two bookings cannot deadlock.
        IF (SELECT count(*) FROM zh.departure d JOIN unnest(t.service, t.day) AS u (service_id, day) USING (service_id, day))
            < coalesce(cardinality(t.service), 0) THEN
            INSERT INTO zh.departure (service_id, day, capacity_kg, capacity_teu_milli)
            SELECT DISTINCT ON (l.service_id, l.day) l.service_id, l.day, l.capacity_kg, l.capacity_teu_milli
            FROM jsonb_to_recordset(p -> 'legs') AS l (service_id bigint, day date, capacity_kg bigint, capacity_teu_milli bigint)
            WHERE l.service_id IS NOT NULL ORDER BY l.service_id, l.day
            ON CONFLICT DO NOTHING;
        END IF;
        SELECT count(*) FILTER (WHERE x.over) INTO short FROM (
            SELECT d.taken_kg + u.kg > d.capacity_kg OR d.taken_teu_milli + u.teu > d.capacity_teu_milli AS over
            FROM zh.departure d JOIN unnest(t.service, t.day, t.kg, t.teu) AS u (service_id, day, kg, teu) USING (service_id, day)
            ORDER BY d.service_id, d.day FOR NO KEY UPDATE OF d) x;
        IF short > 0 THEN
            no := zh.full_reason(p, t.service, t.day, t.kg, t.teu);
            no_status := 1;
        END IF;
    END IF;
    IF no IS NOT NULL THEN
        status := no_status;
        reason := no;
        UPDATE zh.command c SET status = no_status, reason = no, shipment_id = NULL WHERE c.firm_id = p_firm AND c.key = p_key;
        RETURN;
    END IF;
    UPDATE zh.departure d SET taken_kg = d.taken_kg + u.kg, taken_teu_milli = d.taken_teu_milli + u.teu
    FROM unnest(t.service, t.day, t.kg, t.teu) AS u (service_id, day, kg, teu)
    WHERE d.service_id = u.service_id AND d.day = u.day;
    shipment_id := sid;
    bill_no := 'ZH' || to_char(clock_timestamp() AT TIME ZONE 'Asia/Shanghai', 'YYMMDD') || '-' ||
        upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 10));
    INSERT INTO zh.shipment (firm_id, shipment_id, bill_no, key, origin, destination, mass_kg, total_fen, co2_g, depart_at, arrive_at,
        plan_ref, network_version, option, request, replaces, estimated_arrive)
    VALUES (p_firm, sid, book.bill_no, p_key, p ->> 'origin', p ->> 'destination', (p ->> 'mass_kg')::bigint,
        (p ->> 'total_fen')::bigint, (p ->> 'co2_g')::bigint, to_timestamp((p ->> 'depart_at')::bigint),
        to_timestamp((p ->> 'arrive_at')::bigint), p ->> 'plan_ref', p ->> 'network_version', p_option,
        decode(p ->> 'request', 'base64'), old.shipment_id, to_timestamp((p ->> 'arrive_at')::bigint));
    IF jsonb_array_length(p -> 'containers') > 0 THEN
        INSERT INTO zh.shipment_container (firm_id, shipment_id, number)
        SELECT p_firm, sid, n FROM jsonb_array_elements_text(p -> 'containers') n;
    END IF;
    INSERT INTO zh.shipment_leg (firm_id, shipment_id, seq, mode, service_id, day, kg, teu_milli, from_name, to_name,
        planned_depart, planned_arrive, ready_at, cutoff_at, estimated_depart, estimated_arrive, links)
    SELECT p_firm, sid, x.n, l.mode, l.service_id, l.day, l.kg, l.teu_milli, l."from", l."to", to_timestamp(l.depart_at),
        to_timestamp(l.arrive_at), to_timestamp(l.ready_at), to_timestamp(l.cutoff_at), to_timestamp(l.depart_at),
        to_timestamp(l.arrive_at), l.links
    FROM jsonb_array_elements(p -> 'legs') WITH ORDINALITY AS x (leg, n),
        jsonb_to_record(x.leg) AS l (mode text, service_id bigint, day date, kg bigint, teu_milli bigint, "from" text,
            "to" text, depart_at bigint, arrive_at bigint, ready_at bigint, cutoff_at bigint, links bigint[]);
    INSERT INTO zh.cost_line (firm_id, shipment_id, seq, leg, kind, basis, rate, amount_fen, estimated, source)
    SELECT p_firm, sid, x.n, l.leg, l.kind, l.basis, l.rate, l.amount_fen, l.estimated, l.source
    FROM jsonb_array_elements(p -> 'lines') WITH ORDINALITY AS x (line, n),
        jsonb_to_record(x.line) AS l (leg smallint, kind text, basis text, rate text, amount_fen bigint, estimated boolean,
            source text);
    INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source)
    VALUES (p_firm, sid, 'BOOK', 'ACT', clock_timestamp(), p ->> 'origin', 'zongheng');
    INSERT INTO zh.outbox (firm_id, topic, body)
    VALUES (p_firm, 'shipment', jsonb_build_object('shipment_id', sid, 'bill_no', book.bill_no, 'state', 'booked', 'code', 'BOOK'));
    IF old.shipment_id IS NOT NULL THEN
        PERFORM zh.release_legs(p_firm, old.shipment_id);
        IF old.state <> 'exception' THEN
            UPDATE zh.shipment s SET state = 'exception' WHERE s.firm_id = p_firm AND s.shipment_id = old.shipment_id;
        END IF;
        UPDATE zh.shipment s SET state = 'replanned', replaced_by = sid, settled_at = clock_timestamp()
        WHERE s.firm_id = p_firm AND s.shipment_id = old.shipment_id;
        INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source)
        VALUES (p_firm, old.shipment_id, 'VOID', 'ACT', clock_timestamp(), '', 'replaced by ' || book.bill_no);
        INSERT INTO zh.outbox (firm_id, topic, body) VALUES (p_firm, 'shipment', jsonb_build_object(
            'shipment_id', old.shipment_id, 'bill_no', old.bill_no, 'state', 'replanned', 'code', 'VOID'));
    END IF;
    status := 0;
END $$;

-- The CHECK of a departure refused a booking that our own look had let pass: nothing was written; this
-- stores the refusal with the room that is left, or tells what the key had before.
CREATE FUNCTION zh.book_full(p_firm uuid, p_key uuid, p_sha bytea, p jsonb)
RETURNS TABLE (status smallint, shipment_id uuid, bill_no text, replay boolean, reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE t record;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    t := zh.plan_takes(p, p_firm, NULL);
    RETURN QUERY SELECT CASE WHEN b.replay THEN b.status ELSE 1::smallint END, b.shipment_id, b.bill_no, b.replay, b.reason
    FROM zh.book_unplanned(p_firm, p_key, p_sha,
        coalesce(zh.full_reason(p, t.service, t.day, t.kg, t.teu), 'a departure has not the room')) b;
    UPDATE zh.command c SET status = 1 WHERE c.firm_id = p_firm AND c.key = p_key AND c.status = 2
        AND c.xmin = pg_current_xact_id()::xid; -- only what was stored just now
END $$;

-- status 6 cancelled, 7 refused in that state, 3 tombstone; no row: no such shipment. Capacity of the legs that
-- have not begun goes back, once: the state moves once, under the shipment's lock.
CREATE FUNCTION zh.cancel(p_firm uuid, p_key uuid, p_sha bytea, p_shipment uuid, p_bill text, p_why text)
RETURNS TABLE (status smallint, shipment_id uuid, bill_no text, state text, replay boolean, reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE c zh.command; s zh.shipment; t record; no text;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    SELECT x.* INTO s FROM zh.shipment x WHERE x.firm_id = p_firm AND (x.shipment_id = p_shipment OR x.bill_no = p_bill);
    IF NOT FOUND THEN RETURN; END IF;
    INSERT INTO zh.command (firm_id, key, op, req_sha256, shipment_id) VALUES (p_firm, p_key, 'cancel', p_sha, s.shipment_id)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT x.* INTO STRICT c FROM zh.command x WHERE x.firm_id = p_firm AND x.key = p_key;
        IF c.req_sha256 <> p_sha AND c.status <> 3 THEN
            RAISE EXCEPTION 'this key was used with another request' USING ERRCODE = 'ZH001';
        END IF;
        RETURN QUERY SELECT c.status, s.shipment_id, s.bill_no, s.state, true, c.reason;
        RETURN;
    END IF;
    SELECT x.* INTO s FROM zh.shipment x WHERE x.firm_id = p_firm AND x.shipment_id = s.shipment_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT FROM zh.shipment_move m WHERE m.from_state = s.state AND m.to_state = 'cancelled') THEN
        no := format('a shipment that is %s cannot be cancelled', s.state);
        UPDATE zh.command x SET status = 7, reason = no WHERE x.firm_id = p_firm AND x.key = p_key;
        RETURN QUERY SELECT 7::smallint, s.shipment_id, s.bill_no, s.state, false, no;
        RETURN;
    END IF;
    t := zh.plan_takes('{"legs": []}', p_firm, s.shipment_id);
    PERFORM FROM zh.departure d JOIN unnest(t.service, t.day) AS u (service_id, day) USING (service_id, day)
    ORDER BY d.service_id, d.day FOR NO KEY UPDATE OF d;
    UPDATE zh.departure d SET taken_kg = d.taken_kg + u.kg, taken_teu_milli = d.taken_teu_milli + u.teu -- negative
    FROM unnest(t.service, t.day, t.kg, t.teu) AS u (service_id, day, kg, teu) WHERE d.service_id = u.service_id AND d.day = u.day;
    PERFORM zh.release_legs(p_firm, s.shipment_id);
    UPDATE zh.shipment x SET state = 'cancelled', settled_at = clock_timestamp()
    WHERE x.firm_id = p_firm AND x.shipment_id = s.shipment_id;
    INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source)
    VALUES (p_firm, s.shipment_id, 'VOID', 'ACT', clock_timestamp(), '', p_why);
    INSERT INTO zh.outbox (firm_id, topic, body) VALUES (p_firm, 'shipment', jsonb_build_object(
        'shipment_id', s.shipment_id, 'bill_no', s.bill_no, 'state', 'cancelled', 'code', 'VOID'));
    UPDATE zh.command x SET status = 6 WHERE x.firm_id = p_firm AND x.key = p_key;
    RETURN QUERY SELECT 6::smallint, s.shipment_id, s.bill_no, 'cancelled', false, NULL::text;
END $$;

-- --- tracking -----------------------------------------------------------------------------------------------
-- The events that count: no later one corrects them. Of several of one kind and leg the last recorded counts.
CREATE FUNCTION zh.last_event(p_firm uuid, p_shipment uuid, p_leg smallint, p_codes text[], p_classifier text) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.occurred_at FROM zh.event e
    WHERE e.firm_id = p_firm AND e.shipment_id = p_shipment AND e.leg = p_leg AND e.code = ANY (p_codes) AND e.classifier = p_classifier
        AND NOT EXISTS (SELECT FROM zh.event c WHERE c.firm_id = p_firm AND c.shipment_id = p_shipment AND c.corrects = e.event_id)
    ORDER BY e.seq DESC LIMIT 1
$$;

-- Works all legs out again from the events that count, so their order of arrival does not matter:
--   ready before a leg = arrival of the leg before it + the planned handling;
--   a truck leaves when it is ready, a departure as planned (or as an EST event says);
--   ready after the cut-off of a departure that has not left = missed: its times are then a lower bound.
-- Gives why the shipment is in exception, or NULL.
CREATE FUNCTION zh.retime(p_firm uuid, p_shipment uuid) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE g record; before_arrive timestamptz; before_planned timestamptz; ready timestamptz; dep timestamptz; arr timestamptz;
    cut timestamptz; missed boolean; seen smallint; last smallint; why text;
BEGIN
    SELECT max(e.leg) INTO seen FROM zh.event e WHERE e.firm_id = p_firm AND e.shipment_id = p_shipment AND e.classifier = 'ACT'
        AND e.code IN ('LOAD', 'DEPA', 'ARRI', 'DISC', 'DLVR')
        AND NOT EXISTS (SELECT FROM zh.event c WHERE c.firm_id = p_firm AND c.shipment_id = p_shipment AND c.corrects = e.event_id);
    SELECT max(l.seq) INTO last FROM zh.shipment_leg l WHERE l.firm_id = p_firm AND l.shipment_id = p_shipment;
    FOR g IN SELECT l.*,
            zh.last_event(p_firm, p_shipment, l.seq, '{DEPA}', 'ACT') AS did_depart,
            coalesce(zh.last_event(p_firm, p_shipment, l.seq, CASE WHEN l.seq = last THEN '{ARRI,DLVR}'::text[] ELSE '{ARRI}' END, 'ACT'),
                zh.last_event(p_firm, p_shipment, (l.seq + 1)::smallint, '{GTIN}', 'ACT')) AS did_arrive,
            zh.last_event(p_firm, p_shipment, l.seq, '{DEPA}', 'EST') AS said_depart,
            zh.last_event(p_firm, p_shipment, l.seq, CASE WHEN l.seq = last THEN '{ARRI,DLVR}'::text[] ELSE '{ARRI}' END, 'EST') AS said_arrive
        FROM zh.shipment_leg l WHERE l.firm_id = p_firm AND l.shipment_id = p_shipment ORDER BY l.seq LOOP
        missed := false;
        ready := CASE WHEN before_arrive IS NULL THEN coalesce(g.ready_at, g.planned_depart)
            ELSE before_arrive + (coalesce(g.ready_at, g.planned_depart) - before_planned) END;
        IF g.did_depart IS NOT NULL THEN
            dep := g.did_depart;
        ELSIF g.service_id IS NULL THEN
            dep := coalesce(g.said_depart, ready + (g.planned_depart - coalesce(g.ready_at, g.planned_depart)));
        ELSE
            dep := coalesce(g.said_depart, g.planned_depart);
            cut := g.cutoff_at + greatest(dep - g.planned_depart, interval '0'); -- a late departure waits longer
            missed := coalesce(ready > cut, false) AND g.did_arrive IS NULL AND g.seq > coalesce(seen, 0);
            IF missed THEN
                dep := greatest(dep, ready);
                why := coalesce(why, format('leg %s: ready %s after the cut-off of departure %s of service %s', g.seq, ready - cut, g.day, g.service_id));
            END IF;
        END IF;
        arr := coalesce(g.did_arrive, g.said_arrive, dep + (g.planned_arrive - g.planned_depart));
        IF g.did_depart IS NULL THEN dep := least(dep, arr); END IF;
        UPDATE zh.shipment_leg l SET actual_depart = g.did_depart, actual_arrive = g.did_arrive, estimated_depart = least(dep, arr),
            estimated_arrive = greatest(dep, arr), missed_cutoff = missed
        WHERE l.firm_id = p_firm AND l.shipment_id = p_shipment AND l.seq = g.seq;
        before_arrive := greatest(dep, arr);
        before_planned := g.planned_arrive;
    END LOOP;
    UPDATE zh.shipment s SET estimated_arrive = before_arrive WHERE s.firm_id = p_firm AND s.shipment_id = p_shipment;
    RETURN why;
END $$;

-- The leg that an event is of, when it does not say: by the name of the place.
CREATE FUNCTION zh.leg_of(p_firm uuid, p_shipment uuid, p_code text, p_location text) RETURNS smallint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN p_code IN ('BOOK', 'HOLD', 'RLSE', 'VOID') THEN NULL ELSE coalesce(
        (SELECT min(l.seq) FROM zh.shipment_leg l WHERE l.firm_id = p_firm AND l.shipment_id = p_shipment
            AND p_location = CASE WHEN p_code IN ('PICK', 'GTIN', 'LOAD', 'DEPA') THEN l.from_name ELSE l.to_name END),
        CASE p_code WHEN 'PICK' THEN 1::smallint
            WHEN 'DLVR' THEN (SELECT max(l.seq) FROM zh.shipment_leg l WHERE l.firm_id = p_firm AND l.shipment_id = p_shipment) END) END
$$;

-- status 4 recorded, 3 tombstone; no row: no such shipment. p_leg 0: by the place. ACT events move the state
-- forward: a movement to in_transit, DLVR to delivered; late and double ones move nothing. A missed cut-off
-- makes it exception, and one that is missed no more in_transit again.
CREATE FUNCTION zh.record_event_v2(p_firm uuid, p_key uuid, p_sha bytea, p_shipment uuid, p_bill text, p_code text,
    p_classifier text, p_occurred bigint, p_location text, p_source text, p_corrects uuid, p_leg int)
RETURNS TABLE (status smallint, event_id uuid, state text, replay boolean, leg smallint, exception text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE sid uuid; s zh.shipment; c zh.command; eid uuid; at_leg smallint; at_corrects timestamptz; why text; target text; st text;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    SELECT x.shipment_id INTO sid FROM zh.shipment x WHERE x.firm_id = p_firm AND (x.shipment_id = p_shipment OR x.bill_no = p_bill);
    IF NOT FOUND THEN RETURN; END IF;
    INSERT INTO zh.command (firm_id, key, op, req_sha256, shipment_id) VALUES (p_firm, p_key, 'event', p_sha, sid)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT x.* INTO STRICT c FROM zh.command x WHERE x.firm_id = p_firm AND x.key = p_key;
        IF c.req_sha256 <> p_sha AND c.status <> 3 THEN
            RAISE EXCEPTION 'this key was used with another request' USING ERRCODE = 'ZH001';
        END IF;
        RETURN QUERY SELECT c.status, c.event_id, x.state, true, NULL::smallint, x.exception FROM zh.shipment x
            WHERE x.firm_id = p_firm AND x.shipment_id = sid;
        RETURN;
    END IF;
    SELECT x.* INTO s FROM zh.shipment x WHERE x.firm_id = p_firm AND x.shipment_id = sid FOR NO KEY UPDATE;
    at_leg := CASE WHEN p_leg > 0 THEN p_leg ELSE zh.leg_of(p_firm, sid, p_code, p_location) END;
    IF p_leg > 0 AND NOT EXISTS (SELECT FROM zh.shipment_leg l WHERE l.firm_id = p_firm AND l.shipment_id = sid AND l.seq = p_leg) THEN
        RAISE EXCEPTION 'the shipment has no leg %', p_leg USING ERRCODE = '23503';
    END IF;
    IF p_corrects IS NOT NULL THEN
        SELECT e.recorded_at, coalesce(at_leg, e.leg) INTO at_corrects, at_leg FROM zh.event e
        WHERE e.firm_id = p_firm AND e.shipment_id = sid AND e.event_id = p_corrects;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the corrected event is not of this shipment' USING ERRCODE = '23503';
        END IF;
    END IF;
    INSERT INTO zh.event (firm_id, shipment_id, leg, code, classifier, occurred_at, location, source, corrects, corrects_recorded)
    VALUES (p_firm, sid, at_leg, p_code, p_classifier, to_timestamp(p_occurred), p_location, p_source, p_corrects, at_corrects)
    RETURNING event.event_id INTO eid;
    st := s.state;
    why := s.exception;
    IF st IN ('booked', 'in_transit', 'exception', 'delivered') THEN
        why := zh.retime(p_firm, sid);
    END IF;
    target := CASE WHEN p_classifier <> 'ACT' THEN st
        WHEN p_code = 'DLVR' AND st IN ('booked', 'in_transit', 'exception') THEN 'delivered'
        WHEN p_code IN ('PICK', 'GTIN', 'LOAD', 'DEPA', 'ARRI', 'DISC', 'GTOT') AND st = 'booked' THEN 'in_transit'
        ELSE st END;
    IF target IN ('booked', 'in_transit') AND why IS NOT NULL THEN
        target := 'exception';
    ELSIF target = 'exception' AND why IS NULL AND s.exception IS NOT NULL THEN
        target := 'in_transit';
    END IF;
    IF target = 'delivered' AND st IN ('booked', 'exception') THEN -- the events between were lost or are late
        UPDATE zh.shipment x SET state = 'in_transit' WHERE x.firm_id = p_firm AND x.shipment_id = sid;
    END IF;
    IF target <> st OR why IS DISTINCT FROM s.exception THEN
        UPDATE zh.shipment x SET state = target, exception = why WHERE x.firm_id = p_firm AND x.shipment_id = sid;
    END IF;
    UPDATE zh.command x SET status = 4, event_id = eid WHERE x.firm_id = p_firm AND x.key = p_key;
    INSERT INTO zh.outbox (firm_id, topic, body) VALUES (p_firm, 'event', jsonb_build_object(
        'shipment_id', sid, 'bill_no', s.bill_no, 'event_id', eid, 'code', p_code, 'classifier', p_classifier, 'state', target,
        'exception', why));
    RETURN QUERY SELECT 4::smallint, eid, target, false, at_leg, why;
END $$;

-- A daemon of the version before this one goes on with it.
CREATE OR REPLACE FUNCTION zh.record_event(p_firm uuid, p_key uuid, p_sha bytea, p_shipment uuid, p_bill text, p_code text,
    p_classifier text, p_occurred bigint, p_location text, p_source text, p_corrects uuid)
RETURNS TABLE (status smallint, event_id uuid, state text, replay boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.status, r.event_id, r.state, r.replay FROM zh.record_event_v2(p_firm, p_key, p_sha, p_shipment, p_bill, p_code,
        p_classifier, p_occurred, p_location, p_source, p_corrects, 0) r
$$;

CREATE FUNCTION zh.list_shipments_v2(p_firm uuid, p_shipment uuid, p_bill text, p_state text, p_before timestamptz, p_limit int)
RETURNS TABLE (firm_id uuid, shipment_id uuid, bill_no text, state text, origin text, destination text, mass_kg bigint,
    total_fen bigint, booked_at_us bigint, option bytea, containers text, replaces text, replaced_by text, estimated_arrive_s bigint,
    exception text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT s.firm_id, s.shipment_id, s.bill_no, s.state, s.origin, s.destination, s.mass_kg, s.total_fen,
        (extract(epoch FROM s.booked_at) * 1000000)::bigint,
        CASE WHEN p_shipment IS NOT NULL OR p_bill IS NOT NULL THEN s.option END,
        (SELECT string_agg(c.number, ';' ORDER BY c.number) FROM zh.shipment_container c
         WHERE c.firm_id = s.firm_id AND c.shipment_id = s.shipment_id),
        (SELECT o.bill_no FROM zh.shipment o WHERE o.firm_id = s.firm_id AND o.shipment_id = s.replaces),
        (SELECT o.bill_no FROM zh.shipment o WHERE o.firm_id = s.firm_id AND o.shipment_id = s.replaced_by),
        extract(epoch FROM s.estimated_arrive)::bigint, s.exception
    FROM zh.shipment s
    WHERE s.firm_id = p_firm AND (p_shipment IS NULL OR s.shipment_id = p_shipment)
        AND (p_bill IS NULL OR s.bill_no = p_bill) AND (p_state IS NULL OR s.state = p_state)
        AND (p_before IS NULL OR s.booked_at < p_before)
    ORDER BY s.booked_at DESC, s.shipment_id LIMIT p_limit;
END $$;

CREATE FUNCTION zh.list_events_v2(p_firm uuid, p_shipment uuid, p_bill text)
RETURNS TABLE (event_id uuid, code text, classifier text, occurred_s bigint, recorded_s bigint, location text, source text,
    corrects uuid, leg smallint, corrected boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE sid uuid; since timestamptz;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    SELECT s.shipment_id, s.booked_at - interval '1 day' INTO sid, since FROM zh.shipment s
    WHERE s.firm_id = p_firm AND (s.shipment_id = p_shipment OR s.bill_no = p_bill);
    RETURN QUERY SELECT e.event_id, e.code, e.classifier, extract(epoch FROM e.occurred_at)::bigint,
        extract(epoch FROM e.recorded_at)::bigint, e.location, e.source, e.corrects, e.leg,
        EXISTS (SELECT FROM zh.event c WHERE c.firm_id = p_firm AND c.shipment_id = sid AND c.corrects = e.event_id AND c.recorded_at >= since)
    FROM zh.event e WHERE e.firm_id = p_firm AND e.shipment_id = sid AND e.recorded_at >= since
    ORDER BY e.occurred_at, e.seq LIMIT 1000;
END $$;

-- overdue: the cut-off has passed by the clock and nothing says that the cargo came or left.
CREATE FUNCTION zh.list_legs(p_firm uuid, p_shipment uuid)
RETURNS TABLE (seq smallint, mode text, service_id bigint, day text, from_name text, to_name text, kg bigint, teu_milli bigint,
    planned_depart bigint, planned_arrive bigint, estimated_depart bigint, estimated_arrive bigint, actual_depart bigint,
    actual_arrive bigint, cutoff_at bigint, missed_cutoff boolean, overdue boolean, released boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT g.seq, g.mode, g.service_id, g.day::text, g.from_name, g.to_name, g.kg, g.teu_milli,
        extract(epoch FROM g.planned_depart)::bigint, extract(epoch FROM g.planned_arrive)::bigint,
        extract(epoch FROM g.estimated_depart)::bigint, extract(epoch FROM g.estimated_arrive)::bigint,
        extract(epoch FROM g.actual_depart)::bigint, extract(epoch FROM g.actual_arrive)::bigint,
        extract(epoch FROM g.cutoff_at)::bigint, g.missed_cutoff,
        g.cutoff_at < clock_timestamp() AND g.actual_depart IS NULL AND g.actual_arrive IS NULL AND g.seq > 1 AND NOT g.released
            AND NOT EXISTS (SELECT FROM zh.shipment_leg b WHERE b.firm_id = g.firm_id AND b.shipment_id = g.shipment_id
                AND b.seq >= g.seq - 1 AND (b.actual_arrive IS NOT NULL OR (b.seq >= g.seq AND b.actual_depart IS NOT NULL))),
        g.released
    FROM zh.shipment_leg g WHERE g.firm_id = p_firm AND g.shipment_id = p_shipment ORDER BY g.seq;
END $$;

-- --- the outbox, in the order of commits --------------------------------------------------------------------
-- A transaction below the xmin of the present snapshot has ended, so nothing will ever come before what is
-- read here: identity order is not commit order, (xid, id) below the horizon is.
-- Where a reader begins. p_mark NULL: behind everything that the firm can see now; all zero: at the oldest that
-- is kept; else behind that change. No row: that mark is not known (any more).
CREATE FUNCTION zh.watch_start(p_firm uuid, p_mark uuid) RETURNS TABLE (xid text, id bigint, mark uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    IF p_mark IS NOT NULL AND p_mark <> '00000000-0000-0000-0000-000000000000' THEN
        RETURN QUERY SELECT o.xid::text, o.id, o.mark FROM zh.outbox o WHERE o.firm_id = p_firm AND o.mark = p_mark;
        RETURN;
    END IF;
    IF p_mark IS NULL THEN
        RETURN QUERY SELECT o.xid::text, o.id, o.mark FROM zh.outbox o WHERE o.firm_id = p_firm AND o.xid < horizon
            ORDER BY o.xid DESC, o.id DESC LIMIT 1;
        IF FOUND THEN RETURN; END IF;
    END IF;
    RETURN QUERY SELECT '0', 0::bigint, '00000000-0000-0000-0000-000000000000'::uuid;
END $$;

-- Changes of many readers at once: for the n-th (1..) those behind (xid, id), at most p_limit each.
CREATE FUNCTION zh.watch(p_firm uuid[], p_xid text[], p_id bigint[], p_limit int)
RETURNS TABLE (n int, xid text, id bigint, mark uuid, firm_id uuid, topic text, shipment_id uuid, bill_no text, state text,
    event_id uuid, code text, exception text, at_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
BEGIN
    FOR i IN 1..coalesce(cardinality(p_firm), 0) LOOP
        PERFORM set_config('zh.firm', p_firm[i]::text, true);
        RETURN QUERY SELECT i, o.xid::text, o.id, o.mark, o.firm_id, o.topic, (o.body ->> 'shipment_id')::uuid, o.body ->> 'bill_no',
            o.body ->> 'state', (o.body ->> 'event_id')::uuid, o.body ->> 'code', o.body ->> 'exception', extract(epoch FROM o.at)::bigint
        FROM zh.outbox o
        WHERE o.firm_id = p_firm[i] AND (o.xid, o.id) > (p_xid[i]::xid8, p_id[i]) AND o.xid < horizon
        ORDER BY o.xid, o.id LIMIT p_limit;
    END LOOP;
    PERFORM set_config('zh.firm', '', true);
END $$;

-- Live shipments of which a leg that has not ended drives a closed road or rides a departure that is cancelled
-- (day NULL: all of that service). done: the last leg that has ended.
CREATE FUNCTION zh.affected(p_firm uuid, p_links bigint[], p_service bigint[], p_day date[], p_after uuid, p_limit int)
RETURNS TABLE (firm_id uuid, shipment_id uuid, bill_no text, state text, total_fen bigint, request bytea, option bytea, hit_leg smallint,
    hit_road boolean, done smallint, at_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT s.firm_id, s.shipment_id, s.bill_no, s.state, s.total_fen, s.request, s.option, h.seq, h.road, d.seq,
        extract(epoch FROM d.actual_arrive)::bigint
    FROM zh.shipment s
    CROSS JOIN LATERAL (SELECT g.seq, coalesce(g.links && p_links, false) AS road FROM zh.shipment_leg g
        WHERE g.firm_id = s.firm_id AND g.shipment_id = s.shipment_id AND g.actual_arrive IS NULL AND NOT g.released
            AND NOT EXISTS (SELECT FROM zh.shipment_leg b WHERE b.firm_id = g.firm_id AND b.shipment_id = g.shipment_id
                AND b.seq > g.seq AND (b.actual_depart IS NOT NULL OR b.actual_arrive IS NOT NULL))
            AND (g.links && p_links OR EXISTS (SELECT FROM unnest(p_service, p_day) AS u (service_id, day)
                WHERE u.service_id = g.service_id AND (u.day IS NULL OR u.day = g.day)))
        ORDER BY g.seq LIMIT 1) h
    LEFT JOIN LATERAL (SELECT g.seq, g.actual_arrive FROM zh.shipment_leg g WHERE g.firm_id = s.firm_id
        AND g.shipment_id = s.shipment_id AND g.actual_arrive IS NOT NULL ORDER BY g.seq DESC LIMIT 1) d ON true
    WHERE s.firm_id = p_firm AND s.state IN ('booked', 'in_transit', 'exception') AND (p_after IS NULL OR s.shipment_id > p_after)
    ORDER BY s.shipment_id LIMIT p_limit;
END $$;

CREATE FUNCTION zh.list_agreed(p_firm uuid, p_day date)
RETURNS TABLE (contract text, seq smallint, published text, charge text, unit text, base_myuan bigint, per_km_nyuan bigint,
    min_myuan bigint, break_kg bigint, valid_from text, valid_to text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT t.contract, t.seq, t.published, t.charge, t.unit, t.base_myuan, t.per_km_nyuan, t.min_myuan, t.break_kg,
        t.valid_from::text, t.valid_to::text
    FROM zh.agreed_tariff t WHERE t.firm_id = p_firm AND p_day BETWEEN t.valid_from AND t.valid_to ORDER BY t.contract, t.seq LIMIT 1000;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA zh FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA zh FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA zh FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.book_full, zh.cancel, zh.record_event_v2, zh.list_shipments_v2, zh.list_events_v2, zh.list_legs,
    zh.watch_start, zh.watch, zh.affected, zh.list_agreed TO zh_api;
RESET ROLE;
