-- Row security: on each table of a firm, also for the owner, whose functions the daemon calls.
SELECT no_plan();
CREATE TEMP TABLE guarded AS SELECT c.relname::text AS t FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'firm_id'
    WHERE c.relnamespace = 'zh'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('firm', 'token');
SELECT cmp_ok((SELECT count(*) FROM guarded), '>=', 9::bigint, 'tables of firms');
SELECT ok(c.relrowsecurity AND c.relforcerowsecurity, c.relname || ': forced') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'firm_id'
    WHERE c.relnamespace = 'zh'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT IN ('firm', 'token');
-- shared scenarios and demands are read by other firms as well
SELECT policies_are('zh', t, CASE WHEN t IN ('scenario', 'demand') THEN ARRAY['own_firm', 'shared_with_all'] ELSE ARRAY['own_firm'] END::name[], t || ': its policies') FROM guarded;
SELECT policy_cmd_is('zh', t, 'own_firm', 'all', t || ': of every command') FROM guarded;
SELECT is((SELECT roles::text FROM pg_policies p WHERE p.schemaname = 'zh' AND p.tablename = t AND p.policyname = 'own_firm'), '{public}', t || ': for every role') FROM guarded;
SELECT policies_are('zh', c.relname::name, ARRAY[]::name[], c.relname || ': a partition shows nothing by itself') FROM pg_class c
    WHERE c.relnamespace = 'zh'::regnamespace AND c.relispartition AND c.relkind = 'r';

SELECT is(tap.seen(f, format('SELECT count(*) FROM zh.%I', t)), '0', format('%s: nothing with %s', t, coalesce(nullif(f, ''), 'no firm')))
FROM guarded, unnest(ARRAY['', gen_random_uuid()::text]) f;
SELECT is(tap.seen(tap.a()::text, format('SELECT coalesce(bool_and(firm_id = %L), %L) FROM zh.%I', tap.a(), t IN ('scenario', 'demand'), t)), 'true', t || ': its own rows') FROM guarded;
SELECT is(tap.seen(tap.a()::text, format('WITH d AS (UPDATE zh.%I SET firm_id = firm_id WHERE firm_id = %L RETURNING 1) SELECT count(*) FROM d', t, tap.b())), '0', t || ': none of another to change')
FROM guarded WHERE t <> 'event';
SELECT is(tap.seen(tap.a()::text, format('WITH d AS (DELETE FROM zh.%I WHERE firm_id = %L RETURNING 1) SELECT count(*) FROM d', t, tap.b())), '0', t || ': none of another to delete')
FROM guarded WHERE t <> 'event';
SELECT throws_ok(format('SELECT tap.seen(%L, %L)', tap.a(), format('INSERT INTO zh.outbox (firm_id, topic, body) VALUES (%L, ''t'', ''{}'') RETURNING 1', tap.b())), '42501', NULL, 'a row for another');
SELECT throws_ok(format('SELECT tap.seen(%L, %L)', tap.a(), format('UPDATE zh.outbox SET firm_id = %L RETURNING 1', tap.b())), '42501', NULL, 'a row given to another');
SELECT throws_ok($$SELECT tap.seen('nobody', 'SELECT count(*) FROM zh.shipment')$$, '22P02', NULL, 'a firm that is no uuid is an error, not a view of all');

-- the setting ends with the statement's transaction, so that a pooler's next client does not inherit it
SELECT is(tap.seen('', 'SELECT count(*) FROM zh.shipment'), '0', 'after the firm''s own statements: nothing again');
SELECT ok(p.prosecdef AND p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], p.proname || ': by the owner''s rights, its path fixed') FROM pg_proc p
    WHERE p.pronamespace = 'zh'::regnamespace AND has_function_privilege('zh_api', p.oid, 'EXECUTE');
SELECT is((SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'zh'::regnamespace AND p.prosrc ~ 'set_config\(''zh.firm''' AND p.prosrc !~ 'set_config\(''zh.firm'', [^;]*, true\)'), 0::bigint,
    'no function sets the firm for a session');
SELECT * FROM finish();
