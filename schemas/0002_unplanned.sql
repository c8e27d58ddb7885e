-- A booking whose option cannot be planned any more (prices, timetable or network changed since it was shown).
-- A key that has an outcome answers with it, whatever has changed since; a new key is refused, and the refusal is
-- stored, so that a delayed twin of the request can never book. Without a reason nothing is stored: no row says
-- that the key is new.
SET ROLE zh_owner;

CREATE FUNCTION zh.book_unplanned(p_firm uuid, p_key uuid, p_sha bytea, p_reason text)
RETURNS TABLE (status smallint, shipment_id uuid, bill_no text, replay boolean, reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE made boolean := false; h bytea; c zh.command;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    IF p_reason IS NOT NULL THEN
        INSERT INTO zh.command (firm_id, key, op, req_sha256, status, reason)
        VALUES (p_firm, p_key, 'book', p_sha, 2, p_reason) ON CONFLICT DO NOTHING;
        made := FOUND;
    END IF;
    SELECT x.* INTO c FROM zh.command x WHERE x.firm_id = p_firm AND x.key = p_key;
    IF NOT FOUND THEN RETURN; END IF;
    IF c.req_sha256 <> p_sha AND c.status <> 3 THEN
        RAISE EXCEPTION 'this key was used with another request' USING ERRCODE = 'ZH001';
    END IF;
    RETURN QUERY SELECT c.status, c.shipment_id,
        (SELECT s.bill_no FROM zh.shipment s WHERE s.firm_id = p_firm AND s.shipment_id = c.shipment_id),
        NOT made, c.reason;
END $$;

REVOKE ALL ON FUNCTION zh.book_unplanned FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.book_unplanned TO zh_api;
RESET ROLE;
