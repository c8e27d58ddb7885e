-- Plans that stay good. PostgreSQL keeps the plan of a statement, of a foreign key's check above all, for as long as
-- a connection lives; planned while a table is small all indexes that begin with firm_id cost the same, and the newest
-- wins: each check then walked all shipments of the firm, more with each booking. An index with a condition is no
-- candidate for a statement that does not imply the condition, so only the primary key is left for them.
SET ROLE zh_owner;

ALTER TABLE zh.shipment
    DROP CONSTRAINT shipment_replaces_key,
    DROP CONSTRAINT shipment_bill_no_key,
    DROP CONSTRAINT shipment_firm_id_key_key;
CREATE UNIQUE INDEX shipment_replaces_key ON zh.shipment (firm_id, replaces) WHERE replaces IS NOT NULL;
CREATE UNIQUE INDEX shipment_bill_no_key ON zh.shipment (firm_id, bill_no) WHERE bill_no IS NOT NULL;
CREATE UNIQUE INDEX shipment_key_key ON zh.shipment (firm_id, key) WHERE key IS NOT NULL;
DROP INDEX zh.shipment_newest;
CREATE INDEX shipment_newest ON zh.shipment (firm_id, booked_at DESC, shipment_id) WHERE booked_at IS NOT NULL;
DROP INDEX zh.outbox_mark;
CREATE INDEX outbox_mark ON zh.outbox (firm_id, mark) WHERE mark IS NOT NULL;

-- The id of the shipment that either names: two statements, each with the one index that serves it.
CREATE FUNCTION zh.shipment_of(p_firm uuid, p_shipment uuid, p_bill text) RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_shipment IS NOT NULL THEN
        RETURN (SELECT s.shipment_id FROM zh.shipment s WHERE s.firm_id = p_firm AND s.shipment_id = p_shipment
            AND (p_bill IS NULL OR s.bill_no = p_bill));
    END IF;
    RETURN (SELECT s.shipment_id FROM zh.shipment s WHERE s.firm_id = p_firm AND s.bill_no = p_bill);
END $$;

-- One shipment, or a page of the newest: apart, so that neither is planned for the other.
CREATE OR REPLACE FUNCTION zh.list_shipments_v2(p_firm uuid, p_shipment uuid, p_bill text, p_state text, p_before timestamptz, p_limit int)
RETURNS TABLE (firm_id uuid, shipment_id uuid, bill_no text, state text, origin text, destination text, mass_kg bigint,
    total_fen bigint, booked_at_us bigint, option bytea, containers text, replaces text, replaced_by text, estimated_arrive_s bigint,
    exception text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE one boolean := p_shipment IS NOT NULL OR p_bill IS NOT NULL; ids uuid[];
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    IF one THEN
        ids := ARRAY[zh.shipment_of(p_firm, p_shipment, p_bill)];
    ELSE
        ids := ARRAY(SELECT s.shipment_id FROM zh.shipment s WHERE s.firm_id = p_firm AND s.booked_at < coalesce(p_before, 'infinity')
            AND (p_state IS NULL OR s.state = p_state) ORDER BY s.booked_at DESC, s.shipment_id LIMIT p_limit);
    END IF;
    RETURN QUERY SELECT s.firm_id, s.shipment_id, s.bill_no, s.state, s.origin, s.destination, s.mass_kg, s.total_fen,
        (extract(epoch FROM s.booked_at) * 1000000)::bigint, CASE WHEN one THEN s.option END,
        (SELECT string_agg(c.number, ';' ORDER BY c.number) FROM zh.shipment_container c
         WHERE c.firm_id = s.firm_id AND c.shipment_id = s.shipment_id),
        (SELECT o.bill_no FROM zh.shipment o WHERE o.firm_id = s.firm_id AND o.shipment_id = s.replaces),
        (SELECT o.bill_no FROM zh.shipment o WHERE o.firm_id = s.firm_id AND o.shipment_id = s.replaced_by),
        extract(epoch FROM s.estimated_arrive)::bigint, s.exception
    FROM unnest(ids) WITH ORDINALITY AS u (id, at) JOIN zh.shipment s ON s.firm_id = p_firm AND s.shipment_id = u.id
    WHERE (p_state IS NULL OR s.state = p_state) AND s.booked_at < coalesce(p_before, 'infinity')
    ORDER BY u.at LIMIT p_limit;
END $$;

CREATE OR REPLACE FUNCTION zh.list_events_v2(p_firm uuid, p_shipment uuid, p_bill text)
RETURNS TABLE (event_id uuid, code text, classifier text, occurred_s bigint, recorded_s bigint, location text, source text,
    corrects uuid, leg smallint, corrected boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE sid uuid; since timestamptz;
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    sid := zh.shipment_of(p_firm, p_shipment, p_bill);
    SELECT s.booked_at - interval '1 day' INTO since FROM zh.shipment s WHERE s.firm_id = p_firm AND s.shipment_id = sid;
    RETURN QUERY SELECT e.event_id, e.code, e.classifier, extract(epoch FROM e.occurred_at)::bigint,
        extract(epoch FROM e.recorded_at)::bigint, e.location, e.source, e.corrects, e.leg,
        EXISTS (SELECT FROM zh.event c WHERE c.firm_id = p_firm AND c.shipment_id = sid AND c.corrects = e.event_id AND c.recorded_at >= since)
    FROM zh.event e WHERE e.firm_id = p_firm AND e.shipment_id = sid AND e.recorded_at >= since
    ORDER BY e.occurred_at, e.seq LIMIT 1000;
END $$;

REVOKE ALL ON FUNCTION zh.shipment_of FROM PUBLIC;
RESET ROLE;
