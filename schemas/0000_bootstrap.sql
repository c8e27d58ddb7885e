-- Roles and the owner of the database. Run once by a superuser in the database of the service; running it
-- again changes nothing, and a migrator that is no superuser passes when the roles are there.
--
--   zh_owner    owns everything, nobody logs in as it
--   zh_migrate  becomes zh_owner for migrations; makes firms and tokens
--   zh_api      the daemon: executes functions of schema zh; no table of a firm is open to it
--   zh_relay    for the relay of the outbox; nothing is granted to it before that is built
DO $$
DECLARE
    r text;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        IF to_regrole('zh_owner') IS NULL OR to_regrole('zh_api') IS NULL OR to_regclass('zh.schema_migration') IS NULL THEN
            RAISE EXCEPTION 'schemas/0000_bootstrap.sql must be run once by a superuser';
        END IF;
        RETURN;
    END IF;
    FOREACH r IN ARRAY ARRAY['zh_owner', 'zh_migrate', 'zh_api', 'zh_relay'] LOOP
        IF to_regrole(r) IS NULL THEN
            EXECUTE format('CREATE ROLE %I', r);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION', r);
    END LOOP;
    ALTER ROLE zh_owner NOLOGIN;
    ALTER ROLE zh_migrate LOGIN CONNECTION LIMIT 8;
    ALTER ROLE zh_api LOGIN CONNECTION LIMIT 128;
    ALTER ROLE zh_relay LOGIN CONNECTION LIMIT 8;
    GRANT zh_owner TO zh_migrate;

    ALTER ROLE zh_api SET lock_timeout = '500ms';
    ALTER ROLE zh_api SET statement_timeout = '2s';
    ALTER ROLE zh_api SET idle_in_transaction_session_timeout = '2s';
    ALTER ROLE zh_api SET jit = off;
    ALTER ROLE zh_api SET TimeZone = 'UTC'; -- also through a pooler, which passes no options on
    ALTER ROLE zh_api SET DateStyle = 'ISO, MDY';
    ALTER ROLE zh_api SET client_connection_check_interval = '1s';
    ALTER ROLE zh_relay SET lock_timeout = '2s';
    ALTER ROLE zh_relay SET statement_timeout = '10s';
    ALTER ROLE zh_relay SET idle_in_transaction_session_timeout = '10s';
    ALTER ROLE zh_migrate SET lock_timeout = '2s';

    EXECUTE format('ALTER DATABASE %I OWNER TO zh_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO zh_migrate, zh_api, zh_relay', current_database());
    EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;

    CREATE SCHEMA IF NOT EXISTS zh;
    ALTER SCHEMA zh OWNER TO zh_owner;
    REVOKE ALL ON SCHEMA zh FROM PUBLIC;
    GRANT USAGE ON SCHEMA zh TO zh_api, zh_relay;
    -- Which files were applied, written in the transaction of each file.
    CREATE TABLE IF NOT EXISTS zh.schema_migration (
        version    integer PRIMARY KEY,
        name       text NOT NULL,
        sha256     bytea NOT NULL CHECK (length(sha256) = 32),
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
    ALTER TABLE zh.schema_migration OWNER TO zh_owner;
    GRANT SELECT ON zh.schema_migration TO zh_api;
END $$;
