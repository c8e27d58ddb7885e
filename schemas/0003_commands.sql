-- The commands: book, settle, cancel, record_event. Each is one statement and one transaction, idempotent by
-- (firm, key). docs/schema.md is the manual. All are SECURITY DEFINER and owned by zh_owner, who obeys
-- row-level security too, so a fault in one of them cannot touch another firm.
SET LOCAL ROLE zh_owner;

-- Makes the key ours, or tells that it was used. Waits for a twin in flight: INSERT .. ON CONFLICT does, and
-- under READ COMMITTED the next SELECT sees the winner's row.
CREATE FUNCTION zh.command_begin(p_firm uuid, p_key uuid, p_op smallint, p_sha256 bytea, OUT found zh.command)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    INSERT INTO zh.command (firm_id, key, op, req_sha256) VALUES (p_firm, p_key, p_op, p_sha256)
        ON CONFLICT DO NOTHING;
    IF FOUND THEN
        found := NULL;
        RETURN;
    END IF;
    SELECT c.* INTO STRICT found FROM zh.command c WHERE c.firm_id = p_firm AND c.key = p_key;
    IF found.op <> 4 AND (found.op <> p_op OR found.req_sha256 <> p_sha256) THEN
        RAISE EXCEPTION 'the key was used with another request' USING ERRCODE = 'ZH001';
    END IF;
END $$;

-- ZH + day in China + eight random characters (40 bits; they tell nothing of the volume) + check character.
CREATE FUNCTION zh.bill_no_new() RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    symbols CONSTANT text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    random bytea := uuid_send(gen_random_uuid());
    bits bigint := 0;
    day text := to_char(clock_timestamp() AT TIME ZONE 'Asia/Shanghai', 'YYMMDD');
    body text := '';
BEGIN
    FOR i IN 0 .. 4 LOOP
        bits := bits * 256 + get_byte(random, i);
    END LOOP;
    FOR i IN 1 .. 8 LOOP
        body := body || substr(symbols, (bits & 31)::int + 1, 1);
        bits := bits >> 5;
    END LOOP;
    RETURN 'ZH' || day || '-' || body || '-' || zh.check_character('ZH' || day || body);
END $$;

