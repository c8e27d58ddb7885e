-- Users, tokens that end, and what the operator does with them. The daemon may call the operator's functions, but
-- each wants the hash of a living operator's token: SQL as the daemon's role alone makes no firm and no token.
SET ROLE zh_owner;

CREATE TABLE zh.firm_user (
    firm_id uuid NOT NULL REFERENCES zh.firm,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, name)
);
INSERT INTO zh.firm_user (firm_id, name) SELECT DISTINCT t.firm_id, t.user_name FROM zh.token t;
-- Before row security is forced: the check of the rows that are there looks as the owner, who would see none.
ALTER TABLE zh.token ADD FOREIGN KEY (firm_id, user_name) REFERENCES zh.firm_user (firm_id, name);
ALTER TABLE zh.firm_user ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON zh.firm_user USING (firm_id = nullif(current_setting('zh.firm', true), '')::uuid);

ALTER TABLE zh.token ADD COLUMN expires_at timestamptz CHECK (expires_at > made_at);
CREATE INDEX token_revoked ON zh.token (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX token_firm ON zh.token (firm_id, made_at);

CREATE FUNCTION zh.token_lives(t zh.token) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
$$;

CREATE OR REPLACE FUNCTION zh.token_lookup(p_sha bytea) RETURNS TABLE (firm_id uuid, firm_name text, user_name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.firm_id, f.name, t.user_name, t.role FROM zh.token t JOIN zh.firm f USING (firm_id)
    WHERE t.sha256 = p_sha AND zh.token_lives(t)
$$;

-- By the first half of the hash; the daemon compares all of it in constant time.
CREATE FUNCTION zh.token_find(p_half bytea)
RETURNS TABLE (sha256 bytea, firm_id uuid, firm_name text, user_name text, role text, expires_in_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.sha256, f.firm_id, f.name, t.user_name, t.role,
        greatest(0, extract(epoch FROM t.expires_at - clock_timestamp()) * 1000)::bigint + CASE WHEN t.expires_at IS NULL THEN NULL ELSE 0 END
    FROM zh.token t JOIN zh.firm f USING (firm_id)
    WHERE length(p_half) = 16 AND t.sha256 >= p_half || decode(repeat('00', 16), 'hex')
        AND t.sha256 <= p_half || decode(repeat('ff', 16), 'hex') AND zh.token_lives(t)
$$;

-- What was revoked in the last p_back_ms, in byte order: the daemons ask four times a second.
CREATE FUNCTION zh.tokens_revoked(p_back_ms bigint) RETURNS TABLE (sha256 bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.sha256 FROM zh.token t
    WHERE t.revoked_at > clock_timestamp() - least(p_back_ms, 864000000) * interval '1 millisecond' ORDER BY 1
$$;

-- For zh_migrate: a firm and a user by name, made when new, and a token of which only the hash comes here.
CREATE OR REPLACE FUNCTION zh.create_token(p_firm text, p_user text, p_role text, p_sha bytea) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE id uuid;
BEGIN
    INSERT INTO zh.firm (name) VALUES (p_firm) ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING firm_id INTO id;
    PERFORM set_config('zh.firm', id::text, true);
    INSERT INTO zh.firm_user (firm_id, name) VALUES (id, p_user) ON CONFLICT DO NOTHING;
    INSERT INTO zh.token (sha256, firm_id, user_name, role) VALUES (p_sha, id, p_user, p_role);
    RETURN id;
END $$;

-- Ends with an error unless p_by is the hash of a living operator's token.
CREATE FUNCTION zh.require_operator(p_by bytea) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM zh.token t WHERE t.sha256 = p_by AND t.role = 'operator' AND zh.token_lives(t)) THEN
        RAISE EXCEPTION 'only an operator with a living token does this' USING ERRCODE = 'ZH004', DETAIL = 'token';
    END IF;
END $$;

-- The firm's id, with its rows in sight.
CREATE FUNCTION zh.enter_firm(p_firm text) RETURNS uuid LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE id uuid;
BEGIN
    SELECT f.firm_id INTO id FROM zh.firm f WHERE f.name = p_firm;
    IF id IS NULL THEN
        RAISE EXCEPTION 'there is no firm of this name' USING ERRCODE = 'ZH005', DETAIL = 'firm_name';
    END IF;
    PERFORM set_config('zh.firm', id::text, true);
    RETURN id;
END $$;

CREATE FUNCTION zh.check_name(p_field text, p_name text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF length(p_name) NOT BETWEEN 1 AND 120 THEN
        RAISE EXCEPTION 'a name has 1 to 120 characters' USING ERRCODE = 'ZH007', DETAIL = p_field;
    END IF;
END $$;

CREATE FUNCTION zh.firm_rows(p_firm uuid) RETURNS TABLE (firm_id uuid, firm_name text, users bigint, tokens bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT f.firm_id, f.name, (SELECT count(*) FROM zh.firm_user u WHERE u.firm_id = p_firm),
        (SELECT count(*) FROM zh.token t WHERE t.firm_id = p_firm AND zh.token_lives(t))
    FROM zh.firm f WHERE f.firm_id = p_firm;
END $$;

CREATE FUNCTION zh.add_firm(p_by bytea, p_name text) RETURNS TABLE (firm_id uuid, firm_name text, users bigint, tokens bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE id uuid;
BEGIN
    PERFORM zh.require_operator(p_by);
    PERFORM zh.check_name('name', p_name);
    INSERT INTO zh.firm (name) VALUES (p_name) ON CONFLICT DO NOTHING RETURNING zh.firm.firm_id INTO id;
    IF id IS NULL THEN
        RAISE EXCEPTION 'there is a firm of this name' USING ERRCODE = 'ZH006', DETAIL = 'name';
    END IF;
    RETURN QUERY SELECT * FROM zh.firm_rows(id);
END $$;

CREATE FUNCTION zh.list_firms(p_by bytea) RETURNS TABLE (firm_id uuid, firm_name text, users bigint, tokens bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE id uuid;
BEGIN
    PERFORM zh.require_operator(p_by);
    FOR id IN SELECT f.firm_id FROM zh.firm f ORDER BY f.name LIMIT 1000 LOOP
        RETURN QUERY SELECT * FROM zh.firm_rows(id);
    END LOOP;
END $$;

CREATE FUNCTION zh.list_users(p_by bytea, p_firm text) RETURNS TABLE (firm_name text, user_name text, made_s bigint, tokens bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE id uuid;
BEGIN
    PERFORM zh.require_operator(p_by);
    id := zh.enter_firm(p_firm);
    RETURN QUERY SELECT p_firm, u.name, extract(epoch FROM u.made_at)::bigint,
        (SELECT count(*) FROM zh.token t WHERE t.firm_id = id AND t.user_name = u.name AND zh.token_lives(t))
    FROM zh.firm_user u WHERE u.firm_id = id ORDER BY u.name LIMIT 1000;
END $$;

CREATE FUNCTION zh.add_user(p_by bytea, p_firm text, p_name text)
RETURNS TABLE (firm_name text, user_name text, made_s bigint, tokens bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE id uuid;
BEGIN
    PERFORM zh.require_operator(p_by);
    PERFORM zh.check_name('name', p_name);
    id := zh.enter_firm(p_firm);
    INSERT INTO zh.firm_user (firm_id, name) VALUES (id, p_name) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the firm has a user of this name' USING ERRCODE = 'ZH006', DETAIL = 'name';
    END IF;
    RETURN QUERY SELECT * FROM zh.list_users(p_by, p_firm) u WHERE u.user_name = p_name;
END $$;

CREATE FUNCTION zh.token_rows(p_firm uuid, p_sha bytea)
RETURNS TABLE (token_id text, firm_name text, user_name text, role text, made_s bigint, expires_s bigint, revoked_s bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(substr(t.sha256, 1, 8), 'hex'), f.name, t.user_name, t.role, extract(epoch FROM t.made_at)::bigint,
        coalesce(extract(epoch FROM t.expires_at), 0)::bigint, coalesce(extract(epoch FROM t.revoked_at), 0)::bigint
    FROM zh.token t JOIN zh.firm f USING (firm_id)
    WHERE t.firm_id = p_firm AND (p_sha IS NULL OR t.sha256 = p_sha) ORDER BY t.made_at DESC, t.sha256 LIMIT 1000
$$;

CREATE FUNCTION zh.list_tokens(p_by bytea, p_firm text)
RETURNS TABLE (token_id text, firm_name text, user_name text, role text, made_s bigint, expires_s bigint, revoked_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM zh.require_operator(p_by);
    RETURN QUERY SELECT * FROM zh.token_rows(zh.enter_firm(p_firm), NULL);
END $$;

CREATE FUNCTION zh.add_token(p_by bytea, p_firm text, p_user text, p_role text, p_sha bytea, p_lifetime_s bigint)
RETURNS TABLE (token_id text, firm_name text, user_name text, role text, made_s bigint, expires_s bigint, revoked_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE id uuid; made timestamptz := clock_timestamp();
BEGIN
    PERFORM zh.require_operator(p_by);
    id := zh.enter_firm(p_firm);
    IF NOT EXISTS (SELECT FROM zh.firm_user u WHERE u.firm_id = id AND u.name = p_user) THEN
        RAISE EXCEPTION 'the firm has no user of this name' USING ERRCODE = 'ZH005', DETAIL = 'user_name';
    END IF;
    INSERT INTO zh.token (sha256, firm_id, user_name, role, made_at, expires_at) VALUES (p_sha, id, p_user, p_role, made,
        CASE WHEN p_lifetime_s > 0 THEN made + p_lifetime_s * interval '1 second' END) ON CONFLICT DO NOTHING;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM zh.token t WHERE t.sha256 = p_sha AND t.firm_id = id AND t.user_name = p_user
        AND t.role = p_role AND t.expires_at IS NOT DISTINCT FROM
            CASE WHEN p_lifetime_s > 0 THEN t.made_at + p_lifetime_s * interval '1 second' END) THEN
        RAISE EXCEPTION 'this token is there with other values; make another' USING ERRCODE = 'ZH006', DETAIL = 'sha256';
    END IF;
    RETURN QUERY SELECT * FROM zh.token_rows(id, p_sha);
END $$;

CREATE FUNCTION zh.revoke_token(p_by bytea, p_token_id text)
RETURNS TABLE (token_id text, firm_name text, user_name text, role text, made_s bigint, expires_s bigint, revoked_s bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE half bytea := decode(p_token_id, 'hex'); t zh.token;
BEGIN
    PERFORM zh.require_operator(p_by);
    SELECT x.* INTO t FROM zh.token x WHERE x.sha256 >= half || decode(repeat('00', 24), 'hex')
        AND x.sha256 <= half || decode(repeat('ff', 24), 'hex') FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no token of this id' USING ERRCODE = 'ZH005', DETAIL = 'token_id';
    END IF;
    UPDATE zh.token x SET revoked_at = clock_timestamp() WHERE x.sha256 = t.sha256 AND x.revoked_at IS NULL;
    RETURN QUERY SELECT * FROM zh.token_rows(t.firm_id, t.sha256);
END $$;

REVOKE ALL ON zh.firm_user FROM PUBLIC;
REVOKE ALL ON FUNCTION zh.token_lives, zh.token_find, zh.tokens_revoked, zh.require_operator, zh.enter_firm, zh.check_name,
    zh.firm_rows, zh.add_firm, zh.list_firms, zh.add_user, zh.list_users, zh.token_rows, zh.list_tokens, zh.add_token,
    zh.revoke_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.token_find, zh.tokens_revoked, zh.add_firm, zh.list_firms, zh.add_user, zh.list_users,
    zh.list_tokens, zh.add_token, zh.revoke_token TO zh_api;
RESET ROLE;
