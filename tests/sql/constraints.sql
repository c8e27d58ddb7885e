-- What a row may be, whoever writes it: as a superuser, whom neither privileges nor policies stop.
SELECT no_plan();

-- keys
SELECT col_is_pk('zh', 'firm', ARRAY['firm_id'], 'a firm once');
SELECT col_is_pk('zh', 'command', ARRAY['firm_id', 'key'], 'a key once in a firm');
SELECT col_is_pk('zh', 'departure', ARRAY['service_id', 'day'], 'a departure once');
SELECT col_is_pk('zh', 'shipment', ARRAY['firm_id', 'shipment_id'], 'firm first');
SELECT index_is_unique('zh', 'shipment', i, i || ' is unique')
FROM unnest(ARRAY['shipment_key_key', 'shipment_bill_no_key', 'shipment_replaces_key']) i;
SELECT throws_ok(format('INSERT INTO zh.command (firm_id, key, op, req_sha256) SELECT firm_id, key, op, req_sha256 FROM zh.command WHERE firm_id = %L', tap.a()), '23505', NULL, 'a key twice');
SELECT throws_ok(format('INSERT INTO zh.shipment SELECT (jsonb_populate_record(s, jsonb_build_object(''shipment_id'', gen_random_uuid()))).* FROM zh.shipment s WHERE firm_id = %L', tap.a()), '23505', NULL, 'a key''s second shipment');

-- capacity
SELECT throws_ok($$UPDATE zh.departure SET taken_kg = capacity_kg + 1 WHERE service_id = 7$$, '23514', NULL, 'oversold');
SELECT throws_ok($$UPDATE zh.departure SET taken_kg = -1 WHERE service_id = 7$$, '23514', NULL, 'given back twice');
SELECT throws_ok($$UPDATE zh.departure SET taken_teu_milli = 1 WHERE service_id = 7$$, '23514', NULL, 'a unit that is not sold');
SELECT throws_ok($$INSERT INTO zh.departure VALUES (9, '2026-12-01', -1, 0)$$, '23514', NULL, 'negative capacity');
SELECT is((SELECT taken_kg FROM zh.departure WHERE service_id = 7), 200::bigint, 'two bookings of 100 kg');

-- money, mass, time
SELECT throws_ok(format('UPDATE zh.%s SET %s WHERE firm_id = %L', t, c, tap.a()), '23514', NULL, t || ': ' || c)
FROM (VALUES ('shipment', 'total_fen = -1'), ('shipment', 'mass_kg = 0'), ('shipment', 'co2_g = -1'), ('shipment', 'arrive_at = depart_at - interval ''1 s'''),
    ('shipment', 'bill_no = ''ZH1'''), ('shipment', 'replaces = shipment_id'), ('cost_line', 'amount_fen = -1'), ('cost_line', 'seq = 0'), ('shipment_leg', 'mode = ''mule'''),
    ('shipment_leg', 'kg = -1'), ('shipment_leg', 'day = NULL'), ('shipment_leg', 'planned_arrive = planned_depart - interval ''1 s'''),
    ('shipment_leg', 'estimated_arrive = estimated_depart - interval ''1 s'''), ('agreed_tariff', 'base_myuan = -1'), ('agreed_tariff', 'valid_to = ''2025-01-01'''),
    ('agreed_tariff', 'charge = ''Freight!'''), ('command', 'status = 9'), ('command', 'status = 0, shipment_id = NULL'), ('command', 'req_sha256 = ''\x00''')) v (t, c);
SELECT throws_ok($$UPDATE zh.shipment_container SET number = 'CSQU3054384'$$, '23514', NULL, 'a wrong check digit');
SELECT throws_ok($$UPDATE zh.token SET role = 'king'$$, '23514', NULL, 'an unknown role');
SELECT throws_ok($$UPDATE zh.token SET expires_at = made_at - interval '1 s'$$, '23514', NULL, 'ended before it began');

