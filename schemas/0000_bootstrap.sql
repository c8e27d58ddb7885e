-- Run once by a superuser, connected to the database that will hold the shipments (tools/setup_db.sh does).
-- zh_owner owns everything and cannot log in; zh_migrate becomes it; zh_api, the daemon, may call functions and
-- read nothing directly.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zh_owner') THEN CREATE ROLE zh_owner NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zh_api') THEN CREATE ROLE zh_api LOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zh_migrate') THEN
        CREATE ROLE zh_migrate LOGIN IN ROLE zh_owner;
    END IF;
END $$;
ALTER ROLE zh_api SET lock_timeout = '500ms';
ALTER ROLE zh_api SET statement_timeout = '2s';
ALTER ROLE zh_api SET idle_in_transaction_session_timeout = '2s';
ALTER ROLE zh_api SET client_connection_check_interval = '1s';
ALTER ROLE zh_api SET jit = off;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS zh AUTHORIZATION zh_owner;
GRANT USAGE ON SCHEMA zh TO zh_api;
CREATE TABLE IF NOT EXISTS zh.schema_migration (
    version int PRIMARY KEY,
    name text NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE zh.schema_migration OWNER TO zh_owner;
GRANT SELECT ON zh.schema_migration TO zh_api;