-- Takes (sign 1) what the legs need of each departure, or says which departure is short. Rows are made, then
-- locked, then changed in the order (service_id, depart_date): the one order for everybody.
CREATE FUNCTION zh.capacity_take(p_legs jsonb, OUT short text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO zh.departure (service_id, depart_date, capacity_kg, capacity_teu_milli)
        SELECT l.service_id, l.depart_date, nullif(max(l.capacity_kg), 0), nullif(max(l.capacity_teu_milli), 0)
        FROM jsonb_to_recordset(p_legs) AS l(service_id int, depart_date date, capacity_kg bigint, capacity_teu_milli bigint)
        WHERE l.service_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT DO NOTHING;
    PERFORM FROM zh.departure d
        WHERE (d.service_id, d.depart_date) IN (
            SELECT l.service_id, l.depart_date FROM jsonb_to_recordset(p_legs) AS l(service_id int, depart_date date))
        ORDER BY d.service_id, d.depart_date FOR NO KEY UPDATE;
    SELECT json_build_object('service_id', d.service_id, 'depart_date', d.depart_date,
                             'free_kg', d.capacity_kg - d.taken_kg,
                             'free_teu_milli', d.capacity_teu_milli - d.taken_teu_milli)::text
        INTO short
        FROM zh.departure d JOIN (
            SELECT l.service_id, l.depart_date, sum(coalesce(l.kg, 0)) AS kg, sum(coalesce(l.teu_milli, 0)) AS teu
            FROM jsonb_to_recordset(p_legs) AS l(service_id int, depart_date date, kg bigint, teu_milli bigint)
            WHERE l.service_id IS NOT NULL GROUP BY 1, 2) need USING (service_id, depart_date)
        WHERE d.taken_kg + need.kg > d.capacity_kg OR d.taken_teu_milli + need.teu > d.capacity_teu_milli
        ORDER BY d.service_id, d.depart_date LIMIT 1;
    IF short IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE zh.departure d SET taken_kg = d.taken_kg + need.kg, taken_teu_milli = d.taken_teu_milli + need.teu
        FROM (SELECT l.service_id, l.depart_date, sum(coalesce(l.kg, 0)) AS kg, sum(coalesce(l.teu_milli, 0)) AS teu
              FROM jsonb_to_recordset(p_legs) AS l(service_id int, depart_date date, kg bigint, teu_milli bigint)
              WHERE l.service_id IS NOT NULL GROUP BY 1, 2) need
        WHERE d.service_id = need.service_id AND d.depart_date = need.depart_date;
END $$;

-- The rows of a shipment from the plan (docs/schema.md has its fields).
CREATE FUNCTION zh.shipment_store(p_firm uuid, p_key uuid, p_plan jsonb, p_request bytea, p_option bytea,
                                  OUT o_shipment uuid, OUT o_bill_no text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    o_shipment := gen_random_uuid();
    o_bill_no := zh.bill_no_new();
    INSERT INTO zh.shipment (firm_id, shipment_id, bill_no, key, state, plan_ref, network_version, family, commodity,
            mass_kg, volume_dm3, dangerous_class, value_yuan, origin, origin_lat_e6, origin_lon_e6, destination,
            destination_lat_e6, destination_lon_e6, money_fen, co2_g, distance_m, depart_at, arrive_at, request, option)
        SELECT p_firm, o_shipment, o_bill_no, p_key, 'booked', p.plan_ref, p.network_version, p.family,
               coalesce(p.commodity, ''), p.mass_kg, coalesce(p.volume_dm3, 0), coalesce(p.dangerous_class, ''),
               coalesce(p.value_yuan, 0), p.origin, p.origin_lat_e6, p.origin_lon_e6, p.destination,
               p.destination_lat_e6, p.destination_lon_e6, p.money_fen, p.co2_g, coalesce(p.distance_m, 0),
               to_timestamp(p.depart_at), to_timestamp(p.arrive_at), p_request, p_option
        FROM jsonb_to_record(p_plan) AS p(plan_ref text, network_version text, family text, commodity text,
            mass_kg bigint, volume_dm3 bigint, dangerous_class text, value_yuan bigint, origin text,
            origin_lat_e6 int, origin_lon_e6 int, destination text, destination_lat_e6 int, destination_lon_e6 int,
            money_fen bigint, co2_g bigint, distance_m bigint, depart_at bigint, arrive_at bigint);
    INSERT INTO zh.shipment_container (firm_id, shipment_id, number)
        SELECT p_firm, o_shipment, n FROM jsonb_array_elements_text(coalesce(p_plan -> 'containers', '[]')) AS n;
    INSERT INTO zh.shipment_leg (firm_id, shipment_id, seq, mode, service_id, depart_date, service_name, from_name,
            to_name, planned_depart, planned_arrive, estimated_depart, estimated_arrive, kg, teu_milli)
        SELECT p_firm, o_shipment, e.n - 1, l.mode, l.service_id, l.depart_date, coalesce(l.service_name, ''),
               coalesce(l.from_name, ''), coalesce(l.to_name, ''), to_timestamp(l.depart_at), to_timestamp(l.arrive_at),
               to_timestamp(l.depart_at), to_timestamp(l.arrive_at), coalesce(l.kg, 0), coalesce(l.teu_milli, 0)
        FROM jsonb_array_elements(p_plan -> 'legs') WITH ORDINALITY AS e(leg, n),
             jsonb_to_record(e.leg) AS l(mode text, service_id int, depart_date date, service_name text, from_name text,
                 to_name text, depart_at bigint, arrive_at bigint, kg bigint, teu_milli bigint);
    INSERT INTO zh.cost_line (firm_id, shipment_id, seq, leg_seq, kind, basis, rate, amount_fen, estimated, source)
        SELECT p_firm, o_shipment, e.n - 1, coalesce(c.leg, 0), c.kind, coalesce(c.basis, ''), coalesce(c.rate, ''),
               c.amount_fen, coalesce(c.estimated, false), coalesce(c.source, '')
        FROM jsonb_array_elements(coalesce(p_plan -> 'lines', '[]')) WITH ORDINALITY AS e(line, n),
             jsonb_to_record(e.line) AS c(leg smallint, kind text, basis text, rate text, amount_fen bigint,
                 estimated boolean, source text);
    INSERT INTO zh.event (firm_id, shipment_id, key, code, classifier, occurred_at, source)
        VALUES (p_firm, o_shipment, p_key, 'CONF', 'ACT', clock_timestamp(), 'zongheng');
    INSERT INTO zh.outbox (firm_id, topic, body)
        VALUES (p_firm, 'shipment.booked', jsonb_build_object('shipment_id', o_shipment, 'bill_no', o_bill_no));
END $$;

CREATE FUNCTION zh.book(p_firm uuid, p_key uuid, p_sha256 bytea, p_plan jsonb, p_request bytea, p_option bytea,
                        OUT status smallint, OUT shipment_id uuid, OUT bill_no text, OUT replay boolean,
                        OUT reason text, OUT detail text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old zh.command;
BEGIN
    IF coalesce(jsonb_typeof(p_plan -> 'legs') <> 'array' OR jsonb_array_length(p_plan -> 'legs') = 0, true) THEN
        RAISE EXCEPTION 'a plan has legs' USING ERRCODE = '22023';
    END IF;
    old := zh.command_begin(p_firm, p_key, 1::smallint, p_sha256);
    replay := old.key IS NOT NULL;
    IF replay THEN
        status := old.status;
        shipment_id := old.shipment_id;
        reason := old.reason;
        detail := old.detail;
        SELECT s.bill_no INTO bill_no FROM zh.shipment s WHERE s.firm_id = p_firm AND s.shipment_id = old.shipment_id;
        RETURN;
    END IF;
    detail := zh.capacity_take(p_plan -> 'legs');
    IF detail IS NULL THEN
        SELECT o_shipment, o_bill_no INTO shipment_id, bill_no
            FROM zh.shipment_store(p_firm, p_key, p_plan, p_request, p_option);
        status := 0;
    ELSE
        status := 1;
        reason := 'capacity';
    END IF;
    UPDATE zh.command c SET status = book.status, shipment_id = book.shipment_id, state = CASE book.status WHEN 0 THEN 'booked' END,
            reason = book.reason, detail = book.detail
        WHERE c.firm_id = p_firm AND c.key = p_key;
END $$;

-- The outcome of a key, whatever it was; a key that was never seen never will do anything afterwards.
CREATE FUNCTION zh.settle(p_firm uuid, p_key uuid, OUT status smallint, OUT op smallint, OUT shipment_id uuid,
                          OUT bill_no text, OUT event_id uuid, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    INSERT INTO zh.command (firm_id, key, op, req_sha256, status, reason)
        VALUES (p_firm, p_key, 4, decode(repeat('00', 32), 'hex'), 3, 'settled') ON CONFLICT DO NOTHING;
    SELECT c.status, c.op, c.shipment_id, s.bill_no, c.event_id, c.reason
        INTO STRICT status, op, shipment_id, bill_no, event_id, reason
        FROM zh.command c LEFT JOIN zh.shipment s ON s.firm_id = c.firm_id AND s.shipment_id = c.shipment_id
        WHERE c.firm_id = p_firm AND c.key = p_key;
END $$;

-- The shipment by id or bill number, locked; NULL when it is not there or not this firm's.
CREATE FUNCTION zh.shipment_lock(p_firm uuid, p_shipment uuid, p_bill_no text) RETURNS zh.shipment
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.* FROM zh.shipment s
    WHERE s.firm_id = p_firm AND (p_shipment IS NOT NULL OR p_bill_no IS NOT NULL)
        AND (p_shipment IS NULL OR s.shipment_id = p_shipment) AND (p_bill_no IS NULL OR s.bill_no = p_bill_no)
    FOR NO KEY UPDATE
$$;

CREATE FUNCTION zh.cancel(p_firm uuid, p_key uuid, p_sha256 bytea, p_shipment uuid, p_bill_no text,
                          OUT status smallint, OUT shipment_id uuid, OUT bill_no text, OUT state text,
                          OUT replay boolean, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old zh.command;
    s zh.shipment;
BEGIN
    old := zh.command_begin(p_firm, p_key, 2::smallint, p_sha256);
    replay := old.key IS NOT NULL;
    IF replay THEN
        status := old.status;
        shipment_id := old.shipment_id;
        state := old.state;
        reason := old.reason;
        SELECT x.bill_no INTO bill_no FROM zh.shipment x WHERE x.firm_id = p_firm AND x.shipment_id = old.shipment_id;
        RETURN;
    END IF;
    s := zh.shipment_lock(p_firm, p_shipment, p_bill_no);
    IF s.shipment_id IS NULL THEN
        DELETE FROM zh.command c WHERE c.firm_id = p_firm AND c.key = p_key;
        status := 4;
        RETURN;
    END IF;
    shipment_id := s.shipment_id;
    bill_no := s.bill_no;
    state := s.state;
    IF NOT EXISTS (SELECT FROM zh.shipment_move m WHERE m.from_state = s.state AND m.to_state = 'cancelled') THEN
        status := 2;
        reason := 'state_' || s.state;
    ELSE
        status := 0;
        state := 'cancelled';
        UPDATE zh.shipment x SET state = 'cancelled' WHERE x.firm_id = p_firm AND x.shipment_id = s.shipment_id;
        PERFORM FROM zh.departure d
            WHERE (d.service_id, d.depart_date) IN (SELECT l.service_id, l.depart_date FROM zh.shipment_leg l
                WHERE l.firm_id = p_firm AND l.shipment_id = s.shipment_id AND l.service_id IS NOT NULL)
            ORDER BY d.service_id, d.depart_date FOR NO KEY UPDATE;
        UPDATE zh.departure d SET taken_kg = d.taken_kg - g.kg, taken_teu_milli = d.taken_teu_milli - g.teu
            FROM (SELECT l.service_id, l.depart_date, sum(l.kg) AS kg, sum(l.teu_milli) AS teu FROM zh.shipment_leg l
                  WHERE l.firm_id = p_firm AND l.shipment_id = s.shipment_id AND l.service_id IS NOT NULL GROUP BY 1, 2) g
            WHERE d.service_id = g.service_id AND d.depart_date = g.depart_date;
        INSERT INTO zh.event (firm_id, shipment_id, key, code, classifier, occurred_at, source)
            VALUES (p_firm, s.shipment_id, p_key, 'CANC', 'ACT', clock_timestamp(), 'zongheng');
        INSERT INTO zh.outbox (firm_id, topic, body) VALUES (p_firm, 'shipment.cancelled',
            jsonb_build_object('shipment_id', s.shipment_id, 'bill_no', s.bill_no));
    END IF;
    UPDATE zh.command c SET status = cancel.status, shipment_id = s.shipment_id, state = cancel.state,
            reason = cancel.reason
        WHERE c.firm_id = p_firm AND c.key = p_key;
END $$;

-- The state after an actual event: forward only, by allowed moves. A late or doubled event moves nothing.
CREATE FUNCTION zh.shipment_advance(p_firm uuid, p_shipment uuid, p_state text, p_to text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at text := p_state;
BEGIN
    IF p_to IN ('in_transit', 'delivered') AND at IN ('booked', 'replanned') THEN
        UPDATE zh.shipment s SET state = 'in_transit' WHERE s.firm_id = p_firm AND s.shipment_id = p_shipment;
        at := 'in_transit';
    END IF;
    IF p_to = 'delivered' AND at = 'in_transit' THEN -- also when the loading was never told
        UPDATE zh.shipment s SET state = 'delivered' WHERE s.firm_id = p_firm AND s.shipment_id = p_shipment;
        at := 'delivered';
    END IF;
    RETURN at;
END $$;

CREATE FUNCTION zh.record_event(p_firm uuid, p_key uuid, p_sha256 bytea, p_shipment uuid, p_bill_no text,
                                p_code text, p_classifier text, p_occurred_at bigint, p_location text,
                                p_source text, p_corrects uuid, p_leg smallint DEFAULT NULL,
                                OUT status smallint, OUT event_id uuid, OUT state text, OUT replay boolean,
                                OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old zh.command;
    s zh.shipment;
    e zh.event_code;
BEGIN
    SELECT x.* INTO e FROM zh.event_code x WHERE x.code = p_code AND x.recordable;
    IF e.code IS NULL OR coalesce(p_classifier NOT IN ('ACT', 'EST', 'PLN'), true) THEN
        RAISE EXCEPTION 'no such event code or classifier' USING ERRCODE = '22023';
    END IF;
    old := zh.command_begin(p_firm, p_key, 3::smallint, p_sha256);
    replay := old.key IS NOT NULL;
    IF replay THEN
        status := old.status;
        event_id := old.event_id;
        state := old.state;
        reason := old.reason;
        RETURN;
    END IF;
    s := zh.shipment_lock(p_firm, p_shipment, p_bill_no);
    IF s.shipment_id IS NULL THEN
        DELETE FROM zh.command c WHERE c.firm_id = p_firm AND c.key = p_key;
        status := 4;
        RETURN;
    END IF;
    state := s.state;
    IF s.state IN ('cancelled', 'closed', 'quoted') THEN
        status := 2;
        reason := 'state_' || s.state;
    ELSIF p_corrects IS NOT NULL AND NOT EXISTS (SELECT FROM zh.event x
            WHERE x.firm_id = p_firm AND x.shipment_id = s.shipment_id AND x.event_id = p_corrects) THEN
        status := 2;
        reason := 'corrects';
    ELSIF p_leg IS NOT NULL AND NOT EXISTS (SELECT FROM zh.shipment_leg l
            WHERE l.firm_id = p_firm AND l.shipment_id = s.shipment_id AND l.seq = p_leg) THEN
        status := 2;
        reason := 'leg';
    ELSE
        status := 0;
        event_id := gen_random_uuid();
        INSERT INTO zh.event (firm_id, shipment_id, event_id, key, code, classifier, occurred_at, leg_seq, location,
                              source, corrects)
            VALUES (p_firm, s.shipment_id, event_id, p_key, p_code, p_classifier, to_timestamp(p_occurred_at), p_leg,
                    coalesce(p_location, ''), coalesce(p_source, ''), p_corrects);
        IF p_code IN ('DEPA', 'ARRI') AND p_classifier IN ('ACT', 'EST') AND p_leg IS NOT NULL THEN
            UPDATE zh.shipment_leg l SET
                actual_depart = CASE WHEN p_code = 'DEPA' AND p_classifier = 'ACT' THEN to_timestamp(p_occurred_at) ELSE l.actual_depart END,
                actual_arrive = CASE WHEN p_code = 'ARRI' AND p_classifier = 'ACT' THEN to_timestamp(p_occurred_at) ELSE l.actual_arrive END,
                estimated_depart = CASE WHEN p_code = 'DEPA' THEN to_timestamp(p_occurred_at) ELSE l.estimated_depart END,
                estimated_arrive = CASE WHEN p_code = 'ARRI' THEN to_timestamp(p_occurred_at) ELSE l.estimated_arrive END
                WHERE l.firm_id = p_firm AND l.shipment_id = s.shipment_id AND l.seq = p_leg;
        END IF;
        IF p_classifier = 'ACT' AND e.moves_to IS NOT NULL THEN
            state := zh.shipment_advance(p_firm, s.shipment_id, s.state, e.moves_to);
        END IF;
        INSERT INTO zh.outbox (firm_id, topic, body) VALUES (p_firm, 'shipment.event',
            jsonb_build_object('shipment_id', s.shipment_id, 'event_id', event_id, 'code', p_code, 'state', state));
    END IF;
    UPDATE zh.command c SET status = record_event.status, shipment_id = s.shipment_id,
            event_id = record_event.event_id, state = record_event.state, reason = record_event.reason
        WHERE c.firm_id = p_firm AND c.key = p_key;
END $$;

GRANT EXECUTE ON FUNCTION zh.book, zh.settle, zh.cancel, zh.record_event TO zh_api;