-- references: never to another firm's rows, because the firm is in each of them
SELECT throws_ok(format('UPDATE zh.%s SET shipment_id = %L WHERE firm_id = %L', t, tap.of_a(), tap.b()), '23503', NULL, t || ' of another firm''s shipment')
FROM unnest(ARRAY['cost_line', 'shipment_leg', 'shipment_container']) t;
SELECT throws_ok(format('UPDATE zh.shipment SET replaces = %L WHERE firm_id = %L', tap.of_a(), tap.b()), '23503', NULL, 'replaces another firm''s shipment');
SELECT throws_ok(format('INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source) VALUES (%L, %L, ''HOLD'', ''ACT'', now(), '''', '''')', tap.b(), tap.of_a()),
    '23503', NULL, 'an event of another firm''s shipment');
SELECT throws_ok(format('DELETE FROM zh.%s', t), '23503', NULL, t || ' is referred to') FROM unnest(ARRAY['firm', 'shipment', 'departure']) t;
SELECT is((SELECT count(*) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
        WHERE c.contype = 'f' AND t.relnamespace = 'zh'::regnamespace AND r.relname NOT IN ('firm', 'departure')
            AND (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) <> 'firm_id'), 0::bigint, 'every reference to a firm''s row begins with the firm');

-- states and events
SELECT throws_ok(format('UPDATE zh.shipment SET state = %L WHERE firm_id = %L', s, tap.a()), 'ZH003', NULL, 'booked to ' || s) FROM unnest(ARRAY['delivered', 'closed', 'replanned']) s;
SELECT lives_ok(format('UPDATE zh.shipment SET state = ''in_transit'' WHERE firm_id = %L', tap.a()), 'booked to in_transit');
SELECT throws_ok(format('UPDATE zh.shipment SET state = ''booked'' WHERE firm_id = %L', tap.a()), 'ZH003', NULL, 'and not back');
SELECT throws_ok(format('UPDATE zh.event SET location = ''x'' WHERE firm_id = %L', tap.a()), 'ZH002', NULL, 'an event changed');
SELECT throws_ok(format('DELETE FROM zh.event WHERE firm_id = %L', tap.a()), 'ZH002', NULL, 'an event deleted');
SELECT throws_ok('TRUNCATE zh.event CASCADE', 'ZH002', NULL, 'events truncated');
SELECT throws_ok(format('INSERT INTO zh.event (firm_id, shipment_id, code, classifier, occurred_at, location, source) VALUES (%L, %L, ''XXXX'', ''ACT'', now(), '''', '''')', tap.a(), tap.of_a()),
    '23514', NULL, 'an unknown code');
SELECT is((SELECT count(*) FROM zh.outbox WHERE firm_id = tap.a()), 1::bigint, 'a booking has one change');
SELECT col_not_null('zh', t, 'firm_id', t || ' is a firm''s') FROM unnest(ARRAY['command', 'shipment', 'shipment_leg', 'shipment_container', 'cost_line', 'event', 'outbox', 'agreed_tariff', 'firm_user', 'token']) t;

-- demands
SELECT col_is_pk('zh', 'demand', ARRAY['firm_id', 'name', 'version'], 'a version of a demand once');
SELECT lives_ok(format($$INSERT INTO zh.demand (firm_id, name, version, shared, head, body, author) VALUES (%L, 'od', 1, false, '', '', 'x')$$, tap.a()), 'a demand');
SELECT throws_ok(format($$INSERT INTO zh.demand (firm_id, name, version, shared, head, body, author) VALUES (%L, %L, %s, false, '', '', 'x')$$, tap.a(), n, v), s, NULL, n || ' version ' || v)
FROM (VALUES ('od', 1, '23505'), ('od', 0, '23514'), ('bundled', 1, '23514'), ('', 1, '23514'), ('a b', 1, '23514'), (repeat('x', 65), 1, '23514')) w (n, v, s);
SELECT throws_ok($$INSERT INTO zh.demand (firm_id, name, version, shared, head, body, author) VALUES (gen_random_uuid(), 'od', 1, false, '', '', 'x')$$, '23503', NULL, 'a demand of no firm');
SELECT * FROM finish();
