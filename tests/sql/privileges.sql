-- Who may do what: the daemon's role calls functions and reads schema_migration, and that is all.
SELECT no_plan();
SELECT is(tap.state('zh_api', replace(s, '?', c.relname)), '42501', 'zh_api: ' || replace(s, '?', c.relname))
FROM pg_class c, unnest(ARRAY['INSERT INTO zh.? DEFAULT VALUES', 'DELETE FROM zh.?', 'TRUNCATE zh.?', 'DROP TABLE zh.?', 'ALTER TABLE zh.? DISABLE ROW LEVEL SECURITY',
    'LOCK TABLE zh.?', 'CREATE INDEX ON zh.? ((1))']) s
WHERE c.relnamespace = 'zh'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND NOT (c.relname = 'schema_migration' AND s ~ '^LOCK');
SELECT is(tap.state('zh_api', 'SELECT FROM zh.' || c.relname), CASE c.relname WHEN 'schema_migration' THEN '' ELSE '42501' END, 'zh_api reads ' || c.relname)
FROM pg_class c WHERE c.relnamespace = 'zh'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v');
SELECT is(tap.state('zh_api', s), '42501', 'zh_api: ' || s) FROM unnest(ARRAY['SET ROLE zh_owner', 'SET ROLE zh_migrate', 'SET ROLE postgres', 'CREATE SCHEMA s', 'CREATE TABLE zh.t ()',
    'CREATE TABLE public.t ()', 'CREATE TEMP TABLE t ()', 'CREATE ROLE r', 'COPY (SELECT 1) TO PROGRAM ''true''', 'COPY (SELECT 1) TO ''/tmp/x''', 'SELECT FROM pg_authid',
    'SELECT pg_read_file(''/etc/passwd'')', 'SELECT pg_ls_dir(''/'')', 'SELECT lo_import(''/etc/passwd'')', 'SET session_replication_role = replica', 'ALTER ROLE zh_owner LOGIN',
    'CREATE FUNCTION zh.f() RETURNS int LANGUAGE sql AS ''SELECT 1''', 'GRANT zh_owner TO zh_api', 'SELECT zh.add_months(''2040-01-01'', 1)', 'SELECT zh.drop_outbox_months(''2040-01-01'')',
    'SELECT zh.create_token(''x'', ''y'', ''operator'', sha256(''1''))', 'SELECT nextval(''zh.event_seq'')']) s;
SELECT is(tap.state('zh_api', format('SELECT * FROM zh.%s(%s)', f, a)), 'ZH004', 'zh_api: ' || f || ' without an operator''s token') FROM (VALUES ('add_firm', 'sha256(''1''), ''x'''),
    ('list_firms', 'sha256(''1'')'), ('add_user', 'sha256(''1''), ''x'', ''y'''), ('list_users', 'sha256(''1''), ''x'''), ('list_tokens', 'sha256(''1''), ''x'''),
    ('add_token', 'sha256(''1''), ''x'', ''y'', ''operator'', sha256(''2''), 0'), ('revoke_token', 'sha256(''1''), ''0000000000000000''')) v (f, a);
SELECT is(tap.state('zh_api', format('SELECT * FROM zh.list_firms(%L)', sha256('a'))), 'ZH004', 'a shipper''s hash is no operator''s');
SELECT is(tap.state('zh_relay', 'SELECT FROM zh.outbox'), '42501', 'zh_relay reads nothing');
SELECT is(tap.state('zh_migrate', 'SET ROLE postgres'), '42501', 'zh_migrate is no superuser');
SELECT is((SELECT count(*) FROM pg_roles WHERE rolname ~ '^zh_' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)), 0::bigint, 'no role of ours is more than it must');
SELECT ok(NOT rolcanlogin, 'nobody logs in as the owner') FROM pg_roles WHERE rolname = 'zh_owner';
SELECT is((SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.relnamespace = 'zh'::regnamespace AND r.rolname <> 'zh_owner'), 0::bigint, 'all is the owner''s');
SELECT is((SELECT count(*) FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE p.pronamespace = 'zh'::regnamespace AND a.grantee = 0), 0::bigint, 'no function is public');
SELECT * FROM finish();
